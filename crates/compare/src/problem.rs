//! The contract of a ranking problem: one JSON object in, checked once, every refusal with its code and its place.
//!
//! What is wrong first in the order of [`Code`] is reported, whatever the order in the text.

mod cells;
mod criteria;
mod methods;
mod read;
mod whole;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use read::{Path, Refusals};

/// What a problem may ask for, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Draws of one simulation: 10^8 at the command line, 10^6 over HTTP.
    pub draws_max: u64,
}

impl Limits {
    /// At the command line.
    pub const COMMAND_LINE: Self = Self {
        draws_max: 100_000_000,
    };
    /// Over HTTP.
    pub const HTTP: Self = Self { draws_max: 1_000_000 };
}

/// Alternatives of one simulation: its answer has a cell for every pair.
const SIMULATED_MAX: usize = 1_000;

/// Why a problem is refused, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// Not JSON, ragged, empty, wrong type or size, unknown key, beyond a limit.
    Shape,
    /// Two things with one name.
    Name,
    /// A direction that is neither `benefit` nor `cost`.
    Direction,
    /// A weight that is negative, or no weight at all.
    Weights,
    /// A cell that is not a finite number where one is needed.
    Value,
    /// A scale that is missing or empty, or a value outside it.
    Scale,
    /// Thresholds of a preference function that make no sense.
    Preference,
    /// An option of a method that makes no sense.
    Option,
    /// No such method.
    Method,
}

impl Code {
    /// The code as programs see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "E_SHAPE",
            Self::Name => "E_NAME",
            Self::Direction => "E_DIRECTION",
            Self::Weights => "E_WEIGHTS",
            Self::Value => "E_VALUE",
            Self::Scale => "E_SCALE",
            Self::Preference => "E_PREFERENCE",
            Self::Option => "E_OPTION",
            Self::Method => "E_METHOD",
        }
    }
}

/// A refused problem; serialises as the contract's error object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Which rule was broken.
    pub code: Code,
    /// What to change, in a sentence.
    pub message: String,
    /// JSON pointer to the place, empty for the whole text.
    pub at: String,
}

impl Serialize for Rejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Rejection", 4)?;
        object.serialize_field("schema", "earnest.error/1")?;
        object.serialize_field("code", self.code.as_str())?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("at", &self.at)?;
        object.end()
    }
}

/// A problem that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Names of the alternatives, at least one, all different.
    pub alternatives: Vec<String>,
    /// The criteria, at least one, names all different.
    pub criteria: Vec<Criterion>,
    /// One row per alternative, one cell per criterion.
    pub matrix: Vec<Vec<Cell>>,
    /// What to compute, in order.
    pub asked: Vec<Asked>,
    /// Where the weights come from.
    pub weighting: Weighting,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// Its name.
    pub name: String,
    /// Whether more is better.
    pub direction: Direction,
    /// Raw weight ≥ 0.
    pub weight: f64,
    /// Ends of its fixed scale, low < high.
    pub scale: Option<(f64, f64)>,
    /// How a difference becomes a preference (PROMETHEE).
    pub preference: Preference,
}

/// Whether more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Benefit,
    /// Less is better.
    Cost,
}

/// The six preference functions of Brans, Vincke and Mareschal, in the unit of the criterion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preference {
    /// Any difference counts fully.
    Usual,
    /// A difference above q counts fully.
    UShape {
        /// Indifference threshold ≥ 0.
        q: f64,
    },
    /// Grows to full at p.
    VShape {
        /// Preference threshold > 0.
        p: f64,
    },
    /// Half above q, full above p.
    Level {
        /// Indifference threshold ≥ 0.
        q: f64,
        /// Preference threshold ≥ q, > 0.
        p: f64,
    },
    /// Grows from q to full at p.
    Linear {
        /// Indifference threshold ≥ 0.
        q: f64,
        /// Preference threshold ≥ q, > 0.
        p: f64,
    },
    /// 1 − exp(−d²/2s²).
    Gaussian {
        /// Inflection point > 0.
        s: f64,
    },
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A number.
    Number(f64),
    /// Uniform between two numbers.
    Interval {
        /// Lower end.
        low: f64,
        /// Upper end ≥ low.
        high: f64,
    },
    /// Normally distributed.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation ≥ 0.
        deviation: f64,
    },
    /// Its logarithm is normally distributed.
    Lognormal {
        /// Mean of the logarithm.
        mean: f64,
        /// Standard deviation of the logarithm ≥ 0.
        deviation: f64,
    },
}

/// One thing to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Key in the results.
    pub key: String,
    /// The method with its options.
    pub method: Method,
}

