//! What was reached: every row of the process, and every cell of state, event and actor, both accepted and refused, under
//! every fault. A cell that cannot be reached has a reason here; everything else must be hit.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::check::has_row;
use super::step::{Answer, Fault, Step};
use crate::contract::{Actor, By, Change, Command, Contract, Decision, Event, Kind, ROWS, TimerKind};
use crate::ids::MilestoneId;

/// What a step tries, as it is known before it is delivered.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    name: &'static str,
    by: Option<By>,
    parties: bool,
    tries: Vec<(Kind, Event)>,
}

impl Seen {
    pub(super) fn before(contract: &Contract, step: &Step) -> Self {
        let parties = matches!(
            step.command,
            Command::AcceptSettlement { .. } | Command::AcceptAmendment
        );
        let tries = tries(contract, &step.command);
        let states = tries
            .into_iter()
            .filter_map(|(id, event)| Some((contract.milestone(id).ok()?.state.kind(), event)));
        Self {
            name: step.command.name(),
            by: role(contract, &step.by),
            parties,
            tries: states.collect(),
        }
    }

    fn by(&self, event: Event) -> Option<By> {
        let party = matches!(self.by, Some(By::Client | By::Expert));
        if party && self.parties && AGREED.contains(&event) {
            Some(By::Parties)
        } else {
            self.by
        }
    }
}

/// Events that both parties cause, one by an offer and the other by accepting it.
const AGREED: &[Event] = &[
    Event::Settle,
    Event::RaisePrice,
    Event::LowerPrice,
    Event::MoveMoney,
    Event::Drop,
];
const BY_PROVIDER: &[Event] = &[
    Event::Expired,
    Event::Failed,
    Event::Captured,
    Event::ChargebackOpened,
    Event::ChargebackWon,
    Event::ChargebackLost,
];

/// As what somebody acts alone; a stranger is nobody.
pub(super) fn role(contract: &Contract, by: &Actor) -> Option<By> {
    match by {
        Actor::Person { id } if *id == contract.client => Some(By::Client),
        Actor::Person { id } if *id == contract.expert => Some(By::Expert),
        Actor::Person { .. } => None,
        Actor::Operator { .. } => Some(By::Operator),
        Actor::Clock => Some(By::Clock),
        Actor::Provider { .. } => Some(By::Provider),
    }
}

pub(super) fn tries(contract: &Contract, command: &Command) -> Vec<(MilestoneId, Event)> {
    let payment = |id, event| contract.payment(id).ok().map(|one| (one.milestone, event));
    let by_reference = |reference: &str, event| {
        let known = contract.chargebacks.iter().find(|one| one.reference == reference);
        known.and_then(|one| payment(one.payment, event))
    };
    let one = match command {
        Command::Fund { milestone, .. } => Some((*milestone, Event::Fund)),
        Command::Place { milestone, .. } => Some((*milestone, Event::Place)),
        Command::Start { milestone } => Some((*milestone, Event::Start)),
        Command::Cancel { milestone } => Some((*milestone, Event::Cancel)),
        Command::Submit { milestone, .. } => Some((*milestone, Event::Submit)),
        Command::RequestChanges { milestone, .. } => Some((*milestone, Event::RequestChanges)),
        Command::ExtendInspection { milestone, .. } => Some((*milestone, Event::ExtendInspection)),
        Command::Approve { milestone } => Some((*milestone, Event::Approve)),
        Command::Release { milestone, .. } => Some((*milestone, Event::Release)),
        Command::GiveBack { milestone, .. } => Some((*milestone, Event::GiveBack)),
        Command::AcceptSettlement { milestone } => Some((*milestone, Event::Settle)),
        Command::Drop { milestone } => Some((*milestone, Event::Drop)),
        Command::OpenDispute { milestone, .. } => Some((*milestone, Event::OpenDispute)),
        Command::AnswerDispute { milestone, .. } => Some((*milestone, Event::AnswerDispute)),
        Command::DecideDispute { milestone, .. } => Some((*milestone, Event::Decided)),
        Command::PaymentFailed { payment: id } => payment(*id, Event::Failed),
        Command::PaymentExpired { payment: id } => payment(*id, Event::Expired),
        Command::Captured { payment: id, .. } => payment(*id, Event::Captured),
        Command::ChargebackOpened { payment: id, .. } => payment(*id, Event::ChargebackOpened),
        Command::ChargebackWon { reference, .. } => by_reference(reference, Event::ChargebackWon),
        Command::ChargebackLost { reference } => by_reference(reference, Event::ChargebackLost),
        Command::AcceptAmendment => contract.amendment.as_ref().and_then(|open| amends(&open.change)),
        Command::Timer { kind, subject, .. } => return woken(contract, *kind, subject),
        Command::Sign { .. }
        | Command::Decline
        | Command::Withdraw
        | Command::Resume { .. }
        | Command::HoldContract { .. }
        | Command::ExtendContractHold { .. }
        | Command::AppealContractHold { .. }
        | Command::AnswerContractHold { .. }
        | Command::End
        | Command::RegisterAbsence { .. }
        | Command::ProposeAmendment { .. }
        | Command::RejectAmendment
        | Command::OfferSettlement { .. }
        | Command::RejectSettlement { .. }
        | Command::AppealDispute { .. }
        | Command::RefundFunds { .. }
        | Command::MoveToBank { .. }
        | Command::AssignReceipt { .. }
        | Command::RefundSent { .. }
        | Command::RefundSucceeded { .. }
        | Command::RefundFailed { .. }
        | Command::MailBounced { .. } => None,
    };
    one.into_iter().collect()
}

