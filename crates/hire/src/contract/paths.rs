//! The standings of a contract and the phases of a dispute as data, for readers. The commands move them; a test checks
//! after every step of every scenario that nothing moves along a path that is not here.

use super::dispute::Phase::{self, AnswerDue, Appealed, Closed, Decided, Deciding, Evidence, Negotiating};
use super::kind::By;
use super::{Standing, Standing as S};
use crate::path::Path;

const PARTY: &[By] = &[By::Client, By::Expert];
const ANYBODY: &[By] = &[By::Client, By::Expert, By::Operator, By::Clock, By::Provider];
const OPEN: &[Phase] = &[AnswerDue, Negotiating, Evidence, Deciding, Decided, Appealed];

/// How a contract moves, by the names of commands and timers.
#[rustfmt::skip]
pub const STANDING_PATHS: &[Path<Standing, &str>] = &[
    Path { from: &[S::Offered], event: "sign", by: &[By::Parties], to: S::Active },
    Path { from: &[S::Offered], event: "decline", by: PARTY, to: S::Declined },
    Path { from: &[S::Offered], event: "withdraw", by: PARTY, to: S::Withdrawn },
    Path { from: &[S::Offered], event: "offer_expires", by: &[By::Clock], to: S::Expired },
    Path { from: &[S::Active], event: "accept_amendment", by: &[By::Parties], to: S::Paused },
    Path { from: &[S::Active], event: "hold_contract", by: &[By::Operator], to: S::Paused },
    Path { from: &[S::Paused], event: "resume", by: &[By::Client, By::Expert, By::Operator], to: S::Active },
    Path { from: &[S::Paused], event: "pause_ends", by: &[By::Clock], to: S::Active },
    Path { from: &[S::Active], event: "end", by: PARTY, to: S::Ending },
    Path { from: &[S::Active, S::Paused, S::Ending], event: "last_milestone_ended", by: ANYBODY, to: S::Ended },
];

/// How a dispute moves, by the names of commands and timers.
#[rustfmt::skip]
pub const PHASE_PATHS: &[Path<Phase, &str>] = &[
    Path { from: &[AnswerDue], event: "answer_dispute", by: PARTY, to: Negotiating },
    Path { from: &[AnswerDue], event: "dispute_phase", by: &[By::Clock], to: Deciding },
    Path { from: &[Negotiating], event: "dispute_phase", by: &[By::Clock], to: Evidence },
    Path { from: &[Evidence], event: "dispute_phase", by: &[By::Clock], to: Deciding },
    Path { from: &[Deciding], event: "decide_dispute", by: &[By::Operator], to: Decided },
    Path { from: &[Decided], event: "appeal_dispute", by: PARTY, to: Appealed },
    Path { from: &[Decided], event: "dispute_phase", by: &[By::Clock], to: Closed },
    Path { from: &[Appealed], event: "decide_dispute", by: &[By::Operator], to: Closed },
    Path { from: &[AnswerDue], event: "answer_dispute", by: PARTY, to: Closed },
    Path { from: OPEN, event: "accept_settlement", by: &[By::Parties], to: Closed },
    Path { from: OPEN, event: "chargeback_lost", by: &[By::Provider], to: Closed },
    Path { from: &[Decided], event: "chargeback_lost", by: &[By::Provider], to: Deciding },
];
