//! Deciding again: from the row of an event to all that was kept of it.

use std::collections::BTreeMap;
use std::str::FromStr;

use earnest_hire::bank::{Receipt, ReceiptCommand, ReceiptInput, decide_receipt};
use earnest_hire::contract::{self, Actor, Contract, Earning, Offer, Timer, TimerKind};
use earnest_hire::ids::{ContractId, EventId, PersonId};
use earnest_hire::ledger::Entry;
use earnest_hire::payee::{self, Payee};
use earnest_hire::refusal::Refusal;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::case::{Case, Table};
use crate::chain::EventRow;
use crate::history::json;
use crate::job::{self, Task};

/// Whose history a chain is, as far as it has been decided.
#[derive(Debug)]
pub(super) enum Subject {
    Contract(ContractId, Box<Option<Contract>>),
    Payee(Box<Payee>),
    /// Of a bank account: the receipts that came without a reference.
    Bank(BTreeMap<EventId, Receipt>),
}

/// What is kept of an event, decided anew.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) version: i64,
    pub(super) moved: String,
    pub(super) entry: Option<Entry>,
    pub(super) tasks: Vec<Task>,
    pub(super) timers: Vec<Timer>,
    /// The timer that this event used up, where a timer gave it.
    pub(super) used: Option<Timer>,
    pub(super) earnings: Vec<Earning>,
    /// Earning, amount and day, where one was cleared.
    pub(super) cleared: Option<(String, i64, i64)>,
    /// Payouts that began.
    pub(super) payouts: Vec<String>,
}

/// How a chain begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    command: String,
    offer: Offer,
}

impl Subject {
    /// Whose chain it is, by its id. In which currency a person is paid stands in no command, but in the body, whose hash
    /// every event has.
    pub(super) fn of(case: &Case<'_>) -> Result<Self, (&'static str, String)> {
        if let Ok(id) = ContractId::from_str(case.id) {
            return Ok(Self::Contract(id, Box::default()));
        }
        if case.id.starts_with("bank:") {
            return Ok(Self::Bank(BTreeMap::new()));
        }
        let nobody = || {
            (
                "chain",
                "it is the chain of neither a contract nor a person nor a bank".to_owned(),
            )
        };
        let id = PersonId::from_str(case.id).or(Err(nobody()))?;
        let row = case
            .rows(Table::Party)
            .first()
            .ok_or(("party", "it is missing".to_owned()))?;
        let payee: Payee = read(row.text(2), "body").map_err(|why| ("party", why))?;
        Ok(Self::Payee(Box::new(Payee::new(id, payee.currency))))
    }

    /// Decides what an event says, takes the place that it leads to, and writes the body that it has there. What cannot
    /// be decided ends the history.
    pub(super) fn decide(
        &mut self,
        event: &EventRow<&str>,
        by: &Actor,
        body: &mut Vec<u8>,
    ) -> Result<Decided, String> {
        body.clear();
        match self {
            Self::Contract(id, contract) => {
                let (next, decided) = of_contract(*id, contract.take(), event, by)?;
                write(body, &next)?;
                **contract = Some(next);
                Ok(decided)
            }
            Self::Payee(payee) => {
                let (next, decided) = of_payee(payee, event, by)?;
                write(body, &next)?;
                **payee = next;
                Ok(decided)
            }
            Self::Bank(receipts) => {
                let (receipt, decided) = of_bank(receipts, event, by)?;
                write(body, &receipt)?;
                receipts.insert(receipt.id, receipt);
                Ok(decided)
            }
        }
    }

    /// Whether a timer without a row would still do something: then its deadline has nothing that keeps it.
    pub(super) fn waits_for(&self, timer: &Timer) -> bool {
        let now = timer
            .due_at
            .saturating_add(SignedDuration::from_micros(1))
            .unwrap_or(Timestamp::MAX);
        let (kind, entry_no, due_at) = (timer.kind, timer.entry_no, timer.due_at);
        let subject = timer.subject.clone();
        let refused = match self {
            Self::Bank(_) => return false,
            Self::Contract(_, contract) => {
                let Some(contract) = contract.as_ref() else {
                    return false;
                };
                let command = contract::Command::Timer {
                    kind,
                    subject,
                    entry_no,
                    due_at,
                };
                let input = contract::Input::new(now, [0; 16], contract::Facts::default());
                match contract::decide(contract, &command, &Actor::Clock, &input) {
                    // It was dropped when the payment had failed, and a part of the money came after that.
                    Ok(decision)
                        if kind == TimerKind::PaymentExpires
                            && decision.moved.is_empty()
                            && decision.contract.payments == contract.payments =>
                    {
                        return false;
                    }
                    decided => decided.err(),
                }
            }
            Self::Payee(payee) => {
                let command = payee::Command::Timer {
                    kind,
                    subject,
                    entry_no,
                    due_at,
                };
                let input = payee::Input::new(now, [0; 16], payee::Facts::default());
                payee::decide(payee, &command, &Actor::Clock, &input).err()
            }
        };
        // What a timer is dropped for.
        !matches!(
            refused,
            Some(Refusal::StaleTimer | Refusal::EventWithoutEffect | Refusal::NotFound)
        )
    }
}

