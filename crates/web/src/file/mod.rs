//! Files: handed out to whoever may see what they are part of, always to be saved, never to be shown.

use askama::Template;
use axum::extract::{Path, State as FromApp};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use earnest_app::desk::Desk;
use earnest_app::file;
use earnest_hire::file::{disposition, length};
use earnest_hire::hex;
use earnest_hire::ids::FileId;
use earnest_hire::person::Person;
use earnest_store::{FileOf, FileRow};

use crate::answer::flow;
use crate::page::Link;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::{Ctx, Web, urls};

/// The files of one thing, as a list that is put into its page; nothing where there are none.
#[derive(Debug, Clone, Template)]
#[template(path = "file/attached.html")]
pub(crate) struct Attached {
    files: Vec<FileView>,
}

#[derive(Debug, Clone)]
struct FileView {
    link: Link,
    length: String,
    sha256: String,
}

impl askama::filters::HtmlSafe for Attached {}

impl Attached {
    /// Those that are part of this.
    pub(crate) fn of(files: &[FileRow], of: FileOf) -> Self {
        let view = |file: &FileRow| FileView {
            link: Link::new(urls::file(file.id), file.name.clone()),
            length: length(file.bytes),
            sha256: hex(&file.sha256),
        };
        Self {
            files: files.iter().filter(|file| file.of == of).map(view).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Where reading has got to.
struct Reading {
    desk: Desk,
    id: FileId,
    next: i64,
}

/// `GET /files/{id}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().or(Err(Problem::not_found()))?;
    sent(&web, id, &who.person).await
}

/// The bytes of a file, for whoever may see what it is part of.
pub(crate) async fn sent(web: &Web, id: FileId, reader: &Person) -> Result<Response, Problem> {
    let row = file::open(&web.app.desk, id, reader).await?;
    let reading = Reading {
        desk: web.app.desk.clone(),
        id,
        next: 0,
    };
    let mut response = Response::new(flow(reading, read_on));
    for (name, value) in headers(&row)? {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// One piece after the other, so that no more than one is in memory.
async fn read_on(mut reading: Reading) -> Result<Option<(Bytes, Reading)>, std::io::Error> {
    let piece = file::piece(&reading.desk, reading.id, reading.next).await;
    let piece = piece.map_err(std::io::Error::other)?;
    reading.next = reading.next.saturating_add(1);
    Ok(piece.map(|bytes| (Bytes::from(bytes), reading)))
}

fn headers(row: &FileRow) -> Result<[(HeaderName, HeaderValue); 6], Problem> {
    let text = |value: &str| HeaderValue::from_str(value).map_err(Problem::broken);
    Ok([
        (CONTENT_TYPE, text(&row.media_type)?),
        (CONTENT_DISPOSITION, text(&disposition(&row.name))?),
        (CONTENT_LENGTH, HeaderValue::from(row.bytes)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ])
}

#[cfg(test)]
pub(crate) mod tests;
