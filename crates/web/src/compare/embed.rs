//! `GET /embed/compare/{slug}`: a comparison for a frame in a page of others.
//!
//! This is the only part of the site that may be framed. It looks at no cookie, sets none, loads nothing from elsewhere,
//! and is whole without scripts. With `edition=` in its address it is frozen: an edition never changes, nor do the words
//! that it was published in, and nothing here depends on the day or on what else was published since. Without it the
//! frame keeps up: what a later edition does not know any more is left out, and the frame says so.

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use earnest_app::comparison::{Analysis, Found, export, remarks, words};

use super::show::{cautions, compared_by, shares_of_mixes, totals_by_rank};
use super::statics::prose_html;
use super::{marks, query_pairs};
use crate::answer::{Cache, Fresh, Kept};
use crate::problem::Problem;
use crate::theme::Theme;
use crate::{Ctx, Web, urls};

/// Framed by anybody; runs and loads what is ours alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors *";

/// The script for pages around a frame.
const HEIGHT: &str = include_str!("../../assets/js/height.js");

#[derive(Template)]
#[template(path = "compare/embed.html")]
struct Embed<'a> {
    web: &'a Web,
    theme: &'static str,
    title: &'a str,
    canonical: String,
    href: String,
    /// Empty where it cannot be shown.
    shown: Option<Shown<'a>>,
    /// What went wrong, in sentences.
    faults: Vec<String>,
}

struct Shown<'a> {
    headline: &'a words::Headline,
    sure: String,
    totals: Vec<Total>,
    options: Vec<(&'static str, &'static str, String)>,
    rows: Vec<Row<'a>>,
    mixes: String,
    compared: String,
    remarks: Vec<String>,
    edition: &'a str,
    date: &'a str,
    date_words: String,
    frozen: bool,
    notices: Vec<String>,
}

/// One option with its total as a bar.
pub(crate) struct Total {
    pub(crate) class: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) name: String,
    pub(crate) value: String,
    /// Percent of the bar's length.
    pub(crate) width: String,
}

struct Row<'a> {
    label: &'a str,
    weight: String,
    cells: Vec<Cell>,
}

/// A score with its interval; both empty where there is no evidence.
struct Cell {
    point: String,
    between: String,
}

/// One comparison, framed. What cannot be shown says so in the frame, with a way to the site.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let catalogue = &web.app.catalogue;
    let query = query.unwrap_or_default();
    if catalogue.comparison(&slug).is_none()
        && let Some(owner) = super::owner(catalogue, &slug)
    {
        return Ok(Fresh::moved_for_good(&urls::embed(&owner, &query)));
    }
    match page(&web, &slug, &query) {
        Err(problem) if problem.status().is_client_error() => fault(&web, &slug, &problem),
        other => other,
    }
}

/// `GET /embed/height.js`
pub(crate) async fn height() -> Kept {
    Kept::bytes("text/javascript; charset=utf-8", HEIGHT, Cache::Revalidate)
}

fn page(web: &Web, slug: &str, query: &str) -> Result<Fresh, Problem> {
    let pairs = query_pairs(Some(query));
    let today = super::find(&web.app.catalogue, slug)?;
    let found = Found::at(&web.app.catalogue, today, &pairs)
        .map_err(|faults| super::wrong_settings(today, faults))?;
    let (comparison, left_out, frozen) = (found.comparison, found.left_out, found.is_frozen);
    let analysis = super::analysis_of(found.catalogue, comparison, found.state)?;
    let theme = theme(&pairs)?;
    let state = if frozen {
        analysis.state.full_query(comparison)
    } else {
        analysis.state.living_query(comparison)
    };
    let mark = if state.is_empty() { "" } else { "?" };
    let path = urls::comparison(slug);
    let embed = Embed {
        web,
        theme,
        title: &comparison.text.title,
        canonical: web.site.absolute(&path),
        href: web.site.absolute(&format!("{path}{mark}{state}")),
        shown: Some(shown(&analysis, frozen, left_out)),
        faults: Vec::new(),
    };
    framed(&embed)
}

