//! A call between a client and an expert: proposed with a few times, booked at one of them, held, missed or withdrawn.

mod calendar;
mod draft;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::calendar::{Event, calendar};
pub use self::draft::{Draft, MOST_SLOTS, zone};
use crate::contract::{Actor, By, words};
use crate::ids::{CallId, PersonId};
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
        /// The side that named the times took them back, or the other said no.
        Withdrawn = "withdrawn",
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
        /// Either side takes it back or says no.
        Withdraw = "withdraw",
    }
}

use CallEvent as E;
use CallStage::{Booked, Held, Missed, Proposed, Withdrawn};

const EITHER: &[By] = &[By::Client, By::Expert];

/// The process of a call.
#[rustfmt::skip]
pub const CALL_PATHS: &[Path<CallStage, CallEvent>] = &[
    Path { from: &[Proposed], event: E::Book, by: EITHER, to: Booked },
    Path { from: &[Proposed, Booked], event: E::Move, by: EITHER, to: Proposed },
    Path { from: &[Booked], event: E::Hold, by: EITHER, to: Held },
    Path { from: &[Booked], event: E::Miss, by: EITHER, to: Missed },
    Path { from: &[Proposed], event: E::Lapse, by: &[By::Clock], to: Missed },
    Path { from: &[Proposed, Booked], event: E::Withdraw, by: EITHER, to: Withdrawn },
];

/// A call between two people who talk about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// How often it was changed: the number of its last change.
    pub version: i64,
    /// When that was.
    pub changed_at: Timestamp,
    /// One side.
    pub client: PersonId,
    /// The other.
    pub expert: PersonId,
    /// How far it has got.
    pub stage: CallStage,
    /// Who named the times.
    pub proposed_by: PersonId,
    /// The time zone in which they were named.
    pub zone: String,
    /// How long it takes.
    pub minutes: u16,
    /// The times.
    pub slots: Vec<Timestamp>,
    /// The one that was chosen. It stays where the call was withdrawn afterwards, so that calendars can be told.
    pub at: Option<Timestamp>,
}

impl Call {
    /// Names times for a call between two people.
    pub fn propose(
        id: CallId,
        (client, expert): (PersonId, PersonId),
        by: PersonId,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if by != client && by != expert {
            return Err(Refusal::NotYourProposal);
        }
        Ok(Self {
            id,
            version: 0,
            changed_at: now,
            client,
            expert,
            stage: CallStage::Proposed,
            proposed_by: by,
            zone: draft.zone.clone(),
            minutes: draft.minutes,
            slots: ahead(&draft.slots, now)?,
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
        call.version = self.version.saturating_add(1);
        call.changed_at = now;
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
            CallEvent::Withdraw => {}
        }
        Ok(call)
    }

    /// After which moment it lapses, where nobody has chosen a time until then.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        let last = self.slots.iter().max().copied();
        last.filter(|_last| self.stage == CallStage::Proposed)
    }

    /// Whether an event is possible now for one of the two.
    pub fn may(&self, event: CallEvent, person: PersonId, now: Timestamp) -> bool {
        let ahead = self.slots.iter().copied().filter(|slot| *slot > now);
        let slots: Vec<Timestamp> = ahead.take(1).collect();
        self.decide(event, &Actor::Person { id: person }, &slots, now)
            .is_ok()
    }

    fn begun(&self, now: Timestamp, since: SignedDuration) -> Result<(), Refusal> {
        let begun = self.at.is_some_and(|at| now.duration_since(at) >= since);
        if begun { Ok(()) } else { Err(Refusal::CallNotNow) }
    }
}

fn ahead(slots: &[Timestamp], now: Timestamp) -> Result<Vec<Timestamp>, Refusal> {
    if (1..=MOST_SLOTS).contains(&slots.len()) && slots.iter().all(|slot| *slot > now) {
        Ok(slots.iter().copied().map(whole_microseconds).collect())
    } else {
        Err(Refusal::SlotUnfit)
    }
}

#[cfg(test)]
mod tests;
