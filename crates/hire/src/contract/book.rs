//! The bookings of the process: how much moves, out of which lots, between which accounts; and the state after it.

use super::kind::{Event, Kind};
use super::milestone::State;
use super::step::{Act, Earning, Step};
use super::table::{Posting, Row};
use crate::ids::{MilestoneId, PaymentId};
use crate::ledger::Account;
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, days};

impl Step<'_> {
    /// Books what a row says and names the state that is entered, or none where the milestone stays.
    pub(super) fn post(
        &mut self,
        row: &Row,
        id: MilestoneId,
        act: &Act<'_>,
    ) -> Result<Option<State>, Refusal> {
        let held = self.contract.milestone(id)?.held()?;
        match row.posting {
            None => Ok(act.next.clone()),
            Some(Posting::Capture | Posting::Place) => self.fund_lot(id, act),
            Some(Posting::ReleaseAll) => {
                self.release(id, held)?;
                Ok(Some(State::Released))
            }
            Some(Posting::ReleasePart) => {
                self.release(id, act.amount)?;
                Ok(None)
            }
            Some(Posting::Settle) => {
                self.release(id, act.amount)?;
                self.refund(id, act.other)?;
                self.close_dispute(id)?;
                self.outcome(id)
            }
            Some(Posting::RefundAll) => {
                self.refund(id, held)?;
                self.outcome(id)
            }
            Some(Posting::RefundPart) => {
                self.refund(id, act.amount)?;
                if row.event == Event::LowerPrice {
                    let plan = &mut self.contract.milestone_mut(id)?.plan;
                    plan.price_minor = plan.price_minor.minus(act.amount)?;
                }
                self.outcome(id)
            }
            Some(Posting::OpenDispute) => self.post_dispute(id, act),
            Some(Posting::AnswerDispute) => self.post_answer(id, act),
            Some(Posting::Decide) => self.post_decision(id, act),
            Some(Posting::Move) => self.move_money(id, act),
            // Booked once for the payment, whatever number of milestones it touches.
            Some(Posting::ChargebackOpen | Posting::ChargebackWon | Posting::ChargebackLost) => {
                Ok(act.next.clone())
            }
        }
    }

    /// The end of a milestone that holds nothing any more, or none while it holds something.
    pub(super) fn outcome(&self, id: MilestoneId) -> Result<Option<State>, Refusal> {
        let milestone = self.contract.milestone(id)?;
        if milestone.held()?.is_positive() {
            Ok(None)
        } else {
            milestone.outcome().map(Some)
        }
    }

    /// Moves price to the expert, oldest lot first.
    pub(super) fn release(&mut self, id: MilestoneId, amount: Minor) -> Result<(), Refusal> {
        let (holding, count) = self.place_of(id)?;
        let (mut left, mut net, mut clearance) = (amount, Minor::ZERO, 0);
        for index in 0..count {
            let Some(lot) = self.contract.milestone_mut(id)?.lots.get_mut(index) else {
                break;
            };
            let take = left.min(lot.held());
            if !take.is_positive() {
                continue;
            }
            let payment = lot.payment;
            let parts = lot.release(take)?;
            left = left.minus(take)?;
            net = net.plus(parts.net())?;
            let method = self.contract.payment(payment)?.method;
            clearance = self.contract.terms.clearance(method).max(clearance);
            self.book_release(id, &holding, payment, parts)?;
        }
        if left.is_positive() {
            return Err(Refusal::AmountExceedsHeld);
        }
        if net.is_positive() {
            let clears_at = after(self.now(), days(clearance));
            self.earnings.push(Earning {
                id: self.ids.earning(),
                expert: self.contract.expert,
                milestone: id,
                currency: self.contract.currency,
                amount_minor: net,
                clears_at,
            });
        }
        Ok(())
    }

    fn book_release(
        &mut self,
        id: MilestoneId,
        holding: &Account,
        payment: PaymentId,
        parts: super::Released,
    ) -> Result<(), Refusal> {
        let tax = Account::TaxPayable(self.contract.terms.tax_jurisdiction.clone());
        let fees = Account::FeeHold(id);
        let (expert, client) = (self.contract.expert, self.contract.client);
        let draft = &mut self.draft;
        draft.book(holding.clone(), Account::FeeExpert, parts.expert_fee)?;
        draft.book(holding.clone(), tax.clone(), parts.expert_tax)?;
        draft.book(holding.clone(), Account::ExpertPending(expert), parts.net())?;
        draft.book(fees.clone(), Account::FeeClient, parts.client_fee)?;
        draft.book(fees.clone(), tax, parts.client_tax)?;
        draft.book(fees, Account::ClientFunds(client), parts.rest)?;
        let payment = self.contract.payment_mut(payment)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(parts.rest)?;
        Ok(())
    }

    /// Moves price back to the client with its share of the fees, newest lot first, and on to where it came from.
    pub(super) fn refund(&mut self, id: MilestoneId, amount: Minor) -> Result<(), Refusal> {
        let (holding, count) = self.place_of(id)?;
        let client = Account::ClientFunds(self.contract.client);
        let mut left = amount;
        for index in (0..count).rev() {
            let Some(lot) = self.contract.milestone_mut(id)?.lots.get_mut(index) else {
                break;
            };
            let take = left.min(lot.held());
            if !take.is_positive() {
                continue;
            }
            let payment = lot.payment;
            let fees = lot.give_back(take)?;
            left = left.minus(take)?;
            self.draft.book(holding.clone(), client.clone(), take)?;
            self.draft.book(Account::FeeHold(id), client.clone(), fees)?;
            let back = take.plus(fees)?;
            let paid = self.contract.payment_mut(payment)?;
            paid.in_funds_minor = paid.in_funds_minor.plus(back)?;
            self.send_back(payment, back)?;
        }
        if left.is_positive() {
            Err(Refusal::AmountExceedsHeld)
        } else {
            Ok(())
        }
    }

    fn place_of(&self, id: MilestoneId) -> Result<(Account, usize), Refusal> {
        let milestone = self.contract.milestone(id)?;
        Ok((milestone.holding(), milestone.lots.len()))
    }

    /// T20: cuts lots, newest first, and gives them to the other milestone with their share of the fees.
    fn move_money(&mut self, id: MilestoneId, act: &Act<'_>) -> Result<Option<State>, Refusal> {
        let target = act.target.ok_or(Refusal::NotFound)?;
        let (mut left, mut fees) = (act.amount, Minor::ZERO);
        let count = self.contract.milestone(id)?.lots.len();
        let mut cuts = Vec::new();
        for index in (0..count).rev() {
            let new = self.ids.lot();
            let Some(lot) = self.contract.milestone_mut(id)?.lots.get_mut(index) else {
                break;
            };
            let take = left.min(lot.held());
            if !take.is_positive() {
                continue;
            }
            let payment = lot.payment;
            let cut = lot.split(new, take)?;
            left = left.minus(take)?;
            fees = fees.plus(cut.fee_held()?)?;
            cuts.push(cut);
            let rest = lot.rest()?;
            self.rest_to_client(id, payment, rest)?;
        }
        if left.is_positive() {
            return Err(Refusal::AmountExceedsHeld);
        }
        for cut in &cuts {
            self.warn_of_holding(cut.id, cut.hold_until);
        }
        self.draft
            .book(Account::Escrow(id), Account::Escrow(target), act.amount)?;
        self.draft
            .book(Account::FeeHold(id), Account::FeeHold(target), fees)?;
        let source = self.contract.milestone_mut(id)?;
        source.plan.price_minor = source.plan.price_minor.less(act.amount);
        let target = self.contract.milestone_mut(target)?;
        target.plan.price_minor = target.plan.price_minor.plus(act.amount)?;
        target.lots.extend(cuts);
        let target = target.id;
        self.order_lots(target)?;
        self.outcome(id)
    }

    /// Puts the lots of a milestone in the order in which their payments were begun.
    pub(super) fn order_lots(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let order: Vec<PaymentId> = self.contract.payments.iter().map(|one| one.id).collect();
        let lots = &mut self.contract.milestone_mut(id)?.lots;
        lots.sort_by_key(|lot| order.iter().position(|one| *one == lot.payment));
        Ok(())
    }

    /// A rounding rest of an emptied lot goes to the client's funds.
    fn rest_to_client(&mut self, id: MilestoneId, payment: PaymentId, rest: Minor) -> Result<(), Refusal> {
        let client = Account::ClientFunds(self.contract.client);
        self.draft.book(Account::FeeHold(id), client, rest)?;
        let payment = self.contract.payment_mut(payment)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(rest)?;
        Ok(())
    }

    /// Whether money may still come into a milestone by a payment for it.
    pub(super) fn takes_money(&self, id: MilestoneId) -> Result<bool, Refusal> {
        let kind = self.contract.milestone(id)?.state.kind();
        Ok(kind == Kind::Planned || kind == Kind::Funding || super::HELD.contains(&kind))
    }
}
