//! `GET /compare/{slug}`: one comparison at the reader's settings.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::response::{IntoResponse, Response};
use earnest_app::comparison::{Analysis, State, kept, remarks, report, words};
use earnest_app::content::Scores;

use super::cost::{Cost, cost, hire_links, with_query};
use super::island::{island, statements};
use super::kept::{KeptForm, form as kept_form};
use super::presets::{Preset, presets, presets_of};
use super::robust::{TableRow, central, methods, robust};
use super::rows::{Row, rows};
use super::sharing::{Sharing, sharing};
use super::statics::{Freshness, Statics};
use super::{analysis, embed, exports, marks, query_pairs, sent};
use crate::answer::{Cache, Fresh};
use crate::page::{JsonIsland, Layout, Link, Section};
use crate::problem::Problem;
use crate::{Ctx, Web, picture, urls};

/// About the size of a comparison's page, so that it is written without moving it.
const PAGE_BYTES: usize = 192 * 1024;

#[derive(Template)]
#[template(path = "compare/show.html")]
struct Page<'a> {
    layout: Layout,
    title: &'a str,
    path: String,
    edition: EditionView<'a>,
    editor_mode: bool,
    evidence_href: String,
    has_editor: bool,
    other_scores: &'static str,
    headline: &'a words::Headline,
    totals: Vec<Total>,
    chances: String,
    exact_share: bool,
    share_error: String,
    shares: Vec<Share>,
    compared: String,
    excluded: Vec<String>,
    cautions: Vec<String>,
    hire: Vec<Link>,
    decide_href: String,
    beside_href: String,
    kept_settings: Vec<(String, String)>,
    was: String,
    presets: Vec<Preset<'a>>,
    options: Vec<OptionView>,
    options_kept: &'a [String],
    rows: Vec<Row<'a>>,
    must_haves: Vec<MustView<'a>>,
    kept: KeptForm<'a>,
    reset_href: String,
    robust: Vec<(&'static str, String)>,
    central_heads: Vec<&'a str>,
    central: Vec<TableRow>,
    methods: Vec<TableRow>,
    statics: &'a Statics,
    cost: Option<Cost>,
    chart: &'a str,
    sharing: Sharing,
    island: JsonIsland,
}

struct EditionView<'a> {
    number: &'a str,
    date: &'a str,
    date_words: String,
    title: &'a str,
    oldest: Option<&'a str>,
    stale: usize,
    changes: String,
    is_default: bool,
    prose_is_of_today: bool,
    latest: String,
}

struct Total {
    class: &'static str,
    mark: &'static str,
    name: String,
    value: String,
}

struct Share {
    class: &'static str,
    mark: &'static str,
    name: String,
    x: String,
    width: String,
    percent: String,
}

struct OptionView {
    class: &'static str,
    mark: &'static str,
    name: String,
    total: String,
}

struct MustView<'a> {
    id: &'a str,
    label: &'a str,
    explanation: &'a str,
    on: bool,
}

/// One comparison. Other orders of its options answer 301; a form's settings answer 303 to their short address.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    if let Some((stem, format)) = exports::split(&slug) {
        return exports::show(&web, stem, format, query.as_deref()).await;
    }
    let catalogue = Arc::clone(&web.app.catalogue);
    let Some(comparison) = catalogue.comparison(&slug) else {
        return match super::owner(&catalogue, &slug) {
            Some(owner) => {
                let query = query
                    .filter(|q| !q.is_empty())
                    .map(|q| format!("?{q}"))
                    .unwrap_or_default();
                Ok(Fresh::moved_for_good(&format!("{}{query}", urls::comparison(&owner))).into_response())
            }
            None => Err(super::find(&catalogue, &slug)
                .err()
                .unwrap_or_else(Problem::not_found)),
        };
    };
    let pairs = query_pairs(query.as_deref());
    if pairs.is_empty() {
        return Ok(web
            .bare_page(&slug, || {
                render_page(&web, &analysis(&catalogue, comparison, &[])?)
            })?
            .into_response());
    }
    let form = pairs.iter().any(|(key, _)| key == "set");
    let pairs = if form { sent::untouched(pairs) } else { pairs };
    let analysis = analysis(&catalogue, comparison, &pairs)?;
    if form {
        let query = analysis.state.query(analysis.comparison);
        let query = if query.is_empty() {
            query
        } else {
            format!("?{query}")
        };
        return Ok(Fresh::see_other(&format!("{}{query}", urls::comparison(&slug))).into_response());
    }
    let tag = web.tag(&[&slug, query.as_deref().unwrap_or_default()]);
    Ok(Fresh::html(render_page(&web, &analysis)?, Cache::Revalidate)
        .with_tag(tag)
        .into_response())
}

