//! People with an account, the links that let them in, and the browsers in which they are signed in. Secrets are kept as
//! hashes: a stolen database opens nothing.

use std::collections::BTreeMap;

use earnest_hire::ids::PersonId;
use earnest_hire::person::{Email, Person, Roles};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Sql, Statement, Store, Tx, View};

statements! {
    BY_EMAIL = "SELECT id, email, name, roles, since FROM person WHERE email = $1";
    BY_ID = "SELECT id, email, name, roles, since FROM person WHERE id = $1";
    NAMES = concat!("SELECT id, name FROM person WHERE id IN ", a_hundred_ids!());
    IN_OFFICE = "SELECT id, email, name, roles, since FROM person WHERE roles <> '' ORDER BY since, id";
    INSERT = "INSERT INTO person (id, email, name, roles, since) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    RENAME = "UPDATE person SET name = $2 WHERE id = $1";
    SET_ROLES = "UPDATE person SET roles = $2 WHERE id = $1";
    INSERT_LINK = "INSERT INTO sign_in_link (token_sha256, email, back, at, ends_at) VALUES ($1, $2, $3, $4, $5)";
    LINK = "SELECT email, back FROM sign_in_link WHERE token_sha256 = $1 AND used_at IS NULL AND ends_at > $2";
    USE_LINK = "UPDATE sign_in_link SET used_at = $2 WHERE token_sha256 = $1 AND used_at IS NULL AND ends_at > $2";
    LINKS_SINCE = "SELECT COUNT(*) FROM sign_in_link WHERE email = $1 AND at > $2 AND used_at IS NULL";
    PLAIN_LINKS_SINCE = "SELECT COUNT(*) FROM sign_in_link WHERE email = $1 AND at > $2 AND used_at IS NULL \
                         AND NOT EXISTS (SELECT 1 FROM sign_up WHERE sign_up.token_sha256 = sign_in_link.token_sha256)";
    KEEP_LINKS = "UPDATE sign_in_link SET ends_at = $3 WHERE email = $1 AND at > $2 AND used_at IS NULL AND ends_at < $3 \
                  AND NOT EXISTS (SELECT 1 FROM sign_up WHERE sign_up.token_sha256 = sign_in_link.token_sha256)";
    INSERT_SESSION = "INSERT INTO session (token_sha256, person, begun_at, seen_at, ends_at, browser, label, held) \
                      VALUES ($1, $2, $3, $3, $4, $5, $6, $7)";
    RENEW_SESSION = "UPDATE session SET token_sha256 = $2 WHERE token_sha256 = $1";
    PROVE_SESSION = "UPDATE session SET proved_at = $2 WHERE token_sha256 = $1";
    SESSION = "SELECT seen_at, proved_at, held, person.id, email, name, roles, since FROM session JOIN person ON person.id = session.person \
               WHERE token_sha256 = $1 AND ends_at > $2 AND label IS NULL";
    API_TOKEN = "SELECT seen_at, proved_at, held, person.id, email, name, roles, since FROM session JOIN person ON person.id = session.person \
               WHERE token_sha256 = $1 AND ends_at > $2 AND label IS NOT NULL";
    PROVED = "SELECT proved_at FROM session WHERE token_sha256 = $1 AND proved_at IS NOT NULL";
    END_SESSION_OF = "DELETE FROM session WHERE person = $1 AND token_sha256 = $2";
    SEE_SESSION = "UPDATE session SET seen_at = $2 WHERE token_sha256 = $1";
    END_SESSION = "DELETE FROM session WHERE token_sha256 = $1";
    END_SESSIONS = "DELETE FROM session WHERE person = $1 AND token_sha256 <> $2";
    SESSIONS_OF = "SELECT token_sha256, begun_at, seen_at, browser, label FROM session WHERE person = $1 AND ends_at > $2 \
                   ORDER BY seen_at DESC, token_sha256";
}

