//! Holds on an account: reasons, ends, a second operator, complaints.

use super::*;
use crate::contract::TimerKind;

#[test]
fn a_hold_on_payouts_stops_them_and_lets_them_go_by_itself() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    desk.place(Scope::Payouts).unwrap();
    assert_eq!(desk.state(payout), PayoutState::Held);
    assert_eq!(desk.request(1), Err(Refusal::PayoutsHeld));
    assert_eq!(
        desk.give(&operator(1), &Command::ReleasePayout { payout }),
        Err(Refusal::PayoutsHeld)
    );
    assert_eq!(desk.payee.held(Scope::SignIn, desk.now), None);
    desk.clear(10_000).unwrap(); // money goes on becoming payable
    let timer = Command::Timer {
        kind: TimerKind::HoldEnds,
        subject: desk.payee.holds[0].id.to_string(),
        entry_no: 1,
        due_at: desk.payee.holds[0].review_by,
    };
    assert_eq!(desk.give(&Actor::Clock, &timer), Err(Refusal::TimerNotDue));
    desk.now = after(desk.payee.holds[0].review_by, hours(1));
    desk.give(&Actor::Clock, &timer).unwrap();
    assert_eq!(desk.state(payout), PayoutState::Requested);
    assert_eq!(desk.give(&Actor::Clock, &timer), Err(Refusal::StaleTimer));
    desk.request(1).unwrap();
}

#[test]
fn a_payout_under_two_holds_waits_for_the_longer() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let first = desk.place(Scope::Payouts).unwrap();
    let second = desk.place(Scope::Payouts).unwrap();
    let lift = |hold| Command::LiftHold {
        hold,
        reason: "cleared up".to_owned(),
    };
    desk.give(&operator(2), &lift(first)).unwrap();
    assert_eq!(desk.state(payout), PayoutState::Held);
    desk.give(&operator(2), &lift(second)).unwrap();
    assert_eq!(desk.state(payout), PayoutState::Requested);
    assert_eq!(desk.give(&operator(2), &lift(second)), Err(Refusal::NotOnHold));
}

#[test]
fn holds_last_30_days_by_one_operator_and_show_who_decided() {
    let mut desk = Desk::new();
    let hold = desk.place(Scope::Messages).unwrap();
    let extend = |desk: &Desk, second| Command::ExtendHold {
        hold,
        reason: "still open".to_owned(),
        review_by: after(desk.now, days(7)),
        second,
    };
    for _ in 0..3 {
        desk.now = after(desk.now, days(7));
        desk.give(&operator(1), &extend(&desk, None)).unwrap();
    }
    desk.now = after(desk.now, days(7));
    assert_eq!(
        desk.give(&operator(1), &extend(&desk, None)),
        Err(Refusal::FourEyes)
    );
    desk.give(&operator(1), &extend(&desk, Some(office(2)))).unwrap();
    assert_eq!(
        desk.payee.hold(hold).unwrap().decided,
        DecidedBy::Operator { id: office(1) }
    );
    desk.fire().unwrap();
    assert_eq!(desk.payee.held(Scope::Messages, desk.now), None);
    desk.now = after(desk.now, days(181));
    desk.clear(1).unwrap();
    assert_eq!(desk.payee.holds, []);
}

#[test]
fn a_complaint_is_answered_by_another_operator_once() {
    let mut desk = Desk::new();
    let hold = desk.place(Scope::SignIn).unwrap();
    let answer = Command::AnswerAppeal {
        hold,
        reason: "The facts stand.".to_owned(),
    };
    assert_eq!(desk.give(&operator(2), &answer), Err(Refusal::NoAppeal));
    let appeal = |reason: &str| Command::AppealHold {
        hold,
        reason: reason.to_owned(),
    };
    assert_eq!(desk.give(&desk.me(), &appeal("  ")), Err(Refusal::ReasonMissing));
    desk.give(&desk.me(), &appeal("That was me, at an airport."))
        .unwrap();
    assert_eq!(
        desk.give(&desk.me(), &appeal("Again.")),
        Err(Refusal::AlreadyAppealed)
    );
    assert_eq!(desk.give(&operator(1), &answer), Err(Refusal::SameOperator));
    desk.give(&operator(2), &answer).unwrap();
    assert_eq!(desk.give(&operator(2), &answer), Err(Refusal::NoAppeal));
    assert_eq!(desk.last.unwrap().audit.unwrap().reason, "The facts stand.");
}
