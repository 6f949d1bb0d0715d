//! Who ended a hold before its day, and why. No hold keeps that: what was decided before could not be decided again to the
//! same bytes. It is read from the history, which has every command for good.

use std::collections::BTreeMap;

use earnest_hire::contract::{Actor, Command as OfContract, Contract};
use earnest_hire::ids::{HoldId, PersonId};
use earnest_hire::payee::{Command as OfPayee, Payee};
use earnest_store::{DeedRow, View};

/// That an operator ended a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// Who.
    pub by: PersonId,
    /// Why.
    pub reason: String,
}

/// The holds of a person that were lifted.
pub(crate) async fn of_person(
    view: &mut View,
    payee: &Payee,
) -> Result<BTreeMap<HoldId, Lifted>, earnest_store::Error> {
    let deeds = view.lifting(&payee.id.to_string()).await?;
    let found = deeds.iter().filter_map(|deed| {
        let OfPayee::LiftHold { hold, reason } = serde_json::from_str(&deed.command).ok()? else {
            return None;
        };
        Some((hold, by(deed, reason)?))
    });
    Ok(found.collect())
}

/// As [`of_person`], for a contract whose history is read: the command names no hold, but its moment is the end of one.
pub(crate) fn of_contract(contract: &Contract, deeds: &[DeedRow]) -> BTreeMap<HoldId, Lifted> {
    let found = deeds.iter().filter_map(|deed| {
        let ended = |at: jiff::Timestamp| at.as_microsecond() == deed.at.as_microsecond();
        let hold = contract
            .holds
            .iter()
            .find(|one| one.ended_at.is_some_and(ended))?;
        let OfContract::Resume { reason } = serde_json::from_str(&deed.command).ok()? else {
            return None;
        };
        Some((hold.id, by(deed, reason?)?))
    });
    found.collect()
}

fn by(deed: &DeedRow, reason: String) -> Option<Lifted> {
    match serde_json::from_str(&deed.actor).ok()? {
        Actor::Operator { id } => Some(Lifted { by: id, reason }),
        Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => None,
    }
}
