//! The contracts of a person.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State as FromApp};
use earnest_app::contract;
use earnest_hire::contract::{Contract, Standing};
use earnest_hire::ids::{ContractId, PersonId};

use super::now::what;
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, before, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, away, sum};
use crate::{Ctx, Web, urls};

/// How many stand on a page.
const PAGE: u16 = 50;

#[derive(Template)]
#[template(path = "contract/list.html")]
struct Page {
    layout: Layout,
    lines: Vec<Line>,
    /// Whether these are not the newest.
    is_older: bool,
    older: Option<String>,
}

/// One contract in a few words.
pub(crate) struct Line {
    pub(crate) link: Link,
    standing: &'static str,
    facts: String,
    /// What waits for whoever looks.
    pub(crate) waits: Vec<String>,
}

/// `GET /contracts`
pub(crate) async fn list(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let before: Option<ContractId> = before(query.as_deref())?;
    let (mut contracts, names) =
        contract::list(&web.app.desk, who.id(), before, PAGE.saturating_add(1)).await?;
    let is_more = contracts.len() > usize::from(PAGE);
    contracts.truncate(PAGE.into());
    let last = contracts.last().filter(|_last| is_more);
    let page = Page {
        layout: Layout::new(&web, "Contracts").of(&who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::contracts(), "Contracts"),
        ]),
        older: last.map(|last| urls::contracts_before(last.id)),
        is_older: before.is_some(),
        lines: lines_of(&web, &who, (&contracts, &names)),
    };
    render(&page, Cache::Private)
}

/// The contracts in which something waits for somebody, with what it is.
pub(crate) async fn waiting(web: &Web, who: &SignedIn) -> Result<Vec<Line>, Problem> {
    let (contracts, names) = contract::not_over(&web.app.desk, who.id()).await?;
    let mut lines = lines_of(web, who, (&contracts, &names));
    lines.retain(|line| !line.waits.is_empty());
    Ok(lines)
}

fn lines_of(
    web: &Web,
    who: &SignedIn,
    (contracts, names): (&[Contract], &BTreeMap<PersonId, String>),
) -> Vec<Line> {
    let now = web.app.clock.now();
    let line = |one: &Contract| {
        let other = if one.client == who.id() {
            one.expert
        } else {
            one.client
        };
        let name = names
            .get(&other)
            .map_or("somebody without an account", String::as_str);
        line(one, who.id(), (name, now))
    };
    contracts.iter().map(line).collect()
}

fn line(one: &Contract, me: PersonId, (name, now): (&str, jiff::Timestamp)) -> Line {
    let title = one
        .milestones
        .first()
        .map_or("Contract", |first| first.plan.title.as_str());
    let price = one.milestones.iter().map(|milestone| milestone.plan.price_minor);
    let price = earnest_hire::money::total(price).unwrap_or_default();
    let mine = one.turns().into_iter().filter(|turn| turn.is_of(one, me));
    let waits = mine.map(|turn| {
        let until = turn
            .until
            .map(|at| format!(" by {} ({})", Moment::new(at).text(), away(now, at)));
        format!("Your turn: {}{}.", what(one, &turn), until.unwrap_or_default())
    });
    Line {
        link: Link::new(urls::contract(one.id), format!("{title} · with {name}")),
        standing: standing(one.standing),
        facts: format!(
            "{} as {}",
            sum(one.currency, price),
            if me == one.client {
                "the client"
            } else {
                "the expert"
            }
        ),
        waits: waits.collect(),
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Offered => "to be signed",
        Standing::Active => "running",
        Standing::Paused => "paused",
        Standing::Ending => "ending",
        Standing::Ended => "ended",
        Standing::Declined => "declined",
        Standing::Withdrawn => "withdrawn",
        Standing::Expired => "expired",
    }
}
