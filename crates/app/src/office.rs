//! What the office works through: how much waits and since when, and jobs that were given up.

use earnest_hire::field::{self, FieldRefusal, Lines};
use earnest_hire::ids::{ContractId, Ids, PersonId};
use earnest_hire::person::{Role, Roles};
use earnest_hire::refusal::Refusal;
use earnest_store::{Done, EventState, Job, JobState, ProviderEventRow, Queue, Tx};
use jiff::Timestamp;

use crate::Error;
use crate::audit;
use crate::desk::Desk;
use crate::payee::Confirmed;

/// Of a list of the office, as many as anybody reads in one go; the rest comes up as these are done.
pub const LISTED: u16 = 200;

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
        Queue::Motions
        | Queue::DeadJobs
        | Queue::Receipts
        | Queue::StuckEvents
        | Queue::Differences
        | Queue::Disputes
        | Queue::Holds
        | Queue::Payouts
        | Queue::Deadlines => Role::Finance,
    }
}

const QUEUES: [Queue; 12] = [
    Queue::Requests,
    Queue::Vetting,
    Queue::Disputes,
    Queue::Holds,
    Queue::Payouts,
    Queue::Deadlines,
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
    let now = desk.now();
    let read = desk.store.read(move |mut view| {
        let mine = mine.clone();
        async move {
            let mut waiting = Vec::new();
            for queue in mine {
                let (count, oldest) = view.queue(queue, now).await?;
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
        .read(|mut view| async move { view.jobs(JobState::Dead, LISTED).await });
    Ok(read.await?)
}

const NOT_DEAD: Error = Error::Conflict {
    code: "job_not_dead",
    sentence: "This job is being tried again already, or was done. Nothing was changed.",
};

/// Has a job that was given up tried again, under the same key: what was done before is not done twice.
/// Money may move again by it, so that it takes a second factor.
pub async fn resend(desk: &Desk, (by, confirmed): (PersonId, Confirmed), job: &str) -> Result<(), Error> {
    if confirmed == Confirmed::No {
        return Err(Refusal::SecondFactorMissing.into());
    }
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
        let about = match (chain.parse::<PersonId>(), chain.parse::<ContractId>()) {
            (Ok(person), _) => vec![person],
            (_, Ok(contract)) => {
                let contract = tx.contract(contract).await?;
                contract.map_or_else(Vec::new, |one| vec![one.client, one.expert])
            }
            // the bank's own history is nobody's
            _ => Vec::new(),
        };
        let mut ids = Ids::new(self.now, self.seed);
        for person in about {
            let act = format!("Had something tried again that had failed: {}.", self.job);
            tx.insert_audit(&audit::line(&mut ids, self.now, (self.by, person), act))
                .await?;
        }
        tx.commit(()).await
    }
}

/// An event of a provider that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// As it came.
    pub event: ProviderEventRow,
    /// Refused, or broken and tried again by itself.
    pub state: EventState,
    /// The rule that said no, or what was at fault.
    pub why: Option<String>,
}

/// Events that a person has to look at, the oldest first.
pub async fn stuck_events(desk: &Desk) -> Result<Vec<Stuck>, Error> {
    let read = desk.store.read(|mut view| async move {
        let mut found = Vec::new();
        for state in [EventState::Broken, EventState::Refused] {
            let events = view.events(state, LISTED).await?.into_iter();
            found.extend(events.map(|(event, why)| Stuck { event, state, why }));
        }
        Ok::<_, earnest_store::Error>(found)
    });
    let mut found = read.await?;
    found.sort_by_key(|one| one.event.received_at);
    Ok(found)
}

const NOT_STUCK: Error = Error::Conflict {
    code: "event_not_stuck",
    sentence: "This event is done with, or is being tried again. Nothing was changed.",
};

/// Has an event tried again, when what kept it from being applied is mended.
pub async fn retry_event(desk: &Desk, by: PersonId, provider: &str, event_id: &str) -> Result<(), Error> {
    About::new(desk, by, (provider, event_id), None)
        .keep(desk)
        .await?;
    crate::provider::apply_waiting(desk).await.map(drop)
}

/// Sets an event aside that can never be applied: nothing is booked, and it waits no longer. Says why, for whoever asks
/// later; a comparison with the provider still names what is missing.
pub async fn set_event_aside(
    desk: &Desk,
    by: PersonId,
    (provider, event_id): (&str, &str),
    why: &str,
) -> Result<(), Error> {
    let missing = "Say what it was, and why it can be left.";
    let why = field::reason("why", why, 1_000, Lines::One, missing);
    let why = why.map_err(|fault: FieldRefusal| Error::Invalid(vec![fault]))?;
    About::new(desk, by, (provider, event_id), Some(why))
        .keep(desk)
        .await
}

/// What an operator does about an event: has it tried again, or sets it aside for a reason.
#[derive(Debug, Clone)]
struct About {
    provider: String,
    event_id: String,
    aside: Option<String>,
    by: PersonId,
    now: Timestamp,
    seed: [u8; 16],
}

impl About {
    fn new(desk: &Desk, by: PersonId, (provider, event_id): (&str, &str), aside: Option<String>) -> Self {
        Self {
            provider: provider.to_owned(),
            event_id: event_id.to_owned(),
            aside,
            by,
            now: desk.now(),
            seed: desk.seed(),
        }
    }

    async fn keep(&self, desk: &Desk) -> Result<(), Error> {
        desk.write(self, |about, tx| async move { about.keep_in(tx).await })
            .await
    }

    async fn keep_in(self, mut tx: Tx) -> Result<Done<()>, Error> {
        let (provider, id) = (self.provider.as_str(), self.event_id.as_str());
        let state = tx.lock_event(provider, id).await?;
        if !matches!(state, Some(EventState::Refused | EventState::Broken)) {
            return Err(NOT_STUCK);
        }
        let act = if let Some(why) = &self.aside {
            let noted = format!("set aside by {}: {why}", self.by);
            tx.end_event(provider, id, EventState::Ignored, Some(&noted))
                .await?;
            format!("Set the event {id} of {provider} aside.")
        } else {
            tx.retry_event(provider, id, self.now).await?;
            format!("Had the event {id} of {provider} tried again.")
        };
        // It may be nobody's: the operator's own record has it.
        let mut ids = Ids::new(self.now, self.seed);
        let mut line = audit::line(&mut ids, self.now, (self.by, self.by), act);
        line.reasons = self.aside.unwrap_or_default();
        tx.insert_audit(&line).await?;
        tx.commit(()).await
    }
}
