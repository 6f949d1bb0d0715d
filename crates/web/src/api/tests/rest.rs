//! The smaller operations: each does what its name says, and what it changed stands where it is read.

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::flow::{World, operator, usd};
use super::program::Program;
use crate::api::table::OPERATIONS;
use crate::testing::NOW;

/// What happened last in a contract, as its client reads it.
async fn last(world: &World, contract: &str) -> String {
    let history = world
        .client
        .read(&format!("/contracts/{contract}/history?limit=100"))
        .await;
    let events = history["items"].as_array().unwrap();
    events.last().unwrap()["event"].as_str().unwrap().to_owned()
}

impl World {
    /// A contract that waits for both signatures.
    async fn offered(&self, summary: &str) -> String {
        let proposal = self.proposed_for(summary).await;
        let path = format!("/proposals/{proposal}/accept");
        let accepted = self.client.done(&path, json!({"version": 1})).await;
        accepted["contract_id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_request_is_paused_taken_up_again_renewed_and_closed() {
    let world = World::new().await;
    let brief = json!({"summary": "A pricing service", "role": "Python engineer"});
    let made = world.client.done("/requests", brief).await;
    let path = format!("/requests/{}", made["id"].as_str().unwrap());
    let open = json!({"acceptance": ["It answers"]});
    let opened = world.client.done(&format!("{path}/open"), open).await;
    for (act, stage) in [("pause", "paused"), ("resume", "open"), ("close", "canceled")] {
        let act = format!("{path}/{act}");
        let stranger = world.expert.post(&act, &json!({})).await;
        assert!(stranger.status.is_client_error(), "{act}: {}", stranger.text());
        assert_eq!(world.client.done(&act, json!({})).await["stage"], stage, "{act}");
        assert_eq!(world.client.read(&path).await["stage"], stage);
        if stage == "open" {
            let later = world.visitor.later(20).await;
            let client = Program {
                visitor: later,
                ..world.client.clone()
            };
            let renewed = client.done(&format!("{path}/renew"), json!({})).await;
            assert!(
                renewed["closes_at"].as_str() > opened["closes_at"].as_str(),
                "{renewed}"
            );
        }
    }
}

#[tokio::test]
async fn an_invitation_is_listed_and_taken_back() {
    let world = World::new().await;
    let brief = json!({"summary": "A pricing service", "role": "Python engineer"});
    let made = world.client.done("/requests", brief).await;
    let path = format!("/requests/{}", made["id"].as_str().unwrap());
    let open = json!({"acceptance": ["It answers"]});
    world.client.done(&format!("{path}/open"), open).await;
    let who = json!({"expert_id": world.expert.id.to_string()});
    world
        .client
        .done(&format!("{path}/invitations"), who.clone())
        .await;
    let all = world.client.read(&format!("{path}/invitations")).await;
    assert_eq!(all["items"][0]["expert_id"], who["expert_id"]);
    let invited = world.expert.read("/requests?invited=true").await;
    assert_eq!(invited["items"][0]["id"], made["id"]);
    world
        .client
        .done(&format!("{path}/invitations/withdraw"), who)
        .await;
    let none = world.expert.read("/requests?invited=true").await;
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn a_file_is_sent_and_added_to_a_request() {
    let world = World::new().await;
    let brief = json!({"summary": "A pricing service", "role": "Python engineer"});
    let made = world.client.done("/requests", brief).await;
    let request = Request::post("/api/v1/files?name=brief.txt")
        .header("authorization", format!("Bearer {}", world.client.token))
        .header("content-type", "application/octet-stream");
    let sent = world.visitor.ask(request, "All of it.").await;
    super::examples::record(&axum::http::Method::POST, "/files", &sent);
    let file = sent.json()["file_id"].as_str().unwrap().to_owned();
    let path = format!("/requests/{}/files", made["id"].as_str().unwrap());
    let added = world.client.done(&path, json!({"file_ids": [file]})).await;
    assert_eq!(added["items"][0]["name"], "brief.txt");
    assert_eq!(world.client.read(&path).await, added);
    let bytes = world.client.get(&format!("/files/{file}")).await;
    assert_eq!(bytes.text(), "All of it.");
}

#[tokio::test]
async fn a_proposal_is_read_shortlisted_withdrawn_or_declined() {
    let world = World::new().await;
    let first = world.proposed().await;
    let path = format!("/proposals/{first}");
    let shown = world.client.read(&path).await;
    assert_eq!(shown["versions"][0]["by"], "expert");
    let request = shown["request_id"].as_str().unwrap().to_owned();
    let about = world.client.read(&format!("/requests/{request}/proposals")).await;
    assert_eq!(about["items"][0]["id"], first.as_str());
    let state = async |path: &str| world.client.read(path).await["stage"].clone();
    for (who, act, after) in [
        (&world.client, "shortlist", "shortlisted"),
        (&world.expert, "withdraw", "withdrawn"),
    ] {
        who.done(&format!("{path}/{act}"), json!({})).await;
        assert_eq!(state(&path).await, after);
    }
    let other = World::new().await;
    let path = format!("/proposals/{}", other.proposed().await);
    other.client.done(&format!("{path}/decline"), json!({})).await;
    assert_eq!(other.expert.read(&path).await["stage"], "declined");
}

#[tokio::test]
async fn an_offered_contract_is_declined_or_withdrawn_or_canceled() {
    let world = World::new().await;
    for (summary, act, event) in [
        ("A pricing service", "decline", "decline"),
        ("A booking service", "withdraw", "withdraw"),
        ("A quoting service", "cancel", "withdraw"),
    ] {
        let contract = world.offered(summary).await;
        let who = if act == "decline" {
            &world.expert
        } else {
            &world.client
        };
        let after = who.done(&format!("/contracts/{contract}/{act}"), json!({})).await;
        assert_eq!(after["id"], contract.as_str());
        assert_eq!(last(&world, &contract).await, event, "{act}");
    }
}

#[tokio::test]
async fn a_running_contract_is_paused_goes_on_and_ends() {
    let world = World::new().await;
    let (contract, milestone) = world.working().await;
    let path = format!("/contracts/{contract}");
    let amendment = async |who: &Program| {
        who.done(&format!("{path}/pause"), json!({})).await["amendment"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let refused = amendment(&world.client).await;
    let after = world
        .expert
        .done(&format!("/amendments/{refused}/reject"), json!({}))
        .await;
    assert_eq!(
        (&after["amendment"], &after["standing"]),
        (&Value::Null, &json!("active"))
    );
    let taken = amendment(&world.expert).await;
    let after = world
        .client
        .done(&format!("/amendments/{taken}/accept"), json!({}))
        .await;
    assert_eq!(after["standing"], "paused");
    let after = world.client.done(&format!("{path}/resume"), json!({})).await;
    assert_eq!(after["standing"], "active");

    let payment = world.client.read(&path).await["payments"][0]["id"].clone();
    let way = world
        .client
        .read(&format!("/payments/{}", payment.as_str().unwrap()))
        .await;
    assert_eq!(way["id"], payment, "{way}");

    world
        .expert
        .done(
            &format!("/milestones/{milestone}/submit"),
            json!({"note": "All of it.", "links": ["https://example.org/pull/1"]}),
        )
        .await;
    let before = world.client.read(&format!("/milestones/{milestone}")).await;
    let longer = json!({"days": 3, "reason": "We test it on Monday."});
    let extended = world
        .client
        .done(&format!("/milestones/{milestone}/extend-inspection"), longer)
        .await;
    assert!(extended["milestones"][0]["deadline"].as_str() > before["deadline"].as_str());
    let split = json!({"to_expert": usd(50_000), "to_client": usd(70_000)});
    let offered = world
        .client
        .done(&format!("/milestones/{milestone}/settlements"), split)
        .await;
    let offer = offered["milestones"][0]["settlement"]["id"].as_str().unwrap();
    let turned_down = world
        .expert
        .done(&format!("/settlements/{offer}/reject"), json!({}))
        .await;
    assert_eq!(turned_down["milestones"][0]["settlement"], Value::Null);
    world
        .client
        .done(&format!("/milestones/{milestone}/approve"), json!({}))
        .await;
    let invoices = world.expert.read(&format!("{path}/invoices")).await;
    assert_eq!(invoices["items"][0]["gross"], usd(120_000));
}

#[tokio::test]
async fn a_contract_without_money_ends() {
    let world = World::new().await;
    let (contract, _milestone) = world.signed().await;
    let ended = world
        .client
        .done(&format!("/contracts/{contract}/end"), json!({}))
        .await;
    assert_eq!(ended["id"], contract.as_str());
    assert_eq!(last(&world, &contract).await, "end");
}

#[tokio::test]
async fn a_planned_milestone_is_given_up() {
    let world = World::new().await;
    let (contract, milestone) = world.signed().await;
    // Alone only once the contract is ending, which one without money does at once.
    let path = format!("/milestones/{milestone}/drop");
    world.client.refused(&path, json!({}), "takes_both").await;
    let change = json!({"drop": {"milestone_id": milestone}});
    let path = format!("/contracts/{contract}/amendments");
    let proposed = world.client.done(&path, change).await;
    let amendment = proposed["amendment"]["id"].as_str().unwrap();
    let dropped = world
        .expert
        .done(&format!("/amendments/{amendment}/accept"), json!({}))
        .await;
    assert_eq!(dropped["milestones"][0]["state"], "canceled", "{dropped}");
}

#[tokio::test]
async fn a_second_factor_is_set_up_proved_and_taken_away() {
    let world = World::new().await;
    let ada = &world.client;
    let begun = ada
        .done("/me/second-factor", json!({"password": "three plain words"}))
        .await;
    let key = begun["key"].as_str().unwrap();
    assert!(begun["address"].as_str().unwrap().starts_with("otpauth://totp/"));
    let app = Builder::new()
        .with_secret(Secret::try_from_base32(key).unwrap())
        .with_step_duration(30)
        .build()
        .unwrap();
    let shown = |steps: u64| {
        let seconds = u64::try_from(NOW.as_second()).unwrap() + steps * 30;
        json!({"code": app.generate(seconds).to_string()})
    };
    let codes = ada.done("/me/second-factor/confirm", shown(0)).await;
    let code = codes["recovery_codes"][0].as_str().unwrap().to_owned();
    assert_eq!(
        ada.done("/me/second-factor/prove", json!({"code": code})).await["done"],
        true
    );
    assert_eq!(
        ada.done("/me/second-factor/remove", json!({})).await["done"],
        true
    );
}

#[tokio::test]
async fn an_operator_is_dismissed() {
    let world = World::new().await;
    let olga = operator(&world.visitor, "owner@office.example").await;
    let olga = olga.sure("owner@office.example").await;
    let sam = operator(&world.visitor, "sam@office.example").await;
    let path = format!("/office/people/{}/dismiss", sam.id);
    let reasons = json!({"reasons": "Has left the firm."});
    let gone = olga.done(&path, reasons).await;
    assert_eq!(gone["id"], sam.id.to_string(), "{gone}");
    assert_eq!(sam.get("/office/queues").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_operator_confirms_who_an_expert_is() {
    let world = World::new().await;
    let olga = operator(&world.visitor, "owner@office.example").await;
    let olga = olga.sure("owner@office.example").await;
    let known = world.visitor.come_in("new@example.org", "Nora").await;
    drop(known);
    let id = crate::contract::tests::person(&world.visitor, "new@example.org").await;
    let path = format!("/office/people/{id}/identity");
    let reasons = json!({"reasons": "Passport, in a video call."});
    assert_eq!(olga.done(&path, reasons).await["done"], true);
    let again = json!({"reasons": "An identity card, by post."});
    let again = olga.post(&path, &again).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
}

#[tokio::test]
async fn what_is_public_is_read_by_programs() {
    let world = World::new().await;
    let seed = "python-vs-nodejs-for-backend-hiring";
    let comparison = world.client.read(&format!("/comparisons/{seed}")).await;
    assert_eq!(comparison["slug"], seed, "{comparison}");
    let roles = world.client.read("/roles").await;
    let slug = roles["items"][0]["slug"].as_str().unwrap();
    assert_eq!(world.client.read(&format!("/roles/{slug}")).await["slug"], slug);
    let rank = OPERATIONS.iter().find(|one| one.name == "rank").unwrap();
    let problem = serde_json::from_str(rank.example).unwrap();
    let ranked = world.client.done("/rank", problem).await;
    assert_eq!(ranked["results"]["topsis"]["rank"], json!([1, 2]), "{ranked}");
}

/// What is open to experts is read by experts that the office has let through, and by nobody else who has an account.
#[tokio::test]
async fn an_open_request_is_read_by_experts_alone() {
    let world = World::new().await;
    world.proposed().await;
    let open = world.expert.read("/requests?open=true").await["items"].clone();
    let id = open[0]["id"].as_str().unwrap();
    let dora = Program::of(&world.visitor, "dora@nobody.example", "Dora").await;
    let list = dora.get("/requests?open=true").await;
    assert_eq!(list.json()["code"], "profile_missing", "{}", list.text());
    for path in [format!("/requests/{id}"), format!("/requests/{id}/files")] {
        let reply = dora.get(&path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text());
        assert_eq!(world.expert.get(&path).await.status, StatusCode::OK);
    }
}
