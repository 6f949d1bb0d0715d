//! Motions: what one operator has proposed, for another to carry out or drop.

use askama::Template;
use axum::extract::{Path, State as FromApp};
use earnest_app::account;
use earnest_app::motion;
use earnest_app::payee::{Confirmed, Who};
use earnest_hire::contract::Actor;
use earnest_hire::ids::MotionId;
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use earnest_store::MotionRow;
use serde_json::Value;

use super::{Operator, age, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/motions.html")]
struct List {
    layout: Layout,
    motions: Vec<Card>,
    same: String,
}

struct Card {
    id: String,
    what: String,
    chain: String,
    details: Vec<(String, String)>,
    by: String,
    age: String,
    own: bool,
    /// Whether it takes a second factor, which a browser does not have yet.
    at_terminal: bool,
}

/// `GET /office/motions`
pub(crate) async fn motions(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let mut cards = Vec::new();
    for row in motion::open(&web.app.desk).await? {
        cards.push(card(&web, &who, &row).await);
    }
    let page = List {
        layout: layout(&web, &who, &[("Motions", urls::office_motions())]),
        motions: cards,
        same: Refusal::SameOperator.sentence(),
    };
    render(&page, Cache::Private)
}

async fn card(web: &Web, who: &Operator, row: &MotionRow) -> Card {
    // Whoever proposed on the operator's own terminal may have no account here.
    let proposer = account::person(&web.app.desk, row.proposed_by).await;
    let (what, details) = told(&row.command);
    Card {
        id: row.id.to_string(),
        chain: row.chain.clone(),
        details,
        by: proposer.map_or_else(|_| row.proposed_by.to_string(), |person| person.name),
        age: age(web.app.clock.now(), row.proposed_at),
        own: row.proposed_by == who.0.id(),
        at_terminal: what == "approve account",
        what,
    }
}

/// A command as its name and its other members, each on a line: an operator sees all of what they second.
fn told(command: &str) -> (String, Vec<(String, String)>) {
    let Ok(Value::Object(mut members)) = serde_json::from_str(command) else {
        return (command.to_owned(), Vec::new());
    };
    let spelt = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let words = |name: &str| name.replace('_', " ");
    let name = members.remove("command");
    let name = name.map_or_else(|| "motion".to_owned(), |name| spelt(&name));
    let filled = members.iter().filter(|(_, value)| !value.is_null());
    let details = filled.map(|(key, value)| (words(key), spelt(value))).collect();
    (words(&name), details)
}

/// `POST /office/motions/{id}/second`
pub(crate) async fn second(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let id: MotionId = id.parse().or(Err(Problem::not_found()))?;
    let actor = Actor::Operator { id: who.0.id() };
    let carried = motion::second(&web.app.desk, id, signed_in(&actor)).await;
    carried.map_err(|error| refused(error, back()))?;
    Ok(Fresh::see_other(urls::office_motions()))
}

/// `POST /office/motions/{id}/drop`
pub(crate) async fn withdraw(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let id: MotionId = id.parse().or(Err(Problem::not_found()))?;
    let actor = Actor::Operator { id: who.0.id() };
    let dropped = motion::withdraw(&web.app.desk, id, signed_in(&actor)).await;
    dropped.map_err(|error| refused(error, back()))?;
    Ok(Fresh::see_other(urls::office_motions()))
}

/// A link by mail is no second factor: what needs one is refused here and done on the operator's own terminal.
fn signed_in(actor: &Actor) -> Who<'_> {
    Who {
        actor,
        confirmed: Confirmed::No,
    }
}

fn back() -> Link {
    Link::new(urls::office_motions(), "Motions that wait")
}
