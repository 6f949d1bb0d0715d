//! Who an expert is, where the operator checks it: noted once, with what was looked at, and read by the expert in the record of
//! their account. Before that no work of theirs starts.

use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::person::Role;

use crate::Error;
use crate::audit;
use crate::desk::Desk;
use crate::operator;
use crate::payee::Confirmed;

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
    let reasons = operator::reasons(confirmed, reasons, missing)?;
    let asked = (by, person, reasons, desk.now(), desk.seed());
    desk.write(&asked, |(by, person, reasons, now, seed), mut tx| async move {
        let decides = tx.person(by).await?.filter(|one| one.roles.may(Role::Finance));
        decides.ok_or(Error::NotFound)?;
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
