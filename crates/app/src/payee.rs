//! Experts as people who are paid: what they earned, where it goes, what stops it.

use earnest_hire::contract::Actor;
use earnest_hire::ids::{EventId, PersonId};
use earnest_hire::money::Currency;
use earnest_hire::payee::{self, Command, Input};
use earnest_store::{Done, EventState, PayeeRecord, Tx};
use jiff::Timestamp;
use serde::Serialize;

use crate::Error;
use crate::contract::{Also, Replay};
use crate::desk::{Desk, again};

/// What an accepted command is answered with; the same for every repetition under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The person.
    pub person: PersonId,
    /// The command in their history.
    pub event: EventId,
    /// Their version after it.
    pub version: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// Whether the command had been answered before and nothing was done now.
    #[serde(skip)]
    pub replay: Replay,
}

/// Whether whoever acts has just confirmed with a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Signed in, no more.
    No,
    /// With a second factor, or there is nobody to ask: a timer, a provider.
    Yes,
}

/// Who acts, and how surely it is them.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// How surely.
    pub confirmed: Confirmed,
}

impl<'a> Who<'a> {
    /// A timer or provider, or somebody who has confirmed with a second factor.
    pub fn sure(actor: &'a Actor) -> Self {
        Self {
            actor,
            confirmed: Confirmed::Yes,
        }
    }
}

/// Does what a command says to a person's money, or says why not.
pub async fn act(
    desk: &Desk,
    id: PersonId,
    command: &Command,
    who: Who<'_>,
    also: Also,
) -> Result<Answer, Error> {
    let asked = Asked {
        id,
        currency: desk.currency,
        command: command.clone(),
        actor: who.actor.clone(),
        also,
        confirmed: who.confirmed,
        now: desk.now(),
        seed: desk.seed(),
    };
    again(|| {
        let asked = asked.clone();
        desk.store.write(move |tx| {
            let asked = asked.clone();
            async move { asked.act(tx).await }
        })
    })
    .await
    .inspect(|_answer| desk.wake())
}

#[derive(Debug, Clone)]
struct Asked {
    id: PersonId,
    currency: Currency,
    command: Command,
    actor: Actor,
    also: Also,
    confirmed: Confirmed,
    now: Timestamp,
    seed: [u8; 16],
}

impl Asked {
    async fn act(&self, mut tx: Tx) -> Result<Done<Answer>, Error> {
        self.also.take_event(&mut tx).await?;
        let key = self.also.key();
        let (locked, seen) = tx.lock_payee(self.id, self.currency, key).await?;
        if let (Some(key), Some(seen)) = (key, seen) {
            if key.request_sha256 != seen.request_sha256 {
                return Err(Error::KeyReused);
            }
            let (person, version, at) = tx.answer_of(seen.event).await?.ok_or(Error::NotFound)?;
            let (event, replay) = (seen.event, Replay::Again);
            return tx
                .commit(Answer {
                    person,
                    event,
                    version,
                    at,
                    replay,
                })
                .await;
        }
        let mut facts = tx.payee_facts(&locked.payee).await?;
        facts.second_factor = self.confirmed == Confirmed::Yes;
        let input = Input::new(self.now, self.seed, facts);
        let decision = payee::decide(&locked.payee, &self.command, &self.actor, &input)?;
        let record = PayeeRecord {
            command: &self.command,
            actor: &self.actor,
            input: &input,
            key,
            timer: self.also.timer(),
        };
        let last = tx.keep_payee(&locked, &decision, &record).await?;
        if let Also::Event { provider, event_id } = &self.also {
            tx.end_event(provider, event_id, EventState::Applied, None)
                .await?;
        }
        let answer = Answer {
            person: self.id,
            event: decision.event,
            version: decision.payee.version,
            at: input.now,
            replay: Replay::First,
        };
        tx.commit_last(last, answer).await
    }
}
