//! Jobs that were given up, to be tried again once their cause is mended.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use earnest_app::office;
use earnest_hire::person::Role;
use earnest_store::Job;

use super::{Operator, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "office/jobs.html")]
struct List {
    layout: Layout,
    jobs: Vec<Line>,
}

struct Line {
    id: String,
    what: String,
    chain: String,
    due: Moment,
    attempts: i64,
    error: String,
}

/// `GET /office/jobs`
pub(crate) async fn jobs(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let dead = office::dead_jobs(&web.app.desk).await?;
    let page = List {
        layout: layout(&web, &who, &[("Jobs that were given up", urls::office_jobs())]),
        jobs: dead.into_iter().map(line).collect(),
    };
    render(&page, Cache::Private)
}

fn line(job: Job) -> Line {
    Line {
        what: job.kind.replace('_', " "),
        id: job.id,
        chain: job.chain,
        due: Moment::new(job.due_at),
        attempts: job.attempts,
        error: job.last_error.unwrap_or_default(),
    }
}

/// `POST /office/jobs`: lets one be tried again.
pub(crate) async fn resend(FromApp(web): FromApp<Ctx>, who: Operator, body: Bytes) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    if let Some(first) = who.led_to_proof(&web, urls::office_jobs()) {
        return Ok(first);
    }
    let typed = Typed::read(&body);
    let back = Link::new(urls::office_jobs(), "Jobs that were given up");
    let confirmed = who.0.confirmed(&web);
    office::resend(&web.app.desk, (who.0.id(), confirmed), typed.value("job"))
        .await
        .map_err(|error| refused(error, back))?;
    Ok(Fresh::see_other(urls::office_jobs()))
}
