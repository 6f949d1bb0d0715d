use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::contract::Actor;
use crate::ids::{EarningId, Ids};
use crate::ledger::{Account, Books, Draft};
use crate::money::{Minor, Money};
use crate::span::{after, before, days, hours};

mod follows;
mod hold;
mod movable;
mod order;

const EUR: &str = "EUR";

/// A payee with books: every accepted command is posted, and the two are compared after it.
struct Desk {
    payee: Payee,
    books: Books,
    now: Timestamp,
    steps: u64,
    movable: Option<Minor>,
    unit: Minor,
    second_factor: bool,
    rules: u16,
    last: Option<Decision>,
}

impl Desk {
    fn new() -> Self {
        let now: Timestamp = "2026-01-01T09:00:00Z".parse().unwrap();
        let mut ids = Ids::new(now, [1; 16]);
        let person = PersonId::new(now, [7; 10]);
        let mut desk = Self {
            payee: Payee::new(person, EUR.parse().unwrap()),
            books: Books::default(),
            now,
            steps: 1,
            movable: None,
            unit: Minor(1),
            second_factor: true,
            rules: RULES,
            last: None,
        };
        let mut draft = Draft::new(desk.payee.currency);
        let psp = Account::Psp(provider());
        draft
            .book(psp, Account::ExpertPending(person), Minor(100_000))
            .unwrap();
        desk.books
            .post(draft.balance(ids.entry(), "opening").unwrap().lines())
            .unwrap();
        desk
    }

    fn with_payable(minor: i64) -> Self {
        let mut desk = Self::new();
        desk.clear(minor).unwrap();
        desk.account("acct_1").unwrap();
        desk
    }

    fn sum(&self, account: &Account) -> i64 {
        self.books.balance(account, self.payee.currency)
    }

    fn payable(&self) -> i64 {
        self.sum(&Account::ExpertPayable(self.payee.id))
    }

    fn owed(&self) -> i64 {
        self.sum(&Account::Receivable(self.payee.id))
    }

    fn psp(&self) -> i64 {
        self.sum(&Account::Psp(provider()))
    }

    fn give(&mut self, by: &Actor, command: &Command) -> Result<(), Refusal> {
        self.steps += 1;
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&self.steps.to_le_bytes());
        let facts = Facts {
            pending_minor: Minor(self.sum(&Account::ExpertPending(self.payee.id))),
            payable_minor: Minor(self.payable()),
            receivable_minor: Minor(self.owed()),
            movable_minor: self.movable,
            unit_minor: self.unit,
            second_factor: self.second_factor,
            rules: self.rules,
        };
        let decision = decide(&self.payee, command, by, &Input::new(self.now, seed, facts))?;
        if let Some(entry) = &decision.entry {
            assert_eq!(entry.kind(), command.name());
            self.books.post(entry.lines()).unwrap();
        }
        assert_eq!(decision.payee.version, self.payee.version + 1);
        let json = serde_json::to_string(&decision.payee).unwrap();
        assert_eq!(serde_json::from_str::<Payee>(&json).unwrap(), decision.payee);
        self.payee = decision.payee.clone();
        self.last = Some(decision);
        assert_eq!(
            sound(&self.payee, &|account| self
                .books
                .held(account, self.payee.currency)),
            []
        );
        Ok(())
    }

    fn me(&self) -> Actor {
        Actor::Person { id: self.payee.id }
    }

    fn clear(&mut self, minor: i64) -> Result<(), Refusal> {
        let earning = EarningId::new(self.now, [3; 10]);
        let clears_at = before(self.now, hours(1));
        self.give(
            &Actor::Clock,
            &Command::Clear {
                earning,
                amount: eur(minor),
                clears_at,
            },
        )
    }

    fn account(&mut self, reference: &str) -> Result<(), Refusal> {
        let command = Command::SetPayoutAccount {
            reference: reference.to_owned(),
            provider: provider(),
        };
        self.give(&self.me(), &command)
    }

    fn request(&mut self, minor: i64) -> Result<PayoutId, Refusal> {
        self.give(&self.me(), &Command::RequestPayout { amount: eur(minor) })?;
        Ok(self.payee.payouts.last().unwrap().id)
    }

    fn told(&mut self, what: &str, payout: PayoutId) -> Result<(), Refusal> {
        let (reason, receipt) = ("account closed".to_owned(), format!("po_{what}"));
        let command = match what {
            "sent" => Command::PayoutSent { payout },
            "paid" => Command::PayoutPaid { payout, receipt },
            "failed" | "came_back" => Command::PayoutFailed {
                payout,
                reason,
                receipt: (what == "came_back").then_some(receipt),
            },
            _ => Command::PayoutReturned {
                payout,
                reason,
                receipt,
            },
        };
        self.give(&Actor::Provider { name: provider() }, &command)
    }

    fn place(&mut self, scope: Scope) -> Result<HoldId, Refusal> {
        let command = Command::PlaceHold {
            scope,
            reason: "account_takeover".to_owned(),
            facts: "Signed in from two continents within an hour.".to_owned(),
            rule: "terms 7.2".to_owned(),
            review_by: after(self.now, days(7)),
            second: None,
        };
        self.give(&operator(1), &command)?;
        Ok(self.payee.holds.last().unwrap().id)
    }

    /// Fires the last timer that was set, a moment after its time.
    fn fire(&mut self) -> Result<(), Refusal> {
        let timer = self.last.as_ref().unwrap().timers.last().unwrap().clone();
        self.now = after(timer.due_at, hours(1));
        let command = Command::Timer {
            kind: timer.kind,
            subject: timer.subject,
            entry_no: timer.entry_no,
            due_at: timer.due_at,
        };
        self.give(&Actor::Clock, &command)
    }

    fn state(&self, payout: PayoutId) -> PayoutState {
        self.payee.payout(payout).unwrap().state
    }
}

