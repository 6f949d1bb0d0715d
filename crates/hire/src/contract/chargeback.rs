//! Payments taken back by the payer's bank: T22, T23 and the order in which a loss is met.

use jiff::{SignedDuration, Timestamp};

use super::dispute::{Dispute, Phase};
use super::kind::{By, Event};
use super::milestone::State;
use super::payment::{Chargeback, ChargebackState, PaymentState, RefundState};
use super::step::{Act, Call, Step};
use super::terms::Liability;
use super::timer::TimerKind;
use crate::ids::{ChargebackId, MilestoneId, PaymentId};
use crate::ledger::{Account, Side};
use crate::money::{Minor, Money, total};
use crate::refusal::Refusal;
use crate::span::{after, before, business_days_after, days, hours};

/// What the lots of one payment have brought, and to whom, so far.
struct Gone {
    net: Minor,
    expert_fee: Minor,
    client_fee: Minor,
    tax: Minor,
}

impl Gone {
    fn all(&self) -> Result<Minor, Refusal> {
        total([self.net, self.expert_fee, self.client_fee, self.tax])
    }
}

/// What a milestone held before a loss was met.
struct Before {
    milestone: MilestoneId,
    price: Minor,
    fees: Minor,
}

/// A chargeback as the provider opens it.
pub(super) struct Opened<'a> {
    pub(super) reference: &'a str,
    pub(super) receipt: &'a str,
    pub(super) amount: Money,
    pub(super) fee: Money,
    pub(super) evidence_by: Timestamp,
}

