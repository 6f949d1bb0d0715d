//! Motions: what one operator wants done and another must second. A motion is kept with what it was made about, so that
//! it is overtaken as soon as that has changed.

use earnest_hire::ids::{MotionId, PersonId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};

statements! {
    INSERT = "INSERT INTO motion (id, chain, command, about, about_sha256, proposed_by, proposed_at, state) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, 'open')";
    LOCK = "SELECT id, chain, command, about, about_sha256, proposed_by, proposed_at, state FROM motion WHERE id = $1 \
            FOR UPDATE";
    READ = "SELECT id, chain, command, about, about_sha256, proposed_by, proposed_at, state FROM motion WHERE id = $1";
    OPEN = "SELECT id, chain, command, about, about_sha256, proposed_by, proposed_at, state FROM motion \
            WHERE state = 'open' ORDER BY proposed_at, id LIMIT $1";
    SECONDED_BY = "SELECT ended_by FROM motion WHERE id = $1 AND state = 'seconded'";
    END = "UPDATE motion SET state = $2, ended_by = $3, ended_at = $4 WHERE id = $1 AND state = 'open'";
}

/// A motion as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MotionRow {
    /// Which.
    pub id: MotionId,
    /// The contract or person.
    pub chain: String,
    /// What is to be done, as JSON.
    pub command: String,
    /// What the first operator looked at, as JSON.
    pub about: String,
    /// SHA-256 of that.
    pub about_sha256: [u8; 32],
    /// The first operator.
    pub proposed_by: PersonId,
    /// When.
    pub proposed_at: Timestamp,
    /// Whether another may still second it.
    pub state: MotionState,
}

/// How far a motion has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MotionState {
    /// Another operator may second it.
    Open,
    /// It was done.
    Seconded,
    /// Whoever made it, or another operator, has dropped it.
    Dropped,
}

impl MotionState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Seconded => "seconded",
            Self::Dropped => "dropped",
        }
    }

    fn read(name: &str) -> Result<Self, String> {
        [Self::Open, Self::Seconded, Self::Dropped]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| format!("there is no state {name}"))
    }
}

impl Tx {
    /// Keeps a new motion.
    pub async fn insert_motion(&mut self, row: &MotionRow) -> Result<(), Error> {
        let (chain, command, about) = (row.chain.as_str(), row.command.as_str(), row.about.as_str());
        let (id, by) = (row.id.to_string(), row.proposed_by.to_string());
        let at = row.proposed_at.as_microsecond();
        self.exec(INSERT, args![id, chain, command, about, row.about_sha256, by, at])
            .await?;
        Ok(())
    }

    /// Locks a motion, so that it is seconded once.
    pub async fn lock_motion(&mut self, id: MotionId) -> Result<Option<MotionRow>, Error> {
        self.maybe(LOCK, args![id.to_string()])
            .await?
            .map(motion)
            .transpose()
    }

    /// Notes how a motion ended, in the transaction of what it came to; false where it had ended.
    pub async fn end_motion(
        &mut self,
        id: MotionId,
        state: MotionState,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let args = args![id.to_string(), state.name(), by.to_string(), now.as_microsecond()];
        Ok(self.exec(END, args).await? == 1)
    }
}

impl View {
    /// Who has seconded a motion; none while nobody has.
    pub async fn seconded_by(&mut self, id: MotionId) -> Result<Option<PersonId>, Error> {
        let Some(mut row) = self.maybe(SECONDED_BY, args![id.to_string()]).await? else {
            return Ok(None);
        };
        row.parse_maybe()
            .map_err(|why| corrupt("motion", &id.to_string(), why))
    }

    /// One motion.
    pub async fn motion(&mut self, id: MotionId) -> Result<Option<MotionRow>, Error> {
        self.maybe(READ, args![id.to_string()])
            .await?
            .map(motion)
            .transpose()
    }

    /// Motions that wait for a second operator, the oldest first.
    pub async fn open_motions(&mut self, limit: u16) -> Result<Vec<MotionRow>, Error> {
        self.all(OPEN, args![i64::from(limit)])
            .await?
            .into_iter()
            .map(motion)
            .collect()
    }
}

fn motion(mut row: Row) -> Result<MotionRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<MotionRow, String> {
        let number = id
            .parse()
            .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let (chain, command, about) = (row.next()?, row.next()?, row.next()?);
        let about_sha256 = row.next()?;
        let proposed_by = row.parse()?;
        let proposed_at = moment(row.next()?)?;
        let state: String = row.next()?;
        Ok(MotionRow {
            id: number,
            chain,
            command,
            about,
            about_sha256,
            proposed_by,
            proposed_at,
            state: MotionState::read(&state)?,
        })
    };
    read().map_err(|why| corrupt("motion", &id, why))
}
