use proptest::prelude::*;

use super::*;
use crate::verdict::Score;

const PYTHON: [f64; 6] = [7.0, 9.0, 2.0, 8.0, 8.0, 8.0];
const NODE: [f64; 6] = [8.0, 3.0, 9.0, 9.0, 7.0, 9.0];

fn table(rows: &[&[f64]]) -> Table {
    let score = |point: &f64| {
        Some(Score {
            point: *point,
            low: point - 0.5,
            high: point + 0.5,
        })
    };
    Table {
        options: (0..rows.len()).map(|option| format!("option {option}")).collect(),
        criteria: (0..rows[0].len())
            .map(|criterion| format!("criterion {criterion}"))
            .collect(),
        scores: rows.iter().map(|row| row.iter().map(score).collect()).collect(),
    }
}

fn fraction(numerator: u64, denominator: u64) -> f64 {
    number(numerator) / number(denominator)
}

fn gaps(python: &[f64], node: &[f64]) -> Vec<f64> {
    python.iter().zip(node).map(|(a, b)| a - b).collect()
}

/// The first edition's six scores: exact fractions, from the divided-difference formula in whole numbers.
#[test]
fn the_first_table_in_fractions() {
    let scaled = |divisor: f64, cost: [f64; 2]| {
        let row = |scores: [f64; 6], cost: f64| -> Vec<f64> {
            scores.iter().map(|score| score / divisor).chain([cost]).collect()
        };
        gaps(&row(PYTHON, cost[0]), &row(NODE, cost[1]))
    };
    let six = gaps(&PYTHON, &NODE);
    let six_minmax: Vec<f64> = six.iter().map(|gap| gap.signum()).collect();
    let by = |total: fn(f64, f64) -> f64| -> Vec<f64> {
        PYTHON
            .iter()
            .zip(NODE)
            .map(|(a, b)| (a - b) / total(*a, b))
            .collect()
    };
    let ratio = by(f64::max);
    let sum = by(|a, b| a + b);
    let cost_sum = (1.0 / 165.0 - 1.0 / 160.0) / (1.0 / 165.0 + 1.0 / 160.0);
    let with = |gaps: &[f64], cost: f64| -> Vec<f64> { gaps.iter().copied().chain([cost]).collect() };
    for (differences, numerator, denominator) in [
        (six.clone(), 98_641, 285_376),
        (six_minmax.clone(), 3, 16),
        (ratio.clone(), 157_769_343, 454_709_710),
        (sum.clone(), 15_289_681, 42_881_024),
        (scaled(10.0, [85.0 / 150.0, 90.0 / 150.0]), 7_115_529, 21_688_576),
        (scaled(10.0, [35.0 / 70.0, 40.0 / 70.0]), 7_124_447, 22_993_152),
        (scaled(10.0, [35.0 / 200.0, 40.0 / 200.0]), 2_963_689, 8_918_000),
        (with(&six_minmax, -1.0), 7, 64),
        (
            with(&ratio, 160.0 / 165.0 - 1.0),
            142_599_109_257,
            428_791_256_530,
        ),
        (with(&sum, cost_sum), 15_916_187_287, 45_968_457_728),
    ] {
        let expected = fraction(numerator, denominator);
        let share = two_option_share(&differences);
        assert!((share - expected).abs() <= 1e-12, "{share} {expected}");
        let opposite: Vec<f64> = differences.iter().map(|gap| -gap).collect();
        assert!((share + two_option_share(&opposite) - 1.0).abs() <= 1e-12);
    }
}

/// The share of Python when weights are ordered: running means of the ordered differences.
#[test]
fn ordered_priorities_in_fractions() {
    let six = gaps(&PYTHON, &NODE);
    let ordered = |order: [usize; 6]| {
        let mut sum = 0.0;
        let means: Vec<f64> = order
            .iter()
            .enumerate()
            .map(|(place, &criterion)| {
                sum += six[criterion];
                sum / count(place + 1)
            })
            .collect();
        two_option_share(&means)
    };
    assert!((ordered([3, 0, 4, 5, 1, 2]) - fraction(4096, 77_571)).abs() <= 1e-12);
}

#[test]
fn central_weights_of_the_first_table() {
    let shares = first_shares(&table(&[&PYTHON, &NODE]), &[0, 1, 2, 3, 4, 5]);
    assert!(shares.exact && shares.standard_error.is_none() && shares.draws.is_none());
    let expected = [
        [0.143, 0.297, 0.077, 0.143, 0.195, 0.143],
        [0.179, 0.098, 0.214, 0.179, 0.152, 0.179],
    ];
    for (central, expected) in shares.central.iter().zip(expected) {
        let central = central.as_ref().unwrap();
        assert!((central.iter().sum::<f64>() - 1.0).abs() <= 1e-12);
        for (weight, expected) in central.iter().zip(expected) {
            assert!((weight - expected).abs() <= 0.0006, "{central:?}");
        }
    }
}

/// Python never reaches half: the published closed form for distinct positive differences agrees.
#[test]
fn agrees_with_the_divided_difference_form() {
    let differences = [3.0, 1.0, -2.0, -5.0, -0.5];
    let closed: f64 = [0, 1]
        .into_iter()
        .map(|i: usize| {
            let rest = differences.iter().enumerate().filter(|(j, _)| *j != i);
            rest.map(|(_, other)| 1.0 / (1.0 - other / differences[i]))
                .product::<f64>()
        })
        .sum();
    assert!((two_option_share(&differences) - closed).abs() <= 1e-12);
}

