//! Calls: one of two people who talk proposes times, the other chooses one. Whatever changes is told by mail.

use earnest_hire::call::{Call, CallEvent, CallStage, Draft, Event, MOST_SLOTS, calendar};
use earnest_hire::contract::Actor;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{CallId, ConversationId, Ids, OnceKey, PersonId};
use earnest_hire::refusal::Refusal;
use earnest_store::{CallRow, ConversationRow, Done, Tx};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::desk::Desk;
use crate::{mail, webhook};

/// Calls of one conversation that wait for an answer or for their time, at most.
const MOST_OPEN: usize = 5;

/// What is typed to propose a call.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The time zone of whoever types.
    pub zone: &'a str,
    /// How long it takes.
    pub minutes: &'a str,
    /// The times, as `2026-12-01T14:30`.
    pub slots: [&'a str; MOST_SLOTS],
    /// Of the form.
    pub once: OnceKey,
}

/// Proposes times, once for each form.
pub async fn propose(
    desk: &Desk,
    talk: ConversationId,
    by: PersonId,
    typed: Typed<'_>,
) -> Result<CallId, Error> {
    let now = desk.now();
    let draft = Draft::typed(typed.zone, typed.minutes, typed.slots, now).map_err(Error::Invalid)?;
    let digest = Sha256::digest(typed.once.bytes());
    let seed = digest.first_chunk::<16>().copied().unwrap_or_default();
    let proposing = Proposing {
        desk: desk.clone(),
        talk,
        by,
        draft,
        // The form names the call, so that sent twice it is one call.
        id: Ids::new(Timestamp::UNIX_EPOCH, seed).call(),
        now,
    };
    desk.write(
        &proposing,
        |proposing, tx| async move { proposing.keep(tx).await },
    )
    .await
    .inspect(|_id| desk.wake())
}

#[derive(Debug, Clone)]
struct Proposing {
    desk: Desk,
    talk: ConversationId,
    by: PersonId,
    draft: Draft,
    id: CallId,
    now: Timestamp,
}

impl Proposing {
    async fn keep(&self, mut tx: Tx) -> Result<Done<CallId>, Error> {
        let row = tx.lock_conversation(self.talk).await?.ok_or(Error::NotFound)?;
        row.other(self.by).ok_or(Error::NotFound)?;
        let there = tx.calls_in(self.talk).await?;
        if let Some(before) = there.iter().find(|one| one.call.id == self.id) {
            return if self.is_same(&before.call) {
                tx.commit(self.id).await
            } else {
                Err(Error::KeyReused)
            };
        }
        let open = there.iter().filter(|one| is_ahead(&one.call, self.now)).count();
        if open >= MOST_OPEN {
            let sentence =
                format!("There are {MOST_OPEN} calls ahead already. Answer or take back one of them first.");
            let fault = FieldRefusal::new("slot-1", "too_many", sentence);
            return Err(Error::Invalid(vec![fault]));
        }
        let call = Call::propose(self.id, (row.client, row.expert), self.by, &self.draft, self.now)?;
        let new = CallRow {
            call,
            conversation: self.talk,
        };
        if !tx.insert_call(&new).await? {
            return Err(Error::KeyReused);
        }
        tell(&self.desk, &mut tx, &row, (&new.call, self.by)).await?;
        tx.commit(self.id).await
    }

    /// Whether a form that was sent before says the same now.
    fn is_same(&self, before: &Call) -> bool {
        (before.proposed_by, before.minutes) == (self.by, self.draft.minutes)
            && (&before.zone, &before.slots) == (&self.draft.zone, &self.draft.slots)
    }
}

/// Whether a call still waits for an answer or for its time.
pub fn is_ahead(call: &Call, now: Timestamp) -> bool {
    match call.stage {
        CallStage::Proposed => call.slots.iter().any(|slot| *slot > now),
        CallStage::Booked => true,
        CallStage::Held | CallStage::Missed | CallStage::Withdrawn => false,
    }
}

/// What is done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The other side chooses a time.
    Book(Timestamp),
    /// Either side takes it back or says no.
    Withdraw,
    /// It took place.
    Hold,
    /// The other did not come.
    Miss,
}

/// Answers a call as one of the two; says where they talk.
pub async fn answer(desk: &Desk, id: CallId, by: PersonId, answer: Answer) -> Result<ConversationId, Error> {
    let answering = Answering {
        desk: desk.clone(),
        id,
        by,
        answer,
        now: desk.now(),
    };
    desk.write(
        &answering,
        |answering, tx| async move { answering.keep(tx).await },
    )
    .await
    .inspect(|_talk| desk.wake())
}

