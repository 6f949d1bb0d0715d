//! The office: what waits, what is decided, and the books.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use earnest_app::contract::Also;
use earnest_app::motion::{self, Given, What};
use earnest_app::office as queues;
use earnest_app::payee::{Confirmed, Who};
use earnest_app::{audit, dispute, hold, ledger, people};
use earnest_hire::contract::{Actor, Command};
use earnest_hire::ids::{ContractId, MilestoneId, PersonId};
use earnest_hire::money::Money;
use earnest_hire::payee::Command as OfPayee;
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use earnest_store::Key;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::agree::disputes;
use super::call::{Call, Reply};
use super::view::{self, DONE, HoldView, List, MessageView, MoneyView, PartyView};
use crate::office::shown;
use crate::problem::Problem;

/// What waits for somebody.
#[derive(Serialize, JsonSchema)]
pub(super) struct QueueView {
    queue: String,
    count: i64,
    /// Since when the longest waits.
    oldest: Option<String>,
}

pub(super) async fn all_queues(call: Call) -> Result<Reply, Problem> {
    let person = call.person()?;
    let waiting = queues::queues(call.desk(), &person.roles).await?;
    let items = waiting.iter().map(|one| QueueView {
        queue: snake(&format!("{:?}", one.queue)),
        count: one.count,
        oldest: one.oldest.map(|at| at.to_string()),
    });
    Reply::ok(&List::whole(items.collect()))
}

fn snake(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// A decision of a dispute: both sums together are what is in dispute.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionIn {
    #[schemars(with = "MoneyView")]
    to_expert: Money,
    #[schemars(with = "MoneyView")]
    to_client: Money,
    /// At least 200 characters; both parties read them.
    #[schemars(length(min = 200))]
    reasons: String,
}

/// What came of what an operator asked.
#[derive(Serialize, JsonSchema)]
pub(super) struct Carried {
    /// Whether it is done; otherwise a second operator must confirm it.
    done: bool,
    /// What the second operator confirms.
    motion_id: Option<String>,
}

/// What operators do about money takes a second factor.
pub(super) fn sure(call: &Call) -> Result<(), Problem> {
    match call.confirmed() {
        Confirmed::Yes => Ok(()),
        Confirmed::No => Err(earnest_app::Error::from(Refusal::SecondFactorMissing).into()),
    }
}

fn key(call: &Call, command: &impl Serialize) -> Result<Key, Problem> {
    let text = serde_json::to_string(command).map_err(Problem::broken)?;
    Ok(Key::new(
        &format!("{} office", call.me()?),
        &call.once.to_string(),
        &text,
    ))
}

pub(super) async fn decide(call: Call) -> Result<Reply, Problem> {
    let asked: DecisionIn = call.body()?;
    let actor = call.operator(Role::Finance)?;
    sure(&call)?;
    let (contract, milestone) = disputed(&call).await?;
    let command = Command::DecideDispute {
        milestone,
        to_expert: asked.to_expert,
        to_client: asked.to_client,
        reasons: dispute::read_reasons(&asked.reasons)?,
        second: None,
    };
    let also = Also::Key(key(&call, &command)?);
    give(&call, &What::Contract(contract, command), &actor, also).await
}

/// The contract and milestone whose open dispute has the id of the path.
async fn disputed(call: &Call) -> Result<(ContractId, MilestoneId), Problem> {
    let (found, _names) = found(call).await?;
    Ok((found.contract.id, found.milestone))
}

async fn found(call: &Call) -> Result<(dispute::Open, BTreeMap<PersonId, String>), Problem> {
    let (open, names) = dispute::open(call.desk()).await?;
    let is_it = |one: &dispute::Open| {
        let milestone = one.contract.milestone(one.milestone);
        milestone.is_ok_and(|milestone| disputes(milestone, call.text("id")))
    };
    let found = open.into_iter().find(is_it).ok_or_else(Problem::not_found)?;
    Ok((found, names))
}

