//! Whole entries by an account that they touch, or by their history: what a statement of somebody's money is made of.

use earnest_hire::ledger::{Account, Side};
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;

use crate::Error;
use crate::books::{account_id, corrupt};
use crate::contract::moment;
use crate::db::{Row, View};

statements! {
    TOUCHING = "SELECT entry.id, entry.at, entry.chain, entry.no, event.id, event.kind, account.code, line.side, line.amount \
                FROM line JOIN entry ON entry.id = line.entry_id JOIN event ON event.id = entry.transition_id \
                JOIN account ON account.id = line.account_id \
                WHERE line.entry_id IN (SELECT mine.entry_id FROM line mine WHERE mine.account_id = $1) \
                ORDER BY entry.at, entry.id, line.no";
    OF_CHAIN = "SELECT entry.id, entry.at, entry.chain, entry.no, event.id, event.kind, account.code, line.side, line.amount \
                FROM entry JOIN line ON line.entry_id = entry.id JOIN event ON event.id = entry.transition_id \
                JOIN account ON account.id = line.account_id WHERE entry.chain = $1 ORDER BY entry.no, line.no";
}

/// An entry with what it booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEntry {
    /// Its name for ever.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// To which contract or person it belongs.
    pub chain: String,
    /// Its place in their history, which nothing changes.
    pub no: i64,
    /// The accepted command that it was booked for.
    pub event: String,
    /// What has happened: the name of the command.
    pub kind: String,
    /// Account, side and amount of each leg.
    pub lines: Vec<(Account, Side, Minor)>,
}

impl View {
    /// Every entry with a line of an account, the first first.
    pub async fn entries_touching(
        &mut self,
        account: &Account,
        currency: Currency,
    ) -> Result<Vec<StatementEntry>, Error> {
        entries(self.all(TOUCHING, args![account_id(account, currency)]).await?)
    }

    /// Every entry of a contract or person, the first first.
    pub async fn entries_of_chain(&mut self, chain: &str) -> Result<Vec<StatementEntry>, Error> {
        entries(self.all(OF_CHAIN, args![chain]).await?)
    }
}

fn entries(rows: Vec<Row>) -> Result<Vec<StatementEntry>, Error> {
    let mut entries: Vec<StatementEntry> = Vec::new();
    for row in rows {
        let (entry, line) = read(row)?;
        match entries.last_mut().filter(|last| last.id == entry.id) {
            Some(last) => last.lines.push(line),
            None => entries.push(StatementEntry {
                lines: vec![line],
                ..entry
            }),
        }
    }
    Ok(entries)
}

fn read(mut row: Row) -> Result<(StatementEntry, (Account, Side, Minor)), Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<_, String> {
        let entry = StatementEntry {
            id: id.clone(),
            at: moment(row.next()?)?,
            chain: row.next()?,
            no: row.next()?,
            event: row.next()?,
            kind: row.next()?,
            lines: Vec::new(),
        };
        let account = row.parse()?;
        let side: String = row.next()?;
        let known = [Side::Debit, Side::Credit]
            .into_iter()
            .find(|one| one.name() == side);
        let side = known.ok_or_else(|| format!("there is no side {side}"))?;
        Ok((entry, (account, side, Minor(row.next()?))))
    };
    read().map_err(|why| corrupt("entry", &id, why))
}
