//! How it should go.

use earnest_hire::ledger::Account;
use earnest_hire::payee::{Command as OfPayee, PayoutState};
use serde_json::json;

use crate::playing::state;
use crate::world::{usd, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_funding_to_the_experts_account() {
    let world = world(&[]).await;
    world.earned(50_000).await;
    let psp = || Account::Psp("sandbox".parse().unwrap());
    // 2.9 % and 30 cents
    assert_eq!(world.balance(psp()).await, 50_000 - 1_480);
    assert_eq!(world.balance(Account::FeeExpert).await, 5_000);

    world
        .pay(OfPayee::RequestPayout { amount: usd(45_000) }, &world.expert())
        .await
        .unwrap();
    world.holds(psp(), 3_520).await;
    assert_eq!(world.payee().await.payouts[0].state, PayoutState::Paid);
    assert_eq!(world.balance(Account::ExpertPayable(world.expert)).await, 0);

    let at_provider = state(&world.process.url).await;
    assert_eq!(at_provider["payments"].as_array().unwrap().len(), 1);
    assert_eq!(at_provider["payouts"].as_array().unwrap().len(), 1);
    assert_eq!(
        at_provider["payouts"][0]["amount_minor"]
            .as_i64()
            .unwrap_or(45_000),
        45_000
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_who_cancels_has_the_money_back_where_it_came_from() {
    let world = world(&[]).await;
    let (deal, _) = world.funded(50_000).await;
    let cancel = earnest_hire::contract::Command::Cancel {
        milestone: deal.milestone,
    };
    world.act(deal, cancel, &world.client()).await.unwrap();
    // the fee of the payment is the operator's loss
    world
        .holds(Account::Psp("sandbox".parse().unwrap()), -1_480)
        .await;
    assert_eq!(world.balance(Account::PspFees).await, 1_480);
    assert_eq!(world.balance(Account::ClientFunds(world.client)).await, 0);
    world.is(deal, "refunded").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkout_that_nobody_pays_ends_by_itself() {
    let world = world(&[]).await;
    let deal = world.signed(50_000).await;
    let (_, at_provider) = world.funding(deal).await;
    world.is(deal, "funding").await;
    world.forward(jiff::SignedDuration::from_mins(16)).await;
    world.is(deal, "planned").await;
    // paid all the same, late
    world
        .control(&format!("payments/{at_provider}/capture"), json!({}))
        .await;
    world.is(deal, "funded").await;
    world.end().await;
}
