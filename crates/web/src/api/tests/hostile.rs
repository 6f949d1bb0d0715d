//! What nobody sends who means well: it is refused in the same shape as everything else, and nothing comes of it.

use axum::http::{Method, Request, StatusCode};
use earnest_app::token;
use serde_json::json;
use tokio::task::JoinSet;

use super::program::{Program, send};
use crate::testing::{Reply, Visitor};

async fn ada() -> Program {
    Program::of(&Visitor::new(), "ada@client.example", "Ada").await
}

impl Program {
    /// A PUT of a name, with a body and a content type of one's own.
    async fn renames(&self, kind: Option<&str>, body: &str) -> Reply {
        let mut request =
            Request::put("/api/v1/me").header("authorization", format!("Bearer {}", self.token));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        self.visitor.ask(request, body).await
    }

    async fn name(&self) -> String {
        self.get("/me").await.json()["name"].as_str().unwrap().to_owned()
    }
}

fn is_problem(reply: &Reply, status: StatusCode, code: &str, what: &str) {
    assert_eq!(reply.status, status, "{what}: {}", reply.text());
    assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
    assert_eq!(reply.json()["code"], code, "{what}");
    assert_eq!(reply.json()["definite"], true, "{what}");
}

#[tokio::test]
async fn bodies_of_other_kinds_are_not_read() {
    let ada = ada().await;
    let body = json!({"name": "Eve"}).to_string();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/merge-patch+json"),
        Some("text/plain; application/json"),
        Some(""),
    ] {
        let reply = ada.renames(kind, &body).await;
        is_problem(
            &reply,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            &format!("{kind:?}"),
        );
    }
    assert_eq!(ada.name().await, "Ada");
    for kind in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(
            ada.renames(Some(kind), &body).await.status,
            StatusCode::OK,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn documents_that_are_none_are_refused_however_they_are_made() {
    let ada = ada().await;
    let deep = "[".repeat(30_000);
    let nested = format!(r#"{{"name": {}}}"#, r#"{"a":"#.repeat(10_000));
    for body in [
        deep.as_str(),
        &nested,
        "{",
        "",
        "\u{feff}{\"name\": \"Eve\"}",
        "{\"name\": \"Eve\"} {}",
        "nul",
        "\"\\ud800\"",
    ] {
        let reply = ada.renames(Some("application/json"), body).await;
        let start: String = body.chars().take(20).collect();
        assert!(
            [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY].contains(&reply.status),
            "{start}: {} {}",
            reply.status,
            reply.text()
        );
        assert!(
            reply.text().len() < 2_000,
            "what was sent is not sent back: {}",
            reply.text()
        );
    }
    let twice = r#"{"name": "Eve", "name": "Mallory"}"#;
    let reply = ada.renames(Some("application/json"), twice).await;
    is_problem(&reply, StatusCode::UNPROCESSABLE_ENTITY, "invalid", twice);
    let more = r#"{"name": "Eve", "roles": ["owner"]}"#;
    let reply = ada.renames(Some("application/json"), more).await;
    is_problem(&reply, StatusCode::UNPROCESSABLE_ENTITY, "invalid", more);
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(64 * 1024));
    let reply = ada.renames(Some("application/json"), &large).await;
    is_problem(&reply, StatusCode::PAYLOAD_TOO_LARGE, "too_large", "64 kB");
    assert_eq!(ada.name().await, "Ada");
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let ada = ada().await;
    let who = (&ada.visitor, ada.token.as_str());
    for method in [
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
        Method::OPTIONS,
        Method::POST,
    ] {
        let reply = send(who, method.clone(), "/me", None, "").await;
        is_problem(
            &reply,
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            method.as_str(),
        );
        let allowed = reply.header("allow");
        assert!(
            allowed.contains("GET") && allowed.contains("PUT"),
            "{method}: {allowed}"
        );
    }
    let whole = send(who, Method::GET, "/me", None, "").await;
    let head = send(who, Method::HEAD, "/me", None, "").await;
    assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-length"), whole.bytes.len().to_string());
    let nobody = send((&ada.visitor, ""), Method::HEAD, "/me", None, "").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn odd_ids_name_nothing() {
    let ada = ada().await;
    let known = ada.id.to_string();
    let id = known.strip_prefix("per_").unwrap();
    for odd in [
        "%00".to_owned(),
        "%2e%2e%2fme".to_owned(),
        "%252e".to_owned(),
        "..%5c..".to_owned(),
        "%27%20or%201=1--".to_owned(),
        format!("PER_{id}"),
        format!("per_{id}%20"),
        format!("per_{id}%0a"),
        format!("per_{}", id.to_uppercase()),
        format!("per_8{}", &id[1..]),
        format!("con_{id}"),
        "x".repeat(4_000),
    ] {
        for path in [format!("/experts/{odd}"), format!("/contracts/{odd}/history")] {
            is_problem(&ada.get(&path).await, StatusCode::NOT_FOUND, "not_found", &path);
        }
    }
    let bytes = ada.get("/contracts/%ff%fe").await;
    assert!(bytes.status.is_client_error(), "{}", bytes.text());
    assert_eq!(bytes.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn only_a_token_lets_a_program_in() {
    let ada = ada().await;
    let browser = ada.visitor.come_in("ada@client.example", "").await;
    let reply = browser.get("/api/v1/me").await;
    is_problem(
        &reply,
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        "the cookie of a browser",
    );
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer earnest_",
        "Basic YWRhOnRocmVl",
        &ada.token,
        &format!("Bearer {}x", ada.token),
        &format!("Bearer {}", ada.token.to_uppercase()),
        &format!("Bearer {} {}", ada.token, ada.token),
    ] {
        let request = Request::get("/api/v1/me").header("authorization", value);
        let reply = ada.visitor.ask(request, "").await;
        is_problem(&reply, StatusCode::UNAUTHORIZED, "unauthenticated", value);
    }
}

/// Forty programs of one person at once: each is let in, and each can be ended.
#[tokio::test]
async fn forty_tokens_of_one_person() {
    let ada = ada().await;
    let desk = ada.visitor.desk();
    let person = earnest_app::account::person(desk, ada.id).await.unwrap();
    let mut asking = JoinSet::new();
    for number in 0..40 {
        let token = token::make(desk, &person, &format!("program {number}"))
            .await
            .unwrap();
        let program = Program {
            token: token.to_string(),
            ..ada.clone()
        };
        asking.spawn(async move {
            let renamed = program
                .put("/me", &json!({"name": format!("Ada {number}")}))
                .await;
            (renamed.status, program)
        });
    }
    let all = asking.join_all().await;
    assert!(all.iter().all(|(status, _)| *status == StatusCode::OK));
    let sessions = ada.get("/me/sessions").await.json();
    assert_eq!(
        sessions["items"].as_array().unwrap().len(),
        42,
        "with the browser and the first program"
    );
    ada.done("/me/sessions/end-others", json!({})).await;
    for (_, program) in &all {
        assert_eq!(program.get("/me").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(ada.get("/me").await.status, StatusCode::OK);
}
