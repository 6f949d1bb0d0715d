//! Sums of preferences of one criterion from one sort.

use super::{NOISE, Pair};
use crate::arithmetic::count;
use crate::problem::Preference;

/// Sums over all rivals, in the order of `values` (more is better).
pub(super) fn flows(values: &[f64], preference: Preference) -> Pair {
    let column = Column::new(values);
    match preference {
        Preference::Usual => column.steps(&[(0.0, 1.0)]),
        Preference::UShape { q } => column.steps(&[(q, 1.0)]),
        Preference::Level { q, p } => column.steps(&[(q, 0.5), (p, 0.5)]),
        Preference::VShape { p } => column.slope(0.0, p),
        Preference::Linear { q, p } if p - q > NOISE * p => column.slope(q, p),
        Preference::Linear { p, .. } => column.steps(&[(p, 1.0)]),
        Preference::Gaussian { s } => column.gaussian(s),
    }
}

/// A column sorted ascending, equal values made equal.
struct Column {
    /// Where each sorted value came from.
    order: Vec<usize>,
    sorted: Vec<f64>,
}

/// Whether a − b exceeds a threshold by more than rounding noise. For a fixed `a` it stays true as `b` falls.
fn exceeds(a: f64, b: f64, threshold: f64) -> bool {
    (a - b) - threshold > NOISE * a.abs().max(b.abs())
}

impl Column {
    fn new(values: &[f64]) -> Self {
        let mut pairs: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
        pairs.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut sorted: Vec<f64> = Vec::with_capacity(pairs.len());
        for (value, _) in &pairs {
            let same = sorted.last().copied().filter(|last| !exceeds(*value, *last, 0.0));
            sorted.push(same.unwrap_or(*value));
        }
        Self {
            order: pairs.into_iter().map(|(_, index)| index).collect(),
            sorted,
        }
    }

    /// Step functions: each (threshold, height) adds its height above the threshold.
    fn steps(&self, steps: &[(f64, f64)]) -> Pair {
        let mut pair = self.nothing();
        for &(threshold, height) in steps {
            for (place, below) in self.below(threshold).into_iter().enumerate() {
                add(&mut pair.plus, place, height * count(below));
            }
            for (place, above) in self.above(threshold).into_iter().enumerate() {
                add(&mut pair.minus, place, height * count(above));
            }
        }
        self.unsort(&pair)
    }

    /// 0 up to q, 1 above p, a straight line between.
    fn slope(&self, q: f64, p: f64) -> Pair {
        let sums = PrefixSums::new(&self.sorted);
        let mut pair = self.nothing();
        let (near, far) = (self.below(q), self.below(p));
        for (place, (value, (near, far))) in self.sorted.iter().zip(near.into_iter().zip(far)).enumerate() {
            let ramp = count(near - far) * (value - q) - sums.between(far, near);
            add(&mut pair.plus, place, count(far) + ramp / (p - q));
        }
        let all = self.sorted.len();
        let (near, far) = (self.above(q), self.above(p));
        for (place, (value, (near, far))) in self.sorted.iter().zip(near.into_iter().zip(far)).enumerate() {
            let ramp = sums.between(all - near, all - far) - count(near - far) * (value + q);
            add(&mut pair.minus, place, count(far) + ramp / (p - q));
        }
        self.unsort(&pair)
    }

    /// 1 − exp(−d²/2s²) over all pairs of different values.
    fn gaussian(&self, s: f64) -> Pair {
        let mut pair = self.nothing();
        for (place, value) in self.sorted.iter().enumerate() {
            for (lower, other) in self.sorted.iter().take(place).enumerate() {
                let ratio = (value - other) / s;
                let preference = -(-0.5 * ratio * ratio).exp_m1();
                add(&mut pair.plus, place, preference);
                add(&mut pair.minus, lower, preference);
            }
        }
        self.unsort(&pair)
    }

    /// Per sorted place: how many values it exceeds by more than the threshold. They are the lowest ones.
    fn below(&self, threshold: f64) -> Vec<usize> {
        let mut passed = 0;
        let count_passed = |value: &f64| {
            let more = self
                .sorted
                .iter()
                .skip(passed)
                .take_while(|low| exceeds(*value, **low, threshold))
                .count();
            passed += more;
            passed
        };
        self.sorted.iter().map(count_passed).collect()
    }

    /// Per sorted place: how many values exceed it by more than the threshold. They are the highest ones.
    fn above(&self, threshold: f64) -> Vec<usize> {
        let mut passed = 0;
        let count_passed = |value: &f64| {
            let more = self
                .sorted
                .iter()
                .rev()
                .skip(passed)
                .take_while(|high| exceeds(**high, *value, threshold))
                .count();
            passed += more;
            passed
        };
        let mut counts: Vec<usize> = self.sorted.iter().rev().map(count_passed).collect();
        counts.reverse();
        counts
    }

    fn nothing(&self) -> Pair {
        Pair {
            plus: vec![0.0; self.sorted.len()],
            minus: vec![0.0; self.sorted.len()],
        }
    }

    fn unsort(&self, pair: &Pair) -> Pair {
        let mut unsorted = self.nothing();
        for (sorted, target) in [
            (&pair.plus, &mut unsorted.plus),
            (&pair.minus, &mut unsorted.minus),
        ] {
            for (&index, value) in self.order.iter().zip(sorted) {
                // A ramp over equal values can miss 0 by a rounding.
                add(target, index, value.max(0.0));
            }
        }
        unsorted
    }
}

fn add(sums: &mut [f64], place: usize, value: f64) {
    if let Some(sum) = sums.get_mut(place) {
        *sum += value;
    }
}

/// Running sums with their rounding errors kept (Knuth's two-sum), so that differences of them stay accurate.
struct PrefixSums(Vec<(f64, f64)>);

impl PrefixSums {
    fn new(values: &[f64]) -> Self {
        let (mut sum, mut error) = (0.0, 0.0);
        let mut sums = vec![(sum, error)];
        for &value in values {
            let next = sum + value;
            let part = next - sum;
            error += (sum - (next - part)) + (value - part);
            sum = next;
            sums.push((sum, error));
        }
        Self(sums)
    }

    /// Sum of the values from one place up to, not including, another.
    fn between(&self, from: usize, to: usize) -> f64 {
        let at = |place: usize| self.0.get(place).copied().unwrap_or((0.0, 0.0));
        let (start, end) = (at(from), at(to));
        (end.0 - start.0) + (end.1 - start.1)
    }
}
