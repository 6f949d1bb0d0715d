//! robots.txt, the sitemap, and the process as data.

use axum::http::{Request, StatusCode};
use earnest_hire::contract::PROCESS_VERSION;

use crate::testing::{Visitor, between, with_small};

#[tokio::test]
async fn robots_are_shown_the_sitemap_and_kept_from_requests() {
    let reply = Visitor::new().get("/robots.txt").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(
        reply
            .text()
            .lines()
            .any(|line| line == "Disallow: /requests/sent/")
    );
    assert!(
        reply
            .text()
            .contains("Sitemap: http://127.0.0.1:8080/sitemap.xml")
    );
}

/// Each address of the sitemap answers, is the canonical one of its page, and carries no state.
#[tokio::test]
async fn the_sitemap_holds_canonical_addresses_alone() {
    let visitor = Visitor::with(&with_small());
    let text = visitor.get("/sitemap.xml").await.text().to_owned();
    let addresses = between(&text, "<loc>", "</loc>");
    assert!(addresses.len() >= 19, "{text}");
    let mut seen = std::collections::BTreeSet::new();
    for address in addresses {
        assert!(seen.insert(address), "{address} is there twice");
        assert!(
            !address.contains('?') && !address.contains("/requests"),
            "{address}"
        );
        let path = address.strip_prefix("http://127.0.0.1:8080").unwrap();
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{address}");
        let canonical = format!("<link rel=\"canonical\" href=\"{address}\">");
        assert!(reply.text().contains(&canonical), "{address}");
        assert!(!reply.text().contains("noindex"), "{address}");
    }
    let small =
        "<loc>http://127.0.0.1:8080/compare/go-vs-rust-for-services</loc><lastmod>2026-11-03</lastmod>";
    assert!(text.contains(small), "the day on which the text changed");
}

#[tokio::test]
async fn the_process_is_served_by_its_version_and_kept_until_it_changes() {
    let visitor = Visitor::new();
    let path = format!("/process/{PROCESS_VERSION}.json");
    let reply = visitor.get(&path).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.json()["milestone"]["rows"][0]["number"], "T1");
    let tag = reply.header("etag").to_owned();
    let again = Request::get(&path).header("if-none-match", tag);
    assert_eq!(visitor.ask(again, "").await.status, StatusCode::NOT_MODIFIED);
    for unknown in [
        "0.json",
        "2.json",
        "01.json",
        "+1.json",
        "1",
        "1.xml",
        "x.json",
        "65537.json",
    ] {
        let reply = visitor.get(&format!("/process/{unknown}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}
