//! What a simulation counts. Counts are whole numbers; sums of weights are added in the order of the chunks.

use crate::arithmetic::draws as number;
use crate::matrix::Matrix;

/// Counts over many draws. A group stands for alternatives with equal values, which fill as many places.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Draws in all.
    pub draws: u64,
    /// Number of alternatives, and so of places.
    places: usize,
    /// Row by row: how often group i started at place r + 1.
    pub starts: Vec<u64>,
    /// Row by row: the sum of weight j over the draws in which group i was first.
    pub first: Matrix,
    /// Row by row: how often group i was before group k.
    pub wins: Vec<u64>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(sizes: &[usize], weights: usize) -> Self {
        let (groups, places) = (sizes.len(), sizes.iter().sum());
        Self {
            draws: 0,
            places,
            starts: vec![0; groups * places],
            first: Matrix::zeros(groups, weights),
            wins: vec![0; groups * groups],
        }
    }

    /// Adds another tally of the same shape.
    pub fn add(&mut self, other: &Self) {
        self.draws += other.draws;
        for (sum, more) in self.starts.iter_mut().zip(&other.starts) {
            *sum += more;
        }
        for (sum, more) in self.wins.iter_mut().zip(&other.wins) {
            *sum += more;
        }
        for (sums, others) in self.first.rows_mut().zip(other.first.rows()) {
            for (sum, more) in sums.iter_mut().zip(others) {
                *sum += more;
            }
        }
    }

    /// Row i, column r: the share of draws in which group i started at place r + 1.
    pub fn start_shares(&self) -> Matrix {
        let share = |times: &u64| number(*times) / number(self.draws);
        let rows: Vec<Vec<f64>> = self
            .starts
            .chunks_exact(self.places.max(1))
            .map(|row| row.iter().map(share).collect())
            .collect();
        Matrix::from_rows(&rows)
    }

    /// Per group how often it was first.
    pub fn firsts(&self) -> impl Iterator<Item = u64> {
        self.starts
            .chunks_exact(self.places.max(1))
            .map(|row| row.first().copied().unwrap_or(0))
    }

    /// Per group the mean weights over the draws it won, if it won any.
    pub fn central(&self) -> Vec<Option<Vec<f64>>> {
        let mean = |(sums, times): (&[f64], u64)| {
            (times > 0).then(|| sums.iter().map(|sum| sum / number(times)).collect())
        };
        self.first.rows().zip(self.firsts()).map(mean).collect()
    }

    /// Row i, column k: the share of draws in which group i was before group k.
    pub fn win_shares(&self) -> Matrix {
        let groups = self.first.row_count();
        let share = |times: &u64| number(*times) / number(self.draws);
        let rows: Vec<Vec<f64>> = self
            .wins
            .chunks_exact(groups.max(1))
            .map(|row| row.iter().map(share).collect())
            .collect();
        Matrix::from_rows(&rows)
    }
}