/// A link that opens an account once, to whoever reads the mail it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// Of the token in the link.
    pub token_sha256: [u8; 32],
    /// Whose account.
    pub email: Email,
    /// A path of this site to go on at.
    pub back: String,
    /// When it was made.
    pub at: Timestamp,
    /// From when on it opens nothing.
    pub ends_at: Timestamp,
}

/// A new session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Of the token in the cookie.
    pub token_sha256: [u8; 32],
    /// Who is signed in.
    pub person: PersonId,
    /// Since when.
    pub begun_at: Timestamp,
    /// Until when at most.
    pub ends_at: Timestamp,
    /// What the browser called itself, shortened.
    pub browser: String,
    /// What its owner calls it, where a program carries the token; a browser has none.
    pub label: Option<String>,
    /// Whether a hold stopped signing in when it began.
    pub held: bool,
}

/// A session that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOf {
    /// Who is signed in.
    pub person: Person,
    /// When it was last noted that it is in use.
    pub seen_at: Timestamp,
    /// When they last proved with a second factor that it is them.
    pub proved_at: Option<Timestamp>,
    /// Whether a hold stopped signing in when it began.
    pub held: bool,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Names it.
    pub token_sha256: [u8; 32],
    /// Since when.
    pub begun_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub seen_at: Timestamp,
    /// What the browser called itself.
    pub browser: String,
    /// What its owner calls it, where a program carries it.
    pub label: Option<String>,
}

pub(crate) fn new_person(person: &Person) -> Statement {
    let args = args![
        person.id.to_string(),
        person.email.as_str(),
        person.name.as_str(),
        person.roles.to_string(),
        person.since.as_microsecond()
    ];
    (INSERT, args.to_vec())
}

impl Tx {
    /// Keeps a new person; false where the address has an account.
    pub async fn insert_person(&mut self, person: &Person) -> Result<bool, Error> {
        let (insert, args) = new_person(person);
        Ok(self.exec(insert, &args).await? == 1)
    }

    /// Calls a person by another name.
    pub async fn rename_person(&mut self, id: PersonId, name: &str) -> Result<(), Error> {
        self.exec(RENAME, args![id.to_string(), name]).await?;
        // The name is part of what is shown of an expert, so whoever has seen the former one looks again.
        self.rename_expert(id).await
    }

    /// Says what a person may do in the office.
    pub async fn set_roles(&mut self, id: PersonId, roles: &Roles) -> Result<(), Error> {
        self.exec(SET_ROLES, args![id.to_string(), roles.to_string()])
            .await?;
        Ok(())
    }

    /// Keeps a new link.
    pub async fn insert_sign_in_link(&mut self, link: &SignInLink) -> Result<(), Error> {
        let args = args![
            link.token_sha256,
            link.email.as_str(),
            link.back.as_str(),
            link.at.as_microsecond(),
            link.ends_at.as_microsecond()
        ];
        self.exec(INSERT_LINK, args).await?;
        Ok(())
    }

    /// Uses a link up; false where it was used, has ended, or is none.
    pub async fn use_sign_in_link(&mut self, token_sha256: [u8; 32], now: Timestamp) -> Result<bool, Error> {
        let used = self
            .exec(USE_LINK, args![token_sha256, now.as_microsecond()])
            .await?;
        Ok(used == 1)
    }

    /// Notes that whoever is signed in has just proved it with a second factor.
    pub async fn prove_session(&mut self, token_sha256: [u8; 32], now: Timestamp) -> Result<(), Error> {
        self.exec(PROVE_SESSION, args![token_sha256, now.as_microsecond()])
            .await?;
        Ok(())
    }

    /// Gives a session another token; the former one opens nothing from then on.
    pub async fn renew_session(&mut self, former: [u8; 32], token_sha256: [u8; 32]) -> Result<(), Error> {
        self.exec(RENEW_SESSION, args![former, token_sha256]).await?;
        Ok(())
    }

