//! The clock of a demo: that of the machine and so much more, kept in the data folder. The provider's clock goes along.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context;
use earnest_app::outside::{Clock, MovableClock, Moving};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;

use super::control;
use crate::outside::SystemClock;

/// How long the provider may take for it.
const WITHIN: Duration = Duration::from_secs(10);

/// What is kept of it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// How far it is ahead of the machine; behind it while the demo's past is being made.
    ahead_seconds: i64,
    /// When the demo's past begins, by this clock; none where it was never begun.
    past_from: Option<Timestamp>,
    /// Whether all of it was made.
    planted: bool,
}

/// How far the making of the demo's past has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing was made.
    Unmade,
    /// It was begun, with this as its first moment.
    Begun(Timestamp),
    /// It is there.
    Made,
}

/// The clock.
#[derive(Debug)]
pub(crate) struct DemoClock {
    file: PathBuf,
    /// The provider's address.
    provider: String,
    ahead: AtomicI64,
    kept: Mutex<Kept>,
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst));
        let now = SystemClock.now();
        // beyond the last moment of the calendar no clock goes
        now.checked_add(ahead).unwrap_or(now)
    }

    fn wall(&self) -> Timestamp {
        SystemClock.now()
    }
}

impl MovableClock for DemoClock {
    fn forward(&self, by: SignedDuration) -> Moving<'_> {
        Box::pin(async move {
            if by.is_negative() {
                return Err("a demo's clock goes forward only".to_owned());
            }
            let mut kept = self.kept.lock().await;
            let next = Kept {
                ahead_seconds: kept.ahead_seconds.saturating_add(by.as_secs()),
                ..*kept
            };
            self.put(&mut kept, next)
                .await
                .map_err(|error| format!("{error:#}"))
        })
    }
}

impl DemoClock {
    /// As it was left, with the provider set to the same time.
    pub(super) async fn open(data: &Path, provider: &str) -> anyhow::Result<Self> {
        let file = data.join("demo-clock.json");
        let kept = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!(
                    "{} cannot be read; without it the demo does not know its own time",
                    file.display()
                )
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::default(),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
        };
        let clock = Self {
            file,
            provider: provider.to_owned(),
            ahead: AtomicI64::new(kept.ahead_seconds),
            kept: Mutex::new(kept),
        };
        clock.lead(kept.ahead_seconds).await?;
        Ok(clock)
    }

    /// How far the demo's past has come.
    pub(super) async fn past(&self) -> Past {
        let kept = self.kept.lock().await;
        match kept.past_from {
            _ if kept.planted => Past::Made,
            None => Past::Unmade,
            Some(from) => Past::Begun(from),
        }
    }

    /// Goes back, once, to where the demo's past begins.
    pub(super) async fn begin(&self, days: i64) -> anyhow::Result<Timestamp> {
        let mut kept = self.kept.lock().await;
        let back = days * 86_400;
        let from = SystemClock.now() - SignedDuration::from_secs(back);
        let next = Kept {
            ahead_seconds: -back,
            past_from: Some(from),
            planted: false,
        };
        self.put(&mut kept, next).await?;
        Ok(from)
    }

    /// The past is made: from here on it is the machine's time, or later where it was moved.
    pub(super) async fn made(&self) -> anyhow::Result<()> {
        let mut kept = self.kept.lock().await;
        let next = Kept {
            ahead_seconds: kept.ahead_seconds.max(0),
            planted: true,
            ..*kept
        };
        self.put(&mut kept, next).await
    }

    /// How far it is behind the machine.
    pub(super) fn behind(&self) -> SignedDuration {
        SignedDuration::from_secs(-self.ahead.load(Ordering::SeqCst))
    }

    /// First the provider, whose answer may not come; the next start leads it to what the file says.
    async fn put(&self, kept: &mut Kept, next: Kept) -> anyhow::Result<()> {
        self.lead(next.ahead_seconds).await?;
        let part = self.file.with_extension("part");
        let written = std::fs::write(&part, serde_json::to_vec(&next)?)
            .and_then(|()| std::fs::rename(&part, &self.file));
        written.with_context(|| format!("{} cannot be written", self.file.display()))?;
        self.ahead.store(next.ahead_seconds, Ordering::SeqCst);
        *kept = next;
        Ok(())
    }

    /// Sets the provider's clock, wherever somebody has moved it. Its signatures carry the same time.
    async fn lead(&self, ahead_seconds: i64) -> anyhow::Result<()> {
        let at = control::clock_ahead(&self.provider, WITHIN).await?;
        let fields = json!({ "forward_seconds": ahead_seconds - at, "signatures": "moved" });
        control::post(&self.provider, "clock", &fields, WITHIN).await
    }
}
