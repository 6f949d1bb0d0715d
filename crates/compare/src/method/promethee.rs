//! PROMETHEE II: every pair compared on every criterion, then net flows.
//!
//! J. P. Brans, P. Vincke, B. Mareschal, "How to select and how to rank projects: the PROMETHEE method", EJOR 24
//! (1986) 228–238. Five of the six preference functions are piecewise linear, so one sort and prefix sums give the
//! flows of a criterion in m·log m steps; only the Gaussian one compares all pairs. (The idea is that of T. Calders
//! and D. Van Assche, "PROMETHEE is not quadratic", Omega 76 (2018).) Values that differ by rounding noise are equal,
//! and so are a difference and a threshold.

mod sorted;

use crate::arithmetic::{count, largest};
use crate::matrix::Matrix;
use crate::problem::{Criterion, Direction, Preference};

/// Flows of every alternative, −1 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Flows {
    /// Net flow, more is better.
    pub scores: Vec<f64>,
    /// How much it is preferred to the others, 0 to 1.
    pub plus: Vec<f64>,
    /// How much the others are preferred to it, 0 to 1.
    pub minus: Vec<f64>,
}

/// Flows of one criterion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) plus: Vec<f64>,
    pub(crate) minus: Vec<f64>,
}

/// Two values nearer than this part of the larger are equal.
pub(crate) const NOISE: f64 = 1e-12;

/// `values` as given, `weights` sum to 1.
pub fn flows(values: &Matrix, criteria: &[Criterion], weights: &[f64]) -> Flows {
    let mut plus = vec![0.0; values.row_count()];
    let mut minus = plus.clone();
    for (index, (criterion, weight)) in criteria.iter().zip(weights).enumerate() {
        let pair = of_criterion(&values.column(index), criterion);
        for (sum, flow) in plus.iter_mut().zip(&pair.plus) {
            *sum += weight * flow;
        }
        for (sum, flow) in minus.iter_mut().zip(&pair.minus) {
            *sum += weight * flow;
        }
    }
    let scores = plus
        .iter()
        .zip(&minus)
        .map(|(plus, minus)| plus - minus)
        .collect();
    Flows { scores, plus, minus }
}

/// Net flows per criterion: a row per alternative. The net flow is their weighted sum, linear in the weights.
pub fn net_flows(values: &Matrix, criteria: &[Criterion]) -> Matrix {
    let mut net = Matrix::zeros(values.row_count(), values.column_count());
    for (index, criterion) in criteria.iter().enumerate() {
        let pair = of_criterion(&values.column(index), criterion);
        let column: Vec<f64> = pair
            .plus
            .iter()
            .zip(&pair.minus)
            .map(|(plus, minus)| plus - minus)
            .collect();
        net.set_column(index, &column);
    }
    net
}

fn of_criterion(column: &[f64], criterion: &Criterion) -> Pair {
    let most = largest(column);
    let unit = if most > 1e150 { most } else { 1.0 };
    let sign = if criterion.direction == Direction::Cost {
        -1.0
    } else {
        1.0
    };
    let values: Vec<f64> = column.iter().map(|value| sign * value / unit).collect();
    let pair = sorted::flows(&values, criterion.preference.in_units(unit));
    let others = (count(column.len()) - 1.0).max(1.0);
    let mean = |sums: Vec<f64>| sums.into_iter().map(|sum| sum / others).collect();
    Pair {
        plus: mean(pair.plus),
        minus: mean(pair.minus),
    }
}

impl Preference {
    fn in_units(self, unit: f64) -> Self {
        match self {
            Self::Usual => Self::Usual,
            Self::UShape { q } => Self::UShape { q: q / unit },
            Self::VShape { p } => Self::VShape { p: p / unit },
            Self::Level { q, p } => Self::Level {
                q: q / unit,
                p: p / unit,
            },
            Self::Linear { q, p } => Self::Linear {
                q: q / unit,
                p: p / unit,
            },
            Self::Gaussian { s } => Self::Gaussian { s: s / unit },
        }
    }
}

#[cfg(test)]
mod tests;
