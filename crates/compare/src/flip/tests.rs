use proptest::prelude::*;

use super::*;

const PYTHON: [f64; 6] = [7.0, 9.0, 2.0, 8.0, 8.0, 8.0];
const NODE: [f64; 6] = [8.0, 3.0, 9.0, 9.0, 7.0, 9.0];

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-12
}

/// The six scores of the first edition at equal weights; fractions by hand.
#[test]
fn the_first_table_flips_at_known_fractions() {
    let intervals = stability(&Matrix::from_rows(&[PYTHON, NODE]), &[1.0 / 6.0; 6], 1);
    let expected = [
        (0.0, None, 1.0, None),
        (0.0, None, 3.0 / 13.0, Some(0)),
        (4.0 / 39.0, Some(0), 1.0, None),
        (0.0, None, 1.0, None),
        (0.0, None, 4.0 / 9.0, Some(0)),
        (0.0, None, 1.0, None),
    ];
    for (interval, (low, challenger_low, high, challenger_high)) in intervals.iter().zip(expected) {
        assert!(
            near(interval.low, low) && near(interval.high, high),
            "{interval:?}"
        );
        assert_eq!(
            (interval.challenger_low, interval.challenger_high),
            (challenger_low, challenger_high)
        );
    }
}

/// Hiring cost as seventh criterion: midpoints 165 and 160 thousand dollars on the scale 130 to 200.
#[test]
fn with_cost_as_seventh_criterion() {
    let row = |scores: [f64; 6], cost: f64| -> Vec<f64> {
        scores
            .iter()
            .map(|score| score / 10.0)
            .chain([(200.0 - cost) / 70.0])
            .collect()
    };
    let values = Matrix::from_rows(&[row(PYTHON, 165.0), row(NODE, 160.0)]);
    let intervals = stability(&values, &[1.0 / 7.0; 7], 1);
    let ends: Vec<(f64, f64)> = intervals
        .iter()
        .map(|interval| (interval.low, interval.high))
        .collect();
    let expected = [
        (0.0, 1.0),
        (0.0, 17.0 / 80.0),
        (23.0 / 317.0, 1.0),
        (0.0, 1.0),
        (0.0, 11.0 / 25.0),
        (0.0, 1.0),
        (0.0, 1.0),
    ];
    for (end, expected) in ends.iter().zip(expected) {
        assert!(
            near(end.0, expected.0) && near(end.1, expected.1),
            "{end:?} {expected:?}"
        );
    }
}

#[test]
fn one_criterion_cannot_move() {
    let intervals = stability(&Matrix::from_rows(&[[1.0], [2.0]]), &[1.0], 1);
    assert_eq!(
        intervals,
        vec![Interval {
            low: 1.0,
            high: 1.0,
            ..Interval::open(0, 1.0)
        }]
    );
}

#[test]
fn a_criterion_with_all_the_weight_gives_it_back_in_equal_parts() {
    let values = Matrix::from_rows(&[[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]);
    let intervals = stability(&values, &[1.0, 0.0, 0.0], 0);
    assert!(near(intervals[0].low, 0.5) && intervals[0].challenger_low == Some(1));
    assert!(near(intervals[1].high, 0.5) && near(intervals[2].high, 0.5));
}

#[test]
fn a_tie_at_the_end_of_the_scale_is_no_flip() {
    let values = Matrix::from_rows(&[[1.0, 0.5], [0.0, 0.5]]);
    let intervals = stability(&values, &[0.5, 0.5], 0);
    assert!(
        intervals
            .iter()
            .all(|interval| interval.challenger_low.is_none() && interval.challenger_high.is_none())
    );
}

fn moved(weights: &[f64], k: usize, to: f64) -> Vec<f64> {
    let rest: f64 = weights
        .iter()
        .enumerate()
        .filter(|(j, _)| *j != k)
        .map(|(_, weight)| weight)
        .sum();
    let equal = (1.0 - to) / count(weights.len() - 1);
    let other = |weight: f64| {
        if rest > 0.0 {
            weight * (1.0 - to) / rest
        } else {
            equal
        }
    };
    weights
        .iter()
        .enumerate()
        .map(|(j, &weight)| if j == k { to } else { other(weight) })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// At a flip the two lead together; a little beyond it the challenger leads.
    #[test]
    fn leaders_tie_at_a_flip(
        cells in prop::collection::vec(0_u8..=20, 12),
        raw in prop::collection::vec(0_u8..=9, 4),
    ) {
        prop_assume!(raw.iter().any(|weight| *weight > 0));
        let rows: Vec<Vec<f64>> = cells.chunks(4).map(|row| row.iter().map(|cell| f64::from(*cell)).collect()).collect();
        let total: f64 = raw.iter().map(|weight| f64::from(*weight)).sum();
        let weights: Vec<f64> = raw.iter().map(|weight| f64::from(*weight) / total).collect();
        let values = Matrix::from_rows(&rows);
        let scores: Vec<f64> = values.rows().map(|row| dot(row, &weights)).collect();
        let winner = crate::ranking::Ranking::new(&scores, crate::ranking::Best::Highest).leader().unwrap();
        for interval in stability(&values, &weights, winner) {
            prop_assert!(interval.low <= interval.weight && interval.weight <= interval.high);
            for (end, beyond, rival) in [
                (interval.low, interval.low - 1e-6, interval.challenger_low),
                (interval.high, interval.high + 1e-6, interval.challenger_high),
            ] {
                let Some(rival) = rival else { continue };
                let at = moved(&weights, interval.criterion, end);
                prop_assert!((dot(values.row(winner), &at) - dot(values.row(rival), &at)).abs() < 1e-8);
                if (0.0..=1.0).contains(&beyond) {
                    let past = moved(&weights, interval.criterion, beyond);
                    prop_assert!(dot(values.row(rival), &past) > dot(values.row(winner), &past));
                }
            }
        }
    }
}
