//! Where settings come from: gathered as text with their origin, checked later.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::{DeTable, DeValue};

use super::key::{KEYS, Key};

const PREFIX: &str = "EARNEST_";

/// The place a setting was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// A line of the configuration file.
    File {
        /// As given on the command line.
        path: String,
        /// From 1.
        line: usize,
    },
    /// An environment variable, by name.
    Variable(String),
    /// A flag, with its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { path, line } => write!(out, "{path}:{line}"),
            Self::Variable(name) | Self::Flag(name) => out.write_str(name),
        }
    }
}

/// The text of one key and where it stood.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// One thing to correct.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Where to look.
    pub(crate) origin: Origin,
    /// What is wrong and what is allowed.
    pub(crate) message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.origin, self.message)
    }
}

/// Everything that was set, not yet checked. Reads nothing from the outside by itself.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    settings: BTreeMap<&'static str, Setting>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Sources {
    /// Takes the file, if there is one.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        let source = Text { path, text };
        match DeTable::parse(text) {
            Ok(table) => self.table(&source, "", table.get_ref()),
            Err(error) => {
                let origin = source.at(error.span().map_or(0, |span| span.start));
                self.mistake(origin, format!("this is not TOML: {}", error.message()));
            }
        }
        self
    }

    fn table(&mut self, source: &Text<'_>, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            let origin = source.at(key.span().start);
            let scalar = match value.get_ref() {
                DeValue::Table(inner) if KEYS.iter().any(|key| key.name.starts_with(&format!("{name}."))) => {
                    self.table(source, &format!("{name}."), inner);
                    continue;
                }
                DeValue::String(scalar) => scalar.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Boolean(flag) => flag.to_string(),
                // no key takes a list, a date or a table: an unreadable text makes the check say what is allowed
                _ => String::from("\0"),
            };
            match KEYS.iter().find(|key| key.name == name) {
                Some(key) => self.set(key, &scalar, origin),
                None => self.unknown(origin, &name, KEYS.iter().map(|key| key.name.to_owned())),
            }
        }
    }

    /// Takes the variables of the environment; those of others are passed over.
    pub(crate) fn variables(mut self, variables: impl Iterator<Item = (String, String)>) -> Self {
        for (name, text) in variables.filter(|(name, _)| name.starts_with(PREFIX)) {
            let origin = Origin::Variable(name.clone());
            match KEYS.iter().find(|key| key.variable() == name) {
                Some(key) => self.set(key, &text, origin),
                None => self.unknown(origin, &name, KEYS.iter().map(Key::variable)),
            }
        }
        self
    }

    /// Takes the flags that were given, by the name of their key.
    pub(crate) fn flags<'a>(mut self, flags: impl Iterator<Item = (&'a str, String)>) -> Self {
        for (name, text) in flags {
            if let Some(key) = KEYS.iter().find(|key| key.name == name) {
                self.set(key, &text, Origin::Flag(key.flag()));
            }
        }
        self
    }

    /// The setting of a key, or its default.
    pub(super) fn setting(&self, key: &Key) -> Setting {
        let default = || Setting {
            text: key.default.to_owned(),
            origin: Origin::Default,
        };
        self.settings.get(key.name).cloned().unwrap_or_else(default)
    }

    /// Where a key was set, by its name.
    pub(super) fn origin(&self, name: &str) -> Origin {
        let setting = self.settings.get(name);
        setting.map_or(Origin::Default, |setting| setting.origin.clone())
    }

    pub(super) fn mistake(&mut self, origin: Origin, message: String) {
        self.mistakes.push(Mistake { origin, message });
    }

    fn set(&mut self, key: &'static Key, text: &str, origin: Origin) {
        self.settings.insert(
            key.name,
            Setting {
                text: text.trim().to_owned(),
                origin,
            },
        );
    }

    fn unknown(&mut self, origin: Origin, name: &str, known: impl Iterator<Item = String>) {
        let near = known.map(|other| (distance(name, &other), other)).min();
        let message = match near {
            Some((steps, other)) if steps <= 3 => {
                format!("`{name}` is not a setting. Did you mean `{other}`?")
            }
            _ => format!("`{name}` is not a setting. `earnest config show` names all of them."),
        };
        self.mistake(origin, message);
    }
}

struct Text<'a> {
    path: &'a str,
    text: &'a str,
}

impl Text<'_> {
    fn at(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Origin::File {
            path: self.path.to_owned(),
            line,
        }
    }
}

/// The number of letters to insert, drop or change to get from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (position, letter) in one.chars().enumerate() {
        let mut diagonal = position;
        let mut left = position + 1;
        let mut next = vec![left];
        for (against, above) in other.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(letter != against))
                .min(above + 1)
                .min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
