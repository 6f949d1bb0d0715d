//! What can be asked of a payee, and what must be known from the books to answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hold::Scope;
use crate::contract::TimerKind;
use crate::ids::{EarningId, HoldId, PayoutId, PersonId};
use crate::ledger::Name;
use crate::money::{Minor, Money};

/// A command to a payee. Amounts come with their currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// An earning may be paid out from now on.
    Clear {
        /// Which; whoever keeps the earnings gives each once.
        earning: EarningId,
        /// How much.
        amount: Money,
        /// Its day.
        clears_at: Timestamp,
    },
    /// The person names where to be paid. Payouts that were not sent are canceled: they were meant for the old account.
    SetPayoutAccount {
        /// What the provider calls it.
        reference: String,
        /// Who pays.
        provider: Name,
    },
    /// Two operators lift the wait after a change of the account.
    ApproveAccount {
        /// The account they have looked at.
        reference: String,
        /// The other operator.
        second: Option<PersonId>,
    },
    /// The person asks for money.
    RequestPayout {
        /// How much.
        amount: Money,
    },
    /// An operator stops one payout.
    HoldPayout {
        /// Which.
        payout: PayoutId,
        /// Shown to the person.
        reason: String,
        /// When it goes on by itself, at most 7 days from now.
        review_by: Timestamp,
        /// The other operator, once it has been held for 30 days.
        second: Option<PersonId>,
    },
    /// An operator lets it go on.
    ReleasePayout {
        /// Which.
        payout: PayoutId,
    },
    /// The person, or an operator, takes it back before it was sent.
    CancelPayout {
        /// Which.
        payout: PayoutId,
    },
    /// The provider can move less than all of it now; the rest is payable again.
    PayoutReduced {
        /// Which.
        payout: PayoutId,
        /// What is sent.
        amount: Money,
    },
    /// The provider has it.
    PayoutSent {
        /// Which.
        payout: PayoutId,
    },
    /// The person has it.
    PayoutPaid {
        /// Which.
        payout: PayoutId,
        /// The provider's name of the movement.
        receipt: String,
    },
    /// It did not arrive.
    PayoutFailed {
        /// Which.
        payout: PayoutId,
        /// Shown to the person.
        reason: String,
        /// The provider's name of the movement, where money had moved.
        receipt: Option<String>,
    },
    /// The bank sent it back after it had arrived.
    PayoutReturned {
        /// Which.
        payout: PayoutId,
        /// Shown to the person.
        reason: String,
        /// The provider's name of the movement.
        receipt: String,
    },
    /// An operator, or a rule of the program, stops something of an account.
    PlaceHold {
        /// What is stopped.
        scope: Scope,
        /// A stable word.
        reason: String,
        /// What was found.
        facts: String,
        /// Which rule it breaks.
        rule: String,
        /// When it ends by itself, at most 7 days from now.
        review_by: Timestamp,
        /// The other operator, where it comes to more than 30 days together with the holds before it.
        second: Option<PersonId>,
    },
    /// An operator keeps it longer.
    ExtendHold {
        /// Which.
        hold: HoldId,
        /// Why.
        reason: String,
        /// When it ends by itself, at most 7 days from now.
        review_by: Timestamp,
        /// The other operator, where it comes to more than 30 days.
        second: Option<PersonId>,
    },
    /// An operator ends it.
    LiftHold {
        /// Which.
        hold: HoldId,
        /// Why.
        reason: String,
    },
    /// The person complains.
    AppealHold {
        /// Against which.
        hold: HoldId,
        /// In their words.
        reason: String,
    },
    /// An operator who did not place it looks at the complaint and keeps the hold.
    AnswerAppeal {
        /// Against which.
        hold: HoldId,
        /// Shown to the person.
        reason: String,
    },
    /// A time has come.
    Timer {
        /// [`TimerKind::HoldEnds`] alone.
        kind: TimerKind,
        /// A hold or a held payout.
        subject: String,
        /// In which entry.
        entry_no: i64,
        /// Since when.
        due_at: Timestamp,
    },
}

