use super::*;
use crate::problem::Preference;

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

fn solve<const N: usize>(rows: &[[f64; N]], directions: &[Direction], weights: &[f64], v: f64) -> Compromise {
    let weights = crate::weights::normalised(weights);
    compromise(&Matrix::from_rows(rows), &criteria(directions), &weights, v)
}

fn prints(found: &[f64], printed: &[f64], half_digit: f64) {
    assert_eq!(found.len(), printed.len());
    for (value, printed_value) in found.iter().zip(printed) {
        assert!(
            (value - printed_value).abs() <= half_digit,
            "{found:?} {printed:?}"
        );
    }
}

const BENEFIT: Direction = Direction::Benefit;
const COST: Direction = Direction::Cost;

/// S. Opricovic, G. H. Tzeng, EJOR 156 (2004) 445–455: the mountain climber, in both units of the paper.
#[test]
fn opricovic_and_tzeng_2004() {
    let units = [
        [[1.0, 3000.0], [2.0, 3750.0], [5.0, 4500.0]],
        [[6.0, 2.0], [7.0, 2.75], [10.0, 3.5]],
    ];
    for rows in units {
        let found = solve(&rows, &[COST, BENEFIT], &[0.5, 0.5], 0.5);
        prints(&found.group, &[0.5, 0.375, 0.5], 1e-12);
        prints(&found.single, &[0.5, 0.25, 0.5], 1e-12);
        prints(&found.scores, &[1.0, 0.0, 1.0], 1e-12);
        assert!(found.acceptable_advantage && found.acceptable_stability);
        assert_eq!(found.set, vec![1]);
    }
}

/// S. Opricovic, G. H. Tzeng, "Extended VIKOR method in comparison with outranking methods", EJOR 178 (2007) 514–529:
/// hydropower systems on the Drina, four sets of weights; Q, S, R to the three digits printed.
#[test]
fn opricovic_and_tzeng_2007() {
    let rows = [
        [4184.3, 2914.0, 407.2, 251.0, 195.0, 244.0, 15.0, 2.41],
        [5211.9, 3630.0, 501.7, 308.3, 282.0, 346.0, 21.0, 1.41],
        [5021.3, 3920.5, 504.0, 278.6, 12.0, 56.0, 3.0, 4.42],
        [5566.1, 3957.9, 559.5, 335.3, 167.0, 268.0, 16.0, 3.36],
        [5060.5, 3293.5, 514.1, 284.2, 69.0, 90.0, 7.0, 4.04],
        [4317.9, 2925.9, 432.8, 239.3, 12.0, 55.0, 3.0, 4.36],
    ];
    let directions = [BENEFIT, COST, BENEFIT, BENEFIT, COST, COST, COST, BENEFIT];
    let cases = [
        ([1.0, 1.0], [0.991, 1.0, 0.473, 0.670, 0.0, 0.578], true, vec![4]),
        ([2.0, 1.0], [1.0, 0.533, 0.552, 0.563, 0.0, 0.686], true, vec![4]),
        (
            [1.0, 2.0],
            [0.684, 1.0, 0.147, 0.554, 0.041, 0.191],
            false,
            vec![2, 4, 5],
        ),
        (
            [1.0, 3.2],
            [0.668, 1.0, 0.051, 0.588, 0.058, 0.078],
            false,
            vec![2, 4, 5],
        ),
    ];
    for ([economic, social], scores, advantage, set) in cases {
        let weights = [
            economic, economic, economic, economic, social, social, social, social,
        ];
        let found = solve(&rows, &directions, &weights, 0.5);
        prints(&found.scores, &scores, 1.2e-3);
        assert_eq!(
            (found.acceptable_advantage, found.acceptable_stability),
            (advantage, true)
        );
        assert_eq!(found.set, set);
    }
    let equal = solve(&rows, &directions, &[1.0; 8], 0.5);
    prints(&equal.group, &[0.692, 0.700, 0.290, 0.423, 0.280, 0.346], 1e-3);
    prints(&equal.single, &[0.125, 0.125, 0.121, 0.125, 0.067, 0.125], 1e-3);
}

/// J. Papathanasiou, N. Ploskas, Multiple Criteria Decision Aid (2018), chapter "VIKOR": six facility locations.
#[test]
fn papathanasiou_and_ploskas_2018() {
    let rows = [
        [8.0, 7.0, 2.0, 1.0],
        [5.0, 3.0, 7.0, 5.0],
        [7.0, 5.0, 6.0, 4.0],
        [9.0, 9.0, 7.0, 3.0],
        [11.0, 10.0, 3.0, 7.0],
        [6.0, 9.0, 5.0, 4.0],
    ];
    let found = solve(&rows, &[BENEFIT; 4], &[0.4, 0.3, 0.1, 0.2], 0.625);
    prints(&found.scores, &[0.640, 1.0, 0.693, 0.271, 0.0, 0.694], 5.1e-4);
    assert_eq!(found.ranking.rank, vec![3, 6, 4, 2, 1, 5]);
}

/// An advantage without stability: the set takes the second tier along.
#[test]
fn stability_adds_the_second() {
    let rows = [
        [1.0, 101.0, 1.0, 101.0, 1.0],
        [101.0, 1.0, 101.0, 1.0, 101.0],
        [1.0, 1.0, 1.0, 1.0, 101.0],
        [11.0, 11.0, 11.0, 16.0, 61.0],
        [56.0, 56.0, 56.0, 56.0, 56.0],
    ];
    let found = solve(&rows, &[COST; 5], &[0.2; 5], 0.5);
    prints(&found.scores, &[0.75, 1.0, 0.5, 0.068, 0.4375], 1e-3);
    assert!(found.acceptable_advantage && !found.acceptable_stability);
    assert_eq!(found.set, vec![3, 4]);
}

/// Both alternatives of the first edition have the same largest regret: it must add nothing, not 0/0.
#[test]
fn equal_regrets_add_nothing() {
    let rows = [[7.0, 9.0, 2.0, 8.0, 8.0, 8.0], [8.0, 3.0, 9.0, 9.0, 7.0, 9.0]];
    let found = solve(&rows, &[BENEFIT; 6], &[1.0; 6], 0.5);
    prints(&found.group, &[4.0 / 6.0, 2.0 / 6.0], 1e-12);
    prints(&found.scores, &[0.5, 0.0], 1e-12);
    assert_eq!((found.advantage, found.acceptable_advantage), (Some(1.0), false));
    assert_eq!(found.set, vec![0, 1]);
}

#[test]
fn one_alternative_is_its_own_compromise() {
    let found = solve(&[[1.0, 2.0]], &[BENEFIT, COST], &[1.0, 1.0], 0.5);
    assert_eq!((found.advantage, found.set), (None, vec![0]));
    prints(&found.scores, &[0.0], 0.0);
}
