//! People as the money knows them: limits of a client, the identity check of an expert.

use earnest_hire::ids::PersonId;
use earnest_hire::money::Minor;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Store, Tx, View};

statements! {
    BEGIN = "INSERT INTO party (id, version) VALUES ($1, 0) ON CONFLICT DO NOTHING";
    LOCK = "SELECT client_limit, onboarded_at FROM party WHERE id = $1 FOR UPDATE";
    READ = "SELECT client_limit, onboarded_at FROM party WHERE id = $1";
    LIMIT = "UPDATE party SET client_limit = $2 WHERE id = $1";
    FORGET = "UPDATE party SET onboarded_at = NULL WHERE id = $1";
    ONBOARD = "UPDATE party SET onboarded_at = $2 WHERE id = $1 AND onboarded_at IS NULL";
}

/// A person's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Party {
    /// Up to which sum milestones may be open at once, where it is not the usual.
    pub client_limit: Option<Minor>,
    /// When the identity check of the provider was begun.
    pub onboarded_at: Option<Timestamp>,
}

impl Tx {
    /// Locks a person's row and reads it. Comes after the lock of the contract.
    pub async fn lock_party(&mut self, id: PersonId) -> Result<Party, Error> {
        let id = id.to_string();
        self.exec(BEGIN, args![id.as_str()]).await?;
        let row = self.one(LOCK, args![id.as_str()]).await?;
        party(row).map_err(|why| corrupt("party", &id, why))
    }

    /// Notes that it is known who a person is; the first time counts.
    pub async fn onboard(&mut self, id: PersonId, now: Timestamp) -> Result<(), Error> {
        let id = id.to_string();
        self.exec(BEGIN, args![id.as_str()]).await?;
        self.exec(ONBOARD, args![id, now.as_microsecond()]).await?;
        Ok(())
    }

    /// Sets a client's limit; nothing closes the account for new money.
    pub async fn set_client_limit(&mut self, id: PersonId, limit: Option<Minor>) -> Result<(), Error> {
        let id = id.to_string();
        self.exec(BEGIN, args![id.as_str()]).await?;
        self.exec(LIMIT, args![id, limit.map(|limit| limit.0)]).await?;
        Ok(())
    }
}

impl View {
    /// A person's standing as it is at this moment; nothing keeps it so.
    pub async fn party(&mut self, id: PersonId) -> Result<Party, Error> {
        let id = id.to_string();
        let row = self.maybe(READ, args![id.as_str()]).await?;
        let read = row.map(party).transpose();
        read.map(Option::unwrap_or_default)
            .map_err(|why| corrupt("party", &id, why))
    }
}

impl Store {
    /// As [`Tx::onboard`], alone.
    pub async fn onboard(&self, id: PersonId, now: Timestamp) -> Result<(), Error> {
        self.write(move |mut tx| async move {
            tx.onboard(id, now).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Makes a person one who has not begun the identity check, as when a provider has closed their account.
    pub async fn forget_onboarding(&self, id: PersonId) -> Result<(), Error> {
        self.write(move |mut tx| async move {
            tx.exec(FORGET, args![id.to_string()]).await?;
            tx.commit(()).await
        })
        .await
    }

    /// As [`Tx::set_client_limit`], alone.
    pub async fn limit_client(&self, id: PersonId, limit: Option<Minor>) -> Result<(), Error> {
        self.write(move |mut tx| async move {
            tx.set_client_limit(id, limit).await?;
            tx.commit(()).await
        })
        .await
    }
}

fn party(mut row: Row) -> Result<Party, String> {
    let client_limit: Option<i64> = row.next()?;
    let onboarded_at: Option<i64> = row.next()?;
    Ok(Party {
        client_limit: client_limit.map(Minor),
        onboarded_at: onboarded_at.map(moment).transpose()?,
    })
}