impl Step<'_> {
    pub(super) fn has_open_chargeback(&self, id: PaymentId) -> bool {
        let open = |one: &Chargeback| one.payment == id && one.state == ChargebackState::Open;
        self.contract.chargebacks.iter().any(open)
    }

    /// T22: books the withdrawal, stops every milestone that still holds money of the payment and every refund of it
    /// that was not sent.
    pub(super) fn chargeback_opened(&mut self, id: PaymentId, opened: &Opened<'_>) -> Result<(), Refusal> {
        self.provided(id)?;
        let currency = self.contract.currency;
        let (amount, fee) = (
            opened.amount.positive(currency)?,
            opened.fee.nonnegative(currency)?,
        );
        self.check_new(id, opened.reference, amount)?;
        let chargeback = self.ids.chargeback();
        let custody = self.contract.payment(id)?.at_provider();
        let evidence_by = before(opened.evidence_by, hours(48));
        self.draft
            .line(Account::Chargeback(chargeback), Side::Debit, amount, None)?;
        self.draft.line(Account::ChargebackFees, Side::Debit, fee, None)?;
        let receipt = opened.receipt;
        self.draft
            .line(custody.clone(), Side::Credit, amount, Some(receipt.to_owned()))?;
        self.draft
            .line(custody, Side::Credit, fee, Some(format!("{receipt}:fee")))?;
        self.contract.chargebacks.push(Chargeback {
            id: chargeback,
            reference: opened.reference.to_owned(),
            payment: id,
            amount_minor: amount,
            state: ChargebackState::Open,
            evidence_by,
            from_funds_minor: Minor::ZERO,
            by_rule_minor: Minor::ZERO,
            twice_minor: Minor::ZERO,
            repaid_minor: Minor::ZERO,
        });
        let unsent =
            |refund: &&mut super::Refund| refund.payment == id && refund.state == RefundState::Requested;
        for refund in self.contract.refunds.iter_mut().filter(unsent) {
            refund.state = RefundState::Stopped;
        }
        for milestone in self.holding_money_of(id)? {
            self.stop(milestone, chargeback)?;
        }
        self.push_timer(TimerKind::EvidenceDue, chargeback.to_string(), 0, evidence_by);
        self.calls.push(Call::SendEvidence { chargeback });
        Ok(())
    }

    fn check_new(&self, id: PaymentId, reference: &str, amount: Minor) -> Result<(), Refusal> {
        let known = |one: &&Chargeback| one.reference == reference;
        if self.contract.chargebacks.iter().find(known).is_some() {
            return Err(Refusal::EventWithoutEffect);
        }
        let standing = |one: &&Chargeback| one.payment == id && one.state != ChargebackState::Won;
        let taken = self
            .contract
            .chargebacks
            .iter()
            .filter(standing)
            .map(|one| one.amount_minor);
        let taken = total(taken)?.plus(amount)?;
        let paid = self.contract.payment(id)?;
        if taken <= paid.received_minor {
            return Ok(());
        }
        // What it takes back was asked for and is said to have arrived only after this.
        let overtakes = paid.state != PaymentState::Captured && taken <= paid.asked_minor;
        Err(if overtakes {
            Refusal::EventTooEarly
        } else {
            Refusal::ChargebackExceeds
        })
    }

    fn holding_money_of(&self, id: PaymentId) -> Result<Vec<MilestoneId>, Refusal> {
        let mut found = Vec::new();
        for milestone in &self.contract.milestones {
            let mut holds = false;
            for lot in milestone.lots.iter().filter(|lot| lot.payment == id) {
                holds = holds || lot.held().is_positive() || lot.fee_held()?.is_positive();
            }
            if holds && !milestone.state.kind().is_terminal() {
                found.push(milestone.id);
            }
        }
        Ok(found)
    }

    fn stop(&mut self, id: MilestoneId, chargeback: ChargebackId) -> Result<(), Refusal> {
        let now = self.now();
        let state = self.contract.milestone(id)?.state.clone();
        let next = if let State::ChargebackHold {
            since,
            mut open,
            former,
        } = state
        {
            open.push(chargeback);
            State::ChargebackHold { since, open, former }
        } else {
            State::ChargebackHold {
                since: now,
                open: vec![chargeback],
                former: Box::new(state),
            }
        };
        let act = Act {
            payment: Some(self.contract.chargeback(chargeback)?.payment),
            next: Some(next),
            ..Act::default()
        };
        self.run(id, Event::ChargebackOpened, By::Provider, &act)
    }

    /// T23: the money is back; every milestone goes on where it was.
    pub(super) fn chargeback_won(&mut self, reference: &str, receipt: &str) -> Result<(), Refusal> {
        let (id, payment, amount) = self.open_chargeback(reference)?;
        self.provided(payment)?;
        let custody = self.contract.payment(payment)?.at_provider();
        self.draft
            .line(custody, Side::Debit, amount, Some(receipt.to_owned()))?;
        self.draft
            .line(Account::Chargeback(id), Side::Credit, amount, None)?;
        self.contract.chargeback_mut(id)?.state = ChargebackState::Won;
        for milestone in self.stopped_by(id) {
            self.go_on(milestone, id, Event::ChargebackWon)?;
        }
        if !self.has_open_chargeback(payment) {
            self.send_stopped(payment);
        }
        Ok(())
    }

    fn send_stopped(&mut self, payment: PaymentId) {
        let stopped =
            |refund: &&mut super::Refund| refund.payment == payment && refund.state == RefundState::Stopped;
        for refund in self.contract.refunds.iter_mut().filter(stopped) {
            refund.state = RefundState::Requested;
            self.calls.push(Call::SendRefund { refund: refund.id });
        }
    }

    fn open_chargeback(&self, reference: &str) -> Result<(ChargebackId, PaymentId, Minor), Refusal> {
        let found = self
            .contract
            .chargebacks
            .iter()
            .find(|one| one.reference == reference);
        let found = found.ok_or(Refusal::NotFound)?;
        if found.state != ChargebackState::Open {
            return Err(Refusal::EventWithoutEffect);
        }
        Ok((found.id, found.payment, found.amount_minor))
    }

    fn stopped_by(&self, id: ChargebackId) -> Vec<MilestoneId> {
        let by_it = |state: &State| matches!(state, State::ChargebackHold { open, .. } if open.contains(&id));
        let milestones = self.contract.milestones.iter();
        milestones
            .filter(|one| by_it(&one.state))
            .map(|one| one.id)
            .collect()
    }

    /// Takes one chargeback off a milestone; where it was the last the milestone goes on, with at least 72 hours left.
    fn go_on(&mut self, id: MilestoneId, chargeback: ChargebackId, event: Event) -> Result<(), Refusal> {
        let clock = self.clock();
        let State::ChargebackHold {
            since,
            mut open,
            former,
        } = self.contract.milestone(id)?.state.clone()
        else {
            return Err(Refusal::StateImpossible);
        };
        open.retain(|one| *one != chargeback);
        let next = if open.is_empty() {
            let stood = self.stood_since(since);
            self.shift_beside(id, stood, hours(72))?;
            former.shifted(stood, clock, hours(72))
        } else {
            State::ChargebackHold { since, open, former }
        };
        let act = Act {
            next: Some(next),
            ..Act::default()
        };
        self.run(id, event, By::Provider, &act)
    }

    /// How long a chargeback has stopped the clocks. From a pause on, the end of the pause gives the time back.
    fn stood_since(&self, since: Timestamp) -> SignedDuration {
        let until = self
            .contract
            .pause
            .as_ref()
            .map_or(self.now(), |pause| pause.since);
        until.duration_since(since).max(SignedDuration::ZERO)
    }

    /// T23: the money is gone. The loss is met by what is still held of the payment, then by the contract's rule.
    pub(super) fn chargeback_lost(&mut self, reference: &str) -> Result<(), Refusal> {
        let (id, payment, amount) = self.open_chargeback(reference)?;
        self.provided(payment)?;
        let of_it = |refund: &&super::Refund| refund.payment == payment && refund.state == RefundState::Sent;
        if self.contract.refunds.iter().find(of_it).is_some() {
            return Err(Refusal::RefundInTransit);
        }
        let stopped = self.take_stopped_back(payment)?;
        let before = self.held_by_milestone()?;
        let unspent = self.contract.payment(payment)?.in_funds_minor.less(amount);
        let left = self.meet_by_held(id, payment, amount)?;
        self.meet_by_rule(id, payment, left)?;
        self.contract.chargeback_mut(id)?.state = ChargebackState::Lost;
        // What a refund was to bring back and the loss has not taken is still on its way to the client.
        self.send_back(payment, stopped.min(unspent))?;
        for milestone in self.stopped_by(id) {
            if let Some(former) = before.iter().find(|one| one.milestone == milestone) {
                self.after_loss(id, former)?;
            }
        }
        Ok(())
    }

    /// Refunds that were booked and never sent are money of the payment again; returns what they came to.
    fn take_stopped_back(&mut self, payment: PaymentId) -> Result<Minor, Refusal> {
        let client = Account::ClientFunds(self.contract.client);
        let stopped =
            |refund: &&mut super::Refund| refund.payment == payment && refund.state == RefundState::Stopped;
        let mut back = Minor::ZERO;
        for refund in self.contract.refunds.iter_mut().filter(stopped) {
            refund.state = RefundState::WrittenOff;
            self.draft.book(
                Account::RefundTransit(refund.id),
                client.clone(),
                refund.amount_minor,
            )?;
            back = back.plus(refund.amount_minor)?;
        }
        let payment = self.contract.payment_mut(payment)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(back)?;
        Ok(back)
    }

    fn held_by_milestone(&self) -> Result<Vec<Before>, Refusal> {
        let milestones = self.contract.milestones.iter();
        let before = |one: &super::Milestone| {
            Ok(Before {
                milestone: one.id,
                price: one.held()?,
                fees: one.fee_held()?,
            })
        };
        milestones.map(before).collect()
    }

    /// Client's funds, then fees held, then price held, then price in dispute. Returns what is still to be met.
    fn meet_by_held(
        &mut self,
        id: ChargebackId,
        payment: PaymentId,
        amount: Minor,
    ) -> Result<Minor, Refusal> {
        let lost = Account::Chargeback(id);
        let client = Account::ClientFunds(self.contract.client);
        let paid = self.contract.payment_mut(payment)?;
        let taken = paid.in_funds_minor.min(amount);
        paid.in_funds_minor = paid.in_funds_minor.minus(taken)?;
        self.draft.book(client, lost.clone(), taken)?;
        self.contract.chargeback_mut(id)?.from_funds_minor = taken;
        let mut left = amount.minus(taken)?;
        for milestone in &mut self.contract.milestones {
            for lot in milestone.lots.iter_mut().filter(|lot| lot.payment == payment) {
                let taken = lot.withhold_fees(left)?;
                self.draft
                    .book(Account::FeeHold(milestone.id), lost.clone(), taken)?;
                left = left.minus(taken)?;
            }
        }
        for disputed in [false, true] {
            for milestone in &mut self.contract.milestones {
                if milestone.in_dispute() != disputed {
                    continue;
                }
                let holding = milestone.holding();
                for lot in milestone.lots.iter_mut().filter(|lot| lot.payment == payment) {
                    let taken = lot.held().min(left);
                    lot.withhold(taken)?;
                    self.draft.book(holding.clone(), lost.clone(), taken)?;
                    left = left.minus(taken)?;
                }
            }
        }
        self.rests_of(payment)?;
        Ok(left)
    }

    /// A lot emptied by a loss keeps no rounding rest of its fees.
    fn rests_of(&mut self, payment: PaymentId) -> Result<(), Refusal> {
        let client = Account::ClientFunds(self.contract.client);
        let mut rests = Minor::ZERO;
        for milestone in &mut self.contract.milestones {
            for lot in milestone.lots.iter_mut().filter(|lot| lot.payment == payment) {
                let rest = lot.rest()?;
                self.draft
                    .book(Account::FeeHold(milestone.id), client.clone(), rest)?;
                rests = rests.plus(rest)?;
            }
        }
        let payment = self.contract.payment_mut(payment)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(rests)?;
        Ok(())
    }

    /// What was released is borne as the contract says; what had gone back to the client already is owed by the client.
    fn meet_by_rule(&mut self, id: ChargebackId, payment: PaymentId, left: Minor) -> Result<(), Refusal> {
        if !left.is_positive() {
            return Ok(());
        }
        let lost = Account::Chargeback(id);
        let gone = self.gone(payment)?;
        let all = gone.all()?;
        // A second chargeback on the same payment takes no release twice.
        let before = self
            .contract
            .chargebacks
            .iter()
            .filter(|one| one.payment == payment);
        let before = total(before.map(|one| one.by_rule_minor))?;
        let released = left.min(all.less(before));
        self.contract.chargeback_mut(id)?.by_rule_minor = released;
        // A fee for deciding a dispute was paid with this money: the operator gives it back.
        let paid = self.contract.payment_mut(payment)?;
        let fee = left.minus(released)?.min(paid.dispute_fee_minor);
        paid.dispute_fee_minor = paid.dispute_fee_minor.minus(fee)?;
        self.draft.book(Account::DisputeFee, lost.clone(), fee)?;
        let twice = left.minus(released)?.minus(fee)?;
        self.contract.chargeback_mut(id)?.twice_minor = twice;
        self.draft
            .book(Account::Receivable(self.contract.client), lost.clone(), twice)?;
        match self.contract.terms.liability {
            Liability::Operator => self.draft.book(Account::ChargebackLoss, lost, released),
            Liability::Expert => {
                let net = gone.net.share(released, all)?;
                let expert_fee = gone.expert_fee.share(released, all)?;
                let client_fee = gone.client_fee.share(released, all)?;
                let rest = released.minus(net)?.minus(expert_fee)?.minus(client_fee)?;
                let expert = self.contract.expert;
                let from_balance = net.min(self.input.facts.expert_payable_minor);
                self.draft
                    .book(Account::ExpertPayable(expert), lost.clone(), from_balance)?;
                self.draft.book(
                    Account::Receivable(expert),
                    lost.clone(),
                    net.minus(from_balance)?,
                )?;
                self.draft.book(Account::FeeExpert, lost.clone(), expert_fee)?;
                self.draft.book(Account::FeeClient, lost.clone(), client_fee)?;
                self.draft.book(Account::ChargebackLoss, lost, rest)
            }
        }
    }

    fn gone(&self, payment: PaymentId) -> Result<Gone, Refusal> {
        let mut gone = Gone {
            net: Minor::ZERO,
            expert_fee: Minor::ZERO,
            client_fee: Minor::ZERO,
            tax: Minor::ZERO,
        };
        let lots = self.contract.milestones.iter().flat_map(|one| &one.lots);
        for lot in lots.filter(|lot| lot.payment == payment) {
            let (fee, tax) = (lot.expert_fee.earned, lot.expert_tax.earned);
            gone.net = gone.net.plus(lot.released.minus(fee)?.minus(tax)?)?;
            gone.expert_fee = gone.expert_fee.plus(fee)?;
            gone.client_fee = gone.client_fee.plus(lot.client_fee.earned)?;
            gone.tax = gone.tax.plus(tax)?.plus(lot.client_tax.earned)?;
        }
        Ok(gone)
    }

    /// Charged back where nothing is left, in dispute where a part was lost (also where that was a part of the fees
    /// alone), as before where nothing was lost.
    fn after_loss(&mut self, chargeback: ChargebackId, before: &Before) -> Result<(), Refusal> {
        let id = before.milestone;
        let milestone = self.contract.milestone(id)?;
        let held = milestone.held()?;
        let disputed = milestone.in_dispute();
        let same_price = held == before.price;
        let untouched = same_price && (disputed || milestone.fee_held()? == before.fees);
        let State::ChargebackHold {
            since,
            mut open,
            former: was,
        } = milestone.state.clone()
        else {
            return Err(Refusal::StateImpossible);
        };
        open.retain(|one| *one != chargeback);
        if !held.is_positive() {
            self.close_dispute(id)?;
            return self.lose(id, State::ChargedBack);
        }
        if untouched {
            return self.go_on(id, chargeback, Event::ChargebackLost);
        }
        if !disputed {
            let dispute = self.dispute_after_loss(held);
            self.draft
                .book(Account::Escrow(id), Account::DisputeHold(id), held)?;
            self.contract.milestone_mut(id)?.dispute = Some(dispute);
        }
        let again = self.decide_again(id)?;
        if !open.is_empty() {
            let was = if disputed { was } else { Box::new(State::Disputed) };
            return self.lose(
                id,
                State::ChargebackHold {
                    since,
                    open,
                    former: was,
                },
            );
        }
        let stood = self.stood_since(since);
        if disputed && !again {
            self.shift_beside(id, stood, hours(72))?;
        } else if same_price {
            self.shift_settlement(id, stood, hours(72))?;
        }
        self.lose(id, State::Disputed)
    }

    /// A decision about more than is left cannot become final: the operator decides again about the rest.
    fn decide_again(&mut self, id: MilestoneId) -> Result<bool, Refusal> {
        let due_at = business_days_after(self.clock(), 5);
        let dispute = self.contract.milestone_mut(id)?.dispute.as_mut();
        let Some(dispute) = dispute.filter(|one| one.phase == Phase::Decided) else {
            return Ok(false);
        };
        dispute.enter(Phase::Deciding, due_at);
        Ok(true)
    }

    fn lose(&mut self, id: MilestoneId, next: State) -> Result<(), Refusal> {
        let act = Act {
            next: Some(next),
            ..Act::default()
        };
        self.run(id, Event::ChargebackLost, By::Provider, &act)
    }

    fn dispute_after_loss(&mut self, held: Minor) -> Dispute {
        let due_at = after(self.clock(), days(7));
        Dispute {
            id: self.ids.dispute(),
            opened_by: None,
            reason: "A chargeback took a part of the money.".to_owned(),
            held_minor: held,
            to_expert_minor: Minor::ZERO,
            client: None,
            expert: None,
            phase: Phase::Negotiating,
            entry_no: 1,
            due_at,
            missed_at: None,
            rulings: Vec::new(),
            appeal: None,
        }
    }
}
