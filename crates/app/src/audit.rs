//! The record of what operators did about a person, which that person reads: a line for each act, in its transaction.

use earnest_hire::contract::Actor;
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::payee::Command;
use earnest_store::AuditRow;
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;

/// More than anybody reads in one go.
const SHOWN: u16 = 200;

/// What operators did about a person, the last first, with their names.
pub async fn about(desk: &Desk, person: PersonId) -> Result<Vec<(AuditRow, Option<String>)>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.audit_of(person, SHOWN).await });
    Ok(read.await?)
}

/// An act without reasons of its own, by an operator about a person.
pub(crate) fn line(
    ids: &mut Ids,
    at: Timestamp,
    (by, person): (PersonId, PersonId),
    act: String,
) -> AuditRow {
    AuditRow {
        id: ids.audit(),
        at,
        by,
        person,
        act,
        reasons: String::new(),
    }
}

/// What a command to somebody's money leaves in the record: a line for each operator who gave it, none for a command of
/// anybody else.
pub(crate) fn of_payee(
    (now, seed): (Timestamp, [u8; 16]),
    person: PersonId,
    command: &Command,
    (actor, second): (&Actor, Option<PersonId>),
) -> Vec<AuditRow> {
    let Actor::Operator { id } = actor else {
        return Vec::new();
    };
    let mut ids = Ids::new(now, seed);
    let (act, reasons) = told(command);
    let seconded = format!("As the second operator: {act}");
    let acts = [(Some(*id), act), (second, seconded)];
    let acts = acts.into_iter().filter_map(|(by, act)| Some((by?, act)));
    acts.map(|(by, act)| AuditRow {
        reasons: reasons.clone(),
        ..line(&mut ids, now, (by, person), act)
    })
    .collect()
}

/// A command in words for the person, and its reasons.
fn told(command: &Command) -> (String, String) {
    let (act, reasons) = match command {
        Command::ApproveAccount { .. } => ("Approved the account that you are paid to.", ""),
        Command::HoldPayout { reason, .. } => ("Stopped one of your payouts.", reason.as_str()),
        Command::ReleasePayout { .. } => ("Let a payout go on that had been stopped.", ""),
        Command::CancelPayout { .. } => ("Took back one of your payouts before it was sent.", ""),
        Command::PlaceHold { facts, .. } => ("Placed a hold on your account.", facts.as_str()),
        Command::ExtendHold { reason, .. } => ("Kept a hold on your account longer.", reason.as_str()),
        Command::LiftHold { reason, .. } => ("Lifted a hold on your account.", reason.as_str()),
        Command::AnswerAppeal { reason, .. } => ("Answered your appeal and kept the hold.", reason.as_str()),
        other => {
            let name = other.name().replace('_', " ");
            return (
                format!("Changed something about your money: {name}."),
                String::new(),
            );
        }
    };
    (act.to_owned(), reasons.to_owned())
}
