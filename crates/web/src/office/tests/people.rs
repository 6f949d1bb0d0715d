//! People and contracts as the office reads them: never without a reason that the person reads.

use axum::http::StatusCode;

use crate::contract::tests::{Deal, done, person};
use crate::expert::tests::operator;
use crate::testing::Visitor;

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_or_address() {
    let visitor = Visitor::new();
    visitor.come_in("emil@example.org", "Emil 100% Berg").await;
    visitor.come_in("ada@example.org", "Ada Byron").await;
    let olga = operator(&visitor, "olga@example.org", "support").await;
    for (text, emil, ada) in [
        ("berg", true, false),
        ("ADA%40", false, true),
        ("100%25+b", true, false),
        ("example.org", true, true),
        ("%25", true, false),
        ("nobody", false, false),
    ] {
        let page = olga.get(&format!("/office/people?q={text}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(
            page.text().contains("emil@example.org"),
            emil,
            "{text}: {}",
            page.text()
        );
        assert_eq!(page.text().contains("ada@example.org"), ada, "{text}");
    }
    assert!(
        olga.get("/office/people?q=nobody")
            .await
            .text()
            .contains("Nobody is called so"),
    );
    assert_eq!(
        olga.get("/office/people?before=x").await.status,
        StatusCode::NOT_FOUND
    );
}

/// Whoever is dismissed is out with their next page, and reads why.
#[tokio::test]
async fn an_owner_dismisses_an_operator() {
    let visitor = Visitor::new();
    let olga = operator(&visitor, "olga@example.org", "owner").await;
    let omar = operator(&visitor, "omar@example.org", "finance").await;
    let id = person(&visitor, "omar@example.org").await.to_string();
    let own = person(&visitor, "olga@example.org").await.to_string();
    let (page, dismiss) = (
        format!("/office/people/{id}"),
        format!("/office/people/{id}/dismiss"),
    );
    assert_eq!(omar.get(&dismiss).await.status, StatusCode::NOT_FOUND);
    let asked = olga.get(&dismiss).await;
    assert!(
        asked.header("location").starts_with("/me/prove"),
        "{}",
        asked.text()
    );
    let olga = olga.proved("olga@example.org").await;
    assert!(
        olga.get(&format!("/office/people/{own}/dismiss"))
            .await
            .text()
            .contains("Another owner has to")
    );
    for short in ["reasons=", "reasons=x"] {
        let nothing = olga.post(&dismiss, short).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(omar.get("/office").await.status, StatusCode::OK);
    let gone = olga.post(&dismiss, "reasons=Has+left+the+firm.").await;
    assert_eq!(gone.header("location"), page, "{}", gone.text());
    assert_eq!(omar.get("/office").await.status, StatusCode::NOT_FOUND);
    let record = omar.get("/me/audit").await;
    for part in [
        "Took away what you may do in the office: finance.",
        "Has left the firm.",
    ] {
        assert!(record.text().contains(part), "{part}: {}", record.text());
    }
    let again = olga.get(&dismiss).await;
    assert!(
        again.text().contains("There is nothing to take away"),
        "{}",
        again.text()
    );
}

#[tokio::test]
async fn a_person_is_read_after_a_reason_and_reads_it() {
    let visitor = Visitor::new();
    let emil = visitor.come_in("emil@example.org", "Emil Berg").await;
    let id = person(&visitor, "emil@example.org").await.to_string();
    let olga = operator(&visitor, "olga@example.org", "support").await;
    let editor = operator(&visitor, "edith@example.org", "editor").await;
    let (path, visit) = (format!("/office/people/{id}"), format!("/office/visits/{id}"));
    for who in [&emil, &editor] {
        for path in [&path, &visit] {
            assert_eq!(who.get(path).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(who.post(&visit, "reason=x").await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(olga.get(&path).await.header("location"), visit);
    let nothing = olga.post(&visit, "reason=+").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.text().contains("Say in a few words"),
        "{}",
        nothing.text()
    );
    assert!(emil.get("/me/audit").await.text().contains("Nothing so far"));
    let said = olga.post(&visit, "reason=He+asked+about+%3Chis%3E+payout.").await;
    assert_eq!(said.header("location"), path);
    let page = olga.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("emil@example.org"), "{}", page.text());
    assert!(!page.text().contains("Put a hold"), "that is for finance");
    let record = emil.get("/me/audit").await;
    for part in [
        "Read what is kept about you, as support.",
        "He asked about &#60;his&#62; payout.",
        "Olga Brandt",
    ] {
        assert!(record.text().contains(part), "{part}: {}", record.text());
    }
    let owner = operator(&visitor, "owner@example.org", "owner").await;
    let log = owner.get("/office/log").await;
    assert!(log.text().contains("He asked about"), "{}", log.text());
    let unknown = "/office/visits/per_00000000000000000000000000";
    assert_eq!(olga.post(unknown, "reason=x").await.status, StatusCode::NOT_FOUND);
    // good for an hour, not for a day
    let tomorrow = olga.later(1).await;
    assert_eq!(tomorrow.get(&path).await.header("location"), visit);
}

#[tokio::test]
async fn a_contract_is_read_after_a_reason_that_both_parties_read() {
    let deal = Deal::signed().await;
    let finance = operator(&deal.visitor, "fin@example.org", "finance").await;
    let editor = operator(&deal.visitor, "edith@example.org", "editor").await;
    assert_eq!(editor.get(&deal.page()).await.status, StatusCode::NOT_FOUND);
    let visit = format!("/office/visits/{}", deal.contract);
    assert_eq!(finance.get(&deal.page()).await.header("location"), visit);
    done(&finance.post(&visit, "reason=A+question+about+the+terms.").await);
    for _ in 0..2 {
        assert_eq!(finance.get(&deal.page()).await.status, StatusCode::OK);
    }
    for party in [&deal.client, &deal.expert] {
        let record = party.get("/me/audit").await;
        let act = format!("Read the contract {}, as finance.", deal.contract);
        assert_eq!(record.text().matches(&act).count(), 1, "{}", record.text());
        assert!(record.text().contains("A question about the terms."));
    }
    // the parties read their own contract without any of it
    assert_eq!(deal.client.get(&deal.page()).await.status, StatusCode::OK);
}
