//! Proposals: made, countered, accepted. Accepting one makes the contract of exactly the version that was read.

use earnest_hire::contract::Actor;
use earnest_hire::expert::may_answer;
use earnest_hire::ids::{ContractId, ConversationId, Ids, PersonId, ProposalId, RequestId};
use earnest_hire::limits::OPEN_PROPOSALS;
use earnest_hire::proposal::{self, Command, Content, Facts, Input, Proposal};
use earnest_store::{Done, ProgressRow, ProposalRow, Tx};

use crate::Error;
use crate::contract::Opening;
use crate::desk::Desk;
use crate::notice::{self, Topic};
use crate::request::progress::{self, settled};
use crate::{mail, webhook};

/// Makes a version: the expert's first or next, or the client's counter-offer. `seen` is the number of the last version that
/// was on the page, nothing before the first: whoever wrote without knowing a newer one is told so. The same again is no second one.
pub async fn propose(
    desk: &Desk,
    conversation: ConversationId,
    by: &Actor,
    content: Content,
    seen: u16,
) -> Result<ProposalId, Error> {
    if content.currency != desk.currency {
        return Err(earnest_hire::refusal::Refusal::CurrencyDiffers.into());
    }
    let version = Versioning {
        desk: desk.clone(),
        conversation,
        by: by.clone(),
        content,
        seen,
        new: Ids::new(desk.now(), desk.seed()).proposal(),
    };
    desk.write(&version, |version, tx| async move { version.keep(tx).await })
        .await
        .inspect(|_id| desk.wake())
}

#[derive(Debug, Clone)]
struct Versioning {
    desk: Desk,
    conversation: ConversationId,
    by: Actor,
    content: Content,
    seen: u16,
    new: ProposalId,
}

impl Versioning {
    async fn keep(&self, mut tx: Tx) -> Result<Done<ProposalId>, Error> {
        let talk = tx.conversation(self.conversation).await?.ok_or(Error::NotFound)?;
        let Actor::Person { id: author } = self.by else {
            return Err(Error::NotFound);
        };
        let other = talk.other(author).ok_or(Error::NotFound)?;
        let progress = tx.lock_progress(talk.request).await?.ok_or(Error::NotFound)?;
        let mut found = tx.proposals_in(self.conversation).await?.into_iter();
        let going = found.find(|row| !row.proposal.stage.is_over());
        let going = match going {
            Some(row) => tx.lock_proposal(row.proposal.id).await?,
            None => None,
        };
        let row = going.clone().unwrap_or_else(|| ProposalRow {
            proposal: Proposal::new(self.new, talk.request, talk.client, talk.expert),
            conversation: self.conversation,
            contract: None,
        });
        let id = row.proposal.id;
        let last = row.proposal.versions.last();
        if last.is_some_and(|last| last.content == self.content && row.proposal.is_by(last, author)) {
            return tx.commit(id).await;
        }
        if last.map_or(0, |last| last.number) != self.seen {
            return Err(earnest_hire::refusal::Refusal::VersionOvertaken.into());
        }
        if author == talk.expert {
            may_answer(tx.expert(author).await?.map(|row| row.expert.standing))?;
        }
        let command = Command::Propose {
            content: self.content.clone(),
        };
        let input = input(&self.desk, &mut tx, &row, &progress).await?;
        let decision = proposal::decide(&row.proposal, &command, &self.by, &input)?;
        let next = ProposalRow {
            proposal: decision.proposal,
            ..row.clone()
        };
        if going.is_some() {
            tx.update_proposal(&next, row.proposal.version).await?;
        } else {
            tx.insert_proposal(&next).await?;
        }
        webhook::proposal(&self.desk, &mut tx, &next).await?;
        let to = tx.person(other).await?.ok_or(Error::NotFound)?;
        let author = tx.person(author).await?.ok_or(Error::NotFound)?;
        let letter = mail::proposed(&self.desk, (&author.name, &to), self.conversation);
        if notice::wants(&mut tx, other, Topic::Proposals).await? {
            letter.keep(&mut tx, input.now).await?;
        }
        tx.commit(id).await
    }
}

