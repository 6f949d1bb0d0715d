//! The engine behind a network: a pool of connections, transactions that run in tasks of their own.
//!
//! A connection goes back into the pool only after its COMMIT or ROLLBACK was answered. Whatever else happens
//! to it (an error, a panic, a caller who left), it is closed: the next user must not get an open transaction.

mod address;
mod failure;
mod link;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio::sync::Semaphore;

use self::failure::{Failure, Retry};
use self::link::Link;
pub(super) use self::link::Slot;
use super::job::Job;
use super::pauses::Pauses;
use super::tx::{Lent, Statement};
use crate::Error;

/// How many connections one process opens at most, unless the address says otherwise.
const CONNECTIONS: usize = 8;
/// How long one connection may take until it is open.
const CONNECT: Duration = Duration::from_millis(1_500);
/// How long a call waits for a connection, its opening included.
const PATIENCE: Duration = Duration::from_millis(1_900);
/// How long a transaction is tried again that others got in the way of.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often one is begun whose connection breaks each time.
const BROKEN: u32 = 3;
/// How long a stop waits for writes under way.
const LAST_WRITES: Duration = Duration::from_secs(5);
/// More writes than ever run at once.
const WRITES: u32 = 1 << 20;

/// How statements are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statements {
    /// Prepared once for each connection: the fastest.
    #[default]
    Prepared,
    /// Without a name, each time anew: for a pooler between us and the server that hands out connections for one
    /// transaction at a time.
    Unnamed,
}

/// What a store may do with its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// One database on a server. Clones share the pool.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
    place: Arc<PathBuf>,
    statements: Statements,
    access: Access,
    writes: Arc<Semaphore>,
}

impl Postgres {
    /// Opens the pool and proves with one connection that the database is there and can hold our texts.
    pub(super) async fn connect(url: &str, statements: Statements, access: Access) -> Result<Self, Error> {
        let address = address::read(url)?;
        let (place, config) = (address.place.clone(), address.config(statements));
        let fast = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, address.tls()?, fast);
        let pool = Pool::builder(manager)
            .max_size(address.connections.unwrap_or(CONNECTIONS))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(Error::driver)?;
        let engine = Self {
            pool,
            place: Arc::new(place),
            statements,
            access,
            writes: Arc::new(Semaphore::new(WRITES as usize)),
        };
        engine.examine().await?;
        Ok(engine)
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    async fn examine(&self) -> Result<(), Error> {
        let object = self.acquire().await?;
        let mut link = self.link(object, Access::Read);
        let encoding = link.setting("server_encoding").await?;
        let mut off = None;
        for name in ["fsync", "synchronous_commit"] {
            if link.setting(name).await? == "off" {
                off = Some(name);
            }
        }
        link.roll_back().await;
        let path = self.place().to_owned();
        if encoding != "UTF8" {
            let what = format!("its encoding is {encoding}, not UTF8");
            return Err(Error::Damaged { path, what });
        }
        match off {
            Some(name) => Err(Error::Unsafe {
                path,
                what: format!("{name} is off"),
            }),
            None => Ok(()),
        }
    }

    /// Waits for writes that nobody waits for any more.
    pub(super) async fn finish(&self) {
        let all = self.writes.acquire_many(WRITES);
        // What has not ended by then is ended by the server, whole or not at all.
        drop(tokio::time::timeout(LAST_WRITES, all).await);
    }

    /// Has a job run in a task of its own, so that it runs to its end, also where its caller leaves.
    pub(super) async fn write(&self, job: Box<dyn Job>) -> Result<(), Error> {
        if self.access == Access::Read {
            return Err(Error::ReadOnly);
        }
        let permit = Arc::clone(&self.writes).acquire_owned().await;
        let permit = permit.map_err(Error::driver)?;
        let engine = self.clone();
        in_the_background(async move {
            engine.run(Access::Write, job).await;
            drop(permit);
        });
        Ok(())
    }

