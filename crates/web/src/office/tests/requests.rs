//! Requests as the office reads them: where they stand, what their clients typed, and whom an operator proposes.

use axum::http::StatusCode;

use crate::conversation::testing::encoded;
use crate::expert::tests::operator;
use crate::testing::{Reply, Visitor};

/// Raises a request as Clara, who is signed in; gives its address and that of its page in the office.
async fn raise(clara: &Visitor, mode: &str) -> (String, String) {
    let form = encoded(&[
        ("name", "Clara"),
        ("email", "clara@example.org"),
        ("summary", "An API that prices quotes"),
        ("role", "Python engineer"),
        ("skills", "Python, PostgreSQL"),
        ("acceptance", "A quote is answered within 200 ms"),
        ("until", "2027-03-01"),
        ("hour_most", "120"),
        ("mode", mode),
    ]);
    let raised = clara.post("/requests", &form).await;
    assert_eq!(raised.status, StatusCode::SEE_OTHER, "{}", raised.text());
    let path = raised.header("location").to_owned();
    let office = format!("/office{path}");
    (path, office)
}

fn says(page: &Reply, parts: &[&str]) {
    for part in parts {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

#[tokio::test]
async fn the_office_reads_what_the_client_typed_and_that_it_proposes() {
    let site = Visitor::new();
    let clara = site.come_in("clara@example.org", "Clara").await;
    let olga = operator(&site, "olga@example.org", "support").await;
    let (path, office) = raise(&clara, "managed").await;
    let typed = [
        "Must know",
        "Python, PostgreSQL",
        "<li>A quote is answered within 200 ms</li>",
        "1 March 2027",
        "$120.00",
    ];
    let page = olga.get(&office).await;
    says(&page, &typed);
    says(
        &page,
        &[
            "<span class=\"tag\">submitted</span>",
            "<span class=\"tag\">managed</span>",
        ],
    );
    says(&olga.get("/office/requests").await, &[">managed</span>"]);
    says(&clara.get(&path).await, &["Let experts be proposed</h2>"]);
    let items = encoded(&[("acceptance", "A quote is answered within 100 ms")]);
    let opened = clara.post(&format!("{path}/open"), &items).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let seen = clara.get(&path).await;
    says(&seen, &["proposes experts for it."]);
    assert!(!seen.text().contains("Experts see it and answer."));
    says(
        &olga.get(&office).await,
        &[
            "<span class=\"tag\">open</span>",
            "<li>A quote is answered within 100 ms</li>",
        ],
    );

    let (_, unmanaged) = raise(&clara, "").await;
    let page = olga.get(&unmanaged).await;
    says(&page, &typed);
    assert!(!page.text().contains(">managed</span>"), "{}", page.text());
}

#[tokio::test]
async fn who_was_proposed_is_shown_with_the_rate_and_not_proposed_otherwise() {
    let site = Visitor::new();
    let clara = site.come_in("clara@example.org", "Clara").await;
    let (_, emil) = site.expert("emil@example.org", "Emil").await;
    let olga = operator(&site, "olga@example.org", "support").await;
    let (_, office) = raise(&clara, "managed").await;
    let (form, emil) = (format!("{office}/experts"), emil.to_string());
    let pick = |rate: &str, note: &str| encoded(&[("expert_1", &*emil), ("rate_1", rate), ("note_1", note)]);
    for _twice in 0..2 {
        let proposed = olga.post(&form, &pick("110", "Has built two of these")).await;
        assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
    }
    for changed in [
        pick("130", "Has built two of these"),
        pick("110", "Has built three of these"),
    ] {
        let refused = olga.post(&form, &changed).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        says(
            &refused,
            &["was proposed for this request already", "Back to the request"],
        );
    }
    let page = olga.get(&office).await;
    says(&page, &["$110.00 an hour", "Has built two of these"]);
    assert!(!page.text().contains("$130.00"), "{}", page.text());
    let alone = olga.post(&form, &encoded(&[("rate_2", "95")])).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(
        &alone,
        &["href=\"#expert_2\"", "href=\"#note_2\"", "value=\"95\""],
    );
}

#[tokio::test]
async fn what_is_over_leaves_those_to_answer() {
    let site = Visitor::new();
    let clara = site.come_in("clara@example.org", "Clara").await;
    let olga = operator(&site, "olga@example.org", "support").await;
    let (path, office) = raise(&clara, "").await;
    let waiting = "/office/requests?waiting=1";
    says(&olga.get(waiting).await, &[&office, ">submitted<"]);
    let closed = clara.post(&format!("{path}/close"), "").await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text());
    says(
        &olga.get(waiting).await,
        &["Every request has an answer or is over."],
    );
    says(&olga.get("/office/requests").await, &[&office, ">canceled<"]);
    let page = olga.get(&office).await;
    says(
        &page,
        &[">canceled</span>", "It is over, and nobody had answered."],
    );
    assert!(!page.text().contains("Propose experts</h2>"), "{}", page.text());
}
