//! One short name per request: on the error page, in the log and in the `x-request-id` header.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PREFIX: &str = "rid_";
const DIGITS: usize = 13;

/// A source of ids that differ between processes (by the seed) and within one (by a counter).
#[derive(Debug)]
pub struct RequestIds {
    seed: u64,
    drawn: AtomicU64,
}

impl RequestIds {
    /// The seed should be random; tests pass a fixed one.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// The id of the next request, or the one it brought along if that has our shape (a proxy in front of us may
    /// itself be ours). Anything else a client sends as its id is ignored: it would end up in the log.
    pub fn take(&self, brought: Option<&HeaderValue>) -> RequestId {
        if let Some(known) = brought.and_then(|value| RequestId::parse(value.as_bytes())) {
            return known;
        }
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        RequestId(scatter(
            self.seed.wrapping_add(drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        ))
    }
}

/// Prints as `rid_` and 13 characters of base 32 without look-alikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestId {
    fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX.as_bytes())?;
        if digits.len() != DIGITS {
            return None;
        }
        let mut number: u64 = 0;
        for digit in digits {
            let value = ALPHABET.iter().position(|letter| letter == digit)?;
            number = number.checked_mul(32)?.checked_add(u64::try_from(value).ok()?)?;
        }
        Some(Self(number))
    }

    /// The id as a header value.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).unwrap_or(HeaderValue::from_static(PREFIX))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'0'; DIGITS];
        let mut rest = self.0;
        for place in text.iter_mut().rev() {
            if let Some(letter) = ALPHABET.get(usize::try_from(rest % 32).unwrap_or(0)) {
                *place = *letter;
            }
            rest /= 32;
        }
        out.write_str(PREFIX)?;
        out.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// The finaliser of splitmix64: neighbouring numbers get unlike ids.
fn scatter(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_read_back() {
        let ids = RequestIds::new(7);
        let (one, two) = (ids.take(None), ids.take(None));
        assert_ne!(one, two);
        assert_eq!(one.to_string().len(), 17);
        assert_eq!(ids.take(Some(&one.header())), one);
    }

    #[test]
    fn foreign_ids_are_ignored() {
        let ids = RequestIds::new(7);
        for foreign in [
            "abc",
            "rid_",
            "rid_!!!!!!!!!!!!!",
            "rid_zzzzzzzzzzzzz",
            "rid_0000000000000x",
        ] {
            assert_ne!(
                ids.take(Some(&HeaderValue::from_static(foreign))).to_string(),
                foreign
            );
        }
    }
}
