//! What the demo's people can do, each by the use case that stands behind a page. Done again, nothing happens twice: a
//! start that was cut short is finished by the next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use earnest_app::contract::{self, Also, Form};
use earnest_app::payee::Confirmed;
use earnest_app::request::{self, progress};
use earnest_app::{App, account, conversation, demo, payout_account, proposal, review};
use earnest_hire::contract::{Actor, Command, Contract, Kind, Method, PaymentState, Plan};
use earnest_hire::deliverable::Deliverable;
use earnest_hire::ids::{ContractId, MilestoneId, OnceKey, PersonId, RequestId};
use earnest_hire::money::{Minor, Money};
use earnest_hire::person::{Email, Person, Roles};
use earnest_hire::proposal::Content;
use earnest_hire::request::{Draft, Origin, Stage as Asked};
use earnest_hire::review::{Rating, Review};
use earnest_store::Key;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::clock::DemoClock;
use super::control;
use super::stories::{Part, Story};

/// How long the provider, or an event of it, may take.
pub(super) const WITHIN: Duration = Duration::from_secs(20);
/// How long to wait before it is looked again whether something has come.
const LOOK_EVERY: Duration = Duration::from_millis(4);
/// The name of the demo's only provider.
const PROVIDER: &str = "sandbox";

/// The site, its clock and its provider.
pub(super) struct Stage<'a> {
    pub(super) app: &'a App,
    pub(super) clock: &'a Arc<DemoClock>,
    pub(super) provider: &'a str,
    /// The first moment of the demo's past.
    pub(super) from: Timestamp,
}

/// A contract between two of the demo's people.
pub(super) struct Deal {
    name: &'static str,
    pub(super) id: ContractId,
    client: PersonId,
    expert: PersonId,
    parts: Vec<MilestoneId>,
}

impl Deal {
    fn part(&self, number: usize) -> anyhow::Result<MilestoneId> {
        self.parts
            .get(number - 1)
            .copied()
            .with_context(|| format!("{} has no milestone {number}", self.name))
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Client,
    Expert,
}

fn once(of: &str) -> anyhow::Result<OnceKey> {
    let digest = Sha256::digest(format!("the demo's {of}"));
    let bits = digest
        .first_chunk::<16>()
        .copied()
        .context("a digest is longer")?;
    Ok(OnceKey::new(bits))
}

impl Stage<'_> {
    /// Lets time pass until so many days and hours after the beginning; nothing where that is over.
    pub(super) async fn on(&self, day: i64, hour: i64) -> anyhow::Result<()> {
        let at = self.from + SignedDuration::from_hours(day * 24 + hour);
        Ok(demo::forward_to(&self.app.desk, self.clock.as_ref(), at).await?)
    }

    pub(super) async fn person(&self, email: &str, name: &str) -> anyhow::Result<Person> {
        let email = Email::typed(email).map_err(|fault| anyhow::anyhow!(fault.sentence))?;
        Ok(account::appoint(&self.app.desk, &email, name, &Roles::default()).await?)
    }

    /// Raised, and theirs.
    pub(super) async fn raise(&self, story: &Story, client: &Person) -> anyhow::Result<RequestId> {
        let draft = Draft {
            name: client.name.clone(),
            email: client.email.to_string(),
            summary: story.summary.to_owned(),
            details: story.details.to_owned(),
            role: story.role.to_owned(),
            budget: story.budget.to_owned(),
            ..Draft::default()
        };
        let raised = request::raise(self.app, &draft, Origin::default(), once(story.name)?).await?;
        progress::claim(&self.app.desk, &raised.request, client.id).await?;
        Ok(raised.request.id)
    }

    /// Raised, and shown to experts.
    pub(super) async fn publish(&self, story: &Story, client: &Person) -> anyhow::Result<RequestId> {
        let id = self.raise(story, client).await?;
        let (known, _) = progress::seen_by(&self.app.desk, id, client.id).await?;
        if known.row.progress.stage == Asked::Submitted {
            let items = progress::acceptance(&story.acceptance.join("\n"));
            let items = items.map_err(|fault| anyhow::anyhow!(fault.sentence))?;
            progress::publish(&self.app.desk, id, &Actor::Person { id: client.id }, items).await?;
        }
        Ok(id)
    }

