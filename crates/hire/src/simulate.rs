//! Random histories of contracts, played from one number and checked after every step.
//!
//! [`run`] draws a contract, its parties, a provider, a clock and what goes wrong between them, and delivers command after
//! command. The books are kept a second time by a model that computes every amount from the commands. The first thing
//! that does not hold ends the history with its seed; [`shrink()`] drops every step that is not needed for it. A [`Driver`]
//! keeps the same history elsewhere, such as in a database, and must answer the same.

mod cast;
mod check;
mod core;
mod coverage;
mod fees;
mod history;
mod model;
mod oracle;
mod random;
mod rule;
mod script;
mod shrink;
mod step;

pub use self::cast::Cast;
pub use self::core::{Core, Violation};
pub use self::coverage::{Coverage, Reached};
pub use self::fees::{CASES, Leak, sweep};
pub use self::history::{Driver, Failure, Options, Tally, run, run_beside};
pub use self::random::Random;
pub use self::script::aimed_at;
pub use self::shrink::shrink;
pub use self::step::{Answer, Fault, Faults, Step, UnknownFault};

#[cfg(test)]
mod tests;
