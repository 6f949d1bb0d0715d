//! Experts: saving and moving profiles, vetting them, and finding those that others may see.

pub mod import;
mod index;
mod shelf;
mod words;

use std::collections::BTreeSet;

use earnest_hire::expert::{Check, Decision, Draft, Expert, No, Profile, Standing, Vetting};
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::money::Currency;
use earnest_hire::person::Person;
use earnest_store::{AuditRow, Done, ExpertRow, Tx};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::index::{
    ABOUT_POINTS, EVIDENCE_AT_MOST, FACETS, Found, HEADLINE_POINTS, Query, SHOWN, SKILL_POINTS, Sort, search,
    warm,
};
pub(crate) use self::index::{Index, picked};
pub(crate) use self::shelf::Shelf;
use crate::Error;
use crate::desk::Desk;
use crate::office::LISTED;

/// A profile with what the office made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The record and its name.
    pub row: ExpertRow,
    /// The last decision first.
    pub vettings: Vec<Vetting>,
}

/// What an expert does with their own profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sends it to the office.
    Submit,
    /// Puts it away.
    Hide,
    /// Shows it again.
    Show,
}

/// What an operator decided, as typed.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Of the profile that was looked at.
    pub version: i64,
    /// What is to come of it.
    pub decision: Decision,
    /// What does not hold.
    pub failed: BTreeSet<Check>,
    /// For the expert.
    pub reasons: String,
}

impl From<No> for Error {
    fn from(no: No) -> Self {
        Self::Conflict {
            code: no.code,
            sentence: no.sentence,
        }
    }
}

/// The profile of a person with its decisions, for themself and the office.
pub async fn file(desk: &Desk, person: PersonId) -> Result<Option<File>, Error> {
    let read = desk.store.read(move |mut view| async move {
        let Some(row) = view.expert(person).await? else {
            return Ok::<_, earnest_store::Error>(None);
        };
        let vettings = view.vettings(person).await?;
        Ok(Some(File { row, vettings }))
    });
    Ok(read.await?)
}

/// A profile as its page shows it: to everybody while it is visible, to its owner and the office always.
pub async fn page(desk: &Desk, id: PersonId, visitor: Option<&Person>) -> Result<ExpertRow, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.expert(id).await });
    let row = read.await?.ok_or(Error::NotFound)?;
    let insider = visitor.is_some_and(|who| who.id == id || who.roles.any());
    if row.expert.standing == Standing::Visible || insider {
        Ok(row)
    } else {
        Err(Error::NotFound)
    }
}

/// Saves what was typed, if it is a profile. `seen` is the version that the form was filled from, 0 where there was none.
pub async fn save(desk: &Desk, person: PersonId, draft: &Draft, seen: i64) -> Result<Expert, Error> {
    let profile = check(draft, today(desk), desk.currency)?;
    let saving = Saving {
        person,
        profile,
        seen,
        now: desk.now(),
    };
    desk.write(&saving, |saving, tx| async move { saving.keep(tx).await })
        .await
}

fn check(draft: &Draft, today: Date, currency: Currency) -> Result<Profile, Error> {
    draft.check(today, currency).map_err(Error::Invalid)
}

fn today(desk: &Desk) -> Date {
    desk.now().to_zoned(TimeZone::UTC).date()
}

#[derive(Debug, Clone)]
struct Saving {
    person: PersonId,
    profile: Profile,
    seen: i64,
    now: Timestamp,
}

impl Saving {
    async fn keep(self, mut tx: Tx) -> Result<Done<Expert>, Error> {
        let expert = match tx.expert(self.person).await? {
            None => {
                let expert = Expert::new(self.person, self.profile, self.now);
                tx.insert_expert(&expert).await?;
                expert
            }
            Some(row) => {
                let expert = row.expert.edit(self.profile, self.now);
                tx.update_expert(&expert, self.seen).await?;
                expert
            }
        };
        tx.commit(expert).await
    }
}

/// Moves the profile of whoever asks.
pub async fn act(desk: &Desk, person: PersonId, act: Act) -> Result<Expert, Error> {
    let moving = (person, act, desk.now());
    let moved = desk.write(&moving, |(person, act, now), mut tx| async move {
        let expert = tx.expert(person).await?.ok_or(Error::NotFound)?.expert;
        let seen = expert.version;
        let expert = match act {
            Act::Submit => expert.submit(now),
            Act::Hide => expert.hide(now),
            Act::Show => expert.show(now),
        }?;
        tx.update_expert(&expert, seen).await?;
        tx.commit(expert).await
    });
    moved.await
}

/// Profiles the office is to look at, which have waited longest first.
pub async fn due(desk: &Desk) -> Result<Vec<ExpertRow>, Error> {
    let read = desk
        .store
        .read(|mut view| async move { view.experts_due(LISTED).await });
    Ok(read.await?)
}

/// Decides about a profile that an operator has looked at; not where it was changed since.
pub async fn vet(desk: &Desk, by: &Person, person: PersonId, verdict: &Verdict) -> Result<Expert, Error> {
    let now = desk.now();
    let (failed, reasons) = (verdict.failed.clone(), verdict.reasons.as_str());
    let vetting = Vetting::check((by.id, now), verdict.decision, failed, reasons)
        .map_err(|fault| Error::Invalid(vec![fault]))?;
    let deciding = Deciding {
        audit: AuditRow {
            id: Ids::new(now, desk.seed()).audit(),
            at: now,
            by: by.id,
            person,
            act: match vetting.decision {
                Decision::Approved => "Looked at your expert profile and let it through.",
                Decision::Refused => "Looked at your expert profile and did not let it through.",
            }
            .to_owned(),
            reasons: vetting.reasons.clone().unwrap_or_default(),
        },
        by: by.clone(),
        seen: verdict.version,
        vetting,
    };
    let decided = desk.write(&deciding, |deciding, tx| async move { deciding.keep(tx).await });
    decided.await
}

#[derive(Debug, Clone)]
struct Deciding {
    audit: AuditRow,
    by: Person,
    seen: i64,
    vetting: Vetting,
}

impl Deciding {
    async fn keep(self, mut tx: Tx) -> Result<Done<Expert>, Error> {
        let row = tx.expert(self.audit.person).await?.ok_or(Error::NotFound)?;
        let expert = row.expert.vet(&self.by, &self.vetting)?;
        tx.update_expert(&expert, self.seen).await?;
        tx.insert_vetting(&expert, &self.vetting).await?;
        tx.insert_audit(&self.audit).await?;
        tx.commit(expert).await
    }
}

/// Those whom others see and who have agreed that search engines find them.
pub async fn agreed_to_be_found(desk: &Desk, most: usize) -> Result<Vec<PersonId>, Error> {
    let pick = |shelf: &Shelf| {
        let agreed = shelf.profiles().filter(|(_, profile)| profile.indexed);
        (Vec::new(), agreed.take(most).map(|(person, _)| person).collect())
    };
    Ok(picked(desk, pick).await?.1)
}

#[cfg(test)]
mod tests;
