//! Jobs: what is to be done outside, kept in the transaction that decided it. A job is claimed under a lease, so that a
//! node that dies gives it up by itself; it may run twice, and its key makes that harmless.

use earnest_hire::contract::{Call, Decision};
use earnest_hire::payee;
use jiff::Timestamp;
use serde::Serialize;

use crate::Error;
use crate::books::corrupt;
use crate::chain::EventRow;
use crate::contract::moment;
use crate::db::{Field, Row, Sql, Statement, Store, Tx, Val, View};
use crate::history::json as text;

/// After so many attempts a job waits for a person.
pub const ATTEMPTS: i64 = 12;

statements! {
    INSERT = "INSERT INTO job (id, event_id, kind, chain, subject, payload, state, due_at, attempts, calls) \
              VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, 0, 0)";
    CLAIM = "UPDATE job SET due_at = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM job WHERE state = 'waiting' \
             AND due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
             RETURNING id, event_id, kind, chain, subject, payload, due_at, attempts, last_error";
    CLAIM_ONE = "UPDATE job SET due_at = $2, attempts = attempts + 1 WHERE id = $3 AND state = 'waiting' AND due_at <= $1 \
                 RETURNING id, event_id, kind, chain, subject, payload, due_at, attempts, last_error";
    DONE = "UPDATE job SET state = 'done', last_error = NULL WHERE id = $1 AND state = 'waiting'";
    AGAIN = "UPDATE job SET due_at = $2, last_error = $3 WHERE id = $1 AND state = 'waiting'";
    DEAD = "UPDATE job SET state = 'dead', last_error = $2 WHERE id = $1 AND state = 'waiting'";
    RESEND = "UPDATE job SET state = 'waiting', due_at = $2, attempts = 0 WHERE id = $1 AND state = 'dead' RETURNING chain";
    RENEW = "UPDATE job SET due_at = $3 WHERE id = $1 AND due_at = $2 AND state = 'waiting'";
    CALLS = "SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT) FROM job WHERE kind = $1 AND subject = $2";
    CALLS_LOCKED = "SELECT calls FROM job WHERE kind = $1 AND subject = $2 ORDER BY id FOR UPDATE";
    CALLED = "UPDATE job SET calls = calls + 1 WHERE id = $1";
    NOT_CALLED = "UPDATE job SET calls = calls - 1 WHERE id = $1";
    IN_STATE = "SELECT id, event_id, kind, chain, subject, payload, due_at, attempts, last_error FROM job WHERE state = $1 \
                ORDER BY due_at, id LIMIT $2";
    COUNT = "SELECT COUNT(*) FROM job WHERE state = $1";
    NEXT = "SELECT MIN(due_at) FROM job WHERE state = 'waiting'";
    OLDEST = "SELECT MIN(event.at) FROM job JOIN event ON event.id = job.event_id WHERE job.state = 'waiting'";
}

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name: kind, subject, version.
    pub id: String,
    /// The event that decided it.
    pub event: String,
    /// `notice` or the name of a call to a provider.
    pub kind: String,
    /// The contract or person.
    pub chain: String,
    /// What it is about.
    pub subject: String,
    /// Details as JSON.
    pub payload: String,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

impl Job {
    /// The key under which the outside world knows what is to be done: the same at every attempt, and for every job about
    /// the same thing, so that a payout or refund that was held up in between is not done a second time.
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.subject)
    }
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// To be done.
    Waiting,
    /// Done.
    Done,
    /// Given up; a person looks at it and resends it.
    Dead,
}

impl JobState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// The name of a call and what it is about.
fn call(call: &Call) -> (&'static str, String) {
    match call {
        Call::OpenPayment { payment } => ("open_payment", payment.to_string()),
        Call::CancelPayment { payment } => ("cancel_payment", payment.to_string()),
        Call::SendRefund { refund } => ("send_refund", refund.to_string()),
        Call::SendEvidence { chargeback } => ("send_evidence", chargeback.to_string()),
    }
}

/// As [`call`], about a payee.
fn payee_call(call: &payee::Call) -> (&'static str, String) {
    match call {
        payee::Call::SendPayout { payout } => ("send_payout", payout.to_string()),
        payee::Call::CancelPayout { payout } => ("cancel_payout", payout.to_string()),
    }
}

/// What an event brings to be done: kind, subject and payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) payload: String,
}

impl Task {
    /// `{kind}:{subject}:{version}`.
    pub(crate) fn id(&self, version: i64) -> String {
        format!("{}:{}:{version}", self.kind, self.subject)
    }

