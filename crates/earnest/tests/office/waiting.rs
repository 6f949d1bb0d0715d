//! Jobs and events that wait for a person, and what is said beside a running site.

use std::fs;

use earnest_store::{ProviderEventRow, Store};
use serde_json::{Value, json};

use crate::desk::{BANK, FIRST, Office, SANDBOX, SECOND, fund};
use crate::running::Running;

/// A job that was tried until it was given up, since nobody answers.
fn with_dead_job() -> Office {
    let office = Office::new();
    office.funding("sandbox");
    let ticks: Vec<Value> = (0..13)
        .map(|tick| json!({ "do": "tick", "at": format!("2026-12-0{}T{:02}:00:00Z", 1 + (tick * 5 + 11) / 24, (tick * 5 + 11) % 24) }))
        .collect();
    // nobody listens there
    let answers = office.act_with(&SANDBOX, &ticks);
    assert!(
        answers.iter().all(|answer| answer["ok"].is_object()),
        "{answers:?}"
    );
    office
}

#[test]
fn a_script_leaves_the_jobs_of_others_alone_and_keeps_the_limit_of_the_site() {
    let office = Office::new();
    office.funding("sandbox");
    let ticks = ["2026-12-01T11:00:00Z", "2026-12-01T16:00:00Z"].map(|at| json!({ "do": "tick", "at": at }));
    office.acted(&ticks);
    let waiting = office.json(&["jobs", "list", "--state", "waiting", "--json"]);
    let items = waiting["items"].as_array().unwrap();
    let [job] = items.as_slice() else {
        panic!("{waiting}");
    };
    assert_eq!(
        (&job["kind"], &job["attempts"], &job["last_error"]),
        (&json!("open_payment"), &json!(0), &json!(null))
    );

    let office = Office::new();
    let fund = fund(&office.signed(), "bank");
    let more = ["--client-limit", "499"];
    let answers = office.act_with(&more, &[fund]);
    assert_eq!(answers[0]["refused"]["code"], "client_limit", "{answers:?}");
}

#[test]
fn a_job_that_was_given_up_is_listed_with_its_cause_and_sent_again() {
    let office = with_dead_job();
    let listed = office.done(&["jobs", "list"]);
    assert!(listed.contains("tried 12 times"), "{listed}");
    assert!(listed.contains("127.0.0.1:9"), "{listed}");
    assert!(
        listed.ends_with("When the cause is mended: earnest jobs resend ID\n"),
        "{listed}"
    );
    let listed = office.json(&["jobs", "list", "--state", "dead", "--json"]);
    let job = &listed["items"][0];
    assert_eq!(
        (job["kind"].as_str(), job["attempts"].as_i64()),
        (Some("open_payment"), Some(12))
    );
    let id = job["id"].as_str().unwrap();
    assert_eq!(
        office.done(&["jobs", "list", "--state", "waiting"]),
        "No job is in that state.\n"
    );

    let told = office.done(&["jobs", "resend", id]);
    assert_eq!(
        told,
        format!("{id} is tried again by the next worker that looks.\n")
    );
    let waiting = office.json(&["jobs", "list", "--state", "waiting", "--json"]);
    assert_eq!(
        (&waiting["items"][0]["id"], &waiting["items"][0]["attempts"]),
        (&job["id"], &json!(0))
    );
    assert_eq!(office.done(&["jobs", "list"]), "No job is in that state.\n");

    let told = office.not_done(&["jobs", "resend", id]);
    assert!(
        told.contains("`earnest jobs list --state dead` names all"),
        "{told}"
    );
    assert!(
        office
            .not_done(&["jobs", "resend", "nothing"])
            .contains("there is no job `nothing`")
    );
    assert_eq!(
        office.run(&["jobs", "list", "--state", "lost"]).status.code(),
        Some(2)
    );
    assert_eq!(office.run(&["jobs", "resend"]).status.code(), Some(2));
}