    /// Ends the session of a browser in which somebody signs in anew.
    pub async fn end_session(&mut self, token_sha256: [u8; 32]) -> Result<(), Error> {
        self.exec(END_SESSION, args![token_sha256]).await?;
        Ok(())
    }

    /// Lets the links of an address that were made after a moment, not used, and carry no sign-up open it until another.
    pub async fn keep_sign_in_links(
        &mut self,
        email: &Email,
        since: Timestamp,
        ends_at: Timestamp,
    ) -> Result<(), Error> {
        let args = args![email.as_str(), since.as_microsecond(), ends_at.as_microsecond()];
        self.exec(KEEP_LINKS, args).await?;
        Ok(())
    }

    /// Ends all sessions of a person but this one.
    pub async fn end_sessions_but(&mut self, person: PersonId, this: [u8; 32]) -> Result<usize, Error> {
        self.exec(END_SESSIONS, args![person.to_string(), this]).await
    }

    /// Keeps a new session.
    pub async fn insert_session(&mut self, session: &Session) -> Result<(), Error> {
        let args = args![
            session.token_sha256,
            session.person.to_string(),
            session.begun_at.as_microsecond(),
            session.ends_at.as_microsecond(),
            session.browser.as_str(),
            session.label.as_deref(),
            session.held.then_some(1_i64)
        ];
        self.exec(INSERT_SESSION, args).await?;
        Ok(())
    }
}

impl View {
    /// By the address.
    pub async fn person_of_email(&mut self, email: &Email) -> Result<Option<Person>, Error> {
        self.maybe(BY_EMAIL, args![email.as_str()])
            .await?
            .map(person)
            .transpose()
    }

    /// By the id.
    pub async fn person(&mut self, id: PersonId) -> Result<Option<Person>, Error> {
        self.maybe(BY_ID, args![id.to_string()])
            .await?
            .map(person)
            .transpose()
    }

    /// What some are called.
    pub async fn names_of(
        &mut self,
        ids: impl IntoIterator<Item = PersonId>,
    ) -> Result<BTreeMap<PersonId, String>, Error> {
        let ids = ids.into_iter().map(|id| id.to_string()).collect();
        let rows = self.rows_of(NAMES, ids, &[]).await?;
        let read = |mut row: Row| Ok((row.parse()?, row.next()?));
        let names: Result<_, String> = rows.into_iter().map(read).collect();
        names.map_err(|why| corrupt("person", "?", why))
    }

    /// Everybody with a role, in the order in which they came.
    pub async fn people_in_office(&mut self) -> Result<Vec<Person>, Error> {
        self.all(IN_OFFICE, args![])
            .await?
            .into_iter()
            .map(person)
            .collect()
    }

    /// Whose link this is and where it leads, if it still opens anything.
    pub async fn sign_in_link(
        &mut self,
        token_sha256: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Email, String)>, Error> {
        let Some(mut row) = self
            .maybe(LINK, args![token_sha256, now.as_microsecond()])
            .await?
        else {
            return Ok(None);
        };
        let mut read = || Ok((row.parse()?, row.next()?));
        read().map(Some).map_err(|why| corrupt("sign_in_link", "?", why))
    }

    /// How many links were made for an address after a moment and not used.
    pub async fn sign_in_links_since(&mut self, email: &Email, since: Timestamp) -> Result<i64, Error> {
        let mut row = self
            .one(LINKS_SINCE, args![email.as_str(), since.as_microsecond()])
            .await?;
        row.next().map_err(|why| corrupt("sign_in_link", "?", why))
    }

    /// The same without those that were asked for with a name and a password.
    pub async fn plain_links_since(&mut self, email: &Email, since: Timestamp) -> Result<i64, Error> {
        let mut row = self
            .one(PLAIN_LINKS_SINCE, args![email.as_str(), since.as_microsecond()])
            .await?;
        row.next().map_err(|why| corrupt("sign_in_link", "?", why))
    }

