//! The verdict: which option leads at the reader's weights, how surely, and what would change it.
//!
//! Everything here is closed form, so that a second program (in the browser) gives the same answer to 10⁻⁹. The
//! weighted sum of the scores decides; see [`judge`] for the rule and [`THRESHOLDS`] for its four numbers.

use serde::{Deserialize, Serialize};

use crate::arithmetic::{dot, largest};
use crate::flip;
use crate::matrix::Matrix;
use crate::normal;
use crate::ranking::{Best, Ranking, TIE, tolerance};

/// One score as shown, on the scale 0 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The score itself, 0 to 10.
    pub point: f64,
    /// Lower end of its interval; may lie outside the scale.
    pub low: f64,
    /// Upper end of its interval; may lie outside the scale.
    pub high: f64,
}

/// Options against criteria, with a score or no evidence in each cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Names of the options.
    pub options: Vec<String>,
    /// Names of the criteria.
    pub criteria: Vec<String>,
    /// `[option][criterion]`; `None` where there is no evidence.
    pub scores: Vec<Vec<Option<Score>>>,
}

/// Why a table or its weights cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No option is left.
    #[error("there is no option to judge")]
    NoOption,
    /// A row does not have one cell per criterion, or there is not one row per option.
    #[error("the table needs one row per option and one cell per criterion; row {row} is wrong")]
    Shape {
        /// The row, from 0.
        row: usize,
    },
    /// A score is not on the scale 0 to 10, or its interval is not a finite interval.
    #[error("the score of option {option} on criterion {criterion} is not on the scale 0 to 10")]
    Score {
        /// The option, from 0.
        option: usize,
        /// The criterion, from 0.
        criterion: usize,
    },
    /// There is not one weight per criterion.
    #[error("there must be one weight per criterion")]
    WeightCount,
    /// A weight is negative or not finite.
    #[error("the weight of criterion {criterion} must be a number of 0 or more")]
    Weight {
        /// The criterion, from 0.
        criterion: usize,
    },
    /// Every weight is zero.
    #[error("at least one weight must be more than 0")]
    NoWeight,
}

impl Invalid {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoOption => "verdict.no_option",
            Self::Shape { .. } => "verdict.shape",
            Self::Score { .. } => "verdict.score",
            Self::WeightCount => "verdict.weight_count",
            Self::Weight { .. } => "verdict.weight",
            Self::NoWeight => "verdict.no_weight",
        }
    }
}

/// Weighted sums over what can be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Criteria on which every option has a score, ascending.
    pub compared: Vec<usize>,
    /// Their share of the reader's weight, 0 to 1.
    pub coverage: f64,
    /// One per criterion: the reader's weights renormalised over the compared criteria, 0 elsewhere. All 0 if the
    /// compared criteria carry no weight.
    pub weights: Vec<f64>,
    /// One per option, 0 to 10.
    pub totals: Vec<f64>,
}

impl Totals {
    /// The total of an option; none where nothing of what counts could be compared, since what is missing is no 0.
    pub fn known(&self, option: usize) -> Option<f64> {
        self.totals.get(option).copied().filter(|_| self.coverage > 0.0)
    }
}

/// The five kinds of verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Too much of the reader's weight lies on criteria without evidence.
    CannotTell,
    /// The leader's margin is within what the scores can resolve.
    TooClose,
    /// A small move of one weight makes another option lead.
    Depends,
    /// Ahead, but not surely.
    NarrowlyAhead,
    /// Ahead.
    Ahead,
}

/// Which way a weight must move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The criterion must count for more.
    Up,
    /// The criterion must count for less.
    Down,
}

/// A move of one weight that makes another option lead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The criterion whose weight moves; the others keep their proportions.
    pub criterion: usize,
    /// Its weight now, renormalised over the compared criteria.
    pub from: f64,
    /// The weight at which the two lead together; beyond it the challenger leads.
    pub at: f64,
    /// Who leads then.
    pub challenger: usize,
    /// Which way the weight moves.
    pub direction: Direction,
}

impl Flip {
    /// How far the weight must move, in normalised weight (0 to 1).
    pub fn distance(&self) -> f64 {
        (self.at - self.from).abs()
    }
}

