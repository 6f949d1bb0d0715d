//! C2, C20: from the JSON alone every number can be computed again.

use earnest_compare::verdict::{Kind, Score, Table, judge};
use serde_json::Value;

use super::*;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= 1e-9,
        "{what}: {found} is not {expected}"
    );
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// A value function as the JSON describes it.
fn points(function: &Value, raw: f64) -> f64 {
    let points = match function["kind"].as_str().unwrap() {
        "log_ratio" => {
            10.0 - number(&function["points_per_tenfold"]) * (number(&function["best"]) / raw).log10()
        }
        "linear" => {
            let (zero, ten) = (number(&function["zero"]), number(&function["ten"]));
            10.0 * (raw - zero) / (ten - zero)
        }
        other => panic!("{other}"),
    };
    points.clamp(0.0, 10.0)
}

/// One part: the mean of its observations through its function, or what is true by definition.
fn part(cell: &Value, anchor: &Value, part: &Value) -> Option<f64> {
    let values: Vec<f64> = list(&part["observations"])
        .iter()
        .map(|id| {
            let all = list(&cell["observations"]);
            let found = all
                .iter()
                .find(|o| &o["id"] == id)
                .unwrap_or_else(|| panic!("no {id}"));
            number(&found["value"])
        })
        .collect();
    if values.is_empty() {
        return anchor["otherwise"].as_f64();
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of values")]
    let count = values.len() as f64;
    let mean = match anchor["mean"].as_str().unwrap() {
        "geometric" => (values.iter().map(|v| v.ln()).sum::<f64>() / count).exp(),
        _ => values.iter().sum::<f64>() / count,
    };
    near(number(&part["raw"]) / mean, 1.0, "raw value");
    Some(points(&anchor["function"], mean))
}

/// One reading, from its parts.
fn reading(cell: &Value, reading: &Value) -> Option<f64> {
    let anchors: Vec<&Value> = list(&cell["rule"]["anchors"])
        .iter()
        .filter(|a| a["reading"] == reading["id"])
        .collect();
    let parts = list(&reading["parts"]);
    assert_eq!(anchors.len(), parts.len());
    if parts.iter().all(|p| list(&p["observations"]).is_empty()) {
        return None;
    }
    let (mut sum, mut total) = (0.0, 0.0);
    for (anchor, found) in anchors.into_iter().zip(parts) {
        sum += number(&anchor["weight"]) * part(cell, anchor, found)?;
        total += number(&anchor["weight"]);
    }
    Some(sum / total)
}

/// A cell, from its readings; for pay from the quartiles of the region.
fn cell(cell: &Value, region: &str) -> Option<f64> {
    if !cell["rule"]["pay"].is_null() {
        return pay(cell, region);
    }
    let mut scored: Vec<(f64, f64)> = Vec::new();
    for found in list(&cell["readings"]) {
        let score = reading(cell, found);
        match (score, found["score"].as_f64()) {
            (Some(score), Some(said)) => near(score, said, "reading"),
            (score, said) => assert_eq!(score, said),
        }
        if found["scored"] == true {
            scored.extend(score.map(|s| (number(&found["weight"]), s)));
        }
    }
    if cell["rule"]["combine"] == "median" {
        let mut values: Vec<f64> = scored.iter().map(|(_, s)| *s).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        return (!values.is_empty()).then(|| f64::midpoint(values[(values.len() - 1) / 2], values[middle]));
    }
    let total: f64 = scored.iter().map(|(w, _)| w).sum();
    (total > 0.0).then(|| scored.iter().map(|(w, s)| w * s).sum::<f64>() / total)
}

/// The mean over the range by a sum of many small steps.
fn pay(cell: &Value, region: &str) -> Option<f64> {
    let scale = &cell["rule"]["pay"];
    let id = if region.is_empty() {
        scale["default_region"].as_str().unwrap()
    } else {
        region
    };
    let region = list(&scale["region"]).iter().find(|r| r["id"] == id).unwrap();
    let seen = list(&cell["observations"])
        .iter()
        .find(|o| o["metric"] == region["metric"])?;
    let yearly = if region["period"] == "month" { 12.0 } else { 1.0 };
    let score = |x: f64| {
        let (zero, ten) = (number(&scale["zero"]), number(&scale["ten"]));
        (10.0 * (x * yearly - zero) / (ten - zero)).clamp(0.0, 10.0)
    };
    let Some([low, high]) = seen["quartiles"]
        .as_array()
        .map(|q| [number(&q[0]), number(&q[1])])
    else {
        return Some(score(number(&seen["value"])));
    };
    let steps = 200_000_u32;
    let width = (high - low) / f64::from(steps);
    let sum: f64 = (0..steps)
        .map(|n| score(low + width * (f64::from(n) + 0.5)))
        .sum();
    Some(sum / f64::from(steps))
}

/// Scores of the JSON as a table for the engine, its weights, and the slugs of the options left.
fn table(json: &Value) -> (Table, Vec<f64>) {
    let left = |o: &&Value| o["excluded"].is_null();
    let slug = |o: &Value| o["technology"].as_str().unwrap().to_owned();
    let options: Vec<String> = list(&json["options"]).iter().filter(left).map(slug).collect();
    let criteria: Vec<String> = list(&json["criteria"])
        .iter()
        .map(|c| c["criterion"].as_str().unwrap().to_owned())
        .collect();
    let at = |option: &String, criterion: &String| {
        let cells = list(&json["cells"]);
        let cell = cells
            .iter()
            .find(|c| c["technology"] == **option && c["criterion"] == **criterion)
            .unwrap();
        let interval = cell["interval"].as_array()?;
        Some(Score {
            point: number(&cell["score"]),
            low: number(&interval[0]),
            high: number(&interval[1]),
        })
    };
    let scores = options
        .iter()
        .map(|o| criteria.iter().map(|c| at(o, c)).collect())
        .collect();
    let weights = list(&json["weights"])
        .iter()
        .map(|w| number(&w["given"]))
        .collect();
    (
        Table {
            options,
            criteria,
            scores,
        },
        weights,
    )
}

/// Totals, p and kind by hand: nothing of the engine in them.
fn by_hand(json: &Value) {
    let (table, weights) = table(json);
    let compared: Vec<usize> = (0..table.criteria.len())
        .filter(|c| table.scores.iter().all(|row| row[*c].is_some()))
        .collect();
    let all: f64 = weights.iter().sum();
    let covered: f64 = compared.iter().map(|c| weights[*c]).sum();
    near(covered / all, number(&json["coverage"]), "coverage");
    let mut totals = Vec::new();
    for (row, said) in table.scores.iter().zip(list(&json["totals"])) {
        let total: f64 = compared
            .iter()
            .map(|c| weights[*c] / covered * row[*c].unwrap().point)
            .sum();
        near(total, number(&said["total"]), "total");
        totals.push(total);
    }
    if totals.len() != 2 {
        return;
    }
    let verdict = &json["verdict"];
    let lead = usize::from(totals[1] > totals[0]);
    assert_eq!(verdict["leader"], table.options[lead]);
    let margin = (totals[0] - totals[1]).abs();
    near(margin, number(&verdict["margin"]), "margin");
    let spread = |row: &Vec<Option<Score>>, c: usize| row[c].map_or(0.0, |s| s.high - s.low);
    let variance: f64 = compared
        .iter()
        .map(|c| {
            let w = weights[*c] / covered;
            table
                .scores
                .iter()
                .map(|row| w * w * spread(row, *c).powi(2) / 12.0)
                .sum::<f64>()
        })
        .sum();
    near(variance.sqrt(), number(&verdict["deviation"]), "deviation");
    near(
        normal(margin / variance.sqrt()),
        number(&verdict["probability"]),
        "probability",
    );
    flips(json, &table, &weights, lead);
}

/// Φ by Simpson's rule.
fn normal(z: f64) -> f64 {
    let steps = 20_000_u32;
    let h = z / f64::from(steps);
    let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let inner: f64 = (1..steps)
        .map(|n| if n % 2 == 1 { 4.0 } else { 2.0 } * density(f64::from(n) * h))
        .sum();
    0.5 + h / 3.0 * (density(0.0) + inner + density(z))
}

/// At each flip of the JSON the two totals are equal, the other weights in their proportions.
fn flips(json: &Value, table: &Table, weights: &[f64], lead: usize) {
    let all: f64 = weights.iter().sum();
    for flip in list(&json["flips"]) {
        let at = table
            .criteria
            .iter()
            .position(|c| flip["criterion"] == **c)
            .unwrap();
        let to = number(&flip["at"]);
        let rest = 1.0 - weights[at] / all;
        near(weights[at] / all, number(&flip["from"]), "from");
        let gap: f64 = (0..weights.len())
            .map(|c| {
                let weight = if c == at {
                    to
                } else {
                    weights[c] / all / rest * (1.0 - to)
                };
                let points = |row: usize| table.scores[row][c].map_or(0.0, |s| s.point);
                weight * (points(lead) - points(1 - lead))
            })
            .sum();
        near(gap, 0.0, "gap at the flip");
    }
}

/// C2, C20: raw observations → readings → scores → totals → probability → flips, from the JSON alone.
#[test]
fn every_number_can_be_computed_again_from_the_json() {
    let catalogue = read(&embedded());
    for (query, region) in [
        ("", ""),
        ("preset=data-and-ml", ""),
        ("w.performance=0.5&w.hiring-cost=2&region=ua", "ua"),
        ("w.hiring-cost=3.25", ""),
        ("must=numpy", ""),
    ] {
        let json = json(&catalogue, SEED, query);
        for found in list(&json["cells"]) {
            let what = format!("{query} {} {}", found["technology"], found["criterion"]);
            match (cell(found, region), found["score"].as_f64()) {
                (Some(score), Some(said)) => near(score, said, &what),
                (score, said) => assert_eq!(score, said, "{what}"),
            }
        }
        by_hand(&json);
    }
}

/// C20: the table of the JSON gives the verdict of the JSON, for the editor's scores too.
#[test]
fn the_json_holds_the_table_that_was_judged() {
    let catalogue = read(&embedded());
    for query in [
        "",
        "edition=1",
        "scores=editor",
        "w.hiring-cost=1&region=world",
        "must=same-language",
    ] {
        let json = json(&catalogue, SEED, query);
        let (table, weights) = table(&json);
        let verdict = judge(&table, &weights).unwrap();
        let kind: Kind = serde_json::from_value(json["verdict"]["kind"].clone()).unwrap();
        assert_eq!(verdict.kind, kind, "{query}");
        near(
            number(&json["verdict"]["probability"]),
            verdict.probability,
            query,
        );
        assert_eq!(list(&json["flips"]).len(), verdict.nearest.len(), "{query}");
        by_hand(&json);
    }
}

/// C11: the share of the JSON is that of the closed form for two options with distinct differences.
#[test]
fn the_share_is_that_of_the_closed_form() {
    let catalogue = read(&embedded());
    let json = json(&catalogue, SEED, "");
    let (table, _) = table(&json);
    let d: Vec<f64> = (0..6)
        .map(|c| table.scores[0][c].unwrap().point - table.scores[1][c].unwrap().point)
        .collect();
    let wins = d.iter().enumerate().filter(|(_, d)| **d > 0.0).map(|(i, di)| {
        let others = d.iter().enumerate().filter(|(j, _)| *j != i);
        others.map(|(_, dj)| 1.0 / (1.0 - dj / di)).product::<f64>()
    });
    near(
        wins.sum(),
        number(&json["acceptability"]["options"][0]["share"]),
        "share",
    );
    assert_eq!(json["acceptability"]["exact"], true);
}
