use proptest::prelude::*;

use super::*;
use crate::arithmetic::dot;

fn criterion(direction: Direction, preference: Preference) -> Criterion {
    Criterion {
        name: String::new(),
        direction,
        weight: 1.0,
        scale: None,
        preference,
    }
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

/// The power station example: Italy, Belgium, Germany, Sweden, Austria, France.
fn power_stations() -> (Matrix, Vec<Criterion>) {
    let rows = [
        [80.0, 90.0, 6.0, 5.4, 8.0, 5.0],
        [65.0, 58.0, 2.0, 9.7, 1.0, 1.0],
        [83.0, 60.0, 4.0, 7.2, 4.0, 7.0],
        [40.0, 80.0, 10.0, 7.5, 7.0, 10.0],
        [52.0, 72.0, 6.0, 2.0, 3.0, 8.0],
        [94.0, 96.0, 7.0, 3.6, 5.0, 6.0],
    ];
    let criteria = vec![
        criterion(Direction::Cost, Preference::UShape { q: 10.0 }),
        criterion(Direction::Benefit, Preference::VShape { p: 30.0 }),
        criterion(Direction::Cost, Preference::Linear { q: 0.5, p: 5.0 }),
        criterion(Direction::Cost, Preference::Level { q: 1.0, p: 6.0 }),
        criterion(Direction::Cost, Preference::Usual),
        criterion(Direction::Benefit, Preference::Gaussian { s: 5.0 }),
    ];
    (Matrix::from_rows(&rows), criteria)
}

/// J. P. Brans, P. Vincke, B. Mareschal, EJOR 24 (1986) 228–238: the flows follow from the paper's table of π(a, b),
/// printed to three digits; all six preference functions in one example.
#[test]
fn brans_vincke_and_mareschal_1986() {
    let printed = [
        [0.0, 0.296, 0.250, 0.268, 0.100, 0.185],
        [0.462, 0.0, 0.389, 0.333, 0.296, 0.500],
        [0.236, 0.180, 0.0, 0.333, 0.056, 0.429],
        [0.399, 0.505, 0.305, 0.0, 0.223, 0.212],
        [0.444, 0.515, 0.487, 0.380, 0.0, 0.448],
        [0.286, 0.399, 0.250, 0.432, 0.133, 0.0],
    ];
    let (values, criteria) = power_stations();
    let found = flows(&values, &criteria, &[1.0 / 6.0; 6]);
    let plus: Vec<f64> = printed.iter().map(|row| row.iter().sum::<f64>() / 5.0).collect();
    let minus: Vec<f64> = (0..6)
        .map(|column| printed.iter().map(|row| row[column]).sum::<f64>() / 5.0)
        .collect();
    prints(&found.plus, &plus, 1e-3);
    prints(&found.minus, &minus, 1e-3);
    let order = crate::ranking::Ranking::new(&found.scores, crate::ranking::Best::Highest).tiers;
    assert_eq!(order, vec![vec![4], vec![1], vec![3], vec![5], vec![2], vec![0]]);
}

/// B. Mareschal, EJOR 33 (1988) 54–64, on the same example: with 50 % for power France is best, with 55 % for villages
/// Belgium is. The intervals end at 0.405 and 0.507.
#[test]
fn mareschal_1988() {
    let (values, criteria) = power_stations();
    let net = net_flows(&values, &criteria);
    let intervals = crate::flip::stability(&net, &[1.0 / 6.0; 6], 4);
    assert_eq!(
        (intervals[1].challenger_high, intervals[4].challenger_high),
        (Some(5), Some(1))
    );
    prints(&[intervals[1].high, intervals[4].high], &[0.405, 0.507], 5e-4);
    for (heavy, weight, best) in [(1, 0.50, 5), (4, 0.55, 1)] {
        let mut weights = [(1.0 - weight) / 5.0; 6];
        weights[heavy] = weight;
        let scores: Vec<f64> = net.rows().map(|row| dot(row, &weights)).collect();
        assert_eq!(
            (0..6).max_by(|&a, &b| scores[a].total_cmp(&scores[b])),
            Some(best)
        );
    }
}

/// J. Papathanasiou, N. Ploskas, Multiple Criteria Decision Aid (2018), chapter "PROMETHEE": six facility locations,
/// linear preference with q = 1 and p = 2, net flows to two digits.
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
    let criteria = vec![criterion(Direction::Benefit, Preference::Linear { q: 1.0, p: 2.0 }); 4];
    let found = flows(&Matrix::from_rows(&rows), &criteria, &[0.4, 0.3, 0.1, 0.2]);
    prints(&found.scores, &[-0.26, -0.52, -0.22, 0.36, 0.70, -0.06], 5.1e-3);
}

