//! What a reader set on a comparison: read from a query string, written back in one canonical form.

mod elsewhere;

pub use elsewhere::Found;

use super::kept::{Kept, SWITCHING, SWITCHING_WEIGHT};
use crate::content::model::SituationKind;
use crate::content::{Comparison, ScoredEdition, Scores};
use std::borrow::Cow;
use std::fmt::Write as _;

/// A setting that cannot be used, with the query key that it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// The key in the query string.
    pub key: String,
    /// Stable code for programs.
    pub code: &'static str,
    /// What is wrong and what is allowed.
    pub sentence: String,
}

impl SettingFault {
    pub(super) fn new(key: &str, code: &'static str, sentence: String) -> Self {
        Self {
            key: key.to_owned(),
            code,
            sentence,
        }
    }
}

/// Largest weight that a reader may give.
pub const WEIGHT_MAX: f64 = 1000.0;

/// The reader's settings; together with the comparison they fix every number on the page.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Number of the edition.
    pub edition: String,
    /// Whose scores decide.
    pub scores: Scores,
    /// Raw weight per criterion, in page order: 0 to 1000, not all 0.
    pub weights: Vec<f64>,
    /// The situation whose weights these are, if they are one's.
    pub preset: Option<String>,
    /// Must-haves, in page order.
    pub must: Vec<String>,
    /// What the reader has today and may keep. With it there is one criterion more, which the last weight is for.
    pub kept: Option<Kept>,
    /// Region of the pay shown.
    pub region: Option<String>,
    /// From yearly pay to a budget.
    pub bridge: Bridge,
}

/// The reader's settings for turning yearly pay into a project budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bridge {
    /// Length of the project in weeks.
    pub weeks: f64,
    /// Hours a week.
    pub hours: f64,
    /// What an employer pays on top of pay, in percent of it.
    pub employer_percent: f64,
    /// Fee of the marketplace, in percent of the cost.
    pub fee_percent: f64,
}

/// Working hours in a year of full-time pay: 52 weeks of 40 hours.
pub const HOURS_PER_YEAR: f64 = 52.0 * 40.0;

impl Default for Bridge {
    fn default() -> Self {
        Self {
            weeks: 12.0,
            hours: 40.0,
            employer_percent: 30.0,
            fee_percent: 10.0,
        }
    }
}

impl Bridge {
    const KEYS: [(&'static str, f64, f64); 4] = [
        ("weeks", 1.0, 260.0),
        ("hours", 1.0, 80.0),
        ("employer", 0.0, 100.0),
        ("fee", 0.0, 50.0),
    ];

    /// The budget for a yearly pay: `pay / 2080 h × weeks × hours × (1 + employer) × (1 + fee)`.
    pub fn budget(&self, yearly_pay: f64) -> f64 {
        let hourly = yearly_pay / HOURS_PER_YEAR * (1.0 + self.employer_percent / 100.0);
        hourly * self.weeks * self.hours * (1.0 + self.fee_percent / 100.0)
    }

    /// Reads `weeks`, `hours`, `employer` and `fee`; a missing one keeps its default.
    ///
    /// # Errors
    /// One fault for each value that is no number in range.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<SettingFault>> {
        let mut bridge = Self::default();
        let mut faults = Vec::new();
        for (key, low, high) in Self::KEYS {
            let Some(text) = last(pairs, key) else { continue };
            match number(text).filter(|n| (low..=high).contains(n)) {
                Some(value) => *bridge.slot(key) = value,
                None => faults.push(SettingFault::new(
                    key,
                    "E_BRIDGE",
                    format!(
                        "`{key}` must be a number from {low} to {high}; it is \"{}\"",
                        shown(text)
                    ),
                )),
            }
        }
        if faults.is_empty() {
            Ok(bridge)
        } else {
            Err(faults)
        }
    }

    fn slot(&mut self, key: &str) -> &mut f64 {
        match key {
            "weeks" => &mut self.weeks,
            "hours" => &mut self.hours,
            "employer" => &mut self.employer_percent,
            _ => &mut self.fee_percent,
        }
    }

    fn pairs(self) -> [(&'static str, f64); 4] {
        [
            ("weeks", self.weeks),
            ("hours", self.hours),
            ("employer", self.employer_percent),
            ("fee", self.fee_percent),
        ]
    }
}

/// Whether a key of an address is a setting.
pub(super) fn is_key(key: &str) -> bool {
    const PLAIN: [&str; 5] = ["edition", "preset", "must", "scores", "region"];
    let of_weight = key.strip_prefix("w.").is_some_and(|slug| !slug.is_empty());
    of_weight
        || PLAIN.contains(&key)
        || super::kept::is_key(key)
        || Bridge::KEYS.iter().any(|(of, ..)| *of == key)
}

impl State {
    /// The state of the bare page.
    pub fn bare(comparison: &Comparison, edition: &ScoredEdition) -> Self {
        Self {
            preset: preset_of(comparison, edition, &edition.default_weights),
            ..Self::unnamed(edition)
        }
    }

