//! Asking for money and taking that back, as a browser does it.

use axum::http::StatusCode;
use earnest_app::contract::Also;
use earnest_app::payee::{self, Who};
use earnest_hire::contract::Actor;
use earnest_hire::ledger::Name;
use earnest_hire::payee::Command;

use crate::contract::tests::{Deal, done, fill};
use crate::testing::{Visitor, between};

/// The expert of a contract with $1,080.00 payable who has proved who they are, and its client.
async fn earned() -> (Visitor, Visitor) {
    let deal = Deal::submitted().await;
    done(&fill(&deal.client, &deal.act("approve"), "").await);
    let id = deal.people.1;
    let account = Command::SetPayoutAccount {
        reference: "acct_1".to_owned(),
        provider: Name::bank(),
    };
    let actor = Actor::Person { id };
    let desk = deal.visitor.desk();
    payee::act(desk, id, &account, Who::sure(&actor), Also::Nothing)
        .await
        .unwrap();
    let expert = deal.expert.later(10).await.proved("emil@example.org").await;
    let client = deal.client.beside(&expert);
    (expert, client)
}

#[tokio::test]
async fn a_cent_too_much_is_said_on_the_form() {
    let (expert, _client) = earned().await;
    let page = expert.get("/payouts/new").await;
    assert!(page.text().contains("value=\"1080.00\""), "{}", page.text());
    let much = expert.post("/payouts", "amount=1%2C080.01").await;
    assert_eq!(much.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", much.text());
    for part in [
        "value=\"1,080.01\"",
        "href=\"#amount\"",
        "It is $1,080.00 at most.",
    ] {
        assert!(much.text().contains(part), "{part}: {}", much.text());
    }
    done(&expert.post("/payouts", "amount=1080.00").await);
}

#[tokio::test]
async fn a_payout_is_taken_back_by_its_owner_until_it_is_sent() {
    let (expert, client) = earned().await;
    let cancel = async || {
        let page = expert.get("/balance").await;
        let forms = between(page.text(), "action=\"/payouts/", "\"");
        forms.first().map(|form| format!("/payouts/{form}"))
    };
    done(&expert.post("/payouts", "amount=80").await);
    let address = cancel().await.unwrap();
    let other = client.post(&address, "").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.text());
    assert_eq!(cancel().await.as_ref(), Some(&address), "it still waits");
    done(&expert.post(&address, "").await);
    let page = expert.get("/balance").await;
    for part in [
        "taken back; payable again",
        "<dt>$1,080.00</dt><dd>can be paid out",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert_eq!(cancel().await, None);
    let twice = expert.post(&address, "").await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.text());

    done(&expert.post("/payouts", "amount=90").await);
    let address = cancel().await.unwrap();
    while earnest_app::job::run_due(expert.desk()).await.unwrap() > 0 {}
    assert_eq!(cancel().await, None, "it is with the provider");
    let late = expert.post(&address, "").await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
    for nothing in [
        "/payouts/x/cancel",
        "/payouts/pot_01jd0000000000000000000000/cancel",
    ] {
        assert_eq!(
            expert.post(nothing, "").await.status,
            StatusCode::NOT_FOUND,
            "{nothing}"
        );
    }
}
