//! The conditions of the process, one by one.

use jiff::{SignedDuration, Timestamp};

use super::deadline::FIRST_WARNING_DAYS;
use super::dispute::Ruling;
use super::kind::Kind;
use super::milestone::{Mail, Milestone, State, reminders};
use super::payment::{Method, Payment, PaymentState};
use super::step::{Act, Step};
use super::table::{Guard, HELD};
use super::{Contract, Standing};
use crate::ids::MilestoneId;
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, before, days, end_of};

/// How often the expert is told of a due date before the money goes back for it.
pub(super) const TOLD: u16 = 2;
/// So many days at least lie between the beginning of work and its due date.
pub(super) const LEAST_WORK_DAYS: u16 = 3;
/// After so many days a pause is long.
pub(super) const DORMANT_DAYS: u16 = 60;

/// Refuses where the condition does not hold.
pub(super) fn check(step: &Step<'_>, id: MilestoneId, guard: Guard, act: &Act<'_>) -> Result<(), Refusal> {
    let milestone = step.contract.milestone(id)?;
    match guard {
        Guard::ContractActive => active(&step.contract),
        Guard::NotPaused => require(!step.contract.is_paused(), step.contract.paused()),
        Guard::NotEnding => require(
            step.contract.standing != Standing::Ending,
            Refusal::ContractEnding,
        ),
        Guard::Ending => require(step.contract.standing == Standing::Ending, Refusal::TakesBoth),
        Guard::WithinClientLimit => within_limit(step, milestone, act),
        Guard::WithinHoldingLimit => within_holding(step, milestone, act),
        Guard::NoOtherPayment => no_other_payment(step, id),
        Guard::ExpertOnboarded => require(step.input.facts.expert_onboarded, Refusal::ExpertNotOnboarded),
        Guard::InTime => require(!is_over(step, milestone), Refusal::TimeOver),
        Guard::TimePassed => require(has_ended(step, milestone), Refusal::NotLapsed),
        Guard::Deliverable => require(act.count > 0, Refusal::NoDeliverable),
        Guard::AcceptanceTicked => ticked(milestone, act),
        Guard::RoundLeft => require(milestone.rounds_used < milestone.plan.rounds, Refusal::RoundsUsed),
        Guard::UnmetItem => unmet(milestone, act),
        Guard::FirstExtension => first_extension(milestone, act),
        Guard::Reminded => reminded(milestone),
        Guard::ClientPresent => present(step),
        Guard::PartOfHeld => part(act.amount, milestone.held()?),
        Guard::UpToHeld => up_to(act.amount, milestone.held()?),
        Guard::WholeHeld => require(
            act.amount.plus(act.other)? == milestone.held()?,
            Refusal::SumDiffers,
        ),
        Guard::ExpertTold => require(milestone.expert_told >= TOLD, Refusal::ExpertNotTold),
        Guard::IsOverdue => require(is_overdue(milestone), Refusal::NotOverdue),
        Guard::FiguresFit => figures(milestone, act),
        Guard::AnswerOpen => answer(step, milestone, act),
        Guard::FinalFigures => final_figures(milestone, act),
        Guard::TwoAboveLimit => last_ruling(step, milestone),
        Guard::HoldsOfPayment => holds_of(milestone, act),
        Guard::HoldingEnds => holding_ends(step, milestone),
        Guard::LongPaused => long_paused(step),
        Guard::FundsCover => funds_cover(step, act),
        Guard::TargetHolds => target(step, id, act),
        // A receipt is looked at before the row, since money that arrived is booked in every state; and only the
        // acceptance of what the other party proposed runs the rows of both.
        Guard::NewReceipt | Guard::Agreed => Ok(()),
    }
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

fn active(contract: &Contract) -> Result<(), Refusal> {
    match contract.standing {
        Standing::Active | Standing::Ending => Ok(()),
        Standing::Paused => Err(contract.paused()),
        Standing::Ended => Err(Refusal::ContractEnded),
        Standing::Offered | Standing::Declined | Standing::Withdrawn | Standing::Expired => {
            Err(Refusal::ContractNotActive)
        }
    }
}

/// The price that a payment now would bring into a milestone.
pub(super) fn to_fund(milestone: &Milestone) -> Minor {
    if milestone.state.kind() == Kind::Planned {
        milestone.plan.price_minor
    } else {
        milestone.to_raise_minor
    }
}

fn within_limit(step: &Step<'_>, milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let facts = &step.input.facts;
    let new = paid(step, act).map_or_else(|| to_fund(milestone), |payment| payment.price_minor);
    let open = facts
        .client_open_minor
        .plus(step.contract.open_minor()?)?
        .plus(new)?;
    require(open <= facts.client_limit_minor, Refusal::ClientLimit)
}

/// The payment that an act uses, where it was begun before.
fn paid<'a>(step: &'a Step<'_>, act: &Act<'_>) -> Option<&'a Payment> {
    step.contract.payment(act.payment?).ok()
}

