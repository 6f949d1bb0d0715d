//! Second factors: the key of a person's app, the codes for whoever has lost it, and how often somebody guessed wrong.

use earnest_hire::ids::PersonId;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};

statements! {
    READ = "SELECT secret, since, last_step, failures, blocked_until FROM second_factor WHERE person = $1";
    LOCK = "SELECT secret, since, last_step, failures, blocked_until FROM second_factor WHERE person = $1 FOR UPDATE";
    BEGIN = "INSERT INTO second_factor (person, secret, since, last_step, failures, blocked_until) \
             VALUES ($1, $2, NULL, 0, 0, 0) ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, last_step = 0, \
             failures = 0 WHERE second_factor.since IS NULL";
    UPDATE = "UPDATE second_factor SET since = $2, last_step = $3, failures = $4, blocked_until = $5 WHERE person = $1";
    DROP = "DELETE FROM second_factor WHERE person = $1";
    DROP_CODES = "DELETE FROM recovery_code WHERE person = $1";
    INSERT_CODE = "INSERT INTO recovery_code (code_sha256, person) VALUES ($1, $2)";
    USE_CODE = "UPDATE recovery_code SET used_at = $3 WHERE code_sha256 = $1 AND person = $2 AND used_at IS NULL";
    CODES_LEFT = "SELECT COUNT(*) FROM recovery_code WHERE person = $1 AND used_at IS NULL";
}

/// A person's second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The key that their app has, too.
    pub secret: [u8; 20],
    /// Since when it counts; none before a code of it was typed.
    pub since: Option<Timestamp>,
    /// The 30 seconds, counted from 1970, of the last code that was taken.
    pub last_step: i64,
    /// Wrong codes since the last right one.
    pub failures: i64,
    /// Until when no code is looked at.
    pub blocked_until: Timestamp,
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

impl Tx {
    /// Keeps a new key, in the place of one that does not count yet; false where one counts.
    pub async fn begin_second_factor(&mut self, person: PersonId, secret: [u8; 20]) -> Result<bool, Error> {
        let secret: &[u8] = &secret;
        Ok(self
            .exec(BEGIN, args![person.to_string(), secret.to_vec()])
            .await?
            == 1)
    }

    /// Locks a person's second factor, so that no code counts twice.
    pub async fn lock_second_factor(&mut self, person: PersonId) -> Result<Option<SecondFactor>, Error> {
        self.maybe(LOCK, args![person.to_string()])
            .await?
            .map(row)
            .transpose()
    }

    /// Keeps what has changed of one that is locked.
    pub async fn update_second_factor(
        &mut self,
        person: PersonId,
        factor: &SecondFactor,
    ) -> Result<(), Error> {
        let args = args![
            person.to_string(),
            factor.since.map(Timestamp::as_microsecond),
            factor.last_step,
            factor.failures,
            factor.blocked_until.as_microsecond()
        ];
        self.exec(UPDATE, args).await?;
        Ok(())
    }

    /// Takes a second factor away, with its codes.
    pub async fn drop_second_factor(&mut self, person: PersonId) -> Result<(), Error> {
        self.exec(DROP_CODES, args![person.to_string()]).await?;
        self.exec(DROP, args![person.to_string()]).await?;
        Ok(())
    }

    /// Keeps new recovery codes in the place of all there were.
    pub async fn replace_recovery_codes(
        &mut self,
        person: PersonId,
        hashes: &[[u8; 32]],
    ) -> Result<(), Error> {
        self.exec(DROP_CODES, args![person.to_string()]).await?;
        for hash in hashes {
            self.exec(INSERT_CODE, args![*hash, person.to_string()]).await?;
        }
        Ok(())
    }

    /// Uses a recovery code up; false where it is none of this person's or was used.
    pub async fn use_recovery_code(
        &mut self,
        person: PersonId,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let args = args![hash, person.to_string(), now.as_microsecond()];
        Ok(self.exec(USE_CODE, args).await? == 1)
    }
}

impl View {
    /// A person's second factor, whether it counts yet or not.
    pub async fn second_factor(&mut self, person: PersonId) -> Result<Option<SecondFactor>, Error> {
        self.maybe(READ, args![person.to_string()])
            .await?
            .map(row)
            .transpose()
    }

    /// How many recovery codes a person has left.
    pub async fn recovery_codes_left(&mut self, person: PersonId) -> Result<i64, Error> {
        let mut row = self.one(CODES_LEFT, args![person.to_string()]).await?;
        row.next().map_err(|why| corrupt("recovery_code", "?", why))
    }
}

fn row(mut row: Row) -> Result<SecondFactor, Error> {
    let mut read = || -> Result<SecondFactor, String> {
        let secret: Vec<u8> = row.next()?;
        let since: Option<i64> = row.next()?;
        Ok(SecondFactor {
            secret: secret.try_into().or(Err("its key is not of 20 bytes"))?,
            since: since.map(moment).transpose()?,
            last_step: row.next()?,
            failures: row.next()?,
            blocked_until: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("second_factor", "?", why))
}
