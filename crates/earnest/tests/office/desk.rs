//! The built program in a folder of its own, with the books that a script has made.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{earnest, one_line, text};

pub(crate) const CLIENT: &str = "per_01kg000000e008000000000001";
pub(crate) const EXPERT: &str = "per_01kg000000e008000000000002";
pub(crate) const FIRST: &str = "per_01kg000000e008000000000003";
pub(crate) const SECOND: &str = "per_01kg000000e008000000000004";
pub(crate) const PART: &str = "mst_01kg000000e00800000000000a";
/// A sandbox provider that nobody runs.
pub(crate) const SANDBOX: [&str; 6] = [
    "--sandbox-url",
    "http://127.0.0.1:9",
    "--sandbox-api-key",
    "key",
    "--sandbox-secret",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];
pub(crate) const BANK: [&str; 4] = [
    "--bank-holder",
    "Northgate GmbH",
    "--bank-iban",
    "DE89370400440532013000",
];

pub(crate) fn person(id: &str) -> Value {
    json!({ "actor": "person", "id": id })
}

pub(crate) fn with_bank<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &BANK].concat()
}

pub(crate) fn operator(id: &str) -> Value {
    json!({ "actor": "operator", "id": id })
}

pub(crate) fn provider(name: &str) -> Value {
    json!({ "actor": "provider", "name": name })
}

pub(crate) fn usd(amount_minor: i64) -> Value {
    json!({ "amount_minor": amount_minor, "currency": "USD" })
}

pub(crate) fn fund(contract: &str, by: &str) -> Value {
    let command = json!({ "command": "fund", "milestone": PART, "provider": by, "method": "bank" });
    json!({ "at": "2026-12-01T10:00:00Z", "actor": person(CLIENT), "contract": contract, "command": command })
}

pub(crate) struct Office(pub(crate) TempDir);

impl Office {
    pub(crate) fn new() -> Self {
        let office = Self(TempDir::new().unwrap());
        office.done(&["migrate"]);
        office
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        earnest(self.0.path(), arguments).output().unwrap()
    }

    /// What a command printed that did its work.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        text(&output.stdout).to_owned()
    }

    /// The one line of a command that could not.
    pub(crate) fn not_done(&self, arguments: &[&str]) -> String {
        one_line(&self.run(arguments))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }

    pub(crate) fn raw(&self, script: &str) -> Vec<Value> {
        self.raw_with(&[], script)
    }

    /// As [`Office::act`], with more of a configuration.
    pub(crate) fn act_with(&self, more: &[&str], lines: &[Value]) -> Vec<Value> {
        let script: Vec<String> = lines.iter().map(ToString::to_string).collect();
        self.raw_with(more, &script.join("\n"))
    }

    fn raw_with(&self, more: &[&str], script: &str) -> Vec<Value> {
        let mut child = earnest(self.0.path(), &[&["act", "-"], more].concat())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let lines = text(&output.stdout).lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn act(&self, lines: &[Value]) -> Vec<Value> {
        let script: Vec<String> = lines.iter().map(ToString::to_string).collect();
        self.raw(&script.join("\n"))
    }

    /// As [`Office::act`], where every line is accepted.
    pub(crate) fn acted(&self, lines: &[Value]) -> Vec<Value> {
        let answers = self.act(lines);
        for (line, answer) in lines.iter().zip(&answers) {
            assert!(answer.get("ok").is_some(), "{line}: {answer}");
        }
        answers
    }

    /// A contract over 500.00, signed by both.
    pub(crate) fn signed(&self) -> String {
        let none = json!({ "basis_points": 0, "fixed_minor": 0, "tax_basis_points": 0 });
        let plan = json!({
            "title": "First", "deliverable": "d", "acceptance": ["one"], "price_minor": 50_000,
            "due_on": "2026-12-20", "inspection_days": 7, "rounds": 1, "revision_days": 14,
        });
        let offer = json!({
            "process": 1, "client": CLIENT, "expert": EXPERT, "currency": "USD",
            "terms": {
                "client_fee": none, "expert_fee": none, "tax_jurisdiction": "de", "clearance_days": 0,
                "liability": "operator", "dispute_fee_minor": 0, "second_operator_above_minor": 10_000,
            },
            "milestones": [[PART, plan]],
        });
        let sign = |id: &str| {
            let command = json!({ "command": "sign", "sha256": "$a/sha256" });
            json!({ "actor": person(id), "contract": "$a", "command": command })
        };
        let answers = self.acted(&[
            json!({ "as": "a", "at": "2026-12-01T10:00:00Z", "actor": person(CLIENT), "offer": offer }),
            sign(CLIENT),
            sign(EXPERT),
        ]);
        answers[0]["ok"]["contract"].as_str().unwrap().to_owned()
    }

    /// As [`Office::signed`], whose milestone is to be paid by transfer; the payment.
    pub(crate) fn funding(&self, by: &str) -> String {
        let contract = self.signed();
        let lines = [fund(&contract, by), json!({ "do": "show", "contract": contract })];
        let known: &[&str] = if by == "bank" { &BANK } else { &SANDBOX };
        let answers = self.act_with(known, &lines);
        answers[1]["ok"]["payments"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn contract(&self) -> String {
        let dump = self.done(&["export", "journal"]);
        let first: Value = serde_json::from_str(dump.lines().next().unwrap()).unwrap();
        first["chain"].as_str().unwrap().to_owned()
    }
}
