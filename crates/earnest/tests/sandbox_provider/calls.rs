//! Calls: what is answered, and what is known when nothing is.

use std::time::Duration;

use earnest_app::outside::payments::{
    CallError, FoundAnswer, MoneyKind, PaymentProvider, Period, ProviderEventKind, TransactionKind,
};
use earnest_hire::money::{Currency, Minor};
use jiff::SignedDuration;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::playing::{funding, now, payout_to, person, play, reach, refund_of};

fn today() -> Period {
    let day = SignedDuration::from_hours(24);
    Period {
        from: now() - day,
        until: now() + day,
    }
}

#[tokio::test]
async fn money_comes_in_and_goes_out_and_every_movement_is_told() {
    let play = play(&[]).await;
    let provider: &dyn PaymentProvider = &play.provider;
    assert_eq!(
        (provider.name(), provider.abilities().money),
        ("sandbox", MoneyKind::Pretend)
    );
    let payment = play.paid(100_000).await;
    let account = play.known_account().await;
    assert_eq!(provider.movable(Currency::USD).await.unwrap().most, Minor(97_070));

    let refund = provider
        .refund("refund:1", &refund_of(&payment, 10_000))
        .await
        .unwrap();
    let refunded = play.event().await.unwrap();
    let payout = provider
        .pay_out("payout:1", &payout_to(&account, 80_000))
        .await
        .unwrap();
    let paid = play.event().await.unwrap();
    assert_eq!(provider.movable(Currency::USD).await.unwrap().most, Minor(7070));

    let told = provider.transactions(today()).await.unwrap();
    let brief: Vec<_> = told
        .iter()
        .map(|one| {
            (
                one.kind,
                one.amount.0,
                one.fee.0,
                one.our_ref.as_str(),
                one.provider_ref.as_str(),
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            (TransactionKind::Payment, 100_000, 2930, "pmt_1", payment.as_str()),
            (
                TransactionKind::Refund,
                -10_000,
                0,
                "rfd_1",
                refund.provider_ref.as_str()
            ),
            (
                TransactionKind::Payout,
                -80_000,
                0,
                "pyt_1",
                payout.provider_ref.as_str()
            ),
        ]
    );
    let external = |kind: &ProviderEventKind| match kind {
        ProviderEventKind::RefundSucceeded { external_id, .. }
        | ProviderEventKind::PayoutPaid { external_id, .. } => external_id.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(external(&refunded.kind), told[1].external_id);
    assert_eq!(external(&paid.kind), told[2].external_id);
}

#[tokio::test]
async fn one_cent_that_was_changed_shows_in_the_transactions() {
    let play = play(&[]).await;
    play.paid(5000).await;
    let before = play.provider.transactions(today()).await.unwrap();
    let path = format!("transactions/{}/alter", before[0].external_id);
    play.control(&path, json!({ "by_minor": 1 })).await;
    let after = play.provider.transactions(today()).await.unwrap();
    assert_eq!((before[0].amount, after[0].amount), (Minor(5000), Minor(5001)));
    assert_eq!(before[0].external_id, after[0].external_id);
}

#[tokio::test]
async fn what_a_rule_refuses_is_refused() {
    let play = play(&[]).await;
    let payment = play.paid(5000).await;
    let refused = |answer: Result<_, CallError>| match answer {
        Err(CallError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let above = play.provider.refund("r1", &refund_of(&payment, 5001)).await;
    assert_eq!(refused(above), "refund_above_captured");
    let nothing = play.provider.refund("r2", &refund_of(&payment, 0)).await;
    assert_eq!(refused(nothing), "amount_not_positive");
    let late = play.provider.cancel_funding("c1", &payment).await;
    assert_eq!(refused(late), "already_captured");
    let unknown = play.provider.pay_out("p1", &payout_to("acc_none", 1)).await;
    assert_eq!(refused(unknown), "account_not_onboarded");
    play.provider.refund("r3", &refund_of(&payment, 1)).await.unwrap();
    let other = play.provider.refund("r3", &refund_of(&payment, 2)).await;
    // another call came first: what became of it is to be looked up
    assert!(matches!(other, Err(CallError::Unknown { .. })), "{other:?}");
    play.arm("fail", "refund").await;
    let on_demand = play.provider.refund("r4", &refund_of(&payment, 1)).await;
    assert_eq!(refused(on_demand), "refused_on_demand");
    let found = play.provider.look_up("r4").await.unwrap().unwrap();
    assert!(matches!(found.answer, FoundAnswer::Refused { code, .. } if code == "refused_on_demand"));
}

#[tokio::test]
async fn a_checkout_is_canceled_and_found_as_such() {
    let play = play(&[]).await;
    let checkout = play.provider.fund("fund:1", &funding(5000)).await.unwrap();
    assert!(
        checkout.checkout_url.starts_with(&play.process.url),
        "{}",
        checkout.checkout_url
    );
    assert!(checkout.expires_at > now());
    let canceled = play
        .provider
        .cancel_funding("cancel:1", &checkout.provider_ref)
        .await
        .unwrap();
    assert_eq!(canceled.provider_ref, checkout.provider_ref);
    let found = play.provider.look_up("cancel:1").await.unwrap().unwrap();
    assert_eq!(found.answer, FoundAnswer::FundingCanceled(canceled));
    let funded = play.provider.look_up("fund:1").await.unwrap().unwrap();
    assert_eq!(funded.answer, FoundAnswer::Funding(checkout));
    let onboarding = play.provider.onboard("on/1 &?=:ü", &person()).await;
    assert!(matches!(
        onboarding,
        Err(CallError::NotSent { .. } | CallError::Refused { .. })
    ));
    let onboarding = play.provider.onboard("on/1 &?=:+%", &person()).await.unwrap();
    let found = play.provider.look_up("on/1 &?=:+%").await.unwrap().unwrap();
    assert_eq!(found.answer, FoundAnswer::Onboarding(onboarding));
}

#[tokio::test]
async fn whoever_acts_and_never_answers_leaves_an_unknown_that_a_look_up_settles() {
    for fault in ["act_then_hang", "act_then_drop"] {
        let play = play(&[]).await;
        let payment = play.paid(5000).await;
        play.arm(fault, "refund").await;
        let order = refund_of(&payment, 5000);
        let answer = play.impatient().refund("refund:1", &order).await;
        assert!(
            matches!(answer, Err(CallError::Unknown { .. })),
            "{fault}: {answer:?}"
        );
        let found = play.provider.look_up("refund:1").await.unwrap().unwrap();
        let again = play.provider.refund("refund:1", &order).await.unwrap();
        assert_eq!(found.answer, FoundAnswer::Refund(again), "{fault}");
        let delivered = play.event().await.unwrap();
        assert_eq!(found.events, [delivered], "{fault}");
        assert_eq!(
            play.state().await["refunds"].as_array().unwrap().len(),
            1,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn whoever_hangs_without_acting_leaves_the_same_unknown_and_no_call() {
    let play = play(&[]).await;
    let payment = play.paid(5000).await;
    let order = refund_of(&payment, 5000);
    for (fault, by) in [("hang", 0), ("delay", 600)] {
        let armed = json!({ "kind": fault, "on": "refund", "by": by });
        play.control("faults", armed).await;
        let answer = play.impatient().refund("refund:1", &order).await;
        assert!(
            matches!(answer, Err(CallError::Unknown { .. })),
            "{fault}: {answer:?}"
        );
        assert_eq!(play.provider.look_up("refund:1").await, Ok(None), "{fault}");
    }
    play.provider.refund("refund:1", &order).await.unwrap();
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider = reach(&url, Duration::from_secs(5));
    let answer = provider.fund("fund:1", &funding(5000)).await;
    assert!(matches!(answer, Err(CallError::NotSent { .. })), "{answer:?}");
}

/// Takes one request and answers with these bytes, then closes.
async fn answering(bytes: impl Into<String>) -> Result<(), CallError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let provider = reach(&url, Duration::from_secs(20));
    let order = funding(5000);
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        stream.write_all(bytes.into().as_bytes()).await.unwrap();
    };
    let (answer, ()) = tokio::join!(provider.fund("fund:1", &order), server);
    answer.map(drop)
}

/// An answer of this status.
async fn answered(status: u16, body: &str) -> Result<(), CallError> {
    let length = body.len();
    answering(format!(
        "HTTP/1.1 {status} Oh\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
    .await
}

#[tokio::test]
async fn only_what_is_about_the_call_itself_is_a_definite_no() {
    let said = r#"{"code":"no_such_payment","sentence":"there is no such payment"}"#;
    for status in [401, 402, 403, 405, 407, 408, 409, 423, 425, 429, 431, 451, 499] {
        let answer = answered(status, said).await;
        assert!(
            matches!(answer, Err(CallError::Unknown { .. })),
            "{status}: {answer:?}"
        );
    }
    for status in [400, 404, 410, 413, 415, 422] {
        let answer = answered(status, said).await;
        assert!(
            matches!(&answer, Err(CallError::Refused { code, .. }) if code == "no_such_payment"),
            "{status}: {answer:?}"
        );
        // Whatever stands between us and the provider says so, too, and knows nothing of the call.
        for foreign in [
            "",
            "Not Found",
            "{}",
            r#"{"message":"no Route matched with those values"}"#,
        ] {
            let answer = answered(status, foreign).await;
            assert!(
                matches!(answer, Err(CallError::Unknown { .. })),
                "{status}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn only_a_whole_answer_is_believed() {
    for bytes in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":\"pay_1\"}",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"id\":\"pay_1\"}",
        "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 503 Oh\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let answer = answering(bytes).await;
        assert!(
            matches!(answer, Err(CallError::Unknown { .. })),
            "{bytes}: {answer:?}"
        );
    }
}
