//! Taking one's data along, and going for good.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use earnest_app::Error;
use earnest_app::deletion::{self, Leaving};
use earnest_app::extract::{Extract, Part};
use earnest_app::payee::Confirmed;
use earnest_app::second_factor::{self, Has};
use earnest_hire::field::FieldRefusal;
use earnest_hire::file::disposition;
use earnest_hire::ids::PersonId;

use crate::answer::{Cache, Fresh, flow};
use crate::archive::Archive;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

/// Bytes that are sent together.
const TOGETHER: usize = 32 * 1024;

#[derive(Template)]
#[template(path = "leaving/extract.html")]
struct Data {
    layout: Layout,
    has_factor: bool,
}

#[derive(Template)]
#[template(path = "leaving/delete.html")]
struct Delete {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    /// When it is done, where it was asked for.
    due: Option<Moment>,
    reasons: Vec<&'static str>,
    kept: bool,
    email: String,
    has_factor: bool,
    field: FieldView,
}

fn layout(web: &Web, who: &SignedIn, title: &'static str, path: &'static str) -> Layout {
    Layout::new(web, title).of(who).trail(vec![
        Link::new(urls::me(), "Your work"),
        Link::new(urls::account(), "Your account"),
        Link::new(path, title),
    ])
}

async fn has_factor(web: &Web, who: &SignedIn) -> Result<bool, Problem> {
    Ok(second_factor::has(&web.app.desk, who.id()).await? != Has::None)
}

/// `GET /me/data`
pub(crate) async fn data(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    let page = Data {
        layout: layout(&web, &who, "Your data", urls::data()),
        has_factor: has_factor(&web, &who).await?,
    };
    render(&page, Cache::Private)
}

/// `POST /me/data`: all of it, for somebody who has just proved their second factor, where they have one.
pub(crate) async fn take(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Response, Problem> {
    if has_factor(&web, &who).await? && who.confirmed(&web) == Confirmed::No {
        return Ok(Fresh::see_other(&urls::prove(urls::data())).into_response());
    }
    archive_of(&web, who.id())
}

/// The making of an archive.
struct Making {
    extract: Extract,
    /// None once all was sent.
    archive: Option<Archive>,
}

/// All that is kept about a person, to be saved; it is made while it is sent.
pub(crate) fn archive_of(web: &Web, person: PersonId) -> Result<Response, Problem> {
    let now = web.app.clock.now();
    let making = Making {
        extract: Extract::new(&web.app.desk, person),
        archive: Some(Archive::new(now)),
    };
    let name = format!("my-data-{}.zip", now.strftime("%Y-%m-%d"));
    let name = HeaderValue::from_str(&disposition(&name)).map_err(Problem::broken)?;
    let mut response = Response::new(flow(making, go_on));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_DISPOSITION, name);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// The next bytes; what fails half way breaks the download off, so that nobody takes a part for the whole.
async fn go_on(mut making: Making) -> Result<Option<(Bytes, Making)>, std::io::Error> {
    let Some(mut archive) = making.archive.take() else {
        return Ok(None);
    };
    let mut ready = Vec::new();
    while ready.len() < TOGETHER {
        match making.extract.next().await.map_err(std::io::Error::other)? {
            Part::Begin(name) => archive.begin(name)?,
            Part::Bytes(bytes) => archive.write(&bytes)?,
            Part::End => {
                archive.finish()?;
                ready.append(&mut archive.take()?);
                return Ok(Some((Bytes::from(ready), making)));
            }
        }
        ready.append(&mut archive.take()?);
    }
    making.archive = Some(archive);
    Ok(Some((Bytes::from(ready), making)))
}

/// `GET /me/delete`
pub(crate) async fn form(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    page(&web, &who, query.as_deref() == Some("kept"), ("", Vec::new())).await
}

async fn page(
    web: &Web,
    who: &SignedIn,
    kept: bool,
    (typed, faults): (&str, Vec<FieldRefusal>),
) -> Result<Fresh, Problem> {
    let Leaving { asked, reasons } = deletion::look(&web.app.desk, &who.person).await?;
    let page = Delete {
        layout: layout(web, who, "Delete your account", urls::delete()),
        due: asked.map(|row| Moment::new(row.due_at)),
        reasons: reasons.iter().map(|one| one.sentence()).collect(),
        kept,
        email: who.person.email.to_string(),
        has_factor: has_factor(web, who).await?,
        field: FieldView::line("email", "The address of this account", 254)
            .of_kind("email")
            .hint("Type it, so that it is this account and not another.")
            .required()
            .filled(typed, &faults),
        faults,
    };
    render(&page, Cache::Private)
}

/// `POST /me/delete`
pub(crate) async fn ask(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    if has_factor(&web, &who).await? && who.confirmed(&web) == Confirmed::No {
        return Ok(Fresh::see_other(&urls::prove(urls::delete())));
    }
    let typed = Typed::read(&body);
    match deletion::ask(
        &web.app.desk,
        &who.person,
        typed.value("email"),
        who.confirmed(&web),
    )
    .await
    {
        Ok(_row) => Ok(Fresh::see_other(urls::delete())),
        Err(Error::Invalid(faults)) => {
            let page = page(&web, &who, false, (typed.value("email"), faults)).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /me/delete/cancel`
pub(crate) async fn cancel(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    deletion::cancel(&web.app.desk, who.id()).await?;
    Ok(Fresh::see_other(urls::delete_kept()))
}

#[cfg(test)]
mod tests;