fn render_page(web: &Web, analysis: &Analysis<'_>) -> Result<String, Problem> {
    let statics = web.statics(analysis)?;
    let fixed = web.fixed_rows(analysis, &statics)?;
    let chart = web.pay_chart(analysis)?;
    let fixed_presets = presets_of(analysis, &statics);
    let text = &analysis.comparison.text;
    let editor_mode = analysis.state.scores == Scores::Editor;
    let path = urls::comparison(&text.slug);
    let page = Page {
        layout: layout(web, analysis, &statics),
        title: &text.question,
        edition: edition_view(analysis, &statics.freshness),
        editor_mode,
        evidence_href: evidence_href(analysis),
        has_editor: analysis.edition.editor.is_some(),
        other_scores: if editor_mode {
            "score from evidence"
        } else {
            "editor’s score"
        },
        headline: &analysis.headline,
        totals: totals(analysis),
        chances: words::sureness(&analysis.verdict),
        exact_share: analysis.shares.exact,
        share_error: share_error(analysis),
        shares: shares(analysis),
        compared: compared_by(analysis, "your"),
        excluded: excluded(analysis),
        cautions: cautions(analysis),
        hire: hire_links(analysis),
        decide_href: urls::new_decision(&text.slug, &analysis.state.query(analysis.comparison)),
        beside_href: urls::side_by_side_with(&text.slug, &analysis.state.query(analysis.comparison)),
        kept_settings: settings(
            analysis,
            &[["w.", "must", "scores", "preset"], kept::KEYS].concat(),
        ),
        was: analysis.state.weights_query(analysis.comparison),
        presets: presets(analysis, &fixed_presets),
        options: options(analysis),
        options_kept: &analysis.option_names,
        rows: rows(analysis, &fixed),
        must_haves: must_haves(analysis),
        kept: kept_form(analysis),
        reset_href: reset(analysis),
        robust: robust(analysis),
        central_heads: analysis.option_names.iter().map(String::as_str).collect(),
        central: central(analysis),
        methods: methods(analysis),
        statics: &statics,
        cost: cost(analysis),
        chart: &chart,
        sharing: sharing(web, analysis),
        island: island(web, analysis)?,
        path,
    };
    let mut html = String::with_capacity(PAGE_BYTES);
    page.render_into(&mut html)?;
    Ok(html)
}

fn options(analysis: &Analysis<'_>) -> Vec<OptionView> {
    let named = analysis
        .all_names()
        .into_iter()
        .zip(report::totals(analysis).cells)
        .enumerate();
    named
        .map(|(at, (name, total))| OptionView {
            class: marks::class(at),
            mark: marks::mark(at),
            name,
            total,
        })
        .collect()
}

/// The way from the editor's scores back to the evidence; of use only there.
fn evidence_href(analysis: &Analysis<'_>) -> String {
    let state = State {
        scores: Scores::Evidence,
        ..analysis.state.clone()
    };
    with_query(analysis, &state, "priorities")
}

