//! The share of all possible priorities that each option wins, and the priorities that speak for it.
//!
//! Every mix of weights counts alike: weights are uniform on the simplex. Two options have an exact closed form; more
//! are cut out of the simplex exactly while that stays cheap, and simulated with a standard error beyond that.

use serde::{Deserialize, Serialize};

use crate::arithmetic::{count, draws as number};
use crate::matrix::Matrix;
use crate::method::smaa::chunks::{CHUNK, Effort};
use crate::method::smaa::groups::Groups;
use crate::method::smaa::simplex::{Budget, First};
use crate::method::smaa::{exact, simplex, uniform};
use crate::verdict::{Table, compared, points};

/// What an exact answer may cost before a page samples instead: about ten milliseconds.
const BUDGET: Budget = Budget {
    pieces: 30_000,
    cells: 6_000_000,
};

/// Draws of the simulation: standard error at most 0.1 points, about ten milliseconds for five options.
const DRAWS: u64 = 4 * CHUNK;

/// Every page draws the same weights, so that the same table always gives the same figures.
const SEED: u64 = 42;

/// Who wins which share of all weightings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// Per option, 0 to 1, with sum 1; a tie is split.
    pub shares: Vec<f64>,
    /// Per option the mean weights when it wins, one number per criterion of the table (0 where it was not
    /// considered); none if it never wins.
    pub central: Vec<Option<Vec<f64>>>,
    /// Whether the shares are exact (to rounding) or simulated.
    pub exact: bool,
    /// Per option, of a simulated share; none if exact.
    pub standard_error: Option<Vec<f64>>,
    /// Number of simulated weightings; none if exact.
    pub draws: Option<u64>,
}

/// Shares of the first place over uniform weights on some criteria of a table.
///
/// Criteria on which an option has no score, that are named twice or that do not exist are left out. If none is
/// left every option gets the same share and no central weights.
pub fn first_shares(table: &Table, weights_considered: &[usize]) -> Shares {
    let mut criteria = compared(table);
    criteria.retain(|criterion| weights_considered.contains(criterion));
    let values = points(table, &criteria).without_noise();
    let shares = if criteria.is_empty() {
        nothing(table.options.len())
    } else {
        of_values(&values)
    };
    let widen = |inner: Vec<f64>| {
        let mut all = vec![0.0; table.criteria.len()];
        for (&criterion, weight) in criteria.iter().zip(inner) {
            if let Some(place) = all.get_mut(criterion) {
                *place = weight;
            }
        }
        all
    };
    Shares {
        central: shares
            .central
            .into_iter()
            .map(|central| central.map(widen))
            .collect(),
        ..shares
    }
}

/// The share of weightings in which the first of two options wins, from how much better it is on each criterion.
///
/// Exact and cheap enough for every move of a slider; 1/2 if all differences are 0. Differences must be finite.
pub fn two_option_share(differences: &[f64]) -> f64 {
    exact::share(differences)
}

/// Mean weights when the first of two options wins, or nothing if it never does.
pub fn two_option_central(differences: &[f64]) -> Option<Vec<f64>> {
    exact::central(differences)
}

fn nothing(options: usize) -> Shares {
    let central = vec![None; options];
    Shares {
        shares: vec![1.0 / count(options); options],
        central,
        exact: true,
        standard_error: None,
        draws: None,
    }
}

fn of_values(values: &Matrix) -> Shares {
    let groups = Groups::of(values);
    let rows = groups.representatives(values);
    let (first, draws) = match rows.row_count() {
        2 => (two(&rows), None),
        _ => simplex::first_places(&rows, BUDGET)
            .map_or_else(|| (simulated(&rows), Some(DRAWS)), |first| (first, None)),
    };
    let First { shares, central } = first;
    let error = |share: &f64| draws.map(|draws| (share * (1.0 - share) / number(draws)).sqrt());
    let standard_error: Option<Vec<f64>> = shares.iter().map(error).collect();
    let central = groups
        .group_of()
        .into_iter()
        .map(|group| central.get(group).cloned().flatten())
        .collect();
    Shares {
        shares: groups.split_first(&shares),
        central,
        exact: draws.is_none(),
        standard_error: standard_error.map(|errors| groups.split_first(&errors)),
        draws,
    }
}

fn two(rows: &Matrix) -> First {
    let pairs = rows.row(0).iter().zip(rows.row(1));
    let differences: Vec<f64> = pairs.map(|(a, b)| a - b).collect();
    let opposite: Vec<f64> = differences.iter().map(|difference| -difference).collect();
    let both = [differences, opposite];
    First {
        shares: both.iter().map(|differences| exact::share(differences)).collect(),
        central: both
            .iter()
            .map(|differences| exact::central(differences))
            .collect(),
    }
}

fn simulated(rows: &Matrix) -> First {
    let effort = Effort {
        draws: DRAWS,
        seed: SEED,
        threads: 1,
    };
    let tally = uniform::simulate(rows, &vec![1; rows.row_count()], effort);
    First {
        shares: tally.start_shares().column(0),
        central: tally.central(),
    }
}

#[cfg(test)]
mod tests;
