//! Two operators in two acts, on both engines.

use earnest_hire::contract::Method;
use earnest_hire::ids::EventId;
use earnest_hire::ledger::{Account, Name};
use earnest_hire::money::{Currency, Money};
use earnest_hire::payee::Scope;
use earnest_hire::span::{after, days};
use jiff::SignedDuration;

use super::*;
use crate::bank::tests::{Deal, World, both, both_with_cards, start};
use crate::payee::Confirmed;

fn operator_no(number: u8) -> Actor {
    Actor::Operator {
        id: PersonId::new(start(), [number; 10]),
    }
}

impl World {
    fn expert(&self) -> Actor {
        Actor::Person { id: self.expert }
    }

    async fn names(&self, reference: &str) {
        let command = OfPayee::SetPayoutAccount {
            reference: reference.to_owned(),
            provider: "bank".parse().unwrap(),
        };
        let expert = self.expert();
        self.by(&expert, &command).await.unwrap();
    }

    async fn by(&self, actor: &Actor, command: &OfPayee) -> Result<(), Error> {
        payee::act(&self.desk, self.expert, command, Who::sure(actor), Also::Nothing)
            .await
            .map(drop)
    }

    async fn proposed(&self, actor: &Actor, command: OfPayee) -> Result<MotionId, Error> {
        propose(&self.desk, &What::Payee(self.expert, command), Who::sure(actor)).await
    }

    async fn seconded(&self, actor: &Actor, motion: MotionId) -> Result<Carried, Error> {
        second(&self.desk, motion, Who::sure(actor)).await
    }

