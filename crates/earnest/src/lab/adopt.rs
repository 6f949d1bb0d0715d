//! A run as content: observations of kind *measured* that are shown beside published ones and weigh nothing.
//!
//! The same run gives the same bytes: nothing here reads a clock.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use earnest_app::content::Catalogue;
use earnest_app::content::model::{EditionHead, Provenance, ProvenanceMark, Source, SourceKind};
use earnest_compare::evidence::{Better, Confidence, Kind, Metric, Observation};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::Serialize;

use super::record::Kept;
use super::summary::{Group, Mark, Row, Summary};

/// Where a run is adopted.
pub(crate) struct Place<'a> {
    /// Slug of the comparison.
    pub(crate) comparison: &'a str,
    /// Slug of the criterion beside whose scores it is shown.
    pub(crate) criterion: &'a str,
    /// Number of the new edition.
    pub(crate) edition: &'a str,
    /// Its day, or that of the run.
    pub(crate) date: Option<&'a str>,
}

#[derive(Serialize)]
struct Sources {
    source: Vec<Source>,
}

#[derive(Serialize)]
struct Provenances {
    provenance: Vec<Provenance>,
}

#[derive(Serialize)]
struct Evidence {
    metric: Vec<Metric>,
    observation: Vec<Observation>,
}

/// Writes the files; answers their paths.
pub(crate) fn adopt(
    run: &Path,
    catalogue: &Catalogue,
    place: &Place<'_>,
    folder: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    let kept = Kept::open(run)?;
    anyhow::ensure!(
        kept.finished(),
        "this run is not finished: go on with `earnest lab run --out {}`",
        run.display()
    );
    let started = kept.head.started.parse::<Timestamp>()?;
    let day = started.to_zoned(TimeZone::UTC).date();
    let release = format!("lab-{day}");
    let comparison = catalogue.comparison(place.comparison);
    let comparison = comparison.with_context(|| format!("no comparison `{}`", place.comparison))?;
    let there = comparison.edition(place.edition);
    let taken = there.is_some_and(|e| e.edition.head.measured.as_deref() != Some(&release));
    anyhow::ensure!(
        !taken,
        "edition {} is there already, and an edition never changes: take the next number",
        place.edition
    );
    let of_others = comparison.editions.iter().any(|e| {
        let head = &e.edition.head;
        head.number != place.edition && head.measured.as_deref() == Some(&release)
    });
    anyhow::ensure!(
        !of_others,
        "an edition shows {release} already, and what it shows never changes: adopt a run of another day"
    );
    let shown = comparison
        .default_edition()
        .context("the comparison has no edition")?;
    let date = place.date.map_or_else(|| day.to_string(), ToOwned::to_owned);
    let head = head(&shown.edition.head, place.edition, &date, &release);
    let files = files(run, &Summary::of(&kept), place, (&head, day))?;
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}

/// Path below the content folder, and text.
fn files(
    run: &Path,
    summary: &Summary,
    place: &Place<'_>,
    new: (&EditionHead, Date),
) -> anyhow::Result<Vec<(String, String)>> {
    let (head, day) = new;
    let release = format!("lab-{day}");
    let evidence = evidence(summary, place.criterion, day)?;
    anyhow::ensure!(
        !evidence.observation.is_empty(),
        "nothing can be adopted: no row was measured five times while other programs left the machine alone"
    );
    let sources = Sources {
        source: vec![source(summary, day)],
    };
    let provenances = Provenances {
        provenance: vec![provenance(summary, &release)],
    };
    let in_release = |name: &str| format!("evidence/{release}/{name}");
    Ok(vec![
        (
            format!("sources/{release}.toml"),
            written("The lab's own run as a source", &sources)?,
        ),
        (
            format!("provenance/{release}.toml"),
            written("How far the lab's run can be looked into", &provenances)?,
        ),
        (
            in_release("measured.toml"),
            written(
                "Measured by the lab: shown, without weight in any score",
                &evidence,
            )?,
        ),
        (in_release("run.json"), fs::read_to_string(run.join("run.json"))?),
        (
            in_release("raw.jsonl"),
            fs::read_to_string(run.join("raw.jsonl"))?,
        ),
        (
            format!("comparisons/{}/editions/{}.toml", place.comparison, place.edition),
            written("The edition before it, with the lab's measurements beside", head)?,
        ),
    ])
}

fn written(what: &str, value: &impl Serialize) -> anyhow::Result<String> {
    Ok(format!(
        "# {what}. Written by `earnest lab adopt`.\n\n{}",
        toml::to_string(value)?
    ))
}

