//! What ends at a provider, found by its timers, and by evidence that has not left. What is true of it stands in the bodies.

use std::collections::BTreeMap;

use earnest_hire::contract::{Contract, Deadline, Ends, LAST_WARNING_DAYS, warned_by};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::contract;
use crate::db::{Row, View};
use crate::job::JobState;

/// More than anybody works through.
const MOST: i64 = 1_000;

statements! {
    ENDING = "SELECT id, body FROM contract WHERE id IN (SELECT chain FROM timer WHERE kind = 'evidence_due' \
              OR kind = 'holding_warning' AND entry_no = $1 AND due_at <= $2 UNION SELECT chain FROM job \
              WHERE kind = 'send_evidence' AND state IN ('waiting', 'dead')) ORDER BY id LIMIT $3";
    UNSENT = "SELECT subject, state FROM job WHERE kind = 'send_evidence' AND state IN ('waiting', 'dead')";
}

/// What ends at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadlineRow {
    /// What, and when.
    pub deadline: Deadline,
    /// Of a chargeback: how far the job has got that sends the evidence.
    pub evidence: Option<JobState>,
}

impl View {
    /// What ends at providers, with its contract: holding of which the operator is warned, and evidence until its time is
    /// over, and after that as long as it has not left. The soonest first in each contract.
    pub async fn ending(&mut self, now: Timestamp) -> Result<Vec<(Contract, Vec<DeadlineRow>)>, Error> {
        let args = args![
            i64::from(LAST_WARNING_DAYS),
            warned_by(now).as_microsecond(),
            MOST
        ];
        let rows = self.all(ENDING, args).await?;
        let unsent = self.unsent_evidence().await?;
        let mut found = Vec::new();
        for row in rows {
            let contract = contract(row)?;
            let all = contract.deadlines(now).into_iter();
            let all = all.map(|deadline| DeadlineRow::of(deadline, &unsent));
            let all: Vec<DeadlineRow> = all.filter(|one| one.is_open(now)).collect();
            if !all.is_empty() {
                found.push((contract, all));
            }
        }
        Ok(found)
    }

    async fn unsent_evidence(&mut self) -> Result<BTreeMap<String, JobState>, Error> {
        let read = |mut row: Row| {
            let (subject, state): (String, String) = (row.next()?, row.next()?);
            let dead = state == JobState::Dead.name();
            Ok((subject, if dead { JobState::Dead } else { JobState::Waiting }))
        };
        let rows = self.all(UNSENT, args![]).await?.into_iter();
        let unsent: Result<_, String> = rows.map(read).collect();
        unsent.map_err(|why| corrupt("job", "?", why))
    }
}

impl DeadlineRow {
    fn of(deadline: Deadline, unsent: &BTreeMap<String, JobState>) -> Self {
        let evidence = match deadline.ends {
            Ends::Holding(_) => None,
            Ends::Evidence(id) => Some(unsent.get(&id.to_string()).copied().unwrap_or(JobState::Done)),
        };
        Self { deadline, evidence }
    }

    fn is_open(&self, now: Timestamp) -> bool {
        self.evidence != Some(JobState::Done) || now <= self.deadline.until
    }
}
