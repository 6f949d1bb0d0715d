//! The standard normal distribution, by a closed rule that another language can repeat to the last digits.
//!
//! W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969)
//! 631–637, with the coefficients for double precision: three intervals, relative error near 10⁻¹⁶ in each.

#![expect(
    clippy::unreadable_literal,
    reason = "coefficients are easier to check against the paper unbroken"
)]
#![expect(
    clippy::excessive_precision,
    reason = "coefficients are printed with 18 digits in the paper"
)]

use std::f64::consts::FRAC_1_SQRT_2;

/// 1/√π.
const FRAC_1_SQRT_PI: f64 = 5.6418958354775628695e-1;

/// Numerator and denominator for erf(x)/x in x², |x| ≤ 0.46875; highest power first.
const NEAR: ([f64; 5], [f64; 5]) = (
    [
        1.85777706184603153e-1,
        3.16112374387056560e0,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ],
    [
        1.0,
        2.36012909523441209e1,
        2.44024637934444173e2,
        1.28261652607737228e3,
        2.84423683343917062e3,
    ],
);

/// Numerator and denominator for exp(x²)·erfc(x) in x, 0.46875 ≤ x ≤ 4; highest power first.
const MIDDLE: ([f64; 9], [f64; 9]) = (
    [
        2.15311535474403846e-8,
        5.64188496988670089e-1,
        8.88314979438837594e0,
        6.61191906371416295e1,
        2.98635138197400131e2,
        8.81952221241769090e2,
        1.71204761263407058e3,
        2.05107837782607147e3,
        1.23033935479799725e3,
    ],
    [
        1.0,
        1.57449261107098347e1,
        1.17693950891312499e2,
        5.37181101862009858e2,
        1.62138957456669019e3,
        3.29079923573345963e3,
        4.36261909014324716e3,
        3.43936767414372164e3,
        1.23033935480374942e3,
    ],
);

/// Numerator and denominator of the correction in 1/x² to 1/√π, x ≥ 4; highest power first.
const FAR: ([f64; 6], [f64; 6]) = (
    [
        1.63153871373020978e-2,
        3.05326634961232344e-1,
        3.60344899949804439e-1,
        1.25781726111229246e-1,
        1.60837851487422766e-2,
        6.58749161529837803e-4,
    ],
    [
        1.0,
        2.56852019228982242e0,
        1.87295284992346047e0,
        5.27905102951428412e-1,
        6.05183413124413191e-2,
        2.33520497626869185e-3,
    ],
);

/// Φ(x): the share of a standard normal variable below `x`. Absolute error about 10⁻¹⁶; 0 and 1 in the limits.
pub fn cumulative(x: f64) -> f64 {
    0.5 * complementary_error(-x * FRAC_1_SQRT_2)
}

/// erfc(x) = 1 − erf(x), from 2 far left to 0 far right.
pub fn complementary_error(x: f64) -> f64 {
    let distance = x.abs();
    if distance <= 0.46875 {
        return 1.0 - x * ratio(&NEAR.0, &NEAR.1, x * x);
    }
    let scaled = if distance <= 4.0 {
        ratio(&MIDDLE.0, &MIDDLE.1, distance)
    } else {
        let inverse_square = 1.0 / (distance * distance);
        let correction = inverse_square * ratio(&FAR.0, &FAR.1, inverse_square);
        (FRAC_1_SQRT_PI - correction) / distance
    };
    let tail = negative_square_exponential(distance) * scaled;
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// exp(−x²) without losing the digits that x·x rounds off: x is split at a sixteenth, as in Cody's program.
fn negative_square_exponential(x: f64) -> f64 {
    if x > 27.0 {
        return 0.0;
    }
    let head = (x * 16.0).trunc() / 16.0;
    (-head * head).exp() * (-(x - head) * (x + head)).exp()
}

fn ratio(numerator: &[f64], denominator: &[f64], x: f64) -> f64 {
    horner(numerator, x) / horner(denominator, x)
}

fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients
        .iter()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values to 17 digits, computed with 50-digit arithmetic.
    #[test]
    fn agrees_with_reference_values() {
        for (x, expected) in REFERENCE {
            let difference = (cumulative(x) - expected).abs();
            assert!(difference <= 2.5e-16, "{x}: {difference:e}");
            assert!((cumulative(x) + cumulative(-x) - 1.0).abs() <= 2.5e-16, "{x}");
        }
    }

    #[test]
    fn reaches_its_limits_without_nan() {
        for (x, expected) in [
            (0.0, 0.5),
            (40.0, 1.0),
            (-40.0, 0.0),
            (f64::INFINITY, 1.0),
            (f64::NEG_INFINITY, 0.0),
        ] {
            assert!((cumulative(x) - expected).abs() <= f64::EPSILON, "{x}");
        }
    }

    #[test]
    fn never_falls() {
        let mut previous = 0.0;
        for step in -9000..=9000 {
            let value = cumulative(f64::from(step) / 1000.0);
            assert!(value >= previous - 2e-16, "{step}");
            previous = value;
        }
    }

    const REFERENCE: [(f64, f64); 9] = [
        (0.1, 0.53982783727702898),
        (0.25, 0.59870632568292372),
        (0.5, 0.6914624612740131),
        (0.66, 0.74537308532866386),
        (1.0, 0.84134474606854295),
        (2.0, 0.97724986805182079),
        (3.0, 0.99865010196836991),
        (5.5, 0.99999998101043753),
        (-6.0, 9.8658764503769814e-10),
    ];
}
