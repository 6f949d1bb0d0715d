//! What must be refused at the edge, on both engines: each mistake has a word of its own, and not one row is written.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

const CLIENT: &str = "per_01kg000000e008000000000001";
const EXPERT: &str = "per_01kg000000e008000000000002";
const OPERATOR: &str = "per_01kg000000e008000000000003";
const STRANGER: &str = "per_01kg000000e008000000000009";
const PART: &str = "mst_01kg000000e00800000000000a";
/// A sandbox provider that nobody runs.
const SANDBOX: [&str; 6] = [
    "--sandbox-url",
    "http://127.0.0.1:9",
    "--sandbox-api-key",
    "key",
    "--sandbox-secret",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];

struct Site {
    folder: TempDir,
    server: Option<Postgres>,
    contract: String,
}

fn person(id: &str) -> Value {
    json!({ "actor": "person", "id": id })
}

fn usd(amount_minor: impl Into<Value>) -> Value {
    json!({ "amount_minor": amount_minor.into(), "currency": "USD" })
}

fn offer() -> Value {
    let none = json!({ "basis_points": 0, "fixed_minor": 0, "tax_basis_points": 0 });
    let plan = json!({
        "title": "First", "deliverable": "d", "acceptance": ["one"], "price_minor": 50_000, "due_on": "2026-12-20",
        "inspection_days": 7, "rounds": 1, "revision_days": 14,
    });
    json!({
        "process": 1, "client": CLIENT, "expert": EXPERT, "currency": "USD",
        "terms": {
            "client_fee": none, "expert_fee": none, "tax_jurisdiction": "de", "clearance_days": 5,
            "liability": "operator", "dispute_fee_minor": 0, "second_operator_above_minor": 100_000,
        },
        "milestones": [[PART, plan]],
    })
}

impl Site {
    /// A contract that is signed, funded and worked on, with one key used.
    fn new(server: Option<Postgres>) -> Self {
        let mut site = Self {
            folder: TempDir::new().unwrap(),
            server,
            contract: String::new(),
        };
        let provider = json!({ "actor": "provider", "name": "sandbox" });
        let act = |key: &str, actor: Value, command: Value| json!({ "key": key, "actor": actor, "contract": "$a", "command": command });
        let fund = json!({ "command": "fund", "milestone": PART, "provider": "sandbox", "method": "card" });
        let captured = json!({
            "command": "captured", "payment": "$a/payments/0/id", "amount": usd(50_000), "fee": usd(30),
            "receipt": "txn_1",
        });
        let script = [
            json!({ "do": "onboard", "person": EXPERT, "at": "2026-12-01T10:00:00Z" }),
            json!({ "as": "a", "key": "begin", "actor": person(CLIENT), "offer": offer() }),
            act(
                "k1",
                person(CLIENT),
                json!({ "command": "sign", "sha256": "$a/sha256" }),
            ),
            act(
                "k2",
                person(EXPERT),
                json!({ "command": "sign", "sha256": "$a/sha256" }),
            ),
            act("k3", person(CLIENT), fund),
            act("k4", provider, captured),
            act(
                "k5",
                person(EXPERT),
                json!({ "command": "start", "milestone": PART }),
            ),
            act(
                "k6",
                person(CLIENT),
                json!({ "command": "release", "milestone": PART, "amount": usd(1_000) }),
            ),
        ];
        let answers = site.act(&script);
        for answer in &answers {
            assert!(answer.get("ok").is_some(), "{answer}");
        }
        answers[1]["ok"]["contract"]
            .as_str()
            .unwrap()
            .clone_into(&mut site.contract);
        site
    }

    fn act(&self, script: &[Value]) -> Vec<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_earnest"));
        command
            .args(["act", "-"])
            .args(SANDBOX)
            .current_dir(self.folder.path())
            .env_clear();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(server) = &self.server {
            command.args(["--database", server.url()]);
        }
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        for line in script {
            writeln!(input, "{line}").unwrap();
        }
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// Over every row of every table.
    async fn checksum(&self) -> String {
        let store = match &self.server {
            Some(server) => Store::connect_to_read(server.url(), Statements::Prepared)
                .await
                .unwrap(),
            None => Store::open_to_read(&self.folder.path().join("earnest-data/earnest.db")).unwrap(),
        };
        let read = store.read(|mut view| async move { view.checksum(&[]).await });
        read.await.unwrap()
    }

    fn line(&self, key: &str, actor: Value, command: Value) -> Value {
        json!({
            "key": key, "actor": actor, "contract": self.contract, "command": command, "at": "2026-12-02T10:00:00Z",
        })
    }

    /// A release by the client of an amount that is wrong in one way or another.
    fn release(&self, amount: Value) -> Value {
        let release = json!({ "command": "release", "milestone": PART, "amount": amount });
        self.line("new", person(CLIENT), release)
    }

    async fn refused(&self, line: Value, code: &str) {
        let before = self.checksum().await;
        let answers = self.act(std::slice::from_ref(&line));
        assert_eq!(answers[0]["refused"]["code"], code, "{line}: {}", answers[0]);
        assert_eq!(answers[0]["refused"]["definite"], true, "{line}");
        assert_eq!(self.checksum().await, before, "{line} left a trace");
    }
}

