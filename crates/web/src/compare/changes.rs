//! `GET /compare/{slug}/changes`: the editions of a comparison, and what moved between two of them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::comparison::{Analysis, words};
use earnest_app::content::{Comparison, ScoredEdition};

use super::{analysis, find, marks, query_pairs};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "compare/changes.html")]
struct Page {
    layout: Layout,
    comparison: Link,
    editions: Vec<EditionLine>,
    from: Choice,
    to: Choice,
    rows: Vec<Row>,
    options: Vec<String>,
    verdict_moved: bool,
    before: String,
    after: String,
    moved: usize,
}

struct EditionLine {
    number: String,
    title: String,
    date: String,
    changelog: String,
    sha256: String,
    link: Link,
}

struct Choice {
    number: String,
    all: Vec<String>,
}

struct Row {
    label: String,
    cells: Vec<Moved>,
    weight: String,
}

struct Moved {
    class: &'static str,
    before: String,
    after: String,
    change: String,
    differs: bool,
}

/// The diff of two editions; the newest against the one before it unless asked otherwise.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let catalogue = Arc::clone(&web.app.catalogue);
    let comparison = find(&catalogue, &slug)?;
    let pairs = query_pairs(query.as_deref());
    let last = comparison.editions.len().saturating_sub(1);
    let from = chosen(comparison, &pairs, "from", last.saturating_sub(1))?;
    let to = chosen(comparison, &pairs, "to", last)?;
    let numbers: Vec<String> = comparison
        .editions
        .iter()
        .map(|e| e.edition.head.number.clone())
        .collect();
    let at = |edition: &ScoredEdition| {
        analysis(
            &catalogue,
            comparison,
            &[("edition".to_owned(), edition.edition.head.number.clone())],
        )
    };
    let (before, after) = (at(from)?, at(to)?);
    let rows = rows(&before, &after);
    let layout = Layout::new(
        &web,
        format!("{}: what changed between editions", comparison.text.title),
    )
    .describe(format!(
        "The editions of {} and every score that moved between them.",
        comparison.text.title
    ))
    .canonical(&urls::changes(&slug))
    .within(Section::Compare)
    .trail(vec![
        Link::new(urls::hire(), "Hire"),
        Link::new(urls::comparisons(), "Compare"),
        Link::new(urls::comparison(&slug), comparison.text.title.clone()),
        Link::new(urls::changes(&slug), "What changed"),
    ]);
    let page = Page {
        layout,
        comparison: Link::new(urls::comparison(&slug), comparison.text.question.clone()),
        editions: comparison
            .editions
            .iter()
            .rev()
            .map(|e| line(comparison, e))
            .collect(),
        from: Choice {
            number: from.edition.head.number.clone(),
            all: numbers.clone(),
        },
        to: Choice {
            number: to.edition.head.number.clone(),
            all: numbers,
        },
        options: after.all_names(),
        verdict_moved: before.verdict.kind != after.verdict.kind || leader(&before) != leader(&after),
        before: before.headline.sentence(),
        after: after.headline.sentence(),
        moved: rows.iter().flat_map(|r| &r.cells).filter(|c| c.differs).count(),
        rows,
    };
    render(&page, Cache::Revalidate)
}

fn chosen<'a>(
    comparison: &'a Comparison,
    pairs: &[(String, String)],
    key: &str,
    default: usize,
) -> Result<&'a ScoredEdition, Problem> {
    let asked = pairs
        .iter()
        .rev()
        .find(|(k, _)| k == key)
        .map(|(_, number)| number.as_str());
    let found = match asked {
        Some(number) => comparison.edition(number),
        None => comparison.editions.get(default),
    };
    found.ok_or_else(|| {
        let known: Vec<&str> = comparison
            .editions
            .iter()
            .map(|e| e.edition.head.number.as_str())
            .collect();
        Problem::field(
            key,
            "E_EDITION",
            &format!("There is no such edition. Editions: {}.", known.join(", ")),
        )
    })
}

