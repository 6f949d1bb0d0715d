//! Statements against contracts, on both engines. Every history is decided again at the end.

mod names;
mod two;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use earnest_hire::contract::{Command, Contract, Method, Offer, PROCESS_VERSION, Plan};
use earnest_hire::ids::{ContractId, Ids, MilestoneId, MotionId, PaymentId, PersonId};
use earnest_hire::ledger::Account;
use earnest_hire::money::Currency;
use earnest_store::testing::Postgres;
use earnest_store::{EventState, Statements, Store};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::contract;
use crate::job;
use crate::motion::{self, Given};
use crate::outside::payments::Period;
use crate::outside::payments::bank::BankProvider;
use crate::outside::{Clock, Randomness};
use crate::payee::Who;
use crate::reconcile;

const HEAD: &str = "date,amount,currency,reference,counterparty,transaction_id\n";

pub(crate) struct Hand(Mutex<Timestamp>);

impl Hand {
    pub(crate) fn forward(&self, by: SignedDuration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (place, byte) in bytes.iter_mut().zip(number.into_iter().cycle()) {
            *place = byte;
        }
    }
}

pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) hand: Arc<Hand>,
    pub(crate) client: PersonId,
    pub(crate) expert: PersonId,
    pub(crate) operator: PersonId,
    /// What the database goes away with.
    _home: Option<Box<dyn std::any::Any + Send>>,
}

