//! The methods that stand beside the weighted sum on a page: TOPSIS, VIKOR and PROMETHEE II on the same scores.

use crate::matrix::Matrix;
use crate::method::{promethee, topsis, vikor};
use crate::normalise;
use crate::problem::{Criterion, Direction, Normalization, Outside, Preference};
use crate::ranking::{Best, Ranking};
use crate::verdict::{Table, Totals, points};

/// Weight of the group regret on the page.
const V: f64 = 0.5;

/// One method's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// Name of the method with its settings.
    pub name: &'static str,
    /// Stable key in exports.
    pub key: &'static str,
    /// One score per option; `None` where the method cannot be computed.
    pub scores: Option<Vec<f64>>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Tiers of options, best first; empty without scores.
    pub ranking: Vec<Vec<usize>>,
}

/// TOPSIS (vector normalisation), VIKOR (v = 0.5) and PROMETHEE II (usual criterion) on the compared criteria of a
/// table, at the weights that the totals used. Empty when nothing compared carries weight.
pub fn methods(table: &Table, totals: &Totals) -> Vec<Beside> {
    let values = points(table, &totals.compared);
    let weights: Vec<f64> = totals
        .compared
        .iter()
        .filter_map(|&at| totals.weights.get(at).copied())
        .collect();
    if weights.iter().all(|weight| *weight <= 0.0) {
        return Vec::new();
    }
    let criteria: Vec<Criterion> = totals
        .compared
        .iter()
        .filter_map(|&at| table.criteria.get(at))
        .map(|name| scored(name))
        .collect();
    vec![
        higher(
            "TOPSIS (vector)",
            "topsis",
            topsis_scores(&values, &criteria, &weights),
        ),
        compromise(&values, &criteria, &weights),
        higher(
            "PROMETHEE II (usual)",
            "promethee2",
            Some(promethee::flows(&values, &criteria, &weights).scores),
        ),
    ]
}

/// A criterion of the page: a score from 0 to 10, more is better.
fn scored(name: &str) -> Criterion {
    Criterion {
        name: name.to_owned(),
        direction: Direction::Benefit,
        weight: 1.0,
        scale: Some((0.0, 10.0)),
        preference: Preference::Usual,
    }
}

fn topsis_scores(values: &Matrix, criteria: &[Criterion], weights: &[f64]) -> Option<Vec<f64>> {
    let normalised = normalise::table(values, criteria, Normalization::Vector, Outside::Error).ok()?;
    Some(topsis::closeness(&normalised, weights).scores)
}

fn compromise(values: &Matrix, criteria: &[Criterion], weights: &[f64]) -> Beside {
    let result = vikor::compromise(values, criteria, weights, V);
    Beside {
        name: "VIKOR (v = 0.5)",
        key: "vikor",
        ranking: result.ranking.tiers,
        scores: Some(result.scores),
        higher_is_better: false,
    }
}

fn higher(name: &'static str, key: &'static str, scores: Option<Vec<f64>>) -> Beside {
    let ranking = scores
        .as_ref()
        .map_or_else(Vec::new, |scores| Ranking::new(scores, Best::Highest).tiers);
    Beside {
        name,
        key,
        scores,
        higher_is_better: true,
        ranking,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Score, judge};

    /// The editorial table of the first comparison; figures from the reference table of the method.
    #[test]
    fn the_first_comparison_at_equal_weights() {
        let row = |points: [f64; 6]| {
            points
                .map(|point| {
                    Some(Score {
                        point,
                        low: point,
                        high: point,
                    })
                })
                .to_vec()
        };
        let table = Table {
            options: vec!["python".into(), "nodejs".into()],
            criteria: ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec(),
            scores: vec![
                row([7.0, 9.0, 2.0, 8.0, 8.0, 8.0]),
                row([8.0, 3.0, 9.0, 9.0, 7.0, 9.0]),
            ],
        };
        let verdict = judge(&table, &[1.0; 6]).unwrap();
        let found = methods(&table, &verdict.totals);
        let score = |at: usize| found[at].scores.clone().unwrap();
        assert!((score(0)[0] - 0.45238).abs() < 5e-6 && (score(0)[1] - 0.54762).abs() < 5e-6);
        assert!((score(2)[0] + 1.0 / 3.0).abs() < 1e-12 && (score(2)[1] - 1.0 / 3.0).abs() < 1e-12);
        assert!(
            found.iter().all(|method| method.ranking[0] == [1]),
            "all put Node.js first"
        );
    }
}
