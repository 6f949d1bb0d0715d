//! Who works in the office: taking away what somebody may do there. Roles are given on the operator's own terminal, by
//! [`crate::account::appoint`].

use earnest_hire::field::{self, Lines};
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::payee::Scope;
use earnest_hire::person::{Person, Role, Roles};
use earnest_hire::refusal::Refusal;
use earnest_store::View;
use jiff::Timestamp;

use crate::Error;
use crate::audit;
use crate::desk::Desk;
use crate::hold;
use crate::payee::Confirmed;

/// Characters of the reasons at most.
pub const REASONS: usize = 2_000;

const OWN_ROLES: Error = Error::Conflict {
    code: "own_roles",
    sentence: "Nobody takes away their own roles: the office could be left without an owner. Another owner has to.",
};
const NO_ROLES: Error = Error::Conflict {
    code: "no_roles",
    sentence: "This person has no role in the office. Nothing was changed.",
};

/// Takes away all that somebody may do in the office, at once and wherever they are signed in. It stands in their record.
///
/// Only an owner may, and nobody for themself, so that one owner is left. What they have proposed is
/// carried out no more: [`crate::motion`] asks for two who may.
pub async fn dismiss(
    desk: &Desk,
    (by, confirmed): (PersonId, Confirmed),
    person: PersonId,
    reasons: &str,
) -> Result<Roles, Error> {
    let missing = "Say why: the person reads it in the record of their account.";
    let reasons = self::reasons(confirmed, reasons, missing)?;
    let asked = (by, person, reasons, desk.now(), desk.seed());
    desk.write(&asked, |(by, person, reasons, now, seed), mut tx| async move {
        // Two owners who dismiss each other: the second finds that they are none any more.
        let mut both = [by, person];
        both.sort_unstable();
        for one in both {
            tx.lock_person(one).await?;
        }
        let owner = tx.person(by).await?.filter(|one| one.roles.may(Role::Owner));
        owner.ok_or(Error::NotFound)?;
        let dismissed = tx.person(person).await?.ok_or(Error::NotFound)?;
        if by == person {
            return Err(OWN_ROLES);
        }
        if !dismissed.roles.any() {
            return Err(NO_ROLES);
        }
        tx.set_roles(person, &Roles::default()).await?;
        let act = format!("Took away what you may do in the office: {}.", dismissed.roles);
        let mut line = audit::line(&mut Ids::new(now, seed), now, (by, person), act);
        line.reasons = reasons;
        tx.insert_audit(&line).await?;
        tx.commit(dismissed.roles).await
    })
    .await
}

/// What an operator gives as the reasons of an act about a person, and that they have just confirmed that it is them.
pub(crate) fn reasons(confirmed: Confirmed, typed: &str, missing: &str) -> Result<String, Error> {
    let reasons = field::reason("reasons", typed, REASONS, Lines::Several, missing);
    let reasons = reasons.map_err(|fault| Error::Invalid(vec![fault]))?;
    match confirmed {
        Confirmed::No => Err(Refusal::SecondFactorMissing.into()),
        Confirmed::Yes => Ok(reasons),
    }
}

/// A person without their roles while a hold stops them from signing in: whoever may not come in has no business in the
/// office either, whatever they have open.
pub(crate) async fn while_held(
    view: &mut View,
    mut person: Person,
    now: Timestamp,
) -> Result<Person, earnest_store::Error> {
    if person.roles.any() && hold::stops(view, person.id, Scope::SignIn, now).await? {
        person.roles = Roles::default();
    }
    Ok(person)
}

#[cfg(test)]
mod tests;
