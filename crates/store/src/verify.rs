//! The proof that the books are what they say: every accepted command is decided again, and everything that is kept must
//! be what was decided then.
//!
//! The database is gone through once, in ranges of chains. On SQLite every processor reads and decides ranges of its own;
//! on a server one connection reads and threads decide. A damaged row is named and never guessed at; the rest of its
//! chain is left, and the next chain goes on. Nothing here writes.

mod case;
mod decided;
mod finding;
mod jobs;
mod journal;
pub(crate) mod rows;
mod state;
mod sums;
mod walk;
pub(crate) mod whole;

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, available_parallelism};

use self::finding::Found;
pub use self::finding::{Checked, Finding, Verified};
pub use self::journal::{JournalItem, JournalLine};
use self::rows::{Batch, Range};
pub use self::sums::{AccountSums, Equations};
use crate::Error;
use crate::checkpoint::{Anchor, Checkpoint};
use crate::db::{Store, Twin, View};

/// How many threads decide at most.
const DECIDERS: usize = 8;
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
        let threads = available_parallelism().map_or(1, NonZero::get).min(DECIDERS);
        let twins = self.twins(threads - 1)?;
        // While threads decide, a server must not take us for gone.
        self.take_time().await?;
        let mut found = Found::default();
        let (checkpoints, noted) = whole::checkpoints(&mut self, anchor, &mut found).await?;
        let work = Arc::new(Work {
            ranges: Mutex::new(rows::ranges(&mut self).await?.into_iter()),
            noted: Mutex::new(noted),
        });
        let parts = if twins.is_empty() {
            self.hand_over(&work, threads).await?
        } else {
            self.side_by_side(&work, twins).await?
        };
        for part in parts {
            found.merge(part);
        }
        whole::gone(std::mem::take(&mut *lock(&work.noted)), &mut found);
        whole::strays(&mut self, &mut found).await?;
        if !found.doubt {
            found.between_chains();
        }
        whole::keys(&mut self, &mut found).await?;
        let equations = whole::accounts(&mut self, &mut found).await?;
        let head = checkpoints.last().map(Checkpoint::anchor);
        Ok(found.end(equations, head))
    }

    /// This thread and one for each twin read and decide, each the next range that nobody has taken.
    async fn side_by_side(&mut self, work: &Arc<Work>, twins: Vec<Twin>) -> Result<Vec<Found>, Error> {
        let start = |twin: Twin| {
            let work = Arc::clone(work);
            std::thread::spawn(move || twin.read(|mut view| async move { view.read_and_decide(&work).await }))
        };
        let threads: Vec<_> = twins.into_iter().map(start).collect();
        let own = self.read_and_decide(work).await;
        if own.is_err() {
            work.stop();
        }
        let joined: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().or(Err(Error::Panicked)).flatten())
            .collect();
        [own].into_iter().chain(joined).collect()
    }

    async fn read_and_decide(&mut self, work: &Work) -> Result<Found, Error> {
        let (mut found, mut batch) = (Found::default(), Batch::default());
        while let Some(range) = work.next() {
            rows::read(self, &range, &mut batch).await?;
            work.decide(&batch, &mut found);
        }
        Ok(found)
    }

    /// This view reads range by range and gives them to whoever is free.
    async fn hand_over(&mut self, work: &Arc<Work>, threads: usize) -> Result<Vec<Found>, Error> {
        let deciders = Deciders::start(work, threads);
        let read = self.read_for(work, &deciders.queue).await;
        let parts = deciders.end()?;
        read.map(|()| parts)
    }

    async fn read_for(&mut self, work: &Work, queue: &SyncSender<Batch>) -> Result<(), Error> {
        while let Some(range) = work.next() {
            let mut batch = Batch::default();
            rows::read(self, &range, &mut batch).await?;
            queue.send(batch).or(Err(Error::Panicked))?;
        }
        Ok(())
    }
}

/// What is left to do.
struct Work {
    ranges: Mutex<std::vec::IntoIter<Range>>,
    noted: Mutex<Noted>,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Work {
    fn next(&self) -> Option<Range> {
        lock(&self.ranges).next()
    }

    /// Leaves the rest undone.
    fn stop(&self) {
        *lock(&self.ranges) = Vec::new().into_iter();
    }

    fn decide(&self, batch: &Batch, found: &mut Found) {
        let mut cases = batch.cases(found);
        {
            let mut noted = lock(&self.noted);
            for case in &mut cases {
                case.noted = noted.remove(case.id).unwrap_or_default();
            }
        }
        for case in cases {
            walk::chain(case, found);
        }
    }
}

/// Threads that take ranges from a queue.
struct Deciders {
    queue: SyncSender<Batch>,
    threads: Vec<JoinHandle<Found>>,
}

impl Deciders {
    fn start(work: &Arc<Work>, threads: usize) -> Self {
        let (queue, taken) = sync_channel(WAITING);
        let taken = Arc::new(Mutex::new(taken));
        let start = |_one| {
            let (taken, work) = (Arc::clone(&taken), Arc::clone(work));
            std::thread::spawn(move || decide_all(&taken, &work))
        };
        let threads = (0..threads).map(start).collect();
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

fn decide_all(taken: &Mutex<Receiver<Batch>>, work: &Work) -> Found {
    let mut found = Found::default();
    loop {
        let next = lock(taken).recv();
        let Ok(batch) = next else { return found };
        work.decide(&batch, &mut found);
    }
}
