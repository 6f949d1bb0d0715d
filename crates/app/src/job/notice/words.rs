//! What is said of everything that a rule tells somebody: what happened, what it means for the money, what to do until when.

use std::collections::BTreeMap;

/// What can be named in a sentence, by the word that stands for it.
pub(super) type Named = BTreeMap<&'static str, String>;

/// The name of what is told, and its sentence. What stands in brackets is said only where all that it names is known.
const SENTENCES: &[(&str, &str)] = &[
    // the contract
    (
        "signed",
        "both have signed the contract. The client can pay for a milestone now; nobody needs to begin before the money is held.",
    ),
    (
        "declined",
        "the offer of a contract was declined. Nothing was paid for it and nothing is owed.",
    ),
    (
        "withdrawn",
        "the offer of a contract was withdrawn. Nothing was paid for it and nothing is owed.",
    ),
    (
        "offer_expires",
        "the offer of a contract ended unsigned. Nothing was paid for it and nothing is owed.",
    ),
    (
        "ending",
        "the contract is ending. What is held goes on as agreed; no other milestone is paid for.",
    ),
    (
        "ended",
        "the contract has ended. No money is held for it any more.",
    ),
    (
        "paused",
        "the contract is paused. Its deadlines stand still until it goes on, and what is held stays held.",
    ),
    (
        "resumed",
        "the contract goes on. Its deadlines run again, later by the time of the pause.",
    ),
    (
        "dormant",
        "the contract has been paused for 60 days.[ {held} is still held.][ The pause ends by itself on {pause_ends}, and all deadlines run again.] End it earlier, or agree on a split.",
    ),
    (
        "contract_held",
        "the contract was put on hold[, until {review} at the latest].[ The reason: {reason}.] Its deadlines stand still, and what is held stays held. Read what was found, and complain there if it is wrong.",
    ),
    (
        "contract_hold_kept",
        "the contract stays on hold[, until {review} at the latest].[ The reason: {reason}.] Read why, and complain there if it is wrong.",
    ),
    (
        "contract_hold_ended",
        "the contract is no longer on hold. Its deadlines run again, later by the time of the hold.",
    ),
    (
        "contract_hold_appealed",
        "a party complains about a hold on their contract. An operator who did not place it has to answer.",
    ),
    (
        "contract_hold_answered",
        "your complaint about the hold on the contract was answered. Read the answer there.",
    ),
    (
        "absence",
        "the client will be away[ from {away_from}][ until {away_until}]. Silence does not count as approval in that time and the day after it.",
    ),
    (
        "amendment_proposed",
        "a change of the contract is proposed.[ Accept or reject it until {change_ends}: without an answer by then nothing changes.]",
    ),
    (
        "amendment_rejected",
        "the proposed change was rejected. Nothing has changed.",
    ),
    (
        "amendment_expires",
        "the proposed change ended without an answer. Nothing has changed.",
    ),
    (
        "raise_price",
        "both agreed on a higher price.[ The client still has to pay {to_raise} for it.][ {held} is held until then.]",
    ),
    (
        "lower_price",
        "both agreed on a lower price. The difference goes back to the client.[ {held} stays held.]",
    ),
    (
        "move_money",
        "both agreed to move money from one milestone to another.[ {held} is held for this one now.]",
    ),
    (
        "drop",
        "the milestone was given up before it was paid for. Nothing is owed for it.",
    ),
    // money that comes in
    (
        "captured",
        "money has arrived.[ {held} is held for this milestone now.]",
    ),
    (
        "captured_in_part",
        "a part of a payment has arrived[: {received} of {sum}]. Nothing is held for this milestone yet.[ {missing} is missing.][ The payment ends on {pay_until}; what has arrived is then yours to take back or to use.]",
    ),
    (
        "place",
        "money that had arrived before is used.[ {held} is held for this milestone now.]",
    ),
    (
        "failed",
        "the payment failed, and no money was taken. Nothing is held yet: begin the payment again.",
    ),
    (
        "expired",
        "the time to pay is over. Nothing is held yet; if a part has arrived, it is with your funds here. Begin the payment again.",
    ),
    (
        "raise_failed",
        "a payment[ of {sum}] failed, and no money was taken.[ {held} stays held without it.] Begin the payment again if it is still wanted.",
    ),
    (
        "raise_expired",
        "the time for a payment[ of {sum}] is over.[ {held} stays held without it.] If a part has arrived, it is with your funds here. Begin the payment again if it is still wanted.",
    ),
    // the work
    (
        "start",
        "the expert has begun.[ A version is due on {due}.][ {held} is held for it.]",
    ),
    (
        "start_reminder",
        "the expert has not begun yet. You may take the money back now[: {held}].[ If nobody has begun on {lapses}, it goes back to you by itself.]",
    ),
    (
        "lapsed",
        "the expert has not begun in time. The money goes back to the client[: {refunded}].",
    ),
    (
        "due_reminder",
        "the due date is near. Submit a version[ until {due}]: after that the client may take the money back[, which is {held}].",
    ),
    (
        "overdue",
        "the due date has passed. The client may take the money back now.[ If no version comes until {returns}, {held} goes back to the client by itself.]",
    ),
    (
        "undelivered",
        "no version came within a week after the due date. The money goes back to the client[: {refunded}].",
    ),
    (
        "grace",
        "there is more time than you were told before.[ The client may review until {inspect}: after that, silence counts as approval.][ The expert may begin until {lapses}: after that, the money goes back.][ A version is due on {due}.][ If no version comes until {returns}, the money goes back to the client.]",
    ),
    (
        "submit",
        "a version waits for your review. Approve it or ask for changes[ until {inspect}]: after that, silence counts as approval[ and {held} goes to the expert].",
    ),
    (
        "inspection_reminder",
        "a version still waits for your review. Approve it or ask for changes[ until {inspect}]: after that, silence counts as approval[ and {held} goes to the expert].",
    ),
    (
        "request_changes",
        "the client asks for changes.[ Submit the next version until {due}.][ {held} stays held.]",
    ),
    (
        "extend_inspection",
        "the client takes more time to review.[ Silence counts as approval after {inspect}.]",
    ),
    (
        "approve",
        "the client has approved the work.[ {released} goes to you before fees, and can be paid out {clearance}.]",
    ),
    (
        "auto_approved",
        "the time to review is over, and silence counts as approval.[ {released} goes to the expert before fees, and can be paid out {clearance}.]",
    ),
    (
        "release",
        "the client has paid a part before the end.[ {released} has gone to you so far before fees.][ {held} is still held.]",
    ),
    (
        "give_back",
        "the expert has given money back.[ {refunded} in all goes back to you.][ {held} is still held.]",
    ),
    (
        "cancel",
        "the client has canceled it, and the money goes back[: {refunded}]. Do no more work for it.",
    ),
    (
        "settlement_offered",
        "there is an offer to split what is held[: {offer_expert} to the expert, {offer_client} to the client].[ Accept or reject it until {offer_ends}: without an answer by then nothing moves.]",
    ),
    (
        "settlement_rejected",
        "the offer to split was rejected. Nothing has moved.[ {held} is still held.]",
    ),
    (
        "settlement_dropped",
        "the offer to split has ended, because what is held has changed.[ {held} is held now.] Make another offer if you want one.",
    ),
    (
        "settlement_expires",
        "the offer to split ended without an answer. Nothing has moved.",
    ),
    (
        "settle",
        "the offer to split was accepted.[ {released} goes to the expert before fees.][ {refunded} goes back to the client.]",
    ),
    // disputes
    (
        "open_dispute",
        "a dispute was opened.[ {held} is held until it is decided.][ The other side has until {phase} to say what it wants.]",
    ),
    (
        "answer_due",
        "the answer to the dispute is still due.[ Say until {phase} what you want: after that it goes on without you.]",
    ),
    (
        "answer_dispute",
        "the dispute was answered.[ {held} is still in dispute.][ Look for a split that both accept until {phase}.]",
    ),
    (
        "negotiating",
        "both sides of the dispute have said what they want.[ Look for a split that both accept until {phase}.]",
    ),
    (
        "evidence",
        "no split was found in the dispute. Show what speaks for you[ until {phase}]: after that the operator decides[ about {held}].",
    ),
    (
        "deciding",
        "the operator decides the dispute now[ and has until {phase}].[ {held} stays held until then.]",
    ),
    (
        "decision_late",
        "the dispute should have been decided[ by {missed}] and was not; the operator is reminded every day.[ {held} stays held until then.]",
    ),
    (
        "dispute_decided",
        "the dispute was decided[: {ruled_expert} to the expert, {ruled_client} to the client].[ Appeal until {phase} if you do not agree: after that the money moves.]",
    ),
    (
        "decided",
        "the dispute was decided[: {ruled_expert} to the expert, {ruled_client} to the client].[ Appeal until {phase} if you do not agree: after that the money moves.]",
    ),
    (
        "dispute_appealed",
        "the decision was appealed. Another operator decides for good[ and has until {phase}].[ {held} stays held until then.]",
    ),
    (
        "appealed",
        "the operator decides the dispute for good now[ and has until {phase}].[ {held} stays held until then.]",
    ),
    // the payer's bank, and the provider
    (
        "chargeback_opened",
        "the payer’s bank has taken a payment back. No money moves and no deadline runs until the bank has decided.",
    ),
    (
        "chargeback_won",
        "the payer’s bank has given the payment back. It goes on where it stood.[ {held} is held.]",
    ),
    (
        "chargeback_lost",
        "the payer’s bank keeps the payment.[ {held} is still held.] See what has become of the milestone.",
    ),
    (
        "evidence_due",
        "the evidence against a chargeback[ of {sum}] is due. See that the provider has it[ by {evidence}].",
    ),
    (
        "holding_deadline",
        "the provider cannot hold the money much longer[: {held}]. Move it to the bank, or see that both end the milestone.",
    ),
    (
        "mail_bounced",
        "no letter to the client about the version that waits could be sent.[ The client has until {inspect} now.] Reach the client in another way.",
    ),
    ("refund_succeeded", "a refund[ of {sum}] has arrived."),
    (
        "refund_failed",
        "a refund[ of {sum}] did not arrive. The money is with your funds here. On the page of the contract you can send it back once more.",
    ),
    // what is paid out
    ("clear", "an earning[ of {sum}] can be paid out now."),
    (
        "set_payout_account",
        "the account that you are paid to was changed. If it replaces another one, nothing is paid to it for three days. If that was not you, write to the operator at once.",
    ),
    (
        "approve_account",
        "two operators have approved the account that you are paid to. Nothing waits for it any longer. If you do not know the account, write to the operator at once.",
    ),
    (
        "request_payout",
        "a payout[ of {sum}] was asked for. If that was not you, write to the operator at once.",
    ),
    (
        "hold_payout",
        "a payout[ of {sum}] was put on hold[ until {review} at the latest].[ The reason: {reason}.] The money stays yours.",
    ),
    (
        "release_payout",
        "a payout[ of {sum}] is no longer on hold and is sent.",
    ),
    (
        "cancel_payout",
        "a payout[ of {sum}] was canceled. The money can be paid out again.",
    ),
    (
        "payout_reduced",
        "the provider cannot move all of a payout now.[ {sum} is sent.] The rest can be paid out again.",
    ),
    (
        "payout_sent",
        "a payout[ of {sum}] was sent. It can take a few days to arrive.",
    ),
    ("payout_paid", "a payout[ of {sum}] was paid."),
    (
        "paid_late",
        "a payout[ of {sum}] was paid although it had been canceled. What is not payable any more is owed by the person: see what is to be done.",
    ),
    (
        "payout_failed",
        "a payout[ of {sum}] did not arrive. The money can be paid out again.[ The reason: {reason}.]",
    ),
    (
        "failed_late",
        "a payout[ of {sum}] that had been canceled did not arrive either. Nothing is to be done.",
    ),
    (
        "payout_returned",
        "the bank has sent a payout[ of {sum}] back. The money can be paid out again.[ The reason: {reason}.]",
    ),
    // holds
    (
        "place_hold",
        "something of your account was put on hold[: {scope}][, until {review} at the latest].[ The reason: {reason}.] Read why, and complain there if it is wrong.",
    ),
    (
        "extend_hold",
        "a hold on your account was extended[: {scope}][, until {review} at the latest].[ The reason: {reason}.] Read why, and complain there if it is wrong.",
    ),
    ("lift_hold", "a hold on your account was lifted[: {scope}]."),
    ("hold_ends", "a hold on your account has ended[: {scope}]."),
    (
        "payout_waits",
        "a payout[ of {sum}] waits for the end of the hold. The money stays yours.",
    ),
    (
        "appeal_hold",
        "somebody complains about a hold[: {scope}]. An operator who did not place it has to answer.",
    ),
    (
        "answer_appeal",
        "your complaint about a hold was answered.[ {answer}]",
    ),
];