/// What both parties wrote to each other, for whoever decides: that it was read stands in the record of both.
pub(super) async fn dispute_messages(call: Call) -> Result<Reply, Problem> {
    let (found, names) = found(&call).await?;
    let said = dispute::messages(call.desk(), call.person()?, &found.contract).await?;
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_default();
    let items = said.ok_or_else(Problem::not_found)?.into_iter();
    let items = items.map(|one| MessageView {
        id: one.id.to_string(),
        author: PartyView {
            id: one.author.to_string(),
            name: name(one.author),
        },
        at: one.at.to_string(),
        text: one.text,
        files: one.files.iter().map(view::file).collect(),
    });
    Reply::ok(&call.page(items.collect(), |one| &one.id)?)
}

/// Does it, or proposes it where a second operator must confirm it.
async fn give(call: &Call, what: &What, actor: &Actor, also: Also) -> Result<Reply, Problem> {
    let who = Who {
        actor,
        confirmed: call.confirmed(),
    };
    carried(motion::give(call.desk(), what, who, also).await?)
}

pub(super) fn carried(given: Given) -> Result<Reply, Problem> {
    let (status, motion) = match given {
        Given::Done => (StatusCode::OK, None),
        Given::Proposed(id) => (StatusCode::ACCEPTED, Some(id.to_string())),
    };
    let answer = Carried {
        done: motion.is_none(),
        motion_id: motion,
    };
    Reply::with(status, &answer)
}

/// What waits for a second operator.
#[derive(Serialize, JsonSchema)]
pub(super) struct MotionView {
    id: String,
    /// The contract or person that it is about.
    about: String,
    command: serde_json::Value,
    proposed_by: String,
    proposed_at: String,
    /// Whether you can second it: you did not propose it, and whoever did may still decide such things.
    can_second: bool,
}

pub(super) async fn motions(call: Call) -> Result<Reply, Problem> {
    let open = motion::open_to_second(call.desk()).await?;
    let me = call.me()?;
    let items = open.iter().map(|(row, still_decides)| MotionView {
        id: row.id.to_string(),
        about: row.chain.clone(),
        command: serde_json::from_str(&row.command).unwrap_or_default(),
        proposed_by: row.proposed_by.to_string(),
        proposed_at: row.proposed_at.to_string(),
        can_second: *still_decides && row.proposed_by != me,
    });
    Reply::ok(&List::whole(items.collect()))
}

pub(super) async fn second(call: Call) -> Result<Reply, Problem> {
    let actor = call.operator(Role::Finance)?;
    sure(&call)?;
    let who = Who {
        actor: &actor,
        confirmed: call.confirmed(),
    };
    let id = call.id("id")?;
    match motion::second(call.desk(), id, who).await {
        Ok(_carried) => {}
        // This request may have been killed after the deed and before its answer was kept.
        Err(_) if motion::is_seconded_by(call.desk(), id, call.me()?).await? => {}
        Err(error) => return Err(error.into()),
    }
    Reply::ok(&Carried {
        done: true,
        motion_id: None,
    })
}

pub(super) async fn drop_motion(call: Call) -> Result<Reply, Problem> {
    let actor = call.operator(Role::Finance)?;
    let who = Who {
        actor: &actor,
        confirmed: call.confirmed(),
    };
    motion::withdraw(call.desk(), call.id("id")?, who).await?;
    Reply::ok(&DONE)
}

/// A dispute that is not over.
#[derive(Serialize, JsonSchema)]
pub(super) struct OpenDisputeView {
    contract_id: String,
    milestone_id: String,
    /// Decide it by this.
    dispute_id: Option<String>,
    phase: Option<String>,
    client: String,
    expert: String,
    /// Whether the office is to decide now.
    awaits_decision: bool,
    /// How many operators there are too few of to decide it now.
    missing_operators: usize,
}

