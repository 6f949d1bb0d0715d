//! What a history is aimed at: one cell of state, event, actor and fault. Chance alone comes to some cells once in a million
//! histories; a history that is aimed at one walks towards its state and tries it there again and again.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an event that nothing prepares is left to the others"
)]

use std::collections::VecDeque;

use super::{Draft, Script, fire};
use crate::contract::{
    Actor, By, Change, Command, Contract, Event, HELD, Kind, Method, Milestone, PaymentState, ROWS, Row,
    Standing, State, TimerKind,
};
use crate::money::Minor;
use crate::simulate::check::from_provider;
use crate::simulate::core::Core;
use crate::simulate::coverage::{Outcome, can_be_reached, cell_at, role, tries};
use crate::simulate::random::Random;
use crate::simulate::step::{Fault, Faults, Step};
use crate::span::after;

/// So many of a hundred histories have an aim; the others go where chance goes.
const AIMED: u64 = 75;
/// So many of a hundred steps of these are on the way to the aim's state.
const ON_THE_WAY: u64 = 75;
/// So many of a hundred are for the aim once a milestone is there.
const THERE: u64 = 95;
/// States that are seldom reached or soon left: a history is aimed at them more often.
const SELDOM: &[Kind] = &[
    Kind::ChangesRequested,
    Kind::Released,
    Kind::Split,
    Kind::Split,
    Kind::Canceled,
    Kind::ChargedBack,
];
/// So many of a hundred histories are aimed at something that is accepted.
const ACCEPTED: u64 = 40;
/// What both parties change by an amendment.
const AMENDED: &[Event] = &[
    Event::RaisePrice,
    Event::LowerPrice,
    Event::MoveMoney,
    Event::Drop,
];
/// So often something sensible is drawn until it is the event that is wanted.
const DRAWN: u32 = 12;

/// A cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    kind: Kind,
    event: Event,
    by: By,
    outcome: Outcome,
    fault: Fault,
    /// Which of the milestones goes there.
    which: usize,
}

/// Seeds from here on are those of [`aimed_at`].
const AT_A_CELL: u64 = 1 << 63;
/// Where the cell's place begins in them.
const PLACE: u32 = 32;

/// The seed of a history that is aimed at the cell at a place, as [`crate::simulate::Coverage::lacking`] names it; one for
/// each number below 2³².
pub fn aimed_at(place: usize, number: u32) -> u64 {
    let place = u64::try_from(place).unwrap_or(0) & (u64::MAX >> (PLACE + 1));
    AT_A_CELL | place << PLACE | u64::from(number)
}

impl Aim {
    /// What the history of a seed is aimed at.
    pub(super) fn of(seed: u64, random: &mut Random, faults: &Faults) -> Option<Self> {
        let place = usize::try_from((seed & !AT_A_CELL) >> PLACE).ok();
        let cell = place.filter(|_| seed & AT_A_CELL != 0).and_then(cell_at);
        let Some(((kind, event, by), outcome, fault)) = cell else {
            return Self::draw(random, faults);
        };
        Some(Self {
            kind,
            event,
            by,
            outcome,
            fault,
            which: random.pick(0, &[1, 2, 3]),
        })
    }

    /// Any cell that can be reached, as likely as any other of its outcome; or none.
    fn draw(random: &mut Random, faults: &Faults) -> Option<Self> {
        if !random.percent(AIMED) {
            return None;
        }
        let outcome = if random.percent(ACCEPTED) {
            Outcome::Accepted
        } else {
            Outcome::Refused
        };
        let kinds = if random.percent(40) { SELDOM } else { Kind::ALL };
        loop {
            let aim = Self {
                kind: random.pick(Kind::Planned, kinds),
                event: random.pick(Event::Fund, Event::ALL),
                by: random.pick(By::Client, By::ALL),
                outcome,
                fault: random.pick(Fault::None, faults.each()),
                which: random.pick(0, &[1, 2, 3]),
            };
            if can_be_reached((aim.kind, aim.event, aim.by), outcome, aim.fault) {
                return Some(aim);
            }
        }
    }
}

impl Aim {
    /// Whether a milestone is where the aim is tried.
    fn is_at(self, milestone: &Milestone) -> bool {
        let warned = self.event == Event::HoldingDeadline;
        milestone.state.kind() == self.kind && (!warned || !milestone.lots.is_empty())
    }

