//! The thin layer: a store to read from and write to, in transactions given as closures.
//!
//! The files of this folder and `backup` are the only ones that know an engine. Today it is SQLite alone; the
//! calls are shaped so that PostgreSQL fits under them: closures are asynchronous and may run again.

#[macro_use]
mod value;
mod ddl;
pub(crate) mod file;
mod tx;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

pub use self::tx::{Done, Tx, View};
use self::tx::{Slot, failure, poll_now};
pub(crate) use self::value::{Row, Sql, Val};
use self::writer::{Queue, Write, Writer};
use crate::{Error, migration};

/// How many reads run side by side; each is a file handle and some cache.
const READERS: usize = 4;

statements! {
    PROBE = "SELECT COUNT(*) FROM migration";
}

/// The database. Clones share one writer and one pool of readers; the last to go waits for the writer to
/// finish what was handed to it, and then lets go of the file.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    queue: Option<Queue>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
}

struct Readers {
    path: PathBuf,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database for reading and writing, making it where there is none, and keeps every other
    /// process from doing the same. Follow it with [`Store::migrate`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        file::make_folder(path)?;
        let lock = file::Lock::take(path)?;
        if !file::present(path)? {
            file::create(path)?;
        }
        file::roll_back(path)?;
        file::examine(path)?;
        Self::with_writer(path, Writer::new(file::connect_writer(path)?, path), lock)
    }

    /// Opens an existing database to look at it, also while another process serves from it. What is to be read
    /// must have been brought up to date before.
    pub fn open_to_read(path: &Path) -> Result<Self, Error> {
        file::look(path)?;
        migration::check_current(path, &file::connect_reader(path)?)?;
        Ok(Self {
            inner: Arc::new(Inner::new(path, None, None)),
        })
    }

    fn with_writer(path: &Path, writer: Writer, lock: file::Lock) -> Result<Self, Error> {
        let (queue, thread) = writer.start(lock).map_err(file::unwritable(path))?;
        Ok(Self {
            inner: Arc::new(Inner::new(path, Some(queue), Some(thread))),
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Whether a write would get through now: the writer is alive, the disk has not failed, the file is free.
    pub async fn ready(&self) -> Result<(), Error> {
        let probe = |mut tx: Tx| async move {
            tx.one(PROBE, args![]).await?;
            tx.commit(()).await
        };
        self.write(probe).await
    }

    /// Runs a write transaction. When this returns Ok it is on the disk. It runs to its end even where the
    /// caller goes away, and it may run more than once, so it must not reach outside the database.
    ///
    /// ```text
    /// store.write(move |mut tx| {
    ///     let edition = edition.clone();
    ///     async move {
    ///         let kept = tx.keep_edition(&edition, now).await?;
    ///         tx.commit(kept).await
    ///     }
    /// })
    /// ```
    pub async fn write<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Done<T>, E>> + Send,
    {
        let (caller, answer) = oneshot::channel();
        let queue = self.inner.queue.as_ref().ok_or(Error::ReadOnly)?;
        queue.put(Box::new(Write {
            work,
            outcome: None,
            caller,
        }))?;
        answer
            .await
            .unwrap_or_else(|gone| Err(Error::driver(gone).into()))
    }

    /// Runs reads that all see the same moment of the database.
    pub async fn read<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(View) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send,
    {
        let readers = Arc::clone(&self.inner.readers);
        let place = Arc::clone(&readers.places).acquire_owned().await;
        let place = place.map_err(Error::driver)?;
        let reading = tokio::task::spawn_blocking(move || {
            let answer = readers.read(&work);
            drop(place);
            answer
        });
        reading
            .await
            .unwrap_or_else(|gone| Err(Error::driver(gone).into()))
    }
}

impl Inner {
    fn new(path: &Path, queue: Option<Queue>, writer: Option<JoinHandle<()>>) -> Self {
        let places = Arc::new(Semaphore::new(READERS));
        let readers = Readers {
            path: path.to_owned(),
            places,
            idle: Mutex::default(),
        };
        Self {
            path: path.to_owned(),
            queue,
            writer,
            readers: Arc::new(readers),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Readers go first: the writer brings the log into the file only if its connection is the last to close, and a
        // copy of the file alone must hold everything once the site has stopped.
        self.readers
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        drop(self.queue.take());
        // A closure may hold the last clone of its own store: the writer cannot wait for itself.
        let writer = self
            .writer
            .take()
            .filter(|thread| thread.thread().id() != std::thread::current().id());
        if let Some(thread) = writer {
            drop(thread.join()); // It does not panic: jobs are caught one by one.
        }
    }
}

impl Readers {
    fn read<T, E, F, Fut>(&self, work: &F) -> Result<T, E>
    where
        E: From<Error>,
        F: Fn(View) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| file::connect_reader(&self.path), Ok)?;
        connection.execute_batch("BEGIN").map_err(failure)?;
        let slot = Slot::holding(connection);
        let view = View { slot: slot.clone() };
        let ran = catch_unwind(AssertUnwindSafe(|| poll_now(work(view))));
        if let Some(connection) = slot.take()
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
        match ran {
            Ok(Ok(answer)) => answer,
            Ok(Err(waited)) => Err(waited.into()),
            Err(_panic_already_reported_by_the_hook) => Err(Error::Panicked.into()),
        }
    }
}

#[cfg(test)]
mod tests;
