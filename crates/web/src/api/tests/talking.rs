//! What is said and asked for comes through whole: requests, counter-offers, lists in pages, evidence in a dispute.

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::each::Case;
use super::flow::{World, operator, usd};
use super::program::Program;

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_request_says_all_that_was_asked_for_and_is_found_by_its_skills() {
    let world = World::new().await;
    let brief = json!({
        "summary": "A pricing service", "role": "Backend engineer", "skills": ["Rust", "PostgreSQL"],
        "until": "2027-03-01", "hour_most": "95", "languages": ["English"], "start": "2027-01-01",
    });
    let made = world.client.done("/requests", brief).await;
    let id = made["id"].as_str().unwrap();
    for (field, value) in [
        ("skills", json!(["Rust", "PostgreSQL"])),
        ("until", json!("2027-03-01")),
        ("hour_most", usd(9_500)),
        ("languages", json!(["English"])),
        ("mode", json!("open")),
    ] {
        assert_eq!(made[field], value, "{field}: {made}");
    }
    world
        .client
        .done(
            &format!("/requests/{id}/open"),
            json!({"acceptance": ["It answers"]}),
        )
        .await;
    for (skill, found) in [("postgresql", 1), ("RUST", 1), ("pricing", 1), ("cobol", 0)] {
        let list = world
            .expert
            .read(&format!("/requests?open=true&skill={skill}"))
            .await;
        assert_eq!(ids(&list).len(), found, "{skill}: {list}");
        assert_eq!(list["next_cursor"], Value::Null, "{list}");
    }
    let managed = json!({"summary": "Another", "role": "Backend engineer", "mode": "managed"});
    assert_eq!(world.client.done("/requests", managed).await["mode"], "managed");
}

#[tokio::test]
async fn the_note_of_a_counter_offer_is_kept_or_refused() {
    let world = World::new().await;
    let proposal = world.proposed().await;
    let path = format!("/proposals/{proposal}/counter");
    let plan = json!({
        "title": "The service", "deliverable": "A deployed service", "acceptance": ["It answers"],
        "price": usd(100_000), "due_on": "2026-12-20",
    });
    let both = json!({"note": "Sooner, please.", "answers": ["As you say"], "milestones": [plan]});
    let refused = world.client.post(&path, &both).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text()
    );
    assert_eq!(refused.json()["errors"][0]["code"], "note_unused");
    let noted = json!({"note": "Sooner, please.", "milestones": [plan]});
    let made = world.client.done(&path, noted).await;
    assert_eq!(made["versions"][1]["answers"], json!(["Sooner, please."]));
    let silent = json!({"milestones": [plan]});
    let made = world.expert.done(&path, silent).await;
    assert_eq!(made["versions"][2]["answers"], json!(["Sooner, please."]));
}

