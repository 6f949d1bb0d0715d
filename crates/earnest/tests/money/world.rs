//! A site with a worker and a provider, and two people with a contract. Time moves for both at once, when it is told to.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use earnest_app::content::Catalogue;
use earnest_app::contract::{self, Also};
use earnest_app::desk::Desk;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::outside::payments::{OnboardOrder, PaymentProvider};
use earnest_app::outside::{Clock, Randomness};
use earnest_app::payee::{self, Who};
use earnest_app::{App, Error, worker};
use earnest_hire::contract::{Actor, Command, Contract, Method, Offer, PROCESS_VERSION, Plan, Terms};
use earnest_hire::ids::{ContractId, Ids, MilestoneId, PaymentId, PersonId};
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::payee::{Command as OfPayee, Payee};
use earnest_store::Store;
use earnest_web::Web;
use earnest_web::health::Check;
use earnest_web::metrics::Metrics;
use earnest_web::request_id::RequestIds;
use earnest_web::server;
use earnest_web::site::Site;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::playing::{self, Process, reach};

/// Longer than anything on this machine takes, however busy it is.
const LONG: Duration = Duration::from_secs(30);

/// The time of the machine, and so much more.
#[derive(Default)]
pub(crate) struct MovedClock(AtomicI64);

impl MovedClock {
    pub(crate) fn forward(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        playing::now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// Counts, from the moment of the start on: two worlds in one database must not deal the same ids.
pub(crate) struct Counting(AtomicU64);

impl Counting {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(
            u64::try_from(playing::now().as_microsecond()).unwrap(),
        ))
    }
}

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst).to_le_bytes();
        for (place, byte) in bytes.iter_mut().zip(number.into_iter().cycle()) {
            *place = byte;
        }
    }
}

pub(crate) struct World {
    pub(crate) process: Process,
    pub(crate) desk: Desk,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) client: PersonId,
    pub(crate) expert: PersonId,
    _folder: TempDir,
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

pub(crate) async fn world(arguments: &[&str]) -> World {
    patient(arguments, LONG).await
}

/// A site that gives a provider so long to answer.
pub(crate) async fn patient(arguments: &[&str], answer_within: Duration) -> World {
    let folder = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let events_to = format!("{origin}/providers/sandbox/events");
    let process = Process::start(folder.path(), &[&["--events-to", &events_to], arguments].concat());
    let clock = Arc::new(MovedClock::default());
    let desk = desk(&file(&folder), &clock, reach(&process.url, answer_within)).await;
    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    let web = web(&desk, &origin);
    let mut ended = stopped.clone();
    running.spawn(async move {
        let told = async move {
            ended.changed().await.unwrap_or_default();
        };
        server::serve(listener, web, told).await;
    });
    running.spawn(worker::run(desk.clone(), stopped));
    let mut ids = Ids::new(clock.now(), [7; 16]);
    let mut person = || person(&mut ids);
    World {
        client: person(),
        expert: person(),
        process,
        desk,
        clock,
        _folder: folder,
        stop,
        running,
    }
}

pub(crate) fn person(ids: &mut Ids) -> PersonId {
    let text = ids.contract().to_string().replace("con_", "per_");
    text.parse().unwrap()
}

pub(crate) fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("earnest-data/earnest.db")
}

pub(crate) async fn desk(
    file: &std::path::Path,
    clock: &Arc<MovedClock>,
    provider: impl PaymentProvider + 'static,
) -> Desk {
    let store = Store::open(file).unwrap();
    store.migrate(clock.now()).await.unwrap();
    let mut desk = Desk::new(
        store,
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::new(Counting::new()),
    );
    let bank = BankProvider::new(
        desk.store.clone(),
        desk.clock.clone(),
        "Northgate GmbH".to_owned(),
        desk.currency,
    );
    let both: [Arc<dyn PaymentProvider>; 2] = [Arc::new(provider), Arc::new(bank)];
    desk.providers = Arc::new(both.map(|one| (one.name().to_owned(), one)).into());
    desk.origin = "http://site.test".to_owned();
    desk
}

/// The application around a desk, without any comparison.
pub(crate) fn app(desk: &Desk) -> App {
    App {
        store: desk.store.clone(),
        catalogue: Arc::new(Catalogue::empty()),
        clock: desk.clock.clone(),
        randomness: desk.randomness.clone(),
        currency: desk.currency,
        desk: desk.clone(),
    }
}

