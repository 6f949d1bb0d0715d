//! The port to whoever holds and moves the money. A provider is reached by calls, whose outcome can stay unknown, and
//! reports by signed events, which come late, twice, in any order, or never.
//!
//! Ids of our own objects are texts here: the provider only hands them back.

pub mod bank;
pub mod event;

use std::future::Future;
use std::pin::Pin;

use earnest_hire::iban::Iban;
use earnest_hire::money::{Currency, Minor, Money};
use jiff::{SignedDuration, Timestamp};

pub use self::event::{EventRefusal, ProviderEvent, ProviderEventKind};
use super::signature::SignedHeaders;

/// What can be moved out at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movable {
    /// At most so much.
    pub most: Minor,
    /// In multiples of this: 100 where a currency of two decimals is paid in whole units.
    pub unit: Minor,
}

impl Movable {
    /// Where nobody but the operator can tell.
    pub const UNBOUNDED: Self = Self {
        most: Minor(Money::MOST),
        unit: Minor(1),
    };

    /// What of a sum can be moved; nothing where not even a unit can.
    pub fn fits(self, sum: Minor) -> Minor {
        let most = self.most.min(sum).0.max(0);
        let rest = most.checked_rem(self.unit.0).unwrap_or(0);
        Minor(most.saturating_sub(rest))
    }
}

/// What a call comes to; boxed, so that providers can be chosen at run time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send + 'a>>;

/// A payment service provider. Every call that moves something carries an idempotency key: the same key with the same
/// order is the same call, however often it is sent.
pub trait PaymentProvider: Send + Sync {
    /// The name in addresses, accounts of the books and the log, for example `sandbox`.
    fn name(&self) -> &str;

    /// What it can do and who it is; known without a call.
    fn abilities(&self) -> &Abilities;

    /// The operator's own account, where clients transfer to it. Such a provider checks nobody: the operator does, and makes
    /// the transfers to the experts' accounts.
    fn own_account(&self) -> Option<&Iban> {
        None
    }

    /// Asks for a page on which the client pays. Whether they did comes as an event.
    fn fund<'a>(&'a self, key: &'a str, order: &'a FundOrder) -> Answer<'a, Checkout>;

    /// Closes the page of [`fund`](Self::fund). Refused with `already_captured` if the money had come in.
    fn cancel_funding<'a>(&'a self, key: &'a str, provider_ref: &'a str) -> Answer<'a, Taken>;

    /// Sends money of a captured payment back to where it came from. Success or failure comes as an event.
    fn refund<'a>(&'a self, key: &'a str, order: &'a RefundOrder) -> Answer<'a, Taken>;

    /// Sends money to an expert's account. Paid, failed or returned comes as an event.
    fn pay_out<'a>(&'a self, key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken>;

    /// Takes a payout back that may have been asked for under another call: where it was not, it never will be carried
    /// out; where the provider has it and the money has not left, it fails. Refused where the money has left.
    fn cancel_payout<'a>(&'a self, key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken>;

    /// Brings what speaks for the operator to a chargeback.
    fn send_evidence<'a>(&'a self, key: &'a str, order: &'a EvidenceOrder) -> Answer<'a, Taken>;

    /// Asks for a page on which a person proves who they are and names the account to be paid to.
    fn onboard<'a>(&'a self, key: &'a str, person: &'a OnboardOrder) -> Answer<'a, Onboarding>;

    /// How much can be moved out at this moment; [`Movable::UNBOUNDED`] where nobody but the operator can tell.
    fn movable(&self, currency: Currency) -> Answer<'_, Movable>;

    /// What became of the call with this key: settles an unknown outcome and events that never came. `None` says
    /// that nothing happened under this key, so that the call can be sent again.
    fn look_up<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Found>>;

    /// Every movement of our balance in a period, oldest first, for the daily reconciliation.
    fn transactions(&self, period: Period) -> Answer<'_, Vec<BalanceTransaction>>;

    /// Reads an event that somebody sent to us; nothing of it is believed before its signature holds. The caller
    /// applies an event once by its provider and id.
    fn read_event(
        &self,
        headers: &SignedHeaders<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, EventRefusal>;
}

/// Why a call has no answer. The three must never be mixed: only the first two say that nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The provider said no, and will say no again.
    #[error("the provider refused: {sentence} ({code})")]
    Refused {
        /// The provider's stable word for the reason.
        code: String,
        /// The same for people.
        sentence: String,
    },
    /// The call never left: it may be sent again as it is.
    #[error("the call was not sent: {why}")]
    NotSent {
        /// The cause, for the log.
        why: String,
    },
    /// The call left and no whole answer came back: it may have been carried out. Ask with
    /// [`look_up`](PaymentProvider::look_up) or send the very same call again; never take it for failed.
    #[error("nobody knows yet whether the provider acted: {why}")]
    Unknown {
        /// The cause, for the log.
        why: String,
    },
}

/// What a provider can do, and who holds the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// The legal name of who holds the money, as shown to people.
    pub legal_name: String,
    /// Whether anything of worth moves.
    pub money: MoneyKind,
    /// How a client can pay.
    pub methods: Vec<Method>,
    /// After how many days money held for somebody else must leave; none if it may stay.
    pub holding_days: Option<u32>,
    /// Whether it pays experts.
    pub pays_out: bool,
    /// The smallest sum of one funding, in any currency.
    pub smallest: Minor,
    /// The largest sum of one funding, in any currency.
    pub largest: Option<Minor>,
}

/// Whether a provider moves money or only plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyKind {
    /// A licensed provider with real accounts.
    Real,
    /// Nothing real moves; pages must say so.
    Pretend,
}

