//! Who may call, and what a key is worth.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::playing::{payment, payout_to, play, refund_of, settings};

#[tokio::test]
async fn a_call_needs_the_bearer_key_and_an_idempotency_key() {
    let play = play(settings());
    for (authorization, key, status, code) in [
        (None, Some("a"), 401, "not_admitted"),
        (Some("Bearer other"), Some("a"), 401, "not_admitted"),
        (Some("pretend"), Some("a"), 401, "not_admitted"),
        (Some("Bearer pretend"), None, 400, "no_idempotency_key"),
        (Some("Bearer pretend"), Some(""), 400, "no_idempotency_key"),
    ] {
        let mut request = Request::post("/v1/payments");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answered = play
            .send(request.body(Body::from(payment(100).to_string())).unwrap())
            .await;
        assert_eq!(
            (answered.status.as_u16(), answered.code().as_str()),
            (status, code)
        );
    }
    for path in ["/v1/balance?currency=USD", "/v1/calls?key=a"] {
        let answered = play.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(play.state().await["payments"], json!([]));
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer() {
    let play = play(settings());
    let first = play.call("/v1/payments", "fund:1", payment(5000)).await;
    play.control(&format!("payments/{}/capture", first.id()), json!({}))
        .await;
    let second = play.call("/v1/payments", "fund:1", payment(5000)).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(play.state().await["payments"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_or_call_is_refused() {
    let play = play(settings());
    let id = play.fund("fund:1", 5000).await;
    for (path, body) in [
        ("/v1/payments".to_owned(), payment(5001)),
        ("/v1/refunds".to_owned(), refund_of(&id, 1)),
        (format!("/v1/payments/{id}/cancel"), json!({})),
    ] {
        let answered = play.call(&path, "fund:1", body).await;
        assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(answered.code(), "idempotency_key_reused", "{path}");
    }
    assert_eq!(play.state().await["payments"][0]["state"], "open");
}

#[tokio::test]
async fn a_refusal_stays_a_refusal_under_its_key() {
    let play = play(settings());
    let id = play.fund("fund:1", 5000).await;
    let early = play.call("/v1/refunds", "refund:1", refund_of(&id, 100)).await;
    assert_eq!(early.code(), "payment_not_captured");
    play.control(&format!("payments/{id}/capture"), json!({})).await;
    let again = play.call("/v1/refunds", "refund:1", refund_of(&id, 100)).await;
    assert_eq!(again.text, early.text);
    let other = play.call("/v1/refunds", "refund:2", refund_of(&id, 100)).await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_its_own_word() {
    let play = play(settings());
    let paid = play.paid(5000).await;
    let with = |name: &str, value: serde_json::Value| {
        let mut body = payment(100);
        body[name] = value;
        body
    };
    for (path, body, code) in [
        (
            "/v1/payments",
            with("amount_minor", json!(0)),
            "amount_not_positive",
        ),
        (
            "/v1/payments",
            with("amount_minor", json!(-1)),
            "amount_not_positive",
        ),
        (
            "/v1/payments",
            with("amount_minor", json!(1.5)),
            "body_unreadable",
        ),
        ("/v1/payments", with("currency", json!("usd")), "body_unreadable"),
        ("/v1/payments", with("method", json!("cash")), "body_unreadable"),
        (
            "/v1/payments",
            with("return_url", json!("javascript:alert(1)")),
            "return_url_unusable",
        ),
        ("/v1/refunds", refund_of("pay_none", 1), "no_such_payment"),
        ("/v1/refunds", refund_of(&paid, 0), "amount_not_positive"),
        ("/v1/refunds", refund_of(&paid, -5), "amount_not_positive"),
        ("/v1/payouts", payout_to("acc_none", 1), "account_not_onboarded"),
        ("/v1/payments/pay_none/cancel", json!({}), "no_such_payment"),
    ] {
        let key = format!("{path}{body}").chars().take(250).collect::<String>();
        let answered = play.call(path, &key, body.clone()).await;
        assert_eq!(answered.code(), code, "{path} {body}");
        assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_look_up_tells_what_became_of_a_call() {
    let play = play(settings());
    assert_eq!(play.ask("/v1/calls?key=fund%3A1").await["found"], json!(null));
    let made = play.call("/v1/payments", "fund:1", payment(5000)).await;
    let open = play.ask("/v1/calls?key=fund%3A1").await;
    assert_eq!(open["found"]["answer"], made.json());
    assert_eq!(open["found"]["events"], json!([]));
    play.control(&format!("payments/{}/capture", made.id()), json!({}))
        .await;
    play.control(&format!("payments/{}/chargeback", made.id()), json!({}))
        .await;
    let found = play.ask("/v1/calls?key=fund%3A1").await;
    let events = found["found"]["events"].as_array().unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["payment.captured", "chargeback.opened"]);

    play.call("/v1/refunds", "refund:1", refund_of("pay_none", 1))
        .await;
    let refused = play.ask("/v1/calls?key=refund%3A1").await;
    assert_eq!(refused["found"]["refused"]["code"], "no_such_payment");
}

#[tokio::test]
async fn the_same_seed_and_history_make_the_same_ids() {
    let (one, other) = (play(settings()), play(settings()));
    assert_eq!(one.paid(5000).await, other.paid(5000).await);
    assert_eq!(one.state().await, other.state().await);
    let seeded = play(earnest_sandbox::Settings {
        seed: 8,
        ..settings()
    });
    assert_ne!(
        one.state().await["payments"][0]["id"].as_str().unwrap(),
        seeded.paid(5000).await
    );
}
