//! The rows of a comparison: weight, plot, scores and where they come from, one per criterion.

use askama::Template;
use earnest_app::comparison::{Analysis, words};
use earnest_app::content::Scores;
use earnest_compare::evidence::{Confidence, Kind};
use earnest_compare::verdict::{CriterionFlips, Score};

use super::marks;
use super::statics::{Statics, escape};
use crate::page::Link;
use crate::urls;

/// One criterion of the page.
pub(crate) struct Row<'a> {
    pub(crate) fixed: &'a FixedRow,
    pub(crate) percent: String,
    pub(crate) flip: String,
    /// What one point is worth in points of another criterion.
    pub(crate) worth: String,
    pub(crate) flip_marks: Vec<String>,
    pub(crate) off: bool,
}

/// The part of a row that no weight changes: plot, scores and where they come from, rendered once.
#[derive(Debug)]
pub(crate) struct FixedRow {
    pub(crate) slug: String,
    pub(crate) label: String,
    pub(crate) question: String,
    /// Plot, scores, evidence and flags.
    pub(crate) html: String,
    /// The numbers of its sources, on paper.
    pub(crate) cited: String,
    /// The scores as cells of the table twin.
    pub(crate) cells: String,
}

#[derive(Template)]
#[template(path = "compare/row.html")]
struct Parts<'a> {
    is_first: bool,
    height: u32,
    spoken: String,
    points: Vec<Point>,
    scores: Vec<ScoreView>,
    evidence: &'a str,
    details: &'a str,
    flags: Vec<Link>,
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
    /// Name of the option, for those who do not see its colour and mark.
    pub(crate) name: String,
    /// " (1.9 to 6.2)"
    pub(crate) between: String,
    pub(crate) table: String,
}

/// The rows of an analysis in page order.
pub(crate) fn rows<'a>(analysis: &Analysis<'_>, fixed: &'a [FixedRow]) -> Vec<Row<'a>> {
    let names = analysis.names("");
    let each = fixed.iter().zip(analysis.shares_of_weight()).enumerate();
    each.map(|(at, (fixed, share))| Row {
        fixed,
        percent: plain_percent(share),
        flip: words::flip_line(&analysis.verdict, at, names),
        worth: words::worth_line(&analysis.verdict.totals.weights, at, names),
        flip_marks: analysis.verdict.flips.get(at).map(flip_marks).unwrap_or_default(),
        off: share <= 0.0,
    })
    .collect()
}

/// What no weight changes in the rows of an edition, for the scores and the region that the reader chose.
pub(crate) fn fixed_rows(analysis: &Analysis<'_>, statics: &Statics) -> Result<Vec<FixedRow>, askama::Error> {
    let table = analysis
        .edition
        .table(analysis.state.region.as_deref(), analysis.state.scores);
    let own = super::kept::derivation(analysis);
    let each = analysis.edition.edition.criteria.iter().enumerate();
    each.map(|(at, slug)| {
        let cells: Vec<Seen> = (0..table.options.len())
            .map(|option| Seen::new(analysis, &table.scores, option, at))
            .collect();
        let spoken: Vec<&str> = cells.iter().map(|cell| cell.spoken.as_str()).collect();
        let numbered = || cells.iter().enumerate();
        let parts = Parts {
            is_first: at == 0,
            height: height(cells.len()),
            spoken: spoken.join("; "),
            points: numbered().map(|(option, cell)| point(option, cell)).collect(),
            scores: numbered()
                .map(|(option, cell)| score_view(analysis, slug, option, cell))
                .collect(),
            evidence: statics
                .evidence
                .get(at)
                .map_or("Your own figures", String::as_str),
            details: statics.details.get(at).map_or(&own, String::as_str),
            flags: flags(analysis, at, slug),
        };
        let cell = |score: &ScoreView| format!("<td class=\"numbers\">{}</td>", escape(&score.table));
        Ok(FixedRow {
            slug: slug.clone(),
            label: analysis
                .criterion_labels
                .get(at)
                .cloned()
                .unwrap_or_else(|| slug.clone()),
            question: analysis.question(slug).to_owned(),
            cited: statics.cited.get(at).cloned().unwrap_or_default(),
            cells: parts.scores.iter().map(cell).collect(),
            html: parts.render()?,
        })
    })
    .collect()
}

/// What is shown of one cell.
struct Seen {
    name: String,
    shown: Option<Score>,
    other: Option<f64>,
    judged: bool,
    /// The reader's own figure: no page derives it.
    own: bool,
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
        let own = analysis.is_own_figure(option, criterion);
        let judged = own || cell.is_some_and(|c| c.basis == Some(Kind::Judgement)) || editor_mode;
        Self {
            name,
            shown,
            other: other.filter(|_| !own),
            judged,
            own,
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
        href: if cell.own {
            "#kept".to_owned()
        } else {
            urls::derivation(
                &analysis.comparison.text.slug,
                criterion,
                technology,
                analysis_edition(analysis),
            )
        },
        name: cell.name.clone(),
        between,
        value: if cell.shown.is_some() {
            value
        } else {
            "no evidence".to_owned()
        },
        other,
        table,
    }
}

/// The edition to carry in links; none where the bare address shows it.
pub(crate) fn analysis_edition<'a>(analysis: &'a Analysis<'_>) -> Option<&'a str> {
    let number = analysis.edition.edition.head.number.as_str();
    analysis.comparison.in_address(number)
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
    let mut text = format!("{:.1}", share * 100.0);
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
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
    let mut columns = analysis.edition.cells.iter().enumerate();
    let has_own = columns.any(|(option, row)| {
        analysis.is_own_figure(option, criterion)
            && row.get(criterion).is_some_and(|cell| cell.score.is_some())
    });
    flag(has_own, "kept", "your own figures");
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
