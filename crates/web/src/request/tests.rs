//! Raising a request, through the pages.

use axum::http::{Request, StatusCode};

use crate::testing::{Reply, Visitor, between};

const GOOD: &str = "name=Ada+Lovelace&email=ada%40example.com&summary=A+pricing+API&role=Python+engineer\
                    &details=First+line%0D%0Asecond&budget=20%2C000-40%2C000&start=2026-12-01&place=Berlin";
const STATE: &str =
    "role=python-engineer&comparison=python-vs-nodejs-for-backend-hiring&state=w.performance%3D3";

/// The hidden fields of a form, ready to be sent back.
fn hidden(page: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for field in between(page, "<input type=\"hidden\" name=\"", "\">") {
        let (name, value) = field.split_once("\" value=\"").unwrap();
        pairs.append_pair(name, &value.replace("&#38;", "&").replace("&amp;", "&"));
    }
    pairs.finish()
}

async fn opened(visitor: &Visitor, query: &str) -> String {
    let reply = visitor.get(&format!("/requests/new?{query}")).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    reply.text().to_owned()
}

async fn sent(visitor: &Visitor, reply: &Reply) -> Reply {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    assert!(reply.header("location").starts_with("/requests/sent/"));
    visitor.get(reply.header("location")).await
}

/// C34: from the comparison over the form to the confirmation, the state comes along.
#[tokio::test]
async fn a_request_is_kept_and_confirmed_with_its_comparison() {
    let visitor = Visitor::new();
    let form = opened(&visitor, STATE).await;
    assert!(form.contains("Your comparison comes along"));
    assert!(form.contains("value=\"Python engineer\""));
    let reply = visitor
        .post("/requests", &format!("{GOOD}&{}", hidden(&form)))
        .await;
    let page = sent(&visitor, &reply).await;
    assert_eq!(page.status, StatusCode::OK);
    let reference = between(page.text(), "<b class=\"reference\">", "</b>")[0].to_owned();
    assert!(
        reference.starts_with("R-") && reference.len() == 11,
        "{reference}"
    );
    for part in [
        "Ada Lovelace",
        "ada@example.com",
        "A pricing API",
        "First line\nsecond",
        "1 December 2026",
        "Berlin",
        "within 24 hours",
        "With the comparison as you set it:",
        "Python vs Node.js for backend hiring",
        "w.performance=3",
        "/hire/python-engineer",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    assert!(
        page.text().contains("20,000") && page.text().contains("40,000"),
        "the budget"
    );
}

/// What is typed already is not asked for again, and the page says what else leads back.
#[tokio::test]
async fn a_confirmation_asks_for_what_is_missing_alone() {
    let visitor = Visitor::new();
    for (typed, asks, shows) in [
        ("", true, "show the request to experts."),
        ("&acceptance=It+answers", false, "show the request to experts."),
        ("&mode=managed", true, "let experts be proposed."),
    ] {
        let reply = visitor.post("/requests", &format!("{GOOD}{typed}")).await;
        let page = sent(&visitor, &reply).await;
        let text = page.text();
        assert_eq!(
            text.contains("to say when the work counts as done"),
            asks,
            "{text}"
        );
        assert!(text.contains(shows), "{text}");
        assert!(text.contains("so does signing in with ada@example.com"), "{text}");
    }
}

/// The confirmation is for its maker alone: unguessable, unindexed, kept by nobody, told to nobody.
#[tokio::test]
async fn a_confirmation_is_for_its_maker_alone() {
    let visitor = Visitor::new();
    let reply = visitor.post("/requests", GOOD).await;
    let page = sent(&visitor, &reply).await;
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    let own = format!("name=\"back\" value=\"{}\"", reply.header("location"));
    assert!(page.text().contains(&own), "{own}");
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert!(page.text().contains("<meta name=\"robots\" content=\"noindex\">"));
    assert!(!page.text().contains("rel=\"canonical\"") && !page.text().contains("og:image\""));
    for token in [
        "lnk_00000000000000000000000000",
        "x",
        "%00",
        "..%2F",
        &"a".repeat(3000),
    ] {
        let reply = visitor.get(&format!("/requests/sent/{token}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{token}");
        assert!(!reply.text().contains("Ada"));
    }
    // the token is not the reference and not the id
    let reference = between(page.text(), "<b class=\"reference\">", "</b>")[0].to_owned();
    assert_eq!(
        visitor.get(&format!("/requests/sent/{reference}")).await.status,
        StatusCode::NOT_FOUND
    );
}

/// All mistakes come back at once, each beside its field and in the summary; nothing that was typed is lost.
#[tokio::test]
async fn all_mistakes_come_back_with_what_was_typed() {
    let visitor = Visitor::new();
    let form = opened(&visitor, STATE).await;
    let typed =
        "name=&email=ada%40&summary=&role=&details=kept+words&budget=much&start=2020-01-01&place=Berlin";
    let reply = visitor
        .post("/requests", &format!("{typed}&{}", hidden(&form)))
        .await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    assert!(page.contains("<title>Error: raise a request"));
    let summary = between(page, "<div class=\"error-summary\"", "</div>")[0];
    for field in ["name", "email", "summary", "role", "budget", "start"] {
        assert!(
            summary.contains(&format!("<a href=\"#{field}\">")),
            "{field} in the summary"
        );
        assert!(
            page.contains(&format!("id=\"{field}-error\"")),
            "{field} beside the field"
        );
        let input = between(page, &format!("<input id=\"{field}\""), ">")[0];
        assert!(
            input.contains("aria-invalid=\"true\"") && input.contains(&format!("{field}-error")),
            "{input}"
        );
    }
    assert!(!summary.contains("#place") && !summary.contains("#details"));
    for kept in [
        "value=\"ada@\"",
        ">kept words</textarea>",
        "value=\"much\"",
        "value=\"2020-01-01\"",
        "value=\"Berlin\"",
    ] {
        assert!(page.contains(kept), "{kept}");
    }
    assert!(
        page.contains("Your comparison comes along"),
        "the comparison still comes along"
    );
    let carried = hidden(page);
    let carried = carried.trim_end_matches("&mode=");
    assert!(
        hidden(&form).starts_with(carried),
        "the same form, not a new one: {carried}"
    );
    let mended = visitor
        .post("/requests", &format!("{GOOD}&{}", hidden(page)))
        .await;
    assert_eq!(mended.status, StatusCode::SEE_OTHER);
}

/// The same form sent twice is one request; with other content it is refused, and that is said.
#[tokio::test]
async fn a_form_sent_twice_is_one_request() {
    let visitor = Visitor::new();
    let form = format!("{GOOD}&{}", hidden(&opened(&visitor, STATE).await));
    let first = visitor.post("/requests", &form).await;
    let second = visitor.post("/requests", &form).await;
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(second.status, StatusCode::SEE_OTHER);
    let other = visitor.post("/requests", &form.replace("Berlin", "Bremen")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(
        other
            .text()
            .contains("This form was sent before with other content")
    );
    let fresh = format!("{GOOD}&{}", hidden(&opened(&visitor, STATE).await));
    let third = visitor.post("/requests", &fresh).await;
    assert_ne!(
        third.header("location"),
        first.header("location"),
        "a new form is a new request"
    );
}

/// Whatever is typed stays text: on the confirmation, in the refused form, in attributes and in text fields.
#[tokio::test]
async fn hostile_text_stays_text() {
    let visitor = Visitor::new();
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'&lt;{{7*7}}";
    let fields = ["name", "summary", "details", "role", "place"];
    let form = |email: &str| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for field in fields {
            pairs.append_pair(field, hostile);
        }
        pairs
            .append_pair("email", email)
            .append_pair("once", hostile)
            .append_pair("state", hostile);
        pairs
            .append_pair("comparison", hostile)
            .append_pair("for-role", hostile)
            .finish()
    };
    let clean = |page: &str, what: &str| {
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{what}"
        );
        assert!(!page.contains("\"><script"), "{what}");
        assert!(
            page.matches("alert(1)").count() >= fields.len(),
            "{what}: it is shown as it was typed"
        );
    };
    let refused = visitor.post("/requests", &form("nothing")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    clean(refused.text(), "the refused form");
    let kept = visitor.post("/requests", &form("ada@example.com")).await;
    clean(sent(&visitor, &kept).await.text(), "the confirmation");
}

/// Marks that turn the direction of text, and other characters without a shape, are refused by name of the field.
#[tokio::test]
async fn characters_without_a_shape_are_refused() {
    let visitor = Visitor::new();
    for mark in ["%E2%80%AE", "%E2%81%A6", "%00", "%1B"] {
        let form = GOOD.replace("Ada+Lovelace", &format!("Ada{mark}Lovelace"));
        let reply = visitor.post("/requests", &form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{mark}");
        assert!(reply.text().contains("<a href=\"#name\">"), "{mark}");
    }
    let arabic = GOOD.replace("Ada+Lovelace", "%D8%A2%D8%AF%D8%A7");
    let reply = visitor.post("/requests", &arabic).await;
    assert!(
        sent(&visitor, &reply).await.text().contains("آدا"),
        "names of all scripts are names"
    );
}

/// A form of another site, and one without any sign of ours, keep nothing.
#[tokio::test]
async fn other_sites_cannot_raise_a_request() {
    let visitor = Visitor::new();
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("x-nothing", "1"),
    ] {
        let request = Request::post("/requests")
            .header(header, value)
            .header("content-type", "application/x-www-form-urlencoded");
        let reply = visitor.ask(request, GOOD).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{header}: {value}");
        assert!(reply.text().contains("Nothing was saved"));
    }
    let own = Request::post("/requests").header("origin", "http://127.0.0.1:8080");
    assert_eq!(visitor.ask(own, GOOD).await.status, StatusCode::SEE_OTHER);
}

/// A role or comparison that does not exist is left out, and the form still opens.
#[tokio::test]
async fn an_unknown_origin_is_left_out() {
    let visitor = Visitor::new();
    let form = opened(&visitor, "role=none&comparison=none&state=%3Cscript%3E").await;
    assert!(!form.contains("Your comparison comes along") && !form.contains("none"));
    let form = opened(
        &visitor,
        "comparison=python-vs-nodejs-for-backend-hiring&state=w.speed%3D9",
    )
    .await;
    assert!(
        form.contains("Your comparison comes along"),
        "an unusable state falls back to the plain page"
    );
    let huge = "a".repeat(70_000);
    let reply = visitor.post("/requests", &format!("{GOOD}&details={huge}")).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}
