//! What is stopped of whoever is signed in: why, by which rule, by whom, until when, and what they say to it.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::hold::{self, Held, TEXT};
use earnest_app::request::once_key;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::HoldId;
use jiff::Timestamp;

use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::office::{hold_facts, scope_words};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "holds/show.html")]
struct Page {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    holds: Vec<Card>,
}

struct Card {
    id: String,
    title: String,
    facts: Vec<(&'static str, String)>,
    once: String,
    /// The form of a complaint, where one is still possible.
    reason: Option<FieldView>,
}

/// `GET /me/holds`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    page(&web, &who, &Typed::default(), Vec::new()).await
}

async fn page(web: &Web, who: &SignedIn, typed: &Typed, faults: Vec<FieldRefusal>) -> Result<Fresh, Problem> {
    let holds = hold::of_person(&web.app.desk, who.id()).await?;
    let now = web.app.clock.now();
    let page = Page {
        layout: Layout::new(web, "What is stopped").of(who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::holds(), "What is stopped"),
        ]),
        holds: holds
            .iter()
            .map(|held| card(web, held, (typed, &faults), now))
            .collect(),
        faults,
    };
    render(&page, Cache::Private)
}

fn card(web: &Web, one: &Held, (typed, faults): (&Typed, &[FieldRefusal]), now: Timestamp) -> Card {
    let (id, hold) = (one.hold.id.to_string(), &one.hold);
    let is_this = typed.value("hold") == id;
    let over = if hold.stands(now) { "" } else { " (over)" };
    let field = || {
        // each form on the page has its own field, so that labels and errors lead to the right one
        let name = format!("reason-{id}");
        let view = FieldView::area(name, "What is wrong about it", TEXT)
            .hint("Another operator than the one who decided reads it and answers. Once for each hold.")
            .required();
        if is_this {
            let mut filled = view.filled(typed.value(&format!("reason-{id}")), &[]);
            filled.error = faults.first().map(|fault| fault.sentence.clone());
            filled
        } else {
            view
        }
    };
    let sent = typed.value("once");
    Card {
        title: format!("{}{over}", scope_words(hold.scope)),
        facts: hold_facts(one),
        once: if is_this && !sent.is_empty() {
            sent.to_owned()
        } else {
            once_key(&web.app).to_string()
        },
        reason: hold.appeal.is_none().then(field),
        id,
    }
}

/// `POST /me/holds`: complains about one.
pub(crate) async fn appeal(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let hold: HoldId = typed.value("hold").parse().or(Err(Problem::not_found()))?;
    let reason = typed.value(&format!("reason-{hold}"));
    let once = typed.once(&web.app).to_string();
    match hold::appeal(&web.app.desk, who.id(), hold, reason, &once).await {
        Ok(()) => Ok(Fresh::see_other(urls::holds())),
        Err(Error::Invalid(faults)) => {
            let page = page(&web, &who, &typed, faults).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(Problem::from(other).near(vec![Link::new(urls::holds(), "What is stopped")])),
    }
}

#[cfg(test)]
mod tests;
