//! How often something was tried lately, counted by all nodes together.

use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Tx, View};

statements! {
    // At an even pace of one try in $3, with $4 of them saved up at most: the generic cell rate algorithm in one statement.
    TAKE = "INSERT INTO tried (name_sha256, free_at) VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT)) \
            ON CONFLICT (name_sha256) DO UPDATE SET free_at = CAST($3 AS BIGINT) + \
            CASE WHEN tried.free_at > CAST($2 AS BIGINT) THEN tried.free_at ELSE CAST($2 AS BIGINT) END \
            WHERE tried.free_at + CAST($3 AS BIGINT) <= CAST($2 AS BIGINT) + CAST($4 AS BIGINT)";
    FREE = "SELECT free_at FROM tried WHERE name_sha256 = $1";
    FORGET = "DELETE FROM tried WHERE free_at < $1";
}

/// How often something may be tried: so many times at once, and once more after each pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time in which one try comes back.
    pub pause: SignedDuration,
    /// How many there are at once.
    pub burst: i32,
}

impl Pace {
    fn microseconds(self) -> (i64, i64) {
        let pause = i64::try_from(self.pause.as_micros()).unwrap_or(i64::MAX);
        (pause, pause.saturating_mul(i64::from(self.burst)))
    }
}

impl Tx {
    /// Counts a try, unless there were too many: then it is said from when on there is another.
    pub async fn try_once(
        &mut self,
        name_sha256: [u8; 32],
        pace: Pace,
        now: Timestamp,
    ) -> Result<Result<(), Timestamp>, Error> {
        let (pause, most) = pace.microseconds();
        let args = args![name_sha256, now.as_microsecond(), pause, most];
        if self.exec(TAKE, args).await? == 1 {
            return Ok(Ok(()));
        }
        let free = self.free_at(name_sha256).await?.unwrap_or(now).as_microsecond();
        let next = free.saturating_add(pause).saturating_sub(most);
        let next = moment(next.max(now.as_microsecond())).map_err(|why| corrupt("tried", "?", why))?;
        Ok(Err(next))
    }

    /// Forgets what was over before a moment.
    pub async fn forget_tries(&mut self, before: Timestamp) -> Result<usize, Error> {
        self.exec(FORGET, args![before.as_microsecond()]).await
    }
}

impl View {
    /// Whether there were too many tries for another one now; counts none.
    pub async fn is_tried_out(
        &mut self,
        name_sha256: [u8; 32],
        pace: Pace,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (pause, most) = pace.microseconds();
        let free = self.free_at(name_sha256).await?.unwrap_or(now).max(now);
        Ok(free.as_microsecond().saturating_add(pause) > now.as_microsecond().saturating_add(most))
    }

    async fn free_at(&mut self, name_sha256: [u8; 32]) -> Result<Option<Timestamp>, Error> {
        let Some(mut row) = self.maybe(FREE, args![name_sha256]).await? else {
            return Ok(None);
        };
        let mut read = || moment(row.next()?);
        read().map(Some).map_err(|why| corrupt("tried", "?", why))
    }
}
