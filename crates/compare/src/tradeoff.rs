//! What a point on one criterion is worth in points on another, at given weights.
//!
//! In a weighted sum Σ w·x, one point of criterion k moves the total as much as `w_k ÷ w_j` points of criterion j: the
//! marginal rate of substitution (R. L. Keeney and H. Raiffa, Decisions with Multiple Objectives, 1976, ch. 3).

/// A point on a criterion said in points of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Position of the other criterion.
    pub in_points_of: usize,
    /// So many points of it move the total as far as one point does here; above 0.
    pub points: f64,
}

/// Per criterion, one point said in points of the criterion that weighs most; of the next one for that criterion itself,
/// and of the first in order where several weigh the same. Nothing for a criterion without weight, and nothing where no
/// other has any.
pub fn worth(weights: &[f64]) -> Vec<Option<Worth>> {
    let heaviest_but = |at: usize| {
        let others = weights.iter().copied().enumerate();
        others
            .filter(|(other, weight)| *other != at && *weight > 0.0)
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    };
    let of = |(at, weight): (usize, &f64)| {
        let (in_points_of, most) = heaviest_but(at).filter(|_| *weight > 0.0)?;
        Some(Worth {
            in_points_of,
            points: weight / most,
        })
    };
    weights.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(weights: &[f64]) -> Vec<Option<(usize, f64)>> {
        let each = worth(weights).into_iter();
        each.map(|worth| worth.map(|w| (w.in_points_of, w.points)))
            .collect()
    }

    #[test]
    fn each_is_said_in_the_heaviest_other() {
        assert_eq!(
            said(&[3.0, 5.0, 0.0, 5.0]),
            [Some((1, 0.6)), Some((3, 1.0)), None, Some((1, 1.0))]
        );
        assert_eq!(said(&[2.0, 0.0]), [None, None]);
        assert_eq!(said(&[]), []);
    }

    proptest! {
        /// The definition: the trade leaves the weighted sum as it was, and scaling all weights changes nothing.
        #[test]
        fn the_trade_leaves_the_total_as_it_was(
            weights in prop::collection::vec(prop_oneof![Just(0.0), 0.001..1000.0f64], 1..8),
            points in prop::collection::vec(0.0..10.0f64, 8),
            factor in 0.01..100.0f64,
        ) {
            let total = |points: &[f64]| weights.iter().zip(points).map(|(w, x)| w * x).sum::<f64>();
            for (at, worth) in worth(&weights).into_iter().enumerate() {
                let Some(worth) = worth else {
                    let others = weights.iter().enumerate().any(|(other, w)| other != at && *w > 0.0);
                    prop_assert!(weights[at] <= 0.0 || !others);
                    continue;
                };
                let mut traded = points.clone();
                traded[at] += 1.0;
                traded[worth.in_points_of] -= worth.points;
                prop_assert!((total(&traded) - total(&points)).abs() <= 1e-9 * total(&points).max(1.0));
            }
            let scaled: Vec<f64> = weights.iter().map(|w| w * factor).collect();
            for (one, other) in worth(&weights).into_iter().zip(worth(&scaled)) {
                prop_assert_eq!(one.is_some(), other.is_some());
                if let (Some(one), Some(other)) = (one, other) {
                    prop_assert!((one.points - other.points).abs() <= 1e-12 * one.points.max(1.0));
                }
            }
        }
    }
}
