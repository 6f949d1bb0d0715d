//! Days and what was found in them, on both engines, with the operator's own bank as the provider.

use super::*;
use crate::bank::tests::{World, both};
use crate::outside::payments::TransactionKind;
use crate::watch;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(from: &str, until: &str) -> Period {
    let (from, until) = (at(from), at(until));
    Period { from, until }
}

async fn until(world: &World) -> Timestamp {
    let read = world
        .desk
        .store
        .read(|mut view| async move { view.reconciled_until("bank").await });
    read.await.unwrap().unwrap()
}

async fn open_differences(world: &World) -> i64 {
    let figures = watch::figures(&world.desk).await.unwrap();
    figures.reconciliation_differences
}

#[tokio::test]
async fn every_day_is_compared_that_nobody_compared_and_a_part_of_one_is_no_day() {
    for world in both().await {
        world.import("2026-11-25,500.00,USD,hello,Ada,b1\n").await;
        // nobody looked on the 26th and 27th
        world.hand.forward(HOUR * 72);
        assert_eq!(daily(&world.desk).await.unwrap(), 3, "from the first event on");
        assert_eq!(until(&world).await, at("2026-11-28T00:00:00Z"));
        assert_eq!(daily(&world.desk).await.unwrap(), 0);

        let today = day("2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z");
        let kept = compare_and_keep(&world.desk, "bank", today).await.unwrap();
        assert_eq!(
            (kept.until, until(&world).await),
            (world.desk.now(), world.desk.now())
        );
        world.hand.forward(HOUR * 24);
        assert_eq!(
            daily(&world.desk).await.unwrap(),
            1,
            "the afternoon was not compared"
        );
        assert_eq!(until(&world).await, at("2026-11-29T00:00:00Z"));

        // what was compared later is no reason to pass over what lies between
        world.hand.forward(HOUR * 24 * 3);
        let later = day("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z");
        compare_and_keep(&world.desk, "bank", later).await.unwrap();
        assert_eq!(daily(&world.desk).await.unwrap(), 2);
        assert_eq!(until(&world).await, at("2026-12-02T00:00:00Z"));

        let tomorrow = day("2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z");
        let early = compare_and_keep(&world.desk, "bank", tomorrow).await;
        assert!(matches!(early, Err(NotCompared::NotYet)), "{early:?}");

        world.hand.forward(HOUR * 24 * 40);
        assert_eq!(daily(&world.desk).await.unwrap(), 31, "so many in a row");
        assert_eq!(daily(&world.desk).await.unwrap(), 9);
        assert_eq!(daily(&world.desk).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_keeps_no_other_waiting() {
    for mut world in both().await {
        world.import("2026-11-25,500.00,USD,hello,Ada,b1\n").await;
        // the first by name
        crate::job::tests::silent_beside(&mut world);
        world.hand.forward(HOUR * 24);
        let ended = daily(&world.desk).await;
        assert!(matches!(ended, Err(NotCompared::NoAnswer(_))), "{ended:?}");
        assert_eq!(until(&world).await, at("2026-11-26T00:00:00Z"));
    }
}

#[tokio::test]
async fn money_that_left_for_nothing_of_ours_is_a_difference_until_somebody_explains_it() {
    for world in both().await {
        let imported = world.import("2026-11-25,-90.00,USD,rent,Landlord,b4\n").await;
        assert_eq!((imported.matched, imported.not_ours), (0, vec![2]));
        world.hand.forward(HOUR * 24);
        daily(&world.desk).await.unwrap();
        assert_eq!(open_differences(&world).await, 1);
        // whatever is compared until now names it, too
        let period = day("2026-11-26T08:00:00Z", "2026-11-26T10:00:00Z");
        let now = compare(&world.desk, "bank", period).await.unwrap();
        let [one] = now.differences.as_slice() else {
            panic!("{:?}", now.differences);
        };
        assert_eq!(
            (one.kind, one.external_id.as_deref(), one.provider_minor),
            (DifferenceKind::MissingInBooks, Some("b4"), Some(Minor(-9_000)))
        );
        assert!(
            one.explanation.contains("earnest bank explain b4"),
            "{}",
            one.explanation
        );
        // trying it again does nothing
        let now = world.desk.now();
        let store = &world.desk.store;
        store
            .retry_event("bank".to_owned(), "b4".to_owned(), now)
            .await
            .unwrap();
        provider::apply_waiting(&world.desk).await.unwrap();
        assert_eq!(bank::left(&world.desk, "bank").await.unwrap().len(), 1);

        let operator = world.operator;
        let nothing = bank::explain(&world.desk, operator, "b4", " ").await;
        assert_eq!(nothing.unwrap_err().code(), "invalid");
        // neither one operator alone, nor setting its event aside, makes the bank and the books agree
        let motion = bank::explain(&world.desk, operator, "b4", "the rent of the office").await;
        let motion = motion.unwrap();
        crate::office::set_event_aside(&world.desk, operator, ("bank", "b4"), "It was the rent.")
            .await
            .unwrap();
        assert_eq!(anew(&world.desk, "bank").await.unwrap(), 1);
        assert_eq!(open_differences(&world).await, 1);
        assert!(world.seconded_by(3, motion).await.is_err(), "the same operator");
        world.seconded_by(4, motion).await.unwrap();
        assert_eq!(open_differences(&world).await, 0);
        assert_eq!(bank::left(&world.desk, "bank").await.unwrap(), []);
        let in_bank = world.balance(Account::Bank(Name::bank())).await;
        assert_eq!((in_bank, world.balance(Account::Goodwill).await), (-9_000, 9_000));
        let period = day("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z");
        let again = compare(&world.desk, "bank", period).await.unwrap();
        assert_eq!(
            (again.matched, again.differences),
            (1, vec![]),
            "its line is compared"
        );
        world.sound().await;
        let twice = bank::explain(&world.desk, operator, "b4", "the rent again").await;
        assert!(matches!(twice, Err(Error::NotFound)), "{twice:?}");
    }
}

/// What can be moved is compared at night and whenever somebody asks, and is red until it is gone.
#[tokio::test]
async fn a_provider_that_has_more_than_the_books_say_is_found_by_the_daily_run_and_stays_found() {
    for mut world in both().await {
        crate::job::tests::idle_beside(&mut world, &[5_000, 5_000, 5_000, 0, 0]);
        world.hand.forward(HOUR * 24);
        daily(&world.desk).await.unwrap();
        assert_eq!(open_differences(&world).await, 1);
        // the time until now, and then what differed anew
        world.hand.forward(HOUR);
        assert_eq!(compare_now(&world.desk, "scripted").await.unwrap(), 2);
        assert_eq!(open_differences(&world).await, 1);
        let open = standing(&world.desk).await.unwrap().differing;
        let kinds: Vec<_> = open.iter().map(|one| one.differences[0].kind).collect();
        assert_eq!(kinds, [DifferenceKind::BalanceDiffers]);
        world.hand.forward(HOUR);
        assert_eq!(compare_now(&world.desk, "scripted").await.unwrap(), 2);
        assert_eq!(open_differences(&world).await, 0);
    }
}

fn movement(external_id: &str, at_text: &str, amount: i64, our_ref: &str) -> BalanceTransaction {
    BalanceTransaction {
        external_id: external_id.to_owned(),
        kind: TransactionKind::Payment,
        amount: Minor(amount),
        fee: Minor(30),
        currency: earnest_hire::money::Currency::USD,
        at: at(at_text),
        provider_ref: String::new(),
        our_ref: our_ref.to_owned(),
    }
}

fn booked(movement: &BalanceTransaction, subject: Option<&str>) -> BTreeMap<String, OutsideLine> {
    let line = |name: String, side, amount| OutsideLine {
        external_id: Some(name),
        side,
        amount,
        at: movement.at,
        entry: "ent_1".to_owned(),
        chain: "con_1".to_owned(),
        kind: "captured".to_owned(),
        subject: subject.map(str::to_owned),
    };
    let (id, fee) = (movement.external_id.clone(), fee_name(&movement.external_id));
    let lines = [
        line(id.clone(), Side::Debit, movement.amount),
        line(fee.clone(), Side::Credit, movement.fee),
    ];
    [id, fee].into_iter().zip(lines).collect()
}

fn books(named: BTreeMap<String, OutsideLine>) -> Books {
    Books {
        named,
        of_period: Vec::new(),
        balance: Minor(1_000),
        since: Some(at("2026-11-20T00:00:00Z")),
        open_elsewhere: BTreeSet::new(),
    }
}

async fn found(told: &[BalanceTransaction], books: &Books) -> Found {
    let (desk, _outside, _folder) = crate::testing::desk().await;
    let mut found = Found::default();
    let period = day("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z");
    found.of_provider(&desk, told, period, books);
    found
}

/// A provider that lists a movement after its day was compared is not believed to have listed it then.
#[tokio::test]
async fn what_is_listed_late_is_found_the_next_day_once() {
    let late = movement("txn_1", "2026-11-24T23:50:00Z", 500, "pay_1");
    let kinds =
        |found: Found| -> Vec<DifferenceKind> { found.differences.iter().map(|one| one.kind).collect() };
    let missing = DifferenceKind::MissingInBooks;
    let told = [late.clone()];
    assert_eq!(
        kinds(found(&told, &books(BTreeMap::new())).await),
        [missing, missing]
    );
    // the day before has it among its differences
    let mut known = books(BTreeMap::new());
    known.open_elsewhere.insert("txn_1".to_owned());
    assert_eq!(kinds(found(&told, &known).await), []);
    // it is in the books, and counts on its own day
    let in_books = found(&told, &books(booked(&late, Some("pay_1")))).await;
    assert_eq!((in_books.matched, kinds(in_books)), (0, vec![]));
    // what moved before the provider first told of anything is not ours
    let before = [movement("txn_0", "2026-11-19T23:50:00Z", 500, "pay_0")];
    assert_eq!(kinds(found(&before, &books(BTreeMap::new())).await), []);
    // and what is of tomorrow is compared tomorrow
    let next = [movement("txn_2", "2026-11-26T00:00:00Z", 500, "pay_2")];
    assert_eq!(kinds(found(&next, &books(BTreeMap::new())).await), []);
}

/// An event that names another payment than the provider's list moves the right sum to the wrong place.
#[tokio::test]
async fn a_movement_of_another_payment_of_the_same_sum_differs() {
    let one = movement("txn_1", "2026-11-25T12:00:00Z", 500, "pay_2");
    let told = [one.clone()];
    let wrong = found(&told, &books(booked(&one, Some("pay_1")))).await;
    let kinds: Vec<_> = wrong.differences.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [DifferenceKind::SubjectDiffers; 2], "it and its fee");
    assert!(wrong.differences[0].explanation.contains("pay_1"));
    assert_eq!(wrong.differences[0].about, "pay_2");
    for subject in [Some("pay_2"), None] {
        let right = found(&told, &books(booked(&one, subject))).await;
        assert_eq!((right.matched, right.differences.len()), (2, 0), "{subject:?}");
    }
}

#[test]
fn what_the_list_has_and_the_books_do_not_explains_as_much_of_the_balance() {
    let one = movement("txn_1", "2026-11-26T12:00:00Z", 500, "pay_2");
    let out = movement("txn_2", "2026-11-26T12:00:00Z", -500, "pot_1");
    for (movable, differs) in [(1_000, 0), (1_470, 0), (1_471, 1)] {
        let mut found = Found::default();
        found.of_balance(
            Minor(movable),
            &books(BTreeMap::new()),
            &[one.clone(), out.clone()],
        );
        assert_eq!(found.differences.len(), differs, "{movable}");
    }
    let mut found = Found::default();
    found.of_balance(Minor(1_001), &books(booked(&one, None)), &[one, out]);
    assert_eq!(found.differences.len(), 1, "it is booked already");
}