pub(crate) fn start() -> Timestamp {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

async fn world(store: Store) -> World {
    store.migrate(start()).await.unwrap();
    let hand = Arc::new(Hand(Mutex::new(start())));
    let clock: Arc<dyn Clock> = Arc::<Hand>::clone(&hand);
    let mut desk = Desk::new(store, Arc::clone(&clock), Arc::new(Counting(AtomicU64::new(1))));
    let bank = BankProvider::new(
        desk.store.clone(),
        clock,
        "Northgate GmbH".to_owned(),
        Currency::USD,
    );
    let bank: Arc<dyn crate::outside::payments::PaymentProvider> = Arc::new(bank);
    desk.providers = Arc::new([("bank".to_owned(), bank)].into());
    let person = |number| PersonId::new(start(), [number; 10]);
    World {
        desk,
        hand,
        client: person(1),
        expert: person(2),
        operator: person(3),
        _home: None,
    }
}

pub(crate) async fn both() -> [World; 2] {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    let file = World {
        _home: Some(Box::new(folder)),
        ..world(store).await
    };
    let postgres = Postgres::fresh().await.unwrap();
    let store = Store::connect(postgres.url(), Statements::Prepared)
        .await
        .unwrap();
    let server = World {
        _home: Some(Box::new(postgres)),
        ..world(store).await
    };
    [file, server]
}

/// With a provider of cards, too. Nobody calls it, so any will do under its name.
pub(crate) async fn both_with_cards() -> [World; 2] {
    both().await.map(|mut world| {
        let bank = Arc::clone(&world.desk.providers[Name::BANK]);
        let known = [Name::BANK, "sandbox"].map(|name| (name.to_owned(), Arc::clone(&bank)));
        world.desk.providers = Arc::new(known.into());
        world
    })
}

pub(crate) struct Deal {
    pub(crate) contract: ContractId,
    pub(crate) milestone: MilestoneId,
    pub(crate) payment: PaymentId,
}

impl Deal {
    fn reference(&self) -> TransferReference {
        TransferReference::of_payment(self.payment)
    }
}

impl World {
    /// A contract over 500.00 that nobody has signed, and what both sign.
    pub(crate) async fn offered(&self, due_on: &str) -> Result<(ContractId, MilestoneId, String), Error> {
        let client = Actor::Person { id: self.client };
        let mut seed = [0; 16];
        self.desk.randomness.fill(&mut seed);
        let milestone = Ids::new(start(), seed).milestone();
        let plan = Plan {
            title: "Part".to_owned(),
            deliverable: "Work".to_owned(),
            acceptance: vec!["It runs.".to_owned()],
            price_minor: Minor(50_000),
            due_on: due_on.parse().unwrap(),
            inspection_days: 7,
            rounds: 2,
            revision_days: 14,
        };
        let offer = Offer {
            process: PROCESS_VERSION,
            client: self.client,
            expert: self.expert,
            currency: Currency::USD,
            terms: self.desk.terms.clone(),
            milestones: vec![(milestone, plan)],
        };
        let begun = contract::begin(&self.desk, &offer, &client, None).await?;
        Ok((begun.contract, milestone, offer.sha256().unwrap()))
    }

    /// The same, signed by both.
    pub(crate) async fn signed(&self) -> (ContractId, MilestoneId) {
        let (contract, milestone, sha256) = self.offered("2026-12-25").await.unwrap();
        for id in [self.client, self.expert] {
            let sign = Command::Sign {
                sha256: sha256.clone(),
            };
            self.act(contract, &sign, &Actor::Person { id }).await;
        }
        (contract, milestone)
    }

    /// One whose milestone the client has begun to pay.
    pub(crate) async fn asked(&self, provider: Name, method: Method) -> Deal {
        let client = Actor::Person { id: self.client };
        let (contract, milestone) = self.signed().await;
        let fund = Command::Fund {
            milestone,
            provider,
            method,
        };
        self.act(contract, &fund, &client).await;
        let payment = self.contract(contract).await.payments[0].id;
        Deal {
            contract,
            milestone,
            payment,
        }
    }

    /// As [`asked`](Self::asked), by transfer, with the reference for it.
    pub(crate) async fn funding(&self) -> Deal {
        let deal = self.asked(Name::bank(), Method::Bank).await;
        let payment = deal.payment;
        job::run_due(&self.desk).await.unwrap();
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.checkout(payment).await });
        let checkout = read.await.unwrap().unwrap();
        assert_eq!(checkout.provider_ref, deal.reference().to_string());
        deal
    }

    pub(crate) async fn act(&self, id: ContractId, command: &Command, actor: &Actor) {
        contract::act(&self.desk, id, command, actor, Also::Nothing)
            .await
            .unwrap();
    }

    /// Work of the client and the expert that was done, approved and paid for by transfer.
    pub(crate) async fn pay(&self) {
        let [client, expert] = [self.client, self.expert].map(|id| Actor::Person { id });
        let deal = self.funding().await;
        self.desk
            .store
            .onboard(self.expert, self.hand.now())
            .await
            .unwrap();
        self.import(&format!("2026-11-25,500.00,USD,{},Ada,b1\n", deal.reference()))
            .await;
        let milestone = deal.milestone;
        let submit = Command::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        self.act(deal.contract, &Command::Start { milestone }, &expert)
            .await;
        self.act(deal.contract, &submit, &expert).await;
        self.act(deal.contract, &Command::Approve { milestone }, &client)
            .await;
    }

    /// An operator says that 500.00 came for it, and not which receipt that was, or another than it was.
    async fn assigned_by_hand(&self, deal: &Deal, also: Also) -> Result<contract::Answer, Error> {
        let command = Command::AssignReceipt {
            payment: deal.payment,
            bank: Name::bank(),
            amount: Money {
                amount_minor: 50_000,
                currency: Currency::USD,
            },
            receipt: "b2".to_owned(),
            second: None,
        };
        let operator = Actor::Operator { id: self.operator };
        contract::act(&self.desk, deal.contract, &command, &operator, also).await
    }

    pub(crate) async fn seconded_by(&self, number: u8, motion: MotionId) -> Result<(), Error> {
        let actor = Actor::Operator {
            id: PersonId::new(start(), [number; 10]),
        };
        let carried = motion::second(&self.desk, motion, Who::sure(&actor)).await;
        carried.map(drop)
    }

    /// Two operators say what money was that left.
    pub(crate) async fn explained(&self, line: &str, why: &str) {
        let motion = explain(&self.desk, self.operator, line, why).await.unwrap();
        self.seconded_by(4, motion).await.unwrap();
    }

    pub(crate) async fn contract(&self, id: ContractId) -> Contract {
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.contract(id).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, deal: &Deal) -> &'static str {
        let contract = self.contract(deal.contract).await;
        contract.milestone(deal.milestone).unwrap().state.kind().name()
    }

    pub(crate) async fn import(&self, rows: &str) -> Imported {
        import(&self.desk, &format!("{HEAD}{rows}")).await.unwrap()
    }

    pub(crate) async fn balance(&self, account: Account) -> i64 {
        let read = self.desk.store.read(move |mut view| {
            let account = account.clone();
            async move { view.summed(&account, Currency::USD).await }
        });
        let (debit, credit) = read.await.unwrap();
        debit.0 - credit.0
    }

    async fn in_bank(&self) -> i64 {
        self.balance(Account::Bank(Name::bank())).await
    }

    /// The books are sound, and agree with the statements.
    pub(crate) async fn end(&self) {
        let verified = crate::ledger::verify(&self.desk.store, None).await.unwrap();
        assert!(verified.is_sound(), "{:#?}", verified.broken);
        let period = Period {
            from: start() - SignedDuration::from_hours(240),
            until: start() + SignedDuration::from_hours(240),
        };
        let compared = reconcile::compare(&self.desk, "bank", period).await.unwrap();
        assert_eq!(compared.differences, []);
        let events = self
            .desk
            .store
            .read(|mut view| async move { view.events(EventState::Refused, 9).await });
        assert_eq!(events.await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_transfer_with_the_reference_funds_the_milestone_once() {
    for world in both().await {
        let deal = world.funding().await;
        let text = deal
            .reference()
            .to_string()
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o");
        let row = format!("2026-11-25,500.00,USD,invoice 7 {text} thanks,Ada GmbH,b1\n");
        let imported = world.import(&row).await;
        assert_eq!((imported.matched, imported.unmatched, imported.seen), (1, 0, 0));
        assert_eq!(world.state(&deal).await, "funded");
        let again = world.import(&row).await;
        assert_eq!((again.matched, again.unmatched, again.seen), (0, 0, 1));
        assert_eq!(world.in_bank().await, 50_000);
        world.end().await;
    }
}

#[tokio::test]
async fn what_arrives_in_parts_funds_when_it_is_enough_and_more_stays_the_clients() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        world
            .import(&format!("2026-11-25,200.00,USD,{reference},Ada,b1\n"))
            .await;
        assert_eq!(world.state(&deal).await, "funding");
        world
            .import(&format!("2026-11-26,310.00,USD,{reference},Ada,b2\n"))
            .await;
        assert_eq!(world.state(&deal).await, "funded");
        assert_eq!(
            world.contract(deal.contract).await.payments[0].in_funds_minor,
            Minor(1_000)
        );
        assert_eq!(world.in_bank().await, 51_000);
        world.end().await;
    }
}

