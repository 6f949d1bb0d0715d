//! Whose turn it is: what a contract waits for, from whom, until when, and what happens by itself if nobody does it.

use jiff::Timestamp;

use super::dispute::{Dispute, Phase};
use super::kind::words;
use super::milestone::{Milestone, State};
use super::{Contract, Payment, PaymentState, Standing};
use crate::ids::{MilestoneId, PersonId};

words! {
    /// From whom something is awaited.
    Awaited {
        /// The client.
        Client = "client",
        /// The expert.
        Expert = "expert",
        /// Each of the two.
        Both = "both",
        /// The operator.
        Operator = "operator",
        /// Somebody outside: a payment provider or the payer's bank.
        Outside = "outside",
    }
}

words! {
    /// What is awaited.
    Task {
        /// To sign the terms.
        Sign = "sign",
        /// To fund a milestone.
        Fund = "fund",
        /// To finish a payment that was begun.
        Pay = "pay",
        /// To use or take back money that arrived late or in part.
        Place = "place",
        /// To begin the work.
        Start = "start",
        /// To submit a version.
        Deliver = "deliver",
        /// To look at a version.
        Review = "review",
        /// To submit a version with the changes.
        Revise = "revise",
        /// To answer an offer to settle.
        AnswerSettlement = "answer_settlement",
        /// To answer a proposed change.
        AnswerAmendment = "answer_amendment",
        /// To give the figures in a dispute.
        AnswerDispute = "answer_dispute",
        /// To find a settlement in a dispute.
        Negotiate = "negotiate",
        /// To bring what one has for a decision.
        BringEvidence = "bring_evidence",
        /// To decide a dispute.
        Decide = "decide",
        /// To appeal, or let a decision stand.
        Appeal = "appeal",
        /// To decide an appeal.
        DecideAppeal = "decide_appeal",
        /// To say what becomes of a payment that was taken back.
        Chargeback = "chargeback",
        /// To let the clocks go on.
        Resume = "resume",
    }
}

words! {
    /// What happens by itself when the time is over.
    Silence {
        /// Nothing: it waits.
        Waits = "waits",
        /// The offer of the contract ends.
        OfferEnds = "offer_ends",
        /// The payment ends, and the milestone can be funded again.
        PaymentEnds = "payment_ends",
        /// All that is held goes back to the client.
        GoesBack = "goes_back",
        /// It is overdue: the client may take the money back, and a week later it goes back by itself.
        Overdue = "overdue",
        /// It counts as approved, and all that is held goes to the expert.
        CountsAsApproved = "counts_as_approved",
        /// The offer to settle ends, and nothing moves.
        SettlementEnds = "settlement_ends",
        /// The proposed change ends, and nothing changes.
        AmendmentEnds = "amendment_ends",
        /// The dispute goes on to its next step.
        GoesOn = "goes_on",
        /// The decision becomes final, and the money moves by it.
        BecomesFinal = "becomes_final",
        /// The pause ends, and the clocks go on.
        PauseEnds = "pause_ends",
    }
}

/// One thing that a contract waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// In which milestone; none where it is about the contract.
    pub milestone: Option<MilestoneId>,
    /// From whom.
    pub who: Awaited,
    /// What.
    pub task: Task,
    /// Until when, where there is an end.
    pub until: Option<Timestamp>,
    /// What happens by itself then.
    pub then: Silence,
}

impl Turn {
    fn new(who: Awaited, task: Task, until: Option<Timestamp>, then: Silence) -> Self {
        Self {
            milestone: None,
            who,
            task,
            until,
            then,
        }
    }

    /// Whether this person is to act.
    pub fn is_of(&self, contract: &Contract, person: PersonId) -> bool {
        match self.who {
            Awaited::Client => person == contract.client,
            Awaited::Expert => person == contract.expert,
            Awaited::Both => person == contract.client || person == contract.expert,
            Awaited::Operator | Awaited::Outside => false,
        }
    }
}

impl Contract {
    /// What the contract waits for, the next to end first. Nothing where it has ended.
    pub fn turns(&self) -> Vec<Turn> {
        let mut turns = match self.standing {
            Standing::Offered => vec![self.to_sign()],
            Standing::Paused => vec![self.to_resume()],
            Standing::Active | Standing::Ending => self.running(),
            Standing::Ended | Standing::Declined | Standing::Withdrawn | Standing::Expired => Vec::new(),
        };
        turns.sort_by_key(|turn| turn.until.unwrap_or(Timestamp::MAX));
        turns
    }

    fn to_sign(&self) -> Turn {
        let who = match (self.client_signed_at, self.expert_signed_at) {
            (Some(_), _) => Awaited::Expert,
            (None, Some(_)) => Awaited::Client,
            (None, None) => Awaited::Both,
        };
        Turn::new(who, Task::Sign, Some(self.offered_until), Silence::OfferEnds)
    }

    fn to_resume(&self) -> Turn {
        let pause = self.pause.as_ref();
        let by_operator = pause.is_some_and(|pause| pause.by_operator.is_some());
        let until = pause.and_then(|pause| pause.ends_at);
        let who = if by_operator {
            Awaited::Operator
        } else {
            Awaited::Both
        };
        let then = if until.is_some() {
            Silence::PauseEnds
        } else {
            Silence::Waits
        };
        Turn::new(who, Task::Resume, until, then)
    }

