//! Rules of hiring: requests, contracts, the money held in them and the books, with no input or output.
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

pub mod bank;
pub mod contract;
pub mod fee;
pub mod ids;
pub mod ledger;
pub mod money;
pub mod path;
pub mod payee;
pub mod process;
pub mod proposal;
pub mod refusal;
pub mod request;
pub mod simulate;
pub mod span;

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
