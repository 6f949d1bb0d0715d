//! A transaction as the nouns see it: statements in, rows out. Which engine runs it does not show.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;

use super::value::{Row, Sql, Val};
use crate::Error;

/// Lends a connection to a closure. Whoever ends the transaction takes the connection out again, so that a
/// [`View`] carried out of its closure can do nothing any more.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Connection>>>);

impl Slot {
    pub(super) fn holding(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(Some(connection))))
    }

    pub(super) fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map_or(
            Err(Error::Unavailable {
                why: "the transaction is over",
            }),
            work,
        )
    }
}

/// One unchanging picture of the database to read from.
pub struct View {
    pub(super) slot: Slot,
}

/// A write transaction. It is also a [`View`] that shows its own changes.
pub struct Tx {
    view: View,
}

/// What [`Tx::commit`] returns: the proof that a closure meant its changes to stay.
#[derive(Debug)]
pub struct Done<T>(pub(super) T);

impl Deref for Tx {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut View {
        &mut self.view
    }
}

#[expect(
    clippy::unused_async,
    reason = "PostgreSQL comes under the same calls and has to wait"
)]
impl View {
    pub(crate) async fn all(&mut self, sql: Sql, args: &[Val]) -> Result<Vec<Row>, Error> {
        self.slot.with(|connection| query(connection, sql, args))
    }

    /// The only row there is, if there is one; more than one is a fault of the statement.
    pub(crate) async fn maybe(&mut self, sql: Sql, args: &[Val]) -> Result<Option<Row>, Error> {
        let mut rows = self.slot.with(|connection| query(connection, sql, args))?;
        let row = rows.pop();
        if rows.is_empty() {
            Ok(row)
        } else {
            Err(Error::driver(rusqlite::Error::QueryReturnedMoreThanOneRow))
        }
    }

    /// The row that a statement such as a count always has.
    pub(crate) async fn one(&mut self, sql: Sql, args: &[Val]) -> Result<Row, Error> {
        let row = self.maybe(sql, args).await?;
        row.ok_or_else(|| Error::driver(rusqlite::Error::QueryReturnedNoRows))
    }
}

#[expect(
    clippy::unused_async,
    reason = "PostgreSQL comes under the same calls and has to wait"
)]
impl Tx {
    pub(super) fn new(slot: Slot) -> Self {
        Self { view: View { slot } }
    }

    /// Changes rows and says how many.
    pub(crate) async fn exec(&mut self, sql: Sql, args: &[Val]) -> Result<usize, Error> {
        self.slot.with(|connection| execute(connection, sql, args))
    }

    /// Statements of a migration, whose types are spelt for PostgreSQL.
    pub(crate) async fn define(&mut self, ddl: &str) -> Result<(), Error> {
        let ddl = super::ddl::for_sqlite(ddl);
        self.slot
            .with(|connection| connection.execute_batch(&ddl).map_err(failure))
    }

    /// Ends the closure and keeps its changes. They are durable when [`Store::write`](crate::Store::write)
    /// returns, not yet when this does.
    pub async fn commit<T, E: From<Error>>(self, value: T) -> Result<Done<T>, E> {
        Ok(Done(value))
    }
}

fn execute(connection: &Connection, sql: Sql, args: &[Val]) -> Result<usize, Error> {
    let run = || {
        let mut statement = connection.prepare_cached(sql.text())?;
        bind(&mut statement, args)?;
        statement.raw_execute()
    };
    run().map_err(failure)
}

fn query(connection: &Connection, sql: Sql, args: &[Val]) -> Result<Vec<Row>, Error> {
    let read = || -> rusqlite::Result<Vec<Result<Row, Error>>> {
        let mut statement = connection.prepare_cached(sql.text())?;
        bind(&mut statement, args)?;
        let width = statement.column_count();
        let mut rows = statement.raw_query();
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = (0..width).map(|column| Ok(Val::try_from(row.get_ref(column)?)));
            let columns: rusqlite::Result<Vec<Result<Val, Error>>> = columns.collect();
            read.push(columns?.into_iter().collect::<Result<_, _>>().map(Row::new));
        }
        Ok(read)
    };
    read().map_err(failure)?.into_iter().collect()
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

/// Runs a closure's future, which on SQLite is ready at once; anything else it waits for is found here.
pub(super) fn poll_now<F: Future>(work: F) -> Result<F::Output, Error> {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Error::Waited),
    }
}