impl Command {
    /// The word for it in journals and entries; of a timer, what it does.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Clear { .. } => "clear",
            Self::SetPayoutAccount { .. } => "set_payout_account",
            Self::ApproveAccount { .. } => "approve_account",
            Self::RequestPayout { .. } => "request_payout",
            Self::HoldPayout { .. } => "hold_payout",
            Self::ReleasePayout { .. } => "release_payout",
            Self::CancelPayout { .. } => "cancel_payout",
            Self::PayoutReduced { .. } => "payout_reduced",
            Self::PayoutSent { .. } => "payout_sent",
            Self::PayoutPaid { .. } => "payout_paid",
            Self::PayoutFailed { .. } => "payout_failed",
            Self::PayoutReturned { .. } => "payout_returned",
            Self::PlaceHold { .. } => "place_hold",
            Self::ExtendHold { .. } => "extend_hold",
            Self::LiftHold { .. } => "lift_hold",
            Self::AppealHold { .. } => "appeal_hold",
            Self::AnswerAppeal { .. } => "answer_appeal",
            Self::Timer { kind, .. } => kind.name(),
        }
    }

    /// Where the other operator of a decision of two stands, for commands that may need one.
    pub fn second(&mut self) -> Option<&mut Option<PersonId>> {
        match self {
            Self::ApproveAccount { second, .. }
            | Self::HoldPayout { second, .. }
            | Self::PlaceHold { second, .. }
            | Self::ExtendHold { second, .. } => Some(second),
            Self::Clear { .. }
            | Self::SetPayoutAccount { .. }
            | Self::RequestPayout { .. }
            | Self::ReleasePayout { .. }
            | Self::CancelPayout { .. }
            | Self::PayoutReduced { .. }
            | Self::PayoutSent { .. }
            | Self::PayoutPaid { .. }
            | Self::PayoutFailed { .. }
            | Self::PayoutReturned { .. }
            | Self::LiftHold { .. }
            | Self::AppealHold { .. }
            | Self::AnswerAppeal { .. }
            | Self::Timer { .. } => None,
        }
    }
}

/// What a decision needs from outside the payee, read under the same lock. Kept in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Balance of `L:expert_pending`.
    pub pending_minor: Minor,
    /// Balance of `L:expert_payable`.
    pub payable_minor: Minor,
    /// Balance of `A:receivable`.
    pub receivable_minor: Minor,
    /// What the provider says it can move now, where it was asked. What does not fit stays payable.
    pub movable_minor: Option<Minor>,
    /// The smallest sum that the provider moves: 100 where it pays a currency of two decimals in whole units.
    pub unit_minor: Minor,
    /// Whether whoever acts has just confirmed with a second factor.
    pub second_factor: bool,
    /// By which rules of payees it is decided: those of [`RULES`] for all that is new. What was decided by older ones is
    /// decided by them again.
    #[serde(default)]
    pub rules: u16,
}

/// The rules of payees that hold now. Since 1 a payout that was taken back while it was held goes on holding up those asked
/// for after it until its review, and money comes back only by a movement with a name.
pub const RULES: u16 = 1;

impl Default for Facts {
    fn default() -> Self {
        Self {
            pending_minor: Minor::ZERO,
            payable_minor: Minor::ZERO,
            receivable_minor: Minor::ZERO,
            movable_minor: None,
            unit_minor: Minor(1),
            second_factor: false,
            rules: RULES,
        }
    }
}

/// All that one decision is made from beside the payee and the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// In whole microseconds.
    pub now: Timestamp,
    /// Drawn anew for every command; the ids come from it.
    pub seed: [u8; 16],
    /// From outside the payee.
    pub facts: Facts,
}

impl Input {
    /// Cuts the time to what the database keeps.
    pub fn new(now: Timestamp, seed: [u8; 16], facts: Facts) -> Self {
        Self {
            now: crate::span::whole_microseconds(now),
            seed,
            facts,
        }
    }
}