    fn call((kind, subject): (&'static str, String)) -> Self {
        let payload = "{}".to_owned();
        Self {
            kind,
            subject,
            payload,
        }
    }

    fn notice(event: &str, payload: String) -> Self {
        let (kind, subject) = ("notice", event.to_owned());
        Self {
            kind,
            subject,
            payload,
        }
    }
}

/// The payload of a notice.
#[derive(Serialize)]
struct Told<'a, Notice> {
    event: &'a str,
    kind: &'a str,
    notices: &'a [Notice],
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<&'a Option<payee::Audit>>,
}

/// Exactly one notice for every event, and one job for every call.
pub(crate) fn of_contract(decision: &Decision, event: &str, kind: &str) -> Result<Vec<Task>, Error> {
    let notices = text(&Told {
        event,
        kind,
        notices: &decision.notices,
        audit: None,
    })?;
    let calls = decision.calls.iter().map(|one| Task::call(call(one)));
    Ok([Task::notice(event, notices)].into_iter().chain(calls).collect())
}

/// As [`of_contract`], about a payee.
pub(crate) fn of_payee(decision: &payee::Decision, event: &str, kind: &str) -> Result<Vec<Task>, Error> {
    let notices = text(&Told {
        event,
        kind,
        notices: &decision.notices,
        audit: Some(&decision.audit),
    })?;
    let calls = decision.calls.iter().map(|one| Task::call(payee_call(one)));
    Ok([Task::notice(event, notices)].into_iter().chain(calls).collect())
}

/// The columns of a job's row that follow from its event, in the order of the statement that writes it.
pub(crate) fn columns<'a>(id: &'a str, event: &EventRow<&'a str>, task: &'a Task) -> [Field<'a>; 6] {
    let (subject, payload) = (task.subject.as_str(), task.payload.as_str());
    [id, event.id, task.kind, event.chain, subject, payload].map(Field::Text)
}

pub(crate) fn insert(event: &EventRow, task: &Task) -> Statement {
    let id = task.id(event.version);
    let mut args = columns(&id, &event.borrowed(), task).map(Val::from).to_vec();
    args.push(event.at.into());
    (INSERT, args)
}

impl Store {
    /// Takes jobs that are due until the lease ends; nobody else gets them until then.
    pub async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u16,
    ) -> Result<Vec<Job>, Error> {
        self.write(move |mut tx| async move {
            let args = args![
                now.as_microsecond(),
                lease_until.as_microsecond(),
                i64::from(limit)
            ];
            let rows = tx.all(CLAIM, args).await?;
            let jobs = rows.into_iter().map(job).collect::<Result<Vec<_>, _>>()?;
            tx.commit(jobs).await
        })
        .await
    }

    /// As [`claim_jobs`](Self::claim_jobs), one job; none where it is not due or somebody else's.
    pub async fn claim_job(
        &self,
        id: String,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Job>, Error> {
        self.write(move |mut tx| {
            let args = args![now.as_microsecond(), lease_until.as_microsecond(), id.as_str()].to_vec();
            async move {
                let claimed = tx.maybe(CLAIM_ONE, &args).await?.map(job).transpose()?;
                tx.commit(claimed).await
            }
        })
        .await
    }

    /// Notes how an attempt ended: done, to be tried again at a moment, or given up.
    pub async fn end_job(&self, id: String, end: JobEnd) -> Result<(), Error> {
        self.write(move |mut tx| {
            let (id, end) = (id.clone(), end.clone());
            async move {
                tx.end_job(&id, &end).await?;
                tx.commit(()).await
            }
        })
        .await
    }

    /// Holds a claimed job for longer; false where its lease is over and it may be somebody else's.
    pub async fn renew_job(&self, job: &Job, until: Timestamp) -> Result<bool, Error> {
        let (id, held) = (job.id.clone(), job.due_at.as_microsecond());
        self.write(move |mut tx| {
            let args = args![id.as_str(), held, until.as_microsecond()].to_vec();
            async move {
                let renewed = tx.exec(RENEW, &args).await?;
                tx.commit(renewed == 1).await
            }
        })
        .await
    }

    /// As [`Tx::take_call_back`], alone.
    pub async fn call_not_sent(&self, id: String) -> Result<(), Error> {
        self.write(move |mut tx| {
            let id = id.clone();
            async move {
                tx.take_call_back(&id).await?;
                tx.commit(()).await
            }
        })
        .await
    }

    /// Puts a dead job back in the queue; false where it is not dead.
    pub async fn resend_job(&self, id: String, now: Timestamp) -> Result<bool, Error> {
        self.write(move |mut tx| {
            let id = id.clone();
            async move {
                let chain = tx.resend_job(&id, now).await?;
                tx.commit(chain.is_some()).await
            }
        })
        .await
    }
}

