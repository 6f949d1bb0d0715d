//! A comparison as one picture, at the reader's settings: verdict, totals, every score with its interval, and where it is
//! from. Made of vectors by a template of ours, so that the same state gives the same bytes.

use askama::Template;
use earnest_app::comparison::{Analysis, remarks, report, words};
use earnest_compare::verdict::Score;

use super::marks;
use super::show::{cautions, compared_by, shares_of_mixes};
use crate::Web;
use crate::picture::{Drawing, Letters, colour};
use crate::problem::Problem;

/// Units of the drawing, and pixels of the picture made of it.
const WIDTH: u32 = 1000;
const PIXELS: u32 = 1600;
/// Of a line of words.
const ROOM: f32 = 920.0;
/// Height of one option in a row.
const STEP: u32 = 26;

#[derive(Template)]
#[template(path = "compare/drawing.svg", escape = "html")]
struct Sheet {
    width: u32,
    height: u32,
    slug: String,
    title: String,
    sentence: String,
    question: Line,
    verdict: Vec<Line>,
    totals: Vec<TotalBar>,
    facts: Vec<Line>,
    scale_y: u32,
    rows: Vec<Row>,
    foot: Vec<Line>,
}

/// Words, their baseline, and how wide they are: in whatever letters they are shown, they end there.
struct Line {
    y: u32,
    words: String,
    length: String,
}

impl Line {
    fn new(y: u32, words: String, letters: Letters) -> Self {
        Self {
            y,
            length: format!("{:.1}", letters.width(&words)),
            words,
        }
    }
}

struct TotalBar {
    colour: &'static str,
    y: u32,
    width: String,
    shape: String,
    label: Line,
    value: String,
}

struct Row {
    y: u32,
    /// The line above it.
    rule_y: u32,
    bottom: u32,
    label: Vec<Line>,
    weight: (u32, String),
    points: Vec<Point>,
}

struct Point {
    colour: &'static str,
    y: u32,
    interval: Option<(String, String)>,
    shape: Option<String>,
    words: Line,
}

/// Hands out room from the top to the bottom.
struct Pen {
    y: u32,
}

impl Pen {
    fn down(&mut self, by: u32) -> u32 {
        self.y += by;
        self.y
    }

    fn lines(&mut self, words: Vec<String>, letters: Letters, step: u32) -> Vec<Line> {
        let each = words.into_iter();
        each.map(|words| Line::new(self.down(step), words, letters))
            .collect()
    }
}

/// The drawing of an analysis; the address opens the same state.
pub(crate) fn drawing(web: &Web, analysis: &Analysis<'_>, address: &str) -> Result<Drawing, Problem> {
    Ok(Drawing {
        svg: sheet(web, analysis, address).render()?,
        width: PIXELS,
    })
}

fn sheet(web: &Web, analysis: &Analysis<'_>, address: &str) -> Sheet {
    let text = &analysis.comparison.text;
    let of_question = Letters::sans(17);
    let mut pen = Pen { y: 56 };
    let large = Letters::serif(28);
    let verdict = pen.lines(large.wrapped(&analysis.headline.sentence(), ROOM), large, 38);
    pen.down(18);
    let totals = totals(analysis, &mut pen);
    pen.down(6);
    let facts = pen.lines(facts(analysis), Letters::sans(15), 22);
    let scale_y = pen.down(42);
    let rows = rows(analysis, &mut pen);
    pen.down(24);
    let foot = pen.lines(foot(web, analysis, address), Letters::sans(12), 18);
    Sheet {
        width: WIDTH,
        height: pen.down(28),
        slug: text.slug.clone(),
        title: text.title.clone(),
        sentence: sentence(analysis),
        question: Line::new(48, of_question.clipped(&text.question, ROOM), of_question),
        verdict,
        totals,
        facts,
        scale_y,
        rows,
        foot,
    }
}

/// What the picture says, in one sentence: verdict, totals and how sure it is.
pub(crate) fn sentence(analysis: &Analysis<'_>) -> String {
    let ranked = analysis.verdict.ranking.iter().flatten();
    let total = |at: &usize| {
        let total = words::total(&analysis.verdict, *at)?;
        Some(format!("{} {total}", analysis.option_names.get(*at)?))
    };
    let totals: Vec<String> = ranked.filter_map(total).collect();
    let head = &analysis.edition.edition.head;
    format!(
        "{} Totals of 10: {}. How sure, given the evidence: {}. Edition {} of {}.",
        analysis.headline.sentence(),
        totals.join(", "),
        words::sureness(&analysis.verdict),
        head.number,
        head.date
    )
}

