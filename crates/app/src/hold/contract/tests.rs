//! Holds on contracts on both engines: kept by two acts, and in the queue until every complaint has its answer.

use earnest_store::Queue;
use jiff::SignedDuration;

use super::*;
use crate::bank::tests::{World, both, start};

fn operator_no(number: u8) -> Actor {
    Actor::Operator {
        id: PersonId::new(start(), [number; 10]),
    }
}

fn hold(world: &World) -> Command {
    Command::HoldContract {
        reason: "identity".to_owned(),
        finding: Some(Finding {
            facts: "Two names.".to_owned(),
            rule: "terms, 7.3".to_owned(),
            review_by: after(world.desk.now(), days(7)),
            second: None,
        }),
    }
}

fn keep(world: &World, hold: HoldId) -> Command {
    Command::ExtendContractHold {
        hold,
        reason: "Not clear yet.".to_owned(),
        review_by: after(world.desk.now(), days(7)),
        second: None,
    }
}

/// How many holds wait in the office.
async fn waiting(world: &World) -> i64 {
    let now = world.desk.now();
    let read = world
        .desk
        .store
        .read(move |mut view| async move { view.queue(Queue::Holds, now).await });
    let read: Result<_, earnest_store::Error> = read.await;
    let (count, _since) = read.unwrap();
    assert_eq!(
        open(&world.desk).await.unwrap().len(),
        usize::try_from(count).unwrap()
    );
    count
}

fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn thirty_days_take_two_acts_and_a_complaint_waits_for_its_answer() {
    for world in both().await {
        let (one, two) = (operator_no(7), operator_no(8));
        let (contract, _milestone) = world.signed().await;
        let propose = |command| {
            let what = What::Contract(contract, command);
            let (desk, one) = (world.desk.clone(), one.clone());
            async move { motion::propose(&desk, &what, Who::sure(&one)).await }
        };
        assert_eq!(waiting(&world).await, 0);
        assert_eq!(code(propose(hold(&world)).await), "no_second_needed");
        world.act(contract, &hold(&world), &one).await;
        assert_eq!(waiting(&world).await, 1);
        let id = world.contract(contract).await.holds[0].id;
        for _ in 0..3 {
            world.hand.forward(SignedDuration::from_hours(6 * 24));
            world.act(contract, &keep(&world, id), &one).await;
        }
        world.hand.forward(SignedDuration::from_hours(6 * 24));
        let alone = act_on(&world.desk, contract, &keep(&world, id), &one, Also::Nothing).await;
        assert_eq!(code(alone), "four_eyes");
        let motion = propose(keep(&world, id)).await.unwrap();
        let complaint = Command::AppealContractHold {
            hold: id,
            reason: "I was married.".to_owned(),
        };
        world
            .act(contract, &complaint, &Actor::Person { id: world.client })
            .await;
        let late = motion::second(&world.desk, motion, Who::sure(&two)).await;
        assert_eq!(code(late), "motion_overtaken");
        let motion = propose(keep(&world, id)).await.unwrap();
        motion::second(&world.desk, motion, Who::sure(&two))
            .await
            .unwrap();
        let kept = world.contract(contract).await;
        assert_eq!(kept.holds[0].second, Some(PersonId::new(start(), [8; 10])));

        world.hand.forward(SignedDuration::from_hours(8 * 24));
        crate::timers::run_due(&world.desk).await.unwrap();
        assert!(!world.contract(contract).await.is_paused(), "over by itself");
        assert_eq!(waiting(&world).await, 1, "the complaint has no answer");
        let answer = Command::AnswerContractHold {
            hold: id,
            party: world.client,
            reason: "You are right.".to_owned(),
        };
        world.act(contract, &answer, &two).await;
        assert_eq!(waiting(&world).await, 0);
        world.sound().await;
    }
}
