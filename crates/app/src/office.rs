//! What the office works through: how much waits and since when, and jobs that were given up.

use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::person::{Role, Roles};
use earnest_store::{Done, Job, JobState, Queue, Tx};
use jiff::Timestamp;

use crate::Error;
use crate::audit;
use crate::desk::Desk;

/// More than anybody reads in one go.
const SHOWN: u16 = 200;

/// How much waits in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Of what.
    pub queue: Queue,
    /// How many.
    pub count: i64,
    /// Since when the first of them.
    pub oldest: Option<Timestamp>,
}

/// Who looks after a queue.
pub fn role_for(queue: Queue) -> Role {
    match queue {
        Queue::Requests | Queue::Vetting | Queue::DeadLetters => Role::Support,
        Queue::Motions | Queue::DeadJobs | Queue::Receipts | Queue::StuckEvents | Queue::Differences => {
            Role::Finance
        }
    }
}

const QUEUES: [Queue; 8] = [
    Queue::Requests,
    Queue::Vetting,
    Queue::Motions,
    Queue::DeadJobs,
    Queue::DeadLetters,
    Queue::Receipts,
    Queue::StuckEvents,
    Queue::Differences,
];

/// The queues of whoever has these roles, from one picture of the database.
pub async fn queues(desk: &Desk, roles: &Roles) -> Result<Vec<Waiting>, Error> {
    let mine: Vec<Queue> = QUEUES
        .into_iter()
        .filter(|queue| roles.may(role_for(*queue)))
        .collect();
    let read = desk.store.read(move |mut view| {
        let mine = mine.clone();
        async move {
            let mut waiting = Vec::new();
            for queue in mine {
                let (count, oldest) = view.queue(queue).await?;
                waiting.push(Waiting { queue, count, oldest });
            }
            Ok::<_, earnest_store::Error>(waiting)
        }
    });
    Ok(read.await?)
}

/// Jobs that were given up, the longest due first.
pub async fn dead_jobs(desk: &Desk) -> Result<Vec<Job>, Error> {
    let read = desk
        .store
        .read(|mut view| async move { view.jobs(JobState::Dead, SHOWN).await });
    Ok(read.await?)
}

const NOT_DEAD: Error = Error::Conflict {
    code: "job_not_dead",
    sentence: "This job is being tried again already, or was done. Nothing was changed.",
};

/// Has a job that was given up tried again, under the same key: what was done before is not done twice.
pub async fn resend(desk: &Desk, by: PersonId, job: &str) -> Result<(), Error> {
    let now = desk.now();
    let resending = Resending {
        job: job.to_owned(),
        by,
        now,
        seed: desk.seed(),
    };
    desk.write(
        &resending,
        |resending, tx| async move { resending.keep(tx).await },
    )
    .await
    .inspect(|()| desk.wake())
}

#[derive(Debug, Clone)]
struct Resending {
    job: String,
    by: PersonId,
    now: Timestamp,
    seed: [u8; 16],
}

impl Resending {
    async fn keep(self, mut tx: Tx) -> Result<Done<()>, Error> {
        let chain = tx.resend_job(&self.job, self.now).await?.ok_or(NOT_DEAD)?;
        if let Ok(person) = chain.parse() {
            let act = format!("Had something tried again that had failed: {}.", self.job);
            let mut ids = Ids::new(self.now, self.seed);
            tx.insert_audit(&audit::line(&mut ids, self.now, (self.by, person), act))
                .await?;
        }
        tx.commit(()).await
    }
}
