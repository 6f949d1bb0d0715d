//! What a person, a clock or a partner can do, once for pages, JSON and the command line.

pub mod error;
pub mod outside;
pub mod request;

use std::sync::Arc;

use earnest_hire::money::Currency;
use earnest_store::Store;

pub use self::error::Error;
use self::outside::{Clock, Randomness};

/// What every use case works with. Clones share it.
#[derive(Clone)]
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids and keys come from.
    pub randomness: Arc<dyn Randomness>,
    /// The one currency of this deployment.
    pub currency: Currency,
}
