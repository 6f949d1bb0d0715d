//! A second account of the money, kept from the accepted commands alone: what stands in every account must be what the
//! specification says, whatever the bookings of [`crate::contract`] did. It is told when a payment became a lot, and
//! computes every amount itself.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "looks at the commands that move money; what another one moves shows as a difference"
)]

mod compare;
mod loss;

use std::collections::BTreeMap;

use super::rule::{Fee, floor_share, points};
use crate::contract::{
    Actor, Change, ChargebackState, Command, Contract, Decision, Event, Milestone, RefundState, Terms,
};
use crate::ids::{MilestoneId, PaymentId};
use crate::money::Minor;
use crate::refusal::Refusal;

#[derive(Debug, Clone)]
struct Lot {
    payment: PaymentId,
    price: Minor,
    released: Minor,
    refunded: Minor,
    withheld: Minor,
    client: [Fee; 2],
    expert: [Fee; 2],
}

impl Lot {
    fn held(&self) -> Result<Minor, Refusal> {
        self.price
            .minus(self.released)?
            .minus(self.refunded)?
            .minus(self.withheld)
    }

    /// What of the client's fees is left once no price is held.
    fn rest(&mut self) -> Result<Minor, Refusal> {
        if self.held()?.is_positive() {
            return Ok(Minor::ZERO);
        }
        let [fee, tax] = &mut self.client;
        fee.give_back_rest()?.plus(tax.give_back_rest()?)
    }
}

#[derive(Debug, Clone, Default)]
struct Sheet {
    lots: Vec<Lot>,
    disputed: bool,
    to_raise: Minor,
}

/// What the accounts must show, those of one kind together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Custody,
    Chargebacks,
    ClientFunds,
    Transit,
    Expert,
    Tax,
    FeeClient,
    FeeExpert,
    DisputeFee,
    PspFees,
    ChargebackFees,
    ChargebackLoss,
    OwedByClient,
    OwedByExpert,
}

/// The whole of it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    sheets: BTreeMap<MilestoneId, Sheet>,
    prices: BTreeMap<PaymentId, Minor>,
    funds: BTreeMap<PaymentId, Minor>,
    by_rule: BTreeMap<PaymentId, Minor>,
    twice: BTreeMap<PaymentId, Minor>,
    dispute_fees: BTreeMap<PaymentId, Minor>,
    slots: BTreeMap<Slot, i64>,
    terms: Terms,
}

/// What a step did, as the model is told it.
pub(super) struct Told<'a> {
    pub(super) before: &'a Contract,
    pub(super) decision: &'a Decision,
    pub(super) command: &'a Command,
    pub(super) by: &'a Actor,
    pub(super) payable: Minor,
}

impl Model {
    pub(super) fn new(contract: &Contract) -> Self {
        let sheets = contract.milestones.iter();
        Self {
            sheets: sheets.map(|one| (one.id, Sheet::default())).collect(),
            prices: BTreeMap::new(),
            funds: BTreeMap::new(),
            by_rule: BTreeMap::new(),
            twice: BTreeMap::new(),
            dispute_fees: BTreeMap::new(),
            slots: BTreeMap::new(),
            terms: contract.terms.clone(),
        }
    }

    fn add(&mut self, slot: Slot, amount: Minor) {
        let sum = self.slots.entry(slot).or_default();
        *sum = sum.saturating_add(amount.0);
    }

    fn take(&mut self, slot: Slot, amount: Minor) {
        let sum = self.slots.entry(slot).or_default();
        *sum = sum.saturating_sub(amount.0);
    }

    fn fill_funds(&mut self, payment: PaymentId, amount: Minor) -> Result<(), Refusal> {
        let funds = self.funds.entry(payment).or_default();
        *funds = funds.plus(amount)?;
        self.add(Slot::ClientFunds, amount);
        Ok(())
    }

    fn draw_funds(&mut self, payment: PaymentId, amount: Minor) -> Result<(), Refusal> {
        let funds = self.funds.entry(payment).or_default();
        *funds = funds.minus(amount)?;
        self.take(Slot::ClientFunds, amount);
        Ok(())
    }

    fn sheet(&mut self, id: MilestoneId) -> Result<&mut Sheet, Refusal> {
        self.sheets.get_mut(&id).ok_or(Refusal::NotFound)
    }

    fn held(&mut self, id: MilestoneId) -> Result<Minor, Refusal> {
        let lots = &self.sheet(id)?.lots;
        lots.iter()
            .try_fold(Minor::ZERO, |sum, lot| sum.plus(lot.held()?))
    }

