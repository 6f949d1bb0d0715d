//! What a person, a clock or a partner can do, once for pages, JSON and the command line.

pub mod account;
pub mod advice;
pub mod arrival;
pub mod audit;
mod backoff;
pub mod bank;
pub mod call;
pub mod comparison;
pub mod content;
pub mod contract;
pub mod conversation;
pub mod deadline;
pub mod decision;
pub mod deletion;
pub mod demo;
pub mod desk;
pub mod dispute;
pub mod edition;
pub mod error;
pub mod expert;
pub mod extract;
pub mod file;
pub mod go_live;
pub mod hold;
pub mod identity;
pub mod invitation;
pub mod job;
pub mod ledger;
pub mod legal;
pub mod limit;
pub mod mail;
pub mod motion;
pub mod notice;
pub mod office;
pub mod once;
pub mod operator;
pub mod outside;
mod paging;
pub mod password;
pub mod payee;
pub mod payout_account;
pub mod people;
pub mod proposal;
pub mod prose;
pub mod provider;
pub mod reconcile;
pub mod request;
pub mod review;
pub mod seal;
pub mod second_factor;
pub mod shortlist;
#[cfg(any(test, feature = "testing"))]
pub mod simulate;
pub mod stamp;
pub mod statement;
#[cfg(test)]
mod testing;
pub mod timers;
pub mod token;
pub mod visit;
pub mod watch;
pub mod webhook;
pub mod worker;

use std::fmt;
use std::sync::Arc;

use earnest_hire::money::Currency;
use earnest_store::Store;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::content::Catalogue;
use self::desk::Desk;
pub use self::error::Error;
use self::outside::{Clock, Randomness};

/// What every use case works with. Clones share it.
#[derive(Clone)]
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// Content, checked.
    pub catalogue: Arc<Catalogue>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids and keys come from.
    pub randomness: Arc<dyn Randomness>,
    /// The one currency of this deployment.
    pub currency: Currency,
    /// What contracts and money work with.
    pub desk: Desk,
}

impl App {
    /// Today's date in UTC.
    pub fn today(&self) -> Date {
        self.clock.now().to_zoned(TimeZone::UTC).date()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("App")
            .field("currency", &self.currency)
            .finish_non_exhaustive()
    }
}
