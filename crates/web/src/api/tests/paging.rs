//! Long lists, a page at a time: every page has as many items as were asked for, and all together are the list.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::flow::{World, operator};
use super::program::Program;
use crate::api::operation::Operation;
use crate::api::table::OPERATIONS;

fn takes(operation: &Operation, parameter: &str) -> bool {
    operation.query.iter().any(|one| one.name == parameter)
}

/// All items, asked for one by one.
async fn one_by_one(who: &Program, path: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.read(&format!("{path}?limit=1{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 1, "{path}: {page}");
        all.extend(items.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn every_list_with_a_cursor_is_read_by_as_many_as_are_asked_for() {
    let world = World::new().await;
    world.proposed().await;
    for summary in ["Second", "Third"] {
        let brief = json!({"summary": summary, "role": "Python engineer"});
        world.client.done("/requests", brief).await;
    }
    let owner = operator(&world.visitor, "nia@office.example").await;
    let (mut lists, mut turned) = (0, 0);
    for operation in OPERATIONS.iter().filter(|one| takes(one, "cursor")) {
        let path = operation.path;
        assert!(takes(operation, "limit"), "{path} has pages of one length alone");
        if path.contains('{') {
            continue;
        }
        lists += 1;
        for who in [&world.client, &world.expert, &owner] {
            let whole = who.get(&format!("{path}?limit=100")).await;
            if whole.status == StatusCode::NOT_FOUND {
                continue; // The office is not there for everybody.
            }
            let items = whole.json()["items"].as_array().unwrap().clone();
            assert_eq!(one_by_one(who, path).await, items, "{path}");
            turned += usize::from(items.len() > 1);
            let none = who.get(&format!("{path}?limit=0")).await;
            assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(none.json()["errors"][0]["field"], "limit", "{path}");
        }
    }
    assert!(
        lists >= 10 && turned >= 5,
        "{lists} lists, {turned} of more than one item"
    );
}
