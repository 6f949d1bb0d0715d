//! What is held for a client: each sum with its moment and its reason, as its contract has them.

use earnest_hire::contract::{
    Contract, Milestone, Pause, Payment, Phase, Refund, RefundState, Standing, State,
};
use earnest_hire::ids::{ContractId, MilestoneId, PersonId};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::refusal::Refusal;
use jiff::Timestamp;

/// Why a sum is held; what its moment means follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldFor {
    /// The work may begin until then; if it does not, the money goes back.
    Start,
    /// A version is due then.
    Work,
    /// A version with the changes is due then.
    Changes,
    /// Nothing came in time: then the money goes back by itself.
    Overdue,
    /// A version waits for the client, whose silence is approval then.
    Inspection,
    /// The dispute goes on to its next step then.
    Dispute,
    /// An operator decides the dispute by then; nothing moves by itself.
    Decision,
    /// The operator should have decided the dispute then.
    Late,
    /// The decision of the dispute becomes final then.
    Appeal,
    /// Since then the payer's bank has a payment back that is not decided.
    Chargeback,
    /// The clocks stand still since then.
    Pause,
    /// The clocks stand still, and go on then by themselves.
    PauseEnds,
    /// It has arrived then and is in no milestone.
    Deposit,
    /// It was sent on its way back then.
    Refund,
    /// As that, but it waits for a chargeback on its payment.
    RefundStopped,
}

impl HeldFor {
    /// The word for it in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Work => "work",
            Self::Changes => "changes",
            Self::Overdue => "overdue",
            Self::Inspection => "inspection",
            Self::Dispute => "dispute",
            Self::Decision => "decision",
            Self::Late => "late",
            Self::Appeal => "appeal",
            Self::Chargeback => "chargeback",
            Self::Pause => "pause",
            Self::PauseEnds => "pause_ends",
            Self::Deposit => "deposit",
            Self::Refund => "refund",
            Self::RefundStopped => "refund_stopped",
        }
    }

    /// What is true of the sum at its moment, for the client.
    pub fn words(self) -> &'static str {
        match self {
            Self::Start => "goes back to you then, unless the work begins before",
            Self::Work => {
                "the work is due then; if it is late, you may take the money back, and a week later it goes back by itself"
            }
            Self::Changes => {
                "the changes are due then; if they are late, you may take the money back, and a week later it goes back by itself"
            }
            Self::Overdue => "overdue: goes back to you then, unless a version is submitted before",
            Self::Inspection => {
                "counts as approved then and goes to the expert, unless you approve or ask for changes before"
            }
            Self::Dispute => "in dispute: the dispute goes on to its next step then",
            Self::Decision => "in dispute: it is to be decided by then, and nothing moves before it is",
            Self::Late => {
                "in dispute: it should have been decided then, and is late; nothing moves before it is"
            }
            Self::Appeal => "in dispute: the decision becomes final then and the money moves by it",
            Self::Chargeback => {
                "stopped since then: the payer’s bank has taken a payment back, which is not decided"
            }
            Self::Pause => "the contract is paused since then, and its clocks stand still",
            Self::PauseEnds => "the contract is paused; its clocks go on then at the latest",
            Self::Deposit => "on deposit: it arrived then and is in no milestone; use it or take it back",
            Self::Refund => "on its way back to where it came from since then",
            Self::RefundStopped => {
                "was to go back then; it waits until the chargeback on its payment is decided"
            }
        }
    }
}

/// One sum that is held for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// In which contract.
    pub contract: ContractId,
    /// In which milestone; none where it is in none.
    pub milestone: Option<MilestoneId>,
    /// What that is called, or the contract.
    pub title: String,
    /// How much, with the fee that is held beside it.
    pub amount: Minor,
    /// What it is counted in: the contract's.
    pub currency: Currency,
    /// The moment that the reason is about.
    pub at: Timestamp,
    /// Why.
    pub reason: HeldFor,
}

/// What is held for a client in these contracts, in their order.
pub(super) fn held(contracts: &[Contract], client: PersonId) -> Result<Vec<Held>, Refusal> {
    let mut all = Vec::new();
    for contract in contracts.iter().filter(|one| one.client == client) {
        for milestone in &contract.milestones {
            all.push(in_milestone(contract, milestone)?);
        }
        all.extend(contract.payments.iter().map(|one| deposit(contract, one)));
        all.extend(contract.refunds.iter().filter_map(|one| refund(contract, one)));
    }
    all.retain(|one| one.amount.is_positive());
    Ok(all)
}

fn in_milestone(contract: &Contract, milestone: &Milestone) -> Result<Held, Refusal> {
    let (at, reason) = pause(contract).unwrap_or_else(|| state(milestone));
    Ok(Held {
        contract: contract.id,
        milestone: Some(milestone.id),
        title: milestone.plan.title.clone(),
        amount: milestone.held()?.plus(milestone.fee_held()?)?,
        currency: contract.currency,
        at,
        reason,
    })
}

fn pause(contract: &Contract) -> Option<(Timestamp, HeldFor)> {
    let is_paused = contract.standing == Standing::Paused;
    let pause: &Pause = contract.pause.as_ref().filter(|_pause| is_paused)?;
    let since = (pause.since, HeldFor::Pause);
    Some(pause.ends_at.map_or(since, |at| (at, HeldFor::PauseEnds)))
}

