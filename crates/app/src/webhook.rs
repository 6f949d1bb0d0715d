//! Webhooks: programs of people are told of their news, by Standard Webhooks. What is to be told is kept in the transaction of
//! what happened and brought after it, at least once; no receiver waits for another.

mod address;
mod telling;

use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{DeliveryId, Ids, OnceKey, PersonId, WebhookId};
use earnest_hire::span::after;
use earnest_store::{DeliveryRow, Done, Tx, WebhookRow, WebhookState};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

pub use self::address::{Destination, Host, Scheme, Unfit, is_public};
pub(crate) use self::telling::{call, contract, conversation, invitation, message, money, proposal};
pub use self::telling::{clean, run_due, work};
use crate::Error;
use crate::desk::Desk;
use crate::outside::signature::new_secret;
use crate::paging::{one_more, page};

/// So many receivers one person has at most.
const MOST: usize = 5;
/// For how long the former secret signs, too, after it was replaced.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// So many messages a log shows in one go.
const LOG: u16 = 50;

/// A receiver with what it was told lately, the newest first.
#[derive(Debug, Clone)]
pub struct Known {
    /// The receiver.
    pub row: WebhookRow,
    /// The log.
    pub log: Vec<DeliveryRow>,
    /// Where the log goes on, where there is more of it.
    pub next: Option<DeliveryId>,
}

/// The receivers of a person.
///
/// The log of each begins with the newest; that of the one in `older`, before that delivery.
pub async fn list(
    desk: &Desk,
    person: PersonId,
    older: Option<(WebhookId, DeliveryId)>,
) -> Result<Vec<Known>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let mut all = Vec::new();
        for row in view.webhooks_of(person).await? {
            let before = older.filter(|(of, _)| *of == row.id).map(|(_, before)| before);
            let (log, next) = page(
                view.deliveries(row.id, before, one_more(LOG)).await?,
                LOG,
                |row| row.id,
            );
            all.push(Known { row, log, next });
        }
        Ok::<_, earnest_store::Error>(all)
    });
    Ok(read.await?)
}

/// What all receivers of a person were told, the newest first, what came before `before` where it is given; and where to go
/// on, where there is more.
pub async fn deliveries(
    desk: &Desk,
    person: PersonId,
    before: Option<DeliveryId>,
    limit: u16,
) -> Result<(Vec<DeliveryRow>, Option<DeliveryId>), Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.deliveries_of(person, before, one_more(limit)).await });
    Ok(page(read.await?, limit, |row| row.id))
}

/// Takes a receiver's address from the field `url`, once for each form; gives its secret, which is shown this once.
pub async fn add(
    desk: &Desk,
    person: PersonId,
    typed: &str,
    once: OnceKey,
) -> Result<(WebhookId, String), Error> {
    let url = typed.trim();
    let destination = Destination::read(url, desk.receiver_allowed).map_err(|unfit| {
        let code = match unfit {
            Unfit::Malformed => "malformed",
            Unfit::Inside => "not_public",
        };
        refused(code, unfit.to_string())
    })?;
    let looked = desk.postman.look(&destination).await;
    looked.map_err(|why| refused("not_reachable", why))?;
    let digest = Sha256::digest(once.bytes());
    let seed = digest.first_chunk::<16>().copied().unwrap_or_default();
    let row = WebhookRow {
        id: Ids::new(Timestamp::UNIX_EPOCH, seed).webhook(),
        person,
        url: url.to_owned(),
        secret: new_secret(desk.seed(), desk.seed()),
        former: None,
        state: WebhookState::Active,
        at: desk.now(),
    };
    let (id, secret) = (row.id, row.secret.clone());
    desk.write(&row, |row, tx| async move { keep(&row, tx).await })
        .await?;
    Ok((id, secret))
}

async fn keep(row: &WebhookRow, mut tx: Tx) -> Result<Done<()>, Error> {
    tx.lock_person(row.person).await?;
    let there = tx.webhooks_of(row.person).await?;
    if there.iter().any(|one| one.id == row.id) {
        return Err(Error::KeyReused);
    }
    if there.len() >= MOST {
        let sentence =
            format!("You have {MOST} addresses, which is as many as there may be. Remove one first.");
        return Err(refused("too_many", sentence));
    }
    tx.insert_webhook(row).await?;
    tx.commit(()).await
}

fn refused(code: &'static str, sentence: String) -> Error {
    Error::Invalid(vec![FieldRefusal::new("url", code, sentence)])
}

/// Gives a receiver another secret, which is shown this once. The former signs, too, for a day.
pub async fn rotate(desk: &Desk, person: PersonId, id: WebhookId) -> Result<String, Error> {
    let secret = new_secret(desk.seed(), desk.seed());
    let until = after(desk.now(), OVERLAP);
    if desk
        .store
        .rotate_webhook((id, person), until, secret.clone())
        .await?
    {
        Ok(secret)
    } else {
        Err(Error::NotFound)
    }
}

/// Takes a receiver away with what it was still to be told.
pub async fn remove(desk: &Desk, person: PersonId, id: WebhookId) -> Result<(), Error> {
    if desk.store.drop_webhook(id, person).await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Tells a receiver something once more that was told or given up.
pub async fn resend(desk: &Desk, person: PersonId, delivery: DeliveryId) -> Result<(), Error> {
    let resent = desk.store.resend_delivery((delivery, person), desk.now());
    if resent.await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

#[cfg(test)]
mod tests;
