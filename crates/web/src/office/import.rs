//! Bringing in experts from a table: looked at first, then kept.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::expert::import;
use earnest_hire::field::FieldRefusal;
use earnest_hire::person::Role;

use super::{Operator, layout};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, render};
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

/// Characters of a table at most; a form may not be larger, and the command line takes more.
const TABLE: usize = 60_000;

#[derive(Template)]
#[template(path = "office/import.html")]
struct Import {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    field: FieldView,
    /// What would be done: who is new, and how many are there already.
    plan: Option<(Vec<(String, String)>, usize)>,
    table: String,
    /// How many were kept just now.
    kept: Option<usize>,
}

fn page(
    web: &Web,
    who: &Operator,
    table: &str,
    (faults, plan, kept): (Vec<FieldRefusal>, Option<import::Plan>, Option<usize>),
) -> Result<Fresh, Problem> {
    let way = [
        ("Vetting", urls::office_vetting()),
        ("Bring in experts", urls::office_import()),
    ];
    let page = Import {
        layout: layout(web, who, &way),
        field: FieldView::area("table", "The table", TABLE)
            .hint(
                "The first line names the columns: email, name, headline, about, skills, languages, time_zone, and perhaps \
                 rate, available_from, hours_a_week. Skills are written Python:10:https://example.org/work | SQL:8, languages English | German.",
            )
            .required()
            .filled(table, &faults),
        plan: plan.map(|plan| {
            let new = plan.new.into_iter();
            let new = new.map(|row| (row.email.to_string(), row.name)).collect();
            (new, plan.known.len())
        }),
        table: table.to_owned(),
        kept,
        faults,
    };
    render(&page, Cache::Private)
}

/// `GET /office/experts/import`
pub(crate) async fn import_form(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    page(&web, &who, "", (Vec::new(), None, None))
}

/// `POST /office/experts/import`: looked at; with `then=keep` kept.
pub(crate) async fn import_experts(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    body: Bytes,
) -> Result<Response, Problem> {
    who.may(Role::Support)?;
    let typed = Typed::read(&body);
    let table = typed.value("table").replace("\r\n", "\n");
    let desk = &web.app.desk;
    let rows = match import::read(desk, &table) {
        Ok(rows) => rows,
        Err(faults) => {
            let faults = faults
                .iter()
                .map(|fault| FieldRefusal::new("table", "unfit", fault.to_string()))
                .collect();
            let page = page(&web, &who, &table, (faults, None, None))?;
            return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
        }
    };
    let plan = import::plan(desk, rows).await?;
    if typed.value("then") == "keep" {
        let kept = import::carry_out(desk, plan.new).await?;
        return Ok(page(&web, &who, "", (Vec::new(), None, Some(kept)))?.into_response());
    }
    Ok(page(&web, &who, &table, (Vec::new(), Some(plan), None))?.into_response())
}

#[cfg(test)]
mod tests;
