//! Events that cannot be applied let others pass, are seen, and are tried again. On both engines.

use earnest_hire::bank::TransferReference;

use super::*;
use crate::bank::tests::{World, both, start};

impl World {
    fn event(&self, name: &str, kind: Kind) -> ProviderEvent {
        ProviderEvent {
            provider: "bank".to_owned(),
            event_id: name.to_owned(),
            account: "bank".to_owned(),
            at: self.desk.now(),
            kind,
        }
    }

    /// Kept, as by a site that went away before it was applied.
    async fn keeps(&self, row: ProviderEventRow) {
        self.desk.store.receive_event(row).await.unwrap();
    }

    async fn count(&self, state: EventState) -> i64 {
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.count_events(state).await });
        read.await.unwrap()
    }

    async fn why(&self, state: EventState) -> Vec<String> {
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.events(state, 1_000).await });
        let events = read.await.unwrap().into_iter();
        events.map(|(_, why)| why.unwrap_or_default()).collect()
    }
}

fn captured(payment: PaymentId, external_id: &str) -> Kind {
    Kind::PaymentCaptured {
        payment_ref: TransferReference::of_payment(payment).to_string(),
        payment_id: payment.to_string(),
        amount: Minor(50_000),
        currency: Currency::USD,
        fee: Minor::ZERO,
        external_id: external_id.to_owned(),
    }
}

/// A chargeback as a provider tells of it.
struct Chargeback {
    reference: &'static str,
    payment: PaymentId,
}

impl Chargeback {
    fn opened(&self, amount: i64, external_id: &str) -> Kind {
        Kind::ChargebackOpened {
            chargeback_ref: self.reference.to_owned(),
            payment_ref: String::new(),
            payment_id: self.payment.to_string(),
            amount: Minor(amount),
            currency: Currency::USD,
            fee: Minor(1_500),
            evidence_due: start(),
            external_id: external_id.to_owned(),
        }
    }

    fn won(&self, amount: i64, external_id: &str) -> Kind {
        Kind::ChargebackWon {
            chargeback_ref: self.reference.to_owned(),
            payment_ref: String::new(),
            payment_id: self.payment.to_string(),
            amount: Minor(amount),
            currency: Currency::USD,
            external_id: external_id.to_owned(),
        }
    }

    fn lost(&self, amount: i64, external_id: Option<&str>) -> Kind {
        Kind::ChargebackLost {
            chargeback_ref: self.reference.to_owned(),
            payment_ref: String::new(),
            payment_id: self.payment.to_string(),
            amount: Minor(amount),
            currency: Currency::USD,
            external_id: external_id.map(str::to_owned),
        }
    }
}

#[tokio::test]
async fn five_hundred_events_that_are_stuck_do_not_hold_up_one_that_is_good() {
    for world in both().await {
        let deal = world.funding().await;
        for number in 0..250 {
            // the end of a chargeback whose beginning never comes
            let won = Kind::ChargebackWon {
                chargeback_ref: format!("cb{number}"),
                payment_ref: "x".to_owned(),
                payment_id: deal.payment.to_string(),
                amount: Minor(1),
                currency: Currency::USD,
                external_id: format!("w{number}"),
            };
            let row = row_of(&world.desk, &world.event(&format!("a{number:03}"), won)).unwrap();
            world
                .keeps(ProviderEventRow {
                    body: "{}".to_owned(),
                    event_id: format!("b{number:03}"),
                    ..row.clone()
                })
                .await;
            world.keeps(row).await;
        }
        let good = world.event("z", captured(deal.payment, "t1"));
        world.keeps(row_of(&world.desk, &good).unwrap()).await;

        assert_eq!(apply_waiting(&world.desk).await.unwrap(), 1);
        assert_eq!(world.state(&deal).await, "funded");
        assert_eq!(
            (
                world.count(EventState::Waiting).await,
                world.count(EventState::Broken).await
            ),
            (250, 250)
        );
        assert_eq!(world.why(EventState::Waiting).await[0], "not_found");

        // when all of them are due again, one that comes then is not behind them
        let other = world.funding().await;
        world.hand.forward(SignedDuration::from_secs(3));
        let good = world.event("y", captured(other.payment, "u1"));
        world.keeps(row_of(&world.desk, &good).unwrap()).await;
        assert_eq!(apply_waiting(&world.desk).await.unwrap(), 1);
        assert_eq!(world.state(&other).await, "funded");
    }
}