fn totals(analysis: &Analysis<'_>, pen: &mut Pen) -> Vec<TotalBar> {
    let letters = Letters::sans(17);
    analysis
        .ranked_totals()
        .map(|(place, total, value)| {
            let y = pen.down(30) - 22;
            TotalBar {
                colour: colour(place),
                y,
                width: format!("{:.0}", 60.0 * total),
                shape: marks::shape(place, 50.0, f64::from(y + 11)),
                label: Line::new(
                    y + 17,
                    letters.clipped(&analysis.option_name(place), 224.0),
                    letters,
                ),
                value,
            }
        })
        .collect()
}

fn facts(analysis: &Analysis<'_>) -> Vec<String> {
    let mut said = vec![format!(
        "How sure, given the evidence: {}. Of all possible priority mixes: {}. Compared: {}.",
        words::sureness(&analysis.verdict),
        shares_of_mixes(analysis).join(", "),
        compared_by(analysis, "the")
    )];
    // whoever sees a picture is not who set it up
    said.extend(remarks::for_others(analysis));
    said.extend(cautions(analysis));
    let letters = Letters::sans(15);
    let lines = said.iter().flat_map(|line| letters.wrapped(line, ROOM));
    lines.collect()
}

/// All criteria, those without weight too: what was left out is a part of the state.
fn rows(analysis: &Analysis<'_>, pen: &mut Pen) -> Vec<Row> {
    let table = analysis
        .edition
        .table(analysis.state.region.as_deref(), analysis.state.scores);
    let names = analysis.all_names();
    let shares = analysis.shares_of_weight();
    let each = analysis.criterion_labels.iter().zip(shares).enumerate();
    each.map(|(at, (label, share))| {
        let top = pen.y;
        let cells = names.iter().zip(&table.scores).enumerate();
        let points: Vec<Point> = cells
            .map(|(option, (name, scores))| {
                let y = pen.down(STEP);
                point((option, name), scores.get(at).copied().flatten(), y - 6)
            })
            .collect();
        let mut words = Pen { y: top + 6 };
        let letters = Letters::sans(15);
        let label = words.lines(letters.fitted(label, 250.0, 2), letters, 20);
        let weight = (words.down(19), format!("weight {}", words::percent(share)));
        pen.y = pen.y.max(words.y) + 8;
        Row {
            y: top + 8,
            rule_y: top,
            bottom: pen.y - 6,
            label,
            weight,
            points,
        }
    })
    .collect()
}

fn point((option, name): (usize, &String), score: Option<Score>, y: u32) -> Point {
    let letters = Letters::sans(14);
    let x = |score: f64| 320.0 + 36.0 * score;
    let words = score.map_or_else(
        || "no evidence".to_owned(),
        |s| {
            let [point, low, high] = [s.point, s.low, s.high].map(words::score);
            format!("{point} ({low} to {high})")
        },
    );
    Point {
        colour: colour(option),
        y,
        interval: score.map(|s| (format!("{:.1}", x(s.low)), format!("{:.1}", x(s.high)))),
        shape: score.map(|s| marks::shape(option, x(s.point), f64::from(y))),
        words: Line::new(
            y + 5,
            format!("{} {words}", letters.clipped(name, 130.0)),
            letters,
        ),
    }
}

/// Where it is from, and what the licences of its sources ask for.
fn foot(web: &Web, analysis: &Analysis<'_>, address: &str) -> Vec<String> {
    let head = &analysis.edition.edition.head;
    let mut lines = vec![format!(
        "{}, edition {} of {}. CC BY 4.0. Scores with sources, and your own priorities:",
        web.site.name,
        head.number,
        crate::words::date(&head.date)
    )];
    lines.extend(cut(address));
    let notices = report::plain_notices(analysis);
    if !notices.is_empty() {
        let sources = format!("Sources: {}", notices.join(" · "));
        lines.extend(Letters::sans(12).wrapped(&sources, ROOM));
    }
    lines
}

/// An address in pieces that fit; it has no spaces to break at.
fn cut(address: &str) -> Vec<String> {
    let letters = Letters::sans(12);
    let mut pieces: Vec<String> = Vec::new();
    let mut used = ROOM;
    for letter in address.chars() {
        let letter = letter.to_string();
        let wide = letters.width(&letter);
        used += wide;
        match pieces.last_mut() {
            Some(piece) if used <= ROOM => piece.push_str(&letter),
            _ => {
                pieces.push(letter);
                used = wide;
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
