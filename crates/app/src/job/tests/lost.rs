//! Calls whose answers are lost: nothing is sent or reduced that may have been done already.

use super::*;
use crate::bank::tests::Deal;

async fn by_operator(world: &World, command: &OfPayee) {
    let operator = Actor::Operator { id: world.operator };
    payee::act(
        &world.desk,
        world.expert,
        command,
        Who::sure(&operator),
        Also::Nothing,
    )
    .await
    .unwrap();
}

async fn sound(world: &World) {
    let verified = crate::ledger::verify(&world.desk.store, None).await.unwrap();
    assert!(verified.is_sound(), "{:#?}", verified.broken);
}

/// As `earnest jobs resend` does with a job that was given up.
async fn given_up_and_resent(world: &World, kind: &str) {
    let read = world
        .desk
        .store
        .read(|mut view| async move { view.jobs(JobState::Waiting, 9).await });
    let job = read
        .await
        .unwrap()
        .into_iter()
        .find(|job| job.kind == kind)
        .unwrap();
    let why = "a person gave it up".to_owned();
    world
        .desk
        .store
        .end_job(job.id.clone(), JobEnd::Dead { why })
        .await
        .unwrap();
    assert!(
        world
            .desk
            .store
            .resend_job(job.id, world.desk.now())
            .await
            .unwrap()
    );
}

/// 600.00 can be moved when 450.00 are asked for and when they are sent, and 150.00 afterwards.
fn what_is_left() -> Vec<Option<Movable>> {
    [60_000, 60_000, 15_000, 15_000]
        .map(|most| Some(movable(most, 1)))
        .to_vec()
}

async fn is_sent_once(world: &World, provider: &Scripted, payout: PayoutId) {
    assert_eq!(*provider.sent.lock().unwrap(), [45_000]);
    let payee = world.kept().await;
    let sent = payee.payout(payout).unwrap();
    assert_eq!(
        (sent.amount_minor, sent.state),
        (Minor(45_000), PayoutState::Sent)
    );
    assert_eq!(payable(world).await, 0);
    sound(world).await;
}

#[tokio::test]
async fn a_payout_held_after_an_unknown_call_is_asked_after_and_never_reduced() {
    for mut world in both().await {
        let provider = scripted(&mut world, what_is_left()).await;
        let payout = asks(&world, 45_000).await.unwrap();
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        let hold = OfPayee::HoldPayout {
            payout,
            reason: "a look".to_owned(),
            review_by: after(world.desk.now(), SignedDuration::from_hours(24)),
            second: None,
        };
        by_operator(&world, &hold).await;
        world.hand.forward(SignedDuration::from_mins(5));
        work(&world).await;
        by_operator(&world, &OfPayee::ReleasePayout { payout }).await;
        work(&world).await;
        is_sent_once(&world, &provider, payout).await;
    }
}

#[tokio::test]
async fn a_resent_job_knows_of_the_calls_before_it_was_given_up() {
    for mut world in both().await {
        let provider = scripted(&mut world, what_is_left()).await;
        let payout = asks(&world, 45_000).await.unwrap();
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        given_up_and_resent(&world, "send_payout").await;
        work(&world).await;
        is_sent_once(&world, &provider, payout).await;
    }
}

#[tokio::test]
async fn a_payout_that_the_provider_does_not_know_is_sent_again_as_it_was() {
    for mut world in both().await {
        let provider = scripted(&mut world, what_is_left()).await;
        let payout = asks(&world, 45_000).await.unwrap();
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        provider.did.lock().unwrap().clear();
        world.hand.forward(SignedDuration::from_mins(5));
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [45_000, 45_000]);
        assert_eq!(
            world.kept().await.payout(payout).unwrap().amount_minor,
            Minor(45_000)
        );
        assert_eq!(payable(&world).await, 0);
    }
}

#[tokio::test]
async fn nothing_is_reduced_that_the_provider_knows_although_no_call_is_noted() {
    for mut world in both().await {
        let script = [SILENT, Some(movable(15_000, 1))].to_vec();
        let provider = scripted(&mut world, script).await;
        let payout = asks(&world, 45_000).await.unwrap();
        // the call was made after the copy that the database was brought back from
        let key = format!("send_payout:{payout}");
        provider
            .did
            .lock()
            .unwrap()
            .insert(key, FoundAnswer::Payout(out_1()));
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [] as [i64; 0]);
        let sent = world.kept().await.payout(payout).unwrap().clone();
        assert_eq!(
            (sent.amount_minor, sent.state),
            (Minor(45_000), PayoutState::Sent)
        );
    }
}

#[tokio::test]
async fn a_call_is_begun_from_what_is_known_of_the_calls_before_it() {
    for mut world in both().await {
        scripted(&mut world, vec![Some(movable(60_000, 1))]).await;
        asks(&world, 45_000).await.unwrap();
        let store = &world.desk.store;
        let now = world.desk.now();
        let jobs = store.claim_jobs(now, after(now, LEASE), 20).await.unwrap();
        let job = jobs.iter().find(|job| job.kind == "send_payout").unwrap();
        assert_eq!(
            former_calls(&world.desk, &job.kind, &job.subject).await.unwrap(),
            0
        );
        let payout = world.kept().await.payouts[0].clone();
        let begins = async |former| {
            let about = About::Payout(world.expert, Box::new(payout.clone()));
            let planned = Planned::new(job, former, about);
            begun::<Taken>(&world.desk, &planned).await.unwrap().is_none()
        };
        assert!(begins(0).await);
        assert!(!begins(0).await, "two first calls");
        assert!(begins(1).await);
        store.call_not_sent(job.id.clone()).await.unwrap();
        assert_eq!(
            former_calls(&world.desk, &job.kind, &job.subject).await.unwrap(),
            1
        );
        // nor is a payout reduced by whoever thinks that none was made
        let payout = job.subject.parse().unwrap();
        let amount = Money {
            amount_minor: 15_000,
            currency: Currency::USD,
        };
        let reduced = OfPayee::PayoutReduced { payout, amount };
        let name = "scripted".parse().unwrap();
        let actor = Actor::Provider { name };
        let also = Also::FirstCall(Box::new(job.clone()));
        let answer = payee::act(&world.desk, world.expert, &reduced, Who::sure(&actor), also).await;
        assert_eq!(answer.unwrap_err().code(), "call_under_way");
        assert_eq!(
            world.kept().await.payout(payout).unwrap().amount_minor,
            Minor(45_000)
        );
    }
}

