//! The whole history as it stands, item by item, for whoever wants to compute it again elsewhere.

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;

use earnest_hire::ledger::Side;

use super::finding::Found;
use super::rows;
use crate::Error;
use crate::chain::{EntryRow, EventRow};
use crate::db::{Store, View};

/// An event with the entry that it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalItem {
    /// What happened.
    pub event: EventRow,
    /// What was booked, with its lines.
    pub entry: Option<(EntryRow, Vec<JournalLine>)>,
}

/// One leg, as it stands in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// Code of the account.
    pub account: String,
    /// ISO 4217.
    pub currency: String,
    /// Which way.
    pub side: Side,
    /// More than nothing.
    pub amount_minor: i64,
    /// The provider's own name of the movement.
    pub external_id: Option<String>,
}

impl Store {
    /// Hands over every event of one moment, chain by chain, each in its order; a few thousand are in memory at a time.
    /// A row that makes no sense ends it with an error. Whoever receives is in a thread of their own.
    pub async fn journal(&self, to: SyncSender<JournalItem>) -> Result<(), Error> {
        self.read(move |view| {
            let to = to.clone();
            async move { view.journal(to).await }
        })
        .await
    }
}

impl View {
    async fn journal(mut self, to: SyncSender<JournalItem>) -> Result<(), Error> {
        // Whoever reads it may be slow.
        self.take_time().await?;
        let mut batch = rows::Batch::default();
        for range in rows::ranges(&mut self).await? {
            rows::history(&mut self, &range, &mut batch).await?;
            for case in batch.cases(&mut Found::default()) {
                if let Some(finding) = case.unreadable.into_iter().next() {
                    return Err(Error::Corrupt {
                        table: finding.table,
                        id: finding.id,
                        why: finding.why,
                    });
                }
                let entries = case.entries.into_iter().map(|one| (one.row.transition_id, one));
                let mut entries: HashMap<_, _> = entries.collect();
                for event in case.events {
                    let entry = entries.remove(event.id).map(|one| {
                        let lines = one.lines.iter().map(line);
                        (one.row.into_owned(), lines.collect())
                    });
                    let event = event.into_owned();
                    // Whoever received has gone away and says why.
                    if to.send(JournalItem { event, entry }).is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}

fn line(row: &super::case::LineRow<'_>) -> JournalLine {
    let (currency, account) = row.account.split_once(' ').unwrap_or(("", row.account));
    JournalLine {
        account: account.to_owned(),
        currency: currency.to_owned(),
        side: row.side,
        amount_minor: row.amount,
        external_id: row.external_id.map(str::to_owned),
    }
}
