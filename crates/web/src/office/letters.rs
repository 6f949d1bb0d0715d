//! Letters that were given up, to be tried again once their cause is mended.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use earnest_app::mail;
use earnest_hire::person::Role;
use earnest_store::LostMail;

use super::{Operator, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Ctx, urls};

const TITLE: &str = "Letters that were given up";

#[derive(Template)]
#[template(path = "office/letters.html")]
struct List {
    layout: Layout,
    letters: Vec<Line>,
}

struct Line {
    at: Moment,
    lost: LostMail,
}

/// `GET /office/letters`
pub(crate) async fn letters(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let lost = mail::given_up(&web.app.desk).await?;
    let page = List {
        layout: layout(&web, &who, &[(TITLE, urls::office_letters())]),
        letters: lost
            .into_iter()
            .map(|lost| Line {
                at: Moment::new(lost.at),
                lost,
            })
            .collect(),
    };
    render(&page, Cache::Private)
}

/// `POST /office/letters`: lets one be tried again.
pub(crate) async fn send_again(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let typed = Typed::read(&body);
    mail::send_again(&web.app.desk, typed.value("letter"))
        .await
        .map_err(|error| refused(error, Link::new(urls::office_letters(), TITLE)))?;
    Ok(Fresh::see_other(urls::office_letters()))
}