/// What else somebody may do about a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Take it among the few.
    Shortlist,
    /// Say no.
    Decline,
    /// Take it back.
    Withdraw,
}

/// Answers a proposal without making a contract of it.
pub async fn answer(desk: &Desk, id: ProposalId, by: &Actor, answer: Answer) -> Result<(), Error> {
    let command = match answer {
        Answer::Shortlist => Command::Shortlist,
        Answer::Decline => Command::Decline,
        Answer::Withdraw => Command::Withdraw,
    };
    step(desk, id, command, by).await
}

/// Notes that its client has opened a proposal, where that is news.
pub async fn see(desk: &Desk, id: ProposalId, client: &Actor) -> Result<(), Error> {
    settled(step(desk, id, Command::See, client).await).map(drop)
}

async fn step(desk: &Desk, id: ProposalId, command: Command, by: &Actor) -> Result<(), Error> {
    let step = Step {
        desk: desk.clone(),
        id,
        command,
        by: by.clone(),
    };
    desk.write(&step, |step, tx| async move { step.keep(tx).await })
        .await
        .inspect(|()| desk.wake())
}

#[derive(Debug, Clone)]
struct Step {
    desk: Desk,
    id: ProposalId,
    command: Command,
    by: Actor,
}

impl Step {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let (progress, row) = lock(&mut tx, self.id, &self.by).await?;
        moved(&self.desk, &mut tx, row, &progress, (&self.command, &self.by)).await?;
        tx.commit(()).await
    }
}

/// Accepts the version of the other side that was read, and begins the contract of it. It binds nobody until both have
/// signed. Accepting it again finds the same contract.
pub async fn accept(desk: &Desk, id: ProposalId, number: u16, by: &Actor) -> Result<ContractId, Error> {
    let accepting = Accepting {
        desk: desk.clone(),
        id,
        number,
        by: by.clone(),
    };
    desk.write(
        &accepting,
        |accepting, tx| async move { accepting.keep(tx).await },
    )
    .await
    .inspect(|_id| desk.wake())
}

#[derive(Debug, Clone)]
struct Accepting {
    desk: Desk,
    id: ProposalId,
    number: u16,
    by: Actor,
}

impl Accepting {
    async fn keep(&self, mut tx: Tx) -> Result<Done<ContractId>, Error> {
        let (mut progress, row) = lock(&mut tx, self.id, &self.by).await?;
        if let Some(contract) = row.contract {
            return tx.commit(contract).await;
        }
        let input = input(&self.desk, &mut tx, &row, &progress).await?;
        let command = Command::Accept { number: self.number };
        let decision = proposal::decide(&row.proposal, &command, &self.by, &input)?;
        let offer = decision.offer.ok_or(Error::NotFound)?;
        let opening = Opening::new(&self.desk, offer, &self.by);
        let former = row.proposal.version;
        let next = ProposalRow {
            proposal: decision.proposal,
            contract: Some(opening.id),
            ..row
        };
        tx.update_proposal(&next, former).await?;
        progress.contract = Some(opening.id);
        if let Some(event) = decision.request {
            progress::moved(&mut tx, &mut progress, (event, &Actor::Clock), input.now).await?;
        }
        told(&self.desk, &mut tx, &next, &self.by).await?;
        let (last, answer) = opening.begin_in(&mut tx).await?;
        tx.commit_last(last, answer.contract).await
    }
}

/// Closes every open proposal about a request that is over; their experts are told.
pub(crate) async fn close_all(desk: &Desk, tx: &mut Tx, request: RequestId) -> Result<(), Error> {
    let progress = tx.progress(request).await?.ok_or(Error::NotFound)?;
    for found in tx.proposals_about(request).await? {
        if found.proposal.stage.is_over() {
            continue;
        }
        let row = tx
            .lock_proposal(found.proposal.id)
            .await?
            .ok_or(Error::NotFound)?;
        moved(desk, tx, row, &progress, (&Command::Close, &Actor::Clock)).await?;
    }
    Ok(())
}

