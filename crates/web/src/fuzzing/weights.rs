//! Whole problems for the decision engine, as a program sends them.

use earnest_compare::problem::{Limits, Problem};
use earnest_compare::rank::{self, Outcome};

use super::text;

/// Draws that a fuzzer has the patience for.
const LIMITS: Limits = Limits { draws_max: 2_000 };
/// Cells that it has the patience for.
const MOST_CELLS: usize = 400;

pub(super) fn weights(input: &[u8]) {
    let Some(typed) = text(input) else { return };
    let problem = match Problem::read(typed, &LIMITS) {
        Ok(problem) => problem,
        Err(rejection) => {
            assert!(
                !rejection.message.is_empty(),
                "{typed:?} is refused without a word"
            );
            return;
        }
    };
    let (rows, columns) = (problem.alternatives.len(), problem.criteria.len());
    if rows.saturating_mul(columns) > MOST_CELLS || problem.simulated_cells() > 200_000 {
        return;
    }
    let answer = rank::solve(&problem, 1);
    if let Some(weights) = &answer.weights {
        assert_eq!(weights.len(), columns, "{typed}");
        assert!(
            weights.iter().all(|one| one.is_finite() && *one >= 0.0),
            "{weights:?}: {typed}"
        );
        let sum: f64 = weights.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{weights:?} sum to {sum}: {typed}");
    }
    assert_eq!(answer.results.0.len(), problem.asked.len(), "{typed}");
    for (key, outcome) in &answer.results.0 {
        let Outcome::Ranked(ranked) = outcome else {
            continue;
        };
        assert!(
            ranked.scores.iter().all(|score| score.is_finite()),
            "{key}: {:?}: {typed}",
            ranked.scores
        );
        let mut placed: Vec<usize> = ranked.ranking.iter().flatten().copied().collect();
        placed.sort_unstable();
        assert!(
            placed.into_iter().eq(0..rows),
            "{key} does not rank everybody once: {typed}"
        );
    }
    // The same text, the same bytes, on any number of threads.
    let [one, two] = [&answer, &rank::solve(&problem, 2)].map(|answer| serde_json::to_string(answer).ok());
    assert!(one.is_some() && one == two, "{typed}");
}
