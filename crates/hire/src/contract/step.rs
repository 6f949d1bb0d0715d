//! One command at work: the contract being changed, and everything that is to follow from it.

use jiff::Timestamp;
use serde::Serialize;

use super::command::{Actor, Input};
use super::deadline::{FIRST_WARNING_DAYS, LAST_WARNING_DAYS};
use super::kind::{By, Event, Kind};
use super::milestone::{Milestone, State, reminders};
use super::payment::PaymentState;
use super::refuse::refusal_of;
use super::table::{Audience, ROWS, Row, find_in, rows_of};
use super::timer::{Timer, TimerKind};
use super::{Contract, guard};
use crate::ids::{ChargebackId, EarningId, EventId, Ids, LotId, MilestoneId, PaymentId, PersonId, RefundId};
use crate::ledger::{Draft, Entry};
use crate::money::{Currency, Minor};
use crate::refusal::Refusal;
use crate::span::{after, before, days, end_of};

/// A milestone that one row of the process has moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Number of the row.
    pub row: &'static str,
    /// Which milestone.
    pub milestone: MilestoneId,
    /// By what.
    pub event: Event,
    /// From where.
    pub from: Kind,
    /// To where.
    pub to: Kind,
}

/// Somebody is to be told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Who.
    pub to: Audience,
    /// What: an event of the process or the name of a timer.
    pub about: &'static str,
    /// Of what: an id.
    pub subject: String,
}

/// Something to ask of the provider, after the decision is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// Open a checkout.
    OpenPayment {
        /// For this payment.
        payment: PaymentId,
    },
    /// Close a checkout that is not needed any more.
    CancelPayment {
        /// Of this payment.
        payment: PaymentId,
    },
    /// Send money back to its source.
    SendRefund {
        /// This refund.
        refund: RefundId,
    },
    /// Bring evidence.
    SendEvidence {
        /// Against this chargeback.
        chargeback: ChargebackId,
    },
}

/// What one release earned for the expert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Earning {
    /// Its name for ever.
    pub id: EarningId,
    /// Whose.
    pub expert: PersonId,
    /// From which work.
    pub milestone: MilestoneId,
    /// Of it.
    pub currency: Currency,
    /// After the expert's fee.
    pub amount_minor: Minor,
    /// From when on it may be paid out.
    pub clears_at: Timestamp,
}

/// What becomes of an accepted command. Nothing of it has happened until all of it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The contract as it is now.
    pub contract: Contract,
    /// Names the command in the history.
    pub event: EventId,
    /// What is booked.
    pub entry: Option<Entry>,
    /// Which milestones were moved.
    pub moved: Vec<Moved>,
    /// What will happen by itself.
    pub timers: Vec<Timer>,
    /// Who is told what.
    pub notices: Vec<Notice>,
    /// What is asked of the provider.
    pub calls: Vec<Call>,
    /// What was earned.
    pub earnings: Vec<Earning>,
}

/// What a command says beside its name, for guards and postings to look at.
#[derive(Debug, Default, Clone)]
pub(super) struct Act<'a> {
    pub(super) amount: Minor,
    pub(super) other: Minor,
    pub(super) count: u16,
    pub(super) marks: &'a [u16],
    pub(super) payment: Option<PaymentId>,
    /// How far the payment had got before what arrived now.
    pub(super) intent: Option<PaymentState>,
    pub(super) target: Option<MilestoneId>,
    pub(super) figures: Option<super::Figures>,
    /// The state that is entered, where the command itself knows it.
    pub(super) next: Option<State>,
}

pub(super) struct Step<'a> {
    pub(super) contract: Contract,
    /// Of the process that the contract was signed with.
    rows: &'static [Row],
    pub(super) input: &'a Input,
    pub(super) by: &'a Actor,
    pub(super) ids: Ids,
    pub(super) draft: Draft,
    moved: Vec<Moved>,
    timers: Vec<Timer>,
    notices: Vec<Notice>,
    pub(super) calls: Vec<Call>,
    pub(super) earnings: Vec<Earning>,
}

