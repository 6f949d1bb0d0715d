//! The process for readers, as Markdown.

use super::{add, diagram};
use crate::call::{CALL_PATHS, CallStage};
use crate::contract::{
    By, Event, Guard, Kind, PHASE_PATHS, PROCESS_VERSION, Phase, ROWS, Row, STANDING_PATHS, Standing, find,
    refusal_of,
};
use crate::path::Path;
use crate::payee::{PAYOUT_ROWS, PayoutState};
use crate::proposal::PROPOSAL_PATHS;
use crate::refusal::Refusal;
use crate::request::REQUEST_PATHS;
use crate::{proposal, request};

const MADE: &str = "<!-- Made by `earnest generate`; do not edit. -->\n\n";

macro_rules! meanings {
    ($type:ty, $head:literal) => {{
        let mut text = format!("| {} | meaning |\n|---|---|\n", $head);
        for word in <$type>::ALL {
            add(
                &mut text,
                &format!("| `{}` | {} |\n", word.name(), word.meaning()),
            );
        }
        text.push('\n');
        text
    }};
}

/// Every machine: its states, a picture, its rows.
pub fn summary() -> String {
    let mut text = format!(
        "{MADE}# The process, version {PROCESS_VERSION}\n\nA contract keeps the version it was signed with. Programs \
         read the same at `GET /process/{PROCESS_VERSION}.json`; [states.md](states.md) says what happens to every \
         event in every state, and [refusals.md](refusals.md) lists what a rule can answer.\n\nA row leads from any \
         of its states by its event, where its guards hold. `A / B` books from B to A: the account on the left is \
         debited. Where a row has several targets, the amounts decide; a target that is among its states means that \
         the milestone stays.\n\n"
    );
    milestone(&mut text);
    section(
        &mut text,
        "Contract",
        &meanings!(Standing, "standing"),
        STANDING_PATHS,
    );
    section(&mut text, "Dispute", &meanings!(Phase, "phase"), PHASE_PATHS);
    payout(&mut text);
    section(
        &mut text,
        "Request",
        &meanings!(request::Stage, "stage"),
        REQUEST_PATHS,
    );
    section(
        &mut text,
        "Proposal",
        &meanings!(proposal::Stage, "stage"),
        PROPOSAL_PATHS,
    );
    section(&mut text, "Call", &meanings!(CallStage, "stage"), CALL_PATHS);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn milestone(text: &mut String) {
    text.push_str("## Milestone\n\n");
    text.push_str(&meanings!(Kind, "state"));
    picture(text, &diagram::milestone());
    text.push_str("What can happen while money is held, whatever is being done for it:\n\n");
    picture(text, &diagram::held());
    text.push_str(
        "| # | from | event | by | guards | timers | told | to |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in ROWS {
        add(
            text,
            &format!(
                "| {} | {} | `{}` | {} | {} | {} | {} | {} |\n",
                row.number,
                words(row.from),
                row.event,
                words(row.by),
                words(row.guards),
                words(row.timers),
                words(row.notices),
                words(row.to),
            ),
        );
    }
    text.push_str("\n| # | event | posting |\n|---|---|---|\n");
    for row in ROWS {
        if let Some(posting) = row.posting {
            add(
                text,
                &format!("| {} | `{}` | {} |\n", row.number, row.event, posting.name()),
            );
        }
    }
    text.push('\n');
    text.push_str(&meanings!(Guard, "guard"));
}

fn payout(text: &mut String) {
    text.push_str("## Payout\n\n");
    text.push_str(&meanings!(PayoutState, "state"));
    let rows = PAYOUT_ROWS
        .iter()
        .map(|row| (row.from, row.event.to_string(), row.to));
    picture(text, &diagram::of(rows.collect()));
    text.push_str("| from | event | by | posting | to |\n|---|---|---|---|---|\n");
    for row in PAYOUT_ROWS {
        let posting = row.posting.map_or("", crate::payee::PayoutPosting::name);
        let (from, by) = (words(row.from), words(row.by));
        add(
            text,
            &format!("| {from} | `{}` | {by} | {posting} | {} |\n", row.event, row.to),
        );
    }
    text.push('\n');
}

fn section<S: Copy + ToString, E: ToString>(
    text: &mut String,
    title: &str,
    states: &str,
    paths: &[Path<S, E>],
) {
    add(text, &format!("## {title}\n\n{states}"));
    picture(text, &diagram::paths(paths));
    text.push_str("| from | event | by | to |\n|---|---|---|---|\n");
    for path in paths {
        let (from, by) = (words(path.from), words(path.by));
        let (event, to) = (path.event.to_string(), path.to.to_string());
        add(text, &format!("| {from} | `{event}` | {by} | {to} |\n"));
    }
    text.push('\n');
}

fn picture(text: &mut String, diagram: &str) {
    add(text, &format!("```mermaid\n{diagram}```\n\n"));
}

fn words<W: ToString>(words: &[W]) -> String {
    words
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What happens to every event in every state, whoever causes it: the row and where it leads, or the refusal.
pub fn states() -> String {
    let mut text = format!(
        "{MADE}# Every state, event and actor\n\nA cell is the row of [the process](process.md) that runs, with where \
         it leads, or the code of the [refusal](refusals.md). A row may still be refused by its guards.\n"
    );
    for state in Kind::ALL {
        add(
            &mut text,
            &format!("\n## {state}\n\n{}\n\n| event |", state.meaning()),
        );
        for by in By::ALL {
            add(&mut text, &format!(" {by} |"));
        }
        add(&mut text, &format!("\n|---|{}\n", "---|".repeat(By::ALL.len())));
        for event in Event::ALL {
            add(&mut text, &format!("| `{event}` |"));
            for by in By::ALL {
                add(&mut text, &format!(" {} |", cell(*state, *event, *by)));
            }
            text.push('\n');
        }
    }
    text
}

fn cell(state: Kind, event: Event, by: By) -> String {
    find(state, event, by).map_or_else(
        || format!("`{}`", refusal_of(state, event, by).code()),
        |row| format!("**{}** {}", row.number, targets(row, state)),
    )
}

/// Where a row leads from one state.
fn targets(row: &Row, from: Kind) -> String {
    let of_this = |to: &&Kind| **to == from || row.to.len() == 1 || !row.from.contains(to);
    words(&row.to.iter().filter(of_this).collect::<Vec<_>>())
}

/// Every refusal with its code and sentence.
pub fn refusals() -> String {
    let mut text = format!(
        "{MADE}# Refusals\n\nA rule said no and nothing was changed. Programs know a refusal by its code, which never \
         changes; pages and problem documents show the sentence.\n\n| code | sentence |\n|---|---|\n"
    );
    let examples = [
        Refusal::NotNow {
            state: Kind::Planned,
            event: Event::Submit,
        },
        Refusal::NotYours { event: Event::Fund },
    ];
    for refusal in Refusal::PLAIN.iter().chain(&examples) {
        add(
            &mut text,
            &format!("| `{}` | {} |\n", refusal.code(), refusal.sentence()),
        );
    }
    text
}
