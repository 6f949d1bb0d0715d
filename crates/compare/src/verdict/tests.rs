use proptest::prelude::*;

use super::*;

const PYTHON: [f64; 6] = [7.0, 9.0, 2.0, 8.0, 8.0, 8.0];
const NODE: [f64; 6] = [8.0, 3.0, 9.0, 9.0, 7.0, 9.0];

#[expect(clippy::unnecessary_wraps, reason = "a cell of a table may be empty")]
fn score(point: f64, half_width: f64) -> Option<Score> {
    Some(Score {
        point,
        low: point - half_width,
        high: point + half_width,
    })
}

fn table(rows: &[Vec<Option<Score>>]) -> Table {
    Table {
        options: (0..rows.len()).map(|option| format!("option {option}")).collect(),
        criteria: (0..rows[0].len())
            .map(|criterion| format!("criterion {criterion}"))
            .collect(),
        scores: rows.to_vec(),
    }
}

fn plain(rows: &[&[f64]], half_width: f64) -> Table {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| row.iter().map(|&point| score(point, half_width)).collect())
        .collect();
    table(&rows)
}

fn first_table() -> Table {
    plain(&[&PYTHON, &NODE], 0.5)
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-12
}

/// Where no criterion can be compared the share is 0, not -0, which a reader would see as "-0 %".
#[test]
fn nothing_compared_is_no_negative_share() {
    let rows = [vec![score(5.0, 0.5), None], vec![None, score(5.0, 0.5)]];
    let verdict = judge(&table(&rows), &[1.0, 1.0]).unwrap();
    assert_eq!(verdict.leader, None);
    let coverage = verdict.totals.coverage;
    assert!(
        coverage.is_sign_positive() && coverage.abs() < f64::EPSILON,
        "{coverage}"
    );
}

/// Equal weights, scores ± 0.5: Node.js 7.5 against 7, and the two nearest flips equally far.
#[test]
fn the_first_table_depends() {
    let verdict = judge(&first_table(), &[1.0; 6]).unwrap();
    assert_eq!(
        (verdict.kind, verdict.leader, verdict.runner_up),
        (Kind::Depends, Some(1), Some(0))
    );
    assert!(near(verdict.totals.totals[0], 7.0) && near(verdict.totals.totals[1], 7.5));
    assert!(near(verdict.totals.coverage, 1.0));
    assert!(near(verdict.margin, 0.5) && near(verdict.deviation, 1.0 / 6.0));
    assert!(near(verdict.probability, 0.998_650_101_968_369_9));
    assert_eq!(verdict.nearest.len(), 3);
    let ends: Vec<(usize, Direction)> = verdict
        .nearest
        .iter()
        .map(|flip| (flip.criterion, flip.direction))
        .collect();
    assert_eq!(
        ends,
        vec![(1, Direction::Up), (2, Direction::Down), (4, Direction::Up)]
    );
    assert!(near(verdict.nearest[0].at, 3.0 / 13.0) && near(verdict.nearest[0].distance(), 5.0 / 78.0));
    assert!(near(verdict.nearest[1].at, 4.0 / 39.0) && near(verdict.nearest[1].distance(), 5.0 / 78.0));
    assert!(near(verdict.nearest[2].at, 4.0 / 9.0));
    assert_eq!(verdict.flips[0], CriterionFlips::default());
    assert_eq!(verdict.ranking, vec![vec![1], vec![0]]);
    assert!(verdict.dominated.is_empty() && !verdict.worst_case_changes_leader);
}

/// Data science counted four times: Python 76.7 to 60; full-stack counted four times: Node.js 80 to 53.3.
#[test]
fn the_first_table_at_other_weights() {
    let verdict = judge(&first_table(), &[1.0, 4.0, 1.0, 1.0, 1.0, 1.0]).unwrap();
    assert!(near(verdict.totals.totals[0], 69.0 / 9.0) && near(verdict.totals.totals[1], 6.0));
    assert_eq!((verdict.kind, verdict.leader), (Kind::Ahead, Some(0)));
    let verdict = judge(&first_table(), &[1.0, 1.0, 4.0, 1.0, 1.0, 1.0]).unwrap();
    assert!(near(verdict.totals.totals[0], 48.0 / 9.0) && near(verdict.totals.totals[1], 8.0));
    assert_eq!((verdict.kind, verdict.leader), (Kind::Ahead, Some(1)));
}