#[tokio::test]
async fn a_file_with_one_wrong_line_leaves_nothing() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        let rows = format!("{HEAD}2026-11-25,500.00,USD,{reference},Ada,b1\n2026-11-25,5.005,USD,x,y,b2\n");
        let Err(NotImported::Faults(faults)) = import(&world.desk, &rows).await else {
            panic!("taken");
        };
        assert_eq!((faults.len(), faults[0].number), (1, 3));
        assert_eq!((world.state(&deal).await, world.in_bank().await), ("funding", 0));
        world.end().await;
    }
}

#[tokio::test]
async fn a_transfer_of_nobody_waits_and_is_assigned_once() {
    for world in both().await {
        let deal = world.funding().await;
        let other = world.funding().await;
        let imported = world.import("2026-11-25,500.00,USD,hello,Ada,b1\n").await;
        assert_eq!((imported.matched, imported.unmatched), (0, 1));
        assert_eq!(world.balance(Account::UnmatchedReceipts).await, -50_000);
        let open = unmatched(&world.desk).await.unwrap();
        let [receipt] = open.as_slice() else {
            panic!("{open:?}");
        };
        assert_eq!(
            (receipt.text.as_str(), receipt.counterparty.as_str()),
            ("hello", "Ada")
        );

        let both = [
            assign(&world.desk, world.operator, receipt.id, deal.payment),
            assign(&world.desk, world.operator, receipt.id, other.payment),
        ];
        let [one, two] = both;
        let (one, two) = tokio::join!(one, two);
        assert_eq!(
            u8::from(one.is_ok()) + u8::from(two.is_ok()),
            1,
            "{one:?} {two:?}"
        );
        let states = [world.state(&deal).await, world.state(&other).await];
        assert!(
            states.contains(&"funded") && states.contains(&"funding"),
            "{states:?}"
        );
        assert_eq!(world.balance(Account::UnmatchedReceipts).await, 0);
        // the asset was booked once, when it came
        assert_eq!(world.in_bank().await, 50_000);
        assert_eq!(unmatched(&world.desk).await.unwrap(), []);
        let again = assign(&world.desk, world.operator, receipt.id, deal.payment).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        // who was the slower one waits for just this sum
        let unpaid = if states[0] == "funding" { &deal } else { &other };
        for also in [
            Also::Nothing,
            Also::Receipt {
                receipt: receipt.id,
                payment: unpaid.payment,
            },
        ] {
            let out_of_nothing = world.assigned_by_hand(unpaid, also).await;
            assert!(
                matches!(out_of_nothing, Err(Error::Refused(Refusal::ReceiptNotOpen))),
                "{out_of_nothing:?}"
            );
        }
        let late = send_back(&world.desk, world.operator, receipt.id, "It is nobody’s.").await;
        assert!(late.is_err());
        world.end().await;
    }
}

