//! Who may do what and when, written down a second time from the specification: an accepted command must be one that
//! this would have let through. It knows nothing of the table of the process.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks of each command what the specification asks; `roles` names them all"
)]

use jiff::Timestamp;

use super::core::Violation;
use super::step::Step;
use crate::contract::{Actor, Command, Contract, Decision, Event, Kind, Mail, Milestone, State, TimerKind};
use crate::money::{Minor, Money};
use crate::span::{after, before, hours};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Client,
    Expert,
    Operator,
    Clock,
    Provider,
    Nobody,
}

fn role(contract: &Contract, by: &Actor) -> Role {
    match by {
        Actor::Person { id } if *id == contract.client => Role::Client,
        Actor::Person { id } if *id == contract.expert => Role::Expert,
        Actor::Person { .. } => Role::Nobody,
        Actor::Operator { .. } => Role::Operator,
        Actor::Clock => Role::Clock,
        Actor::Provider { .. } => Role::Provider,
    }
}

/// How often the client was reminded of the version that is submitted, counted here.
#[derive(Debug, Clone, Default)]
pub(super) struct Reminded(Vec<(String, usize)>);

impl Reminded {
    pub(super) fn follow(&mut self, command: &Command, now: Timestamp) {
        match command {
            Command::Submit { milestone, .. } | Command::ExtendInspection { milestone, .. } => {
                let id = milestone.to_string();
                self.0.retain(|(of, _)| *of != id);
            }
            // One that comes later than an hour reminds nobody of anything that is still ahead.
            Command::Timer {
                kind,
                subject,
                due_at,
                ..
            } if *kind == TimerKind::InspectionReminder && now <= after(*due_at, hours(1)) => {
                if let Some((_, count)) = self.0.iter_mut().find(|(of, _)| of == subject) {
                    *count = count.saturating_add(1);
                } else {
                    self.0.push((subject.clone(), 1));
                }
            }
            _ => {}
        }
    }

    fn of(&self, id: &str) -> usize {
        self.0
            .iter()
            .find(|(of, _)| of == id)
            .map_or(0, |(_, count)| *count)
    }
}

/// Whether an accepted step could be accepted.
pub(super) fn allowed(
    before: &Contract,
    step: &Step,
    decision: &Decision,
    reminded: &Reminded,
) -> Result<(), Violation> {
    let told = |why: &str| Violation::new("allowed", format!("{} was accepted: {why}", step.command.name()));
    let who = role(before, &step.by);
    if !roles(&step.command).contains(&who) {
        return Err(told("not for whoever did it"));
    }
    if begins_on_hold(before, step, who) {
        return Err(told("whoever did it may begin nothing new"));
    }
    if sums(&step.command)
        .iter()
        .any(|sum| sum.currency != before.currency)
    {
        return Err(told("in another currency"));
    }
    if sums(&step.command)
        .iter()
        .any(|sum| sum.amount_minor < 0 || sum.amount_minor > Money::MOST)
    {
        return Err(told("a sum below nothing or beyond all bounds"));
    }
    for moved in &decision.moved {
        let milestone = before
            .milestone(moved.milestone)
            .map_err(|refusal| told(refusal.code()))?;
        let chargeback = matches!(moved.event, Event::ChargebackWon | Event::ChargebackLost);
        if milestone.state.kind().is_terminal() && !chargeback {
            return Err(told("the milestone had ended"));
        }
    }
    if let Some(milestone) = subject(before, &step.command) {
        of_milestone(before, milestone, step).map_err(told)?;
    }
    held(before, step).map_err(told)?;
    started(step, decision).map_err(told)?;
    if let Command::Timer {
        kind,
        subject,
        entry_no,
        due_at,
    } = &step.command
    {
        if step.input.now <= *due_at {
            return Err(told("before its time"));
        }
        if BY_ENTRY.contains(kind) {
            let of_it = |one: &&Milestone| one.id.to_string() == *subject;
            let milestone = before.milestones.iter().find(of_it);
            let milestone = milestone.ok_or_else(|| told("of no milestone"))?;
            if milestone.entry_no != *entry_no {
                return Err(told("its state is over"));
            }
            if before.pause.is_some() {
                return Err(told("the clocks stand still"));
            }
        }
    }
    if too_dear(&decision.contract) {
        return Err(told("a milestone comes to more than a million"));
    }
    for moved in &decision.moved {
        let milestone = before
            .milestone(moved.milestone)
            .map_err(|refusal| told(refusal.code()))?;
        if moved.event == Event::AutoApproved {
            silence(before, milestone, step, reminded).map_err(told)?;
        }
        after_downtime(milestone, moved.event, step).map_err(told)?;
    }
    Ok(())
}

