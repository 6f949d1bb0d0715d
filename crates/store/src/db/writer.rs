//! The one writer: a thread that owns the only connection that writes and commits in groups.
//!
//! A write handed to it runs to its end whether or not somebody still waits for the answer. Writes that wait
//! together share one transaction, a savepoint each, and one flush to the disk; all are answered after it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use super::job::Job;
use super::pauses::Pauses;
use super::sqlite::{Slot, failure, run_now};
use super::tx::Statement;
use crate::Error;

/// How many writes may share one flush; more only make each wait longer for the others.
const GROUP: usize = 64;
/// How many writes may wait before further ones are told to come back.
const QUEUE: usize = 1_024;
/// How long a write waits for another process to let go of the file.
const DEADLINE: Duration = Duration::from_secs(5);

/// Runs a job once; true where its changes are to stay.
fn run(job: &mut dyn Job, slot: &Slot) -> bool {
    let ended = match run_now(job, slot) {
        Ok(None) => return false,
        Ok(Some(last)) => end(slot, &last),
        Err(error) => Err(error),
    };
    ended.map_err(|error| job.refuse(error)).is_ok()
}

/// Runs the last statements of a closure, and keeps nothing where one of all of them failed.
fn end(slot: &Slot, last: &[Statement]) -> Result<(), Error> {
    for (sql, args) in last {
        slot.execute(*sql, args)?;
    }
    #[cfg(any(test, feature = "testing"))]
    slot.break_at_commit();
    slot.failed().map_or(Ok(()), Err)
}

/// The near end of the queue. When the last one is dropped the writer finishes what waits and ends.
#[derive(Clone)]
pub(super) struct Queue(mpsc::Sender<Box<dyn Job>>);

impl Queue {
    pub(super) fn put(&self, job: Box<dyn Job>) -> Result<(), Error> {
        self.0.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Unavailable {
                why: "too many writes are waiting",
            },
            mpsc::error::TrySendError::Closed(_) => Error::Unavailable { why: "it is closing" },
        })
    }
}

pub(super) struct Writer {
    slot: Slot,
    connection: Option<Connection>,
    path: PathBuf,
    stopped: watch::Sender<Option<Error>>,
    deadline: Duration,
}

/// The transaction was taken away below a group: the whole of it is undone.
pub(super) struct Lost(Error);

impl Writer {
    pub(super) fn new(connection: Connection, path: &Path) -> Self {
        let (slot, path) = (Slot::default(), path.to_owned());
        Self {
            slot,
            connection: Some(connection),
            path,
            stopped: watch::channel(None).0,
            deadline: DEADLINE,
        }
    }

    #[cfg(test)]
    pub(super) fn patient_for(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Tells when nothing more is written.
    pub(super) fn stopped(&self) -> watch::Receiver<Option<Error>> {
        self.stopped.subscribe()
    }

    /// Starts the thread. `guard` is kept until the connection is closed: it holds the lock on the file.
    pub(super) fn start<G: Send + 'static>(
        self,
        guard: G,
    ) -> std::io::Result<(Queue, std::thread::JoinHandle<()>)> {
        let (near, far) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("store-writer".to_owned());
        let thread = thread.spawn(move || {
            self.serve(far);
            drop(guard);
        })?;
        Ok((Queue(near), thread))
    }

    fn serve(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = queue.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(next) = queue.try_recv()
            {
                group.push(next);
            }
            self.commit(group);
        }
    }

    pub(super) fn commit(&mut self, mut group: Vec<Box<dyn Job>>) {
        match self.together(&mut group) {
            Ok(()) => group.into_iter().for_each(|job| job.answer(Ok(()))),
            // One of them made the engine give up the transaction, perhaps on a full disk: each alone, then,
            // so that only the one at fault suffers.
            Err(Lost(_)) if group.len() > 1 && self.stopped.borrow().is_none() => {
                for job in group {
                    self.commit(vec![job]);
                }
            }
            Err(Lost(error)) => group.into_iter().for_each(|job| job.answer(Err(error.clone()))),
        }
    }

    fn together(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Lost> {
        if let Some(stopped) = self.stopped.borrow().clone() {
            return Err(Lost(stopped));
        }
        self.begin().map_err(Lost)?;
        let ran = group.iter_mut().try_for_each(|job| self.one(job.as_mut()));
        let ended = ran.and_then(|()| self.batch("COMMIT").map_err(|error| self.failed(error)));
        if ended.is_err()
            && self
                .connection
                .as_ref()
                .is_some_and(|connection| !connection.is_autocommit())
        {
            // Where even this fails the next BEGIN will, and be told to its callers.
            drop(self.batch("ROLLBACK"));
        }
        ended
    }

    /// Runs one job inside a savepoint, so that its failure undoes nothing of the others.
    fn one(&mut self, job: &mut dyn Job) -> Result<(), Lost> {
        let lost = |error: rusqlite::Error| Lost(failure(error));
        self.batch("SAVEPOINT job").map_err(lost)?;
        let lent = self.connection.take().map(Slot::holding).unwrap_or_default();
        self.slot = lent;
        let keep = run(job, &self.slot);
        self.connection = self.slot.take();
        if self.connection.as_ref().is_none_or(Connection::is_autocommit) {
            return Err(Lost(Error::Unavailable {
                why: "the transaction was given up below",
            }));
        }
        let end = if keep {
            "RELEASE job"
        } else {
            "ROLLBACK TO job; RELEASE job"
        };
        self.batch(end).map_err(lost)
    }

    /// Takes the write lock of the file, which another process may hold for a moment.
    fn begin(&self) -> Result<(), Error> {
        let until = Instant::now() + self.deadline;
        let mut pauses = Pauses::new();
        loop {
            match self.batch("BEGIN IMMEDIATE") {
                Err(error) if is_busy(&error) && Instant::now() < until => std::thread::sleep(pauses.next()),
                ended => return ended.map_err(failure),
            }
        }
    }

    /// After a failed flush nobody knows what is on the disk, so nothing more is confirmed until a restart.
    pub(super) fn failed(&mut self, error: rusqlite::Error) -> Lost {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
        if let Some(SystemIoFailure | DatabaseCorrupt | NotADatabase) = error.sqlite_error_code() {
            let stopped = Error::Stopped {
                path: self.path.clone(),
                cause: std::sync::Arc::new(error),
            };
            self.stopped.send_replace(Some(stopped.clone()));
            return Lost(stopped);
        }
        Lost(failure(error))
    }

    fn batch(&self, sql: &str) -> rusqlite::Result<()> {
        let connection = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)?;
        connection.execute_batch(sql)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}
