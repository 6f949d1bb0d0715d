//! Every amount times every rate: that no way of cutting a price leaks a minor unit of its fee (G9).

use std::fmt;

use super::rule::points;
use crate::fee::{FeeLine, FeeRule};
use crate::money::Minor;
use crate::refusal::Refusal;

/// Prices from 1 to so many minor units.
const PRICES: u64 = 1_000_000;
/// Rates from nothing to everything, in basis points.
const RATES: u64 = 10_001;
/// All cases there are: each price with each rate.
pub const CASES: u64 = PRICES * RATES;
/// Steps from one case to the next; prime, so that every case comes once before any comes twice.
const STRIDE: u64 = 7_919_999_983;

/// A price and a rate for which something was lost or gained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// In minor units.
    pub price: i64,
    /// In basis points.
    pub basis_points: u16,
    /// In how many parts the price was cut.
    pub parts: u64,
    /// What went wrong.
    pub why: &'static str,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a price of {} at {} basis points in {} parts: {}",
            self.price, self.basis_points, self.parts, self.why
        )
    }
}

/// Runs so many cases from a number on. Each is released in parts, and then once more with its last part given back.
pub fn sweep(first: u64, count: u64) -> Result<(), Leak> {
    let wide = u128::from(first).wrapping_mul(u128::from(STRIDE));
    let start = wide.checked_rem(u128::from(CASES)).unwrap_or(0);
    let mut case = u64::try_from(start).unwrap_or(0);
    for number in 0..count {
        let parts = (number & 3).saturating_add(1);
        let price = case.checked_div(RATES).unwrap_or(0).saturating_add(1);
        let price = i64::try_from(price).unwrap_or(1);
        let basis_points = u16::try_from(case.checked_rem(RATES).unwrap_or(0)).unwrap_or(0);
        let told = |why| Leak {
            price,
            basis_points,
            parts,
            why,
        };
        one(Minor(price), basis_points, parts)
            .map_err(|_refusal| told("a rule refuses what must be possible"))?
            .map_err(told)?;
        case = case.saturating_add(STRIDE);
        case = case.checked_rem(CASES).unwrap_or(0);
    }
    Ok(())
}

fn one(price: Minor, basis_points: u16, parts: u64) -> Result<Result<(), &'static str>, Refusal> {
    let agreed = FeeRule::of(basis_points).fee(price)?;
    if agreed != points(price, basis_points)? {
        return Ok(Err("the fee is not the rounded-down share of the price"));
    }
    if agreed > price {
        return Ok(Err("the fee is more than the price"));
    }
    let parts = i64::try_from(parts).unwrap_or(1);
    let size = price.0.checked_div(parts).unwrap_or(0);
    let (mut line, mut gone) = (FeeLine::new(agreed), Minor::ZERO);
    for _ in 1..parts {
        gone = gone.plus(Minor(size))?;
        let before = line.earned;
        // Rounding may bring one unit of the fee into a part that is smaller than it.
        if line.earn(gone, price)? > Minor(size.saturating_add(1)) || line.earned < before {
            return Ok(Err("a part pays more than itself"));
        }
    }
    let mut other = line;
    line.earn(price, price)?;
    if line.earned != agreed {
        return Ok(Err("the parts do not pay what the whole pays"));
    }
    // The last part goes back instead: at most one unit is the rest.
    let back = other.give_back(price.minus(gone)?, price)?;
    let rest = other.give_back_rest()?;
    if rest > Minor(1) || other.earned.plus(back)?.plus(rest)? != agreed {
        return Ok(Err("a refund of the last part loses or makes money"));
    }
    Ok(Ok(()))
}
