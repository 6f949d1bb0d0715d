//! A history from its first step to its last, and what is told of one that failed.

use std::collections::BTreeMap;
use std::fmt;

use super::cast::Cast;
use super::check::at_rest;
use super::core::{Core, Violation};
use super::coverage::{Coverage, Seen};
use super::script::Script;
use super::step::{Answer, Faults, Step};
use crate::contract::{Contract, Decision, Standing};
use crate::ledger::Account;

/// Steps after which a history that does not come to rest is stuck.
const MOST_TO_REST: u32 = 2_000;

/// How histories are played.
#[derive(Debug, Clone)]
pub struct Options {
    /// At most so many steps before time alone runs on.
    pub steps: u32,
    /// What goes wrong.
    pub faults: Faults,
}

/// How much was played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Histories that came to their end.
    pub histories: u64,
    /// Commands delivered.
    pub steps: u64,
    /// Of them accepted.
    pub accepted: u64,
    /// Refused by a rule.
    pub refused: u64,
    /// Answered from memory, since the same key had come before.
    pub replayed: u64,
    /// Decided and thrown away by a fault.
    pub lost: u64,
}

impl Tally {
    /// Adds what another has played.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.histories, other.histories),
            (&mut self.steps, other.steps),
            (&mut self.accepted, other.accepted),
            (&mut self.refused, other.refused),
            (&mut self.replayed, other.replayed),
            (&mut self.lost, other.lost),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }

    fn count(&mut self, answer: Answer) {
        let counter = match answer {
            Answer::Accepted => &mut self.accepted,
            Answer::Refused(_) => &mut self.refused,
            Answer::Replayed => &mut self.replayed,
            Answer::Lost => &mut self.lost,
        };
        *counter = counter.saturating_add(1);
        self.steps = self.steps.saturating_add(1);
    }
}

/// Something else that keeps a contract by the same rules, such as a store with its database. It is given every step of a
/// history and must answer as the core does.
pub trait Driver {
    /// Begins a history: the contract of this offer, decided with this input. Whatever was kept before is forgotten or
    /// belongs to other contracts.
    fn begin(&mut self, cast: &Cast) -> Result<(), String>;

    /// Delivers a step. A step that [`Step::is_lost`] is decided and must leave no trace; its second attempt has the same
    /// key. What the expert may have paid out is the driver's to know. `decided` is what the core has just kept of the
    /// step, for the driver to compare with what it keeps itself.
    fn apply(&mut self, step: &Step, decided: Option<&Decision>) -> Result<Answer, String>;

    /// The contract as it is kept.
    fn contract(&mut self) -> Result<Contract, String>;

    /// The balance of every account of this contract that the driver keeps, on the account's own side.
    fn balances(&mut self) -> Result<BTreeMap<Account, i64>, String>;
}

/// A history in which something did not hold.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Of the history; the same seed and options fail again in the same way.
    pub seed: u64,
    /// What did not hold.
    pub violation: Violation,
    /// Everybody who played.
    pub cast: Cast,
    /// Every step up to the violation; of a history that is stuck, every step before time ran on alone.
    pub steps: Vec<Step>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (violation, steps) = (&self.violation, self.steps.len());
        writeln!(
            f,
            "seed {}, step {steps}: {} does not hold: {}",
            self.seed, violation.invariant, violation.what
        )?;
        let cast = &self.cast;
        writeln!(f, "client {}, expert {}", cast.offer.client, cast.offer.expert)?;
        let offer = serde_json::to_string(&cast.offer).unwrap_or_else(|error| error.to_string());
        writeln!(f, "{} offer {offer}", cast.input.now)?;
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        Ok(())
    }
}

/// Plays the history of a seed on the pure core.
pub fn run(seed: u64, options: &Options, coverage: &mut Coverage) -> Result<Tally, Box<Failure>> {
    Play::new(seed, options, coverage, None)?.whole()
}

/// Plays the history of a seed on the pure core and on a driver beside it, which must answer and keep the same.
pub fn run_beside(
    seed: u64,
    options: &Options,
    coverage: &mut Coverage,
    driver: &mut dyn Driver,
) -> Result<Tally, Box<Failure>> {
    Play::new(seed, options, coverage, Some(driver))?.whole()
}

struct Play<'a> {
    seed: u64,
    options: &'a Options,
    coverage: &'a mut Coverage,
    beside: Option<&'a mut dyn Driver>,
    script: Script,
    core: Core,
    steps: Vec<Step>,
    tally: Tally,
}

