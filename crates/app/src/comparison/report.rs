//! What a decision record says, part by part and as plain words: its Markdown and its page are made of the same.

use earnest_compare::verdict::Score;

use super::export::{absolute, notices};
use super::words::{about, flip_line, percent, score, sureness, total};
use super::{Analysis, remarks};
use crate::prose::plain;

/// What stands in the place of an excluded option's total.
pub const EXCLUDED: &str = "excluded";

/// One row of the table of scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The criterion.
    pub label: String,
    /// Its share of the whole weight.
    pub weight: String,
    /// One for each option, in page order.
    pub cells: Vec<String>,
}

/// A row for each criterion: its weight, and every option's score with its interval.
pub fn rows(analysis: &Analysis<'_>) -> Vec<Row> {
    let table = analysis
        .edition
        .table(analysis.state.region.as_deref(), analysis.state.scores);
    let each = analysis
        .criterion_labels
        .iter()
        .zip(analysis.shares_of_weight())
        .enumerate();
    each.map(|(column, (label, share))| {
        let cell = |row: &Vec<Option<Score>>| {
            let known = row.get(column).copied().flatten();
            known.map_or_else(
                || "no evidence".to_owned(),
                |s| format!("{} ({} to {})", score(s.point), score(s.low), score(s.high)),
            )
        };
        Row {
            label: label.clone(),
            weight: percent(share),
            cells: table.scores.iter().map(cell).collect(),
        }
    })
    .collect()
}

/// The last row: what all criteria together come to.
pub fn totals(analysis: &Analysis<'_>) -> Row {
    let cell = |at: usize| {
        let place = analysis.kept.iter().position(|kept| *kept == at);
        let total = place.and_then(|place| total(&analysis.verdict, place));
        total.unwrap_or_else(|| EXCLUDED.to_owned())
    };
    Row {
        label: "Total".to_owned(),
        weight: format!("{} compared", percent(analysis.verdict.totals.coverage)),
        cells: (0..analysis.all_names().len()).map(cell).collect(),
    }
}

/// What is out and why, and what whoever set this up has.
pub fn must_haves(analysis: &Analysis<'_>) -> String {
    let mut said = remarks::of_excluded(analysis);
    if said.is_empty() {
        said.push("No must-have excluded an option.".to_owned());
    }
    said.extend(remarks::of_kept(analysis));
    said.join(" ")
}

/// How robust the result is, with what a change of each weight alone can do.
pub fn robustness(analysis: &Analysis<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let verdict = &analysis.verdict;
    if verdict.runner_up.is_some() {
        lines.push(format!(
            "Given the intervals of the evidence, how sure the leader is to be ahead: {}.",
            sureness(verdict)
        ));
        let shares = analysis.shares.shares.iter().filter(|_| analysis.is_comparable());
        for (name, share) in analysis.option_names.iter().zip(shares) {
            lines.push(format!(
                "Of all possible mixes of priorities {name} wins {} ({}).",
                percent(*share),
                about(*share)
            ));
        }
        let names = analysis.names("");
        for (at, label) in analysis.criterion_labels.iter().enumerate() {
            lines.push(format!("{label}: {}.", flip_line(verdict, at, names)));
        }
    }
    let agree = if analysis.methods_agree {
        "TOPSIS, VIKOR and PROMETHEE II put the same option first"
    } else {
        "the other methods do not all put the same option first"
    };
    lines.push(format!("Weighted sum decides; {agree}."));
    lines
}

/// The sources in their order. `address` begins with the name of the site.
pub fn sources(analysis: &Analysis<'_>, address: &str) -> Vec<String> {
    let all = analysis.edition.edition.sources.iter();
    all.map(|source| {
        let via = source
            .via
            .as_ref()
            .map_or_else(String::new, |via| format!(", read through {via}"));
        format!(
            "{}. {}, {}. {} (accessed {}{via}; licence {}).",
            source.publisher,
            source.title,
            source.published,
            absolute(address, &source.url),
            source.accessed,
            source.licence
        )
    })
    .collect()
}

/// The notices that the licences of the sources ask for, without any markup.
pub fn plain_notices(analysis: &Analysis<'_>) -> Vec<String> {
    let all = notices(&analysis.edition.edition);
    all.iter().map(|notice| plain(notice)).collect()
}
