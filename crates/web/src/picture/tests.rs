//! C21: the preview picture of a state.

use axum::http::StatusCode;

use super::*;
use crate::testing::{Visitor, between, with_small};

const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const PICTURE: &str = "/pictures/compare/python-vs-nodejs-for-backend-hiring.png";
const SITE: &str = "http://127.0.0.1:8080";

/// The address of the picture in the head of a page.
async fn named(visitor: &Visitor, state: &str) -> String {
    let page = visitor.get(&format!("{PAGE}{state}")).await.text().to_owned();
    let found = between(&page, "<meta property=\"og:image\" content=\"", "\"");
    assert_eq!(found.len(), 1, "{state}");
    let alt = between(&page, "<meta property=\"og:image:alt\" content=\"", "\"")[0];
    assert!(alt.starts_with("Python vs Node.js for backend hiring: "), "{alt}");
    for size in ["width\" content=\"1200\"", "height\" content=\"630\""] {
        assert!(
            page.contains(&format!("<meta property=\"og:image:{size}>")),
            "{state}"
        );
    }
    let address = found[0].replace("&#38;", "&");
    address.strip_prefix(SITE).unwrap().to_owned()
}

#[tokio::test]
async fn a_page_has_the_picture_of_its_state() {
    let visitor = Visitor::new();
    let mut seen = std::collections::BTreeMap::new();
    for state in [
        "",
        "?w.performance=3",
        "?w.performance=3&w.talent=2",
        "?preset=data-and-ml",
        "?edition=1",
        "?scores=editor",
        "?must=numpy",
        "?w.hiring-cost=5&region=ua",
    ] {
        let address = named(&visitor, state).await;
        assert!(address.starts_with(&format!("{PICTURE}?edition=")), "{address}");
        let drawn = visitor.get(&address).await;
        assert_eq!(drawn.status, StatusCode::OK, "{address}");
        assert_eq!(drawn.bytes[..8], *b"\x89PNG\r\n\x1a\n");
        assert_eq!(drawn.bytes[16..24], [0, 0, 4, 176, 0, 0, 2, 118], "1200 × 630");
        assert!(drawn.bytes.len() < 300_000, "{} bytes", drawn.bytes.len());
        if let Some(other) = seen.insert(drawn.bytes, state) {
            panic!("{other} and {state} have the same picture");
        }
    }
}

/// Weights are rounded to the nearest percent: what nobody could tell apart is one picture, kept once.
#[tokio::test]
async fn settings_that_round_alike_share_a_picture() {
    let visitor = Visitor::new();
    let get = async |query: &str| visitor.get(&format!("{PICTURE}?{query}")).await;
    let one = get(
        "w.performance=30&w.data-science=10&w.full-stack=10&w.talent=20&w.learning-curve=15&w.ecosystem=15",
    )
    .await;
    for same in [
        "w.performance=30.3&w.data-science=10&w.full-stack=9.9&w.talent=20&w.learning-curve=14.9&w.ecosystem=15",
        "w.performance=300&w.data-science=100&w.full-stack=100&w.talent=200&w.learning-curve=150&w.ecosystem=150&weeks=3&x=y",
        "edition=5&w.performance=3&w.data-science=1&w.full-stack=1&w.talent=2&w.learning-curve=1.5&w.ecosystem=1.5",
    ] {
        let same = get(same).await;
        assert_eq!(same.status, StatusCode::OK);
        assert_eq!(same.bytes, one.bytes);
        assert_eq!(same.header("etag"), one.header("etag"));
    }
    let other = get(
        "w.performance=31&w.data-science=10&w.full-stack=10&w.talent=20&w.learning-curve=14&w.ecosystem=15",
    )
    .await;
    assert_ne!(other.bytes, one.bytes, "a percent more");
    // equal priorities stay equal: six times 17 percent are no sum of 100, and nobody is to read that they are not
    assert_eq!(get("").await.bytes, get("w.performance=1.001").await.bytes);
}

#[tokio::test]
async fn wrong_settings_have_no_picture() {
    let visitor = Visitor::new();
    for query in [
        "w.talent=-1",
        "edition=9",
        "must=no",
        "must=numpy&must=same-language",
        "preset=no",
    ] {
        let reply = visitor.get(&format!("{PICTURE}?{query}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

/// However many options and however long the words: everything stays on the canvas.
#[tokio::test]
async fn everything_stays_on_the_canvas() {
    let visitor = Visitor::with(&with_small());
    let reply = visitor.get("/pictures/compare/go-vs-rust-for-services.png").await;
    assert_eq!(reply.status, StatusCode::OK);
    let long = "Cannot tell: only a part of your weight rests on evidence for every option, ".repeat(6);
    let (size, lines) = lines(&long);
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|(y, _)| *y + size / 3 < 396), "above the bars");
    assert!(lines[3].1.ends_with('…'), "what is cut says so: {lines:?}");
}

/// Whoever sees a picture or a title elsewhere reads that somebody's own figures are in it, under whatever name.
#[tokio::test]
async fn own_figures_are_told_in_titles_and_pictures() {
    let visitor = Visitor::new();
    let mut names = Vec::new();
    for (name, shown) in [
        ("Rails", "Rails"),
        ("python", "python (own figures)"),
        ("P%D1%83thon", "P\u{443}thon (own figures)"),
        ("%EF%BC%B0ython", "\u{ff30}ython (own figures)"),
    ] {
        let state = format!("?keep=other&keep.name={name}&now.performance=9");
        let page = visitor.get(&format!("{PAGE}{state}")).await.text().to_owned();
        let said = format!("with somebody’s own figures for {shown}, not evidence");
        let head: String = page.split("</head>").next().unwrap().to_owned();
        assert_eq!(
            head.matches(&said).count(),
            3,
            "title, og:title and the picture's words: {head}"
        );
        let drawn = visitor.get(&named(&visitor, &state).await).await;
        names.push(drawn.bytes);
        let site = format!("{SITE}{PAGE}{state}")
            .replace('?', "%3F")
            .replace('&', "%26")
            .replace('=', "%3D");
        let oembed = visitor.get(&format!("/oembed?url={site}")).await;
        assert!(
            oembed.json()["title"].as_str().unwrap().contains(&said),
            "{}",
            oembed.text()
        );
    }
    names.dedup();
    assert_eq!(names.len(), 4);
    let hidden = visitor
        .get(&format!("{PAGE}?keep=other&keep.name=Python%E2%80%8B"))
        .await;
    assert_eq!(
        hidden.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "an invisible letter"
    );
}

/// C6: what is missing is no 0.
#[tokio::test]
async fn where_nothing_is_compared_there_is_no_total() {
    let visitor = Visitor::new();
    let state = "?keep=other&keep.name=Rails";
    let page = visitor.get(&format!("{PAGE}{state}")).await;
    let totals = between(page.text(), "data-totals>", "</dd>");
    assert!(
        totals[0].contains("<b>–</b>") && !totals[0].contains("0.0"),
        "{}",
        totals[0]
    );
    let json = visitor.get(&format!("{PAGE}.json{state}")).await.json();
    for (list, name) in [("totals", "total"), ("/acceptability/options", "share")] {
        let all = json.pointer(list).or_else(|| json.get(list)).unwrap();
        assert!(
            all.as_array().unwrap().iter().all(|one| one[name].is_null()),
            "{all}"
        );
    }
    let with = visitor
        .get(&format!("{PAGE}.json?keep=other&now.performance=5"))
        .await
        .json();
    assert!(with["totals"][0]["total"].is_number(), "{}", with["totals"]);
}
