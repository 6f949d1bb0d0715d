//! An invitation: a client asks one expert to answer one request. It is answered by talking, declined with or without a
//! reason, taken back, or withdrawn when the request closes. A second click finds the first.

use jiff::Timestamp;

use crate::contract::words;
use crate::expert::Standing;
use crate::field::{self, FieldRefusal, Lines};
use crate::ids::{InvitationId, PersonId, RequestId};
use crate::limits::OPEN_INVITATIONS;
use crate::refusal::Refusal;
use crate::request;

/// Characters of the reason of a decline at most.
pub const REASON: usize = 500;

words! {
    /// How far an invitation has got.
    Stage {
        /// The expert has not answered yet.
        Sent = "sent",
        /// The expert has begun to talk.
        Answered = "answered",
        /// The expert said no.
        Declined = "declined",
        /// The client took it back, or the request was closed.
        Withdrawn = "withdrawn",
    }
}

/// An invitation as kept. There is one at most for each expert and request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its name for ever.
    pub id: InvitationId,
    /// To what.
    pub request: RequestId,
    /// Whose request that is.
    pub client: PersonId,
    /// Who is asked.
    pub expert: PersonId,
    /// How far it has got.
    pub stage: Stage,
    /// When it was sent last.
    pub at: Timestamp,
    /// Since when it has stood so.
    pub since: Timestamp,
    /// Why the expert declined; for the client.
    pub reason: Option<String>,
}

/// What a decision about a new invitation needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Where the request is.
    pub request: request::Stage,
    /// Whether others see the expert.
    pub standing: Option<Standing>,
    /// Whether the two talk about this request already.
    pub talks: Talks,
    /// All invitations to the request.
    pub others: &'a [Invitation],
}

/// Whether two people talk about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talks {
    /// They do.
    Already,
    /// Not yet.
    NotYet,
}

impl Invitation {
    /// A new one, the one that waits already, or why there is none. One that the client took back is sent again under
    /// its own name.
    pub fn send(
        (request, client, expert): (RequestId, PersonId, PersonId),
        facts: Facts<'_>,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let known = facts.others.iter().find(|one| one.expert == expert);
        if let Some(waiting) = known.filter(|one| one.stage == Stage::Sent) {
            return Ok(waiting.clone());
        }
        if facts.request != request::Stage::Open {
            return Err(Refusal::RequestNotOpen);
        }
        if client == expert {
            return Err(Refusal::OwnInvitation);
        }
        if facts.talks == Talks::Already {
            return Err(Refusal::AlreadyTalking);
        }
        if known.is_some_and(|one| one.stage == Stage::Declined) {
            return Err(Refusal::InvitationDeclined);
        }
        if facts.standing != Some(Standing::Visible) {
            return Err(Refusal::NotVisible);
        }
        let open = facts.others.iter().filter(|one| one.stage == Stage::Sent);
        if open.count() >= OPEN_INVITATIONS {
            return Err(Refusal::TooManyInvitations);
        }
        Ok(Self {
            id: known.map_or(id, |one| one.id),
            request,
            client,
            expert,
            stage: Stage::Sent,
            at: now,
            since: now,
            reason: None,
        })
    }

    /// The expert has begun to talk.
    pub fn answer(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.end(Stage::Answered, None, now)
    }

    /// The expert says no. Said again, it is the same no.
    pub fn decline(&self, reason: Option<String>, now: Timestamp) -> Result<Self, Refusal> {
        self.end(Stage::Declined, reason, now)
    }

    /// The client takes it back, or the request was closed.
    pub fn withdraw(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.end(Stage::Withdrawn, None, now)
    }

    fn end(&self, stage: Stage, reason: Option<String>, now: Timestamp) -> Result<Self, Refusal> {
        if self.stage == stage {
            return Ok(self.clone());
        }
        if self.stage != Stage::Sent {
            return Err(Refusal::InvitationOver);
        }
        Ok(Self {
            stage,
            since: now,
            reason,
            ..self.clone()
        })
    }
}

/// What was typed into the field `reason`.
pub fn reason(typed: &str) -> Result<Option<String>, FieldRefusal> {
    field::text("reason", typed, REASON, Lines::Several)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_521_600 + 60 * minute).unwrap()
    }

    fn person(number: u8) -> PersonId {
        PersonId::new(at(0), [number; 10])
    }

    fn facts(others: &[Invitation]) -> Facts<'_> {
        Facts {
            request: request::Stage::Open,
            standing: Some(Standing::Visible),
            talks: Talks::NotYet,
            others,
        }
    }

    fn send(expert: u8, facts: Facts<'_>) -> Result<Invitation, Refusal> {
        let names = (RequestId::new(at(0), [0; 10]), person(0), person(expert));
        Invitation::send(names, facts, InvitationId::new(at(1), [expert; 10]), at(1))
    }

    #[test]
    fn a_second_click_finds_the_first() {
        let first = send(1, facts(&[])).unwrap();
        let all = [first.clone()];
        let closed = Facts {
            request: request::Stage::Canceled,
            ..facts(&all)
        };
        assert_eq!(send(1, closed).unwrap(), first);
    }

    #[test]
    fn each_no_has_its_own_reason() {
        let paused = Facts {
            request: request::Stage::Paused,
            ..facts(&[])
        };
        assert_eq!(send(1, paused), Err(Refusal::RequestNotOpen));
        assert_eq!(send(0, facts(&[])), Err(Refusal::OwnInvitation));
        let talking = Facts {
            talks: Talks::Already,
            ..facts(&[])
        };
        assert_eq!(send(1, talking), Err(Refusal::AlreadyTalking));
        for standing in [None, Some(Standing::Hidden), Some(Standing::Waiting)] {
            let unseen = Facts {
                standing,
                ..facts(&[])
            };
            assert_eq!(send(1, unseen), Err(Refusal::NotVisible));
        }
        let declined = [send(1, facts(&[])).unwrap().decline(None, at(2)).unwrap()];
        assert_eq!(send(1, facts(&declined)), Err(Refusal::InvitationDeclined));
    }

    #[test]
    fn ten_wait_at_most_and_one_that_ends_makes_room() {
        let mut all: Vec<Invitation> = (1..=10).map(|one| send(one, facts(&[])).unwrap()).collect();
        assert_eq!(send(11, facts(&all)), Err(Refusal::TooManyInvitations));
        all[3] = all[3].withdraw(at(2)).unwrap();
        assert!(send(11, facts(&all)).is_ok());
        let again = send(4, facts(&all)).unwrap();
        assert_eq!(again.id, all[3].id, "it keeps its name");
        assert_eq!((again.stage, again.at), (Stage::Sent, at(1)));
    }

    #[test]
    fn it_ends_once() {
        let sent = send(1, facts(&[])).unwrap();
        let declined = sent.decline(Some("No time".to_owned()), at(2)).unwrap();
        assert_eq!(declined.decline(None, at(3)).unwrap(), declined);
        assert_eq!(declined.answer(at(3)), Err(Refusal::InvitationOver));
        assert_eq!(declined.withdraw(at(3)), Err(Refusal::InvitationOver));
        assert_eq!(reason(" ").unwrap(), None);
        assert_eq!(reason(&"x".repeat(501)).unwrap_err().code, "too_long");
    }
}
