//! A run as content: observations of kind *measured* that are shown beside published ones and weigh nothing.
//!
//! The same run gives the same bytes: nothing here reads a clock.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use earnest_app::content::model::{EditionHead, Provenance, ProvenanceMark, Source, SourceKind};
use earnest_app::content::{Catalogue, Comparison, Edition, Files, ScoredEdition};
use earnest_compare::evidence::{Better, Confidence, Kind, Metric, Observation};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::Serialize;

use super::plan::blocks;
use super::record::{Kept, Method};
use super::suite::Processes;
use super::summary::{Group, Row, Summary};

/// As many characters as the number of an edition that a request comes along with may have.
const NUMBER_LIMIT: usize = 40;

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
    /// What the comparison shows from then on.
    pub(crate) showing: Showing,
}

/// Which edition a comparison shows unless another is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    /// That of before.
    AsBefore,
    /// The new one.
    New,
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

/// The file in which a comparison says which edition it shows.
fn text_of(comparison: &str) -> String {
    format!("comparisons/{comparison}/comparison.toml")
}

/// What stands in that file now, and what has to stand there for another edition to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Path below the content folder.
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// The line as it is.
    pub(crate) from: String,
    /// The line as it has to be.
    pub(crate) to: String,
    /// The whole file with that line.
    text: String,
}

/// The one line that has to change for an edition to be shown; nothing where it is shown already.
pub(crate) fn turn(there: &Files, place: &Place<'_>) -> anyhow::Result<Option<Turn>> {
    let file = text_of(place.comparison);
    let text = there.get(&file).with_context(|| format!("there is no {file}"))?;
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix("default_edition");
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let found = text.lines().enumerate().find(|(_, line)| is_key(line));
    let (at, from) = found.with_context(|| format!("{file} has no line `default_edition = …`"))?;
    let to = format!("default_edition = \"{}\"", place.edition);
    let written: toml::Table = from.parse().with_context(|| format!("{file}:{}", at + 1))?;
    if written.get("default_edition").and_then(toml::Value::as_str) == Some(place.edition) {
        return Ok(None);
    }
    let lines = text.lines().enumerate();
    let changed: Vec<&str> = lines
        .map(|(other, line)| if other == at { to.as_str() } else { line })
        .collect();
    Ok(Some(Turn {
        text: changed.join("\n") + "\n",
        line: at + 1,
        from: from.to_owned(),
        file,
        to,
    }))
}

/// Writes the files; answers their paths. Nothing is written that the content which is there could not be read with, nor
/// over anything else: an edition never changes.
pub(crate) fn adopt(
    run: &Path,
    (there, catalogue): (&Files, &Catalogue),
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
    let comparison = catalogue.comparison(place.comparison);
    let comparison = comparison.with_context(|| format!("no comparison `{}`", place.comparison))?;
    let shown = before(comparison, place.edition).context("the comparison has no edition")?;
    let date = checked(place, &shown.edition.criteria, day)?;
    let release = release(comparison, place.edition, day);
    let summary = Summary::of(&kept);
    let head = EditionHead {
        number: place.edition.to_owned(),
        date: date.to_string(),
        title: "With measurements of our own".to_owned(),
        changelog: changelog(&summary, &shown.edition, &release),
        measured: Some(release),
        ..shown.edition.head.clone()
    };
    let files = files(run, &summary, place, (&head, day))?;
    fits(
        there,
        &files,
        (place, comparison.edition(place.edition).is_some()),
    )?;
    let turned = match place.showing {
        Showing::New => turn(there, place)?.map(|turn| (turn.file, turn.text)),
        Showing::AsBefore => None,
    };
    let files: Vec<(String, String)> = files.into_iter().chain(turned).collect();
    readable(there, &files)?;
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}

/// The edition that a new one is made from: that which is shown; where that is the new one already, the one before it.
fn before<'c>(comparison: &'c Comparison, number: &str) -> Option<&'c ScoredEdition> {
    let is_new = |one: &&ScoredEdition| one.edition.head.number == number;
    let shown = comparison.default_edition()?;
    if !is_new(&shown) {
        return Some(shown);
    }
    let earlier = comparison.editions.iter().take_while(|one| !is_new(one));
    earlier.last().or(Some(shown))
}

