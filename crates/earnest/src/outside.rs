//! The real outside world: the clock and the randomness of this machine, and partners reached over the network.

pub(crate) mod http;
pub(crate) mod key;
pub(crate) mod mail;
pub(crate) mod payments;
pub(crate) mod webhook;

use earnest_app::outside::{Clock, Randomness};
use jiff::Timestamp;

/// The clock of this machine.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the real clock is read"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The randomness of this machine, proven to work when it is made.
#[derive(Debug)]
pub(crate) struct SystemRandomness;

impl SystemRandomness {
    /// Draws once, so that a machine without randomness is found at the start.
    pub(crate) fn new() -> anyhow::Result<Self> {
        fill(&mut [0; 8]).map_err(|error| anyhow::anyhow!("this machine gives no randomness: {error}"))?;
        Ok(Self)
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        // It worked at the start. A machine whose randomness breaks later must not go on with zeros for keys.
        if fill(bytes).is_err() {
            tracing::error!(
                "this machine stopped giving randomness; the process ends rather than use guessable keys"
            );
            std::process::abort();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where randomness is drawn"
)]
fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    getrandom::fill(bytes)
}
