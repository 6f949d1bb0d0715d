//! Two alternatives: the exact share of all weightings in which the first one leads.
//!
//! With weights uniform on the simplex, P(Σ dⱼ·wⱼ > 0) is a chain of convex combinations: cut the edge between a
//! positive and a negative vertex where the linear form is zero, and the simplex splits into two of known volume.
//! G. Varsi, Pacific J. Math. 46 (1973) 303–314; M. M. Ali, Pacific J. Math. 48 (1973) 313–322. No cancellation,
//! no special case for ties.

use crate::arithmetic::{count, largest};

/// Differences that fit on the stack; longer lists take two small vectors.
const ON_STACK: usize = 32;

/// The share of weightings (0 to 1) with Σ dⱼ·wⱼ > 0, where dⱼ is how much better the first option is on criterion j.
/// All differences zero: 1/2. The differences must be finite.
pub fn share(differences: &[f64]) -> f64 {
    share_with(differences, 0.0)
}

/// The mean weights among the weightings in which the first option leads, or nothing if it never does.
///
/// E\[wₖ | leads\] = P(d with dₖ twice) / (n·P(d)).
pub fn central(differences: &[f64]) -> Option<Vec<f64>> {
    let wins = share(differences);
    if wins <= 0.0 {
        return None;
    }
    let scale = count(differences.len()) * wins;
    Some(
        differences
            .iter()
            .map(|&extra| repeated(differences, extra) / scale)
            .collect(),
    )
}

/// The share for a Dirichlet prior with whole parameters: the difference of criterion j stands `alpha[j]` times.
pub fn dirichlet_share(differences: &[f64], alpha: &[usize]) -> f64 {
    share(&repeat(differences, alpha))
}

/// Mean weights when the first option leads under a Dirichlet prior with whole parameters.
///
/// E\[wₖ | leads\] = (αₖ/|α|)·P(α + eₖ)/P(α).
pub fn dirichlet_central(differences: &[f64], alpha: &[usize]) -> Option<Vec<f64>> {
    let all = repeat(differences, alpha);
    let wins = share(&all);
    if wins <= 0.0 {
        return None;
    }
    let scale = count(all.len()) * wins;
    Some(
        differences
            .iter()
            .zip(alpha)
            .map(|(&extra, &times)| count(times) * repeated(&all, extra) / scale)
            .collect(),
    )
}

fn repeat(differences: &[f64], alpha: &[usize]) -> Vec<f64> {
    differences
        .iter()
        .zip(alpha)
        .flat_map(|(&difference, &times)| std::iter::repeat_n(difference, times))
        .collect()
}

/// P with one difference standing once more. A zero difference drops out of the cut but, unlike in the plain share,
/// an all-zero list stays at 1/2.
fn repeated(differences: &[f64], extra: f64) -> f64 {
    share_with(differences, extra)
}

fn share_with(differences: &[f64], extra: f64) -> f64 {
    let most = largest(differences);
    if most <= 0.0 {
        return 0.5;
    }
    let factor = if (1e-100..=1e100).contains(&most) {
        1.0
    } else {
        1.0 / most
    };
    if factor.is_infinite() {
        let raised: Vec<f64> = differences.iter().map(|difference| difference / most).collect();
        return share_with(&raised, extra / most);
    }
    let all = differences
        .iter()
        .copied()
        .chain(std::iter::once(extra))
        .map(|difference| difference * factor);
    if differences.len() < ON_STACK {
        recursion(all, &mut [0.0; ON_STACK], &mut [1.0; ON_STACK])
    } else {
        let length = differences.len() + 1;
        recursion(all, &mut vec![0.0; length], &mut vec![1.0; length])
    }
}

/// `positive` is room for the positive differences, `table` for T(1..=K, h), filled with ones (h = 0).
fn recursion(all: impl Iterator<Item = f64> + Clone, positive: &mut [f64], table: &mut [f64]) -> f64 {
    let mut places = positive.iter_mut();
    let mut found = 0;
    for difference in all.clone().filter(|difference| *difference > 0.0) {
        if let Some(place) = places.next() {
            *place = difference;
            found += 1;
        }
    }
    let (positive, _) = positive.split_at(found);
    let (table, _) = table.split_at_mut(found);
    for b in all.filter(|difference| *difference < 0.0).map(f64::abs) {
        let mut left = 0.0;
        for (a, value) in positive.iter().zip(table.iter_mut()) {
            left = (a * *value + b * left) / (a + b);
            *value = left;
        }
    }
    table.last().copied().unwrap_or(0.0)
}
