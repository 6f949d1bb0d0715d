//! What was submitted with each version of a milestone, for the other party to read.

use earnest_hire::deliverable::Deliverable;
use earnest_hire::ids::{ContractId, MilestoneId, PersonId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};
use crate::file::FileOf;
use crate::history::json;

statements! {
    INSERT = "INSERT INTO deliverable (milestone, number, author, at, note, links) VALUES ($1, $2, $3, $4, $5, $6)";
    OF_CONTRACT = "SELECT deliverable.milestone, number, author, at, note, links FROM deliverable \
                   JOIN milestone ON milestone.id = deliverable.milestone WHERE milestone.contract = $1 \
                   ORDER BY deliverable.milestone, number";
}

/// One version as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverableRow {
    /// Of which milestone.
    pub milestone: MilestoneId,
    /// Which version of it, from 1.
    pub number: u16,
    /// Who submitted it.
    pub author: PersonId,
    /// When.
    pub at: Timestamp,
    /// What they said and linked to.
    pub deliverable: Deliverable,
}

impl Tx {
    /// Keeps a version beside the command that submits it.
    pub async fn insert_deliverable(&mut self, row: &DeliverableRow) -> Result<(), Error> {
        let args = args![
            row.milestone.to_string(),
            i64::from(row.number),
            row.author.to_string(),
            row.at.as_microsecond(),
            row.deliverable.note.as_str(),
            json(&row.deliverable.links)?
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }
}

impl View {
    /// All versions of all milestones of a contract, each milestone's in their order.
    pub async fn deliverables(&mut self, contract: ContractId) -> Result<Vec<DeliverableRow>, Error> {
        let found = self.all(OF_CONTRACT, args![contract.to_string()]).await?;
        let mut rows = found
            .into_iter()
            .map(deliverable)
            .collect::<Result<Vec<_>, _>>()?;
        for file in self.files_of_contract(contract).await? {
            let FileOf::Version(milestone, number) = file.of else {
                continue;
            };
            let mut versions = rows.iter_mut();
            if let Some(row) = versions.find(|row| row.milestone == milestone && row.number == number) {
                row.deliverable.files.push(file.id);
            }
        }
        Ok(rows)
    }
}

fn deliverable(mut row: Row) -> Result<DeliverableRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<DeliverableRow, String> {
        let milestone = id
            .parse()
            .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let number: i64 = row.next()?;
        let (author, at, note) = (row.parse()?, moment(row.next()?)?, row.next()?);
        let links: String = row.next()?;
        Ok(DeliverableRow {
            milestone,
            number: u16::try_from(number).map_err(|error| error.to_string())?,
            author,
            at,
            deliverable: Deliverable {
                note,
                links: serde_json::from_str(&links).map_err(|error| error.to_string())?,
                files: Vec::new(),
            },
        })
    };
    read().map_err(|why| corrupt("deliverable", &id, why))
}
