//! Faults on demand. Those of connections are tried over a real one in `crates/earnest/tests/sandbox_provider.rs`.

use earnest_sandbox::{Fault, NoFault, Settings};
use serde_json::json;

use crate::playing::{payment, payout_to, play, refund_of, settings};

#[tokio::test]
async fn a_call_that_is_to_fail_does_nothing_and_says_so_for_ever() {
    let play = play(settings());
    let id = play.paid(5000).await;
    play.control("faults", json!({ "kind": "fail", "on": "refund" }))
        .await;
    let first = play.call("/v1/refunds", "r1", refund_of(&id, 100)).await;
    assert_eq!(first.code(), "refused_on_demand");
    let again = play.call("/v1/refunds", "r1", refund_of(&id, 100)).await;
    assert_eq!(again.text, first.text);
    assert_eq!(play.state().await["refunds"], json!([]));
    play.call("/v1/refunds", "r2", refund_of(&id, 100)).await.id();
}

#[tokio::test]
async fn a_fault_happens_as_often_as_asked_and_only_on_its_occasion() {
    let play = play(settings());
    play.control("faults", json!({ "kind": "fail", "on": "fund", "times": 2 }))
        .await;
    play.call("/v1/payments/pay_none/cancel", "c", json!({})).await;
    for (key, refused) in [("a", true), ("b", true), ("c2", false)] {
        let answered = play.call("/v1/payments", key, payment(100)).await;
        assert_eq!(answered.code() == "refused_on_demand", refused, "{key}");
    }
    play.control("faults", json!({ "kind": "silence" })).await;
    play.control("faults/clear", json!({})).await;
    assert_eq!(play.state().await["faults"], json!([]));
}

#[tokio::test]
async fn silence_is_made_up_for_by_a_look_up() {
    let play = play(settings());
    play.control("faults", json!({ "kind": "silence", "on": "payment.captured" }))
        .await;
    play.paid(5000).await;
    play.world.pass(86_400);
    assert_eq!(play.kinds().await, Vec::<String>::new());
    let found = play.ask("/v1/calls?key=fund%3A5000").await;
    assert_eq!(found["found"]["events"][0]["type"], "payment.captured");
    let state = play.state().await;
    assert_eq!(state["events"][0]["id"], found["found"]["events"][0]["id"]);
    assert_eq!(state["events"][0]["delivery"]["is"], "withheld");
}

#[tokio::test]
async fn duplicates_are_byte_for_byte_the_same() {
    let play = play(settings());
    play.control("faults", json!({ "kind": "duplicate", "by": 2 }))
        .await;
    play.paid(5000).await;
    let told = play.delivered().await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|one| one == &told[0]));
}

#[tokio::test]
async fn reordered_events_come_after_the_next_one() {
    let play = play(settings());
    play.control("faults", json!({ "kind": "reorder", "on": "payment.captured" }))
        .await;
    let id = play.paid(5000).await;
    assert_eq!(play.kinds().await, Vec::<String>::new());
    play.control(&format!("payments/{id}/chargeback"), json!({}))
        .await;
    assert_eq!(play.kinds().await, ["chargeback.opened", "payment.captured"]);
}

#[tokio::test]
async fn outcomes_can_be_asked_for_in_advance() {
    let play = play(settings());
    play.control("faults", json!({ "kind": "other_amount", "by": -100 }))
        .await;
    let id = play.paid(20_000).await;
    let account = play.known_account().await;
    for kind in ["refund_fails", "payout_fails", "payout_returns"] {
        play.control("faults", json!({ "kind": kind })).await;
    }
    play.call("/v1/refunds", "r1", refund_of(&id, 100)).await.id();
    play.call("/v1/payouts", "p1", payout_to(&account, 100))
        .await
        .id();
    play.call("/v1/payouts", "p2", payout_to(&account, 100))
        .await
        .id();
    let kinds = play.kinds().await;
    let told = kinds.join(" ");
    assert_eq!(
        told,
        "payment.captured account.onboarded refund.failed payout.failed payout.paid payout.returned"
    );
    assert_eq!(play.state().await["payments"][0]["captured"], 19_900);
}

#[tokio::test]
async fn a_delay_passes_before_anything_is_done() {
    let play = play(settings());
    play.control("faults", json!({ "kind": "delay", "by": 0, "on": "fund" }))
        .await;
    play.fund("f1", 100).await;
    assert_eq!(play.state().await["faults"], json!([]));
}

#[tokio::test]
async fn a_call_that_hangs_has_acted_or_not_as_asked() {
    for (kind, acted) in [("hang", false), ("act_then_hang", true)] {
        let play = play(settings());
        play.control("faults", json!({ "kind": kind, "on": "fund" }))
            .await;
        let mut call = Box::pin(play.call("/v1/payments", "f1", payment(100)));
        // one turn is enough: nothing before the hanging waits for anything
        let turn =
            std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context).is_ready()));
        assert!(!turn.await, "{kind} was answered");
        drop(call);
        let found = play.ask("/v1/calls?key=f1").await;
        assert_eq!(found["found"].is_object(), acted, "{kind}");
    }
}

#[test]
fn faults_are_read_from_flags() {
    let read = |text: &str| text.parse::<Fault>();
    assert!(read("act_then_hang,on=refund,times=2").is_ok());
    assert!(read("delay,by=600").is_ok());
    assert!(matches!(read("explode"), Err(NoFault::Kind(_))));
    assert!(matches!(read("silence,on=refund"), Err(NoFault::On { .. })));
    assert!(matches!(read("fail,on=payout.paid"), Err(NoFault::On { .. })));
    assert!(matches!(read("refund_fails,on=refund"), Err(NoFault::On { .. })));
    for text in [
        "delay,by=601",
        "delay,by=-1",
        "fail,times=0",
        "fail,times=x",
        "fail,by=1",
    ] {
        assert!(matches!(read(text), Err(NoFault::Number { .. })), "{text}");
    }
}

#[tokio::test]
async fn faults_from_the_start_are_there() {
    let play = play(Settings {
        faults: vec!["fail,on=fund".parse().unwrap()],
        ..settings()
    });
    let answered = play.call("/v1/payments", "f1", payment(100)).await;
    assert_eq!(answered.code(), "refused_on_demand");
}

#[tokio::test]
async fn controls_that_do_not_exist_say_so() {
    let play = play(settings());
    for (path, code) in [
        ("payments/pay_none/capture", "no_such_payment"),
        ("refunds/ref_none/fail", "no_such_refund"),
        ("payouts/out_none/pay", "no_such_payout"),
        ("chargebacks/cbk_none/win", "no_such_chargeback"),
        ("accounts/acc_none/confirm", "no_such_account"),
        ("events/evt_none/send", "no_such_event"),
        ("payments/pay_none/explode", "no_such_control"),
    ] {
        assert_eq!(
            play.try_control(path, json!({})).await.as_deref(),
            Some(code),
            "{path}"
        );
    }
    let fault = play.try_control("faults", json!({ "kind": "explode" })).await;
    assert_eq!(fault.as_deref(), Some("no_such_fault"));
}
