//! The office: what waits for an operator, each queue in a file of its own, and the record that the people concerned read.

mod go_live;
mod jobs;
mod letters;
mod motions;
mod record;
mod requests;
mod vetting;

use askama::Template;
use axum::extract::{FromRequestParts, State as FromApp};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use earnest_app::office::{self, Waiting};
use earnest_hire::person::Role;
use earnest_store::Queue;
use jiff::Timestamp;

pub(crate) use self::go_live::{go_live, note_restore, try_mail};
pub(crate) use self::jobs::{jobs, resend};
pub(crate) use self::letters::{letters, send_again};
pub(crate) use self::motions::{motions, second, withdraw};
pub(crate) use self::record::audit;
pub(crate) use self::requests::{request, requests};
pub(crate) use self::vetting::{vet, vetting, vetting_one};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::{Ctx, Web, urls};

/// Somebody with a role. Everybody else who is signed in finds nothing here.
#[derive(Debug, Clone)]
pub(crate) struct Operator(SignedIn);

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
    /// Whether they bring the site up.
    is_owner: bool,
}

/// A queue as a row of the table.
struct Line {
    label: &'static str,
    /// Where it is worked through; none where only the command line does so yet.
    href: Option<&'static str>,
    /// What is to be done where there is no page.
    elsewhere: &'static str,
    count: i64,
    age: String,
}

/// `GET /office`
pub(crate) async fn queues(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    let waiting = office::queues(&web.app.desk, &who.0.person.roles).await?;
    let now = web.app.clock.now();
    let page = Queues {
        layout: layout(&web, &who, &[]),
        is_owner: who.may(Role::Owner).is_ok(),
        lines: waiting.iter().map(|one| line(one, now)).collect(),
    };
    render(&page, Cache::Private)
}

fn line(waiting: &Waiting, now: Timestamp) -> Line {
    let (label, href, elsewhere) = match waiting.queue {
        Queue::Requests => ("Requests to answer", Some(urls::office_requests()), ""),
        Queue::Vetting => ("Expert profiles to vet", Some(urls::office_vetting()), ""),
        Queue::Motions => ("Motions for a second operator", Some(urls::office_motions()), ""),
        Queue::DeadJobs => ("Jobs that were given up", Some(urls::office_jobs()), ""),
        Queue::DeadLetters => ("Letters that were given up", Some(urls::office_letters()), ""),
        Queue::Receipts => ("Transfers that match no payment", None, "earnest bank unmatched"),
        Queue::StuckEvents => (
            "Provider events that cannot be applied",
            None,
            "earnest events list --state refused",
        ),
        Queue::Differences => ("Differences from a provider", None, "earnest reconcile"),
    };
    Line {
        label,
        href,
        elsewhere,
        count: waiting.count,
        age: waiting.oldest.map_or_else(String::new, |since| age(now, since)),
    }
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
