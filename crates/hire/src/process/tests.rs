use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::contract::{PROCESS_VERSION, ROWS, find, refusal_of};

/// H1: what happens to anything is known, and changes only where somebody reads it here first.
#[test]
fn the_table_of_all_states_events_and_actors() {
    insta::assert_snapshot!(states());
}

#[test]
fn every_combination_is_in_the_table_or_refused_with_a_known_code() {
    let mut codes: BTreeSet<&str> = Refusal::PLAIN.iter().map(|refusal| refusal.code()).collect();
    codes.extend(["not_now", "not_yours"]);
    let mut rows = BTreeSet::new();
    for state in Kind::ALL {
        for event in Event::ALL {
            for by in By::ALL {
                let fits =
                    |row: &&Row| row.from.contains(state) && row.event == *event && row.by.contains(by);
                // `Drop` has a row by both and one by each: no state, event and actor may have two.
                assert!(ROWS.iter().filter(fits).count() <= 1, "{state} {event} {by}");
                match find(*state, *event, *by) {
                    Some(row) => _ = rows.insert((row.number, row.event.name())),
                    None => assert!(codes.contains(refusal_of(*state, *event, *by).code())),
                }
            }
        }
    }
    let all: BTreeSet<_> = ROWS.iter().map(|row| (row.number, row.event.name())).collect();
    assert_eq!(rows, all, "a row that nothing leads to");
}

#[test]
fn the_document_holds_every_machine_and_only_the_version_that_runs() {
    let document: Value = serde_json::from_str(&document(PROCESS_VERSION).unwrap()).unwrap();
    assert_eq!(
        document["milestone"]["rows"].as_array().unwrap().len(),
        ROWS.len()
    );
    assert_eq!(document["milestone"]["rows"][0]["number"], "T1");
    assert_eq!(
        document["refusals"].as_array().unwrap().len(),
        Refusal::PLAIN.len() + 2
    );
    for machine in [
        "milestone",
        "contract",
        "dispute",
        "payout",
        "request",
        "proposal",
        "call",
    ] {
        let known: Vec<&Value> = document[machine]["states"]
            .as_array()
            .unwrap()
            .iter()
            .map(|state| &state["name"])
            .collect();
        for row in document[machine]["rows"].as_array().unwrap() {
            for end in ["from", "to"] {
                for state in row[end].as_array().unwrap() {
                    assert!(known.contains(&state), "{machine}: {row}");
                }
            }
        }
        assert!(!known.is_empty(), "{machine}");
    }
    assert_eq!(super::document(0), None);
    assert_eq!(super::document(PROCESS_VERSION + 1), None);
}

/// Every state of a machine can be reached, and every word in a picture is one of its states.
#[test]
fn every_state_of_every_machine_is_drawn() {
    let text = summary();
    for picture in [
        "stateDiagram-v2",
        "[*] --> planned",
        "[*] --> offered",
        "[*] --> requested",
        "[*] --> draft",
    ] {
        assert!(text.contains(picture), "{picture}");
    }
    for kind in Kind::ALL {
        let arrow = format!("--> {kind}");
        assert!(text.contains(&arrow), "{arrow}");
    }
}
