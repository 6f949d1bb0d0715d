//! Content as data: technologies, criteria, evidence, comparisons, claims and roles from TOML files.
//!
//! The files are embedded in the binary; a folder given by the operator lies over them, file by file. All
//! faults are reported at once, each with file and line, and a catalogue exists only when there is none.

mod check;
mod edition;
mod load;
pub mod measured;
pub mod model;
mod schema;
#[cfg(test)]
pub(crate) mod tests;
mod wording;

use crate::comparison::kept::{SWITCHING, SWITCHING_LABEL};
pub use edition::{Edition, ScoredEdition, ScoredPay, Scores};
pub use load::Files;
use model::{
    Claim, ComparisonText, Criterion, EditionHead, LabRun, Provenance, Release, Role, Source, Technology,
};
pub use schema::schema;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
pub use wording::Wording;

static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded_content.rs"));

/// One thing that is wrong with the content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Path below the content folder.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.sentence)
    }
}

/// A value and the place where it was written.
#[derive(Clone, Debug, Default)]
pub struct Written<T> {
    file: String,
    line: usize,
    value: T,
}

/// A release of evidence and where each of its observations and rules stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenRelease {
    value: Release,
    places: HashMap<String, (String, usize)>,
    rule_places: HashMap<String, (String, usize)>,
}

/// Content as read, before it is checked.
#[derive(Default)]
struct Content {
    technologies: Vec<Written<Technology>>,
    criteria: Vec<Written<Criterion>>,
    sources: Vec<Written<Source>>,
    releases: BTreeMap<String, WrittenRelease>,
    comparisons: Vec<(String, Written<ComparisonText>)>,
    claims: BTreeMap<String, Vec<Written<Claim>>>,
    editions: Vec<(String, Written<EditionHead>)>,
    roles: Vec<Written<Role>>,
    provenance: Vec<Written<Provenance>>,
    labs: BTreeMap<String, KeptRun>,
}

/// A run of the lab as content keeps it.
#[derive(Clone, Debug, Default)]
pub struct KeptRun {
    /// What was measured, how, and on what.
    pub head: LabRun,
    /// `run.json` as it is.
    pub json: String,
    /// `raw.jsonl` as it is: a line for everything that happened.
    pub raw: String,
}

/// All content, checked: what the pages are made from.
#[derive(Debug)]
pub struct Catalogue {
    /// Technologies in file order.
    pub technologies: Vec<Technology>,
    /// Criteria in file order.
    pub criteria: Vec<Criterion>,
    /// Sources in file order.
    pub sources: Vec<Source>,
    /// Comparisons in order of their slugs.
    pub comparisons: Vec<Comparison>,
    /// Roles in order of their slugs.
    pub roles: Vec<Role>,
    /// Where the measurements of sources can be repeated or at least looked at, one per source.
    pub provenance: Vec<Provenance>,
    /// Runs of the lab by the name of their release.
    pub labs: BTreeMap<String, KeptRun>,
}

/// One comparison with its claims and editions.
#[derive(Debug)]
pub struct Comparison {
    /// What is said about it.
    pub text: ComparisonText,
    /// Claims, checked against evidence.
    pub claims: Vec<Claim>,
    /// Editions, oldest first, each with its scores.
    pub editions: Vec<ScoredEdition>,
    /// By number of an edition: this comparison alone, at that edition, in the words of then.
    published: BTreeMap<String, Catalogue>,
    /// By number: who brings an edition. What only the database still has is not in it.
    brought: BTreeMap<String, Bringer>,
    /// What criteria are called, by their slugs.
    labels: BTreeMap<String, String>,
    /// Whether this is one edition alone, in the words of then.
    is_as_published: bool,
    /// Whether its analysis, questions and claims are those of today for all that.
    prose_is_of_today: bool,
}

fn labels<'c>(criteria: impl Iterator<Item = &'c Criterion>) -> BTreeMap<String, String> {
    let each = criteria.map(|one| (one.slug.clone(), one.label.clone()));
    each.collect()
}

/// Who brings an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bringer {
    /// Its file comes with the program.
    Program,
    /// Its file is in the operator's folder.
    Folder,
    /// No file: it was published earlier, and the database keeps it.
    Database,
}

impl Bringer {
    /// The stable word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Folder => "folder",
            Self::Database => "database",
        }
    }

    fn of(file: &str, files: &Files) -> Self {
        let own = EMBEDDED.iter().find(|(path, _)| *path == file);
        let is_own = own.is_some_and(|(_, text)| files.get(file).is_some_and(|read| read == text));
        if is_own { Self::Program } else { Self::Folder }
    }
}

/// The files that are part of the binary.
pub fn embedded() -> Files {
    EMBEDDED
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

/// The two files that a run of the lab keeps.
const RUN_FILES: [&str; 2] = ["run.json", "raw.jsonl"];

/// Lays the TOML files of a folder, and runs of the lab, over `files`: same path replaces, new path adds.
///
/// # Errors
/// When the folder or one of its files cannot be read.
pub fn overlay(files: &mut Files, folder: &Path) -> std::io::Result<()> {
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(current) = waiting.pop() {
        for entry in std::fs::read_dir(&current)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e == "toml")
                || path
                    .file_name()
                    .is_some_and(|name| RUN_FILES.iter().any(|run| name == *run))
            {
                let name = path
                    .strip_prefix(folder)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path)?);
            }
        }
    }
    Ok(())
}