async fn amounts(site: &Site) {
    for (amount, code) in [
        (usd(-1), "amount_not_positive"),
        (usd(0), "amount_not_positive"),
        (usd(49_001), "amount_exceeds_held"),
        (usd(49_000), "amount_not_part"),
        (usd(1_000_000_000_001_i64), "amount_too_large"),
        (usd(i64::MAX), "amount_too_large"),
        (usd(u64::MAX), "amount_too_large"),
        (usd(0.1), "amount_unclear"),
        (usd(1e3), "amount_unclear"),
        (usd(1e40), "amount_unclear"),
        (usd("5"), "amount_unclear"),
        (usd(Value::Null), "amount_unclear"),
        (usd(json!([5])), "amount_unclear"),
        (
            json!({ "amount_minor": 5, "currency": "EUR" }),
            "currency_differs",
        ),
        (
            json!({ "amount_minor": 5, "currency": "JPY" }),
            "currency_differs",
        ),
        (
            json!({ "amount_minor": 5, "currency": "XXZ" }),
            "unknown_currency",
        ),
        (
            json!({ "amount_minor": 5, "currency": "usd" }),
            "unknown_currency",
        ),
        (json!({ "amount_minor": 5, "currency": 840 }), "unknown_currency"),
        (json!({ "amount_minor": 5 }), "unreadable"),
        (json!(5), "unreadable"),
    ] {
        site.refused(site.release(amount), code).await;
    }
}

async fn people(site: &Site) {
    let approve = || json!({ "command": "approve", "milestone": PART });
    let give_back = || json!({ "command": "give_back", "milestone": PART, "amount": usd(5) });
    let captured = || {
        json!({ "command": "captured", "payment": "pay_01kg000000e00800000000000f", "amount": usd(5), "fee": usd(0),
                "receipt": "txn_2" })
    };
    let operator = json!({ "actor": "operator", "id": OPERATOR });
    let submit = json!({ "command": "submit", "milestone": PART, "deliverables": 1, "ticked": [0] });
    let elsewhere = json!({ "command": "approve", "milestone": "mst_01kg000000e00800000000000z" });
    for (actor, command, code) in [
        (person(STRANGER), approve(), "not_party"),
        (person(EXPERT), approve(), "expert_cannot_approve"),
        (operator, approve(), "operator_cannot_act"),
        (person(CLIENT), submit, "client_cannot_submit"),
        (person(CLIENT), give_back(), "not_yours"),
        (person(STRANGER), give_back(), "not_party"),
        (person(CLIENT), elsewhere, "not_found"),
        (person(STRANGER), captured(), "not_party"),
        (
            json!({ "actor": "provider", "name": "other" }),
            captured(),
            "not_found",
        ),
    ] {
        site.refused(site.line("new", actor, command), code).await;
    }
    let mut line = site.line("new", person(CLIENT), approve());
    line["contract"] = json!("con_01kg000000e00800000000000z");
    site.refused(line, "not_found").await;
}

/// A command that comes too early or too late, and a key that stands for another command.
async fn states_and_keys(site: &Site) {
    for (actor, command, code) in [
        (
            person(CLIENT),
            json!({ "command": "approve", "milestone": PART }),
            "not_now",
        ),
        (
            person(CLIENT),
            json!({ "command": "fund", "milestone": PART, "provider": "sandbox", "method": "card" }),
            "nothing_to_fund",
        ),
        (
            person(EXPERT),
            json!({ "command": "start", "milestone": PART }),
            "not_now",
        ),
        (person(CLIENT), json!({ "command": "resume" }), "not_paused"),
        (
            person(CLIENT),
            json!({ "command": "accept_amendment" }),
            "no_amendment",
        ),
        (
            person(CLIENT),
            json!({ "command": "accept_settlement", "milestone": PART }),
            "no_settlement",
        ),
        (
            person(EXPERT),
            json!({ "command": "appeal_dispute", "milestone": PART, "reason": "It is wrong." }),
            "no_dispute",
        ),
        (person(CLIENT), json!({ "command": "withdraw" }), "already_signed"),
    ] {
        site.refused(site.line("new", actor, command), code).await;
    }
    let other = json!({ "command": "release", "milestone": PART, "amount": usd(1_001) });
    site.refused(site.line("k6", person(CLIENT), other), "idempotency_key_reused")
        .await;
    // The same again is no mistake: it is answered as before, and nothing is written.
    let before = site.checksum().await;
    let same = json!({ "command": "release", "milestone": PART, "amount": usd(1_000) });
    let again = site.act(&[site.line("k6", person(CLIENT), same)]);
    assert_eq!(again[0]["replayed"], true, "{}", again[0]);
    assert_eq!(site.checksum().await, before);
}

#[tokio::test]
async fn every_mistake_has_its_word_on_sqlite() {
    let site = Site::new(None);
    amounts(&site).await;
    people(&site).await;
    states_and_keys(&site).await;
}

#[tokio::test]
async fn every_mistake_has_its_word_on_postgresql() {
    let site = Site::new(Some(Postgres::fresh().await.unwrap()));
    amounts(&site).await;
    people(&site).await;
    states_and_keys(&site).await;
}
