//! Which refusal an event gets that has no row in a state, or none for whoever causes it.

use super::kind::{By, Event, Kind};
use super::table::{ROWS, find};
use crate::refusal::Refusal;

/// Why the process has no row for an event. Total: every combination has an answer.
pub fn refusal_of(from: Kind, event: Event, by: By) -> Refusal {
    let elsewhere = |others: &[By]| others.iter().any(|other| find(from, event, *other).is_some());
    if by == By::Operator && ROWS.iter().all(|row| row.event != event || !row.by.contains(&by)) {
        return Refusal::OperatorCannotAct;
    }
    match (event, by) {
        (Event::Approve, By::Expert) => return Refusal::ExpertCannotApprove,
        (Event::Submit, By::Client) => return Refusal::ClientCannotSubmit,
        _ => {}
    }
    if from.is_terminal() {
        return Refusal::MilestoneEnded;
    }
    if elsewhere(By::ALL) {
        return Refusal::NotYours { event };
    }
    match (from, event) {
        (Kind::Disputed, Event::OpenDispute) => Refusal::AlreadyDisputed,
        (Kind::Disputed, _) => Refusal::Disputed,
        (Kind::ChargebackHold, _) => Refusal::ChargebackOpen,
        (Kind::Funding, Event::Fund) => Refusal::FundingUnderWay,
        (Kind::Working | Kind::Submitted, Event::Cancel) => Refusal::WorkStarted,
        (_, Event::AnswerDispute | Event::Decided) => Refusal::NoDispute,
        _ => Refusal::NotNow { state: from, event },
    }
}
