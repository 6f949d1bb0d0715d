//! The JSON API: what pages show, for programs. Errors are RFC 9457 documents, made in `problem.rs`.

mod agree;
mod arranging;
mod books;
mod call;
mod contracts;
mod deadlines;
mod decisions;
mod editions;
mod experts;
mod holding;
mod leaving;
mod matching;
mod money;
mod office;
mod openapi;
mod operation;
mod own;
mod page;
mod paying;
mod people;
mod records;
mod requests;
mod support;
mod table;
mod view;
mod waiting;
mod watching;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::content::Comparison;
use earnest_compare::problem::{Limits, Rejection};
use earnest_compare::rank;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::answer::{Cache, Fresh};
use crate::compare;
use crate::page::Link;
use crate::problem::Problem;
use crate::{Ctx, urls};

pub(crate) use self::page::show as documentation;

/// The operations of the table that have no handler of their own.
pub(crate) fn routes() -> Router<Ctx> {
    table::OPERATIONS
        .iter()
        .fold(Router::new(), |router, operation| match operation.route() {
            Some(route) => router.route(&format!("/api/v1{}", operation.path), route),
            None => router,
        })
}

/// `GET /api/openapi.json`
pub(crate) async fn document() -> Fresh {
    Fresh::json(openapi::DOCUMENT.as_str(), Cache::Revalidate)
}

/// `GET /api/v1/comparisons`
pub(crate) async fn comparisons(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let item = |c: &Comparison| {
        let editions: Vec<&str> = c
            .editions
            .iter()
            .map(|e| e.edition.head.number.as_str())
            .collect();
        json!({
            "slug": c.text.slug, "title": c.text.title, "question": c.text.question, "options": c.text.options,
            "criteria": c.text.criteria, "editions": editions, "default_edition": c.text.default_edition,
            "url": web.site.absolute(&urls::comparison(&c.text.slug)),
        })
    };
    let items: Vec<Value> = web.app.catalogue.comparisons.iter().map(item).collect();
    list(&items)
}

/// `GET /api/v1/comparisons/{slug}`: byte for byte what `/compare/{slug}.json` answers.
pub(crate) async fn comparison(
    FromApp(web): FromApp<Ctx>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    compare::json(&web, &slug, query.as_deref())
}

/// Draws times cells of one simulation over HTTP: a few seconds of one processor. The command line has no such limit.
const SIMULATED_CELLS_MAX: u64 = 200_000_000;
const SIMULATED_TOO_MUCH: &str = "This simulation is too large for a web request: alternatives × criteria × draws may be 200,000,000 at most. \
     Ask for fewer draws, or use `earnest rank` on your own machine.";

/// Problems solved at the same time; more wait their turn, so that pages stay quick.
static SOLVING: Semaphore = Semaphore::const_new(2);

/// `POST /api/v1/rank`: the problem of the decision engine in, its answer out.
pub(crate) async fn rank(body: Bytes) -> Result<Fresh, Problem> {
    let text = String::from_utf8(body.to_vec()).map_err(|_not_text| {
        Problem::engine("E_SHAPE", "The body is not UTF-8 text; send one JSON object.", "")
    })?;
    let problem = earnest_compare::problem::Problem::read(&text, &Limits::HTTP)
        .map_err(|rejection| refused(&rejection))?;
    if problem.simulated_cells() > SIMULATED_CELLS_MAX {
        return Err(Problem::engine("E_SHAPE", SIMULATED_TOO_MUCH, "/methods"));
    }
    let _turn = SOLVING.acquire().await.map_err(Problem::broken)?;
    let answer = tokio::task::spawn_blocking(move || rank::solve(&problem, 1))
        .await
        .map_err(Problem::broken)?;
    Ok(Fresh::json(
        serde_json::to_string(&answer).map_err(Problem::broken)?,
        Cache::Private,
    ))
}

fn refused(rejection: &Rejection) -> Problem {
    Problem::engine(rejection.code.as_str(), &rejection.message, &rejection.at)
}

/// `GET /api/v1/technologies`
pub(crate) async fn technologies(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    list(&web.app.catalogue.technologies)
}

/// `GET /api/v1/roles`
pub(crate) async fn roles(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    list(&web.app.catalogue.roles)
}

/// `GET /api/v1/roles/{slug}`
pub(crate) async fn role(FromApp(web): FromApp<Ctx>, Path(slug): Path<String>) -> Result<Fresh, Problem> {
    let catalogue = Arc::clone(&web.app.catalogue);
    let all = || {
        catalogue
            .roles
            .iter()
            .map(|r| Link::new(format!("/api/v1/roles/{}", r.slug), r.title.clone()))
            .collect()
    };
    let role = catalogue
        .role(&slug)
        .ok_or_else(|| Problem::not_found().near(all()))?;
    Ok(Fresh::json(
        serde_json::to_string(role).map_err(Problem::broken)?,
        Cache::Revalidate,
    ))
}

/// All there is, in the shape of every list of the API; these lists have one page.
fn list<T: serde::Serialize>(items: &[T]) -> Result<Fresh, Problem> {
    let text =
        serde_json::to_string(&json!({"items": items, "next_cursor": null})).map_err(Problem::broken)?;
    Ok(Fresh::json(text, Cache::Revalidate))
}

/// Reads a body as each of the documents with money in them that an operation takes.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_bodies(body: &[u8]) -> [(&'static str, Result<(), Problem>); 6] {
    use self::call::read_json;
    [
        ("amendment", read_json::<agree::AmendmentIn>(body).map(drop)),
        ("split", read_json::<agree::Split>(body).map(drop)),
        ("dispute", read_json::<agree::NewDispute>(body).map(drop)),
        ("answer", read_json::<agree::DisputeAnswer>(body).map(drop)),
        ("signing", read_json::<contracts::Signing>(body).map(drop)),
        ("funding", read_json::<contracts::Funding>(body).map(drop)),
    ]
}

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::{
    call::read_json,
    operation::{KeyRule, key_in},
};

#[cfg(test)]
mod tests;
