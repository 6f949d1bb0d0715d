//! One command sent many times at once under its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use earnest_app::Error;
use earnest_app::contract::{Also, Answer, Replay};
use earnest_hire::contract::Command;
use earnest_hire::ids::{ContractId, EventId};
use earnest_store::Key;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::home::Home;
use crate::stage::{PRICE, Stage, Start, usd};

const CONTRACTS: usize = 8;
const KEYS_EACH: usize = 25;
const COPIES: usize = 50;
const AT_ONCE: usize = 64;

fn key(stage: &Stage, number: usize, asked: &str) -> Also {
    Also::Key(Key::new(&scope(stage), &format!("key-{number}"), asked))
}

fn scope(stage: &Stage) -> String {
    format!("POST /contracts/{}", stage.id)
}

fn release(stage: &Stage, number: usize) -> Command {
    Command::Release {
        milestone: stage.parts[0],
        amount: usd(1 + i64::try_from(number).unwrap()),
    }
}

/// What every copy of a key was told.
type Told = (ContractId, EventId, i64, Timestamp);

fn told(answer: &Answer) -> Told {
    (answer.contract, answer.event, answer.version, answer.at)
}

/// Sends all copies of all keys, 64 at a time, from both nodes; what each key was told, and how often first.
async fn send_all(stages: &[Arc<Stage>]) -> (BTreeMap<(usize, usize), Told>, usize) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut callers = JoinSet::new();
    for copy in 0..COPIES {
        for (place, stage) in stages.iter().enumerate() {
            for number in 0..KEYS_EACH {
                let (stage, places) = (Arc::clone(stage), Arc::clone(&places));
                callers.spawn(async move {
                    let _place = places.acquire().await.unwrap();
                    let (command, also) = (release(&stage, number), key(&stage, number, "release"));
                    let answer = stage.insist(copy % 2, &command, &stage.client, also).await;
                    ((place, number), answer.unwrap())
                });
            }
        }
    }
    let (mut answers, mut first) = (BTreeMap::new(), 0);
    while let Some(answered) = callers.join_next().await {
        let (which, answer) = answered.unwrap();
        first += usize::from(answer.replay == Replay::First);
        let told = told(&answer);
        assert_eq!(
            *answers.entry(which).or_insert(told),
            told,
            "one key, two answers"
        );
    }
    (answers, first)
}

/// 200 keys, 50 copies of each.
async fn each_key_has_one_effect_and_one_answer(home: Home) {
    let mut stages = Vec::new();
    for _ in 0..CONTRACTS {
        stages.push(Arc::new(Stage::at(&home, Start::Overdue).await));
    }
    let (answers, first) = send_all(&stages).await;
    assert_eq!(
        (answers.len(), first),
        (CONTRACTS * KEYS_EACH, CONTRACTS * KEYS_EACH)
    );
    let released: i64 = (1..).take(KEYS_EACH).sum();
    for stage in &stages {
        let held = stage.milestone().await.held().unwrap();
        assert_eq!(held.0, PRICE - released);
        let keys = stage.trace(&scope(stage)).await.keys;
        assert_eq!(usize::try_from(keys), Ok(KEYS_EACH));
    }
    home.verify().await;

    // The keys outlive the process, and stand for what was asked with them alone.
    let stage = Arc::into_inner(stages.swap_remove(0)).unwrap();
    drop(stages);
    let before = stage.trace(&scope(&stage)).await;
    let (home, stage) = stage.restarted(home).await;
    for number in 0..KEYS_EACH {
        let (command, also) = (release(&stage, number), key(&stage, number, "release"));
        let answer = stage.try_act(1, &command, &stage.client, also).await.unwrap();
        assert_eq!(answer.replay, Replay::Again);
        assert_eq!(answers[&(0, number)], told(&answer));
        let also = key(&stage, number, "another release");
        let refused = stage.try_act(0, &command, &stage.client, also).await.unwrap_err();
        assert!(matches!(refused, Error::KeyReused), "{refused:?}");
        assert_eq!(refused.code(), "idempotency_key_reused");
    }
    assert_eq!(stage.trace(&scope(&stage)).await, before);
    drop(home);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_has_one_effect_on_sqlite() {
    each_key_has_one_effect_and_one_answer(Home::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_has_one_effect_on_postgresql() {
    each_key_has_one_effect_and_one_answer(Home::postgres().await).await;
}