fn amends(change: &Change) -> Option<(MilestoneId, Event)> {
    match change {
        Change::RaisePrice { milestone, .. } => Some((*milestone, Event::RaisePrice)),
        Change::LowerPrice { milestone, .. } => Some((*milestone, Event::LowerPrice)),
        Change::MoveMoney { milestone, .. } => Some((*milestone, Event::MoveMoney)),
        Change::Drop { milestone } => Some((*milestone, Event::Drop)),
        Change::Pause => None,
    }
}

fn woken(contract: &Contract, kind: TimerKind, subject: &str) -> Vec<(MilestoneId, Event)> {
    let milestones = &contract.milestones;
    let one = match kind {
        TimerKind::Lapses => subject.parse().ok().map(|id| (id, Event::Lapsed)),
        TimerKind::Overdue => subject.parse().ok().map(|id| (id, Event::Overdue)),
        TimerKind::Returns => subject.parse().ok().map(|id| (id, Event::Undelivered)),
        TimerKind::InspectionEnds => subject.parse().ok().map(|id| (id, Event::AutoApproved)),
        TimerKind::PaymentExpires => {
            let id = subject.parse().ok();
            let payment = id.and_then(|id| contract.payment(id).ok());
            payment.map(|one| (one.milestone, Event::Expired))
        }
        TimerKind::DisputePhase => subject.parse().ok().and_then(|id: crate::ids::DisputeId| {
            let of_it =
                |one: &&crate::contract::Milestone| one.dispute.as_ref().is_some_and(|open| open.id == id);
            milestones.iter().find(of_it).map(|one| (one.id, Event::Decided))
        }),
        TimerKind::HoldingWarning => subject.parse().ok().and_then(|id: crate::ids::LotId| {
            let of_it = |one: &&crate::contract::Milestone| one.lots.iter().any(|lot| lot.id == id);
            milestones
                .iter()
                .find(of_it)
                .map(|one| (one.id, Event::HoldingDeadline))
        }),
        TimerKind::Dormant => return milestones.iter().map(|one| (one.id, Event::Dormant)).collect(),
        TimerKind::OfferExpires
        | TimerKind::StartReminder
        | TimerKind::DueReminder
        | TimerKind::InspectionReminder
        | TimerKind::SettlementExpires
        | TimerKind::AmendmentExpires
        | TimerKind::EvidenceDue
        | TimerKind::RequestExpires
        | TimerKind::ProposalExpires
        | TimerKind::PauseEnds
        | TimerKind::Clearance
        | TimerKind::HoldEnds => None,
    };
    one.into_iter().collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// By a row of the process.
    Accepted,
    /// By a rule.
    Refused,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

const OUTCOMES: [Outcome; 2] = [Outcome::Accepted, Outcome::Refused];

/// Counters of everything that can be reached.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// By state, event, actor, outcome and fault, in the order of their lists.
    cells: Vec<u64>,
    /// By row and fault.
    rows: Vec<u64>,
    commands: BTreeMap<&'static str, [u64; 2]>,
    refusals: BTreeMap<&'static str, u64>,
    /// By row and kind: timers that a row lists and that were set by it.
    timers: BTreeMap<(usize, TimerKind), u64>,
}

/// How much of one kind was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// What was counted.
    pub what: &'static str,
    /// How many were hit at least once.
    pub reached: usize,
    /// How many there are that can be.
    pub total: usize,
    /// How often the least hit was.
    pub least: u64,
    /// The least hit, by name, rarest first.
    pub rarest: Vec<(String, u64)>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self::new()
    }
}

