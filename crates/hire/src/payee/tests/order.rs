//! What the provider tells in another order than it happened.

use super::*;

/// What waits is told again after each that was taken. Every transaction of the provider then has one line.
#[test]
fn what_comes_back_waits_for_what_had_left() {
    for order in [
        ["paid", "returned"],
        ["returned", "paid"],
        ["paid", "came_back"],
        ["came_back", "paid"],
    ] {
        for canceled in [false, true] {
            let mut desk = Desk::with_payable(50_000);
            let payout = desk.request(50_000).unwrap();
            if canceled {
                desk.give(&desk.me(), &Command::CancelPayout { payout }).unwrap();
            }
            let (mut waiting, mut names) = (Vec::new(), Vec::new());
            for what in order {
                waiting.push(what);
                waiting.retain(|what| match desk.told(what, payout) {
                    Ok(()) => {
                        let entry = desk.last.as_ref().unwrap().entry.as_ref();
                        let lines = entry.unwrap().lines().iter();
                        names.extend(lines.filter_map(|line| line.external_id.clone()));
                        false
                    }
                    Err(refusal) => {
                        assert_eq!(refusal, Refusal::EventTooEarly, "{order:?}");
                        true
                    }
                });
                if order[0] != "paid" && what == order[0] {
                    assert_eq!(waiting, [what]);
                }
            }
            // What waited is told once more, after that for which it waited.
            for what in waiting {
                desk.told(what, payout).unwrap();
                let entry = desk.last.as_ref().unwrap().entry.as_ref();
                let lines = entry.unwrap().lines().iter();
                names.extend(lines.filter_map(|line| line.external_id.clone()));
            }
            names.sort_unstable();
            let back = if order.contains(&"returned") {
                "po_returned"
            } else {
                "po_came_back"
            };
            let mut all = [back.to_owned(), "po_paid".to_owned()];
            all.sort_unstable();
            assert_eq!(names, all, "{order:?}");
            assert_eq!(
                (desk.state(payout), desk.payable(), desk.owed(), desk.psp()),
                (PayoutState::Returned, 50_000, 0, 100_000),
                "{order:?} {canceled}"
            );
        }
    }
}
