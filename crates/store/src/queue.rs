//! How much waits for somebody in the office, and since when.

use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Sql, View};
use crate::request::waits;

statements! {
    REQUESTS = concat!("SELECT COUNT(*), MIN(submitted_at) FROM request WHERE ", waits!());
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
    /// Requests that nobody has answered and of which something may come still.
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
    /// Disputes that are not over.
    Disputes,
    /// Holds that stand, and those on contracts about which a complaint has no answer.
    Holds,
    /// Payouts that were not sent, take long, or did not arrive.
    Payouts,
    /// What ends at a provider: how long it can hold money, and until when it takes evidence.
    Deadlines,
}

impl Queue {
    /// The statement that counts it; none where what counts stands in bodies.
    fn sql(self) -> Option<Sql> {
        Some(match self {
            Self::Requests => REQUESTS,
            Self::Vetting => VETTING,
            Self::Motions => MOTIONS,
            Self::DeadJobs => DEAD_JOBS,
            Self::DeadLetters => DEAD_LETTERS,
            Self::Receipts => RECEIPTS,
            Self::StuckEvents => STUCK_EVENTS,
            Self::Differences => DIFFERENCES,
            Self::Disputes | Self::Holds | Self::Payouts | Self::Deadlines => return None,
        })
    }
}

impl View {
    /// How many wait in a queue, and since when the first of them.
    pub async fn queue(&mut self, queue: Queue, now: Timestamp) -> Result<(i64, Option<Timestamp>), Error> {
        let Some(sql) = queue.sql() else {
            let since = self.waiting_in_bodies(queue, now).await?;
            let count = i64::try_from(since.len()).unwrap_or(i64::MAX);
            return Ok((count, since.into_iter().min()));
        };
        let mut row = self.one(sql, args![]).await?;
        let mut read = || Ok((row.next()?, row.next::<Option<i64>>()?.map(moment).transpose()?));
        read().map_err(|why| corrupt("queue", "?", why))
    }

    /// Since when each of them waits.
    async fn waiting_in_bodies(&mut self, queue: Queue, now: Timestamp) -> Result<Vec<Timestamp>, Error> {
        Ok(match queue {
            Queue::Disputes => {
                let contracts = self.disputed().await?;
                let milestones = contracts.iter().flat_map(|one| &one.milestones);
                let disputes = milestones.filter_map(|one| one.dispute.as_ref());
                let open = disputes.filter(|one| one.is_open());
                open.map(|one| one.id.made_at()).collect()
            }
            Queue::Holds => {
                let held = self.held().await?;
                let holds = held.iter().flat_map(|one| &one.holds);
                let standing = holds.filter(|one| one.stands(now));
                let contracts = self.on_hold().await?;
                let holds = contracts.iter().flat_map(|one| &one.holds);
                let waiting = holds.filter(|one| one.waits()).map(|one| one.placed_at);
                standing.map(|one| one.placed_at).chain(waiting).collect()
            }
            Queue::Payouts => {
                let paid = self.paid_lately(now).await?;
                let payouts = paid.iter().flat_map(|one| &one.payouts);
                payouts.filter_map(|one| one.waits_since(now)).collect()
            }
            Queue::Deadlines => {
                let ending = self.ending(now).await?;
                let all = ending.iter().flat_map(|(_, all)| all);
                all.map(|one| one.deadline.since).collect()
            }
            Queue::Requests
            | Queue::Vetting
            | Queue::Motions
            | Queue::DeadJobs
            | Queue::DeadLetters
            | Queue::Receipts
            | Queue::StuckEvents
            | Queue::Differences => Vec::new(),
        })
    }
}
