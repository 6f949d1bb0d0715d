use serde_json::{Value, json};

use super::*;
use crate::problem::{Limits, Method};

/// The first edition's six scores as a problem with one analysis, options added.
fn first_table(options: &Value) -> Value {
    let mut method = json!({"method": "smaa"});
    for (key, value) in options.as_object().unwrap() {
        method[key] = value.clone();
    }
    let names = [
        "performance",
        "data",
        "full-stack",
        "talent",
        "learning",
        "ecosystem",
    ];
    let criteria: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "direction": "benefit", "scale": [0, 10]}))
        .collect();
    json!({
        "schema": "earnest.rank/1",
        "alternatives": ["Python", "Node.js"],
        "criteria": criteria,
        "matrix": [[7, 9, 2, 8, 8, 8], [8, 3, 9, 9, 7, 9]],
        "methods": [method]
    })
}

/// The same with hiring cost as seventh criterion.
fn with_cost(options: &Value, scale: [f64; 2], cells: [Value; 2]) -> Value {
    let mut problem = first_table(options);
    let cost = json!({"name": "cost", "direction": "cost", "scale": scale});
    problem["criteria"].as_array_mut().unwrap().push(cost);
    for (row, cell) in cells.into_iter().enumerate() {
        problem["matrix"][row].as_array_mut().unwrap().push(cell);
    }
    problem
}

fn solve(problem: &Value, threads: usize) -> Result<Analysis, Failure> {
    let problem = Problem::read(&problem.to_string(), &Limits::COMMAND_LINE).unwrap();
    let Method::Smaa(smaa) = &problem.asked[0].method else {
        panic!()
    };
    analyse(&problem, smaa, threads)
}

fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} {expected}");
}

/// Every figure of the reference table, exact and sampled.
#[test]
fn reference_figures() {
    let midpoints = [json!(165), json!(160)];
    let six = |value: &str| first_table(&json!({"value": value}));
    let seven = |value: &str, scale| with_cost(&json!({"value": value}), scale, midpoints.clone());
    for (problem, expected) in [
        (six("fixed"), 98_641.0 / 285_376.0),
        (six("minmax"), 3.0 / 16.0),
        (six("ratio"), 157_769_343.0 / 454_709_710.0),
        (six("sum"), 15_289_681.0 / 42_881_024.0),
        (seven("fixed", [100.0, 250.0]), 7_115_529.0 / 21_688_576.0),
        (seven("fixed", [130.0, 200.0]), 7_124_447.0 / 22_993_152.0),
        (seven("fixed", [0.0, 200.0]), 2_963_689.0 / 8_918_000.0),
        (seven("minmax", [0.0, 200.0]), 7.0 / 64.0),
        (
            seven("ratio", [0.0, 200.0]),
            142_599_109_257.0 / 428_791_256_530.0,
        ),
        (seven("sum", [0.0, 200.0]), 15_916_187_287.0 / 45_968_457_728.0),
    ] {
        let exact = solve(&problem, 1).unwrap();
        assert_eq!((exact.engine, exact.draws, exact.seed), ("exact", None, None));
        near(exact.rank_acceptability[0][0], expected, 1e-12);
        near(exact.pairwise_winning[0][1].unwrap(), expected, 1e-12);
        near(exact.expected_rank[0], 2.0 - expected, 1e-12);
        let mut sampled = problem;
        sampled["methods"][0]["engine"] = json!("monte_carlo");
        sampled["methods"][0]["draws"] = json!(100_000);
        let sampled = solve(&sampled, 2).unwrap();
        let error = sampled.standard_error.as_ref().unwrap()[0][0];
        near(sampled.rank_acceptability[0][0], expected, 5.0 * error);
        let [low, high] = sampled.acceptability_interval.as_ref().unwrap()[0][0];
        assert!(low < sampled.rank_acceptability[0][0] && sampled.rank_acceptability[0][0] < high);
        near(sampled.expected_rank[0], 2.0 - expected, 1e-12);
        for (exact, sampled) in exact
            .central_weights
            .iter()
            .flatten()
            .flatten()
            .zip(sampled.central_weights.iter().flatten().flatten())
        {
            near(*sampled, *exact, 0.006);
        }
    }
}

