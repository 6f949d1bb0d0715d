//! Rules that no line of a scenario can show: versions of the process, and guards that the timers set keep anyway.

use super::world::World;
use crate::contract::*;
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::span::{after, before, days, end_of};

fn paid(settings: &str) -> World {
    let mut world = World::new(settings);
    let price = settings.trim_start_matches("M1=");
    for line in [
        "client fund M1",
        &format!("psp captured M1 {price}.00"),
        "expert start M1",
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    world
}

fn given(world: &World, command: &Command) -> Result<Decision, Refusal> {
    let input = Input::new(world.now, [3; 16], Facts::default());
    decide(&world.contract, command, &Actor::Clock, &input)
}

#[test]
fn every_version_up_to_the_newest_has_its_table_and_no_newer_one_runs() {
    for version in 1..=PROCESS_VERSION {
        assert!(
            rows_of(version).is_some(),
            "contracts of version {version} would stand still"
        );
    }
    let mut world = paid("M1=500");
    world.contract.process = 1;
    assert_eq!(world.act("expert submit M1"), Ok(()));
    for unknown in [0, PROCESS_VERSION + 1] {
        world.contract.process = unknown;
        assert_eq!(world.act("client approve M1"), Err(Refusal::UnknownProcess));
    }
}

/// H1: what an older version signed is what a newer program offers again when it verifies.
#[test]
fn an_offer_of_any_known_version_can_be_decided_again() {
    let world = World::new("M1=500");
    let mut offer = Offer {
        process: 1,
        client: world.contract.client,
        expert: world.contract.expert,
        currency: world.contract.currency,
        terms: world.contract.terms.clone(),
        milestones: world
            .contract
            .milestones
            .iter()
            .map(|one| (one.id, one.plan.clone()))
            .collect(),
    };
    assert_eq!(offer.check(), Ok(()));
    offer.process = PROCESS_VERSION + 1;
    assert_eq!(offer.check(), Err(Refusal::UnknownProcess));
}

#[test]
fn a_lot_is_held_from_the_arrival_of_its_money() {
    let mut world = World::new("M1=500");
    let lines = [
        "set holding 180",
        "client fund M1",
        "wait 1 hour",
        "set limit 100.00",
        "psp captured M1 500.00",
    ];
    for line in lines {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let arrived = world.now;
    for line in ["wait 10 days", "set limit 500.00", "client place M1"] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let lot = &world.contract.milestones[0].lots[0];
    assert_eq!(lot.hold_until, Some(after(arrived, days(180))));
}

/// T17's guard is looked at again where a decision becomes final, and not only where it is given.
#[test]
fn one_operator_alone_decides_no_sum_above_the_limit_however_it_became_final() {
    let mut world = paid("M1=2000");
    for line in [
        "client dispute M1 0 0 bad",
        "wait 8 days",
        "op1 decide M1 0 2000.00 short op2",
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let dispute = world.contract.milestones[0].dispute.clone().unwrap();
    let command = Command::Timer {
        kind: TimerKind::DisputePhase,
        subject: dispute.id.to_string(),
        entry_no: dispute.entry_no,
        due_at: dispute.due_at,
    };
    world.now = after(dispute.due_at, crate::span::HOUR);
    assert!(given(&world, &command).is_ok());
    let kept = world.contract.milestones[0].dispute.as_mut().unwrap();
    kept.rulings[0].second = None;
    assert_eq!(given(&world, &command), Err(Refusal::FourEyes));
}

/// H18: a decision that does not come is late since it was due, whatever becomes of it; the parties are told once, and
/// whoever has to decide every day. What happened before that was kept is made again as it was.
#[test]
fn a_late_decision_is_late_since_it_was_due() {
    let mut world = paid("M1=2000");
    for line in ["client dispute M1 0 0 bad", "wait 8 days", "clear"] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let of = |world: &World| world.contract.milestones[0].dispute.clone().unwrap();
    let dispute = of(&world);
    assert_eq!((dispute.phase, dispute.missed_at), (Phase::Deciding, None));
    let command = Command::Timer {
        kind: TimerKind::DisputePhase,
        subject: dispute.id.to_string(),
        entry_no: dispute.entry_no,
        due_at: dispute.due_at,
    };
    let former = world.now;
    world.now = after(dispute.due_at, crate::span::HOUR);
    let as_it_was = given(&world, &command).unwrap();
    let without = as_it_was.contract.milestones[0].dispute.clone().unwrap();
    assert_eq!((without.missed_at, without.phase), (None, Phase::Deciding));
    world.now = former;

    assert_eq!(world.act("wait 9 days"), Ok(()));
    assert_eq!(of(&world).missed_at, Some(dispute.due_at));
    assert!(of(&world).due_at > world.now, "told again");
    let told: Vec<&String> = world
        .follows
        .iter()
        .filter(|one| one.contains("decision_late"))
        .collect();
    assert_eq!(told.len(), 2, "{:?}", world.follows);
    assert_eq!(world.act("op1 decide M1 0 2000.00 short op2"), Ok(()));
    assert_eq!((of(&world).phase, of(&world).missed_at), (Phase::Decided, None));
}

/// T24 and T25 ask for their time themselves, whoever has set the timer.
#[test]
fn no_warning_of_a_limit_and_no_dormancy_before_its_time() {
    let mut world = World::new("M1=500");
    for line in [
        "set holding 180",
        "client fund M1",
        "psp captured M1 500.00",
        "op1 hold report",
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let lot = world.contract.milestones[0].lots[0].id.to_string();
    let (contract, entry_no) = (world.contract.id.to_string(), world.contract.entry_no);
    for (kind, subject, entry_no) in [
        (TimerKind::HoldingWarning, lot, 21),
        (TimerKind::Dormant, contract, entry_no),
    ] {
        let due_at = before(world.now, days(1));
        let command = Command::Timer {
            kind,
            subject,
            entry_no,
            due_at,
        };
        assert_eq!(given(&world, &command), Err(Refusal::NotLapsed), "{kind}");
    }
}

/// T4: a due date that counts from a late start lies no later than the provider can hold the money for.
#[test]
fn no_start_puts_the_due_date_beyond_what_the_provider_can_hold() {
    let (mut cut, mut refused) = (0, 0);
    for day in 0..14_u16 {
        let mut world = World::new("M1=500");
        let plan = &mut world.contract.milestones[0].plan;
        (plan.due_on, plan.inspection_days) = ("2026-01-06".parse().unwrap(), 30);
        let agreed = end_of(plan.due_on);
        let wait = format!("wait {day} days");
        for line in [
            "set holding 90",
            "client fund M1",
            "psp captured M1 500.00",
            &wait,
        ] {
            assert_eq!(world.act(line), Ok(()), "{line}");
        }
        let held_until = world.contract.milestones[0].lots[0].hold_until.unwrap();
        let started = world.act("expert start M1");
        if started == Err(Refusal::StartTooLate) {
            refused += 1;
            continue;
        }
        assert_eq!(started, Ok(()), "{day}");
        let due = world.contract.milestones[0].state.ends_at().unwrap();
        assert!(due >= agreed && due >= after(world.now, days(1)), "{day}: {due}");
        assert!(after(due, days(30 + 7 + 40)) <= held_until, "{day}: {due}");
        cut += u32::from(due < after(world.now, days(3)));
    }
    assert_eq!((cut, refused), (2, 1));
}

/// Commands of journals that were written before there were holds on contracts mean what they meant, to the same bytes.
#[test]
fn commands_of_before_are_read_and_written_as_before() {
    for text in [
        r#"{"command":"resume"}"#,
        r#"{"command":"hold_contract","reason":"report"}"#,
    ] {
        let command: Command = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&command).unwrap(), text);
    }
    let mut world = paid("M1=500");
    assert_eq!(world.act("op1 hold report"), Ok(()));
    let text = serde_json::to_string(&world.contract).unwrap();
    assert!(!text.contains("holds"), "{text}");
    assert!(world.contract.pause.as_ref().unwrap().ends_at.is_none());
}

/// H12: whoever is refused is told from when on it is possible.
#[test]
fn the_day_from_which_a_milestone_can_be_funded_is_the_first() {
    let mut world = World::new("M1=500");
    let id = world.contract.milestones[0].id;
    assert_eq!(world.act("set holding 74"), Ok(()));
    let from = world.contract.fund_from(id, 74).unwrap().unwrap();
    assert_eq!(from, "2026-01-06T00:00:00Z".parse().unwrap());
    world.now = before(from, crate::span::HOUR);
    assert_eq!(world.act("client fund M1"), Err(Refusal::HoldingLimit));
    world.now = from;
    assert_eq!(world.act("client fund M1"), Ok(()));
    assert_eq!(
        world.contract.fund_from(id, 56),
        Ok(None),
        "three days to work, and 54 after that"
    );
}

/// T24: what the operator is warned of can be seen from that moment on, until nothing of it is held there.
#[test]
fn money_that_cannot_be_held_much_longer_is_a_deadline_until_it_is_gone() {
    let mut world = World::new("M1=500");
    for line in [
        "set holding 90",
        "client fund M1",
        "psp captured M1 500.00",
        "expert start M1",
        "expert submit M1",
        "client release M1 100.00",
    ] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let lot = world.contract.milestones[0].lots[0].clone();
    let until = lot.hold_until.unwrap();
    let warned = before(until, days(FIRST_WARNING_DAYS));
    assert_eq!(world.contract.deadlines(before(warned, crate::span::HOUR)), []);
    for at in [warned, until, after(until, days(40))] {
        let found = world.contract.deadlines(at);
        let expected = (Ends::Holding(lot.id), until, Minor(40_000));
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.ends, one.until, one.amount_minor))
            .collect();
        assert_eq!(told, [expected], "{at}");
        let last = before(until, days(LAST_WARNING_DAYS));
        assert!(last <= warned_by(at), "its last warning is found at {at}");
    }
    let mut moved = world.contract.clone();
    for line in ["set moved 400.00", "op1 bank M1 op2"] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    assert_eq!(world.contract.deadlines(until), [], "it lies in the bank");
    moved.milestones[0].lots[0].refunded = Minor(40_000);
    assert_eq!(moved.deadlines(until), [], "nothing is held");
}

