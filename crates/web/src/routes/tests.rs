//! Every address of the site: it answers, in the right form, and says the same to people and machines.

use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use crate::testing::{Visitor, between};

const COMPARISON: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const CRITERIA: [&str; 7] = [
    "performance",
    "data-science",
    "full-stack",
    "talent",
    "learning-curve",
    "ecosystem",
    "hiring-cost",
];

/// All pages for people.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = [
        "/",
        "/compare",
        COMPARISON,
        "/hire",
        "/hire/python-engineer",
        "/hire/nodejs-engineer",
        "/experts",
        "/experts/how-they-are-ordered",
        "/method",
        "/process/1",
        "/disputes",
        "/requests/new",
        "/licences",
    ]
    .map(str::to_owned)
    .to_vec();
    pages.push(format!("{COMPARISON}/changes"));
    pages.push(format!("{COMPARISON}?edition=1"));
    pages.push(format!(
        "{COMPARISON}?scores=editor&region=ua&w.hiring-cost=1&must=numpy"
    ));
    pages.extend(CRITERIA.map(|criterion| format!("{COMPARISON}/scores/{criterion}")));
    pages.extend(CRITERIA.map(|criterion| format!("{COMPARISON}/scores/{criterion}?edition=1")));
    pages
}

#[tokio::test]
async fn every_page_answers_as_html() {
    let visitor = Visitor::new();
    for path in pages() {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn everything_else_answers_in_its_own_form() {
    let visitor = Visitor::new();
    for (path, kind) in [
        (format!("{COMPARISON}.json"), "application/json"),
        (format!("{COMPARISON}.csv"), "text/csv; charset=utf-8"),
        (format!("{COMPARISON}.md"), "text/markdown; charset=utf-8"),
        (
            format!("{COMPARISON}.decision.md"),
            "text/markdown; charset=utf-8",
        ),
        (format!("/pictures{COMPARISON}.png"), "image/png"),
        (format!("{COMPARISON}.svg"), "image/svg+xml"),
        (format!("{COMPARISON}.png"), "image/png"),
        (format!("{COMPARISON}.zip"), "application/zip"),
        (format!("/embed{COMPARISON}"), "text/html; charset=utf-8"),
        (
            format!("/oembed?url=http%3A%2F%2F127.0.0.1:8080{COMPARISON}"),
            "application/json",
        ),
        ("/api/v1/comparisons".into(), "application/json"),
        (
            format!("/api/v1/comparisons/{}", &COMPARISON[9..]),
            "application/json",
        ),
        ("/api/v1/technologies".into(), "application/json"),
        ("/api/v1/roles".into(), "application/json"),
        ("/api/v1/roles/python-engineer".into(), "application/json"),
        ("/content.schema.json".into(), "application/json"),
        ("/robots.txt".into(), "text/plain; charset=utf-8"),
        ("/sitemap.xml".into(), "application/xml"),
    ] {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.header("content-type"), kind, "{path}");
        assert!(!reply.bytes.is_empty(), "{path}");
    }
}

/// The frame that every page has, and what the policy of the site forbids.
#[tokio::test]
async fn every_page_has_one_heading_a_language_and_nothing_inline() {
    let visitor = Visitor::new();
    let missing = [
        "/nowhere",
        "/compare/none",
        "/compare/python-vs-nodejs-for-backend-hiring?w.talent=-1",
    ];
    for path in pages().into_iter().chain(missing.map(str::to_owned)) {
        let reply = visitor.get(&path).await;
        let page = reply.text();
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\""), "{path}");
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert_eq!(between(page, "<title>", "</title>").len(), 1, "{path}");
        // what stands in a field to be copied is text, and runs on somebody else's page
        let copied = between(page, "<textarea", "</textarea>").concat();
        assert_eq!(
            page.matches(" style=").count(),
            copied.matches(" style=").count(),
            "{path}"
        );
        assert!(!page.contains("<style"), "{path}");
        for tag in between(page, "<script", ">") {
            let inert = tag.contains("src=\"/assets/") || tag.contains("application/");
            assert!(inert, "{path}: <script{tag}>");
        }
        let handlers = ["onclick", "onload", "onerror", "onsubmit", "javascript:"];
        assert!(!handlers.iter().any(|h| page.contains(h)), "{path}");
        let ids: Vec<&str> = between(page, " id=\"", "\"");
        let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{path}: an id is there twice: {ids:?}");
    }
}

/// Links within the site lead somewhere, and fragments to something.
#[tokio::test]
async fn no_link_of_the_site_leads_nowhere() {
    let visitor = Visitor::new();
    let mut known: std::collections::HashMap<String, String> = std::collections::HashMap::new();
    for path in pages() {
        let page = visitor.get(&path).await.text().to_owned();
        let links: Vec<String> = between(&page, "href=\"", "\"")
            .into_iter()
            .filter(|href| href.starts_with('/') || href.starts_with('#'))
            .map(|href| href.replace("&amp;", "&").replace("&#38;", "&"))
            .collect();
        for link in links {
            let (address, fragment) = link
                .split_once('#')
                .map_or((link.as_str(), None), |(a, f)| (a, Some(f)));
            let address = if address.is_empty() {
                path.as_str()
            } else {
                address
            };
            if !known.contains_key(address) {
                let reply = visitor.get(address).await;
                if reply.header("location").starts_with("/sign-in?to=") {
                    continue;
                }
                assert_eq!(reply.status, StatusCode::OK, "{path} links to {link}");
                known.insert(
                    address.to_owned(),
                    String::from_utf8_lossy(&reply.bytes).into_owned(),
                );
            }
            if let Some(fragment) = fragment {
                let there = known[address].contains(&format!(" id=\"{fragment}\""));
                assert!(there, "{path} links to {link}, which has no such place");
            }
        }
    }
}

