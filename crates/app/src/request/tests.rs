//! Requests through the use cases, on a real database in a temporary folder.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use earnest_hire::money::Currency;
use jiff::{Timestamp, ToSpan};

use super::*;
use crate::advice;
use crate::desk::Desk;
use crate::office;
use crate::outside::{Clock, Randomness};
use crate::testing::{app, desks, operator, person, submitted};

struct SetClock(Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Counts, so that every draw differs and a run can be repeated; or does not, to make ids collide.
struct Counting {
    next: AtomicU64,
    step: AtomicU64,
}

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self
            .next
            .fetch_add(self.step.load(Ordering::SeqCst), Ordering::SeqCst);
        for (byte, part) in bytes
            .iter_mut()
            .rev()
            .zip(number.to_le_bytes().into_iter().cycle())
        {
            *byte = part;
        }
    }
}

struct World {
    app: App,
    clock: Arc<SetClock>,
    randomness: Arc<Counting>,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-23T22:00:00Z".parse().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    store.migrate(now).await.unwrap();
    let clock = Arc::new(SetClock(Mutex::new(now)));
    let randomness = Arc::new(Counting {
        next: AtomicU64::new(1),
        step: AtomicU64::new(1),
    });
    let app = App {
        catalogue: Arc::new(crate::content::Catalogue::empty()),
        desk: Desk::new(store.clone(), clock.clone(), randomness.clone()),
        store,
        clock: clock.clone(),
        randomness: randomness.clone(),
        currency: Currency::USD,
    };
    World {
        app,
        clock,
        randomness,
        _folder: folder,
    }
}

fn draft() -> Draft {
    Draft {
        name: "Ada".into(),
        email: "ada@example.com".into(),
        summary: "A reporting service".into(),
        role: "Python engineer".into(),
        start: "2026-11-23".into(),
        ..Draft::default()
    }
}

fn origin() -> Origin {
    Origin {
        comparison: Some("python-vs-nodejs".into()),
        query: Some("w.talent=3".into()),
        ..Origin::default()
    }
}

#[tokio::test]
async fn a_request_is_found_by_link_reference_and_id() {
    let World { app, .. } = &world().await;
    let raised = raise(app, &draft(), origin(), once_key(app)).await.unwrap();
    assert!(raised.first);
    assert_eq!(
        by_token(app, &raised.token.to_string()).await.unwrap(),
        raised.request
    );
    let reference = raised.request.reference().to_string();
    for name in [reference.to_lowercase(), raised.request.id.to_string()] {
        let filed = show(app, &name).await.unwrap();
        assert_eq!((filed.stage(), &filed.row), (Stage::Submitted, &None));
        assert_eq!(filed.request, raised.request);
    }
    assert_eq!(raised.request.origin, origin());
}

