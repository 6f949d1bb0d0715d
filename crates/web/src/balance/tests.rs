//! The balance of a client: every sum that is held has a moment and a reason.

use axum::http::StatusCode;
use earnest_hire::contract::Liability;
use earnest_hire::money::Minor;

use crate::contract::tests::{Deal, done, fill};
use crate::words::Moment;

#[tokio::test]
async fn what_is_held_says_until_when_and_why() {
    let deal = Deal::submitted().await;
    let ends = deal.kept().await.milestones[0].state.ends_at().unwrap();
    let page = deal.client.get("/balance").await;
    let said = format!(
        "{}: counts as approved then and goes to the expert",
        Moment::new(ends)
    );
    for part in ["<dt>$1,200.00</dt><dd>in all</dd>", &said] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let opened = "&unconditional=100&offer=300&reason=It+is+slow.";
    let opened = fill(&deal.client, &deal.act("disputes"), opened).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let dispute = deal.kept().await.milestones[0].dispute.clone().unwrap();
    let page = deal.client.get("/balance").await;
    let said = format!("{}: in dispute: the dispute goes on", Moment::new(dispute.due_at));
    assert!(page.text().contains(&said), "{said}: {}", page.text());
}

#[tokio::test]
async fn what_goes_back_says_since_when() {
    let deal = Deal::submitted().await;
    done(&fill(&deal.expert, &deal.act("give-back"), "&amount=200").await);
    let kept = deal.kept().await;
    let asked = kept.refunds.first().unwrap().id.made_at();
    let page = deal.client.get("/balance").await;
    let said = format!("{}: on its way back to where it came from", Moment::new(asked));
    for part in ["<dt>$1,200.00</dt><dd>in all</dd>", "$200.00", "$1,000.00", &said] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

#[tokio::test]
async fn what_is_owed_says_since_when_and_why() {
    let deal = Deal::by_card_borne_by(Liability::Expert).await;
    deal.released(Minor(50_000)).await;
    let before = deal.expert.get("/balance").await;
    assert!(!before.text().contains("What you owe"), "{}", before.text());
    deal.charged_back().await;
    deal.lost().await;
    let page = deal.expert.get("/balance").await;
    for part in [
        "<dt>$450.00</dt><dd>is owed by you",
        "What you owe",
        &format!("<a href=\"{}\">", deal.page()),
        &format!(
            "{}: the payer’s bank took it back for good",
            Moment::new(crate::testing::NOW)
        ),
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let client = deal.client.get("/balance").await;
    assert!(!client.text().contains("What you owe"), "{}", client.text());
}
