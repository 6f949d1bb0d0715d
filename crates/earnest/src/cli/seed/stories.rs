//! What happens between a client and an expert, by the use cases that stand behind the pages.

use std::sync::Arc;

use anyhow::Context;
use earnest_app::contract::{self, Also};
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::request::{self, progress};
use earnest_app::{App, conversation, proposal};
use earnest_hire::contract::{Actor, Command, Contract, Method, Plan};
use earnest_hire::ids::{ContractId, ConversationId, MilestoneId, OnceKey, PersonId, ProposalId, RequestId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Minor, Money};
use earnest_hire::proposal::Content;
use earnest_hire::request::{Draft, Origin};
use jiff::{SignedDuration, ToSpan};

use super::chance::{Chance, Ticking};
use super::people::{Cast, Part};
use super::words;

/// Requests of one client, but for the busy one.
const REQUESTS_A_CLIENT: usize = 5;
/// Every tenth of the first so many is the busy client's.
const OF_THE_BUSY: usize = 1_000;
/// Stories begin within so many seconds.
const WITHIN: usize = 20 * 3_600;
/// The next begins so many seconds later.
const APART: usize = 60;
/// The pretend provider holds what is paid.
const PROVIDER: &str = "sandbox";

/// How far a story goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Talk,
    Proposed,
    Signed,
    Funded,
    Started,
    Submitted,
    Approved,
}

impl End {
    pub(super) fn of(number: usize, contracts: usize) -> Self {
        match (number < contracts, number % 5) {
            (true, 0) => Self::Signed,
            (true, 1) => Self::Funded,
            (true, 2) => Self::Started,
            (true, 3) => Self::Submitted,
            (true, _) => Self::Approved,
            (false, 0 | 1) => Self::Talk,
            (false, _) => Self::Proposed,
        }
    }
}

/// How many clients so many requests have.
pub(super) fn clients(requests: usize) -> usize {
    1 + requests.div_ceil(REQUESTS_A_CLIENT)
}

fn client(number: usize) -> usize {
    if number.is_multiple_of(10) && number < OF_THE_BUSY {
        0
    } else {
        1 + number / REQUESTS_A_CLIENT
    }
}

/// Tells stories.
#[derive(Clone)]
pub(super) struct Writer {
    app: App,
    cast: Cast,
    experts: usize,
}

/// One story while it is told, with a clock and a chance of its own, so that it is the same whatever goes on beside it.
struct Story {
    app: App,
    chance: Arc<Chance>,
    client: PersonId,
    expert: PersonId,
}

impl Writer {
    pub(super) fn new(mut app: App, cast: Cast, experts: usize) -> Self {
        // Nobody is called, so any will do.
        let (store, clock) = (app.store.clone(), app.clock.clone());
        let bank: Arc<dyn PaymentProvider> =
            Arc::new(BankProvider::new(store, clock, String::new(), cast.currency));
        app.desk.providers = Arc::new([(PROVIDER.to_owned(), bank)].into());
        app.desk.gate = earnest_app::go_live::Gate::default();
        Self { app, cast, experts }
    }

    pub(super) async fn tell(&self, number: usize, end: End) -> anyhow::Result<()> {
        let chance = Arc::new(self.cast.chance(Part::Story, number));
        // One after the other, so that nobody writes more in an hour than one person may.
        let seconds = (number * APART + chance.below(APART)) % WITHIN;
        let seconds = i64::try_from(seconds).unwrap_or(0);
        // A day after the people came.
        let from = self.cast.at + SignedDuration::from_hours(25) + SignedDuration::from_secs(seconds);
        let clock = Arc::new(Ticking::new(from));
        let mut app = self.app.clone();
        app.clock = clock.clone();
        app.randomness = chance.clone();
        app.desk.clock = clock;
        app.desk.randomness = chance.clone();
        let story = Story {
            app,
            chance,
            client: self.cast.id(Part::Client, client(number)),
            expert: self.cast.id(Part::Expert, number % self.experts.max(1)),
        };
        let client = self.cast.person(Part::Client, client(number))?;
        story
            .go(&client, number, end)
            .await
            .with_context(|| format!("story {number}"))
    }
}

impl Story {
    async fn go(&self, client: &earnest_hire::person::Person, number: usize, end: End) -> anyhow::Result<()> {
        let request = self.raise(client).await?;
        let talk = self.talk(request).await?;
        if end == End::Talk {
            return Ok(());
        }
        let proposal = self.propose(talk).await?;
        if end == End::Proposed {
            return Ok(());
        }
        let by = Actor::Person { id: self.client };
        let id = proposal::accept(&self.app.desk, proposal, 1, &by).await?;
        self.work(id, number, end).await
    }

    fn once(&self) -> OnceKey {
        OnceKey::new(self.chance.sixteen())
    }

