//! The books: an entry becomes rows in the transaction that changes the state it belongs to.
//!
//! Nothing here changes or deletes what was posted; the database itself refuses that, too. An account that belongs to
//! one contract or person has a running balance, bounded inside the write; accounts that every contract touches are
//! summed, so that no row is locked by all.

use std::collections::BTreeMap;

use earnest_hire::ledger::{Account, Bound, Class, Entry, Side};
use earnest_hire::money::{Currency, Minor};

use crate::Error;
use crate::chain::{EntryRow, EventRow};
use crate::db::{Sql, Statement, Tx, View};

statements! {
    OPEN = "INSERT INTO account (id, code, currency, kind, bound) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), \
            CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT) \
            WHERE NOT EXISTS (SELECT 1 FROM account WHERE id = $1) ON CONFLICT DO NOTHING";
    GROW = "INSERT INTO balance (account_id, debit, credit) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO UPDATE SET \
            debit = balance.debit + excluded.debit, credit = balance.credit + excluded.credit";
    SHRINK_LIABILITY = "UPDATE balance SET debit = debit + $2, credit = credit + $3 WHERE account_id = $1 \
                        AND credit + $3 >= debit + $2";
    SHRINK_ASSET = "UPDATE balance SET debit = debit + $2, credit = credit + $3 WHERE account_id = $1 \
                    AND debit + $2 >= credit + $3";
    LOCK_ACCOUNT = "SELECT id FROM account WHERE id = $1 FOR UPDATE";
    SUM = "SELECT CAST(COALESCE(SUM(CASE side WHEN 'debit' THEN amount ELSE 0 END), 0) AS BIGINT), \
           CAST(COALESCE(SUM(CASE side WHEN 'credit' THEN amount ELSE 0 END), 0) AS BIGINT) FROM line WHERE account_id = $1";
    HELD_BY_LOTS = "SELECT CAST(COALESCE(SUM(price - released - refunded - withheld + fee - fee_earned - fee_returned - fee_withheld), 0) \
                    AS BIGINT) FROM lot";
    HELD_BY_BOOKS = "SELECT CAST(COALESCE(SUM(credit - debit), 0) AS BIGINT) FROM balance JOIN account ON account.id = account_id \
                     WHERE substr(code, 1, 9) = 'L:escrow:' OR substr(code, 1, 11) = 'L:fee_hold:' OR substr(code, 1, 15) = 'L:dispute_hold:'";
    BALANCE = "SELECT debit, credit FROM balance WHERE account_id = $1 FOR UPDATE";
    BALANCE_NOW = "SELECT debit, credit FROM balance WHERE account_id = $1";
    EVENT = "INSERT INTO event (id, chain, no, at, kind, actor, command, input, version, moved, body_sha256, prev, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    ENTRY = "INSERT INTO entry (id, transition_id, kind, idem, at, chain, no, prev, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    LINE = "INSERT INTO line (entry_id, no, account_id, side, amount, external_id) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// What a statement inside a write must change, or the whole write is undone.
#[derive(Debug, Clone)]
pub(crate) enum Must {
    /// Any number of rows.
    Any,
    /// Exactly one; anything else means that somebody was faster.
    One(&'static str),
    /// Exactly one; anything else means that the account does not hold that much.
    Hold(String),
}

/// Statements with what they must change, in the order in which they lock.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    statements: Vec<Statement>,
    musts: Vec<Must>,
}

impl Guarded {
    pub(crate) fn push(&mut self, must: Must, statement: Statement) {
        self.statements.push(statement);
        self.musts.push(must);
    }

    /// Runs them in one go and looks at what each has changed.
    pub(crate) async fn run(self, tx: &mut Tx) -> Result<(), Error> {
        let changed = tx.exec_each(&self.statements).await?;
        for (must, rows) in self.musts.into_iter().zip(changed) {
            match must {
                Must::One(what) if rows != 1 => {
                    return Err(Error::Conflict {
                        what: what.to_owned(),
                    });
                }
                Must::Hold(account) if rows != 1 => {
                    return Err(Error::Overdrawn { account });
                }
                Must::Any | Must::One(_) | Must::Hold(_) => {}
            }
        }
        Ok(())
    }
}

/// How an account is named in the tables: by currency and code.
pub(crate) fn account_id(account: &Account, currency: Currency) -> String {
    format!("{currency} {account}")
}

pub(crate) fn class_name(class: Class) -> &'static str {
    match class {
        Class::Asset => "asset",
        Class::Liability => "liability",
        Class::Income => "income",
        Class::Expense => "expense",
        Class::Exchange => "exchange",
    }
}

pub(crate) fn bound_name(bound: Bound) -> &'static str {
    match bound {
        Bound::Running => "running",
        Bound::Summed => "summed",
        Bound::Free => "free",
    }
}

