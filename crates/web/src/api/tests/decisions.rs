//! Deciding together, as programs do it: by links, without a token.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::program::{post, send};
use crate::testing::{Reply, Visitor};

const SLUG: &str = "python-vs-nodejs-for-backend-hiring";
const ONCE: &str = "0123456789abcdefghjkmnpqrs";

async fn done(visitor: &Visitor, path: &str, body: Value, status: StatusCode) -> Value {
    let reply = post(visitor, "", path, &body, None).await;
    assert_eq!(reply.status, status, "{path}: {}", reply.text());
    reply.json()
}

async fn put(visitor: &Visitor, path: &str, body: &Value) -> Reply {
    send((visitor, ""), Method::PUT, path, None, &body.to_string()).await
}

async fn read(visitor: &Visitor, token: &str) -> Value {
    let reply = send(
        (visitor, ""),
        Method::GET,
        &format!("/decisions/{token}"),
        None,
        "",
    )
    .await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    is_secret(&reply);
    reply.json()
}

/// Its address is a link: no other site is told of it, and no search engine lists it.
fn is_secret(reply: &Reply) {
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert_eq!(reply.header("x-robots-tag"), "noindex, nofollow");
}

async fn gone(visitor: &Visitor, token: &str) -> bool {
    let reply = send(
        (visitor, ""),
        Method::GET,
        &format!("/decisions/{token}"),
        None,
        "",
    )
    .await;
    is_secret(&reply);
    reply.status == StatusCode::NOT_FOUND
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Two tokens: the maker's and that which invites.
async fn made(visitor: &Visitor, more: Value) -> (String, String) {
    let mut body = json!({"title": "Which one?", "comparison": SLUG});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let made = done(visitor, "/decisions", body, StatusCode::CREATED).await;
    assert!(text(&made["id"]).starts_with("dec_"));
    assert_eq!(
        made["maker"]["url"],
        format!(
            "http://127.0.0.1:8080/decisions/{}",
            text(&made["maker"]["token"])
        )
    );
    (text(&made["maker"]["token"]), text(&made["invitation"]["token"]))
}

/// Somebody comes in; the token of their own link.
async fn join(visitor: &Visitor, invite: &str, name: &str, weights: Value) -> String {
    let body = json!({"name": name, "weights": weights});
    let path = format!("/decisions/{invite}/participants");
    let joined = done(visitor, &path, body, StatusCode::CREATED).await;
    assert_eq!(joined["joined"], true);
    text(&joined["link"]["token"])
}

#[tokio::test]
async fn a_decision_says_what_everybody_says() {
    let visitor = Visitor::new();
    let (_, invite) = made(&visitor, json!({"state": "edition=1&w.talent=3", "name": "Mia"})).await;
    let seen = read(&visitor, &invite).await;
    assert_eq!(
        (&seen["link"], &seen["edition"], &seen["invitation"]),
        (&json!("invitation"), &json!("1"), &json!(null))
    );
    assert!(seen["newer_edition"]["edition"].is_string());
    let own = [
        join(&visitor, &invite, "Ada", json!({"data-science": 5})).await,
        join(
            &visitor,
            &invite,
            "Ben",
            json!({"full-stack": 0.25, "talent": 0.75}),
        )
        .await,
    ];
    let seen = read(&visitor, &own[0]).await;
    assert_eq!(seen["link"], "participant");
    let people = seen["participants"].as_array().unwrap();
    assert_eq!(
        people.iter().map(|one| text(&one["name"])).collect::<Vec<_>>(),
        ["Mia", "Ada", "Ben"]
    );
    assert_eq!(people[1]["id"], seen["participant_id"]);
    assert_eq!(
        (&people[1]["weights"]["data-science"], &people[1]["leaders"]),
        (&json!(1.0), &json!(["python"]))
    );
    let sum: f64 = seen["common_weights"]
        .as_object()
        .unwrap()
        .values()
        .map(|one| one.as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-12);
    let data = seen["spread"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["criterion"] == "data-science")
        .unwrap();
    assert_eq!(
        (&data["high"], &data["highest"]),
        (&json!(1.0), &json!([people[1]["id"]]))
    );
    // The common state is the comparison's own verdict.
    let state = text(&seen["common_state"]);
    let comparison = visitor
        .get(&format!("/api/v1/comparisons/{SLUG}?{state}"))
        .await
        .json();
    let theirs = comparison["totals"].as_array().unwrap();
    let theirs = theirs.iter().find(|one| one["technology"] == "python").unwrap();
    let total = |value: &Value| value.as_f64().unwrap();
    let apart = total(&theirs["total"]) - total(&seen["verdict"]["totals"]["python"]);
    assert!(apart.abs() < 1e-6, "{apart}");
}

#[tokio::test]
async fn somebody_thinks_again_and_it_ends() {
    let visitor = Visitor::new();
    let (maker, invite) = made(&visitor, json!({"name": "Mia"})).await;
    let own = [
        join(&visitor, &invite, "Ada", json!({"data-science": 5})).await,
        join(
            &visitor,
            &invite,
            "Ben",
            json!({"full-stack": 0.25, "talent": 0.75}),
        )
        .await,
    ];
    let changed = put(
        &visitor,
        &format!("/decisions/{}/position", own[1]),
        &json!({"name": "Ben", "weights": {"data-science": 1}, "note": "I was wrong."}),
    )
    .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(changed.json()["joined"], false);
    let seen = read(&visitor, &maker).await;
    assert_eq!(seen["participants"][2]["note"], "I was wrong.");
    assert_eq!(
        seen["votes"]["python"].as_u64().unwrap() + seen["votes"]["nodejs"].as_u64().unwrap(),
        3
    );
    assert_eq!(seen["invitation"]["token"], invite.as_str());
    done(
        &visitor,
        &format!("/decisions/{}/withdraw", own[1]),
        json!({}),
        StatusCode::OK,
    )
    .await;
    assert!(gone(&visitor, &own[1]).await);
    assert_eq!(
        read(&visitor, &maker).await["participants"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    done(
        &visitor,
        &format!("/decisions/{maker}/delete"),
        json!({}),
        StatusCode::OK,
    )
    .await;
    for token in [&maker, &invite, &own[0]] {
        assert!(gone(&visitor, token).await);
    }
    done(
        &visitor,
        &format!("/decisions/{maker}/delete"),
        json!({}),
        StatusCode::NOT_FOUND,
    )
    .await;
}

/// Which link may what: the others get the answer about nothing.
#[tokio::test]
async fn each_link_does_its_own() {
    let visitor = Visitor::new();
    let (maker, invite) = made(&visitor, json!({})).await;
    let body = json!({"name": "Ada", "weights": {"talent": 1}});
    let joined = done(
        &visitor,
        &format!("/decisions/{invite}/participants"),
        body.clone(),
        StatusCode::CREATED,
    )
    .await;
    let own = text(&joined["link"]["token"]);
    for token in [&invite, &own] {
        done(
            &visitor,
            &format!("/decisions/{token}/delete"),
            json!({}),
            StatusCode::NOT_FOUND,
        )
        .await;
    }
    done(
        &visitor,
        &format!("/decisions/{invite}/withdraw"),
        json!({}),
        StatusCode::NOT_FOUND,
    )
    .await;
    done(
        &visitor,
        &format!("/decisions/{maker}/withdraw"),
        json!({}),
        StatusCode::NOT_FOUND,
    )
    .await;
    let changed = put(&visitor, &format!("/decisions/{invite}/position"), &body).await;
    assert_eq!(changed.status, StatusCode::NOT_FOUND);
    let id = text(&read(&visitor, &maker).await["id"]);
    assert!(gone(&visitor, &id).await, "an id opens nothing");
}

/// The same key is the same links, and nothing of them is kept for a repetition.
#[tokio::test]
async fn a_key_of_ones_own_makes_it_once() {
    let visitor = Visitor::new();
    let first = made(&visitor, json!({"once": ONCE})).await;
    assert_eq!(made(&visitor, json!({"once": ONCE})).await, first);
    let other = json!({"title": "Another?", "comparison": SLUG, "once": ONCE});
    let refused = done(&visitor, "/decisions", other, StatusCode::CONFLICT).await;
    assert_eq!(refused["code"], "form_used");
    let path = format!("/decisions/{}/participants", first.1);
    let body = json!({"name": "Ada", "weights": {"talent": 1}, "once": ONCE});
    let one = done(&visitor, &path, body.clone(), StatusCode::CREATED).await;
    let again = done(&visitor, &path, body, StatusCode::CREATED).await;
    assert_eq!(
        (&one["link"], &one["participant_id"]),
        (&again["link"], &again["participant_id"])
    );
    assert_eq!((&one["joined"], &again["joined"]), (&json!(true), &json!(false)));
    let with_key = post(
        &visitor,
        "",
        "/decisions",
        &json!({"title": "x", "comparison": SLUG}),
        Some("k"),
    )
    .await;
    let repeated = post(
        &visitor,
        "",
        "/decisions",
        &json!({"title": "x", "comparison": SLUG}),
        Some("k"),
    )
    .await;
    assert_ne!(
        with_key.json()["id"],
        repeated.json()["id"],
        "the header names nothing here"
    );
    assert!(repeated.header("idempotent-replayed").is_empty());
}

fn fields(reply: &Value) -> Vec<String> {
    let errors = reply["errors"].as_array().unwrap();
    errors.iter().map(|one| text(&one["field"])).collect()
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_field() {
    let visitor = Visitor::new();
    for (body, field) in [
        (json!({"title": "", "comparison": SLUG}), "title"),
        (json!({"title": "x", "comparison": "nothing"}), "comparison"),
        (
            json!({"title": "x", "comparison": SLUG, "state": "w.talent=no"}),
            "state",
        ),
        (
            json!({"title": "x", "comparison": SLUG, "state": "must=numpy&x=".to_owned() + &"y".repeat(2_000)}),
            "comparison",
        ),
        (
            json!({"title": "x", "comparison": SLUG, "name": "a".repeat(61)}),
            "name",
        ),
        (json!({"title": "x", "comparison": SLUG, "once": "short"}), "once"),
        (json!({"title": "x", "comparison": SLUG, "maker": "me"}), ""),
    ] {
        let reply = done(
            &visitor,
            "/decisions",
            body.clone(),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
        assert!(
            fields(&reply).iter().any(|one| one == field || field.is_empty()),
            "{body}: {reply}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_position_is_named_and_nothing_kept() {
    let visitor = Visitor::new();
    let (_, invite) = made(&visitor, json!({})).await;
    let path = format!("/decisions/{invite}/participants");
    for (body, field) in [
        (json!({"name": " ", "weights": {"talent": 1}}), "name"),
        (
            json!({"name": "Ada", "weights": {"talent": -1}}),
            "weights.talent",
        ),
        (
            json!({"name": "Ada", "weights": {"talent": 1001}}),
            "weights.talent",
        ),
        (
            json!({"name": "Ada", "weights": {"weather": 1}}),
            "weights.weather",
        ),
        (json!({"name": "Ada", "weights": {}}), "weights"),
        (
            json!({"name": "Ada", "weights": {"talent": "1"}}),
            "weights.talent",
        ),
    ] {
        let reply = done(&visitor, &path, body.clone(), StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(fields(&reply).contains(&field.to_owned()), "{body}: {reply}");
    }
    assert!(
        read(&visitor, &invite).await["participants"]
            .as_array()
            .unwrap()
            .is_empty(),
        "nothing was kept"
    );
}

/// Five at once, on one form key each: five people, whatever the order.
#[tokio::test]
async fn many_come_in_at_once() {
    let visitor = Visitor::new();
    let (maker, invite) = made(&visitor, json!({})).await;
    let path = format!("/decisions/{invite}/participants");
    let come = async |name: &str| {
        let body = json!({"name": name, "weights": {"talent": 1}});
        done(&visitor, &path, body, StatusCode::CREATED).await
    };
    tokio::join!(come("A"), come("B"), come("C"), come("D"), come("E"));
    assert_eq!(
        read(&visitor, &maker).await["participants"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
}
