//! How a score came about: from raw values through the rule to the number, for every option of a criterion.

use std::collections::HashSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::comparison::{export, words};
use earnest_app::content::{Catalogue, Comparison, ScoredEdition};
use earnest_compare::evidence::{Cell, Combine, Function, Observation, PartScore, ReadingScore, Rule};

use super::statics::WITHHELD;
use super::{marks, query_pairs};
use crate::answer::{Cache, Fresh};
use crate::lab::{self, GroupView};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

/// One option's score on a criterion, ready to be shown.
pub(crate) struct Derivation {
    pub(crate) slug: String,
    pub(crate) class: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) name: String,
    pub(crate) score: String,
    pub(crate) interval: String,
    pub(crate) editor: String,
    pub(crate) combined: String,
    pub(crate) readings: Vec<ReadingView>,
    pub(crate) judgements: Vec<JudgementView>,
    pub(crate) pay: Vec<ObservationView>,
    pub(crate) remarks: Vec<String>,
}

/// One source's answer.
pub(crate) struct ReadingView {
    pub(crate) title: String,
    pub(crate) score: String,
    pub(crate) weight: String,
    pub(crate) why: String,
    pub(crate) parts: Vec<PartView>,
}

/// One quantity of a reading with its arithmetic.
pub(crate) struct PartView {
    pub(crate) label: String,
    pub(crate) raw: String,
    pub(crate) arithmetic: String,
    pub(crate) anchor: String,
    pub(crate) observations: Vec<ObservationView>,
}

/// One observation with its source.
pub(crate) struct ObservationView {
    pub(crate) id: String,
    /// Whether it stands here for the first time; several readings may use the same one.
    pub(crate) first: bool,
    pub(crate) subject: String,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) facts: Vec<String>,
    pub(crate) source: Option<Link>,
    pub(crate) locator: String,
    pub(crate) stale: Option<String>,
    /// Where the measurement can be looked into or repeated.
    pub(crate) provenance: Option<ProvenanceView>,
}

/// How far a measurement can be looked into (C25).
pub(crate) struct ProvenanceView {
    pub(crate) mark: &'static str,
    pub(crate) facts: String,
    pub(crate) links: Vec<Link>,
}

/// One editor's opinion.
pub(crate) struct JudgementView {
    pub(crate) score: String,
    pub(crate) author: String,
    pub(crate) date: String,
    pub(crate) rationale: String,
}

#[derive(Template)]
#[template(path = "compare/derivation.html")]
struct Page<'a> {
    layout: Layout,
    comparison: Link,
    label: &'a str,
    explanation: &'a str,
    rule: Option<RuleView>,
    options: Vec<Derivation>,
    groups: Vec<GroupView>,
    run: Option<Link>,
    provenance: Option<ProvenanceView>,
    edition: String,
    others: Vec<(Link, bool)>,
    json: String,
}

struct RuleView {
    title: String,
    summary: String,
    formula: String,
    confidence: &'static str,
}

/// `GET /compare/{slug}/scores/{criterion}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path((slug, criterion)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let site = Arc::clone(&web.app.catalogue);
    let comparison = super::find(&site, &slug)?;
    let asked = query_pairs(query.as_deref());
    let (words, comparison) = comparison.named(&site, &asked);
    let state = super::state(comparison, &asked)?;
    let edition = comparison
        .edition(&state.edition)
        .ok_or_else(Problem::not_found)?;
    let at = edition
        .edition
        .criteria
        .iter()
        .position(|c| *c == criterion)
        .ok_or_else(|| no_such_criterion(comparison, edition))?;
    let found = words.criterion(&criterion);
    let label = found.map_or(criterion.as_str(), |c| &c.label);
    let number = comparison.in_address(&state.edition);
    let back = format!("{}{}", urls::comparison(&slug), urls::of_edition(number));
    let here = urls::derivations(&slug, &criterion, number);
    let layout = Layout::new(&web, format!("{label}: where the scores come from"))
        .describe(format!(
            "{}: every observation behind the {} scores, with source, date and arithmetic.",
            comparison.text.title,
            words::lower_first(label)
        ))
        .canonical(&urls::derivations(&slug, &criterion, None))
        .within(Section::Compare)
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(urls::comparisons(), "Compare"),
            Link::new(back.clone(), comparison.text.title.clone()),
            Link::new(here, label),
        ]);
    let tab = |c: &String| {
        let label = words.criterion(c).map_or_else(|| c.clone(), |c| c.label.clone());
        (
            Link::new(urls::derivations(&slug, c, number), label),
            *c == criterion,
        )
    };
    let measured = edition.edition.head.measured.as_deref();
    let page = Page {
        layout,
        comparison: Link::new(back, comparison.text.question.clone()),
        label,
        explanation: found.map_or("", |c| &c.explanation),
        rule: edition.edition.rule(&criterion).map(rule_view),
        options: of_criterion(words, edition, at, &web.today()),
        groups: lab::groups(&edition.edition, &criterion),
        run: measured
            .filter(|run| site.labs.contains_key(*run))
            .map(|run| Link::new(urls::lab(run), "How it was measured, and the raw output")),
        provenance: measured.and_then(|run| provenance_view(words, run)),
        edition: format!(
            "Edition {} of {}",
            edition.edition.head.number, edition.edition.head.date
        ),
        others: edition.edition.criteria.iter().map(tab).collect(),
        json: format!("{}.json{}", urls::comparison(&slug), urls::of_edition(number)),
    };
    render(&page, Cache::Revalidate)
}