/// The day of the edition, where all that was asked for can be: the number becomes part of a path.
fn checked(place: &Place<'_>, criteria: &[String], day: Date) -> anyhow::Result<Date> {
    let number = place.edition;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    anyhow::ensure!(
        number.starts_with(|first: char| first.is_ascii_alphanumeric())
            && number.len() <= NUMBER_LIMIT
            && number.chars().all(plain),
        "--edition \"{number}\" is no number of an edition: use at most {NUMBER_LIMIT} letters, digits, hyphens and dots, \
         beginning with a letter or a digit"
    );
    anyhow::ensure!(
        criteria.iter().any(|slug| slug == place.criterion),
        "no criterion `{}`; there are {}",
        place.criterion,
        criteria.join(", ")
    );
    let read = |text: &str| {
        let date = text.parse::<Date>();
        date.with_context(|| format!("--date \"{text}\" is no day: write it as 2026-12-01"))
    };
    let date = place.date.map_or(Ok(day), read)?;
    anyhow::ensure!(
        date >= day,
        "--date {date} is before the run, which began on {day}"
    );
    Ok(date)
}

/// Refuses what would change anything that is there.
fn fits(
    there: &Files,
    new: &[(String, String)],
    (place, is_taken): (&Place<'_>, bool),
) -> anyhow::Result<()> {
    let differs = |(name, text): &&(String, String)| there.get(name).is_some_and(|old| old != text);
    let changed = new.iter().find(differs);
    // the same edition again is the same files: one that is missing would be another edition's
    let added = new.iter().find(|(name, _)| is_taken && !there.contains_key(name));
    let number = place.edition;
    match changed.or(added) {
        Some((name, _)) if is_taken => anyhow::bail!(
            "edition {number} is there already, and an edition never changes: take the next number ({name} would be another)"
        ),
        Some((name, _)) => {
            anyhow::bail!("{name} is there already with other content: nothing is written over it")
        }
        None => Ok(()),
    }
}

/// Refuses what the content cannot be read with.
fn readable(there: &Files, new: &[(String, String)]) -> anyhow::Result<()> {
    let mut all = there.clone();
    all.extend(new.iter().cloned());
    let read = Catalogue::read(&all).map(drop);
    read.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(
            "nothing is written, for the content would have faults:\n  {}",
            faults.join("\n  ")
        )
    })
}

/// What the run is called: by its day, and by the edition too where another edition shows a run of that day.
fn release(comparison: &Comparison, edition: &str, day: Date) -> String {
    let name = format!("lab-{day}");
    let heads = comparison.editions.iter().map(|one| &one.edition.head);
    let mut others = heads.filter(|head| head.number != edition);
    if others.any(|head| head.measured.as_deref() == Some(&name)) {
        format!("{name}-{edition}")
    } else {
        name
    }
}

/// Path below the content folder, and text.
fn files(
    run: &Path,
    summary: &Summary,
    place: &Place<'_>,
    new: (&EditionHead, Date),
) -> anyhow::Result<Vec<(String, String)>> {
    let (head, day) = new;
    let release = head.measured.as_deref().unwrap_or_default();
    let evidence = evidence(summary, place.criterion, (release, day))?;
    anyhow::ensure!(
        !evidence.observation.is_empty(),
        "nothing can be adopted: no row was measured five times while other programs left the machine alone"
    );
    let sources = Sources {
        source: vec![source(summary, release, day)],
    };
    let provenances = Provenances {
        provenance: vec![provenance(summary, release)],
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

/// What a reader is told of the edition: what was added, what of it takes the place of former measurements, what was left
/// out and why, and what the former ones had beside it.
fn changelog(summary: &Summary, edition: &Edition, release: &str) -> String {
    let before = &edition.head;
    let shown = match &before.measured {
        Some(former) => format!(
            "Shows what our own lab measured ({release}) beside the published sources, in place of {former}."
        ),
        None => format!("Adds what our own lab measured ({release}) beside the published sources."),
    };
    let quick = if summary.head.method.quick {
        " The run was a quick one, with fewer workloads."
    } else {
        ""
    };
    let groups = summary.groups.iter();
    let (spoiled, rest): (Vec<_>, Vec<_>) = groups.partition(|group| group.spoiled());
    let name = |group: &&Group| named(&group.workload, group.processes);
    let seldom = rest.iter().filter(|group| !group.tells());
    let former = former(edition);
    // what the former measurements had is told by its own name below
    let blocks = blocks(&summary.head.suite, false).into_iter();
    let missing = blocks.filter(|block| {
        let id = metric(&block.workload, block.processes);
        !has(summary, &id) && !former.iter().any(|(of, _)| *of == id)
    });
    let gone = former.iter().filter(|(id, _)| !has(summary, id));
    let of_before = before.measured.as_deref().unwrap_or_default();
    let lists = [
        told(
            "Left out, since other programs were at work or a process of a server had nothing to do",
            ", ",
            spoiled.iter().map(name),
        ),
        told(
            "Left out, since it was measured too seldom",
            ", ",
            seldom.map(name),
        ),
        told(
            "Not measured",
            ", ",
            missing.map(|block| named(&block.workload, block.processes)),
        ),
        told(
            &format!("No longer shown, as only {of_before} has it"),
            "; ",
            gone.map(|(_, label)| (*label).to_owned()),
        ),
    ];
    format!(
        "{shown}{quick} It is marked indicative and has no weight: every score is that of edition {}.{}",
        before.number,
        lists.concat()
    )
}

/// A sentence that ends in a list; nothing where the list is empty.
fn told(what: &str, between: &str, names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" {what}: {}.", names.join(between))
    }
}

