//! Stochastic multicriteria acceptability analysis: for which share of all weightings does each alternative win?
//!
//! R. Lahdelma, J. Hokkanen, P. Salminen, EJOR 106 (1998) 137–143; places: R. Lahdelma, P. Salminen, Operations
//! Research 49 (2001) 444–454. Two alternatives and small problems are answered exactly; the rest is simulated, with
//! the same bytes on every machine and any number of threads. Equal alternatives share their places.

pub mod chunks;
pub mod exact;
pub mod groups;
pub mod random;
pub mod simplex;
pub(crate) mod stochastic;
pub mod tally;
pub mod uniform;

use serde::Serialize;

use crate::arithmetic::{count, draws as number};
use crate::matrix::Matrix;
use crate::normalise::{self, Domain};
use crate::problem::{Engine, Outside, Prior, Problem, Smaa};
use chunks::Effort;
use groups::Groups;
use tally::Tally;

/// The answer, with one entry per alternative in every list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    /// Which engine answered: `exact` or `monte_carlo`.
    pub engine: &'static str,
    /// Draws of the simulation; none if exact.
    pub draws: Option<u64>,
    /// Its seed; none if exact.
    pub seed: Option<u64>,
    /// `[i][r]`: the share of weightings in which alternative i has place r + 1. Rows and columns sum to 1.
    pub rank_acceptability: Vec<Vec<f64>>,
    /// √(b(1 − b)/N) of each share; none if exact.
    pub standard_error: Option<Vec<Vec<f64>>>,
    /// The mean weights when alternative i is first; none if it never is.
    pub central_weights: Vec<Option<Vec<f64>>>,
    /// `[i][k]`: the share of weightings in which alternative i is before alternative k; none on the diagonal.
    pub pairwise_winning: Vec<Vec<Option<f64>>>,
    /// 1 + how many others are expected to be before alternative i.
    pub expected_rank: Vec<f64>,
    /// Wilson's 95 % interval of each simulated share; nothing if exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptability_interval: Option<Vec<Vec<[f64; 2]>>>,
    /// How surely alternative i is first at its own central weights, given uncertain cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence_factor: Option<Vec<Option<f64>>>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Positive values are needed.
    #[error(transparent)]
    Domain(#[from] Domain),
    /// The exact engine was asked for and the problem is too large for it.
    #[error("this problem is too large for the exact engine: use auto or monte_carlo")]
    TooLarge,
}

impl Failure {
    /// The code as programs see it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Domain(domain) => domain.code(),
            Self::TooLarge => "E_OPTION",
        }
    }
}

/// Numbers that the search for an exact answer may look at: about half a second of work.
const CELLS: usize = 300_000_000;

/// Steps that all exact pairs may take together: about a second of work.
const PAIR_STEPS: usize = 400_000_000;

/// Answers for a problem.
pub fn analyse(problem: &Problem, smaa: &Smaa, threads: usize) -> Result<Analysis, Failure> {
    let effort = Effort {
        draws: smaa.draws,
        seed: smaa.seed,
        threads,
    };
    if problem.is_uncertain() {
        let sampler = stochastic::Sampler::new(problem, smaa)?;
        let tally = sampler.simulate(effort);
        let mut analysis = Analysis::simulated(&tally, sampler.groups(), effort, None);
        let factors = sampler.confidence(&tally.central(), effort);
        analysis.confidence_factor = Some(sampler.groups().spread(&factors));
        return Ok(analysis);
    }
    let values = normalise::table(&problem.numbers(), &problem.criteria, smaa.value, Outside::Error)?;
    let values = values.tamed().without_noise();
    let corners = Corners::new(&values, &smaa.weights);
    let exact = if smaa.engine == Engine::MonteCarlo {
        None
    } else {
        corners.exact()
    };
    let pairs = corners.pairs();
    if let (Some(places), Some(pairs)) = (&exact, &pairs) {
        return Ok(Analysis::exact(places, &corners, pairs));
    }
    if smaa.engine == Engine::Exact {
        return Err(Failure::TooLarge);
    }
    let tally = match (&smaa.weights, &pairs) {
        (Prior::Uniform | Prior::Ordinal(_), Some(_)) => {
            let tally = uniform::simulate(&corners.values, &corners.groups.sizes(), effort);
            corners.weigh(tally)
        }
        _ => stochastic::Sampler::new(problem, smaa)?.simulate(effort),
    };
    Ok(Analysis::simulated(&tally, &corners.groups, effort, pairs))
}

