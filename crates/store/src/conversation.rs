//! What client and expert say to each other about one request: messages that never change, and who has read how far.

use std::collections::BTreeMap;

use earnest_hire::ids::{ContractId, ConversationId, MessageId, PersonId, RequestId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Store, Tx, View};

macro_rules! columns {
    () => {
        "id, request, client, expert, at, client_seen_at, expert_seen_at, said_at"
    };
}

statements! {
    INSERT = "INSERT INTO conversation (id, request, client, expert, at, client_seen_at, expert_seen_at, said_at) \
              VALUES ($1, $2, $3, $4, $5, $5, $5, $5) ON CONFLICT DO NOTHING";
    BY_ID = concat!("SELECT ", columns!(), " FROM conversation WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM conversation WHERE id = $1 FOR UPDATE");
    ABOUT = concat!("SELECT ", columns!(), " FROM conversation WHERE request = $1 AND expert = $2");
    OF_REQUEST = concat!("SELECT ", columns!(), " FROM conversation WHERE request = $1 ORDER BY said_at DESC, id");
    OF_PERSON = concat!("SELECT ", columns!(), " FROM conversation WHERE (client = $1 OR expert = $1) \
                         AND (said_at < $2 OR said_at = $2 AND id > $3) ORDER BY said_at DESC, id LIMIT $4");
    SEE_AS_CLIENT = "UPDATE conversation SET client_seen_at = $2 WHERE id = $1 AND client_seen_at < $2";
    SEE_AS_EXPERT = "UPDATE conversation SET expert_seen_at = $2 WHERE id = $1 AND expert_seen_at < $2";
    SAY = "INSERT INTO message (id, conversation, author, at, text, once_sha256) VALUES ($1, $2, $3, $4, $5, $6) \
           ON CONFLICT DO NOTHING";
    SAID_ONCE = "SELECT id, author, at, text FROM message WHERE conversation = $1 AND once_sha256 = $2";
    SAID = "UPDATE conversation SET said_at = $2 WHERE id = $1";
    MESSAGES = "SELECT id, author, at, text FROM message WHERE conversation = $1 ORDER BY at, id";
    OF_MESSAGE = "SELECT conversation.id, request, client, expert, conversation.at, client_seen_at, expert_seen_at, said_at \
                  FROM conversation JOIN message ON message.conversation = conversation.id WHERE message.id = $1";
    OF_CONTRACT = "SELECT conversation.id, conversation.request, client, conversation.expert, at, client_seen_at, \
                   expert_seen_at, said_at FROM conversation JOIN proposal ON proposal.conversation = conversation.id \
                   WHERE proposal.expert = $1 AND proposal.contract = $2";
    SAID_AT = "SELECT said_at FROM conversation WHERE id = $1";
    SAID_AFTER = "SELECT id, author, at, text FROM message WHERE conversation = $1 AND at > $2 ORDER BY at, id LIMIT $3";
    SAID_BEFORE = "SELECT id, author, at, text FROM message WHERE conversation = $1 AND at < $2 \
                   ORDER BY at DESC, id DESC LIMIT $3";
    SAID_BY = "SELECT COUNT(*) FROM message WHERE author = $1 AND at > $2";
    OPEN_OF = "SELECT COUNT(*) FROM conversation JOIN request_progress ON request_progress.request = conversation.request \
               WHERE conversation.expert = $1 AND request_progress.stage IN ('open', 'paused', 'matched')";
    UNREAD = concat!(
        "SELECT message.conversation, COUNT(*) FROM message JOIN conversation ON conversation.id = message.conversation \
         WHERE message.conversation IN ", a_hundred_ids!(), " AND message.author <> $101 \
         AND message.at > CASE WHEN conversation.client = $101 THEN client_seen_at ELSE expert_seen_at END \
         GROUP BY message.conversation"
    );
}

/// A conversation without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Which.
    pub id: ConversationId,
    /// About what.
    pub request: RequestId,
    /// Whose request that is.
    pub client: PersonId,
    /// Who answers it.
    pub expert: PersonId,
    /// When it began.
    pub at: Timestamp,
    /// Up to when the client has read.
    pub client_seen_at: Timestamp,
    /// Up to when the expert has read.
    pub expert_seen_at: Timestamp,
    /// When something was last said.
    pub said_at: Timestamp,
}