fn head(before: &EditionHead, number: &str, date: &str, release: &str) -> EditionHead {
    EditionHead {
        number: number.to_owned(),
        date: date.to_owned(),
        title: "With measurements of our own".to_owned(),
        changelog: format!(
            "Adds what our own lab measured ({release}) beside the published sources. It is marked indicative and has no weight: every score is that of edition {}.",
            before.number
        ),
        measured: Some(release.to_owned()),
        ..before.clone()
    }
}

fn source(summary: &Summary, day: Date) -> Source {
    Source {
        id: format!("lab-{day}"),
        title: format!("Earnest lab, run of {day}"),
        publisher: "Earnest".into(),
        url: format!("/lab/lab-{day}"),
        published: day.to_string(),
        accessed: day.to_string(),
        licence: "CC0-1.0".into(),
        redistributable: true,
        attribution: format!(
            "Measured by Earnest {} on {}",
            summary.head.earnest, summary.head.host.processor
        ),
        via: None,
        kind: SourceKind::Lab,
        gives_sample_size: true,
    }
}

fn provenance(summary: &Summary, release: &str) -> Provenance {
    let (host, method) = (&summary.head.host, &summary.head.method);
    let versions = ["python", "fastapi", "django", "node", "fastify", "express"];
    let versions = versions
        .iter()
        .filter_map(|name| Some(format!("{name} {}", summary.head.versions.get(*name)?)));
    Provenance {
        source: release.to_owned(),
        mark: ProvenanceMark::ReproducedByUs,
        harness: format!("/lab/{release}#harness"),
        raw: Some(format!("/lab/{release}/raw.jsonl")),
        host: format!("{}, {} cores, {}", host.processor, host.cores.len(), host.system),
        versions: versions.collect::<Vec<_>>().join(", "),
        repeats: format!("{}, interleaved", method.repeats),
    }
}

fn evidence(summary: &Summary, criterion: &str, day: Date) -> anyhow::Result<Evidence> {
    let mut evidence = Evidence {
        metric: Vec::new(),
        observation: Vec::new(),
    };
    let review_by = day.checked_add(1.year())?.to_string();
    for group in &summary.groups {
        let id = format!("lab-{}-{}", group.workload, group.processes.id());
        let seen: Vec<Observation> = group
            .rows
            .iter()
            .filter_map(|row| observation(summary, (group, row), &id, &review_by, day))
            .collect();
        if !seen.is_empty() {
            evidence.observation.extend(seen);
            evidence.metric.push(Metric {
                label: format!("{}, {}", group.title, group.processes.label()),
                unit: group.unit.clone(),
                better: Better::Higher,
                indicative_for: Some(criterion.to_owned()),
                id,
            });
        }
    }
    Ok(evidence)
}

fn observation(
    summary: &Summary,
    measured: (&Group, &Row),
    metric: &str,
    review_by: &str,
    day: Date,
) -> Option<Observation> {
    let (group, row) = measured;
    // on a busy machine whoever has more threads gets more of it: such an order says nothing
    if row.marks.contains(&Mark::Busy) {
        return None;
    }
    let shown = row.repeats?.shown();
    let method = &summary.head.method;
    let mut note = String::new();
    for mark in &row.marks {
        let begun = if note.is_empty() { "" } else { "; " };
        let written = write!(note, "{begun}{}", mark.words());
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    Some(Observation {
        id: format!("{metric}-{}", row.contender),
        technology: row.technology.clone(),
        metric: metric.to_owned(),
        subject: row.name.clone(),
        value: shown.median,
        unit: group.unit.clone(),
        kind: Kind::Measured,
        source: format!("lab-{day}"),
        locator: format!(
            "raw.jsonl, workload {}, {}, {}",
            group.workload,
            group.processes.id(),
            row.contender
        ),
        year: u16::try_from(day.year()).ok()?,
        confidence: Confidence::Low,
        sample_size: u64::try_from(shown.count).ok(),
        interval: Some([shown.low, shown.high]),
        quartiles: None,
        sd: None,
        computed: Some(format!(
            "median of {} interleaved repeats of {} ms each; an interval of this kind holds the true median in {:.1} % of cases",
            shown.count,
            method.millis,
            shown.coverage * 100.0
        )),
        review_by: review_by.to_owned(),
        note: (!note.is_empty()).then_some(note),
        author: None,
        date: None,
        rationale: None,
    })
}
