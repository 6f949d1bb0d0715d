//! A verification that somebody begins on a page: one at a time in a process, to its end whether or not the page waits.

use std::sync::{Arc, Mutex, PoisonError};

use earnest_store::Verified;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::Error;
use crate::desk::Desk;

/// How the last verification stands.
#[derive(Debug, Clone, Default)]
pub enum Standing {
    /// None was begun since the program started.
    #[default]
    None,
    /// It runs.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// It has ended.
    Ended {
        /// When.
        at: Timestamp,
        /// What it found.
        verified: Arc<Verified>,
    },
    /// The books could not be looked at.
    Failed {
        /// When.
        at: Timestamp,
    },
}

/// The one verification of a process. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    standing: Arc<Mutex<Standing>>,
    ended: Arc<Notify>,
}

const RUNS: Error = Error::Conflict {
    code: "verification_runs",
    sentence: "A verification runs already. Look at its answer when it has ended.",
};

impl Proof {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.clone()
    }

    fn set(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
        self.ended.notify_waiters();
    }

    /// Begins one, unless one runs.
    #[expect(
        clippy::disallowed_methods,
        reason = "a proof reads and changes nothing: after a restart whoever wants its answer begins it again"
    )]
    pub fn begin(&self, desk: &Desk) -> Result<(), Error> {
        {
            let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*standing, Standing::Running { .. }) {
                return Err(RUNS);
            }
            *standing = Standing::Running { since: desk.now() };
        }
        let (proof, desk) = (self.clone(), desk.clone());
        tokio::spawn(async move {
            let ended = desk.store.verify(None).await;
            let at = desk.now();
            proof.set(match ended {
                Ok(verified) => Standing::Ended {
                    at,
                    verified: Arc::new(verified),
                },
                Err(error) => {
                    let cause = Error::from(error).chain();
                    tracing::error!(cause, "the books could not be verified: {cause}");
                    Standing::Failed { at }
                }
            });
        });
        Ok(())
    }

    /// Waits until it has ended.
    pub async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if !matches!(self.standing(), Standing::Running { .. }) {
                return;
            }
            ended.await;
        }
    }
}
