//! Repeated measurements: the median, an interval for it, and whether two of them differ.
//!
//! The interval is made of order statistics, so it assumes nothing about how measurements are distributed but that
//! they are independent (Conover, *Practical Nonparametric Statistics*, section 3.2). Where two intervals overlap, no
//! difference is claimed (C26): a rule that finds fewer differences than a test would, and never more.

use serde::Serialize;

/// Fewer repeats than this make no interval.
pub const FEWEST_REPEATS: usize = 5;

/// From what share of one core on a load generator was too busy to be sure that the server was the limit.
pub const SATURATED_SHARE: f64 = 0.9;

/// What repeats of one measurement come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repeats {
    /// The middle value; the mean of the two middle ones for an even number.
    pub median: f64,
    /// Low end of the interval for the median.
    pub low: f64,
    /// High end of the interval for the median.
    pub high: f64,
    /// How many values there were.
    pub count: usize,
    /// How often such an interval holds the true median, 0 to 1.
    pub coverage: f64,
}

/// What can be said of two measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Their intervals overlap.
    None,
    /// The first one is higher; its median is this many times the other's.
    Higher(f64),
    /// The first one is lower; the other's median is this many times its own.
    Lower(f64),
}

impl Repeats {
    /// Of at least [`FEWEST_REPEATS`] finite values of zero or more; `None` for anything else.
    ///
    /// The interval goes from the k-th lowest to the k-th highest value, with the largest k that covers the median as
    /// often as five repeats can: 1 − 2·(1/2)⁵ = 93.75 %.
    pub fn of(values: &[f64]) -> Option<Self> {
        let sound = values.iter().all(|v| v.is_finite() && *v >= 0.0);
        if values.len() < FEWEST_REPEATS || !sound {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let (rank, coverage) = widest_rank(count);
        let (upper, lower) = (sorted.get(count / 2)?, sorted.get((count - 1) / 2)?);
        Some(Self {
            median: f64::midpoint(*lower, *upper),
            low: *sorted.get(rank - 1)?,
            high: *sorted.get(count - rank)?,
            count,
            coverage,
        })
    }

    /// What can be said of this one beside another.
    pub fn against(&self, other: &Self) -> Difference {
        if self.low > other.high {
            Difference::Higher(self.median / other.median)
        } else if self.high < other.low {
            Difference::Lower(other.median / self.median)
        } else {
            Difference::None
        }
    }
}

impl Repeats {
    /// The same with no more digits than the interval carries: in steps of the power of ten that is not above half its
    /// width, and two or three digits of the median. The interval is rounded outwards.
    #[must_use]
    pub fn shown(&self) -> Self {
        let width = power_below((self.high - self.low) / 2.0);
        let size = power_below(self.median);
        let decimals = -width.clamp(size - 2, size - 1);
        let to = |value: f64, round: fn(f64) -> f64| {
            if decimals >= 0 {
                let step = 10_f64.powi(decimals);
                round(value * step) / step
            } else {
                let step = 10_f64.powi(-decimals);
                round(value / step) * step
            }
        };
        Self {
            median: to(self.median, f64::round),
            low: to(self.low, f64::floor),
            high: to(self.high, f64::ceil),
            ..*self
        }
    }
}

/// The exponent of the power of ten that is not above a value; far below any for zero.
#[expect(clippy::cast_possible_truncation, reason = "the exponent of a float fits")]
fn power_below(value: f64) -> i32 {
    if value > 0.0 {
        value.log10().floor() as i32
    } else {
        -300
    }
}

/// The largest k whose interval covers the median of `count` values often enough, and how often.
fn widest_rank(count: usize) -> (usize, f64) {
    let enough = 1.0 - 2.0 * 0.5_f64.powi(5);
    // P(fewer than k of `count` values lie below the median), for growing k: the binomial terms of 1/2.
    let mut term = halves(count);
    let mut below = term;
    let (mut rank, mut coverage) = (1, 1.0 - 2.0 * below);
    for k in 1..count / 2 {
        term *= as_float(count - k + 1) / as_float(k);
        below += term;
        if 1.0 - 2.0 * below < enough {
            break;
        }
        (rank, coverage) = (k + 1, 1.0 - 2.0 * below);
    }
    (rank, coverage)
}

fn halves(count: usize) -> f64 {
    0.5_f64.powi(i32::try_from(count).unwrap_or(i32::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "counts of repeats are small")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
