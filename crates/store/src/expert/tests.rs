//! Profiles on both engines.

use earnest_hire::expert::{Draft, TypedItem, TypedSkill};
use earnest_hire::ids::AuditId;
use earnest_hire::money::Currency;
use earnest_hire::person::Person;

use super::*;
use crate::db::Statements;
use crate::testing::Postgres;
use crate::{AuditRow, Queue, Store};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_521_600 + 60 * minute).unwrap()
}

fn person(number: u8, roles: &str) -> Person {
    Person {
        id: PersonId::new(at(0), [number; 10]),
        email: format!("p{number}@example.org").parse().unwrap(),
        name: format!("Person {number}"),
        roles: roles.parse().unwrap(),
        since: at(0),
    }
}

fn profile(headline: &str) -> Profile {
    let draft = Draft {
        headline: headline.to_owned(),
        about: "Much.\nAnd more.".to_owned(),
        skills: vec![TypedSkill {
            name: "Python".to_owned(),
            years: "3".to_owned(),
            evidence: "https://example.org/".to_owned(),
        }],
        portfolio: vec![TypedItem {
            title: "A claims service".to_owned(),
            year: "2025".to_owned(),
            story: "Wrote it.\nIt has run since.".to_owned(),
            link: "https://example.org/claims".to_owned(),
        }],
        rate: "95.50".to_owned(),
        available_from: "2027-01-01".to_owned(),
        hours_a_week: "30".to_owned(),
        languages: "English".to_owned(),
        time_zone: "UTC".to_owned(),
        indexed: true,
    };
    draft.check("2026-11-24".parse().unwrap(), Currency::USD).unwrap()
}

async fn keep(store: &Store, expert: &Expert, seen: Option<i64>) -> Result<(), Error> {
    let expert = expert.clone();
    store
        .write(move |mut tx| {
            let expert = expert.clone();
            async move {
                match seen {
                    None => tx.insert_expert(&expert).await?,
                    Some(seen) => tx.update_expert(&expert, seen).await?,
                }
                tx.commit(()).await
            }
        })
        .await
}

async fn people(store: &Store) {
    let kept = store.write::<_, Error, _, _>(|mut tx| async move {
        for one in [person(1, ""), person(2, ""), person(9, "support")] {
            assert!(tx.insert_person(&one).await?);
        }
        tx.commit(()).await
    });
    kept.await.unwrap();
}

async fn seen(store: &Store) -> (Option<ExpertRow>, i64, (i64, Option<Timestamp>)) {
    let read = store.read::<_, Error, _, _>(|mut view| async move {
        let id = person(1, "").id;
        let queue = view.queue(Queue::Vetting, at(9)).await?;
        Ok((view.expert(id).await?, view.expert_ticks().await?, queue))
    });
    read.await.unwrap()
}

async fn a_profile_goes_its_way(store: Store) {
    store.migrate(at(0)).await.unwrap();
    people(&store).await;
    let olga = person(9, "support");
    let first = Expert::new(person(1, "").id, profile("One"), at(1));
    keep(&store, &first, None).await.unwrap();
    let twice = keep(&store, &first, None).await;
    assert!(matches!(twice, Err(Error::Conflict { .. })), "{twice:?}");
    let (found, stamp, queue) = seen(&store).await;
    assert_eq!(found.unwrap().expert, first);
    assert_eq!(queue, (0, None));

    let waiting = first.submit(at(2)).unwrap();
    keep(&store, &waiting, Some(1)).await.unwrap();
    let late = keep(&store, &waiting, Some(1)).await;
    assert!(matches!(late, Err(Error::Conflict { .. })), "{late:?}");
    let (_, later, queue) = seen(&store).await;
    assert_ne!(stamp, later);
    assert_eq!(queue, (1, Some(at(2))));

    let vetting = Vetting::check(
        (olga.id, at(3)),
        Decision::Refused,
        [Check::Evidence, Check::Conduct].into(),
        "Show work.\nNo numbers.",
    );
    let vetting = vetting.unwrap();
    let refused = waiting.vet(&olga, &vetting).unwrap();
    let (expert, decision) = (refused.clone(), vetting.clone());
    let kept = store.write::<_, Error, _, _>(move |mut tx| {
        let (expert, decision) = (expert.clone(), decision.clone());
        async move {
            tx.update_expert(&expert, 2).await?;
            tx.insert_vetting(&expert, &decision).await?;
            tx.insert_audit(&AuditRow {
                id: AuditId::new(at(3), [1; 10]),
                at: at(3),
                by: decision.by,
                person: expert.person,
                act: "Did something.".to_owned(),
                reasons: String::new(),
            })
            .await?;
            tx.commit(()).await
        }
    });
    kept.await.unwrap();
    let again = refused.submit(at(4)).unwrap();
    keep(&store, &again, Some(3)).await.unwrap();
    let read = store.read::<_, Error, _, _>(|mut view| async move {
        let id = person(1, "").id;
        let (about, other) = (
            view.audit_of(id, None, 9).await?,
            view.audit_of(person(2, "").id, None, 9).await?,
        );
        Ok((view.vettings(id).await?, view.experts_due(9).await?, about, other))
    });
    let (vettings, due, about, other) = read.await.unwrap();
    assert_eq!(vettings, [vetting]);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].name, "Person 1");
    assert_eq!((about.len(), other.len()), (1, 0));
    assert_eq!(about[0].1.as_deref(), Some("Person 9"));
}

#[tokio::test]
async fn a_profile_is_kept_and_moved_on_either_engine() {
    let folder = tempfile::tempdir().unwrap();
    a_profile_goes_its_way(Store::open(&folder.path().join("earnest.db")).unwrap()).await;
    let server = Postgres::fresh().await.unwrap();
    a_profile_goes_its_way(Store::connect(server.url(), Statements::Prepared).await.unwrap()).await;
}

#[tokio::test]
async fn whoever_is_called_otherwise_is_found_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    store.migrate(at(0)).await.unwrap();
    people(&store).await;
    let expert = Expert::new(person(1, "").id, profile("One"), at(1));
    keep(&store, &expert, None).await.unwrap();
    let renamed = store.write::<_, Error, _, _>(|mut tx| async move {
        let before = tx.expert_ticks().await?;
        tx.rename_person(person(1, "").id, "Ada").await?;
        let after = tx.expert_ticks().await?;
        tx.commit(before != after).await
    });
    assert!(renamed.await.unwrap());
    let late = keep(&store, &expert.submit(at(2)).unwrap(), Some(1)).await;
    assert!(matches!(late, Err(Error::Conflict { .. })), "{late:?}");
}
