//! The record of what operators did about a person, which that person reads: a line for each act, in its transaction.

use earnest_hire::contract::{Actor, Command as OfContract, Contract};
use earnest_hire::ids::{AuditId, Ids, PersonId};
use earnest_hire::payee::Command;
use earnest_store::{AuditRow, LoggedRow, Tx};
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::paging::{one_more, page};

/// A line of a person's record with the name of whoever did it, where they have one.
pub type Line = (AuditRow, Option<String>);

/// Acts that are read in one go.
pub const SHOWN: u16 = 100;

/// What was done about a person, the last first, what came before `before` where it is given; and where to go on, where
/// there is more.
pub async fn about(
    desk: &Desk,
    person: PersonId,
    before: Option<AuditId>,
    limit: u16,
) -> Result<(Vec<Line>, Option<AuditId>), Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.audit_of(person, before, one_more(limit)).await });
    Ok(page(read.await?, limit, |(row, _)| row.id))
}

/// What all operators did, in the same way; for whoever watches over them.
pub async fn log(
    desk: &Desk,
    before: Option<AuditId>,
    limit: u16,
) -> Result<(Vec<LoggedRow>, Option<AuditId>), Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.audit_log(before, one_more(limit)).await });
    Ok(page(read.await?, limit, |one| one.row.id))
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

/// What a person did to their own account, in their own record: they are to notice when it was somebody else.
pub(crate) async fn own(
    tx: &mut Tx,
    (at, seed): (Timestamp, [u8; 16]),
    person: PersonId,
    act: String,
) -> Result<(), Error> {
    let line = line(&mut Ids::new(at, seed), at, (person, person), act);
    Ok(tx.insert_audit(&line).await?)
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

/// What a command to a contract leaves in the records of both parties: a line for each operator who gave it, none for a
/// command of anybody else.
pub(crate) fn of_contract(
    (now, seed): (Timestamp, [u8; 16]),
    contract: &Contract,
    command: &OfContract,
    (actor, second): (&Actor, Option<PersonId>),
) -> Vec<AuditRow> {
    let Actor::Operator { id } = actor else {
        return Vec::new();
    };
    let mut ids = Ids::new(now, seed);
    let (act, reasons) = told_of_contract(contract, command);
    let acts = [
        (Some(*id), act.clone()),
        (second, format!("As the second operator: {act}")),
    ];
    let acts = acts.into_iter().filter_map(|(by, act)| Some((by?, act)));
    let mut lines = Vec::new();
    for (by, act) in acts {
        for person in [contract.client, contract.expert] {
            lines.push(AuditRow {
                reasons: reasons.clone(),
                ..line(&mut ids, now, (by, person), act.clone())
            });
        }
    }
    lines
}

/// A command to a contract in words for its parties, and its reasons.
fn told_of_contract(contract: &Contract, command: &OfContract) -> (String, String) {
    let title = |id| {
        let milestone = contract.milestone(id).ok();
        milestone.map_or("a milestone", |one| one.plan.title.as_str())
    };
    match command {
        OfContract::DecideDispute {
            milestone,
            to_expert,
            to_client,
            reasons,
            ..
        } => {
            let write = |sum: &earnest_hire::money::Money| {
                sum.currency.sum(earnest_hire::money::Minor(sum.amount_minor))
            };
            let act = format!(
                "Decided the dispute about “{}”: {} to the expert, {} back to the client.",
                title(*milestone),
                write(to_expert),
                write(to_client)
            );
            (act, reasons.clone())
        }
        OfContract::OpenDispute {
            milestone, reason, ..
        } => (
            format!("Opened a dispute about “{}”.", title(*milestone)),
            reason.clone(),
        ),
        OfContract::HoldContract { reason, finding } => {
            let facts = finding.as_ref().map_or(reason, |finding| &finding.facts);
            (
                format!("Put the contract about “{}” on hold.", named(contract)),
                facts.clone(),
            )
        }
        OfContract::ExtendContractHold { reason, .. } => (
            format!("Kept the contract about “{}” on hold longer.", named(contract)),
            reason.clone(),
        ),
        OfContract::Resume { reason } => (
            format!("Let the contract about “{}” go on.", named(contract)),
            reason.clone().unwrap_or_default(),
        ),
        OfContract::AnswerContractHold { reason, .. } => (
            format!(
                "Answered a complaint about the hold on the contract about “{}”.",
                named(contract)
            ),
            reason.clone(),
        ),
        OfContract::AssignReceipt { .. } => (
            "Found that a transfer without a reference belongs to a payment of your contract.".to_owned(),
            String::new(),
        ),
        OfContract::MoveToBank { .. } => (
            "Noted that the money of a payment of your contract is kept in the bank account now.".to_owned(),
            String::new(),
        ),
        other => {
            let name = other.name().replace('_', " ");
            (
                format!("Changed something about your contract: {name}."),
                String::new(),
            )
        }
    }
}

fn named(contract: &Contract) -> &str {
    contract.title().unwrap_or("a milestone")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{desks, person};

    #[tokio::test]
    async fn a_long_record_is_read_to_its_end() {
        for (desk, _outside, _home) in desks().await {
            let ada = person(&desk, "Ada").await.id;
            let kept = desk.store.write(move |mut tx| async move {
                for number in 0..=SHOWN {
                    let mut seed = [0; 16];
                    seed[..2].copy_from_slice(&number.to_be_bytes());
                    own(&mut tx, (Timestamp::UNIX_EPOCH, seed), ada, number.to_string()).await?;
                }
                tx.commit::<_, Error>(()).await
            });
            kept.await.unwrap();
            let (newest, next) = about(&desk, ada, None, SHOWN).await.unwrap();
            assert_eq!(newest.len(), usize::from(SHOWN));
            let (oldest, end) = about(&desk, ada, next, SHOWN).await.unwrap();
            assert_eq!((oldest.len(), end), (1, None));
            let all: std::collections::BTreeSet<String> =
                newest.into_iter().chain(oldest).map(|(row, _)| row.act).collect();
            assert_eq!(all.len(), usize::from(SHOWN) + 1);
        }
    }
}
