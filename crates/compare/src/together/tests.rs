use proptest::prelude::*;

use super::*;
use crate::verdict::Score;

fn table(rows: &[Vec<f64>]) -> Table {
    let cell = |point: &f64| {
        Some(Score {
            point: *point,
            low: point - 0.5,
            high: point + 0.5,
        })
    };
    Table {
        options: (0..rows.len()).map(|at| format!("option {at}")).collect(),
        criteria: (0..rows[0].len()).map(|at| format!("criterion {at}")).collect(),
        scores: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    }
}

/// Option 0 is good at criterion 0, option 1 at criterion 1.
fn two() -> Table {
    table(&[vec![9.0, 3.0], vec![3.0, 9.0]])
}

#[test]
fn everybody_counts_alike_however_large_their_numbers() {
    let people = [vec![1.0, 0.0], vec![0.0, 1000.0], vec![0.002, 0.006]];
    let all = together(&two(), &people).unwrap();
    let want = [1.25 / 3.0, 1.75 / 3.0];
    for (got, want) in all.weights.iter().zip(want) {
        assert!((got - want).abs() < 1e-12, "{:?}", all.weights);
    }
    assert_eq!(
        (all.leaders.clone(), all.votes.clone(), all.undecided),
        (vec![1], vec![1, 2], 0)
    );
    assert_eq!(
        all.people.iter().map(|one| one.agrees).collect::<Vec<_>>(),
        [false, true, true]
    );
    assert_eq!(
        all.people.iter().map(|one| one.alone).collect::<Vec<_>>(),
        [true, false, false]
    );
}

/// C8: where too much weight is on what nobody knows, no option is ahead, for one person or for all.
#[test]
fn nobody_is_ahead_where_too_little_is_known() {
    let mut table = two();
    for row in &mut table.scores {
        row[1] = None;
    }
    let all = together(&table, &[vec![1.0, 9.0], vec![1.0, 0.0]]).unwrap();
    assert_eq!(all.verdict.kind, Kind::CannotTell);
    assert_eq!(all.people[0].leaders, Vec::<usize>::new());
    assert_eq!(all.people[1].leaders, [0]);
    assert_eq!(
        (all.leaders, all.votes, all.undecided),
        (Vec::new(), vec![1, 0], 1)
    );
}

#[test]
fn the_spread_names_both_ends() {
    let people = [vec![1.0, 3.0], vec![3.0, 1.0], vec![2.0, 2.0], vec![6.0, 2.0]];
    let all = together(&two(), &people).unwrap();
    let first = &all.spread[0];
    assert_eq!((first.low, first.median, first.high), (0.25, 0.625, 0.75));
    assert_eq!(
        (first.lowest.clone(), first.highest.clone()),
        (vec![0], vec![1, 3])
    );
    let same = together(&two(), &[vec![1.0, 1.0], vec![5.0, 5.0]]).unwrap();
    assert!(
        same.spread
            .iter()
            .all(|one| one.lowest.is_empty() && one.highest.is_empty())
    );
}

/// Two mild people for option 0 and a strong one for option 1: without the strong one the leader is another.
#[test]
fn who_would_change_it_is_found_by_leaving_them_out() {
    let people = [vec![11.0, 9.0], vec![11.0, 9.0], vec![1.0, 9.0]];
    let all = together(&two(), &people).unwrap();
    assert_eq!(all.leaders, [1]);
    let decides: Vec<bool> = all.people.iter().map(|one| one.decides).collect();
    assert_eq!(decides, [false, false, true]);
    assert_eq!(all.people[2].leaders_without, Some(vec![0]));
    assert_eq!(
        (all.votes.clone(), all.people[2].alone),
        (vec![2, 1], false),
        "they agree with the common verdict"
    );
    let alone = together(&two(), &[vec![1.0, 2.0]]).unwrap();
    assert_eq!(
        (alone.people[0].leaders_without.clone(), alone.people[0].decides),
        (None, false)
    );
}

#[test]
fn a_tie_is_nobodys_vote() {
    let all = together(&two(), &[vec![1.0, 1.0], vec![2.0, 1.0]]).unwrap();
    assert_eq!((all.votes.clone(), all.undecided), (vec![1, 0], 1));
    assert_eq!(all.people[0].leaders, [0, 1]);
    assert!(!all.people[0].agrees && all.people[0].alone);
}

