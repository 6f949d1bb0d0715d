//! What ends at providers.

use earnest_app::deadline::{self, Ending};
use earnest_hire::contract::Ends;
use earnest_hire::refusal::Refusal;
use earnest_store::JobState;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Call, Reply};
use super::view::{List, MoneyView, money};
use crate::problem::Problem;

/// Something that ends at a provider.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deadline")]
pub(super) struct DeadlineView {
    /// `holding`: it can hold the money no longer; `evidence`: it takes evidence against a chargeback no longer.
    ends: &'static str,
    until: String,
    provider: String,
    contract_id: String,
    milestone_id: String,
    payment_id: String,
    /// How much is held, or was taken back.
    amount: MoneyView,
    /// What the provider calls the chargeback.
    chargeback: Option<String>,
    /// Of a chargeback: `sent`, `waiting`, or `given_up` where its job was.
    evidence: Option<&'static str>,
}

fn view(one: &Ending) -> Result<DeadlineView, Refusal> {
    let (milestone, payment) = one.parts()?;
    let (contract, deadline) = (&one.contract, &one.row.deadline);
    let (ends, chargeback) = match deadline.ends {
        Ends::Holding(_) => ("holding", None),
        Ends::Evidence(id) => ("evidence", Some(contract.chargeback(id)?.reference.clone())),
    };
    Ok(DeadlineView {
        ends,
        until: deadline.until.to_string(),
        provider: payment.provider.to_string(),
        contract_id: contract.id.to_string(),
        milestone_id: milestone.id.to_string(),
        payment_id: payment.id.to_string(),
        amount: money(deadline.amount_minor, contract.currency),
        chargeback,
        evidence: one.row.evidence.map(|state| match state {
            JobState::Done => "sent",
            JobState::Waiting => "waiting",
            JobState::Dead => "given_up",
        }),
    })
}

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let (open, _names) = deadline::open(call.desk()).await?;
    let items: Result<Vec<DeadlineView>, Refusal> = open.iter().map(view).collect();
    Reply::ok(&List::whole(items.map_err(Problem::broken)?))
}
