//! The page of the process says what the rules do, and where somebody stands.

use axum::http::{Request, StatusCode};
use earnest_hire::contract::{Kind, PROCESS_VERSION, ROWS};

use crate::contract::tests::{Deal, done, fill};
use crate::testing::{Visitor, between};

#[tokio::test]
async fn every_state_and_every_row_out_of_it_is_on_the_page() {
    let visitor = Visitor::new();
    let page = visitor.get(&format!("/process/{PROCESS_VERSION}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    let sections: Vec<&str> = text
        .split("<section class=\"section-small\" aria-labelledby=\"")
        .collect();
    for kind in Kind::ALL {
        let start = format!("{}\">", kind.name());
        let section = sections.iter().find(|one| one.starts_with(&start)).unwrap();
        let numbers = between(section, "<small class=\"meta\">", "</small>");
        let rows: Vec<&str> = ROWS
            .iter()
            .filter(|row| row.from.contains(kind))
            .map(|row| row.number)
            .collect();
        assert_eq!(numbers, rows, "{kind}");
        assert_eq!(rows.is_empty(), kind.is_terminal(), "{kind}");
        for target in between(section, "<a href=\"#", "\"") {
            assert!(text.contains(&format!("<h2 id=\"{target}\">")), "{target}");
        }
    }
    assert!(!text.contains("aria-current=\"step\""));
}

#[tokio::test]
async fn the_state_that_somebody_stands_in_is_marked() {
    let visitor = Visitor::new();
    for (at, marked) in [
        ("submitted", 1),
        ("disputed", 1),
        ("canceled", 1),
        ("nonsense", 0),
        ("%00", 0),
    ] {
        let page = visitor.get(&format!("/process/{PROCESS_VERSION}?at={at}")).await;
        assert_eq!(page.status, StatusCode::OK, "{at}");
        let found = between(page.text(), "<li aria-current=\"step\"><a href=\"#", "\"");
        assert_eq!(found.len(), marked, "{at}");
        let is_open = page.text().contains("<details open>");
        assert_eq!(is_open, matches!(at, "submitted" | "disputed"), "{at}");
        assert!(found.iter().all(|name| *name == at));
    }
    for wrong in ["0", "01", "+1", "99", "1.html", ".json", "x"] {
        let reply = visitor.get(&format!("/process/{wrong}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn a_contract_leads_to_where_it_stands() {
    let deal = Deal::submitted().await;
    let page = deal.expert.get(&deal.page()).await;
    let way = between(page.text(), "<dt>How it runs</dt><dd><a href=\"", "\"")[0];
    assert_eq!(way, format!("/process/{PROCESS_VERSION}?at=submitted#submitted"));
    let shown = deal.expert.get(way).await;
    assert_eq!(
        between(shown.text(), "<li aria-current=\"step\"><a href=\"#", "\""),
        ["submitted"]
    );
}

#[tokio::test]
async fn the_process_is_served_by_its_version_and_kept_until_it_changes() {
    let visitor = Visitor::new();
    let path = format!("/process/{PROCESS_VERSION}.json");
    let reply = visitor.get(&path).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.json()["milestone"]["rows"][0]["number"], "T1");
    let tag = reply.header("etag").to_owned();
    let again = Request::get(&path).header("if-none-match", tag);
    assert_eq!(visitor.ask(again, "").await.status, StatusCode::NOT_MODIFIED);
    for unknown in [
        "0.json",
        "2.json",
        "01.json",
        "+1.json",
        "1.xml",
        "x.json",
        "65537.json",
    ] {
        let reply = visitor.get(&format!("/process/{unknown}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

/// What stands behind a term.
fn told(page: &str, term: &str) -> String {
    let values = between(
        page,
        &format!("<th scope=\"row\">{term}</th><td class=\"numbers\">"),
        "</td>",
    );
    values[0].to_owned()
}

#[tokio::test]
async fn whoever_asks_reads_how_disputes_have_ended_and_about_nobody() {
    let deal = Deal::submitted().await;
    let stranger = deal.client.signed_out();
    let before = stranger.get("/disputes").await;
    assert_eq!(before.status, StatusCode::OK);
    assert_eq!(told(before.text(), "Disputes"), "0");
    assert_eq!(told(before.text(), "Milestones that money was held for"), "1");
    let opened = "&unconditional=100&offer=300&reason=It+is+slow.";
    done(&fill(&deal.client, &deal.act("disputes"), opened).await);
    let open = stranger.get("/disputes").await;
    assert_eq!(told(open.text(), "Disputes"), "1");
    assert_eq!(told(open.text(), "Not over yet"), "1");
    let answer = "&unconditional=0&offer=900";
    done(&fill(&deal.expert, &deal.act("answer-dispute"), answer).await);
    let offer = "&to_expert=500&to_client=600";
    done(&fill(&deal.expert, &deal.act("settlements"), offer).await);
    done(&fill(&deal.client, &deal.act("accept-settlement"), "").await);
    let ended = stranger.get("/disputes").await;
    assert_eq!(told(ended.text(), "Not over yet"), "0");
    assert_eq!(told(ended.text(), "Ended by the two themselves"), "1");
    assert!(
        ended.text().contains("once 5 disputes have ended"),
        "{}",
        ended.text()
    );
    for secret in ["It is slow", "Invoice API", "$"] {
        assert!(!ended.text().contains(secret), "{secret}");
    }
}