fn of_contract(
    id: ContractId,
    former: Option<Contract>,
    event: &EventRow<&str>,
    by: &Actor,
) -> Result<(Contract, Decided), String> {
    let input: contract::Input = read(event.input, "input")?;
    same_moment(event, input.now)?;
    let (decision, kind, used) = if let Some(former) = former {
        let command: contract::Command = read(event.command, "command")?;
        let decision = contract::decide_owned(former, &command, by, &input).map_err(refused)?;
        (decision, command.name(), timer_of_contract(&command))
    } else {
        let begun: Begun = read(event.command, "command")?;
        if begun.command != "offer" {
            return Err("a contract begins with its offer".to_owned());
        }
        (
            contract::offer(id, &begun.offer, &input).map_err(refused)?,
            "offer",
            None,
        )
    };
    let decided = Decided {
        id: decision.event.to_string(),
        kind,
        version: decision.contract.version,
        moved: json(&decision.moved).map_err(told)?,
        tasks: job::of_contract(&decision, event.id, event.kind).map_err(told)?,
        entry: decision.entry,
        timers: decision.timers,
        used,
        earnings: decision.earnings,
        cleared: None,
        payouts: Vec::new(),
    };
    Ok((decision.contract, decided))
}

/// Histories of persons are decided by the rules of payees.
fn of_payee(former: &Payee, event: &EventRow<&str>, by: &Actor) -> Result<(Payee, Decided), String> {
    let input: payee::Input = read(event.input, "input")?;
    same_moment(event, input.now)?;
    let command: payee::Command = read(event.command, "command")?;
    let decision = payee::decide(former, &command, by, &input).map_err(refused)?;
    let cleared = match &command {
        payee::Command::Clear {
            earning,
            amount,
            clears_at,
        } => Some((
            earning.to_string(),
            amount.amount_minor,
            clears_at.as_microsecond(),
        )),
        _ => None,
    };
    let used = match &command {
        payee::Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        } => Some(timer(*kind, subject, *entry_no, *due_at)),
        _ => None,
    };
    let new = decision
        .payee
        .payouts
        .iter()
        .filter(|one| former.payout(one.id).is_err());
    let decided = Decided {
        id: decision.event.to_string(),
        kind: command.name(),
        version: decision.payee.version,
        moved: "[]".to_owned(),
        tasks: job::of_payee(&decision, event.id, event.kind).map_err(told)?,
        payouts: new.map(|one| one.id.to_string()).collect(),
        entry: decision.entry,
        timers: decision.timers,
        used,
        earnings: Vec::new(),
        cleared,
    };
    Ok((decision.payee, decided))
}

/// A receipt is in the chain of the bank that it came into, and what it does there is numbered as the chain is.
fn of_bank(
    receipts: &BTreeMap<EventId, Receipt>,
    event: &EventRow<&str>,
    by: &Actor,
) -> Result<(Receipt, Decided), String> {
    let input: ReceiptInput = read(event.input, "input")?;
    same_moment(event, input.now)?;
    let command: ReceiptCommand = read(event.command, "command")?;
    let former = command.receipt().and_then(|id| receipts.get(&id));
    let decision = decide_receipt(former, &command, by, &input).map_err(refused)?;
    if crate::receipt::chain_of(&decision.receipt) != event.chain {
        return Err("it is about the account of another bank".to_owned());
    }
    let decided = Decided {
        id: decision.event.to_string(),
        kind: command.name(),
        version: event.no,
        moved: "[]".to_owned(),
        tasks: Vec::new(),
        entry: decision.entry,
        timers: Vec::new(),
        used: None,
        earnings: Vec::new(),
        cleared: None,
        payouts: Vec::new(),
    };
    Ok((decision.receipt, decided))
}

fn timer_of_contract(command: &contract::Command) -> Option<Timer> {
    match command {
        contract::Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        } => Some(timer(*kind, subject, *entry_no, *due_at)),
        _ => None,
    }
}

fn timer(kind: TimerKind, subject: &str, entry_no: i64, due_at: Timestamp) -> Timer {
    Timer {
        kind,
        subject: subject.to_owned(),
        entry_no,
        due_at,
    }
}

/// Who acts: mostly one of the few who acted before in the same history.
#[derive(Debug, Default)]
pub(super) struct Actors<'a> {
    known: Vec<(&'a str, Actor)>,
}

impl<'a> Actors<'a> {
    /// So many are known at once.
    const MOST: usize = 8;

    pub(super) fn read(&mut self, text: &'a str) -> Result<Actor, String> {
        if let Some((_, known)) = self.known.iter().find(|(known, _)| *known == text) {
            return Ok(known.clone());
        }
        let actor: Actor = read(text, "actor")?;
        self.known.truncate(Self::MOST - 1);
        self.known.insert(0, (text, actor.clone()));
        Ok(actor)
    }
}

fn write(body: &mut Vec<u8>, state: &impl Serialize) -> Result<(), String> {
    serde_json::to_writer(body, state).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(text: &str, column: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("its {column} cannot be read: {error}"))
}

fn same_moment(event: &EventRow<&str>, now: Timestamp) -> Result<(), String> {
    if now.as_microsecond() == event.at {
        Ok(())
    } else {
        Err("it was decided at another moment than it says".to_owned())
    }
}

fn refused(refusal: Refusal) -> String {
    format!("decided again it is refused: {}", refusal.code())
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err gives")]
fn told(error: crate::Error) -> String {
    error.to_string()
}
