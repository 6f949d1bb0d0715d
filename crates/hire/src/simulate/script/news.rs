//! What the provider tells, and what operator and provider owe once the parties have fallen silent.

use super::{Draft, Script};
use crate::contract::{
    Actor, Chargeback, ChargebackState, Command, Contract, Payment, PaymentState, Phase, Refund, RefundState,
    State,
};
use crate::money::Minor;
use crate::simulate::cast::{Cast, hash};
use crate::simulate::core::Core;
use crate::span::{after, days};

type Choices = Vec<(u64, (Actor, Command))>;

impl Script {
    /// Something that the provider could tell now.
    pub(super) fn news(&mut self, core: &Core) -> Option<Draft> {
        let contract = core.contract();
        let mut choices = Choices::new();
        for payment in &contract.payments {
            self.of_payment(contract, payment, &mut choices);
        }
        for refund in &contract.refunds {
            self.of_refund(contract, refund, &mut choices);
        }
        for chargeback in &contract.chargebacks {
            if let Some(payment) = contract.payment(chargeback.payment).ok().cloned() {
                let weight = if chargeback.state == ChargebackState::Open {
                    5
                } else {
                    1
                };
                choices.push((weight, self.won(&payment, chargeback)));
                choices.push((weight, lost(&payment, chargeback)));
            }
        }
        let (by, command) = self.random.weighted(choices)?;
        Some((None, by, command))
    }

    fn of_payment(&mut self, contract: &Contract, payment: &Payment, choices: &mut Choices) {
        let by = teller(payment);
        // Money for a milestone that is stopped waits in the funds until it is placed.
        let stopped = contract
            .milestone(payment.milestone)
            .is_ok_and(|one| matches!(one.state, State::ChargebackHold { .. }));
        if stopped && payment.state != PaymentState::Captured {
            choices.push((40, (by.clone(), self.captured(payment))));
        }
        match payment.state {
            PaymentState::Pending | PaymentState::Conflicted => {
                choices.push((20, (by.clone(), self.captured(payment))));
                choices.push((1, (by.clone(), Command::PaymentExpired { payment: payment.id })));
                choices.push((2, (by.clone(), Command::PaymentFailed { payment: payment.id })));
                // It overtakes the money it takes back.
                choices.push((1, (by, self.takes_back(payment, payment.asked_minor))));
            }
            PaymentState::Expired | PaymentState::Failed => {
                choices.push((4, (by.clone(), self.captured(payment))));
                choices.push((1, (by, Command::PaymentFailed { payment: payment.id })));
            }
            PaymentState::Captured => choices.push((1, (by, self.captured(payment)))),
        }
        if payment.received_minor.is_positive() {
            self.of_received(contract, payment, choices);
        }
    }

    /// What can happen to money that has arrived.
    fn of_received(&mut self, contract: &Contract, payment: &Payment, choices: &mut Choices) {
        let open = contract
            .chargebacks
            .iter()
            .any(|one| one.payment == payment.id && one.state == ChargebackState::Open);
        let raising = contract.payments.iter().any(|one| {
            one.milestone == payment.milestone && one.id != payment.id && one.received_minor == Minor::ZERO
        });
        let raising = raising || payment.state == PaymentState::Conflicted;
        let weight = match (open, raising) {
            (true, _) => 1,
            (false, true) => 8,
            (false, false) => 3,
        };
        choices.push((weight, (teller(payment), self.taken_back(payment))));
        if payment.in_funds_minor.is_positive() {
            let amount = self.amount(payment.in_funds_minor);
            let refund = Command::RefundFunds {
                payment: payment.id,
                amount: self.cast.money(amount),
            };
            choices.push((1, (self.cast.client(), refund)));
        }
        let to_bank = self.moved_to_bank(contract, payment);
        choices.push((1, (self.operator(), to_bank)));
    }

    /// What is held has come into the bank; now and then another sum, or nothing.
    fn moved_to_bank(&mut self, contract: &Contract, payment: &Payment) -> Command {
        let [second, ..] = self.cast.operators;
        let transfer = self.name();
        let (_, receipt) = self.cast.receipt(&transfer);
        let lots = contract.milestones.iter().flat_map(|one| &one.lots);
        let lots = lots.filter(|lot| lot.payment == payment.id);
        let held = lots.fold(payment.in_funds_minor.0, |sum, lot| {
            let fee = lot.fee_held().unwrap_or(Minor::ZERO);
            sum.saturating_add(lot.held().0).saturating_add(fee.0)
        });
        let came = match hash(&transfer).checked_rem(10) {
            Some(0) => held.saturating_sub(1),
            Some(1) => 0,
            _ => held,
        };
        if came > 0 {
            self.receipts.insert(receipt, Minor(came));
        }
        Command::MoveToBank {
            payment: payment.id,
            bank: Cast::house(&transfer),
            receipt,
            transfer,
            second,
        }
    }