    /// The state of the bare page, before its weights are recognised as a preset's.
    fn unnamed(edition: &ScoredEdition) -> Self {
        Self {
            edition: edition.edition.head.number.clone(),
            scores: Scores::Evidence,
            weights: edition.default_weights.clone(),
            preset: None,
            must: Vec::new(),
            kept: None,
            region: None,
            bridge: Bridge::default(),
        }
    }

    /// Reads the settings from a query string's pairs. Unknown keys are ignored, wrong values are not.
    ///
    /// # Errors
    /// One fault for each wrong value, each with the key as its field.
    pub fn parse(comparison: &Comparison, pairs: &[(String, String)]) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let edition = match last(pairs, "edition") {
            None => comparison.default_edition(),
            Some(number) => comparison.edition(number),
        };
        if edition.is_none() {
            let known: Vec<&str> = comparison
                .editions
                .iter()
                .map(|e| e.edition.head.number.as_str())
                .collect();
            let sentence = format!(
                "There is no such edition. Editions of this comparison: {}.",
                known.join(", ")
            );
            faults.push(SettingFault::new("edition", "E_EDITION", sentence));
        }
        // the other settings are read on, against the edition shown by default, so that all faults are told at once
        let Some(edition) = edition.or(comparison.default_edition()) else {
            return Err(faults);
        };
        let kept = Kept::parse(pairs, edition, &mut faults);
        let edition = &*beside(kept.as_ref(), edition);
        let mut state = Self {
            kept,
            ..Self::unnamed(edition)
        };
        state.read_scores(pairs, edition, &mut faults);
        state.read_weights(comparison, edition, pairs, &mut faults);
        state.read_must(comparison, pairs, &mut faults);
        state.read_region(edition, pairs, &mut faults);
        match Bridge::parse(pairs) {
            Ok(bridge) => state.bridge = bridge,
            Err(more) => faults.extend(more),
        }
        state.preset = preset_of(comparison, edition, &state.weights);
        if faults.is_empty() { Ok(state) } else { Err(faults) }
    }

    fn read_scores(
        &mut self,
        pairs: &[(String, String)],
        edition: &ScoredEdition,
        faults: &mut Vec<SettingFault>,
    ) {
        match last(pairs, "scores") {
            Some("editor") if edition.editor.is_some() => self.scores = Scores::Editor,
            // an editorial table already shows the editor's scores
            None | Some("evidence" | "editor") => {}
            Some(_) => faults.push(SettingFault::new(
                "scores",
                "E_SCORES",
                "`scores` may be evidence or editor.".into(),
            )),
        }
    }

    fn read_weights(
        &mut self,
        comparison: &Comparison,
        edition: &ScoredEdition,
        pairs: &[(String, String)],
        faults: &mut Vec<SettingFault>,
    ) {
        let criteria = &edition.edition.criteria;
        if let Some(id) = last(pairs, "preset").filter(|id| !id.is_empty()) {
            match situation_weights(comparison, edition, id) {
                Some(weights) => self.weights = weights,
                None => faults.push(SettingFault::new(
                    "preset",
                    "E_PRESET",
                    format!(
                        "There is no preset \"{}\" here. Presets: {}.",
                        shown(id),
                        presets(comparison).join(", ")
                    ),
                )),
            }
        }
        for (key, text) in pairs {
            let Some(slug) = key.strip_prefix("w.") else {
                continue;
            };
            // a form in which the reader just gave up keeping what they have
            if slug == SWITCHING && last(pairs, "keep") == Some("") {
                continue;
            }
            let Some(slot) = criteria
                .iter()
                .position(|c| c == slug)
                .and_then(|at| self.weights.get_mut(at))
            else {
                let sentence = format!(
                    "There is no criterion \"{}\" here. Take its weight out, or give it to one of these: {}.",
                    shown(slug),
                    criteria.join(", ")
                );
                faults.push(SettingFault::new(key, "E_CRITERION", sentence));
                continue;
            };
            if let Some(value) = weight(text) {
                *slot = value;
            } else {
                let sentence = format!(
                    "{}: \"{}\" is no weight. A weight is a number from 0 to 1000 with at most 6 decimals, such as 40; \
                     0 leaves the criterion out.",
                    comparison.label(slug),
                    shown(text)
                );
                faults.push(SettingFault::new(key, "E_WEIGHT", sentence));
            }
        }
        if self.weights.iter().all(|w| *w <= 0.0) {
            let labels: Vec<&str> = criteria.iter().map(|slug| comparison.label(slug)).collect();
            let sentence = format!(
                "All weights are 0, so nothing is compared. Give at least one criterion a weight: {}.",
                labels.join(", ")
            );
            faults.push(SettingFault::new("weights", "E_WEIGHTS_ZERO", sentence));
        }
    }

