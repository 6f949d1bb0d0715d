//! Motions: what one operator has proposed, for another to carry out or drop.

use askama::Template;
use axum::extract::{Path, State as FromApp};
use earnest_app::motion::{self, Told};
use earnest_hire::bank::ReceiptCommand;
use earnest_hire::ids::{MilestoneId, MotionId, PayoutId, PersonId};
use earnest_hire::money::{Minor, Money};
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use jiff::Timestamp;
use serde_json::Value;

use super::contract_holds::contract_between;
use super::{Operator, age, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/motions.html")]
struct List {
    layout: Layout,
    motions: Vec<Card>,
    same: String,
    gone: String,
}

struct Card {
    id: String,
    what: String,
    about: Link,
    details: Vec<(String, String)>,
    by: String,
    age: String,
    own: bool,
    still_decides: bool,
}

/// `GET /office/motions`
pub(crate) async fn motions(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let open = motion::open_told(&web.app.desk).await?;
    let page = List {
        layout: layout(&web, &who, &[("Motions", urls::office_motions())]),
        motions: open.iter().map(|one| card(&web, &who, one)).collect(),
        same: Refusal::SameOperator.sentence(),
        gone: motion::PROPOSER_GONE.to_string(),
    };
    render(&page, Cache::Private)
}

fn card(web: &Web, who: &Operator, one: &Told) -> Card {
    let row = &one.row;
    let (what, details) = told(one);
    Card {
        id: row.id.to_string(),
        about: about(one),
        what,
        details,
        by: name(one, row.proposed_by),
        age: age(web.app.clock.now(), row.proposed_at),
        own: row.proposed_by == who.0.id(),
        still_decides: one.still_decides,
    }
}

/// Whoever proposed on the operator's own terminal may have no account here.
fn name(one: &Told, id: PersonId) -> String {
    let name = one.names.get(&id);
    name.cloned()
        .unwrap_or_else(|| format!("somebody without an account ({id})"))
}

fn about(one: &Told) -> Link {
    if let Some(contract) = &one.contract {
        let label = contract_between(contract, |id| name(one, id));
        return Link::new(urls::contract(contract.id), label);
    }
    if one.row.chain.starts_with("bank:") {
        return match serde_json::from_str(&one.row.command) {
            Ok(ReceiptCommand::ExplainLeft { .. }) => {
                Link::new(urls::office_differences(), "money that left the bank account")
            }
            _ => Link::new(urls::office_receipts(), "a transfer that matches no payment"),
        };
    }
    let label = row_person(one).map_or_else(|| one.row.chain.clone(), |id| name(one, id));
    Link::new(urls::office_person(&one.row.chain), label)
}

fn row_person(one: &Told) -> Option<PersonId> {
    one.row.chain.parse().ok()
}

/// A command as its name and its other members, each on a line: an operator sees all of what they second.
fn told(one: &Told) -> (String, Vec<(String, String)>) {
    let Ok(Value::Object(mut members)) = serde_json::from_str(&one.row.command) else {
        return (one.row.command.clone(), Vec::new());
    };
    let words = |name: &str| name.replace('_', " ");
    if let Some(Value::Object(finding)) = members.remove("finding") {
        members.extend(finding);
    }
    let command = members.remove("command");
    let command = command.map_or_else(|| "motion".to_owned(), |name| spelt(one, &name));
    let filled = members.iter().filter(|(_, value)| !value.is_null());
    let details = filled.map(|(key, value)| (words(key), spelt(one, value)));
    (words(&command), details.chain(transfer(one)).collect())
}

/// The transfer that it is about, as the bank told of it: whoever seconds knows it by its sender and sum.
fn transfer(one: &Told) -> Vec<(String, String)> {
    let Some(of_bank) = &one.transfer else {
        return Vec::new();
    };
    let came = format!(
        "{} from {} on {}",
        sum(of_bank.currency, of_bank.amount_minor),
        of_bank.counterparty,
        Moment::new(of_bank.at).text()
    );
    vec![
        ("the transfer".to_owned(), came),
        ("what stood in it".to_owned(), of_bank.text.clone()),
    ]
}

/// Sums as sums, moments as moments, and what has a name by its name.
fn spelt(one: &Told, value: &Value) -> String {
    if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
        return sum(money.currency, Minor(money.amount_minor));
    }
    let Value::String(text) = value else {
        return value.to_string();
    };
    let milestone = text.parse::<MilestoneId>().ok();
    let milestone = milestone.and_then(|id| one.contract.as_ref()?.milestone(id).ok());
    let payout = text.parse::<PayoutId>().ok();
    let payout = payout.and_then(|id| Some((one.payee.as_ref()?, id)));
    let payout = payout.and_then(|(payee, id)| Some((payee.currency, payee.payout(id).ok()?)));
    if let Some(milestone) = milestone {
        format!("“{}”", milestone.plan.title)
    } else if let Some((currency, payout)) = payout {
        let asked = Moment::new(payout.requested_at).text();
        format!("{} asked for {asked}", sum(currency, payout.amount_minor))
    } else if let Ok(person) = text.parse::<PersonId>() {
        name(one, person)
    } else if let Ok(at) = text.parse::<Timestamp>() {
        Moment::new(at).text()
    } else {
        text.clone()
    }
}

/// `POST /office/motions/{id}/second`
pub(crate) async fn second(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let id: MotionId = id.parse().or(Err(Problem::not_found()))?;
    if let Some(first) = who.led_to_proof(&web, urls::office_motions()) {
        return Ok(first);
    }
    let actor = who.actor();
    let carried = motion::second(&web.app.desk, id, who.who(&web, &actor)).await;
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
    let actor = who.actor();
    let dropped = motion::withdraw(&web.app.desk, id, who.who(&web, &actor)).await;
    dropped.map_err(|error| refused(error, back()))?;
    Ok(Fresh::see_other(urls::office_motions()))
}

fn back() -> Link {
    Link::new(urls::office_motions(), "Motions that wait")
}
