//! The page of somebody who is signed in: what waits for them, and their account.

pub(crate) mod keys;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use earnest_app::conversation::Cursor;
use earnest_app::request::progress;
use earnest_app::{account, conversation};
use earnest_hire::field::FieldRefusal;

use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::contract;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::request::going::{RequestLine, TalkLine, line, talk_line};
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

/// How many conversations a page shows.
const TALKS: u16 = 50;

#[derive(Template)]
#[template(path = "me/show.html")]
struct Show {
    layout: Layout,
    name: String,
    in_office: bool,
    /// Contracts in which it is this person's turn.
    turns: Vec<contract::Line>,
    talks: Vec<TalkLine>,
    older: Option<String>,
    requests: Vec<RequestLine>,
}

#[derive(Template)]
#[template(path = "me/account.html")]
struct Account {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    email: String,
    name: FieldView,
    browsers: Vec<BrowserLine>,
}

struct BrowserLine {
    name: String,
    begun: Moment,
    seen: Moment,
    is_this: bool,
}

/// `GET /me`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let desk = &web.app.desk;
    let mut requests = progress::mine(desk, who.id()).await?;
    requests.retain(|known| !known.row.progress.stage.is_over());
    let pairs = query_pairs(query.as_deref());
    let after = pairs.iter().find(|(key, _)| key == "talks");
    let after: Option<Cursor> = after
        .map(|(_, cursor)| cursor.parse().or(Err(Problem::not_found())))
        .transpose()?;
    let (talks, next) = conversation::list(desk, who.id(), after, TALKS).await?;
    let page = Show {
        layout: Layout::new(&web, "Your work").of(&who),
        name: who.person.name.clone(),
        in_office: who.person.roles.any(),
        turns: contract::waiting(&web, &who).await?,
        talks: talks.into_iter().map(talk_line).collect(),
        older: next.map(|cursor| urls::me_talks(&cursor.to_string())),
        requests: requests.iter().map(line).collect(),
    };
    render(&page, Cache::Private)
}

/// `GET /me/account`
pub(crate) async fn account(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    let name = who.person.name.clone();
    account_page(&web, &who, &name, Vec::new()).await
}

/// `POST /me/account`
pub(crate) async fn rename(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    match account::rename(&web.app.desk, who.id(), typed.value("name")).await {
        Ok(()) => Ok(Fresh::see_other(urls::account())),
        Err(earnest_app::Error::Invalid(faults)) => {
            let page = account_page(&web, &who, typed.value("name"), faults).await?;
            Ok(page.with_status(axum::http::StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /me/account/sign-out-elsewhere`
pub(crate) async fn go_out_elsewhere(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    account::go_out_elsewhere(&web.app.desk, who.id(), who.token).await?;
    Ok(Fresh::see_other(urls::account()))
}

async fn account_page(
    web: &Web,
    who: &SignedIn,
    typed: &str,
    faults: Vec<FieldRefusal>,
) -> Result<Fresh, Problem> {
    let browsers = account::browsers(&web.app.desk, who.id(), who.token).await?;
    let line = |one: account::Browser| BrowserLine {
        name: Some(
            one.row
                .label
                .map_or(one.row.browser, |label| format!("A program: {label}")),
        )
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "a browser without a name".to_owned()),
        begun: Moment::new(one.row.begun_at),
        seen: Moment::new(one.row.seen_at),
        is_this: one.is_this,
    };
    let page = Account {
        layout: Layout::new(web, "Your account").of(who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::account(), "Your account"),
        ]),
        email: who.person.email.to_string(),
        name: FieldView::line("name", "Your name", 100)
            .completed_by("name")
            .hint("As others on this site see it.")
            .required()
            .filled(typed, &faults),
        browsers: browsers.into_iter().map(line).collect(),
        faults,
    };
    render(&page, Cache::Private)
}
