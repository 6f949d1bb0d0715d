//! Two states of one comparison side by side: which differences of weights and scores make the difference of the verdict.
//!
//! The lead of one option over another is a sum over the criteria: share of weight times how much better the first is
//! there. So the change of the lead from one state to the other splits exactly, criterion by criterion:
//!
//! w′·d′ − w·d = (w′ − w)·d + w′·(d′ − d)
//!
//! The first part is due to the weights, the second to the scores (another edition, the editor's scores). The parts of all
//! criteria add up to the whole change; nothing is left over.

use serde::{Deserialize, Serialize};

use crate::arithmetic::dot;
use crate::ranking::tolerance;
use crate::verdict::{Table, Verdict};

/// One state: its scores and what they come to.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The scores.
    pub table: &'a Table,
    /// The verdict on them at the state's weights.
    pub verdict: &'a Verdict,
}

/// One criterion's part in the change of the lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The criterion's name, as in the tables.
    pub criterion: String,
    /// Its share of the weight in the first state, over what is compared there.
    pub before: f64,
    /// The same in the second state.
    pub after: f64,
    /// How much better the option is than its rival on this criterion, in points, in the first state; 0 where not compared.
    pub better_before: f64,
    /// The same in the second state.
    pub better_after: f64,
    /// What the weights do to the lead: (after − before) × `better_before`, in points of the total.
    pub by_weight: f64,
    /// What the scores do to it: after × (`better_after` − `better_before`).
    pub by_score: f64,
}

impl Part {
    /// All that this criterion does to the lead.
    pub fn whole(&self) -> f64 {
        self.by_weight + self.by_score
    }
}

/// How the lead of one option over another changes from one state to the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The option that leads in the first state.
    pub option: String,
    /// Against whom: the leader of the second state where it is another one, else the runner-up of the first.
    pub rival: String,
    /// The lead of the option over the rival in the first state, in points of the total.
    pub lead_before: f64,
    /// The same in the second state; below 0 where the rival leads.
    pub lead_after: f64,
    /// One per criterion of either table, in the order of the first, then those that only the second has.
    pub parts: Vec<Part>,
    /// The fewest criteria (places in `parts`) whose change alone, everything else as in the first state, already puts the
    /// rival ahead; the strongest first. None where the rival does not lead in the second state.
    pub fewest: Option<Vec<usize>>,
}

/// Compares the lead of the first state's leader with the second state's; nothing where one of the two has no leader, or
/// where the two options are not in both states, as when a must-have of one excludes one of them.
///
/// `fewest` is exact, not a search: with the weights of some criteria replaced, the lead is a positive multiple of the
/// sum of the parts kept and replaced, so that its sign is that of `lead_before` plus the parts replaced, and the fewest
/// parts that reach below zero are the most negative ones.
pub fn difference(first: Side<'_>, second: Side<'_>) -> Option<Difference> {
    let name = |side: Side<'_>, at: Option<usize>| at.and_then(|at| side.table.options.get(at)).cloned();
    let option = name(first, first.verdict.leader)?;
    let other = name(second, second.verdict.leader)?;
    let rival = if other == option {
        name(first, first.verdict.runner_up).or_else(|| name(second, second.verdict.runner_up))?
    } else {
        other
    };
    let before = first.lead(&option, &rival)?;
    let after = second.lead(&option, &rival)?;
    let mut names: Vec<&String> = first.table.criteria.iter().collect();
    names.extend(
        second
            .table
            .criteria
            .iter()
            .filter(|name| !first.table.criteria.contains(name)),
    );
    let parts: Vec<Part> = names
        .into_iter()
        .map(|criterion| {
            let ((w, d), (w_after, d_after)) = (before.at(first, criterion), after.at(second, criterion));
            // What is not compared on one side has no weight there, and no score to differ from.
            let (d, d_after) = (d.or(d_after).unwrap_or(0.0), d_after.or(d).unwrap_or(0.0));
            Part {
                criterion: criterion.clone(),
                before: w,
                after: w_after,
                better_before: d,
                better_after: d_after,
                by_weight: (w_after - w) * d,
                by_score: w_after * (d_after - d),
            }
        })
        .collect();
    let total = |side: Side<'_>| side.total(&option).unwrap_or(0.0);
    let tie = tolerance(total(first)).max(tolerance(total(second)));
    Some(Difference {
        option,
        rival,
        lead_before: before.sum,
        lead_after: after.sum,
        fewest: fewest(&parts, before.sum, tie).filter(|_| after.sum < -tie),
        parts,
    })
}

/// Weights and differences of two options, by criterion.
struct Lead {
    /// Over what is compared.
    weights: Vec<f64>,
    /// Nothing where it is not compared.
    better: Vec<Option<f64>>,
    sum: f64,
}

impl Lead {
    fn at(&self, side: Side<'_>, criterion: &String) -> (f64, Option<f64>) {
        let place = side.table.criteria.iter().position(|name| name == criterion);
        let weight = place.and_then(|at| self.weights.get(at)).copied();
        let better = place.and_then(|at| self.better.get(at)).copied().flatten();
        (weight.unwrap_or(0.0), better)
    }
}

impl Side<'_> {
    fn row(&self, option: &String) -> Option<usize> {
        self.table.options.iter().position(|name| name == option)
    }

    fn total(&self, option: &String) -> Option<f64> {
        self.verdict.totals.totals.get(self.row(option)?).copied()
    }

    fn lead(&self, option: &String, rival: &String) -> Option<Lead> {
        let ours = self.table.scores.get(self.row(option)?)?;
        let theirs = self.table.scores.get(self.row(rival)?)?;
        let weights = self.verdict.totals.weights.clone();
        let compared = |at: usize| self.verdict.totals.compared.contains(&at);
        let pairs = ours.iter().zip(theirs).enumerate();
        let better: Vec<Option<f64>> = pairs
            .map(|(at, (a, b))| Some(a.as_ref()?.point - b.as_ref()?.point).filter(|_| compared(at)))
            .collect();
        let known: Vec<f64> = better.iter().map(|one| one.unwrap_or(0.0)).collect();
        let sum = dot(&weights, &known);
        Some(Lead { weights, better, sum })
    }
}

/// The most negative parts, until the lead is gone.
fn fewest(parts: &[Part], lead: f64, tie: f64) -> Option<Vec<usize>> {
    let mut order: Vec<(usize, f64)> = parts.iter().map(Part::whole).enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut left = lead;
    let mut taken = Vec::new();
    for (place, part) in order {
        if left < -tie || part >= 0.0 {
            break;
        }
        left += part;
        taken.push(place);
    }
    (left < -tie).then_some(taken)
}

#[cfg(test)]
mod tests;
