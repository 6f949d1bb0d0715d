//! Payments by the client, refunds to where they came from, and chargebacks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::words;
use crate::ids::{ChargebackId, MilestoneId, PaymentId, RefundId};
use crate::ledger::{Account, Name};
use crate::money::Minor;

words! {
    /// How a client pays.
    Method {
        /// A card: the payment's time is 15 minutes.
        Card = "card",
        /// A bank transfer: the payment's time is 7 days.
        Bank = "bank",
    }
}

words! {
    /// How far a payment has got.
    PaymentState {
        /// Begun; nothing has arrived.
        Pending = "pending",
        /// Its time is over. Money may still arrive.
        Expired = "expired",
        /// The provider could not take it.
        Failed = "failed",
        /// Less has arrived than was asked for.
        Conflicted = "conflicted",
        /// All has arrived.
        Captured = "captured",
    }
}

/// A payment by the client. What of it is in no lot stands in the client's funds: `received = placed + in funds +
/// on its way back + gone back + withheld`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Its name for ever; the provider is told it.
    pub id: PaymentId,
    /// What it is for.
    pub milestone: MilestoneId,
    /// Who takes it.
    pub provider: Name,
    /// How the client pays.
    pub method: Method,
    /// The part of it that becomes price.
    pub price_minor: Minor,
    /// All that is asked for: price, fee and tax.
    pub asked_minor: Minor,
    /// How far it has got.
    pub state: PaymentState,
    /// When its time is over.
    pub until: Timestamp,
    /// When the first of it arrived: from then on the provider counts how long it can hold the money.
    pub arrived_at: Option<Timestamp>,
    /// All that has arrived.
    pub received_minor: Minor,
    /// Arrived and in no lot.
    pub in_funds_minor: Minor,
    /// Taken out of its lots as the fee of a dispute, and not lost to a chargeback since.
    pub dispute_fee_minor: Minor,
    /// Names of the receipts that were booked.
    pub receipts: Vec<String>,
    /// Whether the money was moved from the provider to the operator's bank.
    pub moved_to: Option<Name>,
}

impl Payment {
    /// What has to arrive until it funds its milestone. What came and was taken back is missing, too.
    pub fn missing(&self) -> Minor {
        self.asked_minor.less(self.in_funds_minor)
    }

    /// Where its provider books it: each movement that the provider tells is one line of this account, also where the
    /// operator has moved the rest to the bank since. What is sent back or taken then is a debt to the provider.
    pub fn at_provider(&self) -> Account {
        match self.method {
            Method::Bank => Account::Bank(self.provider.clone()),
            Method::Card => Account::Psp(self.provider.clone()),
        }
    }
}

words! {
    /// How far a refund has got.
    RefundState {
        /// Booked and waiting to be sent.
        Requested = "requested",
        /// Not sent while a chargeback on its payment is open.
        Stopped = "stopped",
        /// The provider has it.
        Sent = "sent",
        /// The client has it.
        Succeeded = "succeeded",
        /// It came back; the money is in the client's funds, or has met a loss before.
        Failed = "failed",
        /// Never sent, and the payment lost a chargeback; what was left of it goes back as a new one.
        WrittenOff = "written_off",
        /// Written off, and yet the client has it: it went back twice, and the client owes it.
        PaidTwice = "paid_twice",
    }
}

/// Money on its way back to its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Its name for ever; the provider is told it.
    pub id: RefundId,
    /// Where the money goes back to.
    pub payment: PaymentId,
    /// How much.
    pub amount_minor: Minor,
    /// How far it has got.
    pub state: RefundState,
}

words! {
    /// How a chargeback stands.
    ChargebackState {
        /// Not decided.
        Open = "open",
        /// The money came back.
        Won = "won",
        /// The money is gone.
        Lost = "lost",
    }
}

/// A payment taken back by the payer's bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chargeback {
    /// Its name for ever.
    pub id: ChargebackId,
    /// What the provider calls it.
    pub reference: String,
    /// The payment.
    pub payment: PaymentId,
    /// How much was taken.
    pub amount_minor: Minor,
    /// How it stands.
    pub state: ChargebackState,
    /// When evidence must be with the provider, with two days in hand.
    pub evidence_by: Timestamp,
    /// Once lost: what was met by the client's funds.
    pub from_funds_minor: Minor,
    /// Once lost: what had gone back to the client already, who owes it.
    pub twice_minor: Minor,
    /// Of it, what came back because a refund failed afterwards.
    pub repaid_minor: Minor,
    /// Once lost: what had left the platform already and was met by the contract's rule.
    pub by_rule_minor: Minor,
}
