use super::*;
use crate::normalise;
use crate::problem::{Criterion, Direction, Normalization, Outside, Preference};

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

fn vector<const N: usize>(rows: &[[f64; N]], directions: &[Direction], weights: &[f64]) -> Closeness {
    let values = Matrix::from_rows(rows);
    let table = normalise::table(
        &values,
        &criteria(directions),
        Normalization::Vector,
        Outside::Error,
    )
    .unwrap();
    closeness(&table, weights)
}

fn prints(scores: &[f64], printed: &[f64], half_digit: f64) {
    assert_eq!(scores.len(), printed.len());
    for (score, printed) in scores.iter().zip(printed) {
        assert!((score - printed).abs() <= half_digit, "{scores:?} {printed:?}");
    }
}

const BENEFIT: Direction = Direction::Benefit;
const COST: Direction = Direction::Cost;

/// G. H. Tzeng, J. J. Huang, Multiple Attribute Decision Making: Methods and Applications (2011), the TOPSIS example
/// (durability, capability, reliability): closeness .5037, .6581, .7482, .3340.
#[test]
fn tzeng_and_huang_2011() {
    let rows = [[5.0, 8.0, 4.0], [7.0, 6.0, 8.0], [8.0, 8.0, 6.0], [7.0, 4.0, 6.0]];
    let found = vector(&rows, &[BENEFIT; 3], &[0.3, 0.4, 0.3]);
    prints(&found.scores, &[0.5037, 0.6581, 0.7482, 0.3340], 1e-4);
}

/// Y. Ersoy, "Equipment selection for an e-commerce company using entropy-based TOPSIS, EDAS and CODAS methods",
/// *Log-Forum* 17 (2021) no. 3: closeness .308, .254, .327, .263, .857, .192 (printed weights are rounded).
#[test]
fn ersoy_2021() {
    let rows = [
        [256.0, 8.0, 41.0, 1.6, 1.77, 7347.16],
        [256.0, 8.0, 32.0, 1.0, 1.8, 6919.99],
        [256.0, 8.0, 53.0, 1.6, 1.9, 8400.0],
        [256.0, 8.0, 41.0, 1.0, 1.75, 6808.9],
        [512.0, 8.0, 35.0, 1.6, 1.7, 8479.99],
        [256.0, 4.0, 35.0, 1.6, 1.7, 7499.99],
    ];
    let directions = [BENEFIT, BENEFIT, BENEFIT, BENEFIT, COST, COST];
    let found = vector(&rows, &directions, &[0.405, 0.221, 0.134, 0.199, 0.007, 0.034]);
    prints(&found.scores, &[0.308, 0.254, 0.327, 0.263, 0.857, 0.192], 0.005);
}

/// S. Opricovic, G. H. Tzeng, EJOR 156 (2004) 445–455: the mountain climber. In the first units TOPSIS puts A1 before
/// A3, after an affine change of unit A3 before A1: the winner depends on the unit.
#[test]
fn the_climber_shows_that_units_matter() {
    let first = vector(
        &[[1.0, 3000.0], [2.0, 3750.0], [5.0, 4500.0]],
        &[COST, BENEFIT],
        &[0.5, 0.5],
    );
    let second = vector(
        &[[6.0, 2.0], [7.0, 2.75], [10.0, 3.5]],
        &[COST, BENEFIT],
        &[0.5, 0.5],
    );
    let best = |scores: &[f64]| (0..3).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    assert_ne!(best(&first.scores), best(&second.scores));
}

/// The first edition's six scores at equal weights.
#[test]
fn the_first_table() {
    let rows = [[7.0, 9.0, 2.0, 8.0, 8.0, 8.0], [8.0, 3.0, 9.0, 9.0, 7.0, 9.0]];
    let found = vector(&rows, &[BENEFIT; 6], &[1.0 / 6.0; 6]);
    prints(&found.scores, &[0.45238, 0.54762], 5e-6);
}

#[test]
fn alike_is_half() {
    let found = vector(&[[0.3, 0.0], [0.1 + 0.2, 0.0]], &[BENEFIT, COST], &[0.5, 0.5]);
    prints(&found.scores, &[0.5, 0.5], 0.0);
}
