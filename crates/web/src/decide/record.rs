//! The record of a decision: a page for paper, and Markdown to be saved.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use earnest_app::comparison::report::{self, Row};
use earnest_app::comparison::words::list;
use earnest_app::decision::{self, Deciding, Opened};

use super::page::{PersonView, SpreadView, Verdict, differ, people, spread, verdict};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::{Web, compare, urls, words};

#[derive(Template)]
#[template(path = "decide/record.html")]
struct Record {
    layout: Layout,
    title: String,
    date: String,
    together: String,
    evidence: String,
    address: String,
    context: String,
    options: Vec<String>,
    criteria: Vec<Row>,
    total: Row,
    verdict: Verdict,
    newer: Option<String>,
    people: Vec<PersonView>,
    spread: Vec<SpreadView>,
    differ: Vec<String>,
    robust: Vec<String>,
    sources: Vec<String>,
    notices: Vec<String>,
    markdown: String,
    back: Link,
}

/// `GET /decisions/{token}/record`
pub(super) fn show(web: &Web, token: &str, opened: &Opened) -> Result<Fresh, Problem> {
    let deciding = decision::look(&web.app.catalogue, &opened.decision, &opened.people)?;
    let text = &deciding.common.comparison.text;
    let head = &deciding.common.edition.edition.head;
    let common = &deciding.common;
    let page = Record {
        layout: Layout::new(web, format!("Record: {}", opened.decision.title))
            .untold(urls::decision_act(token, "record"))
            .hidden_from_search()
            .within(Section::Compare),
        title: opened.decision.title.clone(),
        date: words::date(&web.app.today().to_string()),
        together: decision::people(deciding.people.len()),
        evidence: format!(
            "{}, edition {} of {}",
            text.title,
            head.number,
            words::date(&head.date)
        ),
        address: address(web, &deciding),
        context: format!(
            "We choose between {} for {}. {}",
            list(&common.all_names()),
            text.context,
            report::must_haves(common)
        ),
        options: common.all_names(),
        criteria: report::rows(common),
        total: report::totals(common),
        // what is out and what its maker has stands in the context already
        verdict: Verdict {
            remarks: compare::cautions(common),
            ..verdict(&deciding)
        },
        newer: deciding.newer.as_ref().map(decision::Newer::says),
        people: people(&deciding, None),
        spread: spread(&deciding),
        differ: differ(&deciding),
        robust: report::robustness(common),
        sources: report::sources(common, &web.site.origin),
        notices: report::plain_notices(common),
        markdown: urls::decision_act(token, "record.md"),
        back: Link::new(urls::decision(token), "Back to the decision"),
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

/// Where the comparison stands at the common weights: everybody may have that address.
fn address(web: &Web, deciding: &Deciding<'_>) -> String {
    web.site.absolute(&format!(
        "{}?{}",
        urls::comparison(&deciding.decision.comparison),
        deciding.common_query()
    ))
}

/// `GET /decisions/{token}/record.md`
pub(super) fn markdown(web: &Web, opened: &Opened) -> Result<Fresh, Problem> {
    let deciding = decision::look(&web.app.catalogue, &opened.decision, &opened.people)?;
    let text = decision::record(&deciding, &address(web, &deciding), web.app.today());
    let name = HeaderValue::from_static("attachment; filename=\"decision.md\"");
    let fresh = Fresh::bytes("text/markdown; charset=utf-8", text, Cache::Private);
    Ok(fresh.with_header(CONTENT_DISPOSITION, name).secret())
}
