//! What happens next: drawn from chance and from how the contract stands, so that long paths are walked often and what
//! must be refused is tried everywhere.

mod aim;
mod choices;
mod news;
mod wrong;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use self::aim::Aim;
pub use self::aim::aimed_at;
use super::cast::Cast;
use super::check::from_provider;
use super::core::{Core, Row};
use super::random::Random;
use super::step::{Fault, Faults, Step};
use crate::contract::{Actor, Command, Facts, Input};
use crate::ids::EventId;
use crate::money::Minor;
use crate::span::{after, before, days, hours};

/// A command that is not under way yet: its key where it has one, its sender, what it says.
type Draft = (Option<u64>, Actor, Command);

/// The author of a history.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) cast: Cast,
    random: Random,
    now: Timestamp,
    faults: Faults,
    /// The client may have nothing more open at the next step.
    poor: bool,
    /// What is tried again and again beside everything else.
    aim: Option<Aim>,
    /// Steps that come later, with the number of steps before them.
    later: Vec<(u64, Step)>,
    next_key: u64,
    names: u64,
    /// What has come into the bank under these names.
    receipts: BTreeMap<EventId, Minor>,
}

impl Script {
    pub(super) fn new(seed: u64, faults: &Faults) -> Self {
        let mut random = Random::new(seed);
        let cast = Cast::draw(&mut random);
        Self {
            now: cast.input.now,
            poor: false,
            aim: Aim::of(seed, &mut random, faults),
            cast,
            random,
            faults: faults.clone(),
            later: Vec::new(),
            next_key: 0,
            names: 0,
            receipts: BTreeMap::new(),
        }
    }

    /// How many steps still come after a contract has ended: late events, stale timers, people who try.
    pub(super) fn afterwards(&self) -> u32 {
        if self.aim.is_some() { 24 } else { 8 }
    }

    /// The next step of a history.
    pub(super) fn next(&mut self, core: &Core) -> Step {
        if let Some(step) = self.waiting() {
            return step;
        }
        if let Some(step) = self.aimed(core) {
            return step;
        }
        let fault = self.fault();
        self.time_passes(fault);
        let draft = self.draft(core, fault);
        self.deliver(core, draft, fault)
    }

    /// Time runs on, operator and provider do their part, and nobody else acts; none once nothing is left to happen.
    pub(super) fn wind_down(&mut self, core: &Core) -> Option<Step> {
        if let Some(step) = self.waiting() {
            return Some(step);
        }
        // A worker that runs late does not wait in between: with many lots it would never be on time again.
        let behind = core.next_row().is_some_and(|row| row.timer.due_at < self.now);
        let step = if behind {
            SignedDuration::from_mins(1)
        } else {
            hours(1)
        };
        self.now = after(self.now, step);
        let draft = self.duty(core).or_else(|| {
            let row = core.next_row()?;
            let due = after(row.timer.due_at, SignedDuration::from_secs(1));
            self.now = self.now.max(due);
            Some(fire(row))
        })?;
        Some(self.step(draft, Fault::None))
    }

    /// Goes on from a moment, where the history before it was shortened.
    pub(super) fn go_on_from(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.later.clear();
        self.next_key = self.next_key.saturating_add(1_000_000);
    }

    fn waiting(&mut self) -> Option<Step> {
        let ready = self.later.iter().position(|(wait, _)| *wait == 0);
        for (wait, _) in &mut self.later {
            *wait = wait.saturating_sub(1);
        }
        let (_, mut step) = self.later.remove(ready?);
        self.tick();
        step.input = self.input(&step.command);
        Some(step)
    }

    fn fault(&mut self) -> Fault {
        if self.random.percent(70) {
            return Fault::None;
        }
        let faults = self.faults.clone();
        self.random.among(faults.each()).copied().unwrap_or(Fault::None)
    }

    fn time_passes(&mut self, fault: Fault) {
        if fault == Fault::Clock {
            self.jump();
        } else {
            self.tick();
        }
    }

    fn tick(&mut self) {
        let seconds = match self.random.below(20) {
            0 => self.random.between(86_400, 6 * 86_400),
            1..=4 => self.random.between(3_600, 86_400),
            _ => self.random.between(1, 3_600),
        };
        self.now = after(self.now, SignedDuration::from_secs(seconds));
    }

    /// The clock is set back or ahead, or nothing ran for weeks.
    fn jump(&mut self) {
        let hours = hours(u32::from(self.random.small(1, 72)));
        self.now = match self.random.below(4) {
            0 => before(self.now, hours),
            1 => after(self.now, hours),
            2 => after(self.now, days(self.random.small(3, 40))),
            _ => self.now,
        };
    }

