//! The first answer to every key. It is kept in the transaction of what it answers, so there is no moment at which one
//! is there without the other. Keys are never forgotten: a year later the answer is still the first one.

use earnest_hire::ids::EventId;
use jiff::Timestamp;

use crate::books::corrupt;
use crate::db::{Row, Statement, View};
use crate::{Error, contract};

statements! {
    FIND = "SELECT scope, request_sha256, event_id FROM idempotency WHERE scope = $1 AND key = $2";
    INSERT = "INSERT INTO idempotency (scope, key, request_sha256, event_id, at) VALUES ($1, $2, $3, $4, $5) \
              ON CONFLICT DO NOTHING";
    ANSWER = "SELECT chain, version, at FROM event WHERE id = $1";
}

/// Names one command for good: the same key in the same scope is the same command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Who asks, and for what: a person with a path, or a provider.
    pub scope: String,
    /// Made by whoever asks.
    pub key: String,
    /// Of all that was asked, to tell a repetition from another command under the same key.
    pub request_sha256: [u8; 32],
}

impl Key {
    /// `request` is the canonical text of all that was asked.
    pub fn new(scope: &str, key: &str, request: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            key: key.to_owned(),
            request_sha256: crate::chain::sha256(request),
        }
    }
}

/// What was answered under a key before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Of what was asked then.
    pub request_sha256: [u8; 32],
    /// What it did.
    pub event: EventId,
}

pub(crate) fn find(key: &Key) -> Statement {
    (FIND, args![key.scope.as_str(), key.key.as_str()].to_vec())
}

pub(crate) fn insert(key: &Key, event: &str, at: i64) -> Statement {
    let (scope, name) = (key.scope.as_str(), key.key.as_str());
    (INSERT, args![scope, name, key.request_sha256, event, at].to_vec())
}

pub(crate) fn seen(mut row: Row) -> Result<Seen, Error> {
    let scope: String = row.next().unwrap_or_default();
    let mut read = || -> Result<Seen, String> {
        Ok(Seen {
            request_sha256: row.next()?,
            event: row.parse()?,
        })
    };
    read().map_err(|why| corrupt("idempotency", &scope, why))
}

impl View {
    /// What was answered under a key.
    pub async fn seen(&mut self, key: &Key) -> Result<Option<Seen>, Error> {
        let (scope, name) = (key.scope.as_str(), key.key.as_str());
        self.maybe(FIND, args![scope, name]).await?.map(seen).transpose()
    }

    /// What an event was answered with: the contract or person, its version after it, the moment.
    pub async fn answer_of<T>(&mut self, id: EventId) -> Result<Option<(T, i64, Timestamp)>, Error>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let Some(mut row) = self.maybe(ANSWER, args![id.to_string()]).await? else {
            return Ok(None);
        };
        let mut read =
            || -> Result<_, String> { Ok((row.parse()?, row.next()?, contract::moment(row.next()?)?)) };
        read()
            .map(Some)
            .map_err(|why| corrupt("event", &id.to_string(), why))
    }
}