    /// The expert asks and the client answers.
    pub(super) async fn talk(&self, story: &Story, client: &Person, expert: &Person) -> anyhow::Result<()> {
        let desk = &self.app.desk;
        let request = self.raise(story, client).await?;
        let talk = conversation::begin(desk, request, expert.id).await?;
        for ((author, text), number) in [expert.id, client.id].into_iter().zip(story.talk).zip(1..) {
            let said = once(&format!("{} said {number}", story.name))?;
            conversation::say(desk, talk, author, text, said).await?;
        }
        Ok(())
    }

    /// The expert proposes.
    pub(super) async fn propose(
        &self,
        story: &Story,
        client: &Person,
        expert: &Person,
    ) -> anyhow::Result<()> {
        let desk = &self.app.desk;
        let request = self.raise(story, client).await?;
        let talk = conversation::begin(desk, request, expert.id).await?;
        if !conversation::read(desk, talk, expert.id)
            .await?
            .proposals
            .is_empty()
        {
            return Ok(());
        }
        let today = self.app.today();
        let content = Content {
            answers: story.answers.iter().map(|&text| text.to_owned()).collect(),
            currency: self.app.currency,
            milestones: story.parts.iter().map(|part| self.plan(part, today)).collect(),
        };
        proposal::propose(desk, talk, &Actor::Person { id: expert.id }, content, 0).await?;
        Ok(())
    }

    fn plan(&self, part: &Part, today: jiff::civil::Date) -> Plan {
        let unit = 10_i64.pow(self.app.currency.exponent());
        Plan {
            title: part.title.to_owned(),
            deliverable: part.deliverable.to_owned(),
            acceptance: part.acceptance.iter().map(|&text| text.to_owned()).collect(),
            price_minor: Minor(part.price * unit),
            due_on: today.saturating_add(part.due_in.days()),
            inspection_days: 7,
            rounds: 2,
            revision_days: 14,
        }
    }

    /// The client takes the proposal, and those who are named sign.
    pub(super) async fn accept(
        &self,
        story: &Story,
        (client, expert): (&Person, &Person),
        signed_by: &[Side],
    ) -> anyhow::Result<Deal> {
        let desk = &self.app.desk;
        let request = self.raise(story, client).await?;
        let talk = conversation::begin(desk, request, expert.id).await?;
        let thread = conversation::read(desk, talk, client.id).await?;
        let found = thread.proposals.first().context("there is no proposal")?;
        let number = found.proposal.versions.last().map_or(1, |version| version.number);
        let by = Actor::Person { id: client.id };
        let id = proposal::accept(desk, found.proposal.id, number, &by).await?;
        let contract = contract::show(desk, id, client.id).await?;
        let deal = Deal {
            name: story.name,
            id,
            client: client.id,
            expert: expert.id,
            parts: contract.milestones.iter().map(|one| one.id).collect(),
        };
        for side in signed_by {
            let sha256 = contract.sha256.clone();
            self.act(&deal, *side, "sign", Command::Sign { sha256 }).await?;
        }
        Ok(deal)
    }

    /// One command, once under the name of what is done.
    pub(super) async fn act(
        &self,
        deal: &Deal,
        side: Side,
        what: &str,
        command: Command,
    ) -> anyhow::Result<()> {
        self.submit(deal, side, what, (command, None)).await
    }

    async fn submit(
        &self,
        deal: &Deal,
        side: Side,
        what: &str,
        (command, deliverable): (Command, Option<Deliverable>),
    ) -> anyhow::Result<()> {
        let id = match side {
            Side::Client => deal.client,
            Side::Expert => deal.expert,
        };
        let name = format!("demo {} {what}", deal.name);
        let form = Form {
            key: Key::new(&id.to_string(), &name, &serde_json::to_string(&command)?),
            seen: None,
            deliverable,
        };
        let also = Also::Form(Box::new(form));
        let done = contract::act(&self.app.desk, deal.id, &command, &Actor::Person { id }, also).await;
        done.with_context(|| format!("the demo's {} could not be: {what}", deal.name))?;
        Ok(())
    }

