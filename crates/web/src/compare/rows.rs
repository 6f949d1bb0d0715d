//! The rows of a comparison: weight, plot, scores and where they come from, one per criterion.

use earnest_app::comparison::{Analysis, words};
use earnest_app::content::Scores;
use earnest_compare::evidence::{Confidence, Kind};
use earnest_compare::verdict::{CriterionFlips, Score};

use super::marks;
use super::statics::Statics;
use crate::page::Link;
use crate::urls;

/// One criterion of the page.
pub(crate) struct Row<'a> {
    pub(crate) slug: &'a str,
    pub(crate) label: &'a str,
    pub(crate) question: &'a str,
    pub(crate) percent: String,
    pub(crate) flip: String,
    pub(crate) flip_marks: Vec<String>,
    pub(crate) height: u32,
    pub(crate) spoken: String,
    pub(crate) points: Vec<Point>,
    pub(crate) scores: Vec<ScoreView>,
    pub(crate) evidence: String,
    pub(crate) details: &'a str,
    pub(crate) flags: Vec<Link>,
    pub(crate) off: bool,
}

/// One option in a row's plot.
pub(crate) struct Point {
    pub(crate) class: &'static str,
    pub(crate) y: u32,
    pub(crate) y_top: u32,
    pub(crate) y_bottom: u32,
    pub(crate) interval: Option<(String, String)>,
    pub(crate) editor: Option<String>,
    pub(crate) shape: Option<String>,
    /// "drawn" for evidence, "drawn judged" for a judgement: an outline without a fill.
    pub(crate) drawn: &'static str,
}

/// One option's score in a row.
pub(crate) struct ScoreView {
    pub(crate) class: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) value: String,
    pub(crate) other: String,
    pub(crate) href: String,
    pub(crate) spoken: String,
    pub(crate) table: String,
}

/// The rows of an analysis in page order.
pub(crate) fn rows<'a>(analysis: &'a Analysis<'_>, statics: &'a Statics) -> Vec<Row<'a>> {
    let shares = analysis.shares_of_weight();
    let table = analysis
        .edition
        .table(analysis.state.region.as_deref(), analysis.state.scores);
    let names = analysis.names("");
    let each = analysis.edition.edition.criteria.iter().enumerate();
    each.map(|(at, slug)| {
        let criterion = analysis.catalogue.criterion(slug);
        let share = shares.get(at).copied().unwrap_or(0.0);
        let cells: Vec<Seen> = (0..table.options.len())
            .map(|option| Seen::new(analysis, &table.scores, option, at))
            .collect();
        Row {
            slug,
            label: criterion.map_or(slug, |c| &c.label),
            question: criterion.map_or("", |c| &c.question),
            percent: plain_percent(share),
            flip: words::flip_line(&analysis.verdict, at, names),
            flip_marks: analysis.verdict.flips.get(at).map(flip_marks).unwrap_or_default(),
            height: height(cells.len()),
            spoken: cells
                .iter()
                .map(|c| c.spoken.as_str())
                .collect::<Vec<_>>()
                .join("; "),
            points: cells
                .iter()
                .enumerate()
                .map(|(option, cell)| point(option, cell))
                .collect(),
            scores: cells
                .iter()
                .enumerate()
                .map(|(option, cell)| score_view(analysis, slug, option, cell))
                .collect(),
            evidence: statics.evidence.get(at).cloned().unwrap_or_default(),
            details: statics.details.get(at).map_or("", String::as_str),
            flags: flags(analysis, at, slug),
            off: share <= 0.0,
        }
    })
    .collect()
}

/// What is shown of one cell.
struct Seen {
    name: String,
    shown: Option<Score>,
    other: Option<f64>,
    judged: bool,
    spoken: String,
    editor_mode: bool,
}

impl Seen {
    fn new(analysis: &Analysis<'_>, shown: &[Vec<Option<Score>>], option: usize, criterion: usize) -> Self {
        let at = |rows: &[Vec<Option<Score>>]| {
            rows.get(option)
                .and_then(|row| row.get(criterion))
                .copied()
                .flatten()
        };
        let cell = analysis
            .edition
            .cells
            .get(option)
            .and_then(|row| row.get(criterion));
        let editor_mode = analysis.state.scores == Scores::Editor;
        let editor = analysis.edition.editor.as_deref().and_then(at).map(|s| s.point);
        let evidence = cell.and_then(|c| c.score).map(|s| s.point);
        let other = if analysis.edition.editor.is_none() {
            None
        } else if editor_mode {
            evidence
        } else {
            editor
        };
        let name = analysis.option_name(option);
        let shown = at(shown);
        let spoken = match shown {
            None => format!("{name}: no evidence"),
            Some(s) => format!(
                "{name} {}, between {} and {}{}",
                words::score(s.point),
                words::score(s.low),
                words::score(s.high),
                other.map_or_else(String::new, |o| format!(
                    " ({} {})",
                    other_word(editor_mode),
                    words::score(o)
                ))
            ),
        };
        let judged = cell.is_some_and(|c| c.basis == Some(Kind::Judgement)) || editor_mode;
        Self {
            name,
            shown,
            other,
            judged,
            spoken,
            editor_mode,
        }
    }
}