/// What an entry changes on one account.
struct Delta<'a> {
    account: &'a Account,
    currency: Currency,
    debit: i64,
    credit: i64,
}

/// The changes of an entry by account id, in the one order in which accounts are locked.
fn deltas(entry: &Entry) -> BTreeMap<String, Delta<'_>> {
    let mut deltas = BTreeMap::new();
    for line in entry.lines() {
        let delta = deltas
            .entry(account_id(&line.account, line.currency))
            .or_insert(Delta {
                account: &line.account,
                currency: line.currency,
                debit: 0,
                credit: 0,
            });
        match line.side {
            Side::Debit => delta.debit += line.amount.0,
            Side::Credit => delta.credit += line.amount.0,
        }
    }
    deltas
}

/// Posts an entry: opens accounts, moves running balances within their bounds (both into `guarded`, which runs before
/// anything is inserted), and leaves the inserts of event, entry and lines for the end of the transaction.
pub(crate) async fn post(
    tx: &mut Tx,
    entry: &Entry,
    row: &EntryRow,
    guarded: &mut Guarded,
) -> Result<Vec<Statement>, Error> {
    let deltas = deltas(entry);
    for (id, delta) in &deltas {
        let (code, currency) = (delta.account.to_string(), delta.currency.to_string());
        let (class, bound) = (delta.account.class(), delta.account.bound());
        let args = args![id.as_str(), code, currency, class_name(class), bound_name(bound)];
        guarded.push(Must::Any, (OPEN, args.to_vec()));
    }
    for (id, delta) in &deltas {
        match delta.account.bound() {
            Bound::Running => guarded.push(
                bounded(delta, id),
                (
                    statement(delta),
                    args![id.as_str(), delta.debit, delta.credit].to_vec(),
                ),
            ),
            Bound::Summed => check_sum(tx, id, delta).await?,
            Bound::Free => {}
        }
    }
    let mut last = vec![(ENTRY, entry_args(row))];
    for (no, line) in (1_i64..).zip(entry.lines()) {
        let account = account_id(&line.account, line.currency);
        let args = args![
            row.id.as_str(),
            no,
            account,
            line.side.name(),
            line.amount.0,
            line.external_id.clone()
        ];
        last.push((LINE, args.to_vec()));
    }
    Ok(last)
}

fn shrinks(delta: &Delta<'_>) -> bool {
    match delta.account.class() {
        Class::Liability | Class::Income => delta.debit > delta.credit,
        Class::Asset | Class::Expense | Class::Exchange => delta.credit > delta.debit,
    }
}

fn bounded(delta: &Delta<'_>, id: &str) -> Must {
    if shrinks(delta) {
        Must::Hold(id.to_owned())
    } else {
        Must::Any
    }
}

fn statement(delta: &Delta<'_>) -> Sql {
    match (shrinks(delta), delta.account.class()) {
        (false, _) => GROW,
        (true, Class::Liability | Class::Income) => SHRINK_LIABILITY,
        (true, Class::Asset | Class::Expense | Class::Exchange) => SHRINK_ASSET,
    }
}

