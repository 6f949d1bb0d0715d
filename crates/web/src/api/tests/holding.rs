//! Holds on contracts and disputes of the office, by programs; and from when on a payment is possible that is refused.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::flow::{World, operator};
use super::program::Program;
use crate::provider::tests::quiet_for;
use crate::testing::Visitor;

const OLGA: &str = "olga3@office.example";
const PIA: &str = "pia@office.example";

async fn sure(visitor: &Visitor, email: &str) -> Program {
    operator(visitor, email).await.sure(email).await
}

async fn items(program: &Program, path: &str) -> Vec<Value> {
    program.read(path).await["items"].as_array().unwrap().clone()
}

fn hold() -> Value {
    json!({"reason": "identity", "facts": "Two names.", "rule": "terms, 7.3", "days": 3})
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from its beginning to its end")]
async fn a_contract_is_held_complained_about_answered_kept_and_lifted() {
    let world = World::new().await;
    let (contract, _milestone) = world.submitted().await;
    let at = |act: &str| format!("/office/contracts/{contract}/{act}");
    let unsure = operator(&world.visitor, "ursula@office.example").await;
    unsure.refused(&at("hold"), hold(), "second_factor_missing").await;
    let olga = sure(&world.visitor, OLGA).await;
    olga.refused(&at("hold"), hold(), "visit_reason_missing").await;
    olga.done(&at("visits"), json!({"reason": "They have asked."}))
        .await;
    let mut wrong = hold();
    wrong["reason"] = json!("dislike");
    olga.refused(&at("hold"), wrong, "invalid").await;
    let mut short = hold();
    short["facts"] = json!("x");
    let short = olga.post(&at("hold"), &short).await;
    assert_eq!(
        (
            &short.json()["errors"][0]["field"],
            &short.json()["errors"][0]["code"]
        ),
        (&json!("facts"), &json!("unclear")),
        "{}",
        short.text()
    );
    let early = json!({"reason": "Nothing is held."});
    olga.refused(&at("hold/lift"), early, "not_on_hold").await;
    assert_eq!(olga.done(&at("hold"), hold()).await["done"], true);
    let again = olga.post_with(&at("hold"), &hold(), Some("again")).await;
    assert_eq!(again.json()["code"], "contract_paused", "{}", again.text());

    let open = items(&olga, "/office/contract-holds").await[0].clone();
    assert_eq!(
        (&open["contract_id"], &open["client"]),
        (&json!(contract), &json!("Clara"))
    );
    let path = format!("/contracts/{contract}");
    let (clara, emil) = (&world.client, &world.expert);
    for party in [clara, emil] {
        let read = party.read(&path).await;
        assert_eq!(read["standing"], "paused");
        assert_eq!(read["holds"], json!([open["hold"]]), "both read the same");
    }
    assert_eq!(open["hold"]["review_by"], "2026-11-27T12:00:00Z");
    assert_eq!(open["hold"]["by"]["name"], "Olga");

    let complain = format!("{path}/complain");
    let after = emil.done(&complain, json!({"reason": "I was married."})).await;
    assert_eq!(after["holds"][0]["complaints"][0]["reason"], "I was married.");
    emil.refused(&complain, json!({"reason": "Once more."}), "already_appealed")
        .await;
    olga.refused(&complain, json!({"reason": "Mine."}), "operator_cannot_act")
        .await;
    let answer = json!({"person_id": emil.id, "reason": "The register says otherwise."});
    olga.refused(&at("hold/answer"), answer.clone(), "same_operator")
        .await;
    let pia = sure(&world.visitor, PIA).await;
    assert_eq!(pia.done(&at("hold/answer"), answer.clone()).await["done"], true);
    let nobody = json!({"person_id": clara.id, "reason": "Nobody has asked."});
    pia.refused(&at("hold/answer"), nobody, "no_appeal").await;
    let keep = json!({"reason": "The bank has not answered.", "days": 6});
    olga.done(&at("hold/extend"), keep).await;
    let kept = emil.read(&path).await["holds"][0].clone();
    assert_eq!(kept["review_by"], "2026-11-30T12:00:00Z");
    assert_eq!(kept["complaints"][0]["answer"], answer["reason"]);
    let lift = json!({"hold_id": kept["id"], "reason": "It was shown."});
    let short = json!({"hold_id": kept["id"], "reason": "x"});
    pia.refused(&at("hold/lift"), short, "invalid").await;
    assert_eq!(pia.done(&at("hold/lift"), lift).await["done"], true);
    let after = emil.read(&path).await;
    assert_eq!(after["standing"], "active");
    assert_eq!(
        (
            &after["holds"][0]["lifted_because"],
            &after["holds"][0]["lifted_by"]["id"]
        ),
        (&json!("It was shown."), &json!(pia.id.to_string()))
    );
    assert!(items(&olga, "/office/contract-holds").await.is_empty());
}

#[tokio::test]
async fn the_office_opens_a_dispute_that_moves_nothing() {
    let world = World::new().await;
    let (contract, milestone) = world.submitted().await;
    let olga = sure(&world.visitor, OLGA).await;
    let path = format!("/office/milestones/{milestone}/dispute");
    let asked = json!({"reason": "Both have reported the other."});
    olga.refused(&path, asked.clone(), "visit_reason_missing").await;
    let visit = format!("/office/contracts/{contract}/visits");
    olga.done(&visit, json!({"reason": "They have asked."})).await;
    let short = olga.post(&path, &json!({"reason": "x"})).await;
    assert_eq!(short.json()["errors"][0]["code"], "unclear", "{}", short.text());
    assert_eq!(olga.done(&path, asked.clone()).await["done"], true);
    let again = olga.post_with(&path, &asked, Some("again")).await;
    assert_eq!(again.json()["code"], "already_disputed", "{}", again.text());
    let one = world.client.read(&format!("/milestones/{milestone}")).await;
    assert_eq!(
        (&one["state"], &one["held"]["amount_minor"]),
        (&json!("disputed"), &json!(120_000))
    );
    assert_eq!(
        (&one["dispute"]["client"], &one["dispute"]["expert"]),
        (&Value::Null, &Value::Null)
    );
    let open = items(&olga, "/office/disputes").await;
    assert_eq!(open[0]["phase"], "answer_due", "{open:?}");
}

/// H12.
#[tokio::test]
async fn a_payment_that_comes_too_soon_is_refused_with_the_day_from_which_it_is_possible() {
    let world = World::new().await;
    let (_contract, milestone) = world.signed().await;
    let fund = |days| {
        let visitor = world.visitor.with_desk(|desk| {
            let mut providers = (*desk.providers).clone();
            providers.insert("quiet".to_owned(), quiet_for(days));
            desk.providers = providers.into();
        });
        Program {
            visitor,
            ..world.client.clone()
        }
    };
    let path = format!("/milestones/{milestone}/fund");
    let asked = json!({"provider": "quiet"});
    let early = fund(80).post_with(&path, &asked, Some("early")).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
    assert_eq!(early.json()["code"], "holding_limit");
    assert_eq!(
        early.json()["possible_from"],
        "2026-11-25T00:00:00Z",
        "{}",
        early.text()
    );
    let never = fund(50).post_with(&path, &asked, Some("never")).await;
    assert_eq!(never.json()["code"], "holding_limit");
    assert_eq!(never.json().get("possible_from"), None, "{}", never.text());
}
