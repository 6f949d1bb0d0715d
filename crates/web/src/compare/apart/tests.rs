//! Two states side by side, through the page.

use axum::http::StatusCode;

use crate::testing::{Visitor, between};

const SLUG: &str = "python-vs-nodejs-for-backend-hiring";

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn shown(visitor: &Visitor, a: &str, b: &str) -> crate::testing::Reply {
    let path = format!("/compare/{SLUG}/side-by-side?a={}&b={}", encoded(a), encoded(b));
    let reply = visitor.get(&path).await;
    match reply.status {
        StatusCode::SEE_OTHER => visitor.get(reply.header("location")).await,
        _ => reply,
    }
}

/// The numbers of the last column and of the foot.
fn changes(page: &str) -> (Vec<f64>, f64) {
    let number = |text: &&str| text.replace('−', "-").parse::<f64>().unwrap();
    let all = between(page, "data-label=\"Change of the lead\"><b>", "</b>");
    let all: Vec<f64> = all.iter().map(number).collect();
    let (last, parts) = all.split_last().unwrap();
    (parts.to_vec(), *last)
}

/// C29: mine against the usual, as parts that add up.
#[tokio::test]
async fn the_difference_is_split_by_criterion() {
    let visitor = Visitor::new();
    let mine = "w.data-science=90&w.full-stack=1";
    let page = shown(&visitor, mine, "").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let text = page.text();
    for part in [
        "First state",
        "Second state",
        "What makes the difference",
        "In the first state Python is ",
        "flips it",
        "data science (from ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (parts, whole) = changes(text);
    assert!(parts.len() >= 6 && parts.iter().any(|part| part.abs() > 0.5));
    assert!(
        (parts.iter().sum::<f64>() - whole).abs() < 0.05,
        "{parts:?} {whole}"
    );
    // The same twice is said, not computed.
    let same = shown(&visitor, mine, mine).await;
    assert!(same.text().contains("Both are the same state"));
}

/// A colleague's whole address works, whatever the site was called for them; a secret link does not stay in the address.
#[tokio::test]
async fn a_pasted_link_is_read() {
    let visitor = Visitor::new();
    let link =
        format!("https://elsewhere.example:8443/compare/{SLUG}?edition=2&w.talent=40&must=numpy#priorities");
    let path = format!("/compare/{SLUG}/side-by-side?a=w.talent%3D1&b={}", encoded(&link));
    let reply = visitor.get(&path).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let address = reply.header("location");
    assert!(
        address.starts_with(&format!("/compare/{SLUG}/side-by-side?a=")) && !address.contains("elsewhere"),
        "{address}"
    );
    assert_eq!(visitor.get(address).await.status, StatusCode::OK);
    // the other order of its options leads to the same comparison
    let turned = shown(&visitor, "/compare/nodejs-vs-python?w.talent=9", "").await;
    assert_eq!(turned.status, StatusCode::OK, "{}", turned.text());

    let form = format!("title=x&comparison={SLUG}&state=w.data-science%3D90&name=Mia");
    let made = visitor.post("/decisions", &form).await;
    let maker = made.header("location").to_owned();
    let path = format!(
        "/compare/{SLUG}/side-by-side?b={}",
        encoded(&format!("http://127.0.0.1:8080{maker}"))
    );
    let reply = visitor.get(&path).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert_eq!(reply.header("x-robots-tag"), "noindex, nofollow");
    let token = maker.rsplit('/').next().unwrap();
    assert!(
        !reply.header("location").contains(token),
        "{}",
        reply.header("location")
    );
    let page = visitor.get(reply.header("location")).await;
    assert!(page.status == StatusCode::OK && !page.text().contains(token));
    assert!(page.text().contains("Python"));
}

#[tokio::test]
async fn what_cannot_be_shown_is_said_beside_its_field() {
    let visitor = Visitor::new();
    for (b, says) in [
        (
            "https://elsewhere.example/compare/other",
            "does not lead to a state",
        ),
        (
            "/decisions/00000000000000000000000000",
            "no decision behind this link",
        ),
        ("w.talent=x", "A weight is a number"),
        ("talent ninety", "This is no link, and it sets nothing."),
        ("w.nothing=1&edition=9", "There is no such edition"),
        (&"x".repeat(4_001), "longer than any link"),
        ("must=numpy,shared-language", ""),
    ] {
        let page = shown(&visitor, "", b).await;
        if page.status == StatusCode::OK {
            continue;
        }
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{b}");
        assert!(
            page.text().contains(says) && page.text().contains("<a href=\"#b\">"),
            "{b}: {}",
            page.text()
        );
        assert!(page.text().contains("<title>Error: "));
    }
    let script = shown(&visitor, "<script>alert(1)</script>", "").await;
    assert!(!script.text().contains("<script>alert"));
    assert_eq!(
        visitor.get("/compare/nothing/side-by-side").await.status,
        StatusCode::NOT_FOUND
    );
}

/// One edition against another: the scores have a part of their own, and it still adds up.
#[tokio::test]
async fn editions_side_by_side_tell_scores_from_weights() {
    let visitor = Visitor::new();
    let page = shown(&visitor, "edition=1", "edition=2&w.talent=30").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("By the scores") && page.text().contains("By the weight"));
    let (parts, whole) = changes(page.text());
    assert!(
        (parts.iter().sum::<f64>() - whole).abs() < 0.05,
        "{parts:?} {whole}"
    );
}

/// The comparison's page leads there with the reader's state, and to deciding together.
#[tokio::test]
async fn the_comparison_leads_there() {
    let visitor = Visitor::new();
    let page = visitor.get(&format!("/compare/{SLUG}?w.talent=3")).await;
    let decide = format!("/decisions/new?comparison={SLUG}&amp;state=w.talent%3D3");
    let plain = page.text().replace("&#38;", "&amp;");
    assert!(plain.contains(&decide), "to decide together");
    assert!(plain.contains(&format!("/compare/{SLUG}/side-by-side?state=w.talent%3D3")));
    let reply = visitor
        .get(&format!("/compare/{SLUG}/side-by-side?state=w.talent%3D3"))
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(
        reply
            .text()
            .contains("id=\"a\" name=\"a\" type=\"text\" value=\"w.talent=3\"")
    );
    assert!(
        reply.text().contains("What makes the difference"),
        "beside the usual state"
    );
}

/// C29: what one of the two has is not said of the other; where both have it, it is.
#[tokio::test]
async fn only_what_both_have_is_said_of_both() {
    let visitor = Visitor::new();
    let kept = "keep=python&months.nodejs=3";
    let one = shown(&visitor, kept, "w.data-science=2").await;
    let told = |page: &str| between(page, "<ul class=\"plain-list\">", "</ul>").concat();
    assert!(
        told(one.text()).contains("Python is ") && !told(one.text()).contains("(kept)"),
        "{}",
        one.text()
    );
    let both = shown(&visitor, kept, "keep=python&months.nodejs=3&w.data-science=2").await;
    assert!(told(both.text()).contains("Python (kept) is "), "{}", both.text());
}
