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
pub mod call;
pub mod contract;
pub mod days_to_pay;
pub mod decision;
pub mod deliverable;
pub mod expert;
pub mod fee;
pub mod field;
pub mod file;
mod hold;
pub mod iban;
pub mod ids;
pub mod invitation;
pub mod ledger;
pub mod limits;
pub mod money;
pub mod path;
pub mod payee;
pub mod person;
pub mod process;
pub mod proposal;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod review;
pub mod shortlist;
pub mod simulate;
pub mod span;
pub mod zone;

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    let mut digits = Vec::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        digits.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// Reads a value out of its text, without a copy of the text.
pub(crate) fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(Parsed(PhantomData))
}

struct Parsed<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
