//! The load generator that comes along: for tests, and where `wrk` cannot be had. It asks one thing on each
//! connection after the other and counts right answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;

use super::drive::Counted;
use super::peer::Peer;

/// What to ask, how often at once and how long.
#[derive(Debug, Args)]
pub(crate) struct Loading {
    /// Connections at once.
    #[arg(long)]
    pub(crate) connections: u32,
    /// How long.
    #[arg(long)]
    pub(crate) millis: u64,
    /// Where the server listens.
    #[arg(long)]
    pub(crate) port: u16,
    /// What is asked.
    pub(crate) path: String,
}

/// Asks for a while; says how many answers came.
pub(crate) fn load(loading: &Loading) -> Counted {
    let (completed, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    let until = began + Duration::from_millis(loading.millis);
    let ask = || {
        let mut peer = Peer::connect(loading.port)?;
        // once at least, however late it is already
        loop {
            let answer = peer.ask("GET", &loading.path, "")?;
            let counter = if answer.status == 200 { &completed } else { &failed };
            counter.fetch_add(1, Ordering::Relaxed);
            if Instant::now() >= until {
                break;
            }
        }
        anyhow::Ok(())
    };
    std::thread::scope(|scope| {
        for _ in 0..loading.connections {
            scope.spawn(|| {
                if ask().is_err() {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    Counted {
        completed: completed.into_inner(),
        micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        failed: failed.into_inner(),
    }
}
