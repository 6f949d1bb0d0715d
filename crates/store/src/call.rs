//! Calls that two people agree upon, kept whole.

use earnest_hire::call::Call;
use earnest_hire::ids::{CallId, ConversationId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::db::{Row, Tx, View};
use crate::history::json;
use crate::progress::read_json;

statements! {
    INSERT = "INSERT INTO call (id, conversation, version, lapses_at, body) VALUES ($1, $2, $3, $4, $5) \
              ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE call SET version = $2, lapses_at = $3, body = $4 WHERE id = $1 AND version = $5";
    PUT_OFF = "UPDATE call SET lapses_at = $2 WHERE id = $1 AND version = $3";
    BY_ID = "SELECT id, conversation, body FROM call WHERE id = $1";
    LOCK = "SELECT id, conversation, body FROM call WHERE id = $1 FOR UPDATE";
    IN_CONVERSATION = "SELECT id, conversation, body FROM call WHERE conversation = $1 ORDER BY id DESC";
    DUE = "SELECT id, conversation, body FROM call WHERE lapses_at < $1 ORDER BY lapses_at, id LIMIT 50";
}

/// A call with where it was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// By the rules.
    pub call: Call,
    /// Where it was proposed.
    pub conversation: ConversationId,
}

impl Tx {
    /// Keeps a new one; false where it is there already.
    pub async fn insert_call(&mut self, row: &CallRow) -> Result<bool, Error> {
        let args = args![
            row.call.id.to_string(),
            row.conversation.to_string(),
            row.call.version,
            lapses(&row.call),
            json(&row.call)?
        ];
        Ok(self.exec(INSERT, args).await? == 1)
    }

    /// Keeps the next state of one, if nobody was faster.
    pub async fn update_call(&mut self, call: &Call, former: i64) -> Result<(), Error> {
        let id = call.id.to_string();
        let args = args![id.as_str(), call.version, lapses(call), json(call)?, former];
        if self.exec(UPDATE, args).await? == 1 {
            Ok(())
        } else {
            Err(Error::Conflict {
                what: format!("call {id}"),
            })
        }
    }

    /// Notes anew when one lapses, without changing it: one from before that was noted.
    pub async fn put_off_call(&mut self, call: &Call) -> Result<(), Error> {
        let args = args![call.id.to_string(), lapses(call), call.version];
        self.exec(PUT_OFF, args).await?;
        Ok(())
    }

    /// Locks one.
    pub async fn lock_call(&mut self, id: CallId) -> Result<Option<CallRow>, Error> {
        let found = self.maybe(LOCK, args![id.to_string()]).await?;
        found.map(row).transpose()
    }
}

impl View {
    /// By its id.
    pub async fn call(&mut self, id: CallId) -> Result<Option<CallRow>, Error> {
        let found = self.maybe(BY_ID, args![id.to_string()]).await?;
        found.map(row).transpose()
    }

    /// Some whose last proposed time was before a moment, the oldest first.
    pub async fn due_calls(&mut self, now: Timestamp) -> Result<Vec<CallRow>, Error> {
        let found = self.all(DUE, args![now.as_microsecond()]).await?;
        found.into_iter().map(row).collect()
    }

    /// All that were proposed in a conversation, the newest first.
    pub async fn calls_in(&mut self, conversation: ConversationId) -> Result<Vec<CallRow>, Error> {
        let found = self.all(IN_CONVERSATION, args![conversation.to_string()]).await?;
        found.into_iter().map(row).collect()
    }
}

fn lapses(call: &Call) -> Option<i64> {
    call.lapses_at().map(Timestamp::as_microsecond)
}

fn row(mut row: Row) -> Result<CallRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<CallRow, String> {
        Ok(CallRow {
            conversation: row.parse()?,
            call: read_json(&row.next::<String>()?)?,
        })
    };
    read().map_err(|why| corrupt("call", &id, why))
}
