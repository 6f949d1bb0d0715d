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
    if !matches!(
        kind,
        Kind::RefundSucceeded { .. } | Kind::ChargebackWon { .. } | Kind::ChargebackLost { .. }
    ) {
        return Ok(());
    }
    let read = desk
        .store
        .read(move |mut view| async move { view.contract(id).await });
    let contract: Contract = read.await?.ok_or(Error::NotFound)?;
    Ok(agrees(kind, &contract)?)
}

/// Of what the contract does not know there is no sum; that is refused elsewhere.
fn agrees(kind: &Kind, contract: &Contract) -> Result<(), Refusal> {
    match kind {
        Kind::RefundSucceeded {
            refund_id,
            amount,
            currency,
            ..
        } => {
            let mut refunds = contract.refunds.iter();
            let refund = refunds.find(|one| one.id.to_string() == *refund_id);
            let asked = refund.map(|one| one.amount_minor);
            agreed(asked, (*amount, *currency), contract.currency)
        }
        Kind::ChargebackWon {
            chargeback_ref,
            payment_id,
            amount,
            currency,
            ..
        }
        | Kind::ChargebackLost {
            chargeback_ref,
            payment_id,
            amount,
            currency,
            ..
        } => {
            let mut chargebacks = contract.chargebacks.iter();
            let opened = chargebacks.find(|one| one.reference == *chargeback_ref);
            if opened.is_some_and(|one| one.payment.to_string() != *payment_id) {
                return Err(Refusal::PaymentDiffers);
            }
            let taken = opened.map(|one| one.amount_minor);
            agreed(taken, (*amount, *currency), contract.currency)
        }
        _ => Ok(()),
    }
}

pub(super) async fn with_payee(desk: &Desk, id: PersonId, kind: &Kind) -> Result<(), Error> {
    let (Kind::PayoutPaid {
        payout_id,
        amount,
        currency,
        ..
    }
    | Kind::PayoutReturned {
        payout_id,
        amount,
        currency,
        ..
    }) = kind
    else {
        return Ok(());
    };
    let read = desk
        .store
        .read(move |mut view| async move { view.payee(id).await });
    let payee: Payee = read.await?.ok_or(Error::NotFound)?;
    let payout = payee.payouts.iter().find(|one| one.id.to_string() == *payout_id);
    let sent = payout.map(|one| one.amount_minor);
    Ok(agreed(sent, (*amount, *currency), payee.currency)?)
}

fn agreed(asked: Option<Minor>, told: (Minor, Currency), ours: Currency) -> Result<(), Refusal> {
    if told.1 == ours && asked.is_none_or(|asked| asked == told.0) {
        Ok(())
    } else {
        Err(Refusal::AmountDiffers)
    }
}
