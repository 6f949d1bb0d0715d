//! Calls in a conversation: the form that proposes times, the buttons that answer, and the file for a calendar.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use earnest_app::call::{self, Answer, is_ahead};
use earnest_app::conversation::{self, Thread};
use earnest_app::request::once_key;
use earnest_hire::call::{Call, CallEvent, CallStage, zone};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{CallId, PersonId};
use jiff::Timestamp;

use super::read;
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, date};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "conversation/call.html")]
struct Page {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    other: String,
    action: String,
    back: String,
    fields: Vec<FieldView>,
    once: String,
}

/// A call on the page of its conversation.
pub(super) struct CallView {
    pub(super) id: String,
    pub(super) stage: CallStage,
    pub(super) by: String,
    pub(super) minutes: u16,
    /// When it is, or what was proposed.
    pub(super) times: Vec<Time>,
    /// Whether the reader may choose one of them.
    pub(super) may_book: bool,
    pub(super) acts: Vec<Link>,
    pub(super) calendar: Option<String>,
}

/// A time in the zone of whoever proposed it, and in UTC.
pub(super) struct Time {
    pub(super) value: String,
    pub(super) local: String,
    pub(super) utc: Moment,
    pub(super) is_over: bool,
}

/// The calls of a conversation that are ahead, and the last one that is over.
pub(super) fn views(web: &Web, thread: &Thread, reader: PersonId) -> Vec<CallView> {
    let now = web.app.clock.now();
    let calls = || thread.calls.iter().map(|row| &row.call);
    let ahead = calls().filter(|call| is_ahead(call, now));
    let over = calls().find(|call| !is_ahead(call, now));
    ahead
        .chain(over)
        .map(|call| view(thread, call, (reader, now)))
        .collect()
}

