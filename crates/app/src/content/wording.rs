//! The words of an edition as they were when it was published, so that what is frozen at it reads as it did.
//!
//! An edition fixes numbers. What its options and criteria are called, what a must-have excludes and which weights a
//! situation has are words of today, so that a slip of the pen can be mended without a new edition. Where an edition
//! is quoted by its number its first words count: they are kept beside it in the database.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{ComparisonText, Criterion, Technology};
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
        }
    }
}

impl Catalogue {
    /// Lets an edition of a comparison be read in words of its own; see [`Comparison::as_published`].
    pub fn word(&mut self, comparison: &str, number: &str, wording: Wording) {
        let roles = self.roles.clone();
        let Some(found) = self.comparisons.iter_mut().find(|c| c.text.slug == comparison) else {
            return;
        };
        let Some(edition) = found.edition(number).cloned() else {
            return;
        };
        let alone = Comparison {
            text: wording.text,
            claims: Vec::new(),
            editions: vec![edition],
            published: BTreeMap::new(),
            brought: BTreeMap::new(),
        };
        let published = Self {
            technologies: wording.technologies,
            criteria: wording.criteria,
            comparisons: vec![alone],
            roles,
            ..Self::empty()
        };
        found.published.insert(number.to_owned(), published);
    }
}

impl Comparison {
    /// The comparison as it stood at an edition, in the words of then; none where nobody kept them.
    pub fn as_published(&self, number: &str) -> Option<(&Catalogue, &Self)> {
        let catalogue = self.published.get(number)?;
        Some((catalogue, catalogue.comparisons.first()?))
    }
}
