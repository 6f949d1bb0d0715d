//! Experts as people who are paid: what they earned, where it goes, what stops it.

mod balance;
mod debt;
mod held;

use earnest_hire::contract::Actor;
use earnest_hire::ids::{EventId, PersonId};
use earnest_hire::money::Currency;
use earnest_hire::payee::{self, Command, Input, Payee};
use earnest_hire::refusal::Refusal;
use earnest_store::{Done, PayeeRecord, Tx};
use jiff::Timestamp;
use serde::Serialize;

pub use self::balance::{Balance, EARNINGS_TOLD, balance};
pub use self::debt::Debt;
pub use self::held::{Held, HeldFor};
use crate::Error;
use crate::audit;
use crate::contract::{Also, Replay};
use crate::desk::Desk;
use crate::motion::{self, Weight};
use crate::outside::payments::Movable;
use crate::provider::broken;

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

/// Does what a command says to a person's money, or says why not. A second operator who is named in it has not acted:
/// that is for [`crate::motion`].
pub async fn act(
    desk: &Desk,
    id: PersonId,
    command: &Command,
    who: Who<'_>,
    also: Also,
) -> Result<Answer, Error> {
    if command.clone().second().is_some_and(|second| second.is_some()) {
        return Err(Refusal::FourEyes.into());
    }
    act_by_two(desk, id, command, who, also).await
}

/// As [`act`], where the second operator who stands in the command has acted.
pub(crate) async fn act_by_two(
    desk: &Desk,
    id: PersonId,
    command: &Command,
    who: Who<'_>,
    also: Also,
) -> Result<Answer, Error> {
    let asked = Asked::new(desk, id, command, who, also).await?;
    desk.write(&asked, |asked, tx| async move { asked.act(tx).await })
        .await
        .inspect(|_answer| desk.wake())
}

/// What the provider of the person's account can move, where money is asked for. A provider that does not answer is asked
/// again before anything is sent.
async fn movable(desk: &Desk, id: PersonId, command: &Command) -> Result<Option<Movable>, Error> {
    if !matches!(command, Command::RequestPayout { .. }) {
        return Ok(None);
    }
    let read = desk
        .store
        .read(move |mut view| async move { view.payee(id).await });
    let account = read.await?.and_then(|payee| payee.account);
    let provider = account.and_then(|account| desk.providers.get(account.provider.as_str()));
    Ok(match provider {
        Some(provider) => provider.movable(desk.currency).await.ok(),
        None => None,
    })
}

/// A command with all that is known before the person is locked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    id: PersonId,
    currency: Currency,
    command: Command,
    actor: Actor,
    also: Also,
    confirmed: Confirmed,
    movable: Option<Movable>,
    now: Timestamp,
    seed: [u8; 16],
}

impl Asked {
    pub(crate) async fn new(
        desk: &Desk,
        id: PersonId,
        command: &Command,
        who: Who<'_>,
        also: Also,
    ) -> Result<Self, Error> {
        Ok(Self {
            id,
            currency: desk.currency,
            command: command.clone(),
            actor: who.actor.clone(),
            also,
            confirmed: who.confirmed,
            movable: movable(desk, id, command).await?,
            now: desk.now(),
            seed: desk.seed(),
        })
    }

    /// Whether the command would be carried out as it is, and whether without its second operator. Keeps nothing.
    pub(crate) async fn weigh(&self, tx: &mut Tx) -> Result<Weight, Error> {
        let (locked, _) = tx.lock_payee(self.id, self.currency, None).await?;
        let input = self.input(tx, &locked.payee).await?;
        payee::decide(&locked.payee, &self.command, &self.actor, &input)?;
        let mut alone = self.command.clone();
        if let Some(second) = alone.second() {
            *second = None;
        }
        Ok(Weight {
            chain: self.id.to_string(),
            command: serde_json::to_string(&alone).map_err(broken)?,
            about: motion::about_payee(&locked.payee, &self.command)?,
            alone: payee::decide(&locked.payee, &alone, &self.actor, &input).map(drop),
        })
    }

    async fn input(&self, tx: &mut Tx, payee: &Payee) -> Result<Input, Error> {
        let mut facts = tx.payee_facts(payee).await?;
        facts.second_factor = self.confirmed == Confirmed::Yes;
        if let Some(movable) = self.movable {
            facts.movable_minor = (movable != Movable::UNBOUNDED).then_some(movable.most);
            facts.unit_minor = movable.unit;
        }
        Ok(Input::new(self.now, self.seed, facts))
    }

    async fn act(&self, mut tx: Tx) -> Result<Done<Answer>, Error> {
        self.also.take(&mut tx).await?;
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
        if let Also::Motion { motion, by } = &self.also {
            let about = motion::about_payee(&locked.payee, &self.command)?;
            motion::take(&mut tx, *motion, (*by, self.now), &about).await?;
        }
        let input = self.input(&mut tx, &locked.payee).await?;
        let decision = payee::decide(&locked.payee, &self.command, &self.actor, &input)?;
        let record = PayeeRecord {
            command: &self.command,
            actor: &self.actor,
            input: &input,
            key,
            timer: self.also.timer(),
        };
        let last = tx.keep_payee(&locked, &decision, &record).await?;
        let second = match &self.also {
            Also::Motion { by, .. } => Some(*by),
            _ => None,
        };
        let whom = (&self.actor, second);
        for line in audit::of_payee((self.now, self.seed), self.id, &self.command, whom) {
            tx.insert_audit(&line).await?;
        }
        self.also.end(&mut tx, input.now).await?;
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

#[cfg(test)]
mod tests;
