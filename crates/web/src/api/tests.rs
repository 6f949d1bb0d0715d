//! The JSON API, as programs see it.

mod arranging;
mod decisions;
mod each;
mod examples;
mod flow;
mod holding;
mod hostile;
mod listening;
mod matrix;
mod paging;
mod program;
mod purse;
mod records;
mod rest;
mod support;
mod talking;
mod waiting;

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::testing::{Reply, Visitor, with_small};

const SLUG: &str = "python-vs-nodejs-for-backend-hiring";

async fn rank(visitor: &Visitor, body: &str) -> Reply {
    let request = Request::post("/api/v1/rank").header("content-type", "application/json");
    visitor.ask(request, body).await
}

fn problem() -> Value {
    json!({
        "schema": "earnest.rank/1",
        "alternatives": ["A", "B"],
        "criteria": [
            {"name": "speed", "direction": "benefit", "weight": 1, "scale": [0, 10]},
            {"name": "pay", "direction": "cost", "weight": 1, "scale": [0, 10]}
        ],
        "matrix": [[7, 3], [8, 6]],
        "methods": [{"method": "weighted_sum", "normalization": "fixed"}, "topsis"]
    })
}

/// C20: the file beside the page and the API are the same bytes, whatever the settings.
#[tokio::test]
async fn the_file_and_the_api_are_the_same_bytes() {
    let visitor = Visitor::new();
    for query in [
        "",
        "?w.performance=3&w.data-science=0.5",
        "?preset=data-and-ml&must=numpy",
        "?edition=1",
        "?scores=editor&region=ua&weeks=4",
        "?keep=other&keep.name=What%20we%20%3Cb%3E&months.python=4&now.talent=3",
        "?unknown=key",
    ] {
        let file = visitor.get(&format!("/compare/{SLUG}.json{query}")).await;
        let api = visitor.get(&format!("/api/v1/comparisons/{SLUG}{query}")).await;
        assert_eq!(
            (file.status, api.status),
            (StatusCode::OK, StatusCode::OK),
            "{query}"
        );
        assert_eq!(file.bytes, api.bytes, "{query}");
        assert_eq!(file.header("etag"), api.header("etag"), "{query}");
    }
}

/// What product and page promise is on top of the document.
#[tokio::test]
async fn the_document_holds_the_promised_parts() {
    let json = Visitor::new()
        .get(&format!("/api/v1/comparisons/{SLUG}"))
        .await
        .json();
    for key in [
        "weights",
        "totals",
        "verdict",
        "acceptability",
        "flips",
        "methods",
        "edition",
        "cells",
    ] {
        assert!(!json[key].is_null(), "{key}");
    }
    let cell = &json["cells"][0];
    for key in [
        "technology",
        "criterion",
        "score",
        "interval",
        "rule",
        "observations",
    ] {
        assert!(!cell[key].is_null(), "{key}");
    }
    for key in ["name", "anchors", "formula"] {
        assert!(!cell["rule"][key].is_null(), "{key}");
    }
    let observation = &cell["observations"][0];
    for key in [
        "value",
        "unit",
        "kind",
        "source",
        "locator",
        "review_by",
        "source_detail",
    ] {
        assert!(!observation[key].is_null(), "{key}");
    }
    for key in [
        "title",
        "publisher",
        "url",
        "published",
        "accessed",
        "licence",
        "redistributable",
    ] {
        assert!(!observation["source_detail"][key].is_null(), "{key}");
    }
    assert_eq!(json["edition"]["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn lists_have_the_shape_of_every_list() {
    let visitor = Visitor::with(&with_small());
    for (path, count) in [("comparisons", 2), ("technologies", 10), ("roles", 2)] {
        let list = visitor.get(&format!("/api/v1/{path}")).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), count, "{path}");
        assert!(
            list["next_cursor"].is_null() && list.get("next_cursor").is_some(),
            "{path}"
        );
    }
    let first = &visitor.get("/api/v1/comparisons").await.json()["items"][0];
    assert_eq!(first["slug"], "go-vs-rust-for-services");
    assert_eq!(
        first["url"],
        "http://127.0.0.1:8080/compare/go-vs-rust-for-services"
    );
}

