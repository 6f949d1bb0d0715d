//! Motions as those read them who are to second them: with names instead of ids.

use std::collections::BTreeMap;

use earnest_hire::bank::{Receipt, ReceiptCommand as OfBank};
use earnest_hire::contract::{Command as OfContract, Contract};
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::payee::Payee;
use earnest_store::{MotionRow, View};
use jiff::Timestamp;

use super::{SHOWN, What, open_receipt, still_decides, what};
use crate::Error;
use crate::desk::Desk;

/// A motion with what it is about.
#[derive(Debug, Clone)]
pub struct Told {
    /// As it is kept.
    pub row: MotionRow,
    /// The contract, where it is about one.
    pub contract: Option<Contract>,
    /// The person, where it is about somebody's money or account.
    pub payee: Option<Payee>,
    /// The transfer that matched no payment, where it is about one.
    pub transfer: Option<Receipt>,
    /// What everybody is called who stands in it. Whoever proposed on the operator's own terminal may have no account.
    pub names: BTreeMap<PersonId, String>,
    /// Whether whoever proposed it may still decide such things; only then it can be seconded.
    pub still_decides: bool,
}

/// Motions that wait for a second operator, with all that they are about.
pub async fn open_told(desk: &Desk) -> Result<Vec<Told>, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let mut all = Vec::new();
        for row in view.open_motions(SHOWN).await? {
            all.push(told(&mut view, row, now).await?);
        }
        Ok::<_, earnest_store::Error>(all)
    });
    Ok(read.await?)
}

/// The same, each with whether it can be seconded alone.
pub async fn open_to_second(desk: &Desk) -> Result<Vec<(MotionRow, bool)>, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let mut all = Vec::new();
        for row in view.open_motions(SHOWN).await? {
            let still_decides = still_decides(&mut view, row.proposed_by, now).await?;
            all.push((row, still_decides));
        }
        Ok::<_, earnest_store::Error>(all)
    });
    Ok(read.await?)
}

async fn told(view: &mut View, row: MotionRow, now: Timestamp) -> Result<Told, earnest_store::Error> {
    let contract = match row.chain.parse::<ContractId>() {
        Ok(id) => view.contract(id).await?,
        Err(_of_a_person) => None,
    };
    let person = row.chain.parse::<PersonId>().ok();
    let payee = match person {
        Some(id) => view.payee(id).await?,
        None => None,
    };
    let parties = contract.iter().flat_map(|one| [one.client, one.expert]);
    let people: Vec<PersonId> = parties.chain(person).chain([row.proposed_by]).collect();
    let mut names = BTreeMap::new();
    for id in people {
        if let Some(person) = view.person(id).await? {
            names.insert(id, person.name);
        }
    }
    Ok(Told {
        still_decides: still_decides(view, row.proposed_by, now).await?,
        transfer: transfer(view, &row).await?,
        row,
        contract,
        payee,
        names,
    })
}

/// The transfer that a motion decides about. A contract names it as the bank does, the others by the event that booked it.
async fn transfer(view: &mut View, row: &MotionRow) -> Result<Option<Receipt>, earnest_store::Error> {
    match what(row) {
        Ok(
            What::Bank(OfBank::AskReturn { receipt, .. })
            | What::Contract(_, OfContract::MoveToBank { receipt, .. }),
        ) => open_receipt(view, |one| one.id == receipt).await,
        Ok(What::Contract(_, OfContract::AssignReceipt { bank, receipt, .. })) => {
            open_receipt(view, |one| one.bank == bank && one.external_id == receipt).await
        }
        _ => Ok(None),
    }
}
