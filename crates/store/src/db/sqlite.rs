//! The engine in a file: one writer thread, a few readers, statements run at once.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{Semaphore, watch};

use super::file;
use super::job::Job;
use super::sheet::{Field, Fields, Sheet};
use super::tx::{Lent, Statement};
use super::value::{Row, Sql, Val};
use super::writer::{Queue, Writer};
use crate::Error;

/// How many reads run side by side; each is a file handle and some cache.
pub(super) const READERS: usize = 4;
/// So often connections try to begin at the same moment while others write; a try takes some microseconds.
const MOMENTS: usize = 200;
/// What only an engine with many writers needs. Here the one writer is the stronger lock.
const ROW_LOCKS: [&str; 2] = [" FOR UPDATE SKIP LOCKED", " FOR UPDATE"];

/// One open file. The last to let go of it waits for the writer to finish what was handed to it.
pub(super) struct Sqlite {
    pub(super) path: PathBuf,
    queue: Option<Queue>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    stopped: watch::Receiver<Option<Error>>,
}

struct Readers {
    path: PathBuf,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    pub(super) fn with_writer(path: &Path, writer: Writer, lock: file::Lock) -> Result<Self, Error> {
        let stopped = writer.stopped();
        let (queue, thread) = writer.start(lock).map_err(file::unwritable(path))?;
        let mut open = Self::to_read(path);
        (open.queue, open.writer, open.stopped) = (Some(queue), Some(thread), stopped);
        Ok(open)
    }

    pub(super) fn to_read(path: &Path) -> Self {
        let places = Arc::new(Semaphore::new(READERS));
        let readers = Readers {
            path: path.to_owned(),
            places,
            idle: Mutex::default(),
        };
        Self {
            path: path.to_owned(),
            queue: None,
            writer: None,
            readers: Arc::new(readers),
            stopped: watch::channel(None).1,
        }
    }

    /// Waits until the writer has given up, which on a sound disk it never does.
    pub(super) async fn failed(&self) -> Error {
        let mut stopped = self.stopped.clone();
        if let Ok(found) = stopped.wait_for(Option::is_some).await
            && let Some(error) = found.clone()
        {
            return error;
        }
        std::future::pending().await
    }

    /// Has a job run by the writer, which answers it after the commit.
    pub(super) fn write(&self, job: Box<dyn Job>) -> Result<(), Error> {
        self.queue.as_ref().ok_or(Error::ReadOnly)?.put(job)
    }

    /// Has a job run by a reader, as soon as one is free.
    pub(super) async fn read(&self, job: Box<dyn Job>) -> Result<(), Error> {
        let readers = Arc::clone(&self.readers);
        let place = Arc::clone(&readers.places).acquire_owned().await;
        let place = place.map_err(Error::driver)?;
        // Nobody waits for the thread: the job answers its caller.
        drop(tokio::task::spawn_blocking(move || {
            readers.read(job);
            drop(place);
        }));
        Ok(())
    }
}

impl Drop for Sqlite {
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
    fn read(&self, mut job: Box<dyn Job>) {
        let ran = self.run(job.as_mut());
        job.answer(ran);
    }

    fn run(&self, job: &mut dyn Job) -> Result<(), Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| file::connect_reader(&self.path), Ok)?;
        connection.execute_batch("BEGIN").map_err(failure)?;
        let slot = Slot::reading(connection, &self.path);
        let ran = run_now(job, &slot);
        if let Some(connection) = slot.take()
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
        ran.map(drop)
    }
}

/// Lends a connection to a closure. Whoever ends the transaction takes the connection out again, so that a
/// [`View`](super::tx::View) carried out of its closure can do nothing any more.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Loan>>);

#[derive(Default)]
struct Loan {
    connection: Option<Connection>,
    failed: Option<Error>,
    /// The file, where it is only read.
    file: Option<PathBuf>,
    #[cfg(any(test, feature = "testing"))]
    breaks_after: Option<u32>,
}