fn provider() -> Name {
    "sandbox".parse().unwrap()
}

fn operator(number: u8) -> Actor {
    Actor::Operator { id: office(number) }
}

fn office(number: u8) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

fn eur(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency: EUR.parse().unwrap(),
    }
}

#[test]
fn money_that_was_earned_is_cleared_asked_for_and_paid() {
    let mut desk = Desk::with_payable(50_000);
    assert_eq!(desk.clear(60_000), Err(Refusal::BalanceBelowZero));
    let payout = desk.request(30_000).unwrap();
    assert_eq!(
        (desk.payable(), desk.sum(&Account::PayoutTransit(payout))),
        (20_000, 30_000)
    );
    desk.told("sent", payout).unwrap();
    desk.told("paid", payout).unwrap();
    assert_eq!((desk.psp(), desk.state(payout)), (70_000, PayoutState::Paid));
    for what in ["sent", "paid"] {
        assert_eq!(
            desk.told(what, payout),
            Err(Refusal::EventWithoutEffect),
            "{what}"
        );
    }
}

#[test]
fn an_earning_is_not_cleared_before_its_day_or_by_a_person() {
    let mut desk = Desk::new();
    let clear = |clears_at| Command::Clear {
        earning: EarningId::new(Timestamp::UNIX_EPOCH, [3; 10]),
        amount: eur(1),
        clears_at,
    };
    let now = desk.now;
    assert_eq!(
        desk.give(&Actor::Clock, &clear(after(now, hours(1)))),
        Err(Refusal::TimerNotDue)
    );
    // As with every timer: not yet at the very moment.
    assert_eq!(desk.give(&Actor::Clock, &clear(now)), Err(Refusal::TimerNotDue));
    let past = before(now, hours(1));
    assert_eq!(desk.give(&desk.me(), &clear(past)), Err(Refusal::NotForPeople));
    desk.give(&Actor::Clock, &clear(past)).unwrap();
    assert!(desk.last.unwrap().cleared.is_some());
}

#[test]
fn provider_events_end_in_the_same_balances_in_any_order() {
    for (order, state) in [
        (&["paid", "came_back"][..], PayoutState::Returned),
        (&["failed", "paid"], PayoutState::Failed),
        (&["paid", "returned"], PayoutState::Returned),
        (&["sent", "failed", "failed"], PayoutState::Failed),
        (&["paid", "sent", "came_back", "returned"], PayoutState::Returned),
    ] {
        let mut desk = Desk::with_payable(50_000);
        let payout = desk.request(50_000).unwrap();
        for what in order {
            match desk.told(what, payout) {
                Ok(()) | Err(Refusal::EventWithoutEffect) => {}
                Err(refusal) => panic!("{order:?}: {refusal}"),
            }
        }
        assert_eq!(
            (desk.state(payout), desk.payable(), desk.psp()),
            (state, 50_000, 100_000),
            "{order:?}"
        );
        let reason = desk.payee.payout(payout).unwrap().reason.as_deref();
        assert_eq!(reason, Some("account closed"));
        desk.request(50_000).unwrap(); // H10: payable again the same day
    }
}