/// Whoever writes while the site runs from a file is told which page of it does the same, and which command to repeat
/// after stopping it.
#[test]
fn beside_a_running_site_what_reads_works_and_what_writes_says_what_to_do() {
    let office = with_dead_job();
    let dead = office.json(&["jobs", "list", "--json"])["items"][0]["id"].clone();
    fs::write(
        office.0.path().join("statement.csv"),
        "date,amount,currency,reference\n",
    )
    .unwrap();
    let running = Running::start(&office.0, &[]);
    assert!(office.done(&["jobs", "list"]).contains("tried 12 times"));
    assert_eq!(office.done(&["events", "list"]), "No event is in that state.\n");
    assert!(office.done(&["motions", "list"]).starts_with("No motion"));
    // what only compares goes on to its own question
    assert!(
        office
            .not_done(&["reconcile"])
            .contains("no provider is configured")
    );
    let receipt = "evt_01kg000000e00800000000000f";
    let motion = "mot_01kg000000e00800000000000f";
    let mut import = vec!["bank", "import", "statement.csv"];
    import.extend(BANK);
    let why: &[&str] = &["--operator", FIRST, "--because", "nobody’s"];
    for (command, page, arguments) in [
        (
            "jobs resend",
            "jobs",
            vec!["jobs", "resend", dead.as_str().unwrap()],
        ),
        ("events retry", "events", vec!["events", "retry", "sandbox", "e1"]),
        (
            "motions second",
            "motions",
            vec!["motions", "second", motion, "--operator", SECOND],
        ),
        (
            "motions drop",
            "motions",
            vec!["motions", "drop", motion, "--operator", SECOND],
        ),
        ("bank import", "receipts", import),
        (
            "bank return",
            "receipts",
            [&["bank", "return", receipt], why].concat(),
        ),
        (
            "bank explain",
            "differences",
            vec!["bank", "explain", "b4", "--operator", FIRST, "--because", "rent"],
        ),
        ("mail resend", "letters", vec!["mail", "resend", "x"]),
        ("reconcile --repair", "differences", vec!["reconcile", "--repair"]),
        ("ledger checkpoint", "", vec!["ledger", "checkpoint"]),
        ("act", "", vec!["act", "statement.csv"]),
    ] {
        let told = office.not_done(&arguments);
        let mut says = format!("`earnest {command}` writes to the database, and a file has one writer: ");
        if !page.is_empty() {
            says =
                format!("{says}the running site does the same at http://127.0.0.1:8080/office/{page}; or ");
        }
        says.push_str("stop the site, give the command again");
        assert!(told.contains(&says), "{told}");
    }
    running.stop();
    office.done(&["jobs", "resend", dead.as_str().unwrap()]);
}

async fn kept(office: &Office, event_id: &str, body: String) {
    let store = Store::open(&office.0.path().join("earnest-data/earnest.db")).unwrap();
    let at = "2026-12-01T09:00:00Z".parse().unwrap();
    let row = ProviderEventRow {
        provider: "sandbox".to_owned(),
        event_id: event_id.to_owned(),
        at,
        received_at: at,
        kind: "payment_expired".to_owned(),
        body,
    };
    store.receive_event(row).await.unwrap();
    store.finish().await;
}

#[tokio::test]
async fn events_that_cannot_be_applied_are_listed_with_their_cause_and_tried_again() {
    let office = Office::new();
    assert_eq!(office.done(&["events", "list"]), "No event is in that state.\n");
    kept(&office, "e1", "{}".to_owned()).await;
    let nobodys = json!({
        "provider": "sandbox", "event_id": "e2", "account": "acct", "at": "2026-12-01T09:00:00Z",
        "kind": { "event": "payment_expired", "payment_ref": "p", "payment_id": "pay_01kg000000e00800000000000f" },
    });
    kept(&office, "e2", nobodys.to_string()).await;
    let waiting = office.done(&["events", "list", "--state", "waiting"]);
    assert!(waiting.contains("sandbox e1  payment_expired"), "{waiting}");

    office.acted(&[json!({ "do": "tick", "at": "2026-12-01T10:00:00Z" })]);
    let listed = office.done(&["events", "list"]);
    assert!(listed.contains("broken: something here is broken"), "{listed}");
    assert!(listed.contains("refused: not_found"), "{listed}");
    assert!(
        listed.ends_with("When the cause is mended: earnest events retry PROVIDER EVENT\n"),
        "{listed}"
    );
    let broken = office.json(&["events", "list", "--state", "broken", "--json"]);
    assert_eq!(
        (
            &broken["items"][0]["event_id"],
            broken["items"].as_array().unwrap().len()
        ),
        (&json!("e1"), 1)
    );
    let refused = office.json(&["events", "list", "--state", "refused", "--json"]);
    assert_eq!(
        (&refused["items"][0]["event_id"], &refused["items"][0]["refusal"]),
        (&json!("e2"), &json!("not_found"))
    );

    for event in ["e1", "e2"] {
        let told = office.done(&["events", "retry", "sandbox", event]);
        assert_eq!(
            told,
            format!("{event} of sandbox is tried again by the next worker that looks.\n")
        );
    }
    let waiting = office.json(&["events", "list", "--state", "waiting", "--json"]);
    assert_eq!(waiting["items"].as_array().unwrap().len(), 2);
    let told = office.not_done(&["events", "retry", "sandbox", "e9"]);
    assert!(told.contains("there is no event `e9` of `sandbox`"), "{told}");
    assert!(told.contains("`earnest events list` names all"), "{told}");
    assert_eq!(
        office.run(&["events", "list", "--state", "dead"]).status.code(),
        Some(2)
    );
}