    fn running(&self) -> Vec<Turn> {
        let mut turns = Vec::new();
        let mut first_planned = true;
        for milestone in &self.milestones {
            let of = |turn: Turn| Turn {
                milestone: Some(milestone.id),
                ..turn
            };
            if milestone.state == State::Planned {
                if first_planned {
                    turns.push(of(self.to_fund(milestone)));
                }
                first_planned = false;
            } else {
                turns.extend(awaited_in(milestone).map(of));
            }
            if milestone.to_raise_minor.is_positive() {
                turns.push(of(Turn::new(Awaited::Client, Task::Fund, None, Silence::Waits)));
            }
            let settlement = milestone.settlement.as_ref();
            turns.extend(settlement.map(|offer| {
                let (task, then) = (Task::AnswerSettlement, Silence::SettlementEnds);
                of(Turn::new(self.other(offer.by), task, Some(offer.until), then))
            }));
        }
        turns.extend(self.amendment.as_ref().map(|offer| {
            let (task, then) = (Task::AnswerAmendment, Silence::AmendmentEnds);
            Turn::new(self.other(offer.by), task, Some(offer.until), then)
        }));
        turns
    }

    /// The payment of a milestone of which a part has arrived and is in the client's funds, while the rest is waited for.
    pub fn in_part(&self, milestone: &Milestone) -> Option<&Payment> {
        let paid = self.under_way(milestone)?;
        (paid.state == PaymentState::Conflicted && paid.in_funds_minor.is_positive()).then_some(paid)
    }

    /// Whether a payment's milestone waits for it.
    pub fn awaits(&self, paid: &Payment) -> bool {
        let milestone = self.milestone(paid.milestone);
        milestone.is_ok_and(|one| matches!(&one.state, State::Funding { payment, .. } if *payment == paid.id))
    }

    /// The payment that a milestone waits for.
    pub fn under_way(&self, milestone: &Milestone) -> Option<&Payment> {
        let State::Funding { payment, .. } = &milestone.state else {
            return None;
        };
        self.payments.iter().find(|one| one.id == *payment)
    }

    fn to_fund(&self, milestone: &Milestone) -> Turn {
        let arrived = |one: &Payment| one.milestone == milestone.id && one.in_funds_minor.is_positive();
        let task = if self.payments.iter().any(arrived) {
            Task::Place
        } else {
            Task::Fund
        };
        Turn::new(Awaited::Client, task, None, Silence::Waits)
    }

    fn other(&self, person: PersonId) -> Awaited {
        if person == self.client {
            Awaited::Expert
        } else {
            Awaited::Client
        }
    }
}

fn awaited_in(milestone: &Milestone) -> Option<Turn> {
    let ends = milestone.state.ends_at();
    let turn = match &milestone.state {
        State::Funding { until, .. } => {
            Turn::new(Awaited::Client, Task::Pay, Some(*until), Silence::PaymentEnds)
        }
        State::Funded { .. } => Turn::new(Awaited::Expert, Task::Start, ends, Silence::GoesBack),
        State::Working { returns_at, .. } => {
            Turn::new(Awaited::Expert, Task::Deliver, ends, late(*returns_at))
        }
        State::ChangesRequested { returns_at, .. } => {
            Turn::new(Awaited::Expert, Task::Revise, ends, late(*returns_at))
        }
        State::Submitted { .. } => Turn::new(Awaited::Client, Task::Review, ends, Silence::CountsAsApproved),
        State::Disputed => return milestone.dispute.as_ref().map(awaited_in_dispute),
        State::ChargebackHold { .. } => Turn::new(Awaited::Outside, Task::Chargeback, None, Silence::Waits),
        State::Planned
        | State::Released
        | State::Refunded
        | State::Split
        | State::Canceled
        | State::ChargedBack => return None,
    };
    Some(turn)
}

fn late(returns_at: Option<Timestamp>) -> Silence {
    returns_at.map_or(Silence::Overdue, |_at| Silence::GoesBack)
}

fn awaited_in_dispute(dispute: &Dispute) -> Turn {
    let unanswered = match (dispute.client, dispute.expert) {
        (None, None) => Awaited::Both,
        (None, Some(_)) => Awaited::Client,
        (Some(_), _) => Awaited::Expert,
    };
    let (who, task, then) = match dispute.phase {
        Phase::AnswerDue => (unanswered, Task::AnswerDispute, Silence::GoesOn),
        Phase::Negotiating => (Awaited::Both, Task::Negotiate, Silence::GoesOn),
        Phase::Evidence => (Awaited::Both, Task::BringEvidence, Silence::GoesOn),
        Phase::Deciding => (Awaited::Operator, Task::Decide, Silence::Waits),
        Phase::Decided => (Awaited::Both, Task::Appeal, Silence::BecomesFinal),
        Phase::Appealed | Phase::Closed => (Awaited::Operator, Task::DecideAppeal, Silence::Waits),
    };
    Turn::new(who, task, Some(dispute.missed_at.unwrap_or(dispute.due_at)), then)
}
