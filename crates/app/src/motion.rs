//! Motions: what takes two operators, done in two acts. The first proposes, and nothing moves; another seconds it by a
//! command of their own, and only then it is carried out, if what it is about is still what the first had looked at.

mod object;
mod told;

use earnest_hire::bank::{Receipt, ReceiptCommand as OfBank, ReceiptState};
use earnest_hire::contract::{Actor, Command as OfContract, Contract, Lot};
use earnest_hire::ids::{ContractId, Ids, MotionId, PersonId};
use earnest_hire::payee::{Command as OfPayee, Payee};
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use earnest_store::{Done, MotionRow, MotionState, Tx, View};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use self::told::{Told, open_to_second, open_told};
use crate::Error;
use crate::audit;
use crate::bank;
use crate::contract::{self, Also};
use crate::desk::Desk;
use crate::operator;
use crate::payee::{self, Confirmed, Who};
use crate::provider::broken;

/// More motions than anybody leaves lying.
const SHOWN: u16 = 1_000;

/// What is to be done, and to whom. The second operator that stands in the command counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// To a contract.
    Contract(ContractId, OfContract),
    /// To a person's money or account.
    Payee(PersonId, OfPayee),
    /// To a transfer without a reference.
    Bank(OfBank),
}

/// What a motion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Carried {
    /// In a contract.
    Contract(contract::Answer),
    /// Of a person.
    Payee(payee::Answer),
    /// Of a transfer.
    Bank(bank::Answer),
}

const NO_SECOND: Error = Error::Conflict {
    code: "no_second_needed",
    sentence: "This needs no second operator: give the command itself.",
};
const NOT_OPEN: Error = Error::Conflict {
    code: "motion_not_open",
    sentence: "This motion was carried out or dropped already; `earnest motions list` names those that wait.",
};
/// A motion of somebody who may decide such things no more.
pub const PROPOSER_GONE: Error = Error::Conflict {
    code: "proposer_gone",
    sentence: "Whoever proposed this may decide such things no more. Drop it, and propose it anew if it is still right.",
};
const OVERTAKEN: Error = Error::Conflict {
    code: "motion_overtaken",
    sentence: "What this is about has changed since it was proposed. Look at it again and propose it anew.",
};

/// Keeps what one operator wants done, where a second would be enough to have it done now. Nothing else changes.
pub async fn propose(desk: &Desk, what: &What, who: Who<'_>) -> Result<MotionId, Error> {
    let by = operator(who.actor)?;
    let (now, seed) = (desk.now(), desk.seed());
    let mut ids = Ids::new(now, seed);
    let proposal = Proposal {
        id: ids.motion(),
        by,
        at: now,
        weighed: match what {
            What::Contract(id, command) => {
                // Some id that nobody has: whether anybody else would do.
                let command = of_contract(command, PersonId::new(now, [0xFF; 10]))?;
                let asked = contract::Asked::new(desk, *id, (&command, who.actor), Also::Nothing).await?;
                Weighed::Contract(Box::new(asked))
            }
            What::Payee(id, command) => {
                let command = of_payee(command, PersonId::new(now, [0xFF; 10]))?;
                let asked = payee::Asked::new(desk, *id, &command, who, Also::Nothing).await?;
                Weighed::Payee(Box::new(asked))
            }
            What::Bank(command) => {
                let command = of_bank(command, PersonId::new(now, [0xFF; 10]))?;
                Weighed::Bank(Box::new(bank::Asked::new(
                    desk,
                    &command,
                    who.actor,
                    Also::Nothing,
                )))
            }
        },
    };
    desk.write(
        &proposal,
        |proposal, tx| async move { proposal.keep_in(tx).await },
    )
    .await
}

/// What became of a command that an operator gave on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// It was carried out.
    Done,
    /// It takes a second operator, and waits for one.
    Proposed(MotionId),
}

