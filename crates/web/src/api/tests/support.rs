//! What support works through, by programs: requests to answer, profiles to vet, and reading a contract with a reason.

use axum::http::StatusCode;
use earnest_hire::person::{Email, Role, Roles};
use serde_json::{Value, json};

use super::flow::{World, profile, usd};
use super::program::Program;
use crate::testing::Visitor;

const OLGA: &str = "olga4@office.example";

/// Somebody in the office who looks after requests and experts, and not after money.
async fn support(visitor: &Visitor) -> Program {
    let program = Program::of(visitor, OLGA, "Olga").await;
    let email: Email = OLGA.parse().unwrap();
    let roles = Roles::from_iter([Role::Support]);
    earnest_app::account::appoint(visitor.desk(), &email, "Olga", &roles)
        .await
        .unwrap();
    program
}

async fn summaries(program: &Program, query: &str) -> (Vec<Value>, Option<String>) {
    let found = program.read(&format!("/office/requests{query}")).await;
    let items = found["items"].as_array().unwrap().iter();
    (
        items.map(|one| one["summary"].clone()).collect(),
        found["next_cursor"].as_str().map(str::to_owned),
    )
}

#[tokio::test]
async fn requests_are_listed_page_by_page_and_those_to_answer_alone() {
    let world = World::new().await;
    let olga = support(&world.visitor).await;
    let mut ids = Vec::new();
    for summary in ["First", "Second", "Third"] {
        let brief = json!({"summary": summary, "role": "Python engineer", "budget": "1,000-2,000", "skills": ["Python"]});
        ids.push(world.client.done("/requests", brief).await["id"].clone());
    }
    let (all, next) = summaries(&olga, "").await;
    assert_eq!(
        (all, next),
        (vec![json!("Third"), json!("Second"), json!("First")], None)
    );
    let (page, next) = summaries(&olga, "?limit=2").await;
    assert_eq!(page, ["Third", "Second"]);
    let (rest, end) = summaries(&olga, &format!("?limit=2&cursor={}", next.unwrap())).await;
    assert_eq!((rest, end), (vec![json!("First")], None));

    let path = format!("/office/requests/{}", ids[1].as_str().unwrap());
    let one = olga.read(&path).await;
    assert_eq!(
        (&one["request"]["email"], &one["request"]["name"]),
        (&json!("clara@client.example"), &json!("Clara"))
    );
    assert_eq!(one["request"]["budget"], "USD 1,000 to USD 2,000");
    assert_eq!((&one["replied_at"], &one["proposed"]), (&Value::Null, &json!([])));
    assert_eq!(one["shortlist"][0]["expert"]["id"], world.expert.id.to_string());
    assert_eq!(olga.read("/office/replies").await["waiting"], 3);
    olga.done(&format!("{path}/replied"), json!({})).await;
    assert_eq!(olga.read(&path).await["replied_at"], "2026-11-24T12:00:00Z");
    let (waiting, _) = summaries(&olga, "?waiting=true").await;
    assert_eq!(waiting, ["Third", "First"]);
    let replies = olga.read("/office/replies").await;
    assert_eq!(
        (&replies["waiting"], &replies["kept"], &replies["promised_hours"]),
        (&json!(2), &json!(1), &json!(24))
    );
    for (query, field) in [
        ("waiting=perhaps", "waiting"),
        ("limit=0", "limit"),
        ("cursor=1", "cursor"),
    ] {
        let reply = olga.get(&format!("/office/requests?{query}")).await;
        assert_eq!(reply.json()["errors"][0]["field"], field, "{}", reply.text());
    }
    for path in ["/office/requests", "/office/replies", "/office/experts", &path] {
        let stranger = world.client.get(path).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_request_is_read_with_all_that_its_client_typed_and_where_it_stands() {
    let world = World::new().await;
    let olga = support(&world.visitor).await;
    let brief = json!({
        "summary": "Quotes", "role": "Python engineer", "mode": "managed", "until": "2027-03-01", "hour_most": "120",
        "acceptance": ["A quote is answered within 200 ms"],
    });
    let raised = world.client.done("/requests", brief).await;
    let path = format!("/office/requests/{}", raised["id"].as_str().unwrap());
    let one = olga.read(&path).await;
    let request = &one["request"];
    assert_eq!(
        (&request["state"], &request["managed"], &request["until"]),
        (&json!("submitted"), &json!(true), &json!("2027-03-01"))
    );
    assert_eq!(request["hour_most"], usd(12_000));
    assert_eq!(
        (&request["acceptance"], &one["files"]),
        (&json!(["A quote is answered within 200 ms"]), &json!([]))
    );

    let propose = format!("{path}/propose-experts");
    let advice = |rate: &str| {
        json!({"experts": [
            {"expert_id": world.expert.id.to_string(), "rate": rate, "note": "Has built two of these."},
        ]})
    };
    for key in ["first", "again"] {
        let reply = olga.post_with(&propose, &advice("110"), Some(key)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
    olga.refused(&propose, advice("120"), "proposed_already").await;
    assert_eq!(olga.read(&path).await["proposed"][0]["hourly_rate"], usd(11_000));

    let other = world
        .client
        .done(
            "/requests",
            json!({"summary": "Another", "role": "Python engineer"}),
        )
        .await;
    let id = other["id"].as_str().unwrap();
    let (waiting, _) = summaries(&olga, "?waiting=true").await;
    assert_eq!(waiting, ["Another"]);
    world
        .client
        .done(&format!("/requests/{id}/close"), json!({}))
        .await;
    let (waiting, _) = summaries(&olga, "?waiting=true").await;
    assert!(waiting.is_empty(), "{waiting:?}");
    let closed = olga.read(&format!("/office/requests/{id}")).await;
    assert_eq!(
        (&closed["request"]["state"], &closed["request"]["managed"]),
        (&json!("canceled"), &json!(false))
    );
    let replies = olga.read("/office/replies").await;
    assert_eq!((&replies["waiting"], &replies["counted"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn profiles_to_vet_are_listed_and_read_with_what_was_decided() {
    let world = World::new().await;
    let olga = support(&world.visitor).await;
    assert_eq!(olga.read("/office/experts").await["items"], json!([]));
    let vera = Program::of(&world.visitor, "vera@expert.example", "Vera").await;
    let path = format!("/office/experts/{}", vera.id);
    assert_eq!(olga.get(&path).await.status, StatusCode::NOT_FOUND);
    let saved = vera.put("/me/expert-profile", &profile()).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let due = olga.read("/office/experts").await["items"][0].clone();
    assert_eq!(
        (&due["expert"]["name"], &due["why"]),
        (&json!("Vera"), &json!("new"))
    );
    let file = olga.read(&path).await;
    assert_eq!(
        (&file["due_since"], &file["vettings"]),
        (&due["since"], &json!([]))
    );
    let refusal =
        json!({"decision": "refused", "reasons": "The link leads nowhere.", "failed": ["evidence"]});
    olga.done(&format!("{path}/vet"), refusal).await;
    assert_eq!(olga.read("/office/experts").await["items"], json!([]));
    let file = olga.read(&path).await;
    let vetting = &file["vettings"][0];
    assert_eq!(
        (&vetting["decision"], &vetting["failed"], &vetting["by_id"]),
        (
            &json!("refused"),
            &json!(["evidence"]),
            &json!(olga.id.to_string())
        )
    );
    assert_eq!(file["due_since"], Value::Null);
    vera.put("/me/expert-profile", &profile()).await;
    let again = olga.read("/office/experts").await;
    assert_eq!(again["items"][0]["expert"]["id"], vera.id.to_string());
}

#[tokio::test]
async fn a_contract_is_read_after_a_reason_that_both_read() {
    let world = World::new().await;
    let olga = support(&world.visitor).await;
    let (contract, _milestone) = world.signed().await;
    let path = format!("/contracts/{contract}");
    let early = olga.get(&path).await;
    assert_eq!(early.json()["code"], "visit_reason_missing", "{}", early.text());
    let visits = format!("/office/contracts/{contract}/visits");
    for short in [" ", "x"] {
        olga.refused(&visits, json!({"reason": short}), "invalid").await;
    }
    olga.done(&visits, json!({"reason": "They have asked when it begins."}))
        .await;
    assert_eq!(olga.read(&path).await["id"], json!(contract));
    for party in [&world.client, &world.expert] {
        let record = party.read("/me/audit").await.to_string();
        assert!(record.contains("They have asked when it begins."), "{record}");
    }
    let curious = world.client.post(&visits, &json!({"reason": "Curious."})).await;
    assert_eq!(curious.status, StatusCode::NOT_FOUND);
}
