//! What a history has led to, against the rows that are read, searched and summed.

use std::collections::{BTreeMap, HashMap};

use earnest_hire::bank::ReceiptState;
use earnest_hire::contract::{Broken, Contract, Earning, Timer, broken};
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::payee::{Payee, sound};

use super::case::{Case, Table};
use super::decided::Subject;
use super::finding::{Finding, Found};
use super::sums::Both;
use super::walk::Walk;
use crate::books::account_id;
use crate::contract as kept;
use crate::db::{Field, Fields, Val};
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

/// A clearance that was decided in a person's history.
#[derive(Debug)]
pub(super) struct Cleared {
    pub(super) at: i64,
    pub(super) no: i64,
    pub(super) amount: i64,
    pub(super) clears_at: i64,
}

/// Rows that belong to a contract or person without any history.
pub(super) fn without_history(case: &mut Case<'_>, found: &mut Found) {
    earnings(case, HashMap::new(), found);
    for table in Table::ALL {
        for row in case.take(table) {
            let why = "it has no history".to_owned();
            found.add(case.finding(table.invariant(), table.name(), row.text(0), why));
        }
    }
}

/// A person's earnings against what the history says was cleared, and against the timers that are to clear them: these are
/// in the expert's name before there is a history.
fn earnings(case: &mut Case<'_>, mut cleared: HashMap<String, Cleared>, found: &mut Found) {
    let clearances = case.take_clearances();
    found.checked.timers += u64::try_from(clearances.len()).unwrap_or(u64::MAX);
    let mut clearances: BTreeMap<&str, Fields<'_>> =
        clearances.into_iter().map(|row| (row.text(0), row)).collect();
    for row in std::mem::take(&mut case.earned) {
        let decided = cleared.remove(row.text(0));
        if let Some(why) = as_cleared(row, decided.as_ref()) {
            let finding = alone("I8", "earning", row.text(0), why);
            found.add_between(row.text(0), finding);
        }
        let clears_at = row.number(2).unwrap_or_default();
        let timer = format!("{} clearance 0 {clears_at}", row.text(0));
        let is = clearances.remove(timer.as_str());
        let set = [
            Field::Text(&timer),
            Field::Text("clearance"),
            Field::Text(row.text(0)),
            Field::Text(case.id),
            Field::Int(0),
            Field::Int(clears_at),
        ];
        let why = match is {
            None if decided.is_none() => "it is missing, and the earning will not clear",
            Some(is) if decided.is_some() || is.all().ne(set) => "not as decided, or it was used up",
            None | Some(_) => continue,
        };
        found.add_between(row.text(0), alone("I15", "timer", &timer, why));
    }
    for (id, decided) in cleared {
        let finding = Finding {
            no: Some(decided.no),
            ..case.finding("I8", "earning", &id, "it was cleared and is missing".to_owned())
        };
        found.add_between(&id, finding);
    }
    for (id, row) in clearances {
        let finding = alone("I15", "timer", id, "there is no earning for it to clear");
        found.add_between(row.text(2), finding);
    }
}

