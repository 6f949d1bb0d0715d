//! From a request to a contract, as two people do it with forms alone.

use axum::http::StatusCode;
use earnest_app::outside::Clock;

use super::testing::{self, encoded, hidden, proposal};
use crate::testing::{Visitor, between};

struct Pair {
    client: Visitor,
    expert: Visitor,
    request: String,
    talk: String,
}

/// Two people who talk about an open request.
async fn talking() -> Pair {
    let (client, expert, request, talk) = testing::talking().await;
    Pair {
        client,
        expert,
        request,
        talk,
    }
}

impl Pair {
    /// The address of the last proposal, without what is done to it.
    async fn proposal(&self, by: &Visitor) -> String {
        let page = by.get(&self.talk).await;
        let id = between(page.text(), "action=\"/proposals/", "/")
            .first()
            .copied()
            .unwrap()
            .to_owned();
        format!("/proposals/{id}")
    }
}

#[tokio::test]
async fn two_people_come_from_a_request_to_a_contract() {
    let pair = talking().await;
    let Pair {
        client, expert, talk, ..
    } = &pair;
    let form = expert.get(talk).await;
    let said = encoded(&[
        ("once", hidden(&form, "once")),
        ("text", "Which table?\nAnd how large?"),
    ]);
    for _twice in 0..2 {
        let reply = expert.post(&format!("{talk}/messages"), &said).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    }
    assert!(client.get("/me").await.text().contains("1 new"));
    let page = client.get(talk).await;
    assert_eq!(
        page.text().matches("Which table?").count(),
        1,
        "once for each form"
    );
    assert!(!client.get("/me").await.text().contains("1 new"), "read is read");

    let sent = expert
        .post(&format!("{talk}/proposals"), &proposal("0", "4,500"))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let page = client.get(talk).await;
    assert!(page.text().contains("$4,500.00"), "{}", page.text());
    let countered = client
        .post(&format!("{talk}/proposals"), &proposal("1", "4,000"))
        .await;
    assert_eq!(countered.status, StatusCode::SEE_OTHER, "{}", countered.text());

    let address = pair.proposal(expert).await;
    let own = client.post(&format!("{address}/accept"), "number=2").await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.text());
    let stale = expert.post(&format!("{address}/accept"), "number=1").await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    let mut contracts = Vec::new();
    for _twice in 0..2 {
        let accepted = expert.post(&format!("{address}/accept"), "number=2").await;
        assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.text());
        contracts.push(accepted.header("location").to_owned());
    }
    assert_eq!(
        contracts[0], contracts[1],
        "a second click finds the same contract"
    );
    let id = contracts[0].strip_prefix("/contracts/").unwrap().parse().unwrap();
    let read = client
        .desk()
        .store
        .read(move |mut view| async move { view.contract(id).await });
    let contract = read.await.unwrap().unwrap();
    assert_eq!(contract.milestones[0].plan.price_minor.0, 400_000);
    let page = client.get(talk).await;
    let always = "is a contract, which binds once both have signed it";
    assert!(page.text().contains(always), "{}", page.text());
    assert!(client.get(&pair.request).await.text().contains("matched"));
}

#[tokio::test]
async fn what_belongs_to_two_people_does_not_exist_for_a_third() {
    let pair = talking().await;
    pair.expert
        .post(&format!("{}/proposals", pair.talk), &proposal("0", "4,500"))
        .await;
    let address = pair.proposal(&pair.client).await;
    let stranger = pair.client.come_in("sven@example.org", "Sven").await;
    for path in [&pair.talk, &format!("{}/proposals/new", pair.talk)] {
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, form) in [
        (format!("{}/messages", pair.talk), "text=hello".to_owned()),
        (format!("{}/proposals", pair.talk), proposal("1", "1")),
        (format!("{address}/accept"), "number=1".to_owned()),
        (format!("{address}/decline"), String::new()),
        (format!("{}/close", pair.request), String::new()),
        (
            format!("{}/open", pair.request),
            encoded(&[("acceptance", "Mine now")]),
        ),
    ] {
        let reply = stranger.post(&path, &form).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {}", reply.text());
    }
    let page = stranger.get(&pair.request).await;
    assert!(
        !page.text().contains("clara@example.org"),
        "experts see no address"
    );
    assert!(!page.text().contains("Clara"), "nor a name");
}

#[tokio::test]
async fn a_closed_request_declines_what_was_proposed_and_is_gone_for_others() {
    let pair = talking().await;
    pair.expert
        .post(&format!("{}/proposals", pair.talk), &proposal("0", "4,500"))
        .await;
    let closed = pair.client.post(&format!("{}/close", pair.request), "").await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text());
    assert!(pair.expert.get(&pair.talk).await.text().contains("declined"));
    let stranger = pair.client.come_in("sven@example.org", "Sven").await;
    assert_eq!(stranger.get(&pair.request).await.status, StatusCode::NOT_FOUND);
    let late = pair
        .expert
        .post(&format!("{}/proposals", pair.talk), &proposal("0", "4,000"))
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
}