#[tokio::test]
async fn a_name_used_for_another_movement_breaks_one_event_which_is_tried_again() {
    for world in both().await {
        let (one, other) = (world.funding().await, world.funding().await);
        let first = world.event("e1", captured(one.payment, "t1"));
        assert_eq!(take(&world.desk, &first).await.unwrap(), EventState::Applied);
        let again = world.event("e2", captured(other.payment, "t1"));
        assert_eq!(take(&world.desk, &again).await.unwrap(), EventState::Broken);
        assert_eq!(world.state(&other).await, "funding");
        let why = world.why(EventState::Broken).await;
        assert!(
            why[0].starts_with("the provider has used its name of this movement for another before, ent_"),
            "{why:?}"
        );
        let figures = crate::watch::figures(&world.desk).await.unwrap();
        assert_eq!(figures.broken_events, 1);
        assert!(
            figures
                .troubles()
                .iter()
                .any(|one| one.contains("--state broken"))
        );

        // told again, and by itself later, it is tried again
        assert_eq!(take(&world.desk, &again).await.unwrap(), EventState::Broken);
        assert_eq!(apply_waiting(&world.desk).await.unwrap(), 0);
        let third = world.event("e3", captured(other.payment, "t2"));
        assert_eq!(take(&world.desk, &third).await.unwrap(), EventState::Applied);
        assert_eq!(world.state(&other).await, "funded");
        let (now, name) = (world.desk.now(), "e2".to_owned());
        let store = &world.desk.store;
        assert!(store.retry_event("bank".to_owned(), name, now).await.unwrap());
        assert!(
            !store
                .retry_event("bank".to_owned(), "e1".to_owned(), now)
                .await
                .unwrap()
        );
        assert_eq!(world.count(EventState::Waiting).await, 1);
        apply_waiting(&world.desk).await.unwrap();
        assert_eq!(world.count(EventState::Broken).await, 1);
        let verified = crate::ledger::verify(store, None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
    }
}

#[tokio::test]
async fn an_event_that_waited_is_applied_once_what_it_waits_for_has_come() {
    for world in both().await {
        let deal = world.funding().await;
        let chargeback = Chargeback {
            reference: "cb1",
            payment: deal.payment,
        };
        let won = world.event("e2", chargeback.won(50_000, "w1"));
        assert_eq!(take(&world.desk, &won).await.unwrap(), EventState::Waiting);
        let came = world.event("e0", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &came).await.unwrap(), EventState::Applied);
        let opened = world.event("e1", chargeback.opened(50_000, "o1"));
        assert_eq!(take(&world.desk, &opened).await.unwrap(), EventState::Applied);
        world.hand.forward(SignedDuration::from_secs(2));
        assert_eq!(apply_waiting(&world.desk).await.unwrap(), 1);
        assert_eq!(world.count(EventState::Waiting).await, 0);
    }
}

#[tokio::test]
async fn a_chargeback_that_overtakes_its_capture_waits_for_it() {
    for world in both().await {
        let deal = world.funding().await;
        let taken_back = |reference: &'static str, amount: i64| {
            let chargeback = Chargeback {
                reference,
                payment: deal.payment,
            };
            world.event(reference, chargeback.opened(amount, reference))
        };
        let early = taken(&world.desk, &taken_back("o1", 50_000)).await.unwrap();
        assert_eq!(early, Taken::by(EventState::Waiting, Refusal::EventTooEarly));
        let never = taken(&world.desk, &taken_back("o2", 50_001)).await.unwrap();
        assert_eq!(never, Taken::by(EventState::Refused, Refusal::ChargebackExceeds));
        let came = world.event("e0", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &came).await.unwrap(), EventState::Applied);
        world.hand.forward(SignedDuration::from_secs(2));
        assert_eq!(apply_waiting(&world.desk).await.unwrap(), 1);
        assert_eq!(world.state(&deal).await, "chargeback_hold");
        let never = taken(&world.desk, &taken_back("o3", 50_001)).await.unwrap();
        assert_eq!(never, Taken::by(EventState::Refused, Refusal::ChargebackExceeds));
    }
}

