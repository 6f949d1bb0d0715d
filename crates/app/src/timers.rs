//! What happens by itself. Any node may look; whoever makes a timer happen deletes its row in the same transaction, so it
//! happens once.

use earnest_hire::contract::{Actor, Command as OfContract, Contract, Mail, Milestone, State, TimerKind};
use earnest_hire::ids::{ContractId, MilestoneId};
use earnest_hire::money::Money;
use earnest_hire::payee::Command as OfPayee;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::{HOUR, after};
use earnest_store::DueTimer;
use jiff::Timestamp;

use crate::Error;
use crate::contract::{self, Also};
use crate::desk::Desk;
use crate::notice;
use crate::payee::{self, Who};

/// Fires timers that are due, the oldest first; says how many were looked at. One that cannot be fired does not hold up
/// the others: its cause is logged, and it waits for an hour.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let due = desk
        .store
        .read(move |mut view| async move { view.due_timers(now, 100).await })
        .await?;
    let count = due.len();
    for timer in due {
        let (id, chain) = (timer.id.clone(), timer.chain.clone());
        match fire(desk, timer).await {
            Ok(_fired) => {}
            Err(error @ (Error::Unavailable(_) | Error::Unconfirmed(_))) => return Err(error),
            Err(error) => put_off(desk, (id, &chain), &error.chain()).await?,
        }
    }
    Ok(count)
}

/// It waits, so that others are not held up, and is counted among what an operator watches.
async fn put_off(desk: &Desk, (id, chain): (String, &str), cause: &str) -> Result<(), Error> {
    tracing::error!(
        chain.id = chain,
        timer.id = id,
        cause,
        "the timer {id} of {chain} cannot be fired"
    );
    Ok(desk.store.put_off_timer(id, after(desk.now(), HOUR)).await?)
}

/// What became of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fired {
    /// It happened, and its row is gone.
    Happened,
    /// A rule said no.
    Refused(Refusal),
    /// There is no such row any more, or what it was about is gone.
    Gone,
}

pub(crate) async fn fire(desk: &Desk, due: DueTimer) -> Result<Fired, Error> {
    let fired = if let Ok(contract) = due.chain.parse() {
        let timer = &due.timer;
        if timer.kind == TimerKind::InspectionEnds {
            tell_of_bounced_mail(desk, contract, &due).await?;
        }
        let command = OfContract::Timer {
            kind: timer.kind,
            subject: timer.subject.clone(),
            entry_no: timer.entry_no,
            due_at: timer.due_at,
        };
        let also = Also::Timer(due.id.clone());
        contract::act(desk, contract, &command, &Actor::Clock, also)
            .await
            .map(drop)
    } else {
        of_payee(desk, &due).await
    };
    match fired {
        Ok(()) => Ok(Fired::Happened),
        // Somebody else took it at the same moment.
        Err(Error::Conflict { .. }) => Ok(Fired::Gone),
        Err(Error::NotFound) => {
            desk.store.drop_timer(due.id).await?;
            Ok(Fired::Gone)
        }
        Err(Error::Refused(refusal)) => {
            match refusal {
                Refusal::TimerNotDue => {}
                Refusal::StaleTimer | Refusal::EventWithoutEffect => desk.store.drop_timer(due.id).await?,
                // A rule refuses what its own timer asks for.
                _ => put_off(desk, (due.id, &due.chain), refusal.code()).await?,
            }
            Ok(Fired::Refused(refusal))
        }
        Err(other) => Err(other),
    }
}

/// Before a client's silence counts as approval: whether any letter about it was taken. Asked at the end and not after
/// each letter, since one that is taken later is enough.
async fn tell_of_bounced_mail(desk: &Desk, id: ContractId, due: &DueTimer) -> Result<(), Error> {
    let Ok(milestone) = due.timer.subject.parse::<MilestoneId>() else {
        return Ok(());
    };
    let (now, entry_no) = (desk.now(), due.timer.entry_no);
    let read = desk.store.read(move |mut view| async move {
        let contract = view.contract(id).await?;
        match contract.as_ref().and_then(|one| ending(one, milestone, now)) {
            Some(one) if one.entry_no == entry_no => view.has_bounced(&notice::inspection(one)).await,
            _ => Ok(false),
        }
    });
    if !read.await? {
        return Ok(());
    }
    let bounced = OfContract::MailBounced { milestone };
    match contract::act(desk, id, &bounced, &Actor::Clock, Also::Nothing).await {
        // Somebody was faster: the timer is stale then, or knows it already.
        Ok(_) | Err(Error::Refused(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

/// A milestone whose time to review is over now. It is not where its clock stands still or the client is away: letters to
/// come may be taken then.
fn ending(contract: &Contract, id: MilestoneId, now: Timestamp) -> Option<&Milestone> {
    let milestone = contract.milestone(id).ok()?;
    let State::Submitted {
        inspect_until,
        mail: Mail::Fine,
        ..
    } = milestone.state
    else {
        return None;
    };
    let mut absences = contract.absences.iter();
    let is_away = absences.any(|absence| absence.from <= now && now <= absence.until);
    (now > inspect_until && !is_away && !contract.is_paused()).then_some(milestone)
}

async fn of_payee(desk: &Desk, due: &DueTimer) -> Result<(), Error> {
    let person = due.chain.parse().or(Err(Error::NotFound))?;
    let timer = &due.timer;
    let command = if timer.kind == TimerKind::Clearance {
        let id = timer.subject.parse().or(Err(Error::NotFound))?;
        let earning = desk
            .store
            .read(move |mut view| async move { view.earning(id).await })
            .await?;
        let earning = earning
            .filter(|one| one.cleared_at.is_none())
            .ok_or(Error::NotFound)?;
        let amount = Money {
            amount_minor: earning.amount.0,
            currency: earning.currency,
        };
        OfPayee::Clear {
            earning: id,
            amount,
            clears_at: earning.clears_at,
        }
    } else {
        OfPayee::Timer {
            kind: timer.kind,
            subject: timer.subject.clone(),
            entry_no: timer.entry_no,
            due_at: timer.due_at,
        }
    };
    let also = Also::Timer(due.id.clone());
    payee::act(desk, person, &command, Who::sure(&Actor::Clock), also)
        .await
        .map(drop)
}
