//! How a comparison is cited, under which licence its numbers are, and which of them may not be given on.

use super::Analysis;
use crate::content::Edition;
use crate::content::model::Source;
use earnest_compare::evidence::Observation;

/// Where a citation leads.
#[derive(Clone, Copy, Debug)]
pub struct Cited<'a> {
    /// Name of the site.
    pub site: &'a str,
    /// Full address of the state, edition and weights spelt out.
    pub address: &'a str,
}

/// A licence by name and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Licence {
    /// SPDX id.
    pub id: &'static str,
    /// Its text.
    pub url: &'static str,
}

/// The licence of what is computed from an edition: what derives from one source under the `ODbL` is under it as a whole.
pub fn licence(edition: &Edition) -> Licence {
    if edition.sources.iter().any(|s| s.licence.starts_with("ODbL")) {
        Licence {
            id: "ODbL-1.0",
            url: "https://opendatacommons.org/licenses/odbl/1-0/",
        }
    } else {
        Licence {
            id: "CC-BY-4.0",
            url: "https://creativecommons.org/licenses/by/4.0/",
        }
    }
}

/// The citation for a running text: "Go vs Rust for services, edition 1 (Northgate, 2026)".
pub fn in_line(analysis: &Analysis<'_>, cited: Cited<'_>) -> String {
    let head = &analysis.edition.edition.head;
    format!(
        "{}, edition {} ({}, {})",
        analysis.comparison.text.title,
        head.number,
        cited.site,
        year(&head.date)
    )
}

/// The citation for a list of references, with the address that opens the same numbers again.
pub fn full(analysis: &Analysis<'_>, cited: Cited<'_>) -> String {
    let (text, head) = (&analysis.comparison.text, &analysis.edition.edition.head);
    format!(
        "{} ({}): “{}”, edition {} of {}. {}. {}",
        text.author,
        year(&head.date),
        text.title,
        head.number,
        head.date,
        cited.site,
        cited.address
    )
}

fn year(date: &str) -> &str {
    date.get(..4).unwrap_or(date)
}

/// A value that its licence withholds from whatever leaves the site.
#[derive(Clone, Copy, Debug)]
pub struct Withheld<'a> {
    /// What was observed.
    pub observation: &'a Observation,
    /// By whom.
    pub source: &'a Source,
    /// Why it is not given on.
    pub reason: &'static str,
}

/// All of them in an edition, in order of their ids.
pub fn withheld(edition: &Edition) -> Vec<Withheld<'_>> {
    let each = edition.observations.iter();
    each.filter_map(|observation| {
        Some(Withheld {
            observation,
            source: edition.source(&observation.source)?,
            reason: edition.withheld(observation)?,
        })
    })
    .collect()
}
