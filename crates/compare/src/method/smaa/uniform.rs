//! Weights drawn uniformly from the simplex, for values that are plain numbers: the fast path of the simulation.
//!
//! n − 1 sorted uniform numbers cut [0, 1] into n uniform weights, so a draw costs n − 1 random numbers and a sorting
//! network, but no logarithm and no division. Eight draws go side by side, so that the compiler can use vectors.

use super::chunks::{Effort, in_chunks};
use super::random::{LANES, Lanes, Streams};
use super::tally::Tally;
use crate::arithmetic::draws as number;
use crate::matrix::Matrix;

/// Up to so many groups the order of a draw is one number with a bit per pair: one table entry counts everything.
const SMALL: usize = 5;

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

/// What changes from draw to draw.
struct State {
    scores: Vec<Lanes>,
    /// Per pattern of pairwise wins, how often it was seen (few groups).
    patterns: Vec<u64>,
    /// Per pattern the group that is first (few groups).
    winners: Vec<usize>,
    tally: Tally,
    order: Vec<usize>,
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
        match self.corners.saturating_sub(1) {
            1 => self.run_fixed::<1>(draws, streams),
            2 => self.run_fixed::<2>(draws, streams),
            3 => self.run_fixed::<3>(draws, streams),
            4 => self.run_fixed::<4>(draws, streams),
            5 => self.run_fixed::<5>(draws, streams),
            6 => self.run_fixed::<6>(draws, streams),
            7 => self.run_fixed::<7>(draws, streams),
            8 => self.run_fixed::<8>(draws, streams),
            9 => self.run_fixed::<9>(draws, streams),
            10 => self.run_fixed::<10>(draws, streams),
            11 => self.run_fixed::<11>(draws, streams),
            cuts => self.run_any(cuts, draws, streams),
        }
    }

    /// The number of cuts is known to the compiler, which unrolls everything.
    fn run_fixed<const CUTS: usize>(&self, draws: u64, mut streams: Streams) -> Tally {
        let mut state = self.state(draws);
        let mut cuts = [[0.0; LANES]; CUTS];
        let mut left = usize::try_from(draws).unwrap_or(0);
        while left > 0 {
            draw(&mut streams, &mut cuts);
            sort_lanes(&mut cuts);
            self.count(&cuts, left.min(LANES), &mut state);
            left = left.saturating_sub(LANES);
        }
        self.finish(state)
    }

    /// Any number of cuts, by a sorting network made at the start.
    fn run_any(&self, cuts: usize, draws: u64, mut streams: Streams) -> Tally {
        let mut state = self.state(draws);
        let network = network(cuts);
        let mut cuts = vec![[0.0; LANES]; cuts];
        let mut left = usize::try_from(draws).unwrap_or(0);
        while left > 0 {
            draw(&mut streams, &mut cuts);
            apply(&network, &mut cuts);
            self.count(&cuts, left.min(LANES), &mut state);
            left = left.saturating_sub(LANES);
        }
        self.finish(state)
    }

    fn state(&self, draws: u64) -> State {
        let groups = self.falls.len();
        let mut tally = Tally::new(self.sizes, self.corners);
        tally.draws = draws;
        let small = groups <= SMALL;
        let patterns = if small { 1 << pairs(groups) } else { 0 };
        let winners = (0..patterns)
            .map(|pattern| order_of(pattern, groups).first().copied().unwrap_or(0))
            .collect();
        State {
            scores: vec![[0.0; LANES]; groups],
            patterns: vec![0; patterns],
            winners,
            tally,
            order: Vec::new(),
        }
    }

    #[inline]
    fn count(&self, cuts: &[Lanes], lanes: usize, state: &mut State) {
        for (score, falls) in state.scores.iter_mut().zip(&self.falls).skip(1) {
            let Some((last, falls)) = falls.split_first() else {
                continue;
            };
            let mut sum = [*last; LANES];
            for (fall, cut) in falls.iter().zip(cuts) {
                for (lane, value) in sum.iter_mut().zip(cut) {
                    *lane += fall * value;
                }
            }
            *score = sum;
        }
        if state.patterns.is_empty() {
            self.count_many(cuts, lanes, state);
        } else {
            count_few(cuts, lanes, state);
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; lane < LANES and indices are below the counts"
    )]
    fn count_many(&self, cuts: &[Lanes], lanes: usize, state: &mut State) {
        let places = self.sizes.iter().sum::<usize>();
        for lane in 0..lanes {
            state.order.clear();
            state.order.extend(0..state.scores.len());
            let scores = &state.scores;
            state
                .order
                .sort_unstable_by(|&a, &b| scores[b][lane].total_cmp(&scores[a][lane]).then(a.cmp(&b)));
            let mut place = 0;
            for &group in &state.order {
                state.tally.starts[group * places + place] += 1;
                place += self.sizes[group];
            }
            add_cuts(cuts, lane, state.tally.first.row_mut(state.order[0]));
        }
    }

    /// Patterns into places, sums of cuts into sums of weights.
    fn finish(&self, state: State) -> Tally {
        let mut tally = state.tally;
        let groups = self.falls.len();
        let places = self.sizes.iter().sum::<usize>();
        for (pattern, times) in state
            .patterns
            .into_iter()
            .enumerate()
            .filter(|(_, times)| *times > 0)
        {
            let mut place = 0;
            for group in order_of(pattern, groups) {
                if let Some(count) = tally.starts.get_mut(group * places + place) {
                    *count += times;
                }
                place += self.sizes.get(group).copied().unwrap_or(1);
            }
        }
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
        tally
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

fn pairs(groups: usize) -> usize {
    groups * groups.saturating_sub(1) / 2
}

/// The groups from best to worst when bit p says that the first of pair p is behind the second.
fn order_of(pattern: usize, groups: usize) -> Vec<usize> {
    let mut behind = vec![0_usize; groups];
    let mut bit = 0;
    for one in 0..groups {
        for other in one + 1..groups {
            let loser = if pattern >> bit & 1 == 1 { one } else { other };
            if let Some(place) = behind.get_mut(loser) {
                *place += 1;
            }
            bit += 1;
        }
    }
    let mut order: Vec<usize> = (0..groups).collect();
    order.sort_by_key(|&group| behind.get(group).copied());
    order
}

#[expect(
    clippy::indexing_slicing,
    reason = "inner loop; patterns have as many bits as there are pairs"
)]
#[inline]
fn count_few(cuts: &[Lanes], lanes: usize, state: &mut State) {
    let mut patterns = [0_u64; LANES];
    let mut bit = 1_u64;
    for (index, one) in state.scores.iter().enumerate() {
        for other in &state.scores[index + 1..] {
            for lane in 0..LANES {
                patterns[lane] |= if one[lane] < other[lane] { bit } else { 0 };
            }
            bit <<= 1;
        }
    }
    for (lane, pattern) in patterns.into_iter().enumerate().take(lanes) {
        let pattern = usize::try_from(pattern).unwrap_or(0);
        state.patterns[pattern] += 1;
        add_cuts(cuts, lane, state.tally.first.row_mut(state.winners[pattern]));
    }
}

