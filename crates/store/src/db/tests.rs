//! The layer itself, below what the nouns show.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};

use super::sqlite::READERS;
use super::*;

mod both;
mod pooler;
mod registry;
mod server;
mod twins;

statements! {
    MAKE = "CREATE TABLE IF NOT EXISTS pair (number BIGINT NOT NULL, half TEXT NOT NULL)";
    PUT = "INSERT INTO pair (half, number) VALUES ($2, $1)";
    COUNT = "SELECT COUNT(*) FROM pair";
    HALVES = "SELECT COUNT(*) FROM (SELECT number FROM pair GROUP BY number HAVING COUNT(*) <> 2) AS half";
    SAME = "SELECT $2, $1, $2";
    FILL = "INSERT INTO pair (number, half) VALUES ($1, $2)";
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("earnest.db")
    }

    /// A store with the table of pairs, whose writer waits no longer than 50 ms for the file.
    async fn store(&self) -> Store {
        let path = self.path();
        let lock = file::Lock::take(&path).unwrap();
        if !file::present(&path).unwrap() {
            file::create(&path).unwrap();
        }
        let writer = Writer::new(file::connect_writer(&path).unwrap(), &path);
        let writer = writer.patient_for(std::time::Duration::from_millis(50));
        let store = Store::with_writer(&path, writer, lock).unwrap();
        let made = write(&store, |mut tx| async move {
            tx.exec(MAKE, args![]).await?;
            tx.commit(()).await
        });
        made.await.unwrap();
        store
    }
}