    /// Whether what is to be accepted is so only once the work is overdue, and it is not.
    fn needs_overdue(self, milestone: &Milestone) -> bool {
        let in_time = matches!(
            milestone.state,
            State::Working { returns_at: None, .. } | State::ChangesRequested { returns_at: None, .. }
        );
        let event = matches!(self.event, Event::Cancel | Event::Undelivered);
        in_time && event && self.outcome == Outcome::Accepted
    }

    /// What comes first. Only a milestone all of whose money was moved to another is canceled and had some to warn of.
    fn staged(self, contract: &Contract) -> Self {
        let warns_canceled = (self.kind, self.event) == (Kind::Canceled, Event::HoldingDeadline);
        if !warns_canceled || contract.milestones.iter().any(|one| self.is_at(one)) {
            return self;
        }
        Self {
            kind: Kind::Funded,
            event: Event::MoveMoney,
            by: By::Parties,
            outcome: Outcome::Accepted,
            fault: Fault::None,
            ..self
        }
    }
}

impl Script {
    /// A step at the aim, where a milestone is in its state, or one on the way there.
    pub(super) fn aimed(&mut self, core: &Core) -> Option<Step> {
        let contract = core.contract();
        let aim = self.aim?.staged(contract);
        let in_it = |one: &&Milestone| aim.is_at(one);
        let there: Vec<&Milestone> = contract.milestones.iter().filter(in_it).collect();
        let steps = if there.is_empty() { ON_THE_WAY } else { THERE };
        if contract.standing == Standing::Offered || !self.random.percent(steps) {
            return None;
        }
        let one = contract.milestones.iter().cycle().nth(aim.which)?;
        // A change of a milestone is proposed where it is tried: on the way there it would lead elsewhere.
        let proposes = AMENDED.contains(&aim.event) && aim.kind.is_terminal();
        let prepared = if proposes {
            there.first().copied()
        } else {
            Some(one)
        };
        if self.random.percent(30)
            && let Some(milestone) = prepared
            && let Some((by, command)) = self.prepared(contract, milestone, aim)
        {
            self.tick();
            return Some(self.deliver(core, (None, by, command), Fault::None));
        }
        if let Some((other, way)) = self.funded_beside(contract, one, aim) {
            self.tick();
            let draft = self.attempt(core, other, way)?;
            return Some(self.deliver(core, draft, way.fault));
        }
        let (milestone, aim) = if let Some(there) = self.random.among(&there) {
            (*there, aim)
        } else {
            (one, self.on_the_way(one.state.kind(), aim)?)
        };
        if aim.needs_overdue(milestone)
            && let Some(draft) = self.due(core, milestone, Event::Overdue)
        {
            return Some(self.deliver(core, draft, Fault::None));
        }
        self.time_passes(aim.fault);
        let draft = self.attempt(core, milestone, aim)?;
        Some(self.deliver(core, draft, aim.fault))
    }

