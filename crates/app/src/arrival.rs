//! Messages that arrive while somebody looks. Whoever waits is woken by what is said on this node, and looks every second
//! for what was said on others; however many wait for one conversation, it is looked at once a second.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use earnest_hire::ids::{ConversationId, PersonId};
use earnest_store::{ConversationRow, MessageRow};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Error;
use crate::desk::Desk;

/// How often it is looked for what other nodes have kept.
const EVERY: Duration = Duration::from_secs(1);
/// So many conversations one person watches at once.
pub const MOST_WATCHED: usize = 6;
/// So many messages are handed over together.
const TOGETHER: u16 = 50;

/// Who waits for what on this node.
#[derive(Debug, Default)]
pub struct Arrivals(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    talks: BTreeMap<ConversationId, Weak<Talk>>,
    people: BTreeMap<PersonId, usize>,
}

/// What all who wait for one conversation share.
#[derive(Debug, Default)]
struct Talk {
    said: Notify,
    /// When the database was last asked, and what it said.
    seen: tokio::sync::Mutex<Option<(Instant, Timestamp)>>,
}

impl Arrivals {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        // Nothing between two states of this map can fail.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits for a conversation on this node.
    pub(crate) fn wake(&self, id: ConversationId) {
        let talk = self.lock().talks.get(&id).and_then(Weak::upgrade);
        if let Some(talk) = talk {
            talk.said.notify_waiters();
        }
    }

    fn enter(&self, id: ConversationId, person: PersonId) -> Option<Arc<Talk>> {
        let mut waiting = self.lock();
        let count = waiting.people.entry(person).or_default();
        if *count >= MOST_WATCHED {
            return None;
        }
        *count = count.saturating_add(1);
        let known = waiting.talks.get(&id).and_then(Weak::upgrade);
        let talk = known.unwrap_or_default();
        waiting.talks.insert(id, Arc::downgrade(&talk));
        Some(talk)
    }

    fn leave(&self, id: ConversationId, person: PersonId) {
        let mut waiting = self.lock();
        if let Some(count) = waiting.people.get_mut(&person) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                waiting.people.remove(&person);
            }
        }
        // The one who leaves still holds it.
        if waiting
            .talks
            .get(&id)
            .is_some_and(|talk| talk.strong_count() <= 1)
        {
            waiting.talks.remove(&id);
        }
    }
}

/// Somebody who waits for what is said in a conversation.
#[derive(Debug)]
pub struct Watcher {
    desk: Desk,
    row: ConversationRow,
    person: PersonId,
    talk: Arc<Talk>,
    /// Up to when they have everything.
    after: Timestamp,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.desk.arrivals.leave(self.row.id, self.person);
    }
}

/// Begins to wait, as one of the two, for what is said after a moment. None where they wait in as many places as they may.
pub async fn watch(
    desk: &Desk,
    id: ConversationId,
    person: PersonId,
    after: Timestamp,
) -> Result<Option<Watcher>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.conversation(id).await });
    let row = read.await?.ok_or(Error::NotFound)?;
    row.other(person).ok_or(Error::NotFound)?;
    Ok(desk.arrivals.enter(id, person).map(|talk| Watcher {
        desk: desk.clone(),
        row,
        person,
        talk,
        after,
    }))
}

impl Watcher {
    /// Between whom.
    pub fn row(&self) -> &ConversationRow {
        &self.row
    }

    /// What was said since, as soon as there is something; nothing where there was none for so long.
    pub async fn next(&mut self, within: Duration) -> Result<Vec<MessageRow>, Error> {
        let end = Instant::now() + within;
        loop {
            // Listening begins before looking, so that nothing is said in between.
            let talk = Arc::clone(&self.talk);
            let mut said = std::pin::pin!(talk.said.notified());
            said.as_mut().enable();
            if self.said_at(Wish::OneSecondOld).await? > self.after {
                let new = self.take().await?;
                if !new.is_empty() {
                    return Ok(new);
                }
            }
            let rest = EVERY.min(end.saturating_duration_since(Instant::now()));
            if rest.is_zero() {
                return Ok(Vec::new());
            }
            tokio::select! {
                () = &mut said => {
                    self.said_at(Wish::Fresh).await?;
                }
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// When something was last said, asked once for all who wait.
    async fn said_at(&self, wish: Wish) -> Result<Timestamp, Error> {
        let mut seen = self.talk.seen.lock().await;
        if let Some((asked, said)) = *seen
            && wish == Wish::OneSecondOld
            && asked.elapsed() < EVERY
        {
            return Ok(said);
        }
        let (id, asked) = (self.row.id, Instant::now());
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.said_at(id).await });
        let said = read.await?.ok_or(Error::NotFound)?;
        *seen = Some((asked, said));
        Ok(said)
    }

    async fn take(&mut self) -> Result<Vec<MessageRow>, Error> {
        let (id, after) = (self.row.id, self.after);
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.messages_after(id, after, TOGETHER).await });
        let new = read.await?;
        if let Some(last) = new.last() {
            self.after = last.at;
        }
        Ok(new)
    }
}

/// How new an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    OneSecondOld,
    Fresh,
}

#[cfg(test)]
mod tests;