/// A provider that takes back what it said without naming a movement gives nobody the money a second time.
#[test]
fn what_had_arrived_comes_back_by_a_movement_with_a_name_alone() {
    let paid = |rules: u16| {
        let mut desk = Desk::with_payable(50_000);
        desk.rules = rules;
        let payout = desk.request(50_000).unwrap();
        desk.told("paid", payout).unwrap();
        (desk, payout)
    };
    let (mut desk, payout) = paid(RULES);
    assert_eq!(desk.told("failed", payout), Err(Refusal::ReceiptUnnamed));
    assert_eq!((desk.state(payout), desk.payable()), (PayoutState::Paid, 0));
    desk.told("came_back", payout).unwrap();
    assert_eq!(
        (desk.state(payout), desk.payable()),
        (PayoutState::Returned, 50_000)
    );
    // what was decided before that was a rule is decided so again
    let (mut desk, payout) = paid(0);
    desk.told("failed", payout).unwrap();
    assert_eq!(desk.payable(), 50_000);
}

#[test]
fn what_an_expert_owes_is_netted_first_and_shown() {
    let mut desk = Desk::with_payable(50_000);
    let mut draft = Draft::new(desk.payee.currency);
    draft
        .book(
            Account::Receivable(desk.payee.id),
            Account::Psp(provider()),
            Minor(12_000),
        )
        .unwrap();
    let id = Ids::new(desk.now, [9; 16]).entry();
    desk.books
        .post(draft.balance(id, "loss").unwrap().lines())
        .unwrap();
    assert_eq!(desk.request(38_001), Err(Refusal::PayoutTooLarge));
    let payout = desk.request(38_000).unwrap();
    assert_eq!(desk.payee.payout(payout).unwrap().netted_minor, Minor(12_000));
    assert_eq!((desk.payable(), desk.owed()), (0, 0));
}

#[test]
fn a_request_is_refused_with_its_reason() {
    let mut desk = Desk::with_payable(50_000);
    desk.second_factor = false;
    assert_eq!(desk.request(1), Err(Refusal::SecondFactorMissing));
    assert_eq!(desk.account("acct_2"), Err(Refusal::SecondFactorMissing));
    desk.second_factor = true;
    for (minor, refusal) in [
        (0, Refusal::AmountNotPositive),
        (-5, Refusal::AmountNotPositive),
        (50_001, Refusal::PayoutTooLarge),
        (i64::MAX, Refusal::AmountTooLarge),
    ] {
        assert_eq!(desk.request(minor), Err(refusal), "{minor}");
    }
    let dollars = Money {
        amount_minor: 1,
        currency: Currency::USD,
    };
    let command = Command::RequestPayout { amount: dollars };
    assert_eq!(desk.give(&desk.me(), &command), Err(Refusal::CurrencyDiffers));
    let stranger = Actor::Person { id: office(9) };
    for by in [stranger, operator(1), Actor::Clock] {
        let command = Command::RequestPayout { amount: eur(1) };
        assert_eq!(desk.give(&by, &command), Err(Refusal::NotYourMoney), "{by:?}");
    }
    desk.movable = Some(Minor(99));
    desk.unit = Minor(100);
    assert_eq!(desk.request(10_000), Err(Refusal::PayoutNotMovable));
    let mut without = Desk::new();
    without.clear(5).unwrap();
    assert_eq!(without.request(5), Err(Refusal::NoPayoutAccount));
}

#[test]
fn what_a_provider_cannot_move_in_whole_units_stays_payable() {
    let mut desk = Desk::with_payable(50_099);
    desk.unit = Minor(100);
    assert_eq!(desk.request(99), Err(Refusal::AmountNotPositive));
    let payout = desk.request(50_099).unwrap();
    let payout = desk.payee.payout(payout).unwrap().clone();
    assert_eq!(
        (payout.asked_minor, payout.amount_minor, desk.payable()),
        (Minor(50_099), Minor(50_000), 99)
    );
}

#[test]
fn a_changed_account_cancels_what_was_not_sent_and_waits_72_hours() {
    let mut desk = Desk::with_payable(50_000);
    let sent = desk.request(10_000).unwrap();
    desk.told("sent", sent).unwrap();
    let waiting = desk.request(10_000).unwrap();
    assert_eq!(desk.account("acct_1"), Err(Refusal::EventWithoutEffect));
    desk.account("acct_2").unwrap();
    let told: Vec<Audience> = desk
        .last
        .as_ref()
        .unwrap()
        .notices
        .iter()
        .map(|one| one.to)
        .collect();
    assert!(told.contains(&Audience::FormerContact));
    assert_eq!(
        (desk.state(sent), desk.state(waiting), desk.payable()),
        (PayoutState::Sent, PayoutState::Canceled, 40_000)
    );
    assert_eq!(desk.request(1), Err(Refusal::AccountTooNew));
    desk.now = after(desk.now, hours(72));
    assert_eq!(desk.request(1), Err(Refusal::AccountTooNew));
    desk.now = after(desk.now, hours(1));
    desk.request(1).unwrap();
    assert_eq!(desk.payee.payouts.last().unwrap().account, "acct_2");
}