    async fn payee(&self) -> Payee {
        let id = self.expert;
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.payee(id).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn sound(&self) {
        let verified = crate::ledger::verify(&self.desk.store, None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    answer.unwrap_err().code()
}

fn approve(reference: &str, second: Option<PersonId>) -> OfPayee {
    OfPayee::ApproveAccount {
        reference: reference.to_owned(),
        second,
    }
}

#[tokio::test]
async fn a_changed_account_is_approved_by_two_acts_of_two_people() {
    for world in both().await {
        world.names("acct_1").await;
        world.names("acct_2").await;
        let (one, two) = (operator_no(7), operator_no(8));
        // naming the other is not their act
        let named = approve("acct_2", Some(PersonId::new(start(), [8; 10])));
        assert_eq!(code(world.by(&one, &named).await), "four_eyes");
        assert_eq!(code(world.by(&one, &approve("acct_2", None)).await), "four_eyes");

        let before = world.payee().await;
        let motion = world.proposed(&one, approve("acct_2", None)).await.unwrap();
        assert_eq!(world.payee().await, before, "nothing has moved");
        let waiting = open(&world.desk).await.unwrap();
        assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [motion]);

        assert_eq!(code(world.seconded(&one, motion).await), "same_operator");
        assert_eq!(
            code(world.seconded(&world.expert(), motion).await),
            "operator_only"
        );
        let own = Actor::Operator { id: world.expert };
        assert_eq!(code(world.seconded(&own, motion).await), "own_account");
        let unsure = Who {
            actor: &two,
            confirmed: Confirmed::No,
        };
        assert_eq!(
            code(second(&world.desk, motion, unsure).await),
            "second_factor_missing"
        );
        assert_eq!(world.payee().await, before, "refusals change nothing");

        world.seconded(&two, motion).await.unwrap();
        let account = world.payee().await.account.unwrap();
        let both = [7, 8].map(|number| PersonId::new(start(), [number; 10]));
        assert_eq!(account.approved_by, Some(both));
        let (told, _) = crate::audit::about(&world.desk, world.expert, None, crate::audit::SHOWN)
            .await
            .unwrap();
        let told: Vec<(PersonId, &str)> = told.iter().map(|(row, _)| (row.by, row.act.as_str())).collect();
        let [first, other] = both;
        assert_eq!(told.len(), 2, "the person reads of both: {told:?}");
        assert!(told.contains(&(first, "Approved the account that you are paid to.")));
        let seconded = "As the second operator: Approved the account that you are paid to.";
        assert!(told.contains(&(other, seconded)));
        assert_eq!(code(world.seconded(&two, motion).await), "motion_not_open");
        assert!(open(&world.desk).await.unwrap().is_empty());
        world.sound().await;
    }
}

#[tokio::test]
async fn a_motion_is_overtaken_by_what_changes_what_it_is_about() {
    for world in both().await {
        world.names("acct_1").await;
        world.names("acct_2").await;
        let (one, two) = (operator_no(7), operator_no(8));
        let motion = world.proposed(&one, approve("acct_2", None)).await.unwrap();
        world.names("acct_3").await;
        world.names("acct_2").await;
        assert_eq!(code(world.seconded(&two, motion).await), "motion_overtaken");
        assert_eq!(world.payee().await.account.unwrap().approved_by, None);
        // what could not be done by anybody is not proposed either
        assert_eq!(
            code(world.proposed(&one, approve("acct_3", None)).await),
            "not_found"
        );
        let person = world.expert();
        assert_eq!(
            code(world.proposed(&person, approve("acct_2", None)).await),
            "operator_only"
        );
        let ask = OfPayee::RequestPayout {
            amount: Money {
                amount_minor: 1,
                currency: Currency::USD,
            },
        };
        assert_eq!(code(world.proposed(&one, ask).await), "no_second_needed");

        withdraw(&world.desk, motion, Who::sure(&two)).await.unwrap();
        let (told, _) = crate::audit::about(&world.desk, world.expert, None, crate::audit::SHOWN)
            .await
            .unwrap();
        assert!(told[0].0.act.starts_with("Dropped"), "{told:?}");
        assert_eq!(
            code(withdraw(&world.desk, motion, Who::sure(&two)).await),
            "motion_not_open"
        );
        assert_eq!(code(world.seconded(&two, motion).await), "motion_not_open");
        let anew = world.proposed(&one, approve("acct_2", None)).await.unwrap();
        let three = operator_no(9);
        let (first, again) = tokio::join!(world.seconded(&two, anew), world.seconded(&three, anew));
        assert_eq!(
            u8::from(first.is_ok()) + u8::from(again.is_ok()),
            1,
            "{first:?} {again:?}"
        );
        world.sound().await;
    }
}

#[tokio::test]
async fn a_hold_of_more_than_30_days_takes_two_acts() {
    for world in both().await {
        let (one, two) = (operator_no(7), operator_no(8));
        let hold = |now| OfPayee::PlaceHold {
            scope: Scope::SignIn,
            reason: "name_differs".to_owned(),
            facts: "Two names.".to_owned(),
            rule: "terms 7.3".to_owned(),
            review_by: after(now, days(7)),
            second: None,
        };
        assert_eq!(
            code(world.proposed(&one, hold(world.desk.now())).await),
            "no_second_needed"
        );
        for _ in 0..4 {
            world.by(&one, &hold(world.desk.now())).await.unwrap();
            world.hand.forward(SignedDuration::from_hours(7 * 24));
        }
        assert_eq!(code(world.by(&one, &hold(world.desk.now())).await), "four_eyes");
        let motion = world.proposed(&one, hold(world.desk.now())).await.unwrap();
        world.seconded(&two, motion).await.unwrap();
        let placed = world.payee().await.holds.pop().unwrap();
        assert_eq!(placed.second, Some(PersonId::new(start(), [8; 10])));
        world.sound().await;
    }
}

fn usd(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency: Currency::USD,
    }
}

impl World {
    /// A milestone over 500.00 that was paid by card.
    async fn paid_by_card(&self) -> Deal {
        let name: Name = "sandbox".parse().unwrap();
        let deal = self.asked(name.clone(), Method::Card).await;
        let captured = OfContract::Captured {
            payment: deal.payment,
            amount: usd(50_000),
            fee: usd(0),
            receipt: format!("of {}", deal.payment),
        };
        self.act(deal.contract, &captured, &Actor::Provider { name })
            .await;
        deal
    }

    /// Money that a provider has sent comes into the bank, and nobody knows what it is.
    async fn came(&self, amount: &str, line: &str) -> EventId {
        let row = format!("2026-11-25,{amount},USD,PROVIDER TRANSFER,Acquirer,{line}\n");
        assert_eq!(self.import(&row).await.unmatched, 1);
        let waiting = crate::bank::unmatched(&self.desk).await.unwrap();
        let found = waiting.into_iter().find(|one| one.external_id == line);
        found.unwrap().id
    }

    async fn moves(&self, deal: &Deal, receipt: EventId, transfer: &str) -> Result<MotionId, Error> {
        self.moves_by(7, deal, (receipt, transfer)).await
    }

