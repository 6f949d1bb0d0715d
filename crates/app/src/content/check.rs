//! What makes content fit to publish. Every rule here reports; none repairs.

use super::model::{EditionKind, Situation, SituationKind, SourceKind};
use super::{Comparison, Content, Fault, Scores, Written, WrittenRelease};
use earnest_compare::evidence::{Kind, Mean, Observation, Rule};
use earnest_compare::verdict::{self, Kind as VerdictKind};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashSet};

mod measured;
mod names;
mod numbers;
mod references;

pub(super) fn check(content: &Content, faults: &mut Vec<Fault>) {
    let mut checker = Checker { content, faults };
    checker.catalogue();
    checker.names();
    for (name, release) in &content.releases {
        checker.release(name, release);
    }
    checker.measured();
    checker.comparisons();
    checker.editions();
    checker.roles();
}

struct Checker<'a> {
    content: &'a Content,
    faults: &'a mut Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, file: &str, line: usize, sentence: impl Into<String>) {
        self.faults.push(Fault {
            file: file.to_owned(),
            line,
            sentence: sentence.into(),
        });
    }

    fn unless(&mut self, holds: bool, place: (&str, usize), sentence: impl FnOnce() -> String) {
        if !holds {
            self.fault(place.0, place.1, sentence());
        }
    }

    fn date(&mut self, text: &str, place: (&str, usize), name: &str) {
        self.unless(text.parse::<Date>().is_ok(), place, || {
            format!("`{name}` is \"{text}\"; write a date such as 2026-11-23")
        });
    }

    fn catalogue(&mut self) {
        let content = self.content;
        self.unique(&content.technologies, |t| &t.slug, "technology");
        self.unique(&content.criteria, |c| &c.slug, "criterion");
        self.unique(&content.sources, |s| &s.id, "source");
        for technology in &content.technologies {
            let (place, slug) = (technology.place(), &technology.value.slug);
            let clean = is_slug(slug) && !slug.contains("-vs-") && !slug.contains("-for-");
            self.unless(clean, place, || {
                format!("slug \"{slug}\": use a-z, 0-9 and single hyphens, without `-vs-` or `-for-`")
            });
        }
        for source in &content.sources {
            let (place, value) = (source.place(), &source.value);
            self.date(&value.accessed, place, "accessed");
            let dated = is_partial_date(&value.published);
            self.unless(dated, place, || {
                format!(
                    "source `{}`: `published` is \"{}\"; write 2026, 2026-04 or 2026-04-08",
                    value.id, value.published
                )
            });
            self.unless(!value.licence.trim().is_empty(), place, || {
                format!(
                    "source `{}` has no licence: give an SPDX id, or facts-only",
                    value.id
                )
            });
            let addressed = value.kind == SourceKind::Editorial
                || value.kind == SourceKind::Lab && value.url.starts_with("/lab/")
                || value.url.starts_with("https://")
                || value.url.starts_with("http://");
            self.unless(addressed, place, || {
                format!("source `{}`: `url` must be a web address", value.id)
            });
        }
    }

    fn unique<T>(&mut self, items: &[Written<T>], key: impl Fn(&T) -> &String, noun: &str) {
        let mut seen = HashSet::new();
        for item in items {
            if !seen.insert(key(&item.value)) {
                self.fault(
                    &item.file,
                    item.line,
                    format!("{noun} `{}` is there twice", key(&item.value)),
                );
            }
        }
    }

    fn release(&mut self, name: &str, release: &WrittenRelease) {
        let mut seen = HashSet::new();
        for observation in &release.value.observations {
            let fallback = (format!("evidence/{name}"), 1);
            let (file, line) = release.places.get(&observation.id).unwrap_or(&fallback).clone();
            if !seen.insert(&observation.id) {
                self.fault(
                    &file,
                    line,
                    format!("observation `{}` is there twice", observation.id),
                );
            }
            self.observation(observation, release, (&file, line));
        }
        for rule in &release.value.rules {
            let fallback = (format!("evidence/{name}"), 1);
            let (file, line) = release.rule_places.get(&rule.id).unwrap_or(&fallback);
            self.rule(rule, release, (file, *line));
            self.rule_numbers(rule, release, (file, *line));
        }
        self.once_each(name, release);
    }

    fn observation(&mut self, seen: &Observation, release: &WrittenRelease, place: (&str, usize)) {
        let id = &seen.id;
        let content = self.content;
        let source = content.sources.iter().find(|s| s.value.id == seen.source);
        self.unless(source.is_some(), place, || {
            format!("observation `{id}`: no source `{}` in sources.toml", seen.source)
        });
        if source.is_some_and(|s| s.value.gives_sample_size) && seen.sample_size.is_none() {
            self.fault(
                place.0,
                place.1,
                format!("observation `{id}` needs `sample_size`: its source gives one"),
            );
        }
        self.unless(!seen.locator.trim().is_empty(), place, || {
            format!("observation `{id}` has an empty locator")
        });
        self.date(&seen.review_by, place, "review_by");
        let known = content
            .technologies
            .iter()
            .any(|t| t.value.slug == seen.technology);
        self.unless(known, place, || {
            format!("observation `{id}`: no technology `{}`", seen.technology)
        });
        let declared =
            seen.kind == Kind::Judgement || release.value.metrics.iter().any(|m| m.id == seen.metric);
        self.unless(declared, place, || {
            format!("observation `{id}`: no [[metric]] `{}`", seen.metric)
        });
        let numbers = [seen.interval, seen.quartiles].into_iter().flatten();
        let ordered = numbers
            .into_iter()
            .all(|[low, high]| low <= high && low.is_finite() && high.is_finite());
        let spread = seen.sd.is_none_or(|sd| sd.is_finite() && sd >= 0.0);
        self.unless(seen.value.is_finite() && ordered && spread, place, || {
            format!("observation `{id}`: numbers must be finite and ranges in order, low first")
        });
        let holds = seen
            .interval
            .is_none_or(|[low, high]| (low..=high).contains(&seen.value));
        self.unless(holds || !ordered, place, || {
            format!("observation `{id}`: its value lies outside its own interval")
        });
        if seen.kind == Kind::Judgement {
            let whole = seen.author.is_some() && seen.date.is_some() && seen.rationale.is_some();
            self.unless(whole, place, || {
                format!("judgement `{id}` needs author, date and rationale")
            });
            let on_scale = (0.0..=10.0).contains(&seen.value);
            self.unless(on_scale, place, || {
                format!("judgement `{id}`: the value is a score from 0 to 10")
            });
        }
    }

    fn rule(&mut self, rule: &Rule, release: &WrittenRelease, place: (&str, usize)) {
        let id = &rule.id;
        let known = self
            .content
            .criteria
            .iter()
            .any(|c| c.value.slug == rule.criterion);
        self.unless(known, place, || {
            format!("rule `{id}`: no criterion `{}`", rule.criterion)
        });
        self.unless(rule.readings.is_empty() != rule.pay.is_none(), place, || {
            format!("rule `{id}` needs either readings or [rule.pay]")
        });
        let weighted = rule.readings.iter().any(|r| r.scored && r.weight > 0.0);
        self.unless(weighted || rule.pay.is_some(), place, || {
            format!("rule `{id}`: no scored reading has a weight")
        });
        for part in rule.readings.iter().flat_map(|r| &r.parts) {
            if let Some(fault) = part.function.fault() {
                self.fault(
                    place.0,
                    place.1,
                    format!("rule `{id}`, part `{}`: {fault}", part.label),
                );
            }
            self.metric_is_used_rightly(rule, &part.metric, part.mean, (release, place));
            let explained = part.otherwise.is_none() || part.otherwise_because.is_some();
            self.unless(explained, place, || {
                format!("rule `{id}`: `otherwise` needs `otherwise_because`")
            });
        }
    }

    fn metric_is_used_rightly(
        &mut self,
        rule: &Rule,
        metric: &str,
        mean: Mean,
        at: (&WrittenRelease, (&str, usize)),
    ) {
        let (release, place) = at;
        let declared = release.value.metrics.iter().any(|m| m.id == metric);
        self.unless(declared, place, || {
            format!("rule `{}`: no [[metric]] `{metric}`", rule.id)
        });
        let positive = mean == Mean::Arithmetic
            || release
                .value
                .observations
                .iter()
                .filter(|o| o.metric == metric)
                .all(|o| o.value > 0.0);
        self.unless(positive, place, || {
            format!(
                "rule `{}`: metric `{metric}` has a value of zero or less; use mean = \"arithmetic\"",
                rule.id
            )
        });
    }

    fn editions(&mut self) {
        let content = self.content;
        let mut seen = HashSet::new();
        for (slug, edition) in &content.editions {
            let (place, head) = (edition.place(), &edition.value);
            if !seen.insert((slug, &head.number)) {
                self.fault(
                    place.0,
                    place.1,
                    format!("edition {} of `{slug}` is there twice", head.number),
                );
            }
            self.date(&head.date, place, "date");
            let Some((_, comparison)) = content.comparisons.iter().find(|(of, _)| of == slug) else {
                self.fault(
                    place.0,
                    place.1,
                    format!("no comparison `{slug}` for this edition"),
                );
                continue;
            };
            let unknown: Vec<&String> = head
                .weights
                .keys()
                .filter(|k| !comparison.value.criteria.contains(k))
                .collect();
            self.unless(unknown.is_empty(), place, || {
                format!("weights name criteria that are not compared: {unknown:?}")
            });
            let usable = head.weights.values().all(|w| (0.0..=1000.0).contains(w))
                && head.weights.values().any(|w| *w > 0.0);
            self.unless(usable, place, || {
                "weights must be 0 to 1000 and not all 0".to_owned()
            });
            match head.kind {
                EditionKind::Evidence => {
                    let there = head
                        .release
                        .as_ref()
                        .is_some_and(|r| content.releases.contains_key(r));
                    self.unless(there, place, || {
                        "`release` must name a folder below evidence/".to_owned()
                    });
                }
                EditionKind::Table => {
                    let on_scale = head
                        .scores
                        .values()
                        .flat_map(|row| row.values())
                        .all(|s| (0.0..=10.0).contains(s));
                    self.unless(on_scale && !head.scores.is_empty(), place, || {
                        "scores must be 0 to 10".to_owned()
                    });
                    self.table(head, &comparison.value, place);
                }
            }
            self.editor_table(slug, head, place);
        }
    }
}