#[test]
fn nobody_and_nonsense_are_refused() {
    assert_eq!(together(&two(), &[]), Err(Invalid::WeightCount));
    assert_eq!(together(&two(), &[vec![1.0]]), Err(Invalid::WeightCount));
    assert_eq!(
        together(&two(), &[vec![1.0, 1.0], vec![0.0, 0.0]]),
        Err(Invalid::NoWeight)
    );
    assert_eq!(
        together(&two(), &[vec![1.0, f64::NAN]]),
        Err(Invalid::Weight { criterion: 1 })
    );
}

fn many() -> impl Strategy<Value = (Table, Vec<Vec<f64>>)> {
    (2_usize..4, 1_usize..6, 1_usize..8).prop_flat_map(|(options, criteria, people)| {
        let rows = prop::collection::vec(prop::collection::vec(0.0..10.0_f64, criteria), options);
        let weights = prop::collection::vec(0.01..1000.0_f64, criteria);
        (
            rows.prop_map(|rows| table(&rows)),
            prop::collection::vec(weights, people),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    /// Whoever comes in which order: the same bits for all together, and each keeps their own standing.
    #[test]
    fn the_order_of_people_changes_nothing((table, people) in many(), turn in 0_usize..8) {
        let one = together(&table, &people).unwrap();
        let mut turned = people.clone();
        turned.reverse();
        let places = turned.len();
        turned.rotate_left(turn % places);
        let other = together(&table, &turned).unwrap();
        prop_assert_eq!(&one.weights, &other.weights);
        prop_assert_eq!(&one.verdict, &other.verdict);
        prop_assert_eq!((&one.votes, one.undecided), (&other.votes, other.undecided));
        for (person, standing) in people.iter().zip(&one.people) {
            let found = turned.iter().zip(&other.people).filter(|(weights, _)| *weights == person);
            prop_assert!(found.map(|(_, standing)| standing).any(|found| found == standing));
        }
    }

    /// Many who think alike decide as one of them: the same leaders, weights and margin, and nobody is needed.
    #[test]
    fn people_who_think_alike_decide_as_one((table, people) in many(), times in 2_usize..9) {
        let one = people[0].clone();
        let verdict = judge(&table, &one).unwrap();
        let all = together(&table, &vec![one.clone(); times]).unwrap();
        prop_assert_eq!(all.verdict.leader, verdict.leader);
        prop_assert!((all.verdict.margin - verdict.margin).abs() < 1e-9);
        for (common, share) in all.weights.iter().zip(normalised(&one)) {
            prop_assert!((common - share).abs() < 1e-12);
        }
        prop_assert!(all.people.iter().all(|one| one.agrees && !one.alone && !one.decides));
        prop_assert!(all.spread.iter().all(|one| one.high - one.low < 1e-12));
    }

    /// What does not depend on a unit: somebody who multiplies all their numbers changes nothing but rounding.
    #[test]
    fn a_unit_is_nobodys_advantage((table, people) in many(), factor in 0.001..900.0_f64) {
        let one = together(&table, &people).unwrap();
        let mut scaled = people.clone();
        for weight in &mut scaled[0] {
            *weight *= factor;
        }
        let other = together(&table, &scaled).unwrap();
        for (a, b) in one.weights.iter().zip(&other.weights) {
            prop_assert!((a - b).abs() < 1e-12);
        }
    }

    /// The numbers of a page add up: weights to 1, votes to the number of people; nobody lies outside the spread; where
    /// all see the same option ahead, so do all together, whoever is left out.
    #[test]
    fn it_adds_up((table, people) in many()) {
        let all = together(&table, &people).unwrap();
        prop_assert!((all.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert_eq!(all.votes.iter().sum::<usize>() + all.undecided, people.len());
        for (at, spread) in all.spread.iter().enumerate() {
            prop_assert!(spread.low <= spread.median && spread.median <= spread.high);
            prop_assert!(spread.low - 1e-12 <= all.weights[at] && all.weights[at] <= spread.high + 1e-12);
            prop_assert!(all.people.iter().all(|one| (spread.low..=spread.high).contains(&one.shares[at])));
        }
        if all.votes.contains(&people.len()) {
            prop_assert!(all.people.iter().all(|one| one.agrees && !one.decides));
        }
    }
}
