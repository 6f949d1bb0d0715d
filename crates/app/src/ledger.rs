//! The books as a whole: their proof, and what of them is kept outside.

use earnest_store::{Anchor, Checkpoint, Store, Verified};

use crate::Error;
use crate::outside::Clock;

/// Decides every command again and compares everything that is kept with it. An error means that it could not be looked
/// at; what is wrong stands in the answer.
pub async fn verify(store: &Store, anchor: Option<Anchor>) -> Result<Verified, Error> {
    Ok(store.verify(anchor).await?)
}

/// Notes the heads of all chains; the answer's anchor is to be kept outside.
pub async fn checkpoint(store: &Store, clock: &dyn Clock) -> Result<Checkpoint, Error> {
    Ok(store.checkpoint(clock.now()).await?)
}
