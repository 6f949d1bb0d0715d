//! The books against the provider: nothing differs after a mixed day, one cent does, and what never came is found.

use earnest_app::outside::payments::Period;
use earnest_app::reconcile::{self, DifferenceKind, Reconciliation};
use earnest_app::watch;
use earnest_hire::contract::Command;
use earnest_hire::ledger::Account;
use earnest_hire::payee::Command as OfPayee;
use jiff::SignedDuration;
use serde_json::json;

use crate::playing::{self, state, state_where};
use crate::world::{World, usd, world};

pub(crate) async fn compared(world: &World) -> Reconciliation {
    compared_with(world, "sandbox").await
}

pub(crate) async fn compared_with(world: &World, provider: &str) -> Reconciliation {
    let now = world.desk.clock.now();
    let period = Period {
        // before anything that happens here; the same each time, so that what is found gone counts as gone
        from: "2000-01-01T00:00:00Z".parse().unwrap(),
        until: now + SignedDuration::from_hours(1),
    };
    reconcile::compare_and_keep(&world.desk, provider, period)
        .await
        .unwrap()
}

/// A release, a payout that came back, a refund that failed, a chargeback won: everything that moves a balance.
async fn mixed_day(world: &World) {
    world.earned(50_000).await;
    let psp = || Account::Psp("sandbox".parse().unwrap());
    world
        .pay(OfPayee::RequestPayout { amount: usd(45_000) }, &world.expert())
        .await
        .unwrap();
    world.holds(psp(), 3_520).await;
    let payout = state(&world.process.url).await["payouts"][0]["id"].clone();
    world
        .control(&format!("payouts/{}/return", payout.as_str().unwrap()), json!({}))
        .await;
    world.holds(psp(), 48_520).await;

    let (deal, at_provider) = world.funded(20_000).await;
    let cancel = Command::Cancel {
        milestone: deal.milestone,
    };
    world.act(deal, cancel, &world.client()).await.unwrap();
    world.is(deal, "refunded").await;
    let refunded = state_where(&world.process.url, |state| {
        state["refunds"][0]["state"] == "succeeded"
    })
    .await;
    let refund = refunded["refunds"][0]["id"].as_str().unwrap().to_owned();
    world.holds(psp(), 48_520 - 610).await;
    world.control(&format!("refunds/{refund}/fail"), json!({})).await;
    world.holds(psp(), 48_520 - 610 + 20_000).await;

    world
        .control(&format!("payments/{at_provider}/chargeback"), json!({}))
        .await;
    let opened = state_where(&world.process.url, |state| state["chargebacks"] != json!([])).await;
    world.holds(psp(), 48_520 - 610 - 1_500).await;
    let chargeback = opened["chargebacks"][0]["id"].as_str().unwrap().to_owned();
    world
        .control(&format!("chargebacks/{chargeback}/win"), json!({}))
        .await;
    world.holds(psp(), 48_520 - 610 - 1_500 + 20_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mixed_day_has_no_difference_and_a_cent_is_found_and_named() {
    let world = world(&[]).await;
    mixed_day(&world).await;
    let alike = compared(&world).await;
    assert_eq!(alike.differences, []);
    // two payments, payout and return, refund and failure, chargeback and reversal; three fees
    assert_eq!(alike.matched, 11);
    assert_eq!(alike.books_balance_minor, alike.movable_minor);
    assert_eq!(
        watch::figures(&world.desk)
            .await
            .unwrap()
            .reconciliation_differences,
        0
    );

    let transaction = state(&world.process.url).await["transactions"][0]["id"].clone();
    let name = transaction.as_str().unwrap();
    world
        .control(&format!("transactions/{name}/alter"), json!({ "by_minor": 1 }))
        .await;
    let differs = compared(&world).await;
    let named: Vec<_> = differs
        .differences
        .iter()
        .filter(|one| one.external_id.as_deref() == Some(name))
        .collect();
    let [one] = named.as_slice() else {
        panic!("{:?}", differs.differences);
    };
    assert_eq!(one.kind, DifferenceKind::AmountDiffers);
    assert_eq!(one.provider_minor.unwrap().0 - one.books_minor.unwrap().0, 1);
    assert!(one.about.starts_with("pay_") && !one.explanation.is_empty());
    let figures = watch::figures(&world.desk).await.unwrap();
    assert!(figures.reconciliation_differences > 0);
    assert!(
        figures
            .troubles()
            .iter()
            .any(|trouble| trouble.contains("differ"))
    );

    world
        .control(&format!("transactions/{name}/alter"), json!({ "by_minor": -1 }))
        .await;
    assert_eq!(compared(&world).await.differences, []);
    assert_eq!(
        watch::figures(&world.desk)
            .await
            .unwrap()
            .reconciliation_differences,
        0
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_never_came_is_found_and_made_up_for() {
    let world = world(&[]).await;
    let deal = world.signed(50_000).await;
    let (payment, at_provider) = world.funding(deal).await;
    world.arm("silence", "payment.captured").await;
    world
        .control(&format!("payments/{at_provider}/capture"), json!({}))
        .await;
    let differs = compared(&world).await;
    let kinds: Vec<_> = differs.differences.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [
            // with its fee; that the provider has more than the books is known by them
            DifferenceKind::MissingInBooks,
            DifferenceKind::MissingInBooks,
        ]
    );
    assert_eq!(differs.differences[0].about, payment.to_string());

    assert_eq!(reconcile::repair(&world.desk, &differs).await.unwrap(), 1);
    world.is(deal, "funded").await;
    assert_eq!(compared(&world).await.differences, []);
    assert_eq!(reconcile::repair(&world.desk, &differs).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_the_provider_does_not_know_is_told() {
    let world = world(&[]).await;
    let (deal, _) = world.funded(50_000).await;
    let payment = world.contract(deal).await.payments[0].id;
    let operator = earnest_hire::contract::Actor::Provider {
        name: "sandbox".parse().unwrap(),
    };
    let twice = Command::Captured {
        payment,
        amount: usd(700),
        fee: usd(0),
        receipt: "txn_of_nobody".to_owned(),
    };
    world.act(deal, twice, &operator).await.unwrap();
    let differs = compared(&world).await;
    let [one] = differs.differences.as_slice() else {
        panic!("{:?}", differs.differences);
    };
    assert_eq!(one.kind, DifferenceKind::MissingAtProvider);
    assert_eq!(one.external_id.as_deref(), Some("txn_of_nobody"));
    assert_eq!(
        (one.provider_minor, one.books_minor.map(|sum| sum.0)),
        (None, Some(700))
    );
    world.end().await;
}

/// By the worker: once a day, for the day that is over; and the heads of all histories are noted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yesterday_is_compared_by_itself() {
    let world = world(&[]).await;
    world.funded(50_000).await;
    world.forward(SignedDuration::from_hours(25)).await;
    world
        .until(|desk| async move {
            let read = desk
                .store
                .read(|mut view| async move { view.reconciled_until("sandbox").await });
            let until = read.await.unwrap();
            let today = desk
                .clock
                .now()
                .to_zoned(jiff::tz::TimeZone::UTC)
                .start_of_day()
                .unwrap();
            // shortly after midnight it is too early
            let due = desk.clock.now() - SignedDuration::from_mins(30);
            (until == Some(today.timestamp()) || due < today.timestamp()).then_some(())
        })
        .await;
    assert_eq!(
        watch::figures(&world.desk)
            .await
            .unwrap()
            .reconciliation_differences,
        0
    );
    let noted = world
        .until(|desk| async move {
            let read = desk.store.read(|mut view| async move { view.noted_at().await });
            let noted = read.await.unwrap()?;
            (noted > playing::now()).then_some(noted)
        })
        .await;
    assert!(noted <= world.desk.clock.now());
    world.end().await;
}
