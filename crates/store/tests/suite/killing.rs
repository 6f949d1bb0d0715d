//! A process that writes is killed again and again; what it had confirmed is there afterwards, and whole.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use earnest_store::{Error, Statements, Store};

use crate::home::Home;
use crate::place::{Place, all, keys, now, request};

const DATABASE: &str = "EARNEST_TEST_KILLED_DATABASE";
const ROUND: &str = "EARNEST_TEST_KILLED_ROUND";
const ROUNDS: u32 = 25;
const WRITERS: u32 = 6;

/// The two requests that one write keeps together.
fn pair(round: u32, writer: u32, turn: u32) -> [u32; 2] {
    let first = ((round * WRITERS + writer) * 100_000 + turn) * 2;
    [first, first + 1]
}

async fn write_for_ever(store: Store, round: u32, writer: u32) -> Result<(), Error> {
    for turn in 0..100_000 {
        let [first, second] = pair(round, writer, turn);
        let work = move |mut tx: earnest_store::Tx| async move {
            tx.insert_request(&request(first), &keys(first)).await?;
            tx.insert_request(&request(second), &keys(second)).await?;
            tx.commit(()).await
        };
        store.write::<_, Error, _, _>(work).await?;
        println!("kept {} {}", request(first).id, request(second).id);
    }
    Ok(())
}

/// Not a test by itself: the parent below runs it as a process of its own.
#[tokio::test]
async fn the_child_that_writes() {
    let (Some(path), Some(round)) = (std::env::var_os(DATABASE), std::env::var_os(ROUND)) else {
        return;
    };
    let round = round.to_str().unwrap().parse().unwrap();
    let store = match path.to_str() {
        Some(address) if address.starts_with("postgres://") => {
            Store::connect(address, Statements::Prepared).await.unwrap()
        }
        _ => Store::open(Path::new(&path)).unwrap(),
    };
    store.migrate(now()).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write_for_ever(store.clone(), round, writer));
    }
    writers.join_all().await;
}

/// Kills the child after some confirmations, wherever it is by then; returns all it confirmed.
fn confirmed(database: &OsStr, round: u32) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killing::the_child_that_writes", "--nocapture"])
        .env(DATABASE, database)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut kept = Vec::new();
    let mut after = 1 + round * 13 % 60;
    while let Some(Ok(line)) = lines.next() {
        if let Some(ids) = line.strip_prefix("kept ") {
            kept.extend(ids.split(' ').map(str::to_owned));
            after = after.saturating_sub(1);
            if after == 0 {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    kept
}

#[tokio::test]
async fn what_was_confirmed_outlives_every_kill() {
    let place = Place::new();
    outlives(&Home::File(place), ROUNDS).await;
}

#[tokio::test]
async fn what_was_confirmed_on_a_server_outlives_every_kill_of_ours() {
    outlives(&Home::server().await, ROUNDS / 3).await;
}

async fn outlives(home: &Home, rounds: u32) {
    let database = match home {
        Home::File(place) => place.path().into_os_string(),
        Home::Server(server) => server.url().into(),
    };
    let mut promised = BTreeSet::new();
    for round in 0..rounds {
        let kept = confirmed(&database, round);
        assert!(!kept.is_empty(), "round {round}");
        promised.extend(kept);
        let store = home.store().await;
        let found: BTreeSet<String> = all(&store)
            .await
            .unwrap()
            .iter()
            .map(|found| found.id.to_string())
            .collect();
        let lost: Vec<_> = promised.difference(&found).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        assert_eq!(found.len() % 2, 0, "round {round}: a pair was torn");
        for round in 0..=round {
            for writer in 0..WRITERS {
                let whole = |turn| {
                    pair(round, writer, turn).map(|number| found.contains(&request(number).id.to_string()))
                };
                let torn = (0..200).map(whole).find(|[first, second]| first != second);
                assert_eq!(torn, None);
            }
        }
    }
}
