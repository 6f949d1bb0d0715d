//! Examples of answers are answers: the suite writes down what it was given (`tests/api/examples.py` says how), and what is kept
//! still fits the document.

use std::path::Path;

use axum::http::Method;
use serde_json::Value;

use crate::api::openapi::CONTENT;
use crate::api::operation::Operation;
use crate::api::table::OPERATIONS;
use crate::testing::Reply;

/// Names the folder that answers are written to, one below it for each operation.
const FOLDER: &str = "API_EXAMPLES";

/// Which operation an address leads to: where two do, the one with fewer places for ids.
fn operation(method: &Method, path: &str) -> Option<&'static Operation> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let fits = |one: &&Operation| {
        let (asked, told): (Vec<&str>, Vec<&str>) =
            (path.split('/').collect(), one.path.split('/').collect());
        let alike = |(asked, told): (&&str, &&str)| told.starts_with('{') || asked == told;
        one.method == *method && asked.len() == told.len() && asked.iter().zip(&told).all(alike)
    };
    let all = OPERATIONS.iter().filter(fits);
    all.min_by_key(|one| one.path.matches('{').count())
}

/// Keeps an answer where somebody collects them.
pub(super) fn record(method: &Method, path: &str, reply: &Reply) {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let Some(operation) = operation(method, path).filter(|one| one.status == reply.status) else {
        return;
    };
    let text = std::str::from_utf8(&reply.bytes).unwrap_or_default();
    if serde_json::from_str::<Value>(text).is_err() {
        return;
    }
    let folder = Path::new(&folder).join(operation.name);
    std::fs::create_dir_all(&folder).unwrap();
    let name = earnest_hire::hex(&<sha2::Sha256 as sha2::Digest>::digest(text));
    std::fs::write(folder.join(name), text).unwrap();
}

/// What stands behind a `$ref`.
fn meant(schema: &Value) -> &Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.map_or(schema, |name| &CONTENT["components"]["schemas"][name])
}

/// What of a value does not fit its schema, by its place.
fn misfits(value: &Value, schema: &Value, place: &str, found: &mut Vec<String>) {
    let schema = meant(schema);
    if let Some(ways) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        let tried = ways.as_array().unwrap().iter().map(|way| {
            let mut found = Vec::new();
            misfits(value, way, place, &mut found);
            found
        });
        let closest = tried.min_by_key(Vec::len).unwrap_or_default();
        found.extend(closest);
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is = |name: &Value| name == kind || (name == "number" && kind == "integer");
    let fits = match schema.get("type") {
        None => true,
        Some(Value::Array(several)) => several.iter().any(is),
        Some(one) => is(one),
    };
    let words = schema.get("enum").and_then(Value::as_array);
    if !fits || words.is_some_and(|words| !words.contains(value)) {
        found.push(format!("{place}: {value} is not what {schema} allows"));
        return;
    }
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|one| misfits(one, &schema["items"], &format!("{place}[]"), found)),
        Value::Object(members) if schema.get("properties").is_some() => {
            let needed = schema["required"].as_array().into_iter().flatten();
            let gone = needed.filter(|name| !members.contains_key(name.as_str().unwrap()));
            found.extend(gone.map(|name| format!("{place}: {name} is missing")));
            for (name, member) in members {
                match schema["properties"].get(name) {
                    Some(schema) => misfits(member, schema, &format!("{place}.{name}"), found),
                    None => found.push(format!("{place}: {name} is not in the document")),
                }
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                misfits(
                    member,
                    &schema["additionalProperties"],
                    &format!("{place}.{name}"),
                    found,
                );
            }
        }
        _ => {}
    }
}

#[test]
fn every_answer_has_an_example_and_it_fits() {
    let mut found = Vec::new();
    for operation in OPERATIONS.iter() {
        let method = operation.method.as_str().to_lowercase();
        let described = &CONTENT["paths"][format!("/api/v1{}", operation.path)][method];
        let sent = &described["requestBody"]["content"]["application/json"];
        if sent.is_object() {
            let place = format!("{} body", operation.name);
            misfits(&sent["example"], &sent["schema"], &place, &mut found);
        }
        let answers = described["responses"].as_object().unwrap();
        for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
            let place = format!("{} {status}", operation.name);
            // Files and streams are no documents.
            let documents = answer["content"].as_object().unwrap().iter();
            for (_, content) in documents.filter(|(kind, _)| *kind == "application/json") {
                match content.get("example") {
                    None => found.push(format!("{place} has no example")),
                    Some(example) => misfits(example, &content["schema"], &place, &mut found),
                }
            }
        }
    }
    let how = "tests/api/examples.py writes them anew";
    assert_eq!(found, Vec::<String>::new(), "{how}");
}
