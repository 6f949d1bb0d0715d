//! A few histories on both engines; `earnest simulate --on` plays many.

use std::sync::atomic::{AtomicU64, Ordering};

use earnest_hire::simulate::{Coverage, Faults, Options, Tally, run_beside};
use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};
use jiff::Timestamp;

use super::*;

/// Plays histories side by side, so that their commits share a flush and their rows a table.
fn play(store: &Store, runtime: &Handle, histories: u64) -> Tally {
    let options = Options {
        steps: 80,
        faults: Faults::all(),
    };
    let next = AtomicU64::new(0);
    let thread = || {
        let (mut tally, mut coverage) = (Tally::default(), Coverage::new());
        let mut beside = Beside::new(store.clone(), runtime.clone());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= histories {
                return tally;
            }
            match run_beside(seed, &options, &mut coverage, &mut beside) {
                Ok(more) => tally.add(&more),
                Err(failure) => panic!("{failure}"),
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(thread)).collect();
        let mut all = Tally::default();
        for thread in threads {
            all.add(&thread.join().unwrap());
        }
        all
    })
}

#[test]
fn histories_hold_on_sqlite() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    runtime.block_on(store.migrate(Timestamp::UNIX_EPOCH)).unwrap();
    let tally = play(&store, runtime.handle(), 60);
    assert_eq!(tally.histories, 60);
    assert!(
        tally.lost > 0 && tally.replayed > 0 && tally.refused > 0,
        "{tally:?}"
    );
}

#[test]
fn histories_hold_on_postgresql() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Postgres::fresh()).unwrap();
    let opening = Store::connect(server.url(), Statements::Prepared);
    let store = runtime.block_on(opening).unwrap();
    runtime.block_on(store.migrate(Timestamp::UNIX_EPOCH)).unwrap();
    let tally = play(&store, runtime.handle(), 30);
    assert_eq!(tally.histories, 30);
}
