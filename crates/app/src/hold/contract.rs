//! Holds on contracts as the office works through them, and what the parties say to them.

use std::collections::{BTreeMap, BTreeSet};

use earnest_hire::contract::{Actor, Command, Contract, Finding, Hold};
use earnest_hire::field::Faults;
use earnest_hire::ids::{ContractId, HoldId, PersonId};
use earnest_hire::refusal::Refusal;
use earnest_hire::span::{after, days};

use super::lifted::{self, Lifted};
use super::{both, ends_in, key, read_facts, read_reason, read_rule, text};
use crate::Error;
use crate::contract::{Also, act as act_on};
use crate::desk::Desk;
use crate::motion::{self, Given, What};
use crate::payee::Who;

/// Why a contract is held: the stable word, and what it says to the parties.
pub const REASONS: [(&str, &str); 5] = [
    ("identity", "It is not clear who one of you is."),
    ("payment", "A payment of this contract has to be looked at."),
    ("conduct", "Something in this contract may break the terms."),
    ("fraud", "There are signs of fraud in this contract."),
    ("authority", "An authority has asked for it."),
];

/// A hold with its contract.
#[derive(Debug, Clone)]
pub struct Held {
    /// As it stands.
    pub contract: Contract,
    /// One of its holds.
    pub hold: Hold,
    /// By what people are called who stand in it.
    pub names: BTreeMap<PersonId, String>,
    /// Who ended it before its day and why, where somebody did.
    pub lifted: Option<Lifted>,
}

/// Holds that stand, and those about which a party waits for an answer; the one that ends first first.
pub async fn open(desk: &Desk) -> Result<Vec<Held>, Error> {
    let read = desk.store.read(|mut view| async move {
        let mut contracts = Vec::new();
        for one in view.on_hold().await? {
            let deeds = view.lifting(&one.id.to_string()).await?;
            let lifted = lifted::of_contract(&one, &deeds);
            contracts.push((one, lifted));
        }
        let lifters = contracts.iter().flat_map(|(_, lifted)| lifted.values());
        let lifters = lifters.map(|one| one.by);
        let people: BTreeSet<PersonId> = contracts
            .iter()
            .flat_map(|(one, _)| people(one))
            .chain(lifters)
            .collect();
        let names = view.names_of(people).await?;
        Ok::<_, earnest_store::Error>((contracts, names))
    });
    let (contracts, names) = read.await?;
    let mut found = Vec::new();
    for (contract, lifted) in contracts {
        let waiting = contract.holds.iter().filter(|one| one.waits());
        found.extend(waiting.map(|hold| Held {
            contract: contract.clone(),
            hold: hold.clone(),
            names: names.clone(),
            lifted: lifted.get(&hold.id).cloned(),
        }));
    }
    found.sort_by_key(|one| one.hold.ended_at.unwrap_or(one.hold.review_by));
    Ok(found)
}

/// The parties, and the operators who decided.
fn people(contract: &Contract) -> impl Iterator<Item = PersonId> + use<> {
    let operators: Vec<PersonId> = contract.holds.iter().map(|one| one.by).collect();
    [contract.client, contract.expert].into_iter().chain(operators)
}

/// A hold as an operator typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// One of [`REASONS`].
    pub reason: String,
    /// What was found.
    pub facts: String,
    /// Which rule it breaks.
    pub rule: String,
    /// In how many days it ends by itself.
    pub days: String,
}

/// Puts a contract on hold.
pub async fn place(
    desk: &Desk,
    contract: ContractId,
    typed: &Typed,
    who: Who<'_>,
    once: &str,
) -> Result<Given, Error> {
    let mut faults = Faults::default();
    let reason = faults.note(read_reason(&REASONS, &typed.reason));
    let facts = faults.note(read_facts(&typed.facts));
    let rule = faults.note(read_rule(&typed.rule));
    let ends = faults.note(ends_in(&typed.days));
    let (Some(reason), Some(facts), Some(rule), Some(ends)) = (reason, facts, rule, ends) else {
        return Err(Error::Invalid(faults.all()));
    };
    let command = Command::HoldContract {
        reason,
        finding: Some(Finding {
            facts,
            rule,
            review_by: after(desk.now(), days(ends)),
            second: None,
        }),
    };
    give(desk, contract, command, who, once).await
}

/// What an operator does about a hold that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Keeps it for so many days more.
    Extend(String),
    /// Ends it.
    Lift,
    /// Answers the party who complained, and keeps it where it stands.
    Answer(PersonId),
}

/// Does it, with reasons that the parties read.
pub async fn act(
    desk: &Desk,
    (contract, hold): (&Contract, HoldId),
    (act, reason): (&Act, &str),
    who: Who<'_>,
    once: &str,
) -> Result<Given, Error> {
    let reason = super::reason("reason", reason, "Say why. Both parties read it.");
    let ends = match act {
        Act::Extend(typed) => ends_in(typed),
        Act::Lift | Act::Answer(_) => Ok(0),
    };
    let (reason, ends) = both(reason, ends).map_err(Error::Invalid)?;
    let review_by = after(desk.now(), days(ends));
    let command = match *act {
        Act::Extend(_) => {
            super::longer(review_by, Some(contract.hold(hold)?.review_by))?;
            Command::ExtendContractHold {
                hold,
                reason,
                review_by,
                second: None,
            }
        }
        Act::Lift => {
            // A repetition finds it ended: then its key says what was answered.
            let is_over = contract.hold(hold)?.ended_at.is_some();
            if is_over && contract.held().is_some() {
                return Err(Refusal::NotOnHold.into());
            }
            Command::Resume { reason: Some(reason) }
        }
        Act::Answer(party) => Command::AnswerContractHold { hold, party, reason },
    };
    give(desk, contract.id, command, who, once).await
}

/// What a party says to a hold, once.
pub async fn appeal(
    desk: &Desk,
    (contract, hold): (ContractId, HoldId),
    party: PersonId,
    reason: &str,
    once: &str,
) -> Result<(), Error> {
    let missing = "Say what is wrong about it.";
    let reason = text("reason", reason, missing).map_err(|fault| Error::Invalid(vec![fault]))?;
    let (command, actor) = (
        Command::AppealContractHold { hold, reason },
        Actor::Person { id: party },
    );
    let also = Also::Key(key(&actor, contract, &command, once)?);
    act_on(desk, contract, &command, &actor, also).await.map(drop)
}

async fn give(
    desk: &Desk,
    contract: ContractId,
    command: Command,
    who: Who<'_>,
    once: &str,
) -> Result<Given, Error> {
    let also = Also::Key(key(who.actor, contract, &command, once)?);
    motion::give(desk, &What::Contract(contract, command), who, also).await
}

#[cfg(test)]
mod tests;
