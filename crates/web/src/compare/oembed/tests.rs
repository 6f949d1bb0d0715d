//! C19: what programs get for the address of a comparison.

use axum::http::StatusCode;

use crate::testing::{Visitor, between};

const SITE: &str = "http://127.0.0.1:8080";
const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const EMBED: &str = "/embed/compare/python-vs-nodejs-for-backend-hiring";

fn asked(url: &str, more: &str) -> String {
    let url: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
    format!("/oembed?url={url}{more}")
}

/// The address of the frame inside the code.
fn framed(json: &serde_json::Value) -> String {
    let html = json["html"].as_str().unwrap();
    assert!(
        html.starts_with("<iframe src=\"") && html.ends_with("></iframe>"),
        "{html}"
    );
    assert!(html.contains(" title=\"Python vs Node.js"), "{html}");
    let src = between(html, "src=\"", "\"")[0].replace("&amp;", "&");
    src.strip_prefix(SITE).unwrap().to_owned()
}

/// Every page names its own answer, and that answer is about the state of the page.
#[tokio::test]
async fn a_page_leads_to_its_embed() {
    let visitor = Visitor::new();
    for state in [
        "",
        "?w.performance=3&w.data-science=2",
        "?preset=data-and-ml",
        "?edition=1",
        "?must=numpy",
    ] {
        let page = visitor.get(&format!("{PAGE}{state}")).await.text().to_owned();
        let found = between(
            &page,
            "<link rel=\"alternate\" type=\"application/json+oembed\" href=\"",
            "\"",
        );
        assert_eq!(found.len(), 1, "{state}");
        let address = found[0].replace("&#38;", "&");
        let reply = visitor.get(address.strip_prefix(SITE).unwrap()).await;
        assert_eq!(reply.status, StatusCode::OK, "{address}");
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        let json = reply.json();
        for (key, value) in [
            ("version", "1.0"),
            ("type", "rich"),
            ("provider_name", "Northgate Engineers"),
            ("provider_url", "http://127.0.0.1:8080/"),
        ] {
            assert_eq!(json[key], value, "{state}");
        }
        let shown = visitor.get(&framed(&json)).await;
        assert_eq!(shown.status, StatusCode::OK, "{state}");
        let sentence =
            visitor.get(&format!("{PAGE}.json{state}")).await.json()["verdict"]["sentence"].clone();
        let said = between(shown.text(), "<p class=\"display\">", "</p>")[0].to_owned();
        assert_eq!(
            said.replace("<mark>", "").replace("</mark>", ""),
            sentence,
            "{state}"
        );
        assert!(
            json["title"]
                .as_str()
                .unwrap()
                .ends_with(sentence.as_str().unwrap())
        );
        let picture = json["thumbnail_url"].as_str().unwrap();
        let picture = visitor.get(picture.strip_prefix(SITE).unwrap()).await;
        assert_eq!(picture.header("content-type"), "image/png");
    }
}

/// With an edition in the address the frame is frozen; without, it keeps up.
#[tokio::test]
async fn an_edition_in_the_address_freezes_the_frame() {
    let visitor = Visitor::new();
    let of = async |url: String| framed(&visitor.get(&asked(&url, "")).await.json());
    assert_eq!(of(format!("{SITE}{PAGE}")).await, EMBED);
    assert!(
        of(format!("{SITE}{PAGE}?edition=2"))
            .await
            .starts_with(&format!("{EMBED}?edition=2&w.performance=1&"))
    );
    assert!(
        of(format!("{SITE}{EMBED}?edition=1#top"))
            .await
            .starts_with(&format!("{EMBED}?edition=1&"))
    );
    assert_eq!(
        of(format!("{SITE}/compare/nodejs-vs-python?must=numpy")).await,
        format!("{EMBED}?must=numpy")
    );
    assert_eq!(of(format!("HTTP://127.0.0.1:8080{PAGE}")).await, EMBED);
}

/// What is larger than the page that asks is made to fit.
#[tokio::test]
async fn the_frame_fits_what_was_asked_for() {
    let visitor = Visitor::new();
    let url = format!("{SITE}{PAGE}");
    for (more, width, height) in [
        ("", 700, 600),
        ("&maxwidth=400&maxheight=300&format=json", 400, 300),
        ("&maxwidth=4000&maxheight=4294967295", 700, 600),
        ("&maxwidth=&maxheight=1", 700, 1),
    ] {
        let json = visitor.get(&asked(&url, more)).await.json();
        assert_eq!(
            (&json["width"], &json["height"]),
            (&width.into(), &height.into()),
            "{more}"
        );
        let html = json["html"].as_str().unwrap();
        assert!(
            html.contains(&format!("width=\"{width}\" height=\"{height}\"")),
            "{html}"
        );
    }
}

/// Other addresses have no answer (404), other formats are not spoken (501), and what makes no sense is named (422).
#[tokio::test]
async fn what_cannot_be_answered_says_so_to_programs() {
    let visitor = Visitor::new();
    let long = format!("{SITE}{PAGE}?x={}", "y".repeat(5_000));
    let elsewhere = [
        "https://elsewhere.example/compare/python-vs-nodejs-for-backend-hiring",
        "http://127.0.0.1:8080.evil.example/compare/python-vs-nodejs-for-backend-hiring",
        "http://127.0.0.1:8080@evil.example/compare/python-vs-nodejs-for-backend-hiring",
        "https://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:8080/",
        "http://127.0.0.1:8080/compare",
        "http://127.0.0.1:8080/compare/",
        "http://127.0.0.1:8080/compare/none",
        "http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring.json",
        "http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring/changes",
        "http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring?edition=99",
        "http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring?w.talent=-1",
        "http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring?must=numpy&must=same-language",
        "/compare/python-vs-nodejs-for-backend-hiring",
        "javascript:alert(1)",
        "ﬀ\u{0}ü",
        &long,
    ];
    for url in elsewhere {
        let reply = visitor.get(&asked(url, "")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{url}");
        assert_eq!(reply.header("content-type"), "application/problem+json", "{url}");
        assert_eq!(
            reply.json()["title"],
            "There is no embed for this address",
            "{url}"
        );
    }
    for (path, status) in [
        (
            asked(&format!("{SITE}{PAGE}"), "&format=xml"),
            StatusCode::NOT_IMPLEMENTED,
        ),
        ("/oembed?format=xml".into(), StatusCode::NOT_IMPLEMENTED),
        ("/oembed".into(), StatusCode::UNPROCESSABLE_ENTITY),
        ("/oembed?url=".into(), StatusCode::UNPROCESSABLE_ENTITY),
        (
            asked(&format!("{SITE}{PAGE}"), "&maxwidth=0"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            asked(&format!("{SITE}{PAGE}"), "&maxheight=-5"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            asked(&format!("{SITE}{PAGE}"), "&maxwidth=1e9"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
    }
}
