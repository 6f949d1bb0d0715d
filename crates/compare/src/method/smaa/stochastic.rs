//! The general simulation: uncertain cells and Dirichlet weights. Slower than the fast path, one draw at a time.

use super::chunks::{Effort, in_chunks};
use super::groups::Groups;
use super::random::{Feed, Streams, exponential, logarithm};
use super::tally::Tally;
use crate::arithmetic::{count, dot};
use crate::matrix::Matrix;
use crate::normalise::{self, Domain};
use crate::problem::{Cell, Criterion, Normalization, Prior, Problem, Smaa};

/// Draws for the confidence factor at most: it looks at every alternative in every draw.
const CONFIDENCE_DRAWS: u64 = 100_000;

/// The confidence factor has its own random streams.
const CONFIDENCE_CHUNK: u64 = 1 << 40;

/// Everything a draw needs to know.
pub(crate) struct Sampler<'p> {
    criteria: &'p [Criterion],
    normalization: Normalization,
    prior: &'p Prior,
    groups: Groups,
    sizes: Vec<usize>,
    /// Per group its cells.
    cells: Vec<&'p [Cell]>,
    /// Normalised plain numbers; what is uncertain is filled in by each draw.
    values: Matrix,
    /// Columns with an uncertain cell.
    uncertain: Vec<usize>,
}

