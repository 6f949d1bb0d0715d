//! The rule of fees, written down a second time from the specification and on purpose not by calling [`crate::fee`]:
//! `fee = floor(price × bps / 10 000) + fixed`, `tax = floor(fee × bps / 10 000)`, `earned(c) = floor(F × c / P)`.

use crate::money::Minor;
use crate::refusal::Refusal;

/// `floor(amount × part / whole)`, by long division over 128 bits.
pub(super) fn floor_share(amount: Minor, part: Minor, whole: Minor) -> Result<Minor, Refusal> {
    if whole.0 <= 0 {
        return Ok(Minor::ZERO);
    }
    let product = i128::from(amount.0)
        .checked_mul(i128::from(part.0))
        .ok_or(Refusal::AmountTooLarge)?;
    let rest = product
        .checked_rem(i128::from(whole.0))
        .ok_or(Refusal::AmountTooLarge)?;
    let even = product.checked_sub(rest).ok_or(Refusal::AmountTooLarge)?;
    let share = even
        .checked_div(i128::from(whole.0))
        .ok_or(Refusal::AmountTooLarge)?;
    i64::try_from(share).map(Minor).or(Err(Refusal::AmountTooLarge))
}

/// `floor(amount × basis points / 10 000)`.
pub(super) fn points(amount: Minor, basis_points: u16) -> Result<Minor, Refusal> {
    floor_share(amount, Minor(i64::from(basis_points)), Minor(10_000))
}

/// One fee of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fee {
    pub(super) agreed: Minor,
    pub(super) earned: Minor,
    pub(super) returned: Minor,
    pub(super) withheld: Minor,
}

impl Fee {
    pub(super) fn of(agreed: Minor) -> Self {
        Self {
            agreed,
            ..Self::default()
        }
    }

    /// Refuses where more has moved than was agreed.
    pub(super) fn held(self) -> Result<Minor, Refusal> {
        self.agreed
            .minus(self.earned)?
            .minus(self.returned)?
            .minus(self.withheld)
    }

    /// What becomes earned once `c` of the price has gone to the expert, at most `most`.
    pub(super) fn earn(&mut self, c: Minor, price: Minor, most: Minor) -> Result<Minor, Refusal> {
        let target = floor_share(self.agreed, c, price)?;
        let due = Minor(target.0.saturating_sub(self.earned.0).max(0))
            .min(self.held()?)
            .min(most);
        self.earned = self.earned.plus(due)?;
        Ok(due)
    }

    /// What goes back once `c` of the price has gone back.
    pub(super) fn give_back(&mut self, c: Minor, price: Minor) -> Result<Minor, Refusal> {
        let target = floor_share(self.agreed, c, price)?;
        let due = Minor(target.0.saturating_sub(self.returned.0).max(0)).min(self.held()?);
        self.returned = self.returned.plus(due)?;
        Ok(due)
    }

    pub(super) fn give_back_rest(&mut self) -> Result<Minor, Refusal> {
        let rest = self.held()?;
        self.returned = self.returned.plus(rest)?;
        Ok(rest)
    }

    pub(super) fn withhold(&mut self, most: Minor) -> Result<Minor, Refusal> {
        let taken = self.held()?.min(most);
        self.withheld = self.withheld.plus(taken)?;
        Ok(taken)
    }

    /// The share of `z` in the price goes elsewhere.
    pub(super) fn cut(&mut self, z: Minor, price: Minor) -> Result<Self, Refusal> {
        let out = floor_share(self.agreed, z, price)?.min(self.held()?);
        self.agreed = self.agreed.minus(out)?;
        Ok(Self::of(out))
    }
}
