//! What each side gets in the end, before anybody signs: computed by the very rules that move the money later.

use super::kind::words;
use super::lot::{Lot, Released};
use super::milestone::Milestone;
use super::terms::{Plan, Terms};
use crate::ids::Ids;
use crate::money::Minor;
use crate::refusal::Refusal;

words! {
    /// How a milestone can end.
    Ending {
        /// All goes to the expert.
        Approved = "approved",
        /// Half of the price each.
        HalfEach = "half_each",
        /// All goes back.
        AllBack = "all_back",
    }
}

/// Where every sum of an ending goes. `client_pays = expert_gets + client_back + fees`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Paid in, with fee and tax.
    pub client_pays: Minor,
    /// After the fee.
    pub expert_gets: Minor,
    /// Of what was paid in.
    pub client_back: Minor,
    /// To the operator, with tax, from both sides.
    pub fees: Minor,
}

impl Outcome {
    fn plus(self, other: Self) -> Result<Self, Refusal> {
        Ok(Self {
            client_pays: self.client_pays.plus(other.client_pays)?,
            expert_gets: self.expert_gets.plus(other.expert_gets)?,
            client_back: self.client_back.plus(other.client_back)?,
            fees: self.fees.plus(other.fees)?,
        })
    }
}

impl Terms {
    /// What an ending of one milestone of that price brings to whom.
    pub fn outcome(&self, price: Minor, ending: Ending) -> Result<Outcome, Refusal> {
        let mut ids = Ids::new(jiff::Timestamp::UNIX_EPOCH, [0; 16]);
        let mut lot = Lot::new(ids.lot(), ids.payment(), price, self, None)?;
        let client_pays = price.plus(lot.fee_held()?)?;
        let to_expert = match ending {
            Ending::Approved => price,
            Ending::HalfEach => price.share(Minor(1), Minor(2))?,
            Ending::AllBack => Minor::ZERO,
        };
        let released = if to_expert.is_positive() {
            lot.release(to_expert)?
        } else {
            NOTHING
        };
        let back = price.minus(to_expert)?;
        let fee_back = if back.is_positive() {
            lot.give_back(back)?
        } else {
            Minor::ZERO
        };
        let expert_gets = released.net();
        let client_back = back.plus(fee_back)?.plus(released.rest)?;
        let fees = client_pays.minus(expert_gets)?.minus(client_back)?;
        Ok(Outcome {
            client_pays,
            expert_gets,
            client_back,
            fees,
        })
    }

    /// The same of all milestones together, each ending alike.
    pub fn outcome_of_all<'a>(
        &self,
        plans: impl IntoIterator<Item = &'a Plan>,
        ending: Ending,
    ) -> Result<Outcome, Refusal> {
        plans.into_iter().try_fold(Outcome::default(), |sum, plan| {
            sum.plus(self.outcome(plan.price_minor, ending)?)
        })
    }
}

impl Milestone {
    /// What the expert would get if so much of what is held were released now, and what would go to the operator with it.
    pub fn would_release(&self, gross: Minor) -> Result<(Minor, Minor), Refusal> {
        let (mut left, mut net, mut fees) = (gross, Minor::ZERO, Minor::ZERO);
        for lot in &self.lots {
            let part = lot.held().min(left);
            if part.is_positive() {
                let released = lot.clone().release(part)?;
                net = net.plus(released.net())?;
                fees = fees.plus(released.expert_fee)?.plus(released.expert_tax)?;
                fees = fees.plus(released.client_fee)?.plus(released.client_tax)?;
            }
            left = left.minus(part)?;
        }
        Ok((net, fees))
    }

    /// What the client would get if so much of the price that is held went back now: with its share of fee and tax.
    pub fn would_give_back(&self, price: Minor) -> Result<Minor, Refusal> {
        let (mut left, mut back) = (price, price);
        for lot in self.lots.iter().rev() {
            let part = lot.held().min(left);
            if part.is_positive() {
                back = back.plus(lot.clone().give_back(part)?)?;
            }
            left = left.minus(part)?;
        }
        Ok(back)
    }
}

const NOTHING: Released = Released {
    gross: Minor::ZERO,
    expert_fee: Minor::ZERO,
    expert_tax: Minor::ZERO,
    client_fee: Minor::ZERO,
    client_tax: Minor::ZERO,
    rest: Minor::ZERO,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fee::FeeRule;

    #[test]
    fn every_ending_gives_away_all_that_was_paid_in() {
        let terms = Terms {
            client_fee: FeeRule {
                basis_points: 333,
                fixed_minor: Minor(7),
                tax_basis_points: 1_900,
            },
            ..Terms::default()
        };
        for price in [1, 3, 99, 10_001, 100_000_000] {
            for ending in Ending::ALL {
                let out = terms.outcome(Minor(price), *ending).unwrap();
                let gone = out.expert_gets.0 + out.client_back.0 + out.fees.0;
                assert_eq!(out.client_pays.0, gone, "{price} {ending}");
            }
            let back = terms.outcome(Minor(price), Ending::AllBack).unwrap();
            assert_eq!((back.client_pays, back.fees), (back.client_back, Minor::ZERO));
        }
    }

    #[test]
    fn the_usual_terms_take_a_tenth_from_the_expert() {
        let out = |ending| Terms::default().outcome(Minor(120_000), ending).unwrap();
        assert_eq!(out(Ending::Approved).expert_gets, Minor(108_000));
        assert_eq!(out(Ending::HalfEach).expert_gets, Minor(54_000));
        assert_eq!(out(Ending::HalfEach).client_back, Minor(60_000));
    }
}