impl Coverage {
    /// Nothing reached yet.
    pub fn new() -> Self {
        let sizes = [
            Kind::ALL.len(),
            Event::ALL.len(),
            By::ALL.len(),
            2,
            Fault::ALL.len(),
        ];
        let cells = sizes.into_iter().fold(1, usize::saturating_mul);
        Self {
            cells: vec![0; cells],
            rows: vec![0; ROWS.len().saturating_mul(Fault::ALL.len())],
            commands: BTreeMap::new(),
            refusals: BTreeMap::new(),
            timers: BTreeMap::new(),
        }
    }

    /// Adds what another has reached.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.cells.iter_mut().zip(&other.cells) {
            *sum = sum.saturating_add(*more);
        }
        for (sum, more) in self.rows.iter_mut().zip(&other.rows) {
            *sum = sum.saturating_add(*more);
        }
        for (name, [accepted, refused]) in &other.commands {
            let [ours, ours_refused] = self.commands.entry(name).or_default();
            *ours = ours.saturating_add(*accepted);
            *ours_refused = ours_refused.saturating_add(*refused);
        }
        for (timer, more) in &other.timers {
            let sum = self.timers.entry(*timer).or_default();
            *sum = sum.saturating_add(*more);
        }
        for (code, more) in &other.refusals {
            let sum = self.refusals.entry(code).or_default();
            *sum = sum.saturating_add(*more);
        }
    }

    pub(super) fn count(&mut self, seen: &Seen, fault: Fault, answer: Answer, last: Option<&Decision>) {
        let [accepted, refused] = self.commands.entry(seen.name).or_default();
        match answer {
            Answer::Accepted => *accepted = accepted.saturating_add(1),
            Answer::Refused(refusal) => {
                *refused = refused.saturating_add(1);
                let sum = self.refusals.entry(refusal.code()).or_default();
                *sum = sum.saturating_add(1);
                for (kind, event) in &seen.tries {
                    if let Some(by) = seen.by(*event) {
                        self.hit((*kind, *event, by), Outcome::Refused, fault);
                    }
                }
            }
            Answer::Replayed | Answer::Lost => {}
        }
        for moved in last.into_iter().flat_map(|decision| &decision.moved) {
            let Some(by) = seen.by(moved.event) else {
                continue;
            };
            self.hit((moved.from, moved.event, by), Outcome::Accepted, fault);
            let row = ROWS.iter().position(|row| {
                row.event == moved.event && row.from.contains(&moved.from) && row.by.contains(&by)
            });
            if let Some(counter) = row.and_then(|row| {
                self.rows
                    .get_mut(place(&[(row, 1), (at(Fault::ALL, fault), Fault::ALL.len())]))
            }) {
                *counter = counter.saturating_add(1);
            }
            if let Some((index, decision)) = row.zip(last) {
                self.set(index, decision);
            }
        }
    }

    fn set(&mut self, index: usize, decision: &Decision) {
        let listed = ROWS.get(index).map_or(&[][..], |row| row.timers);
        for kind in super::check::timers_of(decision) {
            if listed.contains(&kind) {
                let sum = self.timers.entry((index, kind)).or_default();
                *sum = sum.saturating_add(1);
            }
        }
    }

    /// How often each timer that a row lists was set by it.
    fn timers(&self) -> Vec<(String, u64)> {
        let mut counts = Vec::new();
        for (index, row) in ROWS.iter().enumerate() {
            for kind in row.timers {
                let count = self.timers.get(&(index, *kind)).copied().unwrap_or(0);
                counts.push((format!("{} {} sets {kind}", row.number, row.event), count));
            }
        }
        counts
    }

    fn hit(&mut self, cell: (Kind, Event, By), outcome: Outcome, fault: Fault) {
        if let Some(counter) = self.cells.get_mut(cell_place(cell, outcome, fault)) {
            *counter = counter.saturating_add(1);
        }
    }

    fn cell(&self, cell: (Kind, Event, By), outcome: Outcome, fault: Fault) -> u64 {
        let place = cell_place(cell, outcome, fault);
        self.cells.get(place).copied().unwrap_or(0)
    }

    /// How much of each kind was reached: rows, cells, and both under each of these faults.
    pub fn reached(&self, faults: &[Fault]) -> Vec<Reached> {
        let mut with_none = vec![Fault::None];
        with_none.extend(faults);
        let whole = |cell, outcome| {
            Fault::ALL.iter().fold(0_u64, |sum, fault| {
                sum.saturating_add(self.cell(cell, outcome, *fault))
            })
        };
        let mut rows = Vec::new();
        let mut rows_by_fault = Vec::new();
        for (index, row) in ROWS.iter().enumerate() {
            let mut sum = 0_u64;
            for fault in &with_none {
                let place = place(&[(index, 1), (at(Fault::ALL, *fault), Fault::ALL.len())]);
                let count = self.rows.get(place).copied().unwrap_or(0);
                sum = sum.saturating_add(count);
                let fits = |by: &By| fits((Kind::Planned, row.event, *by), Outcome::Accepted, *fault);
                if row.by.iter().any(fits) {
                    rows_by_fault.push((format!("{} {} under {fault}", row.number, row.event), count));
                }
            }
            rows.push((format!("{} {}", row.number, row.event), sum));
        }
        let mut tables = vec![
            summary("rows", rows),
            summary("rows × faults", rows_by_fault),
            summary("timers of rows", self.timers()),
        ];
        for outcome in OUTCOMES {
            let (mut cells, mut by_fault) = (Vec::new(), Vec::new());
            for (cell, name) in reachable(outcome) {
                cells.push((name.clone(), whole(cell, outcome)));
                for fault in with_none.iter().filter(|fault| fits(cell, outcome, **fault)) {
                    by_fault.push((format!("{name} under {fault}"), self.cell(cell, outcome, *fault)));
                }
            }
            let (what, under) = match outcome {
                Outcome::Accepted => ("cells accepted", "cells accepted × faults"),
                Outcome::Refused => ("cells refused", "cells refused × faults"),
            };
            tables.push(summary(what, cells));
            tables.push(summary(under, by_fault));
        }
        let of = |outcome: usize| {
            let all = self.commands.iter();
            all.filter_map(|(name, counts)| Some(((*name).to_owned(), *counts.get(outcome)?)))
                .collect()
        };
        tables.push(summary("commands accepted", of(0)));
        tables.push(summary("commands refused", of(1)));
        tables
    }

    /// Cells of state, event, actor, outcome and fault that were hit less than `least` times: place, name, how often.
    pub fn lacking(&self, faults: &[Fault], least: u64) -> Vec<(usize, String, u64)> {
        let mut found = Vec::new();
        for outcome in OUTCOMES {
            for (cell, name) in reachable(outcome) {
                for fault in [Fault::None].iter().chain(faults) {
                    let count = self.cell(cell, outcome, *fault);
                    if count < least && fits(cell, outcome, *fault) {
                        let name = format!("{name} under {fault}, {}", outcome.name());
                        found.push((cell_place(cell, outcome, *fault), name, count));
                    }
                }
            }
        }
        found
    }

    /// How often each refusal was given, by its code.
    pub fn refusals(&self) -> &BTreeMap<&'static str, u64> {
        &self.refusals
    }

    /// The tables as text, with the cells that cannot be reached and why.
    pub fn table(&self, faults: &[Fault]) -> String {
        let mut text = String::new();
        for one in self.reached(faults) {
            let rarest: Vec<String> = one
                .rarest
                .iter()
                .map(|(name, count)| format!("{name} ({count})"))
                .collect();
            let line = writeln!(
                text,
                "{:<24} {:>6} of {:>6} reached, each at least {:>6} times; rarest: {}",
                one.what,
                one.reached,
                one.total,
                one.least,
                rarest.join(", ")
            );
            debug_assert!(line.is_ok(), "a string takes every text");
        }
        let line = writeln!(text, "{:<24} {:>6} codes given", "refusals", self.refusals.len());
        debug_assert!(line.is_ok(), "a string takes every text");
        for (count, reason) in unreachable() {
            let line = writeln!(text, "{:<24} {count:>6} cells: {reason}", "cannot be reached");
            debug_assert!(line.is_ok(), "a string takes every text");
        }
        text
    }
}