    /// As [`Postgres::write`]: a reader who leaves must not cost a connection.
    pub(super) fn read(&self, job: Box<dyn Job>) {
        let engine = self.clone();
        in_the_background(async move { engine.run(Access::Read, job).await });
    }

    /// Runs a job until others no longer get in its way. A panic in the closure ends the task, its connection is closed
    /// with it, and the caller finds that nobody will answer.
    async fn run(&self, access: Access, mut job: Box<dyn Job>) {
        let mut tries = Tries::new();
        let given_up = loop {
            let slot = match self.lend(access).await {
                Ok(slot) => slot,
                Err(error) => break error,
            };
            let ran = job.run(Lent::Postgres(slot.clone())).await;
            let again = match (access, slot.take().await) {
                (Access::Write, Some(link)) => end_write(job.as_mut(), link, ran).await,
                (Access::Write, None) => {
                    job.refuse(super::tx::OVER);
                    None
                }
                (Access::Read, Some(mut link)) => {
                    let again = link.failed().filter(|failure| failure.retry != Retry::Never);
                    if again.is_none() {
                        // The answer is known; nobody needs to wait for the end of the transaction.
                        job.answer(Ok(()));
                        return link.roll_back().await;
                    }
                    link.roll_back().await;
                    again
                }
                (Access::Read, None) => None,
            };
            let Some(failure) = again else {
                return job.answer(Ok(()));
            };
            if let Err(error) = tries.pause(failure).await {
                break error;
            }
        };
        // What an earlier try said, it said inside a transaction that was not kept.
        job.refuse(given_up);
        job.answer(Ok(()));
    }

    async fn lend(&self, access: Access) -> Result<Slot, Error> {
        let object = self.acquire().await?;
        Ok(Slot::holding(self.link(object, access)))
    }

    fn link(&self, object: Object, access: Access) -> Link {
        Link::new(object, self.statements, access)
    }

    async fn acquire(&self) -> Result<Object, Error> {
        match tokio::time::timeout(PATIENCE, self.pool.get()).await {
            Ok(Ok(object)) => Ok(object),
            Ok(Err(PoolError::Backend(error))) => Err(failure::sort(&error).error),
            Ok(Err(PoolError::Timeout(_))) => Err(failure::UNREACHABLE),
            Ok(Err(other)) => Err(Error::driver(other)),
            Err(_) if self.pool.status().size == 0 => Err(failure::UNREACHABLE),
            Err(_) => Err(Error::Unavailable {
                why: "every connection is busy",
            }),
        }
    }
}

/// Starts what runs to its end whoever waits for it.
fn in_the_background(work: impl Future<Output = ()> + Send + 'static) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a write runs to its end, and a connection goes back to the pool, also where the caller leaves"
    )]
    drop(tokio::spawn(work));
}

/// Commits what a closure meant to stay and undoes all else. Says what went wrong where another try may end better.
async fn end_write(job: &mut dyn Job, mut link: Link, ran: Option<Vec<Statement>>) -> Option<Failure> {
    let failed = if let Some(last) = ran {
        let failure = link.commit(&last).await.err()?;
        if failure.retry == Retry::Never {
            job.refuse(failure.error.clone());
        }
        Some(failure)
    } else {
        let failed = link.failed();
        link.roll_back().await;
        failed
    };
    failed.filter(|failure| failure.retry != Retry::Never)
}

/// How often and how long a transaction has been tried.
struct Tries {
    pauses: Pauses,
    until: Instant,
    broken: u32,
}

impl Tries {
    fn new() -> Self {
        Self {
            pauses: Pauses::new(),
            until: Instant::now() + DEADLINE,
            broken: 0,
        }
    }

    /// Waits a little before the next try, or gives up with what went wrong.
    async fn pause(&mut self, failure: Failure) -> Result<(), Error> {
        if failure.retry == Retry::OnAnotherConnection {
            self.broken += 1;
        }
        if self.broken >= BROKEN || Instant::now() >= self.until {
            return Err(failure.error);
        }
        tokio::time::sleep(self.pauses.next()).await;
        Ok(())
    }
}