fn web(desk: &Desk, origin: &str) -> Arc<Web> {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    let metrics = METRICS.get_or_init(|| Metrics::install().unwrap()).clone();
    let app = app(desk);
    let site = Site {
        name: "Earnest".to_owned(),
        footer: String::new(),
        disclosure: String::new(),
        email: None,
        origin: origin.to_owned(),
        first_reply_hours: 24,
        legal: Vec::new(),
        look: earnest_web::look::Look::default(),
        proxies: earnest_web::caller::Proxies::default(),
        demo_people: Vec::new(),
    };
    Arc::new(Web::new(
        site,
        Arc::new(app),
        RequestIds::new(1),
        metrics,
        Check::always(),
    ))
}

pub(crate) fn usd(amount_minor: i64) -> Money {
    Money {
        amount_minor,
        currency: Currency::USD,
    }
}

/// A contract of one milestone.
#[derive(Clone, Copy)]
pub(crate) struct Deal {
    pub(crate) contract: ContractId,
    pub(crate) milestone: MilestoneId,
}

impl World {
    pub(crate) fn client(&self) -> Actor {
        Actor::Person { id: self.client }
    }

    pub(crate) fn expert(&self) -> Actor {
        Actor::Person { id: self.expert }
    }

    /// Signed by both.
    pub(crate) async fn signed(&self, price: i64) -> Deal {
        signed(&self.desk, (self.client, self.expert), price).await
    }

    pub(crate) async fn act(&self, deal: Deal, command: Command, actor: &Actor) -> Result<(), Error> {
        contract::act(&self.desk, deal.contract, &command, actor, Also::Nothing)
            .await
            .map(drop)
    }

    pub(crate) async fn pay(&self, command: OfPayee, actor: &Actor) -> Result<(), Error> {
        payee::act(&self.desk, self.expert, &command, Who::sure(actor), Also::Nothing)
            .await
            .map(drop)
    }

    /// The client begins to pay, and the checkout is open at the provider.
    pub(crate) async fn funding(&self, deal: Deal) -> (PaymentId, String) {
        self.act(deal, fund(deal.milestone), &self.client())
            .await
            .unwrap();
        let contract = self.contract(deal).await;
        let payment = contract.payments.last().unwrap().id;
        let checkout = self
            .until(|desk| async move {
                let read = desk
                    .store
                    .read(move |mut view| async move { view.checkout(payment).await });
                read.await.unwrap()
            })
            .await;
        (payment, checkout.provider_ref)
    }

    /// The client has paid, and the milestone is funded.
    pub(crate) async fn funded(&self, price: i64) -> (Deal, String) {
        let deal = self.signed(price).await;
        let (_, at_provider) = self.funding(deal).await;
        self.control(&format!("payments/{at_provider}/capture"), json!({}))
            .await;
        self.is(deal, "funded").await;
        (deal, at_provider)
    }

    /// The expert is known to the provider and has an account there.
    pub(crate) async fn onboarded(&self) {
        let order = OnboardOrder {
            person_id: self.expert.to_string(),
            name: "Ada Example".to_owned(),
            return_url: "http://site.test/back".to_owned(),
        };
        let provider = &self.desk.providers["sandbox"];
        let known = provider
            .onboard(&format!("onboard:{}", self.expert), &order)
            .await
            .unwrap();
        self.control(&format!("accounts/{}/confirm", known.account_ref), json!({}))
            .await;
        let account = OfPayee::SetPayoutAccount {
            reference: known.account_ref,
            provider: "sandbox".parse().unwrap(),
        };
        self.pay(account, &self.expert()).await.unwrap();
    }

    /// Approved and cleared: so much is the expert's.
    pub(crate) async fn earned(&self, price: i64) -> Deal {
        let (deal, _) = self.funded(price).await;
        self.onboarded().await;
        let milestone = deal.milestone;
        self.started(deal).await;
        let submit = Command::Submit {
            milestone,
            deliverables: 1,
            ticked: vec![0],
        };
        self.act(deal, submit, &self.expert()).await.unwrap();
        self.act(deal, Command::Approve { milestone }, &self.client())
            .await
            .unwrap();
        self.forward(SignedDuration::from_hours(5 * 24 + 1)).await;
        self.holds(Account::ExpertPayable(self.expert), price - price / 10)
            .await;
        deal
    }