/// Both possible flips of one criterion; neither means that its weight alone changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CriterionFlips {
    /// The flip when the criterion counts for less.
    pub low: Option<Flip>,
    /// The flip when the criterion counts for more.
    pub high: Option<Flip>,
}

/// What the numbers say at the reader's weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The kind of verdict.
    pub kind: Kind,
    /// The option with the largest total, the lowest index on a tie; none if nothing compared carries weight.
    pub leader: Option<usize>,
    /// The second.
    pub runner_up: Option<usize>,
    /// The weighted sums behind it.
    pub totals: Totals,
    /// μ: the leader's total minus the runner-up's; 0 on a tie.
    pub margin: f64,
    /// σ: standard deviation of that difference when every score is uniform on its interval.
    pub deviation: f64,
    /// p = Φ(μ/σ): how probable it is that the leader is better, given the resolution of the scores.
    pub probability: f64,
    /// One per criterion.
    pub flips: Vec<CriterionFlips>,
    /// All flips, nearest first; equally near ones (within 10⁻⁹) in the order of the criteria.
    pub nearest: Vec<Flip>,
    /// Tiers of options from best to worst.
    pub ranking: Vec<Vec<usize>>,
    /// (Beaten on every compared criterion, by whom): for each such option its best placed superior.
    pub dominated: Vec<(usize, usize)>,
    /// Whether the leader could change if missing cells counted 0 for it and 10 for another option.
    pub worst_case_changes_leader: bool,
}

/// The four numbers of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// Below this share of the reader's weight nothing can be said.
    pub coverage: f64,
    /// Below this probability it is too close.
    pub too_close: f64,
    /// A flip within this much normalised weight makes it depend on the priorities.
    pub depends: f64,
    /// Below this probability the leader is only narrowly ahead.
    pub narrowly: f64,
}

/// The one place where the thresholds stand. Comparisons allow 10⁻⁹ for rounding: a value that is at the threshold
/// except for rounding is at the threshold.
pub const THRESHOLDS: Thresholds = Thresholds {
    coverage: 0.60,
    too_close: 0.60,
    depends: 0.10,
    narrowly: 0.80,
};

/// The highest score there is.
const TOP: f64 = 10.0;

/// Judges a table at the reader's weights (each ≥ 0, not all 0; any sum).
///
/// Totals run over the criteria on which every option has a score, with the weights renormalised. The kind is the
/// first that holds: *cannot tell* if those criteria carry less than 60 % of the weight; *too close* if p < 0.60;
/// *depends* if a single weight flips the leader within 0.10; *narrowly ahead* if p < 0.80; else *ahead*. An option
/// that is alone (the must-haves excluded all others) is *ahead* with p = 1.
pub fn judge(table: &Table, weights: &[f64]) -> Result<Verdict, Invalid> {
    validate(table, weights)?;
    let totals = totals(table, weights);
    let values = points(table, &totals.compared);
    let ranking = Ranking::new(&totals.totals, Best::Highest);
    let alone = table.options.len() == 1;
    let decided = alone || totals.weights.iter().any(|weight| *weight > 0.0);
    let leader = ranking.leader().filter(|_| decided);
    let runner_up = ranking.runner_up().filter(|_| decided);
    let margin = Margin::new(table, &totals, &ranking, leader.zip(runner_up));
    let flips = leader.map_or_else(
        || vec![CriterionFlips::default(); table.criteria.len()],
        |leader| flips(&values, &totals, leader),
    );
    let nearest = nearest(&flips);
    let probability = if alone { 1.0 } else { margin.probability() };
    let kind = if alone {
        Kind::Ahead
    } else {
        kind(totals.coverage, probability, nearest.first())
    };
    Ok(Verdict {
        kind,
        leader,
        runner_up,
        margin: margin.mean,
        deviation: margin.deviation,
        probability,
        flips,
        nearest,
        dominated: dominated(&values, &ranking),
        worst_case_changes_leader: worst_case(table, weights, leader),
        ranking: ranking.tiers,
        totals,
    })
}

fn kind(coverage: f64, probability: f64, nearest: Option<&Flip>) -> Kind {
    if coverage < THRESHOLDS.coverage - TIE {
        Kind::CannotTell
    } else if probability < THRESHOLDS.too_close - TIE {
        Kind::TooClose
    } else if nearest.is_some_and(|flip| flip.distance() <= THRESHOLDS.depends + TIE) {
        Kind::Depends
    } else if probability < THRESHOLDS.narrowly - TIE {
        Kind::NarrowlyAhead
    } else {
        Kind::Ahead
    }
}

