//! Deciding together, on a real database.

mod both;

use std::fs;
use std::sync::Arc;

use super::*;
use crate::content::{Catalogue, embedded};
use crate::desk::Desk;
use crate::request::once_key;

const SLUG: &str = "python-vs-nodejs-for-backend-hiring";

fn app_of(desk: &Desk) -> App {
    App {
        store: desk.store.clone(),
        catalogue: Arc::new(Catalogue::read(&embedded()).unwrap()),
        clock: desk.clock.clone(),
        randomness: desk.randomness.clone(),
        currency: desk.currency,
        desk: desk.clone(),
    }
}

fn draft(state: &str, name: &str) -> Draft {
    Draft {
        title: "Which one?".to_owned(),
        comparison: SLUG.to_owned(),
        state: state.to_owned(),
        own: position(name),
    }
}

fn position(name: &str) -> TypedPosition {
    TypedPosition {
        name: name.to_owned(),
        note: String::new(),
    }
}

fn weights(app: &App, given: &[(&str, &str)]) -> Weights {
    let comparison = app.catalogue.comparison(SLUG).unwrap();
    let given: Vec<(String, String)> = given
        .iter()
        .map(|(slug, weight)| (format!("w.{slug}"), (*weight).to_owned()))
        .collect();
    read_weights(comparison, "edition=2", &given).unwrap()
}

/// A stolen database opens nothing: of no token are the text or the bits in it.
#[tokio::test]
async fn the_database_has_hashes_only() {
    let (desk, _outside, folder) = crate::testing::desk().await;
    let app = app_of(&desk);
    let made = make(&app, &draft("", "Mia"), once_key(&app)).await.unwrap();
    let maker = made.maker.to_string();
    let invite = open(&app, &maker).await.unwrap().invite.unwrap();
    let ada = say(
        &desk,
        &invite.to_string(),
        &position("Ada"),
        &weights(&app, &[("talent", "1")]),
        once_key(&app),
    )
    .await
    .unwrap();
    let mut bytes = Vec::new();
    for file in fs::read_dir(folder.path()).unwrap() {
        bytes.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(
        holds(b"Ada") && holds(&hash(ada.token)),
        "this is where it is kept"
    );
    for token in [made.maker, invite, ada.token, own_token(made.maker)] {
        assert!(!holds(token.to_string().as_bytes()) && !holds(token.bytes()));
    }
}

/// Odd weights become an address that reads back, at the same verdict.
#[tokio::test]
async fn the_common_state_is_an_address() {
    let (desk, _outside, _folder) = crate::testing::desk().await;
    let app = app_of(&desk);
    let made = make(
        &app,
        &draft("w.talent=7&w.performance=0.000001", "Mia"),
        once_key(&app),
    )
    .await
    .unwrap();
    let maker = made.maker.to_string();
    let invite = open(&app, &maker).await.unwrap().invite.unwrap().to_string();
    for (name, given) in [
        ("Ada", [("data-science", "0.000001"), ("talent", "1000")]),
        ("Ben", [("full-stack", "3.333333"), ("performance", "0.7")]),
        ("Eve", [("learning-curve", "17"), ("ecosystem", "13")]),
    ] {
        say(
            &desk,
            &invite,
            &position(name),
            &weights(&app, &given),
            once_key(&app),
        )
        .await
        .unwrap();
    }
    let found = open(&app, &maker).await.unwrap();
    let deciding = look(&app.catalogue, &found.decision, &found.people).unwrap();
    let comparison = app.catalogue.comparison(SLUG).unwrap();
    for query in [deciding.common_query()].into_iter().chain(
        deciding
            .together
            .iter()
            .flat_map(|all| &all.people)
            .map(|one| deciding.query_at(&one.shares)),
    ) {
        let state = state_of(comparison, &query);
        assert!(state.is_some(), "{query}");
        assert_eq!(state.unwrap().full_query(comparison), query);
    }
    let state = state_of(comparison, &deciding.common_query()).unwrap();
    let read = analyse(&app.catalogue, comparison, state).unwrap();
    assert_eq!(read.verdict.leader, deciding.common.verdict.leader);
    assert!((read.verdict.margin - deciding.common.verdict.margin).abs() < 1e-6);
}

/// What they have today is one of the columns, and switching one of the criteria, for everybody alike.
#[tokio::test]
async fn what_the_maker_has_today_is_decided_on_too() {
    let (desk, _outside, _folder) = crate::testing::desk().await;
    let app = app_of(&desk);
    let state = "keep=python&months.nodejs=24&w.switching-cost=10";
    let made = make(&app, &draft(state, "Mia"), once_key(&app)).await.unwrap();
    let invite = open(&app, &made.maker.to_string()).await.unwrap().invite.unwrap();
    let comparison = app.catalogue.comparison(SLUG).unwrap();
    let given = [("w.switching-cost".to_owned(), "9".to_owned())];
    let all_on_it = read_weights(comparison, &made.decision.query, &given).unwrap();
    assert!(all_on_it.text().ends_with("&w.hiring-cost=0&w.switching-cost=9"));
    say(
        &desk,
        &invite.to_string(),
        &position("Ada"),
        &all_on_it,
        once_key(&app),
    )
    .await
    .unwrap();
    let opened = open(&app, &made.maker.to_string()).await.unwrap();
    let deciding = look(&app.catalogue, &opened.decision, &opened.people).unwrap();
    assert_eq!(deciding.people.len(), 2);
    let leader = deciding.common.verdict.leader.unwrap();
    assert_eq!(deciding.common.option_names[leader], "Python (kept)");
    let shares = deciding.common.shares_of_weight();
    assert!(
        (shares[7] - f64::midpoint(10.0 / 16.0, 1.0)).abs() < 1e-6,
        "{shares:?}"
    );
    assert!(
        deciding
            .common_query()
            .contains("&w.switching-cost=81.25&keep=python&months.nodejs=24")
    );
    // without it there is no such criterion
    read_weights(comparison, "edition=2", &given).unwrap_err();
}
