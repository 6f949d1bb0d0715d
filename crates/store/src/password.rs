//! Passwords, as hashes, and accounts that were asked for with one.

use earnest_hire::ids::PersonId;
use earnest_hire::person::Email;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::db::{Tx, View};

statements! {
    OF = "SELECT person.id, phc FROM person LEFT JOIN password ON password.person = person.id WHERE email = $1";
    SET = "INSERT INTO password (person, phc, at) VALUES ($1, $2, $3) \
           ON CONFLICT (person) DO UPDATE SET phc = excluded.phc, at = excluded.at";
    SINCE = "SELECT at FROM password WHERE person = $1";
    INSERT_SIGN_UP = "INSERT INTO sign_up (token_sha256, name, phc) VALUES ($1, $2, $3)";
    SIGN_UP = "SELECT name, phc FROM sign_up WHERE token_sha256 = $1";
    DROP_SIGN_UP = "DELETE FROM sign_up WHERE token_sha256 = $1";
    DROP_UNUSED = "DELETE FROM sign_up WHERE token_sha256 IN \
                   (SELECT token_sha256 FROM sign_in_link WHERE email = $1 AND at > $2 AND used_at IS NULL)";
}

/// What somebody gave who asked for an account with a password.
#[derive(Clone, PartialEq, Eq)]
pub struct SignUp {
    /// What they want to be called.
    pub name: String,
    /// The hash of their password.
    pub phc: String,
}

impl Tx {
    /// Gives a person a password, or another one.
    pub async fn set_password(&mut self, person: PersonId, phc: &str, at: Timestamp) -> Result<(), Error> {
        self.exec(SET, args![person.to_string(), phc, at.as_microsecond()])
            .await?;
        Ok(())
    }

    /// Keeps what was given until the link is opened.
    pub async fn insert_sign_up(&mut self, token_sha256: [u8; 32], sign_up: &SignUp) -> Result<(), Error> {
        let args = args![token_sha256, sign_up.name.as_str(), sign_up.phc.as_str()];
        self.exec(INSERT_SIGN_UP, args).await?;
        Ok(())
    }

    /// It is an account now.
    pub async fn drop_sign_up(&mut self, token_sha256: [u8; 32]) -> Result<(), Error> {
        self.exec(DROP_SIGN_UP, args![token_sha256]).await?;
        Ok(())
    }

    /// Forgets the names and passwords that were given for an address after a moment; their links stay, as plain ones.
    pub async fn drop_sign_ups_since(&mut self, email: &Email, since: Timestamp) -> Result<(), Error> {
        let args = args![email.as_str(), since.as_microsecond()];
        self.exec(DROP_UNUSED, args).await?;
        Ok(())
    }
}

impl View {
    /// Whose account an address opens, and the hash of their password, where they have one.
    pub async fn password(&mut self, email: &Email) -> Result<Option<(PersonId, Option<String>)>, Error> {
        let Some(mut row) = self.maybe(OF, args![email.as_str()]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<_, String> { Ok((row.parse()?, row.next()?)) };
        read().map(Some).map_err(|why| corrupt("password", "?", why))
    }

    /// Since when a person has the password that they have.
    pub async fn password_since(&mut self, person: PersonId) -> Result<Option<Timestamp>, Error> {
        let Some(mut row) = self.maybe(SINCE, args![person.to_string()]).await? else {
            return Ok(None);
        };
        let mut read = || crate::contract::moment(row.next()?);
        read().map(Some).map_err(|why| corrupt("password", "?", why))
    }

    /// What was given with the request for an account, where a link belongs to one.
    pub async fn sign_up(&mut self, token_sha256: [u8; 32]) -> Result<Option<SignUp>, Error> {
        let Some(mut row) = self.maybe(SIGN_UP, args![token_sha256]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<_, String> {
            Ok(SignUp {
                name: row.next()?,
                phc: row.next()?,
            })
        };
        read().map(Some).map_err(|why| corrupt("sign_up", "?", why))
    }
}