fn validate(table: &Table, weights: &[f64]) -> Result<(), Invalid> {
    let (options, criteria) = (table.options.len(), table.criteria.len());
    if options == 0 {
        return Err(Invalid::NoOption);
    }
    if table.scores.len() != options {
        return Err(Invalid::Shape {
            row: options.min(table.scores.len()),
        });
    }
    for (option, row) in table.scores.iter().enumerate() {
        if row.len() != criteria {
            return Err(Invalid::Shape { row: option });
        }
        let wrong = row
            .iter()
            .position(|cell| cell.is_some_and(|score| !score.is_sound()));
        if let Some(criterion) = wrong {
            return Err(Invalid::Score { option, criterion });
        }
    }
    if weights.len() != criteria {
        return Err(Invalid::WeightCount);
    }
    if let Some(criterion) = weights
        .iter()
        .position(|weight| !weight.is_finite() || *weight < 0.0)
    {
        return Err(Invalid::Weight { criterion });
    }
    if largest(weights) <= 0.0 {
        Err(Invalid::NoWeight)
    } else {
        Ok(())
    }
}

impl Score {
    fn is_sound(&self) -> bool {
        let interval = self.low.is_finite() && self.high.is_finite() && self.low <= self.high;
        interval && (0.0..=TOP).contains(&self.point)
    }

    /// Variance of a number that is uniform on the interval.
    fn variance(&self) -> f64 {
        (self.high - self.low) * (self.high - self.low) / 12.0
    }
}

/// Criteria on which every option has a score.
pub(crate) fn compared(table: &Table) -> Vec<usize> {
    let known = |criterion: usize| {
        table
            .scores
            .iter()
            .all(|row| row.get(criterion).is_some_and(Option::is_some))
    };
    (0..table.criteria.len())
        .filter(|&criterion| known(criterion))
        .collect()
}

/// The scores as shown on some criteria, one row per option.
pub(crate) fn points(table: &Table, criteria: &[usize]) -> Matrix {
    let point = |row: &[Option<Score>], criterion: usize| {
        row.get(criterion)
            .copied()
            .flatten()
            .map_or(0.0, |score| score.point)
    };
    let rows: Vec<Vec<f64>> = table
        .scores
        .iter()
        .map(|row| criteria.iter().map(|&criterion| point(row, criterion)).collect())
        .collect();
    Matrix::from_rows(&rows)
}

/// The reader's weights divided by the largest, so that no sum of them can leave the range of a double.
fn relative(weights: &[f64]) -> Vec<f64> {
    let most = largest(weights);
    weights.iter().map(|weight| weight / most).collect()
}

fn totals(table: &Table, weights: &[f64]) -> Totals {
    let compared = compared(table);
    let weights = relative(weights);
    let all: f64 = weights.iter().sum();
    let kept: Vec<f64> = compared
        .iter()
        .filter_map(|&criterion| weights.get(criterion).copied())
        .collect();
    // the sum of nothing is -0.0, which a reader would see
    let covered: f64 = kept.iter().sum::<f64>() + 0.0;
    let mut renormalised = vec![0.0; weights.len()];
    for (&criterion, weight) in compared.iter().zip(&kept) {
        if let Some(place) = renormalised.get_mut(criterion) {
            *place = if covered > 0.0 { weight / covered } else { 0.0 };
        }
    }
    let point = |cell: &Option<Score>| cell.map_or(0.0, |score| score.point);
    let total = |row: &Vec<Option<Score>>| {
        row.iter()
            .zip(&renormalised)
            .map(|(cell, weight)| point(cell) * weight)
            .sum()
    };
    let totals = table.scores.iter().map(total).collect();
    Totals {
        compared,
        coverage: covered / all,
        weights: renormalised,
        totals,
    }
}

/// Distribution of the difference between leader and runner-up.
struct Margin {
    mean: f64,
    deviation: f64,
}