#[test]
fn two_operators_lift_the_wait_after_a_change() {
    let mut desk = Desk::with_payable(50_000);
    let approve = |reference: &str, second| Command::ApproveAccount {
        reference: reference.to_owned(),
        second: Some(second),
    };
    assert_eq!(
        desk.give(&operator(1), &approve("acct_1", office(2))),
        Err(Refusal::EventWithoutEffect)
    );
    desk.account("acct_2").unwrap();
    for (by, command, refusal) in [
        (operator(1), approve("acct_2", office(1)), Refusal::SameOperator),
        (operator(1), approve("acct_2", desk.payee.id), Refusal::OwnAccount),
        (
            Actor::Operator { id: desk.payee.id },
            approve("acct_2", office(2)),
            Refusal::OwnAccount,
        ),
        (operator(1), approve("acct_1", office(2)), Refusal::NotFound),
        (desk.me(), approve("acct_2", office(2)), Refusal::OperatorOnly),
    ] {
        assert_eq!(desk.give(&by, &command), Err(refusal));
    }
    let alone = Command::ApproveAccount {
        reference: "acct_2".to_owned(),
        second: None,
    };
    assert_eq!(desk.give(&operator(1), &alone), Err(Refusal::FourEyes));
    desk.give(&operator(1), &approve("acct_2", office(2))).unwrap();
    let audit = desk.last.as_ref().unwrap().audit.clone().unwrap();
    assert_eq!(
        (audit.operator, audit.second, audit.about),
        (office(1), Some(office(2)), "approve_account")
    );
    desk.request(50_000).unwrap();
}

#[test]
fn a_held_payout_goes_on_by_itself_and_needs_two_operators_after_30_days() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(10_000).unwrap();
    let hold = |desk: &Desk, for_days: u16, second| Command::HoldPayout {
        payout,
        reason: "name differs".to_owned(),
        review_by: after(desk.now, days(for_days)),
        second,
    };
    assert_eq!(
        desk.give(&operator(1), &hold(&desk, 8, None)),
        Err(Refusal::HoldTooLong)
    );
    for _ in 0..4 {
        desk.give(&operator(1), &hold(&desk, 7, None)).unwrap();
        desk.now = after(desk.now, days(7));
    }
    assert_eq!(desk.state(payout), PayoutState::Held);
    assert_eq!(
        desk.give(&operator(1), &hold(&desk, 7, None)),
        Err(Refusal::FourEyes)
    );
    assert_eq!(
        desk.give(&operator(1), &hold(&desk, 7, Some(office(1)))),
        Err(Refusal::SameOperator)
    );
    desk.give(&operator(1), &hold(&desk, 7, Some(office(2)))).unwrap();
    desk.fire().unwrap();
    assert_eq!(desk.state(payout), PayoutState::Requested);
    assert_eq!(desk.last.as_ref().unwrap().calls, [Call::SendPayout { payout }]);
    assert_eq!(
        desk.give(&operator(1), &Command::ReleasePayout { payout }),
        Err(Refusal::NotOnHold)
    );
    desk.give(&operator(1), &hold(&desk, 1, Some(office(2)))).unwrap();
    desk.give(&operator(1), &Command::ReleasePayout { payout })
        .unwrap();
    desk.told("sent", payout).unwrap();
    assert_eq!(
        desk.give(&operator(1), &hold(&desk, 1, Some(office(2)))),
        Err(Refusal::PayoutNotHoldable)
    );
}