fn layout(web: &Web, analysis: &Analysis<'_>, statics: &Statics) -> Layout {
    let text = &analysis.comparison.text;
    let mut layout = statics.layout.clone();
    layout.title = remarks::titled(analysis, format!("{}: {}", text.title, short_verdict(analysis)));
    let query = analysis.state.query(analysis.comparison);
    let mark = if query.is_empty() { "" } else { "?" };
    let page = web
        .site
        .absolute(&format!("{}{mark}{query}", urls::comparison(&text.slug)));
    layout
        .picture(picture::of_state(analysis))
        .alternate("application/json+oembed", &urls::oembed(&page))
}

/// What no setting changes in the frame of the page.
pub(crate) fn fixed_layout(web: &Web, analysis: &Analysis<'_>) -> Layout {
    let text = &analysis.comparison.text;
    let path = urls::comparison(&text.slug);
    let edition = urls::of_edition(super::rows::analysis_edition(analysis));
    Layout::new(web, text.title.clone())
        .describe(text.description.clone())
        .canonical(&path)
        .within(Section::Compare)
        .alternate("application/json", &format!("{path}.json{edition}"))
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(urls::comparisons(), "Compare"),
            Link::new(path, text.title.clone()),
        ])
        .statements(statements(web, analysis))
        .script("compare.js")
}

/// The verdict in at most eight words, for titles.
fn short_verdict(analysis: &Analysis<'_>) -> String {
    use earnest_compare::verdict::Kind;
    let lead = analysis
        .verdict
        .leader
        .and_then(|at| analysis.option_names.get(at))
        .map_or("nobody", String::as_str);
    match analysis.verdict.kind {
        Kind::CannotTell => "the evidence cannot tell".to_owned(),
        Kind::TooClose => "too close to call".to_owned(),
        Kind::Depends => format!("{lead} leads, but it depends"),
        Kind::NarrowlyAhead => format!("{lead} is narrowly ahead"),
        Kind::Ahead => format!("{lead} is ahead"),
    }
}

fn edition_view<'a>(analysis: &'a Analysis<'_>, freshness: &'a Freshness) -> EditionView<'a> {
    let head = &analysis.edition.edition.head;
    EditionView {
        number: &head.number,
        date: &head.date,
        date_words: crate::words::date(&head.date),
        title: &head.title,
        oldest: freshness.oldest.as_deref(),
        stale: freshness.stale,
        changes: urls::changes(&analysis.comparison.text.slug),
        is_default: head.number == analysis.comparison.text.default_edition,
        prose_is_of_today: analysis.comparison.prose_is_of_today(),
        latest: urls::comparison(&analysis.comparison.text.slug),
    }
}

fn totals(analysis: &Analysis<'_>) -> Vec<Total> {
    let total = |(place, _, value)| Total {
        class: marks::class(place),
        mark: marks::mark(place),
        name: analysis.option_name(place),
        value,
    };
    analysis.ranked_totals().map(total).collect()
}

/// The totals as bars, the best first.
pub(crate) fn totals_by_rank(analysis: &Analysis<'_>) -> Vec<embed::Total> {
    let bar = |(place, total, value)| embed::Total {
        class: marks::class(place),
        mark: marks::mark(place),
        name: analysis.option_name(place),
        value,
        width: format!("{:.1}", 10.0 * total),
    };
    analysis.ranked_totals().map(bar).collect()
}

/// "Python 35 %": the share of all mixes of priorities that each option wins.
pub(crate) fn shares_of_mixes(analysis: &Analysis<'_>) -> Vec<String> {
    shares(analysis)
        .iter()
        .map(|share| format!("{} {}", share.name, share.percent))
        .collect()
}

fn share_error(analysis: &Analysis<'_>) -> String {
    let errors = analysis.shares.standard_error.as_deref().unwrap_or_default();
    words::percent(1.96 * errors.iter().copied().fold(0.0, f64::max))
}

