//! What only a server can do to us: deadlocks, connections that break, answers that do not come.

use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

use super::both::Bench;
use super::*;

const BACKEND: Sql = Sql::new("SELECT CAST(pg_backend_pid() AS BIGINT)");
const SETTING: Sql = Sql::new("SELECT current_setting($1)");
const SLOW: Sql = Sql::new("SELECT COUNT(*) FROM pg_sleep(600)");
const KILL_OTHERS: Sql = Sql::new(
    "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() \
     AND pid <> pg_backend_pid()",
);
const ADD: Sql = Sql::new("UPDATE pair SET number = number + $1 WHERE half = $2");
const SUM: Sql = Sql::new("SELECT CAST(SUM(number) AS BIGINT) FROM pair");
const SNAPSHOT: Sql = Sql::new("SELECT number FROM pair WHERE half = $1");

async fn two_rows(store: &Store) {
    let put = write(store, |mut tx| async move {
        tx.exec(PUT, args![0, "left"]).await?;
        tx.exec(PUT, args![0, "right"]).await?;
        tx.commit(()).await
    });
    put.await.unwrap();
}

async fn with_parameter(url: &str, parameter: &str) -> Store {
    Store::connect(&format!("{url}?{parameter}"), Statements::Prepared)
        .await
        .unwrap()
}

#[tokio::test]
async fn deadlocks_are_tried_again_until_both_are_through() {
    let bench = Bench::on_server(Statements::Prepared).await;
    two_rows(&bench.store).await;
    let (met, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let crossing = |first: &'static str, second: &'static str| {
        let (met, runs) = (Arc::clone(&met), Arc::clone(&runs));
        write(&bench.store, move |mut tx| {
            let (met, runs) = (Arc::clone(&met), Arc::clone(&runs));
            async move {
                tx.exec(ADD, args![1, first]).await?;
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    met.wait().await; // Each holds its first row now.
                }
                tx.exec(ADD, args![1, second]).await?;
                tx.commit(()).await
            }
        })
    };
    let (one, other) = tokio::join!(crossing("left", "right"), crossing("right", "left"));
    one.unwrap();
    other.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of them ran twice");
    assert_eq!(number(&bench.store, SUM).await, 4);
}

#[tokio::test]
async fn two_nodes_add_to_one_row_and_lose_nothing() {
    let bench = Bench::on_server(Statements::Prepared).await;
    two_rows(&bench.store).await;
    let other = Store::connect(bench.url().unwrap(), Statements::Unnamed)
        .await
        .unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..100 {
        let store = if caller % 2 == 0 { &bench.store } else { &other }.clone();
        callers.spawn(async move {
            let add = |mut tx: Tx| async move {
                let row = tx.all(LOCK_LEFT, args![]).await?;
                assert_eq!(row.len(), 1);
                tx.exec(ADD, args![1, "left"]).await?;
                tx.exec(ADD, args![-1, "right"]).await?;
                tx.commit(()).await
            };
            // On a machine with much else to do, a connection may not come free in time: then nothing was begun.
            loop {
                match write(&store, add).await {
                    Err(Error::Unavailable { .. }) => {}
                    ended => return ended,
                }
            }
        });
    }
    for ended in callers.join_all().await {
        ended.unwrap();
    }
    assert_eq!(number(&other, SUM).await, 0);
    let left = write(&other, |mut tx| async move {
        let row = tx.one(SNAPSHOT, args!["left"]).await?;
        tx.commit(row.into_columns()).await
    });
    assert_eq!(left.await.unwrap(), [Val::Int(100)]);
}

const LOCK_LEFT: Sql = Sql::new("SELECT number FROM pair WHERE half = 'left' FOR UPDATE");

#[tokio::test]
async fn a_read_sees_one_moment_and_changes_nothing() {
    let bench = Bench::on_server(Statements::Prepared).await;
    two_rows(&bench.store).await;
    let store = bench.store.clone();
    let read = move |mut view: View| {
        let store = store.clone();
        async move {
            let before = view.one(SUM, args![]).await?.into_columns();
            write(&store, |mut tx| async move {
                tx.exec(ADD, args![7, "left"]).await?;
                tx.commit(()).await
            })
            .await?;
            let after = view.one(SUM, args![]).await?.into_columns();
            assert_eq!(before, after);
            let changing = view
                .all(Sql::new("DELETE FROM pair RETURNING number"), args![])
                .await;
            assert!(matches!(changing, Err(Error::Driver(_))), "{changing:?}");
            Ok(())
        }
    };
    bench.store.read::<_, Error, _, _>(read).await.unwrap();
    assert_eq!(number(&bench.store, SUM).await, 7);
}

#[tokio::test]
async fn limits_are_set_in_both_ways_of_sending() {
    for statements in [Statements::Prepared, Statements::Unnamed] {
        let bench = Bench::on_server(statements).await;
        for (name, value) in [
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "15s"),
            ("application_name", "earnest"),
            ("transaction_isolation", "read committed"),
        ] {
            let ask = move |mut tx: Tx| async move {
                let row = tx.one(SETTING, args![name]).await?;
                tx.commit(row.into_columns()).await
            };
            let found = write(&bench.store, ask).await.unwrap();
            assert_eq!(found, [Val::Text(value.to_owned())], "{name} {statements:?}");
        }
    }
}