    /// The client begins to pay.
    pub(super) async fn begin_to_pay(
        &self,
        deal: &Deal,
        number: usize,
        method: Method,
    ) -> anyhow::Result<()> {
        let command = Command::Fund {
            milestone: deal.part(number)?,
            provider: PROVIDER
                .parse()
                .map_err(|_no| anyhow::anyhow!("that is no name"))?,
            method,
        };
        self.act(deal, Side::Client, &format!("fund {number}"), command)
            .await
    }

    /// The client pays, and the provider says that the money is there.
    pub(super) async fn fund(&self, deal: &Deal, number: usize) -> anyhow::Result<()> {
        self.begin_to_pay(deal, number, Method::Card).await?;
        demo::settle(&self.app.desk).await?;
        let milestone = deal.part(number)?;
        let contract = self.contract(deal).await?;
        let pending = contract
            .payments
            .iter()
            .find(|one| one.milestone == milestone && one.state == PaymentState::Pending);
        if let Some(payment) = pending.map(|one| one.id) {
            let checkout = self
                .comes("a checkout", async || {
                    let read = self
                        .app
                        .store
                        .read(move |mut view| async move { view.checkout(payment).await });
                    Ok(read.await?)
                })
                .await?;
            let path = format!("payments/{}/capture", checkout.provider_ref);
            control::post(self.provider, &path, &json!({}), WITHIN).await?;
        }
        self.comes("the client's money", async || {
            let contract = self.contract(deal).await?;
            let kind = contract.milestone(milestone)?.state.kind();
            Ok((kind != Kind::Planned && kind != Kind::Funding).then_some(()))
        })
        .await
    }

    pub(super) async fn start(&self, deal: &Deal, number: usize) -> anyhow::Result<()> {
        let milestone = deal.part(number)?;
        self.act(
            deal,
            Side::Expert,
            &format!("start {number}"),
            Command::Start { milestone },
        )
        .await
    }

    /// The expert submits, with everything ticked.
    pub(super) async fn deliver(&self, deal: &Deal, number: usize, note: &str) -> anyhow::Result<()> {
        let milestone = deal.part(number)?;
        let contract = self.contract(deal).await?;
        let items = contract.milestone(milestone)?.plan.acceptance.len();
        let command = Command::Submit {
            milestone,
            deliverables: 1,
            ticked: (0..).take(items).collect(),
        };
        let deliverable = Deliverable {
            note: note.to_owned(),
            links: vec![format!("https://work.example/{}/{number}", deal.name)],
            files: Vec::new(),
        };
        let what = format!("submit {number}");
        self.submit(deal, Side::Expert, &what, (command, Some(deliverable)))
            .await
    }

    pub(super) async fn approve(&self, deal: &Deal, number: usize) -> anyhow::Result<()> {
        let milestone = deal.part(number)?;
        self.act(
            deal,
            Side::Client,
            &format!("approve {number}"),
            Command::Approve { milestone },
        )
        .await
    }

    /// A command to a milestone that needs no more than its name.
    pub(super) async fn of_part(
        &self,
        deal: &Deal,
        side: Side,
        number: usize,
        command: impl FnOnce(MilestoneId) -> Command,
    ) -> anyhow::Result<()> {
        let command = command(deal.part(number)?);
        let what = format!("{} {number}", command.name());
        self.act(deal, side, &what, command).await
    }

