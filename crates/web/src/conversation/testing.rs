//! Two people in a conversation, for tests of what they do there.

use axum::http::StatusCode;

use crate::testing::{Reply, Visitor, between};

pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The form of a proposal in answer to what had been seen, over one milestone of a price.
pub(crate) fn proposal(seen: &str, price: &str) -> String {
    encoded(&[
        ("seen", seen),
        ("count", "1"),
        ("answer-1", "With a table in memory"),
        ("answer-2", "They are read from it"),
        ("title-1", "The quote API"),
        ("deliverable-1", "A service with tests"),
        ("done-when-1", "A quote is answered within 200 ms"),
        ("price-1", price),
        ("due-1", "2027-01-20"),
        ("inspection-1", "7"),
        ("rounds-1", "2"),
        ("revision-1", "5"),
    ])
}

/// The value of a hidden field.
pub(crate) fn hidden<'p>(reply: &'p Reply, name: &str) -> &'p str {
    let mark = format!("name=\"{name}\" value=\"");
    between(reply.text(), &mark, "\"")
        .first()
        .copied()
        .unwrap_or_default()
}

/// Raises a request as somebody who is signed in; gives its address.
async fn raise(client: &Visitor, summary: &str) -> String {
    let form = client.get("/requests/new").await;
    assert!(
        form.text().contains("value=\"clara@example.org\""),
        "{}",
        form.text()
    );
    let reply = client
        .post(
            "/requests",
            &encoded(&[
                ("once", hidden(&form, "once")),
                ("name", "Clara"),
                ("email", "clara@example.org"),
                ("summary", summary),
                ("role", "Python engineer"),
                ("budget", "10,000"),
            ]),
        )
        .await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    reply.header("location").to_owned()
}

const ITEMS: &str = "A quote is answered within 200 ms\n- Prices are those of the table\n";

async fn open(client: &Visitor, request: &str) {
    let reply = client
        .post(&format!("{request}/open"), &encoded(&[("acceptance", ITEMS)]))
        .await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
}

/// Two people who talk about an open request: client, expert, the request and the conversation.
pub(crate) async fn talking() -> (Visitor, Visitor, String, String) {
    talking_on(&Visitor::new()).await
}

/// The same on a site that is there.
pub(crate) async fn talking_on(site: &Visitor) -> (Visitor, Visitor, String, String) {
    let client = site.come_in("clara@example.org", "Clara").await;
    let (expert, _id) = site.expert("emil@example.org", "Emil").await;
    let request = raise(&client, "An API that prices quotes").await;
    open(&client, &request).await;
    let begun = expert.post(&format!("{request}/conversations"), "").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
    let talk = begun.header("location").to_owned();
    (client, expert, request, talk)
}