#[test]
fn ordered_priorities() {
    let first_talent = json!({"weights": {"type": "ordinal", "order": ["talent", "performance", "learning", "ecosystem", "data", "full-stack"]}});
    let exact = solve(&first_table(&first_talent), 1).unwrap();
    near(exact.rank_acceptability[0][0], 4096.0 / 77_571.0, 1e-12);
    let first_data = json!({"weights": {"type": "ordinal", "order": ["data", "performance", "talent", "learning", "ecosystem", "full-stack"]}});
    let exact = solve(&first_table(&first_data), 1).unwrap();
    assert!(exact.rank_acceptability[0][0] > 0.99);
    for (winner, central) in exact.central_weights.iter().enumerate() {
        let central = central.as_ref().unwrap();
        near(central.iter().sum(), 1.0, 1e-12);
        assert!(
            central[1] > central[0] && central[0] > central[3],
            "{winner} {central:?}"
        );
    }
    let mut sampled = first_data.clone();
    sampled["engine"] = json!("monte_carlo");
    let sampled = solve(&first_table(&sampled), 1).unwrap();
    near(
        sampled.rank_acceptability[0][0],
        exact.rank_acceptability[0][0],
        5e-4,
    );
    for (one, other) in exact.central_weights[0]
        .iter()
        .flatten()
        .zip(sampled.central_weights[0].iter().flatten())
    {
        near(*one, *other, 1e-3);
    }
}

/// Cost as the printed ranges, uniform, on the scale 130 to 200: the reference is a quadrature.
#[test]
fn cost_as_a_range() {
    let ranges = [json!({"interval": [130, 200]}), json!({"interval": [130, 190]})];
    let options = json!({"draws": 50_000});
    let found = solve(&with_cost(&options, [130.0, 200.0], ranges), 2).unwrap();
    assert_eq!(
        (found.engine, found.draws, found.seed),
        ("monte_carlo", Some(50_000), Some(42))
    );
    near(
        found.rank_acceptability[0][0],
        0.344_342_304_4,
        5.0 * found.standard_error.as_ref().unwrap()[0][0],
    );
    let factors = found.confidence_factor.unwrap();
    assert!(
        factors
            .iter()
            .flatten()
            .all(|factor| *factor > 0.5 && *factor <= 1.0)
    );
}

/// A Dirichlet prior with all parameters 1 is the uniform one; whole parameters are exact, others sampled.
#[test]
fn dirichlet_priors() {
    let prior = |alpha: [f64; 6]| {
        first_table(&json!({"draws": 50_000, "weights": {"type": "dirichlet", "alpha": alpha}}))
    };
    let ones = solve(&prior([1.0; 6]), 1).unwrap();
    near(ones.rank_acceptability[0][0], 98_641.0 / 285_376.0, 1e-12);
    let whole = solve(&prior([2.0, 1.0, 3.0, 1.0, 1.0, 2.0]), 1).unwrap();
    assert_eq!(whole.engine, "exact");
    let close = solve(&prior([2.000_001, 1.0, 3.0, 1.0, 1.0, 2.0]), 2).unwrap();
    assert_eq!(close.engine, "monte_carlo");
    near(
        close.rank_acceptability[0][0],
        whole.rank_acceptability[0][0],
        5.0 * close.standard_error.unwrap()[0][0],
    );
    near(
        close.pairwise_winning[0][1].unwrap(),
        close.rank_acceptability[0][0],
        1e-12,
    );
    for (one, other) in whole
        .central_weights
        .iter()
        .flatten()
        .flatten()
        .zip(close.central_weights.iter().flatten().flatten())
    {
        near(*one, *other, 1e-2);
    }
}

fn several(matrix: &[&[f64]], options: &Value) -> Value {
    let mut problem = first_table(options);
    problem["alternatives"] = (0..matrix.len()).map(|i| json!(i.to_string())).collect();
    problem["criteria"] = (0..matrix[0].len())
        .map(|j| json!({"name": j.to_string(), "direction": "benefit", "scale": [0, 10]}))
        .collect();
    problem["matrix"] = json!(matrix);
    problem
}

fn check_sums(analysis: &Analysis) {
    let places = &analysis.rank_acceptability;
    for (index, row) in places.iter().enumerate() {
        near(row.iter().sum(), 1.0, 1e-9);
        near(places.iter().map(|row| row[index]).sum(), 1.0, 1e-9);
        let expected: f64 = row
            .iter()
            .enumerate()
            .map(|(place, share)| count(place + 1) * share)
            .sum();
        near(
            expected,
            analysis.expected_rank[index],
            if analysis.engine == "exact" { 1e-9 } else { 0.03 },
        );
    }
}

