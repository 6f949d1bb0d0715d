//! The operations that are measured: partial releases and approvals of milestones that were prepared beforehand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use earnest_app::contract::{self, Also, Replay};
use earnest_app::desk::Desk;
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::outside::{Clock, Randomness};
use earnest_hire::contract::{Actor, Command, Offer};
use earnest_hire::ids::{ContractId, MilestoneId, PersonId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Money};
use earnest_store::{Key, Store};
use jiff::Timestamp;
use serde_json::json;

use crate::Outcome;

/// When everything begins.
pub(crate) const BEGIN: Timestamp = Timestamp::constant(1_764_583_200, 0);
const RELEASES: usize = 9;
const PRICE_MINOR: i64 = 100_000;

/// Goes on from the beginning as real time does, so that ids come in the order in which real ones come.
struct Going(Instant);

impl Clock for Going {
    fn now(&self) -> Timestamp {
        BEGIN.checked_add(self.0.elapsed()).unwrap_or(Timestamp::MAX)
    }
}

/// Bytes by splitmix64, anew in every process.
struct Counted(AtomicU64);

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut word = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let word = (word ^ (word >> 31)).to_le_bytes();
            chunk.copy_from_slice(word.get(..chunk.len()).unwrap_or_default());
        }
    }
}

/// The desk of every measurement.
pub(crate) fn desk(store: Store) -> Desk {
    use std::hash::BuildHasher;
    let seed = std::hash::RandomState::new().hash_one(0);
    let clock: Arc<dyn Clock> = Arc::new(Going(Instant::now()));
    let name = "Northgate GmbH".to_owned();
    // nobody is called, so any will do
    let bank = BankProvider::new(store.clone(), Arc::clone(&clock), name, Currency::USD);
    let bank: Arc<dyn PaymentProvider> = Arc::new(bank);
    let mut desk = Desk::new(store, clock, Arc::new(Counted(AtomicU64::new(seed))));
    desk.providers = Arc::new([("sandbox".to_owned(), bank)].into());
    desk
}

/// Ids that follow from the number of a contract, so that a later process knows them.
fn random(number: usize, what: u8) -> [u8; 10] {
    let mut bytes = [what; 10];
    // At the end: an id's version and variant stand at its beginning.
    for (place, byte) in bytes.iter_mut().rev().zip(number.to_le_bytes()) {
        *place = byte;
    }
    bytes
}

fn client(number: usize) -> PersonId {
    PersonId::new(BEGIN, random(number, 1))
}

fn milestone(number: usize) -> MilestoneId {
    MilestoneId::new(BEGIN, random(number, 2))
}

/// One call of the use case.
pub(crate) struct Operation {
    contract: ContractId,
    command: Command,
    actor: Actor,
    key: Key,
}

impl Operation {
    fn new(contract: ContractId, command: Command, actor: Actor, key: &str) -> Outcome<Self> {
        let scope = format!("{} {contract}", serde_json::to_string(&actor)?);
        let key = Key::new(&scope, key, &serde_json::to_string(&command)?);
        Ok(Self {
            contract,
            command,
            actor,
            key,
        })
    }

    pub(crate) async fn carry_out(self, desk: &Desk) -> Outcome {
        let also = Also::Key(self.key);
        let answer = contract::act(desk, self.contract, &self.command, &self.actor, also).await?;
        match answer.replay {
            Replay::First => Ok(()),
            Replay::Again => Err("an operation had been carried out before".into()),
        }
    }
}

/// Contracts whose milestone is submitted and holds money.
pub(crate) struct Prepared(Vec<(usize, ContractId)>);

impl Prepared {
    pub(crate) async fn new(desk: &Desk, from: usize, count: usize, at_once: usize) -> Outcome<Self> {
        let mut running = tokio::task::JoinSet::new();
        let mut ready = Vec::with_capacity(count);
        for number in from..from + count {
            while running.len() >= at_once {
                if let Some(done) = running.join_next().await {
                    ready.push(done??);
                }
            }
            let desk = desk.clone();
            running.spawn(async move { Outcome::Ok((number, prepare(&desk, number).await?)) });
        }
        while let Some(done) = running.join_next().await {
            ready.push(done??);
        }
        ready.sort_unstable();
        Ok(Self(ready))
    }

