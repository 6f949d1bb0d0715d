//! What our own lab measured, as a reader finds it.

use std::path::Path;

use axum::http::StatusCode;
use earnest_app::content::{Files, embedded, overlay};

use crate::testing::Visitor;

const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";

/// The embedded files with an edition that shows a made-up run of the lab.
fn with_lab() -> Files {
    let mut files = embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lab/content");
    overlay(&mut files, &folder).unwrap();
    files
}

/// C25: beside the published sources, marked indicative, with the way to harness, host, raw output and repeats.
#[tokio::test]
async fn measurements_stand_beside_the_published_sources() {
    let visitor = Visitor::with(&with_lab());
    let reply = visitor
        .get(&format!("{PAGE}/scores/performance?edition=lab-1"))
        .await;
    let page = reply.text();
    for words in [
        "Measured by us <span class=\"tag\">indicative</span>",
        "without weight in any score",
        "both stand",
        "<span class=\"tag\">reproduced by us</span>",
        "<span class=\"tag\">raw data published</span>",
        "href=\"/lab/lab-2026-12-01/raw.jsonl\"",
        "href=\"/lab/lab-2026-12-01#harness\"",
        "repeats: 5, interleaved",
        "6,850 (6,700 to 7,000)",
        "Fastify and FastAPI: no difference measured",
        "HttpArena",
    ] {
        assert!(page.contains(words), "{words} is not on the page");
    }
    // the edition before has none, and other criteria have none
    for other in ["/scores/performance?edition=2", "/scores/talent?edition=lab-1"] {
        let reply = visitor.get(&format!("{PAGE}{other}")).await;
        assert!(!reply.text().contains("Measured by us"), "{other}");
    }
}

/// Claims show what we measured beside their published status.
#[tokio::test]
async fn claims_show_what_we_measured_of_them() {
    let visitor = Visitor::with(&with_lab());
    let reply = visitor.get(&format!("{PAGE}?edition=lab-1")).await;
    let page = reply.text();
    assert!(
        page.contains("Measured by us, indicative: as claimed in 1 of 2 comparisons"),
        "claim 1"
    );
    assert!(
        page.contains("it contradicts the claim, and both stand"),
        "claim 2"
    );
    assert!(
        !visitor
            .get(&format!("{PAGE}?edition=2"))
            .await
            .text()
            .contains("Measured by us")
    );
}

/// The page of a run, and its raw output byte for byte; words of the run are words and no markup.
#[tokio::test]
async fn a_run_has_a_page_and_its_raw_output() {
    let files = with_lab();
    let visitor = Visitor::with(&files);
    let reply = visitor.get("/lab/lab-2026-12-01").await;
    assert_eq!(reply.status, StatusCode::OK);
    let page = reply.text();
    for words in [
        "made-up processor, 2 cores",
        "wrk 4.1.0",
        "What it does not show",
        "python 3.11.7",
        "made up &#60;b&#62;for tests",
    ] {
        assert!(page.contains(words), "{words} is not on the page");
    }
    let raw = visitor.get("/lab/lab-2026-12-01/raw.jsonl").await;
    assert_eq!(raw.text(), files["evidence/lab-2026-12-01/raw.jsonl"]);
    assert_eq!(raw.header("content-type"), "application/jsonl");
    let head = visitor.get("/lab/lab-2026-12-01/run.json").await;
    assert_eq!(head.json()["host"]["processor"], "made-up processor");
    for nothing in [
        "/lab/lab-2020-01-01",
        "/lab/%2e%2e/raw.jsonl",
        "/lab/lab-2020-01-01/run.json",
    ] {
        assert_eq!(
            visitor.get(nothing).await.status,
            StatusCode::NOT_FOUND,
            "{nothing}"
        );
    }
}