/// Carries out what an operator wants, or proposes it where it takes two. Whoever decides about somebody's money has just
/// confirmed that it is them.
pub async fn give(desk: &Desk, what: &What, who: Who<'_>, also: Also) -> Result<Given, Error> {
    operator(who.actor)?;
    if who.confirmed == Confirmed::No {
        return Err(Refusal::SecondFactorMissing.into());
    }
    let given = match what {
        What::Contract(id, command) => contract::act(desk, *id, command, who.actor, also).await.map(drop),
        What::Payee(id, command) => payee::act(desk, *id, command, who, also).await.map(drop),
        What::Bank(command) => bank::act(desk, command, who.actor, also).await.map(drop),
    };
    match given {
        Err(Error::Refused(Refusal::FourEyes)) => propose(desk, what, who).await.map(Given::Proposed),
        given => given.map(|()| Given::Done),
    }
}

/// A motion with all that is known before anything is locked.
#[derive(Debug, Clone)]
struct Proposal {
    id: MotionId,
    by: PersonId,
    at: Timestamp,
    weighed: Weighed,
}

#[derive(Debug, Clone)]
enum Weighed {
    Contract(Box<contract::Asked>),
    Payee(Box<payee::Asked>),
    Bank(Box<bank::Asked>),
}

/// What an operator who proposes has looked at, and the command without a second.
pub(crate) struct Weight {
    pub(crate) chain: String,
    pub(crate) command: String,
    pub(crate) about: String,
    /// Whether the command would be carried out without a second operator.
    pub(crate) alone: Result<(), Refusal>,
}

impl Proposal {
    async fn keep_in(&self, mut tx: Tx) -> Result<Done<MotionId>, Error> {
        let weight = match &self.weighed {
            Weighed::Contract(asked) => asked.weigh(&mut tx).await?,
            Weighed::Payee(asked) => asked.weigh(&mut tx).await?,
            Weighed::Bank(asked) => asked.weigh(&mut tx).await?,
        };
        match weight.alone {
            Err(Refusal::FourEyes) => {}
            Ok(()) => return Err(NO_SECOND),
            Err(refusal) => return Err(refusal.into()),
        }
        let row = MotionRow {
            id: self.id,
            chain: weight.chain,
            command: weight.command,
            about_sha256: sha256(&weight.about),
            about: weight.about,
            proposed_by: self.by,
            proposed_at: self.at,
            state: MotionState::Open,
        };
        // A second click proposes nothing new; what it is about is locked, and who proposes, so that the first one is seen.
        tx.lock_person(self.by).await?;
        let open = tx.open_motions(SHOWN).await?;
        let same = |one: &&MotionRow| {
            (&one.chain, one.proposed_by, one.about_sha256) == (&row.chain, row.proposed_by, row.about_sha256)
                && without_end(&one.command) == without_end(&row.command)
        };
        if let Some(before) = open.iter().find(same) {
            let id = before.id;
            return tx.commit(id).await;
        }
        if let Some(before) = object::in_the_way(&mut tx, &row, &open).await? {
            return Err(Error::MotionWaits(before));
        }
        tx.insert_motion(&row).await?;
        tx.commit(self.id).await
    }
}

/// Carries a motion out in the name of both operators.
pub async fn second(desk: &Desk, id: MotionId, who: Who<'_>) -> Result<Carried, Error> {
    let by = operator(who.actor)?;
    let read = desk
        .store
        .read(move |mut view| async move { view.motion(id).await });
    let row = read.await?.ok_or(Error::NotFound)?;
    may_second(&row, by)?;
    let first = Actor::Operator { id: row.proposed_by };
    let also = Also::Motion { motion: id, by };
    match what(&row)? {
        What::Contract(contract, command) => {
            let command = of_contract(&command, by)?;
            let answer = contract::act_by_two(desk, contract, &command, &first, also).await;
            answer.map(Carried::Contract)
        }
        What::Payee(person, command) => {
            let command = of_payee(&command, by)?;
            let who = Who {
                actor: &first,
                confirmed: who.confirmed,
            };
            let answer = payee::act_by_two(desk, person, &command, who, also).await;
            answer.map(Carried::Payee)
        }
        What::Bank(command) => {
            let command = of_bank(&command, by)?;
            let answer = bank::act_by_two(desk, &command, &first, also).await;
            answer.map(Carried::Bank)
        }
    }
}

