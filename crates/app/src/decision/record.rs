//! A decision as a dated record in Markdown, with everybody's position.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::Deciding;
use crate::comparison::export::{harmless, line, must_haves, record_end, scores_table};
use crate::comparison::words::{list, percent, score};
use crate::decision::words::as_it_is;

/// The whole record. `address` leads to the comparison at the common weights; it is nobody's link to the decision.
pub fn record(deciding: &Deciding<'_>, address: &str, today: Date) -> String {
    let mut text = String::new();
    let (common, comparison) = (&deciding.common, &deciding.common.comparison.text);
    let head = &common.edition.edition.head;
    line(&mut text, &format!("# {}\n", harmless(&deciding.decision.title)));
    line(
        &mut text,
        &format!(
            "- Date: {today}\n- Status: proposed\n- Decided together by: {}\n- Evidence: {} edition {} of {}\n- The common \
             state: {address}\n",
            people(deciding.people.len()),
            comparison.title,
            head.number,
            head.date
        ),
    );
    line(
        &mut text,
        &format!(
            "## Context\n\nWe choose between {} for {}. {}\n",
            harmless(&list(&common.all_names())),
            comparison.context,
            must_haves(common)
        ),
    );
    line(&mut text, "## Options, common weights and scores\n");
    line(
        &mut text,
        "Everybody counts alike: a common weight is the mean of what each person gives, as a share of their own whole.\n",
    );
    line(&mut text, &scores_table(common));
    line(
        &mut text,
        &format!("## Result\n\n{}\n", harmless(&common.headline.sentence())),
    );
    if let Some(newer) = &deciding.newer {
        line(&mut text, &format!("{}\n", harmless(&newer.says())));
    }
    line(&mut text, "## Positions\n");
    line(&mut text, &positions(deciding));
    line(&mut text, "## Where we differ\n");
    line(&mut text, &differ(deciding));
    record_end(&mut text, common, address);
    text
}

/// "1 person", "5 people".
pub fn people(count: usize) -> String {
    match count {
        0 => "nobody yet".to_owned(),
        1 => "1 person".to_owned(),
        _ => format!("{count} people"),
    }
}

fn positions(deciding: &Deciding<'_>) -> String {
    let Some(all) = &deciding.together else {
        return "Nobody has said anything yet.\n".to_owned();
    };
    let mut text = String::new();
    let labels = &deciding.common.criterion_labels;
    put(
        &mut text,
        format_args!("| Person | {} | Ahead for them | Lead |\n", labels.join(" | ")),
    );
    put(
        &mut text,
        format_args!("|---|{}---|---:|\n", "---:|".repeat(labels.len())),
    );
    for (person, standing) in deciding.people.iter().zip(&all.people) {
        let shares: Vec<String> = standing.shares.iter().map(|share| percent(*share)).collect();
        put(
            &mut text,
            format_args!(
                "| {} | {} | {} | {} |\n",
                harmless(&person.name),
                shares.join(" | "),
                harmless(&deciding.options(&standing.leaders)),
                score(standing.margin)
            ),
        );
    }
    for person in deciding.people {
        if let Some(note) = &person.note {
            put(
                &mut text,
                format_args!("\n**{}** says:\n\n", harmless(&person.name)),
            );
            for part in note.lines() {
                put(&mut text, format_args!("> {}\n", harmless(part)));
            }
        }
    }
    text
}

fn differ(deciding: &Deciding<'_>) -> String {
    let mut text = String::new();
    put(&mut text, format_args!("- {}\n", harmless(&deciding.agreement())));
    for said in deciding
        .dissent(as_it_is)
        .into_iter()
        .chain(deciding.deciders(as_it_is))
    {
        put(&mut text, format_args!("- {}\n", harmless(&said)));
    }
    let Some(all) = &deciding.together else {
        return text;
    };
    put(
        &mut text,
        format_args!(
            "\n| Criterion | Lowest | Median | Highest | Common | Who |\n|---|---:|---:|---:|---:|---|\n"
        ),
    );
    let rows = deciding
        .common
        .criterion_labels
        .iter()
        .zip(&all.spread)
        .zip(&all.weights);
    for ((label, spread), weight) in rows {
        put(
            &mut text,
            format_args!(
                "| {label} | {} | {} | {} | {} | {} |\n",
                percent(spread.low),
                percent(spread.median),
                percent(spread.high),
                percent(*weight),
                deciding.extremes(spread, harmless)
            ),
        );
    }
    text
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(what);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}
