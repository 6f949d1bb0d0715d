//! Measures durable operations on money, through the use case that pages and programs call: what `bench/money.sh` runs.
//!
//! `money_bench file DIR`          on SQLite: 64 callers, then one, then a bare loop that commits the same rows
//! `money_bench prepare URL`       on PostgreSQL: contracts that hold money
//! `money_bench server URL`        on what was prepared, 32 callers; prints operations per second, p50 and p99 in ms
//! `money_bench grown DIR ENTRIES` on SQLite with so many entries beside a small database
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod bare;
mod work;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use earnest_app::desk::Desk;
use earnest_store::Store;

use self::work::{Operation, Prepared};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// As many callers as share one flush at most.
const CALLERS: usize = 64;
/// On a server.
const CLIENTS: usize = 32;
/// How many contracts are worked on, each with nine partial releases and one approval.
const CONTRACTS: usize = 640;
const ALONE: usize = 64;
/// How often each is measured; the fastest counts, since whatever else runs only slows.
const ROUNDS: usize = 3;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    match words.as_slice() {
        ["file", folder] => on_file(&runtime, Path::new(folder)),
        ["server", url] => runtime.block_on(on_server(url, CONTRACTS)),
        ["prepare", url] => runtime.block_on(prepare_server(url)),
        ["grown", folder, entries] => grown(&runtime, Path::new(folder), entries.parse()?),
        _ => Err("money_bench file DIR | prepare URL | server URL | grown DIR ENTRIES".into()),
    }
}

/// What one measurement came to.
struct Measured {
    operations: usize,
    took: Duration,
    each: Vec<Duration>,
}

impl Measured {
    fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.operations).unwrap_or(u32::MAX)) / self.took.as_secs_f64()
    }

    fn milliseconds(&self, hundredth: usize) -> f64 {
        let mut each = self.each.clone();
        each.sort_unstable();
        let at = each.len().saturating_sub(1) * hundredth / 100;
        each.get(at).copied().unwrap_or_default().as_secs_f64() * 1e3
    }
}

/// Carries out the operations, so many callers at a time; each has contracts of its own.
async fn carry_out(desk: &Desk, prepared: Prepared, callers: usize) -> Outcome<Measured> {
    let mut queues: Vec<Vec<Operation>> = (0..callers).map(|_caller| Vec::new()).collect();
    let operations = prepared.operations()?;
    let count = operations.len();
    for (number, operation) in operations.into_iter().enumerate() {
        if let Some(queue) = queues.get_mut(number % callers) {
            queue.push(operation);
        }
    }
    let began = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for queue in queues {
        let desk = desk.clone();
        running.spawn(async move {
            let mut each = Vec::with_capacity(queue.len());
            for operation in queue {
                let asked = Instant::now();
                operation.carry_out(&desk).await?;
                each.push(asked.elapsed());
            }
            Outcome::Ok(each)
        });
    }
    let mut each = Vec::with_capacity(count);
    while let Some(done) = running.join_next().await {
        each.extend(done??);
    }
    Ok(Measured {
        operations: count,
        took: began.elapsed(),
        each,
    })
}

fn on_file(runtime: &tokio::runtime::Runtime, folder: &Path) -> Outcome {
    let mut best: Option<(f64, f64, f64)> = None;
    for round in 1..=ROUNDS {
        let (rates, line) = one_round(runtime, &folder.join(format!("round-{round}")))?;
        println!("{line}");
        let (together, alone, bare) = best.unwrap_or_default();
        best = Some((together.max(rates.0), alone.max(rates.1), bare.max(rates.2)));
    }
    let (together, alone, bare) = best.unwrap_or_default();
    println!("64 callers to one caller: {:.1} (goal 5)", together / alone);
    println!("64 callers to the bare loop: {:.2} (goal 0.6)", together / bare);
    Ok(())
}

fn one_round(runtime: &tokio::runtime::Runtime, folder: &Path) -> Outcome<((f64, f64, f64), String)> {
    let (file, before) = (folder.join("earnest.db"), folder.join("before.db"));
    let (serial, prepared) = runtime.block_on(async {
        let desk = work::desk(open(&file).await?);
        let serial = Prepared::new(&desk, 0, ALONE, CALLERS).await?;
        let prepared = Prepared::new(&desk, ALONE, CONTRACTS, CALLERS).await?;
        Outcome::Ok((serial, prepared))
    })?;
    let alone = runtime.block_on(async { carry_out(&work::desk(open(&file).await?), serial, 1).await })?;
    // Opened and closed each time: closing brings the log into the file, so that a copy holds everything.
    std::fs::copy(&file, &before)?;
    let together =
        runtime.block_on(async { carry_out(&work::desk(open(&file).await?), prepared, CALLERS).await })?;
    let bare = bare::same_rows(&file, &before, CALLERS)?;
    let line = format!(
        "{} operations, 64 callers: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms; one caller: {:.0}/s; bare loop of the same \
         rows in groups of 64: {:.0}/s, {:.1} statements an operation",
        together.operations,
        together.rate(),
        together.milliseconds(50),
        together.milliseconds(99),
        alone.rate(),
        bare.rate,
        bare.statements,
    );
    Ok(((together.rate(), alone.rate(), bare.rate), line))
}

async fn open(file: &Path) -> Outcome<Store> {
    let store = Store::open(file)?;
    store.migrate(work::BEGIN).await?;
    Ok(store)
}

/// Contracts on a server, ready to be worked on: `bench/money.sh` copies the database before it is.
async fn prepare_server(url: &str) -> Outcome {
    let store = Store::connect(url, earnest_store::Statements::Prepared).await?;
    store.migrate(work::BEGIN).await?;
    Prepared::new(&work::desk(store), 0, CONTRACTS, CLIENTS)
        .await
        .map(drop)
}

async fn on_server(url: &str, contracts: usize) -> Outcome {
    let desk = work::desk(Store::connect(url, earnest_store::Statements::Prepared).await?);
    let prepared = Prepared::found(&desk, contracts).await?;
    let measured = carry_out(&desk, prepared, CLIENTS).await?;
    println!(
        "{:.0} {:.1} {:.1}",
        measured.rate(),
        measured.milliseconds(50),
        measured.milliseconds(99),
    );
    Ok(())
}

/// The same work on a small database and on one with very many entries, in turn.
fn grown(runtime: &tokio::runtime::Runtime, folder: &Path, entries: u64) -> Outcome {
    let files: Vec<(PathBuf, u64)> = vec![
        (folder.join("small").join("earnest.db"), 10_000),
        (folder.join("large").join("earnest.db"), entries),
    ];
    for (file, entries) in &files {
        runtime.block_on(async { open(file).await.map(drop) })?;
        let began = Instant::now();
        bare::fill(file, *entries)?;
        println!("{entries} entries made in {:.0} s", began.elapsed().as_secs_f64());
    }
    let mut best = [0.0_f64; 2];
    for round in 0..ROUNDS {
        for ((file, entries), best) in files.iter().zip(&mut best) {
            let measured = runtime.block_on(async {
                let desk = work::desk(open(file).await?);
                let prepared = Prepared::new(&desk, round * CONTRACTS, CONTRACTS, CALLERS).await?;
                carry_out(&desk, prepared, CALLERS).await
            })?;
            println!("{entries} entries: {:.0}/s", measured.rate());
            *best = best.max(measured.rate());
        }
    }
    println!("{entries} entries to 10,000: {:.2} (goal 0.9)", {
        let [small, large] = best;
        large / small
    });
    Ok(())
}
