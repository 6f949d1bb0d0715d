//! What is refused by name, on both engines: what comes from outside the contract is read where it is kept.

use earnest_hire::contract::Method;
use earnest_hire::ids::MilestoneId;
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Money};
use earnest_hire::span::{after, days};

use super::*;
use crate::bank::tests::{Deal, World, both_with_cards, start};

fn usd(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency: Currency::USD,
    }
}

fn sandbox() -> Name {
    "sandbox".parse().unwrap()
}

fn captured(deal: &Deal, receipt: &str) -> Command {
    Command::Captured {
        payment: deal.payment,
        amount: usd(50_000),
        fee: usd(30),
        receipt: receipt.to_owned(),
    }
}

fn fund(milestone: MilestoneId, provider: &str) -> Command {
    Command::Fund {
        milestone,
        provider: provider.parse().unwrap(),
        method: Method::Card,
    }
}

impl World {
    async fn tells(&self, deal: &Deal, command: &Command) -> Result<Answer, Error> {
        let by = Actor::Provider { name: sandbox() };
        act(&self.desk, deal.contract, command, &by, Also::Nothing).await
    }

    async fn gives(&self, id: ContractId, command: &Command, by: PersonId) -> Result<Answer, Error> {
        act(&self.desk, id, command, &Actor::Person { id: by }, Also::Nothing).await
    }
}

fn code(answer: Result<Answer, Error>) -> &'static str {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn a_provider_that_nobody_configured_is_refused_and_nothing_is_begun() {
    for world in both_with_cards().await {
        let (contract, milestone) = world.signed().await;
        let before = world.contract(contract).await;
        let unknown = fund(milestone, "acquirer");
        assert_eq!(
            code(world.gives(contract, &unknown, world.client).await),
            "provider_unknown"
        );
        // what nobody may do is refused as ever
        assert_eq!(
            code(world.gives(contract, &unknown, world.expert).await),
            "not_yours"
        );
        assert_eq!(world.contract(contract).await, before);
        world
            .gives(contract, &fund(milestone, "sandbox"), world.client)
            .await
            .unwrap();
        world.sound().await;
    }
}

#[tokio::test]
async fn a_receipt_of_another_payment_is_refused_by_name() {
    for world in both_with_cards().await {
        let one = world.asked(sandbox(), Method::Card).await;
        let other = world.asked(sandbox(), Method::Card).await;
        world.tells(&one, &captured(&one, "txn_1")).await.unwrap();
        let before = world.contract(other.contract).await;
        assert_eq!(
            code(world.tells(&other, &captured(&other, "txn_1")).await),
            "receipt_elsewhere"
        );
        // its fee has a name, too
        assert_eq!(
            code(world.tells(&other, &captured(&other, "txn_1:fee")).await),
            "receipt_elsewhere"
        );
        assert_eq!(
            code(world.tells(&one, &captured(&one, "txn_1")).await),
            "receipt_seen"
        );
        assert_eq!(world.contract(other.contract).await, before);
        world.tells(&other, &captured(&other, "txn_2")).await.unwrap();
        world.sound().await;
    }
}

#[tokio::test]
async fn a_client_who_lost_a_chargeback_signs_nothing_until_the_operator_opens_the_account() {
    for world in both_with_cards().await {
        let deal = world.asked(sandbox(), Method::Card).await;
        world.tells(&deal, &captured(&deal, "txn_1")).await.unwrap();
        let (waiting, _, sha256) = world.offered("2026-12-25").await.unwrap();
        let sign = Command::Sign { sha256 };
        let opened = Command::ChargebackOpened {
            payment: deal.payment,
            reference: "cb".to_owned(),
            receipt: "txn_2".to_owned(),
            amount: usd(50_000),
            fee: usd(0),
            evidence_by: after(start(), days(9)),
        };
        world.tells(&deal, &opened).await.unwrap();
        let lost = Command::ChargebackLost {
            reference: "cb".to_owned(),
        };
        world.tells(&deal, &lost).await.unwrap();

        let before = world.contract(waiting).await;
        assert_eq!(
            code(world.gives(waiting, &sign, world.client).await),
            "client_closed"
        );
        assert_eq!(world.contract(waiting).await, before);
        // it is the client's account alone
        world.gives(waiting, &sign, world.expert).await.unwrap();
        for limit in [Some(Minor(50_000)), None] {
            let client = world.client;
            let closed = world.desk.store.limit_client(client, Some(Minor::ZERO));
            closed.await.unwrap();
            let again = world.gives(waiting, &sign, client).await;
            assert_eq!(code(again), "client_closed");
            world.desk.store.limit_client(client, limit).await.unwrap();
        }
        world.gives(waiting, &sign, world.client).await.unwrap();
        world.sound().await;
    }
}

#[tokio::test]
async fn what_was_due_yesterday_is_not_begun() {
    for world in both_with_cards().await {
        let refused = world.offered("2026-11-24").await;
        assert_eq!(refused.unwrap_err().code(), "due_past");
        // until the end of the day in UTC
        world.offered("2026-11-25").await.unwrap();
        world.sound().await;
    }
}
