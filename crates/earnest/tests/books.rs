//! The commands about the books, on a small history made by `earnest act`.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const CLIENT: &str = "per_01m83xj880g40r40m30e209185";
const EXPERT: &str = "per_01m83xj880g40r40m30e209186";
/// A sandbox provider that nobody runs.
const SANDBOX: [&str; 6] = [
    "--sandbox-url",
    "http://127.0.0.1:9",
    "--sandbox-api-key",
    "key",
    "--sandbox-secret",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
];

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earnest"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    command.output().unwrap()
}

fn printed(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    std::str::from_utf8(&output.stdout).unwrap()
}

/// A contract that is funded, worked on and paid in part.
fn with_history() -> TempDir {
    let folder = TempDir::new().unwrap();
    let by = |id: &str| json!({ "actor": "person", "id": id });
    let sandbox = json!({ "actor": "provider", "name": "sandbox" });
    let usd = |minor: i64| json!({ "amount_minor": minor, "currency": "USD" });
    let plan = json!({
        "title": "Part", "deliverable": "Ein \"Stück\"\n\u{1f600}", "acceptance": ["It runs."], "price_minor": 100_000,
        "due_on": "2026-12-25", "inspection_days": 7, "rounds": 2, "revision_days": 14,
    });
    let fee = |points: i64| json!({ "basis_points": points, "fixed_minor": 0, "tax_basis_points": 0 });
    let milestone = "mst_01m83xj880g40r40m30e209187";
    let offer = json!({
        "process": 1, "client": CLIENT, "expert": EXPERT, "currency": "USD",
        "terms": { "client_fee": fee(500), "expert_fee": fee(1_000), "tax_jurisdiction": "none", "clearance_days": 5,
                   "liability": "operator", "dispute_fee_minor": 0, "second_operator_above_minor": 100_000 },
        "milestones": [[milestone, plan]],
    });
    let act = |by: &Value, command: Value| json!({ "actor": by, "contract": "$a", "command": command });
    let lines = [
        json!({ "as": "a", "key": "k1", "at": "2026-12-01T10:00:00Z", "actor": by(CLIENT), "offer": offer }),
        act(&by(CLIENT), json!({ "command": "sign", "sha256": "$a/sha256" })),
        act(&by(EXPERT), json!({ "command": "sign", "sha256": "$a/sha256" })),
        json!({ "do": "onboard", "person": EXPERT }),
        act(
            &by(CLIENT),
            json!({ "command": "fund", "milestone": milestone, "provider": "sandbox", "method": "bank" }),
        ),
        act(
            &sandbox,
            json!({ "command": "captured", "payment": "$a/payments/0/id", "amount": usd(105_000),
                              "fee": usd(30), "receipt": "txn \"1\"" }),
        ),
        act(&by(EXPERT), json!({ "command": "start", "milestone": milestone })),
        act(
            &by(CLIENT),
            json!({ "command": "release", "milestone": milestone, "amount": usd(33_333) }),
        ),
    ];
    let script = lines.map(|line| line.to_string()).join("\n");
    fs::write(folder.path().join("script.jsonl"), script).unwrap();
    assert!(run(&folder, &["migrate"]).status.success());
    let acted = run(
        &folder,
        &[&["act", "script.jsonl", "--seed", "7"], SANDBOX.as_slice()].concat(),
    );
    assert!(!printed(&acted).contains("refused"), "{acted:?}");
    folder
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn sound_books_are_status_0_and_changed_ones_3_with_the_row() {
    let folder = with_history();
    let anchor = printed(&run(&folder, &["ledger", "checkpoint"]))
        .trim()
        .to_owned();
    let sound = run(&folder, &["ledger", "verify", "--json", "--anchor", &anchor]);
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    let told = json_of(&sound);
    assert_eq!(
        (&told["sound"], &told["broken"], &told["head"]),
        (&json!(true), &json!([]), &json!(anchor))
    );
    assert!(told["checked"]["events"].as_u64().unwrap() >= 7, "{told}");
    let words = run(&folder, &["ledger", "verify"]);
    assert!(printed(&words).ends_with("The books are sound.\n"), "{words:?}");

    let later = anchor.replacen("1-", "2-", 1);
    let cut = run(&folder, &["ledger", "verify", "--json", "--anchor", &later]);
    assert_eq!(cut.status.code(), Some(3), "{cut:?}");
    assert_eq!(json_of(&cut)["broken"][0]["table"], json!("checkpoint"));

    let elsewhere = run(&folder, &["ledger", "verify", "--data", "nowhere"]);
    assert_eq!(elsewhere.status.code(), Some(1), "{elsewhere:?}");
    assert_eq!(
        run(&folder, &["ledger", "verify", "--anchor", "x"]).status.code(),
        Some(2)
    );
}

#[test]
fn a_trial_balance_is_of_any_moment_and_its_sides_are_equal() {
    let folder = with_history();
    let now = json_of(&run(
        &folder,
        &[
            "ledger",
            "trial-balance",
            "--json",
            "--at",
            "2026-12-31T00:00:00Z",
        ],
    ));
    let accounts = now["accounts"].as_array().unwrap();
    let balance = |name: &str| {
        let one = accounts
            .iter()
            .find(|one| one["account"].as_str().unwrap().starts_with(name));
        one.map(|one| one["balance_minor"].as_i64().unwrap())
    };
    assert_eq!(balance("L:escrow:"), Some(66_667));
    assert_eq!(balance("A:bank:sandbox"), Some(104_970));
    let totals = &now["totals"][0];
    assert_eq!(totals["debits_minor"], totals["credits_minor"]);
    let before = json_of(&run(
        &folder,
        &[
            "ledger",
            "trial-balance",
            "--json",
            "--at",
            "2026-11-30T00:00:00Z",
        ],
    ));
    assert_eq!(before["accounts"], json!([]));
    let table = run(
        &folder,
        &["ledger", "trial-balance", "--at", "2026-12-31T00:00:00Z"],
    );
    assert!(printed(&table).contains("USD 1,049.70"), "{table:?}");
}

#[test]
fn an_exported_journal_is_computed_again_by_another_program() {
    let folder = with_history();
    let export = run(&folder, &["export", "journal", "journal.jsonl"]);
    assert!(export.status.success(), "{export:?}");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/model/recompute.py");
    let recompute = |file: &str| {
        Command::new("python3")
            .arg(script)
            .arg(file)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let again = recompute("journal.jsonl");
    let told = printed(&again);
    let verified = json_of(&run(&folder, &["ledger", "verify", "--json"]));
    let heads = format!("heads {}", verified["heads_sha256"].as_str().unwrap());
    assert_eq!(told.lines().last(), Some(heads.as_str()));
    assert!(told.contains("USD A:bank:sandbox 105000 30\n"), "{told}");

    let journal = fs::read_to_string(folder.path().join("journal.jsonl")).unwrap();
    fs::write(
        folder.path().join("changed.jsonl"),
        journal.replacen("33333", "33334", 1),
    )
    .unwrap();
    assert!(
        !recompute("changed.jsonl").status.success(),
        "a changed sum is found"
    );
}

#[test]
fn a_journal_is_written_for_other_programs() {
    let folder = with_history();
    let of = |format: &str| {
        let export = run(&folder, &["export", "journal", "--format", format]);
        printed(&export).to_owned()
    };
    let hledger = of("hledger");
    assert!(hledger.starts_with("2026-12-01 captured  ; ent_"), "{hledger}");
    assert!(
        hledger.contains("\n    assets:bank:sandbox  1050.00 USD\n"),
        "{hledger}"
    );
    let beancount = of("beancount");
    assert!(
        beancount.contains("\n  Assets:Bank:Sandbox  1050.00 USD\n"),
        "{beancount}"
    );
    assert!(beancount.contains("  Liabilities:Fee-hold:Mst-0"), "{beancount}");
    let csv = of("csv");
    assert!(
        csv.lines()
            .any(|line| line.ends_with("debit,105000,1050.00,\"txn \"\"1\"\"\"")),
        "{csv}"
    );
}

#[test]
fn the_journal_of_a_server_is_written_to_its_end() {
    let folder = with_history();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let server = runtime
        .unwrap()
        .block_on(earnest_store::testing::Postgres::fresh())
        .unwrap();
    printed(&run(&folder, &["export", "installation", "moved"]));
    printed(&run(&folder, &["import", "moved", "--database", server.url()]));
    printed(&run(&folder, &["export", "journal", "of-file"]));
    // One that never ends is ended, and has failed.
    let mut command = Command::new("timeout");
    command
        .args([
            "60",
            env!("CARGO_BIN_EXE_earnest"),
            "export",
            "journal",
            "of-server",
        ])
        .args(["--database", server.url()])
        .current_dir(folder.path());
    printed(&command.output().unwrap());
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(written("of-file").lines().count() >= 7);
    assert_eq!(written("of-server"), written("of-file"));
}
