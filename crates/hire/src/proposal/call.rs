//! A call between a client and an expert: proposed with a few times, booked at one of them, held or missed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::contract::{Actor, By, words};
use crate::ids::{PersonId, ProposalId};
use crate::path::{Path, follow};
use crate::refusal::Refusal;
use crate::span::whole_microseconds;

/// How long one waits for the other before a call is missed.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

words! {
    /// How far a call has got.
    CallStage {
        /// One side has named times.
        Proposed = "proposed",
        /// The other has chosen one.
        Booked = "booked",
        /// It took place.
        Held = "held",
        /// Somebody did not come, or nobody chose a time.
        Missed = "missed",
    }
}

words! {
    /// What can happen to a call.
    CallEvent {
        /// The other side chooses a time.
        Book = "book",
        /// Either side names other times.
        Move = "move",
        /// Either side says that it took place.
        Hold = "hold",
        /// Either side says that the other did not come.
        Miss = "miss",
        /// All proposed times have passed.
        Lapse = "lapse",
    }
}

use CallEvent as E;
use CallStage::{Booked, Held, Missed, Proposed};

const EITHER: &[By] = &[By::Client, By::Expert];

/// The process of a call.
#[rustfmt::skip]
pub const CALL_PATHS: &[Path<CallStage, CallEvent>] = &[
    Path { from: &[Proposed], event: E::Book, by: EITHER, to: Booked },
    Path { from: &[Proposed, Booked], event: E::Move, by: EITHER, to: Proposed },
    Path { from: &[Booked], event: E::Hold, by: EITHER, to: Held },
    Path { from: &[Booked], event: E::Miss, by: EITHER, to: Missed },
    Path { from: &[Proposed], event: E::Lapse, by: &[By::Clock], to: Missed },
];

/// A call about a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// About which proposal.
    pub proposal: ProposalId,
    /// One side.
    pub client: PersonId,
    /// The other.
    pub expert: PersonId,
    /// How far it has got.
    pub stage: CallStage,
    /// Who named the times.
    pub proposed_by: PersonId,
    /// The times.
    pub slots: Vec<Timestamp>,
    /// The one that was chosen.
    pub at: Option<Timestamp>,
}

impl Call {
    /// Names times for a call.
    pub fn propose(
        proposal: &super::Proposal,
        by: PersonId,
        slots: &[Timestamp],
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if proposal.stage.is_over() {
            return Err(Refusal::ProposalOver);
        }
        if by != proposal.client && by != proposal.expert {
            return Err(Refusal::NotYourProposal);
        }
        Ok(Self {
            proposal: proposal.id,
            client: proposal.client,
            expert: proposal.expert,
            stage: CallStage::Proposed,
            proposed_by: by,
            slots: ahead(slots, now)?,
            at: None,
        })
    }

    /// Decides what becomes of an event. `slots` are the chosen time of a booking, or the new times of a move.
    pub fn decide(
        &self,
        event: CallEvent,
        by: &Actor,
        slots: &[Timestamp],
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (role, person) = match by {
            Actor::Person { id } if *id == self.client => (By::Client, Some(*id)),
            Actor::Person { id } if *id == self.expert => (By::Expert, Some(*id)),
            Actor::Clock => (By::Clock, None),
            Actor::Operator { .. } => return Err(Refusal::OperatorCannotAct),
            Actor::Person { .. } | Actor::Provider { .. } => return Err(Refusal::NotYourProposal),
        };
        let stage = follow(CALL_PATHS, self.stage, &event, role).ok_or(Refusal::CallNotNow)?;
        let mut call = self.clone();
        call.stage = stage;
        match event {
            CallEvent::Book => {
                if person == Some(self.proposed_by) {
                    return Err(Refusal::OwnOffer);
                }
                let chosen = ahead(slots, now)?;
                call.at = chosen.first().copied();
                if chosen.len() != 1 || !self.slots.iter().any(|slot| Some(*slot) == call.at) {
                    return Err(Refusal::SlotUnfit);
                }
            }
            CallEvent::Move => {
                call.slots = ahead(slots, now)?;
                call.at = None;
                call.proposed_by = person.ok_or(Refusal::NotYourProposal)?;
            }
            CallEvent::Hold => self.begun(now, SignedDuration::ZERO)?,
            CallEvent::Miss => self.begun(now, PATIENCE)?,
            CallEvent::Lapse => {
                if self.slots.iter().any(|slot| *slot >= now) {
                    return Err(Refusal::TimerNotDue);
                }
            }
        }
        Ok(call)
    }

    fn begun(&self, now: Timestamp, since: SignedDuration) -> Result<(), Refusal> {
        let begun = self.at.is_some_and(|at| now.duration_since(at) >= since);
        if begun { Ok(()) } else { Err(Refusal::CallNotNow) }
    }
}

fn ahead(slots: &[Timestamp], now: Timestamp) -> Result<Vec<Timestamp>, Refusal> {
    if (1..=5).contains(&slots.len()) && slots.iter().all(|slot| *slot > now) {
        Ok(slots.iter().copied().map(whole_microseconds).collect())
    } else {
        Err(Refusal::SlotUnfit)
    }
}
