//! Money coming in and going back: payments, receipts, lots, refunds.

use jiff::Timestamp;

use super::command::Actor;
use super::guard::{self, payment_time, to_fund};
use super::kind::{By, Event, Kind};
use super::lot::Lot;
use super::milestone::State;
use super::payment::{Method, Payment, PaymentState, Refund, RefundState};
use super::step::{Act, Call, Step};
use super::table::Guard;
use super::timer::TimerKind;
use crate::ids::{MilestoneId, PaymentId, PersonId, RefundId};
use crate::ledger::{Account, Name, Side};
use crate::money::{Minor, Money};
use crate::refusal::Refusal;
use crate::span::{after, days, hours};

/// A receipt as the provider tells it.
pub(super) struct Receipt<'a> {
    pub(super) amount: Money,
    pub(super) fee: Money,
    pub(super) name: &'a str,
}

impl Step<'_> {
    /// T1, and T18 for an agreed raise: begins a payment.
    pub(super) fn fund(&mut self, id: MilestoneId, provider: &Name, method: Method) -> Result<(), Refusal> {
        let by = self.role()?;
        self.may_begin(by)?;
        let milestone = self.contract.milestone(id)?;
        let price = to_fund(milestone);
        let kind = milestone.state.kind();
        let payment = self.ids.payment();
        let until = after(self.now(), payment_time(method));
        let next = (kind == Kind::Planned).then_some(State::Funding { payment, until });
        let act = Act {
            payment: Some(payment),
            next,
            ..Act::default()
        };
        self.run(id, Event::Fund, by, &act)?;
        if !price.is_positive() {
            return Err(Refusal::NothingToFund);
        }
        let lot = Lot::new(self.ids.lot(), payment, price, &self.contract.terms, None)?;
        let asked = price.plus(lot.fee_held()?)?;
        self.contract.payments.push(Payment {
            id: payment,
            milestone: id,
            provider: provider.clone(),
            method,
            price_minor: price,
            asked_minor: asked,
            state: PaymentState::Pending,
            until,
            arrived_at: None,
            received_minor: Minor::ZERO,
            in_funds_minor: Minor::ZERO,
            receipts: Vec::new(),
            dispute_fee_minor: Minor::ZERO,
            moved_to: None,
        });
        self.push_timer(TimerKind::PaymentExpires, payment.to_string(), 0, until);
        self.calls.push(Call::OpenPayment { payment });
        Ok(())
    }

    /// T2: a payment's time is over or the provider could not take it.
    pub(super) fn give_up_payment(&mut self, id: PaymentId, event: Event) -> Result<(), Refusal> {
        let awaited = self.contract.awaits(self.contract.payment(id)?);
        let payment = self.contract.payment_mut(id)?;
        payment.state = match (payment.state, event) {
            (PaymentState::Pending, Event::Failed) => PaymentState::Failed,
            (PaymentState::Pending, _) => PaymentState::Expired,
            // What has arrived waits in the client's funds; the milestone waits no longer.
            (PaymentState::Conflicted, _) => PaymentState::Conflicted,
            // All has arrived, and a part was taken out of the funds or back by the payer's bank before the rest came.
            (PaymentState::Captured, Event::Expired) if awaited => PaymentState::Captured,
            (PaymentState::Expired | PaymentState::Failed | PaymentState::Captured, _) => {
                return Err(Refusal::EventWithoutEffect);
            }
        };
        let milestone = payment.milestone;
        // A provider that says so has closed its checkout itself.
        if matches!(self.by, Actor::Clock) {
            self.calls.push(Call::CancelPayment { payment: id });
        }
        self.leave_funding(milestone, id, event)
    }

    /// The provider says that a payment has failed, or that its time is over.
    pub(super) fn payment_over(&mut self, id: PaymentId, event: Event) -> Result<(), Refusal> {
        self.provided(id)?;
        self.give_up_payment(id, event)
    }

    fn leave_funding(&mut self, milestone: MilestoneId, id: PaymentId, event: Event) -> Result<(), Refusal> {
        if !self.contract.awaits(self.contract.payment(id)?) {
            return Ok(());
        }
        let by = if matches!(self.by, Actor::Clock) {
            By::Clock
        } else {
            By::Provider
        };
        let act = Act {
            next: Some(State::Planned),
            ..Act::default()
        };
        self.run(milestone, event, by, &act)
    }

    /// Money has arrived. It is booked in every state; whether it becomes a lot is for the row to say (T3, T18).
    pub(super) fn captured(&mut self, id: PaymentId, receipt: &Receipt<'_>) -> Result<(), Refusal> {
        self.provided(id)?;
        let custody = self.contract.payment(id)?.at_provider();
        let names = (
            Some(receipt.name.to_owned()),
            Some(format!("{}:fee", receipt.name)),
        );
        let (fee, former) = self.receive(id, receipt, (custody.clone(), names.0))?;
        self.draft.line(Account::PspFees, Side::Debit, fee, None)?;
        self.draft.line(custody, Side::Credit, fee, names.1)?;
        self.received(id, former)
    }

    /// The operator says whose a transfer was that had come without a reference. The money is in the bank already: it was
    /// booked there when it came. Much, or another sum than is missing, takes two operators.
    pub(super) fn assign_receipt(
        &mut self,
        id: PaymentId,
        bank: &Name,
        (amount, name): (Money, &str),
        second: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let by = self.operator()?;
        let payment = self.contract.payment(id)?;
        if payment.at_provider() != Account::Bank(bank.clone()) {
            return Err(Refusal::ProviderDiffers);
        }
        let missing = payment.asked_minor.less(payment.received_minor);
        let fee = Money {
            amount_minor: 0,
            ..amount
        };
        let receipt = Receipt { amount, fee, name };
        let (_, former) = self.receive(id, &receipt, (Account::UnmatchedReceipts, None))?;
        let came = Minor(amount.amount_minor);
        let most = self.input.facts.alone_up_to_minor;
        match second {
            Some(second) if second == by => return Err(Refusal::SameOperator),
            Some(second) if self.is_party(second) => return Err(Refusal::OperatorIsParty),
            None if most.is_some_and(|most| came > most || came != missing) => {
                return Err(Refusal::FourEyes);
            }
            Some(_) | None => {}
        }
        self.received(id, former)
    }

    /// What becomes of money that was booked; `former` is how far its payment had got before.
    fn received(&mut self, id: PaymentId, former: PaymentState) -> Result<(), Refusal> {
        let milestone = self.contract.payment(id)?.milestone;
        let from = self.contract.milestone(milestone)?.state.kind();
        if self.find(from, Event::Captured, By::Provider).is_none() {
            self.tell(super::Audience::Both, "captured", id.to_string());
            return Ok(());
        }
        let act = Act {
            payment: Some(id),
            intent: Some(former),
            ..Act::default()
        };
        self.run(milestone, Event::Captured, By::Provider, &act)
    }

    pub(super) fn provided(&self, id: PaymentId) -> Result<(), Refusal> {
        match self.by {
            Actor::Provider { name } if *name == self.contract.payment(id)?.provider => Ok(()),
            Actor::Provider { .. } => Err(Refusal::ProviderDiffers),
            Actor::Person { .. } | Actor::Operator { .. } | Actor::Clock => Err(Refusal::NotParty),
        }
    }

    /// Books what came from where it was; returns the fee of it, and how far the payment had got before.
    fn receive(
        &mut self,
        id: PaymentId,
        receipt: &Receipt<'_>,
        (source, name): (Account, Option<String>),
    ) -> Result<(Minor, PaymentState), Refusal> {
        let currency = self.contract.currency;
        let amount = receipt.amount.positive(currency)?;
        let fee = receipt.fee.nonnegative(currency)?;
        let client = Account::ClientFunds(self.contract.client);
        let now = self.now();
        let payment = self.contract.payment_mut(id)?;
        if payment.receipts.iter().any(|seen| seen == receipt.name) {
            return Err(Refusal::ReceiptSeen);
        }
        payment.receipts.push(receipt.name.to_owned());
        payment.arrived_at.get_or_insert(now);
        payment.received_minor = payment.received_minor.plus(amount)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(amount)?;
        let former = payment.state;
        payment.state = if payment.received_minor >= payment.asked_minor {
            PaymentState::Captured
        } else {
            PaymentState::Conflicted
        };
        self.draft.line(source, Side::Debit, amount, name)?;
        self.draft.line(client, Side::Credit, amount, None)?;
        Ok((fee, former))
    }

    /// Makes a lot of a payment that has arrived, where everything still allows it; else the money waits in the client's
    /// funds and the client chooses.
    pub(super) fn fund_lot(&mut self, id: MilestoneId, act: &Act<'_>) -> Result<Option<State>, Refusal> {
        let payment = act.payment.ok_or(Refusal::NotFound)?;
        if !self.may_fund(id, act)? {
            return Ok(None);
        }
        let paid = self.contract.payment(payment)?;
        let (price, asked) = (paid.price_minor, paid.asked_minor);
        let hold_until = self.hold_until(payment)?;
        let lot = Lot::new(self.ids.lot(), payment, price, &self.contract.terms, hold_until)?;
        let client = Account::ClientFunds(self.contract.client);
        self.draft.book(client.clone(), Account::Escrow(id), price)?;
        self.draft.book(client, Account::FeeHold(id), lot.fee_held()?)?;
        let paid = self.contract.payment_mut(payment)?;
        paid.in_funds_minor = paid.in_funds_minor.minus(asked)?;
        let clock = self.clock();
        self.warn_of_holding(lot.id, hold_until);
        let milestone = self.contract.milestone_mut(id)?;
        milestone.lots.push(lot);
        self.order_lots(id)?;
        let milestone = self.contract.milestone_mut(id)?;
        if super::HELD.contains(&milestone.state.kind()) {
            milestone.plan.price_minor = milestone.plan.price_minor.plus(price)?;
            milestone.to_raise_minor = milestone.to_raise_minor.less(price);
            return Ok(None);
        }
        Ok(Some(State::Funded {
            start_by: after(clock, hours(72)),
            lapses_at: after(clock, days(14)),
        }))
    }

    /// Until when the provider can hold the money of a payment: it counts from the arrival, not from the placing. What
    /// lies in the operator's bank waits for no provider.
    fn hold_until(&self, id: PaymentId) -> Result<Option<Timestamp>, Refusal> {
        let paid = self.contract.payment(id)?;
        let since = paid.arrived_at.unwrap_or(self.now());
        let limit = self
            .input
            .facts
            .holding_days
            .filter(|_limit| paid.moved_to.is_none());
        Ok(limit.map(|limit| after(since, days(limit))))
    }

    fn may_fund(&self, id: MilestoneId, act: &Act<'_>) -> Result<bool, Refusal> {
        let payment = act.payment.ok_or(Refusal::NotFound)?;
        let paid = self.contract.payment(payment)?;
        let milestone = self.contract.milestone(id)?;
        // What the payer's bank may take back becomes nobody's price.
        let contested = self.has_open_chargeback(payment);
        if contested || paid.in_funds_minor < paid.asked_minor || !self.takes_money(id)? {
            return Ok(false);
        }
        if let State::Funding { payment: awaited, .. } = &milestone.state {
            return Ok(*awaited == payment);
        }
        let planned = milestone.state == State::Planned;
        if planned {
            return Ok(paid.price_minor == to_fund(milestone) && self.still_fundable(id, act));
        }
        // What came whole and in time was within the limits when it was asked for, and has counted since. The row of the
        // placing has looked itself.
        let asked_before = matches!(act.intent, None | Some(PaymentState::Pending));
        Ok(paid.price_minor <= to_fund(milestone) && (asked_before || self.still_fundable(id, act)))
    }

    /// Whether the conditions of T1 hold now, for money that arrived after its intent had ended.
    fn still_fundable(&self, id: MilestoneId, act: &Act<'_>) -> bool {
        [
            Guard::ContractActive,
            Guard::NotEnding,
            Guard::NoOtherPayment,
            Guard::WithinClientLimit,
            Guard::WithinHoldingLimit,
        ]
        .into_iter()
        .all(|guard| guard::check(self, id, guard, act).is_ok())
            && self.may_begin(By::Client).is_ok()
    }

    /// The client uses money that arrived late or in two parts.
    pub(super) fn place(&mut self, id: MilestoneId, payment: PaymentId) -> Result<(), Refusal> {
        if self.contract.payment(payment)?.milestone != id {
            return Err(Refusal::NotFound);
        }
        if self.has_open_chargeback(payment) {
            return Err(Refusal::ChargebackOpen);
        }
        let lots = self.contract.milestone(id)?.lots.len();
        let act = Act {
            payment: Some(payment),
            ..Act::default()
        };
        let by = self.role()?;
        self.may_begin(by)?;
        self.run(id, Event::Place, by, &act)?;
        if self.contract.milestone(id)?.lots.len() == lots {
            return Err(Refusal::NothingToFund);
        }
        Ok(())
    }

    /// The client takes back what lies in the funds of a payment.
    pub(super) fn refund_funds(&mut self, id: PaymentId, amount: Money) -> Result<(), Refusal> {
        if self.person()? != self.contract.client {
            return Err(Refusal::NotYours { event: Event::Cancel });
        }
        let amount = amount.positive(self.contract.currency)?;
        if amount > self.contract.payment(id)?.in_funds_minor {
            return Err(Refusal::AmountExceedsHeld);
        }
        self.send_back(id, amount)
    }

    /// Books money in the funds of a payment on its way back to its source.
    pub(super) fn send_back(&mut self, id: PaymentId, amount: Minor) -> Result<(), Refusal> {
        if !amount.is_positive() {
            return Ok(());
        }
        let refund = self.ids.refund();
        let client = Account::ClientFunds(self.contract.client);
        self.draft.book(client, Account::RefundTransit(refund), amount)?;
        let payment = self.contract.payment_mut(id)?;
        payment.in_funds_minor = payment.in_funds_minor.minus(amount)?;
        let state = if self.has_open_chargeback(id) {
            RefundState::Stopped
        } else {
            self.calls.push(Call::SendRefund { refund });
            RefundState::Requested
        };
        self.contract.refunds.push(Refund {
            id: refund,
            payment: id,
            amount_minor: amount,
            state,
        });
        Ok(())
    }

    pub(super) fn refund_sent(&mut self, id: RefundId) -> Result<(), Refusal> {
        self.provided_refund(id)?;
        let refund = self.contract.refund_mut(id)?;
        // Stopped too late: a chargeback that is lost meanwhile has to wait for its end.
        if !matches!(refund.state, RefundState::Requested | RefundState::Stopped) {
            return Err(Refusal::EventWithoutEffect);
        }
        refund.state = RefundState::Sent;
        Ok(())
    }

    pub(super) fn refund_succeeded(&mut self, id: RefundId, receipt: &str) -> Result<(), Refusal> {
        self.provided_refund(id)?;
        let owed = Account::Receivable(self.contract.client);
        let refund = self.contract.refund_mut(id)?;
        let from = match refund.state {
            RefundState::Requested | RefundState::Stopped | RefundState::Sent => {
                refund.state = RefundState::Succeeded;
                Account::RefundTransit(id)
            }
            RefundState::WrittenOff => {
                refund.state = RefundState::PaidTwice;
                owed
            }
            RefundState::Succeeded | RefundState::Failed | RefundState::PaidTwice => {
                return Err(Refusal::EventWithoutEffect);
            }
        };
        let (amount, payment) = (refund.amount_minor, refund.payment);
        let custody = self.contract.payment(payment)?.at_provider();
        self.draft.line(from, Side::Debit, amount, None)?;
        self.draft
            .line(custody, Side::Credit, amount, Some(receipt.to_owned()))?;
        self.tell(super::Audience::Client, "refund_succeeded", id.to_string());
        Ok(())
    }

    /// A refund came back, before or after it was said to have arrived: the money is the client's again, less what the
    /// client owes because it had gone back twice.
    pub(super) fn refund_failed(&mut self, id: RefundId, receipt: Option<&str>) -> Result<(), Refusal> {
        self.provided_refund(id)?;
        let client = Account::ClientFunds(self.contract.client);
        let owed = Account::Receivable(self.contract.client);
        let refund = self.contract.refund_mut(id)?;
        let (amount, payment, former) = (refund.amount_minor, refund.payment, refund.state);
        let out = matches!(
            former,
            RefundState::Succeeded | RefundState::PaidTwice | RefundState::Failed
        );
        if receipt.is_some() && !out {
            // It had left: its success comes too, with a transaction of its own, and is booked first.
            return Err(Refusal::EventTooEarly);
        }
        if self.input.facts.rules > 0 && receipt.is_none() && out {
            return Err(Refusal::ReceiptUnnamed);
        }
        refund.state = RefundState::Failed;
        let custody = self.contract.payment(payment)?.at_provider();
        let receipt = receipt.map(str::to_owned);
        let mut back = amount;
        match former {
            RefundState::Requested | RefundState::Stopped | RefundState::Sent => {
                self.draft.book(Account::RefundTransit(id), client, amount)?;
            }
            RefundState::Succeeded => {
                // What was netted from a payout meanwhile is owed no longer.
                let owed_now = self.input.facts.client_owes_minor.unwrap_or(amount);
                let repaid = self.repay_twice(payment, amount.min(owed_now))?;
                back = amount.minus(repaid)?;
                self.draft.line(custody, Side::Debit, amount, receipt)?;
                self.draft.line(owed, Side::Credit, repaid, None)?;
                self.draft.line(client, Side::Credit, back, None)?;
            }
            RefundState::PaidTwice => {
                back = Minor::ZERO;
                self.draft.line(custody, Side::Debit, amount, receipt)?;
                self.draft.line(owed, Side::Credit, amount, None)?;
            }
            RefundState::Failed | RefundState::WrittenOff => return Err(Refusal::EventWithoutEffect),
        }
        let payment = self.contract.payment_mut(payment)?;
        payment.in_funds_minor = payment.in_funds_minor.plus(back)?;
        self.tell(super::Audience::Client, "refund_failed", id.to_string());
        Ok(())
    }

    /// Takes what the client owes of a payment because it had gone back twice, up to `most`.
    fn repay_twice(&mut self, payment: PaymentId, most: Minor) -> Result<Minor, Refusal> {
        let mut left = most;
        for one in self
            .contract
            .chargebacks
            .iter_mut()
            .filter(|one| one.payment == payment)
        {
            let taken = one.twice_minor.less(one.repaid_minor).min(left);
            one.repaid_minor = one.repaid_minor.plus(taken)?;
            left = left.minus(taken)?;
        }
        most.minus(left)
    }

    fn provided_refund(&self, id: RefundId) -> Result<(), Refusal> {
        self.provided(self.contract.refund(id)?.payment)
    }

    /// T24, by the operator: what is held of a payment was moved from the provider to the operator's bank. It came in
    /// there as a receipt that nobody knew; the provider has a name of its own for the transfer.
    pub(super) fn move_to_bank(
        &mut self,
        id: PaymentId,
        bank: &Name,
        transfer: &str,
        second: PersonId,
    ) -> Result<(), Refusal> {
        if self.operator()? == second {
            return Err(Refusal::SameOperator);
        }
        if self.is_party(second) {
            return Err(Refusal::OperatorIsParty);
        }
        let payment = self.contract.payment(id)?;
        let from = payment.at_provider();
        let moved = payment.moved_to.is_some();
        let (mut held, mut released) = (payment.in_funds_minor, Minor::ZERO);
        if self.has_open_chargeback(id) {
            return Err(Refusal::ChargebackOpen);
        }
        // What is on its way back leaves the provider, not the bank.
        let under_way = |refund: &&Refund| {
            let state = refund.state;
            refund.payment == id && matches!(state, RefundState::Requested | RefundState::Sent)
        };
        if self.contract.refunds.iter().find(under_way).is_some() {
            return Err(Refusal::RefundInTransit);
        }
        if from == Account::Bank(bank.clone()) || moved {
            return Err(Refusal::EventWithoutEffect);
        }
        for milestone in &mut self.contract.milestones {
            for lot in milestone.lots.iter_mut().filter(|lot| lot.payment == id) {
                held = held.plus(lot.held())?.plus(lot.fee_held()?)?;
                released = released.plus(lot.released)?.plus(lot.fee_earned()?)?;
                lot.hold_until = None;
            }
        }
        let came = self.input.facts.receipt_minor.ok_or(Refusal::ReceiptNotOpen)?;
        // What was released while the transfer was under way was moved with the rest; it is payable from wherever it lies.
        if came < held || came > held.plus(released)? {
            return Err(Refusal::ReceiptDiffers);
        }
        let name = Some(transfer.to_owned());
        self.draft
            .line(Account::UnmatchedReceipts, Side::Debit, came, None)?;
        self.draft.line(from, Side::Credit, came, name)?;
        self.contract.payment_mut(id)?.moved_to = Some(bank.clone());
        Ok(())
    }
}
