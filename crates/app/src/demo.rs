//! A demo's own time: it is set ahead, and what falls due on the way happens in its order and at its moment.

use earnest_hire::contract::Actor;
use earnest_hire::span::after;
use earnest_store::DeedRow;
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::desk::Desk;
use crate::outside::MovableClock;
use crate::request::progress;
use crate::{job, mail, proposal, provider, timers};

/// How often at most it is looked whether something new is due at one moment.
const ROUNDS: usize = 50;
/// How many moments lie on one way at most; the rest of the way is gone in one step.
const MOMENTS: usize = 2_000;
/// How much is told of one move.
const TOLD: u16 = 200;

/// How far the time goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// Seven days.
    Week,
    /// To the moment of whatever happens next by itself.
    NextTimer,
}

impl Step {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::NextTimer];

    /// Its word in a form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::NextTimer => "next",
        }
    }

    fn length(self) -> Option<SignedDuration> {
        match self {
            Self::Hour => Some(SignedDuration::from_hours(1)),
            Self::Day => Some(SignedDuration::from_hours(24)),
            Self::Week => Some(SignedDuration::from_hours(7 * 24)),
            Self::NextTimer => None,
        }
    }
}

/// The clock could not be moved, and nothing has happened.
const STUCK: Error = Error::Conflict {
    code: "clock_stuck",
    sentence: "The time could not be moved any further; the log says why. What was due until then has happened.",
};
/// There is nothing to go to.
const NOTHING_DUE: Error = Error::Conflict {
    code: "nothing_due",
    sentence: "Nothing waits for a moment at present, so there is none to go to.",
};

/// Something that happened while the time was moved, or since.
#[derive(Debug, Clone)]
pub struct Happened {
    /// Of which contract or person.
    pub chain: String,
    /// What.
    pub deed: DeedRow,
}

/// Sets the demo's clock ahead, and lets happen what is due; gives the moment from which it went. Not there without a demo.
pub async fn forward(desk: &Desk, step: Step) -> Result<Timestamp, Error> {
    let clock = desk.demo_clock.clone().ok_or(Error::NotFound)?;
    let from = desk.now();
    let until = match step.length() {
        Some(length) => after(from, length),
        None => behind(next(desk).await?.ok_or(NOTHING_DUE)?),
    };
    forward_to(desk, clock.as_ref(), until).await?;
    Ok(from)
}

/// Sets a clock ahead to a moment, from one due moment to the next: a deadline that is reached late only because the clock
/// jumped would count as downtime and be put off.
pub async fn forward_to(desk: &Desk, clock: &dyn MovableClock, until: Timestamp) -> Result<(), Error> {
    settle(desk).await?;
    for _ in 0..MOMENTS {
        let Some(due) = next(desk).await?.map(behind).filter(|due| *due < until) else {
            break;
        };
        go(desk, clock, due).await?;
    }
    go(desk, clock, until).await
}

async fn go(desk: &Desk, clock: &dyn MovableClock, until: Timestamp) -> Result<(), Error> {
    let left = until.duration_since(desk.now());
    // the clock moves by whole seconds: rather one too many than a timer that is not due
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    if seconds > 0 {
        clock
            .forward(SignedDuration::from_secs(seconds))
            .await
            .map_err(|why| {
                tracing::error!(cause = why, "the demo's clock cannot be moved");
                STUCK
            })?;
    }
    settle(desk).await
}

/// A timer fires after its moment, not at it.
fn behind(due: Timestamp) -> Timestamp {
    after(due, SignedDuration::from_millis(1))
}

/// The next moment at which something happens by itself and has not come yet.
async fn next(desk: &Desk) -> Result<Option<Timestamp>, Error> {
    let next = desk.store.read(|mut view| async move { view.next_timer().await });
    let now = desk.now();
    Ok(next.await?.filter(|due| behind(*due) > now))
}

/// Does what is due, and what comes of that, until nothing is. The worker of the process may do a part of it.
pub async fn settle(desk: &Desk) -> Result<(), Error> {
    for _ in 0..ROUNDS {
        provider::apply_waiting(desk).await?;
        let done = timers::run_due(desk).await?
            + job::run_due(desk).await?
            + progress::run_due(desk).await?
            + proposal::run_due(desk).await?
            + mail::run_due(desk).await?;
        if done == 0 {
            break;
        }
    }
    desk.wake();
    Ok(())
}

/// What has happened to contracts and money since a moment without a person's doing, the first first.
pub async fn happened(desk: &Desk, since: Timestamp) -> Result<Vec<Happened>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.deeds_since(since, TOLD).await });
    let by_itself = |deed: &DeedRow| {
        matches!(
            serde_json::from_str(&deed.actor),
            Ok(Actor::Clock | Actor::Provider { .. })
        )
    };
    Ok(read
        .await?
        .into_iter()
        .filter(|(_, deed)| by_itself(deed))
        .map(|(chain, deed)| Happened { chain, deed })
        .collect())
}