#[tokio::test]
async fn a_wrong_name_or_link_is_not_found() {
    let World { app, .. } = &world().await;
    let raised = raise(app, &draft(), origin(), once_key(app)).await.unwrap();
    for token in [
        "",
        "x",
        &raised.request.id.to_string(),
        &LinkToken::new([9; 16]).to_string(),
    ] {
        assert!(
            matches!(by_token(app, token).await, Err(Error::NotFound)),
            "{token}"
        );
    }
    for name in ["", "R-0000-0000", "req_", "R-0000", &raised.token.to_string()] {
        assert!(matches!(show(app, name).await, Err(Error::NotFound)), "{name}");
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_request() {
    let World { app, clock, .. } = &world().await;
    let once = once_key(app);
    let first = raise(app, &draft(), origin(), once).await.unwrap();
    *clock.0.lock().unwrap() += 30.hours(); // The start that was typed is over by now.
    let second = raise(app, &draft(), origin(), once).await.unwrap();
    assert_eq!(
        (second.request, second.token, second.first),
        (first.request, first.token, false)
    );
    assert_eq!(
        list(app, Filter::default(), None, 10).await.unwrap().items.len(),
        1
    );
}

#[tokio::test]
async fn the_same_form_with_other_content_is_a_conflict() {
    let World { app, .. } = &world().await;
    let once = once_key(app);
    raise(app, &draft(), origin(), once).await.unwrap();
    let other = Draft {
        name: "Bob".into(),
        ..draft()
    };
    let refused = raise(app, &other, origin(), once).await;
    assert!(
        matches!(
            refused,
            Err(Error::Conflict {
                code: "form_used",
                ..
            })
        ),
        "{refused:?}"
    );
    let other = Origin {
        query: Some("w.talent=4".into()),
        ..origin()
    };
    assert!(matches!(
        raise(app, &draft(), other, once).await,
        Err(Error::Conflict { .. })
    ));
}

#[tokio::test]
async fn fifty_clicks_at_once_are_one_request() {
    let World { app, .. } = &world().await;
    let once = once_key(app);
    let mut clicks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let app = app.clone();
        clicks.spawn(async move { raise(&app, &draft(), origin(), once).await.unwrap() });
    }
    let raised = clicks.join_all().await;
    assert_eq!(raised.iter().filter(|raised| raised.first).count(), 1);
    assert!(
        raised
            .iter()
            .all(|each| each.request == raised[0].request && each.token == raised[0].token)
    );
}

#[tokio::test]
async fn a_refused_form_keeps_nothing_and_its_key_stays_good() {
    let World { app, .. } = &world().await;
    let once = once_key(app);
    let bad = Origin {
        comparison: Some("../x".into()),
        ..Origin::default()
    };
    let refused = raise(
        app,
        &Draft {
            email: "ada".into(),
            ..draft()
        },
        bad,
        once,
    )
    .await;
    let Err(Error::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["email", "origin"]);
    assert!(raise(app, &draft(), origin(), once).await.unwrap().first);
}

#[tokio::test]
async fn a_reference_in_use_is_drawn_again() {
    let World { app, randomness, .. } = &world().await;
    let first = raise(app, &draft(), origin(), OnceKey::new([1; 16]))
        .await
        .unwrap();
    randomness.next.store(1, Ordering::SeqCst); // The next draw repeats the one just used.
    let second = raise(app, &draft(), origin(), OnceKey::new([2; 16]))
        .await
        .unwrap();
    assert!(second.first && second.request.reference() != first.request.reference());
    randomness.step.store(0, Ordering::SeqCst);
    randomness.next.store(1, Ordering::SeqCst);
    let none_free = raise(app, &draft(), origin(), OnceKey::new([3; 16])).await;
    assert!(matches!(none_free, Err(Error::Unavailable(_))), "{none_free:?}");
}

#[tokio::test]
async fn the_operator_pages_through_all_of_them_newest_first() {
    let World { app, clock, .. } = &world().await;
    for minute in 0..7 {
        *clock.0.lock().unwrap() += 1.minute();
        let draft = Draft {
            name: format!("Person {minute}"),
            ..draft()
        };
        let origin = if minute % 2 == 0 {
            origin()
        } else {
            Origin::default()
        };
        raise(app, &draft, origin, once_key(app)).await.unwrap();
    }
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = list(app, Filter::default(), after, 3).await.unwrap();
        names.extend(page.items.into_iter().map(|filed| filed.request.brief.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..7).rev().map(|minute| format!("Person {minute}")).collect();
    assert_eq!(names, expected);
    let of_comparison = Filter {
        comparison: Some("python-vs-nodejs".into()),
        ..Filter::default()
    };
    assert_eq!(list(app, of_comparison, None, 10).await.unwrap().items.len(), 4);
    let of_person = Filter {
        email: Some("ADA@example.com".into()),
        ..Filter::default()
    };
    assert_eq!(list(app, of_person, None, 10).await.unwrap().items.len(), 7);
    let of_nobody = Filter {
        email: Some("eve@example.com".into()),
        ..Filter::default()
    };
    assert!(list(app, of_nobody, None, 10).await.unwrap().items.is_empty());
}

/// Takes a request of a client to where nothing comes of it any more.
async fn ended(desk: &Desk, id: RequestId, stage: Stage) {
    desk.write(&(id, stage), |(id, stage), mut tx| async move {
        let mut row = tx.lock_progress(id).await?.ok_or(Error::NotFound)?;
        let former = row.progress.version;
        row.progress.stage = stage;
        row.progress.version = former + 1;
        tx.update_progress(&row, former).await?;
        tx.commit(()).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn what_is_over_waits_for_no_answer_and_says_what_became_of_it() {
    for (desk, _outside, _place) in desks().await {
        let (clara, olga) = (person(&desk, "Clara").await, operator(&desk, "Olga").await);
        let over = [Stage::Filled, Stage::Expired, Stage::Canceled];
        let mut ids = Vec::new();
        for stage in over {
            let id = submitted(&desk, &clara, |_| ()).await;
            ended(&desk, id, stage).await;
            ids.push((id, stage));
        }
        let open = submitted(&desk, &clara, |_| ()).await;
        ended(&desk, open, Stage::Open).await;
        let app = app(&desk);
        let unclaimed = raise(&app, &draft_of_today(), Origin::default(), once_key(&app))
            .await
            .unwrap()
            .request
            .id;
        let waiting = Filter {
            waiting: true,
            ..Filter::default()
        };
        let found = list(&app, waiting, None, 10).await.unwrap().items;
        let mut waits: Vec<_> = found.iter().map(|one| (one.request.id, one.stage())).collect();
        waits.sort_unstable_by_key(|(id, _)| *id);
        let mut expected = [(open, Stage::Open), (unclaimed, Stage::Submitted)];
        expected.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(waits, expected);
        let queues = office::queues(&desk, &olga.roles).await.unwrap();
        let queue = queues
            .iter()
            .find(|one| one.queue == earnest_store::Queue::Requests);
        assert_eq!(queue.map(|one| one.count), Some(2));
        for (id, stage) in ids {
            assert_eq!(show(&app, &id.to_string()).await.unwrap().stage(), stage);
        }
        assert_eq!(
            list(&app, Filter::default(), None, 10).await.unwrap().items.len(),
            5
        );
        let replies = advice::replies(&desk, jiff::SignedDuration::from_hours(24));
        let replies = replies.await.unwrap();
        assert_eq!((replies.waiting, replies.counted), (2, 0));
    }
}

/// A request without a day, which no clock makes late.
fn draft_of_today() -> Draft {
    Draft {
        start: String::new(),
        ..draft()
    }
}
