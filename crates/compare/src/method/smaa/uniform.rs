//! Weights drawn uniformly from the simplex, for values that are plain numbers: the fast path of the simulation.
//!
//! n − 1 sorted uniform numbers cut [0, 1] into n uniform weights, so a draw costs n − 1 random numbers and a sorting
//! network, but no logarithm. Draws come in chunks with their own streams; counts are whole numbers and sums are added
//! in the order of the chunks, so the result does not depend on the number of threads.

use std::ops::Range;

use super::random::{LANES, Lanes, Streams};
use crate::arithmetic::draws as number;
use crate::matrix::Matrix;

/// Draws of one chunk.
pub const CHUNK: u64 = 65_536;

/// What a simulation counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Draws in all.
    pub draws: u64,
    /// Row by row: how often alternative i had place r + 1.
    pub places: Vec<u64>,
    /// Row by row: the sum of corner coordinate j over the draws in which alternative i was first.
    pub first: Vec<f64>,
}

impl Tally {
    fn new(alternatives: usize, corners: usize) -> Self {
        Self {
            draws: 0,
            places: vec![0; alternatives * alternatives],
            first: vec![0.0; alternatives * corners],
        }
    }

    fn add(&mut self, other: &Self) {
        self.draws += other.draws;
        for (sum, more) in self.places.iter_mut().zip(&other.places) {
            *sum += more;
        }
        for (sum, more) in self.first.iter_mut().zip(&other.first) {
            *sum += more;
        }
    }

    /// Row i, column r: the share of draws in which alternative i had place r + 1.
    pub fn acceptability(&self, alternatives: usize) -> Matrix {
        let mut matrix = Matrix::zeros(alternatives, alternatives);
        for (row, counts) in matrix
            .rows_mut()
            .zip(self.places.chunks_exact(alternatives.max(1)))
        {
            for (cell, &times) in row.iter_mut().zip(counts) {
                *cell = number(times) / number(self.draws);
            }
        }
        matrix
    }

    /// Per alternative the mean corner coordinates over the draws it won, if it won any.
    pub fn central(&self, alternatives: usize) -> Vec<Option<Vec<f64>>> {
        let corners = self.first.len().checked_div(alternatives).unwrap_or(0);
        self.first
            .chunks_exact(corners.max(1))
            .zip(self.places.chunks_exact(alternatives.max(1)))
            .map(|(sums, counts)| {
                let times = counts.first().copied().filter(|&times| times > 0)?;
                Some(sums.iter().map(|sum| sum / number(times)).collect())
            })
            .collect()
    }
}

/// Draws `draws` weightings and counts places. Rows of `values` must differ; columns are the corners of the simplex.
pub fn simulate(values: &Matrix, draws: u64, seed: u64, threads: usize) -> Tally {
    let kernel = Kernel::new(values);
    let total = Tally::new(values.row_count(), values.column_count());
    let work = |chunk, draws| kernel.run(draws, Streams::new(seed, chunk));
    in_chunks((draws, threads), total, work, |total, tally| total.add(&tally))
}

/// Runs `work(chunk, draws)` for every chunk on up to `threads` threads and folds the results in chunk order.
pub(crate) fn in_chunks<T: Send, S>(
    (draws, threads): (u64, usize),
    mut total: S,
    work: impl Fn(u64, u64) -> T + Sync,
    mut fold: impl FnMut(&mut S, T),
) -> S {
    let chunks = draws.div_ceil(CHUNK);
    let workers = u64::try_from(threads.max(1)).unwrap_or(1).min(chunks);
    let round = if workers <= 1 { 1 } else { workers * 8 };
    let run = |chunk: u64| work(chunk, CHUNK.min(draws - chunk * CHUNK));
    let mut start = 0;
    while start < chunks {
        let end = chunks.min(start + round);
        if workers <= 1 {
            (start..end).for_each(|chunk| fold(&mut total, run(chunk)));
        } else {
            for (_, result) in on_threads(start..end, workers, &run) {
                fold(&mut total, result);
            }
        }
        start = end;
    }
    total
}

fn on_threads<T: Send>(chunks: Range<u64>, workers: u64, run: &(impl Fn(u64) -> T + Sync)) -> Vec<(u64, T)> {
    let share = |worker: u64| {
        let mine = chunks.clone().filter(move |chunk| chunk % workers == worker);
        mine.map(|chunk| (chunk, run(chunk))).collect::<Vec<_>>()
    };
    let share = &share;
    let mut results: Vec<(u64, T)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..workers)
            .map(|worker| scope.spawn(move || share(worker)))
            .collect();
        let mut all = share(0);
        for handle in handles {
            match handle.join() {
                Ok(part) => all.extend(part),
                Err(cause) => std::panic::resume_unwind(cause),
            }
        }
        all
    });
    results.sort_by_key(|(chunk, _)| *chunk);
    results
}

/// What the inner loop needs to know about the values.
struct Kernel {
    alternatives: usize,
    corners: usize,
    /// Per alternative: its value at the last corner, then the falls from corner to corner. With cuts
    /// s₁ ≤ s₂ ≤ … the score Σ wⱼ·uⱼ is uₙ + Σ sⱼ·(uⱼ − uⱼ₊₁).
    falls: Matrix,
    /// Compare-exchange steps that sort the cuts.
    network: Vec<(usize, usize)>,
}

