//! What several people decide together, and what each of them says. Whoever adds somebody holds the lock of the decision.

use earnest_hire::decision::{Decision, Participant};
use earnest_hire::ids::{DecisionId, ParticipantId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};
use crate::request::Inserted;

macro_rules! columns {
    () => {
        "decision.id, decision.title, decision.comparison, decision.edition, decision.query, decision.made_at, \
         decision.expires_at, decision.invite_no"
    };
}

macro_rules! of_participant {
    () => {
        "participant.id, participant.name, participant.note, participant.weights, participant.joined_at, \
         participant.changed_at"
    };
}

statements! {
    INSERT = "INSERT INTO decision (id, title, comparison, edition, query, made_at, expires_at, invite_no, maker_sha256, \
              invite_sha256, once_sha256, content_sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
              ON CONFLICT DO NOTHING";
    BY_ONCE = concat!("SELECT content_sha256, ", columns!(), " FROM decision WHERE once_sha256 = $1");
    BY_ID = concat!("SELECT ", columns!(), " FROM decision WHERE id = $1");
    BY_MAKER = concat!("SELECT ", columns!(), " FROM decision WHERE maker_sha256 = $1");
    BY_INVITE = concat!("SELECT ", columns!(), " FROM decision WHERE invite_sha256 = $1");
    BY_PARTICIPANT = concat!("SELECT participant.id, ", columns!(), " FROM participant JOIN decision \
                              ON decision.id = participant.decision WHERE participant.token_sha256 = $1");
    LOCK = "SELECT id FROM decision WHERE id = $1 FOR UPDATE";
    RENAME = "UPDATE decision SET title = $2 WHERE id = $1";
    EXTEND = "UPDATE decision SET expires_at = $2 WHERE id = $1";
    INVITE = "UPDATE decision SET invite_no = $2, invite_sha256 = $3 WHERE id = $1 AND invite_no = $2 - 1";
    DROP = "DELETE FROM decision WHERE id = $1";
    DUE = "SELECT id FROM decision WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2";
    JOIN = "INSERT INTO participant (id, decision, name, note, weights, joined_at, changed_at, token_sha256, content_sha256) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    JOINED = concat!("SELECT content_sha256, ", of_participant!(), " FROM participant WHERE token_sha256 = $1");
    PEOPLE = concat!("SELECT ", of_participant!(), " FROM participant WHERE decision = $1 ORDER BY joined_at, id");
    COUNT = "SELECT COUNT(*) FROM participant WHERE decision = $1";
    CHANGE = "UPDATE participant SET name = $2, note = $3, weights = $4, changed_at = $5 WHERE id = $1";
    LEAVE = "DELETE FROM participant WHERE id = $1 AND decision = $2";
    LEAVE_ALL = "DELETE FROM participant WHERE decision = $1";
}

/// Hashes under which a new decision is found again. What was hashed is never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionKeys {
    /// Of the maker's link.
    pub maker_sha256: [u8; 32],
    /// Of the link that invites.
    pub invite_sha256: [u8; 32],
    /// Of the form's key.
    pub once_sha256: [u8; 32],
    /// Of all that was sent, to tell a repeated form from a changed one.
    pub content_sha256: [u8; 32],
}

/// Which link somebody came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionLink {
    /// That of whoever made it.
    Maker,
    /// That which invites.
    Invite,
    /// That of somebody who takes part.
    Participant(ParticipantId),
}

impl Tx {
    /// Keeps a new one.
    pub async fn insert_decision(&mut self, one: &Decision, keys: &DecisionKeys) -> Result<Inserted, Error> {
        let args = args![
            one.id.to_string(),
            one.title.as_str(),
            one.comparison.as_str(),
            one.edition.as_str(),
            one.query.as_str(),
            one.made_at.as_microsecond(),
            one.expires_at.as_microsecond(),
            one.invite_no,
            keys.maker_sha256,
            keys.invite_sha256,
            keys.once_sha256,
            keys.content_sha256,
        ];
        let inserted = self.exec(INSERT, args).await?;
        Ok(if inserted == 1 {
            Inserted::Yes
        } else {
            Inserted::Taken
        })
    }

    /// Lets nobody else add people to it until the end; false where there is none.
    pub async fn lock_decision(&mut self, id: DecisionId) -> Result<bool, Error> {
        Ok(self.maybe(LOCK, args![id.to_string()]).await?.is_some())
    }

    /// Gives it another title.
    pub async fn rename_decision(&mut self, id: DecisionId, title: &str) -> Result<(), Error> {
        self.exec(RENAME, args![id.to_string(), title]).await?;
        Ok(())
    }

    /// Says when it is deleted.
    pub async fn extend_decision(&mut self, id: DecisionId, expires_at: Timestamp) -> Result<(), Error> {
        self.exec(EXTEND, args![id.to_string(), expires_at.as_microsecond()])
            .await?;
        Ok(())
    }

    /// Lets another link invite, and that of before no more; false where somebody else has just done so.
    pub async fn invite_to_decision(
        &mut self,
        id: DecisionId,
        no: i64,
        sha256: [u8; 32],
    ) -> Result<bool, Error> {
        Ok(self.exec(INVITE, args![id.to_string(), no, sha256]).await? == 1)
    }

