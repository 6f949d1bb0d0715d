//! What a use case answers when it does not do what was asked.

use earnest_hire::ids::MotionId;
use earnest_hire::refusal::Refusal;
use earnest_hire::request::FieldRefusal;
use earnest_store::Error as StoreError;
use jiff::SignedDuration;

/// Why nothing was done. Only `Unavailable`, `Unconfirmed` and `Broken` are worth a line in the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields to mend, all of them, in the order of the form.
    #[error("{} of the fields cannot be taken as they are", .0.len())]
    Invalid(Vec<FieldRefusal>),
    /// There is no such thing, or it is not the caller's: the two look the same.
    #[error("there is no such thing")]
    NotFound,
    /// It would contradict what was done before.
    #[error("{sentence}")]
    Conflict {
        /// Stable word for programs.
        code: &'static str,
        /// What happened and what to do, for a person.
        sentence: &'static str,
    },
    /// Real money may not move here yet; nothing was done.
    #[error(
        "This site does not take real money yet; nothing was paid. Missing: {missing}. Ask the operator."
    )]
    NotLive {
        /// What the operator has yet to see to.
        missing: String,
    },
    /// A rule of the contract or the books says no; nothing was changed.
    #[error("{0}")]
    Refused(Refusal),
    /// The same operator has proposed something else about the same thing; nothing was proposed.
    #[error(
        "You have already proposed something else about this, as {0}, and it waits for another operator. Drop it, or have it seconded, before you propose anew. Nothing was proposed."
    )]
    MotionWaits(MotionId),
    /// The key was used before for something else; nothing was done.
    #[error("this key was used before for another command; use a new key for a new command")]
    KeyReused,
    /// It was tried too often lately; nothing was done.
    #[error("this was tried too often; wait a moment")]
    TooMany {
        /// For how long it would be refused.
        wait: SignedDuration,
    },
    /// Too many wait for the same already; nothing was done.
    #[error("too many ask for this at the moment")]
    Busy,
    /// Nothing was saved; the same call may succeed later.
    #[error("this cannot be done at the moment")]
    Unavailable(#[source] StoreError),
    /// Nobody knows whether it was saved; the same call with the same key finds out.
    #[error("it is not known whether this was saved")]
    Unconfirmed(#[source] StoreError),
    /// A fault of the program or its disk; nobody outside can mend it.
    #[error("something here is broken")]
    Broken(#[source] StoreError),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Conflict {
                code: "changed_meanwhile",
                sentence: "Somebody changed this at the same moment. Look at it again and repeat.",
            },
            StoreError::Unavailable { .. } => Self::Unavailable(error),
            // What was being flushed when the disk failed may be there after a restart.
            StoreError::Unconfirmed { .. } | StoreError::Stopped { .. } => Self::Unconfirmed(error),
            _ => Self::Broken(error),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Error {
    /// The stable word by which programs know it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::NotFound => "not_found",
            Self::Conflict { code, .. } => code,
            Self::NotLive { .. } => "not_live",
            Self::Refused(refusal) => refusal.code(),
            Self::MotionWaits(_) => "motion_waits",
            Self::KeyReused => "idempotency_key_reused",
            Self::TooMany { .. } => "too_many",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Unconfirmed(_) => "unconfirmed",
            Self::Broken(_) => "broken",
        }
    }

    /// What happened with all causes below, for the log alone.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }

    /// As [`Self::chain`], with all that is wrong with what was typed; for whoever has no field to read it at.
    pub fn in_words(&self) -> String {
        match self {
            Self::Invalid(faults) => {
                let said: Vec<&str> = faults.iter().map(|fault| fault.sentence.as_str()).collect();
                said.join(" ")
            }
            _ => self.chain(),
        }
    }

    /// Whether it is certain that nothing was changed.
    pub fn is_definite(&self) -> bool {
        !matches!(self, Self::Unconfirmed(_) | Self::Broken(_))
    }
}
