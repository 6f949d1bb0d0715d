//! What an operator watches: whether anything waits that should not.

use earnest_store::{EventState, JobState};

use crate::Error;
use crate::desk::Desk;
use crate::reconcile;

/// All of it at one moment. Everything but `waiting_events` is nothing where all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How long ago the oldest job that is not done was decided.
    pub oldest_job_seconds: i64,
    /// How long the timer that is longest due has been so.
    pub timer_lag_seconds: i64,
    /// Timers that could not be fired: they are tried again every hour, and the log says why.
    pub put_off_timers: i64,
    /// Jobs that were given up and wait for a person.
    pub dead_jobs: i64,
    /// Refunds that were sent more than five days ago and of which nobody has said what became of them.
    pub slow_refunds: i64,
    /// Provider events that wait for something else.
    pub waiting_events: i64,
    /// Provider events that cannot be and wait for a person.
    pub refused_events: i64,
    /// Provider events that a fault keeps from being applied.
    pub broken_events: i64,
    /// Differences between the books and a provider that are not explained.
    pub reconciliation_differences: i64,
    /// What is held by the contracts' own account of it, less what the books hold for them.
    pub held_difference_minor: i64,
}

impl Figures {
    /// Sentences on what a person should look at; none where all is well.
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        if self.dead_jobs > 0 {
            troubles.push(format!(
                "{} jobs were given up: `earnest jobs list --state dead`",
                self.dead_jobs
            ));
        }
        if self.refused_events > 0 {
            troubles.push(format!(
                "{} provider events cannot be applied: `earnest events list --state refused`",
                self.refused_events
            ));
        }
        if self.broken_events > 0 {
            troubles.push(format!(
                "{} provider events meet a fault: `earnest events list --state broken`",
                self.broken_events
            ));
        }
        if self.timer_lag_seconds > LATE_SECONDS {
            troubles.push(format!("timers are {} seconds late", self.timer_lag_seconds));
        }
        if self.slow_refunds > 0 {
            troubles.push(format!(
                "{} refunds were sent more than five days ago, and nobody has said that they arrived: ask the provider, or see \
                 `earnest bank transfers`",
                self.slow_refunds
            ));
        }
        if self.put_off_timers > 0 {
            troubles.push(format!(
                "{} timers cannot be fired and are tried again every hour: the log says why",
                self.put_off_timers
            ));
        }
        if self.reconciliation_differences > 0 {
            troubles.push(format!(
                "the books and a provider differ in {} places: `earnest reconcile`",
                self.reconciliation_differences
            ));
        }
        if self.held_difference_minor != 0 {
            troubles.push("what contracts hold and what the books hold for them differ".to_owned());
        }
        troubles
    }
}

/// A timer may be so late before anybody is told.
const LATE_SECONDS: i64 = 120;

/// Counts and compares, from one picture of the database.
pub async fn figures(desk: &Desk) -> Result<Figures, Error> {
    let now = desk.now();
    desk.store
        .read(move |mut view| async move {
            let since =
                |at: Option<jiff::Timestamp>| at.map_or(0, |at| now.duration_since(at).as_secs().max(0));
            Ok(Figures {
                oldest_job_seconds: since(view.oldest_job().await?),
                timer_lag_seconds: since(view.next_timer().await?),
                put_off_timers: view.count_put_off_timers().await?,
                dead_jobs: view.count_jobs(JobState::Dead).await?,
                slow_refunds: view.count_slow_refunds(reconcile::slow(now)).await?,
                waiting_events: view.count_events(EventState::Waiting).await?,
                refused_events: view.count_events(EventState::Refused).await?,
                broken_events: view.count_events(EventState::Broken).await?,
                reconciliation_differences: view.open_differences().await?,
                held_difference_minor: view.held_difference().await?,
            })
        })
        .await
}
