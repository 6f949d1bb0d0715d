//! How client and expert find each other: shortlists, invitations, and experts whom an operator proposes.

use earnest_app::advice::{self, Pick};
use earnest_app::request::progress::Reader;
use earnest_app::{conversation, invitation, shortlist};
use earnest_hire::ids::{PersonId, RequestId};
use earnest_hire::invitation::Invitation;
use earnest_hire::person::Role;
use earnest_hire::shortlist::{Place, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::requests::Begun;
use super::view::{self, DONE, ExpertView, List, MoneyView, money};
use crate::problem::Problem;

/// Why an expert stands where they stand, in one respect.
#[derive(Serialize, JsonSchema)]
struct ReasonView {
    part: String,
    points: u32,
    /// The same for client and expert.
    says: String,
}

/// An expert on a shortlist.
#[derive(Serialize, JsonSchema)]
pub(super) struct ListedView {
    /// From 1.
    rank: usize,
    /// Up to 100.
    points: u32,
    reasons: Vec<ReasonView>,
    expert: ExpertView,
}

fn reason(one: &Reason) -> ReasonView {
    ReasonView {
        part: one.part.label().to_owned(),
        points: one.points,
        says: one.says.clone(),
    }
}

pub(super) async fn shortlist(call: Call) -> Result<Reply, Problem> {
    let (known, reader) = super::requests::known(&call).await?;
    let mut all = shortlist::of(call.desk(), &known).await?;
    if reader == Reader::Expert {
        let me = call.me()?;
        all.retain(|one| one.place.person == me);
    }
    Reply::ok(&List::whole(all.iter().map(listed).collect()))
}

pub(super) fn listed(one: &shortlist::Listed) -> ListedView {
    let place: &Place = &one.place;
    ListedView {
        rank: place.rank,
        points: place.points,
        reasons: place.reasons.iter().map(reason).collect(),
        expert: view::expert(&one.row),
    }
}

/// Who is asked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Inviting {
    #[schemars(with = "String")]
    expert_id: PersonId,
}

/// An invitation.
#[derive(Serialize, JsonSchema)]
pub(super) struct InvitationView {
    id: String,
    expert_id: String,
    stage: String,
    at: String,
}

pub(super) async fn invite(call: Call) -> Result<Reply, Problem> {
    let asked: Inviting = call.body()?;
    let (id, me): (RequestId, _) = (call.id("id")?, call.me()?);
    super::requests::known(&call).await?;
    invitation::invite(call.desk(), id, me, asked.expert_id).await?;
    let all = invitation::to_request(call.desk(), id, me).await?;
    let found = all.iter().find(|(one, _)| one.expert == asked.expert_id);
    let (one, _) = found.ok_or_else(Problem::not_found)?;
    Reply::created(&invited(one))
}

fn invited(one: &Invitation) -> InvitationView {
    InvitationView {
        id: one.id.to_string(),
        expert_id: one.expert.to_string(),
        stage: one.stage.to_string(),
        at: one.at.to_string(),
    }
}

pub(super) async fn invitations(call: Call) -> Result<Reply, Problem> {
    let all = invitation::to_request(call.desk(), call.id("id")?, call.me()?).await?;
    Reply::ok(&List::whole(all.iter().map(|(one, _)| invited(one)).collect()))
}

pub(super) async fn withdraw_invitation(call: Call) -> Result<Reply, Problem> {
    let asked: Inviting = call.body()?;
    invitation::withdraw(call.desk(), call.id("id")?, call.me()?, asked.expert_id).await?;
    Reply::ok(&DONE)
}

/// The client turns to an expert whom an operator proposed.
pub(super) async fn turn_to(call: Call) -> Result<Reply, Problem> {
    let asked: Inviting = call.body()?;
    let (id, me) = (call.id("id")?, call.me()?);
    let talk = conversation::begin_with(call.desk(), id, me, asked.expert_id).await?;
    Reply::created(&Begun::of(talk))
}

/// An expert whom an operator proposed.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProposedView {
    expert_id: String,
    name: String,
    /// Why this one.
    note: String,
    /// What an hour would cost.
    hourly_rate: Option<MoneyView>,
    at: String,
}

pub(super) fn proposed(call: &Call, one: advice::Proposed) -> ProposedView {
    ProposedView {
        expert_id: one.row.expert.to_string(),
        name: one.name,
        note: one.row.note,
        hourly_rate: one.row.rate.map(|rate| money(rate, call.desk().currency)),
        at: one.row.at.to_string(),
    }
}

pub(super) async fn proposed_experts(call: Call) -> Result<Reply, Problem> {
    let (known, reader) = super::requests::known(&call).await?;
    if reader != Reader::Client {
        return Err(Problem::not_found());
    }
    let all = advice::proposed(call.desk(), known.request.id).await?;
    let items = all.into_iter().map(|one| proposed(&call, one));
    Reply::ok(&List::whole(items.collect()))
}

/// Why not; may be left out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Declining {
    #[serde(default)]
    reason: String,
}

pub(super) async fn decline(call: Call) -> Result<Reply, Problem> {
    let asked: Declining = call.body()?;
    invitation::decline(call.desk(), call.id("id")?, call.me()?, &asked.reason).await?;
    Reply::ok(&DONE)
}

/// One expert whom an operator proposes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PickIn {
    expert_id: String,
    /// What an hour would cost, such as `95`; left out where the profile says it.
    #[serde(default)]
    rate: String,
    /// Why this one; the client reads it.
    #[schemars(length(min = 1, max = 1000))]
    note: String,
}

/// One to three of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Advice {
    #[schemars(length(min = 1, max = 3))]
    experts: Vec<PickIn>,
}

pub(super) async fn propose_experts(call: Call) -> Result<Reply, Problem> {
    let asked: Advice = call.body()?;
    call.operator(Role::Support)?;
    if asked.experts.len() > advice::PICK_FIELDS.len() {
        return Err(Problem::field("experts", "too_many", "At most three at once."));
    }
    let picks: Vec<Pick> = asked
        .experts
        .into_iter()
        .map(|one| Pick {
            expert: one.expert_id,
            rate: one.rate,
            note: one.note,
        })
        .collect();
    advice::propose(call.desk(), call.person()?, call.id("id")?, &picks).await?;
    Reply::ok(&DONE)
}
