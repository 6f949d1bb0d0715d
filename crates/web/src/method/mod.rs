//! How scores, weights and verdicts are made, and how to read them.

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::comparison::words;
use earnest_compare::evidence::{LOW_CONFIDENCE_WIDENING, RESOLUTION};
use earnest_compare::verdict::THRESHOLDS;

use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "method/show.html")]
struct Page {
    layout: Layout,
    coverage: String,
    too_close: String,
    depends: String,
    narrowly: String,
    widening: f64,
    resolution: f64,
}

/// `GET /method`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let layout = Layout::new(&web, "How to read this")
        .describe("How scores come from evidence, what a verdict means, how sure it is, and what none of it tells you.")
        .canonical(urls::method())
        .within(Section::Method)
        .picture(crate::picture::of(urls::method(), "How to read this"))
        .trail(vec![Link::new(urls::method(), "How to read this")]);
    let page = Page {
        layout,
        coverage: words::percent(THRESHOLDS.coverage),
        too_close: words::percent(THRESHOLDS.too_close),
        depends: words::percent(THRESHOLDS.depends),
        narrowly: words::percent(THRESHOLDS.narrowly),
        widening: LOW_CONFIDENCE_WIDENING,
        resolution: RESOLUTION,
    };
    render(&page, Cache::Revalidate)
}
