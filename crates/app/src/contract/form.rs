//! Commands that come from a form on a page: once, and on nothing else than what was read.

use earnest_hire::contract::{Actor, Command, Contract, Decision};
use earnest_hire::deliverable::Deliverable;
use earnest_hire::ids::MilestoneId;
use earnest_store::{DeliverableRow, FileOf, Key, Tx};
use jiff::Timestamp;

use crate::{Error, file};

/// What a person sends beside a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The answer is kept under it.
    pub key: Key,
    /// The stamp of what the person had read, of this milestone or of the contract; refused where it has changed since.
    pub seen: Option<(Option<MilestoneId>, String)>,
    /// What is submitted.
    pub deliverable: Option<Deliverable>,
}

impl Form {
    /// Whether the contract has changed in what the person had read of it.
    pub(super) fn is_old(&self, contract: &Contract) -> bool {
        let changed =
            |(milestone, stamp): &(Option<MilestoneId>, String)| contract.stamp(*milestone) != *stamp;
        self.seen.as_ref().is_some_and(changed)
    }

    /// Keeps what is submitted as the version that the command has just made.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        (command, actor): (&Command, &Actor),
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (Some(deliverable), Command::Submit { milestone, .. }, Actor::Person { id }) =
            (&self.deliverable, command, actor)
        else {
            return Ok(());
        };
        let row = DeliverableRow {
            milestone: *milestone,
            number: decision.contract.milestone(*milestone)?.versions,
            author: *id,
            at: now,
            deliverable: deliverable.clone(),
        };
        tx.insert_deliverable(&row).await?;
        let of = FileOf::Version(row.milestone, row.number);
        file::link(tx, *id, &deliverable.files, of).await
    }
}

/// What a person acts upon is not what they have read.
pub(super) const PAGE_IS_OLD: Error = Error::Conflict {
    code: "page_is_old",
    sentence: "Something has changed since you opened this page, so nothing was done. Read it again before you go on.",
};
