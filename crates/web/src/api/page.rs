//! `/api`: the documentation for people, made of the `OpenAPI` document and the table that it is made of.

mod shape;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::Template;
use axum::extract::State as FromApp;
use earnest_hire::person::Role;
use serde_json::{Map, Value};

use self::shape::{Field, Piece, anchor, fields, kind, list, marked, named, reached, text};
use super::openapi::{CONTENT, INTRODUCTION, TAGS, tag};
use super::operation::{Access, KeyRule, Operation};
use super::table::OPERATIONS;
use crate::Ctx;
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, render};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "api/page.html")]
struct Page {
    layout: Layout,
    address: String,
    told: &'static Told,
}

/// What the page tells, the same for everybody: made once.
struct Told {
    introduction: Vec<Piece>,
    groups: Vec<Group>,
    refusals: Vec<(String, String)>,
    problem: Vec<Field>,
    documents: Vec<Document>,
}

static TOLD: LazyLock<Told> = LazyLock::new(told);

struct Group {
    name: &'static str,
    operations: Vec<Line>,
}

struct Line {
    method: String,
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    who: String,
    key: &'static str,
    parameters: Vec<(Field, String)>,
    body: Option<Body>,
    answers: Vec<Answer>,
    /// With which statuses it may refuse.
    refusals: String,
}

/// What is sent.
struct Body {
    says: Vec<Piece>,
    fields: Vec<Field>,
    /// Of what has no members of its own.
    kind: Vec<Piece>,
    example: &'static str,
}

struct Answer {
    status: String,
    says: String,
    kind: Vec<Piece>,
}

struct Document {
    name: String,
    anchor: String,
    says: Vec<Piece>,
    kind: Vec<Piece>,
    fields: Vec<Field>,
}

/// `GET /api`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let page = Page {
        layout: Layout::new(&web, "The API"),
        address: web.site.absolute("/api/openapi.json"),
        told: &TOLD,
    };
    render(&page, Cache::Revalidate)
}

fn told() -> Told {
    let of = |name: &'static str| Group {
        name,
        operations: OPERATIONS
            .iter()
            .filter(|one| tag(one.path) == name)
            .map(line)
            .collect(),
    };
    Told {
        introduction: marked(INTRODUCTION),
        groups: TAGS
            .iter()
            .skip(1)
            .chain(TAGS.first())
            .map(|(name, _)| of(name))
            .collect(),
        refusals: refusals(),
        problem: schemas()
            .and_then(|all| all.get("Problem"))
            .map_or_else(Vec::new, fields),
        documents: documents(),
    }
}

