//! A transfer without a reference. One that came waits until an operator says whose it is, or sends it back; one that
//! left is booked as two operators explain it. Decided like contracts are, so that its history can be decided again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{Actor, words};
use crate::ids::{EventId, Ids, PaymentId, PersonId};
use crate::ledger::{Account, Draft, Entry, Name, Side};
use crate::money::{Currency, Minor, Money};
use crate::refusal::Refusal;

words! {
    /// Where an unmatched receipt is.
    ReceiptState {
        /// Nobody knows whose it is.
        Open = "open",
        /// It became part of a payment.
        Assigned = "assigned",
        /// The operator is to send it back.
        Returning = "returning",
        /// It went back.
        Returned = "returned",
        /// It had left, and two operators have said what it was.
        Explained = "explained",
    }
}

/// A transfer without a reference: what came, or in the state explained what left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The event that booked it.
    pub id: EventId,
    /// Of which bank account.
    pub bank: Name,
    /// The bank's own id.
    pub external_id: String,
    /// On which day.
    pub at: Timestamp,
    /// How much.
    pub amount_minor: Minor,
    /// Of what.
    pub currency: Currency,
    /// What stood in it.
    pub text: String,
    /// Who sent or got it.
    pub counterparty: String,
    /// Where it is.
    pub state: ReceiptState,
    /// What it became part of.
    pub payment: Option<PaymentId>,
}

/// A command about a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReceiptCommand {
    /// It stands in a statement.
    ReceiveUnmatched {
        /// Into which bank account.
        bank: Name,
        /// The bank's own id.
        external_id: String,
        /// On which day.
        on: Timestamp,
        /// How much.
        amount: Money,
        /// What stood in it.
        text: String,
        /// Who sent it.
        counterparty: String,
    },
    /// It becomes part of a payment; the contract books it, see [`crate::contract::Command::AssignReceipt`] and
    /// [`crate::contract::Command::MoveToBank`].
    AssignUnmatched {
        /// Which.
        receipt: EventId,
        /// Of which payment.
        payment: PaymentId,
    },
    /// The operator is to send it back.
    AskReturn {
        /// Which.
        receipt: EventId,
        /// Why; empty in what was kept before it was asked for.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
        /// Who agrees, where it is more than one operator may send back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<PersonId>,
    },
    /// The transfer back stands in a statement.
    ReturnUnmatched {
        /// Which.
        receipt: EventId,
        /// The bank's own id of the transfer back.
        external_id: String,
    },
    /// It left for nothing of ours: two operators say what it was, and it is a cost of the operator's.
    ExplainLeft {
        /// Out of which bank account.
        bank: Name,
        /// The bank's own id.
        external_id: String,
        /// On which day.
        on: Timestamp,
        /// How much.
        amount: Money,
        /// What stood in it.
        text: String,
        /// Who got it.
        counterparty: String,
        /// What it was.
        why: String,
        /// Who agrees.
        second: Option<PersonId>,
    },
}

impl ReceiptCommand {
    /// The word for it in journals and entries.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReceiveUnmatched { .. } => "receive_unmatched",
            Self::AssignUnmatched { .. } => "assign_unmatched",
            Self::AskReturn { .. } => "ask_return",
            Self::ReturnUnmatched { .. } => "return_unmatched",
            Self::ExplainLeft { .. } => "explain_left",
        }
    }

    /// The receipt that must be there for it.
    pub fn receipt(&self) -> Option<EventId> {
        match self {
            Self::ReceiveUnmatched { .. } | Self::ExplainLeft { .. } => None,
            Self::AssignUnmatched { receipt, .. }
            | Self::AskReturn { receipt, .. }
            | Self::ReturnUnmatched { receipt, .. } => Some(*receipt),
        }
    }

    /// The second operator, where one may be named.
    pub fn second(&mut self) -> Option<&mut Option<PersonId>> {
        match self {
            Self::AskReturn { second, .. } | Self::ExplainLeft { second, .. } => Some(second),
            Self::ReceiveUnmatched { .. } | Self::AssignUnmatched { .. } | Self::ReturnUnmatched { .. } => {
                None
            }
        }
    }
}

/// All that one decision is made from beside the receipt and the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptInput {
    /// In whole microseconds.
    pub now: Timestamp,
    /// Drawn anew for every command; the ids come from it.
    pub seed: [u8; 16],
    /// Up to which sum one operator alone may send money back; any, where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone_up_to_minor: Option<Minor>,
}

impl ReceiptInput {
    /// Cuts the time to what the database keeps.
    pub fn new(now: Timestamp, seed: [u8; 16]) -> Self {
        Self {
            now: crate::span::whole_microseconds(now),
            seed,
            alone_up_to_minor: None,
        }
    }
}

/// What becomes of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptDecision {
    /// As it is after the command.
    pub receipt: Receipt,
    /// The command in the history.
    pub event: EventId,
    /// What is booked, if anything is.
    pub entry: Option<Entry>,
}

