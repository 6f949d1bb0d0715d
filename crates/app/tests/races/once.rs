//! What must happen once, asked for by many: approvals, timers, jobs, events.

use std::collections::BTreeSet;
use std::sync::Arc;

use earnest_app::contract::Also;
use earnest_app::outside::Clock;
use earnest_app::outside::payments::{ProviderEvent, ProviderEventKind};
use earnest_app::{Error, contract, provider, timers};
use earnest_hire::contract::{Actor, Command, Method, PaymentState, Standing, State, Terms};
use earnest_hire::ids::MilestoneId;
use earnest_hire::money::Currency;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::{after, days};
use earnest_store::{EventState, Key};
use jiff::SignedDuration;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::home::{Home, start};
use crate::stage::{Stage, Start, offer, operator};

/// H2: whoever approves, and however often, there is one release.
async fn one_release_of_many_approvals(home: Home) {
    let stage = Arc::new(Stage::at(&home, Start::Submitted).await);
    let before = stage.trace("approvals").await;
    let mut callers = JoinSet::new();
    for number in 0..100 {
        let stage = Arc::clone(&stage);
        callers.spawn(async move {
            let milestone = stage.parts[0];
            let also = Also::Key(Key::new(
                "approvals",
                &format!("{} {number}", stage.id),
                "approve",
            ));
            let approve = Command::Approve { milestone };
            stage.try_act(number % 2, &approve, &stage.client, also).await
        });
    }
    let mut accepted = 0;
    while let Some(ended) = callers.join_next().await {
        match ended.unwrap() {
            Ok(_) => accepted += 1,
            Err(Error::Refused(Refusal::MilestoneEnded)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let after = stage.trace("approvals").await;
    assert_eq!(accepted, 1);
    assert_eq!(
        (after.events, after.entries, after.keys),
        (before.events + 1, before.entries + 1, before.keys + 1)
    );
    home.verify().await;
}

/// Two schedulers look at the same moment, again and again, until nothing is due.
async fn each_timer_happens_once(home: Home) {
    let mut stages = Vec::new();
    for _ in 0..40 {
        stages.push(Stage::offered(&home).await);
    }
    let (clock, desks) = home.desks();
    clock.set(after(start(), days(8)));
    loop {
        let (one, other) = tokio::join!(timers::run_due(&desks[0]), timers::run_due(&desks[1]));
        if one.unwrap() + other.unwrap() == 0 {
            break;
        }
    }
    for stage in &stages {
        let trace = stage.trace("-").await;
        assert_eq!(stage.contract().await.standing, Standing::Expired);
        assert_eq!(
            (trace.version, trace.events, trace.timers, trace.jobs),
            (2, 2, 0, 2)
        );
    }
    home.verify().await;
}

/// Two nodes take what is to be done; nothing is taken by both, and nothing is left.
async fn each_job_is_claimed_once(home: Home) {
    let mut waiting = 0;
    for _ in 0..20 {
        waiting += Stage::signed(&home).await.trace("-").await.jobs;
    }
    let (clock, desks) = home.desks();
    let (now, until) = (clock.now(), after(clock.now(), SignedDuration::from_mins(2)));
    let mut nodes = JoinSet::new();
    for node in [0, 1, 0, 1] {
        let store = desks[node].store.clone();
        nodes.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let jobs = store.claim_jobs(now, until, 3).await.unwrap();
                if jobs.is_empty() {
                    return taken;
                }
                taken.extend(jobs.into_iter().map(|job| job.id));
            }
        });
    }
    let (mut all, mut count) = (BTreeSet::new(), 0);
    while let Some(taken) = nodes.join_next().await {
        let taken = taken.unwrap();
        count += i64::try_from(taken.len()).unwrap();
        all.extend(taken);
    }
    assert_eq!(count, waiting);
    assert_eq!(
        i64::try_from(all.len()).unwrap(),
        waiting,
        "a job was taken twice"
    );
    assert!(desks[0].store.claim_jobs(now, until, 3).await.unwrap().is_empty());
    let later = after(until, SignedDuration::from_secs(1));
    let jobs = desks[1].store.claim_jobs(later, later, 3).await.unwrap();
    assert_eq!(jobs.len(), 3, "a node that died gives its jobs up");
}

