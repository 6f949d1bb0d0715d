//! Pictures for link previews, 1200 × 630: one per page, drawn from the page's own words; one per state of a comparison.

mod measure;
mod painter;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::comparison::{Analysis, remarks, words};

pub(crate) use self::measure::Letters;
pub(crate) use self::painter::{Drawing, Painter};
use crate::answer::Kept;
use crate::compare;
use crate::page::Picture;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 630;
/// Of a line of words.
const ROOM: f32 = 1040.0;
/// More options than this are not drawn; the rest is counted.
const MOST_BARS: usize = 6;

#[derive(Template)]
#[template(path = "picture.svg", escape = "html")]
struct Card {
    brand: String,
    kicker: String,
    edition: String,
    /// Size of the letters of the lines.
    size: u32,
    lines: Vec<(u32, String)>,
    bars: Vec<Bar>,
    /// Size of the letters of the notes.
    small: u32,
    notes: Vec<(u32, String)>,
}

struct Bar {
    colour: &'static str,
    y: u32,
    height: u32,
    /// Where its words stand.
    words_y: u32,
    width: String,
    label: String,
    value: String,
}

/// The picture of a page, for its head.
pub(crate) fn of(path: &str, alt: &str) -> Picture {
    Picture {
        path: urls::picture(path),
        alt: alt.to_owned(),
        width: WIDTH,
        height: HEIGHT,
    }
}

/// The picture of a comparison at a reader's settings, weights to the nearest percent.
pub(crate) fn of_state(analysis: &Analysis<'_>) -> Picture {
    let text = &analysis.comparison.text;
    let state = analysis.state.in_percent(analysis.comparison);
    // what the picture says, which near a flip may not be what the exact weights say
    let said = analysis.headline_at(&state);
    let said = said.unwrap_or_else(|_nothing_to_judge| analysis.headline.clone());
    Picture {
        path: urls::picture_at(&text.slug, &state.full_query(analysis.comparison)),
        alt: remarks::titled(analysis, format!("{}: {}", text.title, said.sentence())),
        width: WIDTH,
        height: HEIGHT,
    }
}

/// `GET /pictures/{page}.png`: drawn at the first request, kept in memory.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(page): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Kept, Problem> {
    let page = page.strip_suffix(".png").ok_or_else(Problem::not_found)?;
    let drawing = Drawing {
        svg: card(&web, page, query.as_deref())?.render()?,
        width: WIDTH,
    };
    web.painter.paint(drawing).await
}

fn card(web: &Arc<Web>, page: &str, query: Option<&str>) -> Result<Card, Problem> {
    let catalogue = &web.app.catalogue;
    let plain = |kicker: &str, words: &str| {
        let (size, lines) = lines(words);
        Card {
            brand: web.site.name.clone(),
            kicker: kicker.to_owned(),
            edition: String::new(),
            size,
            lines,
            bars: Vec::new(),
            small: 0,
            notes: Vec::new(),
        }
    };
    let parts: Vec<&str> = page.split('/').collect();
    Ok(match parts.as_slice() {
        ["home"] => plain("", "Choose the stack on evidence. Then hire for it."),
        ["compare"] => plain(
            "Compare",
            "Sourced scores, your own priorities, an honest verdict.",
        ),
        ["hire"] => plain("Hire", "What each role does, costs and should be asked."),
        ["method"] => plain("How to read this", "What a score is, and what it is not."),
        ["hire", slug] => {
            let role = catalogue.role(slug).ok_or_else(Problem::not_found)?;
            plain(
                "Hire",
                &format!(
                    "Hire a {}: cost with sources, what to look for, interview kit.",
                    role.title
                ),
            )
        }
        ["compare", slug] => {
            let comparison = compare::find(catalogue, slug)?;
            let pairs = compare::query_pairs(query);
            let (catalogue, comparison) = comparison.named(catalogue, &pairs);
            let asked = compare::state(comparison, &pairs)?;
            let analysis = compare::analysis_of(catalogue, comparison, asked.in_percent(comparison))?;
            let head = &analysis.edition.edition.head;
            let (small, notes) = notes(&analysis);
            Card {
                edition: format!("edition {} of {}", head.number, crate::words::date(&head.date)),
                bars: bars(&analysis),
                small,
                notes,
                ..plain(&comparison.text.title, &analysis.headline.sentence())
            }
        }
        _ => return Err(Problem::not_found()),
    })
}