/// A hold stops signatures and the first money of a contract, of the one it is about alone; a lost chargeback the
/// client's signatures.
fn begins_on_hold(before: &Contract, step: &Step, who: Role) -> bool {
    let facts = &step.input.facts;
    let closed = facts.client_limit_minor == Minor::ZERO;
    if matches!(step.command, Command::Sign { .. }) && who == Role::Client && closed {
        return true;
    }
    let held = match who {
        Role::Client => step.input.facts.client_on_hold,
        Role::Expert => step.input.facts.expert_on_hold,
        _ => false,
    };
    let begins = match step.command {
        Command::Sign { .. } => true,
        Command::Fund { .. } | Command::Place { .. } => {
            before.milestones.iter().all(|one| one.lots.is_empty())
        }
        _ => false,
    };
    held && begins
}

/// H21: a hold ends by itself within a week, is kept with reasons, beyond 30 days by two, and its parties are answered by
/// somebody else.
fn held(before: &Contract, step: &Step) -> Result<(), &'static str> {
    let must = |holds: bool, why: &'static str| if holds { Ok(()) } else { Err(why) };
    let Actor::Operator { id: by } = step.by else {
        return Ok(());
    };
    let now = step.input.now;
    let week = |end: Timestamp| end > now && end <= after(now, hours(7 * 24));
    let stands = before.holds.iter().find(|one| one.ended_at.is_none());
    match &step.command {
        Command::HoldContract {
            finding: Some(finding),
            ..
        } => {
            must(week(finding.review_by), "a hold of no week")?;
            must(finding.second != Some(by), "the second is the first")?;
            must(stands.is_none(), "a second hold")
        }
        Command::ExtendContractHold {
            review_by, second, ..
        } => {
            must(week(*review_by), "a hold of no week")?;
            let placed_at = stands.ok_or("there is no hold")?.placed_at;
            let two = second.is_some_and(|second| second != by);
            let long = *review_by > after(placed_at, hours(30 * 24));
            must(two || !long, "one alone for more than 30 days")
        }
        Command::AnswerContractHold { hold, .. } => {
            let hold = before.holds.iter().find(|one| one.id == *hold);
            must(hold.is_some_and(|hold| hold.by != by), "answered by who decided")
        }
        Command::Resume { reason } => {
            let told = reason.as_ref().is_some_and(|text| !text.trim().is_empty());
            must(stands.is_none() || told, "a hold was lifted without a reason")
        }
        _ => Ok(()),
    }
}

/// H12: a start that has to go by what the provider can hold leaves 47 days and the inspection after the due date.
fn started(step: &Step, decision: &Decision) -> Result<(), &'static str> {
    let Command::Start { milestone } = step.command else {
        return Ok(());
    };
    let milestone = decision.contract.milestone(milestone).ok();
    let Some((milestone, due)) = milestone.and_then(|one| Some((one, one.state.ends_at()?))) else {
        return Ok(());
    };
    let needed = hours(24).saturating_mul(i32::from(milestone.plan.inspection_days).saturating_add(47));
    let lots = milestone.lots.iter().filter(|lot| lot.held().is_positive());
    let until = lots.filter_map(|lot| lot.hold_until).min();
    let agreed = crate::span::end_of(milestone.plan.due_on);
    let fits = until.is_none_or(|until| after(due, needed) <= until);
    if fits || due == agreed || step.input.facts.holding_days.is_none() {
        Ok(())
    } else {
        Err("the provider cannot hold the money until the end of a dispute")
    }
}

/// Timers of the state of a milestone.
const BY_ENTRY: &[TimerKind] = &[
    TimerKind::StartReminder,
    TimerKind::Lapses,
    TimerKind::DueReminder,
    TimerKind::Overdue,
    TimerKind::Returns,
    TimerKind::InspectionReminder,
    TimerKind::InspectionEnds,
];

