//! Weights drawn uniformly from the simplex, for values that are plain numbers: the fast path of the simulation.
//!
//! n − 1 sorted uniform numbers cut [0, 1] into n uniform weights, so a draw costs n − 1 random numbers and a sorting
//! network, but no logarithm and no division. Eight draws go side by side, so that the compiler can use vectors.

mod small;

use super::chunks::{Effort, in_chunks};
use super::random::{LANES, Lanes, Streams};
use super::tally::Tally;
use crate::arithmetic::draws as number;
use crate::matrix::Matrix;

/// Draws weightings and counts places. Rows of `values` must differ, row i stands for `sizes[i]` alternatives, columns
/// are the corners of the simplex. Wins of pairs are not counted: they have an exact answer.
pub fn simulate(values: &Matrix, sizes: &[usize], effort: Effort) -> Tally {
    let kernel = Kernel::new(values, sizes);
    let total = Tally::new(sizes, values.column_count());
    let work = |chunk, draws| kernel.run(draws, Streams::new(effort.seed, chunk));
    in_chunks(effort, total, work, |total, tally| total.add(&tally))
}

/// What the inner loop needs to know about the values.
struct Kernel<'s> {
    sizes: &'s [usize],
    corners: usize,
    /// Per group: a constant, then the falls from corner to corner, both less those of the first group, so that its own
    /// score is 0. With cuts s₁ ≤ s₂ ≤ … the score Σ wⱼ·uⱼ is uₙ + Σ sⱼ·(uⱼ − uⱼ₊₁); the cuts come 1 too high.
    falls: Vec<Vec<f64>>,
}

impl<'s> Kernel<'s> {
    fn new(values: &Matrix, sizes: &'s [usize]) -> Self {
        let falls = |row: &[f64]| -> Vec<f64> {
            let gaps: Vec<f64> = row
                .iter()
                .zip(values.row(0))
                .map(|(own, first)| own - first)
                .collect();
            let falls = gaps
                .iter()
                .zip(gaps.iter().skip(1))
                .map(|(here, next)| here - next);
            let last = gaps.last().copied().unwrap_or(0.0);
            let first = gaps.first().copied().unwrap_or(0.0);
            std::iter::once(last - (first - last)).chain(falls).collect()
        };
        Self {
            sizes,
            corners: values.column_count(),
            falls: values.rows().map(falls).collect(),
        }
    }

    fn run(&self, draws: u64, streams: Streams) -> Tally {
        small::run(self, draws, streams.clone()).unwrap_or_else(|| self.run_any(draws, streams))
    }

    /// Any number of groups and cuts, by a sorting network made at the start.
    fn run_any(&self, draws: u64, mut streams: Streams) -> Tally {
        let mut tally = Tally::new(self.sizes, self.corners);
        tally.draws = draws;
        let network = network(self.corners.saturating_sub(1));
        let mut cuts = vec![[0.0; LANES]; self.corners.saturating_sub(1)];
        let mut scores = vec![[0.0; LANES]; self.falls.len()];
        let mut order = Vec::new();
        let mut left = usize::try_from(draws).unwrap_or(0);
        while left > 0 {
            draw(&mut streams, &mut cuts);
            apply(&network, &mut cuts);
            self.score(&cuts, &mut scores);
            for lane in 0..left.min(LANES) {
                self.count(&scores, lane, &mut order, &mut tally);
                let best = order.first().map_or(0, |(_, group)| *group);
                for (sum, cut) in tally.first.row_mut(best).iter_mut().zip(&cuts) {
                    *sum += cut.get(lane).copied().unwrap_or(0.0);
                }
            }
            left = left.saturating_sub(LANES);
        }
        cuts_to_weights(&mut tally);
        tally
    }

