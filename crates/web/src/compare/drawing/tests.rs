//! C20: a comparison as SVG and PNG.

use axum::http::StatusCode;
use earnest_app::content::Files;

use crate::testing::{Visitor, between, with_small};

const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const SMALL: &str = "/compare/go-vs-rust-for-services";

/// The picture says the verdict, the totals and every score of the state, to those who look and those who listen.
#[tokio::test]
async fn the_picture_shows_the_state_of_its_address() {
    let visitor = Visitor::new();
    let mut seen = std::collections::BTreeSet::new();
    for state in [
        "",
        "?w.performance=3&w.data-science=2",
        "?preset=data-and-ml",
        "?edition=1",
        "?scores=editor&w.talent=4",
        "?must=numpy",
    ] {
        let reply = visitor.get(&format!("{PAGE}.svg{state}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{state}");
        assert_eq!(reply.header("content-type"), "image/svg+xml");
        let svg = reply.text();
        let again = visitor.get(&format!("{PAGE}.svg{state}")).await;
        assert_eq!(again.bytes, reply.bytes, "the same state gives the same bytes");
        assert!(
            svg.contains("role=\"img\"") && svg.contains("aria-labelledby=\""),
            "{state}"
        );
        let ids = between(svg, "aria-labelledby=\"", "\"")[0];
        for id in ids.split(' ') {
            assert!(svg.contains(&format!(" id=\"{id}\"")), "{id}");
        }
        let json = visitor.get(&format!("{PAGE}.json{state}")).await.json();
        let sentence = json["verdict"]["sentence"].as_str().unwrap();
        let told = between(svg, "<desc", "</desc>")[0].replace("&#39;", "'");
        assert!(told.contains(sentence), "{state}: {told}");
        for total in json["totals"].as_array().unwrap() {
            let total = format!(">{:.1}</text>", total["total"].as_f64().unwrap());
            assert!(svg.contains(&total), "{state}: {total}");
        }
        for cell in json["cells"].as_array().unwrap() {
            let Some(score) = cell["score"].as_f64() else {
                continue;
            };
            assert!(svg.contains(&format!(" {score:.1} (")), "{state}: {cell}");
        }
        assert!(!svg.contains("<script") && !svg.contains("<image") && !svg.contains("<style"));
        seen.insert(reply.bytes);
    }
    assert_eq!(seen.len(), 6, "every state has its own picture");
}

/// As pixels it is drawn by the same hand; its address is held to the same rules.
#[tokio::test]
async fn the_picture_exists_as_pixels() {
    let visitor = Visitor::new();
    let reply = visitor.get(&format!("{PAGE}.png?w.performance=3")).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "image/png");
    assert_eq!(reply.bytes[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(reply.bytes[16..20], [0, 0, 6, 64], "1600 wide");
    let again = visitor.get(&format!("{PAGE}.png?w.performance=3")).await;
    assert_eq!(again.bytes, reply.bytes);
    let other = visitor.get(&format!("{PAGE}.png?w.performance=4")).await;
    assert_ne!(other.bytes, reply.bytes);
    for (path, status) in [
        (
            format!("{PAGE}.png?w.talent=-1"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (format!("{PAGE}.svg?edition=9"), StatusCode::UNPROCESSABLE_ENTITY),
        (format!("{PAGE}.zip?must=no"), StatusCode::UNPROCESSABLE_ENTITY),
        ("/compare/none.svg".into(), StatusCode::NOT_FOUND),
        ("/compare/none.png".into(), StatusCode::NOT_FOUND),
        ("/compare/none.zip".into(), StatusCode::NOT_FOUND),
        (format!("{PAGE}.gif"), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(visitor.get(&path).await.status, status, "{path}");
    }
    for ending in ["svg", "png", "zip"] {
        let other = visitor
            .get(&format!("/compare/nodejs-vs-python.{ending}?must=numpy"))
            .await;
        assert_eq!(
            other.header("location"),
            format!("{PAGE}.{ending}?must=numpy"),
            "another order"
        );
    }
}

/// Names that would be markup are words in the picture.
#[tokio::test]
async fn a_name_is_never_markup() {
    let mut files: Files = with_small();
    let text = files
        .get_mut("comparisons/go-vs-rust-for-services/comparison.toml")
        .unwrap();
    *text = text.replace(
        "question = \"Go or Rust for a service\"",
        "question = \"</text><script>alert(1)</script> & \\\"Go\\\"\"",
    );
    let visitor = Visitor::with(&files);
    for path in [
        format!("{SMALL}.svg"),
        "/embed/compare/go-vs-rust-for-services".to_owned(),
    ] {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!reply.text().contains("<script>"), "{}", reply.text());
    }
    assert_eq!(visitor.get(&format!("{SMALL}.png")).await.status, StatusCode::OK);
}

/// A value that its licence withholds is not in the picture.
#[tokio::test]
async fn a_closed_value_is_not_drawn() {
    let visitor = Visitor::with(&with_small());
    let svg = visitor.get(&format!("{SMALL}.svg")).await.text().to_owned();
    for closed in ["51.317", "95.432", "50.414", "513171"] {
        assert!(!svg.contains(closed), "{closed}");
    }
}