    /// Follows an accepted command.
    pub(super) fn follow(&mut self, told: &Told<'_>) -> Result<(), Refusal> {
        self.outside(told)?;
        for moved in &told.decision.moved {
            self.moved(told, moved.milestone, moved.event)?;
        }
        self.lots(told)
    }

    fn moved(&mut self, told: &Told<'_>, id: MilestoneId, event: Event) -> Result<(), Refusal> {
        let before = told.before.milestone(id)?;
        match event {
            Event::Cancel | Event::Lapsed | Event::Undelivered => {
                let held = self.held(id)?;
                self.refund(id, held)
            }
            Event::Approve | Event::AutoApproved => {
                let held = self.held(id)?;
                self.release(id, held)
            }
            Event::Release => self.release(id, named(told.command)),
            Event::GiveBack => self.refund(id, named(told.command)),
            Event::Settle => {
                let offer = before.settlement.as_ref().ok_or(Refusal::NoSettlement)?;
                self.release(id, offer.to_expert_minor)?;
                self.refund(id, offer.to_client_minor)?;
                self.sheet(id)?.disputed = false;
                Ok(())
            }
            Event::RaisePrice | Event::LowerPrice | Event::MoveMoney => self.amend(told),
            Event::OpenDispute => {
                self.figure(told, id, named(told.command))?;
                self.sheet(id)?.disputed = true;
                Ok(())
            }
            Event::AnswerDispute => {
                let figure = named(told.command).min(self.held(id)?);
                self.figure(told, id, figure)?;
                let left = self.held(id)?.is_positive();
                self.sheet(id)?.disputed = left;
                Ok(())
            }
            Event::Decided => self.decided(told, before),
            Event::Fund
            | Event::Expired
            | Event::Failed
            | Event::Captured
            | Event::Place
            | Event::Start
            | Event::Submit
            | Event::RequestChanges
            | Event::ExtendInspection
            | Event::Overdue
            | Event::Drop
            | Event::ChargebackOpened
            | Event::ChargebackWon
            | Event::ChargebackLost
            | Event::HoldingDeadline
            | Event::Dormant => Ok(()),
        }
    }

    fn figure(&mut self, told: &Told<'_>, id: MilestoneId, amount: Minor) -> Result<(), Refusal> {
        match told.by {
            Actor::Person { id: who } if *who == told.before.client => self.release(id, amount),
            Actor::Person { .. } => self.refund(id, amount),
            Actor::Operator { .. } | Actor::Clock | Actor::Provider { .. } => Ok(()),
        }
    }

    fn decided(&mut self, told: &Told<'_>, before: &Milestone) -> Result<(), Refusal> {
        let id = before.id;
        let (x, y) = if let Command::DecideDispute {
            to_expert, to_client, ..
        } = told.command
        {
            (Minor(to_expert.amount_minor), Minor(to_client.amount_minor))
        } else {
            let dispute = before.dispute.as_ref().ok_or(Refusal::NoDispute)?;
            let last = dispute.rulings.last().ok_or(Refusal::NotDecisionTime)?;
            (last.to_expert_minor, last.to_client_minor)
        };
        let fee = self.held(id)?.minus(x)?.minus(y)?;
        if fee > self.terms.dispute_fee_minor {
            return Err(Refusal::SumDiffers);
        }
        let mut left = fee;
        let mut takings = Vec::new();
        for lot in &mut self.sheet(id)?.lots {
            let taken = lot.held()?.min(left);
            lot.withheld = lot.withheld.plus(taken)?;
            left = left.minus(taken)?;
            takings.push((lot.payment, taken));
        }
        for (payment, taken) in takings {
            let fees = self.dispute_fees.entry(payment).or_default();
            *fees = fees.plus(taken)?;
        }
        self.add(Slot::DisputeFee, fee);
        self.release(id, x)?;
        self.refund(id, y)?;
        self.rests(id)?;
        self.sheet(id)?.disputed = false;
        Ok(())
    }

    fn rests(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let mut back = Vec::new();
        for lot in &mut self.sheet(id)?.lots {
            back.push((lot.payment, lot.rest()?));
        }
        back.into_iter()
            .try_for_each(|(payment, rest)| self.fill_funds(payment, rest))
    }