#[tokio::test]
async fn a_movement_of_another_sum_than_was_asked_for_is_not_booked() {
    for world in both().await {
        let deal = world.funding().await;
        let paid = world.event("e1", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &paid).await.unwrap(), EventState::Applied);
        let client = Actor::Person { id: world.client };
        let cancel = OfContract::Cancel {
            milestone: deal.milestone,
        };
        world.act(deal.contract, &cancel, &client).await;
        let refund = world.contract(deal.contract).await.refunds[0].id;
        let back = |amount: i64, currency: &str| Kind::RefundSucceeded {
            refund_ref: "r1".to_owned(),
            refund_id: refund.to_string(),
            amount: Minor(amount),
            currency: currency.parse().unwrap(),
            external_id: "t2".to_owned(),
        };
        let before = world.contract(deal.contract).await;
        for (name, kind) in [("e2", back(49_999, "USD")), ("e3", back(50_000, "EUR"))] {
            let taken = taken(&world.desk, &world.event(name, kind)).await.unwrap();
            assert_eq!(
                taken,
                Taken::by(EventState::Refused, Refusal::AmountDiffers),
                "{name}"
            );
        }
        assert_eq!(world.contract(deal.contract).await, before);
        let right = world.event("e4", back(50_000, "USD"));
        assert_eq!(take(&world.desk, &right).await.unwrap(), EventState::Applied);
    }
}

#[tokio::test]
async fn a_movement_without_a_name_that_can_be_kept_is_not_booked() {
    for world in both().await {
        let deal = world.funding().await;
        let before = world.contract(deal.contract).await;
        for (event, name) in [("e1", ""), ("e2", "-"), ("e3", "t1\nt2"), ("e4", "t\u{0}")] {
            let told = world.event(event, captured(deal.payment, name));
            assert_eq!(
                taken(&world.desk, &told).await.unwrap(),
                Taken::by(EventState::Refused, Refusal::ReceiptUnnamed),
                "{name:?}"
            );
        }
        assert_eq!(world.contract(deal.contract).await, before);
        let right = world.event("e5", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &right).await.unwrap(), EventState::Applied);
    }
}

#[tokio::test]
async fn a_chargeback_is_won_or_lost_with_the_sum_that_was_taken() {
    for world in both().await {
        let deal = world.funding().await;
        let paid = world.event("e1", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &paid).await.unwrap(), EventState::Applied);
        let chargeback = Chargeback {
            reference: "cb1",
            payment: deal.payment,
        };
        let opened = world.event("e2", chargeback.opened(20_000, "t2"));
        assert_eq!(take(&world.desk, &opened).await.unwrap(), EventState::Applied);
        for (name, kind) in [
            ("e3", chargeback.won(19_999, "t3")),
            ("e4", chargeback.lost(20_001, None)),
        ] {
            let taken = taken(&world.desk, &world.event(name, kind)).await.unwrap();
            assert_eq!(
                taken,
                Taken::by(EventState::Refused, Refusal::AmountDiffers),
                "{name}"
            );
        }
        // Nor does its end move the money of another payment of the same contract.
        let strange = Chargeback {
            payment: PaymentId::new(start(), [9; 10]),
            ..chargeback
        };
        let strange = strange.won(20_000, "t4");
        let contract = world.contract(deal.contract).await;
        let named = agree::with_contract(&world.desk, contract.id, &strange).await;
        assert!(
            matches!(named, Err(Error::Refused(Refusal::PaymentDiffers))),
            "{named:?}"
        );
        assert_eq!(world.state(&deal).await, "chargeback_hold");
        let right = world.event("e5", chargeback.won(20_000, "t3"));
        assert_eq!(take(&world.desk, &right).await.unwrap(), EventState::Applied);
        assert_eq!(world.state(&deal).await, "funded");
    }
}

#[tokio::test]
async fn a_payout_is_paid_with_the_sum_that_was_sent() {
    for world in both().await {
        world.earned().await;
        let payout = world.asks(10_000).await;
        let paid = |amount: i64, currency: &str| Kind::PayoutPaid {
            payout_ref: String::new(),
            payout_id: payout.to_string(),
            amount: Minor(amount),
            currency: currency.parse().unwrap(),
            external_id: "t7".to_owned(),
        };
        let before = world.kept().await;
        for (name, kind) in [("e2", paid(10_001, "USD")), ("e3", paid(10_000, "JPY"))] {
            let taken = taken(&world.desk, &world.event(name, kind)).await.unwrap();
            assert_eq!(
                taken,
                Taken::by(EventState::Refused, Refusal::AmountDiffers),
                "{name}"
            );
        }
        assert_eq!(world.kept().await, before);
        let right = world.event("e4", paid(10_000, "USD"));
        assert_eq!(take(&world.desk, &right).await.unwrap(), EventState::Applied);
    }
}

