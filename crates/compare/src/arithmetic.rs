//! The few conversions and sums that every method needs, in one place so that their lints are answered once.

/// A count as a number. Exact: no count in this crate comes near 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn count(items: usize) -> f64 {
    items as f64
}

/// A count of draws as a number. Exact: draws are limited to 10^8.
#[expect(clippy::cast_precision_loss, reason = "draws stay far below 2^53")]
pub(crate) fn draws(number: u64) -> f64 {
    number as f64
}

/// Σ aⱼ·bⱼ over the shorter of the two.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// The largest absolute value, 0 for none.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most: f64, value| most.max(value.abs()))
}