/// A method with its options.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Weighted sum.
    WeightedSum {
        /// How values become comparable.
        normalization: Normalization,
        /// What happens outside the fixed scale.
        outside: Outside,
    },
    /// Weighted product.
    WeightedProduct {
        /// `Ratio` or `Sum`.
        normalization: Normalization,
    },
    /// Distance to the ideal.
    Topsis {
        /// `Vector`, `MinMax` or `Fixed`.
        normalization: Normalization,
    },
    /// Compromise of group utility and individual regret.
    Vikor {
        /// Weight of group utility, 0 to 1.
        v: f64,
    },
    /// Net outranking flow.
    Promethee,
    /// Shares of all weightings.
    Smaa(Smaa),
    /// How far single weights can move.
    Stability {
        /// Whose result.
        of: Linear,
        /// How values become comparable, for the weighted sum.
        normalization: Normalization,
    },
}

/// Methods that are linear in the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Linear {
    /// Weighted sum.
    #[serde(rename = "weighted_sum")]
    WeightedSum,
    /// PROMETHEE II.
    #[serde(rename = "promethee2")]
    Promethee,
}

/// How values of one criterion become comparable with those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalization {
    /// Place on the criterion's own scale.
    Fixed,
    /// Place between the worst and the best present.
    MinMax,
    /// Ratio to the best.
    Ratio,
    /// Part of the sum.
    Sum,
    /// Part of the Euclidean length.
    Vector,
    /// As it is.
    None,
}

/// What happens to a value outside the fixed scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// The problem is refused.
    Error,
    /// It counts as the nearest end.
    Clip,
    /// The scale goes on in a straight line.
    Extend,
}

/// Options of the acceptability analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Smaa {
    /// How values become comparable.
    pub value: Normalization,
    /// Exact or simulated.
    pub engine: Engine,
    /// Draws of a simulation.
    pub draws: u64,
    /// Its seed.
    pub seed: u64,
    /// Distribution of the weights.
    pub weights: Prior,
}

/// Exact or simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Exact where affordable.
    Auto,
    /// Exact or an error.
    Exact,
    /// Simulated.
    MonteCarlo,
}

/// What is known about the weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Prior {
    /// Nothing: uniform on the simplex.
    Uniform,
    /// A Dirichlet distribution.
    Dirichlet(Vec<f64>),
    /// Their order, from the most to the least important criterion.
    Ordinal(Vec<usize>),
}

/// Where the weights come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Weighting {
    /// From the criteria.
    Given,
    /// All alike.
    Equal,
    /// From the spread of each column.
    Entropy,
    /// From spread and correlation.
    Critic,
    /// Rank-order centroid of tiers of criteria, most important first.
    Centroid(Vec<Vec<usize>>),
    /// Rank sum of tiers of criteria.
    RankSum(Vec<Vec<usize>>),
    /// Reciprocal ranks of tiers of criteria.
    RankReciprocal(Vec<Vec<usize>>),
    /// Principal vector of pairwise comparisons.
    Pairwise(Vec<Vec<f64>>),
}

