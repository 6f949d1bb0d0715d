//! A few histories on both engines; `earnest simulate --on` plays many.

use std::path::Path;
use std::process::Command as Process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use earnest_hire::simulate::{Coverage, Faults, Options, Tally, run_beside};
use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::*;
use crate::ledger::{self, journal::Format};

/// Histories on each engine, or as many as was asked for when this was built: `EARNEST_HISTORIES=2000 cargo test`.
fn histories() -> u64 {
    option_env!("EARNEST_HISTORIES").map_or(100, |count| count.parse().unwrap())
}

enum Home {
    File(tempfile::TempDir),
    Server(Postgres),
}

impl Home {
    fn sqlite() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        Self::File(folder.unwrap())
    }

    fn postgres(runtime: &Runtime) -> Self {
        Self::Server(runtime.block_on(Postgres::fresh()).unwrap())
    }

    fn open(&self, runtime: &Runtime) -> Store {
        let store = match self {
            Self::File(folder) => Store::open(&folder.path().join("earnest.db")).unwrap(),
            Self::Server(server) => {
                let opening = Store::connect(server.url(), Statements::Prepared);
                runtime.block_on(opening).unwrap()
            }
        };
        runtime.block_on(store.migrate(Timestamp::UNIX_EPOCH)).unwrap();
        store
    }
}

/// Plays histories side by side, so that their commits share a flush and their rows a table.
fn play(store: &Store, runtime: &Handle, faults: &Faults) -> Tally {
    let options = Options {
        steps: 80,
        faults: faults.clone(),
    };
    let next = AtomicU64::new(0);
    let thread = || {
        let (mut tally, mut coverage) = (Tally::default(), Coverage::new());
        let mut beside = Beside::new(store.clone(), runtime.clone());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= histories() {
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

/// Somewhere to write a journal that is read afterwards.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Plays, verifies the whole, and returns the journal.
fn journal(home: &Home, runtime: &Runtime, faults: &Faults) -> String {
    let store = home.open(runtime);
    let tally = play(&store, runtime.handle(), faults);
    assert_eq!(tally.histories, histories());
    assert!(
        tally.lost > 0 && tally.replayed > 0 && tally.refused > 0,
        "{tally:?}"
    );
    let verified = runtime.block_on(ledger::verify(&store, None)).unwrap();
    assert!(verified.is_sound(), "{:#?}", verified.broken);
    let page = Page::default();
    let writing = ledger::write_journal(&store, Format::Jsonl, Box::new(page.clone()));
    runtime.block_on(writing).unwrap();
    let bytes = std::mem::take(&mut *page.0.lock().unwrap());
    String::from_utf8(bytes).unwrap()
}

/// What the independent model says of a journal, in its last line.
fn model(journal: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    std::fs::write(&file, journal).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/model/model.py");
    let ran = Process::new("python3").arg(program).arg(&file).output();
    let ran = ran.expect("python3 runs the model");
    String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned()
}

/// A payment failed, its timer was dropped, and then a part of the money came after all: the books are sound.
#[test]
fn a_timer_that_was_dropped_is_not_missed() {
    let runtime = Runtime::new().unwrap();
    let home = Home::sqlite();
    let store = home.open(&runtime);
    let options = Options {
        steps: 80,
        faults: "crash,error,retry,duplicate,reorder".parse().unwrap(),
    };
    let mut beside = Beside::new(store.clone(), runtime.handle().clone());
    run_beside(333, &options, &mut Coverage::new(), &mut beside).unwrap();
    let verified = runtime.block_on(ledger::verify(&store, None)).unwrap();
    assert!(verified.is_sound(), "{:#?}", verified.broken);
}

/// G2 and G3: the core, SQLite, PostgreSQL and a model in another language come to the same.
#[test]
fn both_engines_and_the_model_keep_the_same() {
    let runtime = Runtime::new().unwrap();
    let all = Faults::all();
    let on_file = journal(&Home::sqlite(), &runtime, &all);
    let on_server = journal(&Home::postgres(&runtime), &runtime, &all);
    for (ours, theirs) in on_file.lines().zip(on_server.lines()) {
        assert_eq!(ours, theirs, "SQLite and PostgreSQL differ");
    }
    assert_eq!(on_file.len(), on_server.len());
    assert!(on_file.lines().count() > 500);
    // The model meets chains in the order of their instants, which must therefore not run backwards.
    let forwards = "crash,error,retry,duplicate,reorder".parse().unwrap();
    let said = model(&journal(&Home::sqlite(), &runtime, &forwards));
    let lines = on_file.lines().count();
    println!("{lines} commands on each engine; the model: {}", said.trim_end());
    assert!(said.trim_end().ends_with(", 0 mismatches"), "{said}");
}
