//! Rules of hiring: what a request is and when it is refused, with no input or output.
//!
//! Time, randomness and ids come in as arguments; what is decided goes out as values. Nothing here reads a
//! clock, a file or a database, and no sum of money is ever a float.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm
    )
)]

pub mod ids;
pub mod money;
pub mod request;