#[test]
fn cannot_tell_below_sixty_per_cent_of_the_weight() {
    let gappy = table(&[
        vec![score(9.0, 0.5), None],
        vec![score(2.0, 0.5), score(3.0, 0.5)],
    ]);
    for (weights, kind) in [
        ([0.599_999, 0.400_001], Kind::CannotTell),
        ([0.6, 0.4], Kind::Ahead),
        ([3.0, 2.0], Kind::Ahead),
        ([0.600_001, 0.399_999], Kind::Ahead),
    ] {
        let verdict = judge(&gappy, &weights).unwrap();
        assert_eq!(verdict.kind, kind, "{weights:?}");
        assert_eq!(
            (verdict.leader, verdict.totals.compared.as_slice()),
            (Some(0), &[0][..])
        );
    }
}

/// z for which Φ(z) is exactly the threshold: 0.6 and 0.8.
const Z_60: f64 = 0.253_347_103_135_799_7;
const Z_80: f64 = 0.841_621_233_572_914_3;

/// One criterion, a margin of 1, and intervals so wide that μ/σ = z.
fn with_z(z: f64) -> Kind {
    let half_width = 0.5 * 6.0_f64.sqrt() / z;
    let table = table(&[vec![score(5.0, half_width)], vec![score(6.0, half_width)]]);
    judge(&table, &[1.0]).unwrap().kind
}

#[test]
fn too_close_below_sixty_per_cent() {
    assert_eq!(with_z(Z_60 - 1e-6), Kind::TooClose);
    assert_eq!(with_z(Z_60), Kind::NarrowlyAhead);
    assert_eq!(with_z(Z_60 + 1e-6), Kind::NarrowlyAhead);
}

#[test]
fn narrowly_ahead_below_eighty_per_cent() {
    assert_eq!(with_z(Z_80 - 1e-6), Kind::NarrowlyAhead);
    assert_eq!(with_z(Z_80), Kind::Ahead);
    assert_eq!(with_z(Z_80 + 1e-6), Kind::Ahead);
}

/// Against (5, 5 + y) the leader (8, 5) loses at w₁ = y/(3 + y): 0.4 for y = 2.
#[test]
fn depends_within_ten_points_of_weight() {
    for (y, kind) in [
        (2.000_01, Kind::Depends),
        (2.0, Kind::Depends),
        (1.999_99, Kind::Ahead),
    ] {
        let verdict = judge(&plain(&[&[8.0, 5.0], &[5.0, 5.0 + y]], 0.1), &[1.0, 1.0]).unwrap();
        assert_eq!(verdict.kind, kind, "{y}");
        assert_eq!(verdict.nearest.len(), 2);
    }
}

#[test]
fn too_close_comes_before_depends() {
    let verdict = judge(&plain(&[&[8.0, 5.0], &[5.0, 7.9]], 2.0), &[1.0, 1.0]).unwrap();
    assert!(verdict.nearest[0].distance() < THRESHOLDS.depends && verdict.probability < THRESHOLDS.too_close);
    assert_eq!(verdict.kind, Kind::TooClose);
}

#[test]
fn a_tie_is_too_close_and_the_lowest_index_leads() {
    for half_width in [0.5, 0.0] {
        let verdict = judge(&plain(&[&[0.3, 6.0], &[6.0, 0.1 + 0.2]], half_width), &[1.0, 1.0]).unwrap();
        assert_eq!(
            (verdict.kind, verdict.leader, verdict.runner_up),
            (Kind::TooClose, Some(0), Some(1))
        );
        assert!(near(verdict.probability, 0.5) && near(verdict.margin, 0.0));
        assert!(near(verdict.nearest[0].distance(), 0.0));
        assert_eq!(verdict.ranking, vec![vec![0, 1]]);
    }
}

#[test]
fn exact_scores_leave_no_doubt() {
    let verdict = judge(&plain(&[&[5.0], &[5.001]], 0.0), &[1.0]).unwrap();
    assert!(near(verdict.probability, 1.0) && near(verdict.deviation, 0.0));
    assert_eq!(verdict.kind, Kind::Ahead);
}

