//! A whole problem in, every method's numbers out: what `earnest rank` and the API answer.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::flip;
use crate::method::smaa::{self, Analysis};
use crate::method::{promethee, topsis, vikor, weighted_product, weighted_sum};
use crate::normalise::{self, Domain};
use crate::problem::{Limits, Linear, Method, Normalization, Outside, Problem, Rejection};
use crate::ranking::{Best, Ranking};
use crate::weights::{self, Consistency, Weights};

/// The contract's result object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Always `earnest.rank-result/1`.
    pub schema: &'static str,
    /// The weights used, sum 1; none if they could not be found (then every method that needs them says so).
    pub weights: Option<Vec<f64>>,
    /// Consistency of pairwise comparisons, if the weights come from some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahp: Option<Consistency>,
    /// One result per method asked for, in the order asked.
    pub results: Results,
}

/// Results by their keys, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Results(pub Vec<(String, Outcome)>);

impl Serialize for Results {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, outcome) in &self.0 {
            map.serialize_entry(key, outcome)?;
        }
        map.end()
    }
}

/// What one method says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Scores and places.
    Ranked(Ranked),
    /// Shares of weightings.
    Analysed(Box<Analysis>),
    /// How far weights can move.
    Stable(Stable),
    /// This method has no answer for this problem.
    Failed {
        /// The code of the reason.
        error: &'static str,
    },
}

/// Scores and places, with what explains them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// One per alternative.
    pub scores: Vec<f64>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Tiers from best to worst.
    pub ranking: Vec<Vec<usize>>,
    /// 1 + number of strictly better ones.
    pub rank: Vec<usize>,
    /// What else the method computed.
    #[serde(flatten)]
    pub detail: Detail,
}

/// What else a method computed, one entry per alternative in every list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Detail {
    /// Distances of TOPSIS.
    Distances {
        /// To the best.
        d_plus: Vec<f64>,
        /// To the worst.
        d_minus: Vec<f64>,
    },
    /// Regrets and compromise of VIKOR.
    Compromise {
        /// Group regret.
        #[serde(rename = "S")]
        group: Vec<f64>,
        /// Largest single regret.
        #[serde(rename = "R")]
        single: Vec<f64>,
        /// The advantage that counts; none for one alternative.
        dq: Option<f64>,
        /// Whether the best has it.
        acceptable_advantage: bool,
        /// Whether the best is also best by group or single regret.
        acceptable_stability: bool,
        /// The alternatives to choose from.
        compromise_set: Vec<usize>,
    },
    /// Flows of PROMETHEE.
    Flows {
        /// Preferred to others.
        phi_plus: Vec<f64>,
        /// Others preferred.
        phi_minus: Vec<f64>,
    },
    /// Nothing.
    Nothing {},
}

/// How far each weight can move before another alternative leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stable {
    /// Whose result.
    pub of: Linear,
    /// The alternative that leads: the lowest index of the first tier.
    pub winner: usize,
    /// One per criterion.
    pub intervals: Vec<flip::Interval>,
}

/// Answers a problem given as JSON text. The same text gives the same bytes on any number of threads.
pub fn answer(text: &str, limits: &Limits, threads: usize) -> Result<Answer, Rejection> {
    let problem = Problem::read(text, limits)?;
    Ok(solve(&problem, threads))
}

/// Answers a problem that was read before.
pub fn solve(problem: &Problem, threads: usize) -> Answer {
    let weights = weights::of(problem);
    let outcome = |method: &Method| match method {
        Method::Smaa(smaa) => match smaa::analyse(problem, smaa, threads) {
            Ok(analysis) => Outcome::Analysed(Box::new(analysis)),
            Err(failure) => Outcome::Failed {
                error: failure.code(),
            },
        },
        _ => weights
            .as_ref()
            .map_err(|domain| *domain)
            .and_then(|weights| weighted(problem, method, &weights.weights))
            .unwrap_or_else(|domain| Outcome::Failed { error: domain.code() }),
    };
    let results = problem
        .asked
        .iter()
        .map(|asked| (asked.key.clone(), outcome(&asked.method)))
        .collect();
    let (weights, ahp) = match weights {
        Ok(Weights { weights, consistency }) => (Some(weights), consistency),
        Err(Domain) => (None, None),
    };
    Answer {
        schema: "earnest.rank-result/1",
        weights,
        ahp,
        results: Results(results),
    }
}

fn weighted(problem: &Problem, method: &Method, weights: &[f64]) -> Result<Outcome, Domain> {
    let values = problem.numbers();
    let criteria = &problem.criteria;
    let table = |normalization: Normalization, outside: Outside| {
        normalise::table(&values, criteria, normalization, outside)
    };
    Ok(match *method {
        Method::WeightedSum {
            normalization,
            outside,
        } => {
            let scores = weighted_sum::scores(&table(normalization, outside)?, weights);
            ranked(scores, Best::Highest, Detail::Nothing {})
        }
        Method::WeightedProduct { normalization } => {
            let scores = weighted_product::scores(&table(normalization, Outside::Error)?, weights);
            ranked(scores, Best::Highest, Detail::Nothing {})
        }
        Method::Topsis { normalization } => {
            let closeness = topsis::closeness(&table(normalization, Outside::Error)?, weights);
            let detail = Detail::Distances {
                d_plus: closeness.d_plus,
                d_minus: closeness.d_minus,
            };
            ranked(closeness.scores, Best::Highest, detail)
        }
        Method::Vikor { v } => compromise(vikor::compromise(&values, criteria, weights, v)),
        Method::Stability { of, normalization } => {
            let linear = match of {
                Linear::WeightedSum => table(normalization, Outside::Error)?,
                Linear::Promethee => promethee::net_flows(&values, criteria),
            };
            let linear = linear.tamed();
            let ranking = Ranking::new(&weighted_sum::scores(&linear, weights), Best::Highest);
            let winner = ranking.leader().unwrap_or(0);
            Outcome::Stable(Stable {
                of,
                winner,
                intervals: flip::stability(&linear, weights, winner),
            })
        }
        Method::Promethee | Method::Smaa(_) => {
            let flows = promethee::flows(&values, criteria, weights);
            ranked(
                flows.scores,
                Best::Highest,
                Detail::Flows {
                    phi_plus: flows.plus,
                    phi_minus: flows.minus,
                },
            )
        }
    })
}

fn ranked(scores: Vec<f64>, best: Best, detail: Detail) -> Outcome {
    let Ranking { tiers, rank } = Ranking::new(&scores, best);
    Outcome::Ranked(Ranked {
        scores,
        higher_is_better: best == Best::Highest,
        ranking: tiers,
        rank,
        detail,
    })
}

fn compromise(found: vikor::Compromise) -> Outcome {
    Outcome::Ranked(Ranked {
        scores: found.scores,
        higher_is_better: false,
        ranking: found.ranking.tiers,
        rank: found.ranking.rank,
        detail: Detail::Compromise {
            group: found.group,
            single: found.single,
            dq: found.advantage,
            acceptable_advantage: found.acceptable_advantage,
            acceptable_stability: found.acceptable_stability,
            compromise_set: found.set,
        },
    })
}

#[cfg(test)]
mod tests;