impl<'p> Sampler<'p> {
    pub(crate) fn new(problem: &'p Problem, smaa: &'p Smaa) -> Result<Self, Domain> {
        let same = |one: &Cell, other: &Cell| match (one, other) {
            (Cell::Number(a), Cell::Number(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
            _ => false,
        };
        let rows = &problem.matrix;
        let row = |index: usize| rows.get(index).map_or(&[][..], Vec::as_slice);
        let groups = Groups::by(rows.len(), |one, other| {
            row(one)
                .iter()
                .zip(row(other))
                .all(|(one, other)| same(one, other))
        });
        let cells: Vec<&[Cell]> = groups
            .members
            .iter()
            .filter_map(|group| group.first())
            .map(|&first| row(first))
            .collect();
        let is_uncertain = |column: usize| {
            rows.iter()
                .any(|row| !matches!(row.get(column), Some(Cell::Number(_))))
        };
        let (uncertain, certain): (Vec<usize>, Vec<usize>) =
            (0..problem.criteria.len()).partition(|&column| is_uncertain(column));
        let numbers = problem.numbers();
        let mut all = Matrix::zeros(rows.len(), problem.criteria.len());
        for &column in &certain {
            let criterion = problem.criteria.get(column).ok_or(Domain)?;
            all.set_column(
                column,
                &normalise::column(&numbers.column(column), criterion, smaa.value)?,
            );
        }
        let sampler = Self {
            criteria: &problem.criteria,
            normalization: smaa.value,
            prior: &smaa.weights,
            sizes: groups.sizes(),
            values: if uncertain.is_empty() {
                groups.representatives(&all).tamed()
            } else {
                groups.representatives(&all)
            },
            groups,
            cells,
            uncertain,
        };
        sampler.check_positive()?;
        Ok(sampler)
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Ratios and parts of sums need columns that stay positive whatever is drawn.
    fn check_positive(&self) -> Result<(), Domain> {
        if !matches!(self.normalization, Normalization::Ratio | Normalization::Sum) {
            return Ok(());
        }
        let positive = |cell: &Cell| match *cell {
            Cell::Number(number) => number > 0.0,
            Cell::Interval { low, .. } => low > 0.0,
            Cell::Normal { .. } => false,
            Cell::Lognormal { .. } => true,
        };
        let sound = |column: &usize| {
            self.cells
                .iter()
                .all(|row| row.get(*column).is_some_and(positive))
        };
        if self.uncertain.iter().all(sound) {
            Ok(())
        } else {
            Err(Domain)
        }
    }

    /// Draws weights and values, and counts places, first places and pairs.
    pub(crate) fn simulate(&self, effort: Effort) -> Tally {
        let columns = self.criteria.len();
        let work = |chunk: u64, draws: u64| {
            let mut feed = Feed::new(Streams::new(effort.seed, chunk));
            let mut tally = Tally::new(&self.sizes, columns);
            tally.draws = draws;
            let mut values = self.values.clone();
            for _ in 0..draws {
                let weights = self.weights(&mut feed);
                self.fill(&mut values, &mut feed);
                let scores: Vec<f64> = values.rows().map(|row| dot(row, &weights)).collect();
                self.count(&scores, &weights, &mut tally);
            }
            tally
        };
        in_chunks(effort, Tally::new(&self.sizes, columns), work, |total, tally| {
            total.add(&tally);
        })
    }

    /// Per group, how often it is first at its own central weights.
    pub(crate) fn confidence(&self, central: &[Option<Vec<f64>>], effort: Effort) -> Vec<Option<f64>> {
        let effort = Effort {
            draws: effort.draws.min(CONFIDENCE_DRAWS),
            ..effort
        };
        let work = |chunk: u64, draws: u64| {
            let mut feed = Feed::new(Streams::new(effort.seed, CONFIDENCE_CHUNK + chunk));
            let mut wins = vec![0_u64; central.len()];
            let mut values = self.values.clone();
            for _ in 0..draws {
                self.fill(&mut values, &mut feed);
                for (index, (weights, wins)) in central.iter().zip(&mut wins).enumerate() {
                    let Some(weights) = weights else { continue };
                    let own = dot(values.row(index), weights);
                    let beaten = values.rows().any(|row| dot(row, weights) > own);
                    *wins += u64::from(!beaten);
                }
            }
            wins
        };
        let wins = in_chunks(effort, vec![0_u64; central.len()], work, |total, wins| {
            for (sum, more) in total.iter_mut().zip(wins) {
                *sum += more;
            }
        });
        let draws = crate::arithmetic::draws(effort.draws);
        let share = |(weights, wins): (&Option<Vec<f64>>, u64)| {
            weights.as_ref().map(|_| crate::arithmetic::draws(wins) / draws)
        };
        central.iter().zip(wins).map(share).collect()
    }

    fn count(&self, scores: &[f64], weights: &[f64], tally: &mut Tally) {
        let score = |group: usize| scores.get(group).copied().unwrap_or(0.0);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
        let places: usize = self.sizes.iter().sum();
        let mut place = 0;
        for (index, &group) in order.iter().enumerate() {
            if let Some(times) = tally.starts.get_mut(group * places + place) {
                *times += 1;
            }
            place += self.sizes.get(group).copied().unwrap_or(1);
            for &behind in order.iter().skip(index + 1) {
                if let Some(times) = tally.wins.get_mut(group * scores.len() + behind) {
                    *times += 1;
                }
            }
        }
        if let Some(&best) = order.first() {
            for (sum, weight) in tally.first.row_mut(best).iter_mut().zip(weights) {
                *sum += weight;
            }
        }
    }

    fn weights(&self, feed: &mut Feed) -> Vec<f64> {
        let logarithms: Vec<f64> = match self.prior {
            Prior::Dirichlet(alpha) => alpha.iter().map(|&alpha| feed.gamma_logarithm(alpha)).collect(),
            Prior::Uniform | Prior::Ordinal(_) => self
                .criteria
                .iter()
                .map(|_| logarithm(feed.exponential()))
                .collect(),
        };
        let most = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let parts: Vec<f64> = logarithms
            .iter()
            .map(|logarithm| exponential(logarithm - most))
            .collect();
        let sum: f64 = parts.iter().sum();
        let mut weights: Vec<f64> = parts.iter().map(|part| part / sum).collect();
        if let Prior::Ordinal(order) = self.prior {
            let parts = weights.clone();
            let mut weight = 0.0;
            for (place, (criterion, part)) in order.iter().zip(&parts).enumerate().rev() {
                weight += part / count(place + 1);
                if let Some(cell) = weights.get_mut(*criterion) {
                    *cell = weight;
                }
            }
        }
        weights
    }

    /// Draws the uncertain cells and normalises their columns.
    fn fill(&self, values: &mut Matrix, feed: &mut Feed) {
        for &column in &self.uncertain {
            let drawn = self
                .cells
                .iter()
                .map(|row| row.get(column).map_or(0.0, |cell| feed.cell(cell)));
            let drawn: Vec<f64> = drawn.collect();
            let Some(criterion) = self.criteria.get(column) else {
                continue;
            };
            let expanded = self.expand(&drawn);
            if let Ok(normalised) = normalise::column(&expanded, criterion, self.normalization) {
                values.set_column(column, &self.contract(&normalised));
            }
        }
    }

    /// Parts of a sum depend on every alternative, so groups stand for all their members.
    fn expand(&self, drawn: &[f64]) -> Vec<f64> {
        if self.normalization != Normalization::Sum {
            return drawn.to_vec();
        }
        self.groups
            .group_of()
            .into_iter()
            .filter_map(|group| drawn.get(group).copied())
            .collect()
    }

    fn contract(&self, column: &[f64]) -> Vec<f64> {
        if self.normalization != Normalization::Sum {
            return column.to_vec();
        }
        let firsts = self.groups.members.iter().filter_map(|group| group.first());
        firsts.filter_map(|&first| column.get(first).copied()).collect()
    }
}