/// The same event comes to both nodes, many times at once.
async fn each_event_is_applied_once(home: Home) {
    for _ in 0..10 {
        let stage = Stage::signed(&home).await;
        let fund = Command::Fund {
            milestone: stage.parts[0],
            provider: "sandbox".parse().unwrap(),
            method: Method::Bank,
        };
        stage.act(fund, &stage.client).await;
        let before = stage.trace("-").await;
        let payment = stage.contract().await.payments[0].clone();
        let event = ProviderEvent {
            provider: "sandbox".to_owned(),
            event_id: format!("evt {}", payment.id),
            account: "acct".to_owned(),
            at: start(),
            kind: ProviderEventKind::PaymentCaptured {
                payment_ref: "ref".to_owned(),
                payment_id: payment.id.to_string(),
                amount: payment.asked_minor,
                currency: Currency::USD,
                fee: earnest_hire::money::Minor(30),
                external_id: format!("txn {}", payment.id),
            },
        };
        let together = Arc::new(Barrier::new(10));
        let mut callers = JoinSet::new();
        for number in 0..10 {
            let (desk, event) = (stage.desks[number % 2].clone(), event.clone());
            let together = Arc::clone(&together);
            callers.spawn(async move {
                together.wait().await;
                provider::take(&desk, &event).await.unwrap()
            });
        }
        let ended = callers.join_all().await;
        let fine = |state: &EventState| matches!(state, EventState::Applied | EventState::Ignored);
        assert!(ended.iter().all(fine), "{ended:?}");
        assert_eq!(
            provider::take(&stage.desks[0], &event).await.unwrap(),
            EventState::Applied
        );
        let after = stage.trace("-").await;
        assert_eq!(
            (after.events, after.entries),
            (before.events + 1, before.entries + 1)
        );
    }
    home.verify().await;
}

fn told(name: &str, kind: ProviderEventKind) -> ProviderEvent {
    ProviderEvent {
        provider: "sandbox".to_owned(),
        event_id: name.to_owned(),
        account: "acct".to_owned(),
        at: start(),
        kind,
    }
}

/// Money in another currency is no milestone's and is not booked; it is not forgotten either. And a provider that says
/// that a payment's time is over is not heard as one that says it has failed.
async fn money_in_another_currency_waits_for_a_person(home: Home) {
    let stage = Stage::signed(&home).await;
    let fund = Command::Fund {
        milestone: stage.parts[0],
        provider: "sandbox".parse().unwrap(),
        method: Method::Bank,
    };
    stage.act(fund, &stage.client).await;
    let payment = stage.contract().await.payments[0].clone();
    let euros = ProviderEventKind::PaymentCaptured {
        payment_ref: "ref".to_owned(),
        payment_id: payment.id.to_string(),
        amount: payment.asked_minor,
        currency: "EUR".parse().unwrap(),
        fee: earnest_hire::money::Minor::ZERO,
        external_id: "txn euros".to_owned(),
    };
    let desk = &stage.desks[0];
    let before = stage.trace("-").await;
    let answer = provider::take(desk, &told("evt euros", euros)).await.unwrap();
    assert_eq!(answer, EventState::Refused);
    assert_eq!(
        stage.trace("-").await.entries,
        before.entries,
        "nothing is booked"
    );
    let refused = desk
        .store
        .read(|mut view| async move { view.events(EventState::Refused, 10).await })
        .await
        .unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].1.as_deref(), Some("currency_differs"));
    let figures = earnest_app::watch::figures(desk).await.unwrap();
    assert_eq!((figures.refused_events, figures.troubles().len()), (1, 1));
    let over = ProviderEventKind::PaymentExpired {
        payment_ref: "ref".to_owned(),
        payment_id: payment.id.to_string(),
    };
    let answer = provider::take(desk, &told("evt over", over)).await.unwrap();
    assert_eq!(answer, EventState::Applied);
    let contract = stage.contract().await;
    assert_eq!(contract.payments[0].state, PaymentState::Expired);
    assert_eq!(contract.milestones[0].state, State::Planned);
    home.verify().await;
}

