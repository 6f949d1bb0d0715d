//! Numbers that follow from a seed, and time that passes a little with each look.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use earnest_app::outside::{Clock, Randomness};
use jiff::{SignedDuration, Timestamp};

/// Bytes by splitmix64. Nothing of it is secret.
#[derive(Debug)]
pub(super) struct Chance(AtomicU64);

impl Chance {
    /// Of one thing among many: two things have nothing to do with one another.
    pub(super) fn new(seed: u64, kind: u64, number: usize) -> Self {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let start = mixed(mixed(mixed(seed) ^ kind) ^ number);
        Self(AtomicU64::new(start))
    }

    pub(super) fn word(&self) -> u64 {
        mixed(self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed))
    }

    /// Below `end`, which is above zero.
    pub(super) fn below(&self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.word() % end).unwrap_or(0)
    }

    /// One of the list, the first far more often than the last, as in life.
    pub(super) fn skewed<'a, T>(&self, list: &'a [T]) -> Option<&'a T> {
        let bound = self.below(list.len()) + 1;
        list.get(self.below(bound))
    }

    pub(super) fn one_of<'a, T>(&self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    pub(super) fn ten(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        bytes
    }

    pub(super) fn sixteen(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }
}

fn mixed(word: u64) -> u64 {
    let word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

impl Randomness for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(word.get(..chunk.len()).unwrap_or_default());
        }
    }
}

/// Goes on by a second each time somebody looks.
#[derive(Debug)]
pub(super) struct Ticking {
    from: Timestamp,
    looks: AtomicI64,
}

impl Ticking {
    pub(super) fn new(from: Timestamp) -> Self {
        let looks = AtomicI64::new(0);
        Self { from, looks }
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        self.from + SignedDuration::from_secs(looks)
    }
}
