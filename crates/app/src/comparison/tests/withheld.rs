//! C20: a value whose licence forbids giving it on is in no export, in no disguise.

use serde_json::Value;

use super::*;
use crate::comparison::citation::Cited;
use crate::comparison::{export, package};

/// Everything below a value, with the key that it stands under.
fn walk<'v>(value: &'v Value, key: &'v str, visit: &mut dyn FnMut(&'v str, &'v Value)) {
    visit(key, value);
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| walk(value, key, visit)),
        Value::Array(items) => items.iter().for_each(|value| walk(value, key, visit)),
        _ => {}
    }
}

/// The closed values of the small comparison, as digits. The score and the interval of a whole cell are our own
/// figures, from which the verdict is computed, and stay exact.
const CLOSED: [&str; 7] = [
    "51.3171",
    "5.13171",
    "95.4321",
    "50.4142",
    "52.2718",
    "0.7391",
    "513171 of",
];

#[test]
fn a_closed_value_is_in_no_export() {
    let catalogue = read(&with_small());
    let analysis = analysis(&catalogue, SMALL, "");
    let cited = Cited {
        site: "Here",
        address: "/here",
    };
    let exports = [
        serde_json::to_string(&document::document(&analysis).unwrap()).unwrap(),
        export::csv(&analysis, "/here"),
        package::readme(&analysis, cited, &[]),
        package::metadata(&analysis, cited, &[]).unwrap().to_string(),
        package::sources_csv(&analysis, cited),
        export::markdown(&analysis, "/here"),
        export::decision_record(&analysis, "/here", "2026-11-24".parse().unwrap()),
    ];
    for (at, text) in exports.iter().enumerate() {
        for closed in CLOSED {
            assert!(!text.contains(closed), "export {at} gives {closed} away");
        }
    }
    for text in &exports[..4] {
        assert!(text.contains("the source's licence does not allow giving its values on"));
    }
    // what may be given on is there beside it
    assert!(exports[0].contains("\"value\":60.0") && exports[1].contains(",60,"));
}

#[test]
fn the_json_says_which_values_are_withheld_and_why() {
    let catalogue = read(&with_small());
    let json = json(&catalogue, SMALL, "");
    let cell = &json["cells"][0];
    let [open, closed] = [&cell["observations"][0], &cell["observations"][1]];
    assert!(open["withheld"].is_null() && open["value"] == 60.0);
    assert!(closed["value"].is_null() && closed["withheld"].is_string());
    assert_eq!(closed["source_detail"]["id"], "closed-report");
    assert_eq!(closed["sample_size"], 120);
    let [open, closed] = [&cell["readings"][0], &cell["readings"][1]];
    assert!(open["withheld"].is_null() && open["parts"][0]["raw"] == 60.0);
    assert!(closed["withheld"].is_string() && closed["parts"][0]["raw"].is_null());
    assert_eq!(closed["score"], 5.1, "one decimal, as the page shows");
}

/// The seed with every source closed: no raw value at all is left, pay included.
#[test]
fn with_all_sources_closed_no_value_is_left() {
    let mut files = embedded();
    for (path, text) in &mut files {
        if path.starts_with("sources") {
            *text = text.replace("redistributable = true", "redistributable = false");
        }
    }
    let catalogue = read(&files);
    let json = json(&catalogue, SEED, "w.hiring-cost=1");
    let mut seen = 0;
    for part in ["cells", "pay"] {
        walk(&json[part], part, &mut |key, value| {
            let raw = [
                "value",
                "raw",
                "p25",
                "median",
                "p75",
                "quartiles",
                "sd",
                "computed",
                "note_of_value",
            ];
            if raw.contains(&key) && !value.is_array() {
                assert!(value.is_null(), "{key} is {value}");
                seen += 1;
            }
        });
    }
    assert!(seen > 100, "{seen}");
    let csv = export::csv(&analysis(&catalogue, SEED, ""), "/here");
    for line in csv.lines().skip(1) {
        assert!(
            line.contains("withheld: ") || line.contains("judgement"),
            "{line}"
        );
    }
}