impl ConversationRow {
    /// The other one, if this is one of the two.
    pub fn other(&self, person: PersonId) -> Option<PersonId> {
        if person == self.client {
            Some(self.expert)
        } else if person == self.expert {
            Some(self.client)
        } else {
            None
        }
    }

    /// Up to when one of the two has read.
    pub fn seen_at(&self, person: PersonId) -> Timestamp {
        if person == self.client {
            self.client_seen_at
        } else {
            self.expert_seen_at
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Which.
    pub id: MessageId,
    /// Who wrote it.
    pub author: PersonId,
    /// When.
    pub at: Timestamp,
    /// As typed, checked.
    pub text: String,
}

impl Tx {
    /// Keeps a new conversation; false where the two talk about this request already.
    pub async fn insert_conversation(&mut self, row: &ConversationRow) -> Result<bool, Error> {
        let args = args![
            row.id.to_string(),
            row.request.to_string(),
            row.client.to_string(),
            row.expert.to_string(),
            row.at.as_microsecond()
        ];
        Ok(self.exec(INSERT, args).await? == 1)
    }

    /// Locks a conversation.
    pub async fn lock_conversation(&mut self, id: ConversationId) -> Result<Option<ConversationRow>, Error> {
        self.maybe(LOCK, args![id.to_string()])
            .await?
            .map(row)
            .transpose()
    }

    /// Keeps a message under the key of its form; false where that form was sent before.
    pub async fn insert_message(
        &mut self,
        conversation: ConversationId,
        message: &MessageRow,
        once_sha256: [u8; 32],
    ) -> Result<bool, Error> {
        let (id, at) = (conversation.to_string(), message.at.as_microsecond());
        let args = args![
            message.id.to_string(),
            id.as_str(),
            message.author.to_string(),
            at,
            message.text.as_str(),
            once_sha256
        ];
        if self.exec(SAY, args).await? == 0 {
            return Ok(false);
        }
        self.exec(SAID, args![id, at]).await?;
        Ok(true)
    }
}

impl View {
    /// By its id.
    pub async fn conversation(&mut self, id: ConversationId) -> Result<Option<ConversationRow>, Error> {
        self.maybe(BY_ID, args![id.to_string()])
            .await?
            .map(row)
            .transpose()
    }

    /// Of one expert about one request.
    pub async fn conversation_about(
        &mut self,
        request: RequestId,
        expert: PersonId,
    ) -> Result<Option<ConversationRow>, Error> {
        let args = args![request.to_string(), expert.to_string()];
        self.maybe(ABOUT, args).await?.map(row).transpose()
    }

    /// All about one request, the liveliest first.
    pub async fn conversations_about(&mut self, request: RequestId) -> Result<Vec<ConversationRow>, Error> {
        let rows = self.all(OF_REQUEST, args![request.to_string()]).await?;
        rows.into_iter().map(row).collect()
    }

    /// Those of one person, the liveliest first, after one that was last heard of at a moment.
    pub async fn conversations_of(
        &mut self,
        person: PersonId,
        after: Option<(Timestamp, ConversationId)>,
        limit: u16,
    ) -> Result<Vec<ConversationRow>, Error> {
        let args = args![
            person.to_string(),
            after.map_or(i64::MAX, |(at, _)| at.as_microsecond()),
            after.map_or_else(String::new, |(_, id)| id.to_string()),
            i64::from(limit)
        ];
        let rows = self.all(OF_PERSON, args).await?;
        rows.into_iter().map(row).collect()
    }

    /// All messages of a conversation, in the order in which they were written.
    pub async fn messages(&mut self, conversation: ConversationId) -> Result<Vec<MessageRow>, Error> {
        let rows = self.all(MESSAGES, args![conversation.to_string()]).await?;
        rows.into_iter().map(message).collect()
    }

    /// What a form has said, where it was sent before in the same conversation.
    pub async fn said_once(
        &mut self,
        conversation: ConversationId,
        once_sha256: [u8; 32],
    ) -> Result<Option<MessageRow>, Error> {
        let args = args![conversation.to_string(), once_sha256];
        self.maybe(SAID_ONCE, args).await?.map(message).transpose()
    }

    /// That in which a message was said.
    pub async fn conversation_of_message(
        &mut self,
        message: MessageId,
    ) -> Result<Option<ConversationRow>, Error> {
        let found = self.maybe(OF_MESSAGE, args![message.to_string()]).await?;
        found.map(row).transpose()
    }

    /// The one in which a contract with an expert was agreed, where it was.
    pub async fn conversation_of_contract(
        &mut self,
        contract: ContractId,
        expert: PersonId,
    ) -> Result<Option<ConversationRow>, Error> {
        let args = args![expert.to_string(), contract.to_string()];
        self.maybe(OF_CONTRACT, args).await?.map(row).transpose()
    }

    /// When something was last said in a conversation: the cheapest way to see whether anything is new.
    pub async fn said_at(&mut self, id: ConversationId) -> Result<Option<Timestamp>, Error> {
        let found = self.maybe(SAID_AT, args![id.to_string()]).await?;
        found
            .map(|mut row| {
                let at = row.next().and_then(moment);
                at.map_err(|why| corrupt("conversation", &id.to_string(), why))
            })
            .transpose()
    }

    /// What was said after a moment, in the order in which it was written.
    pub async fn messages_after(
        &mut self,
        conversation: ConversationId,
        after: Timestamp,
        limit: u16,
    ) -> Result<Vec<MessageRow>, Error> {
        let args = args![conversation.to_string(), after.as_microsecond(), i64::from(limit)];
        let rows = self.all(SAID_AFTER, args).await?;
        rows.into_iter().map(message).collect()
    }

    /// What was said before a moment, the newest first.
    pub async fn messages_before(
        &mut self,
        conversation: ConversationId,
        before: Timestamp,
        limit: u16,
    ) -> Result<Vec<MessageRow>, Error> {
        let args = args![
            conversation.to_string(),
            before.as_microsecond(),
            i64::from(limit)
        ];
        let rows = self.all(SAID_BEFORE, args).await?;
        rows.into_iter().map(message).collect()
    }

    /// How many messages a person has written since a moment, in all conversations.
    pub async fn messages_by(&mut self, author: PersonId, since: Timestamp) -> Result<i64, Error> {
        let args = args![author.to_string(), since.as_microsecond()];
        let mut found = self.one(SAID_BY, args).await?;
        found.next().map_err(|why| corrupt("message", "?", why))
    }

    /// How many conversations of an expert are about requests that are not over.
    pub async fn open_conversations_of(&mut self, expert: PersonId) -> Result<i64, Error> {
        let mut found = self.one(OPEN_OF, args![expert.to_string()]).await?;
        found.next().map_err(|why| corrupt("conversation", "?", why))
    }

    /// How many messages of the other side somebody has not read, where there are any.
    pub async fn unread(
        &mut self,
        conversations: &[ConversationRow],
        reader: PersonId,
    ) -> Result<BTreeMap<ConversationId, i64>, Error> {
        let ids = conversations.iter().map(|row| row.id.to_string()).collect();
        let rows = self.rows_of(UNREAD, ids, args![reader.to_string()]).await?;
        let read = |mut row: Row| Ok((row.parse()?, row.next()?));
        let counts: Result<_, String> = rows.into_iter().map(read).collect();
        counts.map_err(|why| corrupt("message", "?", why))
    }
}

impl Store {
    /// Notes that one of the two has read everything up to a moment.
    pub async fn see_conversation(
        &self,
        row: &ConversationRow,
        reader: PersonId,
        until: Timestamp,
    ) -> Result<(), Error> {
        let sql = if reader == row.client {
            SEE_AS_CLIENT
        } else {
            SEE_AS_EXPERT
        };
        let id = row.id;
        self.write(move |mut tx| async move {
            tx.exec(sql, args![id.to_string(), until.as_microsecond()])
                .await?;
            tx.commit(()).await
        })
        .await
    }
}

fn row(mut row: Row) -> Result<ConversationRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<ConversationRow, String> {
        Ok(ConversationRow {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            request: row.parse()?,
            client: row.parse()?,
            expert: row.parse()?,
            at: moment(row.next()?)?,
            client_seen_at: moment(row.next()?)?,
            expert_seen_at: moment(row.next()?)?,
            said_at: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("conversation", &id, why))
}

fn message(mut row: Row) -> Result<MessageRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<MessageRow, String> {
        Ok(MessageRow {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            author: row.parse()?,
            at: moment(row.next()?)?,
            text: row.next()?,
        })
    };
    read().map_err(|why| corrupt("message", &id, why))
}