impl Catalogue {
    /// No content at all, for use cases that look at none.
    pub fn empty() -> Self {
        Self {
            technologies: Vec::new(),
            criteria: Vec::new(),
            sources: Vec::new(),
            comparisons: Vec::new(),
            roles: Vec::new(),
            provenance: Vec::new(),
            labs: BTreeMap::new(),
        }
    }

    /// Reads and checks all files.
    ///
    /// # Errors
    /// All faults, in order of file and line.
    pub fn read(files: &Files) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let content = load::load(files, &mut faults);
        check::check(&content, &mut faults);
        if faults.is_empty() {
            let catalogue = Self::build(content, files, &mut faults);
            if faults.is_empty() {
                return Ok(catalogue);
            }
        }
        faults.sort();
        faults.dedup();
        Err(faults)
    }

    fn build(content: Content, files: &Files, faults: &mut Vec<Fault>) -> Self {
        let mut comparisons = Vec::new();
        for (slug, written) in &content.comparisons {
            let heads = || content.editions.iter().filter(|(of, _)| of == slug);
            let editions: Vec<Edition> = heads()
                .map(|(_, head)| Edition::resolve(&content, &written.value, &head.value))
                .collect();
            let bringer = |head: &Written<EditionHead>| Bringer::of(&head.file, files);
            let claims = content
                .claims
                .get(slug)
                .map_or_else(Vec::new, |c| c.iter().map(|c| c.value.clone()).collect());
            let editions = edition::score_all(edition::in_order(editions));
            let comparison = Comparison {
                text: written.value.clone(),
                claims,
                editions,
                published: BTreeMap::new(),
                brought: heads()
                    .map(|(_, head)| (head.value.number.clone(), bringer(head)))
                    .collect(),
                labels: labels(content.criteria.iter().map(|criterion| &criterion.value)),
                is_as_published: false,
                prose_is_of_today: false,
            };
            check::situations(&comparison, &written.file, faults);
            comparisons.push(comparison);
        }
        comparisons.sort_by(|a, b| a.text.slug.cmp(&b.text.slug));
        let mut roles: Vec<Role> = content.roles.into_iter().map(|r| r.value).collect();
        roles.sort_by(|a, b| a.slug.cmp(&b.slug));
        Self {
            technologies: content.technologies.into_iter().map(|t| t.value).collect(),
            criteria: content.criteria.into_iter().map(|c| c.value).collect(),
            sources: content.sources.into_iter().map(|s| s.value).collect(),
            comparisons,
            roles,
            provenance: content.provenance.into_iter().map(|p| p.value).collect(),
            labs: content.labs,
        }
    }

    /// Adds an edition that was published earlier and that the content no longer brings.
    pub fn adopt(&mut self, edition: Edition) {
        let Some(comparison) = self
            .comparisons
            .iter_mut()
            .find(|c| c.text.slug == edition.comparison)
        else {
            return;
        };
        let mut editions: Vec<Edition> = comparison
            .editions
            .drain(..)
            .map(|scored| scored.edition)
            .collect();
        editions.push(edition);
        comparison.editions = edition::score_all(edition::in_order(editions));
    }

    /// The technology with this slug.
    pub fn technology(&self, slug: &str) -> Option<&Technology> {
        self.technologies.iter().find(|t| t.slug == slug)
    }

    /// The criterion with this slug.
    pub fn criterion(&self, slug: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|c| c.slug == slug)
    }

    /// The source with this id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.id == id)
    }

    /// Where the measurements of a source can be repeated or looked at.
    pub fn provenance(&self, source: &str) -> Option<&Provenance> {
        self.provenance.iter().find(|p| p.source == source)
    }

    /// The comparison with this slug.
    pub fn comparison(&self, slug: &str) -> Option<&Comparison> {
        self.comparisons.iter().find(|c| c.text.slug == slug)
    }

    /// The role with this slug.
    pub fn role(&self, slug: &str) -> Option<&Role> {
        self.roles.iter().find(|r| r.slug == slug)
    }
}

impl Comparison {
    /// The edition with this number.
    pub fn edition(&self, number: &str) -> Option<&ScoredEdition> {
        self.editions.iter().find(|e| e.edition.head.number == number)
    }

    /// What a criterion is called; its slug where nobody knows.
    pub fn label<'n>(&'n self, slug: &'n str) -> &'n str {
        match slug {
            SWITCHING => SWITCHING_LABEL,
            slug => self.labels.get(slug).map_or(slug, String::as_str),
        }
    }

    /// Who brings the edition with this number.
    pub fn bringer(&self, number: &str) -> Bringer {
        self.brought.get(number).copied().unwrap_or(Bringer::Database)
    }

    /// The edition shown unless another is asked for.
    pub fn default_edition(&self) -> Option<&ScoredEdition> {
        self.edition(&self.text.default_edition).or(self.editions.last())
    }
}
