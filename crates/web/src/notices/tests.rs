//! Who is mailed about what, and that what protects money cannot be switched off.

use axum::http::StatusCode;

use crate::contract::tests::Deal;
use crate::testing::Visitor;

#[tokio::test]
async fn what_is_switched_off_stays_off_and_the_rest_on() {
    let visitor = Visitor::new();
    assert_eq!(visitor.get("/me/notices").await.status, StatusCode::SEE_OTHER);
    let ada = visitor.come_in("ada@example.org", "Ada").await;
    let first = ada.get("/me/notices").await;
    assert_eq!(first.text().matches(" checked").count(), 7, "{}", first.text());
    assert!(first.text().contains("cannot be switched off"));
    assert!(!first.text().contains("value=\"deadlines\""));
    let kept = ada.post("/me/notices", "topic=messages&topic=work").await;
    assert_eq!(kept.header("location"), "/me/notices?kept");
    let page = ada.get("/me/notices?kept").await;
    assert_eq!(page.text().matches(" checked").count(), 2);
    assert!(
        page.text().contains("value=\"messages\" checked") && page.text().contains("Your choice is kept")
    );
    assert_eq!(ada.post("/me/notices", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/me/notices").await.text().matches(" checked").count(), 0);
}

#[tokio::test]
async fn the_worker_goes_by_it_but_for_what_runs_out() {
    let deal = Deal::funded().await;
    let before = deal.visitor.letters_to("clara@example.org").await;
    assert!(
        before
            .iter()
            .any(|letter| letter.body.contains("money has arrived")),
        "{before:#?}"
    );
    assert!(before.iter().all(|letter| letter.body.contains("/me/notices")));

    let deal = Deal::funded().await;
    assert_eq!(
        deal.client.post("/me/notices", "").await.status,
        StatusCode::SEE_OTHER
    );
    let without = deal.visitor.letters_to("clara@example.org").await;
    assert!(
        without
            .iter()
            .all(|letter| !letter.body.contains("money has arrived")),
        "{without:#?}"
    );

    let deal = Deal::submitted().await;
    deal.client
        .post("/me/notices", "topic=deadlines&topic=nonsense")
        .await;
    let letters = deal.visitor.letters_to("clara@example.org").await;
    assert!(
        letters
            .iter()
            .any(|letter| letter.body.contains("waits for your review")),
        "{letters:#?}"
    );
}
