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

/// A new hold, for so many days.
fn placed(desk: &mut Desk, scope: Scope, for_days: u16, second: Option<PersonId>) -> Result<HoldId, Refusal> {
    let command = Command::PlaceHold {
        scope,
        reason: "name_differs".to_owned(),
        facts: "The account is in another name.".to_owned(),
        rule: "terms 7.3".to_owned(),
        review_by: after(desk.now, days(for_days)),
        second,
    };
    desk.give(&operator(1), &command)?;
    Ok(desk.payee.holds.last().unwrap().id)
}

#[test]
fn holds_placed_one_after_the_other_count_together() {
    for gap_hours in [0, 1, 24 * 6, 24 * 7] {
        let mut desk = Desk::new();
        let began = desk.now;
        while desk.now <= after(began, days(30 - 7)) {
            placed(&mut desk, Scope::SignIn, 7, None).unwrap();
            desk.now = after(desk.now, days(7) + hours(gap_hours));
        }
        assert_eq!(
            placed(&mut desk, Scope::SignIn, 7, None),
            Err(Refusal::FourEyes),
            "{gap_hours}"
        );
        placed(&mut desk, Scope::Messages, 7, None).unwrap(); // another thing, counted by itself
        for (second, refusal) in [
            (office(1), Refusal::SameOperator),
            (desk.payee.id, Refusal::OwnAccount),
        ] {
            assert_eq!(placed(&mut desk, Scope::SignIn, 7, Some(second)), Err(refusal));
        }
        let hold = placed(&mut desk, Scope::SignIn, 7, Some(office(2))).unwrap();
        assert_eq!(desk.payee.hold(hold).unwrap().second, Some(office(2)));
    }
}

#[test]
fn overlapping_holds_and_those_lifted_in_between_count_together() {
    let mut desk = Desk::new();
    let mut last = placed(&mut desk, Scope::NewContracts, 7, None).unwrap();
    for _ in 0..4 {
        desk.now = after(desk.now, days(6));
        let next = placed(&mut desk, Scope::NewContracts, 6, None).unwrap();
        let lift = Command::LiftHold {
            hold: last,
            reason: "another stands".to_owned(),
        };
        desk.give(&operator(1), &lift).unwrap();
        last = next;
    }
    let extend = Command::ExtendHold {
        hold: last,
        reason: "still open".to_owned(),
        review_by: after(desk.now, days(7)),
        second: None,
    };
    assert_eq!(desk.give(&operator(1), &extend), Err(Refusal::FourEyes));
    assert_eq!(
        placed(&mut desk, Scope::NewContracts, 7, None),
        Err(Refusal::FourEyes)
    );
    let automated = Command::PlaceHold {
        scope: Scope::NewContracts,
        reason: "rule".to_owned(),
        facts: "as before".to_owned(),
        rule: "terms 7.3".to_owned(),
        review_by: after(desk.now, days(7)),
        second: None,
    };
    assert_eq!(desk.give(&Actor::Clock, &automated), Err(Refusal::FourEyes));
    // after a week without any, the days are counted anew
    desk.now = after(desk.now, days(6 + 7) + hours(1));
    placed(&mut desk, Scope::NewContracts, 7, None).unwrap();
}

/// By one operator alone.
fn hold_of(desk: &Desk, payout: PayoutId, for_days: u16) -> Command {
    Command::HoldPayout {
        payout,
        reason: "name differs".to_owned(),
        review_by: after(desk.now, days(for_days)),
        second: None,
    }
}

#[test]
fn a_payout_held_by_itself_counts_with_holds_on_payouts() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let hold = |desk: &Desk, for_days: u16| hold_of(desk, payout, for_days);
    for _ in 0..2 {
        desk.give(&operator(1), &hold(&desk, 7)).unwrap();
        desk.now = after(desk.now, days(7));
    }
    for _ in 0..2 {
        placed(&mut desk, Scope::Payouts, 7, None).unwrap();
        desk.now = after(desk.now, days(7));
    }
    assert_eq!(placed(&mut desk, Scope::Payouts, 7, None), Err(Refusal::FourEyes));
    assert_eq!(desk.give(&operator(1), &hold(&desk, 7)), Err(Refusal::FourEyes));
    desk.give(&operator(1), &hold(&desk, 2)).unwrap();
    // a payout asked for later is not the beginning of another count
    let waiting = desk.payee.payouts.len();
    desk.give(&desk.me(), &Command::CancelPayout { payout }).unwrap();
    desk.now = after(desk.now, days(2) + hours(1));
    let next = desk.request(10_000).unwrap();
    assert_eq!(desk.payee.payouts.len(), waiting + 1);
    let anew = hold_of(&desk, next, 7);
    assert_eq!(desk.give(&operator(1), &anew), Err(Refusal::FourEyes));
}