/// How an attempt at a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// It is done.
    Done,
    /// It failed or nobody knows; it is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// What went wrong.
        why: String,
    },
    /// A person must look at it.
    Dead {
        /// What went wrong.
        why: String,
    },
}

impl Tx {
    /// Notes that a call under the job's key may leave now; false, and nothing noted, where another number of calls than
    /// `former` may have left before: what was decided from that number no longer holds.
    pub async fn begin_call(&mut self, job: &Job, former: i64) -> Result<bool, Error> {
        let args = args![job.kind.as_str(), job.subject.as_str()];
        let mut calls = 0_i64;
        for mut row in self.all(CALLS_LOCKED, args).await? {
            let read = row.next::<i64>().map_err(|why| corrupt("job", &job.id, why))?;
            calls = calls.saturating_add(read);
        }
        if calls != former {
            return Ok(false);
        }
        self.exec(CALLED, args![job.id.as_str()]).await?;
        Ok(true)
    }

    /// Takes one [`begin_call`](Self::begin_call) back: that call has not left and will not.
    pub async fn take_call_back(&mut self, id: &str) -> Result<(), Error> {
        self.exec(NOT_CALLED, args![id]).await.map(drop)
    }

    /// As [`Store::end_job`], inside a transaction that does more.
    pub async fn end_job(&mut self, id: &str, end: &JobEnd) -> Result<(), Error> {
        match end {
            JobEnd::Done => self.exec(DONE, args![id]).await?,
            JobEnd::Again { at, why } => {
                self.exec(AGAIN, args![id, at.as_microsecond(), why.as_str()])
                    .await?
            }
            JobEnd::Dead { why } => self.exec(DEAD, args![id, why.as_str()]).await?,
        };
        Ok(())
    }
}

impl Tx {
    /// Puts a dead job back in the queue and says whose it is; none where it is not dead.
    pub async fn resend_job(&mut self, id: &str, now: Timestamp) -> Result<Option<String>, Error> {
        let row = self.maybe(RESEND, args![id, now.as_microsecond()]).await?;
        row.map(|mut row| row.next().map_err(|why| corrupt("job", id, why)))
            .transpose()
    }
}

impl View {
    /// Jobs of one state, the longest due first.
    pub async fn jobs(&mut self, state: JobState, limit: u16) -> Result<Vec<Job>, Error> {
        let args = args![state.name(), i64::from(limit)];
        self.all(IN_STATE, args).await?.into_iter().map(job).collect()
    }

    /// How many calls under a key may have left, by this job and all others about the same thing.
    pub async fn calls(&mut self, kind: &str, subject: &str) -> Result<i64, Error> {
        let mut row = self.one(CALLS, args![kind, subject]).await?;
        row.next().map_err(|why| corrupt("job", subject, why))
    }

    /// When the next job is due.
    pub async fn next_job(&mut self) -> Result<Option<Timestamp>, Error> {
        self.moment_of_jobs(NEXT).await
    }

    /// When the oldest job that is not done was decided.
    pub async fn oldest_job(&mut self) -> Result<Option<Timestamp>, Error> {
        self.moment_of_jobs(OLDEST).await
    }

    async fn moment_of_jobs(&mut self, sql: Sql) -> Result<Option<Timestamp>, Error> {
        let mut row = self.one(sql, args![]).await?;
        let mut read = || row.next::<Option<i64>>()?.map(moment).transpose();
        read().map_err(|why| corrupt("job", "?", why))
    }

    /// How many jobs there are in one state.
    pub async fn count_jobs(&mut self, state: JobState) -> Result<i64, Error> {
        let mut row = self.one(COUNT, args![state.name()]).await?;
        row.next().map_err(|why| corrupt("job", "?", why))
    }
}

fn job(mut row: Row) -> Result<Job, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<Job, String> {
        let (event, kind, chain) = (row.next()?, row.next()?, row.next()?);
        let (subject, payload) = (row.next()?, row.next()?);
        let due_at = moment(row.next()?)?;
        let (attempts, last_error) = (row.next()?, row.next()?);
        Ok(Job {
            id: id.clone(),
            event,
            kind,
            chain,
            subject,
            payload,
            due_at,
            attempts,
            last_error,
        })
    };
    read().map_err(|why| corrupt("job", &id, why))
}

#[cfg(test)]
mod tests;
