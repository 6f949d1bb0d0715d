//! Pauses between tries that grow, each shaken so that two who wait do not stay in step.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Makes every row of pauses in a process another one.
static ROWS: AtomicU64 = AtomicU64::new(0);

/// Pauses that grow from 1 to 64 ms. The shake is no randomness anybody could depend on: it comes from the
/// process number and a counter.
pub(super) struct Pauses {
    state: u64,
    longest_ms: u64,
}

impl Pauses {
    pub(super) fn new() -> Self {
        let row = ROWS.fetch_add(1, Ordering::Relaxed);
        let seed = (u64::from(std::process::id()) << 32) ^ row;
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            longest_ms: 1,
        }
    }

    pub(super) fn next(&mut self) -> Duration {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let pause = Duration::from_micros(500 + self.state % (self.longest_ms * 1_000));
        self.longest_ms = (self.longest_ms * 2).min(64);
        pause
    }
}
