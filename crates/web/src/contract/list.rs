//! The contracts of a person.

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::contract;
use earnest_hire::contract::{Contract, Standing};
use earnest_hire::ids::PersonId;

use super::now::what;
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, away, sum};
use crate::{Ctx, Web, urls};

/// How many are shown; more than anybody reads.
const MOST: u16 = 100;

#[derive(Template)]
#[template(path = "contract/list.html")]
struct Page {
    layout: Layout,
    lines: Vec<Line>,
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
pub(crate) async fn list(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    let page = Page {
        layout: Layout::new(&web, "Contracts").of(&who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::contracts(), "Contracts"),
        ]),
        lines: lines(&web, &who).await?,
    };
    render(&page, Cache::Private)
}

/// All of somebody's contracts, with what waits for them in each.
pub(crate) async fn lines(web: &Web, who: &SignedIn) -> Result<Vec<Line>, Problem> {
    let (contracts, names) = contract::list(&web.app.desk, who.id(), None, MOST).await?;
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
    Ok(contracts.iter().map(line).collect())
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
