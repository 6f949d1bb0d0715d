//! Events of a running provider, as the site reads them.

use earnest_app::outside::payments::{EventRefusal, PaymentProvider, ProviderEvent, ProviderEventKind};
use earnest_app::outside::signature::SignatureFault;
use earnest_hire::money::{Currency, Minor};
use jiff::SignedDuration;
use serde_json::json;

use crate::playing::{funding, now, payout_to, play, refund_of};

#[tokio::test]
async fn a_captured_payment_says_all_that_the_books_need() {
    let play = play(&["--seed", "1"]).await;
    let checkout = play.provider.fund("fund:1", &funding(100_000)).await.unwrap();
    let payment = checkout.provider_ref;
    play.control(&format!("payments/{payment}/capture"), json!({}))
        .await;
    let event = play.event().await.unwrap();
    let state = play.state().await;
    assert_eq!(
        event,
        ProviderEvent {
            provider: "sandbox".to_owned(),
            event_id: state["events"][0]["id"].as_str().unwrap().to_owned(),
            account: "acct_sandbox".to_owned(),
            at: state["events"][0]["at"].as_str().unwrap().parse().unwrap(),
            kind: ProviderEventKind::PaymentCaptured {
                payment_ref: payment,
                payment_id: "pmt_1".to_owned(),
                amount: Minor(100_000),
                currency: Currency::USD,
                fee: Minor(2930),
                external_id: state["transactions"][0]["id"].as_str().unwrap().to_owned(),
            },
        }
    );
}

/// Every kind that the provider has, in its words, read by the adapter.
#[tokio::test]
async fn every_kind_is_read() {
    let play = play(&["--settle", "by-hand"]).await;
    let name = async || {
        let event = play.event().await.unwrap();
        let told = format!("{:?}", event.kind);
        told.split(' ').next().unwrap().to_owned()
    };
    let first = |state: &serde_json::Value, noun: &str| state[noun][0]["id"].as_str().unwrap().to_owned();

    for verb in ["fail", "expire"] {
        let order = funding(100);
        let checkout = play.provider.fund(verb, &order).await.unwrap();
        play.control(&format!("payments/{}/{verb}", checkout.provider_ref), json!({}))
            .await;
    }
    assert_eq!([name().await, name().await], ["PaymentFailed", "PaymentExpired"]);
    let payment = play.paid(10_000).await;
    let account = play.known_account().await;

    play.provider
        .refund("r1", &refund_of(&payment, 100))
        .await
        .unwrap();
    let refund = first(&play.state().await, "refunds");
    play.control(&format!("refunds/{refund}/succeed"), json!({}))
        .await;
    play.control(&format!("refunds/{refund}/fail"), json!({})).await;
    assert_eq!([name().await, name().await], ["RefundSucceeded", "RefundFailed"]);

    play.provider
        .pay_out("p1", &payout_to(&account, 100))
        .await
        .unwrap();
    let payout = first(&play.state().await, "payouts");
    play.control(&format!("payouts/{payout}/pay"), json!({})).await;
    play.control(&format!("payouts/{payout}/return"), json!({})).await;
    play.arm("payout_fails", "any").await;
    play.provider
        .pay_out("p2", &payout_to(&account, 100))
        .await
        .unwrap();
    assert_eq!(
        [name().await, name().await, name().await],
        ["PayoutPaid", "PayoutReturned", "PayoutFailed"]
    );

    play.control(&format!("payments/{payment}/chargeback"), json!({}))
        .await;
    let chargeback = first(&play.state().await, "chargebacks");
    play.control(&format!("chargebacks/{chargeback}/win"), json!({}))
        .await;
    play.control(&format!("chargebacks/{chargeback}/lose"), json!({}))
        .await;
    assert_eq!(
        [name().await, name().await, name().await],
        ["ChargebackOpened", "ChargebackWon", "ChargebackLost"]
    );
}

#[tokio::test]
async fn a_delivery_that_is_not_right_is_refused_and_the_next_one_taken() {
    for (fault, code) in [
        ("unsigned", "event_unsigned"),
        ("altered", "event_signature_wrong"),
        ("wrong_secret", "event_signature_wrong"),
        ("old_timestamp", "event_stale"),
        ("other_account", "event_other_account"),
    ] {
        let play = play(&["--fault", &format!("{fault},on=payment.captured")]).await;
        let checkout = play.provider.fund("fund:1", &funding(5000)).await.unwrap();
        play.control(&format!("payments/{}/capture", checkout.provider_ref), json!({}))
            .await;
        let refused = play.event().await.unwrap_err();
        assert_eq!(refused.code(), code, "{fault}");
        // the next attempt need not be waited for
        play.control("clock", json!({ "forward_seconds": 2 })).await;
        let taken = play.event().await.unwrap();
        assert!(
            matches!(taken.kind, ProviderEventKind::PaymentCaptured { .. }),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_replayed_delivery_is_the_same_event_and_later_a_stale_one() {
    let play = play(&["--fault", "duplicate"]).await;
    let checkout = play.provider.fund("fund:1", &funding(5000)).await.unwrap();
    play.control(&format!("payments/{}/capture", checkout.provider_ref), json!({}))
        .await;
    let first = play.delivery().await;
    let event = first.read_by(&play.provider).unwrap();
    assert_eq!(first.read_by(&play.provider), Ok(event.clone()), "a replay");
    for minutes in [-6, 6] {
        let then = now() + SignedDuration::from_mins(minutes);
        let late = play.provider.read_event(&first.headers(), &first.body, then);
        assert_eq!(
            late,
            Err(EventRefusal::Signature(SignatureFault::Stale)),
            "{minutes} min"
        );
    }
    first.answer(200).await;
    assert_eq!(play.event().await, Ok(event), "the second delivery");
}

#[tokio::test]
async fn events_out_of_order_and_events_that_never_come() {
    let play = play(&[]).await;
    play.arm("reorder", "payment.captured").await;
    let checkout = play.provider.fund("fund:1", &funding(5000)).await.unwrap();
    let payment = checkout.provider_ref;
    play.control(&format!("payments/{payment}/capture"), json!({}))
        .await;
    play.control(&format!("payments/{payment}/chargeback"), json!({}))
        .await;
    let (one, other) = (play.event().await.unwrap(), play.event().await.unwrap());
    assert!(
        matches!(one.kind, ProviderEventKind::ChargebackOpened { .. }),
        "{one:?}"
    );
    assert!(
        matches!(other.kind, ProviderEventKind::PaymentCaptured { .. }),
        "{other:?}"
    );

    play.arm("silence", "chargeback.won").await;
    let state = play.state().await;
    let chargeback = state["chargebacks"][0]["id"].as_str().unwrap();
    play.control(&format!("chargebacks/{chargeback}/win"), json!({}))
        .await;
    let found = play.provider.look_up("fund:1").await.unwrap().unwrap();
    assert_eq!(found.events[..2], [other, one]);
    assert!(matches!(
        found.events[2].kind,
        ProviderEventKind::ChargebackWon { .. }
    ));
}

#[tokio::test]
async fn a_moved_clock_expires_a_checkout_and_the_event_is_still_fresh() {
    let play = play(&[]).await;
    play.provider.fund("fund:1", &funding(5000)).await.unwrap();
    play.control("clock", json!({ "forward_seconds": 900 })).await;
    let event = play.event().await.unwrap();
    assert!(
        matches!(event.kind, ProviderEventKind::PaymentExpired { .. }),
        "{event:?}"
    );
    assert!(event.at > now() + SignedDuration::from_mins(14));
}