pub(super) async fn open_disputes(call: Call) -> Result<Reply, Problem> {
    let (open, names) = dispute::open(call.desk()).await?;
    let name = |id: &PersonId| names.get(id).cloned().unwrap_or_default();
    let items = open.iter().map(|one| {
        let found = one.parts().map(|(_, found)| found);
        OpenDisputeView {
            contract_id: one.contract.id.to_string(),
            milestone_id: one.milestone.to_string(),
            dispute_id: found.map(|found| found.id.to_string()),
            phase: found.map(|found| found.phase.to_string()),
            client: name(&one.contract.client),
            expert: name(&one.contract.expert),
            awaits_decision: found.is_some_and(|found| dispute::awaits_decision(found.phase)),
            missing_operators: one.missing_operators,
        }
    });
    Reply::ok(&List::whole(items.collect()))
}

/// A hold on somebody's account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHold {
    #[schemars(with = "String")]
    person_id: PersonId,
    /// What is stopped: `sign_in`, `messages`, `new_contracts` or `payouts`.
    scope: String,
    /// A stable word.
    reason: String,
    /// What was found.
    #[schemars(length(min = 10, max = 5000))]
    facts: String,
    /// Which rule it breaks.
    #[schemars(length(min = 1, max = 300))]
    rule: String,
    /// When it ends by itself, at most 7 days from now.
    #[schemars(with = "String")]
    review_by: Timestamp,
}

pub(super) async fn place(call: Call) -> Result<Reply, Problem> {
    let asked: NewHold = call.body()?;
    let actor = call.operator(Role::Finance)?;
    sure(&call)?;
    let scopes = "One of sign_in, messages, new_contracts and payouts.";
    let found = hold::SCOPES.iter().find(|(one, _)| one.name() == asked.scope);
    let (scope, _) = *found.ok_or_else(|| Problem::field("scope", "unknown", scopes))?;
    if !hold::REASONS.iter().any(|(word, _)| *word == asked.reason) {
        let words: Vec<&str> = hold::REASONS.iter().map(|(word, _)| *word).collect();
        let sentence = format!("One of {}.", words.join(", "));
        return Err(Problem::field("reason", "unknown", &sentence));
    }
    let said = hold::said(&asked.facts, &asked.rule).map_err(earnest_app::Error::Invalid)?;
    earnest_app::account::person(call.desk(), asked.person_id).await?;
    let command = OfPayee::PlaceHold {
        scope,
        reason: asked.reason,
        facts: said.0,
        rule: said.1,
        review_by: asked.review_by,
        second: None,
    };
    of_payee(&call, asked.person_id, command, &actor).await
}

async fn of_payee(call: &Call, person: PersonId, command: OfPayee, actor: &Actor) -> Result<Reply, Problem> {
    let also = Also::Key(key(call, &command)?);
    give(call, &What::Payee(person, command), actor, also).await
}

pub(super) async fn holds(call: Call) -> Result<Reply, Problem> {
    let person: PersonId = call.id("id")?;
    // As on the page: who reads about somebody has said why, or has them in a queue.
    let file = people::file(call.desk(), call.person()?, person).await?;
    let now = call.web.app.clock.now();
    let items: Vec<HoldView> = file.holds().iter().map(|one| view::hold(one, now)).collect();
    Reply::ok(&List::whole(items))
}

/// Why somebody looks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhyIn {
    /// In a few words. Whoever it is about reads it.
    #[schemars(length(min = 10, max = 300))]
    pub(super) reason: String,
}

pub(super) async fn visit(call: Call) -> Result<Reply, Problem> {
    let asked: WhyIn = call.body()?;
    let by = call.person()?;
    earnest_app::visit::to_person(call.desk(), by, call.id("id")?, &asked.reason).await?;
    Reply::ok(&view::DONE)
}

