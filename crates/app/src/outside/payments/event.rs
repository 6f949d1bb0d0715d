//! What a provider reports, and why a report is not believed.

use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outside::json::Twice;
use crate::outside::signature::SignatureFault;

/// Something that happened at the provider. Applied once by `provider` and `event_id`; tolerated in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderEvent {
    /// The name of the provider that signed it.
    pub provider: String,
    /// The same for every delivery of the same event.
    pub event_id: String,
    /// The account of the operator at the provider.
    pub account: String,
    /// When it happened there.
    pub at: Timestamp,
    /// What happened.
    pub kind: ProviderEventKind,
}

/// What can happen at a provider. References are the provider's, ids are ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ProviderEventKind {
    /// A client paid, perhaps another sum than was asked for.
    PaymentCaptured {
        /// The payment.
        payment_ref: String,
        /// Our id of it.
        payment_id: String,
        /// What came in, before the fee.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// What the provider kept.
        fee: Minor,
        /// The balance transaction, for the reconciliation.
        external_id: String,
    },
    /// A payment was declined or given up.
    PaymentFailed {
        /// The payment.
        payment_ref: String,
        /// Our id of it.
        payment_id: String,
        /// The provider's stable word for it.
        reason: String,
    },
    /// The checkout closed and nobody had paid.
    PaymentExpired {
        /// The payment.
        payment_ref: String,
        /// Our id of it.
        payment_id: String,
    },
    /// Money left the account of a bank for nothing of ours: known from a statement, and booked when two operators
    /// have said what it was.
    TransferUnmatched {
        /// What left.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The text of the transfer.
        text: String,
        /// Who got it.
        counterparty: String,
        /// The bank's name of the line.
        external_id: String,
    },
    /// The client has the money back.
    RefundSucceeded {
        /// The refund.
        refund_ref: String,
        /// Our id of it.
        refund_id: String,
        /// What went back.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The balance transaction.
        external_id: String,
    },
    /// The money could not be sent back; it is in our balance again.
    RefundFailed {
        /// The refund.
        refund_ref: String,
        /// Our id of it.
        refund_id: String,
        /// The provider's stable word for it.
        reason: String,
        /// The balance transaction that brought it back, if it had left.
        external_id: Option<String>,
    },
    /// The expert has the money.
    PayoutPaid {
        /// The payout.
        payout_ref: String,
        /// Our id of it.
        payout_id: String,
        /// What was paid.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The balance transaction.
        external_id: String,
    },
    /// The payout did not arrive.
    PayoutFailed {
        /// The payout.
        payout_ref: String,
        /// Our id of it.
        payout_id: String,
        /// The provider's stable word for it.
        reason: String,
        /// The balance transaction that brought it back, if it had left.
        external_id: Option<String>,
    },
    /// The bank sent the money back after it had been paid.
    PayoutReturned {
        /// The payout.
        payout_ref: String,
        /// Our id of it.
        payout_id: String,
        /// The provider's stable word for it.
        reason: String,
        /// What came back.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The balance transaction.
        external_id: String,
    },
    /// A bank took a payment back, and a fee was charged for it.
    ChargebackOpened {
        /// The chargeback.
        chargeback_ref: String,
        /// The payment it is about.
        payment_ref: String,
        /// Our id of that payment.
        payment_id: String,
        /// What was taken.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// What the provider charged for it, beside `amount`.
        fee: Minor,
        /// Until when evidence is taken.
        evidence_due: Timestamp,
        /// The balance transaction.
        external_id: String,
    },
    /// The bank gave the money back; the fee stays.
    ChargebackWon {
        /// The chargeback.
        chargeback_ref: String,
        /// The payment it is about.
        payment_ref: String,
        /// Our id of that payment.
        payment_id: String,
        /// What came back.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The balance transaction.
        external_id: String,
    },
    /// The money is gone for good. After a won one: the second round, with a transaction of its own.
    ChargebackLost {
        /// The chargeback.
        chargeback_ref: String,
        /// The payment it is about.
        payment_ref: String,
        /// Our id of that payment.
        payment_id: String,
        /// What is gone.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The balance transaction, if the money had come back in between.
        external_id: Option<String>,
    },
    /// A transfer came of which nobody knows what it is for.
    ReceiptUnmatched {
        /// What came in.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// What stood in it.
        text: String,
        /// Who sent it.
        counterparty: String,
        /// The bank's name for it.
        external_id: String,
    },
    /// Such a transfer was sent back.
    ReceiptReturned {
        /// Our id of what had come.
        receipt_id: String,
        /// What went back.
        amount: Minor,
        /// Its currency.
        currency: Currency,
        /// The bank's name for the transfer back.
        external_id: String,
    },
    /// The provider knows a person and can pay them.
    AccountOnboarded {
        /// The account that payouts name.
        account_ref: String,
        /// Our id of the person.
        person_id: String,
    },
}

/// Why an event is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventRefusal {
    /// What stands beside the body does not prove where it comes from.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// Signed, and yet not what the provider's events look like.
    #[error("the event is signed but cannot be read: {why}")]
    Unreadable {
        /// What is wrong with it, without its content.
        why: String,
    },
    /// Signed, and it says two things of one field.
    #[error(transparent)]
    Twice(#[from] Twice),
    /// Signed and readable, of a kind that this program does not know.
    #[error("the event is of a kind that this program does not know")]
    UnknownKind {
        /// The provider's word for it.
        kind: String,
    },
    /// Signed with our secret, for somebody else's account.
    #[error("the event is about another account than ours")]
    OtherAccount {
        /// The account it names.
        account: String,
    },
}

impl EventRefusal {
    /// The stable word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(fault) => fault.code(),
            Self::Unreadable { .. } => "event_unreadable",
            Self::Twice(_) => "event_field_twice",
            Self::UnknownKind { .. } => "event_kind_unknown",
            Self::OtherAccount { .. } => "event_other_account",
        }
    }
}
