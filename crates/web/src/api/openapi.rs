//! The `OpenAPI` document, made of the same table as the routes.

use std::sync::LazyLock;

use axum::http::Method;
use earnest_hire::person::Role;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::operation::{Access, KeyRule, Operation};
use super::table::OPERATIONS;

/// Answers of the tests by operation: what `tests/api/examples.py` has chosen of them.
static EXAMPLES: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// The document.
pub(crate) static CONTENT: LazyLock<Value> = LazyLock::new(document);

/// The document as it is served.
pub(crate) static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&*CONTENT).unwrap_or_default();
    text.push('\n');
    text
});

fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = SchemaGenerator::new(settings);
    let mut paths = Map::new();
    for operation in OPERATIONS.iter() {
        let methods = paths
            .entry(format!("/api/v1{}", operation.path))
            .or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            let method = operation.method.as_str().to_lowercase();
            methods.insert(method, describe(operation, &mut generator));
        }
    }
    let mut schemas = Map::from_iter(generator.take_definitions(true));
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Earnest",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Everything that a page can do.",
            "description": INTRODUCTION,
        },
        "servers": [{"url": "/"}],
        "tags": TAGS.iter().map(|(tag, _)| json!({"name": tag})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token from POST /api/v1/tokens, or from your account's page."},
            },
        },
    })
}

/// What holds for every operation.
pub(crate) const INTRODUCTION: &str = "Send a personal token as `Authorization: Bearer …`. A POST or PUT takes an `Idempotency-Key`, but for those that answer with a secret or are asked by a link; where money may move it \
     is required. Each address has keys of its own: there the same key with the same request gets the first answer, with `Idempotent-Replayed: true`; with another request it is refused (422), and while the first is \
     under way it waits, then is refused (409). Keys are kept for seven days, but not where only a second factor was missing. Errors are RFC 9457 documents with a stable `code`; `definite: true` means that nothing was done. \
     Lists answer `items` and `next_cursor`. Moments are RFC 3339 in UTC. Money is a whole number of minor units with its currency. What you may not see is 404.";

/// Groups of the documentation, by the beginning of the path.
pub(crate) const TAGS: [(&str, &[&str]); 7] = [
    (
        "Office",
        &["/office", "/disputes/{id}/decide", "/disputes/{id}/messages"],
    ),
    ("People", &["/accounts", "/tokens", "/me"]),
    (
        "Compare",
        &["/comparisons", "/decisions", "/rank", "/technologies", "/roles"],
    ),
    ("Experts", &["/experts"]),
    (
        "Requests and proposals",
        &["/requests", "/conversations", "/calls", "/proposals"],
    ),
    (
        "Contracts",
        &[
            "/contracts",
            "/milestones",
            "/amendments",
            "/settlements",
            "/disputes",
        ],
    ),
    (
        "Money, files and news",
        &[
            "/balance",
            "/payouts",
            "/payments",
            "/statements",
            "/files",
            "/webhook",
        ],
    ),
];

pub(crate) fn tag(path: &str) -> &'static str {
    let found = TAGS
        .iter()
        .find(|(_, starts)| starts.iter().any(|start| path.starts_with(start)));
    found.map_or("Other", |(tag, _)| tag)
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [tag(operation.path)],
        "parameters": parameters(operation),
        "responses": responses(operation, generator),
        "security": match operation.access {
            Access::Anyone => json!([]),
            Access::Person | Access::Office(_) | Access::InOffice | Access::Looking => json!([{"token": []}]),
        },
        "x-roles": match operation.access {
            Access::Anyone => json!(["anyone"]),
            Access::Person => json!(["person"]),
            Access::Office(Role::Owner) => json!(["owner"]),
            Access::Office(role) => json!([role.name(), "owner"]),
            Access::InOffice => json!(Role::ALL.iter().map(|role| role.name()).collect::<Vec<_>>()),
            Access::Looking => json!([Role::Support.name(), Role::Finance.name(), "owner"]),
        },
    });
    if let (Some(shape), Some(fields)) = (operation.body, described.as_object_mut()) {
        let schema = shape(generator);
        let is_needed = is_needed(&schema, generator);
        let example: Value = serde_json::from_str(operation.example).unwrap_or_default();
        fields.insert(
            "requestBody".to_owned(),
            json!({
                "required": is_needed,
                "content": {"application/json": {"schema": schema, "example": example}},
            }),
        );
    }
    if let (true, Some(fields)) = (operation.takes_bytes, described.as_object_mut()) {
        fields.insert(
            "requestBody".to_owned(),
            json!({"required": true, "content": {"application/octet-stream": {"schema": {}}}}),
        );
    }
    described
}

/// Whether a document must be sent: one of which everything may be left out may be left out itself.
fn is_needed(schema: &Schema, generator: &mut SchemaGenerator) -> bool {
    let name = schema.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|path| path.rsplit('/').next());
    let found = name.and_then(|name| generator.definitions().get(name));
    let is_free = |one: &Value| one.get("properties").is_some() && one.get("required").is_none();
    !found.is_some_and(is_free)
}

