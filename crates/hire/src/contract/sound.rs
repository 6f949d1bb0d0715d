//! What must be true of a contract and its accounts after every step; the numbers are those of the invariants in
//! `docs/INVARIANTS.md`.

use super::payment::{ChargebackState, RefundState};
use super::{Contract, Lot, Milestone, Payment};
use crate::fee::FeeLine;
use crate::ledger::Account;
use crate::money::{Minor, total};
use crate::refusal::Refusal;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// Which invariant: `I1` to `I14`.
    pub invariant: &'static str,
    /// Where: an id or an account.
    pub subject: String,
    /// What was found, and what should be.
    pub why: String,
}

/// Everything wrong with a contract. `balance` tells what the books say of an account.
pub fn broken(contract: &Contract, balance: &dyn Fn(&Account) -> Minor) -> Vec<Broken> {
    let mut found = Vec::new();
    let mut check =
        |invariant, subject: String, is: Result<Minor, Refusal>, should: Result<Minor, Refusal>| {
            if is != should {
                let show = |sum: &Result<Minor, Refusal>| match sum {
                    Ok(minor) => minor.0.to_string(),
                    Err(refusal) => refusal.code().to_owned(),
                };
                let why = format!("is {}, should be {}", show(&is), show(&should));
                found.push(Broken {
                    invariant,
                    subject,
                    why,
                });
            }
        };
    for milestone in &contract.milestones {
        for lot in &milestone.lots {
            check("I4", lot.id.to_string(), lot_parts(lot), Ok(lot.price));
            for line in [lot.client_fee, lot.client_tax, lot.expert_fee, lot.expert_tax] {
                check("I13", lot.id.to_string(), fee_parts(line), Ok(line.agreed));
            }
        }
        for (account, should) in accounts_of(milestone) {
            check("I5", account.to_string(), Ok(balance(&account)), should);
        }
        if milestone.state.kind().is_terminal() {
            check("I6", milestone.id.to_string(), milestone.held(), Ok(Minor::ZERO));
        }
    }
    for refund in &contract.refunds {
        let under_way = matches!(
            refund.state,
            RefundState::Requested | RefundState::Stopped | RefundState::Sent
        );
        let should = if under_way {
            refund.amount_minor
        } else {
            Minor::ZERO
        };
        let account = Account::RefundTransit(refund.id);
        check("I5", account.to_string(), Ok(balance(&account)), Ok(should));
    }
    for chargeback in &contract.chargebacks {
        let open = chargeback.state == ChargebackState::Open;
        let should = if open {
            chargeback.amount_minor
        } else {
            Minor::ZERO
        };
        let account = Account::Chargeback(chargeback.id);
        check("I5", account.to_string(), Ok(balance(&account)), Ok(should));
    }
    for payment in &contract.payments {
        let (left, right) = payment_parts(contract, payment);
        check("I5", payment.id.to_string(), left, right);
    }
    found
}

/// What was paid in, by where it is. Where more has left a lot than came, [`Lot::held`] stops at nothing, and the sum is
/// more than the price.
fn lot_parts(lot: &Lot) -> Result<Minor, Refusal> {
    total([lot.released, lot.refunded, lot.withheld, lot.held()])
}

fn fee_parts(line: FeeLine) -> Result<Minor, Refusal> {
    // The expert's fee is never held: what a refund leaves unearned is simply not taken.
    total([line.earned, line.returned, line.withheld, line.held()])
}

fn accounts_of(milestone: &Milestone) -> [(Account, Result<Minor, Refusal>); 3] {
    let held = milestone.held();
    let (escrow, dispute) = if milestone.in_dispute() {
        (Ok(Minor::ZERO), held)
    } else {
        (held, Ok(Minor::ZERO))
    };
    [
        (Account::Escrow(milestone.id), escrow),
        (Account::DisputeHold(milestone.id), dispute),
        (Account::FeeHold(milestone.id), milestone.fee_held()),
    ]
}

/// All that came in and came back to the funds of a payment, against all that left them and what is there.
fn payment_parts(contract: &Contract, payment: &Payment) -> (Result<Minor, Refusal>, Result<Minor, Refusal>) {
    let mut came = vec![payment.received_minor];
    let mut went = vec![payment.in_funds_minor];
    let lots = contract.milestones.iter().flat_map(|one| &one.lots);
    for lot in lots.filter(|lot| lot.payment == payment.id) {
        came.extend([lot.refunded, lot.client_fee.returned, lot.client_tax.returned]);
        went.extend([lot.price, lot.client_fee.agreed, lot.client_tax.agreed]);
    }
    let refunds = contract.refunds.iter();
    let under_way = refunds.filter(|one| one.payment == payment.id && left_funds(one.state));
    went.extend(under_way.map(|one| one.amount_minor));
    let lost = contract
        .chargebacks
        .iter()
        .filter(|one| one.payment == payment.id);
    went.extend(lost.flat_map(|one| [one.from_funds_minor, one.repaid_minor]));
    (total(came), total(went))
}

/// Whether a refund's money is out of the client's funds: on its way, or arrived. What failed is back in them, and what was
/// written off was taken from them by a chargeback.
fn left_funds(state: RefundState) -> bool {
    match state {
        RefundState::Requested | RefundState::Stopped | RefundState::Sent | RefundState::Succeeded => true,
        RefundState::Failed | RefundState::WrittenOff | RefundState::PaidTwice => false,
    }
}