fn other_word(editor_mode: bool) -> &'static str {
    if editor_mode { "evidence" } else { "editor" }
}

/// Height of a plot for so many options, in its own units.
fn height(options: usize) -> u32 {
    10 + 17 * u32::try_from(options).unwrap_or(2)
}

/// Position of a score on the plot's scale: 8 to 292 for 0 to 10.
fn x(score: f64) -> f64 {
    8.0 + 28.4 * score
}

fn point(option: usize, cell: &Seen) -> Point {
    let y = 16 + 17 * u32::try_from(option).unwrap_or(0);
    Point {
        class: marks::class(option),
        y,
        y_top: y - 8,
        y_bottom: y + 8,
        interval: cell
            .shown
            .filter(|s| s.high - s.low > 0.05)
            .map(|s| (format!("{:.1}", x(s.low)), format!("{:.1}", x(s.high)))),
        editor: cell.other.map(|o| format!("{:.1}", x(o))),
        shape: cell.shown.map(|s| marks::shape(option, x(s.point), f64::from(y))),
        drawn: if cell.judged { "drawn judged" } else { "drawn" },
    }
}

fn score_view(analysis: &Analysis<'_>, criterion: &str, option: usize, cell: &Seen) -> ScoreView {
    let technology = analysis
        .edition
        .edition
        .options
        .get(option)
        .map_or("", String::as_str);
    let value = cell
        .shown
        .map_or_else(|| "–".to_owned(), |s| words::score(s.point));
    let other = cell.other.map_or_else(String::new, |o| {
        format!("{} {}", other_word(cell.editor_mode), words::score(o))
    });
    let between = cell.shown.map_or_else(String::new, |s| {
        format!(" ({} to {})", words::score(s.low), words::score(s.high))
    });
    let table = match cell.shown {
        None => "no evidence".to_owned(),
        Some(_) if other.is_empty() => format!("{value}{between}"),
        Some(_) => format!("{value}{between}, {other}"),
    };
    ScoreView {
        class: marks::class(option),
        mark: marks::mark(option),
        href: urls::derivation(
            &analysis.comparison.text.slug,
            criterion,
            technology,
            analysis_edition(analysis),
        ),
        spoken: format!("{}: where this score comes from", cell.spoken),
        value: if cell.shown.is_some() {
            value
        } else {
            format!("{} –", cell.name)
        },
        other,
        table,
    }
}

/// The edition to carry in links; none for the default one.
pub(crate) fn analysis_edition<'a>(analysis: &'a Analysis<'_>) -> Option<&'a str> {
    let number = analysis.edition.edition.head.number.as_str();
    (number != analysis.comparison.text.default_edition).then_some(number)
}

fn flip_marks(flips: &CriterionFlips) -> Vec<String> {
    [flips.low, flips.high]
        .into_iter()
        .flatten()
        .map(|flip| format!("{:.2}", flip.at * 100.0))
        .collect()
}

/// "16.7", "20".
pub(crate) fn plain_percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn flags(analysis: &Analysis<'_>, criterion: usize, slug: &str) -> Vec<Link> {
    if analysis.state.scores == Scores::Editor {
        return Vec::new();
    }
    let cells: Vec<_> = analysis
        .edition
        .cells
        .iter()
        .filter_map(|row| row.get(criterion))
        .collect();
    let mut flags = Vec::new();
    let mut flag = |holds: bool, anchor: &str, label: &str| {
        if holds {
            flags.push(Link::new(format!("{}#{anchor}", urls::method()), label));
        }
    };
    let evidence = analysis.edition.edition.rule(slug).is_some();
    flag(
        cells.iter().any(|c| c.sources_disagree),
        "disagreement",
        "sources disagree",
    );
    flag(
        cells.iter().any(|c| c.judgement_disagrees),
        "judgement",
        "judgement disagrees",
    );
    flag(
        evidence && cells.iter().any(|c| c.confidence == Confidence::Low),
        "weak",
        "weak evidence",
    );
    let judged = |c: &&earnest_compare::evidence::Cell| c.basis == Some(Kind::Judgement);
    flag(
        evidence && cells.iter().any(judged),
        "judgement",
        "rests on judgement",
    );
    let single = |c: &&earnest_compare::evidence::Cell| {
        c.readings
            .iter()
            .filter(|r| r.scored && r.score.is_some())
            .count()
            == 1
    };
    flag(
        evidence && cells.iter().any(single),
        "single-source",
        "single source",
    );
    flags
}
