//! Fills a database with contracts through the very code that the site keeps them with, to measure how long the books take
//! to verify: `cargo run --release -p earnest-store --example fill -- FILE ENTRIES RELEASES`.
//!
//! Every contract has one milestone that is paid in `RELEASES` parts and then approved: `RELEASES + 8` commands and
//! `RELEASES + 2` entries.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program for measuring"
)]

use std::path::PathBuf;
use std::time::Instant;

use earnest_hire::contract::{
    self, Actor, Command, Facts, Input, Method, Offer, PROCESS_VERSION, Plan, Terms,
};
use earnest_hire::ids::{ContractId, Ids, MilestoneId, PersonId};
use earnest_hire::money::{Currency, Minor, Money};
use earnest_store::{Deed, Error, Locked, Record, Store, Tx};
use jiff::{SignedDuration, Timestamp};

/// So many contracts share a transaction.
const TOGETHER: u64 = 100;
const PRICE: i64 = 1_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().unwrap());
    let entries: u64 = arguments.next().unwrap().parse().unwrap();
    let releases: u64 = arguments.next().unwrap().parse().unwrap();
    let begun = Instant::now();
    let store = Store::open(&file)?;
    store.migrate(start()).await?;
    let contracts = entries.div_ceil(releases + 2);
    for first in (0..contracts).step_by(usize::try_from(TOGETHER).unwrap()) {
        let last = contracts.min(first + TOGETHER);
        let filled = store.write(move |mut tx| async move {
            for number in first..last {
                fill(&mut tx, number, releases).await?;
            }
            tx.commit(()).await
        });
        filled.await?;
    }
    println!(
        "{contracts} contracts with {} commands and {} entries in {:.1?}",
        contracts * (releases + 8),
        contracts * (releases + 2),
        begun.elapsed()
    );
    Ok(())
}

fn start() -> Timestamp {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

fn usd(amount_minor: i64) -> Money {
    let currency = Currency::USD;
    Money {
        amount_minor,
        currency,
    }
}

fn seed(number: u64, step: u64) -> [u8; 16] {
    let mut seed = [0; 16];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed[8..].copy_from_slice(&step.to_le_bytes());
    seed
}

/// A contract in the making: what it is given, and when.
struct Given {
    at: Timestamp,
    number: u64,
    step: u64,
    locked: Option<Locked>,
}

impl Given {
    fn input(&mut self) -> Input {
        self.step += 1;
        self.at = self.at.checked_add(SignedDuration::from_mins(7)).unwrap();
        Input::new(self.at, seed(self.number, self.step), Facts::default())
    }

    async fn act(
        &mut self,
        tx: &mut Tx,
        id: ContractId,
        command: Command,
        actor: &Actor,
    ) -> Result<(), Error> {
        let input = self.input();
        let former = self.locked.take().unwrap();
        let decision = contract::decide(&former.contract, &command, actor, &input).unwrap();
        let deed = Deed::Command(&command);
        let record = Record {
            deed,
            actor,
            input: &input,
            key: None,
            timer: None,
        };
        let last = tx.keep_contract(Some(&former), &decision, &record).await?;
        self.keep(tx, id, last).await
    }

    async fn keep(&mut self, tx: &mut Tx, id: ContractId, last: earnest_store::Last) -> Result<(), Error> {
        tx.keep_last(last).await?;
        self.locked = tx.lock_contract(id, None).await?.0;
        Ok(())
    }
}

async fn fill(tx: &mut Tx, number: u64, releases: u64) -> Result<(), Error> {
    let random = |of: u8| {
        let mut random = [of; 10];
        random[..8].copy_from_slice(&(number / 5).to_le_bytes());
        random
    };
    let (client, expert) = (
        PersonId::new(start(), random(1)),
        PersonId::new(start(), random(2)),
    );
    let minutes = SignedDuration::from_mins(i64::try_from(number).unwrap());
    let at = start().checked_add(minutes).unwrap();
    let mut given = Given {
        at,
        number,
        step: 0,
        locked: None,
    };
    let mut ids = Ids::new(at, seed(number, 0));
    let (id, milestone) = (ids.contract(), ids.milestone());
    let offer = offer(client, expert, milestone);
    let input = given.input();
    let decision = contract::offer(id, &offer, &input).unwrap();
    let by = |id| Actor::Person { id };
    let deed = Deed::Offer(&offer);
    let record = Record {
        deed,
        actor: &by(client),
        input: &input,
        key: None,
        timer: None,
    };
    let last = tx.keep_contract(None, &decision, &record).await?;
    given.keep(tx, id, last).await?;
    for who in [client, expert] {
        let sha256 = decision.contract.sha256.clone();
        given.act(tx, id, Command::Sign { sha256 }, &by(who)).await?;
    }
    work(&mut given, tx, (id, milestone), (client, expert), releases).await
}

async fn work(
    given: &mut Given,
    tx: &mut Tx,
    (id, milestone): (ContractId, MilestoneId),
    (client, expert): (PersonId, PersonId),
    releases: u64,
) -> Result<(), Error> {
    let (number, by) = (given.number, |id| Actor::Person { id });
    let sandbox: earnest_hire::ledger::Name = "sandbox".parse().unwrap();
    let fund = Command::Fund {
        milestone,
        provider: sandbox.clone(),
        method: Method::Bank,
    };
    given.act(tx, id, fund, &by(client)).await?;
    let payment = given.locked.as_ref().unwrap().contract.payments[0].id;
    let receipt = format!("txn-{number}");
    let captured = Command::Captured {
        payment,
        amount: usd(PRICE + PRICE / 20),
        fee: usd(30),
        receipt,
    };
    given
        .act(tx, id, captured, &Actor::Provider { name: sandbox })
        .await?;
    given
        .act(tx, id, Command::Start { milestone }, &by(expert))
        .await?;
    for _ in 0..releases {
        let amount = usd(PRICE / i64::try_from(releases + 1).unwrap());
        given
            .act(tx, id, Command::Release { milestone, amount }, &by(client))
            .await?;
    }
    let submit = Command::Submit {
        milestone,
        deliverables: 1,
        ticked: vec![0],
    };
    given.act(tx, id, submit, &by(expert)).await?;
    given
        .act(tx, id, Command::Approve { milestone }, &by(client))
        .await
}

fn offer(client: PersonId, expert: PersonId, milestone: MilestoneId) -> Offer {
    let plan = Plan {
        title: "A reporting service".to_owned(),
        deliverable: "A service that makes the reports of the finance team every night.".to_owned(),
        acceptance: vec!["It runs on the machine of the client.".to_owned()],
        price_minor: Minor(PRICE),
        due_on: "2030-01-25".parse().unwrap(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    };
    let mut terms = Terms::default();
    terms.client_fee.basis_points = 500;
    Offer {
        process: PROCESS_VERSION,
        client,
        expert,
        currency: Currency::USD,
        terms,
        milestones: vec![(milestone, plan)],
    }
}
