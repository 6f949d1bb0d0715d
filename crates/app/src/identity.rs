//! Who an expert is, where the operator checks it: noted once, with what was looked at, and read by the expert in the record of
//! their account. Before that no work of theirs starts.

use earnest_hire::field::{self, Lines};
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;

use crate::Error;
use crate::audit;
use crate::desk::Desk;
use crate::payee::Confirmed;

/// Characters of what was looked at, at most.
pub const REASONS: usize = 2_000;

const OWN: Error = Error::Conflict {
    code: "own_identity",
    sentence: "Nobody confirms who they are themself. Another operator has to.",
};
const KNOWN: Error = Error::Conflict {
    code: "identity_known",
    sentence: "Their identity was confirmed before. Nothing was changed.",
};

/// Notes that an operator has seen who somebody is.
pub async fn confirm(
    desk: &Desk,
    (by, confirmed): (PersonId, Confirmed),
    person: PersonId,
    reasons: &str,
) -> Result<(), Error> {
    let missing = "Say what you looked at: the person reads it in the record of their account.";
    let reasons = field::reason("reasons", reasons, REASONS, Lines::Several, missing)
        .map_err(|fault| Error::Invalid(vec![fault]))?;
    if confirmed == Confirmed::No {
        return Err(Refusal::SecondFactorMissing.into());
    }
    let asked = (by, person, reasons, desk.now(), desk.seed());
    desk.write(&asked, |(by, person, reasons, now, seed), mut tx| async move {
        let operator = tx.person(by).await?.filter(|one| one.roles.may(Role::Finance));
        operator.ok_or(Error::NotFound)?;
        tx.person(person).await?.ok_or(Error::NotFound)?;
        if by == person {
            return Err(OWN);
        }
        if tx.lock_party(person).await?.onboarded_at.is_some() {
            return Err(KNOWN);
        }
        tx.onboard(person, now).await?;
        let act = "Confirmed who you are.".to_owned();
        let mut line = audit::line(&mut Ids::new(now, seed), now, (by, person), act);
        line.reasons = reasons;
        tx.insert_audit(&line).await?;
        tx.commit(()).await
    })
    .await
}