    fn read_must(
        &mut self,
        comparison: &Comparison,
        pairs: &[(String, String)],
        faults: &mut Vec<SettingFault>,
    ) {
        let given = pairs
            .iter()
            .filter(|(key, _)| key == "must")
            .flat_map(|(_, ids)| ids.split(','));
        let given: Vec<&str> = given.filter(|id| !id.is_empty()).collect();
        for id in &given {
            if !comparison.text.must_haves.iter().any(|must| must.id == *id) {
                let known: Vec<&str> = comparison
                    .text
                    .must_haves
                    .iter()
                    .map(|must| must.id.as_str())
                    .collect();
                let sentence = format!(
                    "There is no must-have \"{}\" here. Must-haves: {}.",
                    shown(id),
                    known.join(", ")
                );
                faults.push(SettingFault::new("must", "E_MUST", sentence));
            }
        }
        let all = comparison.text.must_haves.iter().map(|must| must.id.clone());
        self.must = all.filter(|id| given.contains(&id.as_str())).collect();
    }

    fn read_region(
        &mut self,
        edition: &ScoredEdition,
        pairs: &[(String, String)],
        faults: &mut Vec<SettingFault>,
    ) {
        let Some(id) = last(pairs, "region").filter(|id| !id.is_empty()) else {
            return;
        };
        if let Some(pay) = edition.region(Some(id)) {
            let default = edition.region(None).is_some_and(|d| d.region.id == pay.region.id);
            self.region = (!default).then(|| id.to_owned());
        } else {
            let known: Vec<&str> = edition.pay.iter().map(|p| p.region.id.as_str()).collect();
            let sentence = format!(
                "Pay was not observed in \"{}\". Regions: {}.",
                shown(id),
                known.join(", ")
            );
            faults.push(SettingFault::new("region", "E_REGION", sentence));
        }
    }

    /// The canonical query string without `?`: defaults left out, empty for the bare page.
    pub fn query(&self, comparison: &Comparison) -> String {
        let Some(edition) = comparison.edition(&self.edition) else {
            return String::new();
        };
        let mut query = Query::new();
        if let Some(number) = comparison.in_address(&self.edition) {
            query.add("edition", number);
        }
        let bare = self.default_weights(edition);
        match &self.preset {
            _ if self.weights == *bare => {}
            Some(preset) => query.add("preset", preset),
            None => self.add_weights(&mut query, edition, Some(&bare)),
        }
        self.add_rest(&mut query);
        query.text
    }

    /// The query string of a link to share: edition and every weight spelt out, so that later defaults change nothing.
    pub fn full_query(&self, comparison: &Comparison) -> String {
        let Some(edition) = comparison.edition(&self.edition) else {
            return String::new();
        };
        let mut query = Query::new();
        query.add("edition", &self.edition);
        self.add_weights(&mut query, edition, None);
        self.add_rest(&mut query);
        query.text
    }

    /// Slugs of the criteria that the weights are for.
    fn criteria<'a>(&self, edition: &'a ScoredEdition) -> impl Iterator<Item = &'a str> {
        let criteria = edition.edition.criteria.iter().map(String::as_str);
        criteria.chain(self.kept.as_ref().map(|_| SWITCHING))
    }

    fn default_weights<'a>(&self, edition: &'a ScoredEdition) -> Cow<'a, [f64]> {
        let mut weights = Cow::Borrowed(edition.default_weights.as_slice());
        if self.kept.is_some() {
            weights.to_mut().push(SWITCHING_WEIGHT);
        }
        weights
    }

    /// The weights alone, each spelt out: `w.performance=30&w.talent=70`.
    pub fn weights_query(&self, comparison: &Comparison) -> String {
        let mut query = Query::new();
        if let Some(edition) = comparison.edition(&self.edition) {
            self.add_weights(&mut query, edition, None);
        }
        query.text
    }

    fn add_weights(&self, query: &mut Query, edition: &ScoredEdition, but: Option<&[f64]>) {
        for (at, (slug, weight)) in self.criteria(edition).zip(&self.weights).enumerate() {
            let default = but.and_then(|b| b.get(at));
            if default != Some(weight) {
                query.add_number(&["w.", slug], *weight);
            }
        }
    }

    fn add_rest(&self, query: &mut Query) {
        for must in &self.must {
            query.add("must", must);
        }
        if self.scores == Scores::Editor {
            query.add("scores", "editor");
        }
        if let Some(kept) = &self.kept {
            kept.write(query);
        }
        if let Some(region) = &self.region {
            query.add("region", region);
        }
        for ((key, value), (_, default)) in self.bridge.pairs().iter().zip(Bridge::default().pairs()) {
            if (value - default).abs() > f64::EPSILON {
                query.add_number(&[key], *value);
            }
        }
    }
}