/// A milestone's id names accounts: no second contract takes it, and no offer names one twice or in another currency.
async fn each_milestone_is_of_one_contract(home: Home) {
    let stage = Stage::signed(&home).await;
    let before = stage.trace("-").await;
    let Actor::Person { id: client } = stage.client else {
        panic!("the client is a person");
    };
    let [first, second] = stage.parts;
    let new = MilestoneId::new(start(), [77; 10]);
    let taken = offer(client, stage.expert_id, &[new, first], Terms::default());
    let twice = offer(client, stage.expert_id, &[new, new], Terms::default());
    let mut euros = offer(client, stage.expert_id, &[new], Terms::default());
    euros.currency = "EUR".parse().unwrap();
    assert_ne!(first, second);
    for (offer, refusal) in [
        (taken, Refusal::TermsUnfit),
        (twice, Refusal::TermsUnfit),
        (euros, Refusal::CurrencyDiffers),
    ] {
        let begun = contract::begin(&stage.desks[0], &offer, &stage.client, None).await;
        assert!(
            matches!(begun, Err(Error::Refused(why)) if why == refusal),
            "{begun:?}"
        );
    }
    let offer_of_two = offer(client, stage.expert_id, &[new], Terms::default());
    let (stranger, party) = (operator(7), client);
    for (actor, refusal) in [
        (Actor::Person { id: stranger }, Refusal::NotParty),
        (Actor::Clock, Refusal::NotParty),
        (Actor::Operator { id: party }, Refusal::OperatorIsParty),
    ] {
        let begun = contract::begin(&stage.desks[0], &offer_of_two, &actor, None).await;
        assert!(
            matches!(begun, Err(Error::Refused(why)) if why == refusal),
            "{begun:?}"
        );
    }
    assert_eq!(stage.trace("-").await, before);
    for round in 0..20 {
        let new = MilestoneId::new(start(), [100 + round; 10]);
        let offer = offer(client, stage.expert_id, &[new], Terms::default());
        let mut beginning = tokio::task::JoinSet::new();
        for caller in 0..4 {
            let desk = stage.desks[caller % stage.desks.len()].clone();
            let (offer, client) = (offer.clone(), stage.client.clone());
            beginning.spawn(async move { contract::begin(&desk, &offer, &client, None).await });
        }
        let (begun, refused): (Vec<_>, Vec<_>) =
            beginning.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!(begun.len(), 1, "round {round}");
        for answer in refused {
            assert!(
                matches!(
                    answer,
                    Err(Error::Refused(Refusal::TermsUnfit) | Error::Conflict { .. })
                ),
                "{answer:?}"
            );
        }
    }
    home.verify().await;
}

macro_rules! on_both {
    ($($name:ident: $sqlite:ident, $postgresql:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $sqlite() {
            $name(Home::sqlite().await).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgresql() {
            $name(Home::postgres().await).await;
        }
    )*};
}

on_both! {
    one_release_of_many_approvals: one_release_on_sqlite, one_release_on_postgresql;
    each_timer_happens_once: timers_once_on_sqlite, timers_once_on_postgresql;
    each_job_is_claimed_once: jobs_once_on_sqlite, jobs_once_on_postgresql;
    each_event_is_applied_once: events_once_on_sqlite, events_once_on_postgresql;
    money_in_another_currency_waits_for_a_person: euros_on_sqlite, euros_on_postgresql;
    each_milestone_is_of_one_contract: milestones_once_on_sqlite, milestones_once_on_postgresql;
}