    fn draft(&mut self, core: &Core, fault: Fault) -> Draft {
        let due = core.next_row().filter(|row| row.timer.due_at < self.now);
        if let Some(row) = due.filter(|_| self.random.percent(85)) {
            return fire(row);
        }
        let drawn = self.random.below(100);
        let found = match drawn {
            0..=14 => self.on_time(core, fault),
            15..=34 => self.wrong(core),
            35..=49 => self.news(core),
            _ => self.sensible(core),
        };
        found
            .or_else(|| self.sensible(core))
            .unwrap_or_else(|| self.anything(core))
    }

    /// The next timer, at its time, a little late, or early.
    fn on_time(&mut self, core: &Core, fault: Fault) -> Option<Draft> {
        let row = core.next_row()?;
        let due_at = row.timer.due_at;
        if fault == Fault::Clock && self.random.percent(30) {
            return self.random.among(&core.rows).map(fire); // early, most often
        }
        let late = self.random.between(1, 3_000_000_000);
        self.now = self.now.max(after(due_at, SignedDuration::from_micros(late)));
        Some(fire(row))
    }

    fn deliver(&mut self, core: &Core, draft: Draft, fault: Fault) -> Step {
        let told = from_provider(&draft.2);
        let of_provider = matches!(fault, Fault::Duplicate | Fault::Reorder);
        let fault = if of_provider && !told { Fault::None } else { fault };
        let mut step = self.step(draft, fault);
        let wait = self.random.below(4);
        match fault {
            Fault::None | Fault::Clock => step,
            Fault::Crash | Fault::Error | Fault::Retry => {
                let again = Step {
                    attempt: 2,
                    ..step.clone()
                };
                self.later.push((wait, again));
                step
            }
            Fault::Duplicate => {
                let again = Step {
                    key: self.key(),
                    ..step.clone()
                };
                self.later.push((wait, again));
                step
            }
            Fault::Reorder => {
                self.later.push((wait, step));
                let other = self.sensible(core).unwrap_or_else(|| self.anything(core));
                step = self.step(other, Fault::None);
                step
            }
        }
    }

    fn step(&mut self, (key, by, command): Draft, fault: Fault) -> Step {
        Step {
            key: key.unwrap_or_else(|| self.key()),
            attempt: 1,
            fault,
            by,
            input: self.input(&command),
            command,
        }
    }

    fn key(&mut self) -> u64 {
        self.next_key = self.next_key.saturating_add(1);
        self.next_key
    }

    fn input(&mut self, command: &Command) -> Input {
        let mut facts = self.cast.input.facts.clone();
        match self.random.below(40) {
            0 => facts.expert_onboarded = false,
            1 => facts.client_limit_minor = Minor(1),
            2 => facts.holding_days = Some(30),
            3 => facts.client_on_hold = true,
            4 => facts.expert_on_hold = true,
            5 => facts.client_limit_minor = Minor::ZERO,
            // as it was before a late decision was kept
            6 => facts.misses_kept = false,
            _ => {}
        }
        if std::mem::take(&mut self.poor) {
            facts.client_limit_minor = Minor::ZERO;
        }
        let facts = Facts {
            expert_payable_minor: Minor::ZERO,
            receipt_minor: if let Command::MoveToBank { receipt, .. } = command {
                self.receipts.get(receipt).copied()
            } else {
                None
            },
            ..facts
        };
        Input::new(self.now, self.random.seed(), facts)
    }

    /// A name nobody has used, in this history or another: of a receipt or of a chargeback.
    fn name(&mut self) -> String {
        self.names = self.names.saturating_add(1);
        format!("{} n{}", self.cast.id, self.names)
    }

    fn operator(&mut self) -> Actor {
        let id = self.random.pick(self.cast.first_operator, &self.cast.operators);
        Actor::Operator { id }
    }

    /// An amount up to what is held: all, nearly all, little, or something between.
    fn amount(&mut self, most: Minor) -> Minor {
        let some = self.random.between(0, most.0);
        let third = most.0.checked_div(3).unwrap_or(0);
        Minor(
            self.random
                .pick(some, &[some, some, 1, third, most.0.saturating_sub(1), most.0, 0]),
        )
    }
}

fn fire(row: &Row) -> Draft {
    let timer = row.timer.clone();
    let command = Command::Timer {
        kind: timer.kind,
        subject: timer.subject,
        entry_no: timer.entry_no,
        due_at: timer.due_at,
    };
    (Some(row.key), Actor::Clock, command)
}
