//! Callers who leave in the middle of a write. Two libraries were measured to hand the connection of such a caller
//! on with its transaction open: the next user's confirmed write was lost. Here that must not be.

use std::collections::BTreeSet;
use std::pin::pin;
use std::task::Poll;

use earnest_store::{Error, Statements, Store};

use crate::place::{all, insert, keys, now, request};
use crate::testing::Postgres;

async fn pool_of_one(server: &Postgres) -> Store {
    let url = format!("{}?connections=1", server.url());
    let store = Store::connect(&url, Statements::Prepared).await.unwrap();
    store.migrate(now()).await.unwrap();
    store
}

/// Two requests that only one write keeps.
async fn put_pair(store: &Store, first: u32) -> Result<(), Error> {
    let work = move |mut tx: earnest_store::Tx| async move {
        tx.insert_request(&request(first), &keys(first)).await?;
        tx.insert_request(&request(first + 1), &keys(first + 1)).await?;
        tx.commit(()).await
    };
    store.write(work).await
}

/// What another session sees, by number of the request.
async fn seen_by_another(server: &Postgres, up_to: u32) -> BTreeSet<u32> {
    let other = Store::connect_to_read(server.url(), Statements::Prepared)
        .await
        .unwrap();
    let found = all(&other).await.unwrap();
    let ids: BTreeSet<String> = found.iter().map(|found| found.id.to_string()).collect();
    (0..up_to)
        .filter(|number| ids.contains(&request(*number).id.to_string()))
        .collect()
}

async fn sessions_in_a_transaction(server: &Postgres) -> usize {
    let idle =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    let rows = server.sql(idle).await.unwrap();
    let row = |message: &&tokio_postgres::SimpleQueryMessage| {
        matches!(message, tokio_postgres::SimpleQueryMessage::Row(_))
    };
    rows.iter().filter(row).count()
}

#[tokio::test]
async fn a_caller_who_leaves_at_any_poll_harms_neither_his_write_nor_the_next() {
    let server = Postgres::fresh().await.unwrap();
    let store = pool_of_one(&server).await;
    let mut begun = BTreeSet::new();
    for polls in 0..24_u32 {
        let (first, next) = (polls * 10, polls * 10 + 5);
        let mut finished = false;
        {
            let mut write = pin!(put_pair(&store, first));
            for _ in 0..polls {
                let polled =
                    std::future::poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_ready()));
                if polled.await {
                    finished = true;
                    break;
                }
                tokio::task::yield_now().await;
            }
        } // Left here, unless it has ended before.
        if polls > 0 {
            begun.extend([first, first + 1]);
        }
        // Acknowledged to the next user of the only connection, and so it is there for everybody.
        insert(&store, next).await.unwrap();
        let seen = seen_by_another(&server, 240).await;
        assert!(
            seen.contains(&next),
            "left after {polls} polls: the next write is lost"
        );
        assert_eq!(
            seen.contains(&first),
            seen.contains(&(first + 1)),
            "left after {polls} polls: half a write"
        );
        assert!(!finished || seen.contains(&first));
    }
    store.finish().await;
    let seen = seen_by_another(&server, 240).await;
    assert!(
        begun.is_subset(&seen),
        "a write that had begun did not run to its end"
    );
    assert_eq!(sessions_in_a_transaction(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_callers_who_leave_at_random_instants_leave_whole_writes() {
    let server = Postgres::fresh().await.unwrap();
    let store = pool_of_one(&server).await;
    let started = std::time::Instant::now();
    put_pair(&store, 1_000).await.unwrap();
    let usual = u64::try_from(started.elapsed().as_micros()).unwrap();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut acknowledged = BTreeSet::new();
    for caller in 0..200_u32 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let patience = std::time::Duration::from_micros(state % (usual * 2));
        if let Ok(answer) = tokio::time::timeout(patience, put_pair(&store, caller * 2)).await {
            answer.unwrap();
            acknowledged.extend([caller * 2, caller * 2 + 1]);
        }
        if caller % 20 == 19 {
            insert(&store, 400 + caller).await.unwrap();
            let seen = seen_by_another(&server, 400 + caller + 1).await;
            assert!(seen.contains(&(400 + caller)), "the next write is lost");
        }
    }
    store.finish().await;
    let seen = seen_by_another(&server, 400).await;
    assert!(acknowledged.is_subset(&seen), "an acknowledged write is lost");
    assert!(acknowledged.len() < 400, "nobody left");
    for caller in 0..200 {
        assert_eq!(
            seen.contains(&(caller * 2)),
            seen.contains(&(caller * 2 + 1)),
            "half a write"
        );
    }
    assert_eq!(seen.len(), 400, "a write that had begun did not run to its end");
    assert_eq!(sessions_in_a_transaction(&server).await, 0);
}
