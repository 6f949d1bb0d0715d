//! A transaction as the nouns see it: statements in, rows out. Which engine runs it does not show.

use std::ops::{Deref, DerefMut};

use super::sheet::{Fields, Sheet};
use super::value::{Row, Sql, Val};
use super::{ddl, postgres, sqlite};
use crate::Error;

/// The answer to whoever carried a transaction out of its closure.
pub(super) const OVER: Error = Error::Unavailable {
    why: "the transaction is over",
};

/// What a transaction ends with that was told to break.
#[cfg(any(test, feature = "testing"))]
pub(super) const BROKEN: Error = Error::Unavailable {
    why: "it was told to break",
};

/// A statement with its parameters, for the calls that take several at once.
pub(crate) type Statement = (Sql, Vec<Val>);

/// How many ids [`View::rows_of`] asks for with one statement.
pub(crate) const IDS_AT_ONCE: usize = 100;

/// A connection lent by one of the engines.
#[derive(Clone)]
pub(super) enum Lent {
    Sqlite(sqlite::Slot),
    Postgres(postgres::Slot),
}

/// Which engine runs below, for the few texts that cannot be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineKind {
    Sqlite,
    Postgres,
}

/// One unchanging picture of the database to read from.
pub struct View {
    lent: Lent,
}

/// A write transaction. It is also a [`View`] that shows its own changes.
pub struct Tx {
    view: View,
}

/// What [`Tx::commit`] returns: the proof that a closure meant its changes to stay.
#[derive(Debug)]
pub struct Done<T> {
    pub(super) value: T,
    /// Statements to run at the very end, in one go with the commit.
    pub(super) last: Vec<Statement>,
}

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

/// Counted for tests of how many statements a page needs.
#[cfg(any(test, feature = "testing"))]
static RUN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// How many statements this process has run.
#[cfg(any(test, feature = "testing"))]
pub fn statements_run() -> usize {
    RUN.load(std::sync::atomic::Ordering::Relaxed)
}

#[cfg(any(test, feature = "testing"))]
fn count(statements: usize) {
    RUN.fetch_add(statements, std::sync::atomic::Ordering::Relaxed);
}

impl View {
    pub(super) fn new(lent: Lent) -> Self {
        Self { lent }
    }

    pub(crate) fn engine(&self) -> EngineKind {
        match self.lent {
            Lent::Sqlite(_) => EngineKind::Sqlite,
            Lent::Postgres(_) => EngineKind::Postgres,
        }
    }

    pub(crate) async fn all(&mut self, sql: Sql, args: &[Val]) -> Result<Vec<Row>, Error> {
        #[cfg(any(test, feature = "testing"))]
        count(1);
        match &self.lent {
            Lent::Sqlite(slot) => slot.query(sql, args),
            Lent::Postgres(slot) => slot.query(sql, args).await,
        }
    }

    /// As [`View::all`], into memory that is used again.
    pub(crate) async fn fill_sheet(
        &mut self,
        sql: Sql,
        args: &[Val],
        sheet: &mut Sheet,
    ) -> Result<(), Error> {
        match &self.lent {
            Lent::Sqlite(slot) => slot.fill(sql, args, sheet),
            Lent::Postgres(slot) => slot.fill(sql, args, sheet).await,
        }
    }

