//! One connection while one transaction has it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::Object;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error as Refused, Statement as Prepared};

use super::super::sheet::Sheet;
use super::super::tx::{OVER, Statement};
use super::super::value::{Row, Sql, Val};
use super::failure::{self, Failure, SLOW};
use super::{Access, Statements};
use crate::Error;

/// What a statement may take before the server ends it, and what a transaction may sit idle.
pub(super) const STATEMENT_MS: u32 = 15_000;
/// After this the server is taken for gone: it should have ended the statement itself.
const SILENCE: Duration = Duration::from_secs(20);
/// As [`SILENCE`], for work over whole tables.
const LONG_SILENCE: Duration = Duration::from_hours(1);
/// No limits for this transaction.
const UNLIMITED: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
/// How many rows of a large table are in memory at once.
const PAGE: &str = "FETCH FORWARD 500 FROM page";

/// Lends a link to a closure. Whoever ends the transaction takes it out again.
#[derive(Clone)]
pub(in super::super) struct Slot(Arc<tokio::sync::Mutex<Option<Link>>>);

/// Where a connection is between two statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before BEGIN: nothing was sent yet.
    Rest,
    /// In a transaction, all answers received.
    Inside,
    /// A statement is under way, or was left before its answer came.
    Unknown,
}

/// A connection that is closed when it is dropped, unless its transaction has ended with an answer.
pub(super) struct Link {
    object: Option<Object>,
    statements: Statements,
    begin: &'static str,
    at: At,
    silence: Duration,
    failed: Option<Failure>,
    #[cfg(any(test, feature = "testing"))]
    breaks_after: Option<u32>,
}

impl Slot {
    pub(super) fn holding(link: Link) -> Self {
        Self(Arc::new(tokio::sync::Mutex::new(Some(link))))
    }

    pub(super) async fn take(&self) -> Option<Link> {
        self.0.lock().await.take()
    }

    pub(in super::super) async fn query(&self, sql: Sql, args: &[Val]) -> Result<Vec<Row>, Error> {
        let mut held = self.0.lock().await;
        let link = held.as_mut().ok_or(OVER)?;
        let mut rows = link.rows(&[(sql.text(), args)]).await?;
        Ok(rows.pop().unwrap_or_default())
    }

    pub(in super::super) async fn query_each(&self, batch: &[Statement]) -> Result<Vec<Vec<Row>>, Error> {
        let mut held = self.0.lock().await;
        let link = held.as_mut().ok_or(OVER)?;
        link.rows(&texts(batch)).await
    }

    pub(in super::super) async fn execute(&self, sql: Sql, args: &[Val]) -> Result<usize, Error> {
        let counts = self.execute_texts(&[(sql.text(), args)]).await?;
        Ok(counts.first().copied().unwrap_or(0))
    }

    pub(in super::super) async fn execute_each(&self, batch: &[Statement]) -> Result<Vec<usize>, Error> {
        self.execute_texts(&texts(batch)).await
    }

    pub(in super::super) async fn execute_texts(
        &self,
        batch: &[(&str, &[Val])],
    ) -> Result<Vec<usize>, Error> {
        let mut held = self.0.lock().await;
        let link = held.as_mut().ok_or(OVER)?;
        link.counts(batch).await
    }

    pub(in super::super) async fn batch(&self, text: &str) -> Result<(), Error> {
        let mut held = self.0.lock().await;
        held.as_mut().ok_or(OVER)?.batch(text).await
    }

    /// Lifts the limits of one transaction that goes over whole tables.
    pub(in super::super) async fn take_time(&self) -> Result<(), Error> {
        let mut held = self.0.lock().await;
        let link = held.as_mut().ok_or(OVER)?;
        link.silence = LONG_SILENCE;
        link.batch(UNLIMITED).await
    }

    /// Puts the rows into a sheet in place of those that it had.
    pub(in super::super) async fn fill(
        &self,
        sql: Sql,
        args: &[Val],
        sheet: &mut Sheet,
    ) -> Result<(), Error> {
        sheet.clear();
        for row in self.query(sql, args).await? {
            sheet.put(&row.into_columns());
        }
        Ok(())
    }

