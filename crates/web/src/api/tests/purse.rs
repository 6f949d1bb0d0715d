//! Somebody's own money: a payout that is taken back.

use axum::http::StatusCode;
use earnest_app::contract::Also;
use earnest_app::payee::{self, Who};
use earnest_hire::contract::Actor;
use earnest_hire::payee::Command;
use serde_json::json;

use super::flow::{World, usd};
use super::program::Program;

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
