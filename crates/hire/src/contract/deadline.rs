//! What ends at a provider: how long it can hold money (T24), and until when it takes evidence (T22). The operator sees to it.

use jiff::Timestamp;

use super::Contract;
use super::lot::Lot;
use super::payment::{Chargeback, ChargebackState};
use crate::ids::{ChargebackId, LotId, MilestoneId, PaymentId};
use crate::money::Minor;
use crate::span::{after, before, days};

/// From so many days before the provider's limit on the operator is warned.
pub const FIRST_WARNING_DAYS: u16 = 21;
/// How many days before the provider's limit the last warning comes; its timer has this for its entry.
pub const LAST_WARNING_DAYS: u16 = 7;

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// The provider can hold the money of a lot no longer.
    Holding(LotId),
    /// Evidence against a chargeback is taken no longer.
    Evidence(ChargebackId),
}

/// A moment until which the operator sees to something at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// What ends.
    pub ends: Ends,
    /// In which milestone the money is, or for which it was paid.
    pub milestone: MilestoneId,
    /// The payment that it came with.
    pub payment: PaymentId,
    /// How much is held, or was taken back.
    pub amount_minor: Minor,
    /// Since when the operator can see to it.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

impl Contract {
    /// What ends at providers: lots that they cannot hold much longer or should hold no longer, and chargebacks that are
    /// not decided. The soonest first.
    pub fn deadlines(&self, now: Timestamp) -> Vec<Deadline> {
        let of_milestones = self
            .milestones
            .iter()
            .flat_map(|one| one.lots.iter().filter_map(|lot| holding(one.id, lot)))
            .filter(|one| one.since <= now);
        let contested = self.chargebacks.iter();
        let contested = contested.filter(|one| one.state == ChargebackState::Open);
        let mut all: Vec<Deadline> = of_milestones
            .chain(contested.filter_map(|one| self.evidence(one)))
            .collect();
        all.sort_by_key(|one| one.until);
        all
    }

    fn evidence(&self, one: &Chargeback) -> Option<Deadline> {
        Some(Deadline {
            ends: Ends::Evidence(one.id),
            milestone: self.payment(one.payment).ok()?.milestone,
            payment: one.payment,
            amount_minor: one.amount_minor,
            since: one.id.made_at(),
            until: one.evidence_by,
        })
    }
}

/// What the operator has moved to the bank waits for no provider: it has no limit.
fn holding(milestone: MilestoneId, lot: &Lot) -> Option<Deadline> {
    let until = lot.hold_until.filter(|_limit| lot.held().is_positive())?;
    Some(Deadline {
        ends: Ends::Holding(lot.id),
        milestone,
        payment: lot.payment,
        amount_minor: lot.held(),
        since: before(until, days(FIRST_WARNING_DAYS)),
        until,
    })
}

/// By when the last warning of every limit has its timer that is near enough to be warned of now.
pub fn warned_by(now: Timestamp) -> Timestamp {
    after(now, days(FIRST_WARNING_DAYS.saturating_sub(LAST_WARNING_DAYS)))
}
