use proptest::prelude::*;

use super::*;

fn observation(id: &str, technology: &str, metric: &str, value: f64) -> Observation {
    Observation {
        id: id.into(),
        technology: technology.into(),
        metric: metric.into(),
        subject: String::new(),
        value,
        unit: String::new(),
        kind: Kind::Measured,
        source: "s".into(),
        locator: "l".into(),
        year: 2026,
        confidence: Confidence::High,
        sample_size: None,
        interval: None,
        quartiles: None,
        sd: None,
        computed: None,
        review_by: "2027-01-01".into(),
        note: None,
        author: None,
        date: None,
        rationale: None,
    }
}

fn between(observation: Observation, low: f64, high: f64) -> Observation {
    Observation {
        interval: Some([low, high]),
        ..observation
    }
}

fn judgement(value: f64) -> Observation {
    Observation {
        kind: Kind::Judgement,
        ..observation("j", "a", "judgement-c", value)
    }
}

fn linear(zero: f64, ten: f64) -> Function {
    Function::Linear {
        zero,
        ten,
        anchor_from: String::new(),
    }
}

fn logarithmic(best: f64, points_per_tenfold: f64) -> Function {
    Function::LogRatio {
        best,
        points_per_tenfold,
        best_from: String::new(),
    }
}

fn part(metric: &str, function: Function) -> Part {
    Part {
        metric: metric.into(),
        label: String::new(),
        weight: 1.0,
        function,
        mean: Mean::Geometric,
        otherwise: None,
        otherwise_because: None,
    }
}

/// A reading of one metric on the scale 0 to 100.
fn reading(metric: &str, weight: f64) -> Reading {
    Reading {
        id: metric.into(),
        title: String::new(),
        weight,
        scored: true,
        why: String::new(),
        parts: vec![part(metric, linear(0.0, 100.0))],
    }
}

fn rule(combine: Combine, readings: Vec<Reading>) -> Rule {
    Rule {
        id: "r".into(),
        criterion: "c".into(),
        title: String::new(),
        summary: String::new(),
        confidence: Confidence::High,
        combine,
        readings,
        pay: None,
    }
}

fn three(combine: Combine) -> Rule {
    rule(
        combine,
        vec![reading("x", 0.5), reading("y", 0.3), reading("z", 0.2)],
    )
}