/// A shared account shrinks seldom: its row is locked against other shrinking, and what is committed is summed. What
/// grows it needs no lock, since it can only make the sum larger.
async fn check_sum(tx: &mut Tx, id: &str, delta: &Delta<'_>) -> Result<(), Error> {
    if !shrinks(delta) {
        return Ok(());
    }
    tx.all(LOCK_ACCOUNT, args![id]).await?;
    let (debit, credit) = sums(tx, id).await?;
    if credit + delta.credit < debit + delta.debit {
        return Err(Error::Overdrawn {
            account: id.to_owned(),
        });
    }
    Ok(())
}

async fn sums(view: &mut View, id: &str) -> Result<(i64, i64), Error> {
    let mut row = view.one(SUM, args![id]).await?;
    let mut read = || Ok((row.next()?, row.next()?));
    read().map_err(|why: String| corrupt("line", id, why))
}

pub(crate) fn corrupt(table: &'static str, id: &str, why: String) -> Error {
    Error::Corrupt {
        table,
        id: id.to_owned(),
        why,
    }
}

pub(crate) fn event_statement(row: &EventRow) -> Statement {
    let (id, chain, kind) = (row.id.as_str(), row.chain.as_str(), row.kind.as_str());
    let (actor, command, input) = (row.actor.as_str(), row.command.as_str(), row.input.as_str());
    let moved = row.moved.as_str();
    let args = args![
        id,
        chain,
        row.no,
        row.at,
        kind,
        actor,
        command,
        input,
        row.version,
        moved,
        row.body_sha256,
        row.prev,
        row.hash
    ];
    (EVENT, args.to_vec())
}

fn entry_args(row: &EntryRow) -> Vec<crate::db::Val> {
    let (id, transition, kind) = (row.id.as_str(), row.transition_id.as_str(), row.kind.as_str());
    let (idem, chain) = (row.idem.as_str(), row.chain.as_str());
    args![
        id, transition, kind, idem, row.at, chain, row.no, row.prev, row.hash
    ]
    .to_vec()
}

impl Tx {
    /// What a bounded account holds, locked until the end of the transaction.
    pub async fn lock_balance(&mut self, account: &Account, currency: Currency) -> Result<Minor, Error> {
        let id = account_id(account, currency);
        let row = self.maybe(BALANCE, args![id.as_str()]).await?;
        net(account, &id, row)
    }
}

/// What an account holds, on its own side.
fn net(account: &Account, id: &str, row: Option<crate::db::Row>) -> Result<Minor, Error> {
    let Some(mut row) = row else {
        return Ok(Minor::ZERO);
    };
    let mut read = || Ok((row.next()?, row.next()?));
    let (debit, credit): (i64, i64) = read().map_err(|why: String| corrupt("balance", id, why))?;
    Ok(Minor(match account.class() {
        Class::Liability | Class::Income => credit - debit,
        Class::Asset | Class::Expense | Class::Exchange => debit - credit,
    }))
}

impl View {
    /// What is held by the lots of all contracts, less what the accounts of their milestones hold. Anything but nothing is
    /// a fault of this program or of the disk.
    pub async fn held_difference(&mut self) -> Result<i64, Error> {
        let read = |mut row: crate::db::Row| row.next::<i64>().map_err(|why| corrupt("lot", "?", why));
        let lots = read(self.one(HELD_BY_LOTS, args![]).await?)?;
        let books = read(self.one(HELD_BY_BOOKS, args![]).await?)?;
        Ok(lots.saturating_sub(books))
    }

    /// What a bounded account holds at this moment; nothing keeps it so.
    pub async fn balance(&mut self, account: &Account, currency: Currency) -> Result<Minor, Error> {
        let id = account_id(account, currency);
        let row = self.maybe(BALANCE_NOW, args![id.as_str()]).await?;
        net(account, &id, row)
    }

    /// Both sides of any account, summed from its lines.
    pub async fn summed(&mut self, account: &Account, currency: Currency) -> Result<(Minor, Minor), Error> {
        let (debit, credit) = sums(self, &account_id(account, currency)).await?;
        Ok((Minor(debit), Minor(credit)))
    }
}

#[cfg(test)]
mod tests;
