//! Calls in a conversation: times that one side proposes and the other answers, and the file for a calendar.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use earnest_app::call::{self, Answer};
use earnest_app::conversation;
use earnest_hire::call::{Call as Arranged, CallEvent};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{CallId, ConversationId, PersonId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::List;
use crate::answer::{Cache, Fresh};
use crate::problem::{FieldProblem, Problem};

/// A call: a talk at a time.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CallOfTwo")]
pub(super) struct CallView {
    id: String,
    conversation_id: String,
    /// `proposed`, `booked`, `held`, `missed` or `withdrawn`.
    stage: String,
    /// Who named the times.
    proposed_by: String,
    /// In which time zone they were named.
    zone: String,
    minutes: u16,
    /// What was proposed.
    slots: Vec<String>,
    /// What was chosen.
    at: Option<String>,
    /// What you may do now: `book`, `withdraw`, `held`, `missed`.
    possible: Vec<&'static str>,
}

const ACTS: [(CallEvent, &str); 4] = [
    (CallEvent::Book, "book"),
    (CallEvent::Withdraw, "withdraw"),
    (CallEvent::Hold, "held"),
    (CallEvent::Miss, "missed"),
];

fn view(talk: ConversationId, one: &Arranged, (reader, now): (PersonId, Timestamp)) -> CallView {
    let may = ACTS.iter().filter(|(event, _)| one.may(*event, reader, now));
    CallView {
        id: one.id.to_string(),
        conversation_id: talk.to_string(),
        stage: one.stage.to_string(),
        proposed_by: one.proposed_by.to_string(),
        zone: one.zone.clone(),
        minutes: one.minutes,
        slots: one.slots.iter().map(Timestamp::to_string).collect(),
        at: one.at.map(|at| at.to_string()),
        possible: may.map(|(_, word)| *word).collect(),
    }
}

async fn views(call: &Call, talk: ConversationId) -> Result<Vec<CallView>, Problem> {
    let me = call.me()?;
    let thread = conversation::look(call.desk(), talk, me).await?;
    let now = call.web.app.clock.now();
    let calls = thread.calls.iter();
    Ok(calls.map(|row| view(talk, &row.call, (me, now))).collect())
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    Reply::ok(&List::whole(views(&call, call.id("id")?).await?))
}

async fn one(call: &Call, talk: ConversationId, id: CallId) -> Result<CallView, Problem> {
    let id = id.to_string();
    let all = views(call, talk).await?;
    let found = all.into_iter().find(|one| one.id == id);
    found.ok_or_else(Problem::not_found)
}

/// Times for a call, on the clock of whoever proposes them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCall {
    /// A region and a city, such as `Europe/Berlin`, or `UTC`.
    zone: String,
    #[schemars(range(min = 10, max = 180))]
    minutes: u16,
    /// One to three, such as `2026-12-01T14:30`.
    #[schemars(length(min = 1, max = 3))]
    slots: Vec<String>,
}

/// The fields of the form that are one list here.
const SLOTS: [(&str, &str); 3] = [
    ("slot-1", "slots[0]"),
    ("slot-2", "slots[1]"),
    ("slot-3", "slots[2]"),
];

fn of_field(fault: FieldRefusal) -> FieldProblem {
    let found = SLOTS.iter().find(|(field, _)| *field == fault.field);
    FieldProblem {
        field: found.map_or(fault.field, |(_, here)| here).to_owned(),
        code: fault.code.to_owned(),
        detail: fault.sentence,
    }
}

pub(super) async fn propose(call: Call) -> Result<Reply, Problem> {
    let asked: NewCall = call.body()?;
    let talk = call.id("id")?;
    let minutes = asked.minutes.to_string();
    let mut slots = [""; earnest_hire::call::MOST_SLOTS];
    if asked.slots.len() > slots.len() {
        return Err(Problem::field(
            "slots",
            "too_many",
            "At most three times at once.",
        ));
    }
    for (slot, typed) in slots.iter_mut().zip(&asked.slots) {
        *slot = typed;
    }
    let typed = call::Typed {
        zone: &asked.zone,
        minutes: &minutes,
        slots,
        once: call.once,
    };
    let proposed = call::propose(call.desk(), talk, call.me()?, typed).await;
    let id = proposed.map_err(|error| match error {
        earnest_app::Error::Invalid(faults) => Problem::invalid(faults.into_iter().map(of_field).collect()),
        other => other.into(),
    })?;
    Reply::created(&one(&call, talk, id).await?)
}

/// Which of the proposed times.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Booking {
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

pub(super) async fn book(call: Call) -> Result<Reply, Problem> {
    let asked: Booking = call.body()?;
    answered(call, Answer::Book(asked.at)).await
}

pub(super) async fn withdraw(call: Call) -> Result<Reply, Problem> {
    answered(call, Answer::Withdraw).await
}

pub(super) async fn held(call: Call) -> Result<Reply, Problem> {
    answered(call, Answer::Hold).await
}

pub(super) async fn missed(call: Call) -> Result<Reply, Problem> {
    answered(call, Answer::Miss).await
}

async fn answered(call: Call, answer: Answer) -> Result<Reply, Problem> {
    let id: CallId = call.id("id")?;
    let talk = call::answer(call.desk(), id, call.me()?, answer).await?;
    Reply::ok(&one(&call, talk, id).await?)
}

/// The media type of a call in a calendar.
pub(super) const CALENDAR: &str = "text/calendar";

pub(super) async fn calendar(call: Call) -> Result<Reply, Problem> {
    let text = call::file(call.desk(), call.id("id")?, call.me()?).await?;
    let name = HeaderValue::from_static("attachment; filename=\"call.ics\"");
    let file = Fresh::bytes("text/calendar; charset=utf-8", text, Cache::Private);
    Ok(Reply::other(file.with_header(CONTENT_DISPOSITION, name)))
}
