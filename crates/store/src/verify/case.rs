//! Everything that the database has of one chain.

use std::collections::HashMap;

use earnest_hire::ledger::Side;

use super::finding::Finding;
use super::sums::Both;
use crate::chain::{EntryRow, EventRow};
use crate::db::Fields;

/// A leg as it stands in its row.
#[derive(Debug)]
pub(super) struct LineRow<'a> {
    pub(super) no: i64,
    /// Currency and code.
    pub(super) account: &'a str,
    pub(super) side: Side,
    pub(super) amount: i64,
    pub(super) external_id: Option<&'a str>,
}

/// An entry with its lines.
#[derive(Debug)]
pub(super) struct Booked<'a> {
    pub(super) row: EntryRow<&'a str>,
    pub(super) lines: Vec<LineRow<'a>>,
}

/// The tables whose rows follow from a history, in the order in which they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Contract,
    Party,
    Milestone,
    Lot,
    Payment,
    Refund,
    Earning,
    Payout,
    Receipt,
    Timer,
    Job,
}

impl Table {
    pub(super) const ALL: [Self; 11] = [
        Self::Contract,
        Self::Party,
        Self::Milestone,
        Self::Lot,
        Self::Payment,
        Self::Refund,
        Self::Earning,
        Self::Payout,
        Self::Receipt,
        Self::Timer,
        Self::Job,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Party => "party",
            Self::Milestone => "milestone",
            Self::Lot => "lot",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Earning => "earning",
            Self::Payout => "payout",
            Self::Receipt => "receipt",
            Self::Timer => "timer",
            Self::Job => "job",
        }
    }

    /// The columns that follow from the history, in the order of the statements that write them.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Contract => &[
                "id", "version", "standing", "process", "client", "expert", "currency", "body",
            ],
            Self::Party => &["id", "version", "body"],
            Self::Milestone => &["id", "contract", "client", "state", "entry_no", "price", "open"],
            Self::Lot => &[
                "id",
                "milestone",
                "payment",
                "price",
                "released",
                "refunded",
                "withheld",
                "fee",
                "fee_earned",
                "fee_returned",
                "fee_withheld",
                "expert_fee_earned",
            ],
            Self::Payment => &[
                "id",
                "contract",
                "milestone",
                "provider",
                "state",
                "asked",
                "received",
                "in_funds",
            ],
            Self::Refund => &["id", "contract", "payment", "amount", "state"],
            Self::Earning => &[
                "id",
                "expert",
                "contract",
                "milestone",
                "currency",
                "amount",
                "clears_at",
            ],
            Self::Payout => &["id", "payee"],
            Self::Receipt => &[
                "id",
                "bank",
                "external_id",
                "at",
                "amount",
                "currency",
                "text",
                "counterparty",
                "state",
                "payment",
            ],
            Self::Timer => &["id", "kind", "subject", "chain", "entry_no", "due_at"],
            Self::Job => &["id", "event_id", "kind", "chain", "subject", "payload"],
        }
    }

    /// Which column says whose the row is.
    pub(super) fn chain(self) -> usize {
        match self {
            Self::Contract | Self::Party | Self::Lot | Self::Receipt => 0,
            Self::Milestone | Self::Payment | Self::Refund | Self::Payout => 1,
            Self::Earning => 2,
            Self::Timer | Self::Job => 3,
        }
    }

    /// Which invariant a row that differs breaks.
    pub(super) fn invariant(self) -> &'static str {
        match self {
            Self::Timer => "I15",
            Self::Job => "I14",
            _ => "I8",
        }
    }
}

/// What there is of one chain.
#[derive(Debug, Default)]
pub(super) struct Case<'a> {
    pub(super) id: &'a str,
    /// Length and head, where the chain has a row that can be read.
    pub(super) head: Option<(i64, [u8; 32])>,
    /// In the order of their places.
    pub(super) events: Vec<EventRow<&'a str>>,
    /// The one with the first place last, where it is taken from.
    pub(super) entries: Vec<Booked<'a>>,
    /// By [`Table`].
    pub(super) tables: [Vec<Fields<'a>>; Table::ALL.len()],
    /// Earnings of a person, out of the histories of contracts.
    pub(super) earned: Vec<Fields<'a>>,
    /// Length, hash and number of the checkpoints that list it.
    pub(super) noted: Vec<(i64, String, i64)>,
    /// Rows of its history that cannot be read.
    pub(super) unreadable: Vec<Finding>,
}

impl<'a> Case<'a> {
    pub(super) fn take(&mut self, table: Table) -> Vec<Fields<'a>> {
        let rows = Table::ALL
            .iter()
            .zip(&mut self.tables)
            .find(|(one, _)| **one == table);
        rows.map(|(_, rows)| std::mem::take(rows)).unwrap_or_default()
    }

    /// Timers that clear earnings, which contracts set for their experts.
    pub(super) fn take_clearances(&mut self) -> Vec<Fields<'a>> {
        let timers = Table::ALL
            .iter()
            .zip(&mut self.tables)
            .find(|(one, _)| **one == Table::Timer);
        let clears = |row: &mut Fields<'a>| row.text(1) == "clearance";
        timers.map_or(Vec::new(), |(_, rows)| rows.extract_if(.., clears).collect())
    }

    pub(super) fn rows(&self, table: Table) -> &[Fields<'a>] {
        let rows = Table::ALL
            .iter()
            .zip(&self.tables)
            .find(|(one, _)| **one == table);
        rows.map_or(&[], |(_, rows)| rows)
    }

    /// What its lines add up to, by account.
    pub(super) fn sums(&self) -> HashMap<&'a str, Both> {
        let mut sums: HashMap<&'a str, Both> = HashMap::new();
        for line in self.entries.iter().flat_map(|one| &one.lines) {
            sums.entry(line.account).or_default().book(line.side, line.amount);
        }
        sums
    }

    /// Something wrong with a row of this chain.
    pub(super) fn finding(
        &self,
        invariant: &'static str,
        table: &'static str,
        id: &str,
        why: String,
    ) -> Finding {
        Finding {
            invariant,
            table,
            id: id.to_owned(),
            chain: Some(self.id.to_owned()),
            no: None,
            why,
        }
    }
}