impl<'a> Play<'a> {
    fn new(
        seed: u64,
        options: &'a Options,
        coverage: &'a mut Coverage,
        mut beside: Option<&'a mut dyn Driver>,
    ) -> Result<Self, Box<Failure>> {
        let script = Script::new(seed, &options.faults);
        let fail = |violation: Violation| {
            Box::new(Failure {
                seed,
                violation,
                cast: script.cast.clone(),
                steps: Vec::new(),
            })
        };
        let core = begin(&script.cast).map_err(fail)?;
        if let Some(driver) = beside.as_mut() {
            driver
                .begin(&script.cast)
                .map_err(|why| fail(Violation::new("driver", why)))?;
        }
        Ok(Self {
            seed,
            options,
            coverage,
            beside,
            script,
            core,
            steps: Vec::new(),
            tally: Tally::default(),
        })
    }

    fn whole(mut self) -> Result<Tally, Box<Failure>> {
        let mut afterwards = 0_u32;
        for _ in 0..self.options.steps {
            let step = self.script.next(&self.core);
            self.deliver(step)?;
            let over = matches!(
                self.core.contract().standing,
                Standing::Ended | Standing::Declined | Standing::Withdrawn | Standing::Expired
            );
            afterwards = afterwards.saturating_add(u32::from(over));
            if afterwards > self.script.afterwards() {
                break;
            }
        }
        let main = self.steps.len();
        for _ in 0..MOST_TO_REST {
            let Some(step) = self.script.wind_down(&self.core) else {
                break;
            };
            self.deliver(step)?;
        }
        if let Err(violation) = at_rest(&self.core) {
            self.steps.truncate(main);
            return Err(self.failed(violation));
        }
        self.compare_kept().map_err(|violation| self.failed(violation))?;
        self.tally.histories = 1;
        Ok(self.tally)
    }

    fn deliver(&mut self, step: Step) -> Result<(), Box<Failure>> {
        let seen = Seen::before(self.core.contract(), &step);
        let answer = self.core.apply(&step);
        let (fault, key) = (step.fault, step.key);
        self.steps.push(step);
        let answer = answer.map_err(|violation| self.failed(violation))?;
        self.coverage.count(&seen, fault, answer, self.core.last.as_ref());
        self.tally.count(answer);
        self.compare(answer).map_err(|violation| self.failed(violation))?;
        if key.is_multiple_of(16) {
            self.compare_kept().map_err(|violation| self.failed(violation))?;
        }
        Ok(())
    }

    fn compare(&mut self, answer: Answer) -> Result<(), Violation> {
        let (Some(driver), Some(step)) = (self.beside.as_mut(), self.steps.last()) else {
            return Ok(());
        };
        let decided = self.core.last.as_ref();
        let theirs = driver
            .apply(step, decided)
            .map_err(|why| Violation::new("driver", why))?;
        if theirs == answer {
            Ok(())
        } else {
            Err(Violation::new(
                "driver",
                format!("the core answers {answer:?}, the driver {theirs:?}"),
            ))
        }
    }

    fn compare_kept(&mut self) -> Result<(), Violation> {
        let Some(driver) = self.beside.as_mut() else {
            return Ok(());
        };
        let told = |why: String| Violation::new("driver", why);
        let theirs = driver.contract().map_err(told)?;
        if theirs != *self.core.contract() {
            return Err(Violation::new(
                "driver",
                "another contract is kept than was decided",
            ));
        }
        for (account, balance) in driver.balances().map_err(told)? {
            let ours = self.core.books().balance(&account, self.core.contract().currency);
            if ours != balance {
                return Err(Violation::new(
                    "I7",
                    format!("{account} shows {balance}, should show {ours}"),
                ));
            }
        }
        Ok(())
    }

    fn failed(&self, violation: Violation) -> Box<Failure> {
        Box::new(Failure {
            seed: self.seed,
            violation,
            cast: self.script.cast.clone(),
            steps: self.steps.clone(),
        })
    }
}

fn begin(cast: &Cast) -> Result<Core, Violation> {
    Core::begin(cast.id, &cast.offer, &cast.input)
}

/// Plays given steps, and lets time run on after them where the question is whether anything is stuck. Returns what did not
/// hold, and how many steps it took.
pub(super) fn replay(failure: &Failure, steps: &[Step]) -> Option<(Violation, usize)> {
    let mut core = match begin(&failure.cast) {
        Ok(core) => core,
        Err(violation) => return Some((violation, 0)),
    };
    for (count, step) in (1..).zip(steps) {
        if let Err(violation) = core.apply(step) {
            return Some((violation, count));
        }
    }
    if failure.violation.invariant != "stuck" {
        return None;
    }
    let mut script = Script::new(failure.seed, &Faults::none());
    if let Some(last) = steps.last() {
        script.go_on_from(last.input.now);
    }
    for _ in 0..MOST_TO_REST {
        let Some(step) = script.wind_down(&core) else {
            break;
        };
        if let Err(violation) = core.apply(&step) {
            return Some((violation, steps.len()));
        }
    }
    at_rest(&core).err().map(|violation| (violation, steps.len()))
}
