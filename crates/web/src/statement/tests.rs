//! Statements and invoices: they say what the books say, to their owner alone.

use axum::http::StatusCode;
use earnest_app::statement::{held, statement};
use earnest_hire::money::Minor;

use crate::contract::tests::{Deal, done, fill};
use crate::testing::NOW;

async fn approved() -> Deal {
    let deal = Deal::submitted().await;
    done(&fill(&deal.client, &deal.act("approve"), "").await);
    deal
}

#[tokio::test]
async fn the_lines_add_up_to_what_the_books_hold() {
    let deal = approved().await;
    let desk = deal.visitor.desk();
    let today = NOW.to_zoned(jiff::tz::TimeZone::UTC).date();
    let reasons = |lines: &[earnest_app::statement::Line]| -> Vec<(&'static str, i64, i64)> {
        lines
            .iter()
            .map(|line| (line.reason.words(), line.amount.0, line.balance.0))
            .collect()
    };
    let of_client = statement(desk, deal.people.0, (today, today)).await.unwrap();
    assert_eq!(
        reasons(&of_client.lines),
        [
            ("Paid in", 120_000, 120_000),
            ("Released to the expert", -120_000, 0)
        ]
    );
    let of_expert = statement(desk, deal.people.1, (today, today)).await.unwrap();
    assert_eq!(
        reasons(&of_expert.lines),
        [
            ("Released to you", 120_000, 120_000),
            ("Fee, with its tax", -12_000, 108_000)
        ]
    );
    for (person, of) in [(deal.people.0, &of_client), (deal.people.1, &of_expert)] {
        assert_eq!(of.closing, held(desk, person).await.unwrap());
        let moved: i64 = of.lines.iter().map(|line| line.amount.0).sum();
        assert_eq!(of.opening.0 + moved, of.closing.0);
    }
    // the days after begin with what these end with, and those before have nothing
    let (next, before) = (today.tomorrow().unwrap(), today.yesterday().unwrap());
    let later = statement(desk, deal.people.1, (next, next)).await.unwrap();
    assert_eq!(
        (later.opening, later.lines.len(), later.closing),
        (Minor(108_000), 0, Minor(108_000))
    );
    let earlier = statement(desk, deal.people.1, (before, before)).await.unwrap();
    assert_eq!((earlier.lines.len(), earlier.closing), (0, Minor::ZERO));
}

#[tokio::test]
async fn it_is_a_page_and_a_table_for_its_owner_alone() {
    let deal = approved().await;
    let page = deal.expert.get("/statements?from=2026-11-01&to=2026-11-30").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    for part in [
        "−$120.00",
        "$1,080.00",
        "Released to you",
        "1 November 2026 to 30 November 2026",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let csv = deal
        .expert
        .get("/statements.csv?from=2026-11-01&to=2026-11-30")
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = csv.text().lines().collect();
    assert_eq!(rows.len(), 5, "{}", csv.text());
    assert!(
        rows[3].contains("\"Fee, with its tax\"") && rows[3].ends_with(",USD,-12000,108000"),
        "{}",
        rows[3]
    );
    assert!(rows[4].ends_with("Closing balance,,,,USD,,108000"), "{}", rows[4]);
    for (query, part) in [
        (
            "from=yesterday&to=2026-11-30",
            "Write a day as year, month and day",
        ),
        (
            "from=2026-11-30&to=2026-11-01",
            "The last day is before the first",
        ),
    ] {
        let refused = deal.expert.get(&format!("/statements?{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(part), "{}", refused.text());
        let refused = deal.expert.get(&format!("/statements.csv?{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let stranger = deal.visitor.come_in("ada@example.org", "Ada").await;
    let empty = stranger.get("/statements?from=2026-11-01&to=2026-11-30").await;
    assert!(
        empty.text().contains("Nothing moved in these days"),
        "{}",
        empty.text()
    );
}

#[tokio::test]
async fn each_release_has_an_invoice_that_only_the_two_sides_see() {
    let deal = approved().await;
    let path = format!("{}/invoice", deal.page());
    for side in [&deal.client, &deal.expert] {
        let page = side.get(&path).await;
        for part in [
            "Invoice API",
            "$1,200.00",
            "$120.00",
            "$1,080.00",
            "Clara Weiss",
            "Emil Berg",
        ] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
    }
    let stranger = deal.visitor.come_in("ada@example.org", "Ada").await;
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    let nothing = stranger.get("/contracts/nothing/invoice").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let unpaid = Deal::signed().await;
    let page = unpaid.client.get(&format!("{}/invoice", unpaid.page())).await;
    assert!(page.text().contains("Nothing was released"), "{}", page.text());
}

#[tokio::test]
async fn invoices_of_a_contract_are_numbered_without_a_gap() {
    let deal = Deal::submitted().await;
    done(&fill(&deal.client, &deal.act("release"), "&amount=300").await);
    done(&fill(&deal.client, &deal.act("approve"), "").await);
    let page = deal.expert.get(&format!("{}/invoice", deal.page())).await;
    let page = page.text();
    let contract = deal.contract;
    for (number, gross) in [(1, "$300.00"), (2, "$900.00")] {
        let named = format!("Number {contract}-{number:04}");
        let (_, after) = page
            .split_once(&named)
            .unwrap_or_else(|| panic!("{named}: {page}"));
        assert!(after.contains(gross), "{page}");
    }
    assert!(!page.contains(&format!("{contract}-0003")), "{page}");
}

#[test]
fn no_cell_of_the_table_is_a_formula() {
    assert_eq!(super::cell("=1+1"), "\"'=1+1\"");
    assert_eq!(super::cell("a \"b\""), "\"a \"\"b\"\"\"");
}
