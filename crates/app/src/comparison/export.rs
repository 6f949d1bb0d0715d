//! A comparison as CSV, as Markdown, and as a dated decision record.

use super::words::list;
use super::{Analysis, report};
use crate::content::Edition;
use earnest_compare::evidence::{Combine, Function, Observation, Rule};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

/// A rule's formula in one line, with its anchors.
pub fn formula(rule: &Rule) -> String {
    if let Some(pay) = &rule.pay {
        return format!(
            "mean over the range P25 to P75 of clamp(10 × (x − {}) ÷ ({} − {}), 0, 10), x = yearly pay in {}",
            plain_number(pay.zero),
            plain_number(pay.ten),
            plain_number(pay.zero),
            pay.currency
        );
    }
    let combined = match rule.combine {
        Combine::Median => "median of the readings",
        Combine::Weights => "weighted mean of the readings",
    };
    let logarithmic = rule
        .readings
        .iter()
        .flat_map(|r| &r.parts)
        .any(|p| matches!(p.function, Function::LogRatio { .. }));
    let linear = rule
        .readings
        .iter()
        .flat_map(|r| &r.parts)
        .any(|p| matches!(p.function, Function::Linear { .. }));
    let mut kinds = Vec::new();
    if logarithmic {
        kinds.push("clamp(10 − k × log10(best ÷ x), 0, 10)");
    }
    if linear {
        kinds.push("clamp(10 × (x − zero) ÷ (ten − zero), 0, 10)");
    }
    format!("{combined}; each part {}", kinds.join(" or "))
}

/// The arithmetic of one part with its numbers put in: `10 − 5 × log10(2,961,395 ÷ 223,600) = 4.39`.
pub fn arithmetic(function: &Function, raw: f64) -> String {
    let result = function.score(raw);
    match function {
        Function::LogRatio {
            best,
            points_per_tenfold,
            ..
        } => format!(
            "10 − {} × log10({} ÷ {}) = {result:.2}",
            plain_number(*points_per_tenfold),
            plain_number(*best),
            plain_number(raw)
        ),
        Function::Linear { zero, ten, .. } => format!(
            "10 × ({} − {}) ÷ ({} − {}) = {result:.2}",
            plain_number(raw),
            plain_number(*zero),
            plain_number(*ten),
            plain_number(*zero)
        ),
    }
}