    /// To the expert, oldest lot first.
    fn release(&mut self, id: MilestoneId, amount: Minor) -> Result<(), Refusal> {
        let mut left = amount;
        let mut lots = std::mem::take(&mut self.sheet(id)?.lots);
        for lot in &mut lots {
            let gross = left.min(lot.held()?);
            if !gross.is_positive() {
                continue;
            }
            left = left.minus(gross)?;
            lot.released = lot.released.plus(gross)?;
            let (c, price) = (lot.released, lot.price);
            let [fee, tax] = &mut lot.expert;
            let fee = fee.earn(c, price, gross)?;
            let tax = tax.earn(c, price, gross.minus(fee)?)?;
            self.add(Slot::FeeExpert, fee);
            self.add(Slot::Tax, tax);
            self.add(Slot::Expert, gross.minus(fee)?.minus(tax)?);
            let [fee, tax] = &mut lot.client;
            let (fee, tax) = (
                fee.earn(c, price, Minor(i64::MAX))?,
                tax.earn(c, price, Minor(i64::MAX))?,
            );
            self.add(Slot::FeeClient, fee);
            self.add(Slot::Tax, tax);
            let rest = lot.rest()?;
            self.fill_funds(lot.payment, rest)?;
        }
        self.sheet(id)?.lots = lots;
        all_moved(left)
    }

    /// To the client and on to the source, newest lot first.
    fn refund(&mut self, id: MilestoneId, amount: Minor) -> Result<(), Refusal> {
        let mut left = amount;
        let mut lots = std::mem::take(&mut self.sheet(id)?.lots);
        for lot in lots.iter_mut().rev() {
            let back = left.min(lot.held()?);
            if !back.is_positive() {
                continue;
            }
            left = left.minus(back)?;
            lot.refunded = lot.refunded.plus(back)?;
            let (c, price) = (lot.refunded, lot.price);
            let [fee, tax] = &mut lot.client;
            let fees = fee.give_back(c, price)?.plus(tax.give_back(c, price)?)?;
            self.add(Slot::Transit, back.plus(fees)?.plus(lot.rest()?)?);
        }
        self.sheet(id)?.lots = lots;
        all_moved(left)
    }

    fn amend(&mut self, told: &Told<'_>) -> Result<(), Refusal> {
        let amendment = told.before.amendment.as_ref().ok_or(Refusal::NoAmendment)?;
        match amendment.change {
            Change::RaisePrice { milestone, amount } => {
                let sheet = self.sheet(milestone)?;
                sheet.to_raise = sheet.to_raise.plus(Minor(amount.amount_minor))?;
                Ok(())
            }
            Change::LowerPrice { milestone, amount } => self.refund(milestone, Minor(amount.amount_minor)),
            Change::MoveMoney {
                milestone,
                to,
                amount,
            } => {
                self.change_milestone(milestone, to, Minor(amount.amount_minor))?;
                self.in_order(told, to)
            }
            Change::Drop { .. } | Change::Pause => Ok(()),
        }
    }

    fn change_milestone(&mut self, from: MilestoneId, to: MilestoneId, amount: Minor) -> Result<(), Refusal> {
        let mut left = amount;
        let (mut cuts, mut rests) = (Vec::new(), Vec::new());
        for lot in self.sheet(from)?.lots.iter_mut().rev() {
            let z = left.min(lot.held()?);
            if !z.is_positive() {
                continue;
            }
            left = left.minus(z)?;
            let whole = lot.price;
            let cut = |fee: &mut Fee| fee.cut(z, whole);
            let [fee, tax] = &mut lot.client;
            let client = [cut(fee)?, cut(tax)?];
            let [fee, tax] = &mut lot.expert;
            let expert = [cut(fee)?, cut(tax)?];
            lot.price = lot.price.minus(z)?;
            cuts.push(Lot {
                payment: lot.payment,
                price: z,
                released: Minor::ZERO,
                refunded: Minor::ZERO,
                withheld: Minor::ZERO,
                client,
                expert,
            });
            rests.push((lot.payment, lot.rest()?));
        }
        self.sheet(to)?.lots.extend(cuts);
        rests
            .into_iter()
            .try_for_each(|(payment, rest)| self.fill_funds(payment, rest))
    }

    /// Money between the provider and the accounts of no milestone.
    fn outside(&mut self, told: &Told<'_>) -> Result<(), Refusal> {
        if let Command::Fund { milestone, .. } = told.command {
            let payment = told
                .decision
                .contract
                .payments
                .last()
                .ok_or(Refusal::NotFound)?
                .id;
            let before = told.before.milestone(*milestone)?;
            let planned = before.state.kind() == crate::contract::Kind::Planned;
            let to_raise = self.sheet(*milestone)?.to_raise;
            let price = if planned {
                before.plan.price_minor
            } else {
                to_raise
            };
            self.prices.insert(payment, price);
        }
        match told.command {
            Command::Captured {
                payment, amount, fee, ..
            } => {
                self.add(Slot::Custody, Minor(amount.amount_minor));
                self.take(Slot::Custody, Minor(fee.amount_minor));
                self.add(Slot::PspFees, Minor(fee.amount_minor));
                self.fill_funds(*payment, Minor(amount.amount_minor))
            }
            Command::RefundFunds { payment, amount } => {
                self.draw_funds(*payment, Minor(amount.amount_minor))?;
                self.add(Slot::Transit, Minor(amount.amount_minor));
                Ok(())
            }
            Command::RefundSucceeded { refund, .. } => {
                let refund = told.before.refund(*refund)?;
                if refund.state == RefundState::WrittenOff {
                    self.add(Slot::OwedByClient, refund.amount_minor);
                } else {
                    self.take(Slot::Transit, refund.amount_minor);
                }
                self.take(Slot::Custody, refund.amount_minor);
                Ok(())
            }
            Command::RefundFailed { refund, .. } => {
                let refund = told.before.refund(*refund)?;
                self.came_back(refund)
            }
            _ => self.chargebacks(told),
        }
    }

