//! One command sent many times at once under its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use earnest_app::Error;
use earnest_app::contract::{Also, Replay};
use earnest_hire::contract::Command;
use earnest_store::Key;
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

/// 200 keys, 50 copies of each, 64 at a time, from both nodes.
async fn each_key_has_one_effect_and_one_answer(home: Home) {
    let mut stages = Vec::new();
    for _ in 0..CONTRACTS {
        stages.push(Arc::new(Stage::at(&home, Start::Overdue).await));
    }
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
    let mut answers = BTreeMap::new();
    let mut first = 0;
    while let Some(answered) = callers.join_next().await {
        let (which, answer) = answered.unwrap();
        first += usize::from(answer.replay == Replay::First);
        let told = (answer.contract, answer.event, answer.version, answer.at);
        assert_eq!(
            *answers.entry(which).or_insert(told),
            told,
            "one key, two answers"
        );
    }
    assert_eq!(
        (answers.len(), first),
        (CONTRACTS * KEYS_EACH, CONTRACTS * KEYS_EACH)
    );
    let released: i64 = (1..).take(KEYS_EACH).sum();
    for stage in &stages {
        let held = stage.milestone().await.held().unwrap();
        assert_eq!(held.0, PRICE - released);
        assert_eq!(
            stage.trace(&scope(stage)).await.keys,
            i64::try_from(KEYS_EACH).unwrap()
        );
    }
    home.verify().await;

    // The keys outlive the process, and stand for what was asked with them alone.
    let stage = Arc::clone(&stages[0]);
    let before = stage.trace(&scope(&stage)).await;
    drop(stages);
    let (id, parts) = (stage.id, stage.parts);
    let mut stage = Arc::into_inner(stage).unwrap();
    let desks = stage.desks.clone();
    drop(desks);
    let client = stage.client.clone();
    let (clock, expert, expert_id) = (Arc::clone(&stage.clock), stage.expert.clone(), stage.expert_id);
    drop(stage);
    let home = home.restarted().await;
    let (_, desks) = home.desks();
    stage = Stage {
        id,
        parts,
        desks,
        clock,
        client,
        expert,
        expert_id,
    };
    for number in 0..KEYS_EACH {
        let (command, also) = (release(&stage, number), key(&stage, number, "release"));
        let answer = stage.try_act(1, &command, &stage.client, also).await.unwrap();
        assert_eq!(answer.replay, Replay::Again);
        let told = (answer.contract, answer.event, answer.version, answer.at);
        assert_eq!(answers[&(0, number)], told);
        let also = key(&stage, number, "another release");
        let refused = stage.try_act(0, &command, &stage.client, also).await.unwrap_err();
        assert!(matches!(refused, Error::KeyReused), "{refused:?}");
        assert_eq!(refused.code(), "idempotency_key_reused");
    }
    assert_eq!(stage.trace(&scope(&stage)).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_has_one_effect_on_sqlite() {
    each_key_has_one_effect_and_one_answer(Home::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_has_one_effect_on_postgresql() {
    each_key_has_one_effect_and_one_answer(Home::postgres().await).await;
}