/// A way to pay and how long its checkout stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Which way.
    pub kind: MethodKind,
    /// From asking for the checkout to its end.
    pub open_for: SignedDuration,
}

/// The ways to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MethodKind {
    /// By card; the checkout is usually open for 15 minutes.
    Card,
    /// By bank transfer; usually open for 7 days.
    Bank,
}

impl MethodKind {
    /// The stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Bank => "bank",
        }
    }

    /// The way with that word.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Card, Self::Bank]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What a client is to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundOrder {
    /// Our id of the payment; comes back in events and transactions.
    pub payment_id: String,
    /// All that is asked for, fees included.
    pub amount: Minor,
    /// Its currency.
    pub currency: Currency,
    /// How it is to be paid.
    pub method: MethodKind,
    /// What the client reads on the checkout page.
    pub description: String,
    /// Where the checkout sends the client afterwards, whatever came of it.
    pub return_url: String,
}

/// What goes back to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our id of the refund.
    pub refund_id: String,
    /// The provider's reference of the captured payment.
    pub payment_ref: String,
    /// How much of it; more than zero.
    pub amount: Minor,
    /// Its currency, which must be the payment's.
    pub currency: Currency,
}

/// What an expert is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutOrder {
    /// Our id of the payout.
    pub payout_id: String,
    /// The provider's reference of the account it is pinned to.
    pub account_ref: String,
    /// How much; more than zero.
    pub amount: Minor,
    /// Its currency.
    pub currency: Currency,
}

/// What speaks for the operator in a chargeback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOrder {
    /// The provider's reference of the chargeback.
    pub chargeback_ref: String,
    /// The pack, as JSON: `earnest.evidence/1`.
    pub pack: String,
}

/// Whom a provider is to know before it pays them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardOrder {
    /// Our id of the person.
    pub person_id: String,
    /// The name the person goes by, shown on the provider's page.
    pub name: String,
    /// Where the provider sends the person afterwards.
    pub return_url: String,
}

/// A page on which the client pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The provider's reference of the payment, from now on.
    pub provider_ref: String,
    /// The page.
    pub checkout_url: String,
    /// When the page closes.
    pub expires_at: Timestamp,
}

/// The provider has the order and will report by event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The provider's reference of what it will do.
    pub provider_ref: String,
}

/// A page on which a person becomes known to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboarding {
    /// The account that payouts will name; usable after the event that it is onboarded.
    pub account_ref: String,
    /// The page.
    pub url: String,
}

/// What a provider knows of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it answered, or would have.
    pub answer: FoundAnswer,
    /// Every event about the thing since, oldest first, with the ids they were or should have been delivered under:
    /// applying them by id makes up for the ones that never came.
    pub events: Vec<ProviderEvent>,
}

/// The answer once given to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundAnswer {
    /// To [`fund`](PaymentProvider::fund).
    Funding(Checkout),
    /// To [`cancel_funding`](PaymentProvider::cancel_funding).
    FundingCanceled(Taken),
    /// To [`refund`](PaymentProvider::refund).
    Refund(Taken),
    /// To [`pay_out`](PaymentProvider::pay_out).
    Payout(Taken),
    /// To [`cancel_payout`](PaymentProvider::cancel_payout).
    PayoutCanceled(Taken),
    /// To [`send_evidence`](PaymentProvider::send_evidence).
    Evidence(Taken),
    /// To [`onboard`](PaymentProvider::onboard).
    Onboarding(Onboarding),
    /// It said no: nothing happened, and the same call will be refused again.
    Refused {
        /// As in [`CallError::Refused`].
        code: String,
        /// As in [`CallError::Refused`].
        sentence: String,
    },
}

/// From an instant up to, and without, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first instant that belongs to it.
    pub from: Timestamp,
    /// The first instant that does not.
    pub until: Timestamp,
}

/// One movement of our balance at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceTransaction {
    /// The provider's id; matches exactly one line of our books.
    pub external_id: String,
    /// What it was.
    pub kind: TransactionKind,
    /// What moved before the fee: positive into our balance, negative out of it.
    pub amount: Minor,
    /// What the provider kept of it, never negative; the balance changes by `amount − fee`.
    pub fee: Minor,
    /// The currency of both.
    pub currency: Currency,
    /// When.
    pub at: Timestamp,
    /// The provider's reference of the payment, refund, payout or chargeback.
    pub provider_ref: String,
    /// Our id of the payment, refund or payout; for a chargeback that of its payment.
    pub our_ref: String,
}

/// What moves a balance at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionKind {
    /// A client paid.
    Payment,
    /// Money went back to a client.
    Refund,
    /// A refund came back to us.
    RefundFailed,
    /// Money went to an expert.
    Payout,
    /// A payout came back to us.
    PayoutReturned,
    /// A bank took a payment back.
    Chargeback,
    /// The bank gave it back.
    ChargebackReversed,
    /// Money went from our balance to our bank; of the bank itself, for nothing of ours.
    Transfer,
}

impl TransactionKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Payment,
        Self::Refund,
        Self::RefundFailed,
        Self::Payout,
        Self::PayoutReturned,
        Self::Chargeback,
        Self::ChargebackReversed,
        Self::Transfer,
    ];

    /// The stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::RefundFailed => "refund_failed",
            Self::Payout => "payout",
            Self::PayoutReturned => "payout_returned",
            Self::Chargeback => "chargeback",
            Self::ChargebackReversed => "chargeback_reversed",
            Self::Transfer => "transfer",
        }
    }

    /// The kind with that word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
