//! The books as a whole: their proof, their sums, their journal, and what of them is kept outside.

pub mod journal;
pub mod look;
pub mod proof;

use std::io::Write;
use std::sync::mpsc::sync_channel;

use earnest_store::{AccountSums, Anchor, Checkpoint, Store, Verified};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Error;
use crate::outside::Clock;

/// Decides every command again and compares everything that is kept with it. An error means that it could not be looked
/// at; what is wrong stands in the answer.
pub async fn verify(store: &Store, anchor: Option<Anchor>) -> Result<Verified, Error> {
    Ok(store.verify(anchor).await?)
}

/// What a verification came to, as `earnest ledger verify --json` and the API say it.
pub fn report(verified: &Verified) -> serde_json::Value {
    serde_json::json!({
        "schema": "earnest.verify/1",
        "sound": verified.is_sound(),
        "checked": verified.checked,
        "broken": verified.broken,
        "more": verified.more,
        "equations": verified.equations,
        "heads_sha256": earnest_hire::hex(&verified.heads_sha256),
        "head": verified.head.map(|head| head.to_string()),
    })
}

/// Notes the heads of all chains; the answer's anchor is to be kept outside.
pub async fn checkpoint(store: &Store, clock: &dyn Clock) -> Result<Checkpoint, Error> {
    Ok(store.checkpoint(clock.now()).await?)
}

/// Notes the heads once on each day in UTC; says whether it did now.
pub async fn checkpoint_daily(store: &Store, clock: &dyn Clock) -> Result<usize, Error> {
    let now = clock.now();
    let noted: Option<Timestamp> = store
        .read(|mut view| async move { view.noted_at().await })
        .await?;
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    if noted.is_some_and(|noted| day(noted) >= day(now)) {
        return Ok(0);
    }
    match checkpoint(store, clock).await {
        Ok(noted) => {
            let anchor = noted.anchor();
            tracing::info!(%anchor, "the heads of all histories were noted: keep {anchor} outside");
            Ok(1)
        }
        // another node was faster
        Err(Error::Conflict { .. }) => Ok(0),
        Err(other) => Err(other),
    }
}

/// What every account stood at, at a moment.
pub async fn trial_balance(store: &Store, at: Timestamp) -> Result<Vec<AccountSums>, Error> {
    Ok(store.trial_balance(at).await?)
}

/// Items of the journal that wait to be written.
const WAITING: usize = 1_000;

/// Why a journal was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// The database.
    #[error(transparent)]
    Unread(#[from] earnest_store::Error),
    /// Where it was to be written.
    #[error("the journal cannot be written: {0}")]
    Unwritable(#[from] std::io::Error),
}

/// Writes the whole journal of one moment, item by item.
pub async fn write_journal(
    store: &Store,
    format: journal::Format,
    mut out: Box<dyn Write + Send>,
) -> Result<(), NotWritten> {
    let (to, from) = sync_channel(WAITING);
    let writer = std::thread::spawn(move || {
        journal::begin(format, &mut out)?;
        for item in from {
            journal::item(&item, format, &mut out)?;
        }
        out.flush()
    });
    let read = store.journal(to).await;
    // Not waited for on this thread: what has read may still be at its end here, and holds the other end till then.
    let written = tokio::task::spawn_blocking(|| writer.join()).await;
    let written = written
        .ok()
        .and_then(Result::ok)
        .ok_or(earnest_store::Error::Panicked)?;
    read?;
    Ok(written?)
}
