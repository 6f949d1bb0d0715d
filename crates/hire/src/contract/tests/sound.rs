//! That what is not sound is found: every figure of a contract and every balance, changed one at a time.

use super::world::World;
use crate::contract::*;
use crate::ledger::Account;
use crate::money::Minor;

/// One milestone paid for, released and given back in part, one in dispute under an open chargeback.
fn world() -> World {
    let mut world = World::new("M1=500 M2=300 client_fee=500 client_tax=1900 expert_tax=1900");
    for line in [
        "client fund M1",
        "psp captured M1 529.75",
        "expert start M1",
        "client release M1 100.00",
        "expert back M1 50.00",
        "client fund M2",
        "psp captured M2 317.85",
        "expert start M2",
        "client dispute M2 0 0 bad",
        "psp takes M2 100.00 CB1",
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    world
}

/// What is found, each by its invariant and the kind of its subject.
fn found(world: &World, contract: &Contract, moved: Option<&Account>) -> Vec<String> {
    let balance = |account: &Account| {
        let held = world.held(account);
        if Some(account) == moved {
            Minor(held.0 + 1)
        } else {
            held
        }
    };
    let kind = |one: &Broken| one.subject.rsplit_once('_').unwrap().0.to_owned();
    let found = broken(contract, &balance);
    found
        .iter()
        .map(|one| format!("{} {}", one.invariant, kind(one)))
        .collect()
}

type Change = (&'static str, fn(&mut Contract), &'static [&'static str]);

const ESCROW: &str = "I5 L:escrow:mst";
const DISPUTE: &str = "I5 L:dispute_hold:mst";
const FEE_HOLD: &str = "I5 L:fee_hold:mst";
const REFUND: &str = "I5 L:refund_transit:rfd";
const CHARGEBACK: &str = "I5 A:chargeback:cbk";
const PAYMENT: &str = "I5 pay";

fn lot(contract: &mut Contract) -> &mut Lot {
    &mut contract.milestones[0].lots[0]
}

const CHANGES: &[Change] = &[
    ("price", |all| lot(all).price.0 += 1, &[ESCROW, PAYMENT]),
    ("released", |all| lot(all).released.0 += 1, &[ESCROW]),
    ("refunded", |all| lot(all).refunded.0 += 1, &[ESCROW, PAYMENT]),
    ("withheld", |all| lot(all).withheld.0 += 1, &[ESCROW]),
    (
        "more than all released",
        |all| lot(all).released = Minor(lot(all).price.0 + 1),
        &["I4 lot", ESCROW],
    ),
    (
        "more than all of a fee earned",
        |all| lot(all).client_fee.earned = Minor(lot(all).client_fee.agreed.0 + 1),
        &["I13 lot", FEE_HOLD],
    ),
    (
        "more than all of a tax returned",
        |all| lot(all).client_tax.returned = Minor(lot(all).client_tax.agreed.0 + 1),
        &["I13 lot", FEE_HOLD, PAYMENT],
    ),
    (
        "more than all of the expert's fee withheld",
        |all| lot(all).expert_fee.withheld = Minor(lot(all).expert_fee.agreed.0 + 1),
        &["I13 lot"],
    ),
    (
        "more than all of the expert's tax earned",
        |all| lot(all).expert_tax.earned = Minor(lot(all).expert_tax.agreed.0 + 1),
        &["I13 lot"],
    ),
    ("fee earned", |all| lot(all).client_fee.earned.0 += 1, &[FEE_HOLD]),
    (
        "fee agreed",
        |all| lot(all).client_fee.agreed.0 += 1,
        &[FEE_HOLD, PAYMENT],
    ),
    (
        "fee returned",
        |all| lot(all).client_fee.returned.0 += 1,
        &[FEE_HOLD, PAYMENT],
    ),
    (
        "tax agreed",
        |all| lot(all).client_tax.agreed.0 += 1,
        &[FEE_HOLD, PAYMENT],
    ),
    (
        "ended with money in it",
        |all| all.milestones[0].state = State::Released,
        &["I6 mst"],
    ),
    (
        "no dispute",
        |all| all.milestones[1].dispute = None,
        &[ESCROW, DISPUTE],
    ),
    (
        "refund",
        |all| all.refunds[0].amount_minor.0 += 1,
        &[REFUND, PAYMENT],
    ),
    (
        "refund stopped",
        |all| all.refunds[0].state = RefundState::Stopped,
        &[],
    ),
    ("refund sent", |all| all.refunds[0].state = RefundState::Sent, &[]),
    (
        "refund arrived",
        |all| all.refunds[0].state = RefundState::Succeeded,
        &[REFUND],
    ),
    (
        "refund failed",
        |all| all.refunds[0].state = RefundState::Failed,
        &[REFUND, PAYMENT],
    ),
    (
        "refund of another payment",
        |all| all.refunds[0].payment = all.payments[1].id,
        &[PAYMENT, PAYMENT],
    ),
    (
        "chargeback",
        |all| all.chargebacks[0].amount_minor.0 += 1,
        &[CHARGEBACK],
    ),
    (
        "chargeback won",
        |all| all.chargebacks[0].state = ChargebackState::Won,
        &[CHARGEBACK],
    ),
    (
        "chargeback out of the funds",
        |all| all.chargebacks[0].from_funds_minor.0 += 1,
        &[PAYMENT],
    ),
    (
        "chargeback repaid",
        |all| all.chargebacks[0].repaid_minor.0 += 1,
        &[PAYMENT],
    ),
    (
        "received",
        |all| all.payments[0].received_minor.0 += 1,
        &[PAYMENT],
    ),
    (
        "in funds",
        |all| all.payments[1].in_funds_minor.0 += 1,
        &[PAYMENT],
    ),
];

#[test]
fn every_figure_that_is_wrong_is_found() {
    let world = world();
    assert_eq!(found(&world, &world.contract, None), [""; 0]);
    for (what, change, expected) in CHANGES {
        let mut contract = world.contract.clone();
        change(&mut contract);
        assert_eq!(found(&world, &contract, None), *expected, "{what}");
    }
}

#[test]
fn every_balance_that_is_wrong_is_found() {
    let world = world();
    let contract = &world.contract;
    let (first, second) = (contract.milestones[0].id, contract.milestones[1].id);
    for (account, expected) in [
        (Account::Escrow(first), ESCROW),
        (Account::Escrow(second), ESCROW),
        (Account::FeeHold(first), FEE_HOLD),
        (Account::DisputeHold(first), DISPUTE),
        (Account::DisputeHold(second), DISPUTE),
        (Account::RefundTransit(contract.refunds[0].id), REFUND),
        (Account::Chargeback(contract.chargebacks[0].id), CHARGEBACK),
    ] {
        assert_eq!(found(&world, contract, Some(&account)), [expected]);
    }
    let escrow = Account::Escrow(first);
    let told = broken(contract, &|account| {
        let more = i64::from(*account == escrow);
        Minor(world.held(account).0 + more)
    });
    let (subject, why) = (escrow.to_string(), "is 35001, should be 35000");
    assert_eq!(
        (told[0].subject.as_str(), told[0].why.as_str()),
        (subject.as_str(), why)
    );
}