/// A problem as values at the corners of the weights that are possible.
struct Corners<'p> {
    prior: &'p Prior,
    groups: Groups,
    /// A row per group, a column per corner.
    values: Matrix,
    /// How often each corner counts, for a Dirichlet prior with whole parameters.
    times: Option<Vec<usize>>,
}

impl<'p> Corners<'p> {
    fn new(values: &Matrix, prior: &'p Prior) -> Self {
        let groups = Groups::of(values);
        let rows = groups.representatives(values);
        let times = match prior {
            Prior::Dirichlet(alpha) => whole(alpha),
            Prior::Uniform | Prior::Ordinal(_) => Some(vec![1; values.column_count()]),
        };
        let values = match prior {
            Prior::Ordinal(order) => ordered(&rows, order),
            Prior::Uniform | Prior::Dirichlet(_) => rows,
        };
        Self {
            prior,
            groups,
            values,
            times,
        }
    }

    fn is_flat(&self) -> bool {
        !matches!(self.prior, Prior::Dirichlet(_))
    }

    /// Exact places and central weights, if the problem is small enough.
    fn exact(&self) -> Option<simplex::Places> {
        let sizes = self.groups.sizes();
        if sizes.len() == 2 {
            return self.exact_two(&sizes);
        }
        if !self.is_flat() {
            return None;
        }
        let budget = simplex::Budget {
            pieces: simplex::PIECES_PER_ALTERNATIVE * sizes.len(),
            cells: CELLS,
        };
        let mut places = simplex::all_places(&self.values, &sizes, budget)?;
        for central in places.central.iter_mut().flatten() {
            self.to_weights(central);
        }
        Some(places)
    }

    fn exact_two(&self, sizes: &[usize]) -> Option<simplex::Places> {
        let times = self.times.as_ref()?;
        let mut starts = Matrix::zeros(2, sizes.iter().sum());
        let mut central = Vec::new();
        for (one, other) in [(0, 1), (1, 0)] {
            let gaps = self.gaps(one, other);
            let share = exact::dirichlet_share(&gaps, times);
            let behind = sizes.get(other).copied().unwrap_or(1);
            for (place, share) in [(0, share), (behind, 1.0 - share)] {
                if let Some(cell) = starts.row_mut(one).get_mut(place) {
                    *cell = share;
                }
            }
            let mut mean = exact::dirichlet_central(&gaps, times);
            if let Some(mean) = &mut mean {
                self.to_weights(mean);
            }
            central.push(mean);
        }
        Some(simplex::Places { starts, central })
    }

    fn gaps(&self, one: usize, other: usize) -> Vec<f64> {
        self.values
            .row(one)
            .iter()
            .zip(self.values.row(other))
            .map(|(a, b)| a - b)
            .collect()
    }

    /// Exact share of each pair of groups; nothing if the prior has no exact answer or the work is too much.
    fn pairs(&self) -> Option<Matrix> {
        let times = self.times.as_ref()?;
        let groups = self.groups.members.len();
        let terms: usize = times.iter().sum();
        let steps = terms
            .saturating_mul(terms)
            .saturating_mul(groups)
            .saturating_mul(groups)
            / 8;
        if steps > PAIR_STEPS {
            return None;
        }
        let mut pairs = Matrix::zeros(groups, groups);
        for one in 0..groups {
            for other in (0..groups).filter(|other| *other != one) {
                let share = exact::dirichlet_share(&self.gaps(one, other), times);
                if let Some(cell) = pairs.row_mut(one).get_mut(other) {
                    *cell = share;
                }
            }
        }
        Some(pairs)
    }

    /// Mean corner coordinates into mean weights.
    fn to_weights(&self, coordinates: &mut [f64]) {
        let Prior::Ordinal(order) = self.prior else { return };
        let mut weight = 0.0;
        let mut weights = vec![0.0; coordinates.len()];
        for (place, (criterion, coordinate)) in order.iter().zip(coordinates.iter()).enumerate().rev() {
            weight += coordinate / count(place + 1);
            if let Some(cell) = weights.get_mut(*criterion) {
                *cell = weight;
            }
        }
        coordinates.copy_from_slice(&weights);
    }

    fn weigh(&self, mut tally: Tally) -> Tally {
        for sums in tally.first.rows_mut() {
            self.to_weights(sums);
        }
        tally
    }
}

