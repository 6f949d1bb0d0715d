//! Histories beside a real store, many at once in one database, so that their commits share a flush and their rows a
//! table. Every so many of them the database is verified as a whole and a new one is made.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use anyhow::Context;
use earnest_app::ledger;
use earnest_app::outside::Clock;
use earnest_app::simulate::Beside;
use earnest_hire::simulate::{Coverage, Failure, Options, Tally, run_beside};
use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};
use tokio::runtime::Runtime;

use super::{End, Keeper, Played, Simulate, Work};
use crate::outside::SystemClock;

/// Histories that share a database.
const DATABASE: u64 = 1_000;
/// Histories under way at once; most of the time each waits for a commit.
const AT_ONCE: usize = 32;
/// Where files are kept in memory. Elsewhere every commit waits for the disk, as it does in production.
const MEMORY: &str = "/dev/shm";

/// A database that goes away with this.
enum Home {
    File(tempfile::TempDir),
    Server(Postgres),
}

impl Home {
    fn new(keeper: Keeper, runtime: &Runtime) -> anyhow::Result<Self> {
        if matches!(keeper, Keeper::Postgres) {
            return Ok(Self::Server(runtime.block_on(Postgres::fresh())?));
        }
        let memory = Path::new(MEMORY);
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        Ok(Self::File(folder?))
    }

    fn open(&self, runtime: &Runtime) -> anyhow::Result<Store> {
        let store = match self {
            Self::File(folder) => Store::open(&folder.path().join("earnest.db"))?,
            Self::Server(server) => runtime.block_on(Store::connect(server.url(), Statements::Prepared))?,
        };
        runtime.block_on(store.migrate(SystemClock.now()))?;
        Ok(store)
    }
}

/// Plays all of them, database after database.
pub(super) fn histories(simulate: &Simulate) -> anyhow::Result<Played> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut all: Played = (Tally::default(), Coverage::new(), None);
    let mut first = 0;
    while first < simulate.histories && all.2.is_none() {
        let count = DATABASE.min(simulate.histories - first);
        let home = Home::new(simulate.on, &runtime)?;
        let store = home.open(&runtime)?;
        let played = together(simulate, first..first + count, &store, &runtime)?;
        all.0.add(&played.0);
        all.1.add(&played.1);
        all.2 = played.2;
        let verified = runtime.block_on(ledger::verify(&store, None))?;
        if let (Some(broken), None) = (verified.broken.first(), &all.2) {
            anyhow::bail!(
                "after histories {first} to {} of seed {} the books do not verify: {} in {} {}: {}",
                first + count,
                simulate.seed,
                broken.invariant,
                broken.table,
                broken.id,
                broken.why
            );
        }
        first += count;
    }
    Ok(all)
}

fn together(
    simulate: &Simulate,
    numbers: std::ops::Range<u64>,
    store: &Store,
    runtime: &Runtime,
) -> anyhow::Result<Played> {
    let work = Work::new(AT_ONCE)?;
    let all = numbers.end - numbers.start;
    let played: Mutex<Played> = Mutex::new((Tally::default(), Coverage::new(), None));
    let watcher = std::thread::current();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let _end = End(&work, watcher.clone());
                let mut beside = Beside::new(store.clone(), runtime.handle().clone());
                let mine = one_after_the_other(simulate, &numbers, &work, &mut beside);
                if let Ok(mut all) = played.lock() {
                    all.0.add(&mine.0);
                    all.1.add(&mine.1);
                    all.2 = all.2.take().or(mine.2);
                }
            });
        }
        work.watch(all, "histories of this database");
    });
    played
        .into_inner()
        .ok()
        .context("a thread of the simulation broke")
}

fn one_after_the_other(
    simulate: &Simulate,
    numbers: &std::ops::Range<u64>,
    work: &Work,
    beside: &mut Beside,
) -> Played {
    let options = Options {
        steps: simulate.steps,
        faults: simulate.faults.clone(),
    };
    let (mut tally, mut coverage) = (Tally::default(), Coverage::new());
    let failed: Option<Box<Failure>> = loop {
        let Some(one) = work.take(1, numbers.end - numbers.start) else {
            break None;
        };
        let seed = simulate.seed.wrapping_add(numbers.start + one.start);
        match run_beside(seed, &options, &mut coverage, beside) {
            Ok(more) => tally.add(&more),
            Err(failure) => {
                work.stop.store(true, Ordering::Relaxed);
                break Some(failure);
            }
        }
        work.done.fetch_add(1, Ordering::Relaxed);
    };
    (tally, coverage, failed)
}