/// `due + inspection + 7 days of extension + 40 days of dispute` must lie within what the provider can hold. Money that
/// is yet to arrive counts from now on, which is sooner than it will be held.
fn within_holding(step: &Step<'_>, milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let paid = paid(step, act);
    let at_bank = paid.is_some_and(|payment| payment.moved_to.is_some());
    let Some(held_for) = step.input.facts.holding_days.filter(|_limit| !at_bank) else {
        return Ok(());
    };
    let since = paid.and_then(|payment| payment.arrived_at).unwrap_or(step.now());
    let due = milestone
        .state
        .ends_at()
        .map_or(step.due_on(milestone), |at| at.max(step.due_on(milestone)));
    require(
        after(due, after_due(milestone)) <= after(since, days(held_for)),
        Refusal::HoldingLimit,
    )
}

/// How long money may be needed after the due date: to inspect, 7 days of extension, 40 days of dispute.
fn after_due(milestone: &Milestone) -> SignedDuration {
    days(milestone.plan.inspection_days.saturating_add(7 + 40))
}

impl Contract {
    /// From when on a milestone, or an agreed raise of its price, may be funded where the provider can hold money for so many
    /// days: what is offered to a client whom the limit has refused. None where the provider could never hold it long enough.
    pub fn fund_from(&self, id: MilestoneId, holding_days: u16) -> Result<Option<Timestamp>, Refusal> {
        let milestone = self.milestone(id)?;
        let (needed, held_for) = (after_due(milestone), days(holding_days));
        let agreed = end_of(milestone.plan.due_on);
        let due = milestone.state.ends_at().map_or(agreed, |at| at.max(agreed));
        let ever = days(LEAST_WORK_DAYS).saturating_add(needed) <= held_for;
        Ok(ever.then(|| before(after(due, needed), held_for)))
    }
}

impl Step<'_> {
    /// T4: by when it is due what is started now. Whoever starts late has at least three days, and no more than the provider
    /// can hold the money for; where that leaves less than a day, it is too late.
    pub(super) fn due_from_start(&self, milestone: &Milestone) -> Result<Timestamp, Refusal> {
        let due = self.due_on(milestone);
        let lots = milestone.lots.iter().filter(|lot| lot.held().is_positive());
        let held_until = lots.filter_map(|lot| lot.hold_until).min();
        // Starts that were decided before this was asked know of no limit.
        let Some(held_until) = held_until.filter(|_until| self.input.facts.holding_days.is_some()) else {
            return Ok(due);
        };
        let latest = before(held_until, after_due(milestone));
        let due = due.min(latest.max(end_of(milestone.plan.due_on)));
        require(due >= after(self.now(), days(1)), Refusal::StartTooLate)?;
        Ok(due)
    }
}

fn no_other_payment(step: &Step<'_>, id: MilestoneId) -> Result<(), Refusal> {
    let pending =
        |payment: &&super::Payment| payment.milestone == id && payment.state == PaymentState::Pending;
    require(
        step.contract.payments.iter().find(pending).is_none(),
        Refusal::FundingUnderWay,
    )
}

fn ticked(milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let all = (0_u16..).zip(&milestone.plan.acceptance);
    let every = all.into_iter().all(|(number, _)| act.marks.contains(&number));
    require(every, Refusal::AcceptanceOpen)
}

fn unmet(milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let known = |mark: &u16| usize::from(*mark) < milestone.plan.acceptance.len();
    require(
        !act.marks.is_empty() && act.marks.iter().all(known),
        Refusal::NoUnmetItem,
    )
}

fn first_extension(milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let extended = matches!(milestone.state, State::Submitted { extended: true, .. });
    require(!extended, Refusal::AlreadyExtended)?;
    require((1..=7).contains(&act.count), Refusal::ExtensionTooLong)
}

fn reminded(milestone: &Milestone) -> Result<(), Refusal> {
    let State::Submitted {
        since,
        inspect_until,
        reminded,
        mail,
        ..
    } = &milestone.state
    else {
        return Err(Refusal::NotRemindedYet);
    };
    let all = reminders(*since, *inspect_until).len();
    let enough = milestone.graced || usize::from(*reminded) >= all;
    require(enough && *mail != Mail::Bounced, Refusal::NotRemindedYet)
}

fn present(step: &Step<'_>) -> Result<(), Refusal> {
    let now = step.now();
    let absent = |absence: &super::Absence| absence.from <= now && now <= absence.until;
    require(!step.contract.absences.iter().any(absent), Refusal::ClientAbsent)
}

fn part(amount: Minor, held: Minor) -> Result<(), Refusal> {
    up_to(amount, held)?;
    require(amount < held, Refusal::AmountNotPart)
}

fn up_to(amount: Minor, held: Minor) -> Result<(), Refusal> {
    require(amount.is_positive(), Refusal::AmountNotPositive)?;
    require(amount <= held, Refusal::AmountExceedsHeld)
}