    /// Money moves only to another milestone that holds some: that one must be brought there, too.
    fn funded_beside<'a>(
        &mut self,
        contract: &'a Contract,
        one: &Milestone,
        aim: Aim,
    ) -> Option<(&'a Milestone, Aim)> {
        let other = contract.milestones.iter().find(|other| other.id != one.id)?;
        let kind = other.state.kind();
        if aim.event != Event::MoveMoney || HELD.contains(&kind) || !self.random.percent(40) {
            return None;
        }
        let funded = Aim {
            kind: Kind::Funded,
            ..aim
        };
        Some((other, self.on_the_way(kind, funded)?))
    }

    /// A row of a shortest way to the aim's state, as an aim of its own.
    fn on_the_way(&mut self, from: Kind, aim: Aim) -> Option<Aim> {
        let row = next_on_the_way(from, aim.kind)?;
        Some(Aim {
            kind: from,
            event: row.event,
            by: *self.random.among(row.by)?,
            outcome: Outcome::Accepted,
            fault: Fault::None,
            ..aim
        })
    }

    /// What must be there before the event can come: an offer, a proposed change, or money that waits in the funds.
    fn prepared(&mut self, contract: &Contract, milestone: &Milestone, aim: Aim) -> Option<(Actor, Command)> {
        let party = self.actor(contract, milestone, By::Parties);
        match aim.event {
            Event::Settle if milestone.settlement.is_none() => Some((party, self.offer(milestone))),
            Event::RaisePrice | Event::LowerPrice | Event::MoveMoney | Event::Drop => {
                self.proposed(contract, milestone, aim.event, party)
            }
            Event::Place if milestone.to_raise_minor.is_positive() || milestone.state == State::Planned => {
                self.late(contract, milestone)
            }
            Event::ChargebackWon | Event::ChargebackLost => {
                let payment = self.payment_of(contract, milestone)?.clone();
                let known = contract.chargebacks.iter().any(|one| one.payment == payment.id);
                if !known && payment.received_minor.is_positive() {
                    let by = Actor::Provider {
                        name: payment.provider.clone(),
                    };
                    return Some((by, self.taken_back(&payment)));
                }
                let unfunded = [Kind::Planned, Kind::Funding, Kind::Canceled].contains(&aim.kind);
                if unfunded && !known {
                    self.late(contract, milestone)
                } else {
                    None
                }
            }
            // more is paid where the price was raised
            Event::Fund if !HELD.contains(&aim.kind) || milestone.to_raise_minor.is_positive() => None,
            Event::Place | Event::Fund => {
                let open = contract.amendment.as_ref().map(|one| &one.change);
                if matches!(open, Some(Change::RaisePrice { milestone: id, .. }) if *id == milestone.id) {
                    return Some((party, Command::AcceptAmendment));
                }
                self.proposed(contract, milestone, Event::RaisePrice, party)
            }
            Event::Dormant if contract.standing == Standing::Active => {
                let reason = "A report.".to_owned();
                let finding = None;
                Some((self.operator(), Command::HoldContract { reason, finding }))
            }
            _ => None,
        }
    }

    /// Money that comes after its payment had failed and that the client may not have open: it waits in the funds.
    fn late(&mut self, contract: &Contract, milestone: &Milestone) -> Option<(Actor, Command)> {
        let of_it = contract
            .payments
            .iter()
            .filter(|one| one.milestone == milestone.id);
        let open: Vec<_> = of_it.filter(|one| one.state != PaymentState::Captured).collect();
        let Some(payment) = self.random.among(&open).map(|one| (*one).clone()) else {
            return Some((self.cast.client(), self.fund(milestone.id)));
        };
        let by = Actor::Provider {
            name: payment.provider.clone(),
        };
        match payment.state {
            PaymentState::Pending => Some((by, Command::PaymentFailed { payment: payment.id })),
            PaymentState::Failed | PaymentState::Expired => {
                self.poor = true;
                Some((by, self.captured(&payment)))
            }
            PaymentState::Captured | PaymentState::Conflicted => None,
        }
    }

    /// A change that this event carries out, proposed; another that is in its way is rejected first.
    fn proposed(
        &mut self,
        contract: &Contract,
        milestone: &Milestone,
        event: Event,
        party: Actor,
    ) -> Option<(Actor, Command)> {
        let wanted = |command: &Command| tries(contract, command).contains(&(milestone.id, event));
        match &contract.amendment {
            None => {
                let held = milestone.held().unwrap_or_default();
                let most = if held.is_positive() {
                    held
                } else {
                    milestone.plan.price_minor
                };
                let amount = self.amount(most);
                let (id, amount) = (milestone.id, self.cast.money(amount));
                let others = contract.milestones.iter().filter(|one| one.id != id);
                let holding: Vec<_> = others.filter(|one| HELD.contains(&one.state.kind())).collect();
                let change = match event {
                    Event::RaisePrice => Change::RaisePrice {
                        milestone: id,
                        amount: self.cast.money(Minor(self.random.between(1, 100_000))),
                    },
                    Event::LowerPrice => Change::LowerPrice {
                        milestone: id,
                        amount,
                    },
                    Event::MoveMoney => Change::MoveMoney {
                        milestone: id,
                        to: self.random.among(&holding).map_or(id, |one| one.id),
                        amount,
                    },
                    _ => Change::Drop { milestone: id },
                };
                Some((party, Command::ProposeAmendment { change }))
            }
            Some(_) if wanted(&Command::AcceptAmendment) => None,
            Some(_) => Some((party, Command::RejectAmendment)),
        }
    }

    /// The event of an aim on this milestone, by its actor; accepted or refused as it comes.
    fn attempt(&mut self, core: &Core, milestone: &Milestone, aim: Aim) -> Option<Draft> {
        let contract = core.contract();
        if aim.by == By::Clock && !(aim.outcome == Outcome::Refused && self.random.percent(50)) {
            if let Some(draft) = self.due(core, milestone, aim.event) {
                return Some(draft);
            }
            if aim.outcome == Outcome::Accepted {
                return self.on_time(core, Fault::None);
            }
        }
        if aim.outcome == Outcome::Accepted {
            for _ in 0..DRAWN {
                let drawn = self.sensible(core).filter(|(_, by, command)| {
                    acts_as(contract, by, command) == Some(aim.by)
                        && tries(contract, command).contains(&(milestone.id, aim.event))
                });
                if drawn.is_some() {
                    return drawn;
                }
            }
        }
        let by = self.actor(contract, milestone, aim.by);
        let told = matches!(aim.fault, Fault::Duplicate | Fault::Reorder);
        let command = if told || matches!(aim.event, Event::Captured) {
            self.forged_news(contract, milestone, aim.event)
        } else {
            self.for_event(contract, milestone, aim.event, &by)
        }?;
        (!told || from_provider(&command)).then_some((None, by, command))
    }

    /// The timer of this milestone that causes the event, at its time.
    fn due(&mut self, core: &Core, milestone: &Milestone, event: Event) -> Option<Draft> {
        let causes = |kind: TimerKind, subject: &str| {
            let command = Command::Timer {
                kind,
                subject: subject.to_owned(),
                entry_no: 0,
                due_at: self.now,
            };
            tries(core.contract(), &command).contains(&(milestone.id, event))
        };
        let set: Vec<_> = core
            .rows
            .iter()
            .filter(|row| causes(row.timer.kind, &row.timer.subject))
            .collect();
        let row = *self.random.among(&set)?;
        let late = jiff::SignedDuration::from_secs(self.random.between(1, 3_000));
        self.now = self.now.max(after(row.timer.due_at, late));
        Some(fire(row))
    }

    fn actor(&mut self, contract: &Contract, milestone: &Milestone, by: By) -> Actor {
        match by {
            By::Client => self.cast.client(),
            By::Expert => self.cast.expert(),
            By::Parties => {
                if self.random.percent(50) {
                    self.cast.client()
                } else {
                    self.cast.expert()
                }
            }
            By::Operator => self.operator(),
            By::Clock => Actor::Clock,
            By::Provider => {
                let payment = self
                    .payment_of(contract, milestone)
                    .map(|one| one.provider.clone());
                let name = payment.unwrap_or_else(|| self.cast.provider(Method::Card));
                Actor::Provider { name }
            }
        }
    }
}

