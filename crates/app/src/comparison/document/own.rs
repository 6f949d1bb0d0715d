//! The reader's own part of the document: their weights, and what they have today.

use std::collections::BTreeMap;

use earnest_compare::tradeoff::worth;
use serde::Serialize;

use crate::comparison::Analysis;
use crate::comparison::kept::{Kept, MONTHS_ZERO, SWITCHING};

#[derive(Debug, Serialize)]
pub(super) struct WeightView<'a> {
    criterion: &'a str,
    given: f64,
    share: f64,
    compared_share: f64,
    /// What one point here is worth; none where it counts for nothing.
    worth: Option<WorthView<'a>>,
}

#[derive(Debug, Serialize)]
struct WorthView<'a> {
    points: f64,
    of: &'a str,
}

/// What the reader has, with what it takes to compute its scores again.
#[derive(Debug, Serialize)]
pub(super) struct KeptView<'a> {
    technology: &'a str,
    criterion: &'static str,
    months: &'a BTreeMap<String, f64>,
    now: &'a BTreeMap<String, f64>,
    formula: String,
}

pub(super) fn weights<'a>(analysis: &'a Analysis<'_>) -> Vec<WeightView<'a>> {
    let shares = analysis.shares_of_weight();
    let compared = &analysis.verdict.totals.weights;
    let criteria = &analysis.table.criteria;
    let each = criteria
        .iter()
        .zip(&analysis.state.weights)
        .zip(shares.into_iter().zip(compared))
        .zip(worth(compared));
    each.map(|(((criterion, given), (share, compared)), worth)| WeightView {
        criterion,
        given: *given,
        share,
        compared_share: *compared,
        worth: worth.and_then(|worth| {
            Some(WorthView {
                points: worth.points,
                of: criteria.get(worth.in_points_of)?,
            })
        }),
    })
    .collect()
}

pub(super) fn kept<'a>(analysis: &'a Analysis<'_>) -> Option<KeptView<'a>> {
    let view = |kept: &'a Kept| KeptView {
        technology: kept.slug(),
        criterion: SWITCHING,
        months: &kept.months,
        now: &kept.now,
        formula: format!(
            "months: clamp(10 × (1 − x ÷ {MONTHS_ZERO}), 0, 10), 10 for what is kept; each figure ± 1 point"
        ),
    };
    analysis.state.kept.as_ref().map(view)
}