fn summary(what: &'static str, counts: Vec<(String, u64)>) -> Reached {
    let mut rarest = counts;
    let total = rarest.len();
    let reached = rarest.iter().filter(|(_, count)| *count > 0).count();
    rarest.sort_by_key(|(_, count)| *count);
    let least = rarest.first().map_or(0, |(_, count)| *count);
    rarest.truncate(3);
    Reached {
        what,
        reached,
        total,
        least,
        rarest,
    }
}

/// Whether a cell can be reached under a fault: only what the provider tells comes twice or out of order, and a timer is
/// not told by anybody.
fn fits((_, event, by): (Kind, Event, By), outcome: Outcome, fault: Fault) -> bool {
    let told = BY_PROVIDER.contains(&event) && (outcome == Outcome::Refused || by != By::Clock);
    told || !matches!(fault, Fault::Duplicate | Fault::Reorder)
}

/// Whether there is such a cell.
pub(super) fn can_be_reached(cell: (Kind, Event, By), outcome: Outcome, fault: Fault) -> bool {
    why_not(cell, outcome).is_none() && fits(cell, outcome, fault)
}

/// Why a cell cannot be reached, if it cannot.
fn why_not((kind, event, by): (Kind, Event, By), outcome: Outcome) -> Option<&'static str> {
    if outcome == Outcome::Accepted {
        let known = has_row(kind, event, by);
        return (!known).then_some("the process has no row for it, so it is never accepted");
    }
    if by == By::Parties && !AGREED.contains(&event) {
        return Some("both parties together cause only what one offers and the other accepts");
    }
    if matches!(by, By::Client | By::Expert) && AGREED.contains(&event) && event != Event::Drop {
        return Some("one party alone does not cause what both must agree on");
    }
    if (kind, event, by) == (Kind::Funded, Event::Cancel, By::Client) {
        return Some("the client's right to take the money back before work began has no condition");
    }
    if event == Event::HoldingDeadline && matches!(kind, Kind::Planned | Kind::Funding) {
        return Some("a milestone that was never funded has no lot to warn of");
    }
    None
}

