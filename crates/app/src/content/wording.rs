//! The words of an edition as they were when it was published, so that what is frozen at it reads as it did.
//!
//! An edition fixes numbers. What its options and criteria are called, what a must-have excludes and which weights a
//! situation has are words of today, so that a slip of the pen can be mended without a new edition. Where an edition
//! is named by its number its first words count: they are kept beside it in the database.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{Claim, ComparisonText, Criterion, Provenance, Question, Section, Technology};
use super::{Catalogue, Comparison, ScoredEdition};

/// Everything that an edition is called in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wording {
    /// Without its prose.
    text: ComparisonText,
    /// The options.
    technologies: Vec<Technology>,
    /// What they are asked.
    criteria: Vec<Criterion>,
    /// What is said beside the numbers; nothing in what an earlier program kept.
    #[serde(default)]
    prose: Option<Prose>,
}

/// Texts about an edition, with what they say of its measurements.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Prose {
    analysis: Vec<Section>,
    questions: Vec<Question>,
    claims: Vec<Claim>,
    provenance: Vec<Provenance>,
}

impl Prose {
    fn of(catalogue: &Catalogue, comparison: &Comparison, edition: &ScoredEdition) -> Self {
        let sources = &edition.edition.sources;
        let cited = |one: &&Provenance| sources.iter().any(|source| source.id == one.source);
        Self {
            analysis: comparison.text.analysis.clone(),
            questions: comparison.text.questions.clone(),
            claims: comparison.claims.clone(),
            provenance: catalogue.provenance.iter().filter(cited).cloned().collect(),
        }
    }
}

impl Wording {
    /// The words of today.
    pub fn of(catalogue: &Catalogue, comparison: &Comparison, edition: &ScoredEdition) -> Self {
        let (options, criteria) = (&edition.edition.options, &edition.edition.criteria);
        Self {
            text: ComparisonText {
                default_edition: edition.edition.head.number.clone(),
                analysis: Vec::new(),
                questions: Vec::new(),
                ..comparison.text.clone()
            },
            technologies: options
                .iter()
                .filter_map(|slug| catalogue.technology(slug).cloned())
                .collect(),
            criteria: criteria
                .iter()
                .filter_map(|slug| catalogue.criterion(slug).cloned())
                .collect(),
            prose: Some(Prose::of(catalogue, comparison, edition)),
        }
    }
}

impl Catalogue {
    /// Lets an edition of a comparison be read in words of its own; see [`Comparison::as_published`]. Texts that were not
    /// kept with it are those of today, and the comparison says so.
    pub fn word(&mut self, comparison: &str, number: &str, wording: Wording) {
        let Some(today) = self.comparison(comparison) else {
            return;
        };
        let Some(edition) = today.edition(number).cloned() else {
            return;
        };
        let prose_is_of_today = wording.prose.is_none();
        let prose = wording.prose.unwrap_or_else(|| Prose::of(self, today, &edition));
        let shown = today.default_edition().unwrap_or(&edition);
        let alone = Comparison {
            text: ComparisonText {
                default_edition: shown.edition.head.number.clone(),
                analysis: prose.analysis,
                questions: prose.questions,
                ..wording.text
            },
            claims: prose.claims,
            editions: vec![edition],
            published: BTreeMap::new(),
            brought: BTreeMap::new(),
            labels: super::labels(wording.criteria.iter()),
            is_as_published: true,
            prose_is_of_today,
        };
        let published = Self {
            technologies: wording.technologies,
            criteria: wording.criteria,
            comparisons: vec![alone],
            roles: self.roles.clone(),
            provenance: prose.provenance,
            ..Self::empty()
        };
        if let Some(found) = self.comparisons.iter_mut().find(|c| c.text.slug == comparison) {
            found.published.insert(number.to_owned(), published);
        }
    }
}

impl Comparison {
    /// The comparison as it stood at an edition, in the words of then; none where nobody kept them.
    pub fn as_published(&self, number: &str) -> Option<(&Catalogue, &Self)> {
        let catalogue = self.published.get(number)?;
        Some((catalogue, catalogue.comparisons.first()?))
    }

    /// What an address is read against: the comparison as it was published, where the address names an edition; else that
    /// of today.
    pub fn named<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        pairs: &[(String, String)],
    ) -> (&'a Catalogue, &'a Self) {
        let number = pairs.iter().rev().find(|(key, _)| key == "edition");
        let published = number.and_then(|(_, number)| self.as_published(number));
        published.unwrap_or((catalogue, self))
    }

    /// The number of an edition as an address of this comparison names it: not where the bare address shows that edition,
    /// and in these words.
    pub fn in_address<'n>(&self, number: &'n str) -> Option<&'n str> {
        (self.is_as_published || number != self.text.default_edition).then_some(number)
    }

    /// Whether this is one edition alone, in the words that it was published in.
    pub fn is_as_published(&self) -> bool {
        self.is_as_published
    }

    /// Whether analysis, questions and claims are those of today, because none were kept with the edition.
    pub fn prose_is_of_today(&self) -> bool {
        self.prose_is_of_today
    }
}