impl<'a> Step<'a> {
    pub(super) fn new(contract: Contract, by: &'a Actor, input: &'a Input) -> Self {
        Self {
            draft: Draft::new(contract.currency),
            ids: Ids::new(input.now, input.seed),
            rows: rows_of(contract.process).unwrap_or(ROWS),
            contract,
            input,
            by,
            moved: Vec::new(),
            timers: Vec::new(),
            notices: Vec::new(),
            calls: Vec::new(),
            earnings: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.input.now
    }

    /// What the clocks of the contract show. They stand still in a pause, and its end adds what it took to every deadline:
    /// what is set or compared meanwhile counts from when it began.
    pub(super) fn clock(&self) -> Timestamp {
        self.contract
            .pause
            .as_ref()
            .map_or(self.now(), |pause| pause.since)
    }

    /// Ends the command: books what was drafted, counts the version.
    pub(super) fn finish(mut self, kind: &'static str) -> Result<Decision, Refusal> {
        self.drop_unfit_offers()?;
        self.end_if_over();
        self.contract.version = self.contract.version.saturating_add(1);
        let event = self.ids.event();
        let entry = if self.draft.is_empty() {
            None
        } else {
            Some(self.draft.balance(self.ids.entry(), kind)?)
        };
        Ok(Decision {
            contract: self.contract,
            event,
            entry,
            moved: self.moved,
            timers: self.timers,
            notices: self.notices,
            calls: self.calls,
            earnings: self.earnings,
        })
    }

    /// Who acts, as the process knows them.
    pub(super) fn role(&self) -> Result<By, Refusal> {
        match self.by {
            Actor::Person { id } if *id == self.contract.client => Ok(By::Client),
            Actor::Person { id } if *id == self.contract.expert => Ok(By::Expert),
            Actor::Person { .. } => Err(Refusal::NotParty),
            Actor::Operator { id } if self.is_party(*id) => Err(Refusal::OperatorIsParty),
            Actor::Operator { .. } => Ok(By::Operator),
            Actor::Clock => Ok(By::Clock),
            Actor::Provider { .. } => Ok(By::Provider),
        }
    }

    pub(super) fn is_party(&self, id: PersonId) -> bool {
        id == self.contract.client || id == self.contract.expert
    }

    /// The party who acts.
    pub(super) fn person(&self) -> Result<PersonId, Refusal> {
        match self.by {
            Actor::Person { id } if *id == self.contract.client || *id == self.contract.expert => Ok(*id),
            Actor::Operator { .. } => Err(Refusal::OperatorCannotAct),
            Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => Err(Refusal::NotParty),
        }
    }

    /// The operator who acts.
    pub(super) fn operator(&self) -> Result<PersonId, Refusal> {
        match self.by {
            Actor::Operator { id } if self.is_party(*id) => Err(Refusal::OperatorIsParty),
            Actor::Operator { id } => Ok(*id),
            Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => Err(Refusal::NotParty),
        }
    }

    /// The row for an event in a state by somebody.
    pub(super) fn find(&self, from: Kind, event: Event, by: By) -> Option<&'static Row> {
        find_in(self.rows, from, event, by)
    }

    /// Runs the row of the process for an event: guards, bookings, the next state, timers, notices.
    pub(super) fn run(
        &mut self,
        id: MilestoneId,
        event: Event,
        by: By,
        act: &Act<'_>,
    ) -> Result<(), Refusal> {
        let from = self.contract.milestone(id)?.state.kind();
        let row = self
            .find(from, event, by)
            .ok_or_else(|| refusal_of(from, event, by))?;
        for guard in row.guards {
            guard::check(self, id, *guard, act)?;
        }
        let next = self.post(row, id, act)?;
        self.enter(row, id, next)
    }