/// H21: whoever is held cannot leave the hold behind by taking the payout back and asking anew.
#[test]
fn a_payout_taken_back_while_it_is_held_holds_up_the_next() {
    let taken = |rules: u16| {
        let mut desk = Desk::with_payable(50_000);
        desk.rules = rules;
        let payout = desk.request(10_000).unwrap();
        let hold = hold_of(&desk, payout, 7);
        desk.give(&operator(1), &hold).unwrap();
        (desk, payout)
    };
    let (mut desk, payout) = taken(RULES);
    desk.give(&desk.me(), &Command::CancelPayout { payout }).unwrap();
    assert!(desk.payee.payouts_stopped(desk.now));
    desk.now = after(desk.now, days(7));
    assert_eq!(desk.request(10_000), Err(Refusal::PayoutsHeld));
    desk.now = after(desk.now, hours(1));
    assert!(!desk.payee.payouts_stopped(desk.now));
    desk.request(10_000).unwrap();

    // an operator who takes it back has ended the hold
    let (mut desk, payout) = taken(RULES);
    desk.now = after(desk.now, hours(1));
    desk.give(&operator(2), &Command::CancelPayout { payout })
        .unwrap();
    desk.now = after(desk.now, hours(1));
    desk.request(10_000).unwrap();

    // one that waited for a hold on the account waits for no longer than that
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let hold = desk.place(Scope::Payouts).unwrap();
    desk.give(&desk.me(), &Command::CancelPayout { payout }).unwrap();
    let reason = "It was a mistake.".to_owned();
    desk.give(&operator(1), &Command::LiftHold { hold, reason })
        .unwrap();
    desk.request(10_000).unwrap();

    // what was decided before that was a rule is decided so again
    let (mut desk, payout) = taken(0);
    desk.give(&desk.me(), &Command::CancelPayout { payout }).unwrap();
    desk.request(10_000).unwrap();
}

#[test]
fn an_operator_does_nothing_to_their_own_account() {
    let mut desk = Desk::new();
    let hold = desk.place(Scope::SignIn).unwrap();
    let lift = Command::LiftHold {
        hold,
        reason: "mine".to_owned(),
    };
    let own = Actor::Operator { id: desk.payee.id };
    assert_eq!(desk.give(&own, &lift), Err(Refusal::OwnAccount));
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

/// The last moment that is allowed, and the first that is not.
#[test]
fn the_limits_of_a_hold_are_exact() {
    let moment = jiff::SignedDuration::from_micros(1);
    let mut desk = Desk::new();
    let asked = |review_by, second| Command::PlaceHold {
        scope: Scope::SignIn,
        reason: "name_differs".to_owned(),
        facts: "The account is in another name.".to_owned(),
        rule: "terms 7.3".to_owned(),
        review_by,
        second,
    };
    let (now, week) = (desk.now, after(desk.now, days(7)));
    for review_by in [before(now, moment), now, after(week, moment)] {
        let answer = desk.give(&operator(1), &asked(review_by, None));
        assert_eq!(answer, Err(Refusal::HoldTooLong), "{review_by}");
    }
    desk.give(&operator(1), &asked(week, None)).unwrap();
    let held = |now| desk.payee.held(Scope::SignIn, now).is_some();
    assert_eq!([held(week), held(after(week, moment))], [true, false]);
    // Thirty days together are for one operator alone, and no moment more.
    for day in [7, 14, 23] {
        desk.now = after(now, days(day));
        let limit = after(desk.now, days(7));
        if day == 23 {
            desk.now = after(desk.now, moment);
            let answer = desk.give(&operator(1), &asked(after(limit, moment), None));
            assert_eq!(answer, Err(Refusal::FourEyes));
        }
        desk.give(&operator(1), &asked(limit, None)).unwrap();
    }
    // What is over is kept for 180 days, to the last of them.
    let ended = desk.payee.holds[0].id;
    let lift = Command::LiftHold {
        hold: desk.payee.holds[3].id,
        reason: "cleared up".to_owned(),
    };
    desk.give(&operator(1), &lift).unwrap();
    let over = desk.now;
    for (at, kept) in [
        (after(over, days(180)), true),
        (after(over, days(180) + moment), false),
    ] {
        desk.now = at;
        desk.clear(1).unwrap();
        let found = desk.payee.holds.iter().any(|one| one.ended_at == Some(over));
        assert_eq!(found, kept, "{at}");
    }
    assert!(desk.payee.hold(ended).is_ok(), "no timer has ended it");
}

#[test]
fn a_payout_held_again_and_again_takes_two_operators_after_30_days() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let hold = |desk: &Desk, second| Command::HoldPayout {
        payout,
        reason: "name differs".to_owned(),
        review_by: after(desk.now, days(7)),
        second,
    };
    for _ in 0..4 {
        desk.give(&operator(1), &hold(&desk, None)).unwrap();
        desk.now = after(desk.now, days(7));
        desk.give(&operator(1), &Command::ReleasePayout { payout })
            .unwrap();
    }
    assert_eq!(
        desk.give(&operator(1), &hold(&desk, None)),
        Err(Refusal::FourEyes)
    );
    desk.give(&operator(1), &hold(&desk, Some(office(2)))).unwrap();
}

#[test]
fn a_changed_account_cancels_what_is_held_too() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let hold = Command::HoldPayout {
        payout,
        reason: "name differs".to_owned(),
        review_by: after(desk.now, days(7)),
        second: None,
    };
    desk.give(&operator(1), &hold).unwrap();
    desk.account("acct_2").unwrap();
    assert_eq!(
        (desk.state(payout), desk.payable()),
        (PayoutState::Canceled, 50_000)
    );
}