    /// As the other engine does it: one row after the other, a page of them in memory.
    pub(in super::super) async fn stream(
        &self,
        text: &str,
        each: &mut (dyn FnMut(Vec<Val>) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        let mut held = self.0.lock().await;
        let link = held.as_mut().ok_or(OVER)?;
        link.batch(&format!("DECLARE page NO SCROLL CURSOR FOR {text}"))
            .await?;
        loop {
            let rows = link.rows(&[(PAGE, &[])]).await?.pop().unwrap_or_default();
            if rows.is_empty() {
                return link.batch("CLOSE page").await;
            }
            rows.into_iter().try_for_each(|row| each(row.into_columns()))?;
        }
    }
}

fn texts(batch: &[Statement]) -> Vec<(&str, &[Val])> {
    batch
        .iter()
        .map(|(sql, args)| (sql.text(), args.as_slice()))
        .collect()
}

impl Link {
    pub(super) fn new(object: Object, statements: Statements, access: Access) -> Self {
        let begin = match (access, statements) {
            (Access::Write, Statements::Prepared) => "BEGIN ISOLATION LEVEL READ COMMITTED",
            (Access::Read, Statements::Prepared) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            // What is set for the whole session does not reach the server behind a pooler.
            (Access::Write, Statements::Unnamed) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 15000; \
                 SET LOCAL idle_in_transaction_session_timeout = 15000"
            }
            (Access::Read, Statements::Unnamed) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 15000; \
                 SET LOCAL idle_in_transaction_session_timeout = 15000"
            }
        };
        Self {
            object: Some(object),
            statements,
            begin,
            at: At::Rest,
            silence: SILENCE,
            failed: None,
            #[cfg(any(test, feature = "testing"))]
            breaks_after: None,
        }
    }

    pub(super) fn failed(&self) -> Option<Failure> {
        self.failed.clone()
    }

    async fn rows(&mut self, batch: &[(&str, &[Val])]) -> Result<Vec<Vec<Row>>, Error> {
        #[cfg(any(test, feature = "testing"))]
        self.count_down(batch.len())?;
        let begin = self.enter()?;
        let asked = async {
            let object = self.object.as_deref().ok_or(None)?;
            let prepared = prepare(object, self.statements, batch).await?;
            let questions = batch
                .iter()
                .zip(&prepared)
                .map(|((text, args), prepared)| query(object, text, prepared.as_ref(), args));
            // A reading statement may travel with BEGIN: were that to fail, nothing would have been changed.
            let reading = batch.iter().all(|(text, _)| text.starts_with("SELECT"));
            if let Some(begin) = begin.filter(|_| !reading) {
                object.batch_execute(begin).await?;
            }
            let begin = begin.filter(|_| reading);
            let (started, rows) = tokio::join!(biased;
                async { if let Some(begin) = begin { object.batch_execute(begin).await } else { Ok(()) } },
                in_order(questions),
            );
            started?;
            rows.into_iter().collect::<Result<Vec<_>, _>>().map_err(Some)
        };
        let answer = tokio::time::timeout(self.silence, asked).await;
        let rows = self.leave(answer)?;
        let decoded = rows.iter().map(|rows| rows.iter().map(decode).collect());
        decoded
            .collect::<Result<_, _>>()
            .map_err(|error| self.fail(failure::sort(&error)))
    }

    async fn counts(&mut self, batch: &[(&str, &[Val])]) -> Result<Vec<usize>, Error> {
        #[cfg(any(test, feature = "testing"))]
        self.count_down(batch.len())?;
        let begin = self.enter()?;
        let asked = async {
            let object = self.object.as_deref().ok_or(None)?;
            if let Some(begin) = begin {
                object.batch_execute(begin).await?;
            }
            let prepared = prepare(object, self.statements, batch).await?;
            let commands = batch
                .iter()
                .zip(&prepared)
                .map(|((text, args), prepared)| execute(object, text, prepared.as_ref(), args));
            let counts = in_order(commands).await;
            counts.into_iter().collect::<Result<Vec<_>, _>>().map_err(Some)
        };
        let answer = tokio::time::timeout(self.silence, asked).await;
        let counts = self.leave(answer)?;
        let counts = counts.into_iter().map(usize::try_from);
        counts.collect::<Result<_, _>>().map_err(Error::driver)
    }

    async fn batch(&mut self, text: &str) -> Result<(), Error> {
        let begin = self.enter()?;
        let asked = async {
            let object = self.object.as_deref().ok_or(None)?;
            if let Some(begin) = begin {
                object.batch_execute(begin).await?;
            }
            object.batch_execute(text).await.map_err(Some)
        };
        let answer = asked.await;
        self.leave(Ok(answer))
    }

    pub(super) async fn setting(&mut self, name: &str) -> Result<String, Error> {
        let name = Val::Text(name.to_owned());
        let asked = [("SELECT current_setting($1)", std::slice::from_ref(&name))];
        let mut rows = self.rows(&asked).await?;
        let row = rows.pop().and_then(|mut rows| rows.pop());
        let value = row.map(|mut row| row.next::<String>());
        Ok(value.and_then(Result::ok).unwrap_or_default())
    }

    /// Makes all of it durable, the last statements in one go with the commit. Where the answer does not come,
    /// nobody knows whether it was saved.
    pub(super) async fn commit(&mut self, last: &[Statement]) -> Result<(), Failure> {
        #[cfg(any(test, feature = "testing"))]
        if self.breaks_after.is_some() {
            self.fail(Failure::lasting(super::super::tx::BROKEN));
        }
        if let Some(failure) = self.failed() {
            // PostgreSQL would answer COMMIT with a silent ROLLBACK.
            self.roll_back().await;
            return Err(failure);
        }
        if last.is_empty() && self.at == At::Rest {
            self.give_back();
            return Ok(());
        }
        let begin = self.enter().map_err(Failure::lasting)?;
        let answer = tokio::time::timeout(self.silence, self.exchange_commit(begin, last)).await;
        match answer {
            Ok(Ok(())) => {
                self.give_back();
                Ok(())
            }
            Ok(Err((failure, At::Rest))) => {
                self.give_back();
                Err(failure)
            }
            Ok(Err((failure, _))) => Err(failure), // At an unknown place: the connection is closed.
            Err(_elapsed) => Err(Failure::lasting(failure::unconfirmed("no answer came"))),
        }
    }

    async fn exchange_commit(&self, begin: Option<&str>, last: &[Statement]) -> Result<(), (Failure, At)> {
        let unsent = |error| (failure::sort(&error), At::Unknown);
        let object = self.object.as_deref();
        let object = object.ok_or((Failure::lasting(OVER), At::Unknown))?;
        let batch = texts(last);
        if let Some(begin) = begin {
            object.batch_execute(begin).await.map_err(unsent)?;
        }
        let prepared = prepare(object, self.statements, &batch).await;
        let prepared = prepared.map_err(unsent)?;
        // What the driver itself refuses is never sent, and COMMIT must not follow without it.
        let complete = batch.iter().zip(&prepared).all(|((_, args), prepared)| {
            prepared
                .as_ref()
                .is_none_or(|one| super::value::all_fit(args, one.params()))
        });
        if !complete {
            let refused = Error::driver(rusqlite::Error::InvalidQuery);
            return Err((Failure::lasting(refused), At::Unknown));
        }
        let commands = batch
            .iter()
            .zip(&prepared)
            .map(|((text, args), prepared)| execute(object, text, prepared.as_ref(), args));
        let (counts, committed) = tokio::join!(biased; in_order(commands), object.batch_execute("COMMIT"));
        // The first that failed made the server undo the rest, and COMMIT, answered without a word of it, ended the
        // transaction. Where the connection broke, though, COMMIT had been sent.
        let at = if committed.is_ok() { At::Rest } else { At::Unknown };
        let refused = counts.into_iter().find_map(Result::err).or(committed.err());
        refused.map_or(Ok(()), |error| Err((failure::sort_commit(&error), at)))
    }

    /// Undoes all of it. Where that cannot be said to the server, the connection is closed, which undoes it, too.
    pub(super) async fn roll_back(&mut self) {
        let answered = match (self.at, self.object.as_deref()) {
            (At::Rest, Some(_)) => true,
            (At::Inside, Some(object)) => {
                let answer = tokio::time::timeout(SILENCE, object.batch_execute("ROLLBACK")).await;
                matches!(answer, Ok(Ok(())))
            }
            _ => false,
        };
        if answered {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        drop(self.object.take());
    }

    /// Begins a statement: refused after one that failed or was left. Until [`Link::leave`] the connection
    /// counts as unknown. Returns what has to be sent first, once.
    fn enter(&mut self) -> Result<Option<&'static str>, Error> {
        if let Some(failure) = &self.failed {
            return Err(failure.error.clone());
        }
        let begin = match self.at {
            At::Rest => Some(self.begin),
            At::Inside => None,
            At::Unknown => {
                let left = Error::Unavailable {
                    why: "a statement was left before its answer came",
                };
                return Err(self.fail(Failure::lasting(left)));
            }
        };
        self.at = At::Unknown;
        Ok(begin)
    }

    fn leave<T>(
        &mut self,
        answer: Result<Result<T, Option<Refused>>, tokio::time::error::Elapsed>,
    ) -> Result<T, Error> {
        match answer {
            Ok(Ok(value)) => {
                self.at = At::Inside;
                Ok(value)
            }
            Ok(Err(Some(refused))) => {
                // Only a server that has answered is in a known place.
                if refused.as_db_error().is_some() {
                    self.at = At::Inside;
                }
                Err(self.fail(failure::sort(&refused)))
            }
            Ok(Err(None)) => Err(OVER),
            Err(_elapsed) => Err(self.fail(Failure::lasting(SLOW))),
        }
    }

    fn fail(&mut self, failure: Failure) -> Error {
        self.failed.get_or_insert(failure).error.clone()
    }
}

