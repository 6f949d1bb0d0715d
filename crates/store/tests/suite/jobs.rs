//! Jobs and timers as whoever does them sees them: what is due, a lease, an end, a call that may have left.

use earnest_hire::contract::{Timer, TimerKind};
use earnest_store::{DueTimer, Error, Job, JobEnd, JobState, Store};
use jiff::{SignedDuration, Timestamp};

use crate::history::Teller;
use crate::home::Home;
use crate::place::now;

/// The teller acts once an hour.
fn at(hours: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_hours(hours)).unwrap()
}

fn just_after(moment: Timestamp) -> Timestamp {
    moment.checked_add(SignedDuration::from_micros(1)).unwrap()
}

async fn jobs(store: &Store, state: JobState, limit: u16) -> Vec<Job> {
    let read = store.read(move |mut view| async move { view.jobs(state, limit).await });
    read.await.unwrap()
}

/// How many wait, are done, and are given up.
async fn counts(store: &Store) -> [i64; 3] {
    let read = store.read::<_, Error, _, _>(|mut view| async move {
        Ok([
            view.count_jobs(JobState::Waiting).await?,
            view.count_jobs(JobState::Done).await?,
            view.count_jobs(JobState::Dead).await?,
        ])
    });
    read.await.unwrap()
}

/// When the next job is due, and when the oldest was decided.
async fn moments(store: &Store) -> [Option<Timestamp>; 2] {
    let read = store.read::<_, Error, _, _>(|mut view| async move {
        Ok([view.next_job().await?, view.oldest_job().await?])
    });
    read.await.unwrap()
}

fn summary(jobs: &[Job]) -> Vec<(Timestamp, i64)> {
    jobs.iter().map(|job| (job.due_at, job.attempts)).collect()
}

#[tokio::test]
async fn every_event_is_told_in_a_job_that_is_held_for_a_lease() {
    for home in Home::both().await {
        let store = home.store().await;
        assert_eq!((counts(&store).await, moments(&store).await), ([0; 3], [None; 2]));
        let mut teller = Teller::new(store);
        let (contract, _) = teller.signed(&[100_000]).await;
        let store = &teller.store;
        let told = jobs(store, JobState::Waiting, 9).await;
        assert_eq!(summary(&told), [(at(1), 0), (at(2), 0), (at(3), 0)], "{home:?}");
        assert_eq!(jobs(store, JobState::Waiting, 2).await, told[..2]);
        let first = &told[0];
        assert_eq!(first.id, format!("notice:{}:1", first.event));
        assert_eq!(
            (first.kind.as_str(), &first.subject, &first.chain),
            ("notice", &first.event, &contract.to_string())
        );
        let payload = format!("{{\"event\":\"{}\",\"kind\":\"offer\",\"notices\":[", first.event);
        assert!(first.payload.starts_with(&payload), "{}", first.payload);
        assert_eq!(moments(store).await, [Some(at(1)); 2]);

        // What is due, no more than was asked for, and nobody else gets it before the lease is over.
        let lease = at(10);
        let claimed = store.claim_jobs(at(2), lease, 1).await.unwrap();
        assert_eq!(claimed[0].id, first.id);
        assert_eq!(summary(&claimed), [(lease, 1)], "{home:?}");
        let claimed = store.claim_jobs(at(2), lease, 9).await.unwrap();
        assert_eq!((claimed[0].id.as_str(), claimed.len()), (told[1].id.as_str(), 1));
        assert_eq!(store.claim_jobs(at(2), lease, 9).await.unwrap(), []);
        let early = at(3).checked_sub(SignedDuration::from_micros(1)).unwrap();
        let third = told[2].id.clone();
        assert_eq!(store.claim_job(third.clone(), early, lease).await.unwrap(), None);
        let claimed = store
            .claim_job(third.clone(), at(3), lease)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (claimed.id, claimed.due_at, claimed.attempts),
            (third.clone(), lease, 1)
        );
        assert_eq!(store.claim_job(third, at(3), lease).await.unwrap(), None);
        assert_eq!(moments(store).await, [Some(lease), Some(at(1))]);
        let again = store.claim_jobs(lease, at(11), 9).await.unwrap();
        assert_eq!(summary(&again), [(at(11), 2); 3], "{home:?}");
        assert_eq!(counts(store).await, [3, 0, 0]);
    }
}

#[tokio::test]
async fn a_job_ends_once_and_only_a_dead_one_is_sent_again() {
    for home in Home::both().await {
        let mut teller = Teller::new(home.store().await);
        teller.signed(&[100_000]).await;
        let store = &teller.store;
        let claimed = store.claim_jobs(at(3), at(4), 9).await.unwrap();
        let [done, again, dead] = claimed.as_slice() else {
            panic!("{claimed:?}")
        };
        // Whoever holds it may hold it for longer; whoever held it before may not.
        assert!(store.renew_job(done, at(5)).await.unwrap());
        assert!(!store.renew_job(done, at(6)).await.unwrap());
        assert_eq!(
            summary(&jobs(store, JobState::Waiting, 9).await),
            [(at(4), 1), (at(4), 1), (at(5), 1)]
        );
        let failed = JobEnd::Again {
            at: at(20),
            why: "no answer".to_owned(),
        };
        let given_up = JobEnd::Dead {
            why: "refused".to_owned(),
        };
        let ends = [(done, JobEnd::Done), (again, failed), (dead, given_up.clone())];
        for (job, end) in ends {
            store.end_job(job.id.clone(), end).await.unwrap();
        }
        assert_eq!(counts(store).await, [1, 1, 1], "{home:?}");
        for (state, job, due_at, last_error) in [
            (JobState::Done, done, at(5), None),
            (JobState::Waiting, again, at(20), Some("no answer")),
            (JobState::Dead, dead, at(4), Some("refused")),
        ] {
            let found = jobs(store, state, 9).await;
            assert_eq!((found.len(), &found[0].id), (1, &job.id));
            assert_eq!(
                (found[0].due_at, found[0].last_error.as_deref()),
                (due_at, last_error)
            );
        }
        store.end_job(done.id.clone(), given_up).await.unwrap();
        store.end_job(dead.id.clone(), JobEnd::Done).await.unwrap();
        assert_eq!(counts(store).await, [1, 1, 1], "{home:?}");
        for (job, sent_again) in [(done, false), (again, false), (dead, true), (dead, false)] {
            assert_eq!(
                store.resend_job(job.id.clone(), at(30)).await.unwrap(),
                sent_again,
                "{home:?}"
            );
        }
        assert_eq!(counts(store).await, [2, 1, 0], "{home:?}");
        assert_eq!(
            summary(&jobs(store, JobState::Waiting, 9).await),
            [(at(20), 1), (at(30), 0)]
        );
    }
}

