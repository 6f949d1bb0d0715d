use super::*;
use crate::problem::{Direction, Preference};

fn prints(found: &[f64], printed: &[f64], half_digit: f64) {
    assert_eq!(found.len(), printed.len());
    for (value, printed_value) in found.iter().zip(printed) {
        assert!(
            (value - printed_value).abs() <= half_digit,
            "{found:?} {printed:?}"
        );
    }
}

fn criteria(directions: &[Direction]) -> Vec<Criterion> {
    let criterion = |&direction| Criterion {
        name: String::new(),
        direction,
        weight: 1.0,
        scale: None,
        preference: Preference::Usual,
    };
    directions.iter().map(criterion).collect()
}

/// T. L. Saaty, "Decision making with the analytic hierarchy process", Int. J. Services Sciences 1 (2008) 83–98: which
/// drink is consumed more in the United States. Weights to three digits, consistency ratio 0.022.
#[test]
fn saaty_2008_drinks() {
    let upper = [
        vec![1.0, 9.0, 5.0, 2.0, 1.0, 1.0, 0.5],
        vec![1.0, 1.0 / 3.0, 1.0 / 9.0, 1.0 / 9.0, 1.0 / 9.0, 1.0 / 9.0],
        vec![1.0, 1.0 / 3.0, 0.25, 1.0 / 3.0, 1.0 / 9.0],
        vec![1.0, 0.5, 1.0, 1.0 / 3.0],
        vec![1.0, 2.0, 0.5],
        vec![1.0, 1.0 / 3.0],
        vec![1.0],
    ];
    let cell = |i: usize, j: usize| {
        if i <= j {
            upper[i][j - i]
        } else {
            1.0 / upper[j][i - j]
        }
    };
    let table: Vec<Vec<f64>> = (0..7).map(|i| (0..7).map(|j| cell(i, j)).collect()).collect();
    let found = pairwise(&table);
    prints(
        &found.weights,
        &[0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327],
        5.1e-4,
    );
    prints(&[found.consistency.unwrap().cr.unwrap()], &[0.022], 5e-4);
}

/// Three criteria have a closed form: λ = 1 + ∛k + 1/∛k with k = a₁₂·a₂₃/a₁₃.
#[test]
fn three_criteria_have_a_closed_form() {
    let table = vec![
        vec![1.0, 3.0, 5.0],
        vec![1.0 / 3.0, 1.0, 4.0],
        vec![0.2, 0.25, 1.0],
    ];
    let consistency = pairwise(&table).consistency.unwrap();
    let root = (3.0_f64 * 4.0 / 5.0).cbrt();
    let lambda = 1.0 + root + 1.0 / root;
    prints(
        &[consistency.lambda_max, consistency.ci],
        &[lambda, (lambda - 3.0) / 2.0],
        1e-12,
    );
    prints(&[consistency.cr.unwrap()], &[(lambda - 3.0) / 2.0 / 0.58], 1e-12);
}

#[test]
fn consistent_comparisons_give_their_weights() {
    let weights = [0.5, 0.3, 0.2];
    let table: Vec<Vec<f64>> = weights
        .iter()
        .map(|one| weights.iter().map(|other| one / other).collect())
        .collect();
    let found = pairwise(&table);
    prints(&found.weights, &weights, 1e-12);
    prints(&[found.consistency.unwrap().ci], &[0.0], 1e-12);
    let one = pairwise(&[vec![1.0]]).consistency.unwrap();
    assert_eq!((one.ci.abs() <= 0.0, one.cr), (true, Some(0.0)));
    assert_eq!(pairwise(&vec![vec![1.0; 11]; 11]).consistency.unwrap().cr, None);
}

/// D. Diakoulaki, G. Mavrotas, L. Papayannakis (1995): eight pharmaceutical firms by profitability, market share and
/// productivity; the weights as recomputed to eight digits in the tests of scikit-criteria.
#[test]
fn diakoulaki_1995() {
    let rows = [
        [61.0, 1.08, 4.33],
        [20.7, 0.26, 4.34],
        [16.3, 1.98, 2.53],
        [9.0, 3.29, 1.65],
        [5.4, 2.77, 2.33],
        [4.0, 4.12, 1.21],
        [-6.1, 3.52, 2.10],
        [-34.6, 3.31, 0.98],
    ];
    let found = critic(&Matrix::from_rows(&rows), &criteria(&[Direction::Benefit; 3])).unwrap();
    prints(&found, &[0.202_225_54, 0.480_901_73, 0.316_872_73], 1e-8);
}

/// Equal columns carry no information of their own; a constant one carries none at all.
#[test]
fn critic_without_spread() {
    let values = Matrix::from_rows(&[[1.0, 1.0, 5.0], [2.0, 2.0, 5.0], [3.0, 3.0, 5.0]]);
    let found = critic(&values, &criteria(&[Direction::Benefit; 3])).unwrap();
    prints(&found, &[0.5, 0.5, 0.0], 1e-12);
    let values = Matrix::from_rows(&[[1.0, 1.0], [2.0, 2.0]]);
    prints(
        &critic(&values, &criteria(&[Direction::Benefit; 2])).unwrap(),
        &[0.5, 0.5],
        1e-12,
    );
}

/// By hand: p = (1/5, 4/5) and (1/9, 8/9) give 1 − e = 0.278072 and 0.496742.
#[test]
fn entropy_by_hand() {
    let found = entropy(&Matrix::from_rows(&[[1.0, 2.0], [4.0, 16.0]])).unwrap();
    prints(&found, &[0.358_889, 0.641_111], 1e-6);
    assert_eq!(entropy(&Matrix::from_rows(&[[1.0], [-1.0]])), Err(Domain));
    prints(
        &entropy(&Matrix::from_rows(&[[2.0, 0.0], [2.0, 0.0]])).unwrap(),
        &[0.5, 0.5],
        0.0,
    );
    prints(
        &entropy(&Matrix::from_rows(&[[2.0, 7.0]])).unwrap(),
        &[0.5, 0.5],
        0.0,
    );
}

/// By hand for four criteria: the centroid is (25, 13, 7, 3)/48. Ties share the mean of their positions.
#[test]
fn weights_by_rank() {
    let tiers: Vec<Vec<usize>> = vec![vec![0], vec![1], vec![2], vec![3]];
    prints(
        &by_rank(&tiers, 4, centroid),
        &[0.5208, 0.2708, 0.1458, 0.0625],
        5e-5,
    );
    prints(&by_rank(&tiers, 4, rank_sum), &[0.4, 0.3, 0.2, 0.1], 1e-12);
    prints(
        &by_rank(&tiers, 4, rank_reciprocal),
        &[0.48, 0.24, 0.16, 0.12],
        1e-12,
    );
    prints(
        &by_rank(&[vec![2, 0], vec![1]], 3, rank_sum),
        &[5.0 / 12.0, 2.0 / 12.0, 5.0 / 12.0],
        1e-12,
    );
}

#[test]
fn raw_weights_of_any_size() {
    for scale in [1e-300, 1.0, 1e307] {
        prints(&normalised(&[scale, 3.0 * scale, 0.0]), &[0.25, 0.75, 0.0], 1e-12);
    }
}
