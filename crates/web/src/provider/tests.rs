//! What is refused leaves nothing behind; what is kept is answered with where it is.

use std::sync::Arc;

use axum::http::Request;
use earnest_app::outside::payments::{
    Abilities, Answer, BalanceTransaction, CallError, Checkout, EventRefusal, EvidenceOrder, Found,
    FundOrder, Method, MethodKind, MoneyKind, Movable, OnboardOrder, Onboarding, PaymentProvider,
    PayoutOrder, Period, ProviderEvent, RefundOrder, Taken,
};
use earnest_app::outside::signature::{self, Secret, SignedHeaders};
use earnest_hire::money::{Currency, Minor};
use earnest_store::{EventState, Store};
use jiff::Timestamp;

use crate::routes;
use crate::testing::{NOW, Reply, Visitor, app, web_of};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A provider that is never called, but to check who somebody is, and whose events are ours, in JSON. Evidence never gets
/// there.
struct Quiet(Abilities);

impl PaymentProvider for Quiet {
    fn name(&self) -> &'static str {
        "quiet"
    }
    fn abilities(&self) -> &Abilities {
        &self.0
    }
    fn fund<'a>(&'a self, _key: &'a str, _order: &'a FundOrder) -> Answer<'a, Checkout> {
        panic!("never called")
    }
    fn cancel_funding<'a>(&'a self, _key: &'a str, _provider_ref: &'a str) -> Answer<'a, Taken> {
        panic!("never called")
    }
    fn refund<'a>(&'a self, _key: &'a str, _order: &'a RefundOrder) -> Answer<'a, Taken> {
        panic!("never called")
    }
    fn pay_out<'a>(&'a self, _key: &'a str, _order: &'a PayoutOrder) -> Answer<'a, Taken> {
        panic!("never called")
    }
    fn cancel_payout<'a>(&'a self, _key: &'a str, _order: &'a PayoutOrder) -> Answer<'a, Taken> {
        panic!("never called")
    }
    fn send_evidence<'a>(&'a self, _key: &'a str, _order: &'a EvidenceOrder) -> Answer<'a, Taken> {
        let why = "the line is down".to_owned();
        Box::pin(async move { Err(CallError::NotSent { why }) })
    }
    fn onboard<'a>(&'a self, _key: &'a str, person: &'a OnboardOrder) -> Answer<'a, Onboarding> {
        let account_ref = format!("acct_of_{}", person.person_id);
        let url = format!("https://quiet.example/{account_ref}");
        Box::pin(async move { Ok(Onboarding { account_ref, url }) })
    }
    fn movable(&self, _currency: Currency) -> Answer<'_, Movable> {
        panic!("never called")
    }
    fn look_up<'a>(&'a self, _key: &'a str) -> Answer<'a, Option<Found>> {
        panic!("never called")
    }
    fn transactions(&self, _period: Period) -> Answer<'_, Vec<BalanceTransaction>> {
        panic!("never called")
    }
    fn read_event(
        &self,
        headers: &SignedHeaders<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, EventRefusal> {
        signature::check(&[Secret::read(SECRET).unwrap()], headers, body, now)?;
        let unreadable = |error: serde_json::Error| EventRefusal::Unreadable {
            why: error.to_string(),
        };
        let event: serde_json::Value = serde_json::from_slice(body).map_err(unreadable)?;
        if event["kind"]["event"] == "balance.counted" {
            let kind = "balance.counted".to_owned();
            return Err(EventRefusal::UnknownKind { kind });
        }
        let event: ProviderEvent = serde_json::from_value(event).map_err(unreadable)?;
        if event.account == "acct_ours" {
            Ok(event)
        } else {
            Err(EventRefusal::OtherAccount {
                account: event.account,
            })
        }
    }
}

struct Site {
    visitor: Visitor,
    store: Store,
}

pub(crate) fn quiet() -> Arc<dyn PaymentProvider> {
    Arc::new(Quiet(Abilities {
        legal_name: "Quiet".to_owned(),
        money: MoneyKind::Pretend,
        methods: Vec::new(),
        holding_days: None,
        pays_out: true,
        smallest: Minor(1),
        largest: None,
    }))
}

/// As [`quiet`], taking cards and holding money for so many days.
pub(crate) fn quiet_for(days: u32) -> Arc<dyn PaymentProvider> {
    let mut abilities = quiet().abilities().clone();
    abilities.holding_days = Some(days);
    abilities.methods = vec![Method {
        kind: MethodKind::Card,
        open_for: jiff::SignedDuration::from_mins(15),
    }];
    Arc::new(Quiet(abilities))
}

fn site() -> Site {
    let mut app = Arc::try_unwrap(app()).unwrap();
    app.desk.providers = Arc::new([("quiet".to_owned(), quiet())].into());
    let store = app.store.clone();
    Site {
        visitor: Visitor::before(routes::router(web_of(Arc::new(app)))),
        store,
    }
}

