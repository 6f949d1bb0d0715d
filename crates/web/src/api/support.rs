//! What support works through: requests to answer and profiles to vet.

use earnest_app::expert::{self, File};
use earnest_app::request::{self, Filed};
use earnest_app::{advice, file, shortlist};
use earnest_hire::expert::{Standing, Vetting};
use earnest_hire::ids::RequestId;
use earnest_store::{ExpertRow, Filter};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Call, Reply};
use super::matching::{ListedView, ProposedView, listed, proposed};
use super::view::{self, DONE, ExpertView, FileView, List, MoneyView, money};
use crate::office::LISTED;
use crate::problem::Problem;

/// A request as the office reads it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RaisedRequest")]
pub(super) struct RaisedView {
    id: String,
    /// What people quote.
    reference: String,
    /// `submitted`, `open`, `paused`, `matched`, `filled`, `expired` or `canceled`.
    state: String,
    /// Whether the operator proposes experts for it, and no expert sees it in a list.
    managed: bool,
    submitted_at: String,
    name: String,
    email: String,
    summary: String,
    details: Option<String>,
    /// The technology or role wanted.
    role: String,
    /// As it was written.
    budget: Option<String>,
    /// The most for an hour.
    hour_most: Option<MoneyView>,
    start: Option<String>,
    /// The last day.
    until: Option<String>,
    place: Option<String>,
    skills: Vec<String>,
    languages: Vec<String>,
    /// What must be true when the work is done: as it was opened, and before that as it was wished for.
    acceptance: Vec<String>,
    /// The comparison that it was raised from, at which settings, and what that said.
    comparison: Option<String>,
    query: Option<String>,
    verdict: Option<String>,
    /// The role page that it was raised from.
    from_role: Option<String>,
}

fn raised(call: &Call, filed: &Filed) -> RaisedView {
    let (one, desk) = (&filed.request, call.desk());
    let (brief, origin) = (&one.brief, &one.origin);
    RaisedView {
        id: one.id.to_string(),
        reference: one.reference().to_string(),
        state: filed.stage().to_string(),
        managed: desk.is_managed(one),
        submitted_at: one.submitted_at().to_string(),
        name: brief.name.clone(),
        email: brief.email.clone(),
        summary: brief.summary.clone(),
        details: brief.details.clone(),
        role: brief.role.clone(),
        budget: brief.budget.as_ref().map(earnest_hire::request::Budget::write),
        hour_most: brief.wishes.hour_most.map(|most| money(most, desk.currency)),
        start: brief.start.map(|day| day.to_string()),
        until: brief.wishes.until.map(|day| day.to_string()),
        place: brief.place.clone(),
        skills: brief.wishes.skills.clone(),
        languages: brief.wishes.languages.clone(),
        acceptance: filed.acceptance().to_vec(),
        comparison: origin.comparison.clone(),
        query: origin.query.clone(),
        verdict: origin.verdict.clone(),
        from_role: origin.role.clone(),
    }
}

pub(super) async fn requests(call: Call) -> Result<Reply, Problem> {
    let waiting: Option<bool> = call.asked("waiting", "`true` or `false`.")?;
    let filter = Filter {
        waiting: waiting == Some(true),
        ..Filter::default()
    };
    let found = request::list(&call.web.app, filter, call.cursor()?, call.limit()?).await?;
    Reply::ok(&List {
        items: found.items.iter().map(|one| raised(&call, one)).collect(),
        next_cursor: found.next.map(|id| id.to_string()),
    })
}

/// A request with what was done about it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RequestFile")]
pub(super) struct RequestFile {
    request: RaisedView,
    /// What its client has added; `/files/{id}` gives each.
    files: Vec<FileView>,
    /// When it was first answered.
    replied_at: Option<String>,
    /// Experts whom an operator proposed.
    proposed: Vec<ProposedView>,
    /// Those who fit it best.
    shortlist: Vec<ListedView>,
}

