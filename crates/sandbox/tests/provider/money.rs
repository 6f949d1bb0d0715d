//! What moves, and what must not.

use earnest_hire::money::Minor;
use earnest_sandbox::{Settings, Terms};
use serde_json::json;

use crate::playing::{by_hand, payment, payout_to, play, refund_of, settings};

fn row(kind: &str, amount: i64, fee: i64) -> (String, i64, i64) {
    (kind.to_owned(), amount, fee)
}

#[tokio::test]
async fn a_payment_comes_in_less_the_fee() {
    let play = play(settings());
    play.paid(100_000).await;
    // 2.9 % of 1,000.00 and 0.30
    assert_eq!(play.transactions().await, [row("payment", 100_000, 2930)]);
    assert_eq!(play.available().await, 97_070);
}

#[tokio::test]
async fn the_fee_is_rounded_down_and_never_above_the_payment() {
    let play = play(settings());
    for (amount, fee) in [(1, 1), (30, 30), (31, 30), (34, 30), (35, 31), (999, 58)] {
        play.paid(amount).await;
        let last = play.transactions().await.pop();
        assert_eq!(last, Some(row("payment", amount, fee)));
    }
}

#[tokio::test]
async fn money_can_wait_until_it_can_be_moved() {
    let terms = Terms {
        pending_seconds: 3600,
        fee_basis_points: 0,
        fee_fixed: Minor(0),
        ..Terms::default()
    };
    let play = play(Settings { terms, ..settings() });
    play.paid(5000).await;
    let account = play.known_account().await;
    let balance = play.ask("/v1/balance?currency=USD").await;
    assert_eq!(
        balance,
        json!({ "available_minor": 0, "pending_minor": 5000, "payout_unit_minor": 1 })
    );
    let early = play.call("/v1/payouts", "early", payout_to(&account, 1)).await;
    assert_eq!(early.code(), "balance_too_small");
    play.control("clock", json!({ "forward_seconds": 3600 })).await;
    let balance = play.ask("/v1/balance?currency=USD").await;
    assert_eq!(
        balance,
        json!({ "available_minor": 5000, "pending_minor": 0, "payout_unit_minor": 1 })
    );
}

#[tokio::test]
async fn never_more_goes_back_than_came_in() {
    let play = play(settings());
    let id = play.paid(5000).await;
    play.call("/v1/refunds", "r1", refund_of(&id, 3000)).await.id();
    let above = play.call("/v1/refunds", "r2", refund_of(&id, 2001)).await;
    assert_eq!(above.code(), "refund_above_captured");
    assert!(above.text.contains("USD 20 "), "{}", above.text);
    play.call("/v1/refunds", "r3", refund_of(&id, 2000)).await.id();
    let one = play.call("/v1/refunds", "r4", refund_of(&id, 1)).await;
    assert_eq!(one.code(), "refund_above_captured");
}

#[tokio::test]
async fn a_refund_under_way_counts_and_a_failed_one_does_not() {
    let play = by_hand();
    let id = play.paid(5000).await;
    let refund = play.call("/v1/refunds", "r1", refund_of(&id, 5000)).await.id();
    let second = play.call("/v1/refunds", "r2", refund_of(&id, 1)).await;
    assert_eq!(second.code(), "refund_above_captured");
    play.control(&format!("refunds/{refund}/fail"), json!({})).await;
    play.call("/v1/refunds", "r3", refund_of(&id, 5000)).await.id();
}

#[tokio::test]
async fn a_refund_can_fail_before_and_after_the_money_left() {
    let play = by_hand();
    let id = play.paid(5000).await;
    let before = play.call("/v1/refunds", "r1", refund_of(&id, 1000)).await.id();
    let after = play.call("/v1/refunds", "r2", refund_of(&id, 1000)).await.id();
    play.control(&format!("refunds/{before}/fail"), json!({ "reason": "closed" }))
        .await;
    play.control(&format!("refunds/{after}/succeed"), json!({})).await;
    play.control(&format!("refunds/{after}/fail"), json!({ "reason": "closed" }))
        .await;
    let moved = &play.transactions().await[1..];
    assert_eq!(moved, [row("refund", -1000, 0), row("refund_failed", 1000, 0)]);
    let kinds = play.kinds().await;
    assert_eq!(
        kinds,
        [
            "payment.captured",
            "refund.failed",
            "refund.succeeded",
            "refund.failed"
        ]
    );
    let again = play
        .try_control(&format!("refunds/{after}/fail"), json!({}))
        .await;
    assert_eq!(again.as_deref(), Some("refund_not_now"));
}

