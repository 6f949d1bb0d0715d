//! One row of the smaller machines: from where, by what, by whom, to where. What must hold beside it and what follows
//! stands in the machine.

use serde::Serialize;

use crate::contract::By;

/// A row of a process without money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Path<S: 'static, E> {
    /// From any of these states.
    pub from: &'static [S],
    /// By what.
    pub event: E,
    /// By whom.
    pub by: &'static [By],
    /// To this state.
    pub to: S,
}

/// The state to which an event leads, if it leads anywhere for whoever causes it.
pub(crate) fn follow<S: PartialEq + Copy, E: PartialEq>(
    paths: &[Path<S, E>],
    from: S,
    event: &E,
    by: By,
) -> Option<S> {
    paths
        .iter()
        .find(|path| path.event == *event && path.from.contains(&from) && path.by.contains(&by))
        .map(|path| path.to)
}