/// A number for reading: thousands separated, at most three decimals, none where it is whole or large.
pub fn plain_number(value: f64) -> String {
    let whole = value.fract().abs() < 1e-9 || value.abs() >= 10_000.0;
    if whole {
        return super::words::thousands(value);
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Notices that the licences of an edition's sources ask for, each once.
pub fn notices(edition: &Edition) -> Vec<String> {
    let texts: BTreeSet<&str> = edition
        .sources
        .iter()
        .map(|s| s.attribution.trim())
        .filter(|t| !t.is_empty())
        .collect();
    texts.into_iter().map(str::to_owned).collect()
}

/// Columns of the CSV.
pub(super) const COLUMNS: [&str; 31] = [
    "technology",
    "criterion",
    "score",
    "interval_low",
    "interval_high",
    "editor_score",
    "observation",
    "kind",
    "subject",
    "metric",
    "value",
    "p25",
    "p75",
    "unit",
    "year",
    "sample_size",
    "confidence",
    "source",
    "publisher",
    "url",
    "locator",
    "licence",
    "published",
    "accessed",
    "computed",
    "review_by",
    "edition",
    "value_low",
    "value_high",
    "indicative_for",
    "note",
];

/// How many columns say something of the score.
const OF_SCORE: usize = 6;

/// One row per observation (RFC 4180, UTF-8) with the score that it stands behind, if any, at the reader's settings.
/// `address` opens the same state on the site: what a source of our own has is on it, too.
pub fn csv(analysis: &Analysis<'_>, address: &str) -> String {
    let mut text = String::new();
    row_of(&mut text, &COLUMNS.map(str::to_owned));
    let edition = &*analysis.edition;
    let shown = edition.table(analysis.state.region.as_deref(), analysis.state.scores);
    let mut written: HashSet<&str> = HashSet::new();
    for (option, cells) in edition.cells.iter().enumerate() {
        for (criterion, cell) in cells.iter().enumerate() {
            let at = |rows: &Vec<Vec<Option<earnest_compare::verdict::Score>>>| {
                rows.get(option).and_then(|r| r.get(criterion)).copied().flatten()
            };
            let shown = at(&shown.scores);
            let number = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
            let head = [
                cell.technology.clone(),
                cell.criterion.clone(),
                number(shown.map(|s| s.point)),
                number(shown.map(|s| s.low)),
                number(shown.map(|s| s.high)),
                number(edition.editor.as_ref().and_then(at).map(|s| s.point)),
            ];
            let mut seen = edition.edition.behind(cell);
            if seen.is_empty() && edition.cost == Some(criterion) {
                // the pay of an editorial table is no observation of the edition
                let pay = analysis
                    .pay()
                    .and_then(|pay| pay.options.get(option))
                    .and_then(Option::as_ref);
                seen.extend(pay.map(|(observation, _)| observation));
            }
            observation_rows(&mut text, (&edition.edition, address), &head, &seen);
            written.extend(seen.iter().map(|o| o.id.as_str()));
        }
    }
    // what only claims and texts cite stands behind no score
    for observation in edition
        .edition
        .observations
        .iter()
        .filter(|o| !written.contains(o.id.as_str()))
    {
        let head = [&observation.technology, "", "", "", "", ""].map(str::to_owned);
        observation_rows(&mut text, (&edition.edition, address), &head, &[observation]);
    }
    text
}

fn observation_rows(
    text: &mut String,
    (edition, address): (&Edition, &str),
    head: &[String; OF_SCORE],
    seen: &[&Observation],
) {
    if seen.is_empty() {
        let mut fields = head.to_vec();
        fields.resize(COLUMNS.len(), String::new());
        let of_edition = COLUMNS
            .iter()
            .zip(&mut fields)
            .find(|(name, _)| **name == "edition");
        if let Some((_, field)) = of_edition {
            field.clone_from(&edition.head.number);
        }
        row_of(text, &fields);
    }
    for observation in seen {
        let mut fields = head.to_vec();
        fields.extend(observation_fields(edition, observation, address));
        fields.push(edition.head.number.clone());
        fields.extend(caveats(edition, observation));
        row_of(text, &fields);
    }
}

/// What a reader must know to read the value rightly: how far it may be off, and whether it has weight in a score.
fn caveats(edition: &Edition, observation: &Observation) -> [String; 4] {
    let withheld = edition
        .withheld(observation)
        .map(|why| format!("withheld: {why}"));
    let or_withheld = |text: Option<String>| match (text, &withheld) {
        (Some(_), Some(why)) => why.clone(),
        (text, _) => text.unwrap_or_default(),
    };
    let ends = observation.interval;
    let metric = edition.metrics.iter().find(|one| one.id == observation.metric);
    [
        or_withheld(ends.map(|[low, _]| low.to_string())),
        or_withheld(ends.map(|[_, high]| high.to_string())),
        metric
            .and_then(|one| one.indicative_for.clone())
            .unwrap_or_default(),
        or_withheld(observation.note.clone()),
    ]
}

fn observation_fields(edition: &Edition, observation: &Observation, address: &str) -> Vec<String> {
    let source = edition.source(&observation.source);
    let of = |get: fn(&crate::content::model::Source) -> &String| {
        source.map_or_else(String::new, |s| get(s).clone())
    };
    let withheld = edition
        .withheld(observation)
        .map(|why| format!("withheld: {why}"));
    let number = |value: Option<f64>| {
        withheld
            .clone()
            .unwrap_or_else(|| value.map_or_else(String::new, |v| v.to_string()))
    };
    let computed = observation.computed.clone().unwrap_or_default();
    vec![
        observation.id.clone(),
        word(&observation.kind),
        observation.subject.clone(),
        observation.metric.clone(),
        number(Some(observation.value)),
        number(observation.quartiles.map(|[low, _]| low)),
        number(observation.quartiles.map(|[_, high]| high)),
        observation.unit.clone(),
        observation.year.to_string(),
        observation
            .sample_size
            .map_or_else(String::new, |n| n.to_string()),
        word(&observation.confidence),
        of(|s| &s.title),
        of(|s| &s.publisher),
        source.map_or_else(String::new, |s| absolute(address, &s.url)),
        observation.locator.clone(),
        of(|s| &s.licence),
        of(|s| &s.published),
        of(|s| &s.accessed),
        withheld.clone().unwrap_or(computed),
        observation.review_by.clone(),
    ]
}

/// The stable word of an enum, as JSON spells it.
pub(super) fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

pub(super) fn row_of(text: &mut String, fields: &[String]) {
    let fields: Vec<String> = fields.iter().map(|f| field(f)).collect();
    text.push_str(&fields.join(","));
    text.push_str("\r\n");
}

/// A CSV field: quoted where needed; a text that a spreadsheet would run as a formula gets a leading apostrophe.
fn field(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    let runs = !number && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if runs { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The comparison as a Markdown text: verdict, table, flips, sources.
pub fn markdown(analysis: &Analysis<'_>, address: &str) -> String {
    let mut text = String::new();
    let comparison = &analysis.comparison.text;
    let head = &analysis.edition.edition.head;
    line(&mut text, &format!("# {}\n", comparison.title));
    line(
        &mut text,
        &format!("**{}**\n", harmless(&analysis.headline.sentence())),
    );
    line(
        &mut text,
        &format!(
            "Edition {} of {} ({}). {address}\n",
            head.number, head.date, head.title
        ),
    );
    line(&mut text, &format!("{}\n", must_haves(analysis)));
    line(&mut text, &scores_table(analysis));
    line(&mut text, &robustness(analysis));
    line(&mut text, "## Sources\n");
    line(&mut text, &sources(analysis, address));
    text
}

/// A dated architecture decision record of the analysis, in Markdown.
pub fn decision_record(analysis: &Analysis<'_>, address: &str, today: Date) -> String {
    let mut text = String::new();
    let comparison = &analysis.comparison.text;
    let names = harmless(&list(&analysis.all_names()));
    line(&mut text, &format!("# {}\n", comparison.question));
    line(
        &mut text,
        &format!(
            "- Date: {today}\n- Status: proposed\n- Evidence: {} edition {} of {}\n- This state: {address}\n",
            comparison.title, analysis.edition.edition.head.number, analysis.edition.edition.head.date
        ),
    );
    line(
        &mut text,
        &format!(
            "## Context\n\nWe choose between {names} for {}. {}\n",
            comparison.context,
            must_haves(analysis)
        ),
    );
    line(&mut text, "## Options, weights and scores\n");
    line(&mut text, &scores_table(analysis));
    line(
        &mut text,
        &format!("## Result\n\n{}\n", harmless(&analysis.headline.sentence())),
    );
    record_end(&mut text, analysis, address);
    text
}

/// How every decision record ends: how robust the result is, room for the decision, and the sources.
pub(crate) fn record_end(text: &mut String, analysis: &Analysis<'_>, address: &str) {
    line(text, "## How robust it is\n");
    line(text, &robustness(analysis));
    line(
        text,
        "## Decision\n\n_Write here what you decided, and why if it differs from the result._\n",
    );
    line(text, "## Sources\n");
    line(text, &sources(analysis, address));
}

pub(crate) fn must_haves(analysis: &Analysis<'_>) -> String {
    harmless(&report::must_haves(analysis))
}

pub(crate) fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

pub(crate) fn scores_table(analysis: &Analysis<'_>) -> String {
    let names: Vec<String> = analysis.all_names().iter().map(|name| harmless(name)).collect();
    let mut text = format!(
        "| Criterion | Weight | {} |\n|---|---:|{}\n",
        names.join(" | "),
        "---:|".repeat(names.len())
    );
    for row in report::rows(analysis) {
        writes(
            &mut text,
            format_args!("| {} | {} | {} |\n", row.label, row.weight, row.cells.join(" | ")),
        );
    }
    let total = report::totals(analysis);
    let bold = |cell: &String| {
        if cell == report::EXCLUDED {
            cell.clone()
        } else {
            format!("**{cell}**")
        }
    };
    let cells: Vec<String> = total.cells.iter().map(bold).collect();
    writes(
        &mut text,
        format_args!(
            "| **{}** | {} | {} |\n",
            total.label,
            total.weight,
            cells.join(" | ")
        ),
    );
    text
}

/// A text of somebody's as Markdown that shows it and does nothing else: no heading, link, cell or HTML of theirs.
pub(crate) fn harmless(text: &str) -> String {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.chars().enumerate() {
        let marks = matches!(
            letter,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' | '&' | '$'
        );
        let begins = at == 0 && matches!(letter, '-' | '+' | '=')
            || at == digits && at > 0 && matches!(letter, '.' | ')');
        if marks || begins {
            out.push('\\');
        }
        out.push(if letter.is_control() { ' ' } else { letter });
    }
    out
}

pub(super) fn writes(text: &mut String, what: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(what);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

fn robustness(analysis: &Analysis<'_>) -> String {
    let mut text = String::new();
    for said in report::robustness(analysis) {
        writes(&mut text, format_args!("- {}\n", harmless(&said)));
    }
    text
}

/// The address of a source for a file that is read elsewhere: what stands on this site gets the site's name, which
/// `address` begins with.
pub fn absolute(address: &str, url: &str) -> String {
    let host = address.find("://").map(|at| at + 3);
    let end = host.map(|from| {
        let path = address.get(from..).and_then(|rest| rest.find('/'));
        path.map_or(address.len(), |at| from + at)
    });
    match end.and_then(|end| address.get(..end)) {
        Some(site) if url.starts_with('/') => format!("{site}{url}"),
        _ => url.to_owned(),
    }
}

/// The sources as a numbered list, with the notices that their licences ask for.
pub(super) fn sources(analysis: &Analysis<'_>, address: &str) -> String {
    let mut text = String::new();
    for (number, source) in report::sources(analysis, address).iter().enumerate() {
        writes(&mut text, format_args!("{}. {source}\n", number + 1));
    }
    for notice in report::plain_notices(analysis) {
        writes(&mut text, format_args!("\n> {notice}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays_text() {
        assert_eq!(harmless("Ada"), "Ada");
        assert_eq!(harmless("a | b\n# c"), "a \\| b \\# c");
        assert_eq!(harmless("[x](javascript:1) <b>"), "\\[x\\](javascript:1) \\<b\\>");
        assert_eq!(harmless("- item"), "\\- item");
        assert_eq!(harmless("12. item"), "12\\. item");
        assert_eq!(harmless("3.5 is more"), "3\\.5 is more");
        assert_eq!(
            harmless("![i](u) **x** `y`"),
            "\\!\\[i\\](u) \\*\\*x\\*\\* \\`y\\`"
        );
    }

    #[test]
    fn a_source_on_this_site_is_found_from_elsewhere() {
        for address in [
            "https://x.example:8443/compare/y?edition=1",
            "https://x.example:8443",
        ] {
            assert_eq!(absolute(address, "/lab/z"), "https://x.example:8443/lab/z");
            assert_eq!(absolute(address, "https://z.example/"), "https://z.example/");
        }
        assert_eq!(
            absolute("/compare/y", "/lab/z"),
            "/lab/z",
            "nobody has said which site"
        );
    }

    #[test]
    fn a_field_never_becomes_a_formula() {
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("-3.5"), "-3.5");
        assert_eq!(field("@x,\"y\""), "\"'@x,\"\"y\"\"\"");
    }

    #[test]
    fn the_arithmetic_is_shown_with_its_numbers() {
        let function = Function::LogRatio {
            best: 1_000_000.0,
            points_per_tenfold: 5.0,
            best_from: String::new(),
        };
        assert_eq!(
            arithmetic(&function, 100_000.0),
            "10 − 5 × log10(1,000,000 ÷ 100,000) = 5.00"
        );
    }
}