/// Of what kind the id in a path is, by what stands before it.
const KINDS: [(&str, &str); 27] = [
    ("/amendments/", "amd_"),
    ("/calls/", "cal_"),
    ("/contracts/", "con_"),
    ("/conversations/", "cnv_"),
    ("/disputes/", "dsp_"),
    ("/experts/", "per_"),
    ("/files/", "fil_"),
    ("/me/holds/", "hld_"),
    ("/milestones/", "mst_"),
    ("/office/contracts/", "con_"),
    ("/office/experts/", "per_"),
    ("/office/holds/", "hld_"),
    ("/office/ledger/entries/", "ent_"),
    ("/office/letters/", "mai_"),
    ("/office/milestones/", "mst_"),
    ("/office/motions/", "mot_"),
    ("/office/payouts/", "pot_"),
    ("/office/receipts/", "evt_"),
    ("/office/people/", "per_"),
    ("/office/requests/", "req_"),
    ("/payments/", "pay_"),
    ("/payouts/", "pot_"),
    ("/proposals/", "prp_"),
    ("/requests/", "req_"),
    ("/settlements/", "set_"),
    ("/webhook-deliveries/", "whd_"),
    ("/webhook-endpoints/", "whk_"),
];

/// How an id in a path is written.
pub(super) fn pattern(path: &str) -> Option<String> {
    if path.starts_with("/me/sessions/") {
        return Some("^[0-9a-f]{64}$".to_owned());
    }
    if path.starts_with("/decisions/") {
        // The token of a link: it names nothing and opens a decision.
        return Some("^[0-7][0-9a-hjkmnp-tv-z]{25}$".to_owned());
    }
    let (_, kind) = KINDS.iter().find(|(start, _)| path.starts_with(start))?;
    Some(format!("^{kind}[0-7][0-9a-hjkmnp-tv-z]{{25}}$"))
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut all: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let schema = match (name, pattern(operation.path)) {
                ("id", Some(pattern)) => json!({"type": "string", "pattern": pattern}),
                _ => json!({"type": "string"}),
            };
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect();
    all.extend(operation.query.iter().map(|one| {
        json!({
            "name": one.name, "in": "query", "required": false, "description": one.meaning,
            "schema": {"type": one.kind},
        })
    }));
    if operation.key != KeyRule::None {
        all.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": operation.key == KeyRule::Must,
            "description": "A new random value for every new request, the same one for its repetition.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }));
    }
    all
}

/// An answer of another operation that answers the same.
fn alike(schema: &Value, generator: &mut SchemaGenerator) -> Option<&'static Value> {
    schema.get("$ref")?;
    let mut all = OPERATIONS.iter().filter(|one| one.media_type.is_none());
    all.find_map(|one| {
        let example = EXAMPLES.get(one.name)?;
        let answer: Value = (one.answer)(generator).into();
        (*schema == answer).then_some(example)
    })
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut all = Map::new();
    let (kind, schema) = match operation.media_type {
        Some(kind) => (kind, json!({"type": "string"})),
        None => ("application/json", (operation.answer)(generator).into()),
    };
    let example = EXAMPLES.get(operation.name).or_else(|| alike(&schema, generator));
    let mut content = json!({kind: {"schema": schema}});
    if let (Some(example), Some(content)) = (example, content.get_mut(kind).and_then(Value::as_object_mut)) {
        content.insert("example".to_owned(), example.clone());
    }
    all.insert(
        operation.status.as_str().to_owned(),
        json!({"description": "Done.", "content": &content}),
    );
    if operation.method != Method::GET && matches!(operation.access, Access::Office(_)) {
        all.entry("202".to_owned()).or_insert_with(
            || json!({"description": "Proposed: a second operator must confirm it.", "content": content}),
        );
    }
    let mut refused: Vec<(&str, &str)> = vec![
        ("400", "It cannot be read, or its key is missing."),
        ("404", "There is no such thing, or it is not yours."),
        ("413", "It is too large."),
        ("414", "The query is too long."),
        (
            "422",
            "A field cannot be taken, or the key was used for another request.",
        ),
        ("429", "It was tried too often."),
        ("500", "A fault on our side."),
        (
            "503",
            "Not available right now; whether anything was saved, `code` says.",
        ),
    ];
    refused.push((
        "409",
        "A rule says no, a legal text waits to be accepted, or the first request of this key is under way.",
    ));
    refused.push((
        "401",
        "No token, or one that has ended; or address and password do not fit.",
    ));
    if operation.method != Method::GET {
        refused.push(("408", "It took too long to arrive."));
        refused.push(("415", "It is not JSON."));
    }
    for (status, description) in refused {
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        all.insert(
            status.to_owned(),
            json!({"description": description, "content": {"application/problem+json": {"schema": schema}}}),
        );
    }
    Value::Object(all)
}

/// The document of `problem.rs`.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457, with the same codes as the pages.",
        "required": ["type", "title", "status", "detail", "code", "definite", "request_id"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What happened, and what to do."},
            "code": {"type": "string", "description": "Stable, for programs."},
            "definite": {"type": "boolean", "description": "True: nothing was done, and the same again gets the same answer."},
            "request_id": {"type": "string"},
            "at": {"type": "string"},
            "possible_from": {"type": "string", "format": "date-time", "description": "From when on what was refused is possible: with `holding_limit`, unless it never is."},
            "near": {"type": "array", "items": {"type": "string"}},
            "errors": {"type": "array", "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
            }},
        },
    })
}
