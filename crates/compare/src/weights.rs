//! Where weights come from: given, equal, from the table itself, from an order, or from pairwise comparisons.

use serde::Serialize;

use crate::arithmetic::{count, dot, largest};
use crate::matrix::Matrix;
use crate::normalise::{self, Domain};
use crate::problem::{Criterion, Normalization, Problem, Weighting};

/// Weights that sum to 1, with what pairwise comparisons say about themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// One per criterion, ≥ 0, sum 1.
    pub weights: Vec<f64>,
    /// Consistency of the comparisons, if the weights come from some.
    pub consistency: Option<Consistency>,
}

/// How consistent pairwise comparisons are (T. L. Saaty, The Analytic Hierarchy Process, 1980).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Consistency {
    /// Principal eigenvalue, n if perfectly consistent.
    pub lambda_max: f64,
    /// Consistency index (λ − n)/(n − 1); 0 for one criterion.
    pub ci: f64,
    /// Consistency ratio: the index over Saaty's random index. 0 for one or two criteria, none for more than ten.
    pub cr: Option<f64>,
}

/// Saaty's random index for 1 to 10 criteria.
const RANDOM_INDEX: [f64; 10] = [0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49];

/// The weights a problem asks for. Entropy needs values of 0 or more.
pub fn of(problem: &Problem) -> Result<Weights, Domain> {
    let given: Vec<f64> = problem
        .criteria
        .iter()
        .map(|criterion| criterion.weight)
        .collect();
    let criteria = problem.criteria.len();
    let weights = match &problem.weighting {
        Weighting::Given => normalised(&given),
        Weighting::Equal => normalised(&vec![1.0; criteria]),
        Weighting::Entropy => entropy(&problem.numbers())?,
        Weighting::Critic => critic(&problem.numbers(), &problem.criteria)?,
        Weighting::Centroid(tiers) => by_rank(tiers, criteria, centroid),
        Weighting::RankSum(tiers) => by_rank(tiers, criteria, rank_sum),
        Weighting::RankReciprocal(tiers) => by_rank(tiers, criteria, rank_reciprocal),
        Weighting::Pairwise(table) => return Ok(pairwise(table)),
    };
    Ok(Weights {
        weights,
        consistency: None,
    })
}

/// Divides by the sum; equal parts if everything is 0. Raw weights may be anything from 0 to the largest double.
pub fn normalised(raw: &[f64]) -> Vec<f64> {
    let most = largest(raw);
    if most <= 0.0 {
        return vec![1.0 / count(raw.len()); raw.len()];
    }
    let relative: Vec<f64> = raw.iter().map(|weight| weight / most).collect();
    let sum: f64 = relative.iter().sum();
    relative.iter().map(|weight| weight / sum).collect()
}

/// Shannon entropy: a column that spreads more weighs more. Directions do not matter.
pub fn entropy(values: &Matrix) -> Result<Vec<f64>, Domain> {
    let rows = count(values.row_count());
    let information = |index: usize| {
        let column = values.column(index);
        if column.iter().any(|value| *value < 0.0) {
            return Err(Domain);
        }
        let most = largest(&column);
        if rows < 2.0 || most <= 0.0 || normalise::is_constant(&column) {
            return Ok(0.0);
        }
        let sum: f64 = column.iter().map(|value| value / most).sum();
        let parts = column
            .iter()
            .map(|value| value / most / sum)
            .filter(|part| *part > 0.0);
        let entropy = -parts.map(|part| part * part.ln()).sum::<f64>() / rows.ln();
        Ok((1.0 - entropy).max(0.0))
    };
    let raw = (0..values.column_count())
        .map(information)
        .collect::<Result<Vec<f64>, Domain>>()?;
    Ok(normalised(&raw))
}

