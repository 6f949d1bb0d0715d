//! Events: what is told, to whom, and how far that got.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::FaultKind;

/// Every kind that there is.
pub(crate) const KINDS: [&str; 12] = [
    "payment.captured",
    "payment.failed",
    "payment.expired",
    "refund.succeeded",
    "refund.failed",
    "payout.paid",
    "payout.failed",
    "payout.returned",
    "chargeback.opened",
    "chargeback.won",
    "chargeback.lost",
    "account.onboarded",
];

/// Something that happened, and its delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) at: Timestamp,
    /// The objects that a look-up of them finds this event by.
    pub(crate) about: Vec<String>,
    /// The JSON that is sent, byte for byte the same every time.
    pub(crate) body: String,
    pub(crate) delivery: Delivery,
    pub(crate) attempts: u32,
    /// How often it is still to be delivered.
    pub(crate) copies: u32,
    /// What is wrong with the next delivery, and only with that.
    pub(crate) distortion: Option<FaultKind>,
    /// What came of the last attempt.
    pub(crate) answered: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum Delivery {
    /// To be tried at that time.
    Waiting {
        due: Timestamp,
    },
    /// Waits until a later event was delivered.
    Held,
    /// Told never to be sent.
    Withheld,
    Delivered,
    /// Tried often enough; only a person sends it again.
    GivenUp,
}

impl Delivery {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Held => "held back",
            Self::Withheld => "never sent",
            Self::Delivered => "delivered",
            Self::GivenUp => "given up",
        }
    }
}