/// What an event means to somebody who was not there; none of what nobody was ever told.
pub(super) fn sentence(name: &str, named: &Named) -> Option<String> {
    let (_, text) = SENTENCES.iter().find(|(known, _)| *known == name)?;
    Some(filled(text, named))
}

/// The first of some sentences, for the subject of a letter.
pub(super) fn first(sentences: &str) -> &str {
    sentences
        .split(". ")
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
}

fn filled(text: &str, named: &Named) -> String {
    let mut said = String::new();
    for piece in text.split('[') {
        let Some((optional, rest)) = piece.split_once(']') else {
            said.push_str(piece);
            continue;
        };
        said.push_str(&naming(optional, named).unwrap_or_default());
        said.push_str(rest);
    }
    said
}

/// The text with what it names; none where something of that is not known.
fn naming(text: &str, named: &Named) -> Option<String> {
    let mut said = String::new();
    for piece in text.split('{') {
        let Some((name, rest)) = piece.split_once('}') else {
            said.push_str(piece);
            continue;
        };
        said.push_str(named.get(name)?);
        said.push_str(rest);
    }
    Some(said)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use earnest_hire::contract::{Event, Phase, ROWS};

    use super::*;

    /// What follows from each command, as the rules themselves wrote it down.
    const FOLLOWS: &str = include_str!(
        "../../../../hire/src/contract/tests/snapshots/earnest_hire__contract__tests__coverage__what_follows_from_each_command_beside_money.snap"
    );
    /// What a person is told of their money: each word of it is a command's or a timer's.
    const OF_PAYEES: [&str; 18] = [
        "clear",
        "set_payout_account",
        "approve_account",
        "request_payout",
        "hold_payout",
        "release_payout",
        "cancel_payout",
        "payout_reduced",
        "payout_sent",
        "payout_paid",
        "payout_failed",
        "payout_returned",
        "place_hold",
        "extend_hold",
        "lift_hold",
        "appeal_hold",
        "answer_appeal",
        "hold_ends",
    ];
    /// What these letters make of a word, where it means something else to its reader.
    const OURS: [&str; 6] = [
        "captured_in_part",
        "raise_failed",
        "raise_expired",
        "paid_late",
        "failed_late",
        "payout_waits",
    ];

    fn told() -> BTreeSet<&'static str> {
        let rows = ROWS.iter().filter(|row| !row.notices.is_empty());
        let events: BTreeSet<Event> = rows.map(|row| row.event).collect();
        let phases = Phase::ALL.iter().filter(|phase| **phase != Phase::Closed);
        let followed = FOLLOWS.split("tells ").skip(1);
        let followed = followed.map(|told| told.split(' ').nth(1).unwrap());
        let of_contracts = events
            .into_iter()
            .map(Event::name)
            .chain(phases.map(|phase| phase.name()));
        of_contracts
            .chain(followed)
            .chain(OF_PAYEES)
            .chain(OURS)
            .collect()
    }

    #[test]
    fn everything_that_a_rule_tells_has_one_sentence() {
        let known: BTreeSet<&str> = SENTENCES.iter().map(|(name, _)| *name).collect();
        assert_eq!(known.len(), SENTENCES.len(), "a name stands twice");
        let told = told();
        let missing: Vec<_> = told.difference(&known).collect();
        assert!(missing.is_empty(), "nothing is said of {missing:?}");
        let idle: Vec<_> = known.difference(&told).collect();
        assert!(idle.is_empty(), "nobody is told of {idle:?}");
    }

    #[test]
    fn every_sentence_can_be_said_when_nothing_is_known() {
        for (name, _) in SENTENCES {
            let said = sentence(name, &Named::new()).unwrap();
            assert!(!said.contains(['[', ']', '{', '}']), "{said}");
            assert!(!said.contains("  ") && !said.ends_with(' '), "{said}");
            assert!(first(&said).chars().count() <= 120, "{said}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let inspect = ("inspect", "Friday 4 December 2026, 09:00 UTC".to_owned());
        let said = sentence("submit", &Named::from([inspect.clone()])).unwrap();
        assert_eq!(
            said,
            "a version waits for your review. Approve it or ask for changes until Friday 4 December 2026, 09:00 UTC: after \
             that, silence counts as approval."
        );
        let held = ("held", "$500.00".to_owned());
        let said = sentence("submit", &Named::from([inspect, held])).unwrap();
        assert!(
            said.ends_with("approval and $500.00 goes to the expert."),
            "{said}"
        );
        assert_eq!(first(&said), "a version waits for your review");
        assert_eq!(sentence("something_new", &Named::new()), None);
    }
}