fn state(milestone: &Milestone) -> (Timestamp, HeldFor) {
    match &milestone.state {
        State::Funded { lapses_at, .. } => (*lapses_at, HeldFor::Start),
        State::Working { due_at, returns_at } => late(*returns_at, (*due_at, HeldFor::Work)),
        State::ChangesRequested { due_at, returns_at } => late(*returns_at, (*due_at, HeldFor::Changes)),
        State::Submitted { inspect_until, .. } => (*inspect_until, HeldFor::Inspection),
        State::ChargebackHold { since, .. } => (*since, HeldFor::Chargeback),
        // Nothing is held in the others.
        _ => match &milestone.dispute {
            Some(dispute) => match dispute.missed_at {
                Some(missed) => (missed, HeldFor::Late),
                None => (dispute.due_at, step(dispute.phase)),
            },
            None => (milestone.id.made_at(), HeldFor::Dispute),
        },
    }
}

fn late(returns_at: Option<Timestamp>, in_time: (Timestamp, HeldFor)) -> (Timestamp, HeldFor) {
    returns_at.map_or(in_time, |at| (at, HeldFor::Overdue))
}

fn step(phase: Phase) -> HeldFor {
    match phase {
        Phase::AnswerDue | Phase::Negotiating | Phase::Evidence => HeldFor::Dispute,
        Phase::Deciding | Phase::Appealed | Phase::Closed => HeldFor::Decision,
        Phase::Decided => HeldFor::Appeal,
    }
}

fn deposit(contract: &Contract, payment: &Payment) -> Held {
    let at = payment.arrived_at.unwrap_or(payment.id.made_at());
    let of = contract.milestone(payment.milestone);
    let held = beside(contract, payment.in_funds_minor, (at, HeldFor::Deposit));
    Held {
        title: of.map_or(held.title, |one| one.plan.title.clone()),
        ..held
    }
}

fn refund(contract: &Contract, refund: &Refund) -> Option<Held> {
    let reason = match refund.state {
        RefundState::Requested | RefundState::Sent => HeldFor::Refund,
        RefundState::Stopped => HeldFor::RefundStopped,
        RefundState::Succeeded | RefundState::Failed | RefundState::WrittenOff | RefundState::PaidTwice => {
            return None;
        }
    };
    Some(beside(
        contract,
        refund.amount_minor,
        (refund.id.made_at(), reason),
    ))
}

/// In no milestone.
fn beside(contract: &Contract, amount: Minor, (at, reason): (Timestamp, HeldFor)) -> Held {
    Held {
        contract: contract.id,
        milestone: None,
        title: contract.title().unwrap_or_default().to_owned(),
        amount,
        currency: contract.currency,
        at,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use earnest_hire::contract::{Dispute, Mail, Plan};
    use earnest_hire::ids::Ids;

    use super::*;

    const DAY: i64 = 86_400;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * DAY).unwrap()
    }

    fn milestone(state: State) -> Milestone {
        let plan = Plan {
            title: "A service".to_owned(),
            deliverable: "It runs.".to_owned(),
            acceptance: Vec::new(),
            price_minor: Minor(100),
            due_on: "2026-12-25".parse().unwrap(),
            inspection_days: 7,
            rounds: 2,
            revision_days: 14,
        };
        let mut milestone = Milestone::new(Ids::new(day(0), [1; 16]).milestone(), plan);
        milestone.state = state;
        milestone
    }

    #[test]
    fn every_state_that_holds_money_has_its_moment_and_its_reason() {
        let submitted = State::Submitted {
            since: day(1),
            inspect_until: day(8),
            extended: false,
            reminded: 0,
            mail: Mail::Fine,
        };
        let held = State::ChargebackHold {
            since: day(2),
            open: Vec::new(),
            former: Box::new(submitted.clone()),
        };
        let funded = State::Funded {
            start_by: day(3),
            lapses_at: day(4),
        };
        let at_work = |returns_at| State::Working {
            due_at: day(5),
            returns_at,
        };
        let changes = |returns_at| State::ChangesRequested {
            due_at: day(5),
            returns_at,
        };
        for (state, at, reason) in [
            (submitted, 8, HeldFor::Inspection),
            (held, 2, HeldFor::Chargeback),
            (funded, 4, HeldFor::Start),
            (at_work(None), 5, HeldFor::Work),
            (at_work(Some(day(6))), 6, HeldFor::Overdue),
            (changes(None), 5, HeldFor::Changes),
            (changes(Some(day(6))), 6, HeldFor::Overdue),
        ] {
            assert_eq!(
                super::state(&milestone(state.clone())),
                (day(at), reason),
                "{state:?}"
            );
        }
    }

    #[test]
    fn a_dispute_holds_until_its_phase_ends() {
        for (phase, reason) in [
            (Phase::AnswerDue, HeldFor::Dispute),
            (Phase::Negotiating, HeldFor::Dispute),
            (Phase::Evidence, HeldFor::Dispute),
            (Phase::Deciding, HeldFor::Decision),
            (Phase::Decided, HeldFor::Appeal),
            (Phase::Appealed, HeldFor::Decision),
        ] {
            let mut disputed = milestone(State::Disputed);
            disputed.dispute = Some(Dispute {
                id: Ids::new(day(0), [2; 16]).dispute(),
                opened_by: None,
                reason: String::new(),
                held_minor: Minor(100),
                to_expert_minor: Minor::ZERO,
                client: None,
                expert: None,
                phase,
                entry_no: 1,
                due_at: day(9),
                missed_at: None,
                rulings: Vec::new(),
                appeal: None,
            });
            assert_eq!(state(&disputed), (day(9), reason), "{phase}");
        }
    }
}
