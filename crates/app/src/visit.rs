//! Reading what belongs to other people: an operator says why first, and both reason and reading stand in the record of
//! the people concerned before anything is shown. What waits in a queue of the office is reason enough by itself.

use earnest_hire::contract::Contract;
use earnest_hire::field::{self, FieldRefusal, Lines};
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::person::{Person, Role};
use earnest_hire::span::after;
use earnest_store::{AuditRow, Done, Tx};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::audit;
use crate::desk::Desk;

/// How long a reason is good for; whoever comes back later gives one again.
const LASTS: SignedDuration = SignedDuration::from_hours(1);
/// In which time one operator gives so many reasons about one thing; an hour of work each, and some to spare.
const DAY: SignedDuration = SignedDuration::from_hours(24);
const MOST: i64 = 12;
/// The most characters of a reason.
pub const REASON: usize = 300;
/// The code of the refusal that asks for a reason.
pub const REASON_NEEDED: &str = "visit_reason_missing";

const NEEDED: Error = Error::Conflict {
    code: REASON_NEEDED,
    sentence: "Say first why you look at this: the people concerned read it in their record.",
};

const TOO_MANY: Error = Error::Conflict {
    code: "visits_too_many",
    sentence: "You have given 12 reasons within a day for looking at this, and the people concerned read each of them. Ask another operator to look, or come back tomorrow. Nothing was noted.",
};

/// Whether somebody looks after people or their money. Whoever edits content reads neither.
pub fn may_look(person: &Person) -> bool {
    person.roles.may(Role::Support) || person.roles.may(Role::Finance)
}

/// What an operator reads.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Contract(Box<Contract>),
    Messages(Box<Contract>),
    Person(PersonId),
}

impl Place {
    /// A reading in a sentence; the same reading is the same sentence.
    fn act(&self, by: &Person) -> String {
        match self {
            Self::Contract(contract) => format!("Read the contract {}, as {}.", contract.id, by.roles),
            Self::Messages(contract) => {
                format!(
                    "Read what you two wrote to each other about the contract {}, as {}.",
                    contract.id, by.roles
                )
            }
            Self::Person(_) => format!("Read what is kept about you, as {}.", by.roles),
        }
    }

    fn people(&self) -> Vec<PersonId> {
        match self {
            Self::Contract(contract) | Self::Messages(contract) => vec![contract.client, contract.expert],
            Self::Person(person) => vec![*person],
        }
    }
}

/// What a reading was noted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Because {
    /// The thing is in a queue of the operator's.
    Queue,
    /// They have said so.
    Said,
}

/// A reading as it is noted.
#[derive(Debug, Clone)]
struct Visit {
    by: PersonId,
    people: Vec<PersonId>,
    act: String,
    reason: String,
    because: Because,
    now: Timestamp,
    seed: [u8; 16],
}

impl Visit {
    /// A line in the record of each; none where the same was noted lately. Of one operator about one thing they are so many
    /// in a day: whoever it is about finds what else was done to them.
    async fn keep_in(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        // Of two at the same moment the second finds the first.
        tx.lock_person(self.by).await?;
        let first = self.people.first().copied().ok_or(NEEDED)?;
        let same = match self.because {
            Because::Queue => "",
            Because::Said => &self.reason,
        };
        let (pair, lately) = ((self.by, first), after(self.now, -LASTS));
        if tx.noted_since(pair, (&self.act, same), lately).await? > 0 {
            return tx.commit(()).await;
        }
        let today = after(self.now, -DAY);
        if self.because == Because::Said && tx.noted_since(pair, (&self.act, ""), today).await? >= MOST {
            return Err(TOO_MANY);
        }
        let mut ids = Ids::new(self.now, self.seed);
        for person in &self.people {
            let line = AuditRow {
                reasons: self.reason.clone(),
                ..audit::line(&mut ids, self.now, (self.by, *person), self.act.clone())
            };
            tx.insert_audit(&line).await?;
        }
        tx.commit(()).await
    }
}

/// Lets an operator read on who has said why lately, or whose queue the thing is in, which is noted then.
pub(crate) async fn check(
    desk: &Desk,
    by: &Person,
    place: &Place,
    queue: Option<&'static str>,
) -> Result<(), Error> {
    let Some(first) = place.people().first().copied() else {
        return Err(NEEDED);
    };
    let (act, now) = (place.act(by), desk.now());
    let since = after(now, -LASTS);
    let pair = (by.id, first);
    let read = desk.store.read(move |mut view| {
        let act = act.clone();
        async move { view.noted_since(pair, (&act, ""), since).await }
    });
    if read.await? > 0 {
        return Ok(());
    }
    let because = queue.ok_or(NEEDED)?;
    note(desk, by, place, (because, Because::Queue)).await
}

/// Notes why an operator looks, in the record of everybody concerned.
pub(crate) async fn begin(desk: &Desk, by: &Person, place: &Place, typed: &str) -> Result<(), Error> {
    let missing = "Say in a few words why you look. The people concerned read it.";
    let reason = field::reason("reason", typed, REASON, Lines::One, missing);
    let reason = reason.map_err(|fault: FieldRefusal| Error::Invalid(vec![fault]))?;
    note(desk, by, place, (&reason, Because::Said)).await
}

async fn note(
    desk: &Desk,
    by: &Person,
    place: &Place,
    (reason, because): (&str, Because),
) -> Result<(), Error> {
    let visit = Visit {
        by: by.id,
        people: place.people(),
        act: place.act(by),
        reason: reason.to_owned(),
        because,
        now: desk.now(),
        seed: desk.seed(),
    };
    desk.write(&visit, |visit, tx| async move { visit.keep_in(tx).await })
        .await
}

/// Says why an operator looks at a contract that waits in none of their queues, by its id or that of a milestone in it; they
/// may then read it for an hour.
pub async fn to_contract(desk: &Desk, by: &Person, id: &str, reason: &str) -> Result<(), Error> {
    let contract = contract(desk, by, id).await?;
    begin(desk, by, &Place::Contract(Box::new(contract)), reason).await
}

/// As [`to_contract`], for the page of a person.
pub async fn to_person(desk: &Desk, by: &Person, id: PersonId, reason: &str) -> Result<(), Error> {
    if !may_look(by) {
        return Err(Error::NotFound);
    }
    crate::account::person(desk, id).await?;
    begin(desk, by, &Place::Person(id), reason).await
}

async fn contract(desk: &Desk, by: &Person, id: &str) -> Result<Contract, Error> {
    if !may_look(by) {
        return Err(Error::NotFound);
    }
    let id = id.to_owned();
    let read = desk.store.read(move |mut view| {
        let id = id.clone();
        async move {
            match view.contract_of(&id).await? {
                Some(id) => view.contract(id).await,
                None => Ok(None),
            }
        }
    });
    let found: Result<_, earnest_store::Error> = read.await;
    found?.ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests;