/// CRITIC: spread times disagreement with the other columns, on values between worst and best.
///
/// D. Diakoulaki, G. Mavrotas, L. Papayannakis, Computers & Operations Research 22 (1995) 763–770.
pub fn critic(values: &Matrix, criteria: &[Criterion]) -> Result<Vec<f64>, Domain> {
    let column = |(index, criterion): (usize, &Criterion)| {
        let raw = values.column(index);
        let constant = normalise::is_constant(&raw);
        let scaled = normalise::column(&raw, criterion, Normalization::MinMax)?;
        let mean = scaled.iter().sum::<f64>() / count(scaled.len());
        let centred: Vec<f64> = scaled
            .iter()
            .map(|value| if constant { 0.0 } else { value - mean })
            .collect();
        Ok((dot(&centred, &centred).sqrt(), centred))
    };
    let columns = criteria
        .iter()
        .enumerate()
        .map(column)
        .collect::<Result<Vec<(f64, Vec<f64>)>, Domain>>()?;
    let correlation = |(length, one): &(f64, Vec<f64>), (other_length, other): &(f64, Vec<f64>)| {
        let lengths = length * other_length;
        if lengths > 0.0 {
            (dot(one, other) / lengths).clamp(-1.0, 1.0)
        } else {
            0.0
        }
    };
    let disagreement = |index: usize, one: &(f64, Vec<f64>)| -> f64 {
        let others = columns.iter().enumerate().filter(|(other, _)| *other != index);
        others.map(|(_, other)| 1.0 - correlation(one, other)).sum()
    };
    let raw: Vec<f64> = columns
        .iter()
        .enumerate()
        .map(|(index, one)| one.0 * disagreement(index, one))
        .collect();
    // Columns that all say the same leave only rounding noise; they weigh alike.
    Ok(normalised(
        &raw.iter()
            .map(|weight| if *weight > 1e-12 { *weight } else { 0.0 })
            .collect::<Vec<_>>(),
    ))
}

/// Weights by position; tied criteria get the mean of the positions they fill.
fn by_rank(tiers: &[Vec<usize>], criteria: usize, at_position: fn(usize, usize) -> f64) -> Vec<f64> {
    let mut weights = vec![0.0; criteria];
    let mut above = 0;
    for tier in tiers {
        let positions = above + 1..=above + tier.len();
        let mean = positions
            .map(|position| at_position(position, criteria))
            .sum::<f64>()
            / count(tier.len());
        for &criterion in tier {
            if let Some(weight) = weights.get_mut(criterion) {
                *weight = mean;
            }
        }
        above += tier.len();
    }
    normalised(&weights)
}

/// Rank-order centroid: the mean of all weights in this order.
fn centroid(position: usize, criteria: usize) -> f64 {
    (position..=criteria).map(|rank| 1.0 / count(rank)).sum()
}

fn rank_sum(position: usize, criteria: usize) -> f64 {
    count(criteria + 1 - position)
}

fn rank_reciprocal(position: usize, _: usize) -> f64 {
    1.0 / count(position)
}

/// Principal vector of a positive reciprocal table by power iteration, with Saaty's consistency figures.
pub fn pairwise(table: &[Vec<f64>]) -> Weights {
    let mut weights = normalised(&vec![1.0; table.len()]);
    let times = |weights: &[f64]| -> Vec<f64> { table.iter().map(|row| dot(row, weights)).collect() };
    for _ in 0..10_000 {
        let next = normalised(&times(&weights));
        let change = next
            .iter()
            .zip(&weights)
            .map(|(new, old)| (new - old).abs())
            .fold(0.0, f64::max);
        weights = next;
        if change <= 1e-15 {
            break;
        }
    }
    let criteria = count(table.len());
    let lambda_max = times(&weights).iter().sum::<f64>();
    let ci = if table.len() > 1 {
        // never below 0 but for rounding: the principal value of such a table is at least n
        ((lambda_max - criteria) / (criteria - 1.0)).max(0.0)
    } else {
        0.0
    };
    let random = RANDOM_INDEX.get(table.len().saturating_sub(1)).copied();
    let cr = random.map(|random| if random > 0.0 { ci / random } else { 0.0 });
    Weights {
        weights,
        consistency: Some(Consistency { lambda_max, ci, cr }),
    }
}

#[cfg(test)]
mod tests;
