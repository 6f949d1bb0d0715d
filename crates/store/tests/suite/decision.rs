//! What people decide together, kept on both engines: found by each link's hash, and gone as a whole.

use earnest_hire::decision::{Decision, Participant, expiry};
use earnest_hire::ids::{DecisionId, ParticipantId};
use earnest_store::{DecisionKeys, DecisionLink, Error, Inserted, Store};
use jiff::SignedDuration;

use crate::home::Home;
use crate::place::now;

fn decision(number: u8) -> Decision {
    Decision {
        id: DecisionId::new(now(), [number; 10]),
        title: "Which \"one\"?".to_owned(),
        comparison: "python-vs-nodejs".to_owned(),
        edition: "2".to_owned(),
        query: "edition=2&w.talent=3".to_owned(),
        made_at: now(),
        expires_at: expiry(now()),
        invite_no: 1,
    }
}

fn keys(number: u8) -> DecisionKeys {
    DecisionKeys {
        maker_sha256: [number; 32],
        invite_sha256: [number + 1; 32],
        once_sha256: [number + 2; 32],
        content_sha256: [9; 32],
    }
}

fn person(number: u8) -> Participant {
    Participant {
        id: ParticipantId::new(now(), [number; 10]),
        name: format!("P{number}"),
        note: Some("Because".to_owned()),
        weights: "w.talent=1".to_owned(),
        joined_at: now(),
        changed_at: now(),
    }
}

async fn keep(store: &Store, number: u8) -> Result<Inserted, Error> {
    store
        .write(move |mut tx| async move {
            let kept = tx.insert_decision(&decision(number), &keys(number)).await?;
            tx.commit(kept).await
        })
        .await
}

async fn by_link(store: &Store, sha256: [u8; 32]) -> Option<(Decision, DecisionLink)> {
    let found =
        store.read::<_, Error, _, _>(move |mut view| async move { view.decision_by_link(sha256).await });
    found.await.unwrap()
}

#[tokio::test]
async fn each_link_finds_it_and_deleting_takes_everybody_along() {
    for home in Home::both().await {
        let store = home.store().await;
        assert_eq!(keep(&store, 10).await.unwrap(), Inserted::Yes);
        assert_eq!(keep(&store, 10).await.unwrap(), Inserted::Taken);
        let id = decision(10).id;
        let joined = store.write::<_, Error, _, _>(move |mut tx| async move {
            assert!(tx.lock_decision(id).await?);
            for number in [1, 2] {
                tx.insert_participant(id, &person(number), ([100 + number; 32], [9; 32]))
                    .await?;
            }
            let again = tx
                .insert_participant(id, &person(3), ([101; 32], [9; 32]))
                .await?;
            let changed = Participant {
                note: None,
                ..person(2)
            };
            assert!(tx.update_participant(&changed).await?);
            tx.commit(again).await
        });
        assert_eq!(
            joined.await.unwrap(),
            Inserted::Taken,
            "a link opens one position"
        );
        assert_eq!(
            by_link(&store, [10; 32]).await,
            Some((decision(10), DecisionLink::Maker))
        );
        assert_eq!(
            by_link(&store, [11; 32]).await,
            Some((decision(10), DecisionLink::Invite))
        );
        let own = DecisionLink::Participant(person(2).id);
        assert_eq!(by_link(&store, [102; 32]).await, Some((decision(10), own)));
        assert_eq!(by_link(&store, [12; 32]).await, None, "a form's key is no link");
        let read = store.read::<_, Error, _, _>(move |mut view| async move {
            Ok((view.participants(id).await?, view.count_participants(id).await?))
        });
        let (people, count) = read.await.unwrap();
        assert_eq!((people.len(), count, people[1].note.as_deref()), (2, 2, None));
        let moved = store.write::<_, Error, _, _>(move |mut tx| async move {
            let moved = tx.invite_to_decision(id, 2, [77; 32]).await?;
            assert!(
                !tx.invite_to_decision(id, 2, [78; 32]).await?,
                "somebody was faster"
            );
            tx.rename_decision(id, "Other").await?;
            tx.commit(moved).await
        });
        assert!(moved.await.unwrap());
        assert_eq!(by_link(&store, [11; 32]).await, None);
        assert_eq!(by_link(&store, [77; 32]).await.unwrap().0.title, "Other");
        let dropped = store.write::<_, Error, _, _>(move |mut tx| async move {
            let first = tx.delete_decision(id).await?;
            let second = tx.delete_decision(id).await?;
            tx.commit((first, second)).await
        });
        assert_eq!(dropped.await.unwrap(), (true, false));
        for link in [[10; 32], [77; 32], [101; 32], [102; 32]] {
            assert_eq!(by_link(&store, link).await, None);
        }
    }
}

#[tokio::test]
async fn what_is_overdue_is_found_until_it_is_kept_longer() {
    for home in Home::both().await {
        let store = home.store().await;
        keep(&store, 20).await.unwrap();
        let id = decision(20).id;
        let due = async |days: i64| {
            let at = now() + SignedDuration::from_hours(24 * days);
            let due =
                store.read::<_, Error, _, _>(move |mut view| async move { view.due_decisions(at, 5).await });
            due.await.unwrap()
        };
        assert_eq!(due(364).await, []);
        assert_eq!(due(366).await, [id]);
        let later = expiry(now() + SignedDuration::from_hours(24 * 300));
        let kept = store.write::<_, Error, _, _>(move |mut tx| async move {
            tx.extend_decision(id, later).await?;
            tx.commit(()).await
        });
        kept.await.unwrap();
        assert_eq!(due(366).await, []);
    }
}
