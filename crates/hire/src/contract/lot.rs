//! A lot: one payment's part in a milestone, from which it is released oldest first and refunded newest first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::terms::Terms;
use crate::fee::FeeLine;
use crate::ids::{LotId, PaymentId};
use crate::money::Minor;
use crate::refusal::Refusal;

/// What one payment brought into a milestone. `price = released + refunded + withheld + held` at every moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// Its name for ever.
    pub id: LotId,
    /// Where the money came from and goes back to.
    pub payment: PaymentId,
    /// In whole.
    #[serde(rename = "price_minor")]
    pub price: Minor,
    /// Gone to the expert, before the expert's fee.
    #[serde(rename = "released_minor")]
    pub released: Minor,
    /// Gone back to the client.
    #[serde(rename = "refunded_minor")]
    pub refunded: Minor,
    /// Lost to a chargeback or to the fee of a dispute.
    #[serde(rename = "withheld_minor")]
    pub withheld: Minor,
    /// Paid by the client on top of the price, held beside it.
    pub client_fee: FeeLine,
    /// Tax on it, held beside it.
    pub client_tax: FeeLine,
    /// Taken from what is released; nothing of it is held.
    pub expert_fee: FeeLine,
    /// Tax on it, taken from what is released.
    pub expert_tax: FeeLine,
    /// Until when the provider can hold the money.
    pub hold_until: Option<Timestamp>,
}

/// Where the parts of a release go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// Out of the price.
    pub gross: Minor,
    /// Of it to the operator.
    pub expert_fee: Minor,
    /// Of it to the state.
    pub expert_tax: Minor,
    /// Out of what is held beside the price, to the operator.
    pub client_fee: Minor,
    /// Out of what is held beside the price, to the state.
    pub client_tax: Minor,
    /// The rounding rest of an emptied lot, to the client.
    pub rest: Minor,
}

impl Released {
    /// What the expert earns.
    pub fn net(self) -> Minor {
        self.gross.less(self.expert_fee).less(self.expert_tax)
    }
}

impl Lot {
    /// A lot of which nothing has moved. Refused where the expert's fee would be more than the price.
    pub fn new(
        id: LotId,
        payment: PaymentId,
        price: Minor,
        terms: &Terms,
        hold_until: Option<Timestamp>,
    ) -> Result<Self, Refusal> {
        let client_fee = terms.client_fee.fee(price)?;
        let expert_fee = terms.expert_fee.fee(price)?;
        let expert_tax = terms.expert_fee.tax(expert_fee)?;
        if expert_fee.plus(expert_tax)? > price {
            return Err(Refusal::TermsUnfit);
        }
        Ok(Self {
            id,
            payment,
            price,
            released: Minor::ZERO,
            refunded: Minor::ZERO,
            withheld: Minor::ZERO,
            client_fee: FeeLine::new(client_fee),
            client_tax: FeeLine::new(terms.client_fee.tax(client_fee)?),
            expert_fee: FeeLine::new(expert_fee),
            expert_tax: FeeLine::new(expert_tax),
            hold_until,
        })
    }

    /// Price that has not moved.
    pub fn held(&self) -> Minor {
        self.price
            .less(self.released)
            .less(self.refunded)
            .less(self.withheld)
    }

    /// Client's fee and tax that have not moved.
    pub fn fee_held(&self) -> Result<Minor, Refusal> {
        self.client_fee.held().plus(self.client_tax.held())
    }

    /// Client's fee and tax that were taken because price went to the expert.
    pub fn fee_earned(&self) -> Result<Minor, Refusal> {
        self.client_fee.earned.plus(self.client_tax.earned)
    }

    /// Moves part of the price to the expert. The fees follow the cumulative rule; the expert never gets less than
    /// nothing, so of a release of a few minor units no more than itself is taken.
    pub fn release(&mut self, gross: Minor) -> Result<Released, Refusal> {
        if gross > self.held() {
            return Err(Refusal::AmountExceedsHeld);
        }
        self.released = self.released.plus(gross)?;
        let (released, price) = (self.released, self.price);
        let expert_fee = take(&mut self.expert_fee, released, price, gross)?;
        let expert_tax = take(&mut self.expert_tax, released, price, gross.less(expert_fee))?;
        let client_fee = self.client_fee.earn(released, price)?;
        let client_tax = self.client_tax.earn(released, price)?;
        let rest = self.rest()?;
        Ok(Released {
            gross,
            expert_fee,
            expert_tax,
            client_fee,
            client_tax,
            rest,
        })
    }

    /// Moves part of the price back to the client. Returns the client's fee and tax that go with it.
    pub fn give_back(&mut self, price: Minor) -> Result<Minor, Refusal> {
        if price > self.held() {
            return Err(Refusal::AmountExceedsHeld);
        }
        self.refunded = self.refunded.plus(price)?;
        let fee = self.client_fee.give_back(self.refunded, self.price)?;
        let tax = self.client_tax.give_back(self.refunded, self.price)?;
        fee.plus(tax)?.plus(self.rest()?)
    }

    /// Takes price for a loss or a fee that is not anybody's earning.
    pub fn withhold(&mut self, price: Minor) -> Result<(), Refusal> {
        if price > self.held() {
            return Err(Refusal::AmountExceedsHeld);
        }
        self.withheld = self.withheld.plus(price)?;
        Ok(())
    }

    /// Takes up to `most` of the client's fee and tax for a loss. Returns what was taken.
    pub fn withhold_fees(&mut self, most: Minor) -> Result<Minor, Refusal> {
        let fee = self.client_fee.withhold(most)?;
        let tax = self.client_tax.withhold(most.less(fee))?;
        fee.plus(tax)
    }

    /// Cuts `price` out into a lot of its own, with its share of every fee.
    pub fn split(&mut self, id: LotId, price: Minor) -> Result<Self, Refusal> {
        if price > self.held() {
            return Err(Refusal::AmountExceedsHeld);
        }
        let whole = self.price;
        let cut = Self {
            id,
            payment: self.payment,
            price,
            released: Minor::ZERO,
            refunded: Minor::ZERO,
            withheld: Minor::ZERO,
            client_fee: self.client_fee.split(price, whole)?,
            client_tax: self.client_tax.split(price, whole)?,
            expert_fee: self.expert_fee.split(price, whole)?,
            expert_tax: self.expert_tax.split(price, whole)?,
            hold_until: self.hold_until,
        };
        self.price = whole.minus(price)?;
        Ok(cut)
    }

    /// The rounding rest of the client's fees, once no price is held any more.
    pub fn rest(&mut self) -> Result<Minor, Refusal> {
        if self.held().is_positive() {
            return Ok(Minor::ZERO);
        }
        self.client_fee
            .give_back_rest()?
            .plus(self.client_tax.give_back_rest()?)
    }
}

/// Earns a fee out of a release, at most `most`; what is left is earned with a later release.
fn take(line: &mut FeeLine, released: Minor, price: Minor, most: Minor) -> Result<Minor, Refusal> {
    let before = *line;
    let due = line.earn(released, price)?;
    if due <= most {
        return Ok(due);
    }
    *line = before;
    line.earned = line.earned.plus(most)?;
    Ok(most)
}
