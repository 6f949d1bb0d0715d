//! Money that a provider may not hold any longer, moved to the operator's bank: by the provider, by the bank's statement,
//! and by two operators, in this order; afterwards nothing differs anywhere.

use earnest_app::reconcile::{self, DifferenceKind};
use earnest_app::{bank, ledger, motion, payee::Who};
use earnest_hire::contract::Actor;
use earnest_hire::ids::{EventId, Ids, PersonId};
use earnest_hire::ledger::{Account, Name};
use jiff::SignedDuration;
use serde_json::json;

use crate::playing::state;
use crate::reconciled::{compared, compared_with};
use crate::world::{World, person, world};

impl World {
    /// Two who are no party of anything.
    fn operators(&self) -> [PersonId; 2] {
        let mut ids = Ids::new(self.desk.clock.now(), [9; 16]);
        [person(&mut ids), person(&mut ids)]
    }

    /// The provider sends so much to the bank; answers with its name of the movement.
    async fn transfers(&self, amount: i64) -> String {
        self.control("balances/USD/transfer", json!({ "amount_minor": amount }))
            .await;
        let state = state(&self.process.url).await;
        let last = state["transactions"].as_array().unwrap().last().unwrap();
        assert_eq!(last["kind"], "transfer");
        last["id"].as_str().unwrap().to_owned()
    }

    /// It stands in the bank's statement of today.
    async fn came(&self, amount: &str, line: &str) -> EventId {
        let today = self.desk.clock.now().strftime("%Y-%m-%d");
        let text = format!(
            "date,amount,currency,reference,counterparty,transaction_id\n{today},{amount},USD,TRANSFER,Sandbox,{line}\n"
        );
        let imported = bank::import(&self.desk, &text).await.unwrap();
        assert_eq!((imported.unmatched, imported.matched), (1, 0));
        let waiting = bank::unmatched(&self.desk).await.unwrap();
        waiting.iter().find(|one| one.external_id == line).unwrap().id
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_moved_to_the_bank_differs_nowhere() {
    let world = world(&[]).await;
    let (deal, _) = world.funded(50_000).await;
    // the provider has kept its fees: what is held is moved out of all that is there
    world.funded(20_000).await;
    let payment = world.contract(deal).await.payments[0].id;
    let [one, two] = world.operators();

    let transfer = world.transfers(50_000).await;
    let differs = compared(&world).await.differences;
    let [missing] = differs.as_slice() else {
        panic!("{differs:?}");
    };
    assert_eq!(missing.kind, DifferenceKind::MissingInBooks);
    assert_eq!(missing.external_id.as_deref(), Some(transfer.as_str()));
    assert!(
        missing.explanation.contains("`earnest bank move`"),
        "{}",
        missing.explanation
    );

    let receipt = world.came("500.00", "b1").await;
    assert_eq!(world.balance(Account::UnmatchedReceipts).await, 50_000);
    assert_eq!(compared_with(&world, "bank").await.differences, []);

    let moved = (payment, transfer.as_str());
    let motion = bank::propose_move(&world.desk, one, receipt, moved)
        .await
        .unwrap();
    assert_eq!(
        compared(&world).await.differences.len(),
        1,
        "a proposal moves nothing"
    );
    let second = Actor::Operator { id: two };
    motion::second(&world.desk, motion, Who::sure(&second))
        .await
        .unwrap();

    let alike = compared(&world).await;
    assert_eq!(alike.differences, []);
    // two payments, their fees, the transfer
    assert_eq!(alike.matched, 5);
    assert_eq!(alike.books_balance_minor, alike.movable_minor);
    assert_eq!(alike.books_balance_minor.0, 70_000 - 50_000 - 1_480 - 610);
    assert_eq!(compared_with(&world, "bank").await.differences, []);
    assert_eq!(world.balance(Account::UnmatchedReceipts).await, 0);
    assert_eq!(world.balance(Account::Bank(Name::bank())).await, 50_000);
    assert_eq!(
        world.contract(deal).await.payments[0].moved_to,
        Some(Name::bank())
    );
    let verified = ledger::verify(&world.desk.store, None).await.unwrap();
    assert!(verified.is_sound(), "{:#?}", verified.broken);

    // as the worker does it, for the day that is over
    world.forward(SignedDuration::from_hours(25)).await;
    reconcile::daily(&world.desk).await.unwrap();
    let figures = earnest_app::watch::figures(&world.desk).await.unwrap();
    assert_eq!(figures.reconciliation_differences, 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sum_than_is_held_is_not_taken_for_what_was_moved() {
    let world = world(&[]).await;
    let (deal, _) = world.funded(50_000).await;
    let payment = world.contract(deal).await.payments[0].id;
    let [one, _] = world.operators();
    // all that is there: the provider has kept its fee
    let transfer = world.transfers(48_520).await;
    let receipt = world.came("485.20", "b1").await;
    let moved = (payment, transfer.as_str());
    let refused = bank::propose_move(&world.desk, one, receipt, moved).await;
    assert_eq!(refused.unwrap_err().code(), "receipt_differs");
    assert_eq!(world.balance(Account::UnmatchedReceipts).await, 48_520);
    assert_eq!(world.contract(deal).await.payments[0].moved_to, None);
    world.end().await;
}
