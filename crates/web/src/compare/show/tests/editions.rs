//! C17, C18, C20, C21: whatever names an edition is computed and worded from what was kept with that edition.

use axum::http::StatusCode;
use earnest_app::content::Files;
use serde_json::Value;

use super::SMALL;
use crate::testing::{Visitor, between, narrower, with_small};

/// Settings that the first edition knows; the second has neither the must-have nor the criterion nor the situation.
const STATES: [&str; 4] = [
    "",
    "&must=no-collector",
    "&w.performance=1&w.ecosystem=3",
    "&preset=speed-first&keep=go&months.rust=3",
];

/// The comparison after a second edition that renames an option and a criterion, with another claim, and without a criterion,
/// the must-have and the situation of the first.
fn later() -> Files {
    let mut files = narrower();
    let claims = files
        .get_mut("comparisons/go-vs-rust-for-services/claims.toml")
        .unwrap();
    let statement = between(claims, "statement = \"", "\"")[0].to_owned();
    *claims = claims.replace(&statement, "Golang was said to be otherwise");
    files
}

fn same(was: &Value, is: &Value) {
    let without = |document: &Value| {
        let mut document = document.clone();
        // which edition is shown unless another is asked for is said of today
        document["edition"]["is_default"] = Value::Null;
        document
    };
    assert_eq!(without(was), without(is));
}

#[tokio::test]
async fn every_export_of_an_edition_stays_as_it_was() {
    let before = Visitor::new().publishing(&with_small()).await;
    let after = before.publishing(&later()).await;
    for state in STATES {
        for ending in ["json", "csv", "md", "decision.md", "svg", "png", "zip"] {
            // drawing pixels is slow: one state stands for all
            if ending == "png" && state != STATES[1] {
                continue;
            }
            let path = format!("{SMALL}.{ending}?edition=1{state}");
            let (was, is) = (before.get(&path).await, after.get(&path).await);
            assert_eq!(
                (was.status, is.status),
                (StatusCode::OK, StatusCode::OK),
                "{path}"
            );
            match ending {
                "json" => same(&was.json(), &is.json()),
                // with the whole derivation in it, which says whether it is the edition of today
                "zip" => {}
                _ => assert!(was.bytes == is.bytes, "{path}"),
            }
        }
        if state != STATES[1] {
            continue;
        }
        let picture = format!("/pictures{SMALL}.png?edition=1{state}");
        let (was, is) = (before.get(&picture).await, after.get(&picture).await);
        assert_eq!(
            (was.status, is.status),
            (StatusCode::OK, StatusCode::OK),
            "{picture}"
        );
        assert!(was.bytes == is.bytes, "{picture}");
    }
    let today = after.get(&format!("{SMALL}.md")).await.text().to_owned();
    assert!(today.contains("Golang"), "{today}");
    let refused = after.get(&format!("{SMALL}.csv?must=no-collector")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_page_of_an_edition_has_its_names_conditions_and_texts() {
    let before = Visitor::new().publishing(&with_small()).await;
    let after = before.publishing(&later()).await;
    for state in STATES {
        let path = format!("{SMALL}?edition=1{state}");
        let (was, is) = (before.get(&path).await, after.get(&path).await);
        assert_eq!(
            (was.status, is.status),
            (StatusCode::OK, StatusCode::OK),
            "{path}"
        );
        let (was, is) = (was.text(), is.text());
        assert!(
            !is.contains("Golang") && !is.contains("\">Packages</h3>"),
            "{path}"
        );
        for kept in [
            "Go vs Rust",
            "Ecosystem size",
            "No garbage collector",
            "Speed first",
        ] {
            assert!(is.contains(kept), "{path}: {kept}");
        }
        for (from, to) in [
            ("data-headline>", "</p>"),
            ("<ol class=\"claims\">", "</ol>"),
            ("<meta property=\"og:image\"", ">"),
            ("<title>", "</title>"),
        ] {
            assert_eq!(between(was, from, to), between(is, from, to), "{path}");
        }
        assert!(is.contains("This is edition 1") && !was.contains("This is edition 1"));
        // nothing that leads on leaves the edition, but the way to that of today and what keeps up with it
        for href in between(is, &format!("href=\"{SMALL}?"), "\"") {
            assert!(href.starts_with("edition=1"), "{path}: {href}");
        }
        assert!(!is.contains("those of today"), "its texts were kept with it");
    }
    let sent = after
        .get(&format!(
            "{SMALL}?set=1&edition=1&must=no-collector&w.ecosystem=3"
        ))
        .await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (
            StatusCode::SEE_OTHER,
            format!("{SMALL}?edition=1&w.ecosystem=3&must=no-collector").as_str()
        )
    );
}

/// Nothing else that reads such an address forgets what the edition knew.
#[tokio::test]
async fn an_edition_is_read_the_same_wherever_it_goes() {
    let before = Visitor::new().publishing(&with_small()).await;
    let after = before.publishing(&later()).await;
    let state = "edition%3D1%26must%3Dno-collector%26w.ecosystem%3D3";
    for path in [
        format!("{SMALL}/scores/ecosystem?edition=1"),
        format!("{SMALL}/scores/performance?edition=1"),
        format!("{SMALL}/changes?from=1&to=2"),
        format!("{SMALL}/side-by-side?a={state}&b=edition%3D2"),
        format!("/decisions/new?comparison=go-vs-rust-for-services&state={state}"),
        "/api/v1/comparisons/go-vs-rust-for-services?edition=1&must=no-collector&w.ecosystem=3".to_owned(),
    ] {
        let reply = after.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    }
    let scores = after
        .get(&format!("{SMALL}/scores/ecosystem?edition=1"))
        .await
        .text()
        .to_owned();
    assert!(scores.contains("Ecosystem size") && !scores.contains("Golang"));
    let changes = after.get(&format!("{SMALL}/changes?from=1&to=2")).await;
    assert!(changes.text().contains("Ecosystem size (no longer compared)"));
}
