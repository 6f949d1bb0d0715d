//! Numbers of rules and tables that would make a score which is none.

use super::super::WrittenRelease;
use super::super::model::{ComparisonText, EditionHead, EditionKind};
use super::Checker;
use earnest_compare::evidence::{PayScale, Rule};
use std::collections::HashSet;

impl Checker<'_> {
    pub(super) fn rule_numbers(&mut self, rule: &Rule, release: &WrittenRelease, place: (&str, usize)) {
        let id = &rule.id;
        let parts = || rule.readings.iter().flat_map(|r| &r.parts);
        let weights = rule
            .readings
            .iter()
            .map(|r| r.weight)
            .chain(parts().map(|p| p.weight));
        self.unless(
            weights.into_iter().all(|w| w.is_finite() && w >= 0.0),
            place,
            || format!("rule `{id}`: a weight is a number of 0 or more"),
        );
        for reading in &rule.readings {
            self.unless(reading.parts.iter().any(|p| p.weight > 0.0), place, || {
                format!("rule `{id}`, reading `{}`: no part has a weight", reading.id)
            });
        }
        let defined = parts()
            .filter_map(|p| p.otherwise)
            .all(|s| (0.0..=10.0).contains(&s));
        self.unless(defined, place, || {
            format!("rule `{id}`: `otherwise` is a score from 0 to 10")
        });
        if let Some(pay) = &rule.pay {
            self.pay(id, pay, release, place);
        }
    }

    fn pay(&mut self, id: &str, pay: &PayScale, release: &WrittenRelease, place: (&str, usize)) {
        let sound = pay.zero.is_finite() && pay.ten.is_finite() && (pay.zero - pay.ten).abs() > f64::EPSILON;
        self.unless(sound, place, || {
            format!("rule `{id}`: `zero` and `ten` must be two different numbers")
        });
        let default = pay.regions.iter().any(|r| r.id == pay.default_region);
        self.unless(default, place, || {
            format!("rule `{id}`: no region `{}`", pay.default_region)
        });
        for region in &pay.regions {
            self.unless(region.currency == pay.currency, place, || {
                format!(
                    "rule `{id}`: region `{}` is in {}, the scale in {}; convert the observations",
                    region.id, region.currency, pay.currency
                )
            });
            let declared = release.value.metrics.iter().any(|m| m.id == region.metric);
            self.unless(declared, place, || {
                format!("rule `{id}`: no [[metric]] `{}`", region.metric)
            });
        }
    }

    /// Metrics, rules and criteria of a release are there once each.
    pub(super) fn once_each(&mut self, name: &str, release: &WrittenRelease) {
        let mut metrics = HashSet::new();
        for metric in &release.value.metrics {
            self.unless(
                metrics.insert(&metric.id),
                (&format!("evidence/{name}"), 1),
                || format!("metric `{}` is there twice", metric.id),
            );
        }
        let (mut ids, mut criteria) = (HashSet::new(), HashSet::new());
        for rule in &release.value.rules {
            self.unless(ids.insert(&rule.id), (&format!("evidence/{name}"), 1), || {
                format!("rule `{}` is there twice", rule.id)
            });
            self.unless(
                criteria.insert(&rule.criterion),
                (&format!("evidence/{name}"), 1),
                || format!("criterion `{}` has two rules", rule.criterion),
            );
        }
    }

    /// A table speaks of the comparison's own options and criteria.
    pub(super) fn table(&mut self, head: &EditionHead, text: &ComparisonText, place: (&str, usize)) {
        let options = head.scores.keys().chain(head.pay.keys());
        let rows = head.scores.values().flat_map(|row| row.keys());
        let unknown: Vec<&String> = options
            .filter(|o| !text.options.contains(o))
            .chain(rows.filter(|c| !text.criteria.contains(c)))
            .collect();
        self.unless(unknown.is_empty(), place, || {
            format!("the table names options or criteria that are not compared: {unknown:?}")
        });
        let ordered = head.pay.values().all(|pay| pay.low <= pay.high && pay.low >= 0.0);
        self.unless(ordered, place, || "pay is a range, low first".to_owned());
    }

    pub(super) fn editor_table(&mut self, slug: &str, head: &EditionHead, place: (&str, usize)) {
        let Some(number) = &head.editor_table else { return };
        let table = |(of, edition): &(String, super::Written<EditionHead>)| {
            of == slug && &edition.value.number == number && edition.value.kind == EditionKind::Table
        };
        let known = self.content.editions.iter().any(table);
        self.unless(known, place, || {
            format!("`editor_table` names edition {number}, which is no table of this comparison")
        });
    }
}
