//! What was found, and what was looked at.

use std::collections::{HashMap, HashSet};

use earnest_hire::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::case::Table;
use super::sums::{Both, Equations};
use crate::checkpoint::Anchor;

/// So many findings are kept; the others are counted.
const KEPT: usize = 1_000;

/// One thing that is not as it must be, with the row that it was found in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `I1` to `I17` of `docs/INVARIANTS.md`.
    pub invariant: &'static str,
    /// Table of the row.
    pub table: &'static str,
    /// Key of the row.
    pub id: String,
    /// The chain it belongs to, where it does.
    pub chain: Option<String>,
    /// Its place in the chain, where it has one.
    pub no: Option<i64>,
    /// What was found, and what should be.
    pub why: String,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Checked {
    /// Histories of contracts and persons.
    pub chains: u64,
    /// Commands decided again.
    pub events: u64,
    /// Bookings compared with what was decided.
    pub entries: u64,
    /// Legs of bookings.
    pub lines: u64,
    /// Contracts compared with their history.
    pub contracts: u64,
    /// Persons compared with their history.
    pub payees: u64,
    /// Rows of milestones, lots, payments, refunds, earnings and payouts.
    pub rows: u64,
    /// Timers.
    pub timers: u64,
    /// Jobs.
    pub jobs: u64,
    /// Accounts with their bounds.
    pub accounts: u64,
    /// Running balances compared with the sum of lines.
    pub balances: u64,
    /// Idempotency keys.
    pub keys: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Heads that checkpoints list.
    pub heads: u64,
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How much was looked at.
    pub checked: Checked,
    /// What is wrong, in the order in which it was found; at most a thousand.
    pub broken: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// The last checkpoint.
    pub head: Option<Anchor>,
    /// SHA-256 over the heads of all chains now, in the order of their ids.
    pub heads_sha256: [u8; 32],
    /// What the operator has, owes and owns, for each currency.
    pub equations: Vec<Equations>,
}

impl Verified {
    /// Whether everything is as it must be.
    pub fn is_sound(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Rows of what belongs to another row, as many as were met on the way along the chains.
#[derive(Debug, Default)]
pub(super) struct Met {
    pub(super) lots: u64,
    pub(super) jobs: u64,
}

/// What one thread has found; put together at the end.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) checked: Checked,
    pub(super) broken: Vec<Finding>,
    pub(super) more: u64,
    /// Whether a history is broken: its lines are not to be believed, and what is added up from them would look wrong, too.
    pub(super) doubt: bool,
    named: HashSet<(&'static str, String)>,
    /// Of every account that a line is on.
    pub(super) sums: HashMap<String, Both>,
    /// Of every client and currency, what bodies say is in their funds; and by currency, what receipts say nobody has claimed.
    pub(super) funds: HashMap<String, i128>,
    /// What is wrong between the history of a contract and that of an expert, by the earning: it says something only
    /// where the histories themselves are sound.
    between: Vec<(String, Finding)>,
    pub(super) met: Met,
    /// Of every sound chain: its length and its hash.
    pub(super) heads: Vec<(String, i64, [u8; 32])>,
}

impl Found {
    /// Notes what is wrong with a row, the first thing alone.
    pub(super) fn add(&mut self, finding: Finding) {
        if !self.named.insert((finding.table, finding.id.clone())) {
            return;
        }
        if self.broken.len() < KEPT {
            self.broken.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// As [`Found::add`], of a row that belongs to no chain.
    pub(super) fn alone(&mut self, invariant: &'static str, table: &'static str, id: &str, why: String) {
        self.add(Finding {
            invariant,
            table,
            id: id.to_owned(),
            chain: None,
            no: None,
            why,
        });
    }

    /// Notes what is wrong with an earning or its timer in the eyes of its expert's history.
    pub(super) fn add_between(&mut self, earning: &str, finding: Finding) {
        if self.between.len() < KEPT {
            self.between.push((earning.to_owned(), finding));
        } else {
            self.more += 1;
        }
    }

    /// Counts what was noted with [`Found::add_between`], except what follows from an earning that is named already.
    pub(super) fn between_chains(&mut self) {
        for (earning, finding) in std::mem::take(&mut self.between) {
            if !self.named.contains(&("earning", earning)) {
                self.add(finding);
            }
        }
    }

    pub(super) fn add_sum(&mut self, account: &str, both: Both) {
        if let Some(sum) = self.sums.get_mut(account) {
            sum.add(both);
        } else {
            self.sums.insert(account.to_owned(), both);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for finding in other.broken {
            self.add(finding);
        }
        self.more += other.more;
        self.doubt |= other.doubt;
        if self.sums.is_empty() {
            self.sums = other.sums;
        } else {
            for (account, both) in other.sums {
                self.sums.entry(account).or_default().add(both);
            }
        }
        for (client, minor) in other.funds {
            *self.funds.entry(client).or_default() += minor;
        }
        self.between.extend(other.between);
        self.met.lots += other.met.lots;
        self.met.jobs += other.met.jobs;
        self.heads.extend(other.heads);
        self.checked.add(other.checked);
    }

    pub(super) fn end(mut self, equations: Vec<Equations>, head: Option<Anchor>) -> Verified {
        let mut hash = Sha256::new();
        self.heads.sort_unstable();
        for (chain, length, head) in &self.heads {
            hash.update(format!("{chain} {length} {}\n", hex(head)));
        }
        Verified {
            checked: self.checked,
            broken: self.broken,
            more: self.more,
            head,
            heads_sha256: hash.finalize().into(),
            equations,
        }
    }
}

impl Met {
    pub(super) fn count(&mut self, table: Table, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        match table {
            Table::Lot => self.lots += rows,
            Table::Job => self.jobs += rows,
            _ => {}
        }
    }
}

impl Checked {
    pub(super) fn count(&mut self, table: Table, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        match table {
            Table::Contract => self.contracts += rows,
            Table::Party => self.payees += rows,
            Table::Job => self.jobs += rows,
            Table::Timer => self.timers += rows,
            Table::Milestone
            | Table::Lot
            | Table::Payment
            | Table::Refund
            | Table::Earning
            | Table::Payout
            | Table::Receipt => {
                self.rows += rows;
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.chains += other.chains;
        self.events += other.events;
        self.entries += other.entries;
        self.lines += other.lines;
        self.contracts += other.contracts;
        self.payees += other.payees;
        self.rows += other.rows;
        self.timers += other.timers;
        self.jobs += other.jobs;
        self.accounts += other.accounts;
        self.balances += other.balances;
        self.keys += other.keys;
        self.checkpoints += other.checkpoints;
        self.heads += other.heads;
    }
}
