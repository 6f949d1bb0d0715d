//! All pairs of commands that want the same money, at once on a fresh milestone. What comes out must be what one after
//! the other gives, in one of the two orders: there is a winner wherever they conflict, and the loser changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use earnest_app::Error;
use earnest_app::contract::Also;
use earnest_app::outside::Clock;
use earnest_hire::contract::{self, Actor, Change, Command, Contract, Facts, Input};
use earnest_hire::payee::Command as OfPayee;
use jiff::Timestamp;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::home::{Home, times};
use crate::stage::{PRICE, Stage, Start, operator, usd, woken};

/// Races of each pair in the quick suite.
const RACES: usize = 8;
const STARTS: [Start; 4] = [Start::Submitted, Start::Overdue, Start::Deciding, Start::Funded];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rival {
    Approve,
    OpenDispute,
    ApproveBySilence,
    GiveBackAll,
    Cancel,
    AcceptSettlement,
    ReleasePart,
    AcceptAmendment,
    RequestPayout,
    Decide,
}

const RIVALS: [Rival; 10] = [
    Rival::Approve,
    Rival::OpenDispute,
    Rival::ApproveBySilence,
    Rival::GiveBackAll,
    Rival::Cancel,
    Rival::AcceptSettlement,
    Rival::ReleasePart,
    Rival::AcceptAmendment,
    Rival::RequestPayout,
    Rival::Decide,
];

/// A rival's command, with whom it comes from and what it uses up.
#[derive(Debug, Clone)]
enum Deed {
    Contract(Box<(Command, Actor, Also)>),
    Payout,
}

/// An amendment that lowers the price, or one that moves money to the other milestone.
#[derive(Debug, Clone, Copy)]
enum Amending {
    Lower,
    Move,
}

impl Amending {
    fn change(self, stage: &Stage) -> Change {
        let milestone = stage.parts[0];
        let amount = usd(30_000);
        match self {
            Self::Lower => Change::LowerPrice { milestone, amount },
            Self::Move => Change::MoveMoney {
                milestone,
                to: stage.parts[1],
                amount,
            },
        }
    }
}

/// What the rivals need before they can act.
async fn prepare(stage: &Stage, pair: [Rival; 2], amending: Amending) {
    let milestone = stage.parts[0];
    if pair.contains(&Rival::AcceptAmendment) {
        let change = amending.change(stage);
        if matches!(amending, Amending::Move) {
            stage.fund(1).await;
        }
        stage
            .act(Command::ProposeAmendment { change }, &stage.expert)
            .await;
    }
    if pair.contains(&Rival::AcceptSettlement) {
        let held = stage.milestone().await.held().unwrap().0;
        let offer = Command::OfferSettlement {
            milestone,
            to_expert: usd(held - 40_000),
            to_client: usd(40_000),
        };
        stage.act(offer, &stage.expert).await;
    }
    if pair.contains(&Rival::RequestPayout) {
        // Something was earned before and may be paid out.
        stage.earn_elsewhere().await;
    }
}

