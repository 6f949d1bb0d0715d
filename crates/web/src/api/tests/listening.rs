//! Programs hear what is said as it is said, with a token alone.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::flow::World;
use super::program::Program;
use crate::testing::between;

async fn chunk(body: &mut Body) -> Option<String> {
    let frame = tokio::time::timeout(Duration::from_secs(30), body.frame())
        .await
        .unwrap()?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

/// The document in an event.
fn told(event: &str) -> Value {
    serde_json::from_str(between(event, "\ndata: ", "\n")[0]).unwrap()
}

async fn listens(program: &Program, path: &str, more: &[(&str, &str)]) -> axum::response::Response {
    let bearer = format!("Bearer {}", program.token);
    let headers = [&[("authorization", bearer.as_str())], more].concat();
    program.visitor.begin(&format!("/api/v1{path}"), &headers).await
}

#[tokio::test]
async fn a_message_is_heard_as_the_list_has_it_and_a_break_loses_none() {
    let world = World::new().await;
    world.proposed().await;
    let talks = world.client.get("/conversations").await.json();
    let talk = format!("/conversations/{}", talks["items"][0]["id"].as_str().unwrap());
    let (events, messages) = (format!("{talk}/events"), format!("{talk}/messages"));
    let response = listens(&world.client, &events, &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let begun = chunk(&mut body).await.unwrap();
    let start = between(&begun, "retry: 3000\nid: ", "\n")[0];
    let saying = world.expert.done(&messages, json!({"text": "Hello\n\ndata: no"}));
    let (event, said) = tokio::join!(chunk(&mut body), saying);
    let event = event.unwrap();
    assert!(
        event.starts_with("event: message\nid: ") && event.ends_with("\n\n"),
        "{event}"
    );
    assert_eq!(told(&event), said, "as it was answered to whoever said it");
    let listed = world.client.get(&messages).await.json();
    assert_eq!(listed["items"].as_array().unwrap().last(), Some(&said));
    drop(body);
    // a break before anything was heard
    let mut body = listens(&world.client, &events, &[("last-event-id", start)])
        .await
        .into_body();
    chunk(&mut body).await.unwrap();
    assert_eq!(chunk(&mut body).await, Some(event.clone()));

    let second = world.expert.done(&messages, json!({"text": "Second"})).await;
    let last = between(&event, "\nid: ", "\n")[0];
    let after = format!("{events}?after={last}");
    for (path, headers) in [(&events, &[("last-event-id", last)][..]), (&after, &[])] {
        let mut body = listens(&world.client, path, headers).await.into_body();
        chunk(&mut body).await.unwrap();
        assert_eq!(told(&chunk(&mut body).await.unwrap()), second, "{path}");
    }

    let eve = Program::of(&world.visitor, "eve@stranger.example", "Eve").await;
    assert_eq!(listens(&eve, &events, &[]).await.status(), StatusCode::NOT_FOUND);
    let nobody = world.visitor.begin(&format!("/api/v1{events}"), &[]).await;
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_that_has_ended_hears_nothing_more() {
    let world = World::new().await;
    world.proposed().await;
    let talks = world.client.get("/conversations").await.json();
    let talk = format!("/conversations/{}", talks["items"][0]["id"].as_str().unwrap());
    let mut body = listens(&world.client, &format!("{talk}/events"), &[])
        .await
        .into_body();
    chunk(&mut body).await.unwrap();
    world.client.done("/tokens/end", json!({})).await;
    let messages = format!("{talk}/messages");
    let saying = world.expert.done(&messages, json!({"text": "For you alone"}));
    let (heard, _said) = tokio::join!(chunk(&mut body), saying);
    assert_eq!(heard, None);
}
