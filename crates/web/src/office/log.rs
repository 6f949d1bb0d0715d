//! What all operators did, for whoever watches over them.

use askama::Template;
use axum::extract::{RawQuery, State as FromApp};
use earnest_app::audit;
use earnest_hire::ids::AuditId;
use earnest_hire::person::Role;
use earnest_store::LoggedRow;

use super::{Operator, layout};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, before, render};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "office/log.html")]
struct Log {
    layout: Layout,
    acts: Vec<Line>,
    older: Option<String>,
}

struct Line {
    at: Moment,
    by: Link,
    about: Link,
    act: String,
    reasons: String,
}

/// `GET /office/log`
pub(crate) async fn log(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    who.may(Role::Owner)?;
    let before: Option<AuditId> = before(query.as_deref())?;
    let (acts, next) = audit::log(&web.app.desk, before, audit::SHOWN).await?;
    let page = Log {
        layout: layout(&web, &who, &[("What operators did", &urls::office_log(""))]),
        older: next.map(|id| urls::office_log(&id.to_string())),
        acts: acts.into_iter().map(line).collect(),
    };
    render(&page, Cache::Private)
}

fn line(one: LoggedRow) -> Line {
    let link = |id: earnest_hire::ids::PersonId, name: Option<String>| {
        let id = id.to_string();
        Link::new(urls::office_person(&id), name.unwrap_or(id))
    };
    Line {
        at: Moment::new(one.row.at),
        by: link(one.row.by, one.by),
        about: link(one.row.person, one.about),
        act: one.row.act,
        reasons: one.row.reasons,
    }
}
