//! What ends at a provider, as the office works through it: money that it cannot hold much longer, and evidence that is due.

use std::collections::BTreeMap;

use earnest_hire::contract::{Contract, Milestone, Payment};
use earnest_hire::ids::PersonId;
use earnest_hire::refusal::Refusal;
use earnest_store::DeadlineRow;

use crate::Error;
use crate::desk::Desk;

/// Something that ends.
#[derive(Debug, Clone)]
pub struct Ending {
    /// In which contract.
    pub contract: Contract,
    /// What, and when.
    pub row: DeadlineRow,
}

impl Ending {
    /// The milestone and the payment that it is about.
    pub fn parts(&self) -> Result<(&Milestone, &Payment), Refusal> {
        let deadline = &self.row.deadline;
        let milestone = self.contract.milestone(deadline.milestone)?;
        Ok((milestone, self.contract.payment(deadline.payment)?))
    }
}

/// All that ends at providers, the soonest first, with the names of whose contracts they are.
pub async fn open(desk: &Desk) -> Result<(Vec<Ending>, BTreeMap<PersonId, String>), Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let found = view.ending(now).await?;
        let people = found
            .iter()
            .flat_map(|(contract, _)| [contract.client, contract.expert]);
        let people: Vec<PersonId> = people.collect();
        let names = view.names_of(people).await?;
        Ok::<_, earnest_store::Error>((found, names))
    });
    let (found, names) = read.await?;
    let mut all = Vec::new();
    for (contract, rows) in found {
        let of_it = rows.into_iter().map(|row| Ending {
            contract: contract.clone(),
            row,
        });
        all.extend(of_it);
    }
    all.sort_by_key(|one| one.row.deadline.until);
    Ok((all, names))
}
