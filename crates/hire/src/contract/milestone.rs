//! A milestone as it stands: its state with the data true in it, its lots, and what is offered or disputed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::dispute::Dispute;
use super::kind::Kind;
use super::lot::Lot;
use super::offer::Settlement;
use super::terms::Plan;
use crate::ids::{ChargebackId, MilestoneId, PaymentId};
use crate::ledger::Account;
use crate::money::{Minor, total};
use crate::refusal::Refusal;
use crate::span::{after, before, hours};

/// Where a milestone is, with what is true there alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// Agreed, not funded.
    Planned,
    /// A payment is under way.
    Funding {
        /// The payment.
        payment: PaymentId,
        /// When its time is over.
        until: Timestamp,
    },
    /// The money is held; the expert has not begun.
    Funded {
        /// From when on the client is reminded of the right to cancel.
        start_by: Timestamp,
        /// When the money goes back by itself.
        lapses_at: Timestamp,
    },
    /// The expert works.
    Working {
        /// By when a version is due.
        due_at: Timestamp,
        /// Once overdue: when the money goes back by itself.
        returns_at: Option<Timestamp>,
    },
    /// A version waits for the client.
    Submitted {
        /// When it was submitted or the time was last extended.
        since: Timestamp,
        /// When the client's silence becomes approval.
        inspect_until: Timestamp,
        /// Whether the client has extended the time.
        extended: bool,
        /// How many reminders went out since then.
        reminded: u16,
        /// Whether every mail to the client came back, and whether that has cost its three days.
        mail: Mail,
    },
    /// The client wants changes.
    ChangesRequested {
        /// By when the next version is due.
        due_at: Timestamp,
        /// Once overdue: when the money goes back by itself.
        returns_at: Option<Timestamp>,
    },
    /// The parties disagree; see [`Milestone::dispute`].
    Disputed,
    /// The payer's bank has taken a payment back.
    ChargebackHold {
        /// Since when the clocks stand still.
        since: Timestamp,
        /// The undecided chargebacks.
        open: Vec<ChargebackId>,
        /// Where the milestone goes back to.
        former: Box<State>,
    },
    /// The money went to the expert.
    Released,
    /// The money went back to the client.
    Refunded,
    /// The money went to both.
    Split,
    /// Never funded, or its money was moved to another milestone.
    Canceled,
    /// The payer's bank kept the money.
    ChargedBack,
}

/// What is known of the mails to a client who must look at a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mail {
    /// Nothing came back.
    Fine,
    /// All came back.
    Bounced,
    /// All came back, and the client got three days more for it.
    Postponed,
}

impl State {
    /// The word for it, without the data.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Planned => Kind::Planned,
            Self::Funding { .. } => Kind::Funding,
            Self::Funded { .. } => Kind::Funded,
            Self::Working { .. } => Kind::Working,
            Self::Submitted { .. } => Kind::Submitted,
            Self::ChangesRequested { .. } => Kind::ChangesRequested,
            Self::Disputed => Kind::Disputed,
            Self::ChargebackHold { .. } => Kind::ChargebackHold,
            Self::Released => Kind::Released,
            Self::Refunded => Kind::Refunded,
            Self::Split => Kind::Split,
            Self::Canceled => Kind::Canceled,
            Self::ChargedBack => Kind::ChargedBack,
        }
    }

    /// Its deadline: what follows from that happens by itself.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Funded { lapses_at, .. } => Some(*lapses_at),
            Self::Working { due_at, returns_at } | Self::ChangesRequested { due_at, returns_at } => {
                Some(returns_at.unwrap_or(*due_at))
            }
            Self::Submitted { inspect_until, .. } => Some(*inspect_until),
            Self::Planned
            | Self::Funding { .. }
            | Self::Disputed
            | Self::ChargebackHold { .. }
            | Self::Released
            | Self::Refunded
            | Self::Split
            | Self::Canceled
            | Self::ChargedBack => None,
        }
    }

    /// The same state with every deadline moved, and none nearer to `now` than `least`.
    #[must_use]
    pub fn shifted(self, by: SignedDuration, now: Timestamp, least: SignedDuration) -> Self {
        let shift = |at: Timestamp| after(at, by).max(after(now, least));
        match self {
            Self::Funded { start_by, lapses_at } => Self::Funded {
                start_by: shift(start_by),
                lapses_at: shift(lapses_at),
            },
            Self::Working { due_at, returns_at } => Self::Working {
                due_at: if returns_at.is_some() {
                    due_at
                } else {
                    shift(due_at)
                },
                returns_at: returns_at.map(shift),
            },
            Self::ChangesRequested { due_at, returns_at } => Self::ChangesRequested {
                due_at: if returns_at.is_some() {
                    due_at
                } else {
                    shift(due_at)
                },
                returns_at: returns_at.map(shift),
            },
            Self::Submitted {
                since,
                inspect_until,
                extended,
                reminded,
                mail,
            } => Self::Submitted {
                since: after(since, by),
                inspect_until: shift(inspect_until),
                extended,
                reminded,
                mail,
            },
            Self::ChargebackHold { since, open, former } => Self::ChargebackHold {
                since,
                open,
                former: Box::new(former.shifted(by, now, least)),
            },
            Self::Planned
            | Self::Funding { .. }
            | Self::Disputed
            | Self::Released
            | Self::Refunded
            | Self::Split
            | Self::Canceled
            | Self::ChargedBack => self,
        }
    }
}

