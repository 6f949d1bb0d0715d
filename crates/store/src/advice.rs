//! What an operator proposes to a client, and when a request was first answered.

use earnest_hire::ids::{PersonId, RequestId};
use earnest_hire::money::Minor;
use earnest_hire::reply::Asked;
use earnest_hire::request::Progress;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};
use crate::progress::read_json;

statements! {
    INSERT = "INSERT INTO advice (request, expert, at, by_person, note, rate_minor) VALUES ($1, $2, $3, $4, $5, $6) \
              ON CONFLICT DO NOTHING";
    OF_REQUEST = "SELECT expert, at, by_person, note, rate_minor FROM advice WHERE request = $1 ORDER BY at, expert";
    REPLY = "INSERT INTO first_reply (request, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    REPLIED = "SELECT at FROM first_reply WHERE request = $1";
    REPLIES = "SELECT request.submitted_at, first_reply.at, request_progress.body FROM request \
               LEFT JOIN first_reply ON first_reply.request = request.id \
               LEFT JOIN request_progress ON request_progress.request = request.id \
               WHERE request.submitted_at >= $1 ORDER BY request.submitted_at";
}

/// One expert whom an operator proposes for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceRow {
    /// Who is proposed.
    pub expert: PersonId,
    /// When.
    pub at: Timestamp,
    /// The operator.
    pub by: PersonId,
    /// Why, for the client.
    pub note: String,
    /// What an hour would cost, in the currency of the site; none where the profile says it.
    pub rate: Option<Minor>,
}

impl Tx {
    /// Keeps one; false where this expert was proposed for this request before.
    pub async fn insert_advice(&mut self, request: RequestId, row: &AdviceRow) -> Result<bool, Error> {
        let args = args![
            request.to_string(),
            row.expert.to_string(),
            row.at.as_microsecond(),
            row.by.to_string(),
            row.note.as_str(),
            row.rate.map(|rate| rate.0)
        ];
        Ok(self.exec(INSERT, args).await? == 1)
    }

    /// Notes that somebody has answered a request; only the first time counts.
    pub async fn note_reply(&mut self, request: RequestId, at: Timestamp) -> Result<(), Error> {
        self.exec(REPLY, args![request.to_string(), at.as_microsecond()])
            .await?;
        Ok(())
    }
}

impl View {
    /// Who was proposed for a request, in the order in which they were.
    pub async fn advice_for(&mut self, request: RequestId) -> Result<Vec<AdviceRow>, Error> {
        let id = request.to_string();
        let rows = self.all(OF_REQUEST, args![id.as_str()]).await?;
        let read = |row| advice(row).map_err(|why| corrupt("advice", &id, why));
        rows.into_iter().map(read).collect()
    }

    /// When a request was first answered.
    pub async fn replied_at(&mut self, request: RequestId) -> Result<Option<Timestamp>, Error> {
        let id = request.to_string();
        let Some(mut row) = self.maybe(REPLIED, args![id.as_str()]).await? else {
            return Ok(None);
        };
        let at = row.next().and_then(moment);
        at.map(Some).map_err(|why| corrupt("first_reply", &id, why))
    }

    /// Of all requests since a moment: when each was sent, first answered and over.
    pub async fn replies_since(&mut self, since: Timestamp) -> Result<Vec<Asked>, Error> {
        let rows = self.all(REPLIES, args![since.as_microsecond()]).await?;
        let read = |mut row: Row| {
            let mut read = || -> Result<Asked, String> {
                let sent_at = moment(row.next()?)?;
                let replied_at = row.next::<Option<i64>>()?.map(moment).transpose()?;
                let body = row.next::<Option<String>>()?;
                let progress: Option<Progress> = body.as_deref().map(read_json).transpose()?;
                Ok(Asked {
                    sent_at,
                    replied_at,
                    ended_at: progress.and_then(|progress| progress.ended_at()),
                })
            };
            read().map_err(|why| corrupt("first_reply", "?", why))
        };
        rows.into_iter().map(read).collect()
    }
}

fn advice(mut row: Row) -> Result<AdviceRow, String> {
    Ok(AdviceRow {
        expert: row.parse()?,
        at: moment(row.next()?)?,
        by: row.parse()?,
        note: row.next()?,
        rate: row.next::<Option<i64>>()?.map(Minor),
    })
}