#[test]
fn ends_and_ties() {
    assert!((two_option_share(&[0.0, 0.0]) - 0.5).abs() <= 0.0);
    assert!((two_option_share(&[]) - 0.5).abs() <= 0.0);
    assert!((two_option_share(&[1.0, 0.0]) - 1.0).abs() <= 0.0);
    assert!(two_option_share(&[-1.0, 0.0]).abs() <= 0.0);
    assert_eq!(two_option_central(&[-1.0, 0.0]), None);
    for scale in [1e-320, 1e-300, 1e300] {
        assert!((two_option_share(&[scale, -scale]) - 0.5).abs() <= 1e-12);
    }
}

#[test]
fn equal_options_share_their_place() {
    let shares = first_shares(&table(&[&PYTHON, &NODE, &PYTHON]), &[0, 1, 2, 3, 4, 5]);
    assert!((shares.shares[0] - fraction(98_641, 2 * 285_376)).abs() <= 1e-12);
    assert!((shares.shares[0] - shares.shares[2]).abs() <= 0.0);
    assert!(shares.exact);
    let same = first_shares(&table(&[&PYTHON, &PYTHON]), &[0]);
    assert!((same.shares[0] - 0.5).abs() <= 1e-12 && (same.shares[1] - 0.5).abs() <= 1e-12);
    assert!((same.central[1].as_ref().unwrap()[0] - 1.0).abs() <= 1e-12);
}

#[test]
fn criteria_without_evidence_are_left_out() {
    let mut gappy = table(&[&PYTHON, &NODE]);
    gappy.scores[0][1] = None;
    let shares = first_shares(&gappy, &[0, 1, 4, 4, 99]);
    assert!((shares.shares[0] - 0.5).abs() <= 1e-12);
    assert!(shares.central[0].as_ref().unwrap()[1].abs() <= 0.0);
    let empty = first_shares(&gappy, &[1]);
    assert_eq!(empty.central, vec![None, None]);
    assert!((empty.shares[1] - 0.5).abs() <= 0.0);
}

#[test]
fn one_option_wins_everything() {
    let shares = first_shares(&table(&[&PYTHON]), &[0, 1]);
    assert!((shares.shares[0] - 1.0).abs() <= 1e-12 && shares.exact);
}

/// Three symmetrical options share alike; too many criteria fall back to a simulation with its error.
#[test]
fn three_and_more_options() {
    let shares = first_shares(
        &table(&[&[9.0, 1.0, 1.0], &[1.0, 9.0, 1.0], &[1.0, 1.0, 9.0]]),
        &[0, 1, 2],
    );
    assert!(
        shares.exact
            && shares
                .shares
                .iter()
                .all(|share| (share - 1.0 / 3.0).abs() <= 1e-12)
    );
    let rows: Vec<Vec<f64>> = (0..6)
        .map(|i| {
            (0..12)
                .map(|j| number((i * 7 + j * j * 3 + i * i * j) % 11) / 1.1)
                .collect()
        })
        .collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let all: Vec<usize> = (0..12).collect();
    let shares = first_shares(&table(&rows), &all);
    assert!(!shares.exact && shares.draws == Some(DRAWS));
    assert!(shares.standard_error.unwrap().iter().all(|error| *error <= 0.001));
    assert!((shares.shares.iter().sum::<f64>() - 1.0).abs() <= 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Cutting and sampling agree within five standard errors; shares sum to one.
    #[test]
    fn exact_and_simulated_agree(cells in prop::collection::vec(0_u8..=10, 12)) {
        let rows: Vec<Vec<f64>> = cells.chunks(4).map(|row| row.iter().map(|cell| f64::from(*cell)).collect()).collect();
        let values = Matrix::from_rows(&rows);
        let groups = Groups::of(&values);
        let unique = groups.representatives(&values);
        let First { shares, central } = simplex::first_places(&unique, Budget { pieces: 1_000_000, cells: 1_000_000_000 }).unwrap();
        prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() <= 1e-9);
        let effort = Effort { draws: 20_000, seed: 7, threads: 1 };
        let tally = uniform::simulate(&unique, &vec![1; unique.row_count()], effort);
        let sampled = tally.start_shares().column(0);
        for (share, sampled) in shares.iter().zip(&sampled) {
            let error = (share * (1.0 - share) / 20_000.0).sqrt();
            prop_assert!((share - sampled).abs() <= 5.0 * error + 1e-3, "{share} {sampled}");
        }
        for (exact, sampled) in central.iter().zip(tally.central()) {
            let (Some(exact), Some(sampled)) = (exact, sampled) else { continue };
            prop_assert!((exact.iter().sum::<f64>() - 1.0).abs() <= 1e-9);
            prop_assert!((sampled.iter().sum::<f64>() - 1.0).abs() <= 1e-9);
        }
    }

    /// The two exact ways agree for two options.
    #[test]
    fn cutting_equals_the_recursion(gaps in prop::collection::vec(-9_i8..=9, 1..8)) {
        let gaps: Vec<f64> = gaps.into_iter().map(f64::from).collect();
        prop_assume!(gaps.iter().any(|gap| gap.abs() > 0.0));
        let zero = vec![0.0; gaps.len()];
        let First { shares, central } = simplex::first_places(&Matrix::from_rows(&[gaps.clone(), zero]), Budget { pieces: 1_000_000, cells: 1_000_000_000 }).unwrap();
        prop_assert!((shares[0] - two_option_share(&gaps)).abs() <= 1e-11);
        if let (Some(cut), Some(closed)) = (&central[0], two_option_central(&gaps)) {
            for (one, other) in cut.iter().zip(&closed) {
                prop_assert!((one - other).abs() <= 1e-9);
            }
        }
    }
}