async fn deed(stage: &Stage, rival: Rival) -> Deed {
    let milestone = stage.parts[0];
    let by =
        |command: Command, actor: &Actor| Deed::Contract(Box::new((command, actor.clone(), Also::Nothing)));
    let held = stage.milestone().await.held().unwrap().0;
    match rival {
        Rival::Approve => by(Command::Approve { milestone }, &stage.client),
        Rival::OpenDispute => {
            let dispute = Command::OpenDispute {
                milestone,
                unconditional: usd(20_000),
                offer_to_expert: usd(50_000),
                reason: "It does not run.".to_owned(),
            };
            by(dispute, &stage.client)
        }
        Rival::ApproveBySilence => match stage.approval().await {
            Some(due) => Deed::Contract(Box::new((woken(&due), Actor::Clock, Also::Timer(due.id)))),
            None => by(Command::Approve { milestone }, &stage.expert),
        },
        Rival::GiveBackAll => {
            let amount = usd(held);
            by(Command::GiveBack { milestone, amount }, &stage.expert)
        }
        Rival::Cancel => by(Command::Cancel { milestone }, &stage.client),
        Rival::AcceptSettlement => by(Command::AcceptSettlement { milestone }, &stage.client),
        Rival::ReleasePart => {
            let amount = usd(PRICE / 3);
            by(Command::Release { milestone, amount }, &stage.client)
        }
        Rival::AcceptAmendment => by(Command::AcceptAmendment, &stage.client),
        Rival::RequestPayout => Deed::Payout,
        Rival::Decide => {
            let decision = Command::DecideDispute {
                milestone,
                to_expert: usd(held / 2),
                to_client: usd(held - held / 2),
                reasons: "Both sides kept half of what was agreed, as the messages show. ".repeat(5),
                second: None,
            };
            by(decision, &Actor::Operator { id: operator(7) })
        }
    }
}

impl Deed {
    async fn send(&self, stage: &Stage, node: usize) -> Result<(), Error> {
        match self {
            Self::Contract(asked) => {
                let (command, by, also) = asked.as_ref();
                stage.try_act(node, command, by, also.clone()).await.map(drop)
            }
            Self::Payout => {
                let amount = usd(10_000);
                stage
                    .payee(node, &OfPayee::RequestPayout { amount }, &stage.expert)
                    .await
            }
        }
    }

    /// What the pure rules say, one after the other.
    fn decide(&self, contract: &mut Contract, now: Timestamp) -> &'static str {
        let Self::Contract(asked) = self else {
            return "ok";
        };
        let (command, by, _) = asked.as_ref();
        match contract::decide(contract, command, by, &Input::new(now, [3; 16], Facts::default())) {
            Ok(decision) => {
                *contract = decision.contract;
                "ok"
            }
            Err(refusal) => refusal.code(),
        }
    }
}

type Outcome = [&'static str; 2];

/// Both orders, each outcome in the order of the pair.
fn one_after_the_other(contract: &Contract, deeds: &[Deed; 2], now: Timestamp) -> [Outcome; 2] {
    let mut after = contract.clone();
    let first = deeds[0].decide(&mut after, now);
    let forwards = [first, deeds[1].decide(&mut after, now)];
    let mut after = contract.clone();
    let first = deeds[1].decide(&mut after, now);
    [forwards, [deeds[0].decide(&mut after, now), first]]
}

fn code(ended: &Result<(), Error>) -> &'static str {
    ended.as_ref().map_or_else(Error::code, |()| "ok")
}

/// One race; says what came out and what could have. On a busy machine whoever comes to the start last runs on alone while
/// the other is being woken, so that `last` is asked for: each of the two in turn.
async fn race(stage: Arc<Stage>, pair: [Rival; 2], last: usize) -> (Outcome, [Outcome; 2]) {
    let deeds = [deed(&stage, pair[0]).await, deed(&stage, pair[1]).await];
    let contract = stage.contract().await;
    let allowed = one_after_the_other(&contract, &deeds, stage.clock.now());
    let before = stage.trace("-").await;
    let together = Arc::new(Barrier::new(2));
    let mut callers = JoinSet::new();
    for node in [1 - last, last] {
        let (stage, together, deed) = (Arc::clone(&stage), Arc::clone(&together), deeds[node].clone());
        callers.spawn(async move {
            together.wait().await;
            (node, deed.send(&stage, node).await)
        });
    }
    let mut outcome = ["", ""];
    while let Some(ended) = callers.join_next().await {
        let (node, ended) = ended.unwrap();
        outcome[node] = code(&ended);
    }
    let won = (0..2).filter(|place| outcome[*place] == "ok" && matches!(deeds[*place], Deed::Contract(..)));
    let won = i64::try_from(won.count()).unwrap();
    let after = stage.trace("-").await;
    assert_eq!(after.events, before.events + won, "{pair:?} {outcome:?}");
    assert_eq!(after.version, before.version + won, "{pair:?} {outcome:?}");
    if won == 0 {
        assert_eq!(after, before, "{pair:?} {outcome:?}");
    }
    (outcome, allowed)
}

