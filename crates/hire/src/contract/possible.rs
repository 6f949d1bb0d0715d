//! What a party may do now: each of its commands is tried on the contract as it is, and nothing of it kept.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::command::{Actor, Command, Input, money};
use super::decide::decide;
use super::kind::Kind;
use super::milestone::Milestone;
use super::offer::Change;
use super::payment::Method;
use super::{Contract, Standing};
use crate::ids::{MilestoneId, PersonId};
use crate::ledger::Name;
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, hours};

/// A command that was tried, with the answer of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// In which milestone; none where it is about the contract.
    pub milestone: Option<MilestoneId>,
    /// With the smallest sums and the shortest texts that it can have.
    pub command: Command,
    /// Whether it would be carried out, or why not.
    pub answer: Result<(), Refusal>,
}

/// Everything that is a party's to do in a contract, with the answer to each. Nothing where the person is no party.
pub fn possible(contract: &Contract, person: PersonId, input: &Input) -> Vec<Tried> {
    let by = Actor::Person { id: person };
    let is_client = person == contract.client;
    if !is_client && person != contract.expert {
        return Vec::new();
    }
    let answer = |milestone, command: Command| Tried {
        milestone,
        answer: decide(contract, &command, &by, input).map(drop),
        command,
    };
    let complaint = contract
        .to_complain_of(person)
        .map(|hold| Command::AppealContractHold {
            hold: hold.id,
            reason: ".".to_owned(),
        });
    let mut tried: Vec<Tried> = of_contract(contract, is_client, input.now)
        .into_iter()
        .chain(complaint)
        .map(|command| answer(None, command))
        .collect();
    for milestone in &contract.milestones {
        let commands = if milestone.state.kind().is_terminal() {
            // Money can still come for it, or come back.
            let back = |one: &Command| is_client && matches!(one, Command::RefundFunds { .. });
            unused(contract, milestone.id).filter(back).collect()
        } else {
            of_milestone(contract, milestone, is_client)
        };
        tried.extend(commands.into_iter().map(|one| answer(Some(milestone.id), one)));
    }
    tried
}

fn of_contract(contract: &Contract, is_client: bool, now: Timestamp) -> Vec<Command> {
    match contract.standing {
        Standing::Offered => {
            let sha256 = contract.sha256.clone();
            return vec![Command::Sign { sha256 }, Command::Decline, Command::Withdraw];
        }
        Standing::Ended | Standing::Declined | Standing::Withdrawn | Standing::Expired => return Vec::new(),
        Standing::Active | Standing::Paused | Standing::Ending => {}
    }
    let mut commands = vec![
        Command::AcceptAmendment,
        Command::RejectAmendment,
        Command::ProposeAmendment {
            change: Change::Pause,
        },
        Command::RESUME,
        Command::End,
    ];
    if is_client {
        let until = after(now, hours(1));
        commands.push(Command::RegisterAbsence { from: now, until });
    }
    commands
}

fn of_milestone(contract: &Contract, one: &Milestone, is_client: bool) -> Vec<Command> {
    let milestone = one.id;
    let currency = contract.currency;
    let (least, nothing) = (money(Minor(1), currency), money(Minor::ZERO, currency));
    let held = money(one.held().unwrap_or_default(), currency);
    let reason = || ".".to_owned();
    let first = if is_client {
        of_client(contract, one)
    } else {
        vec![
            Command::Start { milestone },
            Command::Submit {
                milestone,
                deliverables: 1,
                ticked: (0_u16..)
                    .zip(&one.plan.acceptance)
                    .map(|(number, _)| number)
                    .collect(),
            },
            Command::GiveBack {
                milestone,
                amount: least,
            },
        ]
    };
    let both = [
        Command::AcceptSettlement { milestone },
        Command::RejectSettlement { milestone },
        Command::OfferSettlement {
            milestone,
            to_expert: held,
            to_client: nothing,
        },
        Command::OpenDispute {
            milestone,
            unconditional: nothing,
            offer_to_expert: nothing,
            reason: reason(),
        },
        Command::AnswerDispute {
            milestone,
            unconditional: nothing,
            offer_to_expert: nothing,
        },
        Command::AppealDispute {
            milestone,
            reason: reason(),
        },
        Command::ProposeAmendment {
            change: Change::Drop { milestone },
        },
        Command::Drop { milestone },
    ];
    first.into_iter().chain(both).collect()
}

fn of_client(contract: &Contract, one: &Milestone) -> Vec<Command> {
    let milestone = one.id;
    let least = money(Minor(1), contract.currency);
    let reason = || ".".to_owned();
    let mut commands = vec![
        Command::Approve { milestone },
        Command::Release {
            milestone,
            amount: least,
        },
        Command::RequestChanges {
            milestone,
            unmet: vec![0],
            note: reason(),
        },
        Command::ExtendInspection {
            milestone,
            days: 1,
            reason: reason(),
        },
    ];
    commands.extend(unused(contract, milestone));
    if matches!(one.state.kind(), Kind::Planned | Kind::Funding) || one.to_raise_minor.is_positive() {
        commands.push(Command::Fund {
            milestone,
            provider: Name::none(),
            method: Method::Card,
        });
    }
    commands.push(Command::Cancel { milestone });
    commands
}

/// What can become of money that arrived for a milestone and is not used: of each payment that has some, that it is placed, and
/// that it goes back. Whether the rules allow it is another question.
pub fn unused(contract: &Contract, milestone: MilestoneId) -> impl Iterator<Item = Command> {
    let some = contract
        .payments
        .iter()
        .filter(move |paid| paid.milestone == milestone && paid.in_funds_minor.is_positive());
    some.flat_map(move |paid| {
        [
            Command::Place {
                milestone,
                payment: paid.id,
            },
            Command::RefundFunds {
                payment: paid.id,
                amount: money(paid.in_funds_minor, contract.currency),
            },
        ]
    })
}

impl Contract {
    /// Changes with everything in a contract or milestone that somebody acts upon: its state, what is held, what is offered.
    /// Who has read one thing and acts upon another is stopped by it. Reminders do not change it.
    pub fn stamp(&self, milestone: Option<MilestoneId>) -> String {
        let subject = match milestone.map(|id| self.milestone(id)) {
            None => format!("{:?}", self.amendment),
            Some(Err(refusal)) => refusal.code().to_owned(),
            Some(Ok(one)) => {
                let (kind, held, settlement) = (one.state.kind(), one.held(), &one.settlement);
                let (raise, price, versions) = (one.to_raise_minor, one.plan.price_minor, one.versions);
                let phase = one
                    .dispute
                    .as_ref()
                    .map(|dispute| (dispute.phase, dispute.entry_no));
                let paid = self.payments.iter().filter(|paid| paid.milestone == one.id);
                let funds: Vec<Minor> = paid.map(|paid| paid.in_funds_minor).collect();
                format!("{kind} {versions} {held:?} {raise:?} {price:?} {settlement:?} {phase:?} {funds:?}")
            }
        };
        let text = format!("{} {} {subject}", self.sha256, self.entry_no);
        let digest = crate::hex(&Sha256::digest(text));
        digest.chars().take(16).collect()
    }
}
