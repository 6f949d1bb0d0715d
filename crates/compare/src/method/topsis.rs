//! TOPSIS: near to the best of every criterion and far from the worst.
//!
//! C. L. Hwang, K. Yoon, Multiple Attribute Decision Making (1981); steps as in S. Opricovic, G. H. Tzeng, EJOR 156
//! (2004) 445–455, section 3. With vector normalisation the answer can change with an affine change of unit.

use crate::matrix::Matrix;
use crate::normalise::{ends, is_constant};

/// Closeness of every alternative.
#[derive(Clone, Debug, PartialEq)]
pub struct Closeness {
    /// D⁻/(D⁺ + D⁻), 0 to 1, more is better; 0.5 if all alternatives are alike.
    pub scores: Vec<f64>,
    /// Distance to the best values present.
    pub d_plus: Vec<f64>,
    /// Distance to the worst values present.
    pub d_minus: Vec<f64>,
}

/// `values` are normalised so that more is better, `weights` sum to 1. A column that differs by rounding noise only
/// adds no distance.
pub fn closeness(values: &Matrix, weights: &[f64]) -> Closeness {
    let mut best = vec![0.0; values.row_count()];
    let mut worst = best.clone();
    for (index, weight) in weights.iter().enumerate() {
        let column = values.column(index);
        if is_constant(&column) {
            continue;
        }
        let (low, high) = ends(&column);
        for ((to_best, to_worst), value) in best.iter_mut().zip(&mut worst).zip(&column) {
            *to_best += (weight * (high - value)).powi(2);
            *to_worst += (weight * (value - low)).powi(2);
        }
    }
    let d_plus: Vec<f64> = best.into_iter().map(f64::sqrt).collect();
    let d_minus: Vec<f64> = worst.into_iter().map(f64::sqrt).collect();
    let closeness = |(plus, minus): (&f64, &f64)| {
        if plus + minus > 0.0 {
            minus / (plus + minus)
        } else {
            0.5
        }
    };
    Closeness {
        scores: d_plus.iter().zip(&d_minus).map(closeness).collect(),
        d_plus,
        d_minus,
    }
}

#[cfg(test)]
mod tests;
