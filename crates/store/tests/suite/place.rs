//! A folder for one test, and requests to put there.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use earnest_hire::ids::RequestId;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::request::{Brief, Budget, Mode, Origin, Request, Wishes};
use earnest_store::{Error, Filter, Inserted, RequestKeys, Store};
use jiff::Timestamp;

pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.file("earnest.db")
    }

    pub(crate) async fn store(&self) -> Store {
        let store = Store::open(&self.path()).unwrap();
        store.migrate(now()).await.unwrap();
        store
    }

    /// A closed database with as many requests.
    pub(crate) async fn with_requests(count: u32) -> Self {
        let place = Self::new();
        let store = place.store().await;
        for number in 0..count {
            insert(&store, number).await.unwrap();
        }
        place
    }

    /// Every file that holds something, with its bytes: not the lock, nor what a reader leaves beside a
    /// database, which is an empty log and an index of it.
    pub(crate) fn contents(&self) -> BTreeMap<String, Bytes> {
        let entries = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap());
        let named = entries.map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                Bytes(fs::read(entry.path()).unwrap_or_default()),
            )
        });
        named
            .filter(|(name, bytes)| !bytes.0.is_empty() && !name.ends_with("-shm"))
            .collect()
    }
}

/// The content of a file, which a failed test shows by its length alone.
#[derive(Clone, PartialEq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

pub(crate) fn request(number: u32) -> Request {
    let mut random = [0; 10];
    random[6..].copy_from_slice(&number.to_be_bytes());
    let brief = Brief {
        name: "Ada".into(),
        email: format!("ada{number}@example.com"),
        summary: "A reporting service".into(),
        details: Some("First line\n\"second\" 'line' \u{1f600}".into()),
        role: "Python engineer".into(),
        budget: Some(Budget {
            from: Minor(1),
            to: Minor(1_000_000_000_000),
            currency: Currency::USD,
        }),
        start: Some(jiff::civil::date(2027, 1, 31)),
        place: None,
        wishes: Wishes {
            skills: vec!["Python".into(), "\"SQL\"".into()],
            mode: Mode::Managed,
            ..Wishes::default()
        },
    };
    let origin = Origin {
        comparison: Some("python-vs-nodejs".into()),
        ..Origin::default()
    };
    Request::submit(RequestId::new(now(), random), brief, origin, now())
}

pub(crate) fn keys(number: u32) -> RequestKeys {
    let sum = |kind: u8| {
        let mut sum = [kind; 32];
        sum[..4].copy_from_slice(&number.to_be_bytes());
        sum
    };
    RequestKeys {
        token_sha256: sum(1),
        once_sha256: sum(2),
        content_sha256: sum(3),
    }
}

pub(crate) async fn insert(store: &Store, number: u32) -> Result<Inserted, Error> {
    let work = move |mut tx: earnest_store::Tx| async move {
        let inserted = tx.insert_request(&request(number), &keys(number)).await?;
        tx.commit(inserted).await
    };
    store.write(work).await
}

pub(crate) async fn all(store: &Store) -> Result<Vec<Request>, Error> {
    let read = |mut view: earnest_store::View| async move {
        view.requests(&Filter::default(), None, u16::MAX).await
    };
    store.read(read).await
}