#[tokio::test]
async fn a_job_that_waited_for_others_is_held_for_longer_or_is_another_nodes() {
    for mut world in both().await {
        scripted(&mut world, vec![Some(movable(60_000, 1))]).await;
        asks(&world, 45_000).await.unwrap();
        let now = world.desk.now();
        let jobs = world
            .desk
            .store
            .claim_jobs(now, after(now, LEASE), 20)
            .await
            .unwrap();
        let job = jobs.iter().find(|job| job.kind == "send_payout").unwrap();
        world.hand.forward(SignedDuration::from_secs(90));
        assert!(is_held(&world.desk, job).await.unwrap());
        // the lease it was claimed with is over
        world.hand.forward(SignedDuration::from_secs(60));
        let now = world.desk.now();
        let others = world
            .desk
            .store
            .claim_jobs(now, after(now, LEASE), 20)
            .await
            .unwrap();
        assert!(others.iter().all(|other| other.id != job.id), "{others:#?}");
        world.hand.forward(LEASE);
        let now = world.desk.now();
        let others = world
            .desk
            .store
            .claim_jobs(now, after(now, LEASE), 20)
            .await
            .unwrap();
        assert!(others.iter().any(|other| other.id == job.id));
        assert!(!is_held(&world.desk, job).await.unwrap());
    }
}

/// A payment at the provider that was asked for, the answer lost, and whose capture is told in one of two ways.
async fn captured(world: &World, by_event: impl FnOnce(&Deal) -> Option<ProviderEvent>) -> Deal {
    let deal = world.asked("scripted".parse().unwrap(), Method::Card).await;
    work(world).await;
    let payment = deal.payment;
    let amount = Money {
        amount_minor: 50_000,
        currency: Currency::USD,
    };
    if let Some(event) = by_event(&deal) {
        provider::take(&world.desk, &event).await.unwrap();
    } else {
        let fee = Money {
            amount_minor: 0,
            ..amount
        };
        let receipt = "txn_1".to_owned();
        let command = OfContract::Captured {
            payment,
            amount,
            fee,
            receipt,
        };
        let name = "scripted".parse().unwrap();
        world
            .act(deal.contract, &command, &Actor::Provider { name })
            .await;
    }
    assert_eq!(world.state(&deal).await, "funded");
    world.hand.forward(SignedDuration::from_mins(5));
    work(world).await;
    let cancel = OfContract::Cancel {
        milestone: deal.milestone,
    };
    world
        .act(deal.contract, &cancel, &Actor::Person { id: world.client })
        .await;
    deal
}

/// A payment that has arrived and goes back.
pub(super) async fn captured_and_canceled(world: &World) -> Deal {
    captured(world, |deal| Some(told(deal))).await
}

fn told(deal: &Deal) -> ProviderEvent {
    ProviderEvent {
        provider: "scripted".to_owned(),
        event_id: "evt_1".to_owned(),
        account: "scripted".to_owned(),
        at: crate::bank::tests::start(),
        kind: crate::outside::payments::ProviderEventKind::PaymentCaptured {
            payment_ref: "pay_1".to_owned(),
            payment_id: deal.payment.to_string(),
            amount: Minor(50_000),
            currency: Currency::USD,
            fee: Minor(0),
            external_id: "txn_1".to_owned(),
        },
    }
}

async fn refund_is_sent_once(world: &World, provider: &Scripted) {
    assert_eq!(*provider.refunded.lock().unwrap(), ["pay_1"]);
    assert_eq!(
        (
            world.jobs(JobState::Dead).await,
            world.jobs(JobState::Waiting).await
        ),
        (0, 0)
    );
    sound(world).await;
}

#[tokio::test]
async fn a_refund_goes_out_by_the_reference_that_only_the_event_told() {
    for mut world in both().await {
        let provider = installed(&mut world, Vec::new());
        *provider.losing.lock().unwrap() = 2;
        captured(&world, |deal| Some(told(deal))).await;
        // nobody could be asked for it
        provider.did.lock().unwrap().clear();
        work(&world).await;
        refund_is_sent_once(&world, &provider).await;
    }
}

#[tokio::test]
async fn a_refund_without_a_reference_asks_for_the_payment_by_its_key() {
    for mut world in both().await {
        let provider = installed(&mut world, Vec::new());
        *provider.losing.lock().unwrap() = 2;
        captured(&world, |_| None).await;
        work(&world).await;
        refund_is_sent_once(&world, &provider).await;
    }
}

#[tokio::test]
async fn a_resent_refund_knows_of_the_calls_before_it_was_given_up() {
    for mut world in both().await {
        let provider = installed(&mut world, Vec::new());
        captured(&world, |deal| Some(told(deal))).await;
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        given_up_and_resent(&world, "send_refund").await;
        work(&world).await;
        refund_is_sent_once(&world, &provider).await;
    }
}
