//! Calls that two people agree upon, kept whole.

use earnest_hire::call::Call;
use earnest_hire::ids::{CallId, ConversationId};

use crate::Error;
use crate::books::corrupt;
use crate::db::{Row, Tx, View};
use crate::history::json;
use crate::progress::read_json;

statements! {
    INSERT = "INSERT INTO call (id, conversation, version, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE call SET version = $2, body = $3 WHERE id = $1 AND version = $4";
    BY_ID = "SELECT id, conversation, body FROM call WHERE id = $1";
    LOCK = "SELECT id, conversation, body FROM call WHERE id = $1 FOR UPDATE";
    IN_CONVERSATION = "SELECT id, conversation, body FROM call WHERE conversation = $1 ORDER BY id DESC";
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
            json(&row.call)?
        ];
        Ok(self.exec(INSERT, args).await? == 1)
    }

    /// Keeps the next state of one, if nobody was faster.
    pub async fn update_call(&mut self, call: &Call, former: i64) -> Result<(), Error> {
        let id = call.id.to_string();
        let args = args![id.as_str(), call.version, json(call)?, former];
        if self.exec(UPDATE, args).await? == 1 {
            Ok(())
        } else {
            Err(Error::Conflict {
                what: format!("call {id}"),
            })
        }
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

    /// All that were proposed in a conversation, the newest first.
    pub async fn calls_in(&mut self, conversation: ConversationId) -> Result<Vec<CallRow>, Error> {
        let found = self.all(IN_CONVERSATION, args![conversation.to_string()]).await?;
        found.into_iter().map(row).collect()
    }
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
