//! Reads content files into the model, and says for every fault in which file and line it stands.

use super::model::{
    Claim, ComparisonText, Criterion, EditionHead, LabRun, Provenance, Role, Source, Technology,
};
use super::{Content, Fault, Written, WrittenRelease};
use earnest_compare::evidence::{Observation, Rule};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use toml::{Spanned, Value};

/// The files of a content folder: path below it and text, in any order.
pub type Files = BTreeMap<String, String>;

/// Reads all files; what cannot be read is a fault, and the rest is read on.
pub(super) fn load(files: &Files, faults: &mut Vec<Fault>) -> Content {
    let mut content = Content::default();
    for (path, text) in files {
        let mut reader = Reader { path, text, faults };
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["technologies.toml"] | ["technologies", _] => content
                .technologies
                .extend(reader.list::<Technology>("technology")),
            ["criteria.toml"] | ["criteria", _] => {
                content.criteria.extend(reader.list::<Criterion>("criterion"));
            }
            ["sources.toml"] | ["sources", _] => content.sources.extend(reader.list::<Source>("source")),
            ["roles", _] => content.roles.extend(reader.whole::<Role>()),
            ["provenance", _] => content.provenance.extend(reader.list::<Provenance>("provenance")),
            ["evidence", release, "run.json"] => {
                let head = reader.json::<LabRun>().unwrap_or_default();
                let kept = content.labs.entry((*release).to_owned()).or_default();
                (kept.head, kept.json) = (head, text.clone());
            }
            ["evidence", release, "raw.jsonl"] => {
                content
                    .labs
                    .entry((*release).to_owned())
                    .or_default()
                    .raw
                    .clone_from(text);
            }
            ["evidence", release, _] => {
                reader.evidence(content.releases.entry((*release).to_owned()).or_default());
            }
            ["comparisons", slug, "comparison.toml"] => {
                content
                    .comparisons
                    .extend(reader.whole::<ComparisonText>().map(|c| ((*slug).to_owned(), c)));
            }
            ["comparisons", slug, "claims.toml"] => {
                content
                    .claims
                    .entry((*slug).to_owned())
                    .or_default()
                    .extend(reader.list::<Claim>("claim"));
            }
            ["comparisons", slug, "editions", _] => {
                content
                    .editions
                    .extend(reader.whole::<EditionHead>().map(|e| ((*slug).to_owned(), e)));
            }
            _ => reader.fault(
                1,
                "no content file is expected here; see `earnest content schema` for the folders".into(),
            ),
        }
    }
    content
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, line: usize, sentence: String) {
        self.faults.push(Fault {
            file: self.path.to_owned(),
            line,
            sentence,
        });
    }

    fn line_at(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|b| *b == b'\n').count()
    }

    fn parse<T: DeserializeOwned>(&mut self) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let line = error.span().map_or(1, |span| self.line_at(span.start));
                self.fault(line, error.message().to_owned());
                None
            }
        }
    }

    /// A file that the lab wrote.
    fn json<T: DeserializeOwned>(&mut self) -> Option<T> {
        match serde_json::from_str(self.text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(error.line(), error.to_string());
                None
            }
        }
    }

    /// A file that is one table.
    fn whole<T: DeserializeOwned>(&mut self) -> Option<Written<T>> {
        let value = self.parse::<T>()?;
        Some(Written {
            file: self.path.to_owned(),
            line: 1,
            value,
        })
    }

    /// A file that holds nothing but a list of tables called `name`.
    fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<Written<T>> {
        let Some(mut table) = self.parse::<BTreeMap<String, Spanned<Value>>>() else {
            return Vec::new();
        };
        let list = table.remove(name);
        self.refuse_other_keys(&table, &[name]);
        list.map_or_else(Vec::new, |list| self.items(name, &list))
    }

    fn refuse_other_keys(&mut self, table: &BTreeMap<String, Spanned<Value>>, known: &[&str]) {
        for (key, value) in table {
            let line = self.line_at(value.span().start);
            self.fault(
                line,
                format!("unknown key `{key}`; this file may hold {}", known.join(", ")),
            );
        }
    }

    /// A metrics, rule and observations file.
    fn evidence(&mut self, release: &mut WrittenRelease) {
        let Some(mut table) = self.parse::<BTreeMap<String, Spanned<Value>>>() else {
            return;
        };
        let (metrics, rule, observations) = (
            table.remove("metric"),
            table.remove("rule"),
            table.remove("observation"),
        );
        self.refuse_other_keys(&table, &["metric", "rule", "observation"]);
        if let Some(list) = metrics {
            release
                .value
                .metrics
                .extend(self.items("metric", &list).into_iter().map(|m| m.value));
        }
        if let Some(rule) = rule {
            let line = self.line_at(rule.span().start);
            match rule.into_inner().try_into::<Rule>() {
                Ok(rule) => {
                    let place = (self.path.to_owned(), line);
                    release.rule_places.entry(rule.id.clone()).or_insert(place);
                    release.value.rules.push(rule);
                }
                Err(error) => self.fault(line, format!("in [rule]: {}", error.message())),
            }
        }
        if let Some(list) = observations {
            let told = self.complain_of_missing_fields(&list);
            for item in self.items_but::<Observation>("observation", &list, &told) {
                release
                    .places
                    .insert(item.value.id.clone(), (item.file, item.line));
                release.value.observations.push(item.value);
            }
        }
    }

    /// Every list element for itself, so that one fault does not hide the next.
    fn items<T: DeserializeOwned>(&mut self, name: &str, list: &Spanned<Value>) -> Vec<Written<T>> {
        self.items_but(name, list, &[])
    }

    /// The same without the elements whose faults were told already, by their lines.
    fn items_but<T: DeserializeOwned>(
        &mut self,
        name: &str,
        list: &Spanned<Value>,
        told: &[usize],
    ) -> Vec<Written<T>> {
        let lines = self.item_lines(name, list);
        let Value::Array(values) = list.get_ref() else {
            let line = self.line_at(list.span().start);
            self.fault(
                line,
                format!("`{name}` must be a list of tables: write [[{name}]]"),
            );
            return Vec::new();
        };
        let mut read = Vec::new();
        for (value, line) in values.iter().zip(lines).filter(|(_, line)| !told.contains(line)) {
            match value.clone().try_into::<T>() {
                Ok(value) => read.push(Written {
                    file: self.path.to_owned(),
                    line,
                    value,
                }),
                Err(error) => self.fault(
                    line,
                    format!("in [[{name}]]{}: {}", named(value), error.message()),
                ),
            }
        }
        read
    }

    /// The line of each `[[name]]` header; inline arrays fall back to the line of the list.
    fn item_lines(&self, name: &str, list: &Spanned<Value>) -> Vec<usize> {
        let header = format!("[[{name}]]");
        let mut lines: Vec<usize> = self
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.trim_start().starts_with(&header))
            .map(|(index, _)| index + 1)
            .collect();
        let count = list.get_ref().as_array().map_or(0, Vec::len);
        lines.resize(count, self.line_at(list.span().start));
        lines
    }

    /// All required fields that an observation lacks, not just the first; answers the lines of such observations.
    fn complain_of_missing_fields(&mut self, list: &Spanned<Value>) -> Vec<usize> {
        let lines = self.item_lines("observation", list);
        let mut told = Vec::new();
        let Some(values) = list.get_ref().as_array() else {
            return told;
        };
        for (value, line) in values.iter().zip(lines) {
            let missing: Vec<&str> = OBSERVATION_FIELDS
                .iter()
                .copied()
                .filter(|f| value.get(f).is_none())
                .collect();
            if missing.len() > 1 {
                let sentence = format!(
                    "in [[observation]]{}: missing fields {}",
                    named(value),
                    missing.join(", ")
                );
                self.fault(line, sentence);
                told.push(line);
            }
        }
        told
    }
}

const OBSERVATION_FIELDS: [&str; 12] = [
    "id",
    "technology",
    "metric",
    "subject",
    "value",
    "unit",
    "kind",
    "source",
    "locator",
    "year",
    "confidence",
    "review_by",
];

fn named(value: &Value) -> String {
    let name = value
        .get("id")
        .or_else(|| value.get("slug"))
        .and_then(Value::as_str);
    name.map_or_else(String::new, |name| format!(" `{name}`"))
}
