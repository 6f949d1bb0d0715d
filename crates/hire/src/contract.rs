//! A contract with its milestones, payments and disputes, and the machine that moves them.
//!
//! [`decide()`] takes a contract as it is, a command, who gives it and what must be known from outside, and returns what
//! becomes of it: the new contract, one balanced entry, timers, notices and calls to the provider, all as data. What
//! it does to a milestone stands in [`ROWS`]. Requests, proposals and payouts have machines of their own.

mod amend;
mod book;
mod chargeback;
mod command;
mod deadline;
mod decide;
mod dispute;
mod guard;
mod held;
mod hold;
mod kind;
mod lot;
mod milestone;
mod offer;
mod outcome;
mod paths;
mod pay;
mod payment;
mod possible;
mod quarrel;
mod refuse;
mod sign;
mod sound;
mod step;
mod table;
mod terms;
mod timer;
mod turn;
mod wake;
mod work;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::command::{Actor, Command, Facts, Input, RULES, money};
pub use self::deadline::{Deadline, Ends, FIRST_WARNING_DAYS, LAST_WARNING_DAYS, warned_by};
pub use self::decide::{decide, decide_owned, offer};
pub use self::dispute::{Dispute, Figures, Phase, Ruling};
pub use self::hold::{Complaint, Finding, Hold};
pub(crate) use self::kind::words;
pub use self::kind::{By, Event, Kind};
pub use self::lot::{Lot, Released};
pub use self::milestone::{Mail, Milestone, State, reminders};
pub use self::offer::{Amendment, Change, Settlement};
pub use self::outcome::{Ending, Outcome};
pub use self::paths::{PHASE_PATHS, STANDING_PATHS};
pub use self::payment::{Chargeback, ChargebackState, Method, Payment, PaymentState, Refund, RefundState};
pub use self::possible::{Tried, possible, unused};
pub use self::refuse::refusal_of;
pub use self::sound::{Broken, broken};
pub use self::step::{Call, Decision, Earning, Moved, Notice};
pub use self::table::{Audience, Guard, HELD, PROCESS_VERSION, Posting, ROWS, Row, find, rows_of};
pub use self::terms::{Liability, Offer, Plan, Terms};
pub use self::timer::{Timer, TimerKind};
pub use self::turn::{Awaited, Silence, Task, Turn};
use crate::ids::{ChargebackId, ContractId, MilestoneId, PaymentId, PersonId, RefundId};
use crate::money::{Currency, Minor, total};
use crate::refusal::Refusal;

words! {
    /// How far a contract has got.
    Standing {
        /// Waits for signatures.
        Offered = "offered",
        /// Both have signed.
        Active = "active",
        /// The clocks stand still.
        Paused = "paused",
        /// No new milestone is funded.
        Ending = "ending",
        /// Every milestone has ended.
        Ended = "ended",
        /// A party said no.
        Declined = "declined",
        /// A party took its offer back.
        Withdrawn = "withdrawn",
        /// Nobody signed in time.
        Expired = "expired",
    }
}

/// Why the clocks stand still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// The operator, where it was not by consent; only the operator resumes then.
    pub by_operator: Option<PersonId>,
    /// When it ends by itself: a hold from the beginning, any other pause once it has become long.
    pub ends_at: Option<Timestamp>,
}

/// Days on which the client's silence is no approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// From.
    pub from: Timestamp,
    /// Until.
    pub until: Timestamp,
}

