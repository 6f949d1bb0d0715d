//! What the use cases of contracts and money work with: the store, time, randomness, providers, limits.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use earnest_hire::contract::Terms;
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::request::{Mode, Request};
use earnest_store::{Done, Store, Tx};
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::Error;
use crate::arrival::Arrivals;
use crate::expert::Index;
use crate::go_live::Gate;
use crate::ledger::proof::Proof;
use crate::legal::Texts;
use crate::limit::Limits;
use crate::outside::mail::{Mailer, NoMailer};
use crate::outside::payments::PaymentProvider;
use crate::outside::webhook::{NoPostman, Postman};
use crate::outside::{Clock, MovableClock, Randomness};
use crate::password::Hashing;
use crate::seal::Sealing;

/// Providers by the name that stands in accounts and addresses.
pub type Providers = BTreeMap<String, Arc<dyn PaymentProvider>>;

/// Clones share everything.
#[derive(Clone)]
pub struct Desk {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where seeds come from.
    pub randomness: Arc<dyn Randomness>,
    /// Who holds the money.
    pub providers: Arc<Providers>,
    /// Up to which sum a client may have milestones open at once, where nothing else was set for them.
    pub client_limit: Minor,
    /// The one currency of this deployment.
    pub currency: Currency,
    /// The site's own address, for where a checkout sends the client back to.
    pub origin: String,
    /// Under which terms new contracts are made.
    pub terms: Terms,
    /// Days until what a known client has paid by card can be paid out, where that is less than with others.
    pub known_clearance_days: u16,
    /// Whether experts find requests by themselves, or the operator proposes experts.
    pub mode: Mode,
    /// The legal texts in force.
    pub legal: Arc<Texts>,
    /// Whether payments with real money wait for what must be seen to first.
    pub gate: Gate,
    /// What the site is called in letters.
    pub site_name: String,
    /// Who carries letters.
    pub mailer: Arc<dyn Mailer>,
    /// Who brings news to programs of people.
    pub postman: Arc<dyn Postman>,
    /// The one receiver of news that may be on this machine.
    pub receiver_allowed: Option<SocketAddr>,
    /// Wakes whoever waits for messages on this node.
    pub(crate) arrivals: Arc<Arrivals>,
    /// What second factors are kept under.
    pub sealing: Sealing,
    /// How often something may be tried.
    pub limits: Arc<Limits>,
    /// Passwords that are hashed.
    pub hashing: Arc<Hashing>,
    /// In a demo: the clock again, as something that can be set ahead.
    pub demo_clock: Option<Arc<dyn MovableClock>>,
    /// The verification of the books that somebody has begun here.
    pub proof: Proof,
    /// Wakes the worker of this process after a write, so that what was decided is done at once.
    pub(crate) written: Arc<Notify>,
    /// The same for what sends letters, which goes on beside it.
    pub(crate) written_to_somebody: Arc<Notify>,
    /// The same for what calls providers.
    pub(crate) written_for_providers: Arc<Notify>,
    /// Who is found by a search for experts.
    pub(crate) experts: Arc<Index>,
}

impl Desk {
    /// A desk without providers and with the widest limit.
    pub fn new(store: Store, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            store,
            clock,
            randomness,
            providers: Arc::default(),
            client_limit: Minor(Money::MOST),
            currency: Currency::USD,
            origin: String::new(),
            terms: Terms::default(),
            known_clearance_days: Terms::default().clearance_days,
            mode: Mode::Open,
            legal: Arc::default(),
            gate: Gate::default(),
            site_name: String::new(),
            mailer: Arc::new(NoMailer),
            postman: Arc::new(NoPostman),
            receiver_allowed: None,
            arrivals: Arc::default(),
            sealing: Sealing::default(),
            limits: Arc::default(),
            hashing: Arc::default(),
            demo_clock: None,
            proof: Proof::default(),
            written: Arc::default(),
            written_to_somebody: Arc::default(),
            written_for_providers: Arc::default(),
            experts: Arc::default(),
        }
    }

    /// The present moment, as the database keeps it.
    pub(crate) fn now(&self) -> Timestamp {
        earnest_hire::span::whole_microseconds(self.clock.now())
    }

    /// Sixteen bytes nobody can foresee.
    pub(crate) fn seed(&self) -> [u8; 16] {
        let mut seed = [0; 16];
        self.randomness.fill(&mut seed);
        seed
    }

    /// Says that something was kept that may have brought a job or a timer.
    pub(crate) fn wake(&self) {
        self.written.notify_one();
        self.written_to_somebody.notify_one();
        self.written_for_providers.notify_one();
    }

    /// Whether a request stands in no list, because the operator proposes experts for it.
    pub fn is_managed(&self, request: &Request) -> bool {
        self.mode == Mode::Managed || request.brief.wishes.mode == Mode::Managed
    }

    /// For how many days a provider can hold money; none where it is not limited or there is no such provider.
    pub(crate) fn holding_days(&self, provider: &str) -> Option<u16> {
        let days = self.providers.get(provider)?.abilities().holding_days?;
        Some(u16::try_from(days).unwrap_or(u16::MAX))
    }
}

/// How often a write is tried that somebody else was faster than; the second time it sees what they did.
const TRIES: u32 = 3;

impl Desk {
    /// Does what was asked in one transaction, and again where somebody else changed the same thing first. With a key it
    /// then finds their answer.
    pub(crate) async fn write<W, T, Fut>(&self, asked: &W, act: fn(W, Tx) -> Fut) -> Result<T, Error>
    where
        W: Clone + Send + 'static,
        T: Send + 'static,
        Fut: Future<Output = Result<Done<T>, Error>> + Send + 'static,
    {
        let attempt = || {
            let asked = asked.clone();
            self.store.write(move |tx| act(asked.clone(), tx))
        };
        for _ in 1..TRIES {
            match attempt().await {
                Err(Error::Conflict { .. }) => {}
                ended => return ended,
            }
        }
        attempt().await
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Desk")
            .field("providers", &self.providers.keys())
            .field("client_limit", &self.client_limit)
            .finish_non_exhaustive()
    }
}
