//! What is kept, held against what was decided.

use std::collections::BTreeMap;

use earnest_hire::contract::Decision;
use earnest_hire::ledger::{Account, Bound, Class, Name};
use earnest_hire::simulate::Cast;
use earnest_store::{KeptContract, Sides, Store, Trace, line_text};

use super::Played;

/// After an accepted command: the contract, its lines and every row of it are what the core decided.
pub(super) async fn compare(store: &Store, played: &mut Played, decided: &Decision) -> Result<(), String> {
    let (id, event, scope) = (played.cast.id, decided.event, played.scope.clone());
    let reading = store.read(move |mut view| {
        let scope = scope.clone();
        async move { view.kept_contract(id, event, &scope).await }
    });
    let kept = reading.await.map_err(|error| error.to_string())?;
    let KeptContract {
        contract,
        lines,
        trace,
    } = kept.ok_or("the contract is gone")?;
    if contract != decided.contract {
        return Err(format!("another contract is kept than was decided: {contract:?}"));
    }
    let decided_lines: Vec<String> = decided
        .entry
        .iter()
        .flat_map(|entry| entry.lines().iter().map(line_text))
        .collect();
    if lines != decided_lines {
        return Err(format!("booked {lines:?}, decided {decided_lines:?}"));
    }
    let expected = expected(played, decided, &trace)?;
    if trace != expected {
        return Err(format!("kept {trace:?}, should be {expected:?}"));
    }
    played.trace = trace;
    Ok(())
}

fn count(number: usize) -> Result<i64, String> {
    i64::try_from(number).map_err(|error| error.to_string())
}

/// What must be counted now. The head is whatever it is, but another one.
fn expected(played: &Played, decided: &Decision, now: &Trace) -> Result<Trace, String> {
    let (before, contract) = (played.trace, &decided.contract);
    let (entry, lines) = match &decided.entry {
        Some(entry) => (1, count(entry.lines().len())?),
        None => (0, 0),
    };
    let mut head = before.head;
    head.length += 1 + entry;
    if now.head.hash == head.hash {
        return Err("the head of the history is still the one before".to_owned());
    }
    head.hash = now.head.hash;
    let lots = contract.milestones.iter().map(|one| one.lots.len()).sum();
    Ok(Trace {
        head,
        version: contract.version,
        events: before.events + 1,
        entries: before.entries + entry,
        lines: before.lines + lines,
        timers: count(played.timers.len())?,
        // One notice for the event, one job for each call.
        jobs: before.jobs + 1 + count(decided.calls.len())?,
        keys: played.keys,
        projected: [
            count(contract.milestones.len())?,
            count(lots)?,
            count(contract.payments.len())?,
        ],
    })
}

/// The balances of a history by account, as the pure core keeps them, recomputed from all lines; the running balances
/// must be the same.
pub(super) async fn balances(store: &Store, cast: &Cast) -> Result<BTreeMap<Account, i64>, String> {
    let (id, expert) = (cast.id.to_string(), cast.offer.expert);
    let reading = store.read(move |mut view| {
        let (id, expert) = (id.clone(), expert.to_string());
        async move {
            let booked = [view.booked(&id).await?, view.booked(&expert).await?];
            let running = [view.running(&id).await?, view.running(&expert).await?];
            Ok::<_, earnest_store::Error>((booked, running))
        }
    });
    let ([contract, person], running) = reading.await.map_err(|error| error.to_string())?;
    let mut all: BTreeMap<Account, (i64, i64)> = BTreeMap::new();
    let mut add = |account: Account, sides: &Sides| {
        let sums = all.entry(account).or_default();
        *sums = (sums.0 + sides.debit, sums.1 + sides.credit);
    };
    for sides in &contract {
        match account(sides)? {
            // It came in before, in a chain of the bank.
            Account::UnmatchedReceipts => {}
            other => add(other, sides),
        }
    }
    for sides in &person {
        match account(sides)? {
            // The core pays out of a bank, and at once.
            Account::Psp(_) => add(Account::Bank(Name::none()), sides),
            other => add(other, sides),
        }
    }
    let running: BTreeMap<Account, (i64, i64)> = running
        .iter()
        .flatten()
        .map(|sides| Ok((account(sides)?, (sides.debit, sides.credit))))
        .collect::<Result<_, String>>()?;
    for (account, sums) in &all {
        if account.bound() == Bound::Running && running.get(account) != Some(sums) {
            return Err(format!(
                "{account} has {sums:?} on its lines and {:?} as its balance",
                running.get(account)
            ));
        }
    }
    let transit = |account: &Account| matches!(account, Account::PayoutTransit(_));
    all.retain(|account, sums| !transit(account) || sums.0 != sums.1);
    Ok(all
        .into_iter()
        .map(|(account, sums)| {
            let balance = match account.class() {
                Class::Liability | Class::Income => sums.1 - sums.0,
                Class::Asset | Class::Expense | Class::Exchange => sums.0 - sums.1,
            };
            (account, balance)
        })
        .collect())
}

fn account(sides: &Sides) -> Result<Account, String> {
    sides
        .code
        .parse()
        .map_err(|error| format!("{}: {error}", sides.code))
}
