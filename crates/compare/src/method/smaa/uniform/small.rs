//! Few groups and cuts, with both numbers known to the compiler, which unrolls everything and keeps it in registers.
//!
//! The order of a draw is one number with a bit per pair of groups, so one table entry counts all places.

use super::{Kernel, cuts_to_weights, draw};
use crate::method::smaa::random::{LANES, Lanes, Streams};
use crate::method::smaa::tally::Tally;

/// Runs if there are 2 to 5 groups and 2 to 12 corners.
pub(super) fn run(kernel: &Kernel<'_>, draws: u64, streams: Streams) -> Option<Tally> {
    match kernel.corners.checked_sub(1)? {
        1 => run_cuts::<1>(kernel, draws, streams),
        2 => run_cuts::<2>(kernel, draws, streams),
        3 => run_cuts::<3>(kernel, draws, streams),
        4 => run_cuts::<4>(kernel, draws, streams),
        5 => run_cuts::<5>(kernel, draws, streams),
        6 => run_cuts::<6>(kernel, draws, streams),
        7 => run_cuts::<7>(kernel, draws, streams),
        8 => run_cuts::<8>(kernel, draws, streams),
        9 => run_cuts::<9>(kernel, draws, streams),
        10 => run_cuts::<10>(kernel, draws, streams),
        11 => run_cuts::<11>(kernel, draws, streams),
        _ => None,
    }
}

fn run_cuts<const CUTS: usize>(kernel: &Kernel<'_>, draws: u64, streams: Streams) -> Option<Tally> {
    match kernel.falls.len() {
        2 => Some(Fixed::<CUTS, 2>::new(kernel).run(kernel, draws, streams)),
        3 => Some(Fixed::<CUTS, 3>::new(kernel).run(kernel, draws, streams)),
        4 => Some(Fixed::<CUTS, 4>::new(kernel).run(kernel, draws, streams)),
        5 => Some(Fixed::<CUTS, 5>::new(kernel).run(kernel, draws, streams)),
        _ => None,
    }
}

/// The state of a run with everything of fixed size.
struct Fixed<const CUTS: usize, const GROUPS: usize> {
    constants: [f64; GROUPS],
    falls: [[f64; CUTS]; GROUPS],
    /// Per pattern, how often it was seen.
    seen: Vec<u64>,
    /// Per pattern, the group that is first.
    winners: Vec<usize>,
    /// Per group, sums of the sorted cuts over the draws in which it was first.
    sums: [[f64; CUTS]; GROUPS],
}

impl<const CUTS: usize, const GROUPS: usize> Fixed<CUTS, GROUPS> {
    const NETWORK: ([(usize, usize); STEPS], usize) = network(CUTS);

    fn new(kernel: &Kernel<'_>) -> Self {
        let cell = |group: usize, place: usize| {
            kernel
                .falls
                .get(group)
                .and_then(|falls| falls.get(place))
                .copied()
                .unwrap_or(0.0)
        };
        let patterns = 1 << (GROUPS * (GROUPS - 1) / 2);
        let winner = |pattern| order_of(pattern, GROUPS).first().copied().unwrap_or(0);
        Self {
            constants: std::array::from_fn(|group| cell(group, 0)),
            falls: std::array::from_fn(|group| std::array::from_fn(|place| cell(group, place + 1))),
            seen: vec![0; patterns],
            winners: (0..patterns).map(winner).collect(),
            sums: [[0.0; CUTS]; GROUPS],
        }
    }

    fn run(mut self, kernel: &Kernel<'_>, draws: u64, mut streams: Streams) -> Tally {
        let mut cuts = [[0.0; LANES]; CUTS];
        let mut left = usize::try_from(draws).unwrap_or(0);
        while left > 0 {
            draw(&mut streams, &mut cuts);
            let patterns = self.sort_and_score(&mut cuts);
            self.count(&cuts, &patterns, left.min(LANES));
            left = left.saturating_sub(LANES);
        }
        self.finish(kernel, draws)
    }