/// Drops a motion, as any operator may.
pub async fn withdraw(desk: &Desk, id: MotionId, who: Who<'_>) -> Result<(), Error> {
    let dropping = Dropping {
        id,
        by: operator(who.actor)?,
        at: desk.now(),
        seed: desk.seed(),
    };
    desk.write(
        &dropping,
        |dropping, tx| async move { dropping.keep_in(tx).await },
    )
    .await
}

#[derive(Debug, Clone)]
struct Dropping {
    id: MotionId,
    by: PersonId,
    at: Timestamp,
    seed: [u8; 16],
}

impl Dropping {
    async fn keep_in(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let row = tx.lock_motion(self.id).await?.ok_or(NOT_OPEN)?;
        if !tx
            .end_motion(self.id, MotionState::Dropped, self.by, self.at)
            .await?
        {
            return Err(NOT_OPEN);
        }
        if let Ok(person) = row.chain.parse() {
            let act = "Dropped what another operator had proposed about you: nothing came of it.";
            let mut ids = Ids::new(self.at, self.seed);
            tx.insert_audit(&audit::line(&mut ids, self.at, (self.by, person), act.to_owned()))
                .await?;
        }
        tx.commit(()).await
    }
}

/// Motions that wait for a second operator, as they are kept.
pub async fn open(desk: &Desk) -> Result<Vec<MotionRow>, Error> {
    let read = desk
        .store
        .read(|mut view| async move { view.open_motions(SHOWN).await });
    Ok(read.await?)
}

fn operator(actor: &Actor) -> Result<PersonId, Error> {
    match actor {
        Actor::Operator { id } => Ok(*id),
        Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => Err(Refusal::OperatorOnly.into()),
    }
}

/// A transfer that still waits for somebody to say whose it is.
async fn open_receipt(
    view: &mut View,
    is: impl Fn(&Receipt) -> bool,
) -> Result<Option<Receipt>, earnest_store::Error> {
    let open = view.receipts(ReceiptState::Open, SHOWN).await?;
    Ok(open.into_iter().find(is))
}

fn what(row: &MotionRow) -> Result<What, Error> {
    if let Ok(id) = row.chain.parse() {
        return Ok(What::Contract(
            id,
            serde_json::from_str(&row.command).map_err(broken)?,
        ));
    }
    if row.chain.starts_with("bank:") {
        return Ok(What::Bank(serde_json::from_str(&row.command).map_err(broken)?));
    }
    let person = row.chain.parse().or(Err(Error::NotFound))?;
    Ok(What::Payee(
        person,
        serde_json::from_str(&row.command).map_err(broken)?,
    ))
}

/// The same command with another second operator; commands that never take two are refused.
fn of_contract(command: &OfContract, by: PersonId) -> Result<OfContract, Error> {
    let mut command = command.clone();
    if let OfContract::MoveToBank { second, .. } = &mut command {
        *second = by;
    } else {
        *command.second().ok_or(NO_SECOND)? = Some(by);
    }
    Ok(command)
}

fn of_bank(command: &OfBank, by: PersonId) -> Result<OfBank, Error> {
    let mut command = command.clone();
    *command.second().ok_or(NO_SECOND)? = Some(by);
    Ok(command)
}

fn of_payee(command: &OfPayee, by: PersonId) -> Result<OfPayee, Error> {
    let mut command = command.clone();
    *command.second().ok_or(NO_SECOND)? = Some(by);
    Ok(command)
}

