use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn criteria(directions: &[bool]) -> Vec<Value> {
    let preferences = [
        json!({"type": "usual"}),
        json!({"type": "linear", "q": 1, "p": 5}),
        json!({"type": "gaussian", "s": 2}),
        json!({"type": "level", "q": 1, "p": 3}),
    ];
    let criterion = |(index, cost): (usize, &bool)| {
        json!({
            "name": format!("c{index}"),
            "direction": if *cost { "cost" } else { "benefit" },
            "weight": index + 1,
            "scale": [-1e3, 1e3],
            "preference": preferences[index % 4]
        })
    };
    directions.iter().enumerate().map(criterion).collect()
}

const METHODS: [&str; 12] = [
    r#"{"method": "weighted_sum", "as": "fixed", "normalization": "fixed", "outside": "extend"}"#,
    r#"{"method": "weighted_sum", "as": "clip", "normalization": "fixed", "outside": "clip"}"#,
    r#"{"method": "weighted_sum", "as": "minmax", "normalization": "minmax"}"#,
    r#"{"method": "weighted_sum", "as": "vector", "normalization": "vector"}"#,
    r#"{"method": "weighted_sum", "as": "ratio", "normalization": "ratio"}"#,
    r#"{"method": "weighted_product", "normalization": "sum"}"#,
    r#""topsis""#,
    r#"{"method": "topsis", "as": "topsis minmax", "normalization": "minmax"}"#,
    r#""vikor""#,
    r#""promethee2""#,
    r#"{"method": "stability", "of": "promethee2"}"#,
    r#"{"method": "smaa", "value": "minmax", "draws": 500, "engine": "monte_carlo"}"#,
];

fn problem(matrix: &[Vec<f64>], directions: &[bool]) -> Value {
    json!({
        "schema": "earnest.rank/1",
        "alternatives": (0..matrix.len()).map(|index| format!("a{index}")).collect::<Vec<_>>(),
        "criteria": criteria(directions),
        "matrix": matrix,
        "methods": METHODS.iter().map(|text| serde_json::from_str(text).unwrap()).collect::<Vec<Value>>()
    })
}