#[tokio::test]
async fn a_payout_takes_only_what_can_be_moved() {
    let play = by_hand();
    play.paid(10_000).await;
    let account = play.known_account().await;
    let above = play.call("/v1/payouts", "p1", payout_to(&account, 9681)).await;
    assert_eq!(above.code(), "balance_too_small");
    let payout = play
        .call("/v1/payouts", "p2", payout_to(&account, 9680))
        .await
        .id();
    assert_eq!(
        play.available().await,
        0,
        "what is under way is not there any more"
    );
    let second = play.call("/v1/payouts", "p3", payout_to(&account, 1)).await;
    assert_eq!(second.code(), "balance_too_small");
    play.control(&format!("payouts/{payout}/fail"), json!({})).await;
    assert_eq!(play.available().await, 9680);
    assert_eq!(
        play.transactions().await.len(),
        1,
        "a payout that failed never moved"
    );
}

#[tokio::test]
async fn a_transfer_to_our_own_bank_takes_only_what_can_be_moved_and_is_told_by_its_transaction() {
    let play = by_hand();
    play.paid(10_000).await;
    play.delivered().await;
    let transfer = |amount: i64| json!({ "amount_minor": amount });
    for (path, amount, code) in [
        ("balances/USD/transfer", 9_681, "balance_too_small"),
        ("balances/USD/transfer", 0, "amount_not_positive"),
        ("balances/EUR/transfer", 1, "balance_too_small"),
        ("balances/shells/transfer", 1, "unknown_currency"),
    ] {
        let refused = play.try_control(path, transfer(amount)).await;
        assert_eq!(refused.as_deref(), Some(code), "{path} {amount}");
    }
    play.control("balances/USD/transfer", transfer(4_000)).await;
    assert_eq!(play.available().await, 5_680);
    // without an amount, all of it
    play.control("balances/USD/transfer", json!({})).await;
    assert_eq!(play.available().await, 0);
    let moved = &play.transactions().await[1..];
    assert_eq!(moved, [row("transfer", -4_000, 0), row("transfer", -5_680, 0)]);
    assert!(play.delivered().await.is_empty(), "no event tells of it");
}

#[tokio::test]
async fn a_payout_can_come_back_after_it_was_paid() {
    let play = play(settings());
    play.paid(10_000).await;
    let account = play.known_account().await;
    let payout = play
        .call("/v1/payouts", "p1", payout_to(&account, 9000))
        .await
        .id();
    assert_eq!(play.available().await, 680);
    play.control(
        &format!("payouts/{payout}/return"),
        json!({ "reason": "no_such_bank_account" }),
    )
    .await;
    assert_eq!(play.available().await, 9680);
    let told = play.delivered().await;
    let last = crate::playing::event(told.last().unwrap());
    assert_eq!(last["type"], "payout.returned");
    assert_eq!(last["object"]["reason"], "no_such_bank_account");
    let again = play
        .try_control(&format!("payouts/{payout}/return"), json!({}))
        .await;
    assert_eq!(again.as_deref(), Some("payout_not_now"));
}

#[tokio::test]
async fn a_payout_is_a_multiple_of_the_unit() {
    let terms = Terms {
        payout_unit: Minor(100),
        ..Terms::default()
    };
    let play = play(Settings { terms, ..settings() });
    play.paid(100_000).await;
    let account = play.known_account().await;
    let odd = play.call("/v1/payouts", "p1", payout_to(&account, 150)).await;
    assert_eq!(odd.code(), "not_in_units");
    play.call("/v1/payouts", "p2", payout_to(&account, 200))
        .await
        .id();
    assert_eq!(
        play.ask("/v1/balance?currency=USD").await["payout_unit_minor"],
        100
    );
}

#[tokio::test]
async fn a_payout_is_canceled_before_it_was_asked_for_and_while_it_is_on_its_way() {
    let play = by_hand();
    play.paid(100_000).await;
    let account = play.known_account().await;
    let order = payout_to(&account, 5000);
    let sent = play.call("/v1/payouts", "p1", order.clone()).await.id();
    assert_eq!(play.available().await, 97_070 - 5000);
    let canceled = play.call("/v1/payouts/cancel", "c1", order.clone()).await.id();
    assert_eq!(canceled, sent);
    assert_eq!(play.available().await, 97_070);
    assert!(play.kinds().await.contains(&"payout.failed".to_owned()));
    let refused = play.try_control(&format!("payouts/{sent}/pay"), json!({})).await;
    assert_eq!(refused.as_deref(), Some("payout_not_now"));

    // the call that was to send it comes after the one that cancels it
    let mut early = order.clone();
    early["payout_id"] = json!("pot_early");
    play.call("/v1/payouts/cancel", "c2", early.clone()).await.id();
    let late = play.call("/v1/payouts", "p2", early).await;
    assert_eq!(late.code(), "payout_canceled");

    let mut paid = order;
    paid["payout_id"] = json!("pot_paid");
    let id = play.call("/v1/payouts", "p3", paid.clone()).await.id();
    play.control(&format!("payouts/{id}/pay"), json!({})).await;
    let gone = play.call("/v1/payouts/cancel", "c3", paid).await;
    assert_eq!(gone.code(), "payout_not_now");
}