    fn chargebacks(&mut self, told: &Told<'_>) -> Result<(), Refusal> {
        let of = |reference: &str| {
            let all = told.before.chargebacks.iter();
            let open = |one: &&crate::contract::Chargeback| {
                one.reference == reference && one.state == ChargebackState::Open
            };
            all.clone().find(open).ok_or(Refusal::NotFound)
        };
        match told.command {
            Command::ChargebackOpened { amount, fee, .. } => {
                let (amount, fee) = (Minor(amount.amount_minor), Minor(fee.amount_minor));
                self.add(Slot::Chargebacks, amount);
                self.add(Slot::ChargebackFees, fee);
                self.take(Slot::Custody, amount.plus(fee)?);
                Ok(())
            }
            Command::ChargebackWon { reference, .. } => {
                let amount = of(reference)?.amount_minor;
                self.take(Slot::Chargebacks, amount);
                self.add(Slot::Custody, amount);
                Ok(())
            }
            Command::ChargebackLost { reference } => {
                let chargeback = of(reference)?;
                self.lost(told, chargeback.payment, chargeback.amount_minor)
            }
            _ => Ok(()),
        }
    }

    /// New lots of the commands that make them.
    fn lots(&mut self, told: &Told<'_>) -> Result<(), Refusal> {
        let payment = match told.command {
            Command::Captured { payment, .. } | Command::Place { payment, .. } => *payment,
            _ => return Ok(()),
        };
        let id = told.before.payment(payment)?.milestone;
        let after = told.decision.contract.milestone(id)?;
        if after.lots.len() == told.before.milestone(id)?.lots.len() {
            return Ok(());
        }
        let price = self.prices.get(&payment).copied().ok_or(Refusal::NotFound)?;
        let fees = |rule: crate::fee::FeeRule| {
            let fee = points(price, rule.basis_points)?.plus(rule.fixed_minor)?;
            Ok([Fee::of(fee), Fee::of(points(fee, rule.tax_basis_points)?)])
        };
        let (client, expert) = (fees(self.terms.client_fee)?, fees(self.terms.expert_fee)?);
        let [fee, tax] = client;
        self.draw_funds(payment, price.plus(fee.agreed)?.plus(tax.agreed)?)?;
        let sheet = self.sheet(id)?;
        if !sheet.lots.is_empty() {
            sheet.to_raise = Minor(sheet.to_raise.0.saturating_sub(price.0).max(0));
        }
        sheet.lots.push(Lot {
            payment,
            price,
            released: Minor::ZERO,
            refunded: Minor::ZERO,
            withheld: Minor::ZERO,
            client,
            expert,
        });
        self.in_order(told, id)
    }

    /// Oldest first: as the payments were begun.
    fn in_order(&mut self, told: &Told<'_>, id: MilestoneId) -> Result<(), Refusal> {
        let begun = &told.decision.contract.payments;
        let place = |lot: &Lot| begun.iter().position(|one| one.id == lot.payment);
        self.sheet(id)?.lots.sort_by_key(place);
        Ok(())
    }

    /// Money that left for the expert's bank.
    pub(super) fn paid_out(&mut self, amount: Minor) {
        self.take(Slot::Expert, amount);
        self.take(Slot::Custody, amount);
    }
}

fn all_moved(left: Minor) -> Result<(), Refusal> {
    if left.is_positive() {
        Err(Refusal::AmountExceedsHeld)
    } else {
        Ok(())
    }
}

/// The figure that a command names first: an amount, or what is unconditional.
fn named(command: &Command) -> Minor {
    match command {
        Command::Release { amount, .. } | Command::GiveBack { amount, .. } => Minor(amount.amount_minor),
        Command::OpenDispute { unconditional, .. } | Command::AnswerDispute { unconditional, .. } => {
            Minor(unconditional.amount_minor)
        }
        _ => Minor::ZERO,
    }
}
