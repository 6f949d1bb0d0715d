//! What the provider knows: its objects, and the facts that change them. A fact is the new whole of one object, so
//! that reading the journal back is putting one fact after the other.

use std::collections::BTreeMap;

use earnest_hire::money::{Currency, Minor};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::fault::Fault;

/// Everything, by id; ids sort as they were made.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// What ids are made of, together with `drawn`.
    pub(crate) seed: u64,
    /// How many ids were made.
    pub(crate) drawn: u64,
    pub(crate) clock: Clock,
    pub(crate) payments: BTreeMap<String, Payment>,
    pub(crate) refunds: BTreeMap<String, Refund>,
    pub(crate) payouts: BTreeMap<String, Payout>,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) chargebacks: BTreeMap<String, Chargeback>,
    /// By number, which is the order in which they happened.
    pub(crate) transactions: BTreeMap<u64, Transaction>,
    /// By number, as transactions.
    pub(crate) events: BTreeMap<u64, Event>,
    /// By idempotency key.
    pub(crate) calls: BTreeMap<String, Call>,
    pub(crate) faults: Vec<Fault>,
}

/// One change of the books.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fact {
    Seed(u64),
    Drawn(u64),
    Clock(Clock),
    Payment(Payment),
    Refund(Refund),
    Payout(Payout),
    Account(Account),
    Chargeback(Chargeback),
    Transaction(Transaction),
    Event(Event),
    Call(Call),
    Faults(Vec<Fault>),
}

/// How the provider's time differs from the machine's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    pub(crate) ahead_seconds: i64,
    /// Which time signatures carry. A receiver whose clock was not moved refuses those of a moved one.
    pub(crate) signatures: SignatureTime,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureTime {
    #[default]
    Real,
    Moved,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    /// The caller's id.
    pub(crate) reference: String,
    pub(crate) asked: Minor,
    pub(crate) currency: Currency,
    pub(crate) method: Method,
    pub(crate) description: String,
    pub(crate) return_url: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) state: PaymentState,
    /// What came in; zero before.
    pub(crate) captured: Minor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    Card,
    Bank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentState {
    Open,
    Captured,
    Failed,
    Expired,
    Canceled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    /// The caller's id.
    pub(crate) reference: String,
    pub(crate) payment: String,
    pub(crate) amount: Minor,
    pub(crate) currency: Currency,
    pub(crate) state: RefundState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundState {
    Sent,
    Succeeded,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payout {
    pub(crate) id: String,
    /// The caller's id.
    pub(crate) reference: String,
    pub(crate) account: String,
    pub(crate) amount: Minor,
    pub(crate) currency: Currency,
    pub(crate) state: PayoutState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayoutState {
    Sent,
    Paid,
    Failed,
    Returned,
    /// Before the money left, or before it was asked for.
    Canceled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// The caller's id of the person.
    pub(crate) reference: String,
    pub(crate) name: String,
    pub(crate) return_url: String,
    pub(crate) state: AccountState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountState {
    Begun,
    Onboarded,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chargeback {
    pub(crate) id: String,
    pub(crate) payment: String,
    /// The caller's id of the payment.
    pub(crate) reference: String,
    pub(crate) amount: Minor,
    pub(crate) currency: Currency,
    pub(crate) fee: Minor,
    pub(crate) evidence_due: Timestamp,
    /// What the caller brought, as it came.
    #[serde(default)]
    pub(crate) evidence: Option<String>,
    pub(crate) state: ChargebackState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargebackState {
    Opened,
    Won,
    Lost,
}

/// One movement of the balance: by `amount − fee`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) kind: TransactionKind,
    pub(crate) amount: Minor,
    pub(crate) fee: Minor,
    pub(crate) currency: Currency,
    pub(crate) at: Timestamp,
    /// From when on the money can be moved.
    pub(crate) available_at: Timestamp,
    /// Our object.
    pub(crate) object: String,
    /// The caller's id of it.
    pub(crate) reference: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransactionKind {
    Payment,
    Refund,
    RefundFailed,
    Payout,
    PayoutReturned,
    Chargeback,
    ChargebackReversed,
    Transfer,
}

impl TransactionKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::RefundFailed => "refund failed",
            Self::Payout => "payout",
            Self::PayoutReturned => "payout returned",
            Self::Chargeback => "chargeback",
            Self::ChargebackReversed => "chargeback reversed",
            Self::Transfer => "transfer",
        }
    }
}

/// A call that was decided: the same key gets the same answer for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) key: String,
    pub(crate) operation: String,
    /// SHA-256 of the address and the body, in hexadecimal.
    pub(crate) digest: String,
    pub(crate) outcome: Outcome,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The id of the object that was made or changed.
    Done(String),
    Refused(Refusal),
}

/// A rule said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) sentence: String,
}

impl Refusal {
    pub(crate) fn new(code: &str, sentence: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            sentence: sentence.into(),
        }
    }
}

/// What can be moved now, and what later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Balance {
    pub(crate) available_minor: Minor,
    pub(crate) pending_minor: Minor,
}

impl Books {
    pub(crate) fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Seed(seed) => self.seed = seed,
            Fact::Drawn(drawn) => self.drawn = drawn,
            Fact::Clock(clock) => self.clock = clock,
            Fact::Payment(one) => drop(self.payments.insert(one.id.clone(), one)),
            Fact::Refund(one) => drop(self.refunds.insert(one.id.clone(), one)),
            Fact::Payout(one) => drop(self.payouts.insert(one.id.clone(), one)),
            Fact::Account(one) => drop(self.accounts.insert(one.id.clone(), one)),
            Fact::Chargeback(one) => drop(self.chargebacks.insert(one.id.clone(), one)),
            Fact::Transaction(one) => drop(self.transactions.insert(one.number, one)),
            Fact::Event(one) => drop(self.events.insert(one.number, one)),
            Fact::Call(one) => drop(self.calls.insert(one.key.clone(), one)),
            Fact::Faults(faults) => self.faults = faults,
        }
    }

    /// The provider's time.
    pub(crate) fn now(&self, real: Timestamp) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.clock.ahead_seconds);
        // the control interface takes no time that a calendar does not have, so this saturates never
        real.saturating_add(ahead).unwrap_or(real)
    }

    /// The sum of all transactions of a currency, without what is under way out of it.
    pub(crate) fn balance(&self, currency: Currency, now: Timestamp) -> Balance {
        let (mut available, mut pending) = (0_i64, 0_i64);
        for one in self.transactions.values().filter(|one| one.currency == currency) {
            let moved = one.amount.0.saturating_sub(one.fee.0);
            let place = if one.available_at <= now {
                &mut available
            } else {
                &mut pending
            };
            *place = place.saturating_add(moved);
        }
        let refunds = self
            .refunds
            .values()
            .filter(|one| one.currency == currency && one.state == RefundState::Sent)
            .map(|one| one.amount.0);
        let payouts = self
            .payouts
            .values()
            .filter(|one| one.currency == currency && one.state == PayoutState::Sent)
            .map(|one| one.amount.0);
        let leaving = refunds.chain(payouts).fold(0_i64, i64::saturating_add);
        Balance {
            available_minor: Minor(available.saturating_sub(leaving)),
            pending_minor: Minor(pending),
        }
    }

    pub(crate) fn transaction(&self, id: &str) -> Option<&Transaction> {
        self.transactions.values().find(|one| one.id == id)
    }

    pub(crate) fn event(&self, id: &str) -> Option<&Event> {
        self.events.values().find(|one| one.id == id)
    }
}