/// When a client is reminded of a version: at half the time, 48 and 24 hours before its end; each once.
pub fn reminders(since: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let half = until
        .duration_since(since)
        .checked_div(2)
        .unwrap_or(SignedDuration::ZERO);
    let mut all = vec![
        after(since, half),
        before(until, hours(48)),
        before(until, hours(24)),
    ];
    all.retain(|at| *at > since && *at < until);
    all.sort_unstable();
    all.dedup();
    all
}

/// One milestone of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// Its name for ever.
    pub id: MilestoneId,
    /// As agreed, with every amendment so far.
    pub plan: Plan,
    /// Where it is.
    pub state: State,
    /// Grows with each entry into a state. A timer of an earlier entry is stale.
    pub entry_no: i64,
    /// Whether this entry's deadline was put off because the timer came late or before enough reminders; for want of
    /// reminders that happens once.
    pub graced: bool,
    /// How often the expert was told of the due date of this work.
    pub expert_told: u16,
    /// What was funded, oldest first.
    pub lots: Vec<Lot>,
    /// How often the client has asked for changes.
    pub rounds_used: u16,
    /// How many versions were submitted.
    pub versions: u16,
    /// Agreed on top of the price and not yet paid in.
    pub to_raise_minor: Minor,
    /// An open offer to split what is held.
    pub settlement: Option<Settlement>,
    /// The dispute, also after its end.
    pub dispute: Option<Dispute>,
}

impl Milestone {
    /// As it is before anything has happened.
    pub fn new(id: MilestoneId, plan: Plan) -> Self {
        Self {
            id,
            plan,
            state: State::Planned,
            entry_no: 1,
            graced: false,
            expert_told: 0,
            lots: Vec::new(),
            rounds_used: 0,
            versions: 0,
            to_raise_minor: Minor::ZERO,
            settlement: None,
            dispute: None,
        }
    }

    /// Price that is held for it.
    pub fn held(&self) -> Result<Minor, Refusal> {
        total(self.lots.iter().map(Lot::held))
    }

    /// Client's fee and tax held beside the price.
    pub fn fee_held(&self) -> Result<Minor, Refusal> {
        self.lots
            .iter()
            .try_fold(Minor::ZERO, |sum, lot| sum.plus(lot.fee_held()?))
    }

    /// Price that went to the expert, before the expert's fee.
    pub fn released(&self) -> Result<Minor, Refusal> {
        total(self.lots.iter().map(|lot| lot.released))
    }

    /// Price that went back to the client.
    pub fn refunded(&self) -> Result<Minor, Refusal> {
        total(self.lots.iter().map(|lot| lot.refunded))
    }

    /// The account in which the price is held now.
    pub fn holding(&self) -> Account {
        if self.in_dispute() {
            Account::DisputeHold(self.id)
        } else {
            Account::Escrow(self.id)
        }
    }

    /// Whether a dispute is open, also while a chargeback stops it.
    pub fn in_dispute(&self) -> bool {
        self.dispute.as_ref().is_some_and(Dispute::is_open)
    }

    /// The state in which it ends now that nothing is held: by where the money went.
    pub fn outcome(&self) -> Result<State, Refusal> {
        let (released, refunded) = (self.released()?, self.refunded()?);
        Ok(match (released.is_positive(), refunded.is_positive()) {
            (true, true) => State::Split,
            (true, false) => State::Released,
            (false, true) => State::Refunded,
            (false, false) => State::Canceled,
        })
    }
}
