//! The proof that the books are what they say: every accepted command is decided again, and everything that is kept must
//! be what was decided then.
//!
//! One reader goes through the database once, in ranges of chains; two threads decide. A damaged row is named and never
//! guessed at; the rest of its chain is left, and the next chain goes on. Nothing here writes.

mod case;
mod decided;
mod finding;
mod journal;
pub(crate) mod rows;
mod state;
mod sums;
mod walk;
pub(crate) mod whole;

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use self::finding::Found;
pub use self::finding::{Checked, Finding, Verified};
pub use self::journal::{JournalItem, JournalLine};
use self::rows::Batch;
pub use self::sums::{AccountSums, Equations};
use crate::Error;
use crate::checkpoint::{Anchor, Checkpoint};
use crate::db::{Store, View};

/// How many threads decide.
const DECIDERS: usize = 2;
/// How many ranges wait for them at most; so much is in memory.
const WAITING: usize = 2;

/// Heads that checkpoints list: of each chain its length, its hash then, and the checkpoint's number.
pub(crate) type Noted = HashMap<String, Vec<(i64, String, i64)>>;

impl Store {
    /// Looks at everything over one unchanging picture of the database, also while others write. An error means that it
    /// could not be looked at.
    pub async fn verify(&self, anchor: Option<Anchor>) -> Result<Verified, Error> {
        self.read(move |view| async move { view.verify(anchor).await })
            .await
    }
}

impl View {
    async fn verify(mut self, anchor: Option<Anchor>) -> Result<Verified, Error> {
        let mut found = Found::default();
        let (checkpoints, mut noted) = whole::checkpoints(&mut self, anchor, &mut found).await?;
        let deciders = Deciders::start();
        let read = self.hand_over(&deciders, &mut noted, &mut found).await;
        let parts = deciders.end()?;
        read?;
        for part in parts {
            found.merge(part);
        }
        whole::gone(noted, &mut found);
        whole::strays(&mut self, &mut found).await?;
        if !found.doubt {
            found.across_chains();
        }
        whole::keys(&mut self, &mut found).await?;
        let accounts = whole::accounts(&mut self, &mut found).await?;
        let head = checkpoints.last().map(Checkpoint::anchor);
        Ok(found.end(&accounts, head))
    }

    /// Reads the chains range by range and gives them to whoever is free.
    async fn hand_over(
        &mut self,
        deciders: &Deciders,
        noted: &mut Noted,
        found: &mut Found,
    ) -> Result<(), Error> {
        for range in rows::ranges(self).await? {
            let mut batch = rows::read(self, &range, found).await?;
            for case in &mut batch.cases {
                case.noted = noted.remove(&case.id).unwrap_or_default();
            }
            if deciders.queue.send(batch).is_err() {
                return Err(Error::Panicked);
            }
        }
        Ok(())
    }
}

/// Threads that take ranges from a queue.
struct Deciders {
    queue: SyncSender<Batch>,
    threads: Vec<JoinHandle<Found>>,
}

impl Deciders {
    fn start() -> Self {
        let (queue, taken) = sync_channel(WAITING);
        let taken = Arc::new(Mutex::new(taken));
        let work = |_one| {
            let taken = Arc::clone(&taken);
            std::thread::spawn(move || decide_all(&taken))
        };
        let threads = (0..DECIDERS).map(work).collect();
        Self { queue, threads }
    }

    fn end(self) -> Result<Vec<Found>, Error> {
        drop(self.queue);
        let ended = self
            .threads
            .into_iter()
            .map(|thread| thread.join().or(Err(Error::Panicked)));
        ended.collect()
    }
}

fn decide_all(taken: &Mutex<Receiver<Batch>>) -> Found {
    let mut found = Found::default();
    loop {
        let next = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = next else { return found };
        for case in batch.cases {
            walk::chain(case, &mut found);
        }
    }
}
