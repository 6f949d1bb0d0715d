//! Passwords and the tokens that programs carry.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use earnest_app::payee::Confirmed;
use earnest_app::{Error, account, password, second_factor, token};
use earnest_hire::field::FieldRefusal;

use crate::answer::{Cache, Fresh};
use crate::caller::Caller;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "me/tokens.html")]
struct Tokens {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    label: FieldView,
    /// One that was just made; shown this once.
    made: Option<String>,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    label: String,
    begun: Moment,
    /// None before it is known to have been used.
    seen: Option<Moment>,
}

#[derive(Template)]
#[template(path = "me/password.html")]
struct Password {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    since: Option<Moment>,
    fields: Vec<FieldView>,
}

fn layout(web: &Web, who: &SignedIn, title: &'static str, path: &'static str) -> Layout {
    Layout::new(web, title).of(who).trail(vec![
        Link::new(urls::me(), "Your work"),
        Link::new(urls::account(), "Your account"),
        Link::new(path, title),
    ])
}

/// `GET /me/tokens`
pub(crate) async fn tokens(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    tokens_page(&web, &who, None, ("", Vec::new())).await
}

async fn tokens_page(
    web: &Web,
    who: &SignedIn,
    made: Option<String>,
    (typed, faults): (&str, Vec<FieldRefusal>),
) -> Result<Fresh, Problem> {
    let sessions = account::browsers(&web.app.desk, who.id(), who.token).await?;
    let line = |one: account::Browser| {
        Some(Line {
            id: one.name(),
            label: one.row.label?,
            begun: Moment::new(one.row.begun_at),
            seen: (one.row.seen_at > one.row.begun_at).then(|| Moment::new(one.row.seen_at)),
        })
    };
    let page = Tokens {
        layout: layout(web, who, "Tokens for programs", urls::tokens()),
        label: FieldView::line("label", "What it is for", 80)
            .hint("So that you know it again.")
            .required()
            .filled(typed, &faults),
        made,
        lines: sessions.into_iter().filter_map(line).collect(),
        faults,
    };
    render(&page, Cache::Private)
}

/// `POST /me/tokens`: makes one, for somebody who has just proved their second factor, where they have one.
pub(crate) async fn make_token(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let has = second_factor::has(&web.app.desk, who.id()).await?;
    if has != second_factor::Has::None && who.confirmed(&web) == Confirmed::No {
        return Ok(Fresh::see_other(&urls::prove(urls::tokens())));
    }
    match token::make(&web.app.desk, &who.person, typed.value("label")).await {
        Ok(made) => tokens_page(&web, &who, Some(made.to_string()), ("", Vec::new())).await,
        Err(Error::Invalid(faults)) => {
            let page = tokens_page(&web, &who, None, (typed.value("label"), faults)).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /me/sessions/{id}/end`: of a browser or a program.
pub(crate) async fn end(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    account::end(&web.app.desk, who.id(), &id).await?;
    let back = if Typed::read(&body).value("of") == "token" {
        urls::tokens()
    } else {
        urls::account()
    };
    Ok(Fresh::see_other(back))
}

/// `GET /me/password`
pub(crate) async fn password_form(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    password_page(&web, &who, Vec::new()).await
}

async fn password_page(web: &Web, who: &SignedIn, faults: Vec<FieldRefusal>) -> Result<Fresh, Problem> {
    let since = password::since(&web.app.desk, who.id()).await?;
    let field = |name: &'static str, label: &'static str, completed: &'static str| {
        FieldView::line(name, label, 128)
            .of_kind("password")
            .completed_by(completed)
            .required()
            .filled("", &faults)
    };
    let current = since.map(|_| field("current", "The password that you have", "current-password"));
    let new = field("password", "The new password", "new-password")
        .hint("At least 8 characters; a few words are easy to remember.");
    let page = Password {
        layout: layout(web, who, "Your password", urls::password()),
        since: since.map(Moment::new),
        fields: current.into_iter().chain([new]).collect(),
        faults,
    };
    render(&page, Cache::Private)
}

/// `POST /me/password`: every other browser and program is signed out.
pub(crate) async fn set_password(
    FromApp(web): FromApp<Ctx>,
    from: Caller,
    who: SignedIn,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let (typed, desk) = (Typed::read(&body), &web.app.desk);
    let refused = async |fault: Vec<FieldRefusal>| -> Result<Fresh, Problem> {
        let page = password_page(&web, &who, fault).await?;
        Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
    };
    if password::since(desk, who.id()).await?.is_some() {
        web.may_try(from, Some(&who.person.email)).await?;
        match password::check(desk, &who.person.email, typed.value("current")).await {
            Ok(_person) => {}
            Err(Error::Conflict { code, .. }) => {
                let sentence = "This is not the password that you have. You can also sign in by a link.";
                return refused(vec![FieldRefusal::new("current", code, sentence)]).await;
            }
            Err(other) => return Err(other.into()),
        }
    }
    match password::set(desk, &who.person, who.token, typed.value("password")).await {
        Ok(()) => Ok(Fresh::see_other(urls::account())),
        Err(Error::Invalid(faults)) => refused(faults).await,
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests;
