use proptest::prelude::*;

use super::*;
use crate::verdict::{Score, judge};

fn table(rows: &[Vec<Option<f64>>]) -> Table {
    let cell = |point: &Option<f64>| {
        point.map(|point| Score {
            point,
            low: point,
            high: point,
        })
    };
    Table {
        options: (0..rows.len()).map(|at| format!("option {at}")).collect(),
        criteria: (0..rows[0].len()).map(|at| format!("criterion {at}")).collect(),
        scores: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    }
}

fn apart((one, w): (&Table, &[f64]), (other, v): (&Table, &[f64])) -> Option<Difference> {
    let (first, second) = (judge(one, w).unwrap(), judge(other, v).unwrap());
    difference(
        Side {
            table: one,
            verdict: &first,
        },
        Side {
            table: other,
            verdict: &second,
        },
    )
}

fn three() -> Table {
    table(&[
        vec![Some(9.0), Some(5.0), Some(2.0)],
        vec![Some(3.0), Some(6.0), Some(8.0)],
    ])
}

/// By hand: from 60/20/20 to 20/20/60 option 0's lead of 2.2 becomes −2.6: 2.4 each by the first and third criterion,
/// and either alone is enough.
#[test]
fn a_change_is_split_by_criterion() {
    let table = three();
    let found = apart((&table, &[3.0, 1.0, 1.0]), (&table, &[1.0, 1.0, 3.0])).unwrap();
    assert_eq!(
        (found.option.as_str(), found.rival.as_str()),
        ("option 0", "option 1")
    );
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(
        near(found.lead_before, 2.2) && near(found.lead_after, -2.6),
        "{found:?}"
    );
    let parts: Vec<f64> = found.parts.iter().map(Part::whole).collect();
    assert!(
        near(parts[0], -2.4) && near(parts[1], 0.0) && near(parts[2], -2.4),
        "{parts:?}"
    );
    assert_eq!(found.fewest.as_deref().map(<[usize]>::len), Some(1));
    let smaller = apart((&table, &[3.0, 1.0, 1.0]), (&table, &[2.0, 1.0, 2.0])).unwrap();
    assert_eq!(smaller.fewest, Some(vec![0, 2]), "{smaller:?}");
}

#[test]
fn the_same_leader_has_a_runner_up_and_nothing_to_flip() {
    let table = three();
    let found = apart((&table, &[3.0, 1.0, 1.0]), (&table, &[9.0, 1.0, 1.0])).unwrap();
    assert_eq!((found.rival.as_str(), found.fewest), ("option 1", None));
    assert!(found.lead_after > found.lead_before);
}

/// Other scores and missing ones: their part is told apart from that of the weights.
#[test]
fn scores_have_their_own_part() {
    let one = three();
    let other = table(&[
        vec![Some(2.0), Some(5.0), None],
        vec![Some(3.0), Some(6.0), Some(8.0)],
    ]);
    let found = apart((&one, &[1.0, 1.0, 0.0]), (&other, &[1.0, 1.0, 0.0])).unwrap();
    assert!(found.parts.iter().all(|part| part.by_weight.abs() < 1e-12));
    assert!((found.parts[0].by_score - -3.5).abs() < 1e-12, "{found:?}");
    assert_eq!(found.fewest, Some(vec![0]));
}

/// An option that one side has excluded cannot be compared with.
#[test]
fn an_excluded_option_has_no_lead() {
    let one = three();
    let mut other = one.clone();
    other.options.remove(0);
    other.scores.remove(0);
    assert_eq!(apart((&one, &[9.0, 1.0, 1.0]), (&other, &[9.0, 1.0, 1.0])), None);
}

fn sides() -> impl Strategy<Value = (Table, Vec<f64>, Table, Vec<f64>)> {
    (2_usize..4, 1_usize..6).prop_flat_map(|(options, criteria)| {
        let rows = || {
            let cell = prop_oneof![9 => (0.0..10.0_f64).prop_map(Some), 1 => Just(None)];
            prop::collection::vec(prop::collection::vec(cell, criteria), options)
                .prop_map(|rows| table(&rows))
        };
        let weights = || prop::collection::vec(prop_oneof![4 => 0.01..100.0_f64, 1 => Just(0.0)], criteria);
        let sound = |weights: &Vec<f64>| weights.iter().any(|weight| *weight > 0.0);
        (
            rows(),
            weights().prop_filter("some weight", sound),
            rows(),
            weights().prop_filter("some weight", sound),
        )
    })
}

/// Whether the rival leads once these criteria alone are as in the second state.
fn flips(found: &Difference, taken: &[usize]) -> bool {
    let lead: f64 = found
        .parts
        .iter()
        .enumerate()
        .map(|(place, part)| {
            if taken.contains(&place) {
                part.after * part.better_after
            } else {
                part.before * part.better_before
            }
        })
        .sum();
    lead < -1e-9
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

    /// The parts add up to the whole change, and both leads are what the totals of the two states say.
    #[test]
    fn nothing_is_left_over((one, w, other, v) in sides(), same in any::<bool>()) {
        let other = if same { &one } else { &other };
        if let Some(found) = apart((&one, &w), (other, &v)) {
            let sum: f64 = found.parts.iter().map(Part::whole).sum();
            prop_assert!((found.lead_before + sum - found.lead_after).abs() < 1e-9, "{:?}", found);
            let lead = |table: &Table, weights: &[f64]| {
                let totals = judge(table, weights).unwrap().totals.totals;
                let at = |name: &String| table.options.iter().position(|one| one == name).unwrap();
                totals[at(&found.option)] - totals[at(&found.rival)]
            };
            prop_assert!((found.lead_before - lead(&one, &w)).abs() < 1e-9);
            prop_assert!((found.lead_after - lead(other, &v)).abs() < 1e-9);
            prop_assert!(found.lead_before >= -1e-9);
            if same {
                prop_assert!(found.parts.iter().all(|part| part.by_score.abs() < 1e-12));
            }
        }
    }

    /// No smaller set of criteria flips it: every one is tried. And that which is named does.
    #[test]
    fn no_fewer_criteria_flip_it((one, w, other, v) in sides(), same in any::<bool>()) {
        let other = if same { &one } else { &other };
        if let Some(found) = apart((&one, &w), (other, &v)) {
            let count = found.parts.len();
            let smallest = (0_usize..1 << count)
                .map(|bits| (0..count).filter(|place| bits >> place & 1 == 1).collect::<Vec<usize>>())
                .filter(|taken| flips(&found, taken))
                .map(|taken| taken.len())
                .min();
            match &found.fewest {
                Some(taken) => {
                    prop_assert!(flips(&found, taken), "{:?}", found);
                    prop_assert_eq!(Some(taken.len()), smallest);
                }
                None => prop_assert!(found.lead_after >= -1e-6),
            }
        }
    }

    /// The other way round every part has the other sign, where the leaders differ.
    #[test]
    fn the_way_back_is_the_same_way((one, w, _other, v) in sides()) {
        let there = apart((&one, &w), (&one, &v));
        let back = apart((&one, &v), (&one, &w));
        if let (Some(there), Some(back)) = (there, back)
            && there.option == back.rival
            && there.rival == back.option
        {
            for (a, b) in there.parts.iter().zip(&back.parts) {
                prop_assert!((a.by_weight - b.by_weight).abs() < 1e-9);
            }
        }
    }
}
