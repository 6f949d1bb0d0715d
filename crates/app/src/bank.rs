//! Transfers by hand: a statement of the operator's bank becomes events of the provider `bank`, which are applied once
//! like those of any provider. What has no reference waits until operators say whose it is, send it back, or explain it.

mod asked;
mod before;
mod import;
mod known;
mod left;
mod waiting;

use earnest_hire::bank::{ReceiptCommand, ReceiptState, TransferReference};
use earnest_hire::contract::Actor;
use earnest_hire::ledger::Name;
use earnest_hire::money::{Minor, Money};
use earnest_hire::refusal::Refusal;
use earnest_store::TransferRow;

use crate::Error;
use crate::contract::Also;
use crate::desk::Desk;
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};

pub use self::asked::Answer;
pub(crate) use self::asked::{Asked, act, act_by_two, keep_in};
pub use self::before::{Doubt, Unlike};
pub use self::import::{Imported, NotImported, import};
pub use self::left::{Left, explain, left};
pub use self::waiting::{
    Awaited, assign, awaited, payment_named, payment_unknown, propose_move, send_back, unmatched,
};

/// More receipts than anybody leaves lying.
const SHOWN: u16 = 1_000;
/// The most characters of what an operator says about a line of a statement.
const WHY: usize = 1_000;

/// Does what an event says that belongs to no contract and no person.
pub(crate) async fn happen(
    desk: &Desk,
    event: &ProviderEvent,
    actor: &Actor,
    also: &Also,
) -> Result<(), Error> {
    asked::act(desk, &command(event)?, actor, also.clone())
        .await
        .map(drop)
}

fn command(event: &ProviderEvent) -> Result<ReceiptCommand, Error> {
    match &event.kind {
        Kind::ReceiptUnmatched {
            amount,
            currency,
            text,
            counterparty,
            external_id,
        } => Ok(ReceiptCommand::ReceiveUnmatched {
            bank: event.provider.parse().or(Err(Refusal::ProviderDiffers))?,
            external_id: external_id.clone(),
            on: event.at,
            amount: Money {
                amount_minor: amount.0,
                currency: *currency,
            },
            text: text.clone(),
            counterparty: counterparty.clone(),
        }),
        Kind::ReceiptReturned {
            receipt_id,
            external_id,
            ..
        } => Ok(ReceiptCommand::ReturnUnmatched {
            receipt: receipt_id.parse().or(Err(Refusal::NotFound))?,
            external_id: external_id.clone(),
        }),
        _ => Err(Refusal::EventWithoutEffect.into()),
    }
}

/// A transfer that the operator is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// To be written into it: the statement is matched by it.
    pub reference: TransferReference,
    /// How much.
    pub amount: Minor,
    /// A refund, payout or receipt.
    pub about: String,
    /// To whom, as far as that is known here.
    pub to: String,
}

/// Refunds, payouts and returns that are decided and stand in no statement yet.
pub async fn transfers(desk: &Desk) -> Result<Vec<Transfer>, Error> {
    let read = desk.store.read(|mut view| async move {
        Ok::<_, earnest_store::Error>((
            view.refunds_at(Name::BANK).await?,
            view.payouts_at(Name::BANK).await?,
            view.receipts(ReceiptState::Returning, SHOWN).await?,
        ))
    });
    let (refunds, payouts, returns) = read.await?;
    let mut transfers = Vec::new();
    let under_way = |row: &&TransferRow| row.state == "sent";
    for row in refunds.iter().filter(under_way) {
        let id = row.id.parse().or(Err(Error::NotFound))?;
        let to = "the account that the payment came from".to_owned();
        transfers.push(transfer(TransferReference::of_refund(id), row, to));
    }
    for row in payouts.iter().filter(under_way) {
        let id = row.id.parse().or(Err(Error::NotFound))?;
        let to = payee_account(desk, &row.id).await?;
        transfers.push(transfer(TransferReference::of_payout(id), row, to));
    }
    transfers.extend(returns.into_iter().map(|row| Transfer {
        reference: TransferReference::of_return(row.id),
        amount: row.amount_minor,
        about: row.id.to_string(),
        to: row.counterparty,
    }));
    Ok(transfers)
}

fn transfer(reference: TransferReference, row: &TransferRow, to: String) -> Transfer {
    Transfer {
        reference,
        amount: row.amount,
        about: row.id.clone(),
        to,
    }
}

/// The account that a payout is pinned to, as the person named it.
async fn payee_account(desk: &Desk, payout: &str) -> Result<String, Error> {
    let named = payout.to_owned();
    let read = desk.store.read(move |mut view| {
        let named = named.clone();
        async move {
            let Some(person) = view.payee_of(&named).await? else {
                return Ok(None);
            };
            view.payee(person).await
        }
    });
    let payee: Result<_, earnest_store::Error> = read.await;
    let payee = payee?.ok_or(Error::NotFound)?;
    let found = payee.payouts.iter().find(|one| one.id.to_string() == payout);
    Ok(found.map(|one| one.account.clone()).unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests;
