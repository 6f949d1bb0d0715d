use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn sound() -> Value {
    json!({
        "schema": "earnest.rank/1",
        "alternatives": ["Python", "Node.js"],
        "criteria": [
            {"name": "Performance", "direction": "benefit", "weight": 2.0, "scale": [0, 10],
             "preference": {"type": "linear", "q": 0, "p": 10}},
            {"name": "Cost", "direction": "cost", "scale": [0, 200]}
        ],
        "matrix": [[7, 165], [8, 160]],
        "methods": [
            "topsis",
            {"method": "weighted_sum", "normalization": "fixed", "outside": "error"},
            {"method": "smaa", "as": "shares", "draws": 1000, "seed": 7,
             "weights": {"type": "ordinal", "order": ["Cost", 0]}}
        ],
        "options": {"weighting": {"method": "roc", "order": [[0, 1]]}}
    })
}

fn read(value: &Value) -> Result<Problem, Rejection> {
    Problem::read(&value.to_string(), &Limits::COMMAND_LINE)
}

/// Puts a value at a pointer and expects the refusal.
fn refused(pointer: &str, value: &Value, code: &str, at: &str) {
    let mut problem = sound();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match problem.pointer_mut(parent).unwrap() {
        Value::Object(object) => {
            object.insert(key.to_owned(), value.clone());
        }
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
        other => panic!("{other}"),
    }
    expect(&problem, code, at);
}

fn expect(problem: &Value, code: &str, at: &str) {
    let rejection = read(problem).expect_err(&problem.to_string());
    assert_eq!(
        (rejection.code.as_str(), rejection.at.as_str()),
        (code, at),
        "{}",
        rejection.message
    );
    assert!(rejection.message.ends_with('.') && !rejection.message.is_empty());
}

#[test]
fn a_sound_problem_is_read() {
    let problem = read(&sound()).unwrap();
    assert_eq!(problem.alternatives, ["Python", "Node.js"]);
    assert_eq!(
        problem.criteria[0].preference,
        Preference::Linear { q: 0.0, p: 10.0 }
    );
    assert_eq!(
        (
            problem.criteria[1].direction,
            problem.criteria[1].weight.to_bits()
        ),
        (Direction::Cost, 1.0_f64.to_bits())
    );
    assert_eq!(
        problem.asked[0].method,
        Method::Topsis {
            normalization: Normalization::Vector
        }
    );
    let Method::Smaa(smaa) = &problem.asked[2].method else {
        panic!()
    };
    assert_eq!(
        (problem.asked[2].key.as_str(), smaa.draws, smaa.seed),
        ("shares", 1000, 7)
    );
    assert_eq!(
        (smaa.engine, &smaa.weights),
        (Engine::Auto, &Prior::Ordinal(vec![1, 0]))
    );
    assert_eq!(problem.weighting, Weighting::Centroid(vec![vec![0, 1]]));
    assert_eq!(problem.simulated_cells(), 4000);
}

