//! A running provider, its adapter, and somebody who takes its events.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use earnest_app::outside::payments::{
    EventRefusal, FundOrder, MethodKind, OnboardOrder, PaymentProvider, PayoutOrder, ProviderEvent,
    RefundOrder,
};
use earnest_app::outside::signature::{Secret, SignedHeaders};
use earnest_hire::money::{Currency, Minor};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::outside::http;
use crate::outside::payments::sandbox::{Connection, SandboxProvider};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Longer than anything on this machine takes, however busy it is.
const LONG: Duration = Duration::from_secs(20);

/// The program; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_earnest"))
            .args(["sandbox-provider", "--listen", "127.0.0.1:0", "--secret", SECRET])
            .args(["--api-key", "pretend", "--data"])
            .arg(folder)
            .args(arguments)
            .env_clear()
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .strip_prefix("The sandbox provider is at ")
            .and_then(|rest| rest.split("/control").next())
            .unwrap_or_else(|| panic!("{line}"))
            .to_owned();
        Self { child, url }
    }

    /// SIGKILL: it gets no chance to tidy up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it may have been killed before
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

pub(crate) struct Play {
    pub(crate) process: Process,
    pub(crate) provider: SandboxProvider,
    pub(crate) folder: TempDir,
    receiver: TcpListener,
}

pub(crate) async fn play(arguments: &[&str]) -> Play {
    let folder = TempDir::new().unwrap();
    let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let events_to = format!("http://{}/events", receiver.local_addr().unwrap());
    let process = Process::start(folder.path(), &[&["--events-to", &events_to], arguments].concat());
    Play {
        provider: reach(&process.url, LONG),
        process,
        folder,
        receiver,
    }
}

pub(crate) fn reach(url: &str, answer_within: Duration) -> SandboxProvider {
    SandboxProvider::new(Connection {
        base_url: url.to_owned(),
        api_key: "pretend".to_owned(),
        secrets: vec![Secret::read(SECRET).unwrap()],
        account: "acct_sandbox".to_owned(),
        answer_within,
    })
    .unwrap()
}

impl Play {
    /// The same provider for somebody who soon gives up.
    pub(crate) fn impatient(&self) -> SandboxProvider {
        reach(&self.process.url, Duration::from_millis(400))
    }

    pub(crate) async fn control(&self, path: &str, fields: Value) {
        control(&self.process.url, path, fields).await;
    }

    pub(crate) async fn arm(&self, kind: &str, on: &str) {
        self.control("faults", json!({ "kind": kind, "on": on })).await;
    }

    pub(crate) async fn state(&self) -> Value {
        state(&self.process.url).await
    }

    /// A payment that came in, and its event taken.
    pub(crate) async fn paid(&self, amount: i64) -> String {
        let checkout = self.provider.fund("fund:1", &funding(amount)).await.unwrap();
        self.control(&format!("payments/{}/capture", checkout.provider_ref), json!({}))
            .await;
        self.event().await.unwrap();
        checkout.provider_ref
    }

    pub(crate) async fn known_account(&self) -> String {
        let onboarding = self.provider.onboard("onboard:1", &person()).await.unwrap();
        self.control(&format!("accounts/{}/confirm", onboarding.account_ref), json!({}))
            .await;
        self.event().await.unwrap();
        onboarding.account_ref
    }

    /// The next delivery, read as the site reads it and answered accordingly.
    pub(crate) async fn event(&self) -> Result<ProviderEvent, EventRefusal> {
        let delivery = self.delivery().await;
        let read = delivery.read_by(&self.provider);
        delivery.answer(if read.is_ok() { 204 } else { 401 }).await;
        read
    }

    pub(crate) async fn delivery(&self) -> Delivery {
        let taken = tokio::time::timeout(LONG, async {
            let (mut stream, _) = self.receiver.accept().await.unwrap();
            let mut bytes = Vec::new();
            loop {
                stream.read_buf(&mut bytes).await.unwrap();
                if let Some((head, body)) = whole(&bytes) {
                    return Delivery { head, body, stream };
                }
            }
        });
        taken.await.expect("no event came")
    }
}

/// Head and body, once all of both is there.
fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?
        .parse()
        .unwrap();
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some((String::from_utf8(bytes[..end].to_vec()).unwrap(), body.to_vec()))
}

pub(crate) struct Delivery {
    head: String,
    pub(crate) body: Vec<u8>,
    stream: tokio::net::TcpStream,
}

impl Delivery {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(one, _)| one.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn headers(&self) -> SignedHeaders<'_> {
        SignedHeaders {
            id: self.header("webhook-id"),
            timestamp: self.header("webhook-timestamp"),
            signature: self.header("webhook-signature"),
        }
    }

    pub(crate) fn read_by(&self, provider: &SandboxProvider) -> Result<ProviderEvent, EventRefusal> {
        provider.read_event(&self.headers(), &self.body, now())
    }

    pub(crate) async fn answer(mut self, status: u16) {
        let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        self.stream.write_all(answer.as_bytes()).await.unwrap();
        self.stream.shutdown().await.unwrap();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process of its own signs with the time of the machine"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) async fn control(url: &str, path: &str, fields: Value) {
    let request = Request::post(format!("{url}/control/{path}"))
        .body(Full::new(Bytes::from(fields.to_string())))
        .unwrap();
    let answer = http::send(request, LONG).await.unwrap();
    assert_eq!(
        answer.status,
        200,
        "{path}: {}",
        String::from_utf8_lossy(&answer.body)
    );
}

pub(crate) async fn state(url: &str) -> Value {
    let request = Request::get(format!("{url}/control/state"))
        .body(Full::new(Bytes::new()))
        .unwrap();
    serde_json::from_slice(&http::send(request, LONG).await.unwrap().body).unwrap()
}

/// Asks for the state until it is as it should be: the program acts in a process of its own.
pub(crate) async fn state_where(url: &str, is: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + LONG;
    loop {
        let state = state(url).await;
        if is(&state) {
            return state;
        }
        assert!(Instant::now() < until, "never so: {state}");
    }
}

pub(crate) fn funding(amount: i64) -> FundOrder {
    FundOrder {
        payment_id: "pmt_1".to_owned(),
        amount: Minor(amount),
        currency: Currency::USD,
        method: MethodKind::Card,
        description: "Milestone 1".to_owned(),
        return_url: "http://site.test/back".to_owned(),
    }
}

pub(crate) fn refund_of(payment_ref: &str, amount: i64) -> RefundOrder {
    RefundOrder {
        refund_id: "rfd_1".to_owned(),
        payment_ref: payment_ref.to_owned(),
        amount: Minor(amount),
        currency: Currency::USD,
    }
}

pub(crate) fn payout_to(account_ref: &str, amount: i64) -> PayoutOrder {
    PayoutOrder {
        payout_id: "pyt_1".to_owned(),
        account_ref: account_ref.to_owned(),
        amount: Minor(amount),
        currency: Currency::USD,
    }
}

pub(crate) fn person() -> OnboardOrder {
    OnboardOrder {
        person_id: "per_1".to_owned(),
        name: "Ada Example".to_owned(),
        return_url: "http://site.test/back".to_owned(),
    }
}
