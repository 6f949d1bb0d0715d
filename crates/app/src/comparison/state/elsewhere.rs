//! A state away from its page: what keeps up with new editions, and what a picture shows.

use super::{Bridge, Query, State, beside, preset_of, presets, situation_weights};
use crate::comparison::kept::SWITCHING;
use crate::content::Comparison;

impl State {
    /// Criteria whose weights an address that keeps up with new editions carries: those that the edition shown by default
    /// knows.
    pub fn living_criteria<'a>(&self, comparison: &'a Comparison) -> Vec<&'a str> {
        let (Some(own), Some(shown)) = (comparison.edition(&self.edition), comparison.default_edition())
        else {
            return Vec::new();
        };
        let stays = self.kept.as_ref().is_some_and(|kept| kept.fits(shown));
        let known = |slug: &&str| match *slug {
            SWITCHING => stays,
            slug => shown.edition.criteria.iter().any(|one| one == slug),
        };
        self.criteria(own).filter(known).collect()
    }

    /// The query string of what keeps up with new editions: no edition, and the reader's own weights spelt out.
    ///
    /// What the edition shown by default does not know (a criterion, a region) is left out, so that it can be read.
    pub fn living_query(&self, comparison: &Comparison) -> String {
        let (Some(own), Some(shown)) = (comparison.edition(&self.edition), comparison.default_edition())
        else {
            return String::new();
        };
        let mut query = Query::new();
        if self.weights != *self.default_weights(own) {
            let known = self.living_criteria(comparison);
            let each = self.criteria(own).zip(&self.weights);
            for (slug, weight) in each.filter(|(slug, _)| known.contains(slug)) {
                query.add_number(&["w.", slug], *weight);
            }
        }
        let region = self.region.clone();
        let rest = Self {
            region: region.filter(|id| shown.region(Some(id)).is_some()),
            kept: self.kept.clone().filter(|kept| kept.fits(shown)),
            ..self.clone()
        };
        rest.add_rest(&mut query);
        query.text
    }

    /// The settings that a picture shows: weights to the nearest percent of their sum, so that settings nobody could
    /// tell apart share one picture. Weights that come to those of a preset are that preset's.
    #[must_use]
    pub fn in_percent(&self, comparison: &Comparison) -> Self {
        let Some(edition) = comparison.edition(&self.edition) else {
            return self.clone();
        };
        let edition = &*beside(self.kept.as_ref(), edition);
        let rounded = whole_percents(&self.weights);
        let mut named = presets(comparison)
            .into_iter()
            .filter_map(|id| situation_weights(comparison, edition, id));
        let weights = named
            .find(|weights| whole_percents(weights) == rounded)
            .unwrap_or(rounded);
        let costs = edition
            .cost
            .and_then(|at| weights.get(at))
            .is_some_and(|w| *w > 0.0);
        Self {
            preset: preset_of(comparison, edition, &weights),
            weights,
            region: self.region.clone().filter(|_| costs),
            bridge: Bridge::default(),
            ..self.clone()
        }
    }
}

/// Weights in whole percents that make 100 together (the largest remainders are rounded up, the first of equal ones), so
/// that rounding what was rounded changes nothing.
pub(super) fn whole_percents(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|w| w / total * 100.0).collect();
    let mut whole: Vec<f64> = exact.iter().map(|share| share.floor()).collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    let remainder = |at: &usize| exact.get(*at).map_or(0.0, |share| share.fract());
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let mut left = (100.0 - whole.iter().sum::<f64>()).round();
    for at in order {
        if left >= 1.0
            && let Some(share) = whole.get_mut(at)
        {
            *share += 1.0;
            left -= 1.0;
        }
    }
    whole
}
