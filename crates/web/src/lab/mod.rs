//! A run of our own lab: what was measured, how, on what machine, and the raw output.

use askama::Template;
use axum::extract::{Path, State as FromApp};
use earnest_app::content::{Catalogue, Edition, KeptRun, measured};
use earnest_compare::evidence::Observation;

use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

/// One workload with all who met it, ready to be shown.
pub(crate) struct GroupView {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) rows: Vec<RowView>,
    pub(crate) differences: Vec<String>,
}

/// One subject of a workload.
pub(crate) struct RowView {
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) value: String,
    pub(crate) repeats: String,
    pub(crate) note: String,
}

#[derive(Template)]
#[template(path = "lab/show.html")]
struct Page {
    layout: Layout,
    facts: Vec<(&'static str, String)>,
    versions: Vec<(String, String)>,
    groups: Vec<GroupView>,
    raw: String,
    json: String,
    comparison: Option<Link>,
}

/// `GET /lab/{run}`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, Path(run): Path<String>) -> Result<Fresh, Problem> {
    let catalogue = &web.app.catalogue;
    let kept = find(catalogue, &run)?;
    let day = kept.head.started.get(..10).unwrap_or_default();
    let title = format!("What we measured on {day}");
    let layout = Layout::new(&web, title.clone())
        .describe(
            "Measurements of our own: method, machine, versions, medians with intervals, and the raw output.",
        )
        .canonical(&urls::lab(&run))
        .within(Section::Compare)
        .trail(vec![
            Link::new(urls::comparisons(), "Compare"),
            Link::new(urls::lab(&run), title),
        ]);
    let shown = catalogue.comparisons.iter().find_map(|comparison| {
        let mut editions = comparison.editions.iter().rev();
        let edition = editions.find(|e| e.edition.head.measured.as_deref() == Some(&run))?;
        Some((comparison, &edition.edition))
    });
    let page = Page {
        layout,
        facts: facts(kept),
        versions: kept.head.versions.clone().into_iter().collect(),
        groups: shown.map_or_else(Vec::new, |(_, edition)| all(edition)),
        raw: urls::lab_raw(&run),
        json: urls::lab_head(&run),
        comparison: shown.map(|(c, _)| Link::new(urls::comparison(&c.text.slug), c.text.title.clone())),
    };
    render(&page, Cache::Revalidate)
}

/// `GET /lab/{run}/raw.jsonl`
pub(crate) async fn raw(FromApp(web): FromApp<Ctx>, Path(run): Path<String>) -> Result<Fresh, Problem> {
    let kept = find(&web.app.catalogue, &run)?;
    Ok(Fresh::bytes(
        "application/jsonl",
        kept.raw.clone(),
        Cache::Revalidate,
    ))
}

/// `GET /lab/{run}/run.json`
pub(crate) async fn head(FromApp(web): FromApp<Ctx>, Path(run): Path<String>) -> Result<Fresh, Problem> {
    let kept = find(&web.app.catalogue, &run)?;
    Ok(Fresh::bytes(
        "application/json",
        kept.json.clone(),
        Cache::Revalidate,
    ))
}

fn find<'a>(catalogue: &'a Catalogue, run: &str) -> Result<&'a KeptRun, Problem> {
    catalogue.labs.get(run).ok_or_else(Problem::not_found)
}

fn facts(kept: &KeptRun) -> Vec<(&'static str, String)> {
    let (method, host) = (&kept.head.method, &kept.head.host);
    let mut facts = vec![
        (
            "Repeats",
            format!(
                "{} of each row, interleaved: every contender once before any of them again",
                method.repeats
            ),
        ),
        (
            "Each",
            format!(
                "{} ms, after {} ms of warm-up",
                method.millis, method.warm_up_millis
            ),
        ),
        (
            "Asked by",
            format!(
                "{}, on a core of its own where the rows do not say otherwise",
                method.load_generator
            ),
        ),
        (
            "Machine",
            format!(
                "{}, {} cores, {} MiB of memory, {}",
                host.processor,
                host.cores.len(),
                host.memory_mib,
                host.system
            ),
        ),
        ("Program", format!("Earnest {}", kept.head.earnest)),
    ];
    facts.extend(kept.head.note.clone().map(|note| ("Note", note)));
    facts
}

/// Every criterion's groups.
fn all(edition: &Edition) -> Vec<GroupView> {
    edition
        .criteria
        .iter()
        .flat_map(|criterion| groups(edition, criterion))
        .collect()
}

/// What was measured beside the scores of a criterion.
pub(crate) fn groups(edition: &Edition, criterion: &str) -> Vec<GroupView> {
    let view = |group: measured::Group<'_>| GroupView {
        id: group.metric.id.clone(),
        label: group.metric.label.clone(),
        unit: group.metric.unit.clone(),
        rows: group.rows.into_iter().map(row).collect(),
        differences: group.differences,
    };
    measured::groups(edition, criterion)
        .into_iter()
        .map(view)
        .collect()
}

fn row(observation: &Observation) -> RowView {
    RowView {
        id: observation.id.clone(),
        subject: observation.subject.clone(),
        value: measured::bare_value(observation),
        repeats: observation
            .sample_size
            .map_or_else(String::new, |n| n.to_string()),
        note: observation.note.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