fn solve(problem: &Value) -> Value {
    let text = serde_json::to_string(&answer(&problem.to_string(), &Limits::HTTP, 1).unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The whole answer to the first edition's table, to the byte: keys in the order of the contract.
#[test]
fn the_answer_follows_the_contract() {
    let problem = r#"{
        "schema": "earnest.rank/1",
        "alternatives": ["A", "B"],
        "criteria": [
            {"name": "x", "direction": "benefit", "scale": [0, 8]},
            {"name": "y", "direction": "benefit", "scale": [0, 8], "weight": 3}
        ],
        "matrix": [[6, 2], [2, 6]],
        "methods": ["topsis", "weighted_sum", "vikor", "promethee2", "smaa", "stability",
                    {"method": "weighted_product", "as": "product"}]
    }"#;
    let text = serde_json::to_string(&answer(problem, &Limits::HTTP, 1).unwrap()).unwrap();
    let keys: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let expected = "schema earnest.rank-result/1 weights results \
        topsis scores higher_is_better ranking rank d_plus d_minus \
        weighted_sum scores higher_is_better ranking rank \
        vikor scores higher_is_better ranking rank S R dq acceptable_advantage acceptable_stability compromise_set \
        promethee2 scores higher_is_better ranking rank phi_plus phi_minus \
        smaa engine exact draws seed rank_acceptability standard_error central_weights pairwise_winning expected_rank \
        stability of weighted_sum winner intervals criterion weight low high challenger_low challenger_high \
        criterion weight low high challenger_low challenger_high \
        product scores higher_is_better ranking rank";
    assert_eq!(keys, expected.split_whitespace().collect::<Vec<_>>());
    assert!(text.contains(r#""weighted_sum":{"scores":[0.375,0.625],"higher_is_better":true,"ranking":[[1],[0]],"rank":[2,1]}"#), "{text}");
    assert!(text.contains(r#""smaa":{"engine":"exact","draws":null,"seed":null,"rank_acceptability":[[0.5,0.5],[0.5,0.5]],"standard_error":null"#));
    assert!(text.contains(r#""pairwise_winning":[[null,0.5],[0.5,null]],"expected_rank":[1.5,1.5]}"#));
    assert!(text.contains(r#""stability":{"of":"weighted_sum","winner":1,"intervals":[{"criterion":0,"weight":0.25,"low":0.0,"high":0.5,"challenger_low":null,"challenger_high":0}"#));
}

#[test]
fn a_method_may_fail_alone() {
    let mut problem = problem(&[vec![1.0, -2.0], vec![3.0, 4.0]], &[false, true]);
    let found = solve(&problem);
    for key in ["ratio", "weighted_product"] {
        assert_eq!(found["results"][key], json!({"error": "E_DOMAIN"}));
    }
    assert!(found["results"]["topsis"]["scores"].is_array());
    problem["options"] = json!({"weighting": {"method": "entropy"}});
    let found = solve(&problem);
    assert_eq!(
        (&found["weights"], &found["results"]["topsis"]),
        (&Value::Null, &json!({"error": "E_DOMAIN"}))
    );
    assert!(found["results"]["smaa"]["expected_rank"].is_array());
    assert!(answer("{}", &Limits::HTTP, 1).is_err());
}

#[test]
fn comparisons_report_their_consistency() {
    let mut problem = problem(&[vec![1.0, 2.0], vec![3.0, 4.0]], &[false, true]);
    problem["options"] = json!({"weighting": {"method": "ahp", "pairwise": [[1, 3], [0.333_333, 1]]}});
    let found = solve(&problem);
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-5;
    assert!(near(&found["weights"][0], 0.75) && near(&found["ahp"]["lambda_max"], 2.0));
    assert!(near(&found["ahp"]["cr"], 0.0) && near(&found["ahp"]["ci"], 0.0));
}

fn check_numbers(value: &Value) {
    match value {
        Value::Null => panic!("a number was not finite"),
        Value::Array(list) => list.iter().for_each(check_numbers),
        _ => {}
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -100.0..100.0_f64,
        2 => (-9_i8..9).prop_map(f64::from),
        1 => prop::sample::select(vec![0.0, -0.0, 1e300, -1e300, 1e-300, 1.7e308, -1.7e308, 5e-324, 0.1 + 0.2, 0.3]),
    ]
}

fn table() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<bool>)> {
    (1_usize..6, 1_usize..5).prop_flat_map(|(alternatives, criteria)| {
        let matrix = prop::collection::vec(prop::collection::vec(number(), criteria), alternatives);
        (matrix, prop::collection::vec(any::<bool>(), criteria))
    })
}

fn scores(found: &Value, key: &str) -> Vec<f64> {
    let list = found["results"][key]["scores"].as_array();
    list.map_or(Vec::new(), |list| {
        list.iter().map(|score| score.as_f64().unwrap()).collect()
    })
}

const SCORED: [&str; 10] = [
    "fixed",
    "clip",
    "minmax",
    "vector",
    "ratio",
    "weighted_product",
    "topsis",
    "topsis minmax",
    "vikor",
    "promethee2",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the numbers, no answer holds a NaN or an infinity (which JSON would show as null).
    #[test]
    fn never_not_a_number((matrix, directions) in table()) {
        let found = solve(&problem(&matrix, &directions));
        for key in SCORED.iter().chain(&["stability"]) {
            let result = &found["results"][key];
            for part in ["scores", "d_plus", "d_minus", "S", "R", "phi_plus", "phi_minus"] {
                check_numbers(result.get(part).unwrap_or(&json!([])));
            }
        }
        for interval in found["results"]["stability"]["intervals"].as_array().unwrap() {
            prop_assert!(interval["low"].is_number() && interval["high"].is_number());
        }
        check_numbers(&found["results"]["smaa"]["rank_acceptability"]);
        check_numbers(&found["results"]["smaa"]["expected_rank"]);
    }

    /// Turning the alternatives round turns the scores round; so does turning the criteria round with their weights.
    #[test]
    fn order_does_not_matter(
        matrix in prop::collection::vec(prop::collection::vec(0.5..100.0_f64, 3), 2..6),
        directions in prop::collection::vec(any::<bool>(), 3),
    ) {
        let first = problem(&matrix, &directions);
        let found = solve(&first);
        let mut turned = matrix.clone();
        turned.rotate_left(1);
        let other = solve(&problem(&turned, &directions));
        let mut sideways = first.clone();
        sideways["criteria"].as_array_mut().unwrap().rotate_left(1);
        for row in sideways["matrix"].as_array_mut().unwrap() {
            row.as_array_mut().unwrap().rotate_left(1);
        }
        let across = solve(&sideways);
        for key in SCORED {
            let mut expected = scores(&found, key);
            for (score, expected) in scores(&across, key).iter().zip(&expected) {
                prop_assert!((score - expected).abs() <= 1e-9, "{}", key);
            }
            expected.rotate_left(1);
            for (score, expected) in scores(&other, key).iter().zip(&expected) {
                prop_assert!((score - expected).abs() <= 1e-9, "{}", key);
            }
        }
    }

    /// Raw weights count by their proportions only.
    #[test]
    fn scaled_weights_change_nothing((matrix, directions) in table(), exponent in -900_i32..900) {
        let first = problem(&matrix, &directions);
        let mut scaled = first.clone();
        for criterion in scaled["criteria"].as_array_mut().unwrap() {
            criterion["weight"] = json!(criterion["weight"].as_f64().unwrap() * 2.0_f64.powi(exponent));
        }
        prop_assert_eq!(solve(&first), solve(&scaled));
    }

    /// Rows that are equal but for rounding share their place in every method.
    #[test]
    fn identical_rows_tie((mut matrix, directions) in table(), noise in any::<bool>()) {
        let mut copy = matrix[0].clone();
        if noise {
            copy.iter_mut().filter(|cell| cell.abs() < 1e300).for_each(|cell| *cell *= 1.0 + f64::EPSILON);
        }
        matrix.push(copy);
        let found = solve(&problem(&matrix, &directions));
        for key in SCORED {
            let rank = &found["results"][key]["rank"];
            prop_assert_eq!(&rank[0], &rank[matrix.len() - 1], "{} {}", key, found["results"][key]);
        }
        let places = &found["results"]["smaa"]["rank_acceptability"];
        prop_assert_eq!(&places[0], &places[matrix.len() - 1]);
    }

    /// What is at least as good on every criterion is never behind.
    #[test]
    fn dominance_is_respected(
        mut matrix in prop::collection::vec(prop::collection::vec(1.0..100.0_f64, 3), 1..5),
        better in prop::collection::vec(0.0..0.5_f64, 3),
        directions in prop::collection::vec(any::<bool>(), 3),
    ) {
        let winner = matrix[0].iter().zip(&better).zip(&directions);
        let winner = winner.map(|((value, part), cost)| if *cost { value * (1.0 - part) } else { value * (1.0 + part) });
        let winner: Vec<f64> = winner.collect();
        matrix.push(winner);
        let found = solve(&problem(&matrix, &directions));
        for key in SCORED {
            let rank = &found["results"][key]["rank"];
            prop_assert!(rank[matrix.len() - 1].as_u64() <= rank[0].as_u64(), "{} {}", key, found["results"][key]);
        }
    }
}
