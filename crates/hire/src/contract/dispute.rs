//! A dispute: two figures a side, deadlines, decisions with reasons, one appeal.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::kind::words;
use crate::ids::{DisputeId, PersonId};
use crate::money::Minor;
use crate::span::after;

words! {
    /// How far a dispute has got.
    Phase {
        /// The other party has not given its figures.
        AnswerDue = "answer_due",
        /// Both look for a settlement.
        Negotiating = "negotiating",
        /// Both bring what they have.
        Evidence = "evidence",
        /// The operator must decide.
        Deciding = "deciding",
        /// Decided; an appeal is possible.
        Decided = "decided",
        /// Another operator must decide for good.
        Appealed = "appealed",
        /// Over.
        Closed = "closed",
    }
}

/// The two figures of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// What the other party may have at once: from the client to the expert, from the expert to the client.
    pub unconditional_minor: Minor,
    /// Without prejudice: what the expert should get of all that was held at the opening.
    pub offer_to_expert_minor: Minor,
}

/// A decision by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// Who decided.
    pub by: PersonId,
    /// Who confirmed, where the sum asks for it.
    pub second: Option<PersonId>,
    /// Of what is in dispute, to the expert.
    pub to_expert_minor: Minor,
    /// Of what is in dispute, back to the client.
    pub to_client_minor: Minor,
    /// Published to both.
    pub reasons: String,
}

/// One dispute of a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Its name for ever.
    pub id: DisputeId,
    /// Who opened it; none where a chargeback lost in part did.
    pub opened_by: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// What was held when it was opened.
    pub held_minor: Minor,
    /// Of it, what has gone to the expert since.
    pub to_expert_minor: Minor,
    /// The client's figures.
    pub client: Option<Figures>,
    /// The expert's figures.
    pub expert: Option<Figures>,
    /// How far it has got.
    pub phase: Phase,
    /// Grows with each phase. A timer of an earlier phase is stale.
    pub entry_no: i64,
    /// When the phase ends or is overdue.
    pub due_at: Timestamp,
    /// The decisions, the appeal's after the first.
    pub rulings: Vec<Ruling>,
    /// Why a party appealed.
    pub appeal: Option<String>,
}

impl Dispute {
    /// Whether money is held because of it.
    pub fn is_open(&self) -> bool {
        self.phase != Phase::Closed
    }

    /// Enters a phase.
    pub fn enter(&mut self, phase: Phase, due_at: Timestamp) {
        self.phase = phase;
        self.due_at = due_at;
        self.entry_no = self.entry_no.saturating_add(1);
    }

    /// Moves the deadline, never nearer to `now` than `least`.
    pub fn shift(&mut self, by: SignedDuration, now: Timestamp, least: SignedDuration) {
        self.due_at = after(self.due_at, by).max(after(now, least));
        self.entry_no = self.entry_no.saturating_add(1);
    }

    /// What a party's offer gives the expert of the `disputed` rest.
    pub fn offered(&self, figures: Figures, disputed: Minor) -> Minor {
        figures
            .offer_to_expert_minor
            .less(self.to_expert_minor)
            .min(disputed)
    }
}
