//! A provider to play with: a clock that stands still, and a receiver that notes what it gets.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use earnest_sandbox::{Message, Outside, Posted, Sandbox, Secret, Settings, Settling, Terms};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const BEGIN: &str = "2026-11-25T09:00:00Z";
pub(crate) const EVER: &str = "from=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z";

/// The clock of the machine, and the receiver of events.
pub(crate) struct World {
    now: Mutex<Timestamp>,
    caught: Mutex<Vec<Message>>,
    /// What the receiver answers next; 200 when there is nothing.
    answers: Mutex<VecDeque<Result<u16, String>>>,
}

impl Outside for World {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn post<'a>(&'a self, message: &'a Message) -> Posted<'a> {
        self.caught.lock().unwrap().push(message.clone());
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(200));
        Box::pin(async move { answer })
    }
}

impl World {
    pub(crate) fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn will_answer(&self, answers: &[u16]) {
        let answers = answers.iter().map(|&status| Ok(status));
        self.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn will_break(&self) {
        self.answers
            .lock()
            .unwrap()
            .push_back(Err("connection reset".to_owned()));
    }
}

pub(crate) struct Play {
    pub(crate) sandbox: Sandbox,
    pub(crate) world: Arc<World>,
    router: Router,
}

pub(crate) fn settings() -> Settings {
    Settings {
        base_url: "http://sandbox.test".to_owned(),
        folder: None,
        secret: Secret::read(SECRET).unwrap(),
        api_key: "pretend".to_owned(),
        events_to: Some("http://site.test/events".to_owned()),
        account: "acct_ours".to_owned(),
        seed: 7,
        terms: Terms::default(),
        faults: Vec::new(),
    }
}

pub(crate) fn by_hand() -> Play {
    let terms = Terms {
        settling: Settling::ByHand,
        ..Terms::default()
    };
    play(Settings { terms, ..settings() })
}

pub(crate) fn kept_in(folder: &Path) -> Play {
    play(Settings {
        folder: Some(folder.to_owned()),
        ..settings()
    })
}

pub(crate) fn play(settings: Settings) -> Play {
    let world = Arc::new(World {
        now: Mutex::new(BEGIN.parse().unwrap()),
        caught: Mutex::default(),
        answers: Mutex::default(),
    });
    let sandbox = Sandbox::open(settings, world.clone()).unwrap();
    let router = sandbox.router();
    Play {
        sandbox,
        world,
        router,
    }
}

pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()["id"].as_str().unwrap().to_owned()
    }
}

impl Play {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        Answered {
            status,
            headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn call(&self, path: &str, key: &str, body: Value) -> Answered {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, "Bearer pretend")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn ask(&self, path: &str) -> Value {
        let request = Request::get(path)
            .header(header::AUTHORIZATION, "Bearer pretend")
            .body(Body::empty());
        let answered = self.send(request.unwrap()).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
        answered.json()
    }

    pub(crate) async fn page(&self, path: &str) -> Answered {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn form(&self, path: &str, fields: &str) -> Answered {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(fields.to_owned()));
        self.send(request.unwrap()).await
    }

    /// Presses a control as a program; answers with the code of a refusal.
    pub(crate) async fn try_control(&self, path: &str, fields: Value) -> Option<String> {
        let request = Request::post(format!("/control/{path}")).body(Body::from(fields.to_string()));
        let answered = self.send(request.unwrap()).await;
        (answered.status != StatusCode::OK).then(|| answered.code())
    }

    pub(crate) async fn control(&self, path: &str, fields: Value) {
        assert_eq!(self.try_control(path, fields).await, None, "{path}");
    }

    pub(crate) async fn state(&self) -> Value {
        self.page("/control/state").await.json()
    }

    pub(crate) async fn fund(&self, key: &str, amount: i64) -> String {
        self.call("/v1/payments", key, payment(amount)).await.id()
    }

    /// A payment that came in.
    pub(crate) async fn paid(&self, amount: i64) -> String {
        let id = self.fund(&format!("fund:{amount}"), amount).await;
        self.control(&format!("payments/{id}/capture"), json!({})).await;
        id
    }

    pub(crate) async fn known_account(&self) -> String {
        let order = json!({ "person_id": "per_1", "name": "Ada", "return_url": "http://site.test/back" });
        let id = self.call("/v1/accounts", "onboard", order).await.id();
        self.control(&format!("accounts/{id}/confirm"), json!({})).await;
        id
    }

    /// What was delivered since the last time, after everything due was tried.
    pub(crate) async fn delivered(&self) -> Vec<Message> {
        self.sandbox.deliver_due().await;
        std::mem::take(&mut *self.world.caught.lock().unwrap())
    }

    /// The same as kinds of events.
    pub(crate) async fn kinds(&self) -> Vec<String> {
        let delivered = self.delivered().await;
        delivered
            .iter()
            .map(|message| event(message)["type"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) async fn transactions(&self) -> Vec<(String, i64, i64)> {
        let told = self.ask(&format!("/v1/transactions?{EVER}")).await;
        let all = told["transactions"].as_array().unwrap().iter();
        all.map(|one| {
            let number = |name: &str| one[name].as_i64().unwrap();
            (
                one["kind"].as_str().unwrap().to_owned(),
                number("amount_minor"),
                number("fee_minor"),
            )
        })
        .collect()
    }

    pub(crate) async fn available(&self) -> i64 {
        self.ask("/v1/balance?currency=USD").await["available_minor"]
            .as_i64()
            .unwrap()
    }
}

pub(crate) fn payment(amount: i64) -> Value {
    json!({
        "payment_id": "pmt_1", "amount_minor": amount, "currency": "USD", "method": "card",
        "description": "Milestone 1", "return_url": "http://site.test/back?from=pay",
    })
}

pub(crate) fn refund_of(payment: &str, amount: i64) -> Value {
    json!({ "refund_id": "rfd_1", "payment": payment, "amount_minor": amount, "currency": "USD" })
}

pub(crate) fn payout_to(account: &str, amount: i64) -> Value {
    json!({ "payout_id": "pyt_1", "account": account, "amount_minor": amount, "currency": "USD" })
}

pub(crate) fn event(message: &Message) -> Value {
    serde_json::from_slice(&message.body).unwrap()
}

pub(crate) fn header(message: &Message, name: &str) -> Option<String> {
    let found = message.headers.iter().find(|(one, _)| *one == name);
    found.map(|(_, value)| value.clone())
}
