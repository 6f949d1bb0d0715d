//! What programs were answered under a key of their own, so that the same request again gets the same answer.

use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Tx, View};

statements! {
    BEGIN = "INSERT INTO api_answer (scope, key, request_sha256, begun_at, once) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING";
    FIND = "SELECT request_sha256, begun_at, once, status, body FROM api_answer WHERE scope = $1 AND key = $2";
    TAKE_OVER = "UPDATE api_answer SET begun_at = $4 WHERE scope = $1 AND key = $2 AND begun_at = $3 AND status IS NULL";
    END = "UPDATE api_answer SET status = $4, body = $5 WHERE scope = $1 AND key = $2 AND begun_at = $3 AND status IS NULL";
    GIVE_UP = "UPDATE api_answer SET begun_at = 0 WHERE scope = $1 AND key = $2 AND begun_at = $3 AND status IS NULL";
    FORGET = "DELETE FROM api_answer WHERE begun_at < $1";
}

/// The request of a program that has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Who asks, by what method and path.
    pub scope: String,
    /// Made by whoever asks.
    pub key: String,
    /// When this attempt began.
    pub begun_at: Timestamp,
    /// Under which what is asked is done once.
    pub once: [u8; 16],
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAnswer {
    /// Of what was asked.
    pub request_sha256: [u8; 32],
    /// When that was.
    pub begun_at: Timestamp,
    /// Under which it is done once.
    pub once: [u8; 16],
    /// Status and body of the answer; none while it is made.
    pub given: Option<(u16, String)>,
}

impl Tx {
    /// Notes that an answer is being made; false where the key is known already.
    pub async fn begin_answer(&mut self, key: &ApiKey, request_sha256: [u8; 32]) -> Result<bool, Error> {
        let args = args![
            key.scope.as_str(),
            key.key.as_str(),
            request_sha256,
            key.begun_at.as_microsecond(),
            key.once.to_vec()
        ];
        Ok(self.exec(BEGIN, args).await? == 1)
    }

    /// Goes on where an earlier attempt broke off; false where another was faster.
    pub async fn take_over_answer(&mut self, key: &ApiKey, former: Timestamp) -> Result<bool, Error> {
        let args = args![
            key.scope.as_str(),
            key.key.as_str(),
            former.as_microsecond(),
            key.begun_at.as_microsecond()
        ];
        Ok(self.exec(TAKE_OVER, args).await? == 1)
    }

    /// Keeps the answer.
    pub async fn end_answer(&mut self, key: &ApiKey, status: u16, body: &str) -> Result<(), Error> {
        let args = args![
            key.scope.as_str(),
            key.key.as_str(),
            key.begun_at.as_microsecond(),
            i64::from(status),
            body
        ];
        self.exec(END, args).await?;
        Ok(())
    }

    /// What became of it is not known: whoever asks again goes on at once.
    pub async fn give_answer_up(&mut self, key: &ApiKey) -> Result<(), Error> {
        let args = args![
            key.scope.as_str(),
            key.key.as_str(),
            key.begun_at.as_microsecond()
        ];
        self.exec(GIVE_UP, args).await?;
        Ok(())
    }

    /// Forgets what was answered before a moment.
    pub async fn forget_answers(&mut self, before: Timestamp) -> Result<(), Error> {
        self.exec(FORGET, args![before.as_microsecond()]).await?;
        Ok(())
    }
}

impl View {
    /// What is known of a key.
    pub async fn api_answer(&mut self, scope: &str, key: &str) -> Result<Option<ApiAnswer>, Error> {
        let Some(mut row) = self.maybe(FIND, args![scope, key]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<ApiAnswer, String> {
            let (request_sha256, begun_at) = (row.next()?, moment(row.next()?)?);
            let once: Vec<u8> = row.next()?;
            let once = once.try_into().map_err(|_other| "once".to_owned())?;
            let (status, body): (Option<i64>, Option<String>) = (row.next()?, row.next()?);
            let given = match (status, body) {
                (Some(status), Some(body)) => {
                    let status = u16::try_from(status).map_err(|_large| format!("status {status}"))?;
                    Some((status, body))
                }
                _ => None,
            };
            Ok(ApiAnswer {
                request_sha256,
                begun_at,
                once,
                given,
            })
        };
        read().map(Some).map_err(|why| corrupt("api_answer", scope, why))
    }
}