    /// Sorts every lane by a network and says which groups beat which: bit p is set if the first of pair
    /// p is behind the second.
    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; lane < LANES, place < CUTS, group < GROUPS"
    )]
    #[inline]
    fn sort_and_score(&self, cuts: &mut [Lanes; CUTS]) -> [u64; LANES] {
        let mut patterns = [0; LANES];
        for lane in 0..LANES {
            let mut sorted: [f64; CUTS] = std::array::from_fn(|place| cuts[place][lane]);
            for &(low, high) in Self::NETWORK.0.iter().take(Self::NETWORK.1) {
                let (a, b) = (sorted[low], sorted[high]);
                sorted[low] = if a < b { a } else { b };
                sorted[high] = if a < b { b } else { a };
            }
            for place in 0..CUTS {
                cuts[place][lane] = sorted[place];
            }
            let scores: [f64; GROUPS] = std::array::from_fn(|group| {
                // The first group's score is 0 by construction.
                let terms = self.falls[group]
                    .iter()
                    .zip(&sorted)
                    .take(if group == 0 { 0 } else { CUTS });
                terms.fold(self.constants[group], |sum, (fall, cut)| sum + fall * cut)
            });
            let mut pattern = 0;
            let mut bit = 1;
            for one in 0..GROUPS {
                for other in one + 1..GROUPS {
                    pattern |= if scores[one] < scores[other] { bit } else { 0 };
                    bit <<= 1;
                }
            }
            patterns[lane] = pattern;
        }
        patterns
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; patterns have as many bits as there are pairs"
    )]
    #[inline]
    fn count(&mut self, cuts: &[Lanes; CUTS], patterns: &[u64; LANES], lanes: usize) {
        for (lane, pattern) in patterns.iter().enumerate().take(lanes) {
            let pattern = usize::try_from(*pattern).unwrap_or(0);
            self.seen[pattern] += 1;
            let sums = &mut self.sums[self.winners[pattern]];
            for place in 0..CUTS {
                sums[place] += cuts[place][lane];
            }
        }
    }

    fn finish(self, kernel: &Kernel<'_>, draws: u64) -> Tally {
        let mut tally = Tally::new(kernel.sizes, kernel.corners);
        tally.draws = draws;
        let places = kernel.sizes.iter().sum::<usize>();
        for (pattern, times) in self.seen.into_iter().enumerate().filter(|(_, times)| *times > 0) {
            let mut place = 0;
            for group in order_of(pattern, GROUPS) {
                if let Some(count) = tally.starts.get_mut(group * places + place) {
                    *count += times;
                }
                place += kernel.sizes.get(group).copied().unwrap_or(1);
            }
        }
        for (row, sums) in tally.first.rows_mut().zip(self.sums) {
            for (cell, sum) in row.iter_mut().zip(sums) {
                *cell = sum;
            }
        }
        cuts_to_weights(&mut tally);
        tally
    }
}

/// Steps of the longest network here.
const STEPS: usize = 48;

/// Batcher's merge exchange as in the general case, made by the compiler: the steps and their number.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse an index out of range"
)]
const fn network(items: usize) -> ([(usize, usize); STEPS], usize) {
    let mut steps = [(0, 0); STEPS];
    let mut length = 0;
    let top = items.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            let mut low = 0;
            while low + d < items {
                if low & p == r {
                    steps[length] = (low, low + d);
                    length += 1;
                }
                low += 1;
            }
            if q == p {
                break;
            }
            d = q - p;
            q /= 2;
            r = p;
        }
        p /= 2;
    }
    (steps, length)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_their_order() {
        assert_eq!(order_of(0b000, 3), vec![0, 1, 2]);
        assert_eq!(order_of(0b111, 3), vec![2, 1, 0]);
        assert_eq!(order_of(0b001, 3), vec![1, 0, 2]);
    }
}
