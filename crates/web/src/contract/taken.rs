//! What the payer's bank has taken back of a contract, in sentences.

use earnest_hire::contract::{Chargeback, ChargebackState, Contract, Liability};
use earnest_hire::money::Minor;
use earnest_hire::refusal::Refusal;

use crate::words::sum;

/// Each payment that was taken back, the first first: whether it is decided, and who bears it.
pub(crate) fn taken_back(contract: &Contract) -> Result<Vec<String>, Refusal> {
    contract
        .chargebacks
        .iter()
        .map(|one| told(contract, one))
        .collect()
}

fn told(contract: &Contract, one: &Chargeback) -> Result<String, Refusal> {
    let money = |minor: Minor| sum(contract.currency, minor);
    let whole = money(one.amount_minor);
    Ok(match one.state {
        ChargebackState::Open => format!(
            "The payer’s bank has taken back {whole}. What is left of that payment stands still until the bank decides."
        ),
        ChargebackState::Won => format!("The payer’s bank had taken back {whole}, and gave it back."),
        ChargebackState::Lost => {
            let held = one
                .amount_minor
                .minus(one.by_rule_minor)?
                .minus(one.twice_minor)?;
            let bears = match contract.terms.liability {
                Liability::Operator => "the operator bears that, as the terms say",
                Liability::Expert => {
                    "the expert gives back what they received of it and the operator its fees, as the terms say"
                }
            };
            let parts = [
                (held, "of what was held here, fees included"),
                (one.by_rule_minor, &*format!("of what had been approved: {bears}")),
                (
                    one.twice_minor,
                    "of what had gone back to the client before, who owes it",
                ),
            ];
            let parts = parts.into_iter().filter(|(minor, _)| minor.is_positive());
            let parts: Vec<String> = parts
                .map(|(minor, of)| format!("{} {of}", money(minor)))
                .collect();
            format!(
                "The payer’s bank took back {whole} for good: {}.",
                parts.join("; ")
            )
        }
    })
}
