//! "Keep what we have": what the reader works with today, beside the options, with what a switch would cost.
//!
//! Two cases. What they have is one of the options: then its column is the one that needs no switch. Or it is something
//! else: then it is a column of its own with the reader's own figures. Either way *switching cost* is one criterion more,
//! on a fixed scale like every other. Nothing here is evidence, and nothing of it changes a score of another option.

use std::collections::BTreeMap;

use earnest_compare::evidence::{Cell, Confidence};
use earnest_compare::verdict::Score;

use super::state::{Query, SettingFault, last, number, shown};
use crate::content::ScoredEdition;

/// Stands for what the reader has where an option has its slug.
pub const KEPT: &str = "kept";
/// Slug of the criterion that comes with it.
pub const SWITCHING: &str = "switching-cost";
/// Label of that criterion.
pub const SWITCHING_LABEL: &str = "Switching cost";
/// What that criterion asks.
pub const SWITCHING_QUESTION: &str = "Months of your team’s work until the switch is behind you";
/// Its weight until the reader says otherwise: they asked for it, so it counts like each of the others.
pub const SWITCHING_WEIGHT: f64 = 1.0;
/// Months of work that are worth 0 points; none at all is worth 10.
pub const MONTHS_ZERO: f64 = 24.0;
/// Most months that can be given.
pub const MONTHS_MAX: f64 = 120.0;
/// Longest name of what the reader has, in characters.
pub const NAME_MAX: usize = 40;
/// A reader's figure is an estimate: so many points either way.
const ESTIMATE: f64 = 1.0;

/// What the reader has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stack {
    /// One of the options, by its slug.
    Option(String),
    /// Something else, by the name that the reader gives it.
    Other(String),
}

/// What the reader has, and what they say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What it is.
    pub stack: Stack,
    /// Months of work to switch to an option, by its slug: 0 to 120.
    pub months: BTreeMap<String, f64>,
    /// The reader's own figure for what they have, by criterion: 0 to 10. Empty where it is one of the options.
    pub now: BTreeMap<String, f64>,
}

/// Points for so many months of work: `clamp(10 × (1 − months ÷ 24), 0, 10)`.
pub fn switching_points(months: f64) -> f64 {
    (10.0 * (1.0 - months / MONTHS_ZERO)).clamp(0.0, 10.0)
}

/// The settings: a key, or what keys begin with, which ends in a point.
pub const KEYS: [&str; 4] = ["keep", "keep.", "months.", "now."];

/// Whether a setting is one of these.
pub fn is_key(key: &str) -> bool {
    let is = |known: &&str| key == *known || known.ends_with('.') && key.starts_with(*known);
    KEYS.iter().any(is)
}

impl Kept {
    /// Reads `keep`, `keep.name`, `months.{option}` and `now.{criterion}`; nothing without `keep`. Empty fields of a form
    /// say nothing.
    pub(super) fn parse(
        pairs: &[(String, String)],
        edition: &ScoredEdition,
        faults: &mut Vec<SettingFault>,
    ) -> Option<Self> {
        let chosen = last(pairs, "keep").filter(|chosen| !chosen.is_empty())?;
        let options = &edition.edition.options;
        let stack = match chosen {
            "other" => Stack::Other(name(pairs, faults)),
            slug if options.iter().any(|option| option == slug) => Stack::Option(slug.to_owned()),
            unknown => {
                let sentence = format!(
                    "What you have may be one of {} or `other`; \"{}\" is neither.",
                    options.join(", "),
                    shown(unknown)
                );
                faults.push(SettingFault::new("keep", "E_KEEP", sentence));
                return None;
            }
        };
        let months = Figures {
            prefix: "months.",
            known: options,
            most: MONTHS_MAX,
            code: "E_MONTHS",
        };
        let now = Figures {
            prefix: "now.",
            known: &edition.edition.criteria,
            most: 10.0,
            code: "E_NOW",
        };
        let mut kept = Self {
            months: months.read(pairs, faults),
            now: now.read(pairs, faults),
            stack,
        };
        match &kept.stack {
            Stack::Option(slug) => {
                kept.months.remove(slug);
                kept.now.clear();
            }
            Stack::Other(_) => {}
        }
        Some(kept)
    }

    /// Writes what [`Kept::parse`] reads.
    pub(super) fn write(&self, query: &mut Query) {
        match &self.stack {
            Stack::Option(slug) => query.add("keep", slug),
            Stack::Other(name) => {
                query.add("keep", "other");
                if name != UNNAMED {
                    query.add_text("keep.name", name);
                }
            }
        }
        for (option, months) in &self.months {
            query.add_number(&["months.", option], *months);
        }
        for (criterion, points) in &self.now {
            query.add_number(&["now.", criterion], *points);
        }
    }