/// Equal alternatives share their places: rows and columns sum to one, exact and sampled.
#[test]
fn equal_alternatives_split_their_places() {
    let rows: [&[f64]; 5] = [
        &[7.0, 2.0, 5.0],
        &[3.0, 9.0, 4.0],
        &[7.0, 2.0, 5.0],
        &[1.0, 8.0, 9.0],
        &[0.1 + 0.2, 0.0, 0.0],
    ];
    for engine in ["exact", "monte_carlo"] {
        let found = solve(&several(&rows, &json!({"engine": engine, "draws": 20_000})), 1).unwrap();
        assert_eq!(found.engine, engine);
        check_sums(&found);
        assert_eq!(found.rank_acceptability[0], found.rank_acceptability[2]);
        near(found.pairwise_winning[0][2].unwrap(), 0.5, 0.0);
        near(found.rank_acceptability[4][4], 1.0, 1e-9);
        assert_eq!(
            (found.pairwise_winning[1][1], found.central_weights[4].as_ref()),
            (None, None)
        );
    }
    let same = solve(&several(&[&[1.0, 2.0], &[1.0, 2.0]], &json!({})), 1).unwrap();
    assert_eq!(same.rank_acceptability, vec![vec![0.5; 2]; 2]);
    let alone = solve(&several(&[&[1.0, 2.0]], &json!({})), 1).unwrap();
    assert_eq!(
        (alone.rank_acceptability, alone.expected_rank),
        (vec![vec![1.0]], vec![1.0])
    );
    near(alone.central_weights[0].as_ref().unwrap()[0], 0.5, 1e-12);
}

#[test]
fn too_large_for_exact_is_said() {
    let rows: Vec<Vec<f64>> = (0..8)
        .map(|i| {
            (0..12)
                .map(|j| count((i * 7 + j * j * 3 + i * i * j) % 11) / 1.1)
                .collect()
        })
        .collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    // A dense problem of this size has far more pieces than the budget allows.
    let corners = Matrix::from_rows(&rows);
    assert!(
        simplex::all_places(
            &corners,
            &[1; 8],
            simplex::Budget {
                pieces: 2_000,
                cells: 100_000_000
            }
        )
        .is_none()
    );
    let found = solve(
        &several(&rows, &json!({"engine": "monte_carlo", "draws": 20_000})),
        1,
    )
    .unwrap();
    check_sums(&found);
}

/// Same seed, same bytes, on any number of threads; another seed, other numbers.
#[test]
fn threads_change_no_byte() {
    let cells = [json!({"normal": [165, 10]}), json!({"lognormal": [5.1, 0.1]})];
    let uncertain = with_cost(&json!({"draws": 66_000}), [0.0, 300.0], cells);
    let plain = first_table(&json!({"engine": "monte_carlo", "draws": 200_000}));
    for problem in [uncertain, plain] {
        let text = |threads| serde_json::to_string(&solve(&problem, threads).unwrap()).unwrap();
        let one = text(1);
        assert_eq!(one, text(2));
        assert_eq!(one, text(4));
        let mut other = problem.clone();
        other["methods"][0]["seed"] = json!(43);
        assert_ne!(one, serde_json::to_string(&solve(&other, 1).unwrap()).unwrap());
    }
}

#[test]
fn positive_values_are_asked_for() {
    for cell in [
        json!({"normal": [165, 10]}),
        json!({"interval": [0, 10]}),
        json!(-1),
    ] {
        let problem = with_cost(&json!({"value": "ratio"}), [0.0, 200.0], [cell, json!(160)]);
        assert_eq!(solve(&problem, 1).unwrap_err().code(), "E_DOMAIN");
    }
    let lognormal = with_cost(
        &json!({"value": "sum", "draws": 5000}),
        [0.0, 200.0],
        [json!({"lognormal": [5.1, 0.1]}), json!(160)],
    );
    check_sums(&solve(&lognormal, 1).unwrap());
}

#[test]
fn wilson_intervals() {
    let [low, high] = wilson(0.5, 100.0);
    near(low, 0.403_832, 1e-6);
    near(high, 0.596_168, 1e-6);
    near(wilson(0.0, 1000.0)[1], 0.003, 1e-15);
    near(wilson(1.0, 1000.0)[0], 0.997, 1e-15);
}
