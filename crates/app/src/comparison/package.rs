//! What goes into an archive beside the data of a comparison: how to cite and read it, its sources, and what each column
//! means. The same state of the same edition gives the same bytes: no clock is read.

use super::citation::{self, Cited, licence, withheld};
use super::export::{COLUMNS, absolute, harmless, notices, row_of, writes};
use super::words::{percent, total};
use super::{Analysis, Bridge, remarks};
use crate::content::{Edition, Scores};
use crate::prose::plain;
use earnest_compare::evidence::Observation;
use serde_json::{Value, json};

/// A file of the archive, other than what describes it.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is in it, in half a sentence.
    pub about: &'a str,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: &'a str,
    /// Its length.
    pub bytes: usize,
}

/// The text that an archive begins with: citations, processing, state, sources, licence, and what was withheld.
pub fn readme(analysis: &Analysis<'_>, cited: Cited<'_>, files: &[Packed<'_>]) -> String {
    let mut text = String::new();
    let comparison = &analysis.comparison.text;
    let head = &analysis.edition.edition.head;
    writes(
        &mut text,
        format_args!(
            "# {}\n\n{}\n\n",
            comparison.title,
            harmless(&analysis.headline.sentence())
        ),
    );
    writes(
        &mut text,
        format_args!(
            "Edition {} of {} ({}). An edition never changes: this address opens the same numbers again.\n\n<{}>\n\n",
            head.number, head.date, head.title, cited.address
        ),
    );
    text.push_str("## Files\n\n");
    for file in files {
        writes(&mut text, format_args!("- `{}`: {}\n", file.name, file.about));
    }
    writes(
        &mut text,
        format_args!(
            "\n## How to cite\n\nIn-line citation:\n\n> {}\n\nFull citation:\n\n> {}\n\n",
            citation::in_line(analysis, cited),
            citation::full(analysis, cited)
        ),
    );
    state(&mut text, analysis);
    processing(&mut text, analysis);
    sources(&mut text, analysis, cited);
    conditions(&mut text, analysis);
    text
}

/// The active settings: what a reader set and what stayed as the edition has it.
fn state(text: &mut String, analysis: &Analysis<'_>) {
    let state = &analysis.state;
    text.push_str("## State\n\nThe numbers are computed at these settings.\n\n");
    let scores = match state.scores {
        Scores::Evidence => "from evidence",
        Scores::Editor => "the editor's",
    };
    let region = analysis.pay().map_or("none", |pay| pay.region.label.as_str());
    let preset = state.preset.as_deref().unwrap_or("none; weights of the reader");
    let must = if state.must.is_empty() {
        "none".to_owned()
    } else {
        state.must.join(", ")
    };
    for (name, value) in [
        ("Edition", state.edition.as_str()),
        ("Scores", scores),
        ("Preset", preset),
        ("Must-haves", &must),
        ("Region of pay", region),
    ] {
        writes(text, format_args!("- {name}: {value}\n"));
    }
    for said in remarks::for_others(analysis) {
        writes(text, format_args!("- {}\n", harmless(&said)));
    }
    let Bridge {
        weeks,
        hours,
        employer_percent,
        fee_percent,
    } = state.bridge;
    writes(
        text,
        format_args!(
            "- From pay to a budget: {weeks} weeks of {hours} hours, employer cost {employer_percent}\u{a0}%, fee \
             {fee_percent}\u{a0}%\n\n| Criterion | Weight as given | Share |\n|---|---:|---:|\n"
        ),
    );
    let shares = analysis.shares_of_weight();
    let each = analysis.criterion_labels.iter().zip(&state.weights).zip(shares);
    for ((label, given), share) in each {
        writes(text, format_args!("| {label} | {given} | {} |\n", percent(share)));
    }
    text.push('\n');
}

/// From observations to the verdict, in the order in which it is done.
fn processing(text: &mut String, analysis: &Analysis<'_>) {
    text.push_str("## Processing notes\n\n");
    let steps = [
        "Each observation is a single value of a source, with its place in the source; see `observations.csv`.",
        "A rule turns the observations of a criterion into scores from 0 to 10 by anchors that are literal numbers of the \
         edition, so no option moves the score of another. Formulas and arithmetic are in `comparison.json`.",
        "A judgement of an editor moves no score for which something was measured or published.",
        "The interval of a score is the hull of all its sources, wider where the evidence is weak.",
        "A total is the weighted mean over the criteria on which every option has a score. A missing score is no 0.",
    ];
    for step in steps {
        writes(text, format_args!("- {step}\n"));
    }
    let coverage = percent(analysis.verdict.totals.coverage);
    writes(
        text,
        format_args!("- Here {coverage} of the weight lies on criteria that could be compared. Totals: "),
    );
    let told =
        |(at, name): (usize, &String)| Some(format!("{} {}", harmless(name), total(&analysis.verdict, at)?));
    let totals: Vec<String> = analysis
        .option_names
        .iter()
        .enumerate()
        .filter_map(told)
        .collect();
    writes(text, format_args!("{}.\n", totals.join(", ")));
    let ours = indicative(&analysis.edition.edition).count();
    if ours > 0 {
        writes(
            text,
            format_args!(
                "- {ours} of the observations are of our own lab, and indicative: they are shown beside the sources and have \
                 no weight in any score or total. In `observations.csv` their `indicative_for` names the criterion; \
                 `value_low`, `value_high` and `note` say how far each can be read.\n"
            ),
        );
    }
    for rule in &analysis.edition.edition.rules {
        writes(
            text,
            format_args!(
                "- {} (`{}`): {}\n",
                rule.title,
                rule.criterion,
                plain(&rule.summary)
            ),
        );
    }
    text.push('\n');
}

/// What was measured by us, with the criterion beside which it is shown: it has no weight.
fn indicative(edition: &Edition) -> impl Iterator<Item = (&Observation, &str)> {
    edition.observations.iter().filter_map(|one| {
        let metric = edition.metrics.iter().find(|metric| metric.id == one.metric)?;
        Some((one, metric.indicative_for.as_deref()?))
    })
}

fn sources(text: &mut String, analysis: &Analysis<'_>, cited: Cited<'_>) {
    text.push_str("## Sources\n\n");
    text.push_str(&super::export::sources(analysis, cited.address));
    if analysis.edition.edition.sources.is_empty() {
        text.push_str("None: this edition is an editorial table.\n");
    }
    text.push('\n');
}

/// Under which licence it is, and what is missing because of somebody else's.
fn conditions(text: &mut String, analysis: &Analysis<'_>) {
    let edition = &analysis.edition.edition;
    let ours = licence(edition);
    writes(
        text,
        format_args!(
            "## Licence\n\nTexts, rules, weights, scores and pictures: CC-BY-4.0, \
             <https://creativecommons.org/licenses/by/4.0/>. The data as a whole: {}, <{}>. Single values stay under the \
             licences of their sources, named above and in `sources.csv`.\n\n## Withheld values\n\n",
            ours.id, ours.url
        ),
    );
    let closed = withheld(edition);
    if closed.is_empty() {
        text.push_str("None: every value of this edition may be given on.\n");
    }
    for one in closed {
        writes(
            text,
            format_args!(
                "- `{}` ({}, {}): {}\n",
                one.observation.id, one.source.publisher, one.source.title, one.reason
            ),
        );
    }
}

/// The sources of the edition as a table, numbered as on the page.
pub fn sources_csv(analysis: &Analysis<'_>, cited: Cited<'_>) -> String {
    let mut text = String::new();
    let columns = [
        "number",
        "id",
        "publisher",
        "title",
        "url",
        "published",
        "accessed",
        "via",
        "kind",
        "licence",
        "values_given_on",
        "attribution",
    ];
    row_of(&mut text, &columns.map(str::to_owned));
    for (at, source) in analysis.edition.edition.sources.iter().enumerate() {
        let row = [
            (at + 1).to_string(),
            source.id.clone(),
            source.publisher.clone(),
            source.title.clone(),
            absolute(cited.address, &source.url),
            source.published.clone(),
            source.accessed.clone(),
            source.via.clone().unwrap_or_default(),
            super::export::word(&source.kind),
            source.licence.clone(),
            if source.redistributable { "yes" } else { "no" }.to_owned(),
            plain(source.attribution.trim()),
        ];
        row_of(&mut text, &row);
    }
    text
}

/// What each column of `observations.csv` means, in the order of [`COLUMNS`].
const MEANINGS: [&str; COLUMNS.len()] = [
    "option of the comparison, or what a claim is about",
    "criterion that the observation stands behind; empty where it stands behind a claim alone",
    "score of the option on the criterion, 0 to 10, at the state's settings",
    "lower end of the score's interval",
    "upper end of the score's interval",
    "score of the editorial table, where there is one",
    "id of the observation",
    "measured, published or judgement",
    "what was observed",
    "what was counted",
    "the value; withheld, with the reason, where its licence forbids giving it on",
    "lower quartile of the value",
    "upper quartile of the value",
    "unit of the value",
    "year of the observation",
    "number of people, posts or runs behind the value",
    "how far the value is trusted: high, medium, low",
    "title of the source",
    "publisher of the source",
    "address of the source",
    "place of the value in the source",
    "licence of the source, an SPDX id or facts-only",
    "when the source was published",
    "when the source was read",
    "how the value was computed, where we did",
    "date by which the value is looked at again",
    "number of the edition",
    "lower end of the value's own interval; for repeated measurements that of their median",
    "upper end of the value's own interval",
    "criterion beside whose scores our own measurement is shown, indicative and without weight; empty for every other value",
    "what must be known to read the value rightly",
];

/// What describes the archive for programs: edition, state, columns, files with their sums, licence.
///
/// # Errors
/// When the edition cannot be written as JSON, which its checks rule out.
pub fn metadata(
    analysis: &Analysis<'_>,
    cited: Cited<'_>,
    files: &[Packed<'_>],
) -> Result<Value, serde_json::Error> {
    let (text, edition) = (&analysis.comparison.text, &analysis.edition.edition);
    let columns = COLUMNS
        .iter()
        .zip(MEANINGS)
        .map(|(name, meaning)| json!({"name": name, "meaning": meaning}));
    let files = files
        .iter()
        .map(|f| json!({"name": f.name, "about": f.about, "bytes": f.bytes, "sha256": f.sha256}));
    let closed = withheld(edition);
    let closed = closed
        .iter()
        .map(|one| json!({"observation": one.observation.id, "source": one.source.id, "reason": one.reason}));
    let indicative: Vec<Value> = indicative(edition)
        .map(|(one, criterion)| json!({"observation": one.id, "source": one.source, "criterion": criterion}))
        .collect();
    let ours = licence(edition);
    Ok(json!({
        "schema": "earnest.package/1",
        "comparison": text.slug, "title": text.title, "question": text.question,
        "edition": {"number": edition.head.number, "date": edition.head.date, "sha256": edition.sha256()?},
        "state": {"query": analysis.state.full_query(analysis.comparison), "address": cited.address},
        "verdict": analysis.headline.sentence(),
        "citation": {"in_line": citation::in_line(analysis, cited), "full": citation::full(analysis, cited)},
        "licence": {"id": ours.id, "url": ours.url},
        "attribution": notices(edition).iter().map(|notice| plain(notice)).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
        "withheld": closed.collect::<Vec<_>>(),
        "indicative": indicative,
    }))
}