#[tokio::test]
async fn a_payout_that_fails_after_it_was_paid_comes_back_by_a_transaction_of_its_own() {
    let play = by_hand();
    play.paid(100_000).await;
    let account = play.known_account().await;
    let order = payout_to(&account, 5000);
    let id = play.call("/v1/payouts", "p1", order).await.id();
    play.control(&format!("payouts/{id}/pay"), json!({})).await;
    assert_eq!(play.available().await, 97_070 - 5000);
    play.control(&format!("payouts/{id}/fail"), json!({})).await;
    assert_eq!(play.available().await, 97_070);
    let state = play.state().await;
    let back = state["transactions"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&back["kind"], &back["amount"]),
        (&json!("payout_returned"), &json!(5000))
    );
    let again = play.try_control(&format!("payouts/{id}/fail"), json!({})).await;
    assert_eq!(again.as_deref(), Some("payout_not_now"));
}

#[tokio::test]
async fn evidence_is_taken_until_it_is_due_or_decided() {
    let play = by_hand();
    let payment = play.paid(5000).await;
    play.control(&format!("payments/{payment}/chargeback"), json!({}))
        .await;
    let id = play.state().await["chargebacks"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/chargebacks/{id}/evidence");
    assert_eq!(play.call(&path, "e1", json!({ "a": 1 })).await.id(), id);
    assert_eq!(play.state().await["chargebacks"][0]["evidence"], r#"{"a":1}"#);
    play.control("clock", json!({ "forward_seconds": 9 * 86_400 + 1 }))
        .await;
    let late = play.call(&path, "e2", json!({ "a": 2 })).await;
    assert_eq!(late.code(), "evidence_too_late");
    play.control(&format!("chargebacks/{id}/lose"), json!({})).await;
    let decided = play.call(&path, "e3", json!({ "a": 3 })).await;
    assert_eq!(decided.code(), "chargeback_not_now");
    let none = play.call("/v1/chargebacks/none/evidence", "e4", json!({})).await;
    assert_eq!(none.code(), "no_such_chargeback");
}

#[tokio::test]
async fn an_account_that_was_not_confirmed_is_not_paid() {
    let play = play(settings());
    play.paid(10_000).await;
    let order = json!({ "person_id": "per_1", "name": "Ada", "return_url": "http://site.test/back" });
    let account = play.call("/v1/accounts", "onboard", order).await.id();
    let early = play.call("/v1/payouts", "p1", payout_to(&account, 1)).await;
    assert_eq!(early.code(), "account_not_onboarded");
    play.control(&format!("accounts/{account}/confirm"), json!({}))
        .await;
    play.control(&format!("accounts/{account}/confirm"), json!({}))
        .await;
    assert_eq!(play.kinds().await, ["payment.captured", "account.onboarded"]);
}

#[tokio::test]
async fn a_chargeback_is_won_and_then_lost_after_all() {
    let play = play(settings());
    let id = play.paid(5000).await;
    play.control(&format!("payments/{id}/chargeback"), json!({}))
        .await;
    let blocked = play.call("/v1/refunds", "r1", refund_of(&id, 1)).await;
    assert_eq!(blocked.code(), "chargeback_open");
    let chargeback = play.state().await["chargebacks"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for verb in ["win", "lose"] {
        play.control(&format!("chargebacks/{chargeback}/{verb}"), json!({}))
            .await;
    }
    let moved = &play.transactions().await[1..];
    assert_eq!(
        moved,
        [
            row("chargeback", -5000, 1500),
            row("chargeback_reversed", 5000, 0),
            row("chargeback", -5000, 0)
        ]
    );
    let told = play.delivered().await;
    let told: Vec<_> = told.iter().skip(1).map(crate::playing::event).collect();
    let kinds: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["chargeback.opened", "chargeback.won", "chargeback.lost"]);
    assert_eq!(told[0]["object"]["fee_minor"], 1500);
    assert_eq!(told[0]["object"]["evidence_due"], "2026-12-04T09:00:00Z");
    assert!(told[2]["object"]["transaction"].is_string(), "{}", told[2]);
    let none_left = play.call("/v1/refunds", "r2", refund_of(&id, 1)).await;
    assert_eq!(none_left.code(), "refund_above_captured");
}

#[tokio::test]
async fn a_chargeback_of_a_part_can_be_lost_at_once() {
    let play = play(settings());
    let id = play.paid(5000).await;
    let path = format!("payments/{id}/chargeback");
    let above = play.try_control(&path, json!({ "amount_minor": 5001 })).await;
    assert_eq!(above.as_deref(), Some("chargeback_above_captured"));
    play.control(&path, json!({ "amount_minor": 2000 })).await;
    let chargeback = play.state().await["chargebacks"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    play.control(&format!("chargebacks/{chargeback}/lose"), json!({}))
        .await;
    let told = play.delivered().await;
    let lost = crate::playing::event(told.last().unwrap());
    assert_eq!(
        (
            lost["object"]["amount_minor"].as_i64(),
            &lost["object"]["transaction"]
        ),
        (Some(2000), &json!(null))
    );
    let again = play
        .try_control(&format!("chargebacks/{chargeback}/win"), json!({}))
        .await;
    assert_eq!(again.as_deref(), Some("chargeback_not_now"));
}

#[tokio::test]
async fn money_can_go_back_twice_by_refund_and_chargeback() {
    let play = play(settings());
    let id = play.paid(5000).await;
    play.call("/v1/refunds", "r1", refund_of(&id, 5000)).await.id();
    play.control(&format!("payments/{id}/chargeback"), json!({}))
        .await;
    assert_eq!(play.available().await, 5000 - 175 - 5000 - 5000 - 1500);
}

#[tokio::test]
async fn a_checkout_closes_when_its_time_is_over_and_can_be_paid_late() {
    let play = play(settings());
    let card = play.fund("card", 5000).await;
    let mut by_bank = payment(5000);
    by_bank["method"] = json!("bank");
    let bank = play.call("/v1/payments", "bank", by_bank).await.id();
    play.world.pass(15 * 60 - 1);
    assert_eq!(play.kinds().await, Vec::<String>::new());
    play.world.pass(1);
    assert_eq!(play.kinds().await, ["payment.expired"]);
    play.control("clock", json!({ "forward_seconds": 7 * 86_400 }))
        .await;
    assert_eq!(play.kinds().await, ["payment.expired"]);
    play.control(&format!("payments/{bank}/capture"), json!({})).await;
    assert_eq!(play.kinds().await, ["payment.captured"]);
    let state = play.state().await;
    assert_eq!(state["payments"][0]["id"], card);
    assert_eq!(state["payments"][0]["state"], "expired");
}

#[tokio::test]
async fn a_canceled_checkout_cannot_be_paid_and_a_paid_one_not_canceled() {
    let play = play(settings());
    let canceled = play.fund("f1", 5000).await;
    play.call(&format!("/v1/payments/{canceled}/cancel"), "c1", json!({}))
        .await
        .id();
    let late = play
        .try_control(&format!("payments/{canceled}/capture"), json!({}))
        .await;
    assert_eq!(late.as_deref(), Some("payment_not_open"));
    let paid = play.paid(7000).await;
    let answered = play
        .call(&format!("/v1/payments/{paid}/cancel"), "c2", json!({}))
        .await;
    assert_eq!(answered.code(), "already_captured");
    let twice = play
        .try_control(&format!("payments/{paid}/capture"), json!({}))
        .await;
    assert_eq!(twice.as_deref(), Some("payment_not_open"));
}

#[tokio::test]
async fn less_or_more_than_asked_can_come_in() {
    let play = play(settings());
    let id = play.fund("f1", 5000).await;
    play.control(&format!("payments/{id}/capture"), json!({ "amount_minor": 4900 }))
        .await;
    let told = play.delivered().await;
    assert_eq!(crate::playing::event(&told[0])["object"]["amount_minor"], 4900);
    let above = play.call("/v1/refunds", "r1", refund_of(&id, 4901)).await;
    assert_eq!(above.code(), "refund_above_captured");
}

#[tokio::test]
async fn transactions_are_told_by_period_without_its_end() {
    let play = play(settings());
    play.paid(5000).await;
    play.world.pass(60);
    play.paid(6000).await;
    let count = async |period: &str| {
        let told = play.ask(&format!("/v1/transactions?{period}")).await;
        told["transactions"].as_array().unwrap().len()
    };
    assert_eq!(
        count("from=2026-11-25T09:00:00Z&until=2026-11-25T09:01:00Z").await,
        1
    );
    assert_eq!(
        count("from=2026-11-25T09:01:00Z&until=2026-11-25T09:02:00Z").await,
        1
    );
    assert_eq!(
        count("from=2026-11-25T09:00:00Z&until=2026-11-25T09:00:00Z").await,
        0
    );
}

#[tokio::test]
async fn one_cent_of_a_transaction_can_be_falsified() {
    let play = play(settings());
    play.paid(5000).await;
    let id = play.state().await["transactions"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    play.control(&format!("transactions/{id}/alter"), json!({ "by_minor": -1 }))
        .await;
    assert_eq!(play.transactions().await, [row("payment", 4999, 175)]);
    let none = play.try_control("transactions/txn_none/alter", json!({})).await;
    assert_eq!(none.as_deref(), Some("no_such_transaction"));
}
