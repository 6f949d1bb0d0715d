//! A state away from its page: what keeps up with new editions, and what a picture shows.

use super::{Bridge, Query, SettingFault, State, beside, preset_of, presets, situation_weights};
use crate::comparison::kept::SWITCHING;
use crate::content::{Catalogue, Comparison};

/// A state as it is shown away from its page.
#[derive(Debug)]
pub struct Found<'a> {
    /// Where names come from.
    pub catalogue: &'a Catalogue,
    /// The comparison; as it was published, where the address names an edition.
    pub comparison: &'a Comparison,
    /// The settings.
    pub state: State,
    /// Whether the address names an edition, so that what it shows never changes.
    pub is_frozen: bool,
    /// What of the address the edition shown today does not know any more, in sentences.
    pub left_out: Vec<String>,
}

impl<'a> Found<'a> {
    /// Reads an address. One that names an edition is frozen: it is read in the words of that edition. Any other keeps up:
    /// what an earlier edition knew and that of today does not is left out, and said; what none ever knew is a fault.
    ///
    /// # Errors
    /// As [`State::parse`].
    pub fn at(
        catalogue: &'a Catalogue,
        comparison: &'a Comparison,
        pairs: &[(String, String)],
    ) -> Result<Self, Vec<SettingFault>> {
        let number = super::last(pairs, "edition");
        let (catalogue, comparison) = comparison.named(catalogue, pairs);
        let (state, left_out) = match State::parse(comparison, pairs) {
            Ok(state) => (state, Vec::new()),
            Err(faults) if number.is_none() => living_on(comparison, pairs).ok_or(faults)?,
            Err(faults) => return Err(faults),
        };
        Ok(Self {
            catalogue,
            comparison,
            state,
            is_frozen: number.is_some(),
            left_out,
        })
    }
}

/// The state of an address that an earlier edition could read, as far as the edition of today can.
fn living_on(comparison: &Comparison, pairs: &[(String, String)]) -> Option<(State, Vec<String>)> {
    let earlier = comparison.editions.iter().rev().find_map(|edition| {
        let number = edition.edition.head.number.clone();
        let then = comparison
            .as_published(&number)
            .map_or(comparison, |(_, then)| then);
        let mut pairs = pairs.to_vec();
        pairs.push(("edition".to_owned(), number));
        State::parse(then, &pairs).ok()
    })?;
    let query = earlier.living_query(comparison);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // all that it weighed may be gone: then there is nothing to go by but the weights of today
    let without_weights = || {
        let rest = pairs.iter().filter(|(key, _)| !key.starts_with("w."));
        State::parse(comparison, &rest.cloned().collect::<Vec<_>>()).ok()
    };
    let state = State::parse(comparison, &pairs).ok().or_else(without_weights)?;
    let left_out = earlier.left_out(comparison);
    Some((state, left_out))
}

impl State {
    /// What the edition shown by default does not know of this state, in sentences.
    fn left_out(&self, comparison: &Comparison) -> Vec<String> {
        let Some(own) = comparison.edition(&self.edition) else {
            return Vec::new();
        };
        let then = comparison.as_published(&self.edition);
        let known = self.living_criteria(comparison);
        let weighed = self.criteria(own).zip(&self.weights);
        let gone =
            weighed.filter(|(slug, weight)| **weight > 0.0 && *slug != SWITCHING && !known.contains(slug));
        let label = |slug: &str| {
            let criterion = then.and_then(|(catalogue, _)| catalogue.criterion(slug));
            criterion.map_or_else(|| slug.to_owned(), |criterion| criterion.label.clone())
        };
        let mut said: Vec<String> = gone
            .map(|(slug, _)| {
                format!(
                    "“{}” is no longer compared, and its weight is left out.",
                    label(slug)
                )
            })
            .collect();
        for id in self.must.iter().filter(|id| !knows_must(comparison, id)) {
            let must = then.and_then(|(_, then)| then.text.must_haves.iter().find(|must| must.id == *id));
            let label = must.map_or(id.as_str(), |must| must.label.as_str());
            said.push(format!(
                "The must-have “{label}” is no longer asked, and is left out."
            ));
        }
        let shown = comparison.default_edition();
        if self
            .kept
            .as_ref()
            .is_some_and(|kept| shown.is_none_or(|shown| !kept.fits(shown)))
        {
            said.push("What you have today no longer fits the comparison, and is left out.".to_owned());
        }
        if self.region.is_some()
            && shown
                .and_then(|shown| shown.region(self.region.as_deref()))
                .is_none()
        {
            said.push("Pay is no longer observed in the region asked for.".to_owned());
        }
        said
    }

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
            must: self
                .must
                .iter()
                .filter(|id| knows_must(comparison, id))
                .cloned()
                .collect(),
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

fn knows_must(comparison: &Comparison, id: &str) -> bool {
    comparison.text.must_haves.iter().any(|must| must.id == id)
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