    fn score(&self, cuts: &[Lanes], scores: &mut [Lanes]) {
        for (score, falls) in scores.iter_mut().zip(&self.falls).skip(1) {
            let Some((constant, falls)) = falls.split_first() else {
                continue;
            };
            let mut sum = [*constant; LANES];
            for (fall, cut) in falls.iter().zip(cuts) {
                for (lane, value) in sum.iter_mut().zip(cut) {
                    *lane += fall * value;
                }
            }
            *score = sum;
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; lane < LANES and indices are below the counts"
    )]
    fn count(&self, scores: &[Lanes], lane: usize, order: &mut Vec<(f64, usize)>, tally: &mut Tally) {
        order.clear();
        order.extend(
            scores
                .iter()
                .enumerate()
                .map(|(group, score)| (score[lane], group)),
        );
        order.sort_unstable_by(|(a, one), (b, other)| b.total_cmp(a).then(one.cmp(other)));
        let places = self.sizes.iter().sum::<usize>();
        let mut place = 0;
        for &(_, group) in order.iter() {
            tally.starts[group * places + place] += 1;
            place += self.sizes[group];
        }
    }
}

/// Sums of sorted cuts, each 1 too high, into sums of weights: the gaps between neighbours.
fn cuts_to_weights(tally: &mut Tally) {
    let firsts: Vec<u64> = tally.firsts().collect();
    for (sums, times) in tally.first.rows_mut().zip(firsts) {
        // The last cut is 1, and like all others 1 too high.
        if let Some(last) = sums.last_mut() {
            *last = 2.0 * number(times);
        }
        let mut below = number(times);
        for sum in sums {
            (*sum, below) = (*sum - below, *sum);
        }
    }
}

/// Fills the cuts with numbers in [1, 2); everything below allows for the 1.
#[inline]
fn draw(streams: &mut Streams, cuts: &mut [Lanes]) {
    let mut pairs = cuts.chunks_exact_mut(2);
    for pair in &mut pairs {
        if let [one, other] = pair {
            (*one, *other) = streams.uniform_pair();
        }
    }
    if let [last] = pairs.into_remainder() {
        *last = streams.uniform_pair().0;
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "inner loop; the network stays inside the cuts"
)]
fn apply(network: &[(usize, usize)], cuts: &mut [Lanes]) {
    for &(low, high) in network {
        let (one, other) = (cuts[low], cuts[high]);
        for lane in 0..LANES {
            let (a, b) = (one[lane], other[lane]);
            cuts[low][lane] = if a < b { a } else { b };
            cuts[high][lane] = if a < b { b } else { a };
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
    use crate::method::smaa::chunks::CHUNK;

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

    fn values(groups: usize, corners: usize) -> Matrix {
        let cell = |i: usize, j: usize| number(u64::try_from((i * 7 + j * j * 3 + i * i * j) % 11).unwrap());
        let rows: Vec<Vec<f64>> = (0..groups)
            .map(|i| (0..corners).map(|j| cell(i, j)).collect())
            .collect();
        Matrix::from_rows(&rows)
    }

    #[test]
    fn threads_change_nothing() {
        for (groups, corners) in [(3, 3), (6, 14)] {
            let (values, sizes) = (values(groups, corners), vec![1; groups]);
            let effort = Effort {
                draws: 2 * CHUNK + 17,
                seed: 42,
                threads: 1,
            };
            let one = simulate(&values, &sizes, effort);
            assert_eq!(one.draws, 2 * CHUNK + 17);
            assert_eq!(
                one.starts.iter().sum::<u64>(),
                u64::try_from(groups).unwrap() * one.draws
            );
            for threads in [2, 4, 64] {
                assert_eq!(one, simulate(&values, &sizes, Effort { threads, ..effort }));
            }
        }
    }

    /// The unrolled way and the general way count the same draws.
    #[test]
    fn the_fast_path_changes_nothing() {
        for groups in 2..=5 {
            for corners in 2..=12 {
                let values = values(groups, corners);
                let sizes: Vec<usize> = (0..groups).map(|group| 1 + group % 2).collect();
                let kernel = Kernel::new(&values, &sizes);
                let fast = small::run(&kernel, 1003, Streams::new(1, 0)).unwrap();
                assert_eq!(
                    fast,
                    kernel.run_any(1003, Streams::new(1, 0)),
                    "{groups} {corners}"
                );
            }
        }
    }
}
