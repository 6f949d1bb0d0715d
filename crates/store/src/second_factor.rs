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
    OTHERWISE_KEPT = "SELECT person, secret FROM second_factor WHERE SUBSTR(secret, 1, 9) <> $1 \
                      AND person > $2 ORDER BY person LIMIT $3";
    SEAL = "UPDATE second_factor SET secret = $3 WHERE person = $1 AND secret = $2";
    KEY = "SELECT name FROM sealing_key WHERE id = 1";
    BEGIN_KEY = "INSERT INTO sealing_key (id, name, at) VALUES (1, $1, $2) ON CONFLICT DO NOTHING";
    FORGET_KEY = "DELETE FROM sealing_key WHERE id = 1";
    SET_KEY = "INSERT INTO sealing_key (id, name, at) VALUES (1, $1, $2) \
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, at = excluded.at";
    CODES_LEFT = "SELECT COUNT(*) FROM recovery_code WHERE person = $1 AND used_at IS NULL";
}

/// Bytes of the name of a key that second factors are sealed with.
pub const KEY_NAME: usize = 8;

/// A person's second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The key that their app has, too, as it is kept: sealed, or plain where an older program has kept it.
    pub secret: Vec<u8>,
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
    pub async fn begin_second_factor(&mut self, person: PersonId, secret: Vec<u8>) -> Result<bool, Error> {
        Ok(self.exec(BEGIN, args![person.to_string(), secret]).await? == 1)
    }

    /// Keeps a key otherwise than it was kept, unless it has changed meanwhile.
    pub async fn seal_second_factor(
        &mut self,
        person: PersonId,
        (former, sealed): (Vec<u8>, Vec<u8>),
    ) -> Result<bool, Error> {
        let args = args![person.to_string(), former, sealed];
        Ok(self.exec(SEAL, args).await? == 1)
    }

    /// Notes with which key second factors are sealed, unless that is known.
    pub async fn begin_sealing_key(&mut self, name: [u8; KEY_NAME], at: Timestamp) -> Result<(), Error> {
        let args = args![name.to_vec(), at.as_microsecond()];
        self.exec(BEGIN_KEY, args).await?;
        Ok(())
    }

    /// Forgets which key that was.
    pub async fn forget_sealing_key(&mut self) -> Result<(), Error> {
        self.exec(FORGET_KEY, args![]).await?;
        Ok(())
    }

    /// Notes with which key second factors are sealed from now on.
    pub async fn set_sealing_key(&mut self, name: [u8; KEY_NAME], at: Timestamp) -> Result<(), Error> {
        let args = args![name.to_vec(), at.as_microsecond()];
        self.exec(SET_KEY, args).await?;
        Ok(())
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

    /// Keys that do not begin like those that are kept as they should be, with their owners, those after `after`.
    pub async fn second_factors_kept_otherwise(
        &mut self,
        prefix: Vec<u8>,
        after: Option<PersonId>,
        limit: u16,
    ) -> Result<Vec<(PersonId, Vec<u8>)>, Error> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        let args = args![prefix, after, i64::from(limit)];
        let rows = self.all(OTHERWISE_KEPT, args).await?;
        let read = |mut row: Row| -> Result<_, String> { Ok((row.parse()?, row.next()?)) };
        rows.into_iter()
            .map(|row| read(row).map_err(|why| corrupt("second_factor", "?", why)))
            .collect()
    }

    /// The name of the key that second factors are sealed with; none before the first.
    pub async fn sealing_key(&mut self) -> Result<Option<[u8; KEY_NAME]>, Error> {
        let Some(mut row) = self.maybe(KEY, args![]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<[u8; KEY_NAME], String> {
            let name: Vec<u8> = row.next()?;
            name.try_into().or(Err("it is no name of a key".to_owned()))
        };
        read().map(Some).map_err(|why| corrupt("sealing_key", "1", why))
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
            secret,
            since: since.map(moment).transpose()?,
            last_step: row.next()?,
            failures: row.next()?,
            blocked_until: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("second_factor", "?", why))
}
