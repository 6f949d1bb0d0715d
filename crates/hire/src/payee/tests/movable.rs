//! Payouts of which the provider can move a part only.

use super::*;

#[test]
fn what_a_provider_cannot_move_now_stays_payable() {
    let mut desk = Desk::with_payable(50_000);
    desk.movable = Some(Minor(9_999));
    desk.unit = Minor(100);
    let payout = desk.request(10_000).unwrap();
    let asked = desk.payee.payout(payout).unwrap().clone();
    assert_eq!(
        (asked.asked_minor, asked.amount_minor),
        (Minor(10_000), Minor(9_900))
    );
    assert_eq!(desk.payable(), 50_000 - 9_900);
}

#[test]
fn a_payout_is_reduced_to_what_can_be_moved_when_it_is_sent() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(50_000).unwrap();
    let reduce = |minor| Command::PayoutReduced {
        payout,
        amount: eur(minor),
    };
    let sandbox = Actor::Provider { name: provider() };
    for (by, minor, refusal) in [
        (desk.me(), 20_000, Refusal::NotForPeople),
        (sandbox.clone(), 0, Refusal::AmountNotPositive),
        (sandbox.clone(), 50_000, Refusal::EventWithoutEffect),
    ] {
        assert_eq!(desk.give(&by, &reduce(minor)), Err(refusal), "{minor}");
    }
    desk.give(&sandbox, &reduce(20_000)).unwrap();
    assert_eq!(
        (
            desk.payable(),
            desk.sum(&Account::PayoutTransit(payout)),
            desk.state(payout)
        ),
        (30_000, 20_000, PayoutState::Requested)
    );
    desk.told("paid", payout).unwrap();
    assert_eq!(desk.psp(), 80_000);
    assert_eq!(desk.give(&sandbox, &reduce(1)), Err(Refusal::EventWithoutEffect));
}