#[tokio::test]
async fn a_refused_proposal_comes_back_with_everything_that_is_wrong() {
    let pair = talking().await;
    let wrong = encoded(&[
        ("seen", "0"),
        ("count", "1"),
        ("answer-1", "Kept as typed"),
        ("price-1", "-5"),
        ("due-1", "2020-01-01"),
        ("inspection-1", "99"),
        ("rounds-1", "2"),
        ("revision-1", "x"),
    ]);
    let reply = pair
        .expert
        .post(&format!("{}/proposals", pair.talk), &wrong)
        .await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    for part in [
        "Kept as typed",
        "href=\"#answer-2\"",
        "href=\"#title-1\"",
        "href=\"#deliverable-1\"",
        "href=\"#done-when-1\"",
        "href=\"#price-1\"",
        "This day is over",
        "from 2 to 30",
        "from 1 to 60",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let more = pair
        .expert
        .post(&format!("{}/proposals", pair.talk), &format!("{wrong}&more=yes"))
        .await;
    assert_eq!(more.status, StatusCode::OK);
    assert!(more.text().contains("Milestone 2") && more.text().contains("Kept as typed"));
    let usual = between(more.text(), "name=\"inspection-2\"", "maxlength");
    assert!(usual[0].contains("value=\"7\""), "{usual:?}");
}

/// Two tabs, and a double click: what was written is not lost, and nothing is proposed twice.
#[tokio::test]
async fn a_proposal_that_comes_too_late_keeps_what_was_typed() {
    let pair = talking().await;
    let path = format!("{}/proposals", pair.talk);
    let first = pair.expert.post(&path, &proposal("0", "4,500")).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    let again = pair.expert.post(&path, &proposal("0", "4,500")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    let late = pair.expert.post(&path, &proposal("0", "4,800")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    for part in [
        "There is a newer version",
        "value=\"4,800\"",
        "With a table in memory",
    ] {
        assert!(late.text().contains(part), "{part} in {}", late.text());
    }
    let page = pair.client.get(&pair.talk).await;
    assert!(!page.text().contains("4,800") && !page.text().contains("Version 2"));
    // a tab is text like any other
    let tab = proposal(hidden(&late, "seen"), "4,800").replace("A+service", "A%09service");
    let sent = pair.expert.post(&path, &tab).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let pair = talking().await;
    let nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let form = pair.expert.get(&pair.talk).await;
    let said = encoded(&[("once", hidden(&form, "once")), ("text", nasty)]);
    pair.expert.post(&format!("{}/messages", pair.talk), &said).await;
    let page = pair.client.get(&pair.talk).await;
    assert!(page.text().contains("&lt;script&gt;alert(1)"), "{}", page.text());
    assert!(!page.text().contains("<img src=x"));
}

#[tokio::test]
async fn a_request_raised_before_there_was_an_account_is_found_again() {
    let site = Visitor::new();
    let form = site.get("/requests/new").await;
    let sent = site
        .post(
            "/requests",
            &encoded(&[
                ("once", hidden(&form, "once")),
                ("name", "Clara"),
                ("email", "Clara@Example.org"),
                ("summary", "An API that prices quotes"),
                ("role", "Python engineer"),
            ]),
        )
        .await;
    assert!(
        sent.header("location").starts_with("/requests/sent/"),
        "{}",
        sent.text()
    );
    let client = site.come_in("clara@example.org", "Clara").await;
    assert!(
        client
            .get("/requests")
            .await
            .text()
            .contains("An API that prices quotes")
    );
    let other = site.come_in("emil@example.org", "Emil").await;
    assert!(
        !other
            .get("/requests")
            .await
            .text()
            .contains("An API that prices quotes"),
        "not open yet"
    );
}

#[tokio::test]
async fn a_request_nobody_looks_after_closes_itself() {
    let pair = talking().await;
    let desk = pair.client.desk();
    let id = pair.request.strip_prefix("/requests/").unwrap().parse().unwrap();
    let late = After(desk.clock.now() + jiff::SignedDuration::from_hours(31 * 24));
    let mut later = desk.clone();
    later.clock = std::sync::Arc::new(late);
    assert_eq!(earnest_app::request::progress::run_due(desk).await.unwrap(), 0);
    assert_eq!(earnest_app::request::progress::run_due(&later).await.unwrap(), 1);
    let read = desk
        .store
        .read(move |mut view| async move { view.progress(id).await });
    assert_eq!(read.await.unwrap().unwrap().progress.stage.name(), "expired");
}

struct After(jiff::Timestamp);

impl Clock for After {
    fn now(&self) -> jiff::Timestamp {
        self.0
    }
}
