//! The office: what waits for an operator, each queue in a file of its own, and the record that the people concerned read.

mod act;
mod advice;
mod contract_holds;
mod deadlines;
mod differences;
mod dismissal;
mod disputes;
mod editions;
mod events;
mod go_live;
mod holds;
mod identity;
mod import;
mod jobs;
mod ledger;
mod letters;
mod log;
mod motions;
mod new_dispute;
mod people;
mod receipts;
mod record;
mod requests;
mod vetting;
mod visits;

use askama::Template;
use axum::extract::{FromRequestParts, State as FromApp};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use earnest_app::office::{self, Waiting};
use earnest_hire::person::Role;
use earnest_store::Queue;
use jiff::Timestamp;

pub(crate) use self::advice::{LISTED, propose_experts, replied};
pub(crate) use self::contract_holds::{
    act_on_contract_hold, contract_hold, contract_hold_facts, new_contract_hold, place_contract_hold,
};
pub(crate) use self::deadlines::deadlines;
pub(crate) use self::differences::{act_on_differences, differences};
pub(crate) use self::dismissal::{dismiss, dismissal};
pub(crate) use self::disputes::{decide, dispute, disputes};
pub(crate) use self::editions::editions;
pub(crate) use self::events::{act_on_event, events};
pub(crate) use self::go_live::{go_live, note_restore, try_mail};
pub(crate) use self::holds::{
    act_on_hold, hold, hold_facts, holds, new_hold, payouts, place_hold, scope_words,
};
pub(crate) use self::identity::{confirm_identity, identity};
pub(crate) use self::import::{import_experts, import_form};
pub(crate) use self::jobs::{jobs, resend};
pub(crate) use self::ledger::{account, entry, ledger, meant, proof, prove, shown};
pub(crate) use self::letters::{letters, send_again};
pub(crate) use self::log::log;
pub(crate) use self::motions::{motions, second, withdraw};
pub(crate) use self::new_dispute::{begin_dispute, new_dispute};
pub(crate) use self::people::{people, person};
pub(crate) use self::receipts::{act_on_receipt, import, receipt, receipts};
pub(crate) use self::record::audit;
pub(crate) use self::requests::{request, requests};
pub(crate) use self::vetting::{vet, vetting, vetting_one};
pub(crate) use self::visits::{say_why, visit};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::{Ctx, Web, urls};

/// Somebody with a role. Everybody else who is signed in finds nothing here.
#[derive(Debug, Clone)]
pub(crate) struct Operator(pub(crate) SignedIn);

impl Operator {
    /// Whether the operator may do what a role may do; a page that they may not see is none.
    fn may(&self, role: Role) -> Result<(), Problem> {
        if self.0.person.roles.may(role) {
            Ok(())
        } else {
            Err(Problem::not_found())
        }
    }
}

impl FromRequestParts<Ctx> for Operator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Ctx) -> Result<Self, Response> {
        let who = SignedIn::from_request_parts(parts, web).await?;
        if who.person.roles.any() {
            Ok(Self(who))
        } else {
            Err(Problem::not_found().into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "office/queues.html")]
struct Queues {
    layout: Layout,
    lines: Vec<Line>,
    places: Vec<Link>,
}

/// A queue as a row of the table.
struct Line {
    link: Link,
    count: i64,
    age: String,
}

/// `GET /office`
pub(crate) async fn queues(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    let waiting = office::queues(&web.app.desk, &who.0.person.roles).await?;
    let now = web.app.clock.now();
    let page = Queues {
        layout: layout(&web, &who, &[]),
        lines: waiting.iter().map(|one| line(one, now)).collect(),
        places: places(&who),
    };
    render(&page, Cache::Private)
}

/// Where something is looked up, for whoever may.
fn places(who: &Operator) -> Vec<Link> {
    let roles = &who.0.person.roles;
    let looks = earnest_app::visit::may_look(&who.0.person);
    let places = [
        (looks, urls::office_people().to_owned(), "People"),
        (
            roles.may(Role::Finance),
            urls::office_ledger().to_owned(),
            "The books",
        ),
        (
            roles.may(Role::Finance),
            urls::office_differences().to_owned(),
            "Comparisons with providers",
        ),
        (
            roles.may(Role::Editor),
            urls::office_editions().to_owned(),
            "Editions",
        ),
        (roles.may(Role::Owner), urls::office_log(""), "What operators did"),
        (
            roles.may(Role::Owner),
            urls::office_go_live().to_owned(),
            "Before real money moves",
        ),
    ];
    let mine = places.into_iter().filter(|(may, ..)| *may);
    mine.map(|(_, href, label)| Link::new(href, label)).collect()
}

fn line(waiting: &Waiting, now: Timestamp) -> Line {
    let (label, href) = match waiting.queue {
        Queue::Requests => ("Requests to answer", urls::office_requests_waiting()),
        Queue::Vetting => ("Expert profiles to vet", urls::office_vetting()),
        Queue::Disputes => ("Disputes", urls::office_disputes()),
        Queue::Holds => ("Holds on accounts and contracts", urls::office_holds()),
        Queue::Payouts => ("Payouts that wait or did not arrive", urls::office_payouts()),
        Queue::Deadlines => ("Deadlines at providers", urls::office_deadlines()),
        Queue::Motions => ("Motions for a second operator", urls::office_motions()),
        Queue::DeadJobs => ("Jobs that were given up", urls::office_jobs()),
        Queue::DeadLetters => ("Letters that were given up", urls::office_letters()),
        Queue::Receipts => ("Transfers that match no payment", urls::office_receipts()),
        Queue::StuckEvents => ("Provider events that cannot be applied", urls::office_events()),
        Queue::Differences => ("Differences from a provider", urls::office_differences()),
    };
    Line {
        link: Link::new(href, label),
        count: waiting.count,
        age: waiting.oldest.map_or_else(String::new, |since| age(now, since)),
    }
}

/// What stands under a list that may be longer than what is shown of it.
pub(crate) fn rest(shown: usize) -> Option<String> {
    (shown >= usize::from(office::LISTED))
        .then(|| format!("{shown} are shown. If there are more, they come up as these are done."))
}

/// "3 days", "5 hours", "12 minutes": as much as tells what is urgent.
pub(crate) fn age(now: Timestamp, since: Timestamp) -> String {
    let minutes = now.duration_since(since).as_mins().max(0);
    let (number, unit) = match minutes {
        0 => return "under a minute".to_owned(),
        1..60 => (minutes, "minute"),
        60..2_880 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// The frame of a page of the office, with the pages on the way to it from the front page of the office.
fn layout(web: &Web, who: &Operator, way: &[(&str, &str)]) -> Layout {
    let title = way.last().map_or("The office", |(title, _)| title);
    let mut trail = vec![Link::new(urls::office(), "The office")];
    trail.extend(way.iter().map(|(title, path)| Link::new(*path, *title)));
    Layout::new(web, title).of(&who.0).trail(trail)
}

/// What was refused, with the way back to where it was asked for.
fn refused(error: earnest_app::Error, back: Link) -> Problem {
    match error {
        earnest_app::Error::Conflict { code, sentence } => Problem::refused(code, sentence).near(vec![back]),
        other => Problem::from(other).near(vec![back]),
    }
}

#[cfg(test)]
mod tests;
