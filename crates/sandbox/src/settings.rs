//! What the sandbox is started with.

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use earnest_hire::money::Minor;

use crate::fault::Fault;

/// Everything that is fixed while it runs.
#[derive(Clone)]
pub struct Settings {
    /// Its own address as browsers reach it, without a slash at the end.
    pub base_url: String,
    /// Where the journal is kept; nothing is kept without it.
    pub folder: Option<PathBuf>,
    /// What signs the events.
    pub secret: Secret,
    /// What callers of the interface must show as `Authorization: Bearer …`.
    pub api_key: String,
    /// Where events are posted; without it they wait.
    pub events_to: Option<String>,
    /// The account that events name.
    pub account: String,
    /// What ids are made of. A journal that is there already goes on with its own.
    pub seed: u64,
    /// Prices and habits.
    pub terms: Terms,
    /// Faults from the start; a journal that is there already keeps its own instead.
    pub faults: Vec<Fault>,
}

/// Without what would let others in.
impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("folder", &self.folder)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

/// Prices and habits of the provider.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Kept of every payment, in hundredths of a percent, rounded down.
    pub fee_basis_points: u32,
    /// Kept of every payment besides.
    pub fee_fixed: Minor,
    /// Charged for every chargeback, won or lost.
    pub chargeback_fee: Minor,
    /// How long after a payment its money can be moved.
    pub pending_seconds: i64,
    /// Payouts are multiples of it: 100 where a currency of two decimals is paid in whole units.
    pub payout_unit: Minor,
    /// Whether refunds and payouts come through by themselves.
    pub settling: Settling,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            fee_basis_points: 290,
            fee_fixed: Minor(30),
            chargeback_fee: Minor(1500),
            pending_seconds: 0,
            payout_unit: Minor(1),
            settling: Settling::AtOnce,
        }
    }
}

/// Who decides that a refund or payout has come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// Nobody: it has as soon as it is taken.
    AtOnce,
    /// Whoever plays the provider.
    ByHand,
}

/// What signs events, written `whsec_` and base64. Never shown.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// The text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is `whsec_` followed by the base64 of 24 to 64 random bytes")]
pub struct NoSecret;

impl Secret {
    /// Reads `whsec_…`.
    pub fn read(text: &str) -> Result<Self, NoSecret> {
        text.strip_prefix("whsec_")
            .and_then(|coded| STANDARD.decode(coded).ok())
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .map(Self)
            .ok_or(NoSecret)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}