fn no_such_criterion(comparison: &Comparison, edition: &ScoredEdition) -> Problem {
    let near = edition.edition.criteria.iter();
    let number = comparison.in_address(&edition.edition.head.number);
    let near = near.map(|c| Link::new(urls::derivations(&comparison.text.slug, c, number), c.clone()));
    Problem::not_found().near(near.collect())
}

fn rule_view(rule: &Rule) -> RuleView {
    RuleView {
        title: rule.title.clone(),
        summary: rule.summary.clone(),
        formula: export::formula(rule),
        confidence: confidence(rule.confidence),
    }
}

fn confidence(confidence: earnest_compare::evidence::Confidence) -> &'static str {
    match confidence {
        earnest_compare::evidence::Confidence::High => "high",
        earnest_compare::evidence::Confidence::Medium => "medium",
        earnest_compare::evidence::Confidence::Low => "low: every interval is widened by 2 points each way",
    }
}

/// The derivations of one criterion, in page order of the options.
pub(crate) fn of_criterion(
    catalogue: &Catalogue,
    edition: &ScoredEdition,
    criterion: usize,
    today: &str,
) -> Vec<Derivation> {
    let rows = edition.cells.iter().enumerate();
    rows.filter_map(|(option, row)| {
        Some(derive(
            catalogue,
            edition,
            (option, criterion),
            row.get(criterion)?,
            today,
        ))
    })
    .collect()
}

fn derive(
    catalogue: &Catalogue,
    edition: &ScoredEdition,
    at: (usize, usize),
    cell: &Cell,
    today: &str,
) -> Derivation {
    let (option, criterion) = at;
    let rule = edition.edition.rule(&cell.criterion);
    let view = |o: &Observation| observation_view(edition, o, today);
    let found = |id: &String| edition.edition.observation(id);
    let editor = edition
        .editor
        .as_ref()
        .and_then(|rows| rows.get(option)?.get(criterion).copied()?);
    let pay = if edition.cost == Some(criterion) {
        edition.edition.behind(cell)
    } else {
        Vec::new()
    };
    let name = catalogue
        .technology(&cell.technology)
        .map_or_else(|| cell.technology.clone(), |t| t.name.clone());
    let mut readings: Vec<ReadingView> = cell
        .readings
        .iter()
        .map(|r| reading_view(edition, rule, r, today))
        .collect();
    mark_first(&mut readings);
    mark_provenance(catalogue, edition, &mut readings);
    Derivation {
        slug: cell.technology.clone(),
        class: marks::class(option),
        mark: marks::mark(option),
        name,
        score: cell
            .score
            .map_or_else(|| "not scored, no evidence".to_owned(), |s| words::score(s.point)),
        interval: cell.score.map_or_else(String::new, |s| {
            format!("{} to {}", words::score(s.low), words::score(s.high))
        }),
        editor: editor.map_or_else(String::new, |s| words::score(s.point)),
        combined: combined(rule, cell),
        readings,
        judgements: cell
            .judgements
            .iter()
            .filter_map(found)
            .map(judgement_view)
            .collect(),
        pay: pay.into_iter().map(view).collect(),
        remarks: remarks(cell),
    }
}