/// The edition as the reader compares it: with a column and a criterion for what they have, if they say so.
pub(super) fn beside<'a>(kept: Option<&Kept>, edition: &'a ScoredEdition) -> Cow<'a, ScoredEdition> {
    kept.map_or(Cow::Borrowed(edition), |kept| Cow::Owned(kept.beside(edition)))
}

/// Builds a query string; most values here need no escaping beyond what slugs and numbers are made of.
pub(super) struct Query {
    text: String,
}

impl Query {
    /// Long enough for every weight of the usual comparison: a page writes more than a dozen queries.
    const USUAL_BYTES: usize = 192;

    fn new() -> Self {
        Self {
            text: String::with_capacity(Self::USUAL_BYTES),
        }
    }

    fn key(&mut self, parts: &[&str]) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        for part in parts {
            self.text.push_str(part);
        }
        self.text.push('=');
    }

    pub(super) fn add(&mut self, key: &str, value: &str) {
        self.key(&[key]);
        self.text.push_str(value);
    }

    /// A value that a person wrote: whatever is no letter or digit of ASCII, or one of `-_.~`, goes as its bytes.
    pub(super) fn add_text(&mut self, key: &str, value: &str) {
        self.key(&[key]);
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                self.text.push(char::from(byte));
            } else {
                let written = write!(self.text, "%{byte:02X}");
                debug_assert!(written.is_ok(), "writing to a String cannot fail");
            }
        }
    }

    pub(super) fn add_number(&mut self, key: &[&str], value: f64) {
        self.key(key);
        let written = write!(self.text, "{value}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
}

/// The weights of a situation, in page order.
pub fn situation_weights(comparison: &Comparison, edition: &ScoredEdition, id: &str) -> Option<Vec<f64>> {
    if id == EQUAL {
        return Some(edition.default_weights.clone());
    }
    let situation = comparison
        .text
        .situations
        .iter()
        .find(|s| s.id == id && s.kind == SituationKind::Weights)?;
    let given: Vec<f64> = situation.weights.values().copied().filter(|w| *w > 0.0).collect();
    // a situation says nothing of what a switch costs this reader: it counts as much as the others do on average
    let usual = given.iter().sum::<f64>() / f64::from(u32::try_from(given.len().max(1)).unwrap_or(u32::MAX));
    let of = |slug: &String| match slug.as_str() {
        SWITCHING => usual,
        slug => situation.weights.get(slug).copied().unwrap_or(0.0),
    };
    Some(edition.edition.criteria.iter().map(of).collect())
}

/// The preset that stands for an edition's default weights.
pub const EQUAL: &str = "equal";

fn preset_of(comparison: &Comparison, edition: &ScoredEdition, weights: &[f64]) -> Option<String> {
    let mut ids = std::iter::once(EQUAL).chain(comparison.text.situations.iter().map(|s| s.id.as_str()));
    let same =
        |id: &str| situation_weights(comparison, edition, id).is_some_and(|w| proportional(&w, weights));
    ids.find(|id| same(id)).map(str::to_owned)
}

fn proportional(a: &[f64], b: &[f64]) -> bool {
    let (total_a, total_b): (f64, f64) = (a.iter().sum(), b.iter().sum());
    total_a > 0.0
        && total_b > 0.0
        && a.iter()
            .zip(b)
            .all(|(x, y)| (x / total_a - y / total_b).abs() < 1e-12)
}

pub(super) fn last<'a>(pairs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .rev()
        .find(|(k, _)| k == key)
        .map(|(_, value)| value.as_str())
}

/// A plain decimal number; no exponent, no sign, no `inf`.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .filter(|n| n.is_finite())
}

fn weight(text: &str) -> Option<f64> {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    number(text).filter(|n| decimals <= 6 && *n <= WEIGHT_MAX)
}

/// What a person typed, short enough to say back.
pub(super) fn shown(text: &str) -> String {
    let readable = |c: &char| {
        !c.is_control()
            && !matches!(
                c,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            )
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            && !matches!(c, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
    };
    text.chars().filter(readable).take(40).collect()
}

/// Names of all presets of a comparison.
fn presets(comparison: &Comparison) -> Vec<&str> {
    let situations = comparison
        .text
        .situations
        .iter()
        .filter(|s| s.kind == SituationKind::Weights);
    std::iter::once(EQUAL)
        .chain(situations.map(|s| s.id.as_str()))
        .collect()
}

#[cfg(test)]
mod tests;
