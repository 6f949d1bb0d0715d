//! What a provider says a movement came to, held against what it was told to move.
//!
//! A refund, payout or chargeback has one sum from the beginning. A report of another sum is not booked as if it were that
//! one: it is refused with its own code, the operator sees it, and the reconciliation shows what really moved.

use earnest_hire::contract::Contract;
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::payee::Payee;
use earnest_hire::refusal::Refusal;

use crate::Error;
use crate::desk::Desk;
use crate::outside::payments::ProviderEventKind as Kind;

pub(super) async fn with_contract(desk: &Desk, id: ContractId, kind: &Kind) -> Result<(), Error> {
    let told = match kind {
        Kind::RefundSucceeded { .. } | Kind::ChargebackWon { .. } | Kind::ChargebackLost { .. } => told(kind),
        _ => None,
    };
    let Some((amount, currency)) = told else {
        return Ok(());
    };
    let read = desk
        .store
        .read(move |mut view| async move { view.contract(id).await });
    let contract: Contract = read.await?.ok_or(Error::NotFound)?;
    if names_another_payment(kind, &contract) {
        return Err(Refusal::PaymentDiffers.into());
    }
    let of_it = asked_of(kind, &contract).is_none_or(|asked| asked == amount);
    agreed(of_it && currency == contract.currency)
}

pub(super) async fn with_payee(desk: &Desk, id: PersonId, kind: &Kind) -> Result<(), Error> {
    let (Kind::PayoutPaid { payout_id, .. } | Kind::PayoutReturned { payout_id, .. }) = kind else {
        return Ok(());
    };
    let Some((amount, currency)) = told(kind) else {
        return Ok(());
    };
    let read = desk
        .store
        .read(move |mut view| async move { view.payee(id).await });
    let payee: Payee = read.await?.ok_or(Error::NotFound)?;
    let payout = payee.payouts.iter().find(|one| one.id.to_string() == *payout_id);
    let of_it = payout.is_none_or(|one| one.amount_minor == amount);
    agreed(of_it && currency == payee.currency)
}

fn agreed(holds: bool) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::AmountDiffers.into())
    }
}

fn told(kind: &Kind) -> Option<(Minor, Currency)> {
    match kind {
        Kind::PaymentCaptured { amount, currency, .. }
        | Kind::RefundSucceeded { amount, currency, .. }
        | Kind::PayoutPaid { amount, currency, .. }
        | Kind::PayoutReturned { amount, currency, .. }
        | Kind::ChargebackOpened { amount, currency, .. }
        | Kind::ChargebackWon { amount, currency, .. }
        | Kind::ChargebackLost { amount, currency, .. }
        | Kind::ReceiptUnmatched { amount, currency, .. }
        | Kind::ReceiptReturned { amount, currency, .. } => Some((*amount, *currency)),
        Kind::PaymentFailed { .. }
        | Kind::PaymentExpired { .. }
        | Kind::RefundFailed { .. }
        | Kind::PayoutFailed { .. }
        | Kind::TransferUnmatched { .. }
        | Kind::AccountOnboarded { .. } => None,
    }
}

/// Whether the end of a chargeback names another payment than the chargeback was opened on.
fn names_another_payment(kind: &Kind, contract: &Contract) -> bool {
    let (Kind::ChargebackWon {
        chargeback_ref,
        payment_id,
        ..
    }
    | Kind::ChargebackLost {
        chargeback_ref,
        payment_id,
        ..
    }) = kind
    else {
        return false;
    };
    let chargebacks = &mut contract.chargebacks.iter();
    let opened = chargebacks.find(|one| one.reference == *chargeback_ref);
    opened.is_some_and(|one| one.payment.to_string() != *payment_id)
}

/// What the movement must come to; nothing where the contract knows none of that name, which is refused elsewhere.
fn asked_of(kind: &Kind, contract: &Contract) -> Option<Minor> {
    match kind {
        Kind::RefundSucceeded { refund_id, .. } => {
            let refunds = &mut contract.refunds.iter();
            refunds
                .find(|one| one.id.to_string() == *refund_id)
                .map(|one| one.amount_minor)
        }
        Kind::ChargebackWon { chargeback_ref, .. } | Kind::ChargebackLost { chargeback_ref, .. } => {
            let chargebacks = &mut contract.chargebacks.iter();
            chargebacks
                .find(|one| one.reference == *chargeback_ref)
                .map(|one| one.amount_minor)
        }
        _ => None,
    }
}
