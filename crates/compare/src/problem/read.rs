//! Reading JSON with a pointer to where we are. Pointers become text only when something is refused.

use serde_json::{Map, Value};

use super::{Code, Rejection};

/// Where we are in the text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
    Cell(usize, usize),
}

impl<'a> Path<'a> {
    pub(super) fn root() -> Path<'static> {
        Path::Root
    }

    pub(super) fn cell(row: usize, column: usize) -> Path<'static> {
        Path::Cell(row, column)
    }

    pub(super) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    pub(super) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    /// As a JSON pointer (RFC 6901).
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => format!(
                "{}/{}",
                parent.pointer(),
                key.replace('~', "~0").replace('/', "~1")
            ),
            Self::Index(parent, index) => format!("{}/{index}", parent.pointer()),
            Self::Cell(row, column) => format!("/matrix/{row}/{column}"),
        }
    }

    pub(super) fn refuse(&self, code: Code, message: impl Into<String>) -> Rejection {
        Rejection {
            code,
            message: message.into(),
            at: self.pointer(),
        }
    }

    pub(super) fn shape(&self, message: impl Into<String>) -> Rejection {
        self.refuse(Code::Shape, message)
    }
}

/// Refusals that wait until the shape of the whole text is known to be right.
#[derive(Debug, Default)]
pub(super) struct Refusals(Vec<Rejection>);

impl Refusals {
    pub(super) fn add(&mut self, code: Code, message: impl Into<String>, at: &Path<'_>) {
        if !self.0.iter().any(|refusal| refusal.code == code) {
            self.0.push(at.refuse(code, message));
        }
    }

    /// The first in the order of the checks.
    pub(super) fn first(self) -> Option<Rejection> {
        self.0.into_iter().min_by_key(|refusal| refusal.code)
    }

    /// Refuses the second of two equal names.
    pub(super) fn repeated<'n>(&mut self, names: impl Iterator<Item = &'n str>, at: &Path<'_>) {
        let mut seen = std::collections::HashSet::new();
        for (index, name) in names.enumerate() {
            if !seen.insert(name) {
                self.add(
                    Code::Name,
                    format!("The name \"{name}\" stands twice: rename one."),
                    &at.index(index),
                );
                return;
            }
        }
    }
}

pub(super) fn object<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v Map<String, Value>, Rejection> {
    value
        .as_object()
        .ok_or_else(|| at.shape("Write an object here: { … }."))
}

pub(super) fn list<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v Vec<Value>, Rejection> {
    value
        .as_array()
        .ok_or_else(|| at.shape("Write a list here: [ … ]."))
}

pub(super) fn filled_list<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v Vec<Value>, Rejection> {
    let list = list(value, at)?;
    if list.is_empty() {
        Err(at.shape("This list needs at least one entry."))
    } else {
        Ok(list)
    }
}

pub(super) fn string<'v>(value: &'v Value, at: &Path<'_>) -> Result<&'v str, Rejection> {
    value
        .as_str()
        .ok_or_else(|| at.shape("Write text in quotation marks here."))
}

pub(super) fn number(value: &Value, at: &Path<'_>) -> Result<f64, Rejection> {
    let finite = value.as_f64().filter(|number| number.is_finite());
    finite.ok_or_else(|| at.shape("Write a number here."))
}

pub(super) fn whole(value: &Value, at: &Path<'_>) -> Result<u64, Rejection> {
    value
        .as_u64()
        .ok_or_else(|| at.shape("Write a whole number of 0 or more here."))
}

pub(super) fn required<'v>(
    object: &'v Map<String, Value>,
    at: &Path<'_>,
    key: &str,
) -> Result<&'v Value, Rejection> {
    object
        .get(key)
        .ok_or_else(|| at.shape(format!("Add the key \"{key}\".")))
}

pub(super) fn known_keys(
    object: &Map<String, Value>,
    at: &Path<'_>,
    known: &[&str],
) -> Result<(), Rejection> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => {
            let known = known.join("\", \"");
            Err(at.key(key).shape(format!(
                "The key \"{key}\" is not known here: use only \"{known}\"."
            )))
        }
        None => Ok(()),
    }
}