async fn of_path(call: &Call) -> Result<Filed, Problem> {
    let id: RequestId = call.id("id")?;
    Ok(request::show(&call.web.app, &id.to_string()).await?)
}

pub(super) async fn one_request(call: Call) -> Result<Reply, Problem> {
    let filed = of_path(&call).await?;
    let (found, desk) = (&filed.request, call.desk());
    let attached = file::of_request(desk, found.id).await?;
    let best = shortlist::first(desk, found, (None, LISTED)).await?;
    let replied = advice::replied_at(desk, found.id).await?;
    let advised = advice::proposed(desk, found.id).await?;
    Reply::ok(&RequestFile {
        request: raised(&call, &filed),
        files: attached.iter().map(view::file).collect(),
        replied_at: replied.map(|at| at.to_string()),
        proposed: advised.into_iter().map(|one| proposed(&call, one)).collect(),
        shortlist: best.iter().map(listed).collect(),
    })
}

pub(super) async fn replied(call: Call) -> Result<Reply, Problem> {
    let found = of_path(&call).await?.request;
    advice::replied(call.desk(), call.person()?, found.id).await?;
    Reply::ok(&DONE)
}

/// How soon requests of the last 90 days were first answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Replies")]
pub(super) struct RepliesView {
    /// Within how many hours an answer is promised.
    promised_hours: u32,
    /// Those that were answered, and those that were not although the time is over.
    counted: usize,
    /// Of these, how many were answered in time.
    kept: usize,
    median_seconds: Option<i64>,
    /// Those that still may be answered in time.
    waiting: usize,
}

pub(super) async fn replies(call: Call) -> Result<Reply, Problem> {
    let hours = call.web.site.first_reply_hours;
    let found = advice::replies(call.desk(), SignedDuration::from_hours(i64::from(hours))).await?;
    Reply::ok(&RepliesView {
        promised_hours: hours,
        counted: found.counted,
        kept: found.kept,
        median_seconds: found.median.map(|time| time.as_secs()),
        waiting: found.waiting,
    })
}

/// A profile that the office is to look at.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DueExpert")]
pub(super) struct DueView {
    expert: ExpertView,
    /// `new`; `sent_again` where it was let through before; `changed` where it is visible and was changed since.
    why: &'static str,
    since: Option<String>,
}

fn due(row: &ExpertRow) -> DueView {
    DueView {
        why: row.expert.due().name(),
        since: row.expert.due_since().map(|at| at.to_string()),
        expert: view::expert(row),
    }
}

pub(super) async fn experts(call: Call) -> Result<Reply, Problem> {
    let all = expert::due(call.desk()).await?;
    Reply::ok(&List::whole(all.iter().map(due).collect()))
}

/// What the office made of a profile.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Vetting")]
struct VettingView {
    at: String,
    by_id: String,
    /// `approved` or `refused`.
    decision: String,
    /// The words of the checks that did not hold.
    failed: Vec<String>,
    reasons: Option<String>,
}

/// A profile with what the office made of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExpertFile")]
pub(super) struct ExpertFile {
    expert: ExpertView,
    /// Since when it waits for the office; null where it does not.
    due_since: Option<String>,
    /// The last first.
    vettings: Vec<VettingView>,
}

fn vetting(one: &Vetting) -> VettingView {
    VettingView {
        at: one.at.to_string(),
        by_id: one.by.to_string(),
        decision: one.decision.name().to_owned(),
        failed: one.failed.iter().map(|check| check.name().to_owned()).collect(),
        reasons: one.reasons.clone(),
    }
}

pub(super) async fn one_expert(call: Call) -> Result<Reply, Problem> {
    let found = expert::file(call.desk(), call.id("id")?).await?;
    let found = found.filter(|one: &File| one.row.expert.standing != Standing::Draft);
    let found = found.ok_or_else(Problem::not_found)?;
    Reply::ok(&ExpertFile {
        expert: view::expert(&found.row),
        due_since: found.row.expert.due_since().map(|at| at.to_string()),
        vettings: found.vettings.iter().map(vetting).collect(),
    })
}