/// Why a frame stays without a comparison; a page that denied framing would only look broken there.
fn fault(web: &Web, slug: &str, problem: &Problem) -> Result<Fresh, Problem> {
    let comparison = web.app.catalogue.comparison(slug);
    let path = comparison.map_or_else(
        || urls::comparisons().to_owned(),
        |known| urls::comparison(&known.text.slug),
    );
    let mut faults: Vec<String> = problem.fields().iter().map(|one| one.detail.clone()).collect();
    if faults.is_empty() {
        faults.push("There is no comparison at this address any more, or there never was.".to_owned());
    }
    let embed = Embed {
        web,
        theme: Theme::System.name(),
        title: comparison.map_or("This comparison cannot be shown", |known| &known.text.title),
        canonical: web.site.absolute(&path),
        href: web.site.absolute(&path),
        shown: None,
        faults,
    };
    Ok(framed(&embed)?.with_status(problem.status()))
}

/// As bytes and not as a page: pages take the theme from a cookie.
fn framed(embed: &Embed<'_>) -> Result<Fresh, Problem> {
    let fresh = Fresh::bytes("text/html; charset=utf-8", embed.render()?, Cache::Revalidate);
    Ok(fresh.with_header(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
}

/// `theme=light` or `theme=dark` for pages that have one look; otherwise as the reader's device says.
fn theme(pairs: &[(String, String)]) -> Result<&'static str, Problem> {
    let asked = pairs.iter().rev().find(|(key, _)| key == "theme");
    asked.map_or(Ok(Theme::System.name()), |(_, text)| {
        Theme::parse(text)
            .map(Theme::name)
            .ok_or_else(|| Problem::field("theme", "unknown_theme", "`theme` may be system, light or dark."))
    })
}

fn shown<'a>(analysis: &'a Analysis<'_>, frozen: bool, left_out: Vec<String>) -> Shown<'a> {
    let head = &analysis.edition.edition.head;
    let mut remarks = left_out;
    // whoever reads a frame is not who set it up
    remarks.extend(remarks::for_others(analysis));
    remarks.extend(cautions(analysis));
    let mixes: Vec<String> = shares_of_mixes(analysis);
    let notices = export::notices(&analysis.edition.edition);
    Shown {
        headline: &analysis.headline,
        sure: words::sureness(&analysis.verdict),
        totals: totals_by_rank(analysis),
        options: analysis
            .all_names()
            .into_iter()
            .enumerate()
            .map(|(at, name)| (marks::class(at), marks::mark(at), name))
            .collect(),
        rows: rows(analysis),
        mixes: mixes.join(", "),
        compared: compared_by(analysis, "the"),
        remarks,
        edition: &head.number,
        date: &head.date,
        date_words: crate::words::date(&head.date),
        frozen,
        notices: notices
            .iter()
            .map(|notice| prose_html(notice, |_| None))
            .collect(),
    }
}

/// The criteria that have weight, with the scores that decide.
fn rows<'a>(analysis: &'a Analysis<'_>) -> Vec<Row<'a>> {
    let table = analysis
        .edition
        .table(analysis.state.region.as_deref(), analysis.state.scores);
    let shares = analysis.shares_of_weight();
    let each = analysis.criterion_labels.iter().zip(shares).enumerate();
    each.filter(|(_, (_, share))| *share > 0.0)
        .map(|(at, (label, share))| Row {
            label,
            weight: words::percent(share),
            cells: table
                .scores
                .iter()
                .map(|row| cell(row.get(at).copied().flatten()))
                .collect(),
        })
        .collect()
}

fn cell(score: Option<earnest_compare::verdict::Score>) -> Cell {
    score.map_or_else(
        || Cell {
            point: String::new(),
            between: String::new(),
        },
        |score| Cell {
            point: words::score(score.point),
            between: format!("{} to {}", words::score(score.low), words::score(score.high)),
        },
    )
}

/// What a page carries to show the frame: `<iframe …></iframe>`, whole without a script.
pub(crate) fn code(web: &Web, title: &str, address: &str) -> String {
    let address = super::statics::escape(&web.site.absolute(address));
    let title = super::statics::escape(title);
    format!(
        "<iframe src=\"{address}\" title=\"{title}\" loading=\"lazy\" \
         style=\"width:100%;height:600px;border:0\"></iframe>"
    )
}

/// The name of a frame, for those who hear the page around it.
pub(crate) fn frame_title(analysis: &Analysis<'_>) -> String {
    format!("{}: verdict and scores", analysis.comparison.text.title)
}

#[cfg(test)]
mod tests;