/// What is wrong with an earning as the row has it: amount, day, and when it was cleared.
fn as_cleared(row: Fields<'_>, decided: Option<&Cleared>) -> Option<&'static str> {
    let (amount, clears_at, at) = (row.number(1), row.number(2), row.number(3));
    let Some(decided) = decided else {
        return at.map(|_cleared| "it is cleared, and its expert's history does not say so");
    };
    if at != Some(decided.at) {
        Some("not as decided: cleared_at")
    } else if (amount, clears_at) != (Some(decided.amount), Some(decided.clears_at)) {
        Some("it was cleared with another sum, day or expert than it has")
    } else {
        None
    }
}

fn alone(invariant: &'static str, table: &'static str, id: &str, why: &str) -> Finding {
    Finding {
        invariant,
        table,
        id: id.to_owned(),
        chain: None,
        no: None,
        why: why.to_owned(),
    }
}

/// Compares everything that follows from a sound history.
pub(super) fn compare(mut walk: Walk<'_>, found: &mut Found) {
    for (table, rows) in expected(&walk) {
        let stored = walk.case.take(table);
        found.checked.count(table, stored.len());
        same(&walk.case, table, &rows, stored, found);
    }
    walk.jobs.end(&walk.case, found);
    let cleared = std::mem::take(&mut walk.cleared);
    earnings(&mut walk.case, cleared, found);
    timers(&mut walk, found);
    // What is left has no place in such a history, such as milestones of a person.
    without_place(&mut walk.case, found);
    let noted = |broken: Broken, table: &'static str, case: &Case<'_>, found: &mut Found| {
        found.add(case.finding(broken.invariant, table, &broken.subject, broken.why));
    };
    match &walk.subject {
        Subject::Contract(_, contract) => {
            let Some(contract) = contract.as_ref() else {
                return;
            };
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
        Subject::Bank(receipts) => {
            let waiting = receipts
                .values()
                .filter(|one| matches!(one.state, ReceiptState::Open | ReceiptState::Returning));
            for one in waiting {
                let account = account_id(&Account::UnmatchedReceipts, one.currency);
                *found.funds.entry(account).or_default() += i128::from(one.amount_minor.0);
            }
        }
        Subject::Payee(payee) => {
            let balance = |account: &Account| balance(&walk.sums, account, payee.currency);
            for one in sound(payee, &balance) {
                noted(one, "party", &walk.case, found);
            }
        }
    }
}

fn balance(sums: &HashMap<&str, Both>, account: &Account, currency: Currency) -> Minor {
    let both = sums
        .get(account_id(account, currency).as_str())
        .copied()
        .unwrap_or_default();
    // What does not fit cannot equal any sum of a contract.
    Minor(i64::try_from(both.balance(account.class())).unwrap_or(i64::MIN))
}

/// The rows that there must be, as the statements that write them would.
fn expected(walk: &Walk<'_>) -> Vec<(Table, Vec<Vec<Val>>)> {
    let body = std::str::from_utf8(&walk.body).unwrap_or_default();
    match &walk.subject {
        Subject::Contract(_, contract) => match contract.as_ref() {
            Some(contract) => of_contract(contract, body, &walk.earnings),
            None => Vec::new(),
        },
        Subject::Payee(payee) => of_payee(payee, body, &walk.payouts),
        Subject::Bank(receipts) => {
            let rows = receipts.values().map(crate::receipt::row);
            vec![(Table::Receipt, rows.collect())]
        }
    }
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

fn same(case: &Case<'_>, table: Table, expected: &[Vec<Val>], stored: Vec<Fields<'_>>, found: &mut Found) {
    let width = table.columns().len();
    let mut stored: BTreeMap<&str, Fields<'_>> = stored
        .into_iter()
        .map(|row| (row.text(0), row.until(width)))
        .collect();
    for row in expected {
        let id = id_of(row);
        let why = match stored.remove(id) {
            None => Some("it was decided and is missing".to_owned()),
            Some(is) => differs(table, row.iter().map(Field::from), is),
        };
        if let Some(why) = why {
            found.add(case.finding(table.invariant(), table.name(), id, why));
        }
    }
    for id in stored.into_keys() {
        found.add(undecided(case, table, id));
    }
}

fn id_of(row: &[Val]) -> &str {
    match row.first() {
        Some(Val::Text(id)) => id,
        _ => "?",
    }
}

pub(super) fn undecided(case: &Case<'_>, table: Table, id: &str) -> Finding {
    let why = "nothing in its history decided it".to_owned();
    case.finding(table.invariant(), table.name(), id, why)
}

/// Names the columns that are not as decided.
pub(super) fn differs<'a>(
    table: Table,
    expected: impl Iterator<Item = Field<'a>> + Clone,
    stored: Fields<'a>,
) -> Option<String> {
    if stored.all().eq(expected.clone()) {
        return None;
    }
    let pairs = table.columns().iter().zip(expected.zip(stored.all()));
    let names: Vec<&str> = pairs
        .filter(|(_, (one, other))| one != other)
        .map(|(name, _)| *name)
        .collect();
    Some(format!("not as decided: {}", names.join(", ")))
}

fn timers(walk: &mut Walk<'_>, found: &mut Found) {
    let mut set = std::mem::take(&mut walk.timers.set);
    for row in walk.case.take(Table::Timer) {
        found.checked.timers += 1;
        let id = row.text(0);
        let why = match set.remove(id) {
            None => Some("nothing in its history set it, or it was used up".to_owned()),
            Some(timer) => {
                let expected = timer::columns(id, &timer, walk.case.id);
                differs(Table::Timer, expected.into_iter(), row)
            }
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

fn without_place(case: &mut Case<'_>, found: &mut Found) {
    for table in Table::ALL {
        for row in case.take(table) {
            found.add(undecided(case, table, row.text(0)));
        }
    }
}