#[test]
fn a_payout_is_canceled_before_it_is_sent_and_after_it_failed() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(50_000).unwrap();
    desk.give(&desk.me(), &Command::CancelPayout { payout }).unwrap();
    assert_eq!(desk.payable(), 50_000);
    assert_eq!(
        desk.give(&desk.me(), &Command::CancelPayout { payout }),
        Err(Refusal::PayoutNotCancelable)
    );
    let payout = desk.request(50_000).unwrap();
    desk.told("sent", payout).unwrap();
    assert_eq!(
        desk.give(&desk.me(), &Command::CancelPayout { payout }),
        Err(Refusal::PayoutNotCancelable)
    );
    desk.told("failed", payout).unwrap();
    desk.give(&operator(1), &Command::CancelPayout { payout })
        .unwrap();
    assert_eq!(desk.told("paid", payout), Err(Refusal::EventWithoutEffect));
    assert_eq!(
        (desk.payable(), desk.state(payout)),
        (50_000, PayoutState::Canceled)
    );
}

#[test]
fn a_payout_that_was_paid_although_canceled_is_owed_where_the_money_is_spent() {
    let mut desk = Desk::with_payable(50_000);
    let first = desk.request(40_000).unwrap();
    desk.give(&desk.me(), &Command::CancelPayout { payout: first })
        .unwrap();
    let second = desk.request(30_000).unwrap();
    desk.told("paid", first).unwrap();
    assert_eq!((desk.payable(), desk.owed(), desk.psp()), (0, 20_000, 60_000));
    desk.told("paid", second).unwrap();
    desk.told("returned", second).unwrap();
    assert_eq!((desk.payable(), desk.owed()), (30_000, 20_000));
}

#[test]
fn another_provider_says_nothing_about_a_payout() {
    let mut desk = Desk::with_payable(50_000);
    let payout = desk.request(1).unwrap();
    let other = Actor::Provider {
        name: "other".parse().unwrap(),
    };
    assert_eq!(
        desk.give(&other, &Command::PayoutSent { payout }),
        Err(Refusal::ProviderDiffers)
    );
    assert_eq!(
        desk.give(&operator(1), &Command::PayoutSent { payout }),
        Err(Refusal::NotForPeople)
    );
}

#[test]
fn every_row_of_a_payout_leads_somewhere_and_no_two_answer_one_event() {
    for (number, row) in PAYOUT_ROWS.iter().enumerate() {
        for other in &PAYOUT_ROWS[number + 1..] {
            let both = row.event == other.event && row.from.iter().any(|state| other.from.contains(state));
            assert!(!both, "{row:?} {other:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes in whatever order, books balance, nothing goes below nothing, and no money appears or is lost.
    #[test]
    fn random_histories_are_sound(choices in prop::collection::vec((0_u8..13, 1_i64..40_000, 0_usize..6), 1..60)) {
        let mut desk = Desk::with_payable(50_000);
        for (choice, minor, which) in choices {
            let payout = desk.payee.payouts.get(which).map(|one| one.id);
            let hold = desk.payee.holds.get(which).map(|one| one.id);
            let answer = match (choice, payout, hold) {
                (0, ..) => desk.clear(minor),
                (1, ..) => desk.request(minor).map(|_| ()),
                (2, ..) => desk.account(if minor % 2 == 0 { "acct_1" } else { "acct_2" }),
                (3, ..) => desk.place(Scope::Payouts).map(|_| ()),
                (4, _, Some(hold)) => {
                    desk.give(&operator(2), &Command::LiftHold { hold, reason: "done".to_owned() })
                }
                (5, Some(payout), _) => desk.give(&desk.me(), &Command::CancelPayout { payout }),
                (6, Some(payout), _) => {
                    let review_by = after(desk.now, days(5));
                    let reason = "look".to_owned();
                    desk.give(&operator(1), &Command::HoldPayout { payout, reason, review_by, second: None })
                }
                (7, Some(payout), _) => desk.give(&operator(1), &Command::ReleasePayout { payout }),
                (8, Some(payout), _) => desk.told("sent", payout),
                (9, Some(payout), _) => desk.told("paid", payout),
                (10, Some(payout), _) => desk.told("failed", payout),
                (11, Some(payout), _) => desk.told("returned", payout),
                (12, Some(payout), _) => desk.told("came_back", payout),
                _ => { desk.now = after(desk.now, hours(30)); Ok(()) }
            };
            let faults = [Refusal::StateImpossible, Refusal::EntryUnbalanced, Refusal::NotYourMoney];
            prop_assert!(!faults.contains(&answer.err().unwrap_or(Refusal::NotFound)));
            let transit: i64 = desk.payee.payouts.iter()
                .map(|one| desk.sum(&Account::PayoutTransit(one.id))).sum();
            let person = desk.payee.id;
            let owed = desk.payable() + desk.sum(&Account::ExpertPending(person)) + transit;
            prop_assert_eq!(owed, desk.psp() + desk.owed());
        }
    }
}
