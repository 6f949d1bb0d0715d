//! Fees: how much, and how much of it is earned after a part of the price has moved.
//!
//! The total of a lot is rounded down once, when it is agreed. What is earned or returned later follows one cumulative
//! rule, so any order of partial releases takes the same total as one release, and the platform never holds more than
//! its share.

use serde::{Deserialize, Serialize};

use crate::money::Minor;
use crate::refusal::Refusal;

/// How a fee is computed from a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeRule {
    /// Of the price, in hundredths of a percent; at most 10,000.
    pub basis_points: u16,
    /// Added for each lot, in minor units.
    pub fixed_minor: Minor,
    /// Tax on the fee, in hundredths of a percent of the fee; at most 10,000.
    pub tax_basis_points: u16,
}

/// Whole, in basis points.
const WHOLE: Minor = Minor(10_000);

impl FeeRule {
    /// No fee and no tax.
    pub const NONE: Self = Self::of(0);

    /// A share of the price without fixed part and tax.
    pub const fn of(basis_points: u16) -> Self {
        Self {
            basis_points,
            fixed_minor: Minor::ZERO,
            tax_basis_points: 0,
        }
    }

    /// Whether the figures are such as a fee can have.
    pub fn check(self) -> Result<(), Refusal> {
        let fits = self.basis_points <= 10_000 && self.tax_basis_points <= 10_000;
        if fits && self.fixed_minor >= Minor::ZERO && self.fixed_minor <= Minor(1_000_000_000) {
            Ok(())
        } else {
            Err(Refusal::TermsUnfit)
        }
    }

    /// The fee on a price: `floor(price × basis points / 10 000) + fixed part`.
    pub fn fee(self, price: Minor) -> Result<Minor, Refusal> {
        let share = price.share(Minor(i64::from(self.basis_points)), WHOLE)?;
        share.plus(self.fixed_minor)
    }

    /// The tax on a fee: `floor(fee × basis points / 10 000)`.
    pub fn tax(self, fee: Minor) -> Result<Minor, Refusal> {
        fee.share(Minor(i64::from(self.tax_basis_points)), WHOLE)
    }
}

/// One fee of one lot, from agreed to gone. `agreed = earned + returned + withheld + held` at every moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeLine {
    /// In whole, for the whole price of the lot.
    #[serde(rename = "agreed_minor")]
    pub agreed: Minor,
    /// Taken because price went to the expert.
    #[serde(rename = "earned_minor")]
    pub earned: Minor,
    /// Given back because price went back to the client, or by rounding at the end.
    #[serde(rename = "returned_minor")]
    pub returned: Minor,
    /// Lost to a chargeback.
    #[serde(rename = "withheld_minor")]
    pub withheld: Minor,
}

impl FeeLine {
    /// A fee of which nothing has moved yet.
    pub const fn new(agreed: Minor) -> Self {
        Self {
            agreed,
            earned: Minor::ZERO,
            returned: Minor::ZERO,
            withheld: Minor::ZERO,
        }
    }

    /// What has not moved yet.
    pub fn held(self) -> Minor {
        self.agreed
            .less(self.earned)
            .less(self.returned)
            .less(self.withheld)
    }

    /// Takes what is earned once `released` of `price` has gone to the expert: `floor(agreed × released / price)` less
    /// what was earned before. Returns the difference.
    pub fn earn(&mut self, released: Minor, price: Minor) -> Result<Minor, Refusal> {
        let due = self.agreed.share(released, price)?.less(self.earned);
        let due = due.min(self.held());
        self.earned = self.earned.plus(due)?;
        Ok(due)
    }

    /// Gives back what is due once `refunded` of `price` has gone back to the client, by the same rule.
    pub fn give_back(&mut self, refunded: Minor, price: Minor) -> Result<Minor, Refusal> {
        let due = self.agreed.share(refunded, price)?.less(self.returned);
        let due = due.min(self.held());
        self.returned = self.returned.plus(due)?;
        Ok(due)
    }

    /// Gives back all that is still held: the rounding rest when the lot is empty.
    pub fn give_back_rest(&mut self) -> Result<Minor, Refusal> {
        let rest = self.held();
        self.returned = self.returned.plus(rest)?;
        Ok(rest)
    }

    /// Takes up to `most` of what is held for a loss. Returns what was taken.
    pub fn withhold(&mut self, most: Minor) -> Result<Minor, Refusal> {
        let taken = self.held().min(most);
        self.withheld = self.withheld.plus(taken)?;
        Ok(taken)
    }

    /// Moves the share of `moved` in `price` out into a line of its own. What was earned and returned stays here; the
    /// line that moves is rounded down, so neither line ever owes more than it holds.
    pub fn split(&mut self, moved: Minor, price: Minor) -> Result<Self, Refusal> {
        let out = self.agreed.share(moved, price)?.min(self.held());
        self.agreed = self.agreed.minus(out)?;
        Ok(Self::new(out))
    }
}

#[cfg(test)]
mod tests;
