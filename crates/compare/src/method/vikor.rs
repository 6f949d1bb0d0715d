//! VIKOR: a compromise between the regret of the group and the largest single regret.
//!
//! S. Opricovic, G. H. Tzeng, EJOR 156 (2004) 445–455. Two alternatives often have the same largest regret; a range
//! within 10⁻¹² is therefore no range and adds nothing, where the bare quotient would be 0/0 or pure noise.

use crate::arithmetic::count;
use crate::matrix::Matrix;
use crate::normalise::{ends, is_constant};
use crate::problem::{Criterion, Direction};
use crate::ranking::{Best, Ranking, TIE};

/// What VIKOR says.
#[derive(Clone, Debug, PartialEq)]
pub struct Compromise {
    /// Q = v·s + (1 − v)·r, 0 to 1, less is better.
    pub scores: Vec<f64>,
    /// S: weighted sum of the regrets.
    pub group: Vec<f64>,
    /// R: largest weighted regret.
    pub single: Vec<f64>,
    /// Places by Q.
    pub ranking: Ranking,
    /// 1/(m − 1): the advantage that counts; none for one alternative.
    pub advantage: Option<f64>,
    /// Whether everything outside the best tier is that far behind.
    pub acceptable_advantage: bool,
    /// Whether every member of the best tier is also best by S or by R.
    pub acceptable_stability: bool,
    /// The alternatives to choose from, ascending.
    pub set: Vec<usize>,
}

/// A range this small is none.
const NO_RANGE: f64 = 1e-12;

/// `values` as given, `weights` sum to 1, `v` is the weight of the group regret, 0 to 1.
pub fn compromise(values: &Matrix, criteria: &[Criterion], weights: &[f64], v: f64) -> Compromise {
    let mut group = vec![0.0; values.row_count()];
    let mut single = group.clone();
    for (index, (criterion, weight)) in criteria.iter().zip(weights).enumerate() {
        for ((sum, most), regret) in group
            .iter_mut()
            .zip(&mut single)
            .zip(regrets(&values.column(index), criterion))
        {
            let weighted = weight * regret;
            *sum += weighted;
            *most = f64::max(*most, weighted);
        }
    }
    let (s, r) = (relative(&group), relative(&single));
    let scores: Vec<f64> = s.iter().zip(&r).map(|(s, r)| v * s + (1.0 - v) * r).collect();
    let ranking = Ranking::new(&scores, Best::Lowest);
    let advantage = (scores.len() > 1).then(|| 1.0 / (count(scores.len()) - 1.0));
    let behind = behind(&scores, &ranking, advantage);
    let best = ranking.tiers.first().map_or(&[][..], Vec::as_slice);
    let acceptable_advantage = behind.iter().all(|alternative| best.contains(alternative));
    let is_best = |values: &[f64], index: usize| values.get(index).is_some_and(|value| *value <= TIE);
    let acceptable_stability = best.iter().all(|&index| is_best(&s, index) || is_best(&r, index));
    let tiers = if acceptable_stability { 1 } else { 2 };
    let mut set = if acceptable_advantage {
        ranking.tiers.iter().take(tiers).flatten().copied().collect()
    } else {
        behind
    };
    set.sort_unstable();
    Compromise {
        scores,
        group,
        single,
        ranking,
        advantage,
        acceptable_advantage,
        acceptable_stability,
        set,
    }
}

/// How far each value is from the best, as a part of the range; 0 for a constant column. The quotient is formed before
/// it is weighted: the other order costs a last digit.
fn regrets(column: &[f64], criterion: &Criterion) -> Vec<f64> {
    if is_constant(column) {
        return vec![0.0; column.len()];
    }
    let (low, high) = ends(column);
    let (best, worst) = if criterion.direction == Direction::Cost {
        (low, high)
    } else {
        (high, low)
    };
    let range = best / 2.0 - worst / 2.0;
    column
        .iter()
        .map(|value| (best / 2.0 - value / 2.0) / range)
        .collect()
}

fn relative(values: &[f64]) -> Vec<f64> {
    let (low, high) = ends(values);
    if high - low <= NO_RANGE {
        return vec![0.0; values.len()];
    }
    values.iter().map(|value| (value - low) / (high - low)).collect()
}

/// The best tier and everything less than the advantage behind it.
fn behind(scores: &[f64], ranking: &Ranking, advantage: Option<f64>) -> Vec<usize> {
    let best = ranking.tiers.first().map_or(&[][..], Vec::as_slice);
    let (_, last) = ends(
        &best
            .iter()
            .filter_map(|&index| scores.get(index).copied())
            .collect::<Vec<f64>>(),
    );
    let near = |score: f64| advantage.is_none_or(|advantage| score - last < advantage - TIE);
    let close = |&(index, score): &(usize, &f64)| best.contains(&index) || near(*score);
    scores
        .iter()
        .enumerate()
        .filter(close)
        .map(|(index, _)| index)
        .collect()
}

#[cfg(test)]
mod tests;