fn line(comparison: &Comparison, edition: &ScoredEdition) -> EditionLine {
    let head = &edition.edition.head;
    EditionLine {
        number: head.number.clone(),
        title: head.title.clone(),
        date: crate::words::date(&head.date),
        changelog: head.changelog.clone(),
        sha256: edition.edition.sha256().unwrap_or_default(),
        link: Link::new(urls::edition(&comparison.text.slug, &head.number), "See it"),
    }
}

/// Who leads, by its slug: an edition may have other options, in another order.
fn leader<'a>(analysis: &'a Analysis<'_>) -> Option<&'a String> {
    analysis.table.options.get(analysis.verdict.leader?)
}

/// The criteria of the later edition, then those that it has no longer.
fn rows(before: &Analysis<'_>, after: &Analysis<'_>) -> Vec<Row> {
    let criteria = after.edition.edition.criteria.iter().enumerate();
    let mut rows: Vec<Row> = criteria
        .map(|(at, slug)| {
            let then = before.edition.edition.criteria.iter().position(|c| c == slug);
            let weights = (
                then.and_then(|t| before.shares_of_weight().get(t).copied()),
                after.shares_of_weight().get(at).copied(),
            );
            Row {
                label: after.criterion_labels.get(at).cloned().unwrap_or_default(),
                cells: (0..after.edition.edition.options.len())
                    .map(|option| moved(before, after, (option, Some(at), then)))
                    .collect(),
                weight: match weights {
                    (Some(then), Some(now)) if (then - now).abs() > 1e-9 => {
                        format!("{} → {}", words::percent(then), words::percent(now))
                    }
                    (_, Some(now)) => words::percent(now),
                    _ => String::new(),
                },
            }
        })
        .collect();
    rows.extend(gone(before, after));
    rows
}

/// Criteria that only the earlier edition has.
fn gone(before: &Analysis<'_>, after: &Analysis<'_>) -> Vec<Row> {
    let shares = before.shares_of_weight();
    let labels = before
        .edition
        .edition
        .criteria
        .iter()
        .zip(&before.criterion_labels);
    let gone = labels
        .enumerate()
        .filter(|(_, (slug, _))| !after.edition.edition.criteria.contains(slug));
    gone.map(|(at, (_, label))| Row {
        label: format!("{label} (no longer compared)"),
        cells: (0..after.edition.edition.options.len())
            .map(|option| moved(before, after, (option, None, Some(at))))
            .collect(),
        weight: shares.get(at).map_or_else(String::new, |share| {
            format!("{} → 0\u{a0}%", words::percent(*share))
        }),
    })
    .collect()
}

fn moved(before: &Analysis<'_>, after: &Analysis<'_>, at: (usize, Option<usize>, Option<usize>)) -> Moved {
    let (option, now, then) = at;
    let slug = after.edition.edition.options.get(option);
    let place = before
        .edition
        .edition
        .options
        .iter()
        .position(|o| Some(o) == slug);
    let score = |edition: &ScoredEdition, row: Option<usize>, column: Option<usize>| {
        edition.cells.get(row?)?.get(column?)?.score.map(|s| s.point)
    };
    let (was, is) = (
        score(&before.edition, place, then),
        score(&after.edition, Some(option), now),
    );
    let shown = |value: Option<f64>| value.map_or_else(|| "no evidence".to_owned(), words::score);
    // the difference of what is shown, not of what lies behind the rounding
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let difference = was.zip(is).map(|(was, is)| tenths(is) - tenths(was));
    let is_moved = difference.map_or(was.is_some() != is.is_some(), |d| d.abs() >= 0.05);
    Moved {
        class: marks::class(option),
        before: shown(was),
        after: shown(is),
        change: difference.filter(|_| is_moved).map_or_else(String::new, |d| {
            format!("{}{:.1}", if d < 0.0 { "−" } else { "+" }, d.abs())
        }),
        differs: is_moved,
    }
}