/// T22: evidence is due until the bank has decided, and what ends first comes first.
#[test]
fn evidence_against_a_chargeback_is_a_deadline_until_it_is_decided() {
    let mut world = paid("M1=500");
    let taken = world.act("psp takes M1 200.00 CB1 fee 15.00");
    assert_eq!(taken, Ok(()));
    let chargeback = world.contract.chargebacks[0].clone();
    let mut both = world.contract.clone();
    let found = world.contract.deadlines(world.now);
    let told = |one: &Deadline| (one.ends, one.until, one.amount_minor, one.since);
    let expected = (
        Ends::Evidence(chargeback.id),
        chargeback.evidence_by,
        Minor(20_000),
        world.now,
    );
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), [expected]);
    let soon = after(world.now, days(1));
    both.milestones[0].lots[0].hold_until = Some(soon);
    let ends: Vec<_> = both.deadlines(world.now).iter().map(|one| one.until).collect();
    assert_eq!(ends, [soon, chargeback.evidence_by]);
    assert_eq!(world.act("psp won CB1"), Ok(()));
    assert_eq!(world.contract.deadlines(world.now), []);
}

/// T22: the provider wants it later; two days are left to send it again.
#[test]
fn evidence_is_due_two_days_before_the_provider_wants_it() {
    let mut world = paid("M1=500");
    assert_eq!(world.act("psp takes M1 500.00 CB1"), Ok(()));
    let wanted = after(world.now, days(10));
    assert_eq!(world.contract.chargebacks[0].evidence_by, before(wanted, days(2)));
}

