//! What a query string may set, and that it comes back as it went (C17, and the table of the JSON API).

use proptest::prelude::*;

use super::elsewhere::whole_percents;
use super::*;
use crate::comparison::{Analysis, analyse};
use crate::content::tests::{SEED, pairs, read};
use crate::content::{Catalogue, embedded};
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| read(&embedded()));

fn comparison() -> &'static Comparison {
    CATALOGUE.comparison(SEED).unwrap()
}

fn parse(query: &str) -> Result<State, Vec<SettingFault>> {
    State::parse(comparison(), &pairs(query))
}

fn state(query: &str) -> State {
    parse(query).unwrap_or_else(|faults| panic!("{query}: {faults:?}"))
}

fn codes(query: &str) -> Vec<(String, &'static str)> {
    let faults = parse(query).expect_err(query);
    for fault in &faults {
        assert!(fault.sentence.ends_with(['.', '"', '0']) || !fault.sentence.is_empty());
    }
    faults.into_iter().map(|f| (f.key, f.code)).collect()
}

fn judged(state: State) -> Analysis<'static> {
    analyse(&CATALOGUE, comparison(), state).unwrap()
}

#[test]
fn the_bare_page_has_equal_weights_and_an_empty_query() {
    let bare = state("");
    assert_eq!(bare.weights, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!(
        (bare.edition.as_str(), bare.preset.as_deref()),
        ("5", Some(EQUAL))
    );
    assert_eq!(bare.query(comparison()), "");
}

#[test]
fn a_weight_is_a_plain_number_from_0_to_1000_with_at_most_6_decimals() {
    for good in ["0", "1000", "1000.0", "0.000001", "3.5", "007", "999.999999"] {
        let weights = state(&format!("w.performance={good}")).weights;
        assert_eq!(weights[..1], [good.parse::<f64>().unwrap()], "{good}");
    }
    let bad = [
        "",
        "-1",
        "1000.000001",
        "1001",
        "0.0000001",
        "1e2",
        "NaN",
        "inf",
        "abc",
        "1,5",
        " 1",
        "+1",
        "1.2.3",
        "0x10",
        ".",
        "٣",
        "1e999",
        "99999999999999999999999",
    ];
    for bad in bad {
        assert_eq!(
            codes(&format!("w.performance={bad}")),
            [("w.performance".to_owned(), "E_WEIGHT")],
            "{bad}"
        );
    }
}

#[test]
fn all_weights_zero_compare_nothing() {
    let zero: Vec<String> = comparison()
        .text
        .criteria
        .iter()
        .map(|c| format!("w.{c}=0"))
        .collect();
    assert_eq!(codes(&zero.join("&")), [("weights".to_owned(), "E_WEIGHTS_ZERO")]);
    let cost = format!("{}&w.hiring-cost=0.000001", zero[..6].join("&"));
    assert_eq!(state(&cost).weights[6..], [0.000_001]);
}

/// Every wrong setting is told, not the first alone; an unknown edition hides none of the others.
#[test]
fn all_wrong_settings_are_told_at_once() {
    let query = "edition=9&scores=mine&preset=none&w.speed=1&w.talent=-3&must=numpy,cheap&must=flashy&region=mars\
                 &weeks=0&hours=81&employer=x&fee=50.1";
    let expected = [
        ("edition", "E_EDITION"),
        ("scores", "E_SCORES"),
        ("preset", "E_PRESET"),
        ("w.speed", "E_CRITERION"),
        ("w.talent", "E_WEIGHT"),
        ("must", "E_MUST"),
        ("must", "E_MUST"),
        ("region", "E_REGION"),
        ("weeks", "E_BRIDGE"),
        ("hours", "E_BRIDGE"),
        ("employer", "E_BRIDGE"),
        ("fee", "E_BRIDGE"),
    ];
    assert_eq!(codes(query), expected.map(|(key, code)| (key.to_owned(), code)));
}

#[test]
fn unknown_keys_are_ignored() {
    assert_eq!(
        state("utm_source=x&w=3&weight.performance=2&Preset=none&set=1&=&x"),
        state("")
    );
}

#[test]
fn the_last_of_a_repeated_key_wins() {
    assert_eq!(state("w.talent=5&w.talent=2").weights[3..4], [2.0]);
    assert_eq!(state("edition=2&edition=1").edition, "1");
    assert_eq!(state("scores=editor&scores=evidence").scores, Scores::Evidence);
    assert_eq!(state("region=ua&region=world").region.as_deref(), Some("world"));
    assert_eq!(
        state("preset=data-and-ml&preset=plain-api").preset.as_deref(),
        Some("plain-api")
    );
}

#[test]
fn weights_lie_over_a_preset() {
    let state = state("preset=data-and-ml&w.full-stack=2");
    assert_eq!(state.weights, [1.0, 3.0, 2.0, 1.0, 1.0, 1.0, 0.0]);
    assert_eq!(state.preset, None);
}

/// Weights in the proportions of a preset are that preset, however they were written.
#[test]
fn a_preset_is_known_by_its_proportions() {
    let query = "w.performance=2&w.data-science=6&w.full-stack=0&w.talent=2&w.learning-curve=2&w.ecosystem=2";
    let state = state(query);
    assert_eq!(state.preset.as_deref(), Some("data-and-ml"));
    assert_eq!(state.query(comparison()), "preset=data-and-ml");
}

/// C17: defaults are left out of the query, everything else is in it.
#[test]
fn the_query_leaves_defaults_out() {
    for (given, kept) in [
        (
            "edition=5&scores=evidence&region=us&weeks=12&hours=40&employer=30&fee=10&preset=equal",
            "",
        ),
        ("preset=equal&w.performance=1.0", ""),
        ("w.performance=3", "w.performance=3"),
        ("w.performance=2.50", "w.performance=2.5"),
        ("must=same-language&must=numpy", "must=numpy&must=same-language"),
        ("must=numpy,numpy", "must=numpy"),
        ("edition=1&scores=editor", "edition=1"),
        (
            "scores=editor&region=ua&weeks=8",
            "scores=editor&region=ua&weeks=8",
        ),
        ("fee=0&employer=0", "employer=0&fee=0"),
    ] {
        assert_eq!(state(given).query(comparison()), kept, "{given}");
    }
}

/// A shared link spells out edition and weights, and gives the same numbers.
#[test]
fn a_shared_link_spells_everything_out() {
    let state = state("preset=data-and-ml&must=numpy");
    let full = state.full_query(comparison());
    assert_eq!(
        full,
        "edition=5&w.performance=1&w.data-science=3&w.full-stack=0&w.talent=1&w.learning-curve=1&w.ecosystem=1\
         &w.hiring-cost=0&must=numpy"
    );
    assert_eq!(parse(&full).unwrap(), state);
}

/// What a person typed is shown back short and without control characters.
#[test]
fn what_was_typed_is_shown_back_short() {
    let faults = parse(&format!("w.talent={}\u{7}\u{1b}[31m", "é".repeat(500))).unwrap_err();
    assert!(faults[0].sentence.chars().count() < 180, "{}", faults[0].sentence);
    let faults = parse("w.talent=\u{7}\u{1b}[31m").unwrap_err();
    assert!(!faults[0].sentence.chars().any(char::is_control));
}

/// C15: the bridge from yearly pay to a budget.
#[test]
fn pay_becomes_a_budget() {
    let bridge = Bridge::default();
    let expected = 162_000.0 / 2080.0 * 12.0 * 40.0 * 1.3 * 1.1;
    assert!((bridge.budget(162_000.0) - expected).abs() < 1e-9);
    let bare = Bridge::parse(&pairs("weeks=1&hours=80&employer=0&fee=0")).unwrap();
    assert!((bare.budget(208_000.0) - 8_000.0).abs() < 1e-9);
}

/// Keys and values that a query is made of in the property tests: right ones, wrong ones, and noise.
fn pair() -> impl Strategy<Value = (String, String)> {
    let keys: Vec<String> = comparison()
        .text
        .criteria
        .iter()
        .map(|c| format!("w.{c}"))
        .chain(
            [
                "edition", "scores", "preset", "must", "region", "weeks", "hours", "employer", "fee", "set",
                "w.", "w.x",
            ]
            .map(str::to_owned),
        )
        .collect();
    let values = prop_oneof![
        (0_u32..=1_000_000_000).prop_map(|n| (f64::from(n) / 1e6).to_string()),
        proptest::sample::select(vec![
            "0",
            "1",
            "2",
            "equal",
            "data-and-ml",
            "plain-api",
            "editor",
            "evidence",
            "us",
            "ua",
            "world",
            "numpy",
            "same-language",
            "numpy,server-rendering",
            "",
            "-1",
            "1e9",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let key = prop_oneof![4 => proptest::sample::select(keys), 1 => any::<String>()];
    (key, values)
}

/// Settings that are right.
fn right() -> impl Strategy<Value = State> {
    let weights = proptest::collection::vec(0_u32..=1_000_000_000, 7);
    let musts = proptest::sample::subsequence(vec!["numpy", "same-language", "server-rendering"], 0..=3);
    let bridge = (1_u32..=260, 1_u32..=80, 0_u32..=1000, 0_u32..=500);
    let choice = (any::<bool>(), any::<bool>(), proptest::option::of(0_usize..3));
    (weights, musts, bridge, choice).prop_filter_map("not all zero", |(weights, must, bridge, choice)| {
        let (first, editor, region) = choice;
        let mut weights: Vec<f64> = weights.into_iter().map(|n| f64::from(n) / 1e6).collect();
        if weights.iter().all(|w| *w <= 0.0) {
            weights[0] = 1.0;
        }
        let region = region
            .filter(|_| !first)
            .map(|at| ["us-fullstack", "ua", "world"][at].to_owned());
        let state = State {
            edition: if first { "1" } else { "5" }.to_owned(),
            scores: if editor && !first {
                Scores::Editor
            } else {
                Scores::Evidence
            },
            preset: None,
            must: must.into_iter().map(str::to_owned).collect(),
            kept: None,
            region,
            bridge: Bridge {
                weeks: f64::from(bridge.0),
                hours: f64::from(bridge.1),
                employer_percent: f64::from(bridge.2) / 10.0,
                fee_percent: f64::from(bridge.3) / 10.0,
            },
            weights,
        };
        let preset = preset_of(
            comparison(),
            comparison().edition(&state.edition)?,
            &state.weights,
        );
        Some(State { preset, ..state })
    })
}

proptest! {
    /// No query makes the reader of settings panic, and what it accepts can be judged or has nothing left.
    #[test]
    fn no_query_breaks_anything(pairs in proptest::collection::vec(pair(), 0..12)) {
        if let Ok(state) = State::parse(comparison(), &pairs) {
            prop_assert!(state.weights.iter().all(|w| (0.0..=WEIGHT_MAX).contains(w)));
            match analyse(&CATALOGUE, comparison(), state.clone()) {
                Ok(analysis) => prop_assert!(analysis.verdict.totals.totals.iter().all(|t| (0.0..=10.0).contains(t))),
                Err(invalid) => prop_assert_eq!(invalid, earnest_compare::verdict::Invalid::NoOption),
            }
            let query = state.query(comparison());
            let again = parse(&query);
            prop_assert!(again.is_ok(), "{query}: {again:?}");
            prop_assert_eq!(again.unwrap().query(comparison()), query);
        }
    }

    /// Settings come back from both forms of their query; the short one may write a preset in its own weights.
    #[test]
    fn settings_come_back_from_their_query(state in right()) {
        prop_assert_eq!(&parse(&state.full_query(comparison())).unwrap(), &state);
        let short = parse(&state.query(comparison())).unwrap();
        if state.preset.is_none() {
            prop_assert_eq!(&short, &state);
        }
        prop_assert_eq!(&short.preset, &state.preset);
        if state.must.is_empty() {
            let (one, other) = (judged(short), judged(state));
            prop_assert_eq!(one.headline, other.headline);
            for (a, b) in one.verdict.totals.totals.iter().zip(&other.verdict.totals.totals) {
                prop_assert!((a - b).abs() < 1e-9);
            }
        }
    }
}

proptest! {
    /// C21: weights in percent make 100, none moves by a whole percent, and doing it again changes nothing.
    #[test]
    fn whole_percents_are_near_and_stay(weights in proptest::collection::vec(0.0..1000.0_f64, 1..40)) {
        prop_assume!(weights.iter().any(|w| *w > 0.0));
        let whole = whole_percents(&weights);
        let total: f64 = weights.iter().sum();
        prop_assert!((whole.iter().sum::<f64>() - 100.0).abs() < 1e-9);
        for (weight, whole) in weights.iter().zip(&whole) {
            prop_assert!((weight / total * 100.0 - whole).abs() < 1.0 + 1e-9);
        }
        prop_assert_eq!(whole_percents(&whole), whole);
    }

    /// C21: the settings of a picture are their own picture's settings, also by way of an address.
    #[test]
    fn a_pictures_settings_stay(weights in proptest::collection::vec(0_u32..1000, 7)) {
        prop_assume!(weights.iter().any(|w| *w > 0));
        let given = State { weights: weights.into_iter().map(f64::from).collect(), ..state("must=numpy&weeks=3") };
        let shown = given.in_percent(comparison());
        prop_assert_eq!(&shown.in_percent(comparison()), &shown);
        prop_assert_eq!(&state(&shown.full_query(comparison())), &shown);
    }

    /// C19: what keeps up names no edition, and gives the reader's priorities back.
    #[test]
    fn a_living_query_keeps_the_priorities(weights in proptest::collection::vec(0_u32..1000, 7)) {
        prop_assume!(weights.iter().any(|w| *w > 0));
        let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
        for rest in ["", "edition=1", "must=numpy&scores=editor&region=ua&fee=5"] {
            let parsed = state(rest);
            let given = State { weights: weights.clone(), ..parsed };
            let query = given.living_query(comparison());
            prop_assert!(!query.contains("edition"));
            let living = state(&query);
            prop_assert_eq!(&living.weights, &weights);
            prop_assert_eq!((&living.must, living.scores), (&given.must, given.scores));
        }
    }
}

/// C19: the bare page follows the default weights of editions to come; whoever chose a preset keeps its weights.
#[test]
fn what_keeps_up_spells_out_what_a_reader_chose() {
    assert_eq!(state("").living_query(comparison()), "");
    assert_eq!(state("edition=1").living_query(comparison()), "");
    let preset = state("preset=data-and-ml").living_query(comparison());
    assert!(
        preset.starts_with("w.performance=") && !preset.contains("preset"),
        "{preset}"
    );
}

/// C21: weights that come to a preset's are that preset's, so that its name is said and its numbers are exact.
#[test]
fn a_preset_stays_a_preset_in_percent() {
    for (query, preset) in [
        ("", Some(EQUAL)),
        ("w.talent=1.004", Some(EQUAL)),
        ("preset=data-and-ml", Some("data-and-ml")),
        ("w.talent=2", None),
    ] {
        let shown = state(query).in_percent(comparison());
        assert_eq!(shown.preset.as_deref(), preset, "{query}");
        if let Some(preset) = preset {
            assert_eq!(
                shown.weights,
                state(&format!("preset={preset}")).weights,
                "{query}"
            );
        }
    }
    // the region counts where pay does, and the bridge to a budget nowhere in a picture
    assert_eq!(state("region=ua&fee=5").in_percent(comparison()), state(""));
    let pay = state("region=ua&w.hiring-cost=5").in_percent(comparison());
    assert_eq!(pay.region.as_deref(), Some("ua"));
}
