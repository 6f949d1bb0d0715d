//! What ends at providers: it is seen in time, without a reason to be given, and with what can be done.

use axum::http::StatusCode;
use earnest_store::{Job, JobEnd, JobState};

use crate::contract::tests::Deal;
use crate::expert::tests::operator;
use crate::testing::{Visitor, between};

/// How many deadlines the front page of the office counts.
async fn counted(olga: &Visitor) -> String {
    let front = olga.get("/office").await;
    let (_, rest) = front.text().split_once("/office/deadlines\"").unwrap();
    between(rest, "data-label=\"Waiting\">", "<")[0].to_owned()
}

#[tokio::test]
async fn money_that_its_provider_cannot_hold_much_longer_is_seen_from_21_days_before_on() {
    let deal = Deal::disputed_by_card().await;
    let early = deal.visitor.later(68).await;
    let olga = operator(&early, "olga@example.org", "finance").await;
    let page = olga.get("/office/deadlines").await;
    assert!(page.text().contains("None is near."), "{}", page.text());
    assert_eq!(counted(&olga).await, "0");

    let now = deal.visitor.later(70).await;
    let olga = operator(&now, "olga@example.org", "finance").await;
    assert_eq!(counted(&olga).await, "1");
    let page = olga.get("/office/deadlines").await;
    let link = format!("/contracts/{}#{}", deal.contract, deal.milestone);
    for part in [
        "Invoice API",
        "Clara Weiss",
        "Emil Berg",
        "$1,200.00",
        "quiet",
        "It can be held there until",
        "22 February 2027",
        "in 20 days",
        "earnest bank move",
        "href=\"/office/receipts\"",
        &format!("href=\"/office/disputes/{}\"", deal.milestone),
        &link,
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let contract = format!("/contracts/{}", deal.contract);
    assert_eq!(olga.get(&contract).await.status, StatusCode::OK);
    let over = deal.visitor.later(93).await;
    let olga = operator(&over, "olga@example.org", "finance").await;
    let page = olga.get("/office/deadlines").await;
    assert!(page.text().contains("<b>3 days ago</b>"), "{}", page.text());
}

async fn says(olga: &Visitor) -> String {
    olga.get("/office/deadlines").await.text().to_owned()
}

/// The job that sends the evidence.
async fn sending(deal: &Deal) -> String {
    let store = &deal.visitor.desk().store;
    let jobs = store.read(|mut view| async move { view.jobs(JobState::Waiting, 99).await });
    let jobs: Result<Vec<Job>, earnest_store::Error> = jobs.await;
    let mut jobs = jobs.unwrap().into_iter();
    jobs.find(|one| one.kind == "send_evidence").unwrap().id
}

#[tokio::test]
async fn a_chargeback_is_seen_until_the_time_of_its_evidence_is_over() {
    let deal = Deal::by_card().await;
    deal.charged_back().await;
    let olga = operator(&deal.visitor, "olga@example.org", "finance").await;
    assert_eq!(counted(&olga).await, "1");
    let page = says(&olga).await;
    for part in [
        "Evidence against a chargeback",
        "in 8 days",
        "cb_7",
        "on its way",
        "$1,200.00",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let store = &deal.visitor.desk().store;
    store.end_job(sending(&deal).await, JobEnd::Done).await.unwrap();
    let page = says(&olga).await;
    assert!(page.contains("quiet has the evidence pack"), "{page}");
    let late = deal.visitor.later(9).await;
    let late = operator(&late, "olga@example.org", "finance").await;
    assert!(says(&late).await.contains("None is near."));
}

#[tokio::test]
async fn evidence_that_never_left_is_seen_also_when_its_time_is_over() {
    let deal = Deal::by_card().await;
    deal.charged_back().await;
    let store = &deal.visitor.desk().store;
    let why = "no answer".to_owned();
    store
        .end_job(sending(&deal).await, JobEnd::Dead { why })
        .await
        .unwrap();
    let late = deal.visitor.later(9).await;
    let olga = operator(&late, "olga@example.org", "finance").await;
    let page = says(&olga).await;
    for part in ["was given up", "ago</b>", "href=\"/office/jobs\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// Whoever has the deadline in a queue of theirs reads the contract; everybody else says why first.
#[tokio::test]
async fn a_deadline_is_a_reason_to_read_the_contract_for_those_who_see_to_it() {
    let deal = Deal::by_card().await;
    let path = deal.page();
    let before = operator(&deal.visitor, "first@example.org", "finance").await;
    let led = before.get(&path).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", led.text());
    deal.charged_back().await;
    let support = operator(&deal.visitor, "support@example.org", "support").await;
    let led = support.get(&path).await;
    assert_eq!(
        led.header("location"),
        format!("/office/visits/{}", deal.contract)
    );
    let olga = operator(&deal.visitor, "olga@example.org", "finance").await;
    assert_eq!(olga.get(&path).await.status, StatusCode::OK);
    let record = deal.client.get("/me/audit").await;
    let because = "ends at the provider";
    assert!(record.text().contains(because), "{}", record.text());
}