#[expect(clippy::indexing_slicing, reason = "inner loop; lane < LANES")]
#[inline]
fn add_cuts(cuts: &[Lanes], lane: usize, sums: &mut [f64]) {
    for (sum, cut) in sums.iter_mut().zip(cuts) {
        *sum += cut[lane];
    }
}

/// Sorts every lane; insertion as a network, fully unrolled for a fixed number of cuts.
#[expect(
    clippy::indexing_slicing,
    reason = "inner loop; lane < LANES and places are below CUTS"
)]
fn sort_lanes<const CUTS: usize>(cuts: &mut [Lanes; CUTS]) {
    for lane in 0..LANES {
        let mut sorted: [f64; CUTS] = std::array::from_fn(|place| cuts[place][lane]);
        for top in 1..CUTS {
            for place in (0..top).rev() {
                let (a, b) = (sorted[place], sorted[place + 1]);
                sorted[place] = if a < b { a } else { b };
                sorted[place + 1] = if a < b { b } else { a };
            }
        }
        for (cut, value) in cuts.iter_mut().zip(sorted) {
            cut[lane] = value;
        }
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

    #[test]
    fn patterns_name_their_order() {
        assert_eq!(order_of(0b000, 3), vec![0, 1, 2]);
        assert_eq!(order_of(0b111, 3), vec![2, 1, 0]);
        assert_eq!(order_of(0b001, 3), vec![1, 0, 2]);
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

    /// Both ways of counting and both ways of sorting draw the same weights.
    #[test]
    fn fast_paths_change_nothing() {
        let (values, sizes) = (values(4, 6), [1, 2, 1, 1]);
        let kernel = Kernel::new(&values, &sizes);
        let fixed = kernel.run_fixed::<5>(5000, Streams::new(1, 0));
        assert_eq!(fixed, kernel.run_any(5, 5000, Streams::new(1, 0)));
        let mut state = kernel.state(5000);
        state.patterns.clear();
        let mut streams = Streams::new(1, 0);
        let mut cuts = [[0.0; LANES]; 5];
        for _ in 0..625 {
            draw(&mut streams, &mut cuts);
            sort_lanes(&mut cuts);
            kernel.count(&cuts, LANES, &mut state);
        }
        assert_eq!(fixed, kernel.finish(state));
    }
}