/// The command as one operator alone would give it; none where it always takes two.
pub(crate) fn alone(command: &OfContract) -> Option<OfContract> {
    if matches!(command, OfContract::MoveToBank { .. }) {
        return None;
    }
    let mut command = command.clone();
    if let Some(second) = command.second() {
        *second = None;
    }
    Some(command)
}

/// What an operator looks at before such a command.
pub(crate) fn about_contract(contract: &Contract, command: &OfContract) -> Result<String, Error> {
    let about = if let OfContract::DecideDispute { milestone, .. } = command {
        serde_json::to_string(contract.milestone(*milestone)?)
    } else if let OfContract::MoveToBank { payment, .. } | OfContract::AssignReceipt { payment, .. } = command
    {
        // What is moved is what lies in funds and what its lots hold; what is assigned adds to them.
        let lots = contract.milestones.iter().flat_map(|one| &one.lots);
        let lots: Vec<&Lot> = lots.filter(|lot| lot.payment == *payment).collect();
        serde_json::to_string(&(contract.payment(*payment)?, lots))
    } else if matches!(
        command,
        OfContract::HoldContract { .. } | OfContract::ExtendContractHold { .. }
    ) {
        serde_json::to_string(&contract.holds)
    } else {
        Ok(String::new())
    };
    about.map_err(broken)
}

/// As [`about_contract`]: the account, the payout, or the holds.
pub(crate) fn about_payee(payee: &Payee, command: &OfPayee) -> Result<String, Error> {
    let about = if let OfPayee::HoldPayout { payout, .. } = command {
        serde_json::to_string(payee.payout(*payout)?)
    } else if matches!(command, OfPayee::ApproveAccount { .. }) {
        serde_json::to_string(&payee.account)
    } else {
        serde_json::to_string(&payee.holds)
    };
    about.map_err(broken)
}

/// Uses a motion up in the transaction of what it asked for, where everything is as it was.
pub(crate) async fn take(
    tx: &mut Tx,
    id: MotionId,
    (by, now): (PersonId, Timestamp),
    about: &str,
) -> Result<(), Error> {
    let row = tx.lock_motion(id).await?.ok_or(Error::NotFound)?;
    may_second(&row, by)?;
    tx.lock_person(row.proposed_by).await?;
    if !still_decides(tx, row.proposed_by, now).await? {
        return Err(PROPOSER_GONE);
    }
    if row.about_sha256 != sha256(about) {
        return Err(OVERTAKEN);
    }
    Ok(())
}

/// Two who may have to agree: whoever has lost the role since, or may not come in, is none of them. Whoever proposed on the
/// operator's own terminal has no account to lose.
async fn still_decides(
    view: &mut View,
    proposer: PersonId,
    now: Timestamp,
) -> Result<bool, earnest_store::Error> {
    match view.person(proposer).await? {
        Some(person) => {
            let person = operator::while_held(view, person, now).await?;
            Ok(person.roles.may(Role::Finance))
        }
        None => Ok(true),
    }
}

fn may_second(row: &MotionRow, by: PersonId) -> Result<(), Error> {
    if row.state != MotionState::Open {
        return Err(NOT_OPEN);
    }
    if row.proposed_by == by {
        return Err(Refusal::SameOperator.into());
    }
    Ok(())
}

/// Whether an operator has seconded a motion before.
pub async fn is_seconded_by(desk: &Desk, id: MotionId, by: PersonId) -> Result<bool, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.seconded_by(id).await });
    Ok(read.await? == Some(by))
}

/// A command without its end: of two clicks the second asks for one that is a moment later.
pub(crate) fn without_end(command: &str) -> Option<serde_json::Value> {
    let mut command: serde_json::Value = serde_json::from_str(command).ok()?;
    let members = command.as_object_mut()?;
    members.remove("review_by");
    if let Some(finding) = members
        .get_mut("finding")
        .and_then(serde_json::Value::as_object_mut)
    {
        finding.remove("review_by");
    }
    Some(command)
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests;
