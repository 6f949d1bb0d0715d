//! What somebody else must know who reads a comparison that one person set up: what its maker has, by their own figures.

use super::Analysis;
use super::kept::{Kept, Stack, UNNAMED};
use super::words::{list, score};

/// All that somebody must know who reads what another set up: what is out, and what they have.
pub fn for_others(analysis: &Analysis<'_>) -> Vec<String> {
    let mut said = of_excluded(analysis);
    said.extend(of_kept(analysis));
    said
}

/// The same in a few words, for a title or a picture; none where every figure is the site's.
pub fn in_short(analysis: &Analysis<'_>) -> Option<String> {
    let kept = analysis.state.kept.as_ref()?;
    match &kept.stack {
        Stack::Other(_) => {
            let has = has(analysis, kept);
            Some(format!("with somebody’s own figures for {has}, not evidence"))
        }
        Stack::Option(_) if kept.months.is_empty() => None,
        Stack::Option(_) => Some("with somebody’s own estimate of a switch, not evidence".to_owned()),
    }
}

/// A title, with those words behind it where there are any.
pub fn titled(analysis: &Analysis<'_>, title: String) -> String {
    match in_short(analysis) {
        Some(own) => format!("{title} ({own})"),
        None => title,
    }
}

/// What whoever set this up has, in the middle of a sentence.
fn has(analysis: &Analysis<'_>, kept: &Kept) -> String {
    match &kept.stack {
        Stack::Other(other) if other == UNNAMED => "what they have".to_owned(),
        Stack::Other(_) | Stack::Option(_) => name(analysis, kept.slug()),
    }
}

fn name(analysis: &Analysis<'_>, slug: &str) -> String {
    let options = &analysis.edition.edition.options;
    let at = options.iter().position(|one| one == slug);
    at.map_or_else(|| slug.to_owned(), |at| analysis.option_name(at))
}

/// Sentences about what is compared as the present state of whoever set this up; none where nothing is.
pub fn of_kept(analysis: &Analysis<'_>) -> Vec<String> {
    let Some(kept) = &analysis.state.kept else {
        return Vec::new();
    };
    let has = has(analysis, kept);
    let mut lines = vec![format!("Whoever set this up compares with {has} today.")];
    if !kept.months.is_empty() {
        let months = kept.months.iter().map(|(slug, months)| {
            let unit = if (*months - 1.0).abs() < f64::EPSILON {
                "month"
            } else {
                "months"
            };
            format!("{months} {unit} of work to {}", name(analysis, slug))
        });
        lines.push(format!(
            "Their estimate of a switch, not evidence: {}.",
            list(&months.collect::<Vec<_>>())
        ));
    }
    if matches!(kept.stack, Stack::Other(_)) {
        let figures = kept.now.iter().map(|(slug, points)| {
            let criteria = &analysis.edition.edition.criteria;
            let at = criteria.iter().position(|one| one == slug);
            let label = at.and_then(|at| analysis.criterion_labels.get(at));
            format!(
                "{} {}",
                label.map_or(slug.as_str(), String::as_str),
                score(*points)
            )
        });
        let figures: Vec<String> = figures.collect();
        lines.push(if figures.is_empty() {
            format!("The scores of {has} are their own figures, not evidence.")
        } else {
            format!(
                "The scores of {has} are their own figures, not evidence: {}.",
                list(&figures)
            )
        });
        if !analysis.state.must.is_empty() {
            lines.push(format!("Nobody has looked whether {has} meets the must-haves."));
        }
    }
    lines
}

/// Why an option is out, for each that a must-have excluded.
pub fn of_excluded(analysis: &Analysis<'_>) -> Vec<String> {
    let said = |one: &super::Excluded| {
        format!(
            "{} is excluded by “{}”: {}",
            analysis.option_name(one.option),
            one.must_have,
            one.reason
        )
    };
    analysis.excluded.iter().map(said).collect()
}
