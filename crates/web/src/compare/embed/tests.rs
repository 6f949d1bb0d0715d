//! C19: a comparison in a frame, alive and frozen.

use axum::http::{Method, Request, StatusCode};
use earnest_app::content::Files;

use crate::testing::{Visitor, between, narrower, reworded, with_small};

const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const EMBED: &str = "/embed/compare/python-vs-nodejs-for-backend-hiring";
const SMALL: &str = "/embed/compare/go-vs-rust-for-services";
const STATES: [&str; 7] = [
    "",
    "?w.performance=3&w.data-science=2",
    "?preset=data-and-ml",
    "?edition=1",
    "?scores=editor&w.talent=4",
    "?must=numpy",
    "?w.hiring-cost=5&region=ua",
];

fn sentence(page: &str) -> String {
    let shown = between(page, "<p class=\"display\">", "</p>")[0];
    shown.replace("<mark>", "").replace("</mark>", "")
}

/// A frame says what the page says at the same state.
#[tokio::test]
async fn a_frame_shows_the_state_of_its_address() {
    let visitor = Visitor::new();
    for state in STATES {
        let embed = visitor.get(&format!("{EMBED}{state}")).await;
        assert_eq!(embed.status, StatusCode::OK, "{state}");
        let json = visitor.get(&format!("{PAGE}.json{state}")).await.json();
        assert_eq!(sentence(embed.text()), json["verdict"]["sentence"], "{state}");
        let shown = between(embed.text(), "<b>", "</b>");
        for (shown, total) in shown.iter().zip(json["totals"].as_array().unwrap()) {
            let totals = json["totals"].as_array().unwrap();
            let all: Vec<String> = totals
                .iter()
                .map(|t| format!("{:.1}", t["total"].as_f64().unwrap()))
                .collect();
            assert!(all.contains(&(*shown).to_owned()), "{state}: {shown} {total}");
        }
        let edition = json["edition"]["number"].as_str().unwrap();
        assert!(embed.text().contains(&format!("edition {edition} of")), "{state}");
        let weighed = json["weights"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|w| w["share"].as_f64().unwrap() > 0.0);
        assert_eq!(
            between(embed.text(), "<th scope=\"row\">", "</th>").len(),
            weighed.count(),
            "{state}"
        );
    }
    let other = visitor.get("/embed/compare/nodejs-vs-python?must=numpy").await;
    assert_eq!(
        (other.status, other.header("location")),
        (
            StatusCode::MOVED_PERMANENTLY,
            format!("{EMBED}?must=numpy").as_str()
        )
    );
}

/// No cookie, no third party, nothing inline, a way back with the edition; whole without its one script.
#[tokio::test]
async fn a_frame_asks_nobody_and_remembers_nothing() {
    let visitor = Visitor::new();
    for state in STATES.into_iter().chain(["?edition=9", "?w.speed=1"]) {
        let path = format!("{EMBED}{state}");
        let plain = visitor.get(&path).await;
        let page = plain.text();
        assert!(!plain.headers.contains_key("set-cookie"), "{state}");
        assert!(!page.contains(" style=") && !page.contains("<style"), "{state}");
        assert_eq!(page.matches("<script").count(), 1, "{state}");
        assert!(page.contains("<script defer src=\"/assets/embed-"), "{state}");
        for loaded in between(page, "src=\"", "\"").into_iter().chain(between(
            page,
            "<link rel=\"stylesheet\" href=\"",
            "\"",
        )) {
            assert!(loaded.starts_with("/assets/"), "{loaded}");
            assert_eq!(visitor.get(loaded).await.status, StatusCode::OK, "{loaded}");
        }
        assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"));
        assert!(!page.contains("<form"), "{state}");
        // whoever is signed in, or likes it dark elsewhere, sees the same bytes
        let cookies = "theme=dark; session=0123456789abcdef; __Host-session=x";
        let known = visitor
            .ask(Request::get(&path).header("cookie", cookies), "")
            .await;
        assert_eq!(
            (known.status, &known.bytes),
            (plain.status, &plain.bytes),
            "{state}"
        );
    }
    let frozen = visitor
        .get(&format!("{EMBED}?edition=1&w.talent=4"))
        .await
        .text()
        .to_owned();
    let links = between(&frozen, "<a href=\"", "\"");
    assert!(!links.is_empty());
    for link in links {
        let link = link.replace("&#38;", "&");
        assert!(
            link.starts_with(&format!("http://127.0.0.1:8080{PAGE}?edition=1&w.performance=")),
            "{link}"
        );
    }
    for (asked, theme) in [("light", "light"), ("dark", "dark"), ("system", "system")] {
        let page = visitor.get(&format!("{EMBED}?theme={asked}")).await;
        assert!(page.text().contains(&format!("data-theme=\"{theme}\"")));
    }
}

