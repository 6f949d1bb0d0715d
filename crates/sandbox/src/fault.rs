//! What can be told to go wrong, and when.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A fault that waits for its occasion and then happens, as often as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub(crate) kind: FaultKind,
    /// A call (`fund`, `refund`, …), a kind of event (`payout.paid`, …), or `any`.
    pub(crate) on: String,
    /// Seconds of a delay, minor units of another amount, copies of an event.
    pub(crate) by: i64,
    pub(crate) times: u32,
}

/// Why a text or a form is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFault {
    /// No such kind.
    #[error("there is no fault `{0}`; there are: {list}", list = FaultKind::list())]
    Kind(String),
    /// The occasion does not exist for faults of this kind.
    #[error("a fault `{kind}` cannot wait for `{on}`")]
    On {
        /// The kind asked for.
        kind: &'static str,
        /// The occasion asked for.
        on: String,
    },
    /// A number is missing or out of its bounds.
    #[error("`{field}` of a fault is a whole number from {least} to {most}")]
    Number {
        /// Which one.
        field: &'static str,
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// A call waits before anything is done.
    Delay,
    /// A call is refused, and nothing is done.
    Fail,
    /// A call is never answered, and nothing is done.
    Hang,
    /// A call is carried out and never answered.
    ActThenHang,
    /// A call is carried out, and the connection breaks in the middle of the answer.
    ActThenDrop,
    /// A client pays more or less than was asked for.
    OtherAmount,
    /// A refund is taken and then fails.
    RefundFails,
    /// A payout is taken and then fails.
    PayoutFails,
    /// A payout is paid and then comes back.
    PayoutReturns,
    /// An event is kept and never sent.
    Silence,
    /// An event is sent more than once.
    Duplicate,
    /// An event is sent only after the next one.
    Reorder,
    /// An event is signed with a secret that nobody knows.
    WrongSecret,
    /// An event says that it was signed an hour ago.
    OldTimestamp,
    /// An event has no signature.
    Unsigned,
    /// An event is changed after it was signed.
    Altered,
    /// An event is about the account of somebody else.
    OtherAccount,
}

/// What a fault of a kind waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Call,
    Outcome,
    Event,
}

pub(crate) const CALLS: [&str; 10] = [
    "fund",
    "cancel",
    "refund",
    "payout",
    "cancel_payout",
    "evidence",
    "onboard",
    "balance",
    "transactions",
    "look_up",
];

impl FaultKind {
    pub(crate) const ALL: [Self; 17] = [
        Self::Delay,
        Self::Fail,
        Self::Hang,
        Self::ActThenHang,
        Self::ActThenDrop,
        Self::OtherAmount,
        Self::RefundFails,
        Self::PayoutFails,
        Self::PayoutReturns,
        Self::Silence,
        Self::Duplicate,
        Self::Reorder,
        Self::WrongSecret,
        Self::OldTimestamp,
        Self::Unsigned,
        Self::Altered,
        Self::OtherAccount,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Fail => "fail",
            Self::Hang => "hang",
            Self::ActThenHang => "act_then_hang",
            Self::ActThenDrop => "act_then_drop",
            Self::OtherAmount => "other_amount",
            Self::RefundFails => "refund_fails",
            Self::PayoutFails => "payout_fails",
            Self::PayoutReturns => "payout_returns",
            Self::Silence => "silence",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::WrongSecret => "wrong_secret",
            Self::OldTimestamp => "old_timestamp",
            Self::Unsigned => "unsigned",
            Self::Altered => "altered",
            Self::OtherAccount => "other_account",
        }
    }

    /// The kind in words, for the control page.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Delay => "Call: answer late",
            Self::Fail => "Call: refuse, do nothing",
            Self::Hang => "Call: never answer, do nothing",
            Self::ActThenHang => "Call: act, never answer",
            Self::ActThenDrop => "Call: act, break the connection",
            Self::OtherAmount => "Payment: another amount comes in",
            Self::RefundFails => "Refund: fails after it was taken",
            Self::PayoutFails => "Payout: fails after it was taken",
            Self::PayoutReturns => "Payout: comes back after it was paid",
            Self::Silence => "Event: never sent",
            Self::Duplicate => "Event: sent again",
            Self::Reorder => "Event: sent after the next one",
            Self::WrongSecret => "Event: signed by a stranger",
            Self::OldTimestamp => "Event: signed an hour ago",
            Self::Unsigned => "Event: not signed",
            Self::Altered => "Event: changed after signing",
            Self::OtherAccount => "Event: about another account",
        }
    }

    pub(crate) const fn occasion(self) -> Occasion {
        match self {
            Self::Delay | Self::Fail | Self::Hang | Self::ActThenHang | Self::ActThenDrop => Occasion::Call,
            Self::OtherAmount | Self::RefundFails | Self::PayoutFails | Self::PayoutReturns => {
                Occasion::Outcome
            }
            Self::Silence
            | Self::Duplicate
            | Self::Reorder
            | Self::WrongSecret
            | Self::OldTimestamp
            | Self::Unsigned
            | Self::Altered
            | Self::OtherAccount => Occasion::Event,
        }
    }

    /// Least, usual and most of `by`.
    const fn bounds(self) -> (i64, i64, i64) {
        match self {
            Self::Delay => (0, 2, 600),
            Self::OtherAmount => (-100_000_000, -100, 100_000_000),
            Self::Duplicate => (1, 1, 10),
            _ => (0, 0, 0),
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    fn waits_for(self, on: &str) -> bool {
        on == "any"
            || match self.occasion() {
                Occasion::Call => CALLS.contains(&on),
                Occasion::Event => crate::event::KINDS.contains(&on),
                Occasion::Outcome => false,
            }
    }
}

impl Fault {
    /// Reads the fields `kind`, `on`, `by` and `times`; all but the first may be left out.
    pub(crate) fn read(fields: &BTreeMap<String, String>) -> Result<Self, NoFault> {
        let name = fields.get("kind").map(String::as_str).unwrap_or_default();
        let kind = FaultKind::named(name).ok_or_else(|| NoFault::Kind(name.to_owned()))?;
        let on = fields.get("on").map_or("any", String::as_str);
        if !kind.waits_for(on) {
            return Err(NoFault::On {
                kind: kind.name(),
                on: on.to_owned(),
            });
        }
        let (least, usual, most) = kind.bounds();
        let by = number(fields, ("by", usual), least, most)?;
        let times = number(fields, ("times", 1), 1, 1_000_000)?;
        Ok(Self {
            kind,
            on: on.to_owned(),
            by,
            times: u32::try_from(times).unwrap_or(1),
        })
    }
}

/// As flags write it: `act_then_hang,on=refund,times=2`.
impl FromStr for Fault {
    type Err = NoFault;

    fn from_str(text: &str) -> Result<Self, NoFault> {
        let mut fields = BTreeMap::new();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or(("kind", part));
            fields.insert(name.to_owned(), value.to_owned());
        }
        Self::read(&fields)
    }
}

fn number(
    fields: &BTreeMap<String, String>,
    (field, usual): (&'static str, i64),
    least: i64,
    most: i64,
) -> Result<i64, NoFault> {
    let Some(text) = fields.get(field).filter(|text| !text.is_empty()) else {
        return Ok(usual);
    };
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or(NoFault::Number { field, least, most })
}
