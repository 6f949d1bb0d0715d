use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::ids::{Ids, PersonId};

fn id() -> EntryId {
    EntryId::new(Timestamp::UNIX_EPOCH, [1; 10])
}

fn person(number: u8) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

#[test]
fn an_entry_exists_only_balanced() {
    let mut draft = Draft::new(Currency::USD);
    draft.line(Account::PspFees, Side::Debit, Minor(5), None).unwrap();
    assert_eq!(draft.clone().balance(id(), "x"), Err(Refusal::EntryUnbalanced));
    draft
        .line(Account::FeeClient, Side::Credit, Minor(5), None)
        .unwrap();
    assert_eq!(draft.balance(id(), "x").unwrap().lines().len(), 2);
    assert_eq!(
        Draft::new(Currency::USD).balance(id(), "x"),
        Err(Refusal::EntryEmpty)
    );
}

#[test]
fn one_currency_does_not_balance_another() {
    let leg = |currency: &str, side| Line {
        account: Account::Goodwill,
        currency: currency.parse().unwrap(),
        side,
        amount: Minor(5),
        external_id: None,
    };
    let mixed = [leg("USD", Side::Debit), leg("EUR", Side::Credit)];
    assert_eq!(balanced(&mixed), Err(Refusal::EntryUnbalanced));
}

#[test]
fn no_leg_is_nothing_or_less() {
    let mut draft = Draft::new(Currency::USD);
    draft
        .book(Account::Goodwill, Account::FeeClient, Minor::ZERO)
        .unwrap();
    assert!(draft.is_empty());
    assert_eq!(
        draft.book(Account::Goodwill, Account::FeeClient, Minor(-1)),
        Err(Refusal::AmountNotPositive)
    );
}

/// Reconciliation looks for each movement by its own name, so that two of them are never one leg.
#[test]
fn legs_become_one_only_where_they_name_the_same_movement() {
    let psp = Account::Psp("sandbox".parse().unwrap());
    let mut draft = Draft::new(Currency::USD);
    for (side, amount, name) in [
        (Side::Debit, 5, Some("txn-1")),
        (Side::Debit, 7, Some("txn-2")),
        (Side::Debit, 11, Some("txn-1")),
        (Side::Debit, 13, None),
        (Side::Credit, 17, Some("txn-1")),
    ] {
        let name = name.map(str::to_owned);
        draft.line(psp.clone(), side, Minor(amount), name).unwrap();
    }
    draft
        .line(Account::Goodwill, Side::Credit, Minor(19), None)
        .unwrap();
    let entry = draft.balance(id(), "x").unwrap();
    let legs: Vec<_> = entry
        .lines()
        .iter()
        .map(|leg| (leg.side.name(), leg.amount.0, leg.external_id.as_deref()))
        .collect();
    let expected = [
        ("debit", 16, Some("txn-1")),
        ("debit", 7, Some("txn-2")),
        ("debit", 13, None),
        ("credit", 17, Some("txn-1")),
        ("credit", 19, None),
    ];
    assert_eq!(legs, expected);
}

#[test]
fn a_movement_has_a_name_by_which_it_is_found_again() {
    let named = |name: &str| {
        let mut draft = Draft::new(Currency::USD);
        draft.line(Account::PspFees, Side::Debit, Minor(5), Some(name.to_owned()))
    };
    let longest = "ü".repeat(255);
    for good in ["t", "txn 1", "--", "line:ab:1", longest.as_str()] {
        assert_eq!(named(good), Ok(()), "{good}");
    }
    let long = "t".repeat(256);
    for bad in ["", "-", "a\nb", "\0", "a\u{7f}", long.as_str()] {
        assert_eq!(named(bad), Err(Refusal::ReceiptUnnamed), "{bad:?}");
    }
}

#[test]
fn accounts_are_read_as_they_are_written() {
    let mut ids = Ids::new(Timestamp::UNIX_EPOCH, [3; 16]);
    let all = [
        Account::Psp("sandbox".parse().unwrap()),
        Account::Escrow(ids.milestone()),
        Account::ClientFunds(person(1)),
        Account::TaxPayable("de".parse().unwrap()),
        Account::UnmatchedReceipts,
        Account::Fx(Currency::USD),
    ];
    for account in all {
        assert_eq!(account.to_string().parse(), Ok(account.clone()), "{account}");
    }
    for text in [
        "",
        "L:escrow",
        "L:escrow:per_1",
        "A:psp:Sandbox",
        "Q:x",
        "I:fee_client:1",
    ] {
        assert!(text.parse::<Account>().is_err(), "{text}");
    }
}

#[test]
fn no_account_that_every_contract_touches_has_a_running_balance() {
    for account in [
        Account::FeeClient,
        Account::FeeExpert,
        Account::PspFees,
        Account::Psp("x".parse().unwrap()),
    ] {
        assert_eq!(account.bound(), Bound::Free, "{account}");
    }
    assert_eq!(Account::TaxPayable("de".parse().unwrap()).bound(), Bound::Summed);
}

proptest! {
    #[test]
    fn whatever_is_booked_balances(amounts in prop::collection::vec((0_u8..4, 0_u8..4, 0_i64..i64::MAX / 64), 1..30)) {
        let account = |number: u8| Account::ClientFunds(person(number));
        let mut draft = Draft::new(Currency::USD);
        for (debit, credit, amount) in amounts {
            draft.book(account(debit), account(credit), Minor(amount)).unwrap();
        }
        if !draft.is_empty() {
            let entry = draft.balance(id(), "x").unwrap();
            prop_assert_eq!(balanced(entry.lines()), Ok(()));
        }
    }
}
