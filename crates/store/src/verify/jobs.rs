//! The jobs of a history, each compared as soon as it is decided.

use std::collections::BTreeMap;

use super::case::{Case, Table};
use super::finding::{Finding, Found};
use super::state;
use crate::chain::EventRow;
use crate::db::Fields;
use crate::job::{self, Task};

/// Rows that no event has decided yet.
#[derive(Debug)]
pub(super) struct Jobs<'a> {
    stored: BTreeMap<&'a str, Fields<'a>>,
    count: usize,
    wrong: Vec<Finding>,
}

impl<'a> Jobs<'a> {
    pub(super) fn of(case: &mut Case<'a>) -> Self {
        let stored = case.take(Table::Job);
        Self {
            count: stored.len(),
            stored: stored.into_iter().map(|row| (row.text(0), row)).collect(),
            wrong: Vec::new(),
        }
    }

    /// What an event brings to be done.
    pub(super) fn follow(&mut self, case: &Case<'a>, event: &EventRow<&'a str>, tasks: &[Task]) {
        for task in tasks {
            let id = task.id(event.version);
            let should = job::columns(&id, event, task);
            let why = match self.stored.remove(id.as_str()) {
                None => Some("it was decided and is missing".to_owned()),
                Some(is) => state::differs(Table::Job, should.into_iter(), is),
            };
            let Some(why) = why else {
                continue;
            };
            let finding = case.finding(Table::Job.invariant(), Table::Job.name(), &id, why);
            self.wrong.push(finding);
        }
    }

    /// Notes what was not as decided, and what nothing has decided.
    pub(super) fn end(&mut self, case: &Case<'_>, found: &mut Found) {
        found.checked.count(Table::Job, self.count);
        for finding in std::mem::take(&mut self.wrong) {
            found.add(finding);
        }
        for id in std::mem::take(&mut self.stored).into_keys() {
            found.add(state::undecided(case, Table::Job, id));
        }
    }
}
