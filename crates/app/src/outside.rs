//! The outside world as the use cases see it. The binary brings the real one, tests bring one they can set.

pub mod json;
pub mod mail;
pub mod payments;
pub mod signature;
pub mod webhook;

use std::future::Future;
use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};

/// The only source of the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// What people's own devices show: another moment only in a demo whose time was moved.
    fn wall(&self) -> Timestamp {
        self.now()
    }
}

/// What moving a clock gives: nothing, or why it stands where it stood.
pub type Moving<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// A clock that can be set ahead. Only a demo has one: elsewhere nobody may let a deadline come sooner.
pub trait MovableClock: Clock {
    /// Lets so many whole seconds pass at once, for the site and for whoever holds its money.
    fn forward(&self, by: SignedDuration) -> Moving<'_>;
}

/// The only source of what nobody can foresee: ids, tokens, keys.
pub trait Randomness: Send + Sync {
    /// Overwrites all of the bytes.
    fn fill(&self, bytes: &mut [u8]);
}