/// One picture per page, drawn as promised: a PNG of 1200 × 630 below 300 kB.
#[tokio::test]
async fn every_public_page_has_one_preview_picture() {
    let visitor = Visitor::new();
    for path in [
        "/",
        "/compare",
        COMPARISON,
        "/hire",
        "/hire/python-engineer",
        "/method",
        "/requests/new",
    ] {
        let page = visitor.get(path).await.text().to_owned();
        let pictures = between(&page, "<meta property=\"og:image\" content=\"", "\"");
        assert_eq!(pictures.len(), 1, "{path}");
        assert!(
            page.contains("<meta property=\"og:image:width\" content=\"1200\">"),
            "{path}"
        );
        assert!(
            page.contains("<meta property=\"og:image:height\" content=\"630\">"),
            "{path}"
        );
        assert!(
            !between(&page, "og:image:alt\" content=\"", "\"")[0].is_empty(),
            "{path}"
        );
        let address = pictures[0].strip_prefix("http://127.0.0.1:8080").unwrap();
        let drawn = visitor.get(address).await;
        assert_eq!(drawn.status, StatusCode::OK, "{address}");
        assert_eq!(drawn.bytes[..8], *b"\x89PNG\r\n\x1a\n", "{address}");
        assert_eq!(drawn.bytes[16..24], [0, 0, 4, 176, 0, 0, 2, 118], "1200 × 630");
        assert!(
            drawn.bytes.len() < 300_000,
            "{address}: {} bytes",
            drawn.bytes.len()
        );
    }
    assert_eq!(
        visitor.get("/pictures/compare/none.png").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        visitor.get("/pictures/home.svg").await.status,
        StatusCode::NOT_FOUND
    );
}

/// The statements for machines parse, and say what the page shows.
#[tokio::test]
async fn statements_for_machines_say_what_people_read() {
    let visitor = Visitor::new();
    for path in pages() {
        let page = visitor.get(&path).await.text().to_owned();
        let statements: Vec<Value> = between(&page, "<script type=\"application/ld+json\">", "</script>")
            .into_iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        for statement in &statements {
            assert_eq!(statement["@context"], "https://schema.org", "{path}");
        }
        let of = |kind: &str| {
            statements
                .iter()
                .filter(|s| s["@type"] == kind)
                .collect::<Vec<_>>()
        };
        let trail = between(&page, "<nav class=\"trail\"", "</nav>");
        assert_eq!(trail.len(), of("BreadcrumbList").len(), "{path}");
        for (trail, said) in trail.iter().zip(of("BreadcrumbList")) {
            let shown: Vec<String> = between(trail, "<li>", "</li>").into_iter().map(words).collect();
            let names: Vec<&str> = said["itemListElement"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["name"].as_str().unwrap())
                .collect();
            assert_eq!(names, shown, "{path}");
        }
        let visible = words(&page);
        for list in of("ItemList") {
            for item in list["itemListElement"].as_array().unwrap() {
                assert!(visible.contains(item["name"].as_str().unwrap()), "{path}: {item}");
            }
        }
        for service in of("Service") {
            assert!(visible.contains(service["name"].as_str().unwrap()), "{path}");
        }
    }
}

/// Text without its tags, entities put back.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text.replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&#39;", "'")
}

/// A page answers `HEAD` like `GET` without its bytes, and says "not changed" to those who have it.
#[tokio::test]
async fn a_page_is_not_sent_twice() {
    let visitor = Visitor::new();
    for path in [
        COMPARISON.to_owned(),
        format!("{COMPARISON}?w.talent=3"),
        format!("{COMPARISON}.json"),
    ] {
        let full = visitor.get(&path).await;
        let head = visitor.method(Method::HEAD, &path).await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(
            head.header("content-length"),
            full.bytes.len().to_string(),
            "{path}"
        );
        assert_eq!(head.header("content-type"), full.header("content-type"));
        let etag = full.header("etag");
        assert!(!etag.is_empty(), "{path}");
        let again = visitor
            .ask(Request::get(&path).header("if-none-match", etag), "")
            .await;
        assert_eq!(
            (again.status, again.bytes.len()),
            (StatusCode::NOT_MODIFIED, 0),
            "{path}"
        );
        let other = visitor
            .ask(Request::get(&path).header("if-none-match", "\"other\""), "")
            .await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
}

/// What is not there is 404 with the likely ones beside it; for programs as JSON.
#[tokio::test]
async fn what_is_missing_has_near_matches() {
    let visitor = Visitor::new();
    for (path, near) in [
        ("/compare/pyhton-vs-nodejs-for-backend-hirng", COMPARISON),
        ("/compare/python-vs-node-js", COMPARISON),
        ("/hire/python-enginer", "/hire/python-engineer"),
        ("/hire/pyton-developer", "/hire/python-engineer"),
        (
            "/compare/python-vs-nodejs-for-backend-hiring/scores/speed",
            "scores/performance",
        ),
    ] {
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert!(reply.text().contains("Did you mean"), "{path}");
        assert!(reply.text().contains(near), "{path} does not name {near}");
        assert!(reply.text().contains("noindex"), "{path}");
    }
    for path in [
        "/compare/none.csv",
        "/compare/none.md",
        "/compare/none/changes",
        "/compare/none/scores/talent",
    ] {
        assert_eq!(visitor.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "/api/v1/comparisons/pyhton",
        "/compare/pyhton.json",
        "/api/v1/roles/pyhton-engineer",
    ] {
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(reply.json()["code"], "not_found");
        assert!(!reply.json()["near"].as_array().unwrap().is_empty(), "{path}");
    }
}
