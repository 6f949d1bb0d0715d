//! Events of providers that cannot be applied: why, and what is done about them.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::office::{self, Stuck};
use earnest_hire::field::FieldRefusal;
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use earnest_store::EventState;

use super::{Operator, age, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/events.html")]
struct List {
    layout: Layout,
    events: Vec<Card>,
}

struct Card {
    provider: String,
    id: String,
    what: String,
    at: Moment,
    age: String,
    state: &'static str,
    why: String,
    body: String,
    field: FieldView,
}

/// `GET /office/events`
pub(crate) async fn events(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    page(&web, &who, &Typed::default(), &[]).await
}

async fn page(web: &Web, who: &Operator, typed: &Typed, faults: &[FieldRefusal]) -> Result<Fresh, Problem> {
    let stuck = office::stuck_events(&web.app.desk).await?;
    let cards = (1..).zip(&stuck);
    let page = List {
        layout: layout(web, who, &[("Provider events", urls::office_events())]),
        events: cards
            .map(|(no, one)| card(web, (no, one), typed, faults))
            .collect(),
    };
    render(&page, Cache::Private)
}

fn card(web: &Web, (no, one): (usize, &Stuck), typed: &Typed, faults: &[FieldRefusal]) -> Card {
    let event = &one.event;
    let is_this = (typed.value("provider"), typed.value("event")) == (&event.provider, &event.event_id);
    let name = format!("why-{no}");
    let mut field = FieldView::line(name, "Why it can be left", 1_000)
        .hint("Only to set it aside: what it was. It is kept with the event.");
    if is_this {
        typed.value("why").clone_into(&mut field.value);
        field.error = faults.first().map(|fault| fault.sentence.clone());
    }
    let state = match one.state {
        EventState::Broken => "Broken: it is tried again by itself, too",
        _ => "Refused",
    };
    Card {
        provider: event.provider.clone(),
        id: event.event_id.clone(),
        what: event.kind.replace('_', " "),
        at: Moment::new(event.at),
        age: age(web.app.clock.now(), event.received_at),
        state,
        why: why(one.why.as_deref()),
        body: event.body.clone(),
        field,
    }
}

/// The sentence of a rule, or what was at fault as it was noted.
fn why(noted: Option<&str>) -> String {
    let noted = noted.unwrap_or_default();
    let rule = Refusal::PLAIN.iter().find(|refusal| refusal.code() == noted);
    rule.map_or_else(
        || noted.replace('_', " "),
        |rule| format!("{} ({noted})", rule.sentence()),
    )
}

/// `POST /office/events`: has one tried again, or sets it aside.
pub(crate) async fn act_on_event(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    if let Some(first) = who.led_to_proof(&web, urls::office_events()) {
        return Ok(first);
    }
    let mut typed = Typed::read(&body);
    // The field of each event on the page has a number of its own.
    let reason = typed.value(typed.value("field")).to_owned();
    typed.put("why", reason.clone());
    let (desk, by) = (&web.app.desk, who.0.id());
    let (provider, event) = (typed.value("provider"), typed.value("event"));
    let done = if typed.value("act") == "aside" {
        office::set_event_aside(desk, by, (provider, event), &reason).await
    } else {
        office::retry_event(desk, by, provider, event).await
    };
    match done {
        Ok(()) => Ok(Fresh::see_other(urls::office_events())),
        Err(Error::Invalid(faults)) => {
            let page = page(&web, &who, &typed, &faults).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(refused(
            other,
            Link::new(urls::office_events(), "Provider events"),
        )),
    }
}