    fn pick(&self, list: &[&'static str]) -> &'static str {
        self.chance.skewed(list).copied().unwrap_or_default()
    }

    async fn raise(&self, client: &earnest_hire::person::Person) -> anyhow::Result<RequestId> {
        let (skill, field) = (self.pick(words::SKILLS), self.pick(words::FIELDS));
        let thing = self.pick(words::THINGS);
        let draft = Draft {
            name: client.name.clone(),
            email: client.email.to_string(),
            summary: format!("{thing} for {field}"),
            details: format!(
                "{} {thing} for {field}, {}.",
                self.pick(words::VERBS),
                self.pick(words::MANNERS)
            ),
            role: format!("{skill} engineer"),
            ..Draft::default()
        };
        let raised = request::raise(&self.app, &draft, Origin::default(), self.once()).await?;
        let id = raised.request.id;
        progress::claim(&self.app.desk, &raised.request, client.id).await?;
        let items = vec![format!("It works for {field}")];
        progress::publish(&self.app.desk, id, &Actor::Person { id: client.id }, items).await?;
        Ok(id)
    }

    async fn talk(&self, request: RequestId) -> anyhow::Result<ConversationId> {
        let desk = &self.app.desk;
        let talk = conversation::begin(desk, request, self.expert).await?;
        for turn in 0..2 + self.chance.below(4) {
            let author = if turn % 2 == 0 { self.expert } else { self.client };
            let text = format!(
                "{} {}, {}.",
                self.pick(words::VERBS),
                self.pick(words::THINGS),
                self.pick(words::MANNERS)
            );
            conversation::say(desk, talk, author, &text, self.once()).await?;
        }
        Ok(talk)
    }

    async fn propose(&self, talk: ConversationId) -> anyhow::Result<ProposalId> {
        let today = self.app.today();
        let unit = 10_i64.pow(self.app.currency.exponent());
        let parts = 1 + self.chance.below(3);
        let part = |place: usize| Plan {
            title: format!("Part {}: {}", place + 1, self.pick(words::THINGS)),
            deliverable: format!("{} with its tests.", self.pick(words::THINGS)),
            acceptance: vec!["The tests pass.".to_owned()],
            price_minor: Minor(unit * i64::try_from(500 + self.chance.below(5_000)).unwrap_or(500)),
            due_on: today.saturating_add(i64::try_from(30 + 20 * place).unwrap_or(30).days()),
            inspection_days: 7,
            rounds: 2,
            revision_days: 14,
        };
        let content = Content {
            answers: vec!["As it is asked.".to_owned()],
            currency: self.app.currency,
            milestones: (0..parts).map(part).collect(),
        };
        let by = Actor::Person { id: self.expert };
        Ok(proposal::propose(&self.app.desk, talk, &by, content, 0).await?)
    }

    async fn work(&self, id: ContractId, number: usize, end: End) -> anyhow::Result<()> {
        let (client, expert) = (
            Actor::Person { id: self.client },
            Actor::Person { id: self.expert },
        );
        let contract = self.contract(id).await?;
        let sha256 = contract.sha256.clone();
        for side in [&client, &expert] {
            let sha256 = sha256.clone();
            self.act(id, Command::Sign { sha256 }, side).await?;
        }
        let milestone = contract
            .milestones
            .first()
            .context("a contract has a milestone")?
            .id;
        if end >= End::Funded {
            self.fund((id, milestone), number).await?;
        }
        if end >= End::Started {
            self.act(id, Command::Start { milestone }, &expert).await?;
        }
        if end >= End::Submitted {
            let command = Command::Submit {
                milestone,
                deliverables: 1,
                ticked: vec![0],
            };
            self.act(id, command, &expert).await?;
        }
        if end >= End::Approved {
            self.act(id, Command::Approve { milestone }, &client).await?;
        }
        Ok(())
    }

    async fn fund(&self, (id, milestone): (ContractId, MilestoneId), number: usize) -> anyhow::Result<()> {
        let provider: Name = PROVIDER
            .parse()
            .map_err(|_no| anyhow::anyhow!("that is no name"))?;
        self.app.store.onboard(self.expert, self.app.clock.now()).await?;
        let command = Command::Fund {
            milestone,
            provider: provider.clone(),
            method: Method::Card,
        };
        self.act(id, command, &Actor::Person { id: self.client }).await?;
        let contract = self.contract(id).await?;
        let payment = contract.payments.first().context("a payment was begun")?;
        let price = contract.milestone(milestone)?.plan.price_minor;
        let sum = |amount: i64| Money {
            amount_minor: amount,
            currency: self.app.currency,
        };
        let captured = Command::Captured {
            payment: payment.id,
            amount: sum(price.0),
            fee: sum(price.0 / 100),
            receipt: format!("seed_{number}"),
        };
        self.act(id, captured, &Actor::Provider { name: provider }).await
    }

    async fn act(&self, id: ContractId, command: Command, by: &Actor) -> anyhow::Result<()> {
        let done = contract::act(&self.app.desk, id, &command, by, Also::Nothing).await;
        done.with_context(|| command.name())?;
        Ok(())
    }

    async fn contract(&self, id: ContractId) -> anyhow::Result<Contract> {
        let read = self
            .app
            .store
            .read(move |mut view| async move { view.contract(id).await });
        read.await?.context("the contract is there")
    }
}
