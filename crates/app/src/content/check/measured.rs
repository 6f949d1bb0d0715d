//! What our own lab measured is shown and weighs nothing; a bare claim moves no score by itself (C25).

use super::super::model::ProvenanceMark;
use super::Checker;
use earnest_compare::evidence::{Observation, Rule};

impl Checker<'_> {
    pub(super) fn measured(&mut self) {
        let content = self.content;
        self.unique(&content.provenance, |p| &p.source, "provenance of source");
        for written in &content.provenance {
            let (place, value) = (written.place(), &written.value);
            let known = content.sources.iter().any(|s| s.value.id == value.source);
            self.unless(known, place, || {
                format!("no source `{}` in sources.toml", value.source)
            });
            let whole = value.mark == ProvenanceMark::ClaimOnly || value.raw.is_some();
            self.unless(whole, place, || {
                format!(
                    "provenance of `{}`: give `raw`, or mark it claim_only",
                    value.source
                )
            });
        }
        for (name, release) in &content.releases {
            for rule in &release.value.rules {
                let file = release.rule_places.get(&rule.id).cloned();
                let (file, line) = file.unwrap_or_else(|| (format!("evidence/{name}"), 1));
                self.reads_nothing_indicative(rule, name, (&file, line));
                self.is_no_bare_claim(rule, name, (&file, line));
            }
        }
        self.measured_releases();
        self.lab_tests();
    }

    fn reads_nothing_indicative(&mut self, rule: &Rule, release: &str, place: (&str, usize)) {
        let content = self.content;
        let metrics = content
            .releases
            .get(release)
            .map_or(&[][..], |r| &r.value.metrics);
        for part in rule.readings.iter().flat_map(|r| &r.parts) {
            let indicative = metrics
                .iter()
                .any(|m| m.id == part.metric && m.indicative_for.is_some());
            self.unless(!indicative, place, || {
                format!(
                    "rule `{}` reads `{}`, which is indicative: it has no weight in any score",
                    rule.id, part.metric
                )
            });
        }
    }

    /// Some observation behind the weighed readings must be more than a claim.
    fn is_no_bare_claim(&mut self, rule: &Rule, release: &str, place: (&str, usize)) {
        let content = self.content;
        let observations = content
            .releases
            .get(release)
            .map_or(&[][..], |r| &r.value.observations);
        let weighed = rule.readings.iter().filter(|r| r.scored && r.weight > 0.0);
        let metrics: Vec<&String> = weighed.flat_map(|r| &r.parts).map(|p| &p.metric).collect();
        let mut behind = observations
            .iter()
            .filter(|o| metrics.contains(&&o.metric))
            .peekable();
        let claim = |o: &Observation| {
            let found = content.provenance.iter().find(|p| p.value.source == o.source);
            found.is_some_and(|p| p.value.mark == ProvenanceMark::ClaimOnly)
        };
        let bare = behind.peek().is_some() && behind.all(claim);
        self.unless(!bare, place, || {
            format!(
                "rule `{}` rests on sources that are claims only: such a claim moves no score by itself",
                rule.id
            )
        });
    }

    fn measured_releases(&mut self) {
        let content = self.content;
        for (_, edition) in &content.editions {
            let Some(name) = &edition.value.measured else {
                continue;
            };
            let place = edition.place();
            let Some(release) = content.releases.get(name) else {
                self.fault(place.0, place.1, "`measured` must name a folder below evidence/");
                continue;
            };
            let shown = release.value.rules.is_empty()
                && release.value.metrics.iter().all(|m| m.indicative_for.is_some());
            self.unless(shown, place, || {
                format!("release `{name}` is measured by us: it has no rule, and its metrics have `indicative_for`")
            });
            let whole = content
                .labs
                .get(name)
                .is_some_and(|run| !run.json.is_empty() && !run.raw.is_empty());
            self.unless(whole, place, || {
                format!("release `{name}` needs run.json and raw.jsonl: adopt a run with `earnest lab adopt`")
            });
        }
    }

    fn lab_tests(&mut self) {
        let content = self.content;
        for claim in content.claims.values().flatten() {
            for test in &claim.value.lab {
                let full = !test.ahead.is_empty() && !test.behind.is_empty();
                self.unless(full, claim.place(), || {
                    format!(
                        "claim `{}`: a test names who would be ahead and who behind",
                        claim.value.id
                    )
                });
            }
        }
    }
}
