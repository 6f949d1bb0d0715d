//! Holds on contracts, what the parties say to them, and disputes that the office opens.

use earnest_app::contract::{self, Seat, Sight};
use earnest_app::hold::contract::{self as holds, Act};
use earnest_app::{Error, dispute};
use earnest_hire::ids::{ContractId, HoldId, MilestoneId, PersonId};
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::contracts::again;
use super::office::{carried, sure};
use super::view::{ContractHoldView, List, contract_hold};
use crate::problem::Problem;

/// A hold on a contract that stands, or about which a complaint has no answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenContractHold")]
pub(super) struct OpenView {
    contract_id: String,
    client: String,
    expert: String,
    hold: ContractHoldView,
}

pub(super) async fn open(call: Call) -> Result<Reply, Problem> {
    let open = holds::open(call.desk()).await?;
    let items = open.iter().map(|one| {
        let name = |id: PersonId| one.names.get(&id).cloned().unwrap_or_default();
        OpenView {
            contract_id: one.contract.id.to_string(),
            client: name(one.contract.client),
            expert: name(one.contract.expert),
            hold: contract_hold((&one.hold, one.lifted.as_ref()), &one.names),
        }
    });
    Reply::ok(&List::whole(items.collect()))
}

/// A contract as somebody sees it who decides in the office.
async fn sight(call: &Call, id: &str) -> Result<Sight, Problem> {
    let sight = contract::look(call.desk(), id, call.person()?).await?;
    if sight.seat == Seat::Office {
        Ok(sight)
    } else {
        Err(Error::from(Refusal::OperatorIsParty).into())
    }
}

async fn of_contract(call: &Call) -> Result<Sight, Problem> {
    let id: ContractId = call.id("id")?;
    sight(call, &id.to_string()).await
}

/// A hold on a contract.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewContractHold {
    /// `identity`, `payment`, `conduct`, `fraud` or `authority`.
    reason: String,
    /// What was found. Both parties read it.
    #[schemars(length(min = 10, max = 5000))]
    facts: String,
    /// Which rule it breaks.
    #[schemars(length(min = 1, max = 300))]
    rule: String,
    /// In how many days it ends by itself: 1 to 7; 7 where it is left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 7))]
    days: Option<u8>,
}

pub(super) async fn place(call: Call) -> Result<Reply, Problem> {
    let asked: NewContractHold = call.body()?;
    let actor = call.operator(Role::Finance)?;
    sure(&call)?;
    let contract = of_contract(&call).await?.contract.id;
    let typed = holds::Typed {
        reason: asked.reason,
        facts: asked.facts,
        rule: asked.rule,
        days: asked.days.unwrap_or(7).to_string(),
    };
    let once = call.once.to_string();
    carried(holds::place(call.desk(), contract, &typed, call.who(&actor), &once).await?)
}

/// What is done about a hold on a contract.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractHoldIn {
    /// Which; left out, the last one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    hold_id: Option<HoldId>,
    /// Both parties read it.
    #[schemars(length(min = 10, max = 5000))]
    reason: String,
    /// For how many days from now, where it is kept: 1 to 7; 7 where it is left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 7))]
    days: Option<u8>,
    /// Whose complaint is answered.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    person_id: Option<PersonId>,
}

fn which(sight: &Sight, asked: Option<HoldId>) -> Result<HoldId, Problem> {
    let last = sight.contract.holds.last().map(|one| one.id);
    let hold = asked.or(last).ok_or_else(|| Error::from(Refusal::NotOnHold))?;
    Ok(hold)
}

async fn act(call: &Call, asked: &ContractHoldIn, act: Act) -> Result<Reply, Problem> {
    let actor = call.operator(Role::Finance)?;
    sure(call)?;
    let sight = of_contract(call).await?;
    let of = (&sight.contract, which(&sight, asked.hold_id)?);
    let once = call.once.to_string();
    let given = holds::act(call.desk(), of, (&act, &asked.reason), call.who(&actor), &once);
    carried(given.await?)
}

pub(super) async fn extend(call: Call) -> Result<Reply, Problem> {
    let asked: ContractHoldIn = call.body()?;
    let days = asked.days.unwrap_or(7).to_string();
    act(&call, &asked, Act::Extend(days)).await
}

pub(super) async fn lift(call: Call) -> Result<Reply, Problem> {
    let asked: ContractHoldIn = call.body()?;
    act(&call, &asked, Act::Lift).await
}

pub(super) async fn answer(call: Call) -> Result<Reply, Problem> {
    let asked: ContractHoldIn = call.body()?;
    let missing = || Problem::field("person_id", "missing", "Say whose complaint is answered.");
    let party = asked.person_id.ok_or_else(missing)?;
    act(&call, &asked, Act::Answer(party)).await
}

/// What is wrong about a hold. Another operator than the one who decided reads it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractComplaint {
    /// Which; left out, the last one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    hold_id: Option<HoldId>,
    #[schemars(length(min = 1, max = 5000))]
    reason: String,
}

pub(super) async fn complain(call: Call) -> Result<Reply, Problem> {
    let asked: ContractComplaint = call.body()?;
    let id: ContractId = call.id("id")?;
    let sight = contract::look(call.desk(), &id.to_string(), call.person()?).await?;
    if sight.seat == Seat::Office {
        return Err(Error::from(Refusal::OperatorCannotAct).into());
    }
    let of = (id, which(&sight, asked.hold_id)?);
    holds::appeal(call.desk(), of, call.me()?, &asked.reason, &call.once.to_string()).await?;
    again(&call, &sight).await
}

/// Why the office opens a dispute.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficeDispute {
    /// What it is about. Both parties read it.
    #[schemars(length(min = 10, max = 10000))]
    reason: String,
}

pub(super) async fn open_dispute(call: Call) -> Result<Reply, Problem> {
    let asked: OfficeDispute = call.body()?;
    let actor = call.operator(Role::Finance)?;
    sure(&call)?;
    let milestone: MilestoneId = call.id("id")?;
    let sight = sight(&call, &milestone.to_string()).await?;
    let of = (&sight.contract, milestone);
    let once = call.once.to_string();
    let given = dispute::begin(call.desk(), of, &asked.reason, call.who(&actor), (&once, ""));
    carried(given.await?)
}
