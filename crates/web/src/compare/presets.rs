//! Buttons that set all weights at once: the equal weights, and those of each situation that has its own.

use std::borrow::Cow;

use earnest_app::comparison::state::{EQUAL, situation_weights};
use earnest_app::comparison::{Analysis, words};
use earnest_app::content::model::SituationKind;
use earnest_app::content::{Comparison, ScoredEdition};

use super::cost::with_query;
use super::statics::Statics;

/// One button.
pub(crate) struct Preset<'a> {
    pub(crate) id: &'a str,
    pub(crate) label: &'a str,
    pub(crate) words: &'a str,
    pub(crate) href: String,
    pub(crate) weights: &'a str,
    pub(crate) current: bool,
}

/// What no setting changes in a button.
#[derive(Clone, Debug)]
pub(crate) struct FixedPreset {
    id: String,
    label: String,
    /// "for “data and ML”", as the headline says it.
    words: String,
    weights: Vec<f64>,
    /// The weights as the small script reads them.
    listed: String,
}

/// What no setting changes in the buttons of an edition.
pub(crate) fn fixed_presets(comparison: &Comparison, edition: &ScoredEdition) -> Vec<FixedPreset> {
    let situations = comparison.text.situations.iter();
    let situations = situations.filter(|s| s.kind == SituationKind::Weights);
    let all = std::iter::once((EQUAL, "Equal")).chain(situations.map(|s| (s.id.as_str(), s.label.as_str())));
    all.filter_map(|(id, label)| {
        let weights = situation_weights(comparison, edition, id)?;
        let listed: Vec<String> = weights.iter().map(ToString::to_string).collect();
        Some(FixedPreset {
            id: id.to_owned(),
            label: label.to_owned(),
            words: words::at_preset(comparison, id, &weights),
            weights,
            listed: listed.join(","),
        })
    })
    .collect()
}

/// The same for what the reader compares: with what they have beside it, each has one weight more.
pub(crate) fn presets_of<'a>(analysis: &Analysis<'_>, statics: &'a Statics) -> Cow<'a, [FixedPreset]> {
    match &analysis.state.kept {
        None => Cow::Borrowed(&statics.presets),
        Some(_) => Cow::Owned(fixed_presets(analysis.comparison, &analysis.edition)),
    }
}

/// The buttons at the reader's other settings.
pub(crate) fn presets<'a>(analysis: &Analysis<'_>, fixed: &'a [FixedPreset]) -> Vec<Preset<'a>> {
    let mut state = analysis.state.clone();
    let mut view = |preset: &'a FixedPreset| {
        state.weights.clone_from(&preset.weights);
        state.preset = Some(preset.id.clone());
        Preset {
            id: &preset.id,
            label: &preset.label,
            words: &preset.words,
            href: with_query(analysis, &state, "priorities"),
            weights: &preset.listed,
            current: analysis.state.preset.as_ref() == Some(&preset.id),
        }
    };
    fixed.iter().map(&mut view).collect()
}
