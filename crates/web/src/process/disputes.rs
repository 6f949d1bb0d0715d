//! How disputes have ended, for everybody.

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::dispute::{self, FEWEST, Statistics};
use earnest_hire::contract::PROCESS_VERSION;

use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "process/disputes.html")]
struct Page {
    layout: Layout,
    facts: Vec<(&'static str, String)>,
    shares: Option<Shares>,
    fewest: usize,
    process: Link,
}

/// What went to the expert, in percent.
struct Shares {
    low: u8,
    middle: u8,
    high: u8,
}

/// `GET /disputes`
pub(crate) async fn disputes(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let told = dispute::statistics(&web.app.desk).await?;
    let path = urls::disputes();
    let layout = Layout::new(&web, "How disputes have ended")
        .describe("How often there was a dispute about held money, who ended it, and what went to whom.")
        .canonical(path)
        .within(Section::Hire)
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(path, "How disputes have ended"),
        ]);
    let page = Page {
        layout,
        facts: facts(told),
        shares: told
            .to_expert
            .map(|[low, middle, high]| Shares { low, middle, high }),
        fewest: FEWEST,
        process: Link::new(urls::process(PROCESS_VERSION, None), "How a contract runs"),
    };
    render(&page, Cache::Revalidate)
}

fn facts(told: Statistics) -> Vec<(&'static str, String)> {
    vec![
        ("Milestones that money was held for", told.milestones.to_string()),
        ("Disputes", told.opened.to_string()),
        ("Not over yet", told.open.to_string()),
        ("Ended by the two themselves", told.agreed.to_string()),
        ("Decided by an operator", told.decided.to_string()),
        ("Of these, with an appeal", told.appealed.to_string()),
    ]
}
