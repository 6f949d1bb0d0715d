//! One step of a history: a command as somebody sends it, and what goes wrong on its way.

use std::fmt;
use std::str::FromStr;

use crate::contract::{Actor, Command, Input, words};
use crate::refusal::Refusal;

words! {
    /// What goes wrong on the way of a command.
    Fault {
        /// Nothing.
        None = "none",
        /// The program dies after it has decided and before it has kept; the sender tries again.
        Crash = "crash",
        /// What keeps fails and says so; the sender tries again.
        Error = "error",
        /// The answer is lost and the sender sends the same again.
        Retry = "retry",
        /// The provider tells the same twice.
        Duplicate = "duplicate",
        /// The provider's events overtake each other.
        Reorder = "reorder",
        /// The clock jumps, or nothing ran for a long time.
        Clock = "clock",
    }
}

/// Which faults a simulation plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// All there are.
    pub fn all() -> Self {
        let real = Fault::ALL.iter().filter(|fault| **fault != Fault::None);
        Self(real.copied().collect())
    }

    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// One by one.
    pub fn each(&self) -> &[Fault] {
        &self.0
    }
}

/// A list of faults that names one which does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no fault `{0}`; write all, none, or some of crash, error, retry, duplicate, reorder, clock"
)]
pub struct UnknownFault(String);

impl FromStr for Faults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        match text {
            "all" => Ok(Self::all()),
            "none" => Ok(Self::none()),
            list => {
                let known = |word: &str| Fault::ALL.iter().find(|fault| fault.name() == word).copied();
                let each = list.split(',').map(str::trim);
                let each = each.map(|word| known(word).ok_or_else(|| UnknownFault(word.to_owned())));
                each.collect::<Result<Vec<Fault>, _>>().map(Self)
            }
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let names: Vec<&str> = self.0.iter().map(|fault| fault.name()).collect();
        f.write_str(&names.join(","))
    }
}

/// Keys of timers lie above those of people.
pub(super) const TIMER_KEYS: u64 = 1 << 63;

/// A command on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The idempotency key: what comes again with the same key happens once.
    pub key: u64,
    /// Counts the deliveries with this key, from one.
    pub attempt: u8,
    /// What goes wrong. A crash or error takes the first attempt.
    pub fault: Fault,
    /// Who sends it.
    pub by: Actor,
    /// What.
    pub command: Command,
    /// When, by which seed, and what is known from outside. What the expert may have paid out is for the driver to fill in.
    pub input: Input,
}

impl Step {
    /// Whether what was decided must be thrown away.
    pub fn is_lost(&self) -> bool {
        matches!(self.fault, Fault::Crash | Fault::Error) && self.attempt == 1
    }
}

impl Step {
    /// Whether the expert takes out all that is payable once this was accepted, where they owe nothing.
    pub fn pays_out(&self) -> bool {
        self.key.is_multiple_of(5)
    }

    /// Whether it is the firing of a timer that was set, and not of one that somebody made up.
    pub fn is_timer(&self) -> bool {
        self.key >= TIMER_KEYS
    }
}

impl fmt::Display for Step {
    /// One line: when, by whom, what, and what goes wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |json: Result<String, serde_json::Error>| json.unwrap_or_else(|error| error.to_string());
        let by = show(serde_json::to_string(&self.by));
        let command = show(serde_json::to_string(&self.command));
        write!(f, "{} {by} {command}", self.input.now)?;
        if self.fault == Fault::None {
            return Ok(());
        }
        write!(f, " [{}, key {}, attempt {}]", self.fault, self.key, self.attempt)
    }
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It happened.
    Accepted,
    /// It had happened before by the same key; nothing happened now.
    Replayed,
    /// It was decided and never kept.
    Lost,
    /// A rule said no.
    Refused(Refusal),
}