#[tokio::test]
async fn a_transfer_of_nobody_goes_back_when_its_return_stands_in_a_statement() {
    for world in both().await {
        world.import("2026-11-25,120.00,USD,hello,Ada,b1\n").await;
        let receipt = unmatched(&world.desk).await.unwrap()[0].clone();
        let silent = send_back(&world.desk, world.operator, receipt.id, " ").await;
        assert!(
            matches!(&silent, Err(Error::Invalid(faults)) if faults[0].field == "why"),
            "{silent:?}"
        );
        let sent = send_back(&world.desk, world.operator, receipt.id, "Ada asked for it.").await;
        assert_eq!(sent.unwrap(), Given::Done);
        let (record, _) = crate::audit::about(&world.desk, world.operator, None, crate::audit::SHOWN)
            .await
            .unwrap();
        let act = format!("Sent back the transfer {}.", receipt.id);
        let told = record.iter().find(|(row, _)| row.act == act).unwrap();
        assert_eq!(told.0.reasons, "Ada asked for it.");
        let reference = TransferReference::of_return(receipt.id);
        let asked = transfers(&world.desk).await.unwrap();
        assert_eq!(
            (asked.len(), asked[0].reference, asked[0].amount),
            (1, reference, Minor(12_000))
        );
        // another sum is not that transfer
        let other = world
            .import(&format!("2026-11-26,-12.00,USD,{reference},Ada,b2\n"))
            .await;
        assert_eq!((other.matched, other.not_ours), (0, vec![2]));
        assert_eq!(left(&world.desk, "bank").await.unwrap()[0].external_id, "b2");
        let why = "a slip of the pen, see b3";
        world.explained("b2", why).await;
        world
            .import(&format!("2026-11-26,-120.00,USD,{reference},Ada,b3\n"))
            .await;
        assert_eq!(transfers(&world.desk).await.unwrap(), []);
        assert_eq!(
            (
                world.in_bank().await,
                world.balance(Account::UnmatchedReceipts).await
            ),
            (-1_200, 0)
        );
        assert_eq!(world.balance(Account::Goodwill).await, 1_200);
        world.end().await;
    }
}

