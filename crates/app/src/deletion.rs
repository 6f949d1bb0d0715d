//! Going for good: somebody asks, a week goes by in which they can stay, then all that is personal is emptied. The books
//! and the contracts stay whole, and know the person by an id alone.

use earnest_hire::contract::{ChargebackState, Contract};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::payee::Payee;
use earnest_hire::person::{Email, Person};
use earnest_hire::refusal::Refusal;
use earnest_hire::span::after;
use earnest_store::{DeletionRow, Done, Tx, Unfinished, View};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::desk::Desk;
use crate::mail;
use crate::payee::Confirmed;

/// How long somebody can change their mind.
pub const COOLS_OFF: SignedDuration = SignedDuration::from_hours(7 * 24);
/// When it is tried again where something has come in the way meanwhile.
const TRIED_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Contracts that are looked at together.
const TOGETHER: u16 = 50;

/// Why somebody cannot go yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They work in the office.
    Office,
    /// A contract has not ended.
    Contracts,
    /// A milestone is disputed.
    Disputes,
    /// A payment is taken back by a bank, and that is not decided.
    Chargebacks,
    /// Money is held for them, is theirs, is on its way, or is owed.
    Money,
    /// Their money is stopped.
    Holds,
    /// A request of theirs is not over.
    Requests,
    /// A proposal of theirs is not over.
    Proposals,
}

impl Reason {
    /// The stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Office => "works_in_office",
            Self::Contracts => "contracts_running",
            Self::Disputes => "disputes_open",
            Self::Chargebacks => "chargebacks_open",
            Self::Money => "money_left",
            Self::Holds => "holds_stand",
            Self::Requests => "requests_open",
            Self::Proposals => "proposals_open",
        }
    }

    /// What is in the way and what to do about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Office => "You work in the office. Let another owner take your roles away first.",
            Self::Contracts => {
                "A contract of yours has not ended. End it, or decline or withdraw what is not signed; then come back."
            }
            Self::Disputes => "A milestone of yours is disputed. Wait for the decision, or settle it.",
            Self::Chargebacks => {
                "A bank is taking back a payment of a contract of yours. Wait until that is decided."
            }
            Self::Money => {
                "There is money of yours here, on its way, or owed. Have it paid out on your balance page, or pay what you owe."
            }
            Self::Holds => "A hold stands on your money. See what is stopped, and answer it.",
            Self::Requests => "A request of yours is open. Close it first.",
            Self::Proposals => "A proposal of yours waits for an answer. Withdraw it first.",
        }
    }

    /// As an answer to whoever asks in spite of it.
    pub fn refusal(self) -> Error {
        Error::Conflict {
            code: self.code(),
            sentence: self.sentence(),
        }
    }
}

/// Nothing to take back.
const NOT_ASKED: Error = Error::Conflict {
    code: "no_deletion",
    sentence: "You have not asked for your account to be deleted. Nothing was changed.",
};

/// How somebody stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Since when and until when, where they have asked.
    pub asked: Option<DeletionRow>,
    /// What is in the way; empty where nothing is.
    pub reasons: Vec<Reason>,
}

/// Whether a person has asked to go, and what is in the way.
pub async fn look(desk: &Desk, person: &Person) -> Result<Leaving, Error> {
    let (person, now) = (person.clone(), desk.now());
    let read = desk.store.read(move |mut view| {
        let person = person.clone();
        async move {
            Ok::<_, earnest_store::Error>(Leaving {
                asked: view.deletion(person.id).await?,
                reasons: reasons(&mut view, &person, now).await?,
            })
        }
    });
    Ok(read.await?)
}

/// Asks for a person's account to be deleted, a week from now. `typed` is their address, to be sure that it is this account.
pub async fn ask(
    desk: &Desk,
    person: &Person,
    typed: &str,
    confirmed: Confirmed,
) -> Result<DeletionRow, Error> {
    let is_theirs = Email::typed(typed).is_ok_and(|email| email == person.email);
    if !is_theirs {
        let sentence = "Type the address of this account, as it stands above.";
        return Err(Error::Invalid(vec![FieldRefusal::new(
            "email", "differs", sentence,
        )]));
    }
    let now = desk.now();
    let asking = Asking {
        person: person.clone(),
        confirmed,
        row: DeletionRow {
            person: person.id,
            asked_at: now,
            due_at: after(now, COOLS_OFF),
            done_at: None,
        },
        letter: mail::leaving(desk, person, after(now, COOLS_OFF)),
    };
    let asked = desk.write(&asking, |asking, tx| async move { asking.keep(tx).await });
    asked.await.inspect(|_row| desk.wake())
}