#[test]
fn one_option_is_ahead_by_itself() {
    let alone = table(&[vec![score(4.0, 0.5), None]]);
    for weights in [[1.0, 1.0], [0.0, 1.0]] {
        let verdict = judge(&alone, &weights).unwrap();
        assert_eq!(
            (verdict.kind, verdict.leader, verdict.runner_up),
            (Kind::Ahead, Some(0), None)
        );
        assert!(near(verdict.probability, 1.0) && verdict.nearest.is_empty() && verdict.dominated.is_empty());
        assert!(!verdict.worst_case_changes_leader);
    }
}

#[test]
fn nothing_compared_means_no_leader() {
    let gappy = table(&[vec![score(9.0, 0.5), None], vec![None, score(3.0, 0.5)]]);
    let verdict = judge(&gappy, &[1.0, 1.0]).unwrap();
    assert_eq!(
        (verdict.kind, verdict.leader, verdict.runner_up),
        (Kind::CannotTell, None, None)
    );
    assert!(near(verdict.totals.coverage, 0.0) && verdict.totals.compared.is_empty());
    assert!(verdict.nearest.is_empty() && verdict.worst_case_changes_leader);
}

#[test]
fn missing_cells_are_tried_at_their_worst() {
    let gappy = |known: f64| {
        table(&[
            vec![score(9.0, 0.5), None],
            vec![score(2.0, 0.5), score(known, 0.5)],
        ])
    };
    // Nothing for the leader and 5 for the other: 0.8·9 against 0.8·2 + 0.2·5.
    assert!(!judge(&gappy(5.0), &[4.0, 1.0]).unwrap().worst_case_changes_leader);
    // 0.6·9 = 5.4 against 0.6·2 + 0.4·10 = 5.2, then 0.59 of the weight: 5.31 against 5.28; 0.58: 5.22 against 5.36.
    assert!(
        !judge(&gappy(10.0), &[0.59, 0.41])
            .unwrap()
            .worst_case_changes_leader
    );
    assert!(
        judge(&gappy(10.0), &[0.58, 0.42])
            .unwrap()
            .worst_case_changes_leader
    );
    // A missing cell of the other counts 10 for it; one without weight counts nothing.
    let other = table(&[
        vec![score(9.0, 0.5), score(1.0, 0.5)],
        vec![score(2.0, 0.5), None],
    ]);
    assert!(judge(&other, &[1.0, 1.0]).unwrap().worst_case_changes_leader);
    assert!(!judge(&other, &[1.0, 0.0]).unwrap().worst_case_changes_leader);
}

#[test]
fn dominated_options_name_their_best_placed_superior() {
    let verdict = judge(
        &plain(&[&[1.0, 2.0], &[3.0, 3.0], &[9.0, 4.0], &[9.0, 5.0]], 0.5),
        &[1.0, 1.0],
    )
    .unwrap();
    assert_eq!(verdict.dominated, vec![(0, 3), (1, 3)]);
}

#[test]
fn wrong_input_is_refused_with_its_reason() {
    let sound = first_table();
    let mut ragged = sound.clone();
    ragged.scores[1].pop();
    let mut high = sound.clone();
    high.scores[0][2] = score(10.5, 0.5);
    let mut upside_down = sound.clone();
    upside_down.scores[1][0] = score(5.0, -0.5);
    let empty = Table {
        options: Vec::new(),
        criteria: Vec::new(),
        scores: Vec::new(),
    };
    let mut short = sound.clone();
    short.scores.pop();
    for (table, weights, expected) in [
        (&empty, &[][..], Invalid::NoOption),
        (&short, &[1.0; 6][..], Invalid::Shape { row: 1 }),
        (&ragged, &[1.0; 6][..], Invalid::Shape { row: 1 }),
        (
            &high,
            &[1.0; 6][..],
            Invalid::Score {
                option: 0,
                criterion: 2,
            },
        ),
        (
            &upside_down,
            &[1.0; 6][..],
            Invalid::Score {
                option: 1,
                criterion: 0,
            },
        ),
        (&sound, &[1.0; 5][..], Invalid::WeightCount),
        (
            &sound,
            &[1.0, 1.0, -1.0, 1.0, 1.0, 1.0][..],
            Invalid::Weight { criterion: 2 },
        ),
        (
            &sound,
            &[1.0, f64::NAN, 1.0, 1.0, 1.0, 1.0][..],
            Invalid::Weight { criterion: 1 },
        ),
        (&sound, &[0.0; 6][..], Invalid::NoWeight),
    ] {
        let refused = judge(table, weights).unwrap_err();
        assert_eq!(refused, expected);
        assert!(refused.code().starts_with("verdict.") && !refused.to_string().is_empty());
    }
}

