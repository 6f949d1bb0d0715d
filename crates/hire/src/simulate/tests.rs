mod found;

use std::collections::BTreeSet;

use super::*;
use crate::contract::Decision;

fn options(faults: Faults) -> Options {
    Options { steps: 80, faults }
}

/// Plays histories and says, where one fails, the shortest that fails in the same way.
fn play(seeds: std::ops::Range<u64>, faults: Faults) -> (Tally, Coverage) {
    let (options, mut coverage, mut tally) = (options(faults), Coverage::new(), Tally::default());
    for seed in seeds {
        match run(seed, &options, &mut coverage) {
            Ok(more) => tally.add(&more),
            Err(failure) => panic!("{}", shrink(&failure)),
        }
    }
    (tally, coverage)
}

fn table(coverage: &Coverage, what: &str) -> Reached {
    let tables = coverage.reached(Faults::all().each());
    tables.into_iter().find(|one| one.what == what).unwrap()
}

#[test]
fn histories_with_every_fault_hold() {
    let (tally, coverage) = play(0..12_000, Faults::all());
    assert_eq!(tally.histories, 12_000);
    assert!(tally.accepted > 100_000 && tally.refused > 100_000, "{tally:?}");
    assert!(tally.replayed > 1_000 && tally.lost > 1_000, "{tally:?}");
    for what in ["commands accepted", "commands refused"] {
        let reached = table(&coverage, what);
        assert_eq!(reached.reached, reached.total, "{reached:?}");
    }
    let cells = table(&coverage, "cells refused");
    assert!(cells.reached * 100 > cells.total * 93, "{cells:?}");
    // what chance alone comes to less often
    let cells = table(&coverage, "cells accepted × faults");
    assert!(cells.reached * 100 > cells.total * 90, "{cells:?}");
}

#[test]
fn histories_without_faults_hold_and_walk_every_row() {
    let (tally, coverage) = play(1_000_000..1_010_000, Faults::none());
    assert_eq!((tally.replayed, tally.lost), (0, 0));
    for what in ["rows", "cells accepted"] {
        let reached = table(&coverage, what);
        assert!(reached.reached + 2 >= reached.total, "{reached:?}");
    }
    // What a row lists it sets: the other way round every step is checked.
    let timers = table(&coverage, "timers of rows");
    assert_eq!(timers.reached, timers.total, "{timers:?}");
}

/// What chance comes to once in a million histories, a seed made for it comes to soon.
#[test]
fn a_history_that_is_aimed_at_a_cell_comes_to_it() {
    let faults = Faults::all();
    let all = Coverage::new().lacking(faults.each(), 1);
    let names: BTreeSet<&str> = all.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "each cell once");
    let (options, mut missed) = (options(faults), Vec::new());
    for (place, name, _) in all.iter().step_by(67) {
        let mut coverage = Coverage::new();
        let hit = (0..1_024).any(|number| {
            if let Err(failure) = run(aimed_at(*place, number), &options, &mut coverage) {
                panic!("{}", shrink(&failure));
            }
            let left = coverage.lacking(options.faults.each(), 1);
            left.iter().all(|(other, ..)| other != place)
        });
        if !hit {
            missed.push(name);
        }
    }
    assert!(missed.len() <= 2, "{missed:?}");
}

#[test]
fn the_same_seed_plays_the_same_history() {
    let options = options(Faults::all());
    let (mut one, mut other) = (Coverage::new(), Coverage::new());
    for seed in [7, 8, u64::MAX] {
        let first = run(seed, &options, &mut one).unwrap();
        assert_eq!(first, run(seed, &options, &mut other).unwrap());
    }
    assert_eq!(one.table(&[]), other.table(&[]));
}

/// A driver that keeps what the core keeps, until it forgets that a refund came back.
struct Forgetful(Option<Core>);

