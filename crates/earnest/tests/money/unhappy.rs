//! How it can go wrong at a provider. Money is never lost, never doubled, and never called gone or failed on a guess.

use std::time::Duration;

use earnest_hire::contract::{Command, RefundState};
use earnest_hire::ledger::Account;
use earnest_hire::payee::{Command as OfPayee, PayoutState};
use jiff::SignedDuration;
use serde_json::json;

use crate::playing::{state, state_where};
use crate::world::{World, patient, usd, world};

const IMPATIENT: Duration = Duration::from_millis(500);

fn psp() -> Account {
    Account::Psp("sandbox".parse().unwrap())
}

async fn payout_is(world: &World, expected: PayoutState) {
    world
        .until(|desk| async move {
            let id = world.expert;
            let read = desk
                .store
                .read(move |mut view| async move { view.payee(id).await });
            let payee = read.await.unwrap().unwrap();
            (payee.payouts.last()?.state == expected).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_acted_and_never_answered_is_looked_up_and_done_once() {
    let world = patient(&[], IMPATIENT).await;
    world.arm("act_then_hang", "fund").await;
    world.arm("act_then_drop", "refund").await;
    let (deal, _) = world.funded(50_000).await;
    let cancel = Command::Cancel {
        milestone: deal.milestone,
    };
    world.act(deal, cancel, &world.client()).await.unwrap();
    world.holds(psp(), -1_480).await;
    let at_provider = state(&world.process.url).await;
    assert_eq!(at_provider["payments"].as_array().unwrap().len(), 1);
    assert_eq!(at_provider["refunds"].as_array().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_of_which_nobody_knows_anything_stays_under_way() {
    let world = patient(&[], IMPATIENT).await;
    world.earned(50_000).await;
    world.arm("act_then_hang", "payout").await;
    world.arm("hang", "look_up").await;
    world.arm("silence", "payout.paid").await;
    world
        .pay(OfPayee::RequestPayout { amount: usd(45_000) }, &world.expert())
        .await
        .unwrap();
    // both faults are used up: it has acted, and the look-up had no answer either
    state_where(&world.process.url, |state| {
        state["faults"] == json!([]) && state["payouts"][0]["state"] == "paid"
    })
    .await;
    world
        .until(|desk| async move {
            let read = desk
                .store
                .read(|mut view| async move { view.jobs(earnest_store::JobState::Waiting, 9).await });
            let jobs = read.await.unwrap();
            jobs.iter().any(|job| job.last_error.is_some()).then_some(())
        })
        .await;
    assert_eq!(world.payee().await.payouts[0].state, PayoutState::Requested);
    assert_eq!(world.balance(Account::ExpertPayable(world.expert)).await, 0);

    // asked again later, it is known to have acted, although the money it had could not be moved a second time
    world.forward(SignedDuration::from_mins(5)).await;
    payout_is(&world, PayoutState::Paid).await;
    assert_eq!(
        state(&world.process.url).await["payouts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_again_and_again_change_nothing() {
    let world = world(&[]).await;
    for event in ["payment.captured", "refund.succeeded"] {
        world
            .control("faults", json!({ "kind": "duplicate", "on": event, "by": 3 }))
            .await;
    }
    let (deal, _) = world.funded(50_000).await;
    world.arm("refund_fails", "any").await;
    let cancel = Command::Cancel {
        milestone: deal.milestone,
    };
    world.act(deal, cancel, &world.client()).await.unwrap();
    world.holds(Account::ClientFunds(world.client), 50_000).await;
    let states = state_where(&world.process.url, |state| {
        let events = state["events"].as_array().unwrap();
        events.iter().all(|event| event["delivery"]["is"] == "delivered")
    })
    .await;
    for event in states["events"].as_array().unwrap() {
        let id = event["id"].as_str().unwrap();
        world.control(&format!("events/{id}/send"), json!({})).await;
    }
    state_where(&world.process.url, |state| {
        let events = state["events"].as_array().unwrap();
        events.iter().all(|event| event["delivery"]["is"] == "delivered")
    })
    .await;
    assert_eq!(world.balance(Account::ClientFunds(world.client)).await, 50_000);
    assert_eq!(world.balance(psp()).await, 50_000 - 1_480);
    assert_eq!(world.contract(deal).await.refunds[0].state, RefundState::Failed);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_comes_back_after_it_arrived_is_the_clients_again() {
    let world = world(&[]).await;
    let (deal, _) = world.funded(50_000).await;
    let cancel = Command::Cancel {
        milestone: deal.milestone,
    };
    world.act(deal, cancel, &world.client()).await.unwrap();
    world.holds(psp(), -1_480).await;
    let refund = state(&world.process.url).await["refunds"][0]["id"].clone();
    world
        .control(&format!("refunds/{}/fail", refund.as_str().unwrap()), json!({}))
        .await;
    world.holds(Account::ClientFunds(world.client), 50_000).await;
    assert_eq!(world.balance(psp()).await, 50_000 - 1_480);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_that_the_bank_returns_is_payable_again_with_the_reason() {
    let world = world(&[]).await;
    world.earned(50_000).await;
    let ask = || OfPayee::RequestPayout { amount: usd(45_000) };
    world.pay(ask(), &world.expert()).await.unwrap();
    payout_is(&world, PayoutState::Paid).await;
    let payout = state(&world.process.url).await["payouts"][0]["id"].clone();
    world
        .control(
            &format!("payouts/{}/return", payout.as_str().unwrap()),
            json!({ "reason": "account_closed" }),
        )
        .await;
    world.holds(Account::ExpertPayable(world.expert), 45_000).await;
    let returned = world.payee().await.payouts[0].clone();
    assert_eq!(
        (returned.state, returned.reason.as_deref()),
        (PayoutState::Returned, Some("account_closed"))
    );
    // the same day
    world.pay(ask(), &world.expert()).await.unwrap();
    payout_is(&world, PayoutState::Paid).await;
    world.holds(psp(), 3_520).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_does_not_prove_whose_it_is_is_not_taken() {
    let world = world(&[]).await;
    let deal = world.signed(50_000).await;
    let (_, at_provider) = world.funding(deal).await;
    for fault in [
        "unsigned",
        "wrong_secret",
        "old_timestamp",
        "altered",
        "other_account",
    ] {
        world.arm(fault, "payment.captured").await;
    }
    world
        .control(&format!("payments/{at_provider}/capture"), json!({}))
        .await;
    let refused = state_where(&world.process.url, |state| state["events"][0]["attempts"] == 1).await;
    let answered = refused["events"][0]["answered"].as_str().unwrap().to_owned();
    assert!(answered.contains("401"), "{answered}");
    world.is(deal, "funding").await;
    assert_eq!(world.balance(psp()).await, 0);
    world.control("faults/clear", json!({})).await;
    let id = refused["events"][0]["id"].as_str().unwrap();
    world.control(&format!("events/{id}/send"), json!({})).await;
    world.is(deal, "funded").await;
    world.end().await;
}
