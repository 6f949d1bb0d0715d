//! What happened to one contract or person, in its order, for whoever tells others of it.

use earnest_hire::ids::PersonId;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, View};

statements! {
    OF_CHAIN = "SELECT id, no, at, kind, actor, command, moved, hash FROM event WHERE chain = $1 ORDER BY no";
    LIFTING = "SELECT id, no, at, kind, actor, command, moved, hash FROM event WHERE chain = $1 \
               AND kind IN ('lift_hold', 'resume') ORDER BY no";
    SINCE = "SELECT chain, id, no, at, kind, actor, command, moved, hash FROM event WHERE at >= $1 ORDER BY at, chain, no LIMIT $2";
    APPROVALS = "SELECT event.chain, event.at, event.command FROM contract JOIN event ON event.chain = contract.id \
                 WHERE contract.client = $1 AND event.at >= $2 AND event.kind IN ('submit', 'approve', 'inspection_ends') \
                 ORDER BY event.chain, event.no";
}

/// One accepted command of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedRow {
    /// The event.
    pub event: String,
    /// Its place in the history.
    pub no: i64,
    /// When.
    pub at: Timestamp,
    /// The name of the command.
    pub kind: String,
    /// By whom, as JSON.
    pub actor: String,
    /// The command, as JSON.
    pub command: String,
    /// What it moved, as JSON.
    pub moved: String,
    /// By which the next names it.
    pub hash: [u8; 32],
}

impl View {
    /// The whole history of a contract or person, the first first.
    pub async fn deeds(&mut self, chain: &str) -> Result<Vec<DeedRow>, Error> {
        self.all(OF_CHAIN, args![chain])
            .await?
            .into_iter()
            .map(deed)
            .collect()
    }
}

impl View {
    /// What ended holds and pauses of a contract or person, the first first.
    pub async fn lifting(&mut self, chain: &str) -> Result<Vec<DeedRow>, Error> {
        self.all(LIFTING, args![chain])
            .await?
            .into_iter()
            .map(deed)
            .collect()
    }
}

impl View {
    /// What has happened anywhere since a moment, the first first, each with the id of its contract or person. It reads
    /// every event: no page of a busy site may ask for it.
    pub async fn deeds_since(&mut self, at: Timestamp, limit: u16) -> Result<Vec<(String, DeedRow)>, Error> {
        let rows = self
            .all(SINCE, args![at.as_microsecond(), i64::from(limit)])
            .await?;
        let read = |mut row: Row| {
            let chain = row.next().map_err(|why| corrupt("event", "?", why))?;
            Ok((chain, deed(row)?))
        };
        rows.into_iter().map(read).collect()
    }
}

impl View {
    /// What was submitted to a client since a moment, and approved by them or by their silence: when, and the command as
    /// JSON, in its order in each contract.
    pub async fn approvals_of(
        &mut self,
        client: PersonId,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, String)>, Error> {
        let args = args![client.to_string(), since.as_microsecond()];
        let read = |mut row: Row| {
            let chain: String = row.next().unwrap_or_default();
            let mut read = || -> Result<_, String> { Ok((moment(row.next()?)?, row.next()?)) };
            read().map_err(|why| corrupt("event", &chain, why))
        };
        self.all(APPROVALS, args).await?.into_iter().map(read).collect()
    }
}

fn deed(mut row: Row) -> Result<DeedRow, Error> {
    let event: String = row.next().unwrap_or_default();
    let mut read = || -> Result<DeedRow, String> {
        Ok(DeedRow {
            event: event.clone(),
            no: row.next()?,
            at: moment(row.next()?)?,
            kind: row.next()?,
            actor: row.next()?,
            command: row.next()?,
            moved: row.next()?,
            hash: row.next()?,
        })
    };
    read().map_err(|why| corrupt("event", &event, why))
}
