//! A thousand small asks of one milestone, more in sum than it holds.

use std::sync::Arc;

use earnest_app::Error;
use earnest_app::contract::Also;
use earnest_hire::contract::{Actor, Command};
use earnest_hire::refusal::Refusal;
use earnest_store::Key;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::home::{Home, fresh, times};
use crate::stage::{PRICE, Stage, Start, usd};

const ASKS: u64 = 1_000;
const ROUNDS: usize = 5;
const AT_ONCE: usize = 64;

/// What is asked for: about twice of what is there, by either side.
fn ask(stage: &Stage, number: u64) -> (Command, Actor, i64) {
    let amount_minor = 1 + i64::try_from(number.wrapping_mul(2_654_435_761) % 400).unwrap();
    let (milestone, amount) = (stage.parts[0], usd(amount_minor));
    if number.is_multiple_of(2) {
        (
            Command::Release { milestone, amount },
            stage.client.clone(),
            amount_minor,
        )
    } else {
        (
            Command::GiveBack { milestone, amount },
            stage.expert.clone(),
            amount_minor,
        )
    }
}

async fn never_more_than_was_held(home: Home) {
    for _ in 0..times(ROUNDS) {
        let stage = Arc::new(Stage::at(&home, Start::Overdue).await);
        let begun = fresh();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut callers = JoinSet::new();
        for number in begun..begun + ASKS {
            let (stage, places) = (Arc::clone(&stage), Arc::clone(&places));
            callers.spawn(async move {
                let _place = places.acquire().await.unwrap();
                let (command, by, amount) = ask(&stage, number);
                let also = Also::Key(Key::new("asks", &format!("{} {number}", stage.id), "ask"));
                let node = usize::try_from(number / 2 % 2).unwrap();
                (amount, stage.insist(node, &command, &by, also).await)
            });
        }
        let (mut moved, mut accepted, mut refused) = (0, 0, 0);
        while let Some(ended) = callers.join_next().await {
            match ended.unwrap() {
                (amount, Ok(_)) => {
                    moved += amount;
                    accepted += 1;
                }
                (_, Err(Error::Refused(refusal))) => {
                    let over = matches!(
                        refusal,
                        Refusal::AmountExceedsHeld | Refusal::AmountNotPart | Refusal::MilestoneEnded
                    );
                    assert!(over, "{refusal:?}");
                    refused += 1;
                }
                (_, Err(other)) => panic!("{other:?}"),
            }
        }
        let milestone = stage.milestone().await;
        assert_eq!(moved + milestone.held().unwrap().0, PRICE);
        assert!(
            accepted > 0 && refused > 0,
            "{accepted} accepted, {refused} refused"
        );
        assert!(
            milestone.held().unwrap().0 < 400,
            "the last small asks must still fit"
        );
    }
    home.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_than_was_held_on_sqlite() {
    never_more_than_was_held(Home::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_than_was_held_on_postgresql() {
    never_more_than_was_held(Home::postgres().await).await;
}