/// Whether the deadline of the state has passed, whatever follows from it.
fn has_ended(step: &Step<'_>, milestone: &Milestone) -> bool {
    milestone.state.ends_at().is_some_and(|at| at < step.now())
}

/// Whether nobody acts in the state any more. A due date that has passed stops nobody: late work is work until the money
/// goes back.
fn is_over(step: &Step<'_>, milestone: &Milestone) -> bool {
    let due = matches!(
        milestone.state,
        State::Working { returns_at: None, .. } | State::ChangesRequested { returns_at: None, .. }
    );
    !due && has_ended(step, milestone)
}

fn is_overdue(milestone: &Milestone) -> bool {
    matches!(
        milestone.state,
        State::Working {
            returns_at: Some(_),
            ..
        } | State::ChangesRequested {
            returns_at: Some(_),
            ..
        }
    )
}

/// A decision above the contract's limit is one of two operators.
pub(super) fn two_above_limit(step: &Step<'_>, disputed: Minor, ruling: &Ruling) -> Result<(), Refusal> {
    let two = ruling.second.is_some_and(|second| second != ruling.by);
    let limit = step.contract.terms.second_operator_above_minor;
    require(two || disputed <= limit, Refusal::FourEyes)
}

fn last_ruling(step: &Step<'_>, milestone: &Milestone) -> Result<(), Refusal> {
    let dispute = milestone.dispute.as_ref().ok_or(Refusal::NoDispute)?;
    let ruling = dispute.rulings.last().ok_or(Refusal::NotDecisionTime)?;
    two_above_limit(step, milestone.held()?, ruling)
}

fn holds_of(milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let mut holds = false;
    for lot in milestone
        .lots
        .iter()
        .filter(|lot| Some(lot.payment) == act.payment)
    {
        holds = holds || lot.held().is_positive() || lot.fee_held()?.is_positive();
    }
    require(holds, Refusal::EventWithoutEffect)
}

fn holding_ends(step: &Step<'_>, milestone: &Milestone) -> Result<(), Refusal> {
    let warned_from = after(step.now(), days(FIRST_WARNING_DAYS));
    let ends = |lot: &super::Lot| {
        lot.held().is_positive() && lot.hold_until.is_some_and(|until| until <= warned_from)
    };
    require(milestone.lots.iter().any(ends), Refusal::NotLapsed)
}

fn long_paused(step: &Step<'_>) -> Result<(), Refusal> {
    let pause = step.contract.pause.as_ref().ok_or(Refusal::NotPaused)?;
    require(
        after(pause.since, days(DORMANT_DAYS)) < step.now(),
        Refusal::NotLapsed,
    )
}

fn figures(milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let held = milestone.held()?;
    let fit = act
        .figures
        .is_none_or(|figures| figures.unconditional_minor < held && figures.offer_to_expert_minor <= held);
    require(fit, Refusal::FiguresUnfit)
}

fn answer(step: &Step<'_>, milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let dispute = milestone.dispute.as_ref().ok_or(Refusal::NoDispute)?;
    let given = if step.role()? == super::By::Client {
        dispute.client
    } else {
        dispute.expert
    };
    require(given.is_none(), Refusal::OwnDispute)?;
    require(
        dispute.phase == super::Phase::AnswerDue && step.clock() <= dispute.due_at,
        Refusal::NotAnswerTime,
    )?;
    let figures = act.figures.ok_or(Refusal::FiguresUnfit)?;
    // More than what the opener's figure has left is no mistake: all of it then goes by this figure.
    let fit = figures.unconditional_minor <= dispute.held_minor
        && figures.offer_to_expert_minor <= dispute.held_minor;
    require(fit, Refusal::FiguresUnfit)
}

fn final_figures(milestone: &Milestone, act: &Act<'_>) -> Result<(), Refusal> {
    let open = milestone.dispute.as_ref().is_some_and(super::Dispute::is_open);
    require(open, Refusal::NoDispute)?;
    require(
        act.amount.plus(act.other)? <= milestone.held()?,
        Refusal::SumDiffers,
    )
}

fn funds_cover(step: &Step<'_>, act: &Act<'_>) -> Result<(), Refusal> {
    let payment = step.contract.payment(act.payment.ok_or(Refusal::NotFound)?)?;
    require(
        payment.in_funds_minor >= payment.asked_minor,
        Refusal::FundsTooLow,
    )
}

fn target(step: &Step<'_>, id: MilestoneId, act: &Act<'_>) -> Result<(), Refusal> {
    let target = act.target.ok_or(Refusal::NotFound)?;
    require(target != id, Refusal::AmendmentUnfit)?;
    let kind = step.contract.milestone(target)?.state.kind();
    require(HELD.contains(&kind), Refusal::AmendmentUnfit)
}

/// How long a payment by this method may take.
pub(super) fn payment_time(method: Method) -> jiff::SignedDuration {
    match method {
        Method::Card => jiff::SignedDuration::from_mins(15),
        Method::Bank => days(7),
    }
}
