//! Letters: kept in the transaction of what they tell, taken out one by one, sent at least once.

use std::collections::BTreeMap;

use earnest_hire::ids::MailId;
use earnest_hire::person::Email;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Store, Tx, View};

statements! {
    INSERT = "INSERT INTO mail (id, recipient, subject, body, at, state, due_at, attempts, inspection) \
              VALUES ($1, $2, $3, $4, $5, 'waiting', $5, 0, $6) ON CONFLICT DO NOTHING";
    DUE = "SELECT id, recipient, subject, body, attempts FROM mail WHERE state = 'waiting' AND due_at <= $1 \
           ORDER BY due_at, id LIMIT $2";
    CLAIM = "UPDATE mail SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND state = 'waiting' AND due_at <= $2";
    SENT = "UPDATE mail SET state = 'sent', last_error = NULL WHERE id = $1";
    GIVEN_UP = "SELECT id, recipient, subject, at, attempts, last_error FROM mail WHERE state = 'dead' ORDER BY at DESC, id LIMIT $1";
    AGAIN = "UPDATE mail SET state = 'waiting', due_at = $2, attempts = 0 WHERE id = $1 AND state = 'dead'";
    FATE = "SELECT state, last_error FROM mail WHERE id = $1";
    OF_INSPECTION = "SELECT state, COUNT(*) FROM mail WHERE inspection = $1 GROUP BY state";
    FAILED = "UPDATE mail SET state = $2, due_at = $3, last_error = $4 WHERE id = $1 AND state = 'waiting'";
}

/// A letter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// Which.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// Plain text; addresses in it begin with the site's own.
    pub body: String,
    /// How often it was tried before.
    pub attempts: i64,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailEnd {
    /// The mail server took it.
    Sent,
    /// It is tried again.
    Again {
        /// When.
        due_at: Timestamp,
        /// The cause, for the operator.
        why: String,
    },
    /// It is not tried again by itself.
    Dead {
        /// The cause, for the operator.
        why: String,
    },
}

/// A letter that was given up. What it says is not shown: it may hold a link that opens an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostMail {
    /// Which.
    pub id: String,
    /// To whom.
    pub to: String,
    /// One line.
    pub subject: String,
    /// When it was written.
    pub at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// The cause of the last failure.
    pub why: String,
}

/// What has become of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFate {
    /// It is yet to be sent; the cause of the last failure, if there was one.
    Waiting(Option<String>),
    /// The mail server took it.
    Sent,
    /// It was given up, and why.
    Dead(String),
}

impl Tx {
    /// Lets a letter that was given up be tried again; false where there is no such letter.
    pub async fn mail_again(&mut self, id: MailId, now: Timestamp) -> Result<bool, Error> {
        Ok(self
            .exec(AGAIN, args![id.to_string(), now.as_microsecond()])
            .await?
            == 1)
    }

    /// Keeps a letter to be sent, unless one of its id is there; with what it asks a client to review, where it does.
    pub async fn insert_mail(
        &mut self,
        mail: &MailRow,
        inspection: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let args = args![
            mail.id.to_string(),
            mail.to.as_str(),
            mail.subject.as_str(),
            mail.body.as_str(),
            now.as_microsecond(),
            inspection
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }
}

impl View {
    /// Letters that were given up, the latest first.
    pub async fn lost_mail(&mut self, limit: u16) -> Result<Vec<LostMail>, Error> {
        let rows = self.all(GIVEN_UP, args![i64::from(limit)]).await?;
        rows.into_iter().map(lost).collect()
    }

    /// What has become of a letter; none where it is not there.
    pub async fn mail_fate(&mut self, id: MailId) -> Result<Option<MailFate>, Error> {
        let Some(mut row) = self.maybe(FATE, args![id.to_string()]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<MailFate, String> {
            let (state, why): (String, Option<String>) = (row.next()?, row.next()?);
            match state.as_str() {
                "waiting" => Ok(MailFate::Waiting(why)),
                "sent" => Ok(MailFate::Sent),
                "dead" => Ok(MailFate::Dead(why.unwrap_or_default())),
                other => Err(format!("a letter is in no state `{other}`")),
            }
        };
        read()
            .map(Some)
            .map_err(|why| corrupt("mail", &id.to_string(), why))
    }

    /// Whether letters about an inspection were given up, and no mail server has taken any.
    pub async fn has_bounced(&mut self, inspection: &str) -> Result<bool, Error> {
        let rows = self.all(OF_INSPECTION, args![inspection]).await?;
        let read = |mut row: Row| Ok((row.next()?, row.next()?));
        let counts: Result<BTreeMap<String, i64>, String> = rows.into_iter().map(read).collect();
        let counts = counts.map_err(|why| corrupt("mail", inspection, why))?;
        Ok(counts.contains_key("dead") && !counts.contains_key("sent"))
    }

    /// Letters that are due, the oldest first.
    pub async fn due_mail(&mut self, now: Timestamp, limit: u16) -> Result<Vec<MailRow>, Error> {
        self.all(DUE, args![now.as_microsecond(), i64::from(limit)])
            .await?
            .into_iter()
            .map(mail)
            .collect()
    }
}

impl Store {
    /// Takes a letter until a moment, so that no other node sends it meanwhile; false where another was faster.
    pub async fn claim_mail(&self, id: MailId, now: Timestamp, until: Timestamp) -> Result<bool, Error> {
        self.write(move |mut tx| async move {
            let args = args![id.to_string(), now.as_microsecond(), until.as_microsecond()];
            let claimed = tx.exec(CLAIM, args).await? == 1;
            tx.commit(claimed).await
        })
        .await
    }

    /// Notes how an attempt ended.
    pub async fn end_mail(&self, id: MailId, end: MailEnd) -> Result<(), Error> {
        self.write(move |mut tx| {
            let end = end.clone();
            async move {
                let id = id.to_string();
                match end {
                    MailEnd::Sent => tx.exec(SENT, args![id]).await?,
                    MailEnd::Again { due_at, why } => {
                        tx.exec(FAILED, args![id, "waiting", due_at.as_microsecond(), why])
                            .await?
                    }
                    MailEnd::Dead { why } => tx.exec(FAILED, args![id, "dead", 0_i64, why]).await?,
                };
                tx.commit(()).await
            }
        })
        .await
    }
}

fn lost(mut row: Row) -> Result<LostMail, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<LostMail, String> {
        Ok(LostMail {
            id: id.clone(),
            to: row.next()?,
            subject: row.next()?,
            at: moment(row.next()?)?,
            attempts: row.next()?,
            why: row.next::<Option<String>>()?.unwrap_or_default(),
        })
    };
    read().map_err(|why| corrupt("mail", &id, why))
}

fn mail(mut row: Row) -> Result<MailRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<MailRow, String> {
        Ok(MailRow {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            to: row.parse()?,
            subject: row.next()?,
            body: row.next()?,
            attempts: row.next()?,
        })
    };
    read().map_err(|why| corrupt("mail", &id, why))
}
