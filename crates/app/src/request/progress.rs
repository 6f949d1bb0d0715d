//! How a request goes on after it was sent: whose it is, when experts see it, and how it ends.

use earnest_hire::contract::{Actor, Standing};
use earnest_hire::field::{self, FieldRefusal, Lines};
use earnest_hire::ids::{PersonId, RequestId};
use earnest_hire::person::Person;
use earnest_hire::request::{Address, Progress, Request, RequestEvent, Stage};
use earnest_store::{Done, ProgressRow, Tx, View};
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::mail::{self, Letter};
use crate::notice::{self, Topic};
use crate::proposal;

/// How many acceptance items a request has at most.
const MOST_ITEMS: usize = 30;
/// Characters of one at most.
const ITEM: usize = 500;

/// A request with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What was asked for.
    pub request: Request,
    /// Where it is, and whose.
    pub row: ProgressRow,
}

/// As whom somebody looks at a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whose it is.
    Client,
    /// One who may answer it.
    Expert,
}

/// Makes every request that was raised with a person's address theirs, once they have shown that it is their address.
pub(crate) async fn claim_all(tx: &mut Tx, person: &Person) -> Result<(), Error> {
    for id in tx.unclaimed_requests(person.email.as_str()).await? {
        let request = tx.request(id).await?.ok_or(Error::NotFound)?;
        tx.insert_progress(&first(&request, person.id)).await?;
    }
    Ok(())
}

/// Makes a request that somebody has just raised while signed in theirs.
pub async fn claim(desk: &Desk, request: &Request, client: PersonId) -> Result<(), Error> {
    let row = first(request, client);
    desk.write(&row, |row, mut tx| async move {
        tx.insert_progress(&row).await?;
        tx.commit(()).await
    })
    .await
}

fn first(request: &Request, client: PersonId) -> ProgressRow {
    let mut progress = Progress::of(request);
    progress.client = Some(client);
    ProgressRow {
        progress,
        client,
        contract: None,
        acceptance: Vec::new(),
    }
}

/// A client's requests, the newest first.
pub async fn mine(desk: &Desk, client: PersonId) -> Result<Vec<Known>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let rows = view.progress_of(client).await?;
        known(&mut view, rows).await
    });
    Ok(read.await?)
}

/// Requests that experts may answer, the newest first; those after `before`, where it is given.
pub async fn open(desk: &Desk, before: Option<RequestId>, limit: u16) -> Result<Vec<Known>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let rows = view.open_progress(before, limit).await?;
        known(&mut view, rows).await
    });
    Ok(read.await?)
}

async fn known(view: &mut View, rows: Vec<ProgressRow>) -> Result<Vec<Known>, earnest_store::Error> {
    let mut known = Vec::new();
    for row in rows {
        if let Some(request) = view.request(row.progress.request).await? {
            known.push(Known { request, row });
        }
    }
    Ok(known)
}

/// A request as one person may see it: its client always, everybody else while it is open, and whoever talks about it.
/// To others it does not exist.
pub async fn seen_by(desk: &Desk, id: RequestId, person: PersonId) -> Result<(Known, Reader), Error> {
    let read = desk.store.read(move |mut view| async move {
        let (Some(request), Some(row)) = (view.request(id).await?, view.progress(id).await?) else {
            return Ok::<_, earnest_store::Error>(None);
        };
        let talks = view.conversation_about(id, person).await?.is_some();
        Ok(Some((Known { request, row }, talks)))
    });
    let (known, talks) = read.await?.ok_or(Error::NotFound)?;
    if known.row.client == person {
        Ok((known, Reader::Client))
    } else if talks || known.row.progress.stage == Stage::Open {
        Ok((known, Reader::Expert))
    } else {
        Err(Error::NotFound)
    }
}

