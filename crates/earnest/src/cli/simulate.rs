//! `earnest simulate`: random histories of contracts, checked after every step, on as many threads as there are cores.

#[cfg(feature = "testing")]
mod beside;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use earnest_hire::simulate::{
    CASES, Coverage, Failure, Faults, Options, Tally, aimed_at, run as play, shrink, sweep,
};

/// Histories that a thread takes at once.
const BATCH: u64 = 64;
/// Histories that are first aimed at one cell, and at most.
const AIMED: (u32, u32) = (32, 1 << 16);
/// Cases of fees that a thread takes at once.
const FEE_BATCH: u64 = 100_000;
/// Nothing did not hold.
const SOUND: u8 = 0;
/// Something did not hold.
const NOT_SOUND: u8 = 3;

pub(crate) const EXAMPLES: &str = "\
Examples:
  earnest simulate                                    10,000 histories with every fault
  earnest simulate --histories 1000000 --seed 1       a million of them, the same ones every time
  earnest simulate --histories 1 --seed 4711          one history again, after it failed
  earnest simulate --faults crash,retry --steps 200   longer ones, with only these faults
  earnest simulate --every-cell                       also fail where a cell of the process was not reached
  earnest simulate --each 100                         go on until every cell was hit a hundred times
  earnest simulate --fees 1000000                     so many prices and rates, each cut into parts

A history that fails is printed with its seed, shortened to the steps without which it does not fail.
Exit status: 0 everything held, 3 something did not, 1 it could not be run, 2 the command line cannot be read.";

/// What to play.
#[derive(Debug, clap::Args)]
pub(crate) struct Simulate {
    /// How many histories.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    histories: u64,
    /// Of the first history; the next has the next number.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// What goes wrong: all, none, or some of crash,error,retry,duplicate,reorder,clock.
    #[arg(long, value_name = "LIST", default_value = "all")]
    faults: Faults,
    /// Most commands of a history before time alone runs on.
    #[arg(long, value_name = "M", default_value_t = 80)]
    steps: u32,
    /// What keeps the contracts.
    #[arg(long, value_enum, default_value_t = Keeper::Core)]
    on: Keeper,
    /// Fail where a row or a cell of the process that can be reached was not.
    #[arg(long)]
    every_cell: bool,
    /// Afterwards go on, aimed at one cell of state, event, actor and fault after the other, until each was hit this often.
    #[arg(long, value_name = "N", conflicts_with_all = ["fees", "on"])]
    each: Option<u64>,
    /// Instead of histories: this many pairs of a price and a rate, at most 10,001,000,000.
    #[arg(long, value_name = "N", conflicts_with = "histories")]
    fees: Option<u64>,
}

/// What keeps the contracts of a simulation.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Keeper {
    /// The rules alone, in memory.
    Core,
    /// Beside the rules, a file that is made for it.
    #[cfg(feature = "testing")]
    Sqlite,
    /// Beside the rules, databases on a server for tests.
    #[cfg(feature = "testing")]
    Postgres,
}

/// Exit status 0 where everything held, 3 where something did not.
pub(crate) fn run(simulate: &Simulate) -> anyhow::Result<ExitCode> {
    if let Some(count) = simulate.fees {
        return fees(simulate.seed, count.min(CASES));
    }
    let began = Instant::now();
    let (tally, coverage, failure) = match simulate.on {
        Keeper::Core => whole(simulate)?,
        #[cfg(feature = "testing")]
        Keeper::Sqlite | Keeper::Postgres => beside::histories(simulate)?,
    };
    if let Some(failure) = failure {
        println!("{}", shrink(&failure));
        println!(
            "Again: earnest simulate --histories 1 --seed {} --faults {} --steps {}",
            failure.seed, simulate.faults, simulate.steps
        );
        return Ok(ExitCode::from(NOT_SOUND));
    }
    let took = began.elapsed();
    println!(
        "{} histories of seed {} with faults {}: everything held",
        tally.histories, simulate.seed, simulate.faults
    );
    println!(
        "{} steps: {} accepted, {} refused, {} replayed, {} lost to a fault",
        tally.steps, tally.accepted, tally.refused, tally.replayed, tally.lost
    );
    println!("{}", coverage.table(simulate.faults.each()));
    println!(
        "{} histories/s, {} steps/s, {} s",
        rate(tally.histories, took),
        rate(tally.steps, took),
        took.as_secs()
    );
    let lacking = coverage.lacking(simulate.faults.each(), simulate.each.unwrap_or(0));
    for (_, cell, count) in &lacking {
        println!("only {count} times: {cell}");
    }
    if !lacking.is_empty() {
        return Ok(ExitCode::from(NOT_SOUND));
    }
    let reached = coverage.reached(simulate.faults.each());
    let missed = reached.iter().filter(|one| one.reached < one.total).count();
    if simulate.every_cell && missed > 0 {
        println!("{missed} tables are not full: play more histories, or say why a cell cannot be reached.");
        return Ok(ExitCode::from(NOT_SOUND));
    }
    Ok(ExitCode::from(SOUND))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn rate(count: u64, took: Duration) -> u128 {
    u128::from(count) * 1_000 / took.as_millis().max(1)
}

/// What the threads share.
struct Work {
    next: AtomicU64,
    done: AtomicU64,
    stop: AtomicBool,
    running: AtomicU64,
}

impl Work {
    fn new(threads: usize) -> anyhow::Result<Self> {
        Ok(Self {
            next: AtomicU64::new(0),
            done: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            running: AtomicU64::new(u64::try_from(threads)?),
        })
    }

    /// The next numbers to do, if any are left.
    fn take(&self, size: u64, all: u64) -> Option<std::ops::Range<u64>> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let first = self.next.fetch_add(size, Ordering::Relaxed);
        (first < all).then(|| first..first.saturating_add(size).min(all))
    }

    /// One line that is written over, until every thread has ended.
    fn watch(&self, all: u64, what: &str) {
        let began = Instant::now();
        while self.running.load(Ordering::Relaxed) > 0 {
            std::thread::park_timeout(Duration::from_millis(500));
            let done = self.done.load(Ordering::Relaxed);
            eprint!(
                "\r{done} of {all} {what}, {} a second ",
                rate(done, began.elapsed())
            );
        }
        eprintln!();
    }
}

