//! robots.txt and the sitemap.

use axum::http::StatusCode;

use crate::testing::{Visitor, between, with_small};

#[tokio::test]
async fn robots_are_shown_the_sitemap_and_told_of_no_secret_path() {
    let reply = Visitor::new().get("/robots.txt").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(!reply.text().contains("Disallow"), "{}", reply.text());
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