pub(super) async fn visit_contract(call: Call) -> Result<Reply, Problem> {
    let asked: WhyIn = call.body()?;
    let contract: ContractId = call.id("id")?;
    let (by, id) = (call.person()?, contract.to_string());
    earnest_app::visit::to_contract(call.desk(), by, &id, &asked.reason).await?;
    Reply::ok(&view::DONE)
}

/// Why a hold ends.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lifting {
    /// On whose account it is.
    #[schemars(with = "String")]
    person_id: PersonId,
    #[schemars(length(min = 10, max = 5000))]
    reason: String,
}

pub(super) async fn lift(call: Call) -> Result<Reply, Problem> {
    let asked: Lifting = call.body()?;
    let actor = call.operator(Role::Finance)?;
    sure(&call)?;
    let who = Who {
        actor: &actor,
        confirmed: call.confirmed(),
    };
    let lifting = (&hold::Act::Lift(call.id("id")?), asked.reason.as_str());
    let once = call.once.to_string();
    carried(hold::act(call.desk(), asked.person_id, lifting, who, &once).await?)
}

/// An account of the books.
#[derive(Serialize, JsonSchema)]
pub(super) struct AccountView {
    account: String,
    currency: String,
    /// All debits, in minor units, as text: sums of the whole books may be larger than other numbers here.
    debit_minor: String,
    /// All credits.
    credit_minor: String,
    /// On the side on which accounts of its class grow.
    balance_minor: String,
}

pub(super) async fn trial_balance(call: Call) -> Result<Reply, Problem> {
    let at = call.asked("at", "A moment like 2026-12-24T00:00:00Z.")?;
    let at = at.unwrap_or_else(|| call.web.app.clock.now());
    let sums = ledger::trial_balance(&call.desk().store, at).await?;
    let items = sums.iter().map(|one| AccountView {
        account: shown(&one.account),
        currency: one.currency.to_string(),
        debit_minor: one.debit_minor.to_string(),
        credit_minor: one.credit_minor.to_string(),
        balance_minor: one.balance_minor().to_string(),
    });
    Reply::ok(&List::whole(items.collect()))
}

/// What the proof of the books came to.
#[derive(Serialize, JsonSchema)]
pub(super) struct VerifiedView {
    sound: bool,
    /// Everything that was counted, and every row that is wrong.
    report: serde_json::Value,
}

/// One proof at a time: it reads everything.
static PROVING: Semaphore = Semaphore::const_new(1);

/// The head of a checkpoint that was kept outside.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnchorIn {
    #[serde(default)]
    anchor: Option<String>,
}

pub(super) async fn verify(call: Call) -> Result<Reply, Problem> {
    let asked: AnchorIn = call.body()?;
    let anchor = asked.anchor.map(|text| text.parse()).transpose();
    let anchor = anchor
        .map_err(|_unreadable| Problem::field("anchor", "malformed", "An anchor as it was printed."))?;
    let _turn = PROVING.acquire().await.map_err(Problem::broken)?;
    let verified = ledger::verify(&call.desk().store, anchor).await?;
    Reply::ok(&VerifiedView {
        sound: verified.is_sound(),
        report: ledger::report(&verified),
    })
}

/// Something that was done about your account, by an operator or by you.
#[derive(Serialize, JsonSchema)]
pub(super) struct AuditView {
    at: String,
    by: String,
    act: String,
    reasons: String,
}

impl AuditView {
    pub(super) fn of((row, name): &audit::Line) -> Self {
        Self {
            at: row.at.to_string(),
            by: name.clone().unwrap_or_default(),
            act: row.act.clone(),
            reasons: row.reasons.clone(),
        }
    }
}

pub(super) async fn my_audit(call: Call) -> Result<Reply, Problem> {
    let (rows, next) = audit::about(call.desk(), call.me()?, call.cursor()?, call.limit()?).await?;
    Reply::ok(&List {
        items: rows.iter().map(AuditView::of).collect(),
        next_cursor: next.map(|id| id.to_string()),
    })
}
