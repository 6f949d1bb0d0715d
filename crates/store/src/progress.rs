//! How requests go on after they were sent.

use earnest_hire::ids::{ContractId, PersonId, RequestId};
use earnest_hire::request::Progress;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::db::{Row, Tx, View};
use crate::history::json;

macro_rules! columns {
    () => {
        "request, contract, acceptance, body"
    };
}

statements! {
    INSERT = "INSERT INTO request_progress (request, client, stage, version, expires_at, contract, acceptance, body) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE request_progress SET stage = $2, version = $3, expires_at = $4, contract = $5, acceptance = $6, \
              body = $7 WHERE request = $1 AND version = $8";
    THESE = concat!("SELECT ", columns!(), " FROM request_progress WHERE request IN ", a_hundred_ids!());
    BY_ID = concat!("SELECT ", columns!(), " FROM request_progress WHERE request = $1");
    LOCK = concat!("SELECT ", columns!(), " FROM request_progress WHERE request = $1 FOR UPDATE");
    OF_CLIENT = concat!("SELECT ", columns!(), " FROM request_progress WHERE client = $1 ORDER BY request DESC");
    OPEN = concat!("SELECT ", columns!(), " FROM request_progress WHERE stage = 'open' \
                    AND NOT EXISTS (SELECT 1 FROM request WHERE request.id = request_progress.request AND request.managed = 1) \
                    AND (CAST($1 AS TEXT) IS NULL OR request < $1) ORDER BY request DESC LIMIT $2");
    DUE = concat!("SELECT ", columns!(), " FROM request_progress WHERE stage IN ('submitted', 'open', 'paused') \
                   AND expires_at < $1 ORDER BY expires_at, request LIMIT 50");
    ANSWERED = "SELECT request, standing FROM request_progress JOIN contract ON contract.id = request_progress.contract \
                WHERE stage = 'matched' AND standing <> 'offered' ORDER BY request LIMIT 50";
    UNCLAIMED = "SELECT id FROM request WHERE lower(email) = $1 \
                 AND NOT EXISTS (SELECT 1 FROM request_progress WHERE request_progress.request = request.id) ORDER BY id";
}

/// Where a request is, with what its client has said about it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressRow {
    /// By the rules.
    pub progress: Progress,
    /// Whose it is.
    pub client: PersonId,
    /// The contract that was last made of it.
    pub contract: Option<ContractId>,
    /// What must be true of the work, in the client's words.
    pub acceptance: Vec<String>,
}

impl Tx {
    /// Keeps where a request is for the first time; false where that is known.
    pub async fn insert_progress(&mut self, row: &ProgressRow) -> Result<bool, Error> {
        let progress = &row.progress;
        let args = args![
            progress.request.to_string(),
            row.client.to_string(),
            progress.stage.name(),
            progress.version,
            progress.expires_at.as_microsecond(),
            row.contract.map(|id| id.to_string()),
            json(&row.acceptance)?,
            json(progress)?
        ];
        Ok(self.exec(INSERT, args).await? == 1)
    }

    /// Keeps the next version of it, if nobody was faster.
    pub async fn update_progress(&mut self, row: &ProgressRow, former: i64) -> Result<(), Error> {
        let progress = &row.progress;
        let id = progress.request.to_string();
        let args = args![
            id.as_str(),
            progress.stage.name(),
            progress.version,
            progress.expires_at.as_microsecond(),
            row.contract.map(|id| id.to_string()),
            json(&row.acceptance)?,
            json(progress)?,
            former
        ];
        if self.exec(UPDATE, args).await? == 1 {
            Ok(())
        } else {
            Err(Error::Conflict {
                what: format!("request {id}"),
            })
        }
    }

    /// Locks it, so that it changes once.
    pub async fn lock_progress(&mut self, id: RequestId) -> Result<Option<ProgressRow>, Error> {
        self.maybe(LOCK, args![id.to_string()])
            .await?
            .map(row)
            .transpose()
    }
}

impl View {
    /// Of one request.
    pub async fn progress(&mut self, id: RequestId) -> Result<Option<ProgressRow>, Error> {
        self.maybe(BY_ID, args![id.to_string()])
            .await?
            .map(row)
            .transpose()
    }

    /// Of some requests, in no order. One that nobody has claimed has none.
    pub async fn progress_of_these(
        &mut self,
        ids: impl IntoIterator<Item = RequestId>,
    ) -> Result<Vec<ProgressRow>, Error> {
        let ids = ids.into_iter().map(|id| id.to_string()).collect();
        rows(self.rows_of(THESE, ids, &[]).await?)
    }

    /// Of all requests of a client, the newest first.
    pub async fn progress_of(&mut self, client: PersonId) -> Result<Vec<ProgressRow>, Error> {
        rows(self.all(OF_CLIENT, args![client.to_string()]).await?)
    }

    /// Of requests that experts may answer, the newest first.
    pub async fn open_progress(
        &mut self,
        before: Option<RequestId>,
        limit: u16,
    ) -> Result<Vec<ProgressRow>, Error> {
        let args = args![before.map(|id| id.to_string()), i64::from(limit)];
        rows(self.all(OPEN, args).await?)
    }

    /// Of requests whose time is over.
    pub async fn due_progress(&mut self, now: Timestamp) -> Result<Vec<ProgressRow>, Error> {
        rows(self.all(DUE, args![now.as_microsecond()]).await?)
    }

    /// Matched requests whose contract waits for no signature any more, each with the contract's standing.
    pub async fn answered_matches(&mut self) -> Result<Vec<(RequestId, String)>, Error> {
        let rows = self.all(ANSWERED, args![]).await?;
        rows.into_iter()
            .map(|mut row| {
                let mut read = || Ok((row.parse()?, row.next()?));
                read().map_err(|why| corrupt("request_progress", "?", why))
            })
            .collect()
    }

    /// Requests that were raised with an address before it had an account.
    pub async fn unclaimed_requests(&mut self, email: &str) -> Result<Vec<RequestId>, Error> {
        let rows = self.all(UNCLAIMED, args![email]).await?;
        rows.into_iter()
            .map(|mut row| row.parse().map_err(|why| corrupt("request", "?", why)))
            .collect()
    }
}

fn rows(found: Vec<Row>) -> Result<Vec<ProgressRow>, Error> {
    found.into_iter().map(row).collect()
}

fn row(mut row: Row) -> Result<ProgressRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<ProgressRow, String> {
        let contract = row.parse_maybe()?;
        let acceptance = read_json(&row.next::<String>()?)?;
        let progress: Progress = read_json(&row.next::<String>()?)?;
        Ok(ProgressRow {
            client: progress.client.ok_or("nobody's")?,
            progress,
            contract,
            acceptance,
        })
    };
    read().map_err(|why| corrupt("request_progress", &id, why))
}

pub(crate) fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
