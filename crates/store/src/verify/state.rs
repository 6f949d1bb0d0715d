//! What a history has led to, against the rows that are read, searched and summed.

use std::collections::{BTreeMap, HashMap};

use earnest_hire::contract::{Broken, Contract, Earning, Timer, broken};
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::payee::{Payee, sound};

use super::case::{Case, Table, number, text};
use super::decided::Subject;
use super::finding::{Earned, Found};
use super::sums::Both;
use super::walk::Walk;
use crate::books::account_id;
use crate::contract as kept;
use crate::db::Val;
use crate::timer;

/// Timers that were set and not used up.
#[derive(Debug, Default)]
pub(super) struct Timers {
    set: BTreeMap<String, Timer>,
}

impl Timers {
    /// One event: what gave it is used up, and what it sets is added.
    pub(super) fn follow(&mut self, used: Option<Timer>, set: Vec<Timer>) {
        if let Some(used) = used
            && self.set.remove(&timer::row_id(&used)).is_none()
        {
            // It was put off before it went through, so that the command has a later moment.
            let same = |one: &&String| {
                let timer = self.set.get(*one);
                timer.is_some_and(|one| {
                    (one.kind, &one.subject, one.entry_no) == (used.kind, &used.subject, used.entry_no)
                        && one.due_at <= used.due_at
                })
            };
            let put_off = self.set.keys().rfind(same).cloned();
            put_off.map(|id| self.set.remove(&id));
        }
        self.set
            .extend(set.into_iter().map(|one| (timer::row_id(&one), one)));
    }
}

/// Rows that belong to a contract or person without any history.
pub(super) fn without_history(case: &mut Case, found: &mut Found) {
    for table in Table::ALL {
        for row in case.take(table) {
            // The clock of an earning is in its expert's name before the expert has a history.
            if table == Table::Timer && text(row.get(1)) == "clearance" {
                found.clearances.insert(text(row.get(2)).to_owned(), row);
                found.checked.timers += 1;
                continue;
            }
            let why = "it has no history".to_owned();
            found.add(case.finding(table.invariant(), table.name(), text(row.first()), why));
        }
    }
}

/// Compares everything that follows from a sound history.
pub(super) fn compare(mut walk: Walk, found: &mut Found) {
    let expected = expected(&walk);
    for (table, rows) in expected {
        let stored = walk.case.take(table);
        found.checked.count(table, stored.len());
        same(&walk.case, table, rows, stored, found);
    }
    timers(&mut walk, found);
    // What is left has no place in such a history, such as milestones of a person.
    without_place(&mut walk.case, found);
    let noted = |broken: Broken, table: &'static str, case: &Case, found: &mut Found| {
        found.add(case.finding(broken.invariant, table, &broken.subject, broken.why));
    };
    match &walk.subject {
        Subject::Contract(_, Some(contract)) => {
            let balance = |account: &Account| balance(&walk.sums, account, contract.currency);
            for one in broken(contract, &balance) {
                noted(one, "contract", &walk.case, found);
            }
            let account = account_id(&Account::ClientFunds(contract.client), contract.currency);
            let funds = contract
                .payments
                .iter()
                .map(|one| i128::from(one.in_funds_minor.0));
            *found.funds.entry(account).or_default() += funds.sum::<i128>();
        }
        Subject::Contract(_, None) | Subject::Bank(_) => {}
        Subject::Payee(payee) => {
            let balance = |account: &Account| balance(&walk.sums, account, payee.currency);
            for one in sound(payee, &balance) {
                noted(one, "party", &walk.case, found);
            }
        }
    }
}

fn balance(sums: &HashMap<String, Both>, account: &Account, currency: Currency) -> Minor {
    let both = sums
        .get(&account_id(account, currency))
        .copied()
        .unwrap_or_default();
    // What does not fit cannot equal any sum of a contract.
    Minor(i64::try_from(both.balance(account.class())).unwrap_or(i64::MIN))
}

/// The rows that there must be, as the statements that write them would.
fn expected(walk: &Walk) -> Vec<(Table, Vec<Vec<Val>>)> {
    let mut tables = match &walk.subject {
        Subject::Contract(_, Some(contract)) => of_contract(contract, &walk.body, &walk.earnings),
        Subject::Contract(_, None) => Vec::new(),
        Subject::Payee(payee) => of_payee(payee, &walk.body, &walk.payouts),
        Subject::Bank(receipts) => {
            let rows = receipts.values().map(crate::receipt::row);
            vec![(Table::Receipt, rows.collect())]
        }
    };
    tables.push((Table::Job, walk.jobs.clone()));
    tables
}