/// Takes events in this order; whatever comes before what it follows waits. Then each transaction of
/// the provider is in the books once.
async fn in_any_order(world: &World, events: [(&str, Kind); 2], late: &str) {
    for (name, kind) in events {
        let taken = taken(&world.desk, &world.event(name, kind)).await.unwrap();
        let early = Taken::by(EventState::Waiting, Refusal::EventTooEarly);
        let expected = if name == late {
            early
        } else {
            EventState::Applied.into()
        };
        assert_eq!(taken, expected, "{name}");
    }
    world.hand.forward(SignedDuration::from_secs(2));
    assert_eq!(
        apply_waiting(&world.desk).await.unwrap(),
        usize::from(!late.is_empty())
    );
    assert_eq!(world.count(EventState::Waiting).await, 0);
}

impl World {
    /// What the provider's account shows of the transactions with these names.
    async fn booked(&self, names: &[&'static str]) -> Vec<&'static str> {
        let mut found = Vec::new();
        for name in names.iter().copied() {
            let read = self.desk.store.read(move |mut view| async move {
                let account = Account::of_provider(&Name::bank());
                view.outside_line(&account, Currency::USD, name).await
            });
            if read.await.unwrap().is_some() {
                found.push(name);
            }
        }
        found
    }
}

fn turned<T>([first, second]: [T; 2], turn: usize) -> [T; 2] {
    if turn == 0 {
        [first, second]
    } else {
        [second, first]
    }
}

#[tokio::test]
async fn a_refund_that_came_back_waits_until_it_has_left() {
    for turn in [0, 1] {
        for world in both().await {
            let deal = world.funding().await;
            let paid = world.event("e1", captured(deal.payment, "t1"));
            assert_eq!(take(&world.desk, &paid).await.unwrap(), EventState::Applied);
            let milestone = deal.milestone;
            let client = Actor::Person { id: world.client };
            world
                .act(deal.contract, &OfContract::Cancel { milestone }, &client)
                .await;
            let refund = world.contract(deal.contract).await.refunds[0].id.to_string();
            let left = Kind::RefundSucceeded {
                refund_ref: "r1".to_owned(),
                refund_id: refund.clone(),
                amount: Minor(50_000),
                currency: Currency::USD,
                external_id: "t2".to_owned(),
            };
            let back = Kind::RefundFailed {
                refund_ref: "r1".to_owned(),
                refund_id: refund,
                reason: "closed_account".to_owned(),
                external_id: Some("t3".to_owned()),
            };
            let late = ["", "e3"][turn];
            in_any_order(&world, turned([("e2", left), ("e3", back)], turn), late).await;
            assert_eq!(world.booked(&["t1", "t2", "t3", "t4"]).await, ["t1", "t2", "t3"]);
            let contract = world.contract(deal.contract).await;
            assert_eq!(contract.payments[0].in_funds_minor, Minor(50_000));
        }
    }
}

#[tokio::test]
async fn a_payout_that_came_back_waits_until_it_was_paid() {
    for (turn, word) in [(0, "returned"), (1, "returned"), (0, "failed"), (1, "failed")] {
        for world in both().await {
            world.earned().await;
            let payout = world.asks(10_000).await.to_string();
            let paid = Kind::PayoutPaid {
                payout_ref: "p1".to_owned(),
                payout_id: payout.clone(),
                amount: Minor(10_000),
                currency: Currency::USD,
                external_id: "t2".to_owned(),
            };
            let (payout_ref, reason) = ("p1".to_owned(), "closed_account".to_owned());
            let back = if word == "returned" {
                Kind::PayoutReturned {
                    payout_ref,
                    payout_id: payout,
                    reason,
                    amount: Minor(10_000),
                    currency: Currency::USD,
                    external_id: "t3".to_owned(),
                }
            } else {
                Kind::PayoutFailed {
                    payout_ref,
                    payout_id: payout,
                    reason,
                    external_id: Some("t3".to_owned()),
                }
            };
            let late = ["", "e3"][turn];
            in_any_order(&world, turned([("e2", paid), ("e3", back)], turn), late).await;
            assert_eq!(world.booked(&["t2", "t3"]).await, ["t2", "t3"]);
            let state = world.kept().await.payouts.last().unwrap().state;
            assert_eq!(state, earnest_hire::payee::PayoutState::Returned);
        }
    }
}

#[tokio::test]
async fn a_second_loss_of_a_chargeback_waits_until_the_first_round_was_won() {
    for turn in [0, 1] {
        for world in both().await {
            let deal = world.funding().await;
            let paid = world.event("e1", captured(deal.payment, "t1"));
            assert_eq!(take(&world.desk, &paid).await.unwrap(), EventState::Applied);
            let chargeback = Chargeback {
                reference: "cb1",
                payment: deal.payment,
            };
            let opened = world.event("e2", chargeback.opened(50_000, "t2"));
            assert_eq!(take(&world.desk, &opened).await.unwrap(), EventState::Applied);
            let (won, lost) = (chargeback.won(50_000, "t3"), chargeback.lost(50_000, Some("t4")));
            let late = ["", "e4"][turn];
            in_any_order(&world, turned([("e3", won), ("e4", lost)], turn), late).await;
            let all = ["t1", "t2", "t3", "t4"];
            assert_eq!(world.booked(&all).await, all);
            assert_eq!(world.state(&deal).await, "charged_back");
            let verified = crate::ledger::verify(&world.desk.store, None).await.unwrap();
            assert!(verified.is_sound(), "{:#?}", verified.broken);
        }
    }
}

/// §4.7: whoever lets a bank take released work back is not waited for less than anybody else.
#[tokio::test]
async fn a_client_who_charges_released_work_back_is_not_a_known_one() {
    for world in both().await {
        let deal = world.funding().await;
        let paid = world.event("e1", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &paid).await.unwrap(), EventState::Applied);
        let now = world.desk.now();
        world.desk.store.onboard(world.expert, now).await.unwrap();
        let (milestone, client) = (deal.milestone, Actor::Person { id: world.client });
        let expert = Actor::Person { id: world.expert };
        let submit = OfContract::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        for (command, by) in [
            (OfContract::Start { milestone }, &expert),
            (submit, &expert),
            (OfContract::Approve { milestone }, &client),
        ] {
            world.act(deal.contract, &command, by).await;
        }
        let known = async |world: &World| {
            let id = world.client;
            let store = &world.desk.store;
            let read = store.read(move |mut view| async move { view.is_known_client(id).await });
            let known: bool = read.await.unwrap();
            known
        };
        assert!(known(&world).await);
        let chargeback = Chargeback {
            reference: "cb1",
            payment: deal.payment,
        };
        let opened = world.event("e2", chargeback.opened(50_000, "o1"));
        assert_eq!(take(&world.desk, &opened).await.unwrap(), EventState::Applied);
        assert_eq!(world.state(&deal).await, "released");
        assert!(!known(&world).await, "it is open");
        let won = world.event("e3", chargeback.won(50_000, "w1"));
        assert_eq!(take(&world.desk, &won).await.unwrap(), EventState::Applied);
        assert!(known(&world).await, "it was won");
    }
}

/// An event that is lost and moved nothing is missed by no comparison.
#[tokio::test]
async fn a_refund_of_which_nothing_is_heard_is_seen_after_five_days() {
    for world in both().await {
        let deal = world.funding().await;
        let paid = world.event("e1", captured(deal.payment, "t1"));
        assert_eq!(take(&world.desk, &paid).await.unwrap(), EventState::Applied);
        let (milestone, client) = (deal.milestone, Actor::Person { id: world.client });
        world
            .act(deal.contract, &OfContract::Cancel { milestone }, &client)
            .await;
        crate::job::run_due(&world.desk).await.unwrap();
        let refund = world.contract(deal.contract).await.refunds[0].clone();
        assert_eq!(refund.state, earnest_hire::contract::RefundState::Sent);
        let slow = async |world: &World| {
            let figures = crate::watch::figures(&world.desk).await.unwrap();
            let told = figures.troubles().iter().any(|one| one.contains("refunds"));
            (figures.slow_refunds, told)
        };
        world.hand.forward(jiff::SignedDuration::from_hours(5 * 24));
        assert_eq!(slow(&world).await, (0, false));
        world.hand.forward(jiff::SignedDuration::from_mins(1));
        assert_eq!(slow(&world).await, (1, true));
        let arrived = Kind::RefundSucceeded {
            refund_ref: "r1".to_owned(),
            refund_id: refund.id.to_string(),
            amount: refund.amount_minor,
            currency: Currency::USD,
            external_id: "t2".to_owned(),
        };
        let arrived = world.event("e2", arrived);
        assert_eq!(take(&world.desk, &arrived).await.unwrap(), EventState::Applied);
        assert_eq!(slow(&world).await, (0, false));
    }
}