impl Problem {
    /// Reads and checks a problem.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Rejection> {
        let value: Value = serde_json::from_str(text).map_err(|cause| whole::not_json(&cause))?;
        let root = Path::root();
        let object = read::object(&value, &root)?;
        read::known_keys(
            object,
            &root,
            &[
                "schema",
                "alternatives",
                "criteria",
                "matrix",
                "methods",
                "options",
            ],
        )?;
        whole::schema(object.get("schema"))?;
        let mut later = Refusals::default();
        let alternatives = whole::names(
            read::required(object, &root, "alternatives")?,
            &root.key("alternatives"),
            &mut later,
        )?;
        let criteria = criteria::read(read::required(object, &root, "criteria")?, &mut later)?;
        whole::sizes(alternatives.len(), criteria.len())?;
        let shape = (alternatives.len(), criteria.len());
        let matrix = cells::read(read::required(object, &root, "matrix")?, shape, &mut later)?;
        let names: Vec<&str> = criteria.iter().map(|criterion| criterion.name.as_str()).collect();
        let asked = methods::read(
            read::required(object, &root, "methods")?,
            &names,
            *limits,
            &mut later,
        )?;
        let weighting = methods::weighting(object.get("options"), &names, &mut later)?;
        let problem = Self {
            alternatives,
            criteria,
            matrix,
            asked,
            weighting,
        };
        problem.check_together(&mut later);
        later.first().map_or(Ok(problem), Err)
    }

    /// The cells as numbers; 0 where a cell is uncertain.
    pub fn numbers(&self) -> crate::matrix::Matrix {
        let number = |cell: &Cell| {
            if let Cell::Number(number) = cell {
                *number
            } else {
                0.0
            }
        };
        let rows: Vec<Vec<f64>> = self
            .matrix
            .iter()
            .map(|row| row.iter().map(number).collect())
            .collect();
        crate::matrix::Matrix::from_rows(&rows)
    }

    /// Draws times cells of all simulations together: what a server may want to bound before it answers.
    pub fn simulated_cells(&self) -> u64 {
        let cells =
            u64::try_from(self.alternatives.len().saturating_mul(self.criteria.len())).unwrap_or(u64::MAX);
        let draws = |asked: &Asked| {
            if let Method::Smaa(smaa) = &asked.method {
                smaa.draws
            } else {
                0
            }
        };
        self.asked
            .iter()
            .map(draws)
            .fold(0, u64::saturating_add)
            .saturating_mul(cells)
    }

    /// Whether some cell is not a plain number.
    pub fn is_uncertain(&self) -> bool {
        self.matrix
            .iter()
            .flatten()
            .any(|cell| !matches!(cell, Cell::Number(_)))
    }

    /// What depends on more than one part of the problem.
    fn check_together(&self, later: &mut Refusals) {
        let root = Path::root();
        let methods = root.key("methods");
        for (index, asked) in self.asked.iter().enumerate() {
            let at = methods.index(index);
            if self.asked.iter().take(index).any(|other| other.key == asked.key) {
                let message = format!(
                    "Two results are called \"{}\": give one of them another name with \"as\".",
                    asked.key
                );
                later.add(Code::Name, message, &at);
            }
            self.check_method(&asked.method, &at, later);
        }
        let only_simulated = self
            .asked
            .iter()
            .all(|asked| matches!(asked.method, Method::Smaa(_)));
        let from_cells = matches!(self.weighting, Weighting::Entropy | Weighting::Critic);
        if only_simulated && !from_cells {
            return;
        }
        if let Some((row, column)) = self.first_cell(|cell, _| !matches!(cell, Cell::Number(_))) {
            let message = "Only the method smaa can use an uncertain cell: give a number, or ask for smaa alone \
                           and weights that do not come from the cells.";
            later.add(Code::Value, message, &Path::cell(row, column));
        }
    }

    fn check_method(&self, method: &Method, at: &Path<'_>, later: &mut Refusals) {
        let (normalization, outside) = match method {
            Method::WeightedSum {
                normalization,
                outside,
            } => (*normalization, *outside),
            Method::WeightedProduct { normalization } | Method::Topsis { normalization } => {
                (*normalization, Outside::Error)
            }
            Method::Stability {
                of: Linear::WeightedSum,
                normalization,
            } => (*normalization, Outside::Error),
            Method::Smaa(smaa) => (smaa.value, Outside::Error),
            Method::Vikor { .. } | Method::Promethee | Method::Stability { .. } => return,
        };
        if normalization == Normalization::None
            && self.criteria.iter().any(|one| one.direction == Direction::Cost)
        {
            let message =
                "Without normalization every criterion must be a benefit: choose another normalization.";
            later.add(Code::Option, message.to_owned(), at);
        }
        if normalization == Normalization::Fixed {
            self.check_scales(outside, later);
        }
        let Method::Smaa(smaa) = method else { return };
        if smaa.engine == Engine::Exact && self.is_uncertain() {
            let message = "The exact engine needs plain numbers: choose the engine auto or monte_carlo.";
            later.add(Code::Option, message.to_owned(), at);
        }
        if self.alternatives.len() > SIMULATED_MAX {
            let message =
                format!("The method smaa compares at most {SIMULATED_MAX} alternatives: leave some out.");
            later.add(Code::Shape, message, at);
        }
    }

    fn check_scales(&self, outside: Outside, later: &mut Refusals) {
        let root = Path::root();
        let criteria = root.key("criteria");
        if let Some(missing) = self
            .criteria
            .iter()
            .position(|criterion| criterion.scale.is_none())
        {
            let message = "This criterion needs a scale for fixed normalization: add \"scale\": [low, high].";
            later.add(Code::Scale, message, &criteria.index(missing));
            return;
        }
        if outside != Outside::Error {
            return;
        }
        let beyond = self.first_cell(|cell, criterion| {
            let inside = |value: f64| {
                criterion
                    .scale
                    .is_none_or(|(low, high)| (low..=high).contains(&value))
            };
            match *cell {
                Cell::Number(value) => !inside(value),
                Cell::Interval { low, high } => !inside(low) || !inside(high),
                Cell::Normal { .. } | Cell::Lognormal { .. } => false,
            }
        });
        if let Some((row, column)) = beyond {
            let message = "This value lies outside the criterion's scale: widen the scale, or use \"outside\": \"clip\" or \"extend\".";
            later.add(Code::Scale, message, &Path::cell(row, column));
        }
    }

    fn first_cell(&self, wanted: impl Fn(&Cell, &Criterion) -> bool) -> Option<(usize, usize)> {
        let in_row = |row: &Vec<Cell>| {
            row.iter()
                .zip(&self.criteria)
                .position(|(cell, criterion)| wanted(cell, criterion))
        };
        self.matrix
            .iter()
            .enumerate()
            .find_map(|(index, row)| Some((index, in_row(row)?)))
    }
}

#[cfg(test)]
mod tests;
