//! What one party offers and the other accepts: settlements of a milestone and amendments of the contract.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AmendmentId, MilestoneId, PersonId, SettlementId};
use crate::money::{Minor, Money};

/// An offer to split all that is held for a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// Its name for ever.
    pub id: SettlementId,
    /// Who offers.
    pub by: PersonId,
    /// To the expert.
    pub to_expert_minor: Minor,
    /// Back to the client.
    pub to_client_minor: Minor,
    /// When the offer ends by itself.
    pub until: Timestamp,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A higher price; the client funds the difference.
    RaisePrice {
        /// Whose.
        milestone: MilestoneId,
        /// By how much.
        amount: Money,
    },
    /// A lower price; the difference goes back to the client.
    LowerPrice {
        /// Whose.
        milestone: MilestoneId,
        /// By how much.
        amount: Money,
    },
    /// Money and price from one milestone to another.
    MoveMoney {
        /// From where.
        milestone: MilestoneId,
        /// To where.
        to: MilestoneId,
        /// How much.
        amount: Money,
    },
    /// A planned milestone is given up.
    Drop {
        /// Which.
        milestone: MilestoneId,
    },
    /// All clocks stop until either party resumes.
    Pause,
}

/// A change that one party has proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// Its name for ever.
    pub id: AmendmentId,
    /// Who proposes.
    pub by: PersonId,
    /// What.
    pub change: Change,
    /// When it ends by itself.
    pub until: Timestamp,
}
