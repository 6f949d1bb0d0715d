//! What one person of a decision says: their weights, read as a comparison reads them.

use std::fmt::Write as _;

use earnest_hire::decision::Participant;
use earnest_hire::ids::LinkToken;

use super::pairs;
use crate::comparison::{SettingFault, State};
use crate::content::Comparison;

/// A weight for every criterion of an edition, as text: `w.performance=30&w.talent=70`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights(String);

/// What became of somebody's position.
#[derive(Debug, Clone)]
pub struct Said {
    /// Opens the page on which they change it.
    pub token: LinkToken,
    /// As it is kept.
    pub person: Participant,
    /// Whether they are new.
    pub first: bool,
}

impl Weights {
    /// Those of a state.
    pub fn of(comparison: &Comparison, state: &State) -> Self {
        let criteria = comparison
            .edition(&state.edition)
            .map_or(&[][..], |edition| edition.edition.criteria.as_slice());
        let mut text = String::new();
        for (slug, weight) in criteria.iter().zip(&state.weights) {
            let mark = if text.is_empty() { "" } else { "&" };
            // Writing to a String cannot fail.
            write!(text, "{mark}w.{slug}={weight}").unwrap_or_default();
        }
        Self(text)
    }

    /// As it is kept.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Reads pairs like `w.talent` and `30`; other keys are ignored, a criterion that is left out weighs nothing.
///
/// # Errors
/// One fault for each weight that is none or of no criterion of the edition, or one where all are 0.
pub fn read_weights(
    comparison: &Comparison,
    edition: &str,
    given: &[(String, String)],
) -> Result<Weights, Vec<SettingFault>> {
    let criteria = comparison
        .edition(edition)
        .map_or(&[][..], |edition| edition.edition.criteria.as_slice());
    let mut all = vec![("edition".to_owned(), edition.to_owned())];
    let nothing = |slug: &String| (format!("w.{slug}"), "0".to_owned());
    all.extend(criteria.iter().map(nothing));
    let weights = given.iter().filter(|(key, _)| key.starts_with("w."));
    let trimmed = |(key, text): &(String, String)| (key.clone(), text.trim().to_owned());
    all.extend(weights.map(trimmed));
    State::parse(comparison, &all).map(|state| Weights::of(comparison, &state))
}

/// Somebody's kept weights, in the order of the criteria; nothing where they do not fit the edition.
pub(super) fn numbers(comparison: &Comparison, edition: &str, person: &Participant) -> Option<Vec<f64>> {
    let mut all = vec![("edition".to_owned(), edition.to_owned())];
    all.extend(pairs(&person.weights));
    State::parse(comparison, &all).ok().map(|state| state.weights)
}
