//! What the page of an act is made of.

use earnest_hire::field::FieldRefusal;

use crate::form::{FieldView, Typed};
use crate::upload::FilesView;

/// Everything about an act but its frame.
#[derive(Default)]
pub(super) struct Says {
    pub(super) title: String,
    /// What it does.
    pub(super) lead: Vec<String>,
    pub(super) moves: Vec<Move>,
    /// Whether it can be undone.
    pub(super) undo: &'static str,
    pub(super) fields: Vec<FieldView>,
    /// Where files go with it.
    pub(super) files: Option<FilesView>,
    pub(super) choices: Option<Choices>,
    pub(super) button: String,
}

/// A sum that moves.
pub(super) struct Move {
    pub(super) amount: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// Boxes to tick, or one of several to choose.
pub(super) struct Choices {
    pub(super) legend: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) items: Vec<Choice>,
    pub(super) error: Option<String>,
}

/// One of them.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) checked: bool,
}

/// What was typed and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Filled<'a> {
    pub(super) typed: &'a Typed,
    pub(super) faults: &'a [FieldRefusal],
}

impl Filled<'_> {
    /// With what was typed into it, and what is wrong with that.
    pub(super) fn field(&self, field: FieldView) -> FieldView {
        let value = self.typed.value(&field.name).to_owned();
        field.filled(value, self.faults)
    }

    /// Several lines that must be filled in.
    pub(super) fn area(&self, name: &str, label: &str) -> FieldView {
        self.field(FieldView::area(name, label, 5_000).required())
    }

    /// A sum of money.
    pub(super) fn sum(&self, name: &str, label: &str) -> FieldView {
        self.field(FieldView::line(name, label, 30).required())
    }

    /// What is wrong with boxes or choices of a name.
    pub(super) fn error(&self, name: &str) -> Option<String> {
        let found = self.faults.iter().find(|fault| fault.field == name);
        found.map(|fault| fault.sentence.clone())
    }
}