    /// Who is signed in with this browser's token, and when that was last noted.
    pub async fn session(
        &mut self,
        token_sha256: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<SessionOf>, Error> {
        self.session_by(SESSION, token_sha256, now).await
    }

    /// Whether somebody has ever proved with a second factor in a session that it is them.
    pub async fn is_session_proved(&mut self, token_sha256: [u8; 32]) -> Result<bool, Error> {
        Ok(self.maybe(PROVED, args![token_sha256]).await?.is_some())
    }

    /// The same of a token that a program carries.
    pub async fn api_token(
        &mut self,
        token_sha256: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<SessionOf>, Error> {
        self.session_by(API_TOKEN, token_sha256, now).await
    }

    async fn session_by(
        &mut self,
        sql: Sql,
        token_sha256: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<SessionOf>, Error> {
        let Some(mut row) = self.maybe(sql, args![token_sha256, now.as_microsecond()]).await? else {
            return Ok(None);
        };
        let (seen_at, proved_at) = times(&mut row).map_err(|why| corrupt("session", "?", why))?;
        let held: Option<i64> = row.next().map_err(|why| corrupt("session", "?", why))?;
        Ok(Some(SessionOf {
            person: person(row)?,
            seen_at,
            proved_at,
            held: held.is_some(),
        }))
    }

    /// A person's sessions, the last used first.
    pub async fn sessions_of(&mut self, person: PersonId, now: Timestamp) -> Result<Vec<SessionRow>, Error> {
        let rows = self
            .all(SESSIONS_OF, args![person.to_string(), now.as_microsecond()])
            .await?;
        rows.into_iter()
            .map(|mut row| {
                let mut read = || {
                    Ok(SessionRow {
                        token_sha256: row.next()?,
                        begun_at: moment(row.next()?)?,
                        seen_at: moment(row.next()?)?,
                        browser: row.next()?,
                        label: row.next()?,
                    })
                };
                read().map_err(|why| corrupt("session", "?", why))
            })
            .collect()
    }
}

impl Store {
    /// Notes that a session is in use.
    pub async fn see_session(&self, token_sha256: [u8; 32], now: Timestamp) -> Result<(), Error> {
        self.write(move |mut tx| async move {
            tx.exec(SEE_SESSION, args![token_sha256, now.as_microsecond()])
                .await?;
            tx.commit(()).await
        })
        .await
    }

    /// Ends a session; one that is over already stays so.
    pub async fn end_session(&self, token_sha256: [u8; 32]) -> Result<(), Error> {
        self.write(move |mut tx| async move {
            tx.exec(END_SESSION, args![token_sha256]).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Ends a session of a person, if it is theirs.
    pub async fn end_session_of(&self, person: PersonId, token_sha256: [u8; 32]) -> Result<bool, Error> {
        self.write(move |mut tx| async move {
            let args = args![person.to_string(), token_sha256];
            let ended = tx.exec(END_SESSION_OF, args).await?;
            tx.commit(ended == 1).await
        })
        .await
    }

    /// Ends all sessions of a person but this one.
    pub async fn end_other_sessions(&self, person: PersonId, but: [u8; 32]) -> Result<usize, Error> {
        self.write(move |mut tx| async move {
            let ended = tx.end_sessions_but(person, but).await?;
            tx.commit(ended).await
        })
        .await
    }
}

fn times(row: &mut Row) -> Result<(Timestamp, Option<Timestamp>), String> {
    let (seen_at, proved_at): (i64, Option<i64>) = (row.next()?, row.next()?);
    Ok((moment(seen_at)?, proved_at.map(moment).transpose()?))
}

pub(crate) fn person(mut row: Row) -> Result<Person, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<Person, String> {
        Ok(Person {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            email: row.parse()?,
            name: row.next()?,
            roles: row.parse()?,
            since: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("person", &id, why))
}