fn roles(command: &Command) -> &'static [Role] {
    use Role::{Client, Clock, Expert, Operator, Provider};
    match command {
        Command::Fund { .. }
        | Command::Place { .. }
        | Command::Cancel { .. }
        | Command::RequestChanges { .. }
        | Command::ExtendInspection { .. }
        | Command::Approve { .. }
        | Command::Release { .. }
        | Command::RefundFunds { .. }
        | Command::RegisterAbsence { .. } => &[Client],
        Command::Start { .. } | Command::Submit { .. } | Command::GiveBack { .. } => &[Expert],
        Command::Sign { .. }
        | Command::Decline
        | Command::Withdraw
        | Command::End
        | Command::ProposeAmendment { .. }
        | Command::AcceptAmendment
        | Command::RejectAmendment
        | Command::OfferSettlement { .. }
        | Command::AcceptSettlement { .. }
        | Command::RejectSettlement { .. }
        | Command::Drop { .. }
        | Command::AnswerDispute { .. }
        | Command::AppealDispute { .. }
        | Command::AppealContractHold { .. } => &[Client, Expert],
        Command::Resume { .. } | Command::OpenDispute { .. } => &[Client, Expert, Operator],
        Command::HoldContract { .. }
        | Command::ExtendContractHold { .. }
        | Command::AnswerContractHold { .. }
        | Command::DecideDispute { .. }
        | Command::MoveToBank { .. }
        | Command::AssignReceipt { .. } => &[Operator],
        Command::Captured { .. }
        | Command::PaymentFailed { .. }
        | Command::PaymentExpired { .. }
        | Command::RefundSent { .. }
        | Command::RefundSucceeded { .. }
        | Command::RefundFailed { .. }
        | Command::ChargebackOpened { .. }
        | Command::ChargebackWon { .. }
        | Command::ChargebackLost { .. } => &[Provider],
        Command::MailBounced { .. } | Command::Timer { .. } => &[Clock],
    }
}

fn sums(command: &Command) -> Vec<Money> {
    match command {
        Command::Release { amount, .. }
        | Command::GiveBack { amount, .. }
        | Command::RefundFunds { amount, .. }
        | Command::AssignReceipt { amount, .. } => vec![*amount],
        Command::OfferSettlement {
            to_expert, to_client, ..
        }
        | Command::DecideDispute {
            to_expert, to_client, ..
        } => vec![*to_expert, *to_client],
        Command::OpenDispute {
            unconditional,
            offer_to_expert,
            ..
        }
        | Command::AnswerDispute {
            unconditional,
            offer_to_expert,
            ..
        } => vec![*unconditional, *offer_to_expert],
        Command::Captured { amount, fee, .. } | Command::ChargebackOpened { amount, fee, .. } => {
            vec![*amount, *fee]
        }
        _ => Vec::new(),
    }
}

fn subject<'a>(contract: &'a Contract, command: &Command) -> Option<&'a Milestone> {
    let id = match command {
        Command::Start { milestone }
        | Command::Submit { milestone, .. }
        | Command::RequestChanges { milestone, .. }
        | Command::ExtendInspection { milestone, .. }
        | Command::Approve { milestone }
        | Command::Release { milestone, .. }
        | Command::GiveBack { milestone, .. }
        | Command::OpenDispute { milestone, .. }
        | Command::AnswerDispute { milestone, .. }
        | Command::AppealDispute { milestone, .. }
        | Command::AcceptSettlement { milestone } => *milestone,
        _ => return None,
    };
    contract.milestone(id).ok()
}

/// What the contract's clocks show: in a pause, when it began.
fn clock(contract: &Contract, step: &Step) -> Timestamp {
    contract
        .pause
        .as_ref()
        .map_or(step.input.now, |pause| pause.since)
}

/// Act at or before the due instant; afterwards it is the timer's.
fn in_time(milestone: &Milestone, step: &Step) -> bool {
    let until = match &milestone.state {
        State::Funded { lapses_at, .. } => Some(*lapses_at),
        State::Submitted { inspect_until, .. } => Some(*inspect_until),
        State::Working { returns_at, .. } | State::ChangesRequested { returns_at, .. } => *returns_at,
        _ => None,
    };
    until.is_none_or(|until| step.input.now <= until)
}

