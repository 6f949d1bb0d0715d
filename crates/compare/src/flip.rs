//! Weight stability: how far one weight can move before another alternative leads. Exact, no search.
//!
//! For every method whose score is linear in the weights. Weight k moves to t and the others keep their proportions:
//! wⱼ·(1 − t)/(1 − wₖ). Against one rival the leader's margin is the straight line t·g + (1 − t)·h, with g the margin
//! if only criterion k counted and h the margin if it did not count at all; its zero is h/(h − g). Named after
//! B. Mareschal, "Weight stability intervals in multicriteria decision aid", EJOR 33 (1988) 54–64.

use serde::Serialize;

use crate::arithmetic::{count, dot};
use crate::matrix::Matrix;
use crate::ranking::tolerance;

/// Where one weight may lie without another alternative leading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The criterion whose weight moves.
    pub criterion: usize,
    /// Its weight now, 0 to 1.
    pub weight: f64,
    /// The lowest weight at which the winner still leads, 0 if none is too low.
    pub low: f64,
    /// The highest weight at which the winner still leads, 1 if none is too high.
    pub high: f64,
    /// Who leads below `low`.
    pub challenger_low: Option<usize>,
    /// Who leads above `high`.
    pub challenger_high: Option<usize>,
}

/// One interval per criterion, in order.
///
/// `values` has a row per alternative with its value on each criterion, `weights` are ≥ 0 with sum 1, `winner` is the
/// alternative that leads now (the lowest index of the top tier). A rival closes an end only if it leads by more than
/// a tie at that end of the scale; a margin that only reaches zero there is a tie and changes nothing.
pub fn stability(values: &Matrix, weights: &[f64], winner: usize) -> Vec<Interval> {
    let mut intervals: Vec<Interval> = weights
        .iter()
        .enumerate()
        .map(|(k, &weight)| Interval::open(k, weight))
        .collect();
    if weights.len() < 2 {
        return intervals
            .into_iter()
            .map(|interval| Interval {
                low: 1.0,
                high: 1.0,
                ..interval
            })
            .collect();
    }
    let best = values.row(winner);
    for (rival, row) in values.rows().enumerate().filter(|(rival, _)| *rival != winner) {
        let gaps: Vec<f64> = best.iter().zip(row).map(|(ours, theirs)| ours - theirs).collect();
        let margin = dot(&gaps, weights);
        for (interval, &only) in intervals.iter_mut().zip(&gaps) {
            let without = margin_without(&gaps, weights, interval, margin);
            interval.close(
                rival,
                Line {
                    only,
                    without,
                    tie: tolerance(dot(best, weights)),
                },
            );
        }
    }
    intervals
}

/// The leader's margin over one rival as a straight line in one weight.
#[derive(Clone, Copy)]
struct Line {
    /// Margin at weight 1: only this criterion counts.
    only: f64,
    /// Margin at weight 0: this criterion does not count.
    without: f64,
    /// A margin this small is a tie.
    tie: f64,
}

impl Interval {
    fn open(criterion: usize, weight: f64) -> Self {
        Self {
            criterion,
            weight,
            low: 0.0,
            high: 1.0,
            challenger_low: None,
            challenger_high: None,
        }
    }

    fn close(&mut self, rival: usize, line: Line) {
        let slope = line.only - line.without;
        if slope.abs() <= 0.0 {
            return;
        }
        let zero = -line.without / slope;
        if slope > 0.0 && line.without < -line.tie {
            let zero = zero.clamp(0.0, self.weight);
            if zero > self.low {
                (self.low, self.challenger_low) = (zero, Some(rival));
            }
        } else if slope < 0.0 && line.only < -line.tie {
            let zero = zero.clamp(self.weight, 1.0);
            if zero < self.high {
                (self.high, self.challenger_high) = (zero, Some(rival));
            }
        }
    }
}

/// The margin with criterion k left out and the others in their proportions (in equal parts if k has all the weight).
fn margin_without(gaps: &[f64], weights: &[f64], interval: &Interval, margin: f64) -> f64 {
    let (k, weight) = (interval.criterion, interval.weight);
    let others = || {
        gaps.iter()
            .zip(weights)
            .enumerate()
            .filter(|(j, _)| *j != k)
            .map(|(_, pair)| pair)
    };
    if weight <= 0.5 {
        let only = gaps.get(k).copied().unwrap_or(0.0);
        return (margin - weight * only) / (1.0 - weight);
    }
    let rest: f64 = others().map(|(_, weight)| weight).sum();
    if rest > 0.0 {
        others().map(|(gap, weight)| gap * weight).sum::<f64>() / rest
    } else {
        others().map(|(gap, _)| gap).sum::<f64>() / count(gaps.len() - 1)
    }
}

#[cfg(test)]
mod tests;
