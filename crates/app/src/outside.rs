//! The outside world as use cases see it.

use jiff::Timestamp;
use std::fmt::Debug;

/// What time it is.
pub trait Clock: Debug + Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
