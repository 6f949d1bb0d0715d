//! Asking for money and taking that back, as a browser does it.

use axum::http::StatusCode;
use earnest_app::contract::Also;
use earnest_app::payee::{self, Who};
use earnest_hire::bank::TransferReference;
use earnest_hire::contract::Actor;
use earnest_hire::ledger::Name;
use earnest_hire::payee::Command;

use crate::contract::tests::{Deal, done, fill};
use crate::expert::tests::operator;
use crate::testing::{Reply, Visitor, between};

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

/// Whether a page says something.
fn says(page: &Reply, parts: &[&str]) {
    for part in parts {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

/// A contract that its client has funded by a transfer to the account that they read where they pay.
async fn transferred() -> Deal {
    let deal = Deal::signed().await;
    done(&fill(&deal.client, &deal.act("fund"), "&way=bank+bank").await);
    let payment = deal.kept().await.payments[0].id;
    let desk = deal.visitor.desk();
    earnest_app::job::run_due(desk).await.unwrap();
    let pay = deal.client.get(&format!("/payments/{payment}")).await;
    says(
        &pay,
        &["DE89 3704 0044 0532 0130 00", "Northgate GmbH", "$1,200.00"],
    );
    let head = "date,amount,currency,reference,counterparty,transaction_id";
    let reference = TransferReference::of_payment(payment);
    let lines = format!("{head}\n2026-11-24,1200.00,USD,{reference},Clara,b1\n");
    earnest_app::bank::import(desk, &lines).await.unwrap();
    deal
}

/// The expert names an account of their own; gives them with their second factor.
async fn names_an_account(deal: &Deal) -> Visitor {
    let path = "/me/payout-account";
    says(&deal.expert.get(path).await, &["Northgate Engineers does that"]);
    let begun = deal.expert.post(&format!("{path}/check"), "provider=bank").await;
    assert_eq!(begun.status, StatusCode::CONFLICT);
    says(&begun, &["the operator of this site checks who you are"]);
    let account = "provider=bank&iban=GB82+WEST+1234+5698+7654+3";
    let unproved = deal.expert.post(path, &format!("{account}2")).await;
    let onward = unproved.header("location");
    assert!(onward.contains("prove"), "{onward}");
    let expert = deal.expert.clone().proved("emil@example.org").await;
    let wrong = expert.post(path, account).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&wrong, &["check digits", "GB82 WEST 1234 5698 7654 3\""]);
    done(&expert.post(path, &format!("{account}2")).await);
    let named = "Payouts go to GB82 WEST 1234 5698 7654 32, by a transfer from Northgate GmbH";
    says(&expert.get(path).await, &[named]);
    expert
}

/// Where the operator pays by transfer, a client reads where to transfer to, the expert names an account, an operator confirms
/// who they are, and only then work starts; nobody needs a terminal for it.
#[tokio::test]
async fn an_expert_is_known_and_paid_where_the_operator_transfers_by_hand() {
    let deal = transferred().await;
    let start = deal.expert.get(&deal.act("start")).await;
    assert_eq!(start.status, StatusCode::CONFLICT, "{}", start.text());
    let expert = names_an_account(&deal).await;

    let olga = operator(&deal.visitor, "olga@example.org", "finance").await;
    let olga = olga.proved("olga@example.org").await;
    let person = format!("/office/people/{}", deal.people.1);
    let identity = format!("{person}/identity");
    let visit = format!("/office/visits/{}", deal.people.1);
    done(&olga.post(&visit, "reason=To+confirm+who+they+are").await);
    says(&olga.get(&person).await, &[&identity]);
    let bare = olga.post(&identity, "reasons=").await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", bare.text());
    let looked = "reasons=Passport+in+a+video+call";
    let sam = operator(&deal.visitor, "sam@example.org", "support").await;
    for who in [&sam, &expert] {
        assert_eq!(who.post(&identity, looked).await.status, StatusCode::NOT_FOUND);
    }
    done(&olga.post(&identity, looked).await);
    let again = olga.post(&identity, looked).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
    let read = olga.get(&person).await;
    assert!(
        !read.text().contains(&identity),
        "there is nothing left to confirm"
    );
    let record = expert.get("/me/audit").await;
    says(&record, &["Confirmed who you are.", "Passport in a video call"]);
    done(&fill(&expert, &deal.act("start"), "").await);
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