    /// What an earlier process has prepared.
    pub(crate) async fn found(desk: &Desk, count: usize) -> Outcome<Self> {
        let mut ready = Vec::with_capacity(count);
        for number in 0..count {
            let mine = desk
                .store
                .read(move |mut view| async move { view.contracts_of(client(number), None, 1).await });
            let mine: Vec<earnest_hire::contract::Contract> = mine.await.map_err(earnest_app::Error::from)?;
            let contract = mine.first().ok_or("a contract was prepared")?;
            ready.push((number, contract.id));
        }
        Ok(Self(ready))
    }

    /// The first of every contract, then the second of every contract, and so on.
    pub(crate) fn operations(self) -> Outcome<Vec<Operation>> {
        let mut operations = Vec::with_capacity(self.0.len() * (RELEASES + 1));
        for turn in 0..=RELEASES {
            for (number, contract) in &self.0 {
                let milestone = milestone(*number);
                let amount = usd(1_000);
                let command = if turn < RELEASES {
                    Command::Release { milestone, amount }
                } else {
                    Command::Approve { milestone }
                };
                let actor = Actor::Person { id: client(*number) };
                operations.push(Operation::new(
                    *contract,
                    command,
                    actor,
                    &format!("operation-{turn}"),
                )?);
            }
        }
        Ok(operations)
    }
}

/// One for each contract: their balances would otherwise be one row that all wait for.
fn expert(number: usize) -> PersonId {
    PersonId::new(BEGIN, random(number, 3))
}

fn usd(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency: Currency::USD,
    }
}

async fn prepare(desk: &Desk, number: usize) -> Outcome<ContractId> {
    desk.store.onboard(expert(number), BEGIN).await?;
    let offer = offer(number)?;
    let operator = Actor::Operator {
        id: PersonId::new(BEGIN, random(0, 4)),
    };
    let begun = contract::begin(desk, &offer, &operator, None).await?.contract;
    let (client, expert) = (
        Actor::Person { id: client(number) },
        Actor::Person { id: expert(number) },
    );
    let sha256 = offer.sha256()?;
    let milestone = milestone(number);
    let provider: Name = "sandbox".parse()?;
    let sign = || Command::Sign {
        sha256: sha256.clone(),
    };
    let method = serde_json::from_value(json!("card"))?;
    let act = async |command: Command, actor: &Actor| {
        contract::act(desk, begun, &command, actor, Also::Nothing).await
    };
    act(sign(), &client).await?;
    act(sign(), &expert).await?;
    act(
        Command::Fund {
            milestone,
            provider: provider.clone(),
            method,
        },
        &client,
    )
    .await?;
    let seen = desk
        .store
        .read(move |mut view| async move { view.contract(begun).await });
    let seen: Option<earnest_hire::contract::Contract> = seen.await.map_err(earnest_app::Error::from)?;
    let payment = seen.and_then(|one| one.payments.first().map(|payment| payment.id));
    let payment = payment.ok_or("a payment was begun")?;
    let receipt = format!("txn_{number}");
    let captured = Command::Captured {
        payment,
        amount: usd(PRICE_MINOR),
        fee: usd(100),
        receipt,
    };
    act(captured, &Actor::Provider { name: provider }).await?;
    act(Command::Start { milestone }, &expert).await?;
    act(
        Command::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        },
        &expert,
    )
    .await?;
    Ok(begun)
}

fn offer(number: usize) -> Outcome<Offer> {
    let fee =
        |basis_points: u32| json!({"basis_points": basis_points, "fixed_minor": 0, "tax_basis_points": 0});
    Ok(serde_json::from_value(json!({
        "process": 1, "client": client(number), "expert": expert(number), "currency": "USD",
        "terms": {
            "client_fee": fee(0), "expert_fee": fee(1_000), "tax_jurisdiction": "de", "clearance_days": 5,
            "liability": "operator", "dispute_fee_minor": 0, "second_operator_above_minor": 100_000,
        },
        "milestones": [[milestone(number), {
            "title": "A service", "deliverable": "Its source, its tests and a page that says how to run it.",
            "acceptance": ["The tests pass."], "price_minor": PRICE_MINOR, "due_on": "2026-01-20",
            "inspection_days": 7, "rounds": 2, "revision_days": 14,
        }]],
    }))?)
}