impl<T> Written<T> {
    fn place(&self) -> (&str, usize) {
        (&self.file, self.line)
    }
}

fn is_slug(text: &str) -> bool {
    let clean = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    clean && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && !text.contains("--")
}

fn is_partial_date(text: &str) -> bool {
    let padded = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    padded.parse::<Date>().is_ok()
}

/// A situation's text must say what its verdict says (C13).
pub(super) fn situations(comparison: &Comparison, file: &str, faults: &mut Vec<Fault>) {
    let number = &comparison.text.default_edition;
    let Some(edition) = comparison.edition(number) else {
        let sentence = format!(
            "no edition `{}` to show by default",
            comparison.text.default_edition
        );
        faults.push(Fault {
            file: file.to_owned(),
            line: 1,
            sentence,
        });
        return;
    };
    let table = edition.table(None, Scores::Evidence);
    for situation in &comparison.text.situations {
        let computed: BTreeSet<String> = match situation.kind {
            SituationKind::Weights => {
                let criteria = &edition.edition.criteria;
                let weights: Vec<f64> = criteria
                    .iter()
                    .map(|slug| situation.weights.get(slug).copied().unwrap_or(0.0))
                    .collect();
                allowed(&table.options, verdict::judge(&table, &weights).ok())
            }
            SituationKind::MustHave => left(comparison, situation),
            SituationKind::Incumbent | SituationKind::Claim => continue,
        };
        if !computed.contains(&situation.says) {
            let sentence = format!(
                "situation `{}` says `{}`, its verdict says {}: change the text, never the weights",
                situation.id,
                situation.says,
                computed.into_iter().collect::<Vec<_>>().join(" or ")
            );
            faults.push(Fault {
                file: file.to_owned(),
                line: 1,
                sentence,
            });
        }
    }
}

fn allowed(options: &[String], verdict: Option<verdict::Verdict>) -> BTreeSet<String> {
    let Some(verdict) = verdict else {
        return BTreeSet::new();
    };
    match verdict.kind {
        VerdictKind::CannotTell => BTreeSet::from(["cannot_tell".to_owned()]),
        VerdictKind::TooClose => BTreeSet::from(["too_close".to_owned(), "either".to_owned()]),
        _ => verdict
            .leader
            .and_then(|l| options.get(l))
            .cloned()
            .into_iter()
            .collect(),
    }
}

fn left(comparison: &Comparison, situation: &Situation) -> BTreeSet<String> {
    let Some(must) = comparison
        .text
        .must_haves
        .iter()
        .find(|m| Some(&m.id) == situation.must.as_ref())
    else {
        return BTreeSet::new();
    };
    let left: BTreeSet<String> = comparison
        .text
        .options
        .iter()
        .filter(|o| !must.excludes.contains_key(*o))
        .cloned()
        .collect();
    if left.len() > 1 {
        BTreeSet::from(["either".to_owned()])
    } else {
        left
    }
}