/// T15: what the expert was told of an earlier version says nothing of what is owed now.
#[test]
fn after_changes_are_asked_for_the_expert_is_told_twice_before_the_client_cancels() {
    let mut world = paid("M1=500");
    for line in ["wait 22 days", "expert submit M1", "client changes M1 0 note"] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let milestone = world.contract.milestones[0].clone();
    let due_at = milestone.state.ends_at().unwrap();
    let overdue = Command::Timer {
        kind: TimerKind::Overdue,
        subject: milestone.id.to_string(),
        entry_no: milestone.entry_no,
        due_at,
    };
    world.now = after(due_at, jiff::SignedDuration::from_secs(1));
    assert_eq!(world.give(&Actor::Clock, &overdue), Ok(()));
    assert_eq!(world.act("client cancel M1"), Err(Refusal::ExpertNotTold));
}

#[test]
fn what_was_paid_in_both_ways_clears_when_the_slower_does() {
    for [first, then] in [["bank", "card"], ["card", "bank"]] {
        let mut world = World::new("M1=500");
        world.contract.terms.bank_clearance_days = Some(9);
        for line in [
            &format!("client fund M1 {first}"),
            "psp captured M1 500.00",
            "client raise M1 100.00",
            "expert agree",
            &format!("client fund M1 {then}"),
            "psp captured M1 100.00",
            "expert start M1",
            "expert submit M1",
        ] {
            assert_eq!(world.act(line), Ok(()), "{line}");
        }
        let (milestone, id) = (world.contract.milestones[0].id, world.contract.client);
        let input = Input::new(world.now, [3; 16], Facts::default());
        let approve = Command::Approve { milestone };
        let decision = decide(&world.contract, &approve, &Actor::Person { id }, &input).unwrap();
        let earned: Vec<_> = decision.earnings.iter().map(|one| one.clears_at).collect();
        assert_eq!(earned, [after(world.now, days(9))], "{first}, then {then}");
    }
}

#[test]
fn a_release_is_shown_as_it_will_be_booked() {
    let mut world = World::new("client_fee=300 client_tax=1900 expert_tax=1900");
    for line in ["client fund M1", "psp captured M1 517.85", "expert start M1"] {
        assert_eq!(world.act(line), Ok(()), "{line}");
    }
    let shown = world.contract.milestones[0].would_release(Minor(10_000)).unwrap();
    assert_eq!(world.act("client release M1 100.00"), Ok(()));
    let sums = world.sums();
    let fees = sums["fee_client"] + sums["fee_expert"] + sums["tax"];
    assert_eq!(shown, (Minor(sums["pending"]), Minor(fees)));
    assert_eq!(shown, (Minor(8_810), Minor(1_547)));
}
