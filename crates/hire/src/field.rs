//! Fields of forms: what was typed is trimmed and checked, and everything wrong with a form is said at once.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

/// One thing wrong with one field, in words that say what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldRefusal {
    /// The name of the field in forms and in JSON; where to put the sentence.
    pub field: &'static str,
    /// Stable word for programs: `missing`, `too_long`, `malformed`, `past` and so on.
    pub code: &'static str,
    /// For the person who filled in the form.
    pub sentence: String,
}

impl FieldRefusal {
    /// From its parts.
    pub fn new(field: &'static str, code: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            field,
            code,
            sentence: sentence.into(),
        }
    }
}

impl fmt::Display for FieldRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Whether a text may have line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// One line.
    One,
    /// Line breaks and tabs are part of it.
    Several,
}

/// A field's text without the space around it, if it can be shown and is short enough; none where nothing is left.
pub fn text(
    field: &'static str,
    typed: &str,
    limit: usize,
    lines: Lines,
) -> Result<Option<String>, FieldRefusal> {
    let text = typed.replace("\r\n", "\n");
    let text = text.trim();
    let odd = |c: char| unprintable(c) && !(lines == Lines::Several && matches!(c, '\n' | '\t'));
    if text.chars().any(odd) {
        let sentence = "This holds a character that cannot be shown. Type the text instead of pasting it.";
        return Err(FieldRefusal::new(field, "control_character", sentence));
    }
    let length = text.chars().count();
    if length > limit {
        let sentence = format!("This has {length} characters. Shorten it to {limit}.");
        return Err(FieldRefusal::new(field, "too_long", sentence));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// As [`text`], of a field that must say something; `missing` tells the person what.
pub fn required(
    field: &'static str,
    typed: &str,
    limit: usize,
    lines: Lines,
    missing: &str,
) -> Result<String, FieldRefusal> {
    text(field, typed, limit, lines)?
        .filter(|text| text.chars().any(char::is_alphanumeric))
        .ok_or_else(|| FieldRefusal::new(field, "missing", missing))
}

/// Letters that an operator's reason has at least: whoever it is about, or looks into it later, is to understand it.
pub const REASON: usize = 10;

/// As [`required`], of a reason that an operator gives.
pub fn reason(
    field: &'static str,
    typed: &str,
    limit: usize,
    lines: Lines,
    missing: &str,
) -> Result<String, FieldRefusal> {
    let reason = required(field, typed, limit, lines, missing)?;
    match reason.chars().count() {
        0..REASON => {
            let sentence = format!("{missing} It takes {REASON} to {limit} letters.");
            Err(FieldRefusal::new(field, "unclear", sentence))
        }
        _ => Ok(reason),
    }
}

/// A day as browsers send it: year, month and day, and nothing else.
pub(crate) fn day(text: &str) -> Option<Date> {
    let written_so = text.len() == 10 && text.starts_with(|c: char| c.is_ascii_digit());
    written_so
        .then(|| Date::strptime("%Y-%m-%d", text).ok())
        .flatten()
}

/// Collects faults while the checks go on, so that a person hears of all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldRefusal>);

impl Faults {
    /// The value, or its fault noted and nothing.
    pub fn note<T>(&mut self, checked: Result<T, FieldRefusal>) -> Option<T> {
        checked.map_err(|fault| self.0.push(fault)).ok()
    }

    /// All that was noted, in the order of the checks.
    pub fn all(self) -> Vec<FieldRefusal> {
        self.0
    }

    /// The value made of the fields, where none had a fault.
    pub fn or<T>(self, made: Option<T>) -> Result<T, Vec<FieldRefusal>> {
        match made {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// Control characters, line separators and the marks that turn the direction of what is shown around them.
pub(crate) fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a mail server could accept it. Only a mail that is answered proves more.
pub(crate) fn has_shape_of_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let odd = |c: char| c.is_whitespace() || "()<>[]{},;:\\\"@|".contains(c);
    let local_good = (1..=64).contains(&local.len())
        && !local.contains(odd)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label_good = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let top_good = top.chars().count() >= 2 && !top.bytes().all(|byte| byte.is_ascii_digit());
    local_good && domain.contains('.') && domain.split('.').all(label_good) && top_good
}