fn all_cells() -> impl Iterator<Item = (Kind, Event, By)> {
    Kind::ALL.iter().flat_map(|kind| {
        Event::ALL
            .iter()
            .flat_map(move |event| By::ALL.iter().map(move |by| (*kind, *event, *by)))
    })
}

fn reachable(outcome: Outcome) -> impl Iterator<Item = ((Kind, Event, By), String)> {
    all_cells()
        .filter(move |cell| why_not(*cell, outcome).is_none())
        .map(|cell| (cell, format!("{} {} by {}", cell.0, cell.1, cell.2)))
}

fn unreachable() -> Vec<(usize, &'static str)> {
    let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
    for outcome in OUTCOMES {
        for reason in all_cells().filter_map(|cell| why_not(cell, outcome)) {
            let count = reasons.entry(reason).or_default();
            *count = count.saturating_add(1);
        }
    }
    reasons
        .into_iter()
        .map(|(reason, count)| (count, reason))
        .collect()
}

fn at<T: PartialEq + Copy>(all: &[T], one: T) -> usize {
    all.iter().position(|other| *other == one).unwrap_or(0)
}

/// A place in a table of several dimensions: the last pair varies fastest.
fn place(indexes: &[(usize, usize)]) -> usize {
    indexes.iter().fold(0_usize, |place, (index, size)| {
        place.saturating_mul(*size).saturating_add(*index)
    })
}

fn cell_place((kind, event, by): (Kind, Event, By), outcome: Outcome, fault: Fault) -> usize {
    place(&[
        (at(Kind::ALL, kind), 1),
        (at(Event::ALL, event), Event::ALL.len()),
        (at(By::ALL, by), By::ALL.len()),
        (at(&OUTCOMES, outcome), 2),
        (at(Fault::ALL, fault), Fault::ALL.len()),
    ])
}

/// The cell at a place; none where there is no such place.
pub(super) fn cell_at(place: usize) -> Option<((Kind, Event, By), Outcome, Fault)> {
    fn last<T: Copy>(place: usize, all: &[T]) -> Option<(usize, T)> {
        let one = *all.get(place.checked_rem(all.len())?)?;
        Some((place.checked_div(all.len())?, one))
    }
    let (place, fault) = last(place, Fault::ALL)?;
    let (place, outcome) = last(place, &OUTCOMES)?;
    let (place, by) = last(place, By::ALL)?;
    let (place, event) = last(place, Event::ALL)?;
    let kind = *Kind::ALL.get(place)?;
    Some(((kind, event, by), outcome, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_found_again_at_its_place() {
        let (mut places, mut count) = (std::collections::BTreeSet::new(), 0);
        for cell in all_cells() {
            for outcome in OUTCOMES {
                for fault in Fault::ALL {
                    let place = cell_place(cell, outcome, *fault);
                    assert_eq!(cell_at(place), Some((cell, outcome, *fault)));
                    places.insert(place);
                    count += 1;
                }
            }
        }
        assert_eq!(places.len(), count);
        assert_eq!(cell_at(count), None);
    }
}
