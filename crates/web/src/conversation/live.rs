//! Messages that arrive while the page is open: a stream of server-sent events (one a message, as the page shows it), which a
//! small script adds to the list. Without it, reloading shows the same.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State as FromApp};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use earnest_app::arrival::{self, Watcher};
use earnest_app::conversation;
use earnest_hire::ids::PersonId;
use earnest_store::MessageRow;
use jiff::Timestamp;

use super::{MessageView, read};
use crate::Ctx;
use crate::answer::flow;
use crate::problem::Problem;
use crate::session::SignedIn;

/// How long nothing may come before a line says that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked whether the process is to end.
const LOOK: Duration = Duration::from_secs(1);
/// After so long the browser connects anew; who has signed out meanwhile does not come back.
const LASTS: Duration = Duration::from_mins(15);

struct Stream {
    web: Ctx,
    watcher: Watcher,
    reader: PersonId,
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
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let desk = &web.app.desk;
    let thread = conversation::look(desk, id, who.id()).await?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = match last
        .and_then(|text| text.parse().ok())
        .map(Timestamp::from_microsecond)
    {
        Some(Ok(after)) => after,
        _ => thread.row.said_at,
    };
    let Some(watcher) = arrival::watch(desk, id, who.id(), after).await? else {
        let problem = Problem::of_status(StatusCode::TOO_MANY_REQUESTS);
        return Err(problem);
    };
    let now = tokio::time::Instant::now();
    let stream = Stream {
        web: Arc::clone(&web),
        watcher,
        reader: who.id(),
        began: now,
        told: now,
        has_begun: Begun::Not,
    };
    let mut response = Response::new(flow(stream, next));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// What is written next; the stream ends with the process and after a while.
async fn next(mut stream: Stream) -> Result<Option<(Bytes, Stream)>, std::io::Error> {
    if stream.has_begun == Begun::Not {
        stream.has_begun = Begun::Yes;
        return Ok(Some((Bytes::from_static(b"retry: 3000\n\n"), stream)));
    }
    loop {
        if stream.web.is_closing() || stream.began.elapsed() >= LASTS {
            return Ok(None);
        }
        let new = stream.watcher.next(LOOK).await.map_err(std::io::Error::other)?;
        if !new.is_empty() {
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

async fn written(
    stream: &Stream,
    new: &[MessageRow],
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let desk = &stream.web.app.desk;
    let thread = conversation::look(desk, stream.watcher.row().id, stream.reader).await?;
    let mut text = String::new();
    for message in new {
        let view = MessageView::new(&thread, message, stream.reader);
        text.extend([
            "event: message\nid: ",
            &message.at.as_microsecond().to_string(),
            "\n",
        ]);
        for line in view.render()?.lines() {
            text.extend(["data: ", line, "\n"]);
        }
        text.push('\n');
    }
    Ok(text)
}
