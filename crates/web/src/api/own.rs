//! What a person has here beside their work: a name, sessions, notices, holds, and whether their profile is shown.

use earnest_app::expert::{self, Act};
use earnest_app::notice::{self, Topic};
use earnest_app::payee::Confirmed;
use earnest_app::{account, hold, second_factor};
use earnest_hire::ids::HoldId;
use earnest_hire::refusal::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::{self, DONE, HoldView, List};
use crate::problem::Problem;

/// What others call you.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewName {
    #[schemars(length(min = 1, max = 100))]
    name: String,
}

pub(super) async fn rename(call: Call) -> Result<Reply, Problem> {
    let asked: NewName = call.body()?;
    let (desk, me) = (call.desk(), call.me()?);
    account::rename(desk, me, &asked.name).await?;
    let person = account::person(desk, me).await?;
    let has = second_factor::has(desk, me).await?;
    Reply::ok(&view::me(&person, has != second_factor::Has::None))
}

/// A browser or a program in which you are signed in.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionView {
    id: String,
    /// Of a program: what its token is for.
    label: Option<String>,
    browser: String,
    begun_at: String,
    seen_at: String,
    /// Whether this was asked with it.
    is_this: bool,
}

pub(super) async fn sessions(call: Call) -> Result<Reply, Problem> {
    let bearer = call.bearer()?;
    let all = account::browsers(call.desk(), bearer.person.id, bearer.token).await?;
    let items = all.into_iter().map(|one| SessionView {
        id: one.name(),
        is_this: one.is_this,
        label: one.row.label,
        browser: one.row.browser,
        begun_at: one.row.begun_at.to_string(),
        seen_at: one.row.seen_at.to_string(),
    });
    Reply::ok(&List::whole(items.collect()))
}

pub(super) async fn end_session(call: Call) -> Result<Reply, Problem> {
    account::end(call.desk(), call.me()?, call.text("id")).await?;
    Reply::ok(&DONE)
}

pub(super) async fn end_other_sessions(call: Call) -> Result<Reply, Problem> {
    let bearer = call.bearer()?;
    account::go_out_elsewhere(call.desk(), bearer.person.id, bearer.token).await?;
    Reply::ok(&DONE)
}

pub(super) async fn remove_factor(call: Call) -> Result<Reply, Problem> {
    if call.confirmed() == Confirmed::No {
        return Err(earnest_app::Error::from(Refusal::SecondFactorMissing).into());
    }
    second_factor::take_away(call.desk(), call.me()?).await?;
    Reply::ok(&DONE)
}

/// What you are mailed about.
#[derive(Serialize, JsonSchema)]
pub(super) struct NoticeView {
    topic: &'static str,
    meaning: &'static str,
    on: bool,
    /// Whether you may do without it.
    optional: bool,
}

async fn notices_of(call: &Call) -> Result<Reply, Problem> {
    let choices = notice::choices(call.desk(), call.me()?).await?;
    let items = choices.iter().map(|one| NoticeView {
        topic: one.topic.name(),
        meaning: one.topic.meaning(),
        on: one.is_on,
        optional: one.topic.is_optional(),
    });
    Reply::ok(&List::whole(items.collect()))
}

pub(super) async fn notices(call: Call) -> Result<Reply, Problem> {
    notices_of(&call).await
}

/// The optional topics that you want; the others are off from now on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    topics: Vec<String>,
}

pub(super) async fn choose_notices(call: Call) -> Result<Reply, Problem> {
    let asked: Choice = call.body()?;
    let known = |word: &String| Topic::ALL.iter().any(|topic| topic.name() == word);
    if !asked.topics.iter().all(known) {
        let sentence = "There is no such topic: GET /api/v1/me/notices has all of them.";
        return Err(Problem::field("topics", "unknown", sentence));
    }
    let topics: Vec<&str> = asked.topics.iter().map(String::as_str).collect();
    notice::choose(call.desk(), call.me()?, &topics).await?;
    notices_of(&call).await
}

async fn holds_of(call: &Call) -> Result<Reply, Problem> {
    let now = call.web.app.clock.now();
    let all = hold::of_person(call.desk(), call.me()?).await?;
    let items: Vec<HoldView> = all.iter().map(|one| view::hold(one, now)).collect();
    Reply::ok(&List::whole(items))
}

pub(super) async fn holds(call: Call) -> Result<Reply, Problem> {
    holds_of(&call).await
}

/// What is wrong about a hold. Another operator than the one who decided reads it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Complaint {
    #[schemars(length(min = 1))]
    reason: String,
}

pub(super) async fn appeal_hold(call: Call) -> Result<Reply, Problem> {
    let asked: Complaint = call.body()?;
    let (id, once): (HoldId, _) = (call.id("id")?, call.once.to_string());
    let mine = hold::of_person(call.desk(), call.me()?).await?;
    if !mine.iter().any(|one| one.hold.id == id) {
        return Err(Problem::not_found());
    }
    hold::appeal(call.desk(), call.me()?, id, &asked.reason, &once).await?;
    holds_of(&call).await
}

async fn profile_of(call: &Call) -> Result<Reply, Problem> {
    let file = expert::file(call.desk(), call.me()?).await?;
    Reply::ok(&view::expert(&file.ok_or_else(Problem::not_found)?.row))
}

pub(super) async fn profile(call: Call) -> Result<Reply, Problem> {
    profile_of(&call).await
}

pub(super) async fn hide_profile(call: Call) -> Result<Reply, Problem> {
    expert::act(call.desk(), call.me()?, Act::Hide).await?;
    profile_of(&call).await
}

pub(super) async fn show_profile(call: Call) -> Result<Reply, Problem> {
    expert::act(call.desk(), call.me()?, Act::Show).await?;
    profile_of(&call).await
}