/// Wrong settings are one problem document that names every one of them.
#[tokio::test]
async fn wrong_settings_are_one_problem_with_all_of_them() {
    let visitor = Visitor::new();
    let query = "?w.speed=1&w.talent=1001&edition=9&must=x&region=mars&preset=y";
    for path in [
        format!("/compare/{SLUG}.json{query}"),
        format!("/api/v1/comparisons/{SLUG}{query}"),
    ] {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.header("cache-control"), "private, no-store");
        let problem = reply.json();
        assert_eq!(
            (&problem["code"], &problem["status"]),
            (&json!("invalid"), &json!(422))
        );
        let fields: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["field"].as_str().unwrap())
            .collect();
        assert_eq!(
            fields,
            ["edition", "preset", "w.speed", "w.talent", "must", "region"]
        );
    }
}

#[tokio::test]
async fn a_problem_is_ranked() {
    let reply = rank(&Visitor::new(), &problem().to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/json");
    let answer = reply.json();
    assert_eq!(answer["schema"], "earnest.rank-result/1");
    let sum = &answer["results"]["weighted_sum"];
    // (7 + (10 − 3)) / 2 of 10 and (8 + (10 − 6)) / 2 of 10
    let scores: Vec<f64> = sum["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s.as_f64().unwrap())
        .collect();
    assert!(
        (scores[0] - 0.7).abs() < 1e-12 && (scores[1] - 0.6).abs() < 1e-12,
        "{sum}"
    );
}

/// Each way to be wrong has its code and the place in what was sent.
#[tokio::test]
async fn a_rejected_problem_says_where_and_why() {
    let visitor = Visitor::new();
    let with = |pointer: &str, value: Value| {
        let mut problem = problem();
        *problem.pointer_mut(pointer).unwrap() = value;
        problem.to_string()
    };
    let mut extra = problem();
    extra["colour"] = json!("red");
    for (body, code, at) in [
        (String::new(), "E_SHAPE", ""),
        ("[]".into(), "E_SHAPE", ""),
        (extra.to_string(), "E_SHAPE", "/colour"),
        (with("/schema", json!("earnest.rank/9")), "E_SHAPE", "/schema"),
        (with("/matrix/1", json!([1])), "E_SHAPE", "/matrix/1"),
        (with("/alternatives/1", json!("A")), "E_NAME", "/alternatives/1"),
        (
            with("/criteria/0/direction", json!("up")),
            "E_DIRECTION",
            "/criteria/0/direction",
        ),
        (
            with("/criteria/0/weight", json!(-1)),
            "E_WEIGHTS",
            "/criteria/0/weight",
        ),
        (with("/matrix/0/1", json!("x")), "E_VALUE", "/matrix/0/1"),
        (
            with("/criteria/0/scale", json!([0, 7.5])),
            "E_SCALE",
            "/matrix/1/0",
        ),
        (
            with(
                "/criteria/0",
                json!({"name": "speed", "direction": "benefit", "scale": [0, 10], "preference": {"type": "coin"}}),
            ),
            "E_PREFERENCE",
            "/criteria/0/preference/type",
        ),
        (
            with("/methods/1", json!({"method": "vikor", "v": 2})),
            "E_OPTION",
            "/methods/1/v",
        ),
        (with("/methods/1", json!("coin")), "E_METHOD", "/methods/1"),
        (
            with(
                "/methods/1",
                json!({"method": "smaa", "value": "minmax", "draws": 1_000_001}),
            ),
            "E_SHAPE",
            "/methods/1/draws",
        ),
    ] {
        let reply = rank(&visitor, &body).await;
        let said = reply.json();
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(
            (said["code"].as_str(), said["at"].as_str()),
            (Some(code), Some(at)),
            "{said}"
        );
        assert!(said["detail"].as_str().unwrap().ends_with('.'), "{said}");
    }
    let not_text = Request::post("/api/v1/rank");
    let reply = visitor.ask(not_text, "\u{0}").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_problem_of_a_megabyte_is_read_and_a_larger_one_refused() {
    let visitor = Visitor::new();
    let text = problem().to_string();
    let full = format!("{text}{}", " ".repeat(1024 * 1024 - text.len()));
    assert_eq!(rank(&visitor, &full).await.status, StatusCode::OK);
    let reply = rank(&visitor, &format!("{full} ")).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.json()["code"], "too_large");
    assert!(
        reply.text().contains("1 MB to rank a problem"),
        "{}",
        reply.text()
    );
}
