//! A database with one or two nodes on it, each desk with a clock of its own.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use earnest_app::desk::Desk;
use earnest_app::ledger;
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::outside::{Clock, Randomness};
use earnest_hire::money::Currency;
use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};
use jiff::Timestamp;

pub(crate) struct Home {
    /// Two stores on a server, twice the one on a file.
    nodes: [Store; 2],
    keeps: Keeps,
}

enum Keeps {
    Folder(tempfile::TempDir),
    Server(Postgres),
}

/// The quick suite's number, or so many times as much as was asked for when this was built: `EARNEST_RACES=25 cargo test`.
pub(crate) fn times(quick: usize) -> usize {
    quick * option_env!("EARNEST_RACES").map_or(1, |factor| factor.parse().unwrap())
}

pub(crate) fn start() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

impl Home {
    pub(crate) async fn sqlite() -> Self {
        // In memory where there is a place for it: what is raced here is not the disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let keeps = Keeps::Folder(folder.unwrap());
        let store = open(&keeps).await;
        Self {
            nodes: [store.clone(), store],
            keeps,
        }
    }

    pub(crate) async fn postgres() -> Self {
        let keeps = Keeps::Server(Postgres::fresh().await.unwrap());
        let nodes = [open(&keeps).await, open(&keeps).await];
        Self { nodes, keeps }
    }

    /// The nodes stop and start again.
    pub(crate) async fn restarted(self) -> Self {
        let Self { nodes, keeps } = self;
        drop(nodes);
        let first = open(&keeps).await;
        let second = match keeps {
            Keeps::Folder(_) => first.clone(),
            Keeps::Server(_) => open(&keeps).await,
        };
        Self {
            nodes: [first, second],
            keeps,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.nodes[0]
    }

    /// One desk on each node, on the same clock.
    pub(crate) fn desks(&self) -> (Arc<Hand>, [Desk; 2]) {
        let clock = Arc::new(Hand(Mutex::new(start())));
        let randomness = Arc::new(Counted);
        let desks = self.nodes.clone().map(|store| {
            let clock: Arc<dyn Clock> = Arc::<Hand>::clone(&clock);
            let name = "Northgate GmbH".to_owned();
            // nobody is called, so any will do
            let bank = BankProvider::new(store.clone(), Arc::clone(&clock), name, Currency::USD);
            let bank: Arc<dyn PaymentProvider> = Arc::new(bank);
            let mut desk = Desk::new(store, clock, Arc::clone(&randomness) as _);
            desk.providers = Arc::new([("sandbox".to_owned(), bank)].into());
            desk
        });
        (clock, desks)
    }

    /// Every command is decided again, and everything that is kept must be what was decided.
    pub(crate) async fn verify(&self) {
        let verified = ledger::verify(self.store(), None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
        assert!(verified.checked.events > 0);
    }
}

async fn open(keeps: &Keeps) -> Store {
    let store = match keeps {
        Keeps::Folder(folder) => Store::open(&folder.path().join("earnest.db")).unwrap(),
        Keeps::Server(server) => Store::connect(server.url(), Statements::Prepared).await.unwrap(),
    };
    store.migrate(start()).await.unwrap();
    store
}

/// A clock that is set.
#[derive(Debug)]
pub(crate) struct Hand(Mutex<Timestamp>);

impl Hand {
    pub(crate) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

static DRAWN: AtomicU64 = AtomicU64::new(1);

/// A number that was never drawn before in this process.
pub(crate) fn fresh() -> u64 {
    DRAWN.fetch_add(1, Ordering::Relaxed)
}

/// Every draw is another one.
#[derive(Debug)]
struct Counted;

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for (place, byte) in bytes.iter_mut().zip(fresh().to_be_bytes().into_iter().cycle()) {
            *place = byte;
        }
    }
}
