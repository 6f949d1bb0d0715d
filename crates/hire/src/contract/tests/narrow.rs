//! Places where one sign more or less would move money wrongly, each tried on both of its sides.

use jiff::SignedDuration;

use super::world::World;
use crate::contract::*;
use crate::ids::{Ids, PaymentId, PersonId};
use crate::ledger::Account;
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, end_of};

/// Two milestones, paid one after the other.
fn both_paid(settings: &str) -> World {
    let mut world = World::new(settings);
    for name in ["M1", "M2"] {
        let fund = format!("client fund {name}");
        assert_eq!(world.act(&fund), Ok(()));
        let asked = world.contract.payments.last().unwrap().asked_minor;
        let captured = format!("psp captured {name} {}.{:02}", asked.0 / 100, asked.0 % 100);
        assert_eq!(world.act(&captured), Ok(()), "{captured}");
    }
    world
}

fn all(world: &mut World, lines: &[&str]) {
    for line in lines {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
}

#[test]
fn an_amendment_is_accepted_until_its_last_moment() {
    for (late, answer) in [(0, Ok(())), (1, Err(Refusal::AmendmentExpired))] {
        let mut world = both_paid("M1=500 M2=300");
        all(&mut world, &["client raise M1 100.00"]);
        let until = world.contract.amendment.as_ref().unwrap().until;
        world.now = after(until, SignedDuration::from_micros(late));
        assert_eq!(world.act("expert agree"), answer);
    }
}

/// T19 lowers the price by what goes back; what an expert gives back leaves it.
#[test]
fn only_an_agreed_change_lowers_a_price() {
    for (lines, price) in [
        (&["expert back M1 100.00"][..], 50_000),
        (&["client lower M1 100.00", "expert agree"], 40_000),
    ] {
        let mut world = both_paid("M1=500 M2=300");
        all(&mut world, &["expert start M1"]);
        all(&mut world, lines);
        let milestone = &world.contract.milestones[0];
        assert_eq!(
            (milestone.plan.price_minor, milestone.held()),
            (Minor(price), Ok(Minor(40_000))),
            "{lines:?}"
        );
    }
}

/// Lots are released in the order in which their payments were begun, wherever their money was moved from.
#[test]
fn money_that_was_moved_is_released_before_what_was_paid_later() {
    let mut world = both_paid("M1=500 M2=300");
    all(&mut world, &["client move M1 M2 100.00", "expert agree"]);
    let lots = &world.contract.milestones[1].lots;
    let paid: Vec<PaymentId> = lots.iter().map(|lot| lot.payment).collect();
    let begun: Vec<PaymentId> = world.contract.payments.iter().map(|one| one.id).collect();
    assert_eq!(paid, begun);
    all(&mut world, &["expert start M2", "client release M2 100.00"]);
    let released: Vec<Minor> = world.contract.milestones[1]
        .lots
        .iter()
        .map(|lot| lot.released)
        .collect();
    assert_eq!(released, [Minor(10_000), Minor::ZERO]);
}

/// T23: what is in no dispute is met first.
#[test]
fn a_loss_takes_what_nobody_disputes_before_what_somebody_does() {
    for disputed in ["M1", "M2"] {
        let mut world = both_paid("M1=500 M2=300");
        all(&mut world, &["client move M1 M2 100.00", "expert agree"]);
        all(&mut world, &["expert start M1", "expert start M2"]);
        all(&mut world, &[&format!("client dispute {disputed} 0 0 bad")]);
        all(&mut world, &["look M1", "psp takes M1 50.00 CB1", "psp lost CB1"]);
        let withheld: Vec<Minor> = world
            .contract
            .milestones
            .iter()
            .map(|one| one.lots[0].withheld)
            .collect();
        let first = usize::from(disputed == "M1");
        let mut expected = [Minor::ZERO; 2];
        expected[first] = Minor(5_000);
        assert_eq!(withheld, expected, "{disputed} is disputed");
    }
}

/// T22: what was stopped goes on, and what had arrived is not sent a second time.
#[test]
fn a_chargeback_that_is_won_sends_only_the_refunds_that_it_had_stopped() {
    let mut world = both_paid("M1=500 M2=300");
    all(
        &mut world,
        &[
            "expert start M1",
            "expert back M1 100.00",
            "psp refunded R1",
            "expert back M1 50.00",
            "psp takes M1 350.00 CB1",
            "look M2",
            "client cancel M2",
        ],
    );
    let states =
        |world: &World| -> Vec<RefundState> { world.contract.refunds.iter().map(|one| one.state).collect() };
    let before = states(&world);
    assert_eq!(before[0], RefundState::Succeeded);
    assert_eq!(before[1], RefundState::Stopped);
    assert_eq!(before[2], RefundState::Requested);
    assert_eq!(world.act("psp sent R3"), Ok(()));
    assert_eq!(world.act("psp won CB1"), Ok(()));
    let expected = [RefundState::Succeeded, RefundState::Requested, RefundState::Sent];
    assert_eq!(states(&world), expected);
}

#[test]
fn the_second_operator_stands_in_the_command() {
    let ids = || Ids::new("2026-01-05T09:00:00Z".parse().unwrap(), [4; 16]);
    let second = PersonId::new("2026-01-05T09:00:00Z".parse().unwrap(), [12; 10]);
    let (milestone, payment) = (ids().milestone(), ids().payment());
    let mut decided = Command::DecideDispute {
        milestone,
        to_expert: money(Minor(1), "EUR".parse().unwrap()),
        to_client: money(Minor(2), "EUR".parse().unwrap()),
        reasons: "They agree.".to_owned(),
        second: None,
    };
    assert_eq!(decided.seconded_by(), None);
    *decided.second().unwrap() = Some(second);
    assert_eq!(decided.seconded_by(), Some(second));
    let moved = Command::MoveToBank {
        payment,
        bank: "bank".parse().unwrap(),
        receipt: ids().event(),
        transfer: "t1".to_owned(),
        second,
    };
    assert_eq!(moved.seconded_by(), Some(second));
    let mut approve = Command::Approve { milestone };
    assert_eq!(approve.second(), None);
    assert_eq!(approve.seconded_by(), None);
}

#[test]
fn an_offer_may_be_due_until_the_end_of_today() {
    let world = World::new("M1=500");
    let due_on = "2026-01-05".parse().unwrap();
    let mut asked = Offer {
        process: PROCESS_VERSION,
        client: world.contract.client,
        expert: world.contract.expert,
        currency: world.contract.currency,
        terms: world.contract.terms.clone(),
        milestones: vec![(
            world.contract.milestones[0].id,
            world.contract.milestones[0].plan.clone(),
        )],
    };
    asked.milestones[0].1.due_on = due_on;
    let end = end_of(due_on);
    for (late, refused) in [(-1, None), (0, None), (1, Some(Refusal::DuePast))] {
        let now = after(end, SignedDuration::from_micros(late));
        let input = Input::new(now, [3; 16], Facts::default());
        assert_eq!(offer(world.contract.id, &asked, &input).err(), refused, "{late}");
    }
    assert_eq!(
        world.held(&Account::Escrow(world.contract.milestones[0].id)),
        Minor::ZERO
    );
}