#[tokio::test]
async fn a_refund_by_transfer_is_asked_for_and_confirmed_by_the_statement() {
    for world in both().await {
        let deal = world.funding().await;
        world
            .import(&format!("2026-11-25,500.00,USD,{},Ada,b1\n", deal.reference()))
            .await;
        let cancel = Command::Cancel {
            milestone: deal.milestone,
        };
        world
            .act(deal.contract, &cancel, &Actor::Person { id: world.client })
            .await;
        job::run_due(&world.desk).await.unwrap();
        let asked = transfers(&world.desk).await.unwrap();
        assert_eq!((asked.len(), asked[0].amount), (1, Minor(50_000)));
        let reference = asked[0].reference;
        world
            .import(&format!("2026-11-26,-500.00,USD,{reference},Ada,b2\n"))
            .await;
        assert_eq!(transfers(&world.desk).await.unwrap(), []);
        assert_eq!(world.in_bank().await, 0);
        // it comes back: the account is closed
        world
            .import(&format!(
                "2026-11-27,500.00,USD,{reference} account closed,Ada,b3\n"
            ))
            .await;
        assert_eq!(world.in_bank().await, 50_000);
        assert_eq!(world.balance(Account::ClientFunds(world.client)).await, -50_000);
        world.end().await;
    }
}

#[tokio::test]
async fn a_known_line_with_another_content_is_refused_with_the_whole_file() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        let lines = [
            format!("2026-11-25,500.00,USD,{reference},Ada,b1"),
            "2026-11-25,7.00,USD,hello,Ada,b2".to_owned(),
            "2026-11-25,-9.00,USD,rent,Landlord,b3".to_owned(),
        ];
        world.import(&lines.join("\n")).await;
        let others = [
            format!("2026-11-25,5000.00,USD,{reference},Ada,b1"),
            format!("2026-11-26,500.00,USD,{reference},Ada,b1"),
            format!("2026-11-25,-500.00,USD,{reference},Ada,b1"),
            "2026-11-25,500.00,USD,hello,Ada,b1".to_owned(),
            "2026-11-25,7.00,USD,goodbye,Ada,b2".to_owned(),
            "2026-11-25,7.00,USD,hello,Eve,b2".to_owned(),
            "2026-11-25,-9.01,USD,rent,Landlord,b3".to_owned(),
        ];
        for other in others {
            let rows = format!("{HEAD}2026-11-25,1.00,USD,new,Ada,b9\n{other}\n");
            let refused = import(&world.desk, &rows).await;
            let Err(NotImported::Changed { number: 3, .. }) = &refused else {
                panic!("{other}: {refused:?}");
            };
            assert!(refused.unwrap_err().to_string().ends_with("(line_changed)"));
            assert_eq!(unmatched(&world.desk).await.unwrap().len(), 1, "{other}");
        }
        // as it was: seen
        let again = world.import(&lines.join("\n")).await;
        assert_eq!((again.seen, again.matched, again.unmatched), (3, 0, 0));
        assert_eq!(world.in_bank().await, 50_700);
    }
}

#[tokio::test]
async fn a_line_that_means_something_else_by_now_is_the_same_line() {
    for world in both().await {
        let deal = world.funding().await;
        let rows = format!(
            "2026-11-25,120.00,USD,hello,Ada,b1\n2026-11-25,500.00,USD,{},Ada,b2\n",
            deal.reference()
        );
        world.import(&rows).await;
        let cancel = Command::Cancel {
            milestone: deal.milestone,
        };
        world
            .act(deal.contract, &cancel, &Actor::Person { id: world.client })
            .await;
        job::run_due(&world.desk).await.unwrap();
        let receipt = unmatched(&world.desk).await.unwrap()[0].clone();
        send_back(&world.desk, world.operator, receipt.id, "It is nobody’s.")
            .await
            .unwrap();
        let mut rows: String = String::new();
        for (number, one) in transfers(&world.desk).await.unwrap().iter().enumerate() {
            let sum = Currency::USD.write(one.amount).replace("USD ", "");
            writeln!(rows, "2026-11-26,-{sum}.00,USD,{},Ada,c{number}", one.reference).unwrap();
        }
        assert_eq!(world.import(&rows).await.matched, 2);
        // nothing is to be returned any more, and the same file comes again
        let again = world.import(&rows).await;
        assert_eq!((again.seen, again.not_ours), (2, vec![]));
        world.end().await;
    }
}
