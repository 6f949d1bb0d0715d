//! One accepted command, kept: its key and timer used up, the guarded change of state, the chain, the balances, then the
//! rows that only grow. What a contract and what a person does is kept by the same few lines.

use earnest_hire::contract::Actor;
use earnest_hire::ids::EventId;
use earnest_hire::ledger::Entry;
use serde::Serialize;

use crate::Error;
use crate::books::{self, Guarded, Must, corrupt};
use crate::chain::{EventRow, Head, entry_row, sha256};
use crate::db::{Row, Statement, Tx};
use crate::idempotency::{self, Key};
use crate::timer;

statements! {
    CHAIN = "SELECT length, head FROM chain WHERE id = $1 FOR UPDATE";
    BEGIN = "INSERT INTO chain (id, length, head) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    GROW = "UPDATE chain SET length = $2, head = $3 WHERE id = $1 AND length = $4";
}

/// What happened, with everything that is kept of it.
pub(crate) struct Happened<'a> {
    /// A contract's or person's id.
    pub(crate) chain: String,
    pub(crate) event: EventId,
    pub(crate) version: i64,
    /// Microseconds since 1970.
    pub(crate) at: i64,
    pub(crate) kind: &'static str,
    pub(crate) actor: &'a Actor,
    pub(crate) command: String,
    pub(crate) input: String,
    pub(crate) moved: String,
    pub(crate) body: &'a str,
    pub(crate) entry: Option<&'a Entry>,
    /// The chain's head before; none where the chain begins with this.
    pub(crate) before: Option<Head>,
    pub(crate) key: Option<&'a Key>,
    pub(crate) timer: Option<&'a str>,
}

impl Happened<'_> {
    /// Runs what is guarded, `state` first of what changes, and returns the event's row with the statements that only
    /// insert.
    pub(crate) async fn keep(
        self,
        tx: &mut Tx,
        state: (Must, Statement),
    ) -> Result<(EventRow, Vec<Statement>), Error> {
        let before = self.before.unwrap_or(Head::EMPTY);
        let event = self.row(before)?;
        let entry = self
            .entry
            .map(|entry| (entry, entry_row(entry, &event, self.idem())));
        let mut guarded = Guarded::default();
        if let Some(key) = self.key {
            let statement = idempotency::insert(key, &event.id, event.at);
            guarded.push(Must::One("the same command"), statement);
        }
        if let Some(timer) = self.timer {
            guarded.push(Must::One("the timer"), timer::take(timer));
        }
        guarded.push(state.0, state.1);
        let mut after = before.next(event.hash);
        if let Some((_, row)) = &entry {
            after = after.next(row.hash);
        }
        guarded.push(Must::One("the history"), self.chain_statement(before, after));
        let mut last = vec![books::event_statement(&event)];
        if let Some((entry, row)) = &entry {
            last.extend(books::post(tx, entry, row, &mut guarded).await?);
        }
        guarded.run(tx).await?;
        Ok((event, last))
    }

    fn row(&self, before: Head) -> Result<EventRow, Error> {
        let mut row = EventRow {
            id: self.event.to_string(),
            chain: self.chain.clone(),
            no: before.length + 1,
            at: self.at,
            kind: self.kind.to_owned(),
            actor: json(self.actor)?,
            command: self.command.clone(),
            input: self.input.clone(),
            version: self.version,
            moved: self.moved.clone(),
            body_sha256: sha256(self.body),
            prev: before.hash,
            hash: [0; 32],
        };
        row.hash = row.digest();
        Ok(row)
    }

    /// What makes the entry the only one of its kind, whatever else fails.
    fn idem(&self) -> String {
        match (self.key, self.timer) {
            (Some(key), _) => format!("{} {}", key.scope, key.key),
            (None, Some(timer)) => format!("timer {timer}"),
            (None, None) => self.event.to_string(),
        }
    }

    fn chain_statement(&self, before: Head, after: Head) -> Statement {
        let id = self.chain.as_str();
        if self.before.is_some() {
            (GROW, args![id, after.length, after.hash, before.length].to_vec())
        } else {
            (BEGIN, args![id, after.length, after.hash].to_vec())
        }
    }
}

/// Reads a chain's head under its lock.
pub(crate) fn lock(id: &str) -> Statement {
    (CHAIN, args![id].to_vec())
}

pub(crate) fn head(id: &str, mut row: Row) -> Result<Head, Error> {
    let mut read = || -> Result<Head, String> {
        Ok(Head {
            length: row.next()?,
            hash: row.next()?,
        })
    };
    read().map_err(|why| corrupt("chain", id, why))
}

pub(crate) fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::driver)
}