/// What must be true of the work: one item a line, as typed into the field `acceptance`.
pub fn acceptance(typed: &str) -> Result<Vec<String>, FieldRefusal> {
    let refuse = |code, sentence: String| Err(FieldRefusal::new("acceptance", code, sentence));
    let limit = MOST_ITEMS * (ITEM + 2);
    let missing = "Name at least one thing that must be true when the work is done.";
    let text = field::required("acceptance", typed, limit, Lines::Several, missing)?;
    let items: Vec<String> = text
        .lines()
        .map(|line| line.trim().trim_start_matches(['-', '*', '•']).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    if items.len() > MOST_ITEMS {
        return refuse(
            "too_many",
            format!("These are {} lines. At most {MOST_ITEMS} fit.", items.len()),
        );
    }
    if let Some(long) = items.iter().find(|item| item.chars().count() > ITEM) {
        let start: String = long.chars().take(40).collect();
        return refuse(
            "too_long",
            format!("The line “{start}…” is longer than {ITEM} characters. Shorten it."),
        );
    }
    Ok(items)
}

/// Shows a request to experts, with what must be true of the work.
pub async fn publish(
    desk: &Desk,
    id: RequestId,
    client: &Actor,
    acceptance: Vec<String>,
) -> Result<(), Error> {
    go(desk, id, RequestEvent::Publish, client, Some(acceptance)).await
}

/// Lets a request go on by an event, or says why not.
pub async fn act(desk: &Desk, id: RequestId, event: RequestEvent, by: &Actor) -> Result<(), Error> {
    go(desk, id, event, by, None).await
}

async fn go(
    desk: &Desk,
    id: RequestId,
    event: RequestEvent,
    by: &Actor,
    acceptance: Option<Vec<String>>,
) -> Result<(), Error> {
    let step = Step {
        desk: desk.clone(),
        id,
        event,
        by: by.clone(),
        acceptance,
    };
    desk.write(&step, |step, tx| async move { step.keep(tx).await })
        .await
        .inspect(|()| desk.wake())
}

#[derive(Debug, Clone)]
struct Step {
    desk: Desk,
    id: RequestId,
    event: RequestEvent,
    by: Actor,
    acceptance: Option<Vec<String>>,
}

impl Step {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let now = self.desk.now();
        let mut row = tx.lock_progress(self.id).await?.ok_or(Error::NotFound)?;
        if matches!(self.by, Actor::Person { id } if id != row.client) {
            return Err(Error::NotFound);
        }
        if let Some(acceptance) = &self.acceptance {
            row.acceptance.clone_from(acceptance);
        }
        let over = moved(&mut tx, &mut row, (self.event, &self.by), now).await?;
        if over {
            proposal::close_all(&self.desk, &mut tx, self.id).await?;
            told_over(&self.desk, &mut tx, &row, self.event).await?;
        }
        tx.commit(()).await
    }
}

/// Moves a request that is locked; says whether everybody who answered it is to be told that it is over.
pub(crate) async fn moved(
    tx: &mut Tx,
    row: &mut ProgressRow,
    (event, by): (RequestEvent, &Actor),
    now: Timestamp,
) -> Result<bool, Error> {
    let former = row.progress.version;
    let progressed = row.progress.decide(event, by, Address::Checked, now)?;
    row.progress = progressed.progress;
    tx.update_progress(row, former).await?;
    Ok(progressed.tells_applicants && event != RequestEvent::Fill)
}

/// The client hears of what they did not do themselves.
async fn told_over(desk: &Desk, tx: &mut Tx, row: &ProgressRow, event: RequestEvent) -> Result<(), Error> {
    if event != RequestEvent::Expire {
        return Ok(());
    }
    if !notice::wants(tx, row.client, Topic::Requests).await? {
        return Ok(());
    }
    if let Some(client) = tx.person(row.client).await? {
        let letter: Letter = mail::request_expired(desk, &client, row.progress.request);
        letter.keep(tx, desk.now()).await?;
    }
    Ok(())
}

/// Lets happen what is due: requests nobody looked after close, and matched ones follow their contract. Says how many.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let read = desk.store.read(move |mut view| async move {
        let due = view.due_progress(now).await?;
        Ok::<_, earnest_store::Error>((due, view.answered_matches().await?))
    });
    let (due, answered) = read.await?;
    let mut done = 0;
    for row in due {
        done += settled(act(desk, row.progress.request, RequestEvent::Expire, &Actor::Clock).await)?;
    }
    for (id, standing) in answered {
        let signed = [Standing::Declined, Standing::Withdrawn, Standing::Expired]
            .iter()
            .all(|came_to_nothing| came_to_nothing.name() != standing);
        let event = if signed {
            RequestEvent::Fill
        } else {
            RequestEvent::Unmatch
        };
        done += settled(act(desk, id, event, &Actor::Clock).await)?;
    }
    Ok(done)
}

/// What a rule refuses by now has happened otherwise.
pub(crate) fn settled(ended: Result<(), Error>) -> Result<usize, Error> {
    match ended {
        Ok(()) => Ok(1),
        Err(Error::Refused(_) | Error::Conflict { .. } | Error::NotFound) => Ok(0),
        Err(other) => Err(other),
    }
}
