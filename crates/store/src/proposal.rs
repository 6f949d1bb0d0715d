//! Proposals: chains of offers and counter-offers, kept whole.

use earnest_hire::ids::{ContractId, ConversationId, PersonId, ProposalId, RequestId};
use earnest_hire::proposal::Proposal;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::db::{Row, Tx, View};
use crate::history::json;
use crate::progress::read_json;

macro_rules! columns {
    () => {
        "id, conversation, contract, body"
    };
}

statements! {
    INSERT = "INSERT INTO proposal (id, conversation, request, expert, stage, version, expires_at, contract, body) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    UPDATE = "UPDATE proposal SET stage = $2, version = $3, expires_at = $4, contract = $5, body = $6 \
              WHERE id = $1 AND version = $7";
    BY_ID = concat!("SELECT ", columns!(), " FROM proposal WHERE id = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM proposal WHERE id = $1 FOR UPDATE");
    IN_CONVERSATION = concat!("SELECT ", columns!(), " FROM proposal WHERE conversation = $1 ORDER BY id DESC");
    ABOUT = concat!("SELECT ", columns!(), " FROM proposal WHERE request = $1 ORDER BY id");
    OPEN_OF = "SELECT COUNT(*) FROM proposal WHERE expert = $1 \
               AND stage IN ('draft', 'sent', 'seen', 'shortlisted', 'offer') AND id <> $2";
    DUE = concat!("SELECT ", columns!(), " FROM proposal WHERE expires_at < $1 ORDER BY expires_at, id LIMIT 50");
}

/// A proposal with where it was made and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalRow {
    /// By the rules.
    pub proposal: Proposal,
    /// Where it was made.
    pub conversation: ConversationId,
    /// What was made of the version that was accepted.
    pub contract: Option<ContractId>,
}

impl Tx {
    /// Keeps a new proposal.
    pub async fn insert_proposal(&mut self, row: &ProposalRow) -> Result<(), Error> {
        let one = &row.proposal;
        let args = args![
            one.id.to_string(),
            row.conversation.to_string(),
            one.request.to_string(),
            one.expert.to_string(),
            one.stage.name(),
            one.version,
            one.expires_at.map(Timestamp::as_microsecond),
            row.contract.map(|id| id.to_string()),
            json(one)?
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }

    /// Keeps the next state of one, if nobody was faster.
    pub async fn update_proposal(&mut self, row: &ProposalRow, former: i64) -> Result<(), Error> {
        let one = &row.proposal;
        let id = one.id.to_string();
        let args = args![
            id.as_str(),
            one.stage.name(),
            one.version,
            one.expires_at.map(Timestamp::as_microsecond),
            row.contract.map(|id| id.to_string()),
            json(one)?,
            former
        ];
        if self.exec(UPDATE, args).await? == 1 {
            Ok(())
        } else {
            Err(Error::Conflict {
                what: format!("proposal {id}"),
            })
        }
    }

    /// Locks one.
    pub async fn lock_proposal(&mut self, id: ProposalId) -> Result<Option<ProposalRow>, Error> {
        self.maybe(LOCK, args![id.to_string()])
            .await?
            .map(row)
            .transpose()
    }
}

impl View {
    /// By its id.
    pub async fn proposal(&mut self, id: ProposalId) -> Result<Option<ProposalRow>, Error> {
        self.maybe(BY_ID, args![id.to_string()])
            .await?
            .map(row)
            .transpose()
    }

    /// All that were made in a conversation, the newest first.
    pub async fn proposals_in(&mut self, conversation: ConversationId) -> Result<Vec<ProposalRow>, Error> {
        rows(self.all(IN_CONVERSATION, args![conversation.to_string()]).await?)
    }

    /// All about a request, in their order.
    pub async fn proposals_about(&mut self, request: RequestId) -> Result<Vec<ProposalRow>, Error> {
        rows(self.all(ABOUT, args![request.to_string()]).await?)
    }

    /// How many others of an expert are open.
    pub async fn open_proposals_of(&mut self, expert: PersonId, but: ProposalId) -> Result<u16, Error> {
        let mut row = self
            .one(OPEN_OF, args![expert.to_string(), but.to_string()])
            .await?;
        let count: i64 = row.next().map_err(|why| corrupt("proposal", "?", why))?;
        Ok(u16::try_from(count).unwrap_or(u16::MAX))
    }

    /// Those that nobody answered in time.
    pub async fn due_proposals(&mut self, now: Timestamp) -> Result<Vec<ProposalRow>, Error> {
        rows(self.all(DUE, args![now.as_microsecond()]).await?)
    }
}

fn rows(found: Vec<Row>) -> Result<Vec<ProposalRow>, Error> {
    found.into_iter().map(row).collect()
}

fn row(mut row: Row) -> Result<ProposalRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<ProposalRow, String> {
        Ok(ProposalRow {
            conversation: row.parse()?,
            contract: row.parse_maybe()?,
            proposal: read_json(&row.next::<String>()?)?,
        })
    };
    read().map_err(|why| corrupt("proposal", &id, why))
}
