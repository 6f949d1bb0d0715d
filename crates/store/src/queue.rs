//! How much waits for somebody in the office, and since when.

use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Sql, View};

statements! {
    REQUESTS = "SELECT COUNT(*), MIN(submitted_at) FROM request WHERE state = 'submitted'";
    VETTING = "SELECT COUNT(*), MIN(CASE WHEN standing = 'waiting' THEN since ELSE changed_at END) FROM expert \
               WHERE standing = 'waiting' OR standing = 'visible' AND changed_at IS NOT NULL";
    MOTIONS = "SELECT COUNT(*), MIN(proposed_at) FROM motion WHERE state = 'open'";
    DEAD_JOBS = "SELECT COUNT(*), MIN(due_at) FROM job WHERE state = 'dead'";
    DEAD_LETTERS = "SELECT COUNT(*), MIN(at) FROM mail WHERE state = 'dead'";
    RECEIPTS = "SELECT COUNT(*), MIN(at) FROM receipt WHERE state = 'open'";
    STUCK_EVENTS = "SELECT COUNT(*), MIN(received_at) FROM provider_event WHERE state IN ('refused', 'broken')";
    DIFFERENCES = "SELECT CAST(COALESCE(SUM(found), 0) AS BIGINT), MIN(at) FROM reconciliation WHERE found > 0 AND at = \
                   (SELECT MAX(later.at) FROM reconciliation AS later WHERE later.provider = reconciliation.provider \
                   AND later.from_at <= reconciliation.from_at AND later.until_at >= reconciliation.until_at)";
}

/// What may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Requests that nobody has answered.
    Requests,
    /// Profiles that are new, or changed since they were vetted.
    Vetting,
    /// Motions that wait for a second operator.
    Motions,
    /// Jobs that were given up.
    DeadJobs,
    /// Letters that were given up.
    DeadLetters,
    /// Transfers that nobody knows the payment of.
    Receipts,
    /// Provider events that cannot be applied.
    StuckEvents,
    /// Differences between the books and a provider.
    Differences,
}

impl Queue {
    fn sql(self) -> Sql {
        match self {
            Self::Requests => REQUESTS,
            Self::Vetting => VETTING,
            Self::Motions => MOTIONS,
            Self::DeadJobs => DEAD_JOBS,
            Self::DeadLetters => DEAD_LETTERS,
            Self::Receipts => RECEIPTS,
            Self::StuckEvents => STUCK_EVENTS,
            Self::Differences => DIFFERENCES,
        }
    }
}

impl View {
    /// How many wait in a queue, and since when the first of them.
    pub async fn queue(&mut self, queue: Queue) -> Result<(i64, Option<Timestamp>), Error> {
        let mut row = self.one(queue.sql(), args![]).await?;
        let mut read = || Ok((row.next()?, row.next::<Option<i64>>()?.map(moment).transpose()?));
        read().map_err(|why| corrupt("queue", "?", why))
    }
}