fn seen(values: &[(&str, f64)]) -> Vec<Observation> {
    values
        .iter()
        .map(|(metric, value)| observation(&format!("o-{metric}"), "a", metric, *value))
        .collect()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn is(score: Option<Score>, point: f64, low: f64, high: f64) {
    let score = score.unwrap();
    near(score.point, point);
    near(score.low, low);
    near(score.high, high);
}

/// C3: the anchors alone fix what a raw value is worth; beyond them the scale ends.
#[test]
fn a_function_is_fixed_by_its_anchors() {
    for (raw, points) in [(20.0, 0.0), (120.0, 10.0), (70.0, 5.0), (0.0, 0.0), (500.0, 10.0)] {
        near(linear(20.0, 120.0).score(raw), points);
    }
    for (raw, points) in [
        (250_000.0, 0.0),
        (100_000.0, 10.0),
        (175_000.0, 5.0),
        (90_000.0, 10.0),
    ] {
        near(linear(250_000.0, 100_000.0).score(raw), points);
    }
    for (raw, points) in [
        (1000.0, 10.0),
        (100.0, 5.0),
        (10.0, 0.0),
        (1.0, 0.0),
        (2000.0, 10.0),
        (0.0, 0.0),
        (-5.0, 0.0),
    ] {
        near(logarithmic(1000.0, 5.0).score(raw), points);
    }
}

#[test]
fn anchors_that_make_no_scale_are_faults() {
    for bad in [
        linear(5.0, 5.0),
        linear(f64::NAN, 5.0),
        linear(0.0, f64::INFINITY),
        logarithmic(0.0, 5.0),
        logarithmic(-1.0, 5.0),
        logarithmic(10.0, 0.0),
        logarithmic(f64::INFINITY, 5.0),
    ] {
        assert!(bad.fault().is_some(), "{bad:?}");
    }
    assert_eq!(linear(100.0, 0.0).fault(), None);
    assert_eq!(logarithmic(10.0, 3.0).fault(), None);
}

/// C4: the point is the median of the readings or their weighted mean, the interval their hull.
#[test]
fn readings_combine_by_median_or_by_weights() {
    let seen = seen(&[("x", 40.0), ("y", 90.0), ("z", 50.0)]);
    is(score(&three(Combine::Weights), "a", &seen).score, 5.7, 4.0, 9.0);
    is(score(&three(Combine::Median), "a", &seen).score, 5.0, 4.0, 9.0);
    // two of three: the weights of those present, and the mean of the middle two
    is(
        score(&three(Combine::Weights), "a", &seen[..2]).score,
        0.625 * 4.0 + 0.375 * 9.0,
        4.0,
        9.0,
    );
    is(
        score(&three(Combine::Median), "a", &seen[..2]).score,
        6.5,
        4.0,
        9.0,
    );
}

/// C4: a reading of weight 0 is a cross-check: it widens the interval and moves nothing; one that is not scored does
/// neither.
#[test]
fn a_cross_check_widens_and_moves_nothing() {
    let mut rule = three(Combine::Weights);
    rule.readings[1].weight = 0.0;
    rule.readings[2].weight = 0.0;
    rule.readings[2].scored = false;
    let cell = score(&rule, "a", &seen(&[("x", 40.0), ("y", 90.0), ("z", 10.0)]));
    is(cell.score, 4.0, 4.0, 9.0);
    near(cell.readings[2].score.unwrap(), 1.0);
    // a cross-check alone is no score
    assert_eq!(score(&rule, "a", &seen(&[("y", 90.0)])).score, None);
}

/// C4: intervals of observations widen the reading, whichever end of the scale is good.
#[test]
fn an_observations_own_interval_widens_the_reading() {
    let mut up = rule(Combine::Weights, vec![reading("x", 1.0)]);
    let value = between(observation("o", "a", "x", 50.0), 30.0, 80.0);
    is(score(&up, "a", std::slice::from_ref(&value)).score, 5.0, 3.0, 8.0);
    up.readings[0].parts[0].function = linear(100.0, 0.0);
    is(score(&up, "a", &[value]).score, 5.0, 2.0, 7.0);
}

/// C4: low confidence widens every interval by two points each way, within the scale.
#[test]
fn low_confidence_widens_the_interval() {
    let mut rule = three(Combine::Weights);
    rule.confidence = Confidence::Low;
    is(score(&rule, "a", &seen(&[("x", 40.0)])).score, 4.0, 2.0, 6.0);
    is(score(&rule, "a", &seen(&[("x", 95.0)])).score, 9.5, 7.5, 10.0);
    is(score(&rule, "a", &seen(&[("x", 5.0)])).score, 0.5, 0.0, 2.5);
    rule.confidence = Confidence::Medium;
    is(score(&rule, "a", &seen(&[("x", 40.0)])).score, 4.0, 4.0, 4.0);
}

/// C4: sources disagree when their intervals, each at least the resolution wide, do not meet.
#[test]
fn sources_disagree_beyond_their_intervals() {
    let disagree = |values: &[(f64, f64, f64)]| {
        let seen: Vec<Observation> = ["x", "y", "z"]
            .iter()
            .zip(values)
            .map(|(metric, (value, low, high))| {
                between(observation(metric, "a", metric, *value), *low, *high)
            })
            .collect();
        score(&three(Combine::Weights), "a", &seen).sources_disagree
    };
    let exact = |value: f64| (value, value, value);
    assert!(!disagree(&[exact(40.0)]));
    assert!(
        !disagree(&[exact(40.0), exact(50.0)]),
        "one point apart: both resolutions meet"
    );
    assert!(disagree(&[exact(40.0), exact(50.1)]));
    assert!(!disagree(&[(40.0, 40.0, 60.0), exact(64.0)]));
    assert!(disagree(&[(40.0, 40.0, 60.0), exact(66.0)]));
    assert!(
        disagree(&[(50.0, 0.0, 100.0), exact(20.0), exact(80.0)]),
        "any two of them"
    );
    // one that is shown only, and one of another technology, disagree with nobody
    let mut rule = three(Combine::Weights);
    rule.readings[1].scored = false;
    assert!(!score(&rule, "a", &seen(&[("x", 10.0), ("y", 90.0)])).sources_disagree);
}

/// C5: a judgement stands in only where nothing else exists.
#[test]
fn a_judgement_stands_in_where_nothing_else_exists() {
    let rule = three(Combine::Weights);
    let cell = score(&rule, "a", &[judgement(7.0)]);
    is(cell.score, 7.0, 5.0, 9.0);
    assert_eq!(cell.basis, Some(Kind::Judgement));
    assert!(!cell.judgement_disagrees);
    is(
        score(&rule, "a", &[between(judgement(7.0), 6.5, 8.0)]).score,
        7.0,
        6.5,
        8.0,
    );
    is(score(&rule, "a", &[judgement(9.5)]).score, 9.5, 7.5, 10.0);
    // one on another criterion is none of this one
    let other = Observation {
        metric: "judgement-d".into(),
        ..judgement(7.0)
    };
    assert_eq!(score(&rule, "a", &[other]).score, None);
}

/// C4, C5: beside evidence a judgement moves and widens nothing; outside the hull it is marked.
#[test]
fn a_judgement_moves_no_evidence() {
    let rule = three(Combine::Weights);
    let evidence = seen(&[("x", 40.0), ("y", 60.0)]);
    let plain = score(&rule, "a", &evidence);
    for (value, marked) in [(3.9, true), (4.0, false), (5.0, false), (6.0, false), (6.1, true)] {
        let mut both = evidence.clone();
        both.push(judgement(value));
        let cell = score(&rule, "a", &both);
        assert_eq!(cell.score, plain.score, "{value}");
        assert_eq!(cell.basis, Some(Kind::Measured), "{value}");
        assert_eq!(cell.judgement_disagrees, marked, "{value}");
        assert_eq!(cell.judgements, ["j"]);
    }
    // a judgement cannot come in as a value of a metric either
    let disguised = Observation {
        kind: Kind::Judgement,
        ..observation("j", "a", "x", 100.0)
    };
    assert_eq!(score(&rule, "a", &[disguised]).score, None);
}

/// C5: a score rests on the strongest kind behind it.
#[test]
fn a_score_rests_on_its_strongest_kind() {
    let rule = three(Combine::Weights);
    let published = Observation {
        kind: Kind::Published,
        ..observation("p", "a", "x", 50.0)
    };
    assert_eq!(
        score(&rule, "a", std::slice::from_ref(&published)).basis,
        Some(Kind::Published)
    );
    let both = [published, observation("m", "a", "y", 50.0)];
    assert_eq!(score(&rule, "a", &both).basis, Some(Kind::Measured));
}

/// C6: without an observation there is no score, and a reading with a part missing is none.
#[test]
fn what_is_missing_is_no_number() {
    let mut rule = three(Combine::Median);
    let cell = score(&rule, "a", &[]);
    assert_eq!((cell.score, cell.basis), (None, None));
    assert!(cell.readings.iter().all(|r| r.score.is_none() && r.low.is_none()));
    rule.readings[0].parts.push(part("w", linear(0.0, 100.0)));
    assert_eq!(score(&rule, "a", &seen(&[("x", 40.0)])).score, None);
    is(
        score(&rule, "a", &seen(&[("x", 40.0), ("w", 80.0)])).score,
        6.0,
        6.0,
        6.0,
    );
    assert_eq!(score(&rule, "b", &seen(&[("x", 40.0), ("w", 80.0)])).score, None);
}

/// `otherwise` is true by definition: it completes a reading that has an observation, and is no evidence alone.
#[test]
fn a_definition_completes_a_reading_and_is_no_evidence() {
    let mut defined = part("w", linear(0.0, 100.0));
    defined.weight = 3.0;
    defined.otherwise = Some(10.0);
    defined.otherwise_because = Some("by definition".into());
    let mut rule = rule(Combine::Weights, vec![reading("x", 1.0)]);
    rule.readings[0].parts.push(defined);
    let cell = score(&rule, "a", &seen(&[("x", 40.0)]));
    is(cell.score, 8.5, 8.5, 8.5);
    assert_eq!(
        cell.readings[0].parts[1].otherwise_because.as_deref(),
        Some("by definition")
    );
    assert_eq!(score(&rule, "a", &[]).score, None);
    let cell = score(&rule, "a", &seen(&[("x", 40.0), ("w", 0.0)]));
    is(cell.score, 1.0, 1.0, 1.0);
    assert_eq!(cell.readings[0].parts[1].otherwise_because, None);
}

/// Several observations of one metric become one raw value before it is scored.
#[test]
fn several_observations_have_one_mean() {
    let mut rule = rule(Combine::Weights, vec![reading("x", 1.0)]);
    let two = [observation("1", "a", "x", 10.0), observation("2", "a", "x", 40.0)];
    near(score(&rule, "a", &two).readings[0].parts[0].raw.unwrap(), 20.0);
    rule.readings[0].parts[0].mean = Mean::Arithmetic;
    near(score(&rule, "a", &two).readings[0].parts[0].raw.unwrap(), 25.0);
    let ids = &score(&rule, "a", &two).readings[0].parts[0].observations;
    assert_eq!(*ids, ["1", "2"]);
}

fn scale() -> PayScale {
    PayScale {
        zero: 250_000.0,
        ten: 100_000.0,
        currency: "USD".into(),
        default_region: "us".into(),
        regions: Vec::new(),
    }
}

fn region(period: Period) -> PayRegion {
    PayRegion {
        take_home: false,
        id: "us".into(),
        label: String::new(),
        role: String::new(),
        year: 2026,
        currency: "USD".into(),
        period,
        basis: String::new(),
        metric: "pay".into(),
        note: None,
    }
}

fn pay(median: f64, quartiles: Option<[f64; 2]>) -> Observation {
    Observation {
        quartiles,
        ..observation("pay", "a", "pay", median)
    }
}

/// C15: the range is scored, not its middle: beyond the anchors the two differ.
#[test]
fn pay_is_scored_over_its_range() {
    let of = |low: f64, high: f64| score_pay(&scale(), &region(Period::Year), &pay(0.0, Some([low, high])));
    is(Some(of(130_000.0, 200_000.0)), 17.0 / 3.0, 10.0 / 3.0, 8.0);
    is(Some(of(130_000.0, 190_000.0)), 6.0, 4.0, 8.0);
    is(Some(of(300_000.0, 400_000.0)), 0.0, 0.0, 0.0);
    is(Some(of(40_000.0, 90_000.0)), 10.0, 10.0, 10.0);
    is(Some(of(160_000.0, 160_000.0)), 6.0, 6.0, 6.0);
    // half of the range lies beyond the good anchor: 10 there, 5 on average in the other half
    is(Some(of(-50_000.0, 250_000.0)), 7.5, 0.0, 10.0);
}

/// C15: monthly pay is twelve of them a year; a median alone has the resolution of the scale, or low confidence.
#[test]
fn monthly_pay_and_bare_medians_are_scored() {
    let month = region(Period::Month);
    let yearly = score_pay(
        &scale(),
        &region(Period::Year),
        &pay(0.0, Some([120_000.0, 180_000.0])),
    );
    assert_eq!(
        score_pay(&scale(), &month, &pay(0.0, Some([10_000.0, 15_000.0]))),
        yearly
    );
    is(
        Some(score_pay(&scale(), &month, &pay(12_500.0, None))),
        20.0 / 3.0,
        20.0 / 3.0 - 0.5,
        20.0 / 3.0 + 0.5,
    );
    let vague = Observation {
        confidence: Confidence::Low,
        ..pay(235_000.0, None)
    };
    is(
        Some(score_pay(&scale(), &region(Period::Year), &vague)),
        1.0,
        0.0,
        3.0,
    );
}

proptest! {
    /// C15: the closed form is the mean over the range, by numeric integration.
    #[test]
    fn the_mean_over_a_range_is_its_integral(low in 0.0..400_000.0_f64, width in 1.0..300_000.0_f64) {
        let steps = 20_000_u32;
        let step = width / f64::from(steps);
        let sum: f64 = (0..steps).map(|n| scale().score(low + step * (f64::from(n) + 0.5))).sum();
        let mean = sum / f64::from(steps);
        prop_assert!((scale().mean_score(low, low + width) - mean).abs() < 1e-6);
        prop_assert!((scale().mean_score(low + width, low) - mean).abs() < 1e-6);
    }

    /// C3: whatever is observed of others, put in, taken out or changed, a technology's cell stays as it is.
    #[test]
    fn others_never_change_a_cell(
        own in proptest::collection::vec((0_usize..4, 0.0..200.0_f64, any::<bool>()), 0..6),
        others in proptest::collection::vec((0_usize..4, -1e9..1e9_f64, 0_usize..3, any::<bool>()), 0..20),
        place in any::<prop::sample::Index>(),
        combine in any::<bool>(),
    ) {
        let metrics = ["x", "y", "z", "judgement-c"];
        let kind = |judged: bool| if judged { Kind::Judgement } else { Kind::Measured };
        let own: Vec<Observation> = own
            .into_iter()
            .enumerate()
            .map(|(at, (metric, value, judged))| Observation {
                kind: kind(judged || metric == 3),
                ..observation(&format!("o{at}"), "a", metrics[metric], if metric == 3 { value / 20.0 } else { value })
            })
            .collect();
        let others: Vec<Observation> = others
            .into_iter()
            .enumerate()
            .map(|(at, (metric, value, technology, judged))| Observation {
                kind: kind(judged),
                // ids of others may even be the same
                ..observation(&format!("o{at}"), ["b", "A", "a-b"][technology], metrics[metric], value)
            })
            .collect();
        let rule = three(if combine { Combine::Median } else { Combine::Weights });
        let alone = score(&rule, "a", &own);
        let mut mixed = own.clone();
        let at = place.index(own.len() + 1);
        mixed.splice(at..at, others.iter().cloned());
        prop_assert_eq!(&score(&rule, "a", &mixed), &alone);
        if let Some(found) = alone.score {
            prop_assert!((0.0..=10.0).contains(&found.point));
            prop_assert!(found.low <= found.point + 1e-9 && found.point <= found.high + 1e-9);
        }
    }
}
