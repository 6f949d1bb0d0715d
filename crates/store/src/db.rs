//! The thin layer: a store to read from and write to, in transactions given as closures.
//!
//! The files of this folder and `backup` are the only ones that know an engine. A closure is asynchronous and may
//! run again; which engine runs it does not show.

#[macro_use]
mod value;
mod ddl;
pub(crate) mod file;
mod job;
mod pauses;
mod postgres;
mod sheet;
mod sqlite;
mod tx;
mod writer;

use std::path::Path;
use std::sync::Arc;

pub use self::postgres::Statements;
use self::postgres::{Access, Postgres};
pub(crate) use self::sheet::{Field, Fields, Sheet};
use self::sqlite::Sqlite;
#[cfg(any(test, feature = "testing"))]
pub use self::tx::statements_run;
pub use self::tx::{Done, Tx, View};
pub(crate) use self::tx::{EngineKind, Statement, Twin};
pub(crate) use self::value::{Row, Sql, Val};
use self::writer::Writer;
use crate::{Error, migration};

statements! {
    PROBE = "SELECT COUNT(*) FROM migration";
}

/// The database, in a file or on a server. Clones share it; the last to go waits for the writer of a file to
/// finish what was handed to it, and then lets go of the file.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Postgres),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("place", &self.place())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database file for reading and writing, making it where there is none, and keeps every other
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

    /// Opens an existing database file to look at it, also while another process serves from it. What is to be
    /// read must have been brought up to date before.
    pub fn open_to_read(path: &Path) -> Result<Self, Error> {
        Self::open_looked_at(path, file::References::Whole)
    }

    /// As [`Store::open_to_read`], also where rows refer to what is not there: [`Store::verify`] names them.
    pub fn open_to_verify(path: &Path) -> Result<Self, Error> {
        Self::open_looked_at(path, file::References::Left)
    }

    fn open_looked_at(path: &Path, references: file::References) -> Result<Self, Error> {
        file::look(path, references)?;
        migration::check_current(path, &file::connect_reader(path)?)?;
        Ok(Self::over_file(Sqlite::to_read(path)))
    }

    /// Opens a database on a PostgreSQL server, `postgres://user:password@host/name`, which other processes may
    /// use at the same time. Follow it with [`Store::migrate`].
    pub async fn connect(url: &str, statements: Statements) -> Result<Self, Error> {
        let store = Self::over_server(Postgres::connect(url, statements, Access::Write).await?);
        migration::check_server(&store).await?;
        Ok(store)
    }

    /// As [`Store::open_to_read`], on a server.
    pub async fn connect_to_read(url: &str, statements: Statements) -> Result<Self, Error> {
        let store = Self::over_server(Postgres::connect(url, statements, Access::Read).await?);
        migration::check_server_current(&store).await?;
        Ok(store)
    }

    fn over_file(engine: Sqlite) -> Self {
        let engine = Engine::Sqlite(Arc::new(engine));
        Self { engine }
    }

    fn over_server(engine: Postgres) -> Self {
        let engine = Engine::Postgres(engine);
        Self { engine }
    }

    fn with_writer(path: &Path, writer: Writer, lock: file::Lock) -> Result<Self, Error> {
        Sqlite::with_writer(path, writer, lock).map(Self::over_file)
    }

    pub(crate) fn engine(&self) -> EngineKind {
        match &self.engine {
            Engine::Sqlite(_) => EngineKind::Sqlite,
            Engine::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// Where the database is, for messages: its file, or its address without user and password.
    pub fn place(&self) -> &Path {
        match &self.engine {
            Engine::Sqlite(file) => &file.path,
            Engine::Postgres(server) => server.place(),
        }
    }

    /// Whether a write would get through now: the writer is alive, the disk has not failed, the file is free or
    /// the server answers.
    pub async fn ready(&self) -> Result<(), Error> {
        let probe = |mut tx: Tx| async move {
            tx.one(PROBE, args![]).await?;
            tx.commit(()).await
        };
        self.write(probe).await
    }

    /// Waits until the disk below a database file has failed and nothing more will be written: the process has to
    /// be started again. On a server this never happens to us.
    pub async fn failed(&self) -> Error {
        match &self.engine {
            Engine::Sqlite(file) => file.failed().await,
            Engine::Postgres(_) => std::future::pending().await,
        }
    }

    /// Waits, for a while, for writes that still run although their callers have left. To be called before the
    /// process ends; a file's writer is waited for in any case.
    pub async fn finish(&self) {
        if let Engine::Postgres(server) = &self.engine {
            server.finish().await;
        }
    }

    /// Runs a write transaction. When this returns Ok it is on the disk. It runs to its end even where the
    /// caller goes away, and it may run more than once, so it must not reach outside the database. A statement
    /// that failed undoes all of it, whatever the closure makes of that.
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
        Fut: Future<Output = Result<Done<T>, E>> + Send + 'static,
    {
        let (job, answer) = job::write(work);
        match &self.engine {
            Engine::Sqlite(file) => file.write(job)?,
            Engine::Postgres(server) => server.write(job).await?,
        }
        answered(answer).await
    }

    /// Runs reads that all see the same moment of the database.
    pub async fn read<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(View) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (job, answer) = job::read(work);
        match &self.engine {
            Engine::Sqlite(file) => file.read(job).await?,
            Engine::Postgres(server) => server.read(job),
        }
        answered(answer).await
    }
}

/// Nobody answers where a closure panicked in a task of its own, or everything ends.
async fn answered<T, E: From<Error>>(answer: job::Answer<T, E>) -> Result<T, E> {
    answer.await.unwrap_or_else(|_gone| Err(Error::Panicked.into()))
}

#[cfg(test)]
mod tests;