#[test]
fn shape_comes_first() {
    let shapes = [
        ("/schema", json!("earnest.rank/2"), "/schema"),
        ("/colour", json!(1), "/colour"),
        ("/alternatives", json!([]), "/alternatives"),
        ("/alternatives", json!("Python"), "/alternatives"),
        ("/alternatives/1", json!(3), "/alternatives/1"),
        ("/alternatives", json!(["a"]), "/matrix"),
        ("/criteria", json!([]), "/criteria"),
        ("/criteria/0", json!("Cost"), "/criteria/0"),
        ("/criteria/0/color", json!(1), "/criteria/0/color"),
        ("/criteria/0/weight", json!("2"), "/criteria/0/weight"),
        ("/criteria/0/scale", json!([0]), "/criteria/0/scale"),
        ("/criteria/0/scale", json!([0, null]), "/criteria/0/scale/1"),
        (
            "/criteria/0/preference",
            json!({"type": "usual", "p": 1}),
            "/criteria/0/preference/p",
        ),
        ("/matrix", json!({}), "/matrix"),
        ("/matrix/1", json!([1]), "/matrix/1"),
        ("/matrix/1", json!(7), "/matrix/1"),
        ("/methods", json!([]), "/methods"),
        ("/methods/0", json!(5), "/methods/0"),
        ("/methods/0", json!({"as": "x"}), "/methods/0"),
        ("/methods/0", json!({"method": "vikor", "q": 1}), "/methods/0/q"),
        (
            "/methods/0",
            json!({"method": "smaa", "draws": 1.5}),
            "/methods/0/draws",
        ),
        (
            "/methods/0",
            json!({"method": "smaa", "draws": 100_000_001}),
            "/methods/0/draws",
        ),
        (
            "/methods/0",
            json!({"method": "smaa", "seed": -1}),
            "/methods/0/seed",
        ),
        (
            "/methods/0",
            json!({"method": "smaa", "weights": {"type": "dirichlet", "alpha": [1]}}),
            "/methods/0/weights/alpha",
        ),
        ("/options", json!({"x": 1}), "/options/x"),
        (
            "/options",
            json!({"weighting": {"method": "ahp", "pairwise": [[1, 1]]}}),
            "/options/weighting/pairwise",
        ),
    ];
    for (pointer, value, at) in shapes {
        refused(pointer, &value, "E_SHAPE", at);
    }
    for key in ["schema", "alternatives", "criteria", "matrix", "methods"] {
        let mut problem = sound();
        problem.as_object_mut().unwrap().remove(key);
        expect(&problem, "E_SHAPE", if key == "schema" { "/schema" } else { "" });
    }
}