/// The closed form against a simulation with uniform intervals: within 0.02, as promised.
#[test]
fn probability_is_close_to_a_simulation() {
    use crate::method::smaa::random::Streams;
    let cases = [
        (vec![7.0, 5.0], vec![6.9, 5.05], 0.5, vec![0.5, 0.5]),
        (vec![7.0, 5.0, 3.0], vec![6.5, 5.6, 2.8], 0.5, vec![0.6, 0.3, 0.1]),
        (vec![7.0], vec![6.7], 0.5, vec![1.0]),
        (PYTHON.to_vec(), NODE.to_vec(), 2.0, vec![1.0 / 6.0; 6]),
    ];
    for (one, other, half_width, weights) in cases {
        let verdict = judge(&plain(&[&one, &other], half_width), &weights).unwrap();
        let (leader, second) = if verdict.leader == Some(0) {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let mut streams = Streams::new(3, 0);
        let mut wins = 0;
        for _ in 0..25_000 {
            let mut difference = [0.0; 8];
            for j in 0..weights.len() {
                for (row, sign) in [(leader, 1.0), (second, -1.0)] {
                    for (sum, uniform) in difference.iter_mut().zip(streams.uniform()) {
                        *sum += sign * weights[j] * (row[j] + half_width * (2.0 * uniform - 1.0));
                    }
                }
            }
            wins += difference.iter().filter(|difference| **difference > 0.0).count();
        }
        let simulated = f64::from(u32::try_from(wins).unwrap()) / 200_000.0;
        assert!(
            (simulated - verdict.probability).abs() <= 0.02,
            "{simulated} {}",
            verdict.probability
        );
    }
}

#[test]
fn kinds_have_stable_names() {
    let names: Vec<String> = [
        Kind::CannotTell,
        Kind::TooClose,
        Kind::Depends,
        Kind::NarrowlyAhead,
        Kind::Ahead,
    ]
    .iter()
    .map(|kind| serde_json::to_string(kind).unwrap())
    .collect();
    assert_eq!(
        names,
        [
            "\"cannot_tell\"",
            "\"too_close\"",
            "\"depends\"",
            "\"narrowly_ahead\"",
            "\"ahead\""
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Scaling the raw weights changes nothing; permuting the options permutes the totals.
    #[test]
    fn weights_scale_and_options_permute(
        cells in prop::collection::vec(prop::option::weighted(0.9, 0_u8..=10), 12),
        raw in prop::collection::vec(0_u8..=9, 4),
        exponent in -300_i32..=300,
    ) {
        prop_assume!(raw.iter().any(|weight| *weight > 0));
        let rows: Vec<Vec<Option<Score>>> = cells
            .chunks(4)
            .map(|row| row.iter().map(|cell| cell.and_then(|cell| score(f64::from(cell), 0.5))).collect())
            .collect();
        let weights: Vec<f64> = raw.iter().map(|weight| f64::from(*weight)).collect();
        let scaled: Vec<f64> = weights.iter().map(|weight| weight * 2.0_f64.powi(exponent)).collect();
        let verdict = judge(&table(&rows), &weights).unwrap();
        prop_assert_eq!(&verdict, &judge(&table(&rows), &scaled).unwrap());
        let turned: Vec<_> = rows.iter().cycle().skip(1).take(3).cloned().collect();
        let other = judge(&table(&turned), &weights).unwrap();
        for (index, total) in other.totals.totals.iter().enumerate() {
            prop_assert!((total - verdict.totals.totals[(index + 1) % 3]).abs() <= 1e-12);
        }
        prop_assert!((0.5..=1.0).contains(&verdict.probability) && verdict.deviation.is_finite());
        prop_assert_eq!(verdict.leader.is_none(), verdict.totals.coverage <= 0.0);
        for pair in verdict.nearest.windows(2) {
            prop_assert!(pair[0].distance() <= pair[1].distance() + 1e-9);
        }
        for (beaten, by) in verdict.dominated {
            prop_assert!(verdict.leader.is_none() || verdict.totals.totals[beaten] < verdict.totals.totals[by]);
        }
    }
}
