//! The books as one looks into them: the lines of an account, and an entry with all its lines.

use earnest_hire::ids::EntryId;
use earnest_hire::ledger::{Account, Side};
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;

use crate::Error;
use crate::books::{account_id, corrupt};
use crate::contract::moment;
use crate::db::{Row, View};

statements! {
    LINES = "SELECT entry.id, line.no, line.side, line.amount, line.external_id, entry.at, entry.kind, entry.chain FROM line \
             JOIN entry ON entry.id = line.entry_id WHERE line.account_id = $1 AND ($2 = '' OR line.entry_id < $2 \
             OR line.entry_id = $2 AND line.no > $3) ORDER BY line.entry_id DESC, line.no LIMIT $4";
    ENTRY = "SELECT entry.id, entry.kind, entry.at, entry.chain, entry.no, entry.hash, entry.transition_id, event.actor \
             FROM entry JOIN event ON event.id = entry.transition_id WHERE entry.id = $1";
    ENTRIES = "SELECT entry.id, entry.kind, entry.at, entry.chain, entry.no, entry.hash, entry.transition_id, event.actor \
               FROM entry JOIN event ON event.id = entry.transition_id WHERE ($1 = '' OR entry.id < $1) \
               AND ($2 = '' OR entry.chain = $2) AND ($3 = '' OR entry.kind = $3) AND entry.at >= $4 AND entry.at < $5 \
               AND ($6 = '' OR EXISTS (SELECT 1 FROM line WHERE line.entry_id = entry.id AND line.account_id = $6)) \
               ORDER BY entry.id DESC LIMIT $7";
    ENTRY_LINES = "SELECT account.code, account.currency, line.side, line.amount, line.external_id FROM line \
                   JOIN account ON account.id = line.account_id WHERE line.entry_id = $1 ORDER BY line.no";
}

/// A line on the page of its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    /// The entry it is part of.
    pub entry: EntryId,
    /// Its place in the entry.
    pub no: i64,
    /// Which way.
    pub side: Side,
    /// How much.
    pub amount: Minor,
    /// The provider's name of the movement, where it has one.
    pub external_id: Option<String>,
    /// When it was booked.
    pub at: Timestamp,
    /// What booked it.
    pub kind: String,
    /// The contract or person that it belongs to.
    pub chain: String,
}

/// A line on the page of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLine {
    /// Whose balance it changes.
    pub account: Account,
    /// ISO 4217.
    pub currency: Currency,
    /// Which way.
    pub side: Side,
    /// How much.
    pub amount: Minor,
    /// The provider's name of the movement, where it has one.
    pub external_id: Option<String>,
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedEntry {
    /// Which.
    pub id: EntryId,
    /// What booked it.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The contract or person that it belongs to.
    pub chain: String,
    /// Its place in the chain.
    pub no: i64,
    /// By which the next item of the chain names it.
    pub hash: [u8; 32],
    /// The accepted command that it was booked for.
    pub event: String,
    /// Who gave it, as JSON.
    pub actor: String,
    /// All legs.
    pub lines: Vec<EntryLine>,
}

/// Which entries one looks for; what is left out narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct EntriesAsked {
    /// Of a contract or person.
    pub chain: Option<String>,
    /// Booked by this.
    pub kind: Option<String>,
    /// With a line of this account.
    pub account: Option<(Account, Currency)>,
    /// Booked at this moment or later.
    pub from: Option<Timestamp>,
    /// Booked before this moment.
    pub before: Option<Timestamp>,
    /// Older than this one.
    pub after: Option<EntryId>,
}

impl View {
    /// Entries with their lines, the newest first.
    pub async fn entries_asked(
        &mut self,
        asked: &EntriesAsked,
        limit: u16,
    ) -> Result<Vec<PostedEntry>, Error> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let account = asked.account.as_ref();
        let args = args![
            asked.after.map_or_else(String::new, |id| id.to_string()),
            text(&asked.chain),
            text(&asked.kind),
            asked.from.map_or(i64::MIN, Timestamp::as_microsecond),
            asked.before.map_or(i64::MAX, Timestamp::as_microsecond),
            account.map_or_else(String::new, |(code, currency)| account_id(code, *currency)),
            i64::from(limit)
        ];
        let rows = self.all(ENTRIES, args).await?;
        let mut found = rows.into_iter().map(posted).collect::<Result<Vec<_>, _>>()?;
        let reads: Vec<_> = found
            .iter()
            .map(|entry| (ENTRY_LINES, args![entry.id.to_string()].to_vec()))
            .collect();
        let lines = self.all_each(&reads).await?;
        for (entry, lines) in found.iter_mut().zip(lines) {
            entry.lines = lines.into_iter().map(entry_line).collect::<Result<_, _>>()?;
        }
        Ok(found)
    }

    /// Lines of an account from the newest entry on, those after a line where one is given.
    pub async fn account_lines(
        &mut self,
        (account, currency): (&Account, Currency),
        after: Option<(EntryId, i64)>,
        limit: u16,
    ) -> Result<Vec<AccountLine>, Error> {
        let (entry, no) = after.map_or_else(|| (String::new(), 0), |(entry, no)| (entry.to_string(), no));
        let args = args![account_id(account, currency), entry, no, i64::from(limit)];
        let rows = self.all(LINES, args).await?;
        rows.into_iter().map(account_line).collect()
    }

    /// An entry with its lines.
    pub async fn posted_entry(&mut self, id: EntryId) -> Result<Option<PostedEntry>, Error> {
        let Some(row) = self.maybe(ENTRY, args![id.to_string()]).await? else {
            return Ok(None);
        };
        let lines = self.all(ENTRY_LINES, args![id.to_string()]).await?;
        let lines = lines.into_iter().map(entry_line).collect::<Result<_, _>>()?;
        Ok(Some(PostedEntry {
            lines,
            ..posted(row)?
        }))
    }
}

/// An entry, yet without its lines.
fn posted(mut row: Row) -> Result<PostedEntry, Error> {
    let mut read = || -> Result<PostedEntry, String> {
        Ok(PostedEntry {
            id: row.parse()?,
            kind: row.next()?,
            at: moment(row.next()?)?,
            chain: row.next()?,
            no: row.next()?,
            hash: row.next()?,
            event: row.next()?,
            actor: row.next()?,
            lines: Vec::new(),
        })
    };
    read().map_err(|why| corrupt("entry", "?", why))
}

fn side(name: &str) -> Result<Side, String> {
    [Side::Debit, Side::Credit]
        .into_iter()
        .find(|side| side.name() == name)
        .ok_or_else(|| format!("there is no side {name}"))
}

fn account_line(mut row: Row) -> Result<AccountLine, Error> {
    let mut read = || -> Result<AccountLine, String> {
        Ok(AccountLine {
            entry: row.parse()?,
            no: row.next()?,
            side: side(&row.next::<String>()?)?,
            amount: Minor(row.next()?),
            external_id: row.next()?,
            at: moment(row.next()?)?,
            kind: row.next()?,
            chain: row.next()?,
        })
    };
    read().map_err(|why| corrupt("line", "?", why))
}

fn entry_line(mut row: Row) -> Result<EntryLine, Error> {
    let mut read = || -> Result<EntryLine, String> {
        Ok(EntryLine {
            account: row.parse()?,
            currency: row.parse()?,
            side: side(&row.next::<String>()?)?,
            amount: Minor(row.next()?),
            external_id: row.next()?,
        })
    };
    read().map_err(|why| corrupt("line", "?", why))
}