#[cfg(any(test, feature = "testing"))]
impl Link {
    /// Statements that travel together are sent together, or not at all.
    fn count_down(&mut self, statements: usize) -> Result<(), Error> {
        let count = u32::try_from(statements).unwrap_or(u32::MAX);
        match self.breaks_after.map(|left| left.checked_sub(count)) {
            Some(None) => Err(self.fail(Failure::lasting(super::super::tx::BROKEN))),
            Some(left) => {
                self.breaks_after = left;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

#[cfg(any(test, feature = "testing"))]
impl Slot {
    pub(in super::super) async fn break_after(&self, statements: u32) {
        if let Some(link) = self.0.lock().await.as_mut() {
            link.breaks_after = Some(statements);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object)); // Closed: nobody else is to find an open transaction.
        }
    }
}

/// The prepared form of each statement, from the connection's memory where it has met it before.
async fn prepare(
    object: &deadpool_postgres::ClientWrapper,
    statements: Statements,
    batch: &[(&str, &[Val])],
) -> Result<Vec<Option<Prepared>>, Refused> {
    let mut prepared = Vec::with_capacity(batch.len());
    for (text, _) in batch {
        let kept = statements == Statements::Prepared && *text != PAGE;
        prepared.push(if kept {
            Some(object.prepare_cached(text).await?)
        } else {
            None
        });
    }
    Ok(prepared)
}

async fn query(
    object: &deadpool_postgres::ClientWrapper,
    text: &str,
    prepared: Option<&Prepared>,
    args: &[Val],
) -> Result<Vec<tokio_postgres::Row>, Refused> {
    match prepared {
        Some(prepared) => object.query(prepared, &plain(args)).await,
        None => object.query_typed(text, &typed(args)).await,
    }
}

async fn execute(
    object: &deadpool_postgres::ClientWrapper,
    text: &str,
    prepared: Option<&Prepared>,
    args: &[Val],
) -> Result<u64, Refused> {
    match prepared {
        Some(prepared) => object.execute(prepared, &plain(args)).await,
        None => object.execute_typed(text, &typed(args)).await,
    }
}

fn plain(args: &[Val]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|arg| arg as _).collect()
}

fn typed(args: &[Val]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    args.iter()
        .map(|arg| (arg as _, super::value::announced(arg)))
        .collect()
}

fn decode(row: &tokio_postgres::Row) -> Result<Row, Refused> {
    let columns = (0..row.len()).map(|column| row.try_get(column));
    columns.collect::<Result<_, _>>().map(Row::new)
}

/// Starts all of them at once, in their order, and waits for all. The driver sends a request when it is first
/// polled, and answers come in the order of the requests.
async fn in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = Vec::new();
    std::future::poll_fn(|context| {
        for (place, future) in waiting.iter_mut().enumerate() {
            match outputs.get_mut(place) {
                Some(Some(_)) => {}
                Some(output) => match future.as_mut().poll(context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => break, // Those behind it have been sent and cannot be answered before.
                },
                None => outputs.push(match future.as_mut().poll(context) {
                    Poll::Ready(ready) => Some(ready),
                    Poll::Pending => None,
                }),
            }
        }
        if outputs.len() == waiting.len() && outputs.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