impl Driver for Forgetful {
    fn begin(&mut self, cast: &Cast) -> Result<(), String> {
        let core = Core::begin(cast.id, &cast.offer, &cast.input).map_err(|violation| violation.what)?;
        self.0 = Some(core);
        Ok(())
    }

    fn apply(&mut self, step: &Step, _decided: Option<&Decision>) -> Result<Answer, String> {
        if step.command.name() == "release" {
            return Ok(Answer::Accepted);
        }
        self.0
            .as_mut()
            .unwrap()
            .apply(step)
            .map_err(|violation| violation.what)
    }

    fn contract(&mut self) -> Result<crate::contract::Contract, String> {
        Ok(self.0.as_ref().unwrap().contract().clone())
    }

    fn balances(&mut self) -> Result<std::collections::BTreeMap<crate::ledger::Account, i64>, String> {
        let accounts = self.0.as_ref().unwrap().books().accounts();
        Ok(accounts
            .map(|(account, _, sums)| (account.clone(), sums.balance(account.class())))
            .collect())
    }
}

#[test]
fn a_driver_that_answers_differently_is_found_and_the_history_printed() {
    let (options, mut coverage) = (options(Faults::all()), Coverage::new());
    let failed =
        (0..200).find_map(|seed| run_beside(seed, &options, &mut coverage, &mut Forgetful(None)).err());
    let failure = failed.unwrap();
    assert_eq!(failure.violation.invariant, "driver");
    let text = failure.to_string();
    assert!(
        text.starts_with(&format!("seed {}, step", failure.seed)),
        "{text}"
    );
    assert_eq!(text.lines().count(), failure.steps.len() + 3, "{text}");
}

/// Something fails where both have signed and money was asked for: three steps are left of a long history.
#[test]
fn shrinking_leaves_only_what_is_needed() {
    let (options, mut coverage) = (options(Faults::none()), Coverage::new());
    let funded = |failure: &Failure| failure.steps.iter().any(|step| step.command.name() == "fund");
    let failed = (0..200).find_map(|seed| {
        let failed = run_beside(seed, &options, &mut coverage, &mut Forgetful(None)).err();
        failed.filter(|failure| funded(failure))
    });
    let failure = *failed.unwrap();
    assert!(failure.steps.len() > 5, "{failure}");
    assert_eq!(
        super::history::replay(&failure, &failure.steps),
        None,
        "the core holds"
    );
    let fails = |failure: &Failure, steps: &[Step]| {
        let mut names: Vec<&str> = Vec::new();
        for (count, step) in (1..).zip(steps) {
            names.push(step.command.name());
            let signed = names.iter().filter(|name| **name == "sign").count();
            if signed >= 2 && names.contains(&"fund") {
                return Some((failure.violation.clone(), count));
            }
        }
        None
    };
    let shorter = super::shrink::shrink_by(&failure, &fails);
    let names: Vec<&str> = shorter.steps.iter().map(|step| step.command.name()).collect();
    assert_eq!(names, ["sign", "sign", "fund"]);
}

#[test]
fn faults_are_read_and_written() {
    for (text, written) in [
        ("all", "crash,error,retry,duplicate,reorder,clock"),
        ("none", "none"),
        ("clock, crash", "clock,crash"),
    ] {
        assert_eq!(text.parse::<Faults>().unwrap().to_string(), written);
    }
    assert!(
        "crash,fire"
            .parse::<Faults>()
            .unwrap_err()
            .to_string()
            .contains("`fire`")
    );
}

#[test]
fn no_cell_counts_twice_and_each_kind_is_counted() {
    let tables = Coverage::new().reached(Faults::all().each());
    let names: BTreeSet<&str> = tables.iter().map(|one| one.what).collect();
    assert_eq!(names.len(), tables.len());
    assert!(tables.iter().all(|one| one.reached == 0), "{tables:?}");
}

#[test]
fn no_price_at_any_rate_leaks() {
    assert_eq!(sweep(0, 1_000_000), Ok(()));
}
