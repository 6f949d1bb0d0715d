//! Calls between two people, by programs: the rules are those of their pages.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::flow::World;
use super::program::Program;

fn times(slots: &[&str]) -> Value {
    json!({"zone": "Europe/Berlin", "minutes": 30, "slots": slots})
}

/// Client and expert who talk; the path of their calls.
async fn talking() -> (World, String) {
    let world = World::new().await;
    world.proposed().await;
    let talks = world.client.get("/conversations").await.json();
    let talk = talks["items"][0]["id"].as_str().unwrap();
    (world, format!("/conversations/{talk}/calls"))
}

#[tokio::test]
async fn a_call_is_proposed_booked_put_into_a_calendar_and_taken_back() {
    let (world, calls) = talking().await;
    let (clara, emil) = (&world.client, &world.expert);
    let asked = times(&["2026-12-01T14:30", "2026-12-02T09:00"]);
    let proposed = clara.done(&calls, asked.clone()).await;
    assert_eq!(proposed, clara.done(&calls, asked).await, "one key, one call");
    assert_eq!(
        proposed["slots"],
        json!(["2026-12-01T13:30:00Z", "2026-12-02T08:00:00Z"])
    );
    assert_eq!(
        proposed["possible"],
        json!(["withdraw"]),
        "not to be booked by whoever proposed"
    );
    let listed = emil.get(&calls).await.json()["items"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["possible"], json!(["book", "withdraw"]));
    let at = |act: &str| format!("/calls/{}/{act}", proposed["id"].as_str().unwrap());
    emil.refused(&at("missed"), json!({}), "call_not_now").await;
    let unbooked = emil.get(&at("calendar")).await;
    assert_eq!(unbooked.json()["code"], "call_not_now");
    let chosen = json!({"at": "2026-12-01T13:30:00Z"});
    clara.refused(&at("book"), chosen.clone(), "own_offer").await;
    emil.refused(&at("book"), json!({"at": "2026-12-03T00:00:00Z"}), "slot_unfit")
        .await;
    let booked = emil.done(&at("book"), chosen).await;
    assert_eq!(
        (&booked["stage"], &booked["at"]),
        (&json!("booked"), &json!("2026-12-01T13:30:00Z"))
    );
    let calendar = clara.get(&at("calendar")).await;
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8");
    for line in ["DTSTART:20261201T133000Z\r\n", "SUMMARY:Call with Emil\r\n"] {
        assert!(calendar.text().contains(line), "{line} {}", calendar.text());
    }
    let stranger = Program::of(&world.visitor, "eve@stranger.example", "Eve").await;
    assert_eq!(stranger.get(&at("calendar")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get(&calls).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        stranger.post(&at("withdraw"), &json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(clara.done(&at("withdraw"), json!({})).await["stage"], "withdrawn");
    assert!(
        clara
            .get(&at("calendar"))
            .await
            .text()
            .contains("STATUS:CANCELLED\r\n")
    );
}

#[tokio::test]
async fn a_call_that_is_over_was_held_or_missed() {
    let (world, calls) = talking().await;
    let now = world.visitor.later(10).await;
    let after = |program: &Program| Program {
        visitor: now.clone(),
        ..program.clone()
    };
    for (slot, act, stage) in [
        ("2026-12-01T14:30", "held", "held"),
        ("2026-12-02T14:30", "missed", "missed"),
    ] {
        let proposed = world.client.done(&calls, times(&[slot])).await;
        let at = |act: &str| format!("/calls/{}/{act}", proposed["id"].as_str().unwrap());
        let chosen = json!({"at": proposed["slots"][0]});
        world.expert.done(&at("book"), chosen).await;
        assert_eq!(
            after(&world.expert).done(&at(act), json!({})).await["stage"],
            stage
        );
    }
}

#[tokio::test]
async fn times_that_cannot_be_are_refused_by_their_field() {
    let (world, calls) = talking().await;
    for (number, (asked, field)) in [
        (
            json!({"zone": "Mars/Olympus", "minutes": 30, "slots": ["2026-12-01T14:30"]}),
            "zone",
        ),
        (
            json!({"zone": "UTC", "minutes": 5, "slots": ["2026-12-01T14:30"]}),
            "minutes",
        ),
        (
            json!({"zone": "UTC", "minutes": 30, "slots": ["soon"]}),
            "slots[0]",
        ),
        (
            json!({"zone": "UTC", "minutes": 30, "slots": ["2026-12-01T14:30", "2020-01-01T00:00"]}),
            "slots[1]",
        ),
        (json!({"zone": "UTC", "minutes": 30, "slots": []}), "slots[0]"),
        (
            times(&[
                "2026-12-01T14:30",
                "2026-12-01T15:30",
                "2026-12-01T16:30",
                "2026-12-01T17:30",
            ]),
            "slots",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = world
            .client
            .post_with(&calls, &asked, Some(&format!("k-{number}")))
            .await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{asked}: {}",
            reply.text()
        );
        assert_eq!(reply.json()["errors"][0]["field"], field, "{}", reply.text());
    }
}
