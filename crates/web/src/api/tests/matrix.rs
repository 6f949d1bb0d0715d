//! Every operation against everybody, made of the document that the site serves.

use axum::http::{Method, StatusCode};
use earnest_hire::person::{Email, Role, Roles};
use serde_json::Value;

use super::program::{Program, send};
use crate::testing::Visitor;

fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            all.push((
                method,
                path.strip_prefix("/api/v1").unwrap().to_owned(),
                operation.clone(),
            ));
        }
    }
    all
}

async fn document(visitor: &Visitor) -> Value {
    visitor.get("/api/openapi.json").await.json()
}

#[tokio::test]
async fn the_document_is_whole() {
    let visitor = Visitor::new();
    let document = document(&visitor).await;
    assert_eq!(document["openapi"], "3.1.0");
    let all = operations(&document);
    let mut names: Vec<&str> = all
        .iter()
        .map(|(_, _, one)| one["operationId"].as_str().unwrap())
        .collect();
    assert!(names.len() > 70, "{}", names.len());
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "operationIds are unique");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
    }
    for (method, path, one) in &all {
        let is_read = *method == Method::GET;
        let content = &one["requestBody"]["content"];
        let has_example = content["application/json"]["example"].is_object();
        let takes_bytes = content.get("application/octet-stream").is_some();
        assert!(
            is_read || one.get("requestBody").is_none() || has_example || takes_bytes,
            "{path} has no example"
        );
        assert!(one["responses"].as_object().unwrap().len() > 5, "{path}");
    }
    let page = visitor.get("/api").await;
    for (_, path, one) in &all {
        assert!(page.text().contains(path.as_str()), "{path}");
        assert!(page.text().contains(one["operationId"].as_str().unwrap()));
    }
}

/// G35: a stranger's answer about somebody's thing is the answer about nothing, and who is nobody is asked who they are.
#[tokio::test]
async fn strangers_and_nobody() {
    let visitor = Visitor::new();
    let stranger = Program::of(&visitor, "eve@stranger.example", "Eve").await;
    let operator = Program::of(&visitor, "ed@office.example", "Ed").await;
    let email: Email = "ed@office.example".parse().unwrap();
    let roles = Roles::from_iter([Role::Editor]);
    earnest_app::account::appoint(visitor.desk(), &email, "Ed", &roles)
        .await
        .unwrap();
    for (method, path, one) in operations(&document(&visitor).await) {
        if path == "/tokens/end" {
            continue; // it would end the stranger's
        }
        let roles = one["x-roles"].to_string();
        let body = one["requestBody"]["content"]["application/json"]["example"].to_string();
        let body = if body == "null" { String::new() } else { body };
        let concrete = path
            .replace("/{id}", "/{}")
            .replace("{}", &some_id(&one))
            .replace("{slug}", "nothing");
        let nobody = send((&visitor, ""), method.clone(), &concrete, Some("n"), &body).await;
        let documented = |status: StatusCode| one["responses"].get(status.as_str()).is_some();
        assert!(
            documented(nobody.status),
            "{method} {path}: {} {}",
            nobody.status,
            nobody.text()
        );
        if roles.contains("anyone") {
            continue;
        }
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(nobody.header("www-authenticate"), "Bearer");
        for program in [&stranger, &operator] {
            let key = format!("{}{method}", program.id);
            let reply = send(
                (&visitor, &program.token),
                method.clone(),
                &concrete,
                Some(&key),
                &body,
            )
            .await;
            assert!(
                documented(reply.status),
                "{method} {path}: {} {}",
                reply.status,
                reply.text()
            );
            assert!(
                !reply.status.is_server_error(),
                "{method} {path}: {}",
                reply.text()
            );
            if path.contains("{id}") || !roles.contains("person") {
                assert_eq!(
                    reply.status,
                    StatusCode::NOT_FOUND,
                    "{method} {path}: {}",
                    reply.text()
                );
                assert_eq!(reply.json()["code"], "not_found");
            }
        }
    }
}

/// An id that names nothing, of the kind that the document says.
fn some_id(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().unwrap();
    let pattern = parameters
        .iter()
        .find(|one| one["name"] == "id")
        .map_or("", |one| {
            one["schema"]["pattern"]
                .as_str()
                .expect("how an id is written stands in the document")
        });
    match pattern.strip_prefix('^').and_then(|rest| rest.split_once('_')) {
        Some((kind, _)) => format!("{kind}_01jd0000000000000000000000"),
        None => "0".repeat(64),
    }
}