fn of_contract(contract: &Contract, body: &str, earnings: &[Earning]) -> Vec<(Table, Vec<Vec<Val>>)> {
    let milestones = contract.milestones.iter();
    // A sum that overflows is found by the checks of the contract itself.
    let rows = milestones
        .clone()
        .filter_map(|one| kept::milestone_row(contract, one).ok());
    let lots = milestones.flat_map(|one| one.lots.iter().map(move |lot| kept::lot_row(one, lot).1));
    vec![
        (Table::Contract, vec![kept::contract_row(contract, body).1]),
        (Table::Milestone, rows.map(|row| row.1).collect()),
        (Table::Lot, lots.collect()),
        (
            Table::Payment,
            contract
                .payments
                .iter()
                .map(|one| kept::payment_row(contract, one).1)
                .collect(),
        ),
        (
            Table::Refund,
            contract
                .refunds
                .iter()
                .map(|one| kept::refund_row(contract, one).1)
                .collect(),
        ),
        (
            Table::Earning,
            earnings.iter().map(|one| kept::earned(one, contract).1).collect(),
        ),
    ]
}

fn of_payee(payee: &Payee, body: &str, payouts: &[String]) -> Vec<(Table, Vec<Vec<Val>>)> {
    let id = payee.id.to_string();
    let payouts = payouts
        .iter()
        .map(|one| args![one.as_str(), id.as_str()].to_vec());
    vec![
        (
            Table::Party,
            vec![args![id.as_str(), payee.version, body].to_vec()],
        ),
        (Table::Payout, payouts.collect()),
    ]
}

fn same(case: &Case, table: Table, expected: Vec<Vec<Val>>, stored: Vec<Vec<Val>>, found: &mut Found) {
    let mut stored: BTreeMap<String, Vec<Val>> = stored
        .into_iter()
        .map(|row| (text(row.first()).to_owned(), row))
        .collect();
    for row in expected {
        let id = text(row.first());
        let mut is = stored.remove(id);
        if table == Table::Earning {
            note_earning(&row, is.as_mut().and_then(Vec::pop).as_ref(), found);
        }
        let why = match is {
            None => Some("it was decided and is missing".to_owned()),
            Some(is) => differs(table, &row, &is),
        };
        if let Some(why) = why {
            found.add(case.finding(table.invariant(), table.name(), id, why));
        }
    }
    for id in stored.into_keys() {
        let why = "nothing in its history decided it".to_owned();
        found.add(case.finding(table.invariant(), table.name(), &id, why));
    }
}

/// Keeps an earning with its last column, which its expert's history decides.
fn note_earning(row: &[Val], cleared_at: Option<&Val>, found: &mut Found) {
    let earned = Earned {
        expert: text(row.get(1)).to_owned(),
        amount: number(row.get(5)).unwrap_or_default(),
        clears_at: number(row.get(6)).unwrap_or_default(),
        cleared_at: number(cleared_at),
    };
    found.earned.insert(text(row.first()).to_owned(), earned);
}

/// Names the columns that are not as decided.
fn differs(table: Table, expected: &[Val], stored: &[Val]) -> Option<String> {
    if expected == stored {
        return None;
    }
    let pairs = table.columns().iter().zip(expected.iter().zip(stored));
    let names: Vec<&str> = pairs
        .filter(|(_, (one, other))| one != other)
        .map(|(name, _)| *name)
        .collect();
    Some(format!("not as decided: {}", names.join(", ")))
}

fn timers(walk: &mut Walk, found: &mut Found) {
    let mut set = std::mem::take(&mut walk.timers.set);
    for row in walk.case.take(Table::Timer) {
        found.checked.timers += 1;
        if text(row.get(1)) == "clearance" {
            found.clearances.insert(text(row.get(2)).to_owned(), row);
            continue;
        }
        let id = text(row.first());
        let why = match set.remove(id) {
            None => Some("nothing in its history set it, or it was used up".to_owned()),
            Some(timer) => differs(Table::Timer, &timer::insert(&timer, &walk.case.id).1, &row),
        };
        if let Some(why) = why {
            found.add(walk.case.finding("I15", "timer", id, why));
        }
    }
    for (id, timer) in set {
        if walk.subject.waits_for(&timer) {
            let why = format!("it is missing, and `{}` will not happen by itself", timer.kind);
            found.add(walk.case.finding("I15", "timer", &id, why));
        }
    }
}

fn without_place(case: &mut Case, found: &mut Found) {
    for table in Table::ALL {
        for row in case.take(table) {
            let why = "nothing in its history decided it".to_owned();
            found.add(case.finding(table.invariant(), table.name(), text(row.first()), why));
        }
    }
}
