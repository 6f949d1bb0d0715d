//! The outside world as the use cases see it. The binary brings the real one, tests bring one they can set.

pub mod json;
pub mod mail;
pub mod payments;
pub mod signature;
pub mod webhook;

use jiff::Timestamp;

/// The only source of the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The only source of what nobody can foresee: ids, tokens, keys.
pub trait Randomness: Send + Sync {
    /// Overwrites all of the bytes.
    fn fill(&self, bytes: &mut [u8]);
}
