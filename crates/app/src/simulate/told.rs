//! Commands of a provider as the events that it would send.

use earnest_hire::contract::{Actor, Command, Contract};
use earnest_hire::ids::{PayoutId, RefundId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Minor, Money};
use earnest_hire::simulate::{Cast, Step};
use jiff::Timestamp;

use super::world;
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};

/// The event by which a provider gives a command; none where it is no provider's, or cannot be said in one.
pub(super) fn event(step: &Step, contract: &Contract, event_id: String) -> Option<ProviderEvent> {
    let Actor::Provider { name } = &step.by else {
        return None;
    };
    Some(ProviderEvent {
        provider: name.to_string(),
        event_id,
        account: String::new(),
        // The same event says the same whenever it comes.
        at: Timestamp::UNIX_EPOCH,
        kind: kind(&step.command, contract)?,
    })
}

fn kind(command: &Command, contract: &Contract) -> Option<Kind> {
    let reference = String::new;
    Some(match command {
        Command::Captured {
            payment,
            amount,
            fee,
            receipt,
        } if fee.currency == amount.currency => Kind::PaymentCaptured {
            payment_ref: reference(),
            payment_id: payment.to_string(),
            amount: Minor(amount.amount_minor),
            currency: amount.currency,
            fee: Minor(fee.amount_minor),
            external_id: receipt.clone(),
        },
        Command::PaymentFailed { payment } => Kind::PaymentFailed {
            payment_ref: reference(),
            payment_id: payment.to_string(),
            reason: "declined".to_owned(),
        },
        Command::PaymentExpired { payment } => Kind::PaymentExpired {
            payment_ref: reference(),
            payment_id: payment.to_string(),
        },
        Command::RefundSucceeded { refund, receipt } => Kind::RefundSucceeded {
            refund_ref: reference(),
            refund_id: refund.to_string(),
            amount: refunded(contract, *refund)?,
            currency: contract.currency,
            external_id: receipt.clone(),
        },
        Command::RefundFailed { refund, receipt } => Kind::RefundFailed {
            refund_ref: reference(),
            refund_id: refund.to_string(),
            reason: "closed_account".to_owned(),
            external_id: receipt.clone(),
        },
        _ => return chargeback(command, contract),
    })
}

fn chargeback(command: &Command, contract: &Contract) -> Option<Kind> {
    let payment_of = |reference: &str| {
        let known = contract.chargebacks.iter();
        let found = known.clone().find(|one| one.reference == reference);
        found.map(|one| one.payment.to_string())
    };
    Some(match command {
        Command::ChargebackOpened {
            payment,
            reference,
            receipt,
            amount,
            fee,
            evidence_by,
        } if fee.currency == amount.currency => Kind::ChargebackOpened {
            chargeback_ref: reference.clone(),
            payment_ref: String::new(),
            payment_id: payment.to_string(),
            amount: Minor(amount.amount_minor),
            currency: amount.currency,
            fee: Minor(fee.amount_minor),
            evidence_due: *evidence_by,
            external_id: receipt.clone(),
        },
        Command::ChargebackWon { reference, receipt } => Kind::ChargebackWon {
            chargeback_ref: reference.clone(),
            payment_ref: String::new(),
            payment_id: payment_of(reference)?,
            amount: taken(contract, reference)?,
            currency: contract.currency,
            external_id: receipt.clone(),
        },
        Command::ChargebackLost { reference } => Kind::ChargebackLost {
            chargeback_ref: reference.clone(),
            payment_ref: String::new(),
            payment_id: payment_of(reference)?,
            amount: taken(contract, reference)?,
            currency: contract.currency,
            // Without one it says nothing of a second withdrawal, which the core is not told either.
            external_id: None,
        },
        _ => return None,
    })
}

fn refunded(contract: &Contract, id: RefundId) -> Option<Minor> {
    let refund = contract.refunds.iter().find(|one| one.id == id);
    refund.map(|one| one.amount_minor)
}

fn taken(contract: &Contract, reference: &str) -> Option<Minor> {
    let chargeback = contract.chargebacks.iter().find(|one| one.reference == reference);
    chargeback.map(|one| one.amount_minor)
}

/// That money has come into a bank.
pub(super) fn came(cast: &Cast, bank: &Name, transfer: &str, amount: Minor) -> ProviderEvent {
    ProviderEvent {
        provider: bank.to_string(),
        event_id: transfer.to_owned(),
        account: String::new(),
        at: cast.input.now,
        kind: Kind::ReceiptUnmatched {
            amount,
            currency: cast.offer.currency,
            text: "transfer".to_owned(),
            counterparty: "acquirer".to_owned(),
            external_id: transfer.to_owned(),
        },
    }
}

/// That a payout has arrived.
pub(super) fn paid(
    cast: &Cast,
    payout: PayoutId,
    (amount, number): (Money, u32),
    at: Timestamp,
) -> ProviderEvent {
    ProviderEvent {
        provider: world::payer().to_string(),
        event_id: format!("{} payout {number}", cast.id),
        account: String::new(),
        at,
        kind: Kind::PayoutPaid {
            payout_ref: String::new(),
            payout_id: payout.to_string(),
            amount: Minor(amount.amount_minor),
            currency: amount.currency,
            external_id: format!("{} payout {number}", cast.id),
        },
    }
}
