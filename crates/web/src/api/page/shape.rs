//! A JSON Schema in words, as a table of the documentation shows it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// How the name of a page of a list begins.
const LIST: &str = "List_of_";

/// A piece of a text; some are written as programs write them, some lead to where they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) is_code: bool,
    pub(super) href: Option<String>,
}

impl Piece {
    fn words(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_code: false,
            href: None,
        }
    }

    fn code(text: impl Into<String>) -> Self {
        Self {
            is_code: true,
            ..Self::words(text)
        }
    }

    fn document(name: &str) -> Self {
        Self {
            href: Some(format!("#{}", anchor(name))),
            ..Self::words(name)
        }
    }
}

/// Where a document is told on the page.
pub(super) fn anchor(name: &str) -> String {
    format!("document-{name}")
}

/// A member of a document, or a parameter.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Vec<Piece>,
    pub(super) says: Vec<Piece>,
    pub(super) is_needed: bool,
}

impl Field {
    pub(super) fn new(name: &str, schema: &Value, (says, is_needed): (&str, bool)) -> Self {
        let mut told = marked(says);
        for limit in limits(schema) {
            if !told.is_empty() {
                told.push(Piece::words(" "));
            }
            told.extend(marked(&limit));
        }
        Self {
            name: name.to_owned(),
            kind: kind(schema),
            says: told,
            is_needed,
        }
    }
}

/// The members of a document, those that must be there first.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let needed: BTreeSet<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let members = schema.get("properties").and_then(Value::as_object);
    let members = members.into_iter().flatten();
    let mut all: Vec<Field> = members
        .map(|(name, member)| {
            let says = text(member, "description");
            Field::new(name, member, (says, needed.contains(name.as_str())))
        })
        .collect();
    all.sort_by_key(|one| !one.is_needed);
    all
}

/// What something is, in words and names of documents.
pub(super) fn kind(schema: &Value) -> Vec<Piece> {
    if let Some(name) = named(schema) {
        return match name.strip_prefix(LIST) {
            Some(item) => vec![Piece::words("list of "), Piece::document(item)],
            None => vec![Piece::document(name)],
        };
    }
    for way in ["anyOf", "oneOf", "allOf"] {
        let ways: Vec<Vec<Piece>> = list(schema, way).map(kind).collect();
        if !ways.is_empty() {
            return joined(ways);
        }
    }
    let words: Vec<&Value> = list(schema, "enum").chain(schema.get("const")).collect();
    if !words.is_empty() {
        let word = |value: &&Value| {
            vec![Piece::code(
                value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            )]
        };
        return joined(words.iter().map(word).collect());
    }
    let types = schema.get("type");
    let several = types.and_then(Value::as_array).into_iter().flatten();
    let types = types.into_iter().filter(|one| one.is_string()).chain(several);
    let ways: Vec<Vec<Piece>> = types
        .filter_map(Value::as_str)
        .map(|one| plain(one, schema))
        .collect();
    if ways.is_empty() {
        return vec![Piece::words("any JSON")];
    }
    joined(ways)
}

fn plain(name: &str, schema: &Value) -> Vec<Piece> {
    if name != "array" {
        return vec![Piece::words(name)];
    }
    let mut pieces = vec![Piece::words("list of ")];
    pieces.extend(schema.get("items").map_or_else(Vec::new, kind));
    pieces
}

fn joined(ways: Vec<Vec<Piece>>) -> Vec<Piece> {
    let mut all = Vec::new();
    for way in ways {
        if !all.is_empty() {
            all.push(Piece::words(" or "));
        }
        all.extend(way);
    }
    all
}

/// What bounds a value, a sentence each.
fn limits(schema: &Value) -> Vec<String> {
    let number = |key: &str| {
        schema
            .get(key)
            .filter(|value| value.is_number())
            .map(Value::to_string)
    };
    let between = |least: &str, most: &str, unit: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}.")),
        (Some(least), None) => Some(format!("At least {least}{unit}.")),
        (None, Some(most)) => Some(format!("At most {most}{unit}.")),
        (None, None) => None,
    };
    let is_count = text(schema, "format").starts_with("uint");
    let range = between("minimum", "maximum", "").filter(|_| !is_count || schema.get("maximum").is_some());
    let left_out = schema.get("default").filter(|value| !is_empty(value));
    [
        between("minLength", "maxLength", " characters"),
        between("minItems", "maxItems", " items"),
        range,
        schema.get("pattern").and_then(Value::as_str).map(like),
        left_out.map(|value| format!("Where it is left out: `{value}`.")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

/// An id as people read it; anything else as it is checked.
fn like(pattern: &str) -> String {
    let id = pattern.strip_prefix('^').and_then(|rest| rest.split_once("_["));
    match id {
        Some((kind, _)) if kind.len() == 3 => format!("Like `{kind}_…`."),
        _ => format!("As `{pattern}`."),
    }
}

/// A text with its marks taken out: what stands between them is code.
pub(super) fn marked(text: &str) -> Vec<Piece> {
    let parts = text.split('`').enumerate();
    let piece = |(place, part): (usize, &str)| {
        if place % 2 == 0 {
            Piece::words(part)
        } else {
            Piece::code(part)
        }
    };
    parts.map(piece).filter(|one| !one.text.is_empty()).collect()
}

/// The document that a schema refers to.
pub(super) fn named(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// Every document that these schemas lead to, by name; of a page of a list, what is on it.
pub(super) fn reached<'d>(
    from: impl IntoIterator<Item = &'d Value>,
    all: &'d Map<String, Value>,
) -> Vec<(&'d str, &'d Value)> {
    let mut waiting: Vec<&Value> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(next) = waiting.pop() {
        match next {
            Value::Object(members) => {
                if let Some(name) = named(next)
                    && seen.insert(name)
                {
                    waiting.extend(all.get(name));
                }
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    let shown = seen.into_iter().filter(|name| !name.starts_with(LIST));
    shown.filter_map(|name| Some((name, all.get(name)?))).collect()
}

/// A text of a schema; nothing where it has none.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The items of a list of a schema.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests;