/// The colour of an option on paper, by its place in the comparison.
pub(crate) fn colour(place: usize) -> &'static str {
    const COLOURS: [&str; 6] = ["#1d4f8c", "#85400b", "#6a2f73", "#1c5a50", "#8a2440", "#54520a"];
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or("#1d4f8c")
}

/// The best totals first, as many as there is room for.
fn bars(analysis: &Analysis<'_>) -> Vec<Bar> {
    const FROM: u32 = 396;
    const ROOM: u32 = 132;
    let count = analysis.kept.len().clamp(1, MOST_BARS);
    let step = (ROOM / u32::try_from(count).unwrap_or(1)).min(58);
    let each = analysis.ranked_totals().take(MOST_BARS).zip(0..);
    each.map(|((place, total, value), row)| Bar {
        colour: colour(place),
        y: FROM + step * row,
        height: step * 3 / 4,
        words_y: FROM + step * row + step * 3 / 8 + 9,
        width: format!("{:.0}", 70.0 * total),
        label: Letters::sans(26).clipped(&analysis.option_name(place), 212.0),
        value,
    })
    .collect()
}

/// The settings in small letters, and their size: first what nobody must overlook who did not set this up. Without them two
/// states with the same verdict would look the same.
fn notes(analysis: &Analysis<'_>) -> (u32, Vec<(u32, String)>) {
    let shares = analysis.shares_of_weight();
    let weighed = analysis.criterion_labels.iter().zip(shares);
    let weights: Vec<String> = weighed
        .filter(|(_, share)| *share > 0.0)
        .map(|(label, share)| format!("{label}\u{a0}{:.0}\u{a0}%", share * 100.0))
        .collect();
    let mut text = format!("Weights: {}.", weights.join(", "));
    let must = analysis.comparison.text.must_haves.iter();
    let must: Vec<&str> = must
        .filter(|must| analysis.state.must.contains(&must.id))
        .map(|must| must.label.as_str())
        .collect();
    if !must.is_empty() {
        text.insert_str(0, &format!("Must-haves: {}. ", must.join(", ")));
    }
    if analysis.state.scores == earnest_app::content::Scores::Editor {
        text.insert_str(0, "The editor’s scores. ");
    }
    if let Some(pay) = analysis.pay().filter(|_| analysis.state.region.is_some()) {
        text.insert_str(0, &format!("Pay: {}. ", pay.region.label));
    }
    if analysis.kept.len() > MOST_BARS {
        text.insert_str(0, &format!("{} options in all. ", analysis.kept.len()));
    }
    let mut first: Vec<String> = Vec::new();
    if let Some(own) = remarks::in_short(analysis) {
        first.push(format!("Shown {own}."));
    }
    if !analysis.excluded.is_empty() {
        let out = analysis
            .excluded
            .iter()
            .map(|one| analysis.option_name(one.option));
        first.push(format!("Excluded: {}.", words::list(&out.collect::<Vec<_>>())));
    }
    first.push(text);
    let text = first.join(" ");
    let large = Letters::sans(20).wrapped(&text, ROOM);
    let (size, from, step, rows) = if large.len() <= 2 {
        (20, 572, 30, large)
    } else {
        (17, 565, 24, Letters::sans(17).fitted(&text, ROOM, 3))
    };
    let rows = rows.into_iter().zip(0..);
    (size, rows.map(|(line, row)| (from + step * row, line)).collect())
}

/// The sentence in letters as large as there is room for: their size, and each line with its baseline.
fn lines(words: &str) -> (u32, Vec<(u32, String)>) {
    let large = Letters::serif(52).wrapped(words, ROOM);
    let (size, first, step, lines) = if large.len() <= 3 {
        (52, 226, 66, large)
    } else {
        (40, 206, 50, Letters::serif(40).fitted(words, ROOM, 4))
    };
    let rows = lines.into_iter().zip(0..);
    (size, rows.map(|(line, row)| (first + step * row, line)).collect())
}

#[cfg(test)]
mod tests;