    /// Hands over one row after the other, in place.
    pub(crate) async fn each(
        &mut self,
        sql: Sql,
        each: &mut (dyn FnMut(Fields<'_>) + Send),
    ) -> Result<(), Error> {
        let mut sheet = Sheet::default();
        match &self.lent {
            Lent::Sqlite(slot) => slot.each_row(sql, &mut sheet, each),
            Lent::Postgres(slot) => {
                let each = &mut |columns: Vec<Val>| {
                    sheet.clear();
                    sheet.put(&columns);
                    sheet.rows().for_each(&mut *each);
                    Ok(())
                };
                slot.stream(sql.text(), each).await
            }
        }
    }

    /// Other views of the very same moment, to be read by other threads; none where the engine does not have them. To be
    /// called before anything is read.
    pub(crate) fn twins(&mut self, count: usize) -> Result<Vec<Twin>, Error> {
        match &self.lent {
            Lent::Sqlite(slot) => {
                let twins = slot.twins(count)?.into_iter();
                Ok(twins.map(|one| Twin(Self::new(Lent::Sqlite(one)))).collect())
            }
            Lent::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// The rows of several statements, in their order. They travel together, so that they cost one way to the
    /// server and back; none can use what another found.
    pub(crate) async fn all_each(&mut self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, Error> {
        #[cfg(any(test, feature = "testing"))]
        count(statements.len());
        match &self.lent {
            Lent::Sqlite(slot) => statements
                .iter()
                .map(|(sql, args)| slot.query(*sql, args))
                .collect(),
            Lent::Postgres(slot) => slot.query_each(statements).await,
        }
    }

    /// The rows of a statement that takes [`IDS_AT_ONCE`] ids first and what is the same for all after them: however many
    /// ids there are, the statements travel together.
    pub(crate) async fn rows_of(
        &mut self,
        sql: Sql,
        ids: Vec<String>,
        same: &[Val],
    ) -> Result<Vec<Row>, Error> {
        let mut reads = Vec::new();
        for ids in ids.chunks(IDS_AT_ONCE) {
            let mut args: Vec<Val> = ids.iter().map(|id| id.as_str().into()).collect();
            args.resize(IDS_AT_ONCE, "".into());
            args.extend_from_slice(same);
            reads.push((sql, args));
        }
        Ok(self.all_each(&reads).await?.into_iter().flatten().collect())
    }

    /// The only row there is, if there is one; more than one is a fault of the statement.
    pub(crate) async fn maybe(&mut self, sql: Sql, args: &[Val]) -> Result<Option<Row>, Error> {
        let mut rows = self.all(sql, args).await?;
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

    /// For work over whole tables, which may take longer than a statement usually does.
    pub(crate) async fn take_time(&mut self) -> Result<(), Error> {
        match &self.lent {
            Lent::Sqlite(_) => Ok(()),
            Lent::Postgres(slot) => slot.take_time().await,
        }
    }

    /// Hands over one row after the other. `text` is put together from names in our own migrations, never from
    /// anything that came from outside.
    pub(crate) async fn stream(
        &mut self,
        text: &str,
        each: &mut (dyn FnMut(Vec<Val>) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        match &self.lent {
            Lent::Sqlite(slot) => slot.stream(text, &[], each),
            Lent::Postgres(slot) => slot.stream(text, each).await,
        }
    }
}

/// A view that a thread reads without waiting for anything.
pub(crate) struct Twin(View);

impl Twin {
    /// Runs reads on this thread.
    pub(crate) fn read<T, F, Fut>(self, work: F) -> Result<T, Error>
    where
        F: FnOnce(View) -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        sqlite::poll_now(work(self.0))?
    }
}

impl Tx {
    pub(super) fn new(lent: Lent) -> Self {
        Self {
            view: View::new(lent),
        }
    }

    /// Makes this transaction fail after so many more statements, at the latest at its commit, as a server or disk
    /// would that goes away. For tests of what is left then: nothing.
    #[cfg(any(test, feature = "testing"))]
    pub async fn break_after(&mut self, statements: u32) {
        match &self.view.lent {
            Lent::Sqlite(slot) => slot.break_after(statements),
            Lent::Postgres(slot) => slot.break_after(statements).await,
        }
    }

    /// Changes rows and says how many.
    pub(crate) async fn exec(&mut self, sql: Sql, args: &[Val]) -> Result<usize, Error> {
        #[cfg(any(test, feature = "testing"))]
        count(1);
        match &self.view.lent {
            Lent::Sqlite(slot) => slot.execute(sql, args),
            Lent::Postgres(slot) => slot.execute(sql, args).await,
        }
    }

    /// Runs several statements in their order and says of each how many rows it changed. They travel together,
    /// so that they cost one way to the server and back.
    pub(crate) async fn exec_each(&mut self, statements: &[Statement]) -> Result<Vec<usize>, Error> {
        #[cfg(any(test, feature = "testing"))]
        count(statements.len());
        match &self.view.lent {
            Lent::Sqlite(slot) => statements
                .iter()
                .map(|(sql, args)| slot.execute(*sql, args))
                .collect(),
            Lent::Postgres(slot) => slot.execute_each(statements).await,
        }
    }

    /// Runs one text once for each row of parameters. As with [`View::stream`], it is put together from names in our
    /// own migrations.
    pub(crate) async fn fill(&mut self, text: &str, rows: &[Vec<Val>]) -> Result<(), Error> {
        match &self.view.lent {
            Lent::Sqlite(slot) => rows
                .iter()
                .try_for_each(|row| slot.execute_text(text, row).map(|_one| ())),
            Lent::Postgres(slot) => {
                let batch: Vec<(&str, &[Val])> = rows.iter().map(|row| (text, row.as_slice())).collect();
                slot.execute_texts(&batch).await.map(|_ones| ())
            }
        }
    }

    /// Statements of a migration that both engines share, with types spelt for PostgreSQL.
    pub(crate) async fn define(&mut self, ddl: &str) -> Result<(), Error> {
        match &self.view.lent {
            Lent::Sqlite(slot) => slot.batch(&ddl::for_sqlite(ddl)),
            Lent::Postgres(slot) => slot.batch(ddl).await,
        }
    }

    /// Statements written for the engine below, run as they are.
    pub(crate) async fn define_here(&mut self, text: &str) -> Result<(), Error> {
        match &self.view.lent {
            Lent::Sqlite(slot) => slot.batch(text),
            Lent::Postgres(slot) => slot.batch(text).await,
        }
    }

    /// Ends the closure and keeps its changes. They are durable when [`Store::write`](crate::Store::write)
    /// returns, not yet when this does.
    #[expect(
        clippy::unused_async,
        reason = "every call on a transaction is awaited, and the last may have to wait one day"
    )]
    pub async fn commit<T, E: From<Error>>(self, value: T) -> Result<Done<T>, E> {
        Ok(Done {
            value,
            last: Vec::new(),
        })
    }

    /// As [`Tx::commit`], after some last statements that travel together with the commit. Nobody looks at how
    /// many rows they change, so they must be right whatever that is: inserts, for instance. One that fails
    /// undoes the whole transaction.
    #[expect(
        clippy::unused_async,
        reason = "every call on a transaction is awaited, and the last may have to wait one day"
    )]
    pub(crate) async fn commit_after<T, E: From<Error>>(
        self,
        last: Vec<Statement>,
        value: T,
    ) -> Result<Done<T>, E> {
        Ok(Done { value, last })
    }
}