/// An address leads to the first place of an observation alone.
fn mark_first(readings: &mut [ReadingView]) {
    let mut seen = HashSet::new();
    let parts = readings.iter_mut().flat_map(|r| &mut r.parts);
    for observation in parts.flat_map(|p| &mut p.observations) {
        observation.first = seen.insert(observation.id.clone());
    }
}

/// What was measured says how far it can be looked into.
fn mark_provenance(catalogue: &Catalogue, edition: &ScoredEdition, readings: &mut [ReadingView]) {
    let parts = readings.iter_mut().flat_map(|r| &mut r.parts);
    for view in parts.flat_map(|p| &mut p.observations) {
        let source = edition.edition.observation(&view.id).map(|o| o.source.as_str());
        view.provenance = source.and_then(|source| provenance_view(catalogue, source));
    }
}

fn provenance_view(catalogue: &Catalogue, source: &str) -> Option<ProvenanceView> {
    let found = catalogue.provenance(source)?;
    let harness = Link::new(found.harness.clone(), "harness");
    let raw = found.raw.clone().map(|raw| Link::new(raw, "raw output"));
    Some(ProvenanceView {
        mark: found.mark.words(),
        facts: format!("{} · {} · repeats: {}", found.host, found.versions, found.repeats),
        links: [harness].into_iter().chain(raw).collect(),
    })
}

/// "0.6 × 6.17 + 0.4 × 2.30 = 4.62"
fn combined(rule: Option<&Rule>, cell: &Cell) -> String {
    let Some(rule) = rule else {
        return "Set by editors in the table of this edition.".to_owned();
    };
    let scored: Vec<(f64, f64)> = cell
        .readings
        .iter()
        .filter(|r| r.scored)
        .filter_map(|r| Some((r.weight, r.score?)))
        .collect();
    let Some(score) = cell.score else {
        return "No reading could be scored.".to_owned();
    };
    if rule.pay.is_some() {
        return format!(
            "Mean over the range in the default region = {:.2}; the other regions stand below.",
            score.point
        );
    }
    if scored.is_empty() {
        return "No measured or published observation exists, so the editors’ judgement stands in, with its wide interval.".to_owned();
    }
    match rule.combine {
        Combine::Median => {
            let texts: Vec<String> = scored.iter().map(|(_, s)| format!("{s:.2}")).collect();
            format!("median of {} = {:.2}", texts.join(", "), score.point)
        }
        Combine::Weights => {
            let weighed: Vec<&(f64, f64)> = scored.iter().filter(|(w, _)| *w > 0.0).collect();
            let total: f64 = weighed.iter().map(|(w, _)| w).sum();
            let terms: Vec<String> = weighed
                .iter()
                .map(|(w, s)| format!("{} × {s:.2}", export::plain_number(w / total)))
                .collect();
            if weighed.len() == 1 {
                format!("one weighed reading = {:.2}", score.point)
            } else {
                format!("{} = {:.2}", terms.join(" + "), score.point)
            }
        }
    }
}

fn remarks(cell: &Cell) -> Vec<String> {
    let mut remarks = Vec::new();
    if cell.sources_disagree {
        remarks.push("The sources disagree by more than their intervals allow. Both are shown, and the interval spans them.".to_owned());
    }
    if cell.judgement_disagrees {
        remarks.push(
            "The editors’ judgement lies outside the interval of the evidence. It moves nothing.".to_owned(),
        );
    }
    remarks
}

fn reading_view(
    edition: &ScoredEdition,
    rule: Option<&Rule>,
    reading: &ReadingScore,
    today: &str,
) -> ReadingView {
    let functions = rule.and_then(|r| r.readings.iter().find(|other| other.id == reading.id));
    let part = |(at, part): (usize, &PartScore)| {
        let function = functions.and_then(|r| r.parts.get(at)).map(|p| &p.function);
        part_view(edition, part, function, today)
    };
    let weight = if !reading.scored {
        "shown, not scored".to_owned()
    } else if reading.weight > 0.0 {
        format!("weight {}", export::plain_number(reading.weight))
    } else {
        "cross-check: widens the interval, moves no score".to_owned()
    };
    ReadingView {
        title: reading.title.clone(),
        score: reading
            .score
            .map_or_else(|| "–".to_owned(), |s| format!("{s:.2}")),
        weight,
        why: reading.why.clone(),
        parts: reading.parts.iter().enumerate().map(part).collect(),
    }
}