    /// The provider knows the expert, and where to pay them.
    pub(super) async fn onboard(&self, expert: &Person) -> anyhow::Result<()> {
        let desk = &self.app.desk;
        let named = once(&format!("account of {}", expert.email))?;
        payout_account::name_account(
            desk,
            (expert.id, &expert.name),
            (PROVIDER, None),
            Confirmed::Yes,
            named,
        )
        .await?;
        let standing = payout_account::standing(desk, expert.id).await?;
        if standing.checked_at.is_some() {
            return Ok(());
        }
        let account = standing
            .payee
            .and_then(|payee| payee.account)
            .context("no account was kept")?;
        control::post(
            self.provider,
            &format!("accounts/{}/confirm", account.reference),
            &json!({}),
            WITHIN,
        )
        .await?;
        self.comes("the identity check", async || {
            Ok(payout_account::standing(desk, expert.id).await?.checked_at)
        })
        .await
        .map(drop)
    }

    /// All that is payable is paid out.
    pub(super) async fn pay_out(&self, expert: &Person, what: &str) -> anyhow::Result<()> {
        let desk = &self.app.desk;
        let asked = once(what)?;
        let payable = payout_account::standing(desk, expert.id).await?.payable;
        if payable > Minor::ZERO {
            payout_account::ask(desk, expert.id, payable, Confirmed::Yes, asked).await?;
        }
        demo::settle(desk).await?;
        self.comes("the payout", async || {
            let payee = payout_account::standing(desk, expert.id).await?.payee;
            let under_way =
                payee.is_some_and(|payee| payee.payouts.iter().any(|one| one.state.is_under_way()));
            Ok((!under_way).then_some(()))
        })
        .await
    }

    /// What goes back has arrived.
    pub(super) async fn refunded(&self, deal: &Deal) -> anyhow::Result<()> {
        demo::settle(&self.app.desk).await?;
        self.comes("the refund", async || {
            let contract = self.contract(deal).await?;
            let arrived = |one: &earnest_hire::contract::Refund| {
                one.state == earnest_hire::contract::RefundState::Succeeded
            };
            Ok(contract.refunds.iter().all(arrived).then_some(()))
        })
        .await
    }

    /// The bank of the client takes back what was paid for a milestone.
    pub(super) async fn take_back(&self, deal: &Deal, number: usize) -> anyhow::Result<()> {
        let milestone = deal.part(number)?;
        let contract = self.contract(deal).await?;
        let paid = contract
            .payments
            .iter()
            .find(|one| one.milestone == milestone && one.state == PaymentState::Captured);
        let paid = paid.context("nothing was paid that could be taken back")?.id;
        if contract.chargebacks.is_empty() {
            let read = self
                .app
                .store
                .read(move |mut view| async move { view.checkout(paid).await });
            let checkout = read.await?.context("the payment has no checkout")?;
            let path = format!("payments/{}/chargeback", checkout.provider_ref);
            control::post(self.provider, &path, &json!({}), WITHIN).await?;
        }
        self.comes("the chargeback", async || {
            let contract = self.contract(deal).await?;
            Ok((!contract.chargebacks.is_empty()).then_some(()))
        })
        .await
    }

    /// What one side says of the other once the contract has ended.
    pub(super) async fn review(&self, deal: &Deal, side: Side, rating: u8, text: &str) -> anyhow::Result<()> {
        let author = match side {
            Side::Client => deal.client,
            Side::Expert => deal.expert,
        };
        let review = Review {
            rating: Rating::try_from(rating)?,
            text: text.to_owned(),
        };
        let kept = review::write(&self.app.desk, deal.id, author, &review).await;
        kept.with_context(|| format!("the demo's {} could not be reviewed", deal.name))
    }

    pub(super) fn money(&self, whole: i64) -> Money {
        Money {
            amount_minor: whole * 10_i64.pow(self.app.currency.exponent()),
            currency: self.app.currency,
        }
    }

    pub(super) async fn contract(&self, deal: &Deal) -> anyhow::Result<Contract> {
        Ok(contract::show(&self.app.desk, deal.id, deal.client).await?)
    }

    /// Waits for what the provider reports, which arrives by itself.
    pub(super) async fn comes<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(come) = look().await? {
                return Ok(come);
            }
            if begun.elapsed() > WITHIN {
                bail!(
                    "{what} did not come from the sandbox provider within {} s",
                    WITHIN.as_secs()
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
