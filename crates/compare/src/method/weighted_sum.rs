//! Weighted sum: Σ wⱼ·rᵢⱼ on normalised values. The method that decides on the page.

use crate::arithmetic::dot;
use crate::matrix::Matrix;

/// One score per row; more is better. `values` are normalised, `weights` sum to 1.
pub fn scores(values: &Matrix, weights: &[f64]) -> Vec<f64> {
    values.rows().map(|row| dot(row, weights)).collect()
}