/// Only what is below /embed may stand in a frame; there, errors too, since a frame that denies itself only looks broken.
#[tokio::test]
async fn nothing_but_embeds_may_be_framed() {
    let visitor = Visitor::new();
    let policy = "frame-ancestors *";
    for (path, status) in [
        (EMBED.to_owned(), StatusCode::OK),
        (format!("{EMBED}?edition=1"), StatusCode::OK),
        (format!("{EMBED}?edition=77"), StatusCode::UNPROCESSABLE_ENTITY),
        (
            format!("{EMBED}?w.talent=x&must=no"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (format!("{EMBED}?theme=neon"), StatusCode::UNPROCESSABLE_ENTITY),
        (
            format!("{EMBED}?must=numpy&must=same-language"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/embed/compare/none".into(), StatusCode::NOT_FOUND),
        ("/embed/compare/%3Cscript%3E".into(), StatusCode::NOT_FOUND),
    ] {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(
            reply.header("content-security-policy").ends_with(policy),
            "{path}"
        );
        assert!(!reply.text().contains("<script>"), "{path}");
        if status != StatusCode::OK {
            assert!(reply.text().contains("This cannot be shown here."), "{path}");
            let known = path.starts_with(EMBED);
            let back = if known { PAGE } else { "/compare" };
            assert!(
                reply
                    .text()
                    .contains(&format!("href=\"http://127.0.0.1:8080{back}\"")),
                "{path}"
            );
        }
    }
    for path in [
        "/",
        "/compare",
        PAGE,
        "/compare/none",
        "/embed",
        "/embed/compare",
        "/embed/height.js",
        "/me",
        "/sign-in",
        "/nowhere",
        "/compare/python-vs-nodejs-for-backend-hiring.svg",
        "/compare/python-vs-nodejs-for-backend-hiring.zip",
        "/compare/python-vs-nodejs-for-backend-hiring?w.talent=-1",
        "/oembed?url=x",
        "/oembed?url=http://127.0.0.1:8080/compare/python-vs-nodejs-for-backend-hiring",
        "/api/v1/comparisons",
        "/assets/missing",
    ] {
        let reply = visitor.get(path).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    let posted = visitor.method(Method::POST, EMBED).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(posted.header("content-security-policy").contains("'none'"));
}

/// The small comparison with a further edition: other evidence, other rules, other weights. With `retired`, the file of
/// the first edition is gone.
fn later(retired: bool) -> Files {
    let mut files = with_small();
    let folder = "comparisons/go-vs-rust-for-services";
    for file in ["ecosystem", "performance"] {
        let old = files[&format!("evidence/go-rust-1/{file}.toml")].clone();
        let new = old
            .replace("value = 60.0", "value = 6.0")
            .replace("interval = [58.0, 62.0]", "interval = [5.8, 6.2]")
            .replace("value = 1500000.0", "value = 1500.0")
            .replace("best = 2000000.0", "best = 9000000.0");
        files.insert(format!("evidence/go-rust-2/{file}.toml"), new);
    }
    let first = files[&format!("{folder}/editions/1.toml")].clone();
    let second = first
        .replace("number = \"1\"", "number = \"2\"")
        .replace("2026-11-02", "2026-11-20")
        .replace("go-rust-1", "go-rust-2")
        .replace("performance = 1.0", "performance = 7.0");
    files.insert(format!("{folder}/editions/2.toml"), second);
    let text = files.get_mut(&format!("{folder}/comparison.toml")).unwrap();
    // the texts of a comparison speak of its default edition, and are held against it
    let (about, _situation) = text.split_once("[[situation]]").unwrap();
    *text = about.replace("default_edition = \"1\"", "default_edition = \"2\"");
    if retired {
        files.remove(&format!("{folder}/editions/1.toml"));
    }
    files
}

/// C19: after a new default edition, and after its own edition has gone from the content, a frozen frame is what it
/// was, byte for byte; the other kind has moved.
#[tokio::test]
async fn a_frozen_frame_stays_as_it_was() {
    let before = Visitor::new().publishing(&with_small()).await;
    let page = before
        .get("/compare/go-vs-rust-for-services?w.performance=2")
        .await
        .text()
        .to_owned();
    let codes: Vec<String> = between(&page, "data-embed=\"", "</textarea>")
        .into_iter()
        .map(|code| {
            code.replace("&#38;", "&")
                .replace("&#34;", "\"")
                .replace("&amp;", "&")
        })
        .map(|code| between(&code, "src=\"http://127.0.0.1:8080", "\"")[0].to_owned())
        .collect();
    let [living, frozen] = codes.as_slice() else {
        panic!("{codes:?}")
    };
    assert_eq!(living, &format!("{SMALL}?w.performance=2&w.ecosystem=1"));
    assert_eq!(
        frozen,
        &format!("{SMALL}?edition=1&w.performance=2&w.ecosystem=1")
    );
    let (was_living, was_frozen) = (before.get(living).await, before.get(frozen).await);
    assert_eq!(
        (was_living.status, was_frozen.status),
        (StatusCode::OK, StatusCode::OK)
    );
    let tomorrow = before.later(1).await.get(frozen).await;
    assert_eq!(tomorrow.text(), was_frozen.text(), "whatever day it is");
    for retired in [false, true] {
        let after = before.publishing(&later(retired)).await;
        let json = after.get("/compare/go-vs-rust-for-services.json").await.json();
        assert_eq!(
            json["edition"]["number"], "2",
            "the further edition is the default one"
        );
        let frozen = after.get(frozen).await;
        assert_eq!(frozen.text(), was_frozen.text(), "retired: {retired}");
        let living = after.get(living).await;
        assert!(living.text().contains("edition 2 of"));
        assert_ne!(
            between(living.text(), "<b>", "</b>"),
            between(was_living.text(), "<b>", "</b>"),
            "the evidence is another one"
        );
        // a bare frame follows the default weights, one with weights of its own keeps them
        let bare = after.get(SMALL).await.text().to_owned();
        assert!(bare.contains("87.5\u{a0}%"), "{bare}");
        assert!(living.text().contains("66.7\u{a0}%"));
    }
}

/// C19: a frozen frame keeps the words that its edition was published in, and its must-haves: whatever an option or a
/// criterion is called later, and after a must-have is gone.
#[tokio::test]
async fn a_frozen_frame_keeps_its_words() {
    let before = Visitor::new().publishing(&with_small()).await;
    let after = before.publishing(&reworded()).await;
    for state in ["", "&must=no-collector", "&preset=speed-first", "&w.ecosystem=3"] {
        let path = format!("{SMALL}?edition=1{state}");
        let (was, is) = (before.get(&path).await, after.get(&path).await);
        assert_eq!(was.status, StatusCode::OK, "{state}");
        assert_eq!(is.text(), was.text(), "{state}");
        let url = format!(
            "http://127.0.0.1:8080/compare/go-vs-rust-for-services%3Fedition=1{}",
            state.replace('&', "%26")
        );
        let (was, is) = (
            before.get(&format!("/oembed?url={url}")).await,
            after.get(&format!("/oembed?url={url}")).await,
        );
        assert_eq!((is.status, is.text()), (StatusCode::OK, was.text()), "{state}");
    }
    let out = after.get(&format!("{SMALL}?edition=1&must=no-collector")).await;
    assert!(
        out.text().contains("Go is excluded by “No garbage collector”"),
        "{}",
        out.text()
    );
    // what keeps updating has the words of today
    let living = after.get(SMALL).await;
    assert!(living.text().contains("Golang vs Rust") && living.text().contains("Packages"));
    // a database of an earlier program has editions without words: those of the first start with this one stay
    let again = after.publishing(&with_small()).await;
    assert_eq!(
        again.get(&format!("{SMALL}?edition=1")).await.text(),
        before.get(&format!("{SMALL}?edition=1")).await.text()
    );
}

/// C19: what an edition once compared and a later one does not is left out of the frame that keeps updating, and said;
/// what none ever compared is refused as before.
#[tokio::test]
async fn a_living_frame_outlives_a_criterion() {
    let before = Visitor::new().publishing(&with_small()).await;
    let after = before.publishing(&narrower()).await;
    for (state, said) in [
        (
            "?w.performance=2&w.ecosystem=1&must=no-collector",
            &[
                "“Ecosystem size” is no longer compared, and its weight is left out.",
                "The must-have “No garbage collector” is no longer asked, and is left out.",
            ][..],
        ),
        // nothing of what it weighed is left: the weights of today
        (
            "?w.performance=0",
            &["“Ecosystem size” is no longer compared"][..],
        ),
        ("?w.performance=3&w.ecosystem=0", &[][..]),
    ] {
        assert_eq!(
            before.get(&format!("{SMALL}{state}")).await.status,
            StatusCode::OK,
            "{state}"
        );
        let frame = after.get(&format!("{SMALL}{state}")).await;
        assert_eq!(frame.status, StatusCode::OK, "{state}: {}", frame.text());
        assert!(frame.text().contains("edition 2 of"), "{state}");
        for said in said {
            assert!(frame.text().contains(said), "{state}: {said}: {}", frame.text());
        }
        assert_eq!(frame.text().contains("left out"), !said.is_empty(), "{state}");
        let url = format!("http://127.0.0.1:8080{SMALL}{}", state.replace('&', "%26"));
        let reply = after.get(&format!("/oembed?url={url}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{state}");
    }
    for state in ["?w.speed=1", "?w.ecosystem=x", "?must=cheap"] {
        let frame = after.get(&format!("{SMALL}{state}")).await;
        assert_eq!(frame.status, StatusCode::UNPROCESSABLE_ENTITY, "{state}");
    }
}

/// A value that its licence withholds is in no frame.
#[tokio::test]
async fn a_closed_value_is_in_no_frame() {
    let visitor = Visitor::with(&with_small());
    let page = visitor.get(SMALL).await.text().to_owned();
    for closed in ["51.317", "95.432", "50.414", "513171"] {
        assert!(!page.contains(closed), "{closed}");
    }
}

/// The script for pages around answers at an address that does not change, and listens to this site alone.
#[tokio::test]
async fn the_script_for_the_page_around_has_one_address() {
    let reply = Visitor::new().get("/embed/height.js").await;
    assert_eq!(reply.header("content-type"), "text/javascript; charset=utf-8");
    assert!(reply.text().contains("if (origin !== site"));
}