/// Fixes the error type, which a test's closure does not say.
async fn write<T, F, Fut>(store: &Store, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: Fn(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Done<T>, Error>> + Send + 'static,
{
    store.write(work).await
}

async fn put_pair(mut tx: Tx, number: i64) -> Result<Done<()>, Error> {
    tx.exec(PUT, args![number, "left"]).await?;
    tx.exec(PUT, args![number, "right"]).await?;
    tx.commit(()).await
}

async fn number(store: &Store, sql: Sql) -> i64 {
    let read = move |mut view: View| async move { view.one(sql, args![]).await };
    let row: Result<Row, Error> = store.read(read).await;
    row.unwrap().next().unwrap()
}

#[tokio::test]
async fn parameters_are_bound_by_their_number() {
    let place = Place::new();
    let store = place.store().await;
    let read = |mut view: View| async move { view.one(SAME, args!["first", 2]).await };
    let mut row: Row = store.read::<_, Error, _, _>(read).await.unwrap();
    assert_eq!(row.next::<i64>(), Ok(2));
    assert_eq!(row.next::<String>(), Ok("first".to_owned()));
    assert_eq!(row.next::<String>(), Err("a whole number is no text".to_owned()));
    assert_eq!(row.next::<i64>(), Err("a column is missing".to_owned()));
    let short = |mut view: View| async move { view.one(SAME, args!["first"]).await };
    assert!(matches!(
        store.read::<Row, Error, _, _>(short).await,
        Err(Error::Driver(_))
    ));
}

#[tokio::test]
async fn abandoned_writes_run_to_their_end() {
    let place = Place::new();
    let store = place.store().await;
    let mut begun = 0;
    for caller in 0..200_i64 {
        let mut future = Box::pin(write(&store, move |tx| put_pair(tx, caller)));
        // Callers leave before the first step, after it, or some steps later.
        for _ in 0..caller % 4 {
            let mut context = Context::from_waker(Waker::noop());
            if future.as_mut().poll(&mut context).is_ready() {
                break;
            }
            std::thread::yield_now();
        }
        begun += i64::from(caller % 4 > 0);
    }
    drop(store); // Waits for the writer.
    let store = place.store().await;
    assert_eq!(number(&store, COUNT).await, 2 * begun);
    assert_eq!(number(&store, HALVES).await, 0);
}

#[tokio::test]
async fn a_closure_that_fails_takes_nothing_with_it_and_leaves_nothing() {
    let place = Place::new();
    let store = place.store().await;
    let panics = write(&store, |mut tx| async move {
        tx.exec(PUT, args![1, "left"]).await?;
        assert!(tx.exec(PUT, args![1]).await.is_ok(), "this panic is meant");
        tx.commit(()).await
    });
    let fails = write(&store, |mut tx| async move {
        tx.exec(PUT, args![2, "left"]).await?;
        Err::<Done<()>, _>(Error::Conflict {
            what: "the pair".to_owned(),
        })
    });
    let waits = write(&store, |mut tx| async move {
        tx.exec(PUT, args![3, "left"]).await?;
        tokio::task::yield_now().await;
        tx.commit(()).await
    });
    let good = write(&store, |tx| put_pair(tx, 4));
    let (panics, fails, waits, good) = tokio::join!(panics, fails, waits, good);
    assert!(matches!(panics, Err(Error::Panicked)), "{panics:?}");
    assert!(matches!(fails, Err(Error::Conflict { .. })), "{fails:?}");
    assert!(matches!(waits, Err(Error::Waited)), "{waits:?}");
    assert!(good.is_ok(), "{good:?}");
    assert_eq!(number(&store, COUNT).await, 2);
}

#[tokio::test]
async fn a_read_that_panics_leaves_the_readers_usable() {
    let place = Place::new();
    let store = place.store().await;
    for _ in 0..3 * READERS {
        let read = |_view: View| async move { panic!("this panic is meant") };
        let broken = store.read::<(), Error, _, _>(read).await;
        assert!(matches!(broken, Err(Error::Panicked)), "{broken:?}");
    }
    assert_eq!(number(&store, COUNT).await, 0);
}

#[tokio::test]
async fn a_transaction_carried_out_of_its_closure_can_do_nothing() {
    let place = Place::new();
    let store = place.store().await;
    let (carry, carried) = std::sync::mpsc::channel();
    let taken = write(&store, move |tx| {
        carry.send(tx).unwrap();
        async {
            Ok(Done {
                value: (),
                last: Vec::new(),
            })
        }
    });
    taken.await.unwrap();
    let mut tx = carried.recv().unwrap();
    assert!(matches!(
        tx.exec(PUT, args![1, "left"]).await,
        Err(Error::Unavailable { .. })
    ));
    assert_eq!(number(&store, COUNT).await, 0);
}

#[tokio::test]
async fn another_process_on_the_file_is_waited_for_but_not_for_ever() {
    let place = Place::new();
    let store = place.store().await;
    let other = file::connect_writer(&place.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = write(&store, |tx| put_pair(tx, 1)).await;
    assert!(
        matches!(refused, Err(Error::Unavailable { why: "it is busy" })),
        "{refused:?}"
    );

    let mut waiting = pin!(write(&store, |tx| put_pair(tx, 2)));
    assert!(
        waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    other.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap();
    assert_eq!(number(&store, COUNT).await, 2);
}

#[tokio::test]
async fn a_full_disk_refuses_the_large_write_and_takes_the_small_ones() {
    let place = Place::new();
    drop(place.store().await);
    let path = place.path();
    let connection = file::connect_writer(&path).unwrap();
    connection.execute_batch("PRAGMA max_page_count = 64").unwrap();
    let writer = Writer::new(connection, &path);
    let store = Store::with_writer(&path, writer, file::Lock::take(&path).unwrap()).unwrap();
    let large = write(&store, |mut tx| async move {
        for _ in 0..100 {
            tx.exec(FILL, args![0, "x".repeat(8_000)]).await?;
        }
        tx.commit(()).await
    });
    let (first, large, last) = tokio::join!(
        write(&store, |tx| put_pair(tx, 1)),
        large,
        write(&store, |tx| put_pair(tx, 2))
    );
    assert!(
        matches!(
            large,
            Err(Error::Unavailable {
                why: "the disk is full"
            })
        ),
        "{large:?}"
    );
    assert!(first.is_ok() && last.is_ok(), "{first:?} {last:?}");
    assert_eq!(number(&store, COUNT).await, 4);
}

#[tokio::test]
async fn a_commit_that_fails_is_not_answered_as_done() {
    let place = Place::new();
    let store = place.store().await;
    let tables = "CREATE TABLE parent (id TEXT NOT NULL PRIMARY KEY) STRICT; \
                  CREATE TABLE child (parent TEXT NOT NULL REFERENCES parent (id)) STRICT;";
    let made = write(&store, move |mut tx| async move {
        tx.define_here(tables).await?;
        tx.commit(()).await
    });
    made.await.unwrap();
    // The engine looks at the reference no sooner than at the commit, and refuses that.
    let orphan = "PRAGMA defer_foreign_keys = ON; INSERT INTO child (parent) VALUES ('nobody');";
    let refused = write(&store, move |mut tx| async move {
        tx.define_here(orphan).await?;
        tx.commit(()).await
    });
    assert!(matches!(refused.await, Err(Error::Driver(_))));
    write(&store, |tx| put_pair(tx, 1)).await.unwrap();
    assert_eq!(number(&store, COUNT).await, 2);
}

#[test]
fn nothing_is_written_after_a_failed_flush() {
    let place = Place::new();
    file::create(&place.path()).unwrap();
    let mut writer = Writer::new(file::connect_writer(&place.path()).unwrap(), &place.path());
    let broken = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    writer.failed(rusqlite::Error::SqliteFailure(broken, None));
    let told = writer.stopped();
    assert!(matches!(*told.borrow(), Some(Error::Stopped { .. })));
    let work = |tx: Tx| async move { tx.commit::<_, Error>(()).await };
    let (job, mut answer) = job::write(work);
    writer.commit(vec![job]);
    assert!(matches!(answer.try_recv(), Ok(Err(Error::Stopped { .. }))));
}

#[tokio::test]
async fn the_server_is_told_when_the_disk_has_failed() {
    let place = Place::new();
    file::create(&place.path()).unwrap();
    let mut writer = Writer::new(file::connect_writer(&place.path()).unwrap(), &place.path());
    let broken = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    let lock = file::Lock::take(&place.path()).unwrap();
    writer.failed(rusqlite::Error::SqliteFailure(broken, None));
    let store = Store::with_writer(&place.path(), writer, lock).unwrap();
    assert!(matches!(store.failed().await, Error::Stopped { .. }));
    let sound = Place::new();
    let store = sound.store().await;
    let waiting = std::future::poll_fn(|context| {
        std::task::Poll::Ready(pin!(store.failed()).poll(context).is_pending())
    });
    assert!(waiting.await, "a sound disk has not failed");
}

#[tokio::test]
async fn the_last_clone_may_be_dropped_inside_its_own_closure() {
    let place = Place::new();
    let store = place.store().await;
    let held = Arc::new(Mutex::new(Some(store.clone())));
    // The writer waits until the caller has gone.
    let (gone, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let mut future = Box::pin({
        let store = store.clone();
        async move {
            write(&store, move |tx| {
                assert!(wait.lock().unwrap().recv().is_err(), "nothing is ever sent");
                drop(held.lock().unwrap().take());
                put_pair(tx, 1)
            })
            .await
        }
    });
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(store);
    drop(future);
    drop(gone);
    // The lock comes free when the writer has ended, whoever was the last to hold the store.
    while file::Lock::take(&place.path()).is_err() {
        std::thread::yield_now();
    }
    assert_eq!(number(&place.store().await, COUNT).await, 2);
}

#[test]
fn the_writer_flushes_every_commit() {
    let place = Place::new();
    file::create(&place.path()).unwrap();
    let connection = file::connect_writer(&place.path()).unwrap();
    let pragma = |name: &str| {
        let sql = format!("PRAGMA {name}");
        connection
            .query_row(&sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
            .unwrap()
    };
    assert_eq!(pragma("synchronous"), 2.into(), "FULL");
    assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
    assert_eq!(pragma("foreign_keys"), 1.into());
}