/// The first edition's six scores at equal weights: ∓ 1/3.
#[test]
fn the_first_table() {
    let rows = [[7.0, 9.0, 2.0, 8.0, 8.0, 8.0], [8.0, 3.0, 9.0, 9.0, 7.0, 9.0]];
    let criteria = vec![criterion(Direction::Benefit, Preference::Usual); 6];
    let found = flows(&Matrix::from_rows(&rows), &criteria, &[1.0 / 6.0; 6]);
    prints(&found.scores, &[-1.0 / 3.0, 1.0 / 3.0], 1e-12);
}

#[test]
fn one_alternative_has_no_flow() {
    let criteria = [criterion(Direction::Cost, Preference::Gaussian { s: 1.0 })];
    prints(
        &flows(&Matrix::from_rows(&[[3.0]]), &criteria, &[1.0]).scores,
        &[0.0],
        0.0,
    );
}

/// A difference that equals a threshold except for rounding equals it: 0.9 − 0.7 is not more than 0.2.
#[test]
fn borders_allow_for_rounding() {
    let values = Matrix::from_rows(&[[0.7], [0.9], [0.1 + 0.2], [0.3]]);
    let step = flows(
        &values,
        &[criterion(Direction::Benefit, Preference::UShape { q: 0.2 })],
        &[1.0],
    );
    prints(&step.plus, &[2.0 / 3.0, 2.0 / 3.0, 0.0, 0.0], 1e-12);
    let usual = flows(
        &values,
        &[criterion(Direction::Benefit, Preference::Usual)],
        &[1.0],
    );
    prints(&usual.scores, &[1.0 / 3.0, 1.0, -2.0 / 3.0, -2.0 / 3.0], 1e-12);
}

/// The definition, pair by pair.
fn preference(difference: f64, preference: Preference) -> f64 {
    let step = |threshold: f64| if difference > threshold + 1e-9 { 1.0 } else { 0.0 };
    match preference {
        _ if difference <= 0.0 => 0.0,
        Preference::Usual => step(0.0),
        Preference::UShape { q } => step(q),
        Preference::VShape { p } => (difference / p).min(1.0),
        Preference::Level { q, p } => 0.5 * (step(q) + step(p)),
        Preference::Linear { q, p } if p > q => ((difference - q) / (p - q)).clamp(0.0, 1.0),
        Preference::Linear { p, .. } => step(p),
        Preference::Gaussian { s } => 1.0 - (-difference * difference / (2.0 * s * s)).exp(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// One sort and prefix sums give what all pairs give.
    #[test]
    fn sorted_equals_the_definition(
        column in prop::collection::vec(-40_i16..40, 1..30),
        q in 0_u8..20,
        more in 0_u8..20,
        kind in 0_usize..6,
        cost in any::<bool>(),
    ) {
        let (q, p) = (f64::from(q) / 4.0, f64::from(q + more).max(1.0) / 4.0);
        let kinds = [
            Preference::Usual,
            Preference::UShape { q },
            Preference::VShape { p },
            Preference::Level { q: q.min(p), p },
            Preference::Linear { q: q.min(p), p },
            Preference::Gaussian { s: p },
        ];
        let direction = if cost { Direction::Cost } else { Direction::Benefit };
        let sign = if cost { -1.0 } else { 1.0 };
        let column: Vec<f64> = column.into_iter().map(|value| f64::from(value) / 8.0).collect();
        let rows: Vec<[f64; 1]> = column.iter().map(|value| [*value]).collect();
        let found = flows(&Matrix::from_rows(&rows), &[criterion(direction, kinds[kind])], &[1.0]);
        let others = (count(column.len()) - 1.0).max(1.0);
        for (index, value) in column.iter().enumerate() {
            let plus: f64 = column.iter().map(|other| preference(sign * (value - other), kinds[kind])).sum();
            let minus: f64 = column.iter().map(|other| preference(sign * (other - value), kinds[kind])).sum();
            prop_assert!((found.plus[index] - plus / others).abs() <= 1e-12, "{} {}", found.plus[index], plus / others);
            prop_assert!((found.minus[index] - minus / others).abs() <= 1e-12);
        }
    }
}
