//! Forms: what was typed, and fields as pages show them, filled in again where something was wrong.

use earnest_app::App;
use earnest_app::request::once_key;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::OnceKey;

/// The pairs of a form that was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(Vec<(String, String)>);

impl Typed {
    /// Reads `application/x-www-form-urlencoded`.
    pub(crate) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A form as it is first shown.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Everything that was sent, in order.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Puts another value into a field.
    pub(crate) fn put(&mut self, name: &str, value: String) {
        self.0.retain(|(key, _)| key != name);
        self.0.push((name.to_owned(), value));
    }

    /// The key under which the form acts once. One without its key (a script of somebody's own) is a new form each time.
    pub(crate) fn once(&self, app: &App) -> OnceKey {
        self.value("once")
            .parse()
            .unwrap_or_else(|_unreadable| once_key(app))
    }

    /// What stands in a field; empty where it was not sent. The first counts.
    pub(crate) fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

impl Typed {
    /// All that was ticked under one name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

/// One field of a form; `form.html` draws it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldView {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) error: Option<String>,
    /// `text`, `email`, `date`, `number`, `url` or, for several lines, `area`.
    pub(crate) kind: &'static str,
    pub(crate) autocomplete: &'static str,
    pub(crate) limit: usize,
    pub(crate) required: bool,
}

impl FieldView {
    /// One line of text that may be left out.
    pub(crate) fn line(name: impl Into<String>, label: impl Into<String>, limit: usize) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind: "text",
            autocomplete: "off",
            limit,
            ..Self::default()
        }
    }

    /// Several lines of text that may be left out.
    pub(crate) fn area(name: impl Into<String>, label: impl Into<String>, limit: usize) -> Self {
        Self {
            kind: "area",
            ..Self::line(name, label, limit)
        }
    }

    /// Another kind of line, such as `email` or `date`.
    #[must_use]
    pub(crate) fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// What browsers may fill in.
    #[must_use]
    pub(crate) fn completed_by(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// What helps to fill it in.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// It must be filled in.
    #[must_use]
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What was typed, and what is wrong with it.
    #[must_use]
    pub(crate) fn filled(mut self, value: impl Into<String>, faults: &[FieldRefusal]) -> Self {
        self.value = value.into();
        self.error = faults
            .iter()
            .find(|fault| fault.field == self.name)
            .map(|fault| fault.sentence.clone());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_values_counts() {
        let typed = Typed::read(b"a=1&a=2&b=x+y%26");
        assert_eq!(
            (typed.value("a"), typed.value("b"), typed.value("c")),
            ("1", "x y&", "")
        );
    }
}
