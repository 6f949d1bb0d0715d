//! Somebody who calls the API, with a token of their own.

use axum::http::{Method, Request, StatusCode};
use earnest_hire::ids::PersonId;
use serde_json::{Value, json};

use crate::testing::{Reply, Visitor};

/// A program of one person.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) visitor: Visitor,
    pub(super) token: String,
    pub(super) id: PersonId,
}

const PASSWORD: &str = "three plain words";

impl Program {
    /// Asks for an account, opens the link in the letter, and makes a token.
    pub(super) async fn of(visitor: &Visitor, email: &str, name: &str) -> Self {
        let account = json!({"email": email, "password": PASSWORD, "name": name});
        let asked = post(visitor, "", "/accounts", &account, None).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
        let letters = visitor.letters_to(email).await;
        let (_, rest) = letters.last().unwrap().body.split_once("/sign-in/").unwrap();
        let link = rest.lines().next().unwrap();
        let came = visitor.post(&format!("/sign-in/{link}"), "").await;
        assert_eq!(came.status, StatusCode::SEE_OTHER, "{}", came.text());
        let asked = json!({"email": email, "password": PASSWORD, "label": "test"});
        let made = post(visitor, "", "/tokens", &asked, None).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let token = made.json()["token"].as_str().unwrap().to_owned();
        let me = send((visitor, &token), Method::GET, "/me", None, "").await.json();
        Self {
            visitor: visitor.clone(),
            token,
            id: me["id"].as_str().unwrap().parse().unwrap(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        send((&self.visitor, &self.token), Method::GET, path, None, "").await
    }

    /// With a key that nobody else has.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        let key = format!("{}-{path}-{body}", self.id).replace(|c: char| !c.is_ascii_graphic(), "");
        let key: String = key.chars().take(255).collect();
        post(&self.visitor, &self.token, path, body, Some(&key)).await
    }

    pub(super) async fn post_with(&self, path: &str, body: &Value, key: Option<&str>) -> Reply {
        post(&self.visitor, &self.token, path, body, key).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Reply {
        let body = body.to_string();
        send((&self.visitor, &self.token), Method::PUT, path, None, &body).await
    }

    /// A POST that must be done; what it answered.
    pub(super) async fn done(&self, path: &str, body: Value) -> Value {
        let reply = self.post(path, &body).await;
        assert!(
            reply.status.is_success(),
            "{path}: {} {}",
            reply.status,
            reply.text()
        );
        reply.json()
    }

    /// A POST that must be refused by that code.
    pub(super) async fn refused(&self, path: &str, body: Value, code: &str) {
        let key = format!("refused-{code}-{path}-{body}").replace(|c: char| !c.is_ascii_graphic(), "");
        let key: String = key.chars().take(255).collect();
        let reply = self.post_with(path, &body, Some(&key)).await;
        assert!(reply.status.is_client_error(), "{path}: {}", reply.text());
        assert_eq!(reply.json()["code"], code, "{path}: {}", reply.text());
        assert_eq!(reply.json()["definite"], true, "{path}");
    }
}

pub(super) async fn post(
    visitor: &Visitor,
    token: &str,
    path: &str,
    body: &Value,
    key: Option<&str>,
) -> Reply {
    send((visitor, token), Method::POST, path, key, &body.to_string()).await
}

pub(super) async fn send(
    (visitor, token): (&Visitor, &str),
    method: Method,
    path: &str,
    key: Option<&str>,
    body: &str,
) -> Reply {
    let mut request = Request::builder()
        .method(method.clone())
        .uri(format!("/api/v1{path}"))
        .header("content-type", "application/json");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let reply = visitor.ask(request, body).await;
    super::examples::record(&method, path, &reply);
    reply
}