fn of_milestone(contract: &Contract, milestone: &Milestone, step: &Step) -> Result<(), &'static str> {
    let must = |holds: bool, why: &'static str| if holds { Ok(()) } else { Err(why) };
    let held = milestone.held().map_err(|_refusal| "nobody knows what is held")?;
    let kind = milestone.state.kind();
    let running = contract.pause.is_none();
    match &step.command {
        Command::Start { .. } => {
            must(in_time(milestone, step), "the money goes back")?;
            must(kind == Kind::Funded && running, "not funded, or paused")
        }
        Command::Submit {
            deliverables, ticked, ..
        } => {
            must(*deliverables > 0, "nothing was delivered")?;
            let mut items = (0_u16..).zip(&milestone.plan.acceptance);
            must(
                items.all(|(item, _)| ticked.contains(&item)),
                "an item is not ticked",
            )?;
            must(in_time(milestone, step), "the money goes back")?;
            must(running, "the contract is paused")
        }
        Command::RequestChanges { unmet, .. } => {
            must(!unmet.is_empty(), "nothing is unmet")?;
            must(milestone.rounds_used < milestone.plan.rounds, "no round is left")?;
            must(in_time(milestone, step), "the time to inspect is over")?;
            must(
                kind == Kind::Submitted && running,
                "nothing is submitted, or paused",
            )
        }
        Command::ExtendInspection { days, .. } => {
            must(in_time(milestone, step), "the time to inspect is over")?;
            let first = matches!(milestone.state, State::Submitted { extended: false, .. });
            must(first && (1..=7).contains(days), "a second or too long extension")
        }
        Command::Approve { .. } => must(
            kind == Kind::Submitted && running,
            "nothing is submitted, or paused",
        ),
        Command::Release { amount, .. } => {
            let part = amount.amount_minor > 0 && Minor(amount.amount_minor) < held;
            must(part && running, "not a part of what is held, or paused")
        }
        Command::GiveBack { amount, .. } => {
            let up_to = amount.amount_minor > 0 && Minor(amount.amount_minor) <= held;
            must(
                up_to && !milestone.in_dispute(),
                "more than is held, or in dispute",
            )
        }
        Command::OpenDispute { .. } => must(!milestone.in_dispute(), "a dispute is open"),
        Command::AnswerDispute { .. } | Command::AppealDispute { .. } => {
            let dispute = milestone.dispute.as_ref().ok_or("there is no dispute")?;
            must(clock(contract, step) <= dispute.due_at, "its time is over")
        }
        Command::AcceptSettlement { .. } => {
            let offer = milestone.settlement.as_ref().ok_or("nothing is offered")?;
            let whole = offer.to_expert_minor.0.checked_add(offer.to_client_minor.0);
            must(whole == Some(held.0), "not all that is held")?;
            must(clock(contract, step) <= offer.until, "the offer is over")
        }
        _ => Ok(()),
    }
}

/// A milestone costs 1,000,000 major units at most, with the raises that nobody has paid yet.
fn too_dear(contract: &Contract) -> bool {
    let major = 10_i64.checked_pow(contract.currency.exponent()).unwrap_or(1);
    let most = major.saturating_mul(1_000_000);
    let agreed = |one: &Milestone| one.plan.price_minor.0.saturating_add(one.to_raise_minor.0);
    contract.milestones.iter().any(|one| agreed(one) > most)
}

/// R4: whatever money follows from a silence follows from none during which nobody was told: a timer that comes more than
/// an hour late gives a day first, as often as that happens.
fn after_downtime(milestone: &Milestone, event: Event, step: &Step) -> Result<(), &'static str> {
    let deadline = match (&milestone.state, event) {
        (State::Funded { lapses_at, .. }, Event::Lapsed) => Some(*lapses_at),
        (State::Submitted { inspect_until, .. }, Event::AutoApproved) => Some(*inspect_until),
        (
            State::Working { returns_at, .. } | State::ChangesRequested { returns_at, .. },
            Event::Undelivered,
        ) => *returns_at,
        (State::Working { due_at, .. } | State::ChangesRequested { due_at, .. }, Event::Overdue) => {
            Some(*due_at)
        }
        (State::Disputed, Event::Decided) => milestone.dispute.as_ref().map(|one| one.due_at),
        _ => None,
    };
    let by_itself = matches!(step.command, Command::Timer { .. });
    if by_itself && deadline.is_some_and(|deadline| step.input.now > after(deadline, hours(1))) {
        return Err("it came after downtime, and nobody had a day");
    }
    Ok(())
}

/// T10: reminders went out, the mail arrived, the client is there, the time is over.
fn silence(
    contract: &Contract,
    milestone: &Milestone,
    step: &Step,
    reminded: &Reminded,
) -> Result<(), &'static str> {
    let State::Submitted {
        since,
        inspect_until,
        mail,
        ..
    } = &milestone.state
    else {
        return Err("nothing is submitted");
    };
    let now = step.input.now;
    if now <= *inspect_until {
        return Err("the time to inspect is not over");
    }
    if *mail == Mail::Bounced {
        return Err("every mail came back");
    }
    if contract
        .absences
        .iter()
        .any(|one| one.from <= now && now <= one.until)
    {
        return Err("the client is away");
    }
    let last = [
        before(*inspect_until, hours(48)),
        before(*inspect_until, hours(24)),
    ];
    let needed = last.iter().filter(|at| **at > after(*since, hours(0))).count();
    if !milestone.graced && reminded.of(&milestone.id.to_string()) < needed {
        return Err("the client was not reminded");
    }
    Ok(())
}
