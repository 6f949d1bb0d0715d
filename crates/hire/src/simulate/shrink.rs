//! From a long history that fails to a short one that fails in the same way.

use super::core::Violation;
use super::history::{Failure, replay};
use super::step::Step;

/// What some steps fail by, and after how many of them; none where everything holds.
type Fails<'a> = dyn Fn(&Failure, &[Step]) -> Option<(Violation, usize)> + 'a;

/// Drops every step without which the same thing still does not hold: first halves, then quarters, down to single steps.
pub fn shrink(failure: &Failure) -> Failure {
    shrink_by(failure, &replay)
}

pub(super) fn shrink_by(failure: &Failure, fails: &Fails<'_>) -> Failure {
    let mut best = failure.clone();
    let mut size = best.steps.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        let mut dropped = false;
        while start < best.steps.len() {
            if let Some(shorter) = without(&best, start, size, fails) {
                best = shorter;
                dropped = true;
            } else {
                start = start.saturating_add(size);
            }
        }
        if size == 1 && !dropped {
            return best;
        }
        size = size.div_ceil(2).max(1);
    }
}

fn without(failure: &Failure, start: usize, size: usize, fails: &Fails<'_>) -> Option<Failure> {
    let kept = failure.steps.iter().enumerate();
    let end = start.saturating_add(size);
    let steps: Vec<Step> = kept
        .filter(|(at, _)| *at < start || *at >= end)
        .map(|(_, step)| step.clone())
        .collect();
    let (violation, taken) = fails(failure, &steps)?;
    if violation.invariant != failure.violation.invariant {
        return None;
    }
    Some(Failure {
        violation,
        steps: steps.into_iter().take(taken).collect(),
        ..failure.clone()
    })
}