impl Margin {
    fn new(table: &Table, totals: &Totals, ranking: &Ranking, pair: Option<(usize, usize)>) -> Self {
        let Some((leader, runner_up)) = pair else {
            return Self {
                mean: 0.0,
                deviation: 0.0,
            };
        };
        let total = |option: usize| totals.totals.get(option).copied().unwrap_or(0.0);
        let difference = total(leader) - total(runner_up);
        let tied = ranking
            .tiers
            .first()
            .is_some_and(|tier| tier.contains(&runner_up));
        let variance = |option: usize| -> f64 {
            let row = table.scores.get(option).map_or(&[][..], Vec::as_slice);
            let pairs = row.iter().zip(&totals.weights);
            pairs
                .filter_map(|(cell, weight)| Some(weight * weight * (*cell)?.variance()))
                .sum()
        };
        let deviation = (variance(leader) + variance(runner_up)).sqrt();
        Self {
            mean: if tied { 0.0 } else { difference },
            deviation,
        }
    }

    fn probability(&self) -> f64 {
        if self.mean <= 0.0 {
            0.5
        } else if self.deviation <= 0.0 {
            1.0
        } else {
            normal::cumulative(self.mean / self.deviation)
        }
    }
}

fn flips(values: &Matrix, totals: &Totals, leader: usize) -> Vec<CriterionFlips> {
    let mut flips = vec![CriterionFlips::default(); totals.weights.len()];
    let weights: Vec<f64> = totals
        .compared
        .iter()
        .filter_map(|&criterion| totals.weights.get(criterion).copied())
        .collect();
    for (&criterion, interval) in totals
        .compared
        .iter()
        .zip(flip::stability(values, &weights, leader))
    {
        let flip = |at: f64, direction: Direction| {
            move |challenger: usize| Flip {
                criterion,
                from: interval.weight,
                at,
                challenger,
                direction,
            }
        };
        if let Some(place) = flips.get_mut(criterion) {
            place.low = interval.challenger_low.map(flip(interval.low, Direction::Down));
            place.high = interval.challenger_high.map(flip(interval.high, Direction::Up));
        }
    }
    flips
}

fn nearest(flips: &[CriterionFlips]) -> Vec<Flip> {
    let mut all: Vec<Flip> = flips
        .iter()
        .flat_map(|both| [both.low, both.high])
        .flatten()
        .collect();
    all.sort_by(|a, b| a.distance().total_cmp(&b.distance()));
    for equal in all.chunk_by_mut(|a, b| b.distance() - a.distance() <= TIE) {
        equal.sort_by_key(|flip| (flip.criterion, flip.direction == Direction::Up));
    }
    all
}

fn dominated(values: &Matrix, ranking: &Ranking) -> Vec<(usize, usize)> {
    let order: Vec<usize> = ranking.tiers.iter().flatten().copied().collect();
    let beats = |one: usize, other: usize| {
        let pairs = || values.row(one).iter().zip(values.row(other));
        pairs().next().is_some() && pairs().all(|(a, b)| a > b)
    };
    let superior = |option: usize| order.iter().copied().find(|&other| beats(other, option));
    (0..order.len())
        .filter_map(|option| Some((option, superior(option)?)))
        .collect()
}

/// Whether some option would lead with missing cells at 0 for today's leader and at 10 for itself, all criteria
/// counted at the reader's weights.
fn worst_case(table: &Table, weights: &[f64], leader: Option<usize>) -> bool {
    let weights = relative(weights);
    let all: f64 = weights.iter().sum();
    let weights: Vec<f64> = weights.iter().map(|weight| weight / all).collect();
    let missing = |row: &Vec<Option<Score>>| {
        row.iter()
            .zip(&weights)
            .any(|(cell, weight)| cell.is_none() && *weight > 0.0)
    };
    let Some(leader) = leader else {
        return table.scores.iter().any(missing);
    };
    if !table.scores.iter().any(missing) {
        return false;
    }
    let filled = |option: usize, missing: f64| {
        let row = table.scores.get(option).map_or(&[][..], Vec::as_slice);
        let cells: Vec<f64> = row
            .iter()
            .map(|cell| cell.map_or(missing, |score| score.point))
            .collect();
        dot(&cells, &weights)
    };
    let ours = filled(leader, 0.0);
    (0..table.options.len()).any(|option| option != leader && filled(option, TOP) > ours + tolerance(ours))
}

#[cfg(test)]
mod tests;
