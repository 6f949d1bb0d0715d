//! Proposing experts for a request, and noting that it was answered.

use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::advice::{self, NOTE, PICK_FIELDS, Pick};
use earnest_app::{request as requests_of, shortlist};
use earnest_hire::field::FieldRefusal;
use earnest_hire::person::Role;
use earnest_hire::request::Request;

use super::{Operator, refused, requests};
use crate::answer::Fresh;
use crate::form::{FieldView, Typed};
use crate::page::Link;
use crate::problem::Problem;
use crate::request::{ProposedView, ReasonView, proposed_view, reasons};
use crate::words::Moment;
use crate::{Ctx, Web, urls};

/// How many of the ranking an operator chooses among.
pub(crate) const LISTED: usize = 10;
/// The names of the choices of the rows.
const LISTED_FIELDS: [&str; 3] = ["listed_1", "listed_2", "listed_3"];

/// What stands on the page of a request for who advises.
pub(super) struct Advising {
    pub(super) replied: Option<Moment>,
    pub(super) proposed: Vec<ProposedView>,
    pub(super) listed: Vec<ListedView>,
    pub(super) rows: Vec<Row>,
}

pub(super) struct ListedView {
    pub(super) link: Link,
    pub(super) person: String,
    pub(super) points: u32,
    pub(super) reasons: Vec<ReasonView>,
}

/// A row of the form.
pub(super) struct Row {
    pub(super) listed: String,
    pub(super) fields: [FieldView; 3],
}

impl Advising {
    pub(super) async fn of(
        web: &Web,
        request: &Request,
        (typed, faults): (&Typed, &[FieldRefusal]),
    ) -> Result<Self, Problem> {
        let desk = &web.app.desk;
        let listed = shortlist::first(desk, request, (None, LISTED)).await?;
        let proposed = advice::proposed(desk, request.id).await?;
        let expert = |person: String, name: String| Link::new(urls::expert(&person), name);
        Ok(Self {
            replied: advice::replied_at(desk, request.id).await?.map(Moment::new),
            proposed: proposed.into_iter().map(|one| proposed_view(web, one)).collect(),
            listed: listed
                .into_iter()
                .map(|one| ListedView {
                    person: one.place.person.to_string(),
                    points: one.place.points,
                    reasons: reasons(&one.place),
                    link: expert(one.place.person.to_string(), one.row.name),
                })
                .collect(),
            rows: PICK_FIELDS
                .iter()
                .zip(LISTED_FIELDS)
                .map(|(names, listed)| row(web, (*names, listed), typed, faults))
                .collect(),
        })
    }
}

fn row(
    web: &Web,
    ((expert, rate, note), listed): ((&'static str, &'static str, &'static str), &'static str),
    typed: &Typed,
    faults: &[FieldRefusal],
) -> Row {
    let currency = web.app.currency;
    Row {
        listed: typed.value(listed).to_owned(),
        fields: [
            FieldView::line(expert, "Or the address of a profile", 500)
                .hint("It wins over the list.")
                .filled(typed.value(expert), faults),
            FieldView::line(rate, "Rate for an hour (optional)", 40)
                .hint(format!("In {currency}. Empty where the profile says it."))
                .filled(typed.value(rate), faults),
            FieldView::area(note, "Why this one", NOTE)
                .hint("The client reads it.")
                .filled(typed.value(note), faults),
        ],
    }
}

fn picks(typed: &Typed) -> Vec<Pick> {
    let value = |name: &str| typed.value(name).trim().to_owned();
    let pick = |((expert, rate, note), listed): (&(&str, &str, &str), &str)| Pick {
        expert: Some(value(expert))
            .filter(|address| !address.is_empty())
            .unwrap_or_else(|| value(listed)),
        rate: value(rate),
        note: typed.value(note).to_owned(),
    };
    PICK_FIELDS.iter().zip(LISTED_FIELDS).map(pick).collect()
}

fn back(path: &str) -> Link {
    Link::new(path, "Back to the request")
}

/// `POST /office/requests/{id}/experts`
pub(crate) async fn propose_experts(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    who.may(Role::Support)?;
    let request = requests_of::show(&web.app, &id).await?.request;
    let typed = Typed::read(&body);
    let path = urls::office_request(&id);
    match advice::propose(&web.app.desk, &who.0.person, request.id, &picks(&typed)).await {
        Ok(()) => Ok(Fresh::see_other(&path).into_response()),
        Err(earnest_app::Error::Invalid(faults)) => {
            let page = requests::page(&web, &who, &id, (&typed, faults)).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(other) => Err(refused(other, back(&path))),
    }
}

/// `POST /office/requests/{id}/replied`
pub(crate) async fn replied(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let request = requests_of::show(&web.app, &id).await?.request;
    advice::replied(&web.app.desk, &who.0.person, request.id).await?;
    Ok(Fresh::see_other(&urls::office_request(&id)))
}
