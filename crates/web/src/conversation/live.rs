//! Messages that arrive while the page is open: a stream of server-sent events (one a message, as the page shows it), which a
//! small script adds to the list. Without it, reloading shows the same. Programs listen to the same stream over the API.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use earnest_app::account::{self, SessionToken};
use earnest_app::arrival::{self, Watcher};
use earnest_app::conversation::{self, Thread};
use earnest_hire::ids::{ConversationId, PersonId};
use earnest_store::MessageRow;
use jiff::Timestamp;

use super::{MessageView, read};
use crate::Ctx;
use crate::answer::flow;
use crate::compare::query_pairs;
use crate::problem::Problem;
use crate::session::SignedIn;

/// The media type of the stream.
pub(crate) const EVENTS: &str = "text/event-stream";
/// How long nothing may come before a line says that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked whether the process is to end.
const LOOK: Duration = Duration::from_secs(1);
/// After so long the browser connects anew. Who has signed out meanwhile hears nothing more, and does not come back.
const LASTS: Duration = Duration::from_mins(15);

/// How an event tells of a message: its `data`, which may have several lines.
pub(crate) type Tells = fn(&Thread, &MessageRow, PersonId) -> Result<String, Unwritten>;

/// Why it cannot tell of it.
pub(crate) type Unwritten = Box<dyn std::error::Error + Send + Sync>;

/// Who listens to what.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'a> {
    pub(crate) talk: ConversationId,
    pub(crate) reader: PersonId,
    /// Ends, and they hear no more.
    pub(crate) session: SessionToken,
    /// The id of the last event that they have.
    pub(crate) last: Option<&'a str>,
    pub(crate) tells: Tells,
}

struct Stream {
    web: Ctx,
    watcher: Watcher,
    /// Up to when they had everything at the start.
    after: Timestamp,
    reader: PersonId,
    session: SessionToken,
    tells: Tells,
    began: tokio::time::Instant,
    told: tokio::time::Instant,
    has_begun: Begun,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    Not,
    Yes,
}

/// `GET /conversations/{id}/events`
pub(crate) async fn events(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = query_pairs(query.as_deref());
    let from_page = query.iter().find(|(key, _)| key == "after");
    let from_page = from_page.map(|(_, value)| value.as_str());
    let listener = Listener {
        talk: read(&id)?,
        reader: who.id(),
        session: who.token,
        last: last_event(&headers).or(from_page),
        tells: as_shown,
    };
    stream(&web, listener).await
}

fn as_shown(thread: &Thread, message: &MessageRow, reader: PersonId) -> Result<String, Unwritten> {
    Ok(MessageView::new(thread, message, reader).render()?)
}

/// What whoever connects anew has already, by the header that browsers send.
pub(crate) fn last_event(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id").and_then(|value| value.to_str().ok())
}

/// The messages of a conversation as they come, for one of the two.
pub(crate) async fn stream(web: &Ctx, listener: Listener<'_>) -> Result<Response, Problem> {
    let (id, reader) = (listener.talk, listener.reader);
    let desk = &web.app.desk;
    let thread = conversation::look(desk, id, reader).await?;
    let after = match listener
        .last
        .and_then(|text| text.parse().ok())
        .map(Timestamp::from_microsecond)
    {
        Some(Ok(after)) => after,
        _ => thread.row.said_at,
    };
    let Some(watcher) = arrival::watch(desk, id, reader, after).await? else {
        let problem = Problem::of_status(StatusCode::TOO_MANY_REQUESTS);
        return Err(problem);
    };
    let now = tokio::time::Instant::now();
    let stream = Stream {
        web: Arc::clone(web),
        watcher,
        after,
        reader,
        session: listener.session,
        tells: listener.tells,
        began: now,
        told: now,
        has_begun: Begun::Not,
    };
    let mut response = Response::new(flow(stream, next));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// What is written next; the stream ends with the process and after a while.
async fn next(mut stream: Stream) -> Result<Option<(Bytes, Stream)>, std::io::Error> {
    if stream.has_begun == Begun::Not {
        stream.has_begun = Begun::Yes;
        // With an id from the start, so that a break before the first message loses none either.
        let first = format!("retry: 3000\nid: {}\n\n", stream.after.as_microsecond());
        return Ok(Some((Bytes::from(first), stream)));
    }
    loop {
        if stream.web.is_closing() || stream.began.elapsed() >= LASTS {
            return Ok(None);
        }
        let new = stream.watcher.next(LOOK).await.map_err(std::io::Error::other)?;
        if !new.is_empty() {
            let is_open = account::is_open(&stream.web.app.desk, stream.session).await;
            if !is_open.map_err(std::io::Error::other)? {
                return Ok(None);
            }
            let text = written(&stream, &new).await.map_err(std::io::Error::other)?;
            stream.told = tokio::time::Instant::now();
            return Ok(Some((Bytes::from(text), stream)));
        }
        if stream.told.elapsed() >= HEARTBEAT {
            stream.told = tokio::time::Instant::now();
            return Ok(Some((Bytes::from_static(b": still here\n\n"), stream)));
        }
    }
}

async fn written(stream: &Stream, new: &[MessageRow]) -> Result<String, Unwritten> {
    let desk = &stream.web.app.desk;
    let thread = conversation::look(desk, stream.watcher.row().id, stream.reader).await?;
    let mut text = String::new();
    for message in new {
        text.extend([
            "event: message\nid: ",
            &message.at.as_microsecond().to_string(),
            "\n",
        ]);
        for line in (stream.tells)(&thread, message, stream.reader)?.lines() {
            text.extend(["data: ", line, "\n"]);
        }
        text.push('\n');
    }
    Ok(text)
}
