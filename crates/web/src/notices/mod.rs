//! What somebody is mailed about, and what they cannot do without.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use earnest_app::notice::{self, Choice};

use crate::answer::{Cache, Fresh};
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::{Ctx, urls};

const TITLE: &str = "What you are mailed about";

#[derive(Template)]
#[template(path = "notices/show.html")]
struct Show {
    layout: Layout,
    saved: bool,
    optional: Vec<Choice>,
    always: Vec<Choice>,
}

/// `GET /me/notices`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let choices = notice::choices(&web.app.desk, who.id()).await?;
    let (optional, always) = choices.into_iter().partition(|one| one.topic.is_optional());
    let page = Show {
        layout: Layout::new(&web, TITLE).of(&who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::account(), "Your account"),
            Link::new(urls::notices(), TITLE),
        ]),
        saved: query.as_deref() == Some("kept"),
        optional,
        always,
    };
    render(&page, Cache::Private)
}

/// `POST /me/notices`
pub(crate) async fn keep(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    notice::choose(&web.app.desk, who.id(), &typed.values("topic")).await?;
    Ok(Fresh::see_other(urls::notices_kept()))
}

#[cfg(test)]
mod tests;