/// Decides a command that makes no contract, and keeps what becomes of a proposal that is locked.
async fn moved(
    desk: &Desk,
    tx: &mut Tx,
    row: ProposalRow,
    progress: &ProgressRow,
    (command, by): (&Command, &Actor),
) -> Result<(), Error> {
    let input = input(desk, tx, &row, progress).await?;
    let decision = proposal::decide(&row.proposal, command, by, &input)?;
    let former = row.proposal.version;
    let next = ProposalRow {
        proposal: decision.proposal,
        ..row
    };
    tx.update_proposal(&next, former).await?;
    if !decision.notices.is_empty() {
        told(desk, tx, &next, by).await?;
    }
    Ok(())
}

/// Ends proposals that nobody answered in time; says how many.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.due_proposals(now).await });
    let mut done = 0;
    for row in read.await? {
        let command = Command::Expire {
            entry_no: row.proposal.entry_no,
        };
        done += settled(step(desk, row.proposal.id, command, &Actor::Clock).await)?;
    }
    Ok(done)
}

/// First the request, then the proposal: everybody locks in this order. Not one of the two: it does not exist.
async fn lock(tx: &mut Tx, id: ProposalId, by: &Actor) -> Result<(ProgressRow, ProposalRow), Error> {
    let found = tx.proposal(id).await?.ok_or(Error::NotFound)?;
    let progress = tx.lock_progress(found.proposal.request).await?;
    let row = tx.lock_proposal(id).await?.ok_or(Error::NotFound)?;
    if let Actor::Person { id } = by
        && *id != row.proposal.client
        && *id != row.proposal.expert
    {
        return Err(Error::NotFound);
    }
    Ok((progress.ok_or(Error::NotFound)?, row))
}

/// What a decision about a proposal is made from.
async fn input(desk: &Desk, tx: &mut Tx, row: &ProposalRow, progress: &ProgressRow) -> Result<Input, Error> {
    let one = &row.proposal;
    let mut terms = desk.terms.clone();
    if tx.is_known_client(one.client).await? {
        terms.clearance_days = terms.clearance_days.min(desk.known_clearance_days);
    }
    let facts = Facts {
        request: progress.progress.stage,
        acceptance_items: u16::try_from(progress.acceptance.len()).unwrap_or(u16::MAX),
        open_proposals: tx.open_proposals_of(one.expert, one.id).await?,
        most_open_proposals: OPEN_PROPOSALS,
        terms,
    };
    Ok(Input::new(desk.now(), desk.seed(), facts))
}

/// Whoever did not act hears of it, and so do the programs of both.
async fn told(desk: &Desk, tx: &mut Tx, row: &ProposalRow, by: &Actor) -> Result<(), Error> {
    let one = &row.proposal;
    webhook::proposal(desk, tx, row).await?;
    for person in [one.client, one.expert] {
        if matches!(by, Actor::Person { id } if *id == person) {
            continue;
        }
        if let Some(person) = tx.person(person).await? {
            let letter = mail::proposal_is(desk, &person, one.stage, row.conversation);
            if notice::wants(tx, person.id, Topic::Proposals).await? {
                letter.keep(tx, desk.now()).await?;
            }
        }
    }
    Ok(())
}

/// A proposal as one of its two sees it. To others it does not exist.
pub async fn show(desk: &Desk, id: ProposalId, person: PersonId) -> Result<ProposalRow, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.proposal(id).await });
    let row = read.await?.ok_or(Error::NotFound)?;
    if row.proposal.client == person || row.proposal.expert == person {
        Ok(row)
    } else {
        Err(Error::NotFound)
    }
}

/// The proposals about a request that a person is part of: all of them for its client, their own for an expert.
pub async fn about(desk: &Desk, request: RequestId, person: PersonId) -> Result<Vec<ProposalRow>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.proposals_about(request).await });
    let mut rows = read.await?;
    rows.retain(|row| row.proposal.client == person || row.proposal.expert == person);
    Ok(rows)
}

#[cfg(test)]
mod tests;
