//! Editions as whoever looks after content sees them.

use axum::http::StatusCode;

use crate::expert::tests::operator;
use crate::testing::{Visitor, between, with_small};

const SMALL: &str = "go-vs-rust-for-services";
const SEED: &str = "python-vs-nodejs-for-backend-hiring";

/// The row of an edition.
fn row<'p>(page: &'p str, slug: &str, number: &str) -> &'p str {
    let start = format!("<tr><th scope=\"row\"><a href=\"/compare/{slug}?edition={number}\">");
    let rows = between(page, &start, "</tr>");
    rows.first().unwrap_or_else(|| panic!("{slug} {number}: {page}"))
}

#[tokio::test]
async fn every_edition_stands_with_who_brings_it_and_what_moved() {
    let visitor = Visitor::new().publishing(&with_small()).await;
    let ed = operator(&visitor, "ed@example.org", "editor").await;
    let page = ed.get("/office/editions").await;
    let text = page.text();
    let newest = row(text, SEED, "4");
    for part in [
        "The program",
        "<time datetime=\"2026-11-24T12:00:00Z\">",
        &format!("/compare/{SEED}/changes?from=3&#38;to=4"),
        "Since edition 3",
    ] {
        assert!(newest.contains(part), "{part}: {newest}");
    }
    assert!(row(text, SEED, "1").contains("data-label=\"What moved\">–"));
    assert!(row(text, SMALL, "1").contains("Your content folder"));
    let shown = text.matches("Shown now").count();
    assert_eq!(shown, 2, "one of each comparison: {text}");
    for command in [
        "earnest content check --content DIR",
        "earnest lab adopt",
        "earnest serve --content DIR",
    ] {
        assert!(text.contains(command), "{command}");
    }
    let office = ed.get("/office").await;
    assert!(office.text().contains("href=\"/office/editions\""));
    let changes = ed.get(&format!("/compare/{SEED}/changes?from=3&to=4")).await;
    assert_eq!(changes.status, StatusCode::OK);
}

#[tokio::test]
async fn what_only_the_database_has_is_said() {
    let before = Visitor::new().publishing(&with_small()).await;
    let mut files = with_small();
    files.retain(|path, _| !path.starts_with(&format!("comparisons/{SMALL}/")));
    let visitor = before.publishing(&files).await;
    let ed = operator(&visitor, "ed@example.org", "editor").await;
    let page = ed.get("/office/editions").await;
    let (_, gone) = page.text().split_once(&format!(">{SMALL}</h2>")).unwrap();
    for part in [
        "The content has no such comparison any more",
        "Edition 1</th>",
        "The database alone; it is shown nowhere here",
    ] {
        assert!(gone.contains(part), "{part}: {gone}");
    }
    let mut files = with_small();
    let first = files
        .remove(&format!("comparisons/{SMALL}/editions/1.toml"))
        .unwrap();
    let second = first.replace("number = \"1\"", "number = \"2\"");
    files.insert(format!("comparisons/{SMALL}/editions/2.toml"), second);
    let text = files
        .get_mut(&format!("comparisons/{SMALL}/comparison.toml"))
        .unwrap();
    *text = text.replace("default_edition = \"1\"", "default_edition = \"2\"");
    let visitor = visitor.publishing(&files).await;
    let ed = operator(&visitor, "ed@example.org", "editor").await;
    let page = ed.get("/office/editions").await;
    let old = row(page.text(), SMALL, "1");
    assert!(
        old.contains("The database alone: the content has it no longer"),
        "{old}"
    );
    assert!(row(page.text(), SMALL, "2").contains("Your content folder"));
}