fn line(operation: &Operation) -> Line {
    let told = described(operation);
    let of_kind = |place: &'static str| list(told, "parameters").filter(move |one| text(one, "in") == place);
    let parameters = of_kind("path").chain(of_kind("query"));
    let (done, refused): (Vec<_>, Vec<_>) = responses(told).partition(|(status, _)| status.starts_with('2'));
    Line {
        method: operation.method.to_string(),
        path: operation.path,
        name: operation.name,
        summary: operation.summary,
        who: who(operation.access),
        key: match operation.key {
            KeyRule::None => "",
            KeyRule::May => "key optional",
            KeyRule::Must => "key required",
        },
        parameters: parameters.map(parameter).collect(),
        body: told.get("requestBody").map(|sent| body(sent, operation.example)),
        answers: done
            .into_iter()
            .map(|(status, one)| answer(status, one))
            .collect(),
        refusals: refused
            .iter()
            .map(|(status, _)| status.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn who(access: Access) -> String {
    match access {
        Access::Anyone => "anyone".to_owned(),
        Access::Person => "with a token".to_owned(),
        Access::Office(Role::Owner) => "operators: owner".to_owned(),
        Access::Office(role) => format!("operators: {role} or owner"),
        Access::InOffice => "operators: support, finance, editor or owner".to_owned(),
        Access::Looking => "operators: support, finance or owner".to_owned(),
    }
}

/// An operation as the document describes it.
fn described(operation: &Operation) -> &'static Value {
    let path = format!("/api/v1{}", operation.path);
    let method = operation.method.as_str().to_lowercase();
    let paths = CONTENT.get("paths").and_then(|paths| paths.get(path));
    paths
        .and_then(|methods| methods.get(method))
        .unwrap_or(&Value::Null)
}

fn schemas() -> Option<&'static Map<String, Value>> {
    CONTENT.pointer("/components/schemas")?.as_object()
}

fn responses(told: &Value) -> impl Iterator<Item = (&String, &Value)> {
    told.get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// A parameter with where it stands.
fn parameter(one: &Value) -> (Field, String) {
    let schema = one.get("schema").unwrap_or(&Value::Null);
    let needed = one.get("required") == Some(&Value::Bool(true));
    let field = Field::new(text(one, "name"), schema, (text(one, "description"), needed));
    (field, text(one, "in").to_owned())
}

/// What is sent or answered: its media type and its schema.
fn content(of: &Value) -> Option<(&str, &Value)> {
    let (kind, content) = of.get("content")?.as_object()?.iter().next()?;
    Some((kind.as_str(), content.get("schema")?))
}

fn body(sent: &Value, example: &'static str) -> Body {
    let Some(("application/json", schema)) = content(sent) else {
        return Body {
            says: Vec::new(),
            fields: Vec::new(),
            kind: marked("Bytes of any kind."),
            example,
        };
    };
    let document = named(schema)
        .and_then(|name| schemas()?.get(name))
        .unwrap_or(schema);
    let fields = fields(document);
    Body {
        says: marked(text(document, "description")),
        kind: if fields.is_empty() {
            kind(document)
        } else {
            Vec::new()
        },
        fields,
        example,
    }
}

fn answer(status: &str, one: &Value) -> Answer {
    Answer {
        status: status.to_owned(),
        says: text(one, "description").to_owned(),
        kind: match content(one) {
            Some(("application/json", schema)) => kind(schema),
            Some((media_type, _)) => marked(&format!("`{media_type}`")),
            None => Vec::new(),
        },
    }
}

/// What each status of a refusal says, the same for all operations.
fn refusals() -> Vec<(String, String)> {
    let all = OPERATIONS.iter().flat_map(|one| responses(described(one)));
    let refused = all.filter(|(status, _)| !status.starts_with('2'));
    let told: BTreeMap<String, String> = refused
        .map(|(status, one)| (status.clone(), text(one, "description").to_owned()))
        .collect();
    told.into_iter().collect()
}

/// Every document that an answer or a member of a body leads to.
fn documents() -> Vec<Document> {
    let Some(all) = schemas() else {
        return Vec::new();
    };
    let answered = OPERATIONS.iter().flat_map(|one| responses(described(one)));
    let answered = answered.filter(|(status, _)| status.starts_with('2'));
    let answered = answered.filter_map(|(_, one)| Some(content(one)?.1));
    let sent = OPERATIONS
        .iter()
        .filter_map(|one| content(described(one).get("requestBody")?));
    let sent = sent.filter_map(|(_, schema)| all.get(named(schema)?)?.get("properties"));
    let sent: BTreeMap<&str, &Value> = reached(sent, all).into_iter().collect();
    let shown = |(name, schema): (&str, &Value)| {
        let mut fields = fields(schema);
        for one in &mut fields {
            // What is answered is always there.
            one.is_needed &= sent.contains_key(name);
        }
        Document {
            name: name.to_owned(),
            anchor: anchor(name),
            says: marked(text(schema, "description")),
            kind: if fields.is_empty() {
                kind(schema)
            } else {
                Vec::new()
            },
            fields,
        }
    };
    let answered = reached(answered, all).into_iter();
    let both: BTreeMap<&str, &Value> = answered.chain(sent.clone()).collect();
    both.into_iter().map(shown).collect()
}
