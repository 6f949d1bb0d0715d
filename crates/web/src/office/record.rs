//! What was done about a person's account, by operators and by themself, for that person to read.

use askama::Template;
use axum::extract::{RawQuery, State as FromApp};
use earnest_app::audit;
use earnest_hire::ids::AuditId;

use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, before, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "office/record.html")]
struct Record {
    layout: Layout,
    acts: Vec<Line>,
    older: Option<String>,
}

struct Line {
    at: Moment,
    by: String,
    act: String,
    reasons: String,
}

/// `GET /me/audit`
pub(crate) async fn audit(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let before: Option<AuditId> = before(query.as_deref())?;
    let (acts, next) = audit::about(&web.app.desk, who.id(), before, audit::SHOWN).await?;
    let line = |(row, name): audit::Line| Line {
        at: Moment::new(row.at),
        by: name.unwrap_or_else(|| row.by.to_string()),
        act: row.act,
        reasons: row.reasons,
    };
    let page = Record {
        layout: Layout::new(&web, "The record of your account")
            .of(&who)
            .trail(vec![
                Link::new(urls::me(), "Your work"),
                Link::new(urls::audit(""), "The record of your account"),
            ]),
        acts: acts.into_iter().map(line).collect(),
        older: next.map(|id| urls::audit(&id.to_string())),
    };
    render(&page, Cache::Private)
}
