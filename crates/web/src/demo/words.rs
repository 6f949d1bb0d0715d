//! What happened by itself, in words, without the contract or person it happened to.

use earnest_hire::contract::Command as OfContract;
use earnest_hire::money::{Minor, Money};
use earnest_hire::payee::Command as OfPayee;
use earnest_store::DeedRow;

use crate::contract::by_itself;
use crate::words::sum;

/// One event; its own word where there is no sentence for it.
pub(super) fn told(deed: &DeedRow) -> String {
    let told = match serde_json::from_str(&deed.command) {
        Ok(command) => of_contract(&command),
        Err(_not_one) => serde_json::from_str(&deed.command)
            .ok()
            .and_then(|command| of_payee(&command)),
    };
    told.unwrap_or_else(|| {
        let word = deed.kind.replace('_', " ");
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    })
}

fn money(amount: Money) -> String {
    sum(amount.currency, Minor(amount.amount_minor))
}

fn of_contract(command: &OfContract) -> Option<String> {
    Some(match command {
        OfContract::Timer { kind, .. } => by_itself(*kind).to_owned(),
        OfContract::Captured { amount, .. } => format!("{} arrived", money(*amount)),
        OfContract::PaymentFailed { .. } => "A payment failed; no money moved".to_owned(),
        OfContract::PaymentExpired { .. } => "A payment ended without money".to_owned(),
        OfContract::RefundSent { .. } => "A refund is on its way".to_owned(),
        OfContract::RefundSucceeded { .. } => "A refund has arrived with the client".to_owned(),
        OfContract::RefundFailed { .. } => "A refund came back".to_owned(),
        _ => return None,
    })
}

fn of_payee(command: &OfPayee) -> Option<String> {
    Some(match command {
        OfPayee::Timer { kind, .. } => by_itself(*kind).to_owned(),
        OfPayee::Clear { amount, .. } => format!("{} became payable to an expert", money(*amount)),
        OfPayee::PayoutSent { .. } => "A payout is on its way".to_owned(),
        OfPayee::PayoutPaid { .. } => "A payout has arrived".to_owned(),
        _ => return None,
    })
}