#[tokio::test]
async fn a_statement_that_was_left_spoils_its_transaction_and_its_connection() {
    let bench = Bench::on_server(Statements::Prepared).await;
    let store = with_parameter(bench.url().unwrap(), "connections=1").await;
    let pid = |mut tx: Tx| async move {
        let row = tx.one(BACKEND, args![]).await?;
        tx.commit(row.into_columns()).await
    };
    let before = write(&store, pid).await.unwrap();
    assert_eq!(
        write(&store, pid).await.unwrap(),
        before,
        "a connection is used again"
    );
    let left = write(&store, |mut tx| async move {
        tx.exec(PUT, args![1, "left"]).await?;
        {
            let mut slow = pin!(tx.all(SLOW, args![]));
            // Polled until it has surely been sent, then left.
            for _ in 0..100 {
                let polled = std::future::poll_fn(|context| Poll::Ready(slow.as_mut().poll(context)));
                assert!(polled.await.is_pending());
                tokio::task::yield_now().await;
            }
        }
        tx.commit(()).await
    });
    let left = left.await;
    assert!(matches!(left, Err(Error::Unavailable { .. })), "{left:?}");
    assert_ne!(write(&store, pid).await.unwrap(), before, "it was closed");
    assert_eq!(number(&store, COUNT).await, 0);
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    let bench = Bench::on_server(Statements::Prepared).await;
    let store = with_parameter(bench.url().unwrap(), "connections=1").await;
    let (killer, kills) = (bench.store.clone(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&kills);
    let kept = write(&store, move |mut tx| {
        let (killer, kills) = (killer.clone(), Arc::clone(&counted));
        async move {
            tx.exec(PUT, args![1, "left"]).await?;
            if kills.fetch_add(1, Ordering::SeqCst) == 0 {
                number(&killer, KILL_OTHERS).await;
            }
            tx.exec(PUT, args![1, "right"]).await?;
            tx.commit(()).await
        }
    });
    kept.await.unwrap();
    assert_eq!(kills.load(Ordering::SeqCst), 2, "it ran twice");
    number(&bench.store, KILL_OTHERS).await; // The idle one, this time.
    write(&store, |tx| put_pair(tx, 2)).await.unwrap();
    assert_eq!(number(&bench.store, COUNT).await, 4);
    assert_eq!(number(&bench.store, HALVES).await, 0);
}

/// Where a proxy between us and the server cuts the line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    BeforeTheCommit,
    AfterTheCommit,
}

/// Forwards one connection after the other; the first that commits is cut. Returns its port.
async fn proxy(server: String, cut: Cut) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let whole = Arc::new(AtomicU32::new(1));
    tokio::task::spawn_local(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, whole) = (TcpStream::connect(&server).await.unwrap(), Arc::clone(&whole));
            tokio::task::spawn_local(forward(client, server, cut, whole));
        }
    });
    port
}

async fn forward(client: TcpStream, server: TcpStream, cut: Cut, whole: Arc<AtomicU32>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let (answers, mut asked) = (vec![0; 65_536], vec![0; 65_536]);
    let mut answers = answers;
    loop {
        tokio::select! {
            biased;
            read = from_client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let commits = asked[..length].windows(7).any(|window| window == b"COMMIT\0")
                    && whole.swap(0, Ordering::SeqCst) == 1;
                if commits && cut == Cut::BeforeTheCommit {
                    return;
                }
                to_server.write_all(&asked[..length]).await.unwrap();
                if commits {
                    // The answer comes, and does not get through.
                    let answered = from_server.read(&mut answers).await.unwrap();
                    assert!(answered > 0);
                    return;
                }
            }
            read = from_server.read(&mut answers) => {
                let Ok(length @ 1..) = read else { return };
                if to_client.write_all(&answers[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_told_as_neither_saved_nor_lost() {
    for (cut, kept) in [(Cut::BeforeTheCommit, 0), (Cut::AfterTheCommit, 2)] {
        let bench = Bench::on_server(Statements::Prepared).await;
        let url = bench.url().unwrap();
        let server = url.split('@').nth(1).unwrap().split('/').next().unwrap();
        let local = tokio::task::LocalSet::new();
        let through = async {
            let port = proxy(server.to_owned(), cut).await;
            let store = with_parameter(
                &url.replace(server, &format!("127.0.0.1:{port}")),
                "connections=1",
            )
            .await;
            let unknown = write(&store, |tx| put_pair(tx, 1)).await;
            assert!(
                matches!(unknown, Err(Error::Unconfirmed { .. })),
                "{cut:?}: {unknown:?}"
            );
            assert!(
                unknown
                    .unwrap_err()
                    .to_string()
                    .contains("repeat it with the same key")
            );
            // The next one gets a new connection.
            write(&store, |tx| put_pair(tx, 2)).await.unwrap();
        };
        local.run_until(through).await;
        assert_eq!(number(&bench.store, COUNT).await, kept + 2, "{cut:?}");
        assert_eq!(number(&bench.store, HALVES).await, 0);
    }
}
