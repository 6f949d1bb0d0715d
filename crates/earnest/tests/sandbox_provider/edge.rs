//! Events that must not be taken, through the use case that takes them: each has its own word, and what is not believed
//! leaves not one row.

use std::sync::Arc;

use earnest_app::desk::{Desk, Providers};
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::signature::{Secret, SignedHeaders, sign};
use earnest_app::outside::{Clock, Randomness};
use earnest_app::provider::{self, NotTaken};
use earnest_hire::simulate::Random;
use earnest_store::testing::Postgres;
use earnest_store::{EventState, Statements, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;

use crate::playing::{SECRET, reach};

const OTHER_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn at() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        at()
    }
}

struct Drawn(Mutex<Random>);

impl Randomness for Drawn {
    fn fill(&self, bytes: &mut [u8]) {
        let mut random = self.0.lock().unwrap();
        for byte in bytes {
            *byte = u8::try_from(random.below(256)).unwrap();
        }
    }
}

fn desk(store: Store) -> Desk {
    let mut desk = Desk::new(
        store,
        Arc::new(Still),
        Arc::new(Drawn(Mutex::new(Random::new(1)))),
    );
    let sandbox: Arc<dyn PaymentProvider> = Arc::new(reach("http://127.0.0.1:1", Duration::from_secs(1)));
    desk.providers = Arc::new(Providers::from([("sandbox".to_owned(), sandbox)]));
    desk
}

/// About a payment that nobody knows here.
fn captured(id: &str) -> Value {
    json!({
        "id": id, "type": "payment.captured", "account": "acct_sandbox", "at": "2026-11-25T08:59:59Z",
        "object": {
            "payment": "pay_1", "payment_id": "pay_01kg000000e00800000000000f", "amount_minor": 500, "currency": "USD",
            "fee_minor": 5, "transaction": "txn_1",
        },
    })
}

struct Sent {
    provider: &'static str,
    id: &'static str,
    secret: Option<&'static str>,
    signed_at: Timestamp,
    body: Value,
}

impl Sent {
    fn new(body: Value) -> Self {
        Self {
            provider: "sandbox",
            id: "evt_1",
            secret: Some(SECRET),
            signed_at: at(),
            body,
        }
    }

    async fn to(&self, desk: &Desk) -> Result<EventState, String> {
        self.as_text(desk, &self.body.to_string()).await
    }

    async fn as_text(&self, desk: &Desk, body: &str) -> Result<EventState, String> {
        let timestamp = self.signed_at.as_second().to_string();
        let signature = self.secret.map(|secret| {
            sign(
                &Secret::read(secret).unwrap(),
                self.id,
                self.signed_at,
                body.as_bytes(),
            )
        });
        let headers = SignedHeaders {
            id: Some(self.id),
            timestamp: Some(&timestamp),
            signature: signature.as_deref(),
        };
        let taken = provider::receive(desk, self.provider, &headers, body.as_bytes()).await;
        taken.map_err(|refused| match refused {
            NotTaken::NoProvider => "no provider".to_owned(),
            NotTaken::NotBelieved(refusal) => refusal.code().to_owned(),
            NotTaken::Other => "another event".to_owned(),
            NotTaken::Failed(error) => panic!("{error:?}"),
        })
    }
}

async fn checksum(desk: &Desk) -> String {
    let read = desk
        .store
        .read(|mut view| async move { view.checksum(&[]).await });
    read.await.unwrap()
}

/// Which sum was meant nobody can know.
async fn said_twice(desk: &Desk) {
    let sent = Sent::new(captured("evt_1"));
    for field in ["\"amount_minor\":500", "\"account\":\"acct_sandbox\""] {
        let twice = sent.body.to_string().replace(field, &format!("{field},{field}"));
        assert_eq!(
            sent.as_text(desk, &twice).await,
            Err("event_field_twice".to_owned()),
            "{field}"
        );
    }
}

async fn what_is_not_believed_leaves_nothing(store: Store) {
    store.migrate(at()).await.unwrap();
    let desk = desk(store);
    let empty = checksum(&desk).await;
    said_twice(&desk).await;
    let hour = SignedDuration::from_hours(1);
    let body = || captured("evt_1");
    let mut elsewhere = body();
    elsewhere["account"] = json!("acct_other");
    let mut unknown = body();
    unknown["type"] = json!("payment.teleported");
    let mut negative = body();
    negative["object"]["amount_minor"] = json!("5");
    for (sent, code) in [
        (
            Sent {
                secret: None,
                ..Sent::new(body())
            },
            "event_unsigned",
        ),
        (
            Sent {
                secret: Some(OTHER_SECRET),
                ..Sent::new(body())
            },
            "event_signature_wrong",
        ),
        (
            Sent {
                signed_at: at() - hour,
                ..Sent::new(body())
            },
            "event_stale",
        ),
        (
            Sent {
                signed_at: at() + hour,
                ..Sent::new(body())
            },
            "event_stale",
        ),
        (
            Sent {
                id: "evt_2",
                ..Sent::new(body())
            },
            "event_unreadable",
        ),
        (Sent::new(elsewhere), "event_other_account"),
        (Sent::new(unknown), "event_kind_unknown"),
        (Sent::new(negative), "event_unreadable"),
        (
            Sent {
                provider: "other",
                ..Sent::new(body())
            },
            "no provider",
        ),
    ] {
        assert_eq!(sent.to(&desk).await, Err(code.to_owned()), "{}", sent.body);
        assert_eq!(checksum(&desk).await, empty, "{code} left a trace");
    }
}

/// What is believed is kept as it came, refused for good, and told again any number of times.
async fn what_is_about_nothing_of_ours_is_kept_and_refused_once(store: Store) {
    store.migrate(at()).await.unwrap();
    let desk = desk(store);
    let sent = Sent::new(captured("evt_1"));
    let but_events = async || {
        let read = desk
            .store
            .read(|mut view| async move { view.checksum(&["provider_event"]).await });
        read.await.unwrap()
    };
    let empty = but_events().await;
    assert_eq!(sent.to(&desk).await, Ok(EventState::Refused));
    let kept = checksum(&desk).await;
    for _ in 0..3 {
        assert_eq!(sent.to(&desk).await, Ok(EventState::Refused), "replayed");
    }
    let mut altered = captured("evt_1");
    altered["object"]["amount_minor"] = json!(501);
    assert_eq!(
        Sent::new(altered).to(&desk).await,
        Err("another event".to_owned())
    );
    assert_eq!(checksum(&desk).await, kept);
    assert_eq!(but_events().await, empty, "only the event itself was kept");
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Store::open(&folder.path().join(name)).unwrap();
    what_is_not_believed_leaves_nothing(open("one.db")).await;
    what_is_about_nothing_of_ours_is_kept_and_refused_once(open("other.db")).await;
}

#[tokio::test]
async fn on_postgresql() {
    let servers = [Postgres::fresh().await.unwrap(), Postgres::fresh().await.unwrap()];
    let [one, other] = &servers;
    let connect = async |server: &Postgres| Store::connect(server.url(), Statements::Prepared).await.unwrap();
    what_is_not_believed_leaves_nothing(connect(one).await).await;
    what_is_about_nothing_of_ours_is_kept_and_refused_once(connect(other).await).await;
}
