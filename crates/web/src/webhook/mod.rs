//! Webhooks of whoever is signed in: where their programs are told of news, and how that went.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::request::once_key;
use earnest_app::webhook::{self, Known};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{DeliveryId, WebhookId};
use earnest_store::{DeliveryRow, DeliveryState, WebhookState};

use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "webhook/show.html")]
struct Show {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    /// A new secret, this once.
    secret: Option<String>,
    known: Vec<KnownView>,
    field: FieldView,
    once: String,
}

struct KnownView {
    id: String,
    url: String,
    state: WebhookState,
    former_until: Option<Moment>,
    log: Vec<DeliveryView>,
    /// Whether the log was asked for.
    is_open: bool,
    older: Option<String>,
}

struct DeliveryView {
    id: String,
    kind: String,
    at: Moment,
    state: DeliveryState,
    /// How it went, in our own words: what a receiver answers is shown to nobody.
    told: String,
    may_resend: bool,
}

/// What the page shows beside what is known.
#[derive(Default)]
struct Extra<'a> {
    secret: Option<String>,
    typed: &'a str,
    faults: Vec<FieldRefusal>,
    older: Option<(WebhookId, DeliveryId)>,
}

/// `GET /me/webhooks`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let pairs = query_pairs(query.as_deref());
    let asked = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, id)| id);
    let older = match (asked("of"), asked("before")) {
        (Some(of), Some(before)) => Some((read(of)?, before.parse().or(Err(Problem::not_found()))?)),
        _ => None,
    };
    let extra = Extra {
        older,
        ..Extra::default()
    };
    page(&web, &who, extra).await
}

async fn page(web: &Web, who: &SignedIn, extra: Extra<'_>) -> Result<Fresh, Problem> {
    let known = webhook::list(&web.app.desk, who.id(), extra.older).await?;
    let now = web.app.clock.now();
    let view = |one: &Known| KnownView {
        id: one.row.id.to_string(),
        url: one.row.url.clone(),
        state: one.row.state,
        former_until: one
            .row
            .former
            .as_ref()
            .map(|(_, until)| *until)
            .filter(|until| *until > now)
            .map(Moment::new),
        log: one.log.iter().map(delivery).collect(),
        is_open: extra.older.is_some_and(|(of, _)| of == one.row.id),
        older: one
            .next
            .map(|next| urls::webhook_log(&one.row.id.to_string(), &next.to_string())),
    };
    let page = Show {
        layout: Layout::new(web, "Webhooks").of(who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::webhooks(), "Webhooks"),
        ]),
        known: known.iter().map(view).collect(),
        secret: extra.secret,
        field: FieldView::line("url", "Address of your program", 500)
            .of_kind("url")
            .hint("It begins with https:// and is on the public internet.")
            .required()
            .filled(extra.typed, &extra.faults),
        faults: extra.faults,
        once: once_key(&web.app).to_string(),
    };
    render(&page, Cache::Private)
}

fn delivery(row: &DeliveryRow) -> DeliveryView {
    let tries = match row.attempts {
        0 => String::new(),
        1 => "Tried once.".to_owned(),
        more => format!("Tried {more} times."),
    };
    let status = row.status.map(|status| format!("The last answer was {status}."));
    let next = (row.state == DeliveryState::Waiting && row.attempts > 0)
        .then(|| format!("Next try {}.", Moment::new(row.due_at).text()));
    let told = [Some(tries), row.last_error.clone(), status, next];
    let told: Vec<String> = told
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    DeliveryView {
        id: row.id.to_string(),
        kind: row.kind.clone(),
        at: Moment::new(row.at),
        state: row.state,
        told: told.join(" "),
        may_resend: row.state != DeliveryState::Waiting,
    }
}

/// `POST /me/webhooks`
pub(crate) async fn add(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let url = typed.value("url");
    match webhook::add(&web.app.desk, who.id(), url, typed.once(&web.app)).await {
        Ok((_id, secret)) => {
            let extra = Extra {
                secret: Some(secret),
                ..Extra::default()
            };
            page(&web, &who, extra).await
        }
        Err(Error::Invalid(faults)) => {
            let extra = Extra {
                typed: url,
                faults,
                ..Extra::default()
            };
            let page = page(&web, &who, extra).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        // The form was sent twice: its address is on the page already.
        Err(Error::KeyReused) => Ok(Fresh::see_other(urls::webhooks())),
        Err(other) => Err(other.into()),
    }
}

fn read(id: &str) -> Result<WebhookId, Problem> {
    id.parse().or(Err(Problem::not_found()))
}

/// `POST /me/webhooks/{id}/rotate`
pub(crate) async fn rotate(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let secret = webhook::rotate(&web.app.desk, who.id(), read(&id)?).await?;
    let extra = Extra {
        secret: Some(secret),
        ..Extra::default()
    };
    page(&web, &who, extra).await
}

/// `POST /me/webhooks/{id}/remove`
pub(crate) async fn remove(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    webhook::remove(&web.app.desk, who.id(), read(&id)?).await?;
    Ok(Fresh::see_other(urls::webhooks()))
}

/// `POST /me/webhooks/{id}/resend`
pub(crate) async fn resend(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let delivery = Typed::read(&body)
        .value("delivery")
        .parse()
        .or(Err(Problem::not_found()))?;
    webhook::resend(&web.app.desk, who.id(), delivery).await?;
    Ok(Fresh::see_other(urls::webhooks()))
}

#[cfg(test)]
mod tests;
