//! Small real histories: contracts and a person who is paid, decided and kept as the site does it.

use earnest_hire::bank::{ReceiptCommand, ReceiptInput, decide_receipt};
use earnest_hire::contract::{
    self, Actor, Command, Contract, Facts, Input, Method, Offer, PROCESS_VERSION, Plan, Terms,
};
use earnest_hire::ids::{ContractId, Ids, MilestoneId, PersonId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::payee::{self, Payee};
use earnest_store::{Deed, Error, Key, PayeeRecord, ReceiptRecord, Record, Store};
use jiff::{SignedDuration, Timestamp};

use crate::place::now;

/// Decides and keeps, an hour apart.
pub(crate) struct Teller {
    pub(crate) store: Store,
    at: Timestamp,
    count: u8,
}

pub(crate) fn usd(minor: i64) -> Money {
    Money {
        amount_minor: minor,
        currency: Currency::USD,
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn person(number: u8) -> PersonId {
    PersonId::new(now(), [number; 10])
}

fn plan(price: i64) -> Plan {
    Plan {
        title: "Part".to_owned(),
        deliverable: "What was agreed; \"as said\"\nand no more: é".to_owned(),
        acceptance: vec!["It runs.".to_owned()],
        price_minor: Minor(price),
        due_on: "2027-01-25".parse().unwrap(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    }
}

impl Teller {
    pub(crate) fn new(store: Store) -> Self {
        let (at, count) = (now(), 0);
        Self { store, at, count }
    }

    /// A transfer comes that says nothing of whose it is.
    async fn received(&mut self, external_id: &str) {
        self.count += 1;
        let input = ReceiptInput::new(self.at, [self.count; 16]);
        let command = ReceiptCommand::ReceiveUnmatched {
            bank: name("bank"),
            external_id: external_id.to_owned(),
            on: self.at,
            amount: usd(12_345),
            text: "thank you".to_owned(),
            counterparty: "Somebody".to_owned(),
        };
        let actor = Actor::Provider { name: name("bank") };
        let decision = decide_receipt(None, &command, &actor, &input).unwrap();
        let kept = self.store.write(move |mut tx| {
            let (command, actor, input, decision) =
                (command.clone(), actor.clone(), input.clone(), decision.clone());
            async move {
                let record = ReceiptRecord {
                    command: &command,
                    actor: &actor,
                    input: &input,
                };
                let last = tx.keep_receipt(None, &decision, &record).await?;
                tx.commit_last::<_, Error>(last, ()).await
            }
        });
        kept.await.unwrap();
        self.at += SignedDuration::from_hours(1);
    }

    /// Two contracts, one paid out and one refunded in part, with keys, earnings, payouts and timers.
    pub(crate) async fn of_two_contracts(store: Store) -> Self {
        let mut teller = Self::new(store);
        let (first, parts) = teller.signed(&[100_000, 50_000]).await;
        teller.funded(first, parts[0], 105_000).await;
        teller.worked(first, parts[0]).await;
        teller.approved(first, parts[0]).await;
        teller.paid_out().await;
        teller.received("bank-1").await;
        teller.received("bank-2").await;
        let (second, parts) = teller.signed(&[30_000]).await;
        teller.funded(second, parts[0], 31_500).await;
        let (client, expert) = (by(1), by(2));
        teller
            .act(second, Command::Start { milestone: parts[0] }, &expert)
            .await;
        let amount = usd(10_000);
        teller
            .act(
                second,
                Command::Release {
                    milestone: parts[0],
                    amount,
                },
                &client,
            )
            .await;
        let amount = usd(5_000);
        teller
            .act(
                second,
                Command::GiveBack {
                    milestone: parts[0],
                    amount,
                },
                &expert,
            )
            .await;
        let refund = teller.contract(second).await.refunds[0].id;
        teller
            .act(second, Command::RefundSent { refund }, &provider())
            .await;
        teller
    }

    fn tick(&mut self) -> (Timestamp, [u8; 16]) {
        self.at = self.at.checked_add(SignedDuration::from_hours(1)).unwrap();
        self.count += 1;
        (self.at, [self.count; 16])
    }

    pub(crate) async fn contract(&self, id: ContractId) -> Contract {
        let read = self
            .store
            .read(move |mut view| async move { view.contract(id).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn signed(&mut self, prices: &[i64]) -> (ContractId, Vec<MilestoneId>) {
        let (at, seed) = self.tick();
        let mut ids = Ids::new(at, [self.count ^ 0xff; 16]);
        let id = ids.contract();
        let milestones: Vec<_> = prices
            .iter()
            .map(|price| (ids.milestone(), plan(*price)))
            .collect();
        let mut terms = Terms::default();
        terms.client_fee.basis_points = 500;
        let offer = Offer {
            process: PROCESS_VERSION,
            client: person(1),
            expert: person(2),
            currency: Currency::USD,
            terms,
            milestones: milestones.clone(),
        };
        let input = Input::new(at, seed, Facts::default());
        let key = Key::new("per_1 POST /contracts", &format!("key-{}", self.count), "{}");
        let kept = self.store.write(move |mut tx| {
            let (offer, input, key) = (offer.clone(), input.clone(), key.clone());
            async move {
                let decision = contract::offer(id, &offer, &input).unwrap();
                let deed = Deed::Offer(&offer);
                let record = Record {
                    deed,
                    actor: &by(1),
                    input: &input,
                    key: Some(&key),
                    timer: None,
                };
                let last = tx.keep_contract(None, &decision, &record).await?;
                tx.commit_last::<_, Error>(last, ()).await
            }
        });
        kept.await.unwrap();
        let sha256 = self.contract(id).await.sha256;
        for signer in [1, 2] {
            let sha256 = sha256.clone();
            self.act(id, Command::Sign { sha256 }, &by(signer)).await;
        }
        (id, milestones.into_iter().map(|(id, _)| id).collect())
    }

    pub(crate) async fn funded(&mut self, id: ContractId, milestone: MilestoneId, amount: i64) {
        let (provider_name, method) = (name("sandbox"), Method::Bank);
        let fund = Command::Fund {
            milestone,
            provider: provider_name,
            method,
        };
        self.act(id, fund, &by(1)).await;
        let payment = self.contract(id).await.payments.last().unwrap().id;
        let receipt = format!("txn-{payment}");
        let captured = Command::Captured {
            payment,
            amount: usd(amount),
            fee: usd(30),
            receipt,
        };
        self.act(id, captured, &provider()).await;
    }

    async fn worked(&mut self, id: ContractId, milestone: MilestoneId) {
        self.act(id, Command::Start { milestone }, &by(2)).await;
        let submit = Command::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        self.act(id, submit, &by(2)).await;
    }

    async fn approved(&mut self, id: ContractId, milestone: MilestoneId) {
        self.act(id, Command::Approve { milestone }, &by(1)).await;
    }

    /// Clears what the expert has earned and sends it on its way.
    async fn paid_out(&mut self) {
        let expert = person(2);
        let earnings = self
            .store
            .read(move |mut view| async move { view.earnings(expert, 10).await });
        for earning in earnings.await.unwrap() {
            self.at = self.at.max(earning.clears_at);
            let timer = format!(
                "{} clearance 0 {}",
                earning.id,
                earning.clears_at.as_microsecond()
            );
            let clear = payee::Command::Clear {
                earning: earning.id,
                amount: usd(earning.amount.0),
                clears_at: earning.clears_at,
            };
            self.pay(clear, Actor::Clock, Some(timer)).await;
        }
        let account = payee::Command::SetPayoutAccount {
            reference: "acct_1".to_owned(),
            provider: name("sandbox"),
        };
        self.pay(account, by(2), None).await;
        self.pay(payee::Command::RequestPayout { amount: usd(40_000) }, by(2), None)
            .await;
        let payout = self.payee().await.payouts[0].id;
        self.pay(payee::Command::PayoutSent { payout }, provider(), None)
            .await;
    }

    async fn payee(&self) -> Payee {
        let read = self
            .store
            .read(move |mut view| async move { view.payee(person(2)).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn act(&mut self, id: ContractId, command: Command, actor: &Actor) {
        let ((at, seed), actor) = (self.tick(), actor.clone());
        let key = Key::new("per_1 POST /acts", &format!("key-{}", self.count), "{}");
        let kept = self.store.write(move |mut tx| {
            let (command, actor, key) = (command.clone(), actor.clone(), key.clone());
            async move {
                let input = Input::new(at, seed, Facts::default());
                let (locked, _) = tx.lock_contract(id, None).await?;
                let locked = locked.unwrap();
                let decision = contract::decide(&locked.contract, &command, &actor, &input)
                    .unwrap_or_else(|refusal| panic!("{command:?}: {refusal:?}"));
                let deed = Deed::Command(&command);
                let record = Record {
                    deed,
                    actor: &actor,
                    input: &input,
                    key: Some(&key),
                    timer: None,
                };
                let last = tx.keep_contract(Some(&locked), &decision, &record).await?;
                tx.commit_last::<_, Error>(last, ()).await
            }
        });
        kept.await.unwrap();
    }

    async fn pay(&mut self, command: payee::Command, actor: Actor, timer: Option<String>) {
        let (at, seed) = self.tick();
        let kept = self.store.write(move |mut tx| {
            let (command, actor, timer) = (command.clone(), actor.clone(), timer.clone());
            async move {
                let (locked, _) = tx.lock_payee(person(2), Currency::USD, None).await?;
                let facts = tx.payee_facts(&locked.payee).await?;
                let facts = payee::Facts {
                    second_factor: true,
                    ..facts
                };
                let input = payee::Input::new(at, seed, facts);
                let decision = payee::decide(&locked.payee, &command, &actor, &input)
                    .unwrap_or_else(|refusal| panic!("{command:?}: {refusal:?}"));
                let (command, actor) = (&command, &actor);
                let record = PayeeRecord {
                    command,
                    actor,
                    input: &input,
                    key: None,
                    timer: timer.as_deref(),
                };
                let last = tx.keep_payee(&locked, &decision, &record).await?;
                tx.commit_last::<_, Error>(last, ()).await
            }
        });
        kept.await.unwrap();
    }
}

pub(crate) fn by(number: u8) -> Actor {
    Actor::Person { id: person(number) }
}

pub(crate) fn provider() -> Actor {
    Actor::Provider {
        name: name("sandbox"),
    }
}