#[derive(Debug, Clone)]
struct Asking {
    person: Person,
    confirmed: Confirmed,
    row: DeletionRow,
    letter: mail::Letter,
}

impl Asking {
    async fn keep(&self, mut tx: Tx) -> Result<Done<DeletionRow>, Error> {
        tx.lock_person(self.person.id).await?;
        let factor = tx.second_factor(self.person.id).await?;
        if factor.is_some_and(|factor| factor.since.is_some()) && self.confirmed == Confirmed::No {
            return Err(Refusal::SecondFactorMissing.into());
        }
        if let Some(reason) = reasons(&mut tx, &self.person, self.row.asked_at).await?.first() {
            return Err(reason.refusal());
        }
        if !tx.ask_deletion(&self.row).await? {
            let known = tx.deletion(self.person.id).await?.ok_or(Error::NotFound)?;
            return tx.commit(known).await;
        }
        self.letter.keep(&mut tx, self.row.asked_at).await?;
        tx.commit(self.row).await
    }
}

/// They stay.
pub async fn cancel(desk: &Desk, person: PersonId) -> Result<(), Error> {
    desk.write(&person, |person, mut tx| async move {
        if !tx.cancel_deletion(person).await? {
            return Err(NOT_ASKED);
        }
        tx.commit(()).await
    })
    .await
}

/// Deletes whose time has come; says how many were looked at. Where something is in the way by now it is tried again a day
/// later, and the person's page says what it is.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.due_deletions(now, TOGETHER).await });
    let due = read.await?;
    for row in &due {
        let going = (row.person, now, desk.seed());
        let gone = desk.write(&going, |(person, now, seed), tx| async move {
            go(tx, person, now, seed).await
        });
        match gone.await? {
            Ok(()) => {
                tracing::info!(person.id = %row.person, "an account was deleted, as its owner had asked");
            }
            Err(reason) => tracing::info!(
                person.id = %row.person,
                reason = reason.code(),
                "an account is not deleted yet; it is tried again tomorrow"
            ),
        }
    }
    Ok(due.len())
}

async fn go(
    mut tx: Tx,
    id: PersonId,
    now: Timestamp,
    seed: [u8; 16],
) -> Result<Done<Result<(), Reason>>, Error> {
    tx.lock_person(id).await?;
    let person = tx.person(id).await?.ok_or(Error::NotFound)?;
    // Whoever has changed their mind, or was deleted by another node, is looked for again under the lock.
    let still = tx.deletion(id).await?;
    if still.is_none_or(|row| row.done_at.is_some() || row.due_at > now) {
        return tx.commit(Ok(())).await;
    }
    if let Some(reason) = reasons(&mut tx, &person, now).await?.first().copied() {
        tx.put_off_deletion(id, after(now, TRIED_AGAIN)).await?;
        return tx.commit(Err(reason)).await;
    }
    tx.delete_person(&person, now, seed).await?;
    tx.commit(Ok(())).await
}

/// Everything that is in the way.
async fn reasons(
    view: &mut View,
    person: &Person,
    now: Timestamp,
) -> Result<Vec<Reason>, earnest_store::Error> {
    let unfinished = view.unfinished(person.id).await?;
    let holds = view
        .payee(person.id)
        .await?
        .is_some_and(|payee| stands(&payee, now));
    let chargebacks = has_chargeback(view, person.id).await?;
    let Unfinished {
        contracts,
        disputes,
        accounts,
        requests,
        proposals,
    } = unfinished;
    let all = [
        (person.roles.any(), Reason::Office),
        (contracts > 0, Reason::Contracts),
        (disputes > 0, Reason::Disputes),
        (chargebacks, Reason::Chargebacks),
        (accounts > 0, Reason::Money),
        (holds, Reason::Holds),
        (requests > 0, Reason::Requests),
        (proposals > 0, Reason::Proposals),
    ];
    Ok(all
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, reason)| reason)
        .collect())
}

fn stands(payee: &Payee, now: Timestamp) -> bool {
    payee.holds.iter().any(|hold| hold.stands(now))
}

/// One can be open long after its contract has ended.
async fn has_chargeback(view: &mut View, person: PersonId) -> Result<bool, earnest_store::Error> {
    let mut before: Option<ContractId> = None;
    loop {
        let contracts = view.contracts_of(person, before, TOGETHER).await?;
        let Some(last) = contracts.last() else {
            return Ok(false);
        };
        before = Some(last.id);
        let is_open = |contract: &Contract| {
            let mut all = contract.chargebacks.iter();
            all.any(|one| one.state == ChargebackState::Open)
        };
        if contracts.iter().any(is_open) {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests;
