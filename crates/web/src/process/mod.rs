//! The process of contracts: as a page that says where a milestone stands, and as data.

mod disputes;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::response::{IntoResponse, Response};
use earnest_hire::contract::{By, Guard, Kind, Row, rows_of};

pub(crate) use self::disputes::disputes;
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

/// From the agreement to the end, where nothing comes between.
const COURSE: [Kind; 6] = [
    Kind::Planned,
    Kind::Funding,
    Kind::Funded,
    Kind::Working,
    Kind::Submitted,
    Kind::Released,
];

/// What may come between.
const BETWEEN: [Kind; 3] = [Kind::ChangesRequested, Kind::Disputed, Kind::ChargebackHold];

/// A state in the picture.
struct Step {
    name: &'static str,
    words: String,
    here: bool,
}

/// A state and all that leads out of it.
struct StateView {
    step: Step,
    meaning: &'static str,
    rows: Vec<RowView>,
}

/// One way out of a state.
struct RowView {
    number: &'static str,
    event: &'static str,
    by: String,
    guards: Vec<&'static str>,
    posting: Option<&'static str>,
    to: Vec<Step>,
}

#[derive(Template)]
#[template(path = "process/show.html")]
struct Page {
    layout: Layout,
    version: u16,
    json: String,
    disputes: Link,
    course: Vec<Step>,
    between: Vec<Step>,
    ends: Vec<Step>,
    states: Vec<StateView>,
}

/// `GET /process/{version}` and `GET /process/{version}.json`: of one version, to read (`?at=` names the state that a
/// reader stands in) and for programs.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (name, data) = file
        .strip_suffix(".json")
        .map_or((&*file, false), |name| (name, true));
    let version = name.parse::<u16>().ok();
    // One document has one address: neither `01` nor `+1`.
    let version = version.filter(|number| number.to_string() == name);
    let version = version.ok_or_else(Problem::not_found)?;
    if data {
        let text = earnest_hire::process::document(version).ok_or_else(Problem::not_found)?;
        return Ok(Fresh::json(text, Cache::Revalidate).into_response());
    }
    let rows = rows_of(version).ok_or_else(Problem::not_found)?;
    let pairs = query_pairs(query.as_deref());
    let at = pairs
        .iter()
        .find(|(name, _)| name == "at")
        .map(|(_, value)| value.as_str());
    let here = Kind::ALL.iter().copied().find(|kind| at == Some(kind.name()));
    Ok(page(&web, version, rows, here)?.into_response())
}

fn page(web: &Ctx, version: u16, rows: &[Row], here: Option<Kind>) -> Result<Fresh, Problem> {
    let path = urls::process(version, None);
    let layout = Layout::new(web, "How a contract runs")
        .describe(
            "Every state of a milestone, what leads out of it, who may do it, and what becomes of the money.",
        )
        .canonical(&path)
        .within(Section::Hire)
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(path, "How a contract runs"),
        ]);
    let steps = |kinds: &[Kind]| kinds.iter().map(|kind| step(*kind, here)).collect();
    let ends: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_terminal() && !COURSE.contains(kind))
        .collect();
    let state = |kind: &Kind| StateView {
        step: step(*kind, here),
        meaning: kind.meaning(),
        rows: rows
            .iter()
            .filter(|row| row.from.contains(kind))
            .map(|row| row_view(row, here))
            .collect(),
    };
    let page = Page {
        layout,
        version,
        json: urls::process_data(version),
        disputes: Link::new(urls::disputes(), "How disputes have ended here"),
        course: steps(&COURSE),
        between: steps(&BETWEEN),
        ends: steps(&ends),
        states: Kind::ALL.iter().map(state).collect(),
    };
    render(&page, Cache::Revalidate)
}

fn step(kind: Kind, here: Option<Kind>) -> Step {
    Step {
        name: kind.name(),
        words: words(kind.name()),
        here: here == Some(kind),
    }
}

fn row_view(row: &Row, here: Option<Kind>) -> RowView {
    let by: Vec<&str> = row.by.iter().map(|by| who(*by)).collect();
    RowView {
        number: row.number,
        event: row.event.meaning(),
        by: by.join(", "),
        guards: row.guards.iter().copied().map(Guard::meaning).collect(),
        posting: row.posting.map(earnest_hire::contract::Posting::name),
        to: row.to.iter().map(|kind| step(*kind, here)).collect(),
    }
}

fn who(by: By) -> &'static str {
    match by {
        By::Client => "the client",
        By::Expert => "the expert",
        By::Operator => "an operator",
        By::Clock => "happens by itself",
        By::Provider => "the payment provider",
        By::Parties => "both parties",
    }
}

/// A name as words: "changes requested".
fn words(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests;
