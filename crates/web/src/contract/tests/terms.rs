//! What a page says before anybody decides: of the terms before the signature, and of money that goes back.

use super::*;
use crate::contract::money::back_when;
use earnest_hire::contract::Method;

/// H15.
#[tokio::test]
async fn before_the_signature_stand_liability_periods_and_rounds() {
    let deal = Deal::new().await;
    for party in [&deal.client, &deal.expert] {
        let page = party.get(&deal.page()).await;
        let sign = page.text().find("Sign this contract").unwrap();
        for words in [
            "If a payer’s bank takes back what was approved",
            "the operator bears it, not the expert",
            "7 days to review each version, 2 rounds of changes, 14 days for each.",
            "5 days, then the expert can have it paid out",
            "All endpoints answer.",
        ] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        for outcome in ["Everything approved", "Half each", "Everything goes back"] {
            let stands = page.text().find(outcome).unwrap();
            assert!(stands < sign, "{outcome}");
        }
    }
}

/// H9: whoever takes money back reads when it is there.
#[tokio::test]
async fn whoever_cancels_reads_when_the_money_is_back() {
    let deal = Deal::funded().await;
    let page = deal.client.get(&deal.act("cancel")).await;
    let by_transfer = "is there a working day or two after that.";
    assert!(page.text().contains(by_transfer), "{}", page.text());
    let mut kept = deal.kept().await;
    kept.payments[0].method = Method::Card;
    let told = back_when(&kept, &kept.milestones[0].lots);
    assert!(told.ends_with("after 5 to 10 working days."), "{told}");
}

/// H12: whoever is refused because of what a provider can hold reads from when on it is possible, wherever it is said.
#[tokio::test]
async fn a_payment_that_comes_too_soon_names_its_day() {
    let deal = Deal::signed().await;
    let client = deal.client.with_desk(|desk| {
        let quiet = crate::provider::tests::quiet_for(80);
        desk.providers = std::sync::Arc::new([("quiet".to_owned(), quiet)].into());
    });
    let form = hidden(&deal.client.get(&deal.act("fund")).await);
    let posted = client
        .post(&deal.act("fund"), &format!("{form}&way=quiet+card"))
        .await;
    for reply in [posted, client.get(&deal.act("fund")).await] {
        assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
        let told = "It can be funded from 30 November 2026, 00:00 UTC on.";
        assert!(reply.text().contains(told), "{}", reply.text());
    }
    let page = client.get(&deal.page()).await;
    assert!(
        page.text().contains("It can be funded from 30 November 2026"),
        "{}",
        page.text()
    );
}
