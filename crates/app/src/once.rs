//! The same request of a program under the same key gets the same answer, whatever happened in between: see the draft of the
//! IETF about the `Idempotency-Key` header. What a request does has a key of its own, kept beside this one, so that even a
//! process that is killed between the deed and its answer does nothing twice.

use std::time::Duration;

use earnest_hire::ids::OnceKey;
use earnest_hire::span::after;
use earnest_store::ApiKey;
use jiff::SignedDuration;

use crate::Error;
use crate::desk::Desk;
use crate::password::digest;

/// How long answers are kept; at least a day is promised.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// After so long the node that began it is taken for dead.
const DEAD_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// How long a second request waits for the first, looking again after each pause.
const PAUSES: [Duration; 7] = [
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(160),
    Duration::from_millis(320),
    Duration::from_millis(640),
    Duration::from_millis(1_280),
];

/// How a request with a key begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// It is the first: do it, and keep what was answered.
    First(Ticket),
    /// It was answered before, with this status and body.
    Answered(u16, String),
    /// The first is under way.
    UnderWay,
    /// The key was used for another request.
    Other,
}

/// Lets the answer to the first request be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket(ApiKey);

/// Begins a request under a key; `scope` is whoever asks with the method and path, `request` all that was asked.
pub async fn enter(desk: &Desk, scope: &str, key: &str, request: &[&[u8]]) -> Result<Entered, Error> {
    let request_sha256 = digest(request);
    for pause in PAUSES {
        match try_to_enter(desk, scope, key, request_sha256).await? {
            Entered::UnderWay => tokio::time::sleep(pause).await,
            entered => return Ok(entered),
        }
    }
    Ok(Entered::UnderWay)
}

async fn try_to_enter(desk: &Desk, scope: &str, key: &str, request: [u8; 32]) -> Result<Entered, Error> {
    let asked = ApiKey {
        scope: scope.to_owned(),
        key: key.to_owned(),
        begun_at: desk.now(),
        once: desk.seed(),
    };
    desk.write(&(asked, request), |(asked, request), mut tx| async move {
        if let Some(known) = tx.api_answer(&asked.scope, &asked.key).await? {
            let entered = if known.request_sha256 != request {
                Entered::Other
            } else if let Some((status, body)) = known.given {
                Entered::Answered(status, body)
            } else if asked.begun_at.duration_since(known.begun_at) > DEAD_AFTER
                && tx.take_over_answer(&asked, known.begun_at).await?
            {
                let once = known.once;
                Entered::First(Ticket(ApiKey { once, ..asked }))
            } else {
                Entered::UnderWay
            };
            return tx.commit(entered).await;
        }
        let first = tx.begin_answer(&asked, request).await?;
        tx.commit(if first {
            Entered::First(Ticket(asked))
        } else {
            Entered::UnderWay
        })
        .await
    })
    .await
}

/// Keeps the answer to a request.
pub async fn leave(desk: &Desk, ticket: &Ticket, status: u16, body: &str) -> Result<(), Error> {
    let given = (ticket.0.clone(), status, body.to_owned());
    desk.write(&given, |(key, status, body), mut tx| async move {
        tx.end_answer(&key, status, &body).await?;
        tx.commit(()).await
    })
    .await
}

/// What became of the request is not known: whoever asks the same again goes on at once, under the same once-key.
pub async fn give_up(desk: &Desk, ticket: &Ticket) -> Result<(), Error> {
    desk.write(&ticket.0, |key, mut tx| async move {
        tx.give_answer_up(&key).await?;
        tx.commit(()).await
    })
    .await
}

impl Ticket {
    /// The key under which what a request does is done once. Nobody can foresee it.
    pub fn once(&self) -> OnceKey {
        OnceKey::new(self.0.once)
    }
}

/// Forgets answers of long ago.
pub(crate) async fn tidy(desk: &Desk) -> Result<usize, Error> {
    let before = after(desk.now(), -KEPT);
    desk.write(&before, |before, mut tx| async move {
        tx.forget_answers(before).await?;
        tx.commit(0).await
    })
    .await
}

#[cfg(test)]
mod tests;
