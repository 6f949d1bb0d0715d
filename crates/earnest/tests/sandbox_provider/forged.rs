//! Events that the provider would never send.

use std::time::Duration;

use earnest_app::outside::payments::{EventRefusal, PaymentProvider, ProviderEvent};
use earnest_app::outside::signature::{Secret, SignedHeaders, sign};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::outside::payments::sandbox::{Connection, SandboxProvider};
use crate::playing::{SECRET, reach};

const NEW_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn at() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

fn expired() -> Value {
    json!({
        "id": "evt_1", "type": "payment.expired", "account": "acct_sandbox", "at": "2026-11-25T08:59:59Z",
        "object": { "payment": "pay_1", "payment_id": "pmt_1" },
    })
}

/// Signs and sends the bytes under an id.
fn sent_to(
    provider: &SandboxProvider,
    secret: &str,
    id: &str,
    body: &[u8],
) -> Result<ProviderEvent, EventRefusal> {
    let signature = sign(&Secret::read(secret).unwrap(), id, at(), body);
    let timestamp = at().as_second().to_string();
    let headers = SignedHeaders {
        id: Some(id),
        timestamp: Some(&timestamp),
        signature: Some(&signature),
    };
    provider.read_event(&headers, body, at())
}

fn provider() -> SandboxProvider {
    reach("http://127.0.0.1:1", Duration::from_secs(1))
}

fn code_of(body: &Value) -> &'static str {
    let sent = sent_to(&provider(), SECRET, "evt_1", body.to_string().as_bytes());
    sent.map_or_else(|refusal| refusal.code(), |_| "taken")
}

fn with(path: &[&str], value: Value) -> Value {
    let mut body = expired();
    let place = path.iter().fold(&mut body, |place, name| &mut place[*name]);
    *place = value;
    body
}

#[test]
fn what_is_signed_must_also_make_sense() {
    assert_eq!(code_of(&expired()), "taken");
    for (body, code) in [
        (with(&["account"], json!("acct_other")), "event_other_account"),
        (with(&["type"], json!("payment.teleported")), "event_kind_unknown"),
        (with(&["type"], json!("customer.created")), "event_kind_unknown"),
        (with(&["type"], json!("")), "event_kind_unknown"),
        (with(&["type"], json!("payment.captured")), "event_unreadable"),
        (with(&["object", "payment"], json!(null)), "event_unreadable"),
        (with(&["object", "payment_id"], json!(1)), "event_unreadable"),
        (with(&["object"], json!([])), "event_unreadable"),
        (with(&["at"], json!("yesterday")), "event_unreadable"),
        (with(&["id"], json!("evt_2")), "event_unreadable"),
        (json!(null), "event_unreadable"),
    ] {
        assert_eq!(code_of(&body), code, "{body}");
    }
    for bytes in [&b""[..], b"{", b"\xff\xfe", b"hello"] {
        let refused = sent_to(&provider(), SECRET, "evt_1", bytes).unwrap_err();
        assert_eq!(refused.code(), "event_unreadable");
    }
}

#[test]
fn an_unknown_kind_of_somebody_else_is_not_even_looked_at() {
    let mut body = with(&["type"], json!("payment.teleported"));
    body["account"] = json!("acct_other");
    assert_eq!(code_of(&body), "event_other_account");
    let unsigned = provider().read_event(&SignedHeaders::default(), body.to_string().as_bytes(), at());
    assert_eq!(unsigned.unwrap_err().code(), "event_unsigned");
}

#[test]
fn refusals_quote_nothing_of_the_body() {
    let body = with(&["object", "payment_id"], json!({ "secret": "hunter2" }));
    let refused = sent_to(&provider(), SECRET, "evt_1", body.to_string().as_bytes()).unwrap_err();
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}

#[test]
fn while_a_secret_is_replaced_both_are_valid() {
    let body = expired().to_string();
    let both = SandboxProvider::new(Connection {
        base_url: "http://127.0.0.1:1".to_owned(),
        api_key: "pretend".to_owned(),
        secrets: [NEW_SECRET, SECRET]
            .map(|text| Secret::read(text).unwrap())
            .to_vec(),
        account: "acct_sandbox".to_owned(),
        answer_within: Duration::from_secs(1),
    })
    .unwrap();
    for secret in [SECRET, NEW_SECRET] {
        assert!(sent_to(&both, secret, "evt_1", body.as_bytes()).is_ok());
    }
    let refused = sent_to(&provider(), NEW_SECRET, "evt_1", body.as_bytes()).unwrap_err();
    assert_eq!(refused.code(), "event_signature_wrong");
}

#[test]
fn only_plain_addresses_are_reached() {
    for url in ["https://sandbox.test", "127.0.0.1:8090", "", "file:///etc"] {
        let made = SandboxProvider::new(Connection {
            base_url: url.to_owned(),
            api_key: "pretend".to_owned(),
            secrets: Vec::new(),
            account: "acct_sandbox".to_owned(),
            answer_within: Duration::from_secs(1),
        });
        assert!(made.is_err(), "{url}");
    }
}
