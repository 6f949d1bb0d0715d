//! What is still known after the process is gone. Killing a real one is tried in
//! `crates/earnest/tests/sandbox_provider.rs`.

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;

use earnest_sandbox::{JournalError, Sandbox, Settings};
use serde_json::json;
use tempfile::TempDir;

use crate::playing::{kept_in, payment, play, refund_of, settings};

#[tokio::test]
async fn everything_is_read_back() {
    let folder = TempDir::new().unwrap();
    let play = kept_in(folder.path());
    let id = play.paid(5000).await;
    play.call("/v1/refunds", "r1", refund_of(&id, 100)).await.id();
    play.control(&format!("payments/{id}/chargeback"), json!({}))
        .await;
    play.known_account().await;
    play.control("faults", json!({ "kind": "silence", "times": 3 }))
        .await;
    play.control("clock", json!({ "forward_seconds": 5 })).await;
    let before = play.state().await;
    let answer = play.call("/v1/payments", "fund:5000", payment(5000)).await;
    drop(play);

    let play = kept_in(folder.path());
    assert_eq!(play.state().await, before);
    let again = play.call("/v1/payments", "fund:5000", payment(5000)).await;
    assert_eq!(again.text, answer.text);
    assert_ne!(play.fund("new", 1).await, id, "ids go on where they were");
    let told = play.delivered().await;
    assert_eq!(told.len(), 4, "what was not delivered is delivered now");
}

#[tokio::test]
async fn a_line_without_its_end_was_never_confirmed() {
    let folder = TempDir::new().unwrap();
    let play = kept_in(folder.path());
    play.fund("f1", 5000).await;
    let before = play.state().await;
    drop(play);
    let path = folder.path().join("sandbox.jsonl");
    let whole = std::fs::read(&path).unwrap();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(br#"[{"drawn":99},{"pay"#).unwrap();
    drop(file);

    let play = kept_in(folder.path());
    assert_eq!(play.state().await, before);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    play.fund("f2", 6000).await;
    drop(play);
    let play = kept_in(folder.path());
    assert_eq!(play.state().await["payments"].as_array().unwrap().len(), 2);
}

#[test]
fn a_foreign_line_and_a_second_process_are_refused() {
    let folder = TempDir::new().unwrap();
    let open = |folder: &TempDir| {
        let world = play(settings()).world;
        let settings = Settings {
            folder: Some(folder.path().to_owned()),
            ..settings()
        };
        Sandbox::open(settings, Arc::clone(&world) as Arc<_>)
    };
    let first = open(&folder).unwrap();
    assert!(matches!(open(&folder), Err(JournalError::InUse(_))));
    drop(first);
    std::fs::write(folder.path().join("sandbox.jsonl"), "[]\nhello\n[]\n").unwrap();
    let refused = open(&folder).unwrap_err();
    assert!(
        refused.to_string().starts_with("line 2 of the journal"),
        "{refused}"
    );
}