/// Where both can act, if there is such a place; else where one can.
async fn start_of(home: &Home, pair: [Rival; 2], amending: Amending) -> Start {
    let mut best = (0, Start::Funded);
    for start in STARTS {
        let stage = Stage::at(home, start).await;
        if start == Start::Deciding && pair.contains(&Rival::AcceptAmendment) {
            continue; // No price changes in a dispute: there is nothing to race for.
        }
        prepare(&stage, pair, amending).await;
        let mut can = 0;
        for rival in pair {
            let mut contract = stage.contract().await;
            can += usize::from(deed(&stage, rival).await.decide(&mut contract, stage.clock.now()) == "ok");
        }
        if can > best.0 {
            best = (can, start);
        }
    }
    assert!(best.0 > 0, "neither of {pair:?} can act anywhere");
    best.1
}

async fn all_pairs(home: Home) {
    let (mut pairs, mut conflicts, mut orders) = (0, 0, BTreeMap::new());
    for (place, one) in RIVALS.into_iter().enumerate() {
        for other in RIVALS.into_iter().skip(place + 1) {
            let pair = [one, other];
            // What is earned elsewhere is earned in the milestone that money would be moved to.
            let movable = !pair.contains(&Rival::RequestPayout);
            let amending = [Amending::Lower, Amending::Move][usize::from(movable && place % 2 == 1)];
            let begin = start_of(&home, pair, amending).await;
            pairs += 1;
            let mut alone = 0;
            for round in 0..times(RACES) {
                let stage = Arc::new(Stage::at(&home, begin).await);
                prepare(&stage, pair, amending).await;
                let (outcome, allowed) = race(stage, pair, usize::from(round % 2 == 0)).await;
                let order = allowed.iter().position(|serial| *serial == outcome);
                let order = order.unwrap_or_else(|| {
                    panic!("{pair:?} at once from {begin:?}: {outcome:?}, one after the other {allowed:?}")
                });
                alone += usize::from(outcome.iter().filter(|code| **code == "ok").count() == 1);
                if allowed[0] != allowed[1] {
                    *orders.entry(order).or_insert(0) += 1;
                }
            }
            conflicts += usize::from(alone > 0);
        }
    }
    assert_eq!(pairs, 45);
    assert!(conflicts >= 25, "only {conflicts} pairs had one winner");
    assert!(
        orders.len() == 2,
        "only one of the two orders was ever seen: {orders:?}"
    );
    home.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_pairs_on_sqlite() {
    all_pairs(Home::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_pairs_on_postgresql() {
    all_pairs(Home::postgres().await).await;
}

/// Two payouts of all that is payable, at once: one goes.
async fn payouts_never_exceed_what_is_payable(home: Home) {
    for _ in 0..times(RACES) {
        let stage = Arc::new(Stage::payable(&home).await);
        let together = Arc::new(Barrier::new(2));
        let mut callers = JoinSet::new();
        for node in 0..2 {
            let (stage, together) = (Arc::clone(&stage), Arc::clone(&together));
            callers.spawn(async move {
                together.wait().await;
                let amount = usd(PRICE / 10 * 9); // A tenth was the fee.
                let asked = OfPayee::RequestPayout { amount };
                code(&stage.payee(node, &asked, &stage.expert).await)
            });
        }
        let mut outcome = callers.join_all().await;
        outcome.sort_unstable();
        assert_eq!(outcome, ["ok", "payout_too_large"]);
    }
    home.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payouts_on_sqlite() {
    payouts_never_exceed_what_is_payable(Home::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payouts_on_postgresql() {
    payouts_never_exceed_what_is_payable(Home::postgres().await).await;
}