    async fn moves_by(
        &self,
        operator: u8,
        deal: &Deal,
        (receipt, transfer): (EventId, &str),
    ) -> Result<MotionId, Error> {
        let to_bank = OfContract::MoveToBank {
            payment: deal.payment,
            bank: Name::bank(),
            receipt,
            transfer: transfer.to_owned(),
            second: PersonId::new(start(), [operator; 10]),
        };
        let what = What::Contract(deal.contract, to_bank);
        propose(&self.desk, &what, Who::sure(&operator_no(operator))).await
    }
}

#[tokio::test]
async fn a_move_to_the_bank_is_overtaken_by_a_release_and_proposed_anew() {
    for world in both_with_cards().await {
        let deal = world.paid_by_card().await;
        let now = world.desk.now();
        world.desk.store.onboard(world.expert, now).await.unwrap();
        let milestone = deal.milestone;
        let expert = world.expert();
        world
            .act(deal.contract, &OfContract::Start { milestone }, &expert)
            .await;
        let submit = OfContract::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        world.act(deal.contract, &submit, &expert).await;
        let receipt = world.came("500.00", "b1").await;
        let motion = world.moves(&deal, receipt, "txn_out").await.unwrap();
        let client = Actor::Person { id: world.client };
        world
            .act(deal.contract, &OfContract::Approve { milestone }, &client)
            .await;
        assert_eq!(
            code(world.seconded(&operator_no(8), motion).await),
            "motion_overtaken"
        );
        // What was released lay there with the rest when it was moved, so that both operators may say so now.
        let cent = world.came("0.01", "b2").await;
        let more = world.came("500.01", "b3").await;
        assert_eq!(code(world.moves(&deal, more, "txn_out").await), "receipt_differs");
        let anew = world.moves(&deal, receipt, "txn_out").await.unwrap();
        world.seconded(&operator_no(8), anew).await.unwrap();
        let moved = world.contract(deal.contract).await.payments[0].moved_to.clone();
        assert_eq!(moved, Some(Name::bank()));
        let waiting = crate::bank::unmatched(&world.desk).await.unwrap();
        let waiting: Vec<EventId> = waiting.iter().map(|one| one.id).collect();
        assert!(waiting.len() == 2 && waiting.contains(&cent) && waiting.contains(&more));
        world.sound().await;
    }
}

#[tokio::test]
async fn what_came_from_the_provider_is_used_once_by_the_payment_that_it_is_of() {
    for world in both_with_cards().await {
        let (deal, other) = (world.paid_by_card().await, world.paid_by_card().await);
        let (cent, receipt) = (world.came("0.01", "b1").await, world.came("500.00", "b2").await);
        assert_eq!(code(world.moves(&deal, cent, "txn_out").await), "receipt_differs");
        let nobody = EventId::new(start(), [9; 10]);
        assert_eq!(
            code(world.moves(&deal, nobody, "txn_out").await),
            "receipt_not_open"
        );
        let first = world.moves(&deal, receipt, "txn_out").await.unwrap();
        let twice = world.moves(&other, receipt, "txn_out").await.unwrap_err();
        assert!(
            matches!(&twice, Error::MotionWaits(before) if *before == first),
            "{twice:?}"
        );
        let second = world.moves_by(9, &other, (receipt, "txn_out")).await.unwrap();
        let eight = operator_no(8);
        world.seconded(&eight, first).await.unwrap();
        assert_eq!(code(world.seconded(&eight, second).await), "receipt_not_open");
        assert_eq!(
            code(crate::bank::send_back(&world.desk, world.operator, receipt, "It is nobody’s.").await),
            "receipt_not_open"
        );

        let waiting = crate::bank::unmatched(&world.desk).await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.id).collect::<Vec<_>>(), [cent]);
        let moved = world.contract(deal.contract).await.payments[0].moved_to.clone();
        assert_eq!(moved, Some(Name::bank()));
        assert_eq!(world.balance(Account::UnmatchedReceipts).await, -1);
        assert_eq!(world.balance(Account::Bank(Name::bank())).await, 50_001);
        // what the first has moved has left, what the other holds has not
        let psp = Account::Psp("sandbox".parse().unwrap());
        assert_eq!(world.balance(psp).await, 50_000);
        world.sound().await;
    }
}
