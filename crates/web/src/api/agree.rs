//! What takes both parties: changes of the contract, settlements, disputes.

use axum::http::StatusCode;
use earnest_app::contract::{self, Sight};
use earnest_hire::contract::{Change, Command, Contract, Milestone};
use earnest_hire::ids::{ContractId, MilestoneId};
use earnest_hire::money::Money;
use earnest_hire::refusal::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::contracts::{again, answered, done, key, milestone, sight};
use super::view::MoneyView;
use crate::problem::Problem;

/// Another price.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reprice {
    #[schemars(with = "String")]
    milestone_id: MilestoneId,
    /// The whole new price.
    #[schemars(with = "MoneyView")]
    price: Money,
}

/// Money and price from one milestone to another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Move {
    #[schemars(with = "String")]
    from_milestone_id: MilestoneId,
    #[schemars(with = "String")]
    to_milestone_id: MilestoneId,
    #[schemars(with = "MoneyView")]
    amount: Money,
}

/// A planned milestone that is given up.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DropIn {
    #[schemars(with = "String")]
    milestone_id: MilestoneId,
}

/// One change; the other party accepts or rejects it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum AmendmentIn {
    /// Another price.
    Reprice(Reprice),
    /// Money from one milestone to another.
    Move(Move),
    /// A planned milestone is given up.
    Drop(DropIn),
}

pub(super) async fn amend(call: Call) -> Result<Reply, Problem> {
    let asked: AmendmentIn = call.body()?;
    let sight = sight::<ContractId>(&call).await?;
    let change = change(&sight, asked).map_err(earnest_app::Error::from)?;
    done(&call, &sight, Command::ProposeAmendment { change }).await
}

fn change(sight: &Sight, asked: AmendmentIn) -> Result<Change, Refusal> {
    let contract = &sight.contract;
    Ok(match asked {
        AmendmentIn::Reprice(Reprice { milestone_id, price }) => {
            let former = contract.milestone(milestone_id)?.plan.price_minor;
            let price = price.positive(contract.currency)?;
            let sum = |amount| earnest_hire::contract::money(amount, contract.currency);
            let milestone = milestone_id;
            if price >= former {
                Change::RaisePrice {
                    milestone,
                    amount: sum(price.less(former)),
                }
            } else {
                Change::LowerPrice {
                    milestone,
                    amount: sum(former.less(price)),
                }
            }
        }
        AmendmentIn::Move(asked) => Change::MoveMoney {
            milestone: asked.from_milestone_id,
            to: asked.to_milestone_id,
            amount: asked.amount,
        },
        AmendmentIn::Drop(DropIn { milestone_id }) => Change::Drop {
            milestone: milestone_id,
        },
    })
}

/// What something that is answered was found to be.
enum Found {
    /// It is open, in this contract.
    Open(Box<Sight>),
    /// This very request was carried out before, and its answer was lost: here it is again.
    Done(Reply),
}

/// As [`holding`]. What is open no more may be so by this request, which was killed before its answer was kept: the contract
/// knows its key then.
async fn answering(call: &Call, has: fn(&Sight, &str) -> bool) -> Result<Found, Problem> {
    let missing = match holding(call, has).await {
        Ok(sight) => return Ok(Found::Open(Box::new(sight))),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => problem,
        Err(problem) => return Err(problem),
    };
    let mut before = None;
    loop {
        let (all, _names) = contract::list(call.desk(), call.me()?, before, 100).await?;
        let Some(last) = all.last().map(|one| one.id) else {
            return Err(missing);
        };
        for one in all {
            if contract::is_done(call.desk(), &key(call, one.id, "", "")?).await? {
                let sight = contract::look(call.desk(), &one.id.to_string(), call.person()?).await?;
                return Ok(Found::Done(again(call, &sight).await?));
            }
        }
        before = Some(last);
    }
}

/// The contract of the person in which something open has the id of the path.
pub(super) async fn holding(call: &Call, has: fn(&Sight, &str) -> bool) -> Result<Sight, Problem> {
    let id = call.text("id").to_owned();
    let mut before = None;
    loop {
        let (all, _names) = contract::list(call.desk(), call.me()?, before, 100).await?;
        let Some(last) = all.last().map(|one| one.id) else {
            return Err(Problem::not_found());
        };
        for one in all {
            if contains(&one, &id) {
                let sight = contract::look(call.desk(), &one.id.to_string(), call.person()?).await?;
                if has(&sight, &id) {
                    return Ok(sight);
                }
            }
        }
        before = Some(last);
    }
}

fn contains(one: &Contract, id: &str) -> bool {
    let amendment = one
        .amendment
        .as_ref()
        .is_some_and(|change| change.id.to_string() == id);
    amendment
        || one
            .milestones
            .iter()
            .any(|one| settles(one, id) || disputes(one, id))
}

fn settles(one: &Milestone, id: &str) -> bool {
    one.settlement
        .as_ref()
        .is_some_and(|offer| offer.id.to_string() == id)
}

pub(super) fn disputes(one: &Milestone, id: &str) -> bool {
    one.dispute
        .as_ref()
        .is_some_and(|dispute| dispute.id.to_string() == id)
}

fn has_amendment(sight: &Sight, id: &str) -> bool {
    let change = sight.contract.amendment.as_ref();
    change.is_some_and(|change| change.id.to_string() == id)
}

async fn amendment(call: Call, command: Command) -> Result<Reply, Problem> {
    match answering(&call, has_amendment).await? {
        Found::Open(sight) => answered(&call, &sight, None, command).await,
        Found::Done(reply) => Ok(reply),
    }
}

