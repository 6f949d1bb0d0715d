//! Fields of a control, from a form or from JSON.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use earnest_hire::money::Minor;
use serde_json::Value;

use crate::books::Refusal;

pub(crate) struct Fields(BTreeMap<String, String>);

/// Who asked: a form comes from a person.
#[derive(Clone, Copy)]
pub(crate) enum Asker {
    Person,
    Program,
}

pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<(Fields, Asker), Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    // some programs send JSON under the name of a form; no form of ours begins with a brace
    let form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if form && !body.starts_with(b"{") {
        let fields = form_urlencoded::parse(body).into_owned();
        // a field that was left empty says nothing
        let fields = fields.filter(|(_, value)| !value.trim().is_empty()).collect();
        return Ok((Fields(fields), Asker::Person));
    }
    if body.is_empty() {
        return Ok((Fields(BTreeMap::new()), Asker::Program));
    }
    let read: BTreeMap<String, Value> = serde_json::from_slice(body)
        .map_err(|error| Refusal::new("body_unreadable", format!("one JSON object is expected: {error}")))?;
    let fields = read.into_iter().map(|(name, value)| match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    });
    Ok((Fields(fields.collect()), Asker::Program))
}

impl Fields {
    pub(crate) fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = self.text(name).map(|text| text.trim().parse());
        number
            .transpose()
            .map_err(|error| Refusal::new("no_number", format!("`{name}` is a whole number: {error}")))
    }

    pub(crate) fn amount(&self) -> Result<Option<Minor>, Refusal> {
        Ok(self.number("amount_minor")?.map(Minor))
    }
}
