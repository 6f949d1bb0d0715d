//! Weighted product: Π rᵢⱼ^wⱼ on normalised values, by logarithms. A criterion without weight is skipped.

use crate::matrix::Matrix;

/// One score per row; more is better. `values` are normalised and ≥ 0, `weights` sum to 1.
pub fn scores(values: &Matrix, weights: &[f64]) -> Vec<f64> {
    let score = |row: &[f64]| {
        let counted = row.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
        counted
            .map(|(value, weight)| weight * value.ln())
            .sum::<f64>()
            .exp()
    };
    values.rows().map(score).collect()
}