fn part_view(
    edition: &ScoredEdition,
    part: &PartScore,
    function: Option<&Function>,
    today: &str,
) -> PartView {
    let metric = edition.edition.metrics.iter().find(|m| m.id == part.metric);
    let unit = metric.map_or("", |m| m.unit.as_str());
    let anchor = function.map_or("", |f| match f {
        Function::LogRatio { best_from, .. } => best_from,
        Function::Linear { anchor_from, .. } => anchor_from,
    });
    let used = || {
        part.observations
            .iter()
            .filter_map(|id| edition.edition.observation(id))
    };
    let withheld = used().any(|o| edition.edition.withheld(o).is_some());
    let (raw, arithmetic) = match (part.raw, function, &part.otherwise_because) {
        _ if withheld => (WITHHELD.to_owned(), String::new()),
        (Some(raw), Some(function), _) => {
            let mean = if part.observations.len() > 1 { "mean " } else { "" };
            (
                format!("{mean}{} {unit}", export::plain_number(raw)),
                export::arithmetic(function, raw),
            )
        }
        (None, _, Some(because)) => (
            because.clone(),
            format!("{:.2} by definition", part.score.unwrap_or(0.0)),
        ),
        _ => ("no observation".to_owned(), String::new()),
    };
    PartView {
        label: format!("{} (weight {})", part.label, export::plain_number(part.weight)),
        raw,
        arithmetic,
        anchor: anchor.to_owned(),
        observations: used().map(|o| observation_view(edition, o, today)).collect(),
    }
}

fn observation_view(edition: &ScoredEdition, observation: &Observation, today: &str) -> ObservationView {
    let source = edition.edition.source(&observation.source);
    let mut facts = vec![
        observation.year.to_string(),
        format!("confidence {}", confidence_word(observation)),
    ];
    facts.extend(
        observation
            .sample_size
            .map(|n| format!("n = {}", words::thousands_of(n))),
    );
    facts.extend(source.map(|s| format!("licence {}", s.licence)));
    facts.extend(source.map(|s| format!("read {}", s.accessed)));
    facts.extend(
        source
            .and_then(|s| s.via.as_ref())
            .map(|via| format!("read through {via}")),
    );
    let withheld = edition.edition.withheld(observation).is_some();
    if !withheld {
        let computed = observation.computed.as_ref();
        facts.extend(computed.map(|how| format!("computed by us: {how}")));
        facts.extend(observation.note.clone());
    }
    facts.push(format!("review by {}", observation.review_by));
    let quartiles = observation.quartiles.map_or_else(String::new, |[low, high]| {
        format!(
            " (P25 {}, P75 {})",
            export::plain_number(low),
            export::plain_number(high)
        )
    });
    ObservationView {
        id: observation.id.clone(),
        first: true,
        subject: observation.subject.clone(),
        value: if withheld {
            WITHHELD.to_owned()
        } else {
            let value = export::plain_number(observation.value);
            format!("{value} {}{quartiles}", observation.unit)
        },
        kind: kind_word(observation.kind),
        facts,
        source: source.map(|s| Link::new(s.url.clone(), format!("{}: {}", s.publisher, s.title))),
        locator: observation.locator.clone(),
        stale: (observation.review_by.as_str() < today).then(|| observation.review_by.clone()),
        provenance: None,
    }
}

fn confidence_word(observation: &Observation) -> &'static str {
    use earnest_compare::evidence::Confidence;
    match observation.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

fn kind_word(kind: earnest_compare::evidence::Kind) -> &'static str {
    use earnest_compare::evidence::Kind;
    match kind {
        Kind::Measured => "measured",
        Kind::Published => "published",
        Kind::Judgement => "judgement",
    }
}

fn judgement_view(observation: &Observation) -> JudgementView {
    JudgementView {
        score: words::score(observation.value),
        author: observation.author.clone().unwrap_or_default(),
        date: observation.date.clone().unwrap_or_default(),
        rationale: observation.rationale.clone().unwrap_or_default(),
    }
}