#[tokio::test]
async fn a_call_leaves_only_where_as_many_left_before_as_was_thought() {
    for home in Home::both().await {
        let mut teller = Teller::new(home.store().await);
        let (contract, parts) = teller.signed(&[100_000]).await;
        teller.funded(contract, parts[0], 105_000).await;
        let payment = teller.contract(contract).await.payments[0].id;
        let store = &teller.store;
        let waiting = jobs(store, JobState::Waiting, 99).await;
        let job = waiting.iter().find(|job| job.kind == "open_payment").unwrap();
        assert_eq!(job.key(), format!("open_payment:{payment}"));
        assert_eq!(
            (job.subject.clone(), job.payload.as_str()),
            (payment.to_string(), "{}")
        );
        let calls = || async {
            let read = store.read::<_, Error, _, _>(move |mut view| async move {
                Ok([
                    view.calls("open_payment", &payment.to_string()).await?,
                    view.calls("open_payment", "another").await?,
                ])
            });
            read.await.unwrap()
        };
        assert_eq!(calls().await, [0, 0]);
        // How many are thought to have left, whether one more leaves, and how many have then.
        for (former, leaves, after) in [(1, false, 0), (0, true, 1), (0, false, 1), (1, true, 2)] {
            assert_eq!(begin_call(store, job, former).await, leaves, "{home:?}");
            assert_eq!(calls().await, [after, 0], "{home:?}");
        }
        store.call_not_sent(job.id.clone()).await.unwrap();
        assert_eq!(calls().await, [1, 0], "{home:?}");
    }
}

async fn begin_call(store: &Store, job: &Job, former: i64) -> bool {
    let job = job.clone();
    let write = store.write::<_, Error, _, _>(move |mut tx| {
        let job = job.clone();
        async move {
            let begun = tx.begin_call(&job, former).await?;
            tx.commit(begun).await
        }
    });
    write.await.unwrap()
}

async fn due(store: &Store, now: Timestamp, limit: u16) -> Vec<DueTimer> {
    let read = store.read(move |mut view| async move { view.due_timers(now, limit).await });
    read.await.unwrap()
}

async fn next(store: &Store) -> Option<Timestamp> {
    let read = store.read(|mut view| async move { view.next_timer().await });
    read.await.unwrap()
}

#[tokio::test]
async fn a_timer_is_due_after_its_moment_waits_when_put_off_and_goes_away() {
    for home in Home::both().await {
        let mut teller = Teller::new(home.store().await);
        assert_eq!(next(&teller.store).await, None);
        let (contract, parts) = teller.signed(&[100_000]).await;
        teller.funded(contract, parts[0], 105_000).await;
        let store = &teller.store;
        let all = due(store, at(10_000), 99).await;
        let mut in_order: Vec<&DueTimer> = all.iter().collect();
        in_order.sort_by_key(|one| (one.timer.due_at, &one.id));
        assert!(all.len() > 1 && in_order.into_iter().eq(&all), "{all:?}");
        for one in &all {
            assert_eq!(*one, DueTimer::of(contract.to_string(), one.timer.clone()));
        }
        let offer = all
            .iter()
            .find(|one| one.timer.kind == TimerKind::OfferExpires)
            .unwrap();
        let expected = Timer {
            kind: TimerKind::OfferExpires,
            subject: contract.to_string(),
            entry_no: 1,
            due_at: at(1 + 7 * 24),
        };
        assert_eq!(offer.timer, expected);
        let microseconds = expected.due_at.as_microsecond();
        assert_eq!(offer.id, format!("{contract} offer_expires 1 {microseconds}"));
        let (first, moment) = (&all[0], all[0].timer.due_at);
        assert_eq!(next(store).await, Some(moment));
        assert_eq!(due(store, moment, 99).await, [], "{home:?}");
        assert_eq!(due(store, just_after(moment), 99).await[0], *first, "{home:?}");
        assert_eq!(due(store, at(10_000), 1).await, all[..1]);

        let later = at(20_000);
        store.put_off_timer(first.id.clone(), later).await.unwrap();
        assert_eq!(due(store, later, 99).await, all[1..], "{home:?}");
        assert_eq!(next(store).await, Some(all[1].timer.due_at));
        assert_eq!(due(store, just_after(later), 99).await, all, "{home:?}");

        for one in &all[1..] {
            store.drop_timer(one.id.clone()).await.unwrap();
        }
        assert_eq!(next(store).await, Some(later), "{home:?}");
        assert_eq!(due(store, just_after(later), 99).await, all[..1], "{home:?}");
    }
}
