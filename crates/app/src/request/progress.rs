//! How a request goes on after it was sent: whose it is, when experts see it, and how it ends.

use std::collections::BTreeMap;

use earnest_hire::contract::{Actor, Standing};
use earnest_hire::expert::may_answer;
use earnest_hire::ids::{PersonId, RequestId};
use earnest_hire::invitation::Stage as Invited;
use earnest_hire::person::Person;
pub use earnest_hire::request::acceptance;
use earnest_hire::request::{Address, Mode, Progress, Request, RequestEvent, Stage};
use earnest_store::{Done, ExpertRow, ProgressRow, Tx, View};
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::mail::{self, Letter};
use crate::notice::{self, Topic};
use crate::request::closing;

/// Requests that are looked through at once for a skill, and how often for one page.
const TOGETHER: u16 = 100;
const PARTS: usize = 10;

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

/// Whether somebody may read what is open to experts: whoever may answer it.
///
/// # Errors
/// What they have to do first.
pub async fn may_read_open(desk: &Desk, person: PersonId) -> Result<(), Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.expert(person).await });
    let expert: Option<ExpertRow> = read.await?;
    Ok(may_answer(expert.map(|row| row.expert.standing))?)
}

/// Requests that experts may answer and that ask for a skill, where one is given, the newest first, from before another one;
/// and before which it goes on. Where few of many fit, a page may be short.
pub async fn open(
    desk: &Desk,
    skill: &str,
    before: Option<RequestId>,
    limit: u16,
) -> Result<(Vec<Known>, Option<RequestId>), Error> {
    if desk.mode == Mode::Managed {
        return Ok((Vec::new(), None));
    }
    let skill = skill.trim().to_lowercase();
    let (mut found, mut last) = (Vec::new(), before);
    for _part in 0..PARTS {
        let missing = limit.saturating_sub(u16::try_from(found.len()).unwrap_or(u16::MAX));
        // Where few are looked for among many, a part is never small.
        let together = if skill.is_empty() { missing } else { TOGETHER };
        let read = desk.store.read(move |mut view| async move {
            let rows = view.open_progress(last, together).await?;
            known(&mut view, rows).await
        });
        let part: Result<Vec<Known>, earnest_store::Error> = read.await;
        let part = part?;
        let is_end = part.len() < usize::from(together);
        for one in part {
            last = Some(one.request.id);
            if asks_for(&one.request, &skill) {
                found.push(one);
            }
            if found.len() == usize::from(limit) {
                return Ok((found, last));
            }
        }
        if is_end {
            return Ok((found, None));
        }
    }
    Ok((found, last))
}

/// Whether a request asks for a skill, in any of the words in which it says whom it wants; for nothing, each does.
fn asks_for(request: &Request, skill: &str) -> bool {
    let brief = &request.brief;
    let mut texts = brief.wishes.skills.iter().chain([&brief.role, &brief.summary]);
    skill.is_empty() || texts.any(|text| text.to_lowercase().contains(skill))
}

/// Whether every expert may see a request: it is open, and no operator proposes experts for it.
pub(crate) fn is_listed(desk: &Desk, request: &Request, stage: Stage) -> bool {
    stage == Stage::Open && !desk.is_managed(request)
}

async fn known(view: &mut View, rows: Vec<ProgressRow>) -> Result<Vec<Known>, earnest_store::Error> {
    let requests = view
        .requests_of(rows.iter().map(|row| row.progress.request))
        .await?;
    let mut requests: BTreeMap<RequestId, Request> = requests.into_iter().map(|one| (one.id, one)).collect();
    let known = rows.into_iter().filter_map(|row| {
        let request = requests.remove(&row.progress.request)?;
        Some(Known { request, row })
    });
    Ok(known.collect())
}

/// A request as one person may see it: its client always, everybody else while it is open and no operator proposes
/// experts for it, and whoever was invited or talks about it.
/// To others it does not exist.
pub async fn seen_by(desk: &Desk, id: RequestId, person: PersonId) -> Result<(Known, Reader), Error> {
    let read = desk.store.read(move |mut view| async move {
        let (Some(request), Some(row)) = (view.request(id).await?, view.progress(id).await?) else {
            return Ok::<_, earnest_store::Error>(None);
        };
        let invitation = view.invitation_about(id, person).await?;
        let talks = view.conversation_about(id, person).await?.is_some()
            || invitation.is_some_and(|one| one.stage == Invited::Sent);
        let standing = view.expert(person).await?.map(|row| row.expert.standing);
        let answers = may_answer(standing).is_ok();
        Ok(Some((Known { request, row }, (talks, answers))))
    });
    let (known, (talks, answers)) = read.await?.ok_or(Error::NotFound)?;
    if known.row.client == person {
        Ok((known, Reader::Client))
    } else if talks || answers && is_listed(desk, &known.request, known.row.progress.stage) {
        Ok((known, Reader::Expert))
    } else {
        Err(Error::NotFound)
    }
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
            closing::close(&self.desk, &mut tx, &row).await?;
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
    Ok(progressed.tells_applicants)
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
