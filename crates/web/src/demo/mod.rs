//! The time of a demo, which its operator may set ahead. Without a demo there is no such page.

mod words;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use axum::response::{IntoResponse, Response};
use earnest_app::demo::{self, Happened, Step};
use jiff::Timestamp;

use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::Typed;
use crate::office::Operator;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "demo/clock.html")]
struct Page {
    layout: Layout,
    now: Moment,
    steps: [(&'static str, &'static str); 4],
    /// From when it was moved; none before it was.
    from: Option<Moment>,
    lines: Vec<Line>,
}

/// Something that happened by itself.
struct Line {
    at: Moment,
    text: String,
    /// Where it shows; none where it is about somebody's money.
    contract: Option<Link>,
}

/// `GET /demo/clock`
pub(crate) async fn clock(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let desk = &web.app.desk;
    if desk.demo_clock.is_none() {
        return Err(Problem::not_found());
    }
    let pairs = query_pairs(query.as_deref());
    let from = pairs.iter().find(|(key, _)| key == "from");
    let from: Option<Timestamp> = from.and_then(|(_, text)| text.parse().ok());
    let happened = match from {
        Some(from) => demo::happened(desk, from).await?,
        None => Vec::new(),
    };
    let page = Page {
        layout: Layout::new(&web, "The demo’s time").of(&who.0),
        now: Moment::new(web.app.clock.now()),
        steps: Step::ALL.map(|step| (step.name(), label(step))),
        from: from.map(Moment::new),
        lines: happened.iter().map(line).collect(),
    };
    render(&page, Cache::Private)
}

fn label(step: Step) -> &'static str {
    match step {
        Step::Hour => "1 hour on",
        Step::Day => "1 day on",
        Step::Week => "7 days on",
        Step::NextTimer => "To what happens next",
    }
}

fn line(happened: &Happened) -> Line {
    let contract = happened.chain.parse().ok();
    Line {
        at: Moment::new(happened.deed.at),
        text: words::told(&happened.deed),
        contract: contract.map(|id| Link::new(urls::contract(id), "See the contract")),
    }
}

/// `POST /demo/clock`: the page that it leads to says what happened on the way.
pub(crate) async fn forward(
    FromApp(web): FromApp<Ctx>,
    _who: Operator,
    body: Bytes,
) -> Result<Response, Problem> {
    let desk = &web.app.desk;
    if desk.demo_clock.is_none() {
        return Err(Problem::not_found());
    }
    let typed = Typed::read(&body);
    let step = Step::ALL
        .into_iter()
        .find(|step| step.name() == typed.value("step"));
    let step = step.ok_or_else(|| {
        Problem::refused(
            "no_such_step",
            "The time moves by an hour, a day, seven days, or to what happens next.",
        )
        .near(vec![back()])
    })?;
    match demo::forward(desk, step).await {
        Ok(from) => Ok(Fresh::see_other(&urls::demo_clock_from(from)).into_response()),
        Err(earnest_app::Error::Conflict { code, sentence }) => {
            Err(Problem::refused(code, sentence).near(vec![back()]))
        }
        Err(other) => Err(other.into()),
    }
}

fn back() -> Link {
    Link::new(urls::demo_clock(), "The demo’s time")
}

#[cfg(test)]
pub(crate) mod tests;