#[tokio::test]
async fn conversations_come_in_pages() {
    let world = World::new().await;
    let mut talks = Vec::new();
    for number in 0..3 {
        let brief = json!({"summary": format!("Service {number}"), "role": "Engineer"});
        let id = world.client.done("/requests", brief).await["id"].clone();
        let at = |rest: &str| format!("/requests/{}/{rest}", id.as_str().unwrap());
        world
            .client
            .done(&at("open"), json!({"acceptance": ["It runs"]}))
            .await;
        let begun = world.expert.done(&at("conversations"), json!({})).await;
        talks.push(begun["conversation_id"].as_str().unwrap().to_owned());
    }
    talks.sort();
    for who in [&world.client, &world.expert] {
        let first = who.read("/conversations?limit=2").await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = who.read(&format!("/conversations?limit=2&cursor={cursor}")).await;
        assert_eq!((ids(&first).len(), ids(&second).len()), (2, 1));
        assert_eq!(second["next_cursor"], Value::Null);
        let mut all = [ids(&first), ids(&second)].concat();
        all.sort();
        assert_eq!(all, talks);
        let whole = who.read("/conversations?limit=3").await;
        assert_eq!((ids(&whole).len(), &whole["next_cursor"]), (3, &Value::Null));
    }
    let wrong = world.client.get("/conversations?cursor=soon").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// All ids of a list, read a page of two at a time.
async fn paged(who: &Program, path: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.read(&format!("{path}?limit=2{cursor}")).await;
        let found = ids(&page);
        assert!((1..=2).contains(&found.len()), "{path}: {page}");
        all.extend(found);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn histories_and_messages_come_in_pages() {
    let world = World::new().await;
    let (contract, _milestone) = world.submitted().await;
    let talk = world.client.read(&format!("/contracts/{contract}")).await["conversation_id"].clone();
    let messages = format!("/conversations/{}/messages", talk.as_str().unwrap());
    for number in 0..5 {
        let said = json!({"text": format!("Message {number}")});
        world.client.done(&messages, said).await;
    }
    let history = format!("/contracts/{contract}/history");
    for path in [&messages, &history, &"/requests".to_owned()] {
        let whole = ids(&world.client.read(&format!("{path}?limit=100")).await);
        assert_eq!(paged(&world.client, path).await, whole, "{path}");
        let wrong = world.client.get(&format!("{path}?cursor=soon")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(wrong.json()["errors"][0]["field"], "cursor");
    }
    assert!(paged(&world.expert, &messages).await.len() > 4);
    assert!(paged(&world.expert, &history).await.len() > 4);
}

#[tokio::test]
async fn whoever_decides_reads_the_messages_with_their_files() {
    let case = Case::new().await;
    let contract = case.world.client.read("/contracts").await["items"][0]["id"].clone();
    let contract = format!("/contracts/{}", contract.as_str().unwrap());
    let seen = case.world.client.read(&contract).await;
    let talk = seen["conversation_id"].as_str().unwrap();
    assert_eq!(ids(&case.world.client.read("/conversations").await), [talk]);
    let request = Request::post("/api/v1/files?name=log.txt")
        .header("authorization", format!("Bearer {}", case.world.client.token))
        .header("content-type", "application/octet-stream");
    let file = case.world.visitor.ask(request, "p95 is 210 ms").await.json()["file_id"].clone();
    let words = json!({"text": "What I rely on.", "file_ids": [file]});
    let path = format!("/conversations/{talk}/messages");
    case.world.client.done(&path, words).await;
    // What the two write about other work is nobody else's.
    case.world.proposed_for("A booking service").await;
    let talks = case.world.client.read("/conversations").await;
    let other = ids(&talks).into_iter().find(|one| *one != talk).unwrap();
    let words = json!({"text": "Of other work."});
    let path = format!("/conversations/{other}/messages");
    case.world.client.done(&path, words).await;

    let path = format!("/disputes/{}/messages", case.dispute);
    let opened = format!("/files/{}", file.as_str().unwrap());
    let sam = operator(&case.olga.visitor, "sam@office.example").await;
    assert_eq!(
        sam.get(&opened).await.status,
        StatusCode::CONFLICT,
        "nothing was read yet"
    );
    let said = case.olga.read(&path).await;
    assert_eq!(
        (&said["items"][0]["text"], &said["items"][0]["author"]["name"]),
        (&json!("What I rely on."), &json!("Clara"))
    );
    assert!(!said.to_string().contains("Of other work."), "{said}");
    assert_eq!(said["items"][0]["files"][0]["file_id"], file);
    assert_eq!(case.olga.get(&opened).await.text(), "p95 is 210 ms");
    let record = case.world.expert.read("/me/audit").await.to_string();
    assert!(
        record.contains("Read what you two wrote to each other"),
        "{record}"
    );
    assert_eq!(case.olga.read(&contract).await["conversation_id"], Value::Null);
    for who in [&case.world.client, &case.world.expert] {
        assert_eq!(who.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

/// The page of a contract on a day, as its client sees it.
async fn page_on(world: &World, contract: &str, day: i64) -> String {
    let at = world
        .client
        .visitor
        .come_in("clara@client.example", "Clara")
        .await;
    let later = world.visitor.later(day).await;
    at.beside(&later).get(contract).await.text().to_owned()
}

#[tokio::test]
async fn whoever_is_to_say_something_is_led_to_where_it_is_said() {
    let world = World::new().await;
    let (contract, milestone) = world.submitted().await;
    let opened = json!({"unconditional": usd(0), "offer": usd(60_000), "reason": "It takes 900 ms."});
    let path = format!("/milestones/{milestone}/disputes");
    let opened = world.client.done(&path, opened).await;
    let dispute = opened["milestones"][0]["dispute"]["id"].as_str().unwrap();
    let answer = json!({"unconditional": usd(0), "offer": usd(110_000)});
    world
        .expert
        .done(&format!("/disputes/{dispute}/answer"), answer)
        .await;
    let contract = format!("/contracts/{contract}");
    let asked = "Say it in your conversation with Emil";
    let before = page_on(&world, &contract, 0).await;
    assert!(
        before.contains("look for a settlement") && before.contains(asked),
        "{before}"
    );
    let after = page_on(&world, &contract, 14).await;
    assert!(
        !after.contains(asked) && after.contains("Your conversation with Emil"),
        "{after}"
    );
}
