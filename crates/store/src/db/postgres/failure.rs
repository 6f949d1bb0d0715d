//! Sorts what the driver says into what a caller can do about it.

use std::sync::Arc;

use tokio_postgres::error::{DbError, SqlState};

use crate::Error;

pub(super) const UNREACHABLE: Error = Error::Unavailable {
    why: "its server cannot be reached",
};
pub(super) const SLOW: Error = Error::Unavailable {
    why: "its server took too long",
};

/// Whether another try may end better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// It would end the same way.
    Never,
    /// Another transaction was in the way.
    Soon,
    /// The connection broke before anything could have been saved.
    OnAnotherConnection,
}

/// An error with what may be done about it.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) retry: Retry,
}

impl Failure {
    pub(super) fn lasting(error: Error) -> Self {
        Self {
            error,
            retry: Retry::Never,
        }
    }
}

/// What a statement before the commit ended with: nothing was saved by it.
pub(super) fn sort(error: &tokio_postgres::Error) -> Failure {
    if let Some(said) = error.as_db_error() {
        return of_server(said);
    }
    let broken = error.is_closed() || io_below(error);
    if broken {
        return Failure {
            error: UNREACHABLE,
            retry: Retry::OnAnotherConnection,
        };
    }
    Failure::lasting(Error::Driver(Arc::new(Said(sentence(error)))))
}

/// What a commit ended with. Only a server that says no has surely saved nothing.
pub(super) fn sort_commit(error: &tokio_postgres::Error) -> Failure {
    let refused = error
        .as_db_error()
        .is_some_and(|said| !ends_connection(said) && !unknown(said));
    if refused {
        sort(error)
    } else {
        Failure::lasting(unconfirmed(&sentence(error)))
    }
}

pub(super) fn unconfirmed(said: &str) -> Error {
    Error::Unconfirmed {
        cause: Arc::new(Said(said.to_owned())),
    }
}

fn of_server(said: &DbError) -> Failure {
    let code = said.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Failure {
            error: Error::Unavailable {
                why: "others changed the same rows all the time",
            },
            retry: Retry::Soon,
        };
    }
    if *code == SqlState::QUERY_CANCELED {
        return Failure::lasting(SLOW);
    }
    let class = code.code().get(..2).unwrap_or_default();
    // The server is starting or stopping, or has no room; a login refused is not among these.
    if matches!(class, "53" | "57")
        || (class == "08" && ends_connection(said))
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
    {
        let retry = if *code == SqlState::ADMIN_SHUTDOWN || *code == SqlState::CRASH_SHUTDOWN {
            Retry::OnAnotherConnection
        } else {
            Retry::Never
        };
        return Failure {
            error: Error::Unavailable {
                why: "its server takes no more work",
            },
            retry,
        };
    }
    Failure::lasting(Error::Driver(Arc::new(Said(server_sentence(said)))))
}

fn ends_connection(said: &DbError) -> bool {
    matches!(said.severity(), "FATAL" | "PANIC")
}

fn unknown(said: &DbError) -> bool {
    matches!(said.code().code(), "08007" | "40003")
}

fn io_below(error: &tokio_postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(below) = cause {
        if let Some(io) = below.downcast_ref::<std::io::Error>() {
            // A certificate that does not hold comes as one, too, and no other try mends it.
            return io.kind() != std::io::ErrorKind::InvalidData;
        }
        cause = below.source();
    }
    false
}

/// A sentence of the server or the driver, without the detail, which can hold what people typed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String);

fn server_sentence(said: &DbError) -> String {
    let hint = match said.code().code() {
        "26000" | "42P05" => "; behind a pooler set database_statements to unnamed",
        _ => "",
    };
    format!("{} ({}){hint}", said.message(), said.code().code())
}

fn sentence(error: &tokio_postgres::Error) -> String {
    let mut text = error
        .as_db_error()
        .map_or_else(|| error.to_string(), server_sentence);
    let mut cause = std::error::Error::source(error).filter(|_| error.as_db_error().is_none());
    while let Some(below) = cause {
        let said = below.to_string();
        // What wraps another often says the same.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = below.source();
    }
    text
}
