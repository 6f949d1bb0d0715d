//! `/api`: the documentation for people, made of the same table as the routes.

use askama::Template;
use axum::extract::State as FromApp;

use super::openapi::{INTRODUCTION, TAGS, tag};
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
    introduction: String,
    address: String,
    groups: Vec<Group>,
}

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
    example: &'static str,
}

/// `GET /api`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let of = |name: &'static str| Group {
        name,
        operations: OPERATIONS
            .iter()
            .filter(|one| tag(one.path) == name)
            .map(line)
            .collect(),
    };
    let page = Page {
        layout: Layout::new(&web, "The API"),
        introduction: INTRODUCTION.replace('`', ""),
        address: web.site.absolute("/api/openapi.json"),
        groups: TAGS
            .iter()
            .skip(1)
            .chain(TAGS.first())
            .map(|(name, _)| of(name))
            .collect(),
    };
    render(&page, Cache::Revalidate)
}

fn line(operation: &Operation) -> Line {
    Line {
        method: operation.method.to_string(),
        path: operation.path,
        name: operation.name,
        summary: operation.summary,
        who: match operation.access {
            Access::Anyone => "anyone".to_owned(),
            Access::Person => "with a token".to_owned(),
            Access::Office(role) => format!("operators ({role})"),
        },
        key: match operation.key {
            KeyRule::None => "",
            KeyRule::May => "key optional",
            KeyRule::Must => "key required",
        },
        example: operation.example,
    }
}
