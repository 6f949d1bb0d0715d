//! Somebody's own money: what is held, with its day and reason, and a payout that is taken back.

use axum::http::StatusCode;
use earnest_app::contract::Also;
use earnest_app::payee::{self, Who};
use earnest_hire::contract::Actor;
use earnest_hire::payee::Command;
use serde_json::{Value, json};

use super::flow::{World, usd};
use super::program::Program;

#[tokio::test]
async fn a_balance_tells_what_is_held_and_what_goes_back() {
    let world = World::new().await;
    let (contract, milestone) = world.submitted().await;
    let balance = world.client.read("/balance").await;
    assert_eq!(balance["held_total"], usd(120_000));
    let held = &balance["held"][0];
    assert_eq!(held["amount"], usd(120_000));
    assert_eq!(
        (&held["contract_id"], &held["milestone_id"]),
        (&json!(contract), &json!(milestone))
    );
    assert_eq!(held["reason"], "inspection");
    let kept = world.client.read(&format!("/contracts/{contract}")).await;
    assert!(
        kept.to_string().contains(&held["at"].to_string()),
        "{held} {kept}"
    );
    let back = json!({"amount": usd(10_000)});
    world
        .expert
        .done(&format!("/milestones/{milestone}/give-back"), back)
        .await;
    let balance = world.client.read("/balance").await;
    assert_eq!(balance["held_total"], usd(120_000));
    let refund = &balance["held"][1];
    assert_eq!(
        (&refund["reason"], &refund["amount"], &refund["milestone_id"]),
        (&json!("refund"), &usd(10_000), &Value::Null)
    );
    assert_eq!(world.expert.read("/balance").await["held"], json!([]));
}

#[tokio::test]
async fn a_payout_is_taken_back_by_its_owner_alone() {
    let world = World::new().await;
    let (_contract, milestone) = world.submitted().await;
    let approve = format!("/milestones/{milestone}/approve");
    world.client.done(&approve, json!({})).await;
    let id = world.expert.id;
    let account = Command::SetPayoutAccount {
        reference: "acct_1".to_owned(),
        provider: "bank".parse().unwrap(),
    };
    let actor = Actor::Person { id };
    let desk = world.visitor.desk();
    payee::act(desk, id, &account, Who::sure(&actor), Also::Nothing)
        .await
        .unwrap();
    let now = world.visitor.later(10).await;
    let at = |program: &Program| Program {
        visitor: now.clone(),
        ..program.clone()
    };
    let (client, emil) = (at(&world.client), at(&world.expert));
    let emil = emil.sure("emil@expert.example").await;
    let asked = emil.done("/payouts", json!({"amount": usd(50_000)})).await;
    let path = format!("/payouts/{}/cancel", asked["id"].as_str().unwrap());
    let other = client.post(&path, &json!({})).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.text());
    let canceled = emil.done(&path, json!({})).await;
    assert_eq!(
        (&canceled["id"], &canceled["state"]),
        (&asked["id"], &json!("canceled"))
    );
    assert_eq!(emil.read("/balance").await["payable"], usd(108_000));
    emil.refused(&path, json!({}), "payout_not_cancelable").await;
}
