//! Calls that are stopped at the last moment: while the provider is asked something before them. Nothing is sent then.

use super::lost::captured_and_canceled;
use super::*;

/// An operator stops a payout, alone or with all of the person's.
fn held(world: &World, hold: OfPayee) -> Meanwhile {
    let (desk, expert, id) = (world.desk.clone(), world.expert, world.operator);
    Box::pin(async move {
        let operator = Actor::Operator { id };
        payee::act(&desk, expert, &hold, Who::sure(&operator), Also::Nothing)
            .await
            .unwrap();
    })
}

fn hold_of(world: &World, payout: PayoutId) -> OfPayee {
    OfPayee::HoldPayout {
        payout,
        reason: "a look".to_owned(),
        review_by: after(world.desk.now(), SignedDuration::from_hours(24)),
        second: None,
    }
}

async fn state_of(world: &World, payout: PayoutId) -> PayoutState {
    world.kept().await.payout(payout).unwrap().state
}

#[tokio::test]
async fn a_payout_that_is_held_while_it_is_asked_what_can_be_moved_stays() {
    for mut world in both().await {
        // at the request, at the first attempt, and once it goes on
        let provider = scripted(&mut world, vec![Some(movable(60_000, 1)); 3]).await;
        let payout = asks(&world, 45_000).await.unwrap();
        *provider.meanwhile.lock().unwrap() = Some(held(&world, hold_of(&world, payout)));
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [] as [i64; 0]);
        assert_eq!(state_of(&world, payout).await, PayoutState::Held);
        // no call is noted, so that it is sent like any other when it goes on
        let subject = payout.to_string();
        let calls = former_calls(&world.desk, "send_payout", &subject).await;
        assert_eq!(calls.unwrap(), 0);
        let release = OfPayee::ReleasePayout { payout };
        held(&world, release).await;
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [45_000]);
        assert_eq!(state_of(&world, payout).await, PayoutState::Sent);
        assert_eq!(world.jobs(JobState::Dead).await, 0);
    }
}

#[tokio::test]
async fn a_payout_stays_when_all_are_held_while_the_provider_is_asked_what_became_of_it() {
    for mut world in both().await {
        let provider = scripted(&mut world, vec![Some(movable(60_000, 1)); 2]).await;
        let payout = asks(&world, 45_000).await.unwrap();
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [45_000]);
        // the provider has never heard of it
        provider.did.lock().unwrap().clear();
        let hold = OfPayee::PlaceHold {
            scope: earnest_hire::payee::Scope::Payouts,
            reason: "a look".to_owned(),
            facts: "two accounts".to_owned(),
            rule: "4.2".to_owned(),
            review_by: after(world.desk.now(), SignedDuration::from_hours(24)),
            second: None,
        };
        *provider.meanwhile.lock().unwrap() = Some(held(&world, hold));
        world.hand.forward(SignedDuration::from_mins(5));
        work(&world).await;
        assert_eq!(*provider.sent.lock().unwrap(), [45_000]);
        assert_eq!(state_of(&world, payout).await, PayoutState::Held);
        assert_eq!(world.jobs(JobState::Dead).await, 0);
    }
}

/// The payer's bank takes the payment back.
fn taken_back(world: &World, contract: ContractId, payment: PaymentId) -> Meanwhile {
    let (desk, now) = (world.desk.clone(), world.desk.now());
    Box::pin(async move {
        let money = |amount_minor| Money {
            amount_minor,
            currency: Currency::USD,
        };
        let command = OfContract::ChargebackOpened {
            payment,
            reference: "dp_1".to_owned(),
            amount: money(50_000),
            fee: money(0),
            evidence_by: after(now, SignedDuration::from_hours(240)),
            receipt: "dp_1_out".to_owned(),
        };
        let name = "scripted".parse().unwrap();
        let provider = Actor::Provider { name };
        contract::act(&desk, contract, &command, &provider, Also::Nothing)
            .await
            .unwrap();
    })
}

#[tokio::test]
async fn a_refund_stays_whose_payment_is_taken_back_while_the_provider_is_asked_for_it() {
    for mut world in both().await {
        let provider = installed(&mut world, Vec::new());
        let deal = captured_and_canceled(&world).await;
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        assert_eq!(*provider.refunded.lock().unwrap(), ["pay_1"]);
        // the provider has never heard of it
        provider.did.lock().unwrap().clear();
        *provider.meanwhile.lock().unwrap() = Some(taken_back(&world, deal.contract, deal.payment));
        world.hand.forward(SignedDuration::from_mins(5));
        work(&world).await;
        assert_eq!(*provider.refunded.lock().unwrap(), ["pay_1"], "sent once more");
        let refund = world.contract(deal.contract).await.refunds[0].clone();
        assert_eq!(refund.state, RefundState::Stopped);
    }
}

#[tokio::test]
async fn a_payment_that_failed_meanwhile_is_not_opened() {
    for mut world in both().await {
        let provider = installed(&mut world, Vec::new());
        let deal = world.asked("scripted".parse().unwrap(), Method::Card).await;
        *provider.losing.lock().unwrap() = 2;
        work(&world).await;
        provider.did.lock().unwrap().clear();
        let (desk, contract, payment) = (world.desk.clone(), deal.contract, deal.payment);
        *provider.meanwhile.lock().unwrap() = Some(Box::pin(async move {
            let name = "scripted".parse().unwrap();
            let failed = OfContract::PaymentFailed { payment };
            contract::act(&desk, contract, &failed, &Actor::Provider { name }, Also::Nothing)
                .await
                .unwrap();
        }));
        world.hand.forward(SignedDuration::from_mins(5));
        work(&world).await;
        assert!(provider.did.lock().unwrap().is_empty(), "a checkout was opened");
        assert_eq!(world.state(&deal).await, "planned");
    }
}
