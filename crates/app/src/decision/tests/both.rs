//! The life of a decision, on each engine.

use super::*;
use crate::decision::words::as_it_is;
use crate::testing::desks;

async fn joined(app: &App, invite: &str, name: &str, given: &[(&str, &str)]) -> String {
    let said = say(
        &app.desk,
        invite,
        &position(name),
        &weights(app, given),
        once_key(app),
    )
    .await;
    said.unwrap().token.to_string()
}

fn is_not_found<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::NotFound))
}

fn is_used<T>(result: &Result<T, Error>) -> bool {
    matches!(
        result,
        Err(Error::Conflict {
            code: "form_used",
            ..
        })
    )
}

/// Each says their own and nobody else's, and what is the maker's to do is nobody else's.
#[tokio::test]
async fn everybody_has_their_own_and_the_maker_the_whole() {
    for (desk, outside, _home) in desks().await {
        let app = app_of(&desk);
        let made = make(&app, &draft("", "Mia"), once_key(&app)).await.unwrap();
        let maker = made.maker.to_string();
        let invite = open(&app, &maker).await.unwrap().invite.unwrap().to_string();
        outside.wait(1);
        let ada = joined(&app, &invite, "Ada", &[("talent", "1")]).await;
        outside.wait(1);
        let ben = joined(&app, &invite, "Ben", &[("ecosystem", "1")]).await;
        // what one of them changes is theirs: everybody else's stays as it was
        let before = open(&app, &maker).await.unwrap().people;
        let said = say(
            &desk,
            &ben,
            &position("Benno"),
            &weights(&app, &[("full-stack", "1")]),
            once_key(&app),
        )
        .await;
        assert_eq!(said.unwrap().token.to_string(), ben);
        let after = open(&app, &maker).await.unwrap().people;
        let names: Vec<&str> = after.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Mia", "Ada", "Benno"]);
        assert_eq!(after[..2], before[..2]);
        assert!(after[2].weights.contains("w.full-stack=1&") && after[2].id == before[2].id);
        // what is the maker's
        for link in [&ada, &ben, &invite] {
            assert!(is_not_found(&delete(&desk, link).await), "{link}");
            assert!(is_not_found(&rename(&desk, link, "Mine").await), "{link}");
            assert!(is_not_found(&new_invitation(&desk, link).await), "{link}");
            assert!(is_not_found(&remove(&desk, link, after[0].id).await), "{link}");
        }
        assert!(is_not_found(&withdraw(&desk, &invite).await));
        assert_eq!(open(&app, &maker).await.unwrap().people, after);
        new_invitation(&desk, &maker).await.unwrap();
        assert!(is_not_found(&open(&app, &invite).await));
        withdraw(&desk, &ada).await.unwrap();
        remove(&desk, &maker, after[2].id).await.unwrap();
        for link in [&ada, &ben] {
            assert!(is_not_found(&open(&app, link).await), "{link}");
        }
        assert_eq!(open(&app, &maker).await.unwrap().people.len(), 1);
        delete(&desk, &maker).await.unwrap();
        assert!(is_not_found(&open(&app, &maker).await));
        assert!(!is_there(&app, made.decision.id).await.unwrap());
    }
}

/// A form that is sent twice, in the same moment too, is one; with other content it is refused.
#[tokio::test]
async fn a_form_counts_once() {
    for (desk, _outside, _home) in desks().await {
        let app = app_of(&desk);
        let once = once_key(&app);
        let (first, second) = (draft("", "Mia"), draft("", "Mia"));
        let (first, second) = tokio::join!(make(&app, &first, once), make(&app, &second, once));
        let made = first.unwrap();
        assert_eq!(made.decision.id, second.unwrap().decision.id);
        assert!(is_used(&make(&app, &draft("", "Eve"), once).await));
        let maker = made.maker.to_string();
        let invite = open(&app, &maker).await.unwrap().invite.unwrap().to_string();
        let (once, ada, given) = (once_key(&app), position("Ada"), weights(&app, &[("talent", "1")]));
        let (first, second) = tokio::join!(
            say(&desk, &invite, &ada, &given, once),
            say(&desk, &invite, &ada, &given, once)
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.token, second.token);
        assert_eq!(first.person, second.person);
        assert!(is_used(
            &say(&desk, &invite, &position("Eve"), &given, once).await
        ));
        assert_eq!(open(&app, &maker).await.unwrap().people.len(), 2);
    }
}

/// Twelve months in which nobody changes anything, and it is gone; whoever takes part keeps it longer.
#[tokio::test]
async fn it_is_kept_as_long_as_somebody_cares() {
    const DAY: i64 = 24 * 3600;
    for (desk, outside, _home) in desks().await {
        let app = app_of(&desk);
        let made = make(&app, &draft("", "Mia"), once_key(&app)).await.unwrap();
        let maker = made.maker.to_string();
        let invite = open(&app, &maker).await.unwrap().invite.unwrap().to_string();
        let ada = joined(&app, &invite, "Ada", &[("talent", "1")]).await;
        outside.wait(300 * DAY);
        assert!(is_not_found(&keep(&desk, &invite).await), "who only was invited");
        keep(&desk, &ada).await.unwrap();
        outside.wait(300 * DAY);
        assert_eq!(run_due(&desk).await.unwrap(), 0);
        open(&app, &maker).await.unwrap();
        outside.wait(67 * DAY);
        // over by the clock, whether or not it has been deleted yet
        assert!(is_not_found(&open(&app, &ada).await));
        assert!(is_not_found(&keep(&desk, &maker).await));
        assert!(is_there(&app, made.decision.id).await.unwrap());
        assert_eq!(run_due(&desk).await.unwrap(), 1);
        assert!(!is_there(&app, made.decision.id).await.unwrap());
    }
}

/// Whoever is the fifty-first stays outside, however many come at the same moment.
#[tokio::test]
async fn fifty_take_part_and_no_more() {
    for (desk, _outside, _home) in desks().await {
        fifty(&app_of(&desk)).await;
    }
}

async fn fifty(app: &App) {
    let desk = &app.desk;
    let made = make(app, &draft("", ""), once_key(app)).await.unwrap();
    let maker = made.maker.to_string();
    let invite = open(app, &maker).await.unwrap().invite.unwrap().to_string();
    let weights = weights(app, &[("talent", "1")]);
    let mut coming = tokio::task::JoinSet::new();
    for number in 0..60 {
        let (desk, invite, weights, once) = (desk.clone(), invite.clone(), weights.clone(), once_key(app));
        coming.spawn(async move {
            let typed = position(&format!("P{number}"));
            loop {
                match say(&desk, &invite, &typed, &weights, once).await {
                    // Who is told that all connections are busy sends the same form again.
                    Err(Error::Unavailable(_)) => {}
                    ended => return ended,
                }
            }
        });
    }
    let ended = coming.join_all().await;
    assert_eq!(ended.iter().filter(|one| one.is_ok()).count(), 50);
    for refused in ended.iter().filter_map(|one| one.as_ref().err()) {
        assert_eq!(refused.code(), "decision_full", "{refused:?}");
    }
    let found = open(app, &maker).await.unwrap();
    assert_eq!(found.people.len(), 50);
    // Everybody thinks alike: nobody is needed and nobody differs.
    let deciding = look(&app.catalogue, &found.decision, &found.people).unwrap();
    assert!(
        deciding.agreement().starts_with("50 of 50 see "),
        "{}",
        deciding.agreement()
    );
    assert!(deciding.dissent(as_it_is).is_empty());
    assert_eq!(
        deciding.deciders(as_it_is),
        ["Whoever is left out, the same option leads."]
    );
}