    /// Whether an edition knows all that it speaks of.
    pub(super) fn fits(&self, edition: &ScoredEdition) -> bool {
        let knows = |all: &[String], slug: &String| all.contains(slug);
        let (options, criteria) = (&edition.edition.options, &edition.edition.criteria);
        let stack = match &self.stack {
            Stack::Option(slug) => knows(options, slug),
            Stack::Other(_) => true,
        };
        stack
            && self.months.keys().all(|slug| knows(options, slug))
            && self.now.keys().all(|slug| knows(criteria, slug))
    }

    /// The slug under which it stands in tables: an option's, or [`KEPT`].
    pub fn slug(&self) -> &str {
        match &self.stack {
            Stack::Option(slug) => slug,
            Stack::Other(_) => KEPT,
        }
    }

    /// The edition with its column, if it needs one, and the criterion of switching. Scores of options stay as they are.
    pub fn beside(&self, edition: &ScoredEdition) -> ScoredEdition {
        let mut wider = edition.clone();
        if matches!(self.stack, Stack::Other(_)) {
            let own = |criterion: &String| self.now.get(criterion).map(|points| estimate(*points));
            let row: Vec<Option<Score>> = edition.edition.criteria.iter().map(own).collect();
            let cells = edition.edition.criteria.iter().zip(&row);
            wider.edition.options.push(KEPT.to_owned());
            wider
                .cells
                .push(cells.map(|(slug, score)| cell(KEPT, slug, *score)).collect());
            wider.editor.iter_mut().for_each(|table| table.push(row.clone()));
        }
        wider.edition.criteria.push(SWITCHING.to_owned());
        wider.default_weights.push(SWITCHING_WEIGHT);
        let switching: Vec<Option<Score>> = wider.edition.options.iter().map(|o| self.switching(o)).collect();
        for ((row, option), score) in wider.cells.iter_mut().zip(&wider.edition.options).zip(&switching) {
            row.push(cell(option, SWITCHING, *score));
        }
        for (row, score) in wider.editor.iter_mut().flatten().zip(&switching) {
            row.resize(edition.edition.criteria.len(), None);
            row.push(*score);
        }
        wider
    }

    /// Keeping costs nothing, exactly. Who gave no months for an option left it without a score: nothing is guessed.
    fn switching(&self, option: &str) -> Option<Score> {
        if option == self.slug() {
            return Some(Score {
                point: 10.0,
                low: 10.0,
                high: 10.0,
            });
        }
        self.months
            .get(option)
            .map(|months| estimate(switching_points(*months)))
    }
}

/// What the reader has where they gave it no name.
pub const UNNAMED: &str = "What we have";

fn name(pairs: &[(String, String)], faults: &mut Vec<SettingFault>) -> String {
    let given = last(pairs, "keep.name").unwrap_or_default();
    let words: Vec<&str> = given.split_whitespace().collect();
    let name = words.join(" ");
    if name.chars().count() > NAME_MAX || name != shown(&name) {
        let sentence =
            format!("A name has at most {NAME_MAX} characters, and none of them is a control character.");
        faults.push(SettingFault::new("keep.name", "E_KEEP_NAME", sentence));
    }
    if name.is_empty() { UNNAMED.to_owned() } else { name }
}

/// Settings of one kind: a number for each of some names.
struct Figures<'a> {
    prefix: &'static str,
    known: &'a [String],
    most: f64,
    code: &'static str,
}

impl Figures<'_> {
    fn read(&self, pairs: &[(String, String)], faults: &mut Vec<SettingFault>) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        for (key, text) in pairs {
            let Some(slug) = key.strip_prefix(self.prefix).filter(|_| !text.is_empty()) else {
                continue;
            };
            let value = number(text).filter(|value| *value <= self.most);
            match value.filter(|_| self.known.iter().any(|known| known == slug)) {
                Some(value) => drop(figures.insert(slug.to_owned(), value)),
                None => faults.push(SettingFault::new(
                    key,
                    self.code,
                    format!(
                        "`{}…` is one of {} with a number from 0 to {}; `{}` is \"{}\".",
                        self.prefix,
                        self.known.join(", "),
                        self.most,
                        shown(key),
                        shown(text)
                    ),
                )),
            }
        }
        figures
    }
}

fn estimate(point: f64) -> Score {
    Score {
        point,
        low: (point - ESTIMATE).max(0.0),
        high: (point + ESTIMATE).min(10.0),
    }
}

/// A cell that rests on the reader's word: it has a score and no basis in evidence.
fn cell(technology: &str, criterion: &str, score: Option<Score>) -> Cell {
    Cell {
        technology: technology.to_owned(),
        criterion: criterion.to_owned(),
        score,
        basis: None,
        confidence: Confidence::Low,
        readings: Vec::new(),
        judgements: Vec::new(),
        sources_disagree: false,
        judgement_disagrees: false,
    }
}

#[cfg(test)]
mod tests;
