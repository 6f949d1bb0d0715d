//! The port to whoever carries letters.

use std::future::Future;
use std::pin::Pin;

use earnest_store::MailRow;

/// What an attempt to send gives.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// Carries letters: a mail server, or a folder.
pub trait Mailer: Send + Sync {
    /// Hands a letter over. The same letter may come again: its id is the same then.
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a>;

    /// Which server takes them, as an operator may read it; none where nobody gets them.
    fn server(&self) -> Option<String> {
        None
    }
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Another attempt may succeed.
    #[error("not sent now: {why}")]
    Later {
        /// The cause, for the operator.
        why: String,
    },
    /// The server will never take this letter.
    #[error("not sent: {why}")]
    Never {
        /// The cause, for the operator.
        why: String,
    },
}

/// Refuses every letter for now: for commands that send none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMailer;

impl Mailer for NoMailer {
    fn send<'a>(&'a self, _letter: &'a MailRow) -> Sending<'a> {
        Box::pin(async {
            Err(NotSent::Later {
                why: "no way to send mail is configured".to_owned(),
            })
        })
    }
}