fn named(workload: &str, processes: Processes) -> String {
    format!("{workload} ({})", processes.label())
}

/// Id of the metric that a group becomes.
fn metric(workload: &str, processes: Processes) -> String {
    format!("lab-{workload}-{}", processes.id())
}

/// Whether the run measured what a metric stands for, be it adopted or left out.
fn has(summary: &Summary, id: &str) -> bool {
    let mut groups = summary.groups.iter();
    groups.any(|group| metric(&group.workload, group.processes) == id)
}

/// Ids and labels of the metrics that an edition shows of our own measurements.
fn former(edition: &Edition) -> Vec<(&str, &str)> {
    let release = edition.head.measured.as_deref();
    let is_shown = |one: &&Metric| {
        let mut observations = edition.observations.iter();
        observations.any(|seen| seen.metric == one.id && Some(seen.source.as_str()) == release)
    };
    let metrics = edition.metrics.iter().filter(is_shown);
    metrics.map(|one| (one.id.as_str(), one.label.as_str())).collect()
}

fn source(summary: &Summary, release: &str, day: Date) -> Source {
    Source {
        id: release.to_owned(),
        title: format!("Earnest lab, run of {day}"),
        publisher: "Earnest".into(),
        url: format!("/lab/{release}"),
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

fn evidence(summary: &Summary, criterion: &str, (release, day): (&str, Date)) -> anyhow::Result<Evidence> {
    let mut evidence = Evidence {
        metric: Vec::new(),
        observation: Vec::new(),
    };
    let review_by = day.checked_add(1.year())?.to_string();
    // one row that says nothing of its server would let the others of its group look like all there is
    for group in summary.groups.iter().filter(|group| !group.spoiled()) {
        let id = metric(&group.workload, group.processes);
        let seen: Vec<Observation> = group
            .rows
            .iter()
            .filter_map(|row| {
                observation(
                    &summary.head.method,
                    (group, row),
                    (&id, release),
                    (&review_by, day),
                )
            })
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
    method: &Method,
    (group, row): (&Group, &Row),
    (metric, release): (&str, &str),
    (review_by, day): (&str, Date),
) -> Option<Observation> {
    let shown = row.shown()?;
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
        source: release.to_owned(),
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
            "median of {} interleaved repeats of {} ms each, {}",
            shown.count,
            method.millis,
            of_starts(row.starts, shown.coverage * 100.0)
        )),
        review_by: review_by.to_owned(),
        note: (!note.is_empty()).then_some(note),
        author: None,
        date: None,
        rationale: None,
    })
}

/// Of how many starts of the server the repeats are: a run that was interrupted between them starts it again.
fn of_starts(starts: usize, percent: f64) -> String {
    if starts <= 1 {
        format!(
            "of one start of the server; an interval of this kind holds the median of that start in {percent:.1} % of cases"
        )
    } else {
        format!(
            "of {starts} starts of the server, as the run was interrupted between them; where the starts do not differ, an \
             interval of this kind holds the median in {percent:.1} % of cases"
        )
    }
}
