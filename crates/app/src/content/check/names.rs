//! Names that stand in addresses: of one alphabet, and each there once.

use super::super::Written;
use super::super::model::{ComparisonText, Situation, SituationKind};
use super::{Checker, is_slug};
use crate::comparison::state::{EQUAL, WEIGHT_MAX};
use std::collections::HashSet;

impl Checker<'_> {
    pub(super) fn names(&mut self) {
        let content = self.content;
        for criterion in &content.criteria {
            self.slug("criterion", &criterion.value.slug, criterion.place());
        }
        self.unique(&content.roles, |r| &r.slug, "role");
        for role in &content.roles {
            self.slug("role", &role.value.slug, role.place());
        }
        for claims in content.claims.values() {
            self.unique(claims, |c| &c.id, "claim");
        }
        for (_, edition) in &content.editions {
            let number = &edition.value.number;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            self.unless(
                !number.is_empty() && number.chars().all(plain),
                edition.place(),
                || format!("edition number \"{number}\": use letters, digits, hyphens and dots"),
            );
        }
        let rules = content.releases.values().flat_map(|release| {
            let place = |id: &String| release.rule_places.get(id);
            release
                .value
                .rules
                .iter()
                .filter_map(move |rule| Some((rule, place(&rule.id)?)))
        });
        for (rule, (file, line)) in rules {
            let regions = rule.pay.iter().flat_map(|pay| pay.regions.iter().map(|r| &r.id));
            self.each_once("region", regions, (file, *line));
        }
        for (_, comparison) in &content.comparisons {
            self.names_of(comparison);
        }
    }

    fn names_of(&mut self, comparison: &Written<ComparisonText>) {
        let (place, text) = (comparison.place(), &comparison.value);
        self.slug("comparison", &text.slug, place);
        self.each_once("option", text.options.iter(), place);
        self.each_once("criterion", text.criteria.iter(), place);
        self.each_once("must-have", text.must_haves.iter().map(|m| &m.id), place);
        self.each_once("situation", text.situations.iter().map(|s| &s.id), place);
        for situation in &text.situations {
            self.situation_words(situation, text, place);
        }
    }

    fn situation_words(&mut self, situation: &Situation, text: &ComparisonText, place: (&str, usize)) {
        let id = &situation.id;
        self.unless(id != EQUAL, place, || {
            format!("situation `{EQUAL}`: this name stands for the default weights")
        });
        let known = |word: &String| {
            text.options.contains(word) || matches!(word.as_str(), "either" | "too_close" | "cannot_tell")
        };
        let unknown: Vec<&String> = [&situation.says, &situation.editor_says]
            .into_iter()
            .filter(|word| !known(word))
            .collect();
        self.unless(unknown.is_empty(), place, || {
            format!("situation `{id}` speaks for {unknown:?}: name an option, or write either or too_close")
        });
        let usable = situation.weights.values().all(|w| (0.0..=WEIGHT_MAX).contains(w));
        self.unless(usable || situation.kind != SituationKind::Weights, place, || {
            format!("situation `{id}`: a weight is a number from 0 to 1000")
        });
    }

    fn slug(&mut self, noun: &str, slug: &str, place: (&str, usize)) {
        self.unless(is_slug(slug), place, || {
            format!("{noun} \"{slug}\": use a-z, 0-9 and single hyphens")
        });
    }

    fn each_once<'n>(&mut self, noun: &str, names: impl Iterator<Item = &'n String>, place: (&str, usize)) {
        let mut seen = HashSet::new();
        for name in names {
            self.slug(noun, name, place);
            self.unless(seen.insert(name), place, || {
                format!("{noun} `{name}` is there twice")
            });
        }
    }
}