/// As what somebody acts. What one has offered is caused by both when the other accepts it.
fn acts_as(contract: &Contract, by: &Actor, command: &Command) -> Option<By> {
    let agreed = matches!(
        command,
        Command::AcceptSettlement { .. } | Command::AcceptAmendment
    );
    match by {
        Actor::Person { .. } if agreed => Some(By::Parties),
        by => role(contract, by),
    }
}

/// The first row of a shortest way from one state to another.
fn next_on_the_way(from: Kind, to: Kind) -> Option<&'static Row> {
    let mut seen = vec![from];
    let mut ways: VecDeque<(Kind, Option<&'static Row>)> = VecDeque::from([(from, None)]);
    while let Some((at, first)) = ways.pop_front() {
        for row in ROWS.iter().filter(|row| row.from.contains(&at)) {
            // Back to where it was before is no way onwards; a chargeback's end mostly is that, too.
            let onwards = |next: &&Kind| match at {
                Kind::ChargebackHold => **next == Kind::ChargedBack,
                _ => !row.from.contains(next),
            };
            for next in row.to.iter().filter(onwards) {
                if next == &to {
                    return first.or(Some(row));
                }
                if !seen.contains(next) {
                    seen.push(*next);
                    ways.push_back((*next, first.or(Some(row))));
                }
            }
        }
    }
    None
}
