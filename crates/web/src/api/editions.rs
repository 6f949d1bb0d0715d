//! Editions as whoever looks after content sees them.

use earnest_app::edition::{self, Published, Shown};
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Call, Reply};
use super::view::List;
use crate::problem::Problem;

/// A comparison with every edition of it that there ever was.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListedComparison")]
pub(super) struct ListedView {
    comparison: String,
    /// Null where the content has it no longer.
    title: Option<String>,
    /// The newest first.
    editions: Vec<EditionView>,
}

/// An edition.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edition")]
struct EditionView {
    number: String,
    /// The day it is of.
    date: String,
    changelog: String,
    /// When it was published here.
    published_at: Option<String>,
    /// `program`, `folder`, or `database` where the content has it no longer.
    brought_by: &'static str,
    /// Whether it is the one that is shown unless another is asked for.
    shown: bool,
    /// Whether it can be read here.
    readable: bool,
}

fn view(one: Published) -> EditionView {
    EditionView {
        number: one.number,
        date: one.date,
        changelog: one.changelog,
        published_at: one.published_at.map(|at| at.to_string()),
        brought_by: one.bringer.name(),
        shown: one.shown == Shown::First,
        readable: one.shown != Shown::Not,
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let listed = edition::list(&call.web.app).await?.into_iter();
    let items = listed.map(|one| ListedView {
        comparison: one.comparison,
        title: one.title,
        editions: one.editions.into_iter().map(view).collect(),
    });
    Reply::ok(&List::whole(items.collect()))
}