    /// What is asked for, or the rest of it; now and then more, less, or with a strange fee.
    pub(super) fn captured(&mut self, payment: &Payment) -> Command {
        let rest = payment.asked_minor.less(payment.received_minor);
        let amount = match self.random.below(12) {
            0 => Minor(payment.asked_minor.0.saturating_add(self.random.between(1, 500))),
            1 | 2 => self.amount(rest),
            3 => payment.asked_minor,
            _ => rest,
        };
        let fee = match self.random.below(6) {
            0 => Minor::ZERO,
            1 => self.amount(amount),
            _ => Minor(amount.0.checked_div(40).unwrap_or(0)),
        };
        Command::Captured {
            payment: payment.id,
            amount: self.cast.money(amount),
            fee: self.cast.money(fee),
            receipt: self.name(),
        }
    }

    pub(super) fn taken_back(&mut self, payment: &Payment) -> Command {
        let amount = if self.random.percent(50) {
            payment.received_minor
        } else {
            self.amount(payment.received_minor)
        };
        self.takes_back(payment, amount)
    }

    fn takes_back(&mut self, payment: &Payment, amount: Minor) -> Command {
        let fee = Minor(self.random.pick(0, &[15, 1_500]));
        Command::ChargebackOpened {
            payment: payment.id,
            reference: self.name(),
            receipt: self.name(),
            amount: self.cast.money(amount),
            fee: self.cast.money(fee),
            evidence_by: after(self.now, days(self.random.small(1, 20))),
        }
    }

    fn of_refund(&mut self, contract: &Contract, refund: &Refund, choices: &mut Choices) {
        let Ok(payment) = contract.payment(refund.payment) else {
            return;
        };
        let by = teller(payment);
        let (sent, done, failed) = match refund.state {
            RefundState::Requested => (6, 3, 1),
            RefundState::Sent => (1, 6, 3),
            RefundState::Stopped | RefundState::Succeeded => (1, 1, 1),
            RefundState::Failed => (0, 1, 0),
            RefundState::WrittenOff | RefundState::PaidTwice => (1, 3, 2),
        };
        let receipt = self.name();
        choices.push((sent, (by.clone(), Command::RefundSent { refund: refund.id })));
        let succeeded = Command::RefundSucceeded {
            refund: refund.id,
            receipt: receipt.clone(),
        };
        choices.push((done, (by.clone(), succeeded)));
        // What had left comes back with a transaction; now and then it is told before it is said to have left.
        let left = matches!(refund.state, RefundState::Succeeded | RefundState::PaidTwice);
        let came_back = Command::RefundFailed {
            refund: refund.id,
            receipt: (left || self.random.percent(20)).then_some(receipt),
        };
        choices.push((failed, (by, came_back)));
    }

    fn won(&mut self, payment: &Payment, chargeback: &Chargeback) -> (Actor, Command) {
        let command = Command::ChargebackWon {
            reference: chargeback.reference.clone(),
            receipt: self.name(),
        };
        (teller(payment), command)
    }

    /// What operator and provider must do for everything to come to its end.
    pub(super) fn duty(&mut self, core: &Core) -> Option<Draft> {
        let contract = core.contract();
        for refund in &contract.refunds {
            let payment = contract.payment(refund.payment).ok()?;
            if matches!(refund.state, RefundState::Requested | RefundState::Sent) {
                let command = Command::RefundSucceeded {
                    refund: refund.id,
                    receipt: self.name(),
                };
                return Some((None, teller(payment), command));
            }
        }
        for chargeback in &contract.chargebacks {
            let payment = contract.payment(chargeback.payment).ok()?.clone();
            if chargeback.state == ChargebackState::Open {
                let (by, command) = if self.random.percent(50) {
                    self.won(&payment, chargeback)
                } else {
                    lost(&payment, chargeback)
                };
                return Some((None, by, command));
            }
        }
        for milestone in &contract.milestones {
            let phase = milestone.dispute.as_ref().map(|one| one.phase);
            if milestone.state == State::Disputed
                && !contract.is_paused()
                && matches!(phase, Some(Phase::Deciding | Phase::Appealed))
            {
                let (by, command) = self.ruling(contract, milestone);
                return Some((None, by, command));
            }
        }
        None
    }
}

fn lost(payment: &Payment, chargeback: &Chargeback) -> (Actor, Command) {
    let command = Command::ChargebackLost {
        reference: chargeback.reference.clone(),
    };
    (teller(payment), command)
}

/// The provider of a payment.
fn teller(payment: &Payment) -> Actor {
    Actor::Provider {
        name: payment.provider.clone(),
    }
}