/// Values at the corners of the ordered simplex: running means from the most important criterion on.
fn ordered(values: &Matrix, order: &[usize]) -> Matrix {
    let mut means = Matrix::zeros(values.row_count(), values.column_count());
    for (target, row) in means.rows_mut().zip(values.rows()) {
        let mut sum = 0.0;
        for (place, (cell, criterion)) in target.iter_mut().zip(order).enumerate() {
            sum += row.get(*criterion).copied().unwrap_or(0.0);
            *cell = sum / count(place + 1);
        }
    }
    means
}

/// Dirichlet parameters as whole numbers, if they are and stay small.
fn whole(alpha: &[f64]) -> Option<Vec<usize>> {
    let small = |alpha: &f64| (1..=64_usize).find(|whole| (count(*whole) - alpha).abs() <= 0.0);
    let times = alpha.iter().map(small).collect::<Option<Vec<usize>>>()?;
    (times.iter().sum::<usize>() <= 1_000).then_some(times)
}

impl Analysis {
    fn exact(places: &simplex::Places, corners: &Corners<'_>, pairs: &Matrix) -> Self {
        let groups = &corners.groups;
        let acceptability = groups.split_places(&places.starts);
        let pairwise = pairwise(groups, pairs);
        Self {
            engine: "exact",
            draws: None,
            seed: None,
            rank_acceptability: rows(&acceptability),
            standard_error: None,
            central_weights: groups.spread(&places.central),
            expected_rank: expected(&pairwise),
            pairwise_winning: pairwise,
            acceptability_interval: None,
            confidence_factor: None,
        }
    }

    /// `pairs` are the exact shares of pairs where there are some; otherwise the counted ones are used.
    fn simulated(tally: &Tally, groups: &Groups, effort: Effort, pairs: Option<Matrix>) -> Self {
        let acceptability = groups.split_places(&tally.start_shares());
        let pairs = pairs.unwrap_or_else(|| tally.win_shares());
        let pairwise = pairwise(groups, &pairs);
        let draws = number(tally.draws);
        let error = |share: &f64| (share * (1.0 - share).max(0.0) / draws).sqrt();
        let errors = acceptability
            .rows()
            .map(|row| row.iter().map(error).collect())
            .collect();
        let interval = |share: &f64| wilson(*share, draws);
        let intervals = acceptability
            .rows()
            .map(|row| row.iter().map(interval).collect())
            .collect();
        Self {
            engine: "monte_carlo",
            draws: Some(tally.draws),
            seed: Some(effort.seed),
            rank_acceptability: rows(&acceptability),
            standard_error: Some(errors),
            central_weights: groups.spread(&tally.central()),
            expected_rank: expected(&pairwise),
            pairwise_winning: pairwise,
            acceptability_interval: Some(intervals),
            confidence_factor: None,
        }
    }
}

fn rows(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix.rows().map(<[f64]>::to_vec).collect()
}

/// Shares of pairs of alternatives from those of their groups; two of one group are before each other half the time.
fn pairwise(groups: &Groups, pairs: &Matrix) -> Vec<Vec<Option<f64>>> {
    let group_of = groups.group_of();
    let share = |one: usize, other: usize| {
        if one == other {
            Some(0.5)
        } else {
            pairs.row(one).get(other).copied()
        }
    };
    let row = |(i, &one): (usize, &usize)| {
        let cells = group_of.iter().enumerate();
        cells
            .map(|(k, &other)| if i == k { None } else { share(one, other) })
            .collect()
    };
    group_of.iter().enumerate().map(row).collect()
}

fn expected(pairwise: &[Vec<Option<f64>>]) -> Vec<f64> {
    let before = |alternative: usize| -> f64 {
        pairwise
            .iter()
            .filter_map(|row| row.get(alternative).copied().flatten())
            .sum()
    };
    (0..pairwise.len())
        .map(|alternative| 1.0 + before(alternative))
        .collect()
}

/// Wilson's 95 % interval of a share; three in N for one that was never (or always) seen.
fn wilson(share: f64, draws: f64) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    if share <= 0.0 {
        return [0.0, (3.0 / draws).min(1.0)];
    }
    if share >= 1.0 {
        return [(1.0 - 3.0 / draws).max(0.0), 1.0];
    }
    let scale = 1.0 + Z * Z / draws;
    let middle = (share + Z * Z / (2.0 * draws)) / scale;
    let half = Z / scale * (share * (1.0 - share) / draws + Z * Z / (4.0 * draws * draws)).sqrt();
    [(middle - half).max(0.0), (middle + half).min(1.0)]
}

#[cfg(test)]
mod tests;
