//! How events are delivered and signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use earnest_sandbox::{Message, Settings};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::playing::{BEGIN, SECRET, event, header, play, settings};

/// Checks a signature with code that is not the provider's.
fn holds(message: &Message) -> bool {
    let key = STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let get = |name| header(message, name).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(get("webhook-id").as_bytes());
    mac.update(b".");
    mac.update(get("webhook-timestamp").as_bytes());
    mac.update(b".");
    mac.update(&message.body);
    let given = get("webhook-signature");
    mac.verify_slice(&STANDARD.decode(given.strip_prefix("v1,").unwrap()).unwrap())
        .is_ok()
}

fn seconds(message: &Message) -> i64 {
    header(message, "webhook-timestamp").unwrap().parse().unwrap()
}

fn begin() -> i64 {
    BEGIN.parse::<jiff::Timestamp>().unwrap().as_second()
}

#[tokio::test]
async fn an_event_is_signed_and_says_whose_it_is() {
    let play = play(settings());
    play.paid(5000).await;
    let told = play.delivered().await;
    assert_eq!(told.len(), 1);
    assert!(holds(&told[0]));
    assert_eq!(told[0].url, "http://site.test/events");
    assert_eq!(seconds(&told[0]), begin());
    let body = event(&told[0]);
    assert_eq!(header(&told[0], "webhook-id").as_deref(), body["id"].as_str());
    assert_eq!(body["account"], "acct_ours");
    assert_eq!(body["at"], BEGIN);
}

#[tokio::test]
async fn an_event_is_tried_again_with_its_id_until_it_is_taken() {
    let play = play(settings());
    play.world.will_answer(&[500, 302]);
    play.world.will_break();
    play.paid(5000).await;
    let mut told = play.delivered().await;
    for wait in [1, 5, 30] {
        play.world.pass(wait - 1);
        assert_eq!(play.delivered().await, [], "not before {wait} s");
        play.world.pass(1);
        told.extend(play.delivered().await);
    }
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(holds));
    assert!(told.iter().all(|one| one.body == told[0].body));
    assert_eq!(seconds(&told[3]), begin() + 36, "each delivery is signed anew");
    play.world.pass(86_400);
    assert_eq!(play.delivered().await, []);
    assert_eq!(play.state().await["events"][0]["delivery"]["is"], "delivered");
}

#[tokio::test]
async fn an_event_that_nobody_takes_is_given_up_and_can_be_sent_by_hand() {
    let play = play(settings());
    play.world.will_answer(&[500; 11]);
    play.paid(5000).await;
    let mut tried = 0;
    for _ in 0..20 {
        tried += play.delivered().await.len();
        play.world.pass(86_400);
    }
    assert_eq!(tried, 11);
    let state = play.state().await;
    assert_eq!(state["events"][0]["delivery"]["is"], "given_up");
    let id = state["events"][0]["id"].as_str().unwrap();
    play.control(&format!("events/{id}/send"), json!({})).await;
    assert_eq!(play.kinds().await, ["payment.captured"]);
}

#[tokio::test]
async fn an_event_that_fails_holds_up_no_other() {
    let play = play(settings());
    play.world.will_answer(&[503]);
    let id = play.paid(5000).await;
    play.control(&format!("payments/{id}/chargeback"), json!({}))
        .await;
    let first = play.kinds().await;
    assert_eq!(first, ["payment.captured", "chargeback.opened"]);
    play.world.pass(1);
    assert_eq!(play.kinds().await, ["payment.captured"]);
}

#[tokio::test]
async fn an_event_can_be_sent_again_and_is_the_same_event() {
    let play = play(settings());
    play.paid(5000).await;
    let first = play.delivered().await;
    let id = header(&first[0], "webhook-id").unwrap();
    play.world.pass(100);
    play.control(&format!("events/{id}/send"), json!({})).await;
    let again = play.delivered().await;
    assert_eq!(header(&again[0], "webhook-id"), Some(id));
    assert_eq!(again[0].body, first[0].body);
    assert!(holds(&again[0]));
}

#[tokio::test]
async fn a_moved_clock_dates_events_and_on_demand_their_signatures() {
    let play = play(settings());
    play.control("clock", json!({ "forward_seconds": 86_400 })).await;
    play.paid(5000).await;
    let told = play.delivered().await;
    assert_eq!(event(&told[0])["at"], "2026-11-26T09:00:00Z");
    assert_eq!(seconds(&told[0]), begin(), "receivers have their own clocks");
    play.control("clock", json!({ "signatures": "moved" })).await;
    play.paid(6000).await;
    let told = play.delivered().await;
    assert_eq!(seconds(&told[0]), begin() + 86_400);
    let far = play
        .try_control("clock", json!({ "forward_seconds": i64::MAX }))
        .await;
    assert_eq!(far.as_deref(), Some("too_far"));
    let word = play.try_control("clock", json!({ "signatures": "false" })).await;
    assert_eq!(word.as_deref(), Some("no_such_time"));
}

#[tokio::test]
async fn without_an_address_events_wait() {
    let play = play(Settings {
        events_to: None,
        ..settings()
    });
    play.paid(5000).await;
    assert_eq!(play.delivered().await, []);
    assert_eq!(play.state().await["events"][0]["delivery"]["is"], "waiting");
}

/// What a fault makes of one delivery, and that the next one is right again.
#[tokio::test]
async fn a_distorted_delivery_is_followed_by_a_proper_one() {
    for kind in [
        "wrong_secret",
        "old_timestamp",
        "unsigned",
        "altered",
        "other_account",
    ] {
        let play = play(settings());
        play.world.will_answer(&[401]);
        play.control("faults", json!({ "kind": kind, "on": "payment.captured" }))
            .await;
        play.paid(5000).await;
        let wrong = play.delivered().await.remove(0);
        match kind {
            "unsigned" => assert_eq!(wrong.headers, []),
            "wrong_secret" | "altered" => assert!(!holds(&wrong), "{kind}"),
            "old_timestamp" => assert_eq!((holds(&wrong), seconds(&wrong)), (true, begin() - 3600)),
            _ => assert!(holds(&wrong) && event(&wrong)["account"] == "acct_of_somebody_else"),
        }
        play.world.pass(1);
        let right = play.delivered().await.remove(0);
        assert!(holds(&right), "{kind}");
        assert_eq!(event(&right)["account"], "acct_ours", "{kind}");
        assert_eq!(play.state().await["faults"], json!([]), "{kind}");
    }
}

#[tokio::test]
async fn a_forged_delivery_can_be_sent_by_hand() {
    let play = play(settings());
    play.paid(5000).await;
    let id = header(&play.delivered().await[0], "webhook-id").unwrap();
    play.control(&format!("events/{id}/send"), json!({ "as": "wrong_secret" }))
        .await;
    assert!(!holds(&play.delivered().await[0]));
    let no = play
        .try_control(&format!("events/{id}/send"), json!({ "as": "hang" }))
        .await;
    assert_eq!(no.as_deref(), Some("no_such_fault"));
}