/// An event about a person, the simplest of all.
fn event(account: &str, event: &str) -> String {
    serde_json::json!({
        "provider": "quiet", "event_id": "evt_1", "account": account, "at": "2026-11-24T12:00:00Z",
        "kind": { "event": event, "account_ref": "a_1", "person_id": "per_01kayzzz00000000000000000a" },
    })
    .to_string()
}

fn sign(secret: &str, at: Timestamp, body: &str) -> (String, String) {
    let secret = Secret::read(secret).unwrap();
    let signature = signature::sign(&secret, "evt_1", at, body.as_bytes());
    (at.as_second().to_string(), signature)
}

impl Site {
    async fn send(&self, name: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = Request::post(format!("/providers/{name}/events"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.visitor.ask(request, body).await
    }

    async fn signed(&self, (time, signature): (String, String), body: &str) -> Reply {
        let headers = [
            ("webhook-id", "evt_1"),
            ("webhook-timestamp", time.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        self.send("quiet", &headers, body).await
    }

    async fn kept(&self) -> i64 {
        let states = [
            EventState::Waiting,
            EventState::Applied,
            EventState::Ignored,
            EventState::Refused,
            EventState::Broken,
        ];
        let counted = self.store.read(move |mut view| async move {
            let mut sum = 0;
            for state in states {
                sum += view.count_events(state).await?;
            }
            Ok::<_, earnest_store::Error>(sum)
        });
        counted.await.unwrap()
    }

    async fn refuses(&self, reply: Reply, status: u16, code: &str) {
        assert_eq!(reply.status, status, "{}", reply.text());
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.json()["code"], code);
        assert_eq!(reply.json()["definite"], true);
        assert_eq!(self.kept().await, 0, "{code}");
    }
}

#[tokio::test]
async fn what_is_not_believed_is_refused_and_leaves_nothing() {
    let site = site();
    let ours = event("acct_ours", "account_onboarded");
    let good = sign(SECRET, NOW, &ours);

    site.refuses(site.send("quiet", &[], &ours).await, 401, "event_unsigned")
        .await;
    let malformed = site.signed((good.0.clone(), "v1".to_owned()), &ours).await;
    site.refuses(malformed, 401, "event_signature_malformed").await;
    let stranger = sign("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NOW, &ours);
    site.refuses(site.signed(stranger, &ours).await, 401, "event_signature_wrong")
        .await;
    let altered = ours.replace("a_1", "a_2");
    site.refuses(
        site.signed(good.clone(), &altered).await,
        401,
        "event_signature_wrong",
    )
    .await;
    let old = sign(SECRET, NOW - jiff::SignedDuration::from_secs(301), &ours);
    site.refuses(site.signed(old, &ours).await, 401, "event_stale")
        .await;

    for (body, status, code) in [
        ("{".to_owned(), 422, "event_unreadable"),
        (event("acct_ours", "balance.counted"), 422, "event_kind_unknown"),
        (
            event("acct_other", "account_onboarded"),
            403,
            "event_other_account",
        ),
    ] {
        site.refuses(site.signed(sign(SECRET, NOW, &body), &body).await, status, code)
            .await;
    }
    let unknown = site.send("other", &[], &ours).await;
    site.refuses(unknown, 404, "no_provider").await;
    let large = "x".repeat(64 * 1024 + 1);
    site.refuses(site.send("quiet", &[], &large).await, 413, "too_large")
        .await;
}

#[tokio::test]
async fn what_is_kept_is_answered_with_where_it_is() {
    let site = site();
    let body = event("acct_ours", "account_onboarded");
    for _ in 0..2 {
        let reply = site.signed(sign(SECRET, NOW, &body), &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.text()),
            (200, r#"{"state":"applied"}"#)
        );
        assert_eq!(site.kept().await, 1);
    }
    let other = body.replace("a_1", "a_2");
    let reply = site.signed(sign(SECRET, NOW, &other), &other).await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["code"].as_str()),
        (409, Some("event_id_reused"))
    );
    assert_eq!(site.kept().await, 1);
}

#[tokio::test]
async fn what_waits_is_counted() {
    let site = site();
    let body = event("acct_ours", "account_onboarded").replace("per_", "pay_");
    let reply = site.signed(sign(SECRET, NOW, &body), &body).await;
    assert_eq!(reply.text(), r#"{"state":"refused"}"#);
    let metrics = site.visitor.get("/metrics").await;
    assert!(
        metrics.text().contains("earnest_refused_events 1\n"),
        "{}",
        metrics.text()
    );
    let ready = site.visitor.get("/ready").await;
    assert_eq!(ready.status, 200);
    assert!(
        ready.text().contains("degraded: 1 provider events"),
        "{}",
        ready.text()
    );
}
