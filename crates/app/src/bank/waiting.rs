//! Receipts that wait for somebody to say whose they are: a payment's, moved here from a provider, or to go back.

use earnest_hire::bank::{Receipt, ReceiptCommand, ReceiptState, TransferReference};
use earnest_hire::contract::{Actor, Command};
use earnest_hire::field::{self, FieldRefusal, Lines};
use earnest_hire::ids::{ContractId, EventId, MotionId, PaymentId, PersonId};
use earnest_hire::ledger::Name;
use earnest_hire::money::Money;
use earnest_hire::refusal::Refusal;

use super::{SHOWN, WHY};
use crate::Error;
use crate::contract::Also;
use crate::desk::Desk;
use crate::motion::{self, Given, What};
use crate::payee::Who;

/// Receipts that wait for somebody to say whose they are.
pub async fn unmatched(desk: &Desk) -> Result<Vec<Receipt>, Error> {
    receipts(desk, ReceiptState::Open).await
}

async fn receipts(desk: &Desk, state: ReceiptState) -> Result<Vec<Receipt>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.receipts(state, SHOWN).await });
    Ok(read.await?)
}

/// Makes a receipt part of a payment, in one transaction with what that changes in the contract. Much, or another sum than
/// the payment is missing, is proposed, and another operator seconds it.
pub async fn assign(
    desk: &Desk,
    operator: PersonId,
    receipt: EventId,
    payment: PaymentId,
) -> Result<Given, Error> {
    let (contract, row) = of(desk, receipt, payment).await?;
    let command = Command::AssignReceipt {
        payment,
        bank: row.bank,
        amount: Money {
            amount_minor: row.amount_minor.0,
            currency: row.currency,
        },
        receipt: row.external_id,
        second: None,
    };
    let actor = Actor::Operator { id: operator };
    let what = What::Contract(contract, command);
    motion::give(desk, &what, Who::sure(&actor), Also::Receipt { receipt, payment }).await
}

/// Proposes that a receipt is what was moved here of a payment; another operator seconds it. `transfer` is the provider's
/// own name of the movement.
pub async fn propose_move(
    desk: &Desk,
    operator: PersonId,
    receipt: EventId,
    (payment, transfer): (PaymentId, &str),
) -> Result<MotionId, Error> {
    let (contract, row) = of(desk, receipt, payment).await?;
    let command = Command::MoveToBank {
        payment,
        bank: row.bank,
        receipt,
        transfer: transfer.to_owned(),
        second: operator,
    };
    let actor = Actor::Operator { id: operator };
    motion::propose(desk, &What::Contract(contract, command), Who::sure(&actor)).await
}

/// The contract of a payment, and a receipt that waits.
async fn of(desk: &Desk, receipt: EventId, payment: PaymentId) -> Result<(ContractId, Receipt), Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.contract_of(&payment.to_string()).await });
    let contract = read.await?.ok_or(Error::NotFound)?;
    let open = unmatched(desk).await?;
    let row = open.into_iter().find(|row| row.id == receipt);
    Ok((contract, row.ok_or(Error::NotFound)?))
}

/// Notes that a receipt is to go back, and why; it has gone when its transfer stands in a statement. Much is proposed, and
/// another operator seconds it.
pub async fn send_back(desk: &Desk, operator: PersonId, receipt: EventId, why: &str) -> Result<Given, Error> {
    let missing = "Say why it goes back: it is kept with the transfer, and stands in your record.";
    let why = field::reason("why", why, WHY, Lines::One, missing);
    let command = ReceiptCommand::AskReturn {
        receipt,
        why: why.map_err(|fault| Error::Invalid(vec![fault]))?,
        second: None,
    };
    let actor = Actor::Operator { id: operator };
    let given = motion::give(desk, &What::Bank(command), Who::sure(&actor), Also::Nothing).await;
    given.map_err(|error| match error {
        Error::Refused(Refusal::NotFound) => Error::NotFound,
        other => other,
    })
}

/// A payment that a transfer is waited for.
#[derive(Debug, Clone)]
pub struct Awaited {
    /// Which.
    pub payment: PaymentId,
    /// What its transfer should have had in its text.
    pub reference: TransferReference,
    /// In which contract.
    pub contract: ContractId,
    /// What it is for.
    pub title: String,
    /// Who pays.
    pub client: String,
    /// How much has not come.
    pub missing: Money,
}

/// Payments that transfers are waited for, the newest first.
pub async fn awaited(desk: &Desk) -> Result<Vec<Awaited>, Error> {
    let read = desk.store.read(|mut view| async move {
        let mut found = Vec::new();
        for (payment, contract) in view.awaited_payments(Name::BANK).await? {
            let Some(contract) = view.contract(contract).await? else {
                continue;
            };
            let client = view.person(contract.client).await?;
            let Ok(paid) = contract.payment(payment) else {
                continue;
            };
            let milestone = contract.milestone(paid.milestone).ok();
            found.push(Awaited {
                payment,
                reference: TransferReference::of_payment(payment),
                contract: contract.id,
                title: milestone.map_or_else(String::new, |one| one.plan.title.clone()),
                client: client.map_or_else(|| contract.client.to_string(), |one| one.name),
                missing: Money {
                    amount_minor: paid.asked_minor.less(paid.received_minor).0,
                    currency: contract.currency,
                },
            });
        }
        Ok::<_, earnest_store::Error>(found)
    });
    Ok(read.await?)
}

/// No payment is named: told by the field `payment`.
pub fn payment_unknown() -> Error {
    let sentence = "There is no payment of that reference or id.";
    Error::Invalid(vec![FieldRefusal::new("payment", "payment_unknown", sentence)])
}

/// The payment that a text names, by its id or its reference; [`payment_unknown`] where it names none.
pub async fn payment_named(desk: &Desk, text: &str) -> Result<PaymentId, Error> {
    if let Ok(id) = text.trim().parse() {
        return Ok(id);
    }
    let named = TransferReference::all_in(text);
    let read = desk
        .store
        .read(|mut view| async move { view.payments_at(Name::BANK).await });
    let ids = read
        .await?
        .into_iter()
        .filter_map(|id| id.parse::<PaymentId>().ok());
    let mut found = ids.filter(|id| named.contains(&TransferReference::of_payment(*id)));
    let one = found.next();
    // two with one reference are none: the id says which
    one.filter(|_| found.next().is_none()).ok_or_else(payment_unknown)
}