    /// Starting asks whether the provider knows the expert, which comes as an event.
    async fn started(&self, deal: Deal) {
        let milestone = deal.milestone;
        let until = Instant::now() + LONG;
        while let Err(error) = self.act(deal, Command::Start { milestone }, &self.expert()).await {
            assert_eq!(error.code(), "expert_not_onboarded");
            assert!(Instant::now() < until, "never onboarded");
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn control(&self, path: &str, fields: Value) {
        playing::control(&self.process.url, path, fields).await;
    }

    pub(crate) async fn arm(&self, kind: &str, on: &str) {
        self.control("faults", json!({ "kind": kind, "on": on })).await;
    }

    /// Time passes for the site and the provider.
    pub(crate) async fn forward(&self, by: SignedDuration) {
        let fields = json!({ "forward_seconds": by.as_secs(), "signatures": "moved" });
        self.control("clock", fields).await;
        self.clock.forward(by);
    }

    pub(crate) async fn contract(&self, deal: Deal) -> Contract {
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.contract(deal.contract).await });
        read.await.unwrap().unwrap()
    }

    pub(crate) async fn payee(&self) -> Payee {
        let id = self.expert;
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.payee(id).await });
        read.await.unwrap().unwrap()
    }

    /// Asks again and again until there is an answer: worker and provider act on their own.
    pub(crate) async fn until<T, F, Fut>(&self, ask: F) -> T
    where
        F: Fn(Desk) -> Fut,
        Fut: Future<Output = Option<T>>,
    {
        let until = Instant::now() + LONG;
        loop {
            if let Some(answer) = ask(self.desk.clone()).await {
                return answer;
            }
            assert!(Instant::now() < until, "it never came to that");
            tokio::task::yield_now().await;
        }
    }

    /// Waits for a milestone to be there.
    pub(crate) async fn is(&self, deal: Deal, state: &str) {
        let until = Instant::now() + LONG;
        loop {
            let contract = self.contract(deal).await;
            let now = contract.milestone(deal.milestone).unwrap().state.kind().name();
            if now == state {
                return;
            }
            assert!(Instant::now() < until, "{now}, never {state}");
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn balance(&self, account: Account) -> i64 {
        let class = account.class();
        let read = self.desk.store.read(move |mut view| {
            let account = account.clone();
            async move { view.summed(&account, Currency::USD).await }
        });
        let (Minor(debit), Minor(credit)) = read.await.unwrap();
        match class {
            earnest_hire::ledger::Class::Asset | earnest_hire::ledger::Class::Expense => debit - credit,
            _ => credit - debit,
        }
    }

    /// Waits for an account to hold so much.
    pub(crate) async fn holds(&self, account: Account, amount: i64) {
        let until = Instant::now() + LONG;
        loop {
            let now = self.balance(account.clone()).await;
            if now == amount {
                return;
            }
            assert!(Instant::now() < until, "{account}: {now}, never {amount}");
            tokio::task::yield_now().await;
        }
    }

    /// Ends the site; nothing that was decided is left to be done.
    pub(crate) async fn end(mut self) {
        let figures = earnest_app::watch::figures(&self.desk).await.unwrap();
        assert_eq!(figures.held_difference_minor, 0);
        assert_eq!(
            (figures.dead_jobs, figures.refused_events, figures.broken_events),
            (0, 0, 0),
            "{figures:?}"
        );
        self.stop.send_replace(true);
        while let Some(ended) = self.running.join_next().await {
            ended.unwrap();
        }
    }
}

pub(crate) fn fund(milestone: MilestoneId) -> Command {
    Command::Fund {
        milestone,
        provider: "sandbox".parse().unwrap(),
        method: Method::Card,
    }
}

/// A contract of one milestone, signed by both.
pub(crate) async fn signed(desk: &Desk, (client, expert): (PersonId, PersonId), price: i64) -> Deal {
    let now = desk.clock.now();
    let mut seed = [0; 16];
    desk.randomness.fill(&mut seed);
    let milestone = Ids::new(now, seed).milestone();
    let plan = Plan {
        title: "Part".to_owned(),
        deliverable: "What was agreed.".to_owned(),
        acceptance: vec!["It runs.".to_owned()],
        price_minor: Minor(price),
        due_on: (now + SignedDuration::from_hours(20 * 24))
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    };
    let offer = Offer {
        process: PROCESS_VERSION,
        client,
        expert,
        currency: Currency::USD,
        terms: Terms::default(),
        milestones: vec![(milestone, plan)],
    };
    let client = Actor::Person { id: client };
    let contract = contract::begin(desk, &offer, &client, None)
        .await
        .unwrap()
        .contract;
    for actor in [client, Actor::Person { id: expert }] {
        let sign = Command::Sign {
            sha256: offer.sha256().unwrap(),
        };
        contract::act(desk, contract, &sign, &actor, Also::Nothing)
            .await
            .unwrap();
    }
    Deal { contract, milestone }
}