fn view(thread: &Thread, call: &Call, (reader, now): (PersonId, Timestamp)) -> CallView {
    let (client, expert) = &thread.names;
    let act = |event, word, label: &str| {
        let link = Link::new(urls::call_act(call.id, word), label);
        Some(link).filter(|_link| call.may(event, reader, now))
    };
    let withdraw = if call.stage == CallStage::Proposed && reader != call.proposed_by {
        "Decline"
    } else if call.stage == CallStage::Proposed {
        "Take it back"
    } else {
        "Cancel the call"
    };
    let times = call.at.map_or_else(|| call.slots.clone(), |at| vec![at]);
    CallView {
        id: call.id.to_string(),
        stage: call.stage,
        by: if call.proposed_by == thread.row.client {
            client
        } else {
            expert
        }
        .clone(),
        minutes: call.minutes,
        times: times.into_iter().map(|at| time(call, at, now)).collect(),
        may_book: call.may(CallEvent::Book, reader, now),
        acts: [
            act(CallEvent::Hold, "held", "It took place"),
            act(CallEvent::Miss, "missed", "Nobody came"),
            act(CallEvent::Withdraw, "withdraw", withdraw).filter(|_link| is_ahead(call, now)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        calendar: call.at.map(|_at| urls::call_file(call.id)),
    }
}

fn time(call: &Call, at: Timestamp, now: Timestamp) -> Time {
    let local = at.to_zoned(zone(&call.zone));
    Time {
        value: at.to_string(),
        local: format!(
            "{}, {}, {} {}",
            local.strftime("%A"),
            date(&local.date().to_string()),
            local.strftime("%H:%M"),
            call.zone
        ),
        utc: Moment::new(at),
        is_over: at <= now,
    }
}

/// `GET /conversations/{id}/calls/new`
pub(crate) async fn form(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let thread = conversation::look(&web.app.desk, read(&id)?, who.id()).await?;
    let mut typed = Typed::default();
    // The clock that they used the last time is most likely theirs.
    let own = thread.calls.iter().find(|row| row.call.proposed_by == who.id());
    typed.put("zone", own.map_or_else(String::new, |row| row.call.zone.clone()));
    typed.put("minutes", "30".to_owned());
    page(&web, &who, &thread, &typed, Vec::new())
}

/// `POST /conversations/{id}/calls`
pub(crate) async fn propose(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let mut typed = Typed::read(&body);
    let desk = &web.app.desk;
    let asked = call::Typed {
        zone: typed.value("zone"),
        minutes: typed.value("minutes"),
        slots: ["slot-1", "slot-2", "slot-3"].map(|name| typed.value(name)),
        once: typed.once(&web.app),
    };
    let thread = conversation::look(desk, id, who.id()).await?;
    match call::propose(desk, id, who.id(), asked).await {
        Ok(_call) => {
            let here = format!("{}#calls-title", urls::conversation(&id.to_string()));
            Ok(Fresh::see_other(&here).into_response())
        }
        Err(earnest_app::Error::KeyReused) => {
            let sentence =
                "This page has proposed other times before. Send these now, if they are for another call.";
            let fault = FieldRefusal::new("slot-1", "sent_before", sentence);
            typed.put("once", once_key(&web.app).to_string());
            let page = page(&web, &who, &thread, &typed, vec![fault])?;
            Ok(page.with_status(StatusCode::CONFLICT).into_response())
        }
        Err(earnest_app::Error::Invalid(faults)) => {
            let page = page(&web, &who, &thread, &typed, faults)?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

fn page(
    web: &Web,
    who: &SignedIn,
    thread: &Thread,
    typed: &Typed,
    faults: Vec<FieldRefusal>,
) -> Result<Fresh, Problem> {
    let id = thread.row.id.to_string();
    let (client, expert) = &thread.names;
    let other = if who.id() == thread.row.client {
        expert
    } else {
        client
    };
    let field = |field: FieldView| {
        let value = typed.value(&field.name).to_owned();
        field.filled(value, &faults)
    };
    let slot = |name: &str, label: &str| FieldView::line(name, label, 16).of_kind("datetime-local");
    let back = urls::conversation(&id);
    let page = Page {
        layout: Layout::new(web, "Propose a call").of(who).within(Section::Hire).trail(vec![
            Link::new(urls::requests(), "Requests"),
            Link::new(back.clone(), other.clone()),
            Link::new(urls::new_call(&id), "Propose a call"),
        ]),
        other: other.clone(),
        action: urls::calls(&id),
        back,
        fields: vec![
            field(slot("slot-1", "First time").required()),
            field(slot("slot-2", "Second time (optional)")),
            field(slot("slot-3", "Third time (optional)")),
            field(
                FieldView::line("zone", "Your time zone", 60)
                    .hint("A region and a city, such as Europe/Berlin, or UTC. The times above are meant on this clock.")
                    .required(),
            ),
            field(
                FieldView::line("minutes", "How many minutes it takes", 3)
                    .of_kind("number")
                    .required(),
            ),
        ],
        once: match typed.value("once") {
            "" => once_key(&web.app).to_string(),
            sent => sent.to_owned(),
        },
        faults,
    };
    render(&page, Cache::Private)
}

/// `POST /calls/{id}/{act}`: book, withdraw, held, missed.
pub(crate) async fn act(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path((id, act)): Path<(String, String)>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id: CallId = id.parse().or(Err(Problem::not_found()))?;
    let answer = match act.as_str() {
        "book" => {
            let chosen = Typed::read(&body).value("at").parse();
            Answer::Book(chosen.unwrap_or(Timestamp::UNIX_EPOCH))
        }
        "withdraw" => Answer::Withdraw,
        "held" => Answer::Hold,
        "missed" => Answer::Miss,
        _ => return Err(Problem::not_found()),
    };
    let talk = call::answer(&web.app.desk, id, who.id(), answer).await?;
    let here = format!("{}#calls-title", urls::conversation(&talk.to_string()));
    Ok(Fresh::see_other(&here))
}

/// `GET /calls/{id}.ics`
pub(crate) async fn file(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(file): Path<String>,
) -> Result<Fresh, Problem> {
    let id = file.strip_suffix(".ics").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(Problem::not_found)?;
    let text = call::file(&web.app.desk, id, who.id()).await?;
    let name = HeaderValue::from_static("attachment; filename=\"call.ics\"");
    Ok(Fresh::bytes("text/calendar; charset=utf-8", text, Cache::Private)
        .with_header(CONTENT_DISPOSITION, name))
}
