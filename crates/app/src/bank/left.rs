//! Money that left the bank account for nothing of ours: kept, never booked, and named by every comparison until somebody
//! has found out what it was.

use earnest_hire::ids::PersonId;
use earnest_hire::ledger::Name;
use earnest_hire::money::Minor;
use earnest_store::EventState;
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};
use crate::provider;

/// Money that left the account for nothing of ours, and of which nobody has noted yet what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The bank's name of the line.
    pub external_id: String,
    /// How much.
    pub amount: Minor,
    /// The text of the transfer.
    pub text: String,
    /// Who got it.
    pub counterparty: String,
    /// When its statement was imported.
    pub received_at: Timestamp,
}

const LEFT: &str = "transfer_unmatched";

/// All that left a bank's account for nothing of ours and is not explained.
pub async fn left(desk: &Desk, bank: &str) -> Result<Vec<Left>, Error> {
    let bank = bank.to_owned();
    let read = desk.store.read(move |mut view| {
        let bank = bank.clone();
        async move { view.events_of(&bank, LEFT).await }
    });
    let mut left = Vec::new();
    for row in read.await? {
        let event: ProviderEvent = serde_json::from_str(&row.body).map_err(provider::broken)?;
        if let Kind::TransferUnmatched {
            amount,
            text,
            counterparty,
            external_id,
            ..
        } = event.kind
        {
            let received_at = row.received_at;
            left.push(Left {
                external_id,
                amount,
                text,
                counterparty,
                received_at,
            });
        }
    }
    Ok(left)
}

/// Notes what money was that left for nothing of ours. Nothing is booked: it is no longer a difference, and the
/// comparisons that named it are made anew.
pub async fn explain(desk: &Desk, operator: PersonId, external_id: &str, why: &str) -> Result<(), Error> {
    let why = why.trim();
    if why.is_empty() {
        return Err(NO_REASON);
    }
    let noted = format!("explained by {operator}: {why}");
    let id = external_id.to_owned();
    let done = desk.store.write(move |mut tx| {
        let (id, noted) = (id.clone(), noted.clone());
        async move {
            let state = tx.lock_event(Name::BANK, &id).await?.ok_or(Error::NotFound)?;
            let row = tx.event_named(Name::BANK, &id).await?;
            if state == EventState::Ignored || row.is_none_or(|row| row.kind != LEFT) {
                return Err(Error::NotFound);
            }
            tx.end_event(Name::BANK, &id, EventState::Ignored, Some(&noted))
                .await?;
            tx.commit::<(), Error>(()).await
        }
    });
    done.await
}

const NO_REASON: Error = Error::Conflict {
    code: "reason_missing",
    sentence: "Say what the money was: it is kept with the line.",
};