/// A contract as it stands. Whoever changes it locks it whole: its milestones share payments and clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its name for ever.
    pub id: ContractId,
    /// Grows by one with each accepted command.
    pub version: i64,
    /// How far it has got.
    pub standing: Standing,
    /// Grows with each entry into a standing. A timer of an earlier entry is stale.
    pub entry_no: i64,
    /// Version of the process it was signed with.
    pub process: u16,
    /// Who pays.
    pub client: PersonId,
    /// Who works.
    pub expert: PersonId,
    /// Of every sum in it.
    pub currency: Currency,
    /// Kept until it ends.
    pub terms: Terms,
    /// What both sign.
    pub sha256: String,
    /// When the offer ends unsigned.
    pub offered_until: Timestamp,
    /// When the client signed.
    pub client_signed_at: Option<Timestamp>,
    /// When the expert signed.
    pub expert_signed_at: Option<Timestamp>,
    /// In their order.
    pub milestones: Vec<Milestone>,
    /// In their order.
    pub payments: Vec<Payment>,
    /// In their order.
    pub refunds: Vec<Refund>,
    /// In their order.
    pub chargebacks: Vec<Chargeback>,
    /// A change that waits for an answer.
    pub amendment: Option<Amendment>,
    /// Registered by the client, at most 14 days together.
    pub absences: Vec<Absence>,
    /// Why the clocks stand still.
    pub pause: Option<Pause>,
    /// Those that operators have put on it, the last last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
}

macro_rules! by_id {
    ($($name:ident $name_mut:ident: $field:ident, $id:ty => $item:ty;)*) => {$(
        /// The one of that id.
        pub fn $name(&self, id: $id) -> Result<&$item, Refusal> {
            self.$field.iter().find(|one| one.id == id).ok_or(Refusal::NotFound)
        }

        pub(crate) fn $name_mut(&mut self, id: $id) -> Result<&mut $item, Refusal> {
            self.$field.iter_mut().find(|one| one.id == id).ok_or(Refusal::NotFound)
        }
    )*};
}

impl Contract {
    /// What it is called by: the title of its first milestone.
    pub fn title(&self) -> Option<&str> {
        self.milestones.first().map(|one| one.plan.title.as_str())
    }

    by_id! {
        milestone milestone_mut: milestones, MilestoneId => Milestone;
        payment payment_mut: payments, PaymentId => Payment;
        refund refund_mut: refunds, RefundId => Refund;
        chargeback chargeback_mut: chargebacks, ChargebackId => Chargeback;
    }

    /// Days from a release out of lots until the expert may have it paid out: of all ways in which their money came, the
    /// one that takes longest.
    pub fn clearance<'a>(&self, lots: impl IntoIterator<Item = &'a Lot>) -> u16 {
        let method = |lot: &Lot| Some(self.payment(lot.payment).ok()?.method);
        let days = lots
            .into_iter()
            .filter_map(method)
            .map(|one| self.terms.clearance(one));
        days.max().unwrap_or(self.terms.clearance_days)
    }

    /// Price of every milestone that is funded or being funded and has not ended.
    pub fn open_minor(&self) -> Result<Minor, Refusal> {
        self.milestones
            .iter()
            .try_fold(Minor::ZERO, |open, milestone| open.plus(self.open_of(milestone)?))
    }

    /// What one milestone takes of its client's limit: what is held for it, and what is being paid for it.
    pub fn open_of(&self, milestone: &Milestone) -> Result<Minor, Refusal> {
        let kind = milestone.state.kind();
        if kind == Kind::Funding {
            Ok(milestone.plan.price_minor)
        } else if kind.is_terminal() {
            Ok(Minor::ZERO)
        } else {
            milestone.held()?.plus(self.raise_under_way(milestone.id)?)
        }
    }

    /// What is being paid for an agreed raise of a price.
    fn raise_under_way(&self, id: MilestoneId) -> Result<Minor, Refusal> {
        let under_way = |one: &&Payment| one.milestone == id && one.state == PaymentState::Pending;
        total(self.payments.iter().filter(under_way).map(|one| one.price_minor))
    }

    /// Whether the clocks stand still.
    pub fn is_paused(&self) -> bool {
        self.standing == Standing::Paused
    }

    /// Why nothing goes on while the clocks stand still: they are resumed by whoever has stopped them.
    pub(crate) fn paused(&self) -> Refusal {
        match &self.pause {
            Some(pause) if pause.by_operator.is_some() => Refusal::OperatorPaused,
            _ => Refusal::ContractPaused,
        }
    }
}

#[cfg(test)]
mod tests;