    /// Deletes it with all that people said in it; false where it was gone already.
    pub async fn delete_decision(&mut self, id: DecisionId) -> Result<bool, Error> {
        self.exec(LEAVE_ALL, args![id.to_string()]).await?;
        Ok(self.exec(DROP, args![id.to_string()]).await? == 1)
    }

    /// Keeps what somebody says who is new.
    pub async fn insert_participant(
        &mut self,
        decision: DecisionId,
        one: &Participant,
        (token_sha256, content_sha256): ([u8; 32], [u8; 32]),
    ) -> Result<Inserted, Error> {
        let args = args![
            one.id.to_string(),
            decision.to_string(),
            one.name.as_str(),
            one.note.clone(),
            one.weights.as_str(),
            one.joined_at.as_microsecond(),
            one.changed_at.as_microsecond(),
            token_sha256,
            content_sha256,
        ];
        let inserted = self.exec(JOIN, args).await?;
        Ok(if inserted == 1 {
            Inserted::Yes
        } else {
            Inserted::Taken
        })
    }

    /// Keeps what somebody says now; false where they are gone.
    pub async fn update_participant(&mut self, one: &Participant) -> Result<bool, Error> {
        let args = args![
            one.id.to_string(),
            one.name.as_str(),
            one.note.clone(),
            one.weights.as_str(),
            one.changed_at.as_microsecond(),
        ];
        Ok(self.exec(CHANGE, args).await? == 1)
    }

    /// Forgets what somebody said; false where they are gone already.
    pub async fn delete_participant(
        &mut self,
        decision: DecisionId,
        id: ParticipantId,
    ) -> Result<bool, Error> {
        Ok(self
            .exec(LEAVE, args![id.to_string(), decision.to_string()])
            .await?
            == 1)
    }
}

impl View {
    /// That which a form has made, with the hash of what was sent.
    pub async fn decision_by_once(
        &mut self,
        sha256: [u8; 32],
    ) -> Result<Option<(Decision, [u8; 32])>, Error> {
        let Some(mut row) = self.maybe(BY_ONCE, args![sha256]).await? else {
            return Ok(None);
        };
        let content = row.next().map_err(|why| corrupt("decision", "?", why))?;
        Ok(Some((decision(row)?, content)))
    }

    /// By its id.
    pub async fn decision(&mut self, id: DecisionId) -> Result<Option<Decision>, Error> {
        let row = self.maybe(BY_ID, args![id.to_string()]).await?;
        row.map(decision).transpose()
    }

    /// That which a link opens, by the hash of its token, and which link it is.
    pub async fn decision_by_link(
        &mut self,
        sha256: [u8; 32],
    ) -> Result<Option<(Decision, DecisionLink)>, Error> {
        for (statement, link) in [(BY_MAKER, DecisionLink::Maker), (BY_INVITE, DecisionLink::Invite)] {
            if let Some(row) = self.maybe(statement, args![sha256]).await? {
                return Ok(Some((decision(row)?, link)));
            }
        }
        let Some(mut row) = self.maybe(BY_PARTICIPANT, args![sha256]).await? else {
            return Ok(None);
        };
        let id = row.parse().map_err(|why| corrupt("participant", "?", why))?;
        Ok(Some((decision(row)?, DecisionLink::Participant(id))))
    }

    /// Everybody who takes part, in the order in which they came.
    pub async fn participants(&mut self, id: DecisionId) -> Result<Vec<Participant>, Error> {
        let rows = self.all(PEOPLE, args![id.to_string()]).await?;
        rows.into_iter().map(participant).collect()
    }

    /// How many take part.
    pub async fn count_participants(&mut self, id: DecisionId) -> Result<usize, Error> {
        let row = self.maybe(COUNT, args![id.to_string()]).await?;
        let count = row.map_or(Ok(0), |mut row| row.next::<i64>());
        let count = count.map_err(|why| corrupt("participant", "?", why))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Whoever came in by a form, by the hash of their link, with the hash of what they sent.
    pub async fn participant_by_token(
        &mut self,
        sha256: [u8; 32],
    ) -> Result<Option<(Participant, [u8; 32])>, Error> {
        let Some(mut row) = self.maybe(JOINED, args![sha256]).await? else {
            return Ok(None);
        };
        let content = row.next().map_err(|why| corrupt("participant", "?", why))?;
        Ok(Some((participant(row)?, content)))
    }

    /// Those that are to be deleted, the most overdue first.
    pub async fn due_decisions(&mut self, now: Timestamp, limit: u16) -> Result<Vec<DecisionId>, Error> {
        let rows = self
            .all(DUE, args![now.as_microsecond(), i64::from(limit)])
            .await?;
        let id = |mut row: Row| row.parse().map_err(|why| corrupt("decision", "?", why));
        rows.into_iter().map(id).collect()
    }
}

fn decision(mut row: Row) -> Result<Decision, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<Decision, String> {
        Ok(Decision {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            title: row.next()?,
            comparison: row.next()?,
            edition: row.next()?,
            query: row.next()?,
            made_at: moment(row.next()?)?,
            expires_at: moment(row.next()?)?,
            invite_no: row.next()?,
        })
    };
    read().map_err(|why| corrupt("decision", &id, why))
}

fn participant(mut row: Row) -> Result<Participant, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<Participant, String> {
        Ok(Participant {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            name: row.next()?,
            note: row.next()?,
            weights: row.next()?,
            joined_at: moment(row.next()?)?,
            changed_at: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("participant", &id, why))
}
