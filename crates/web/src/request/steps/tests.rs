//! The form in steps: going on, going back, working a budget out, and what experts will see.

use axum::http::StatusCode;

use crate::testing::{Visitor, between};

/// All fields of a page as a browser would send them.
fn filled(page: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        text.replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#38;", "&")
    };
    let mut pairs = Vec::new();
    for field in between(page, "<input ", ">") {
        let attribute = |name: &str| {
            let found = between(field, &format!("{name}=\""), "\"");
            found.first().map(|value| plain(value))
        };
        if field.contains("checkbox") && !field.contains("checked") {
            continue;
        }
        if let (Some(name), Some(value)) = (attribute("name"), attribute("value")) {
            pairs.push((name, value));
        }
    }
    for area in between(page, "<textarea ", "</textarea>") {
        let name = between(area, "name=\"", "\"")[0].to_owned();
        let value = area.split_once('>').map_or("", |(_, value)| value);
        pairs.push((name, plain(value)));
    }
    pairs
}

fn with(page: &str, typed: &[(&str, &str)], go: &str) -> String {
    let mut pairs = filled(page);
    pairs.retain(|(name, _)| typed.iter().all(|(typed, _)| typed != name));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.extend_pairs(typed);
    form.append_pair("go", go).finish()
}

async fn step(visitor: &Visitor, form: &str, number: u8) -> String {
    let reply = visitor.post("/requests/new", form).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let mark = format!("name=\"step\" value=\"{number}\"");
    assert!(reply.text().contains(&mark), "{}", reply.text());
    reply.text().to_owned()
}

const FIRST: [(&str, &str); 5] = [
    ("summary", "An API that \"prices\" <quotes>"),
    ("role", "Python engineer"),
    ("name", "Ada"),
    ("email", "ada@example.com"),
    ("details", "First line\nsecond"),
];

#[tokio::test]
async fn three_steps_lead_to_what_experts_will_see_and_going_back_loses_nothing() {
    let visitor = Visitor::new();
    let from = "role=python-engineer&comparison=python-vs-nodejs-for-backend-hiring&state=w.performance%3D3";
    let page = visitor.get(&format!("/requests/new?{from}")).await;
    assert!(page.text().contains("Your comparison comes along"));
    let page = step(&visitor, &with(page.text(), &FIRST, "next"), 2).await;
    assert!(page.contains("Your comparison comes along"));
    let skills = between(&page, "id=\"skills\"", ">")[0];
    assert!(skills.contains("Python"), "filled from the role: {skills}");
    let second = [
        ("acceptance", "It answers"),
        ("start", "2026-12-01"),
        ("until", "2027-02-01"),
    ];
    let page = step(&visitor, &with(&page, &second, "next"), 3).await;
    let third = [
        ("budget", "20,000-40,000"),
        ("place", "Berlin"),
        ("mode", "managed"),
    ];
    let page = step(&visitor, &with(&page, &third, "next"), 4).await;
    for part in [
        "An API that &#34;prices&#34; &#60;quotes&#62;",
        "First line\nsecond",
        "It answers",
        "1 February 2027",
        "Berlin",
        "only advises",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let seen = between(&page, "<article", "</article>")[0];
    assert!(
        !seen.contains("Ada") && !seen.contains("ada@example.com"),
        "{seen}"
    );
    let page = step(&visitor, &with(&page, &[], "back"), 3).await;
    assert!(page.contains("checked") && page.contains("20,000-40,000"));
    let page = step(&visitor, &with(&page, &[], "back"), 2).await;
    assert!(page.contains("It answers"));
    let page = step(&visitor, &with(&page, &[], "back"), 1).await;
    assert!(page.contains("First line\nsecond"));
    let page = step(&visitor, &with(&page, &[], "next"), 2).await;
    let page = step(&visitor, &with(&page, &[], "next"), 3).await;
    let page = step(&visitor, &with(&page, &[], "next"), 4).await;
    let form = with(&page, &[], "");
    let mut places = Vec::new();
    for _twice in 0..2 {
        let reply = visitor.post("/requests", &form).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        places.push(reply.header("location").to_owned());
    }
    assert_eq!(places[0], places[1], "a double click keeps one request");
    let sent = visitor.get(&places[0]).await;
    for part in [
        "It answers",
        "1 February 2027",
        "With the comparison as you set it:",
    ] {
        assert!(sent.text().contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_step_says_what_is_wrong_on_it_and_keeps_what_was_typed() {
    let visitor = Visitor::new();
    let page = visitor.get("/requests/new").await;
    let reply = visitor
        .post(
            "/requests/new",
            &with(page.text(), &[("details", "<b>kept</b>")], "next"),
        )
        .await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("<title>Error: raise a request"));
    for field in ["name", "email", "summary", "role"] {
        assert!(reply.text().contains(&format!("href=\"#{field}\"")), "{field}");
    }
    assert!(reply.text().contains("&#60;b&#62;kept"));
    let page = step(&visitor, &with(reply.text(), &FIRST, "next"), 2).await;
    let wrong = [("start", "2020-01-01"), ("until", "soon")];
    let reply = visitor.post("/requests/new", &with(&page, &wrong, "next")).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("href=\"#start\"") && reply.text().contains("href=\"#until\""));
    assert!(!reply.text().contains("href=\"#name\""));
    // whoever jumps ahead is led back to what is missing
    let jumped = visitor.post("/requests/new", "step=3&go=next&budget=lots").await;
    assert_eq!(jumped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(jumped.text().contains("name=\"step\" value=\"1\""));
}

#[tokio::test]
async fn yearly_pay_becomes_a_rate_and_a_budget() {
    let visitor = Visitor::new();
    let first = visitor.get("/requests/new").await;
    let page = step(&visitor, &with(first.text(), &FIRST, "next"), 2).await;
    let page = step(&visitor, &with(&page, &[], "next"), 3).await;
    // 104,000 / 2,080 = 50 an hour; × 1.3 × 1.1 = 71.50; × 12 × 40 = 34,320
    let page = step(&visitor, &with(&page, &[("pay", "104,000")], "bridge"), 3).await;
    let budget = between(&page, "id=\"budget\"", ">")[0];
    assert!(budget.contains("USD 34,300"), "{budget}");
    let hour = between(&page, "id=\"hour_most\"", ">")[0];
    assert!(hour.contains("USD 72"), "{hour}");
    let page = step(&visitor, &with(&page, &[], "next"), 4).await;
    assert!(page.contains("$34,300.00"), "{page}");
    let page = step(&visitor, &with(&page, &[], "back"), 3).await;
    for wrong in [
        [("pay", "much"), ("weeks", "12")],
        [("pay", "50000"), ("weeks", "0")],
    ] {
        let reply = visitor
            .post("/requests/new", &with(&page, &wrong, "bridge"))
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text().contains("href=\"#pay\""), "{}", reply.text());
    }
}