/// Tells the watcher when its thread ends, also where it ends by a panic.
struct End<'a>(&'a Work, std::thread::Thread);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.1.unpark();
    }
}

type Played = (Tally, Coverage, Option<Box<Failure>>);

/// The histories that were asked for, and those that are aimed at cells which they left behind.
fn whole(simulate: &Simulate) -> anyhow::Result<Played> {
    let from = |number| simulate.seed.wrapping_add(number);
    let (mut tally, mut coverage, mut failure) = histories(simulate, simulate.histories, &from)?;
    let mut tried: BTreeMap<usize, u32> = BTreeMap::new();
    while let (Some(each), None) = (simulate.each, &failure) {
        let mut seeds = Vec::new();
        for (place, ..) in coverage.lacking(simulate.faults.each(), each) {
            let tried = tried.entry(place).or_default();
            // twice as many each time
            let more = if *tried < AIMED.1 {
                (*tried).max(AIMED.0)
            } else {
                0
            };
            seeds.extend((*tried..*tried + more).map(|number| aimed_at(place, number)));
            *tried += more;
        }
        if seeds.is_empty() {
            break;
        }
        let count = u64::try_from(seeds.len())?;
        let at = |number: u64| {
            let index = usize::try_from(number).ok();
            index.and_then(|index| seeds.get(index)).copied().unwrap_or(0)
        };
        let more = histories(simulate, count, &at)?;
        tally.add(&more.0);
        coverage.add(&more.1);
        failure = more.2;
    }
    Ok((tally, coverage, failure))
}

/// The seed of each history by its number.
type Seeds<'a> = dyn Fn(u64) -> u64 + Sync + 'a;

fn histories(simulate: &Simulate, count: u64, seeds: &Seeds<'_>) -> anyhow::Result<Played> {
    let options = Options {
        steps: simulate.steps,
        faults: simulate.faults.clone(),
    };
    let threads = threads();
    let work = Work::new(threads)?;
    let played: Mutex<Played> = Mutex::new((Tally::default(), Coverage::new(), None));
    let watcher = std::thread::current();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let _end = End(&work, watcher.clone());
                let mine = thread((count, seeds), &options, &work);
                if let Ok(mut all) = played.lock() {
                    all.0.add(&mine.0);
                    all.1.add(&mine.1);
                    all.2 = all.2.take().or(mine.2);
                }
            });
        }
        work.watch(count, "histories");
    });
    played
        .into_inner()
        .ok()
        .context("a thread of the simulation broke")
}

fn thread((count, seeds): (u64, &Seeds<'_>), options: &Options, work: &Work) -> Played {
    let (mut tally, mut coverage) = (Tally::default(), Coverage::new());
    while let Some(numbers) = work.take(BATCH, count) {
        for number in numbers {
            match play(seeds(number), options, &mut coverage) {
                Ok(more) => tally.add(&more),
                Err(failure) => {
                    work.stop.store(true, Ordering::Relaxed);
                    return (tally, coverage, Some(failure));
                }
            }
            work.done.fetch_add(1, Ordering::Relaxed);
        }
    }
    (tally, coverage, None)
}

fn fees(seed: u64, count: u64) -> anyhow::Result<ExitCode> {
    let threads = threads();
    let work = Work::new(threads)?;
    let leaks = Mutex::new(Vec::new());
    let began = Instant::now();
    let watcher = std::thread::current();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let _end = End(&work, watcher.clone());
                while let Some(cases) = work.take(FEE_BATCH, count) {
                    let size = cases.end - cases.start;
                    if let (Err(leak), Ok(mut all)) =
                        (sweep(seed.wrapping_add(cases.start), size), leaks.lock())
                    {
                        work.stop.store(true, Ordering::Relaxed);
                        all.push(leak);
                    }
                    work.done.fetch_add(size, Ordering::Relaxed);
                }
            });
        }
        work.watch(count, "prices and rates");
    });
    let leaks = leaks
        .into_inner()
        .ok()
        .context("a thread of the simulation broke")?;
    for leak in &leaks {
        println!("{leak}");
    }
    if !leaks.is_empty() {
        return Ok(ExitCode::from(NOT_SOUND));
    }
    let took = began.elapsed();
    println!("{count} prices and rates, each in 1 to 4 parts: nothing leaks");
    println!("{} cases/s, {} s", rate(count, took), took.as_secs());
    Ok(ExitCode::from(SOUND))
}
