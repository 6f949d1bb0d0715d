//! What pages and other use cases read off a contract.

use super::world::World;
use crate::contract::{Command, Facts, Input, possible};
use crate::money::Minor;

#[test]
fn a_contract_is_called_by_its_first_milestone() {
    let mut world = World::new("M1=500 M2=300");
    world.contract.milestones[0].plan.title = "The first part".to_owned();
    assert_eq!(world.contract.title(), Some("The first part"));
    world.contract.milestones.clear();
    assert_eq!(world.contract.title(), None);
}

#[test]
fn what_no_payment_is_known_of_clears_as_the_terms_say() {
    let mut world = World::new("M1=500");
    world.contract.terms.clearance_days = 4;
    world.contract.terms.bank_clearance_days = Some(9);
    assert_eq!(world.contract.clearance([]), 4);
    for (line, days) in [("client fund M1 bank", 4), ("psp captured M1 500.00", 9)] {
        assert_eq!(world.act(line), Ok(()), "{line}");
        assert_eq!(
            world.contract.clearance(&world.contract.milestones[0].lots),
            days,
            "{line}"
        );
    }
}

/// The limit of a client counts what is held, what is being paid, and nothing twice.
#[test]
fn what_a_client_has_open() {
    let mut world = World::new("M1=500 M2=300");
    for (line, open) in [
        ("look M1", 0),
        ("client fund M1", 50_000),
        ("psp captured M1 500.00", 50_000),
        ("client fund M2", 80_000),
        ("look M1", 80_000),
        ("client raise M1 100.00", 80_000),
        ("expert agree", 80_000),
        ("client fund M1", 90_000),
        ("psp captured M1 100.00", 90_000),
        ("expert start M1", 90_000),
        ("client release M1 200.00", 70_000),
        ("expert submit M1", 70_000),
        ("client approve M1", 30_000),
        ("psp failed M2", 0),
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
        assert_eq!(world.contract.open_minor(), Ok(Minor(open)), "{line}");
    }
}

/// §4.7: money that came back to a client's funds can be sent back again, also when its milestone is over.
#[test]
fn money_of_a_milestone_that_is_over_can_be_taken_back() {
    let mut world = World::new("M1=500");
    for line in [
        "client fund M1",
        "psp captured M1 500.00",
        "client cancel M1",
        "psp returned R1 unsent",
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let of = |world: &World, person| {
        let input = Input::new(world.now, [3; 16], Facts::default());
        possible(&world.contract, person, &input)
    };
    let (id, payment) = (world.contract.milestones[0].id, world.contract.payments[0].id);
    let found = of(&world, world.contract.client);
    let [one] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!((one.milestone, one.answer), (Some(id), Ok(())));
    let Command::RefundFunds {
        payment: of_payment,
        amount,
    } = one.command
    else {
        panic!("{one:?}");
    };
    assert_eq!((of_payment, amount.amount_minor), (payment, 50_000));
    assert_eq!(of(&world, world.contract.expert), []);
    assert_eq!(world.act("client refund M1 500.00"), Ok(()));
    assert_eq!(of(&world, world.contract.client), []);
}
