//! The whole process as documents: for programs, for readers, and as the full table of what happens to whatever is
//! asked. All of it is made from the tables that the machines run, so it cannot disagree with them.

mod diagram;
mod markdown;

use serde_json::{Value, json};

pub use self::markdown::{refusals, states, summary};
use crate::call::{CALL_PATHS, CallEvent, CallStage};
use crate::contract::{
    Audience, By, Event, Guard, Kind, PHASE_PATHS, Phase, Posting, Row, STANDING_PATHS, Standing, TimerKind,
    rows_of,
};
use crate::path::Path;
use crate::payee::{PAYOUT_ROWS, PayoutEvent, PayoutState, Scope};
use crate::proposal::{PROPOSAL_PATHS, ProposalEvent};
use crate::refusal::Refusal;
use crate::request::{REQUEST_PATHS, RequestEvent};
use crate::{proposal, request};

macro_rules! described {
    ($($type:ty),*) => {
        [$((<$type>::ALL.iter().map(|word| json!({"name": word.name(), "meaning": word.meaning()})).collect::<Vec<_>>())),*]
    };
}

/// The process of a version for programs, or nothing for a version that this program does not run.
pub fn document(version: u16) -> Option<String> {
    rows_of(version).map(|rows| format!("{:#}\n", whole(version, rows)))
}

fn whole(version: u16, rows: &[Row]) -> Value {
    let [milestones, events, actors, guards, audiences, timers] =
        described!(Kind, Event, By, Guard, Audience, TimerKind);
    let [standings, phases, payouts, payout_events, scopes] =
        described!(Standing, Phase, PayoutState, PayoutEvent, Scope);
    let [requests, request_events, proposals, proposal_events] =
        described!(request::Stage, RequestEvent, proposal::Stage, ProposalEvent);
    let [calls, call_events] = described!(CallStage, CallEvent);
    json!({
        "version": version,
        "actors": actors,
        "guards": guards,
        "audiences": audiences,
        "timers": timers,
        "milestone": {
            "states": milestones,
            "terminal": Kind::ALL.iter().filter(|kind| kind.is_terminal()).collect::<Vec<_>>(),
            "events": events,
            "rows": rows.iter().map(row).collect::<Vec<_>>(),
        },
        "contract": {"states": standings, "rows": paths(STANDING_PATHS)},
        "dispute": {"states": phases, "rows": paths(PHASE_PATHS)},
        "payout": {
            "states": payouts,
            "events": payout_events,
            "rows": PAYOUT_ROWS.iter().map(|row| json!({
                "from": row.from, "event": row.event, "by": row.by,
                "posting": row.posting.map(crate::payee::PayoutPosting::name), "to": [row.to],
            })).collect::<Vec<_>>(),
        },
        "hold": {"scopes": scopes},
        "request": {"states": requests, "events": request_events, "rows": paths(REQUEST_PATHS)},
        "proposal": {"states": proposals, "events": proposal_events, "rows": paths(PROPOSAL_PATHS)},
        "call": {"states": calls, "events": call_events, "rows": paths(CALL_PATHS)},
        "refusals": codes(),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "number": row.number, "from": row.from, "event": row.event, "by": row.by, "guards": row.guards,
        "posting": row.posting.map(Posting::name), "timers": row.timers, "notices": row.notices, "to": row.to,
    })
}

fn paths<S: serde::Serialize, E: serde::Serialize>(paths: &[Path<S, E>]) -> Vec<Value> {
    let row =
        |path: &Path<S, E>| json!({"from": path.from, "event": path.event, "by": path.by, "to": [&path.to]});
    paths.iter().map(row).collect()
}

fn codes() -> Vec<Value> {
    let plain = Refusal::PLAIN.iter();
    let mut all: Vec<Value> = plain
        .map(|refusal| json!({"code": refusal.code(), "sentence": refusal.sentence()}))
        .collect();
    let examples = [
        Refusal::NotNow {
            state: Kind::Planned,
            event: Event::Submit,
        },
        Refusal::NotYours { event: Event::Fund },
    ];
    all.extend(
        examples
            .map(|refusal| json!({"code": refusal.code(), "sentence": refusal.sentence(), "example": true})),
    );
    all
}

/// Puts more at the end of a text.
fn add(text: &mut String, more: &str) {
    text.push_str(more);
}

#[cfg(test)]
mod tests;
