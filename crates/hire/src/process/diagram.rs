//! Diagrams of the machines as Mermaid text: code hosts draw it, and what they draw is a difference one can read.

use std::collections::BTreeMap;

use super::add;
use crate::contract::{HELD, Kind, ROWS, Row};
use crate::path::Path;

/// What an arrow says, by where it comes from and goes to, in the order in which arrows were found.
#[derive(Default)]
struct Arrows {
    order: Vec<(String, String)>,
    labels: BTreeMap<(String, String), Vec<String>>,
}

impl Arrows {
    fn add(&mut self, from: &str, to: &str, label: &str) {
        let arrow = (from.to_owned(), to.to_owned());
        let labels = self.labels.entry(arrow.clone()).or_default();
        if labels.is_empty() {
            self.order.push(arrow);
        }
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }

    fn draw(&self, text: &mut String) {
        for (from, to) in &self.order {
            let labels = self.labels.get(&(from.clone(), to.clone()));
            let labels = labels.map(|labels| labels.join(", ")).unwrap_or_default();
            add(text, &format!("    {from} --> {to}: {labels}\n"));
        }
    }
}

/// Whether a row holds for whatever is held, so that one arrow is enough for four states.
fn is_for_held(row: &Row) -> bool {
    HELD.iter().all(|kind| row.from.contains(kind))
}

/// Where a row leads from a state, besides leaving it where it is.
fn leads(row: &Row, from: Kind) -> impl Iterator<Item = Kind> {
    let stays = row.to.len() > 1;
    row.to
        .iter()
        .copied()
        .filter(move |to| *to != from && !(stays && row.from.contains(to)))
}

/// The way of a milestone.
pub(super) fn milestone() -> String {
    let mut arrows = Arrows::default();
    for row in ROWS.iter().filter(|row| !is_for_held(row)) {
        for from in row.from {
            // What a chargeback stops goes back to where it was: drawn once, below.
            if *from != Kind::ChargebackHold {
                for to in leads(row, *from) {
                    arrows.add(from.name(), to.name(), &format!("{} {}", row.number, row.event));
                }
            }
        }
    }
    let mut text = String::from("stateDiagram-v2\n    [*] --> planned\n");
    arrows.draw(&mut text);
    let drawn = |kind: &&Kind| arrows.order.iter().any(|(_, to)| to == kind.name());
    for kind in Kind::ALL.iter().filter(|kind| kind.is_terminal()).filter(drawn) {
        add(&mut text, &format!("    {kind} --> [*]\n"));
    }
    text
}

/// What can happen to money that is held, whatever is being done for it.
pub(super) fn held() -> String {
    let mut text = String::from("stateDiagram-v2\n    state held {\n");
    for kind in HELD {
        add(&mut text, &format!("        {kind}\n"));
    }
    text.push_str("    }\n");
    let mut arrows = Arrows::default();
    for row in ROWS.iter().filter(|row| is_for_held(row)) {
        let label = format!("{} {}", row.number, row.event);
        let ends = row
            .to
            .iter()
            .filter(|to| !row.from.contains(to) || row.to.len() == 1);
        for to in ends {
            arrows.add("held", to.name(), &label);
        }
        if row.from.contains(&Kind::Disputed) {
            for to in leads(row, Kind::Disputed) {
                arrows.add(Kind::Disputed.name(), to.name(), &label);
            }
        }
    }
    for row in ROWS.iter().filter(|row| row.from == [Kind::ChargebackHold]) {
        let label = format!("{} {}", row.number, row.event);
        for to in row.to.iter().filter(|to| **to != Kind::ChargebackHold) {
            let to = if HELD.contains(to) { "held" } else { to.name() };
            arrows.add(Kind::ChargebackHold.name(), to, &label);
        }
    }
    arrows.draw(&mut text);
    text
}

/// A machine without numbers.
pub(super) fn paths<S: Copy + ToString, E: ToString>(paths: &[Path<S, E>]) -> String {
    let rows = paths
        .iter()
        .map(|path| (path.from, path.event.to_string(), path.to));
    of(rows.collect())
}

/// A machine by its rows, beginning where the first row begins.
pub(super) fn of<S: Copy + ToString>(rows: Vec<(&[S], String, S)>) -> String {
    let mut arrows = Arrows::default();
    let first = rows.first().and_then(|(from, ..)| from.first());
    let first = first.map(ToString::to_string).unwrap_or_default();
    for (from, event, to) in rows {
        for from in from {
            arrows.add(&from.to_string(), &to.to_string(), &event);
        }
    }
    let mut text = format!("stateDiagram-v2\n    [*] --> {first}\n");
    arrows.draw(&mut text);
    text
}
