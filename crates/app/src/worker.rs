//! The worker: what happens without anybody asking. Every node runs one; timers, jobs and events are each done once,
//! whichever node takes them, so more of them are harmless and none may be missed.

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Error;
use crate::desk::Desk;
use crate::reconcile::{self, NotCompared};
use crate::request::progress;
use crate::{
    call, decision, deletion, expert, file, job, ledger, limit, mail, once, proposal, provider, review,
    timers, webhook,
};

/// How long to wait when nothing is to be done: other nodes write too, and nobody tells of that.
const REST: Duration = Duration::from_secs(1);
/// How often events are looked at that wait for something else.
const EVENTS_EVERY: SignedDuration = SignedDuration::from_secs(15);

/// How often it is asked whether yesterday was held against the providers.
const COMPARED_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// How often it is asked whether the heads were noted today.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// How often files are taken away that are part of nothing, and reviews are told of that waited in vain for the other one.
const CLEANED_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// What this node's worker has done and when.
#[derive(Debug, Default)]
struct Diary {
    events_at: Option<Timestamp>,
    compared_at: Option<Timestamp>,
    noted_at: Option<Timestamp>,
    cleaned_at: Option<Timestamp>,
    /// Whether the last round failed: it is told once, not every second.
    failing: Option<&'static str>,
}

/// Does what is due, once; says how many timers, jobs and events were looked at.
pub async fn tick(desk: &Desk) -> Result<usize, Error> {
    let events = provider::apply_waiting(desk).await?;
    Ok(timers::run_due(desk).await? + job::run_due(desk).await? + mail::run_due(desk).await? + events)
}

/// Works until `stop` turns true or its sender is gone. What is under way then is finished first.
///
/// Letters go out, providers are called and programs are told of their news beside the rest: a server that is slow or silent
/// must not hold up a timer.
pub async fn run(desk: Desk, stop: watch::Receiver<bool>) {
    let others = going_on(stop.clone(), || work(desk.clone(), stop.clone()));
    let calls = going_on(stop.clone(), || calls(desk.clone(), stop.clone()));
    let letters = going_on(stop.clone(), || letters(desk.clone(), stop.clone()));
    let news = going_on(stop.clone(), || webhook::work(desk.clone(), stop.clone()));
    let index = async {
        if let Err(error) = expert::warm(&desk).await {
            tracing::warn!(cause = %error, "the index of experts could not be made; the next search tries again");
        }
    };
    tokio::join!(others, calls, letters, news, index);
}

async fn going_on<F>(mut stop: watch::Receiver<bool>, work: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    while !*stop.borrow() {
        let mut working = JoinSet::new();
        working.spawn(work());
        while let Some(ended) = working.join_next().await {
            let Err(error) = ended else {
                return;
            };
            // a panic is a fault of the program, and yet money must not stop moving for it
            tracing::error!(cause = %error, "the worker broke off and begins again");
        }
        rest(&mut stop, REST).await;
    }
}

async fn work(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut diary = Diary::default();
    while !*stop.borrow() {
        let done = diary.round(&desk).await;
        if done > 0 {
            continue;
        }
        tokio::select! {
            () = desk.written.notified() => {}
            () = rest(&mut stop, pause(&desk).await) => {}
        }
    }
}

async fn calls(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut diary = Diary::default();
    while !*stop.borrow() {
        if diary.called(&desk).await > 0 {
            continue;
        }
        tokio::select! {
            () = desk.written_for_providers.notified() => {}
            () = rest(&mut stop, REST) => {}
        }
    }
}

async fn letters(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut diary = Diary::default();
    while !*stop.borrow() {
        if diary.told("letters", mail::run_due(&desk).await) > 0 {
            continue;
        }
        tokio::select! {
            () = desk.written_to_somebody.notified() => {}
            () = rest(&mut stop, REST) => {}
        }
    }
}

/// Until the time is over or the end has come.
async fn rest(stop: &mut watch::Receiver<bool>, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        // no sender is the end, too
        _told = stop.changed() => {}
    }
}

/// Until the next timer, and a second at most.
async fn pause(desk: &Desk) -> Duration {
    let next = desk
        .store
        .read(|mut view| async move { view.next_timer().await })
        .await;
    match next {
        Ok(Some(due_at)) => {
            let left = desk.now().duration_until(due_at);
            // a timer fires after its moment, not at it
            Duration::try_from(left.max(SignedDuration::from_millis(1))).map_or(REST, |left| left.min(REST))
        }
        // whatever is wrong shows in the next round
        Ok(None) | Err(_) => REST,
    }
}

impl Diary {
    /// One round, with what belongs to no single one.
    async fn round(&mut self, desk: &Desk) -> usize {
        let now = desk.now();
        let mut done = self.told("timers", timers::run_due(desk).await);
        done += self.told("requests", progress::run_due(desk).await);
        done += self.told("proposals", proposal::run_due(desk).await);
        done += self.told("deletions", deletion::run_due(desk).await);
        if done > 0 || over(self.events_at, now, EVENTS_EVERY) {
            self.events_at = Some(now);
            done += self.told("events", provider::apply_waiting(desk).await);
        }
        if over(self.cleaned_at, now, CLEANED_EVERY) {
            self.cleaned_at = Some(now);
            self.told("files", file::clean(desk).await);
            self.told("calls", call::run_due(desk).await);
            self.told("webhooks", webhook::clean(desk).await);
            self.told("reviews", review::run_due(desk).await);
            self.told("limits", limit::tidy(desk).await);
            self.told("decisions", decision::run_due(desk).await);
        }
        if over(self.noted_at, now, NOTED_EVERY) {
            self.noted_at = Some(now);
            let noted = ledger::checkpoint_daily(&desk.store, desk.clock.as_ref()).await;
            self.told("checkpoint", noted);
            self.told("kept answers", once::tidy(desk).await);
        }
        done
    }

    /// What providers are asked, and what then can be applied of that which they told.
    async fn called(&mut self, desk: &Desk) -> usize {
        let now = desk.now();
        let done = self.told("jobs", job::run_due(desk).await);
        if done > 0 {
            self.told("events", provider::apply_waiting(desk).await);
        }
        if over(self.compared_at, now, COMPARED_EVERY) {
            self.compared_at = Some(now);
            compared(reconcile::daily(desk).await);
        }
        done
    }

    /// An error is logged when it begins, and its end is.
    fn told(&mut self, what: &'static str, ended: Result<usize, Error>) -> usize {
        match ended {
            Ok(count) => {
                if self.failing == Some(what) {
                    self.failing = None;
                    tracing::info!("the worker goes on: {what} are done again");
                }
                count
            }
            Err(error) => {
                if self.failing.is_none() {
                    self.failing = Some(what);
                    tracing::error!(
                        cause = error.chain(),
                        "the worker cannot do its {what} now; it goes on trying"
                    );
                }
                0
            }
        }
    }
}

fn over(last: Option<Timestamp>, now: Timestamp, every: SignedDuration) -> bool {
    // a clock that was set back must not stop it
    last.is_none_or(|last| now.duration_since(last).abs() >= every)
}

/// A provider that does not answer is asked again soon, and told of each time: a day without a comparison is a day
/// in which nobody looked.
fn compared(ended: Result<usize, NotCompared>) {
    match ended {
        Ok(_count) => {}
        Err(NotCompared::Failed(error)) => {
            tracing::error!(
                cause = error.chain(),
                "the books could not be held against a provider"
            );
        }
        Err(error) => tracing::error!(cause = %error, "the books could not be held against a provider"),
    }
}

#[cfg(test)]
mod tests;