#[test]
fn text_that_is_not_json_has_no_place() {
    for text in ["", "{", "[1]", "null", "{\"a\": 1e999}", "\u{0}", "{} {}"] {
        let rejection = Problem::read(text, &Limits::HTTP).unwrap_err();
        assert_eq!(
            (rejection.code, rejection.at.as_str()),
            (Code::Shape, if text == "{}" { "/schema" } else { "" })
        );
    }
    let huge = sound().to_string().replace("165", "1e999");
    let rejection = Problem::read(&huge, &Limits::HTTP).unwrap_err();
    assert!(rejection.code == Code::Shape && rejection.message.contains("too large"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line per rule")]
fn each_code_has_its_place() {
    let alone = |method: Value| json!([method]);
    refused("/alternatives/1", &json!("Python"), "E_NAME", "/alternatives/1");
    refused("/criteria/1/name", &json!("Performance"), "E_NAME", "/criteria/1");
    refused("/methods/1", &json!("topsis"), "E_NAME", "/methods/1");
    refused("/methods/2/as", &json!("topsis"), "E_NAME", "/methods/2");
    refused(
        "/criteria/0/direction",
        &json!("up"),
        "E_DIRECTION",
        "/criteria/0/direction",
    );
    refused(
        "/criteria/0/weight",
        &json!(-0.5),
        "E_WEIGHTS",
        "/criteria/0/weight",
    );
    refused("/matrix/1/0", &json!("7"), "E_VALUE", "/matrix/1/0");
    refused("/matrix/1/0", &json!(null), "E_VALUE", "/matrix/1/0");
    refused(
        "/matrix/1/0",
        &json!({"interval": [6, 7]}),
        "E_VALUE",
        "/matrix/1/0",
    );
    refused(
        "/matrix/1/0",
        &json!({"interval": [8, 7]}),
        "E_VALUE",
        "/matrix/1/0",
    );
    refused(
        "/matrix/1/0",
        &json!({"normal": [8, -1]}),
        "E_VALUE",
        "/matrix/1/0",
    );
    refused("/matrix/1/0", &json!({"normal": [8]}), "E_VALUE", "/matrix/1/0");
    refused("/matrix/1/0", &json!({"gamma": [8, 1]}), "E_VALUE", "/matrix/1/0");
    refused(
        "/criteria/0/scale",
        &json!([10, 0]),
        "E_SCALE",
        "/criteria/0/scale",
    );
    refused("/criteria/0/scale", &json!([0, 7.5]), "E_SCALE", "/matrix/1/0");
    for preference in [
        json!({"type": "linear", "q": 3, "p": 2}),
        json!({"type": "linear", "q": 1}),
    ] {
        refused(
            "/criteria/0/preference",
            &preference,
            "E_PREFERENCE",
            "/criteria/0/preference",
        );
    }
    refused(
        "/criteria/0/preference",
        &json!({"type": "vshape", "p": 0}),
        "E_PREFERENCE",
        "/criteria/0/preference/p",
    );
    refused(
        "/criteria/0/preference",
        &json!({"type": "ushape", "q": -1}),
        "E_PREFERENCE",
        "/criteria/0/preference/q",
    );
    refused(
        "/criteria/0/preference",
        &json!({"type": "gaussian", "s": 0}),
        "E_PREFERENCE",
        "/criteria/0/preference/s",
    );
    refused(
        "/criteria/0/preference",
        &json!({"type": "round"}),
        "E_PREFERENCE",
        "/criteria/0/preference/type",
    );
    refused(
        "/methods",
        &alone(json!({"method": "vikor", "v": 1.5})),
        "E_OPTION",
        "/methods/0/v",
    );
    refused(
        "/methods",
        &alone(json!({"method": "topsis", "normalization": "ratio"})),
        "E_OPTION",
        "/methods/0/normalization",
    );
    refused(
        "/methods",
        &alone(json!({"method": "weighted_sum", "normalization": "none"})),
        "E_OPTION",
        "/methods/0",
    );
    refused(
        "/methods",
        &alone(json!({"method": "smaa", "draws": 0})),
        "E_OPTION",
        "/methods/0/draws",
    );
    refused(
        "/methods",
        &alone(json!({"method": "smaa", "weights": {"type": "ordinal", "order": [0]}})),
        "E_OPTION",
        "/methods/0/weights/order",
    );
    refused(
        "/methods",
        &alone(json!({"method": "smaa", "weights": {"type": "dirichlet", "alpha": [1, 0]}})),
        "E_OPTION",
        "/methods/0/weights/alpha/1",
    );
    refused(
        "/options",
        &json!({"weighting": {"method": "roc"}}),
        "E_OPTION",
        "/options/weighting",
    );
    refused(
        "/options",
        &json!({"weighting": {"method": "roc", "order": [0, 0]}}),
        "E_OPTION",
        "/options/weighting/order",
    );
    refused(
        "/options",
        &json!({"weighting": {"method": "luck"}}),
        "E_OPTION",
        "/options/weighting/method",
    );
    refused(
        "/options",
        &json!({"weighting": {"method": "ahp", "pairwise": [[1, 3], [3, 1]]}}),
        "E_OPTION",
        "/options/weighting/pairwise/0/1",
    );
    refused("/methods/0", &json!("electre"), "E_METHOD", "/methods/0");
}

#[test]
fn the_earlier_code_wins() {
    let mut problem = sound();
    problem["methods"][0] = json!("electre");
    expect(&problem, "E_METHOD", "/methods/0");
    problem["methods"][1]["outside"] = json!("ignore");
    expect(&problem, "E_OPTION", "/methods/1/outside");
    problem["criteria"][0]["preference"]["q"] = json!(99);
    expect(&problem, "E_PREFERENCE", "/criteria/0/preference");
    problem["criteria"][1].as_object_mut().unwrap().remove("scale");
    expect(&problem, "E_SCALE", "/criteria/1");
    problem["matrix"][0][1] = json!("much");
    expect(&problem, "E_VALUE", "/matrix/0/1");
    problem["criteria"][0]["weight"] = json!(0);
    problem["criteria"][1]["weight"] = json!(0);
    expect(&problem, "E_WEIGHTS", "/criteria");
    problem["criteria"][1]["direction"] = json!("down");
    expect(&problem, "E_DIRECTION", "/criteria/1/direction");
    problem["alternatives"][1] = json!("Python");
    expect(&problem, "E_NAME", "/alternatives/1");
    problem["matrix"][1] = json!([]);
    expect(&problem, "E_SHAPE", "/matrix/1");
}

#[test]
fn limits_hold() {
    let many = |alternatives: usize, criteria: usize| {
        let mut problem = sound();
        problem["alternatives"] = (0..alternatives).map(|i| json!(i.to_string())).collect();
        problem["criteria"] = (0..criteria)
            .map(|j| json!({"name": j.to_string(), "direction": "benefit"}))
            .collect();
        problem["matrix"] = (0..alternatives).map(|_| json!(vec![1; criteria])).collect();
        problem["methods"] = json!(["vikor"]);
        problem.as_object_mut().unwrap().remove("options");
        problem
    };
    assert!(read(&many(1000, 3)).is_ok());
    expect(&many(10_001, 1), "E_SHAPE", "/alternatives");
    expect(&many(1, 1001), "E_SHAPE", "/criteria");
    expect(&many(1001, 1000), "E_SHAPE", "/matrix");
    let mut simulated = many(1001, 2);
    simulated["methods"] = json!([{"method": "smaa", "value": "none"}]);
    expect(&simulated, "E_SHAPE", "/methods/0");
    let mut drawn = sound();
    drawn["methods"][2]["draws"] = json!(1_000_001);
    assert!(read(&drawn).is_ok());
    let rejection = Problem::read(&drawn.to_string(), &Limits::HTTP).unwrap_err();
    assert_eq!(
        (rejection.code, rejection.at.as_str()),
        (Code::Shape, "/methods/2/draws")
    );
}

#[test]
fn uncertain_cells_are_for_smaa_alone() {
    let mut problem = sound();
    problem["matrix"][0][1] = json!({"lognormal": [5.1, 0.1]});
    problem["methods"] = json!(["smaa"]);
    assert!(read(&problem).unwrap().is_uncertain());
    problem["methods"] = json!([{"method": "smaa", "engine": "exact"}]);
    expect(&problem, "E_OPTION", "/methods/0");
    problem["methods"] = json!(["smaa"]);
    problem["options"] = json!({"weighting": {"method": "critic"}});
    expect(&problem, "E_VALUE", "/matrix/0/1");
}

#[test]
fn a_rejection_is_the_contracts_error_object() {
    let mut problem = sound();
    problem["matrix"][1][0] = json!([]);
    let rejection = read(&problem).unwrap_err();
    assert_eq!(
        serde_json::to_string(&rejection).unwrap(),
        "{\"schema\":\"earnest.error/1\",\"code\":\"E_VALUE\",\"message\":\"Write a number here.\",\"at\":\"/matrix/1/0\"}"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z_/~]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z_/~]{0,8}", inner), 0..3)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// Every pointer into a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| pointers(value, &format!("{at}/{key}"), found)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is put wherever, reading ends with a problem or a refusal at a place that exists or should.
    #[test]
    fn mutated_problems_never_panic(place in any::<prop::sample::Index>(), value in any_json()) {
        let mut problem = sound();
        let mut all = Vec::new();
        pointers(&problem, "", &mut all);
        *problem.pointer_mut(&all[place.index(all.len())]).unwrap() = value;
        if let Err(rejection) = read(&problem) {
            let parent = rejection.at.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(problem.pointer(parent).is_some(), "{:?}", rejection);
        }
    }

    #[test]
    fn mutated_texts_never_panic(position in any::<prop::sample::Index>(), byte in any::<char>(), cut in any::<bool>()) {
        let mut text: Vec<char> = sound().to_string().chars().collect();
        let position = position.index(text.len());
        if cut { text.truncate(position) } else { text[position] = byte }
        let text: String = text.into_iter().collect();
        drop(Problem::read(&text, &Limits::HTTP));
    }
}