/// Decides a command about the receipt that it names, as it is now.
pub fn decide_receipt(
    former: Option<&Receipt>,
    command: &ReceiptCommand,
    by: &Actor,
    input: &ReceiptInput,
) -> Result<ReceiptDecision, Refusal> {
    let mut ids = Ids::new(input.now, input.seed);
    let event = ids.event();
    let mut receipt = begun(command, event)?
        .or(former.cloned())
        .ok_or(Refusal::NotFound)?;
    let mut draft = Draft::new(receipt.currency);
    match command {
        ReceiptCommand::ReceiveUnmatched { .. } => {
            told_by_bank(&receipt, by)?;
            let name = receipt.external_id.clone();
            book(&mut draft, &receipt, (Side::Debit, Side::Credit), name)?;
        }
        ReceiptCommand::AssignUnmatched { payment, .. } => {
            operator(by)?;
            leave(&mut receipt, ReceiptState::Open, ReceiptState::Assigned)?;
            receipt.payment = Some(*payment);
        }
        ReceiptCommand::AskReturn { second, .. } => {
            operator(by)?;
            leave(&mut receipt, ReceiptState::Open, ReceiptState::Returning)?;
            let alone = input
                .alone_up_to_minor
                .is_none_or(|most| receipt.amount_minor <= most);
            if second.is_some() || !alone {
                two(by, *second)?;
            }
        }
        ReceiptCommand::ReturnUnmatched { external_id, .. } => {
            told_by_bank(&receipt, by)?;
            leave(&mut receipt, ReceiptState::Returning, ReceiptState::Returned)?;
            let name = external_id.clone();
            book(&mut draft, &receipt, (Side::Credit, Side::Debit), name)?;
        }
        ReceiptCommand::ExplainLeft { why, second, .. } => {
            operator(by)?;
            if why.trim().is_empty() {
                return Err(Refusal::ReasonMissing);
            }
            two(by, *second)?;
            let (account, amount) = (Account::Bank(receipt.bank.clone()), receipt.amount_minor);
            draft.line(Account::Goodwill, Side::Debit, amount, None)?;
            draft.line(account, Side::Credit, amount, Some(receipt.external_id.clone()))?;
        }
    }
    let entry = if draft.is_empty() {
        None
    } else {
        Some(draft.balance(ids.entry(), command.name())?)
    };
    Ok(ReceiptDecision {
        receipt,
        event,
        entry,
    })
}

/// The transfer that a command is the first to tell of; none where it is about one that is known.
fn begun(command: &ReceiptCommand, id: EventId) -> Result<Option<Receipt>, Refusal> {
    let (ReceiptCommand::ReceiveUnmatched {
        bank,
        external_id,
        on,
        amount,
        text,
        counterparty,
    }
    | ReceiptCommand::ExplainLeft {
        bank,
        external_id,
        on,
        amount,
        text,
        counterparty,
        ..
    }) = command
    else {
        return Ok(None);
    };
    let explained = matches!(command, ReceiptCommand::ExplainLeft { .. });
    Ok(Some(Receipt {
        id,
        bank: bank.clone(),
        external_id: external_id.clone(),
        at: *on,
        amount_minor: amount.positive(amount.currency)?,
        currency: amount.currency,
        text: text.clone(),
        counterparty: counterparty.clone(),
        state: if explained {
            ReceiptState::Explained
        } else {
            ReceiptState::Open
        },
        payment: None,
    }))
}

fn told_by_bank(receipt: &Receipt, by: &Actor) -> Result<(), Refusal> {
    match by {
        Actor::Provider { name } if *name == receipt.bank => Ok(()),
        Actor::Provider { .. } => Err(Refusal::ProviderDiffers),
        Actor::Person { .. } | Actor::Operator { .. } | Actor::Clock => Err(Refusal::NotForPeople),
    }
}

fn operator(by: &Actor) -> Result<(), Refusal> {
    if matches!(by, Actor::Operator { .. }) {
        Ok(())
    } else {
        Err(Refusal::OperatorOnly)
    }
}

/// Another operator has agreed.
fn two(by: &Actor, second: Option<PersonId>) -> Result<(), Refusal> {
    let second = second.ok_or(Refusal::FourEyes)?;
    if *by == (Actor::Operator { id: second }) {
        Err(Refusal::SameOperator)
    } else {
        Ok(())
    }
}

fn leave(receipt: &mut Receipt, from: ReceiptState, to: ReceiptState) -> Result<(), Refusal> {
    if receipt.state != from {
        return Err(match from {
            ReceiptState::Open => Refusal::ReceiptNotOpen,
            ReceiptState::Assigned
            | ReceiptState::Returning
            | ReceiptState::Returned
            | ReceiptState::Explained => Refusal::EventWithoutEffect,
        });
    }
    receipt.state = to;
    Ok(())
}

/// Between the bank and what nobody has claimed.
fn book(
    draft: &mut Draft,
    receipt: &Receipt,
    (bank, unmatched): (Side, Side),
    name: String,
) -> Result<(), Refusal> {
    let (account, amount) = (Account::Bank(receipt.bank.clone()), receipt.amount_minor);
    draft.line(account, bank, amount, Some(name))?;
    draft.line(Account::UnmatchedReceipts, unmatched, amount, None)
}
