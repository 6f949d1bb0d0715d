//! An expert's money after it was earned: clearance, the account it goes to, payouts, and holds on what a person may do.
//!
//! [`decide()`] works as [`crate::contract::decide`] does: it takes a payee, a command, who gives it and what the books say,
//! and returns what becomes of it as data. Earnings under way are rows of the store; nothing here counts them. One payee
//! is one person in one currency.

mod command;
mod decide;
mod hold;
mod payout;
mod sound;
mod table;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::command::{Command, Facts, Input, RULES};
pub use self::decide::{Audience, Audit, Call, Decision, Notice, decide};
pub use self::hold::{Appeal, DecidedBy, Hold, Scope};
pub use self::payout::{Payout, PayoutState};
pub use self::sound::sound;
pub use self::table::{PAYOUT_ROWS, PayoutEvent, PayoutPosting, PayoutRow};
use crate::ids::{HoldId, PayoutId, PersonId};
use crate::ledger::Name;
use crate::money::Currency;
use crate::refusal::Refusal;

/// Where an expert is paid. No number of an account is kept here, only what the provider calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccount {
    /// What the provider calls it.
    pub reference: String,
    /// Who pays.
    pub provider: Name,
    /// Since when.
    pub set_at: Timestamp,
    /// The account before it. The first account of all needs no wait.
    pub previous: Option<String>,
    /// The two operators who have lifted the wait after a change.
    pub approved_by: Option<[PersonId; 2]>,
}

/// A person as one who is paid. Whoever changes it locks it whole, and the three balances in [`Facts`] with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Who.
    pub id: PersonId,
    /// Grows by one with each accepted command.
    pub version: i64,
    /// Of every sum in it.
    pub currency: Currency,
    /// Where payouts go.
    pub account: Option<PayoutAccount>,
    /// Those under way, and those that ended less than 180 days ago: a bank may still return one.
    pub payouts: Vec<Payout>,
    /// Those that stand, and those that ended less than 180 days ago: the person may still complain.
    pub holds: Vec<Hold>,
}

impl Payee {
    /// As a person is before anything was earned.
    pub fn new(id: PersonId, currency: Currency) -> Self {
        Self {
            id,
            version: 0,
            currency,
            account: None,
            payouts: Vec::new(),
            holds: Vec::new(),
        }
    }

    /// The payout of that id.
    pub fn payout(&self, id: PayoutId) -> Result<&Payout, Refusal> {
        self.payouts
            .iter()
            .find(|one| one.id == id)
            .ok_or(Refusal::NotFound)
    }

    /// Whether nothing can be asked for at that moment: a hold stops payouts, or one was taken back while an operator held it
    /// and the day of its review has not come. Else a hold could be left behind by asking again.
    pub fn payouts_stopped(&self, now: Timestamp) -> bool {
        let waits = |one: &Payout| {
            one.state == PayoutState::Canceled
                && one.held_by.is_none()
                && one.review_by.is_some_and(|until| now <= until)
        };
        self.held(Scope::Payouts, now).is_some() || self.payouts.iter().any(waits)
    }

    /// The hold of that id.
    pub fn hold(&self, id: HoldId) -> Result<&Hold, Refusal> {
        self.holds
            .iter()
            .find(|one| one.id == id)
            .ok_or(Refusal::NotOnHold)
    }

    /// The hold that stops this at that moment, if one does. A hold whose end has passed stops nothing, even where its
    /// timer is late.
    pub fn held(&self, scope: Scope, now: Timestamp) -> Option<&Hold> {
        self.holds
            .iter()
            .find(|one| one.scope == scope && one.stands(now))
    }
}

#[cfg(test)]
mod tests;