impl Kernel {
    fn new(values: &Matrix) -> Self {
        let corners = values.column_count();
        let mut falls = Matrix::zeros(values.row_count(), corners);
        for (target, row) in falls.rows_mut().zip(values.rows()) {
            let differences = row.iter().zip(row.iter().skip(1)).map(|(here, next)| here - next);
            for (cell, value) in target
                .iter_mut()
                .zip(row.last().copied().into_iter().chain(differences))
            {
                *cell = value;
            }
        }
        Self {
            alternatives: values.row_count(),
            corners,
            falls,
            network: network(corners.saturating_sub(1)),
        }
    }

    fn run(&self, draws: u64, mut streams: Streams) -> Tally {
        let mut tally = Tally::new(self.alternatives, self.corners);
        tally.draws = draws;
        let mut cuts = vec![[0.0; LANES]; self.corners.saturating_sub(1)];
        let mut scores = vec![[0.0; LANES]; self.alternatives];
        let mut order: Vec<usize> = Vec::new();
        let mut left = usize::try_from(draws).unwrap_or(0);
        while left > 0 {
            self.draw(&mut streams, &mut cuts);
            self.score(&cuts, &mut scores);
            for lane in 0..left.min(LANES) {
                tally.count(&scores, &cuts, lane, &mut order);
            }
            left = left.saturating_sub(LANES);
        }
        tally.cuts_to_weights();
        tally
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; the network and the lanes stay inside the cuts"
    )]
    fn draw(&self, streams: &mut Streams, cuts: &mut [Lanes]) {
        for cut in cuts.iter_mut() {
            *cut = streams.uniform();
        }
        for &(low, high) in &self.network {
            let (one, other) = (cuts[low], cuts[high]);
            for lane in 0..LANES {
                let (a, b) = (one[lane], other[lane]);
                cuts[low][lane] = if a < b { a } else { b };
                cuts[high][lane] = if a < b { b } else { a };
            }
        }
    }

    fn score(&self, cuts: &[Lanes], scores: &mut [Lanes]) {
        for (score, falls) in scores.iter_mut().zip(self.falls.rows()) {
            let mut sum = [falls.first().copied().unwrap_or(0.0); LANES];
            for (fall, cut) in falls.iter().skip(1).zip(cuts) {
                for (lane, value) in sum.iter_mut().zip(cut) {
                    *lane += fall * value;
                }
            }
            *score = sum;
        }
    }
}

impl Tally {
    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; lane < LANES and indices are below the counts"
    )]
    fn count(&mut self, scores: &[Lanes], cuts: &[Lanes], lane: usize, order: &mut Vec<usize>) {
        order.clear();
        order.extend(0..scores.len());
        order.sort_by(|&a, &b| scores[b][lane].total_cmp(&scores[a][lane]));
        for (place, &alternative) in order.iter().enumerate() {
            self.places[alternative * scores.len() + place] += 1;
        }
        let Some(best) = order.first() else { return };
        let start = best * (cuts.len() + 1);
        for (sum, cut) in self.first[start..].iter_mut().zip(cuts) {
            *sum += cut[lane];
        }
    }

    /// Sums of sorted cuts into sums of weights: each weight is the gap between two neighbouring cuts.
    fn cuts_to_weights(&mut self) {
        let alternatives = self.places.len().isqrt();
        let corners = self.first.len().checked_div(alternatives).unwrap_or(0);
        let winners = self.places.chunks_exact(alternatives.max(1));
        for (sums, counts) in self.first.chunks_exact_mut(corners.max(1)).zip(winners) {
            if let Some(last) = sums.last_mut() {
                *last = number(counts.first().copied().unwrap_or(0));
            }
            let mut below = 0.0;
            for sum in sums {
                let cut = *sum;
                *sum = cut - below;
                below = cut;
            }
        }
    }
}

/// Batcher's merge exchange (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M).
fn network(items: usize) -> Vec<(usize, usize)> {
    let mut steps = Vec::new();
    let top = items.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            steps.extend(
                (0..items.saturating_sub(d))
                    .filter(|i| i & p == r)
                    .map(|i| (i, i + d)),
            );
            if q == p {
                break;
            }
            d = q - p;
            q /= 2;
            r = p;
        }
        p /= 2;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network sorts everything if it sorts every sequence of zeros and ones.
    #[test]
    fn networks_sort() {
        for items in 0..=12 {
            let steps = network(items);
            for bits in 0..1_u32 << items {
                let mut cells: Vec<u32> = (0..items).map(|place| bits >> place & 1).collect();
                for &(low, high) in &steps {
                    if cells[low] > cells[high] {
                        cells.swap(low, high);
                    }
                }
                assert!(cells.is_sorted(), "{items} {bits:b}");
            }
        }
    }

    #[test]
    fn threads_change_nothing() {
        let values = Matrix::from_rows(&[[1.0, 0.0, 0.3], [0.0, 1.0, 0.2], [0.4, 0.5, 0.6]]);
        let one = simulate(&values, 5 * CHUNK + 17, 42, 1);
        assert_eq!(one.draws, 5 * CHUNK + 17);
        assert_eq!(one.places.iter().sum::<u64>(), 3 * one.draws);
        for threads in [2, 4, 64] {
            assert_eq!(one, simulate(&values, 5 * CHUNK + 17, 42, threads));
        }
    }
}
