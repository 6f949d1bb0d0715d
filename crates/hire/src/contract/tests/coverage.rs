//! What the scenarios must have shown, taken together.

use std::collections::BTreeSet;

use super::ALL;
use super::script::{Seen, run};
use crate::contract::{ROWS, TimerKind};

/// Refusals of the process that some scenario must have met.
const CODES: &[&str] = &[
    "not_party",
    "operator_is_party",
    "not_found",
    "expert_cannot_approve",
    "client_cannot_submit",
    "operator_cannot_act",
    "milestone_ended",
    "disputed",
    "already_disputed",
    "chargeback_open",
    "time_over",
    "timer_not_due",
    "contract_not_active",
    "contract_paused",
    "contract_ending",
    "contract_ended",
    "not_offered",
    "offer_expired",
    "already_signed",
    "client_closed",
    "wrong_version",
    "amount_not_positive",
    "amount_too_large",
    "amount_exceeds_held",
    "amount_not_part",
    "currency_differs",
    "sum_differs",
    "client_limit",
    "holding_limit",
    "terms_unfit",
    "funding_under_way",
    "nothing_to_fund",
    "funds_too_low",
    "receipt_seen",
    "receipt_not_open",
    "receipt_differs",
    "event_without_effect",
    "event_too_early",
    "refund_in_transit",
    "provider_differs",
    "expert_not_onboarded",
    "work_started",
    "no_deliverable",
    "acceptance_open",
    "no_unmet_item",
    "rounds_used",
    "already_extended",
    "extension_too_long",
    "reason_missing",
    "not_overdue",
    "expert_not_told",
    "settlement_open",
    "no_settlement",
    "settlement_expired",
    "own_offer",
    "no_dispute",
    "not_answer_time",
    "own_dispute",
    "figures_unfit",
    "not_decision_time",
    "reasons_too_short",
    "four_eyes",
    "same_operator",
    "appeal_over",
    "already_appealed",
    "amendment_open",
    "no_amendment",
    "amendment_expired",
    "amendment_unfit",
    "absence_too_long",
    "not_paused",
    "operator_paused",
    "hold_too_long",
    "not_on_hold",
    "no_appeal",
    "start_too_late",
    "chargeback_exceeds",
    "not_now",
    "takes_both",
    "absence_of_client",
    "not_yours",
];

/// Every command, and every timer that is one.
const COMMANDS: &[&str] = &[
    "sign",
    "decline",
    "withdraw",
    "resume",
    "hold_contract",
    "extend_contract_hold",
    "appeal_contract_hold",
    "answer_contract_hold",
    "end",
    "register_absence",
    "propose_amendment",
    "accept_amendment",
    "reject_amendment",
    "fund",
    "place",
    "start",
    "cancel",
    "submit",
    "request_changes",
    "extend_inspection",
    "approve",
    "release",
    "give_back",
    "offer_settlement",
    "accept_settlement",
    "reject_settlement",
    "drop",
    "open_dispute",
    "answer_dispute",
    "decide_dispute",
    "appeal_dispute",
    "refund_funds",
    "move_to_bank",
    "assign_receipt",
    "captured",
    "payment_failed",
    "payment_expired",
    "refund_sent",
    "refund_succeeded",
    "refund_failed",
    "chargeback_opened",
    "chargeback_won",
    "chargeback_lost",
    "mail_bounced",
];

fn all() -> Seen {
    let mut all = Seen::default();
    for text in ALL {
        let seen = run(text);
        all.rows.extend(seen.rows);
        all.codes.extend(seen.codes);
        all.commands.extend(seen.commands);
        all.follows.extend(seen.follows);
    }
    all
}

#[test]
fn every_row_every_refusal_and_every_command_is_shown_by_a_scenario() {
    let seen = all();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.number).collect();
    assert_eq!(
        rows.difference(&seen.rows).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    let codes: BTreeSet<&str> = CODES.iter().copied().collect();
    assert_eq!(
        codes.difference(&seen.codes).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    let commands = COMMANDS.iter().copied();
    let timers = TimerKind::ALL.iter().map(|kind| kind.name());
    // Those of payees, requests and proposals.
    let elsewhere = [
        TimerKind::Clearance,
        TimerKind::HoldEnds,
        TimerKind::RequestExpires,
        TimerKind::ProposalExpires,
    ]
    .map(TimerKind::name);
    let commands: BTreeSet<&str> = commands
        .chain(timers)
        .filter(|name| !elsewhere.contains(name))
        .collect();
    assert_eq!(
        commands.difference(&seen.commands).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

/// Who is told, which timers are set and what a provider is asked changes only where somebody reads it here first.
#[test]
fn what_follows_from_each_command_beside_money() {
    let lines: Vec<String> = all().follows.into_iter().collect();
    insta::assert_snapshot!(lines.join("\n"));
}
