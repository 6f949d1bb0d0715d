//! The list of what must be seen to before real money moves.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use earnest_app::go_live::{self, Finding, Gate, Item};
use earnest_hire::field::FieldRefusal;
use earnest_hire::person::Role;

use super::{Operator, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

const TITLE: &str = "Before real money moves";

#[derive(Template)]
#[template(path = "office/go_live.html")]
struct List {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    missing: usize,
    watched: bool,
    lines: Vec<Line>,
    words: FieldView,
}

struct Line {
    label: String,
    is_done: bool,
    says: String,
    can_try: bool,
    can_note: bool,
}

/// `GET /office/go-live`
pub(crate) async fn go_live(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    page(&web, &who, "", Vec::new()).await
}

async fn page(web: &Web, who: &Operator, typed: &str, faults: Vec<FieldRefusal>) -> Result<Fresh, Problem> {
    who.may(Role::Owner)?;
    let found = go_live::checks(&web.app.desk).await?;
    let has_server = web.app.desk.mailer.server().is_some();
    let lines = found.iter().map(|check| Line {
        label: as_heading(check.item.label()),
        is_done: check.is_done(),
        says: match &check.finding {
            Finding::Done(says) | Finding::Missing(says) => says.clone(),
        },
        can_try: check.item == Item::Mail && has_server,
        can_note: check.item == Item::Restore && !check.is_done(),
    });
    let page = List {
        layout: layout(web, who, &[(TITLE, urls::office_go_live())]),
        missing: found.iter().filter(|check| !check.is_done()).count(),
        watched: web.app.desk.gate == Gate::Watched,
        lines: lines.collect(),
        words: FieldView::area("words", "What you brought back", 500)
            .hint("Which backup, where to, and what you looked at afterwards.")
            .required()
            .filled(typed, &faults),
        faults,
    };
    render(&page, Cache::Private)
}

/// What stands in a list of what is missing, as the heading of a card.
fn as_heading(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// `POST /office/go-live/mail`: writes a test letter to whoever asks.
pub(crate) async fn try_mail(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Owner)?;
    go_live::try_mail(&web.app.desk, &who.0.person)
        .await
        .map_err(|error| refused(error, Link::new(urls::office_go_live(), TITLE)))?;
    Ok(Fresh::see_other(urls::office_go_live()))
}

/// `POST /office/go-live/restore`: notes that a backup was brought back.
pub(crate) async fn note_restore(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Owner)?;
    let typed = Typed::read(&body);
    match go_live::note_restore(&web.app.desk, &who.0.person, typed.value("words")).await {
        Ok(()) => Ok(Fresh::see_other(urls::office_go_live())),
        Err(earnest_app::Error::Invalid(faults)) => {
            let page = page(&web, &who, typed.value("words"), faults).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests;