pub(super) async fn accept_amendment(call: Call) -> Result<Reply, Problem> {
    amendment(call, Command::AcceptAmendment).await
}

pub(super) async fn reject_amendment(call: Call) -> Result<Reply, Problem> {
    amendment(call, Command::RejectAmendment).await
}

/// A split of what is held: both sums together are all of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    #[schemars(with = "MoneyView")]
    to_expert: Money,
    #[schemars(with = "MoneyView")]
    to_client: Money,
}

pub(super) async fn settle(call: Call) -> Result<Reply, Problem> {
    let asked: Split = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let command = Command::OfferSettlement {
        milestone: one.id,
        to_expert: asked.to_expert,
        to_client: asked.to_client,
    };
    done(&call, &sight, command).await
}

fn has_settlement(sight: &Sight, id: &str) -> bool {
    sight.contract.milestones.iter().any(|one| settles(one, id))
}

async fn settlement(call: Call, command: fn(MilestoneId) -> Command) -> Result<Reply, Problem> {
    let sight = match answering(&call, has_settlement).await? {
        Found::Open(sight) => sight,
        Found::Done(reply) => return Ok(reply),
    };
    let mut found = sight.contract.milestones.iter();
    let found = found.find(|one| settles(one, call.text("id")));
    let id = found.map(|one| one.id).ok_or_else(Problem::not_found)?;
    answered(&call, &sight, Some(id), command(id)).await
}

pub(super) async fn accept_settlement(call: Call) -> Result<Reply, Problem> {
    settlement(call, |milestone| Command::AcceptSettlement { milestone }).await
}

pub(super) async fn reject_settlement(call: Call) -> Result<Reply, Problem> {
    settlement(call, |milestone| Command::RejectSettlement { milestone }).await
}

/// Two figures and why. The first moves at once; the second is an offer without prejudice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDispute {
    /// What the other may have at once.
    #[schemars(with = "MoneyView")]
    unconditional: Money,
    /// What the expert is to have in the end.
    #[schemars(with = "MoneyView")]
    offer: Money,
    #[schemars(length(min = 1, max = 5000))]
    reason: String,
}

pub(super) async fn dispute(call: Call) -> Result<Reply, Problem> {
    let asked: NewDispute = call.body()?;
    let (sight, one) = milestone(&call).await?;
    agrees(&sight, one.id, (asked.unconditional, asked.offer))?;
    let command = Command::OpenDispute {
        milestone: one.id,
        unconditional: asked.unconditional,
        offer_to_expert: asked.offer,
        reason: asked.reason,
    };
    done(&call, &sight, command).await
}

/// The other party's two figures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DisputeAnswer {
    /// What the other may have at once.
    #[schemars(with = "MoneyView")]
    unconditional: Money,
    /// What the expert is to have in the end.
    #[schemars(with = "MoneyView")]
    offer: Money,
}

fn agrees(
    sight: &Sight,
    milestone: MilestoneId,
    (unconditional, offer): (Money, Money),
) -> Result<(), Problem> {
    let agrees = sight.agrees(milestone, unconditional, offer);
    agrees.map_err(|fault| earnest_app::Error::Invalid(vec![fault]).into())
}

fn has_dispute(sight: &Sight, id: &str) -> bool {
    sight.contract.milestones.iter().any(|one| disputes(one, id))
}

fn disputed(sight: &Sight, id: &str) -> Result<MilestoneId, Problem> {
    let mut found = sight.contract.milestones.iter();
    let found = found.find(|one| disputes(one, id));
    found.map(|one| one.id).ok_or_else(Problem::not_found)
}

pub(super) async fn answer_dispute(call: Call) -> Result<Reply, Problem> {
    let asked: DisputeAnswer = call.body()?;
    let sight = holding(&call, has_dispute).await?;
    let milestone = disputed(&sight, call.text("id"))?;
    agrees(&sight, milestone, (asked.unconditional, asked.offer))?;
    let command = Command::AnswerDispute {
        milestone,
        unconditional: asked.unconditional,
        offer_to_expert: asked.offer,
    };
    done(&call, &sight, command).await
}

/// Why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    #[schemars(length(min = 1, max = 5000))]
    reason: String,
}

pub(super) async fn appeal(call: Call) -> Result<Reply, Problem> {
    let asked: Reason = call.body()?;
    let sight = holding(&call, has_dispute).await?;
    let command = Command::AppealDispute {
        milestone: disputed(&sight, call.text("id"))?,
        reason: asked.reason,
    };
    done(&call, &sight, command).await
}

/// How disputes have ended; nobody is named.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DisputeStatistics")]
pub(super) struct StatisticsView {
    /// Milestones of which money was ever held.
    milestones: i64,
    /// Disputes in the newest thousand contracts that had one.
    opened: usize,
    /// Of them, those that are not over.
    open: usize,
    /// Those that the parties ended.
    agreed: usize,
    /// Those that an operator has decided.
    decided: usize,
    /// Of these, those in which a party has appealed.
    appealed: usize,
    /// Of what was held, what went to the expert, in percent: lower quartile, median, upper quartile. `null` while fewer
    /// than five have ended.
    to_expert_percent: Option<[u8; 3]>,
}

pub(super) async fn statistics(call: Call) -> Result<Reply, Problem> {
    let told = earnest_app::dispute::statistics(call.desk()).await?;
    Reply::ok(&StatisticsView {
        milestones: told.milestones,
        opened: told.opened,
        open: told.open,
        agreed: told.agreed,
        decided: told.decided,
        appealed: told.appealed,
        to_expert_percent: told.to_expert,
    })
}