#[derive(Debug, Clone)]
struct Answering {
    desk: Desk,
    id: CallId,
    by: PersonId,
    answer: Answer,
    now: Timestamp,
}

impl Answering {
    async fn keep(&self, mut tx: Tx) -> Result<Done<ConversationId>, Error> {
        let talk = tx.call(self.id).await?.ok_or(Error::NotFound)?.conversation;
        let row = tx.lock_conversation(talk).await?.ok_or(Error::NotFound)?;
        row.other(self.by).ok_or(Error::NotFound)?;
        let found = tx.lock_call(self.id).await?.ok_or(Error::NotFound)?;
        let (event, slots) = match self.answer {
            Answer::Book(at) => (CallEvent::Book, vec![at]),
            Answer::Withdraw => (CallEvent::Withdraw, Vec::new()),
            Answer::Hold => (CallEvent::Hold, Vec::new()),
            Answer::Miss => (CallEvent::Miss, Vec::new()),
        };
        let actor = Actor::Person { id: self.by };
        let next = found.call.decide(event, &actor, &slots, self.now)?;
        tx.update_call(&next, found.call.version).await?;
        tell(&self.desk, &mut tx, &row, (&next, self.by)).await?;
        tx.commit(talk).await
    }
}

/// Lets calls lapse of whose proposed times none was chosen; says how many were looked at.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.due_calls(now).await });
    let due = read.await?;
    for row in &due {
        let lapsing = Lapsing {
            desk: desk.clone(),
            id: row.call.id,
            talk: row.conversation,
            now,
        };
        desk.write(&lapsing, |lapsing, tx| async move { lapsing.keep(tx).await })
            .await?;
    }
    if !due.is_empty() {
        desk.wake();
    }
    Ok(due.len())
}

#[derive(Debug, Clone)]
struct Lapsing {
    desk: Desk,
    id: CallId,
    talk: ConversationId,
    now: Timestamp,
}

impl Lapsing {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let row = tx.lock_conversation(self.talk).await?.ok_or(Error::NotFound)?;
        let Some(found) = tx.lock_call(self.id).await? else {
            return tx.commit(()).await;
        };
        match found.call.decide(CallEvent::Lapse, &Actor::Clock, &[], self.now) {
            Ok(next) => {
                tx.update_call(&next, found.call.version).await?;
                // Whoever named the times waits for an answer; the other has seen them and said nothing.
                let other = row.other(next.proposed_by).ok_or(Error::NotFound)?;
                tell(&self.desk, &mut tx, &row, (&next, other)).await?;
            }
            // One from before it was noted when calls lapse, or somebody was faster.
            Err(Refusal::TimerNotDue | Refusal::CallNotNow) => tx.put_off_call(&found.call).await?,
            Err(refusal) => return Err(refusal.into()),
        }
        tx.commit(()).await
    }
}

/// Tells the other one.
async fn tell(
    desk: &Desk,
    tx: &mut Tx,
    row: &ConversationRow,
    (call, by): (&Call, PersonId),
) -> Result<(), Error> {
    let other = row.other(by).ok_or(Error::NotFound)?;
    let to = tx.person(other).await?.ok_or(Error::NotFound)?;
    let author = tx.person(by).await?.ok_or(Error::NotFound)?;
    mail::call(desk, (&author.name, &to), call, row.id)
        .keep(tx, call.changed_at)
        .await?;
    webhook::call(desk, tx, row, call).await
}

/// The call as a calendar reads it, for the two of them; nothing where no time was ever chosen.
pub async fn file(desk: &Desk, id: CallId, reader: PersonId) -> Result<String, Error> {
    let read = desk.store.read(move |mut view| async move {
        let Some(row) = view.call(id).await? else {
            return Ok::<_, earnest_store::Error>(None);
        };
        let (client, expert) = (
            view.person(row.call.client).await?,
            view.person(row.call.expert).await?,
        );
        Ok(Some((row, client, expert)))
    });
    let (row, client, expert) = read.await?.ok_or(Error::NotFound)?;
    let call = &row.call;
    let other = match reader {
        reader if reader == call.client => expert,
        reader if reader == call.expert => client,
        _stranger => return Err(Error::NotFound),
    };
    let name = other.map_or_else(String::new, |person| person.name);
    let url = format!("{}/conversations/{}", desk.origin, row.conversation);
    let host = desk.origin.rsplit_once("://").map_or("", |(_, host)| host);
    let event = Event {
        summary: &format!("Call with {name}"),
        description: &format!(
            "Arranged at {}. Messages and how to reach each other: {url}",
            desk.site_name
        ),
        url: &url,
        host,
    };
    calendar(call, &event).ok_or_else(|| Refusal::CallNotNow.into())
}

#[cfg(test)]
mod tests;
