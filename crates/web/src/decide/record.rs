//! The record of a decision: a page for paper, and Markdown to be saved.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use earnest_app::comparison::export::absolute;
use earnest_app::comparison::words::{list, percent, score};
use earnest_app::decision::{self, Deciding, Opened};

use super::page::{PersonView, SpreadView, Verdict, differ, people, robust, spread, verdict};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::{Web, urls, words};

#[derive(Template)]
#[template(path = "decide/record.html")]
struct Record {
    layout: Layout,
    title: String,
    date: String,
    evidence: String,
    address: String,
    context: String,
    options: Vec<String>,
    criteria: Vec<CriterionRow>,
    verdict: Verdict,
    newer: Option<String>,
    people: Vec<PersonView>,
    spread: Vec<SpreadView>,
    differ: Vec<String>,
    robust: Vec<String>,
    sources: Vec<String>,
    markdown: String,
    back: Link,
}

/// Weight and scores of one criterion.
struct CriterionRow {
    label: String,
    weight: String,
    scores: Vec<String>,
}

/// `GET /decisions/{token}/record`
pub(super) fn show(web: &Web, token: &str, opened: &Opened) -> Result<Fresh, Problem> {
    let deciding = decision::look(&web.app.catalogue, &opened.decision, &opened.people)?;
    let text = &deciding.common.comparison.text;
    let head = &deciding.common.edition.edition.head;
    let page = Record {
        layout: Layout::new(web, format!("Record: {}", opened.decision.title))
            .hidden_from_search()
            .within(Section::Compare),
        title: opened.decision.title.clone(),
        date: words::date(&web.app.today().to_string()),
        evidence: format!(
            "{}, edition {} of {}",
            text.title,
            head.number,
            words::date(&head.date)
        ),
        address: address(web, &deciding),
        context: format!(
            "We choose between {} for {}.",
            list(&deciding.common.all_names()),
            text.context
        ),
        options: deciding.common.all_names(),
        criteria: criteria(&deciding),
        verdict: verdict(&deciding),
        newer: deciding.newer.as_ref().map(decision::Newer::says),
        people: people(&deciding, None),
        spread: spread(&deciding),
        differ: differ(&deciding),
        robust: robust(&deciding),
        sources: sources(web, &deciding),
        markdown: urls::decision_act(token, "record.md"),
        back: Link::new(urls::decision(token), "Back to the decision"),
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

fn criteria(deciding: &Deciding<'_>) -> Vec<CriterionRow> {
    let common = &deciding.common;
    let rows = common
        .criterion_labels
        .iter()
        .zip(common.shares_of_weight())
        .enumerate();
    rows.map(|(at, (label, share))| {
        let cell = |option: usize| {
            let Some(row) = common.kept.iter().position(|kept| *kept == option) else {
                return "excluded".to_owned();
            };
            let row = common.table.scores.get(row);
            let known = row.and_then(|row| row.get(at).copied().flatten());
            known.map_or_else(|| "no evidence".to_owned(), |one| score(one.point))
        };
        CriterionRow {
            label: label.clone(),
            weight: percent(share),
            scores: (0..common.edition.edition.options.len()).map(cell).collect(),
        }
    })
    .collect()
}

fn sources(web: &Web, deciding: &Deciding<'_>) -> Vec<String> {
    let all = deciding.common.edition.edition.sources.iter();
    all.map(|one| {
        format!(
            "{}. {}, {}. {} (licence {})",
            one.publisher,
            one.title,
            one.published,
            absolute(&web.site.origin, &one.url),
            one.licence
        )
    })
    .collect()
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