    /// Enters the next state, or stays; sets what follows from it.
    fn enter(&mut self, row: &'static Row, id: MilestoneId, next: Option<State>) -> Result<(), Refusal> {
        let milestone = self.contract.milestone_mut(id)?;
        let from = milestone.state.kind();
        if let Some(next) = next {
            // An offer to settle stands beside the state, as long as there is something to settle.
            if next.kind().is_terminal() {
                milestone.settlement = None;
            }
            milestone.state = next;
            milestone.entry_no = milestone.entry_no.saturating_add(1);
            milestone.graced = false;
        }
        let to = milestone.state.kind();
        if !row.to.contains(&to) {
            return Err(Refusal::StateImpossible);
        }
        if to.is_terminal() {
            milestone.to_raise_minor = Minor::ZERO;
        }
        self.moved.push(Moved {
            row: row.number,
            milestone: id,
            event: row.event,
            from,
            to,
        });
        for kind in row.timers {
            self.set(*kind, id)?;
        }
        for audience in row.notices {
            self.tell(*audience, row.event.name(), id.to_string());
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, to: Audience, about: &'static str, subject: String) {
        self.notices.push(Notice { to, about, subject });
    }

    pub(super) fn push_timer(&mut self, kind: TimerKind, subject: String, entry_no: i64, due_at: Timestamp) {
        self.timers.push(Timer {
            kind,
            subject,
            entry_no,
            due_at,
        });
    }

    /// Sets the timers of a kind for a milestone as it is now. What would lie in the past is left out, except deadlines.
    pub(super) fn set(&mut self, kind: TimerKind, id: MilestoneId) -> Result<(), Refusal> {
        let milestone = self.contract.milestone(id)?;
        let now = self.now();
        let mut due = Vec::new();
        match kind {
            // Set where their subject is made: a payment, a chargeback, a pause, a lot, an earning, an offer.
            TimerKind::PaymentExpires
            | TimerKind::EvidenceDue
            | TimerKind::PauseEnds
            | TimerKind::HoldingWarning
            | TimerKind::Clearance
            | TimerKind::SettlementExpires => return Ok(()),
            TimerKind::DisputePhase => return self.set_dispute_timer(id),
            TimerKind::DueReminder => {
                let due_on = due_of(milestone);
                due.extend([3, 1].map(|count| before(due_on, days(count))));
                due.retain(|at| *at >= now);
            }
            TimerKind::InspectionReminder => {
                if let State::Submitted {
                    since, inspect_until, ..
                } = &milestone.state
                {
                    due = reminders(*since, *inspect_until);
                    due.retain(|at| *at >= now);
                }
            }
            TimerKind::StartReminder
            | TimerKind::Lapses
            | TimerKind::Overdue
            | TimerKind::Returns
            | TimerKind::InspectionEnds => due.extend(deadline(kind, milestone)),
            TimerKind::OfferExpires
            | TimerKind::AmendmentExpires
            | TimerKind::Dormant
            | TimerKind::HoldEnds
            | TimerKind::RequestExpires
            | TimerKind::ProposalExpires => return Err(Refusal::StateImpossible),
        }
        let (subject, entry_no) = (id.to_string(), milestone.entry_no);
        for due_at in due {
            self.push_timer(kind, subject.clone(), entry_no, due_at);
        }
        Ok(())
    }

    /// Warns 21 and 7 days before the provider can hold the money of a lot no longer.
    pub(super) fn warn_of_holding(&mut self, lot: LotId, until: Option<Timestamp>) {
        let Some(until) = until else {
            return;
        };
        for count in [FIRST_WARNING_DAYS, LAST_WARNING_DAYS] {
            let due_at = before(until, days(count)).max(self.now());
            self.push_timer(
                TimerKind::HoldingWarning,
                lot.to_string(),
                i64::from(count),
                due_at,
            );
        }
    }

    fn set_dispute_timer(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let milestone = self.contract.milestone(id)?;
        let timer = milestone
            .dispute
            .as_ref()
            .filter(|dispute| dispute.is_open() && milestone.state == State::Disputed)
            .map(|dispute| (dispute.id.to_string(), dispute.entry_no, dispute.due_at));
        if let Some((subject, entry_no, due_at)) = timer {
            self.push_timer(TimerKind::DisputePhase, subject, entry_no, due_at);
        }
        Ok(())
    }

    /// Sets every timer of the state that a milestone is in, after its clocks stood still or were put off.
    pub(super) fn wind(&mut self, id: MilestoneId) -> Result<(), Refusal> {
        let kinds: &[TimerKind] = match &self.contract.milestone(id)?.state {
            State::Funded { .. } => &[TimerKind::StartReminder, TimerKind::Lapses],
            State::Working { returns_at, .. } | State::ChangesRequested { returns_at, .. } => {
                if returns_at.is_some() {
                    &[TimerKind::Returns]
                } else {
                    &[TimerKind::DueReminder, TimerKind::Overdue]
                }
            }
            State::Submitted { .. } => &[TimerKind::InspectionReminder, TimerKind::InspectionEnds],
            State::Disputed => &[TimerKind::DisputePhase],
            State::Planned
            | State::Funding { .. }
            | State::ChargebackHold { .. }
            | State::Released
            | State::Refunded
            | State::Split
            | State::Canceled
            | State::ChargedBack => &[],
        };
        kinds.iter().try_for_each(|kind| self.set(*kind, id))
    }

    /// Begins a new entry into the state that a milestone is in, so that its old timers are stale.
    pub(super) fn enter_again(&mut self, id: MilestoneId, state: State) -> Result<(), Refusal> {
        let milestone = self.contract.milestone_mut(id)?;
        milestone.state = state;
        milestone.entry_no = milestone.entry_no.saturating_add(1);
        self.wind(id)
    }

    /// By when the plan of a milestone is due, and never sooner than three days from now.
    pub(super) fn due_on(&self, milestone: &Milestone) -> Timestamp {
        end_of(milestone.plan.due_on).max(after(self.now(), days(guard::LEAST_WORK_DAYS)))
    }
}

/// The deadline of the state that a milestone is in.
fn deadline(kind: TimerKind, milestone: &Milestone) -> Option<Timestamp> {
    match (&milestone.state, kind) {
        (State::Funded { start_by, .. }, TimerKind::StartReminder) => Some(*start_by),
        (State::Funded { lapses_at, .. }, TimerKind::Lapses) => Some(*lapses_at),
        (
            State::Working {
                due_at,
                returns_at: None,
            }
            | State::ChangesRequested {
                due_at,
                returns_at: None,
            },
            TimerKind::Overdue,
        ) => Some(*due_at),
        (
            State::Working { returns_at, .. } | State::ChangesRequested { returns_at, .. },
            TimerKind::Returns,
        ) => *returns_at,
        (State::Submitted { inspect_until, .. }, TimerKind::InspectionEnds) => Some(*inspect_until),
        _ => None,
    }
}

fn due_of(milestone: &Milestone) -> Timestamp {
    match &milestone.state {
        State::Working { due_at, .. } | State::ChangesRequested { due_at, .. } => *due_at,
        State::Planned
        | State::Funding { .. }
        | State::Funded { .. }
        | State::Submitted { .. }
        | State::Disputed
        | State::ChargebackHold { .. }
        | State::Released
        | State::Refunded
        | State::Split
        | State::Canceled
        | State::ChargedBack => Timestamp::MIN,
    }
}
