//! Holds and payouts as they reach beyond a person's own row, on both engines.

use earnest_hire::contract::{Command as OfContract, Method};
use earnest_hire::ledger::Name;
use earnest_hire::money::Money;
use earnest_hire::payee::{PayoutState, Scope};
use earnest_hire::span::{after, days};
use earnest_store::JobState;
use jiff::SignedDuration;

use super::*;
use crate::bank::tests::{Deal, World, both};
use crate::{bank, contract, job, timers};

impl World {
    async fn does(&self, id: PersonId, actor: &Actor, command: &Command) -> Result<(), Error> {
        act(&self.desk, id, command, Who::sure(actor), Also::Nothing)
            .await
            .map(drop)
    }

    async fn office(&self, id: PersonId, command: &Command) {
        let actor = Actor::Operator { id: self.operator };
        self.does(id, &actor, command).await.unwrap();
    }

    async fn hold(&self, id: PersonId) {
        let command = Command::PlaceHold {
            scope: Scope::NewContracts,
            reason: "name_differs".to_owned(),
            facts: "Two names.".to_owned(),
            rule: "terms 7.3".to_owned(),
            review_by: after(self.desk.now(), days(7)),
            second: None,
        };
        self.office(id, &command).await;
    }

    async fn fund(&self, deal: &Deal) -> Result<(), Error> {
        let command = OfContract::Fund {
            milestone: deal.milestone,
            provider: Name::bank(),
            method: Method::Bank,
        };
        let client = Actor::Person { id: self.client };
        contract::act(&self.desk, deal.contract, &command, &client, Also::Nothing)
            .await
            .map(drop)
    }

    /// Funded, worked on, approved and cleared: 450.00 are payable at the bank.
    pub(crate) async fn earned(&self) {
        let deal = self.funding().await;
        let reference = earnest_hire::bank::TransferReference::of_payment(deal.payment);
        self.import(&format!("2026-11-25,500.00,USD,{reference},Ada,b1\n"))
            .await;
        let (client, expert) = (
            Actor::Person { id: self.client },
            Actor::Person { id: self.expert },
        );
        self.desk
            .store
            .onboard(self.expert, self.desk.now())
            .await
            .unwrap();
        let milestone = deal.milestone;
        self.act(deal.contract, &OfContract::Start { milestone }, &expert)
            .await;
        let submit = OfContract::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        self.act(deal.contract, &submit, &expert).await;
        self.act(deal.contract, &OfContract::Approve { milestone }, &client)
            .await;
        self.hand.forward(SignedDuration::from_hours(6 * 24));
        timers::run_due(&self.desk).await.unwrap();
        let account = Command::SetPayoutAccount {
            reference: "DE00 1".to_owned(),
            provider: Name::bank(),
        };
        self.does(self.expert, &expert, &account).await.unwrap();
    }

    pub(crate) async fn asks(&self, amount_minor: i64) -> earnest_hire::ids::PayoutId {
        let amount = Money {
            amount_minor,
            currency: self.desk.currency,
        };
        let expert = Actor::Person { id: self.expert };
        self.does(self.expert, &expert, &Command::RequestPayout { amount })
            .await
            .unwrap();
        self.kept().await.payouts.last().unwrap().id
    }

    pub(crate) async fn kept(&self) -> Payee {
        let id = self.expert;
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.payee(id).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn jobs(&self, state: JobState) -> i64 {
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.count_jobs(state).await });
        read.await.unwrap()
    }
}

#[tokio::test]
async fn a_hold_on_new_contracts_stops_the_first_money_and_its_end_lets_it_go_on() {
    for world in both().await {
        let deal = world.funding().await;
        // the transfer of the payment that is under way is given up, so that a new one can be begun
        world.hand.forward(SignedDuration::from_hours(8 * 24));
        timers::run_due(&world.desk).await.unwrap();
        assert_eq!(world.state(&deal).await, "planned");
        world.hold(world.client).await;
        assert_eq!(world.fund(&deal).await.unwrap_err().code(), "new_contracts_held");
        world.hand.forward(SignedDuration::from_hours(7 * 24 + 1));
        world.fund(&deal).await.unwrap();
    }
}

#[tokio::test]
async fn a_hold_on_new_contracts_stops_the_signature_of_whom_it_is_about() {
    for world in both().await {
        let deal = world.funding().await;
        let offer = {
            let contract = world.contract(deal.contract).await;
            let milestone = earnest_hire::ids::Ids::new(world.desk.now(), [9; 16]).milestone();
            earnest_hire::contract::Offer {
                process: contract.process,
                client: contract.client,
                expert: contract.expert,
                currency: contract.currency,
                terms: contract.terms.clone(),
                milestones: vec![(milestone, contract.milestones[0].plan.clone())],
            }
        };
        let client = Actor::Person { id: world.client };
        let begun = contract::begin(&world.desk, &offer, &client, None).await.unwrap();
        world.hold(world.expert).await;
        let sha256 = offer.sha256().unwrap();
        let sign = OfContract::Sign { sha256 };
        world.act(begun.contract, &sign, &client).await;
        let expert = Actor::Person { id: world.expert };
        let signed = contract::act(&world.desk, begun.contract, &sign, &expert, Also::Nothing).await;
        assert_eq!(signed.unwrap_err().code(), "new_contracts_held");
        let hold = world.kept().await.holds[0].id;
        let lift = Command::LiftHold {
            hold,
            reason: "cleared up".to_owned(),
        };
        world.office(world.expert, &lift).await;
        world.act(begun.contract, &sign, &expert).await;
    }
}

#[tokio::test]
async fn a_payout_by_hand_that_is_canceled_is_not_among_the_transfers_to_make() {
    for world in both().await {
        world.earned().await;
        let payout = world.asks(10_000).await;
        let expert = Actor::Person { id: world.expert };
        world
            .does(world.expert, &expert, &Command::CancelPayout { payout })
            .await
            .unwrap();
        while job::run_due(&world.desk).await.unwrap() > 0 {}
        assert_eq!(
            (
                world.jobs(JobState::Dead).await,
                world.jobs(JobState::Waiting).await
            ),
            (0, 0)
        );
        assert_eq!(bank::transfers(&world.desk).await.unwrap(), []);

        let payout = world.asks(45_000).await;
        while job::run_due(&world.desk).await.unwrap() > 0 {}
        let transfers = bank::transfers(&world.desk).await.unwrap();
        assert_eq!((transfers.len(), transfers[0].amount.0), (1, 45_000));
        let late = world
            .does(world.expert, &expert, &Command::CancelPayout { payout })
            .await;
        assert_eq!(late.unwrap_err().code(), "payout_not_cancelable");
        assert_eq!(
            world.kept().await.payouts.last().unwrap().state,
            PayoutState::Sent
        );
    }
}
