//! What one person of a decision says: their weights, read as a comparison reads them.

use earnest_hire::decision::Participant;
use earnest_hire::ids::LinkToken;

use super::pairs;
use crate::comparison::{SettingFault, State, kept};
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
        Self(state.weights_query(comparison))
    }

    /// As it is kept.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Reads pairs like `w.talent` and `30`, for the criteria of a decision's state; other keys are ignored, a criterion that is
/// left out weighs nothing.
///
/// # Errors
/// One fault for each weight that is none or of no criterion of the state, or one where all are 0.
pub fn read_weights(
    comparison: &Comparison,
    query: &str,
    given: &[(String, String)],
) -> Result<Weights, Vec<SettingFault>> {
    let mut all = asked_of(query);
    let criteria = State::parse(comparison, &all)?.weights_query(comparison);
    let nothing = |(key, _): (String, String)| (key, "0".to_owned());
    all.extend(pairs(&criteria).into_iter().map(nothing));
    let weights = given.iter().filter(|(key, _)| key.starts_with("w."));
    let trimmed = |(key, text): &(String, String)| (key.clone(), text.trim().to_owned());
    all.extend(weights.map(trimmed));
    State::parse(comparison, &all).map(|state| Weights::of(comparison, &state))
}

/// Somebody's kept weights, in the order of the criteria; nothing where they do not fit the state.
pub(super) fn numbers(comparison: &Comparison, query: &str, person: &Participant) -> Option<Vec<f64>> {
    let mut all = asked_of(query);
    all.extend(pairs(&person.weights));
    State::parse(comparison, &all).ok().map(|state| state.weights)
}

/// What of a decision's state says which criteria there are: its edition, and what its makers have today.
fn asked_of(query: &str) -> Vec<(String, String)> {
    let all = pairs(query).into_iter();
    all.filter(|(key, _)| key == "edition" || kept::is_key(key))
        .collect()
}