impl Slot {
    pub(super) fn holding(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(Loan {
            connection: Some(connection),
            ..Loan::default()
        })))
    }

    fn reading(connection: Connection, file: &Path) -> Self {
        Self(Arc::new(Mutex::new(Loan {
            connection: Some(connection),
            file: Some(file.to_owned()),
            ..Loan::default()
        })))
    }

    pub(super) fn take(&self) -> Option<Connection> {
        let mut loan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loan.connection.take()
    }

    /// What the first statement that failed said. PostgreSQL keeps nothing of such a transaction, so neither
    /// does this engine, also where the closure went on.
    pub(super) fn failed(&self) -> Option<Error> {
        let loan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loan.failed.clone()
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut loan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        #[cfg(any(test, feature = "testing"))]
        loan.count_down()?;
        let ran = loan.connection.as_ref().map_or(Err(super::tx::OVER), work);
        if let Err(error) = &ran
            && loan.failed.is_none()
        {
            loan.failed = Some(error.clone());
        }
        ran
    }

    pub(super) fn execute(&self, sql: Sql, args: &[Val]) -> Result<usize, Error> {
        self.execute_text(sql.text(), args)
    }

    pub(super) fn execute_text(&self, text: &str, args: &[Val]) -> Result<usize, Error> {
        self.with(|connection| {
            let run = || {
                let mut statement = connection.prepare_cached(&without_row_locks(text))?;
                bind(&mut statement, args)?;
                statement.raw_execute()
            };
            run().map_err(failure)
        })
    }

    pub(super) fn query(&self, sql: Sql, args: &[Val]) -> Result<Vec<Row>, Error> {
        let mut read = Vec::new();
        self.stream(sql.text(), args, &mut |columns| {
            read.push(Row::new(columns));
            Ok(())
        })?;
        Ok(read)
    }

    /// Hands over one row after the other, so that a large table need not fit into memory.
    pub(super) fn stream(
        &self,
        text: &str,
        args: &[Val],
        each: &mut (dyn FnMut(Vec<Val>) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        self.each(text, args, &mut |row, width| {
            let columns = (0..width).map(|column| row.get_ref(column).map(|one| Val::from(Field::from(one))));
            each(columns.collect::<rusqlite::Result<_>>().map_err(failure)?)
        })
    }

    /// Puts the rows into a sheet in place of those that it had.
    pub(super) fn fill(&self, sql: Sql, args: &[Val], sheet: &mut Sheet) -> Result<(), Error> {
        sheet.clear();
        self.each(sql.text(), args, &mut |row, width| put(row, width, sheet))
    }

    /// As [`Slot::stream`], in place.
    pub(super) fn each_row(
        &self,
        sql: Sql,
        sheet: &mut Sheet,
        each: &mut (dyn FnMut(Fields<'_>) + Send),
    ) -> Result<(), Error> {
        self.each(sql.text(), &[], &mut |row, width| {
            sheet.clear();
            put(row, width, sheet)?;
            sheet.rows().for_each(&mut *each);
            Ok(())
        })
    }

    fn each(
        &self,
        text: &str,
        args: &[Val],
        each: &mut dyn FnMut(&rusqlite::Row<'_>, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.with(|connection| {
            let mut statement = connection
                .prepare_cached(&without_row_locks(text))
                .map_err(failure)?;
            bind(&mut statement, args).map_err(failure)?;
            let width = statement.column_count();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(failure)? {
                each(row, width)?;
            }
            Ok(())
        })
    }

    /// Other connections that see the very same moment; none where that cannot be had, such as inside a write. Begins
    /// the transaction anew, so nothing may have been read before.
    ///
    /// They begin between two looks of this connection. Where it sees at the second what it saw at the first, nobody has
    /// committed in between, so they see it, too.
    pub(super) fn twins(&self, count: usize) -> Result<Vec<Self>, Error> {
        let file = {
            let loan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            loan.file.clone()
        };
        let Some(file) = file else {
            return Ok(Vec::new());
        };
        let mut others = Vec::new();
        for _ in 0..count {
            others.push(file::connect_reader(&file)?);
        }
        for _ in 0..MOMENTS {
            let seen = self.with(|connection| look(connection).map_err(failure))?;
            for other in &others {
                other.execute_batch("BEGIN").map_err(failure)?;
                look(other).map_err(failure)?;
            }
            let again = self.with(|connection| {
                connection.execute_batch("ROLLBACK; BEGIN").map_err(failure)?;
                look(connection).map_err(failure)
            })?;
            if seen == again {
                let twins = others.into_iter().map(|one| Self::reading(one, &file));
                return Ok(twins.collect());
            }
            for other in &others {
                other.execute_batch("ROLLBACK").map_err(failure)?;
            }
        }
        Ok(Vec::new())
    }

    pub(super) fn batch(&self, text: &str) -> Result<(), Error> {
        self.with(|connection| connection.execute_batch(text).map_err(failure))
    }
}

#[cfg(any(test, feature = "testing"))]
impl Loan {
    fn count_down(&mut self) -> Result<(), Error> {
        match &mut self.breaks_after {
            Some(0) => Err(self.failed.get_or_insert(super::tx::BROKEN).clone()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(any(test, feature = "testing"))]
impl Slot {
    pub(super) fn break_after(&self, statements: u32) {
        let mut loan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loan.breaks_after = Some(statements);
    }

    /// A transaction that was to break and had too few statements for it breaks at its commit.
    pub(super) fn break_at_commit(&self) {
        let mut loan = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if loan.breaks_after.is_some() {
            loan.failed.get_or_insert(super::tx::BROKEN);
        }
    }
}

fn put(row: &rusqlite::Row<'_>, width: usize, sheet: &mut Sheet) -> Result<(), Error> {
    sheet.widen(width);
    for column in 0..width {
        sheet.push(row.get_ref(column).map_err(failure)?.into());
    }
    Ok(())
}

/// Begins to see one moment, and names it: a number that changes with every commit of another connection.
fn look(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0))
}

fn without_row_locks(text: &str) -> Cow<'_, str> {
    // Statements are literals of this program, so that no text of a person can be cut.
    ROW_LOCKS.iter().fold(Cow::Borrowed(text), |text, lock| {
        if text.contains(lock) {
            Cow::Owned(text.replace(lock, ""))
        } else {
            text
        }
    })
}

/// Binds by the number in the name: SQLite itself numbers `$2, $1` by first appearance.
fn bind(statement: &mut rusqlite::Statement<'_>, args: &[Val]) -> rusqlite::Result<()> {
    if statement.parameter_count() != args.len() {
        return Err(rusqlite::Error::InvalidParameterCount(
            args.len(),
            statement.parameter_count(),
        ));
    }
    for index in 1..=args.len() {
        let name = statement.parameter_name(index).unwrap_or_default().to_owned();
        let number = name
            .strip_prefix('$')
            .and_then(|number| number.parse::<usize>().ok());
        let arg = number.and_then(|number| args.get(number.checked_sub(1)?));
        let arg = arg.ok_or(rusqlite::Error::InvalidParameterName(name))?;
        statement.raw_bind_parameter(index, arg)?;
    }
    Ok(())
}

/// Sorts what SQLite says into what a caller can do about it.
pub(super) fn failure(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull};
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => Error::Unavailable { why: "it is busy" },
        Some(DiskFull) => Error::Unavailable {
            why: "the disk is full",
        },
        _ => Error::driver(error),
    }
}

/// Runs a job once on a connection.
pub(super) fn run_now(job: &mut dyn Job, slot: &Slot) -> Result<Option<Vec<Statement>>, Error> {
    let lent = Lent::Sqlite(slot.clone());
    // A panic was reported by the hook.
    catch_unwind(AssertUnwindSafe(|| poll_now(job.run(lent)))).unwrap_or(Err(Error::Panicked))
}

/// Runs a closure's future, which on SQLite is ready at once; anything else it waits for is found here.
pub(super) fn poll_now<F: Future>(work: F) -> Result<F::Output, Error> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Error::Waited),
    }
}