fn shares(analysis: &Analysis<'_>) -> Vec<Share> {
    let mut x = 0.0;
    let is_comparable = analysis.is_comparable();
    let each = analysis.shares.shares.iter().zip(&analysis.kept);
    each.map(|(share, &place)| {
        let share = if is_comparable { *share } else { 0.0 };
        let view = Share {
            class: marks::class(place),
            mark: marks::mark(place),
            name: analysis.option_name(place),
            x: format!("{:.2}", x * 100.0),
            width: format!("{:.2}", share * 100.0),
            percent: if is_comparable {
                format!("{:.0}\u{a0}%", share * 100.0)
            } else {
                "–".to_owned()
            },
        };
        x += share;
        view
    })
    .collect()
}

/// How many of the criteria that have weight are compared, and how much of whose weight that is.
pub(crate) fn compared_by(analysis: &Analysis<'_>, whose: &str) -> String {
    let weighed = analysis.state.weights.iter().filter(|w| **w > 0.0).count();
    let compared = analysis.verdict.totals.compared.iter();
    let both = compared
        .filter(|at| analysis.state.weights.get(**at).is_some_and(|w| *w > 0.0))
        .count();
    let coverage = analysis.verdict.totals.coverage;
    if coverage > 0.9995 {
        format!("{both} of {weighed} criteria")
    } else {
        format!(
            "{both} of {weighed} criteria, {} of {whose} weight",
            words::percent(coverage)
        )
    }
}

pub(crate) fn excluded(analysis: &Analysis<'_>) -> Vec<String> {
    let said = |e: &earnest_app::comparison::Excluded| {
        format!(
            "{} is out, by the must-have “{}”: {}",
            analysis.option_name(e.option),
            e.must_have,
            e.reason
        )
    };
    let excluded = analysis.excluded.iter().map(said);
    excluded.chain(super::kept::cautions(analysis)).collect()
}

/// What the reader should know about the verdict; changes with the weights.
pub(crate) fn cautions(analysis: &Analysis<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let missing = analysis.not_compared();
    if !missing.is_empty() {
        let change = if analysis.verdict.worst_case_changes_leader {
            "could"
        } else {
            "could not"
        };
        lines.push(format!(
            "Not compared, for lack of evidence: {}. The missing scores {change} change the leader.",
            missing.join(", ")
        ));
    }
    for (beaten, by) in &analysis.verdict.dominated {
        let name = |at: &usize| analysis.option_names.get(*at).map_or("", String::as_str);
        lines.push(format!(
            "{} is beaten by {} on every criterion compared.",
            name(beaten),
            name(by)
        ));
    }
    lines
}

/// The reader's settings as form fields, without those whose keys start with one of `but`.
pub(crate) fn settings(analysis: &Analysis<'_>, but: &[&str]) -> Vec<(String, String)> {
    let query = analysis.state.query(analysis.comparison);
    let pairs = query_pairs(Some(&query));
    pairs
        .into_iter()
        .filter(|(key, _)| {
            !but.iter()
                .any(|b| key == b || (b.ends_with('.') && key.starts_with(b)))
        })
        .collect()
}

fn must_haves<'a>(analysis: &'a Analysis<'_>) -> Vec<MustView<'a>> {
    let view = |m: &'a earnest_app::content::model::MustHave| MustView {
        id: &m.id,
        label: &m.label,
        explanation: &m.explanation,
        on: analysis.state.must.contains(&m.id),
    };
    analysis.comparison.text.must_haves.iter().map(view).collect()
}

fn reset(analysis: &Analysis<'_>) -> String {
    let bare = State::bare(analysis.comparison, &analysis.edition);
    with_query(
        analysis,
        &State {
            kept: analysis.state.kept.clone(),
            region: analysis.state.region.clone(),
            bridge: analysis.state.bridge,
            ..bare
        },
        "priorities",
    )
}

#[cfg(test)]
mod tests;
