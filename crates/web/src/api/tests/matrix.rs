//! Every operation against everybody, made of the document that the site serves.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use earnest_hire::person::{Email, Role, Roles};
use serde_json::{Value, json};

use super::flow::{World, usd};
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
        let roles: Vec<&Value> = one["x-roles"].as_array().unwrap().iter().collect();
        let once: BTreeSet<String> = roles.iter().map(ToString::to_string).collect();
        assert_eq!(once.len(), roles.len(), "{path}: each role once: {roles:?}");
        let of_office = path.starts_with("/office") && once.contains("\"person\"");
        assert!(!of_office, "{path} is for the office alone");
    }
    let page = visitor.get("/api").await;
    for (_, path, one) in &all {
        assert!(page.text().contains(path.as_str()), "{path}");
        assert!(page.text().contains(one["operationId"].as_str().unwrap()));
    }
}

/// The part of the page that is about an operation.
fn section<'p>(page: &'p str, name: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("<h3 id=\"{name}\">")).unwrap();
    let end = rest.find("<h3 ").unwrap_or(rest.len());
    rest.get(..end).unwrap()
}

#[tokio::test]
async fn the_page_tells_what_the_document_tells() {
    let visitor = Visitor::new();
    let document = document(&visitor).await;
    let page = visitor.get("/api").await;
    let schemas = &document["components"]["schemas"];
    for (method, path, one) in operations(&document) {
        let told = section(page.text(), one["operationId"].as_str().unwrap());
        let says = |words: &str| assert!(told.contains(words), "{method} {path}: {words}: {told}");
        says(&format!("<code>{method} /api/v1{path}</code>"));
        let parameters = one["parameters"].as_array().unwrap().iter();
        for parameter in parameters.filter(|one| one["in"] != "header") {
            says(&format!(
                "<code>{}</code></th>",
                parameter["name"].as_str().unwrap()
            ));
        }
        let sent = &one["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let sent = sent.as_str().and_then(|path| path.rsplit('/').next());
        let members = sent.and_then(|name| schemas[name]["properties"].as_object());
        for (name, _) in members.into_iter().flatten() {
            says(&format!("<code>{name}</code></th>"));
        }
        for (status, _) in one["responses"].as_object().unwrap() {
            says(status);
        }
        for role in one["x-roles"].as_array().unwrap() {
            let role = role.as_str().unwrap();
            says(if role == "person" { "with a token" } else { role });
        }
    }
    let pages = section(page.text(), "listRaisedRequests");
    for part in [
        "only those that nobody has answered",
        "query, integer",
        "list of <a href=\"#document-RaisedRequest\">RaisedRequest</a>",
    ] {
        assert!(pages.contains(part), "{part}: {pages}");
    }
    for link in page.text().split("href=\"#").skip(1) {
        let anchor = link.split('"').next().unwrap();
        assert!(page.text().contains(&format!("id=\"{anchor}\"")), "{anchor}");
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
            if program.id == operator.id && roles.contains(Role::Editor.name()) {
                continue; // it is theirs
            }
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

/// G35: about a thing that is there and is another's, a stranger hears what is said about nothing, to the letter.
#[tokio::test]
async fn what_is_anothers_is_as_nothing() {
    let world = World::new().await;
    let ids = things(&world).await;
    let visitor = &world.visitor;
    let stranger = Program::of(visitor, "eve@stranger.example", "Eve").await;
    let mut tried = BTreeSet::new();
    for (method, path, one) in operations(&document(visitor).await) {
        let roles = one["x-roles"].to_string();
        if !path.contains("{id}") || roles.contains("anyone") {
            continue;
        }
        let nothing = some_id(&one);
        let (kind, _) = nothing.split_once('_').unwrap_or((&nothing, ""));
        let body = one["requestBody"]["content"]["application/json"]["example"].to_string();
        let body = if body == "null" { String::new() } else { body };
        for (count, id) in ids
            .iter()
            .filter(|id| id.starts_with(&format!("{kind}_")))
            .enumerate()
        {
            let mut said = Vec::new();
            for named in [id, &nothing] {
                let key = format!("{count}{named}{method}{path}");
                let key = key.get(..key.len().min(200)).unwrap();
                let concrete = path.replace("{id}", named);
                let reply = send(
                    (visitor, &stranger.token),
                    method.clone(),
                    &concrete,
                    Some(key),
                    &body,
                )
                .await;
                let mut text = reply.json();
                if let Some(problem) = text.as_object_mut() {
                    problem.remove("request_id");
                }
                said.push((reply.status, text.to_string().replace(named, "")));
            }
            assert_eq!(said[0], said[1], "{method} {path} of {id}");
            assert_eq!(said[0].0, StatusCode::NOT_FOUND, "{method} {path} of {id}");
            tried.insert(kind.to_owned());
        }
    }
    let tried: Vec<&str> = tried.iter().map(String::as_str).collect();
    assert_eq!(tried, KINDS, "{ids:?}");
}

/// Of these things, the world has one that belongs to somebody.
const KINDS: &[&str] = &[
    "amd", "cnv", "con", "dsp", "evt", "mst", "pay", "per", "req", "whk",
];

/// The ids of all that a client and an expert have in the middle of a contract with a dispute.
async fn things(world: &World) -> BTreeSet<String> {
    let (contract, milestone) = world.submitted().await;
    let talk = world.client.get("/conversations").await.json()["items"][0]["id"].to_string();
    let talk = talk.trim_matches('"');
    let (client, expert) = (&world.client, &world.expert);
    client
        .done(
            &format!("/conversations/{talk}/messages"),
            json!({"text": "Hello"}),
        )
        .await;
    let hook = json!({"url": "https://hooks.example.com/earnest"});
    client.post("/webhook-endpoints", &hook).await;
    let dearer = json!({"reprice": {"milestone_id": milestone, "price": usd(130_000)}});
    expert
        .done(&format!("/contracts/{contract}/amendments"), dearer)
        .await;
    let opened = json!({"unconditional": usd(10_000), "offer": usd(60_000), "reason": "It takes 900 ms."});
    client
        .done(&format!("/milestones/{milestone}/disputes"), opened)
        .await;
    let mut ids = BTreeSet::new();
    let document = document(&world.visitor).await;
    let lists = operations(&document).into_iter().filter(|(method, path, _)| {
        *method == Method::GET && !path.contains('{') && !path.ends_with("/events") && path != "/me/data"
    });
    let lists = lists.map(|(_, path, _)| path);
    let of_one = [
        format!("/contracts/{contract}"),
        format!("/contracts/{contract}/history"),
        format!("/conversations/{talk}/messages"),
    ];
    for path in lists.chain(of_one) {
        for program in [client, expert] {
            let reply = program.get(&path).await;
            let words = reply
                .text()
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let named = words.filter(|word| word.len() == 30 && word.get(3..4) == Some("_"));
            ids.extend(named.map(ToOwned::to_owned));
        }
    }
    ids
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
