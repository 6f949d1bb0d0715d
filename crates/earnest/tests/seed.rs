//! The built program fills an empty database with made-up people: the books hold, the search finds them, and nothing is
//! mixed with what is there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "running/mod.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod running;

use std::collections::BTreeMap;

use earnest_store::testing::Postgres;
use tempfile::TempDir;

use crate::running::{Running, one_line, run, text};

const EXPERTS: usize = 1_200;
const SIZES: [&str; 9] = [
    "seed",
    "--experts",
    "1200",
    "--requests",
    "30",
    "--contracts",
    "20",
    "--at",
    "2026-11-25T12:00:00Z",
];

fn seeded(folder: &TempDir, place: &[&str]) {
    let done = run(folder, &[&SIZES[..], place].concat());
    let told = text(&done.stdout);
    assert!(done.status.success(), "{done:?}");
    assert!(
        told.contains("experts 1200 of 1200") && told.contains("requests 30 of 30"),
        "{told}"
    );
    let verified = run(folder, &[&["ledger", "verify"][..], place].concat());
    assert!(verified.status.success(), "{verified:?}");
    let again = run(folder, &[&SIZES[..], place].concat());
    assert!(!again.status.success());
    assert!(one_line(&again).contains("already"), "{again:?}");
}

/// Everything that tells of requests and sums.
fn told(folder: &TempDir, place: &[&str]) -> String {
    let list = ["requests", "list", "--format", "json", "--limit", "200"];
    let sums = ["ledger", "trial-balance", "--at", "2026-11-25T12:00:00Z"];
    let (list, sums) = (
        run(folder, &[&list[..], place].concat()),
        run(folder, &[&sums[..], place].concat()),
    );
    assert!(
        list.status.success() && sums.status.success(),
        "{list:?} {sums:?}"
    );
    format!("{}{}", text(&list.stdout), text(&sums.stdout))
}

fn search(site: &Running, query: &str) -> serde_json::Value {
    let answer = site.get(&format!("/api/v1/experts?{query}"));
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

/// Every expert, by way of all pages of a search.
fn all(site: &Running, query: &str) -> Vec<serde_json::Value> {
    let (mut found, mut cursor) = (Vec::new(), "1".to_owned());
    loop {
        let page = search(site, &format!("{query}&cursor={cursor}"));
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return found,
        }
    }
}

#[test]
fn what_is_made_up_holds_on_both_engines_and_is_found() {
    let (folder, other, server) = (TempDir::new().unwrap(), TempDir::new().unwrap(), fresh());
    seeded(&folder, &[]);
    let place = ["--database", server.url()];
    seeded(&other, &place);
    assert_eq!(
        told(&folder, &[]),
        told(&other, &place),
        "the same numbers make the same, whatever keeps it"
    );
    let site = Running::start(&folder, &[]);
    let everybody = all(&site, "sort=newest");
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &everybody {
        *ids.entry(one["id"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!((everybody.len(), ids.len()), (EXPERTS, EXPERTS), "each once");
    // A look at all of them says the same as the index.
    let knows = |one: &&serde_json::Value| {
        let mut skills = one["skills"].as_array().unwrap().iter();
        skills.any(|skill| skill["name"] == "Rust")
    };
    let expected = everybody.iter().filter(knows).count();
    assert!(expected > 10, "{expected}");
    assert_eq!(all(&site, "skill=rust").len(), expected);
    let page = site.get("/experts?skill=rust");
    assert!(page.contains(&format!("{expected} experts")), "{page}");
    site.stop();
}

fn fresh() -> Postgres {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(Postgres::fresh()).unwrap()
}
