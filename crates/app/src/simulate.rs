//! Simulated histories on a real store: every command goes the way it goes in production, through a transaction with its
//! key, timer or event, and what is kept afterwards is held against what the pure core decided.
//!
//! One [`Beside`] plays one history at a time; many of them side by side, each in a thread of its own, share a store.

mod kept;
mod told;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use earnest_hire::contract::{Actor, Command, Contract, Decision, Earning, Timer, TimerKind};
use earnest_hire::ids::{EventId, PersonId};
use earnest_hire::ledger::Account;
use earnest_hire::money::Minor;
use earnest_hire::payee::{Command as OfPayee, Scope};
use earnest_hire::refusal::Refusal;
use earnest_hire::simulate::{Answer, Cast, Driver, Fault, Random, Step};
use earnest_hire::span::{after, days};
use earnest_store::{DueTimer, EventState, Key, Store, Trace};
use tokio::runtime::Handle;

use self::world::World;
use crate::Error;
use crate::bank;
use crate::contract::{Also, Asked, Opening, Replay};
use crate::desk::Desk;
use crate::outside::payments::ProviderEvent;
use crate::payee::{self, Who};
use crate::provider::{self, NotTaken, Taken};
use crate::timers::{self, Fired};

/// Within so many statements a transaction that is to be lost breaks off, or else at its commit.
const STATEMENTS: u64 = 24;

/// A store as the driver of simulated histories.
pub struct Beside {
    runtime: Handle,
    world: Arc<World>,
    desk: Desk,
    played: Option<Played>,
}

/// The one history that is played.
struct Played {
    cast: Cast,
    /// Under which its keys are kept.
    scope: String,
    /// For what is not drawn by the history: seeds of payees, where transactions break.
    random: Random,
    /// What must be kept of the contract now.
    trace: Trace,
    /// The contract as it was last accepted; none before the first step.
    contract: Option<Contract>,
    /// Keys of accepted steps.
    accepted: BTreeSet<u64>,
    /// Of them those that the idempotency table has.
    keys: i64,
    /// Rows of timers that wait.
    timers: BTreeSet<String>,
    earnings: Vec<Earning>,
    /// How often the event of a key was given a name anew, since the one before had ended without effect.
    names: BTreeMap<u64, u32>,
    /// Events that were applied.
    applied: Vec<(Command, ProviderEvent)>,
    onboarded: bool,
    payouts: u32,
    /// What came into the bank.
    receipts: BTreeSet<EventId>,
}

/// The way a step takes.
enum Way {
    Timer(DueTimer),
    Event(Box<ProviderEvent>),
    Key(Key),
}

impl std::fmt::Debug for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beside")
            .field("store", &self.desk.store)
            .finish_non_exhaustive()
    }
}

impl Driver for Beside {
    fn begin(&mut self, cast: &Cast) -> Result<(), String> {
        let runtime = self.runtime.clone();
        runtime.block_on(self.open(cast)).map_err(told_error)
    }

    fn apply(&mut self, step: &Step, decided: Option<&Decision>) -> Result<Answer, String> {
        let runtime = self.runtime.clone();
        let mut played = self.played.take().ok_or("no history has begun")?;
        let answer = runtime.block_on(self.deliver(&mut played, step, decided));
        self.played = Some(played);
        answer
    }

    fn contract(&mut self) -> Result<Contract, String> {
        let id = self.played()?.cast.id;
        let reading = self
            .desk
            .store
            .read(move |mut view| async move { view.contract(id).await });
        let found = self.runtime.block_on(reading);
        let found = found.map_err(|error| error.to_string())?;
        found.ok_or_else(|| "the contract is gone".to_owned())
    }

    fn balances(&mut self) -> Result<BTreeMap<Account, i64>, String> {
        let cast = &self.played()?.cast;
        self.runtime.block_on(kept::balances(&self.desk.store, cast))
    }
}

impl Beside {
    /// Plays on this store. The runtime must go on in threads of its own.
    pub fn new(store: Store, runtime: Handle) -> Self {
        let world = Arc::new(World::default());
        let desk = Desk::new(store, Arc::clone(&world) as _, Arc::clone(&world) as _);
        Self {
            runtime,
            world,
            desk,
            played: None,
        }
    }

    fn played(&self) -> Result<&Played, String> {
        self.played
            .as_ref()
            .ok_or_else(|| "no history has begun".to_owned())
    }

    async fn open(&mut self, cast: &Cast) -> Result<(), Error> {
        let scope = format!("simulation {}", cast.id);
        let mut random = Random::new(u64::from_le_bytes(first_eight(cast.input.seed)));
        self.desk.currency = cast.offer.currency;
        self.world.set(cast.input.now, cast.input.seed);
        let actor = Actor::Person {
            id: cast.offer.client,
        };
        let opening = Opening {
            id: cast.id,
            offer: cast.offer.clone(),
            actor,
            key: Some(Key::new(&scope, "offer", "offer")),
            input: cast.input.clone(),
            legal: Vec::new(),
        };
        opening.keep(&self.desk).await?;
        // What is sent again is answered from memory.
        if opening.keep(&self.desk).await?.replay != Replay::Again {
            return Err(Error::KeyReused);
        }
        self.world.set(cast.input.now, random.seed());
        let account = OfPayee::SetPayoutAccount {
            reference: "account".to_owned(),
            provider: world::payer(),
        };
        self.payee(cast.offer.expert, &account, &expert(cast)).await?;
        let trace = self.trace(cast, &scope).await?;
        self.played = Some(Played {
            cast: cast.clone(),
            scope,
            random,
            trace,
            contract: None,
            accepted: BTreeSet::new(),
            keys: 1,
            timers: BTreeSet::from([offer_timer(cast).id]),
            earnings: Vec::new(),
            names: BTreeMap::new(),
            applied: Vec::new(),
            onboarded: false,
            payouts: 0,
            receipts: BTreeSet::new(),
        });
        Ok(())
    }

    async fn trace(&self, cast: &Cast, scope: &str) -> Result<Trace, Error> {
        let (id, scope) = (cast.id, scope.to_owned());
        let reading = self.desk.store.read(move |mut view| {
            let scope = scope.clone();
            async move { view.trace(id, &scope).await }
        });
        Ok(reading.await?)
    }

    async fn payee(&self, id: PersonId, command: &OfPayee, by: &Actor) -> Result<(), Error> {
        payee::act(&self.desk, id, command, Who::sure(by), Also::Nothing)
            .await
            .map(drop)
    }

    async fn deliver(
        &mut self,
        played: &mut Played,
        step: &Step,
        decided: Option<&Decision>,
    ) -> Result<Answer, String> {
        let known = played.accepted.contains(&step.key);
        if !known {
            self.clear(played, step).await?;
        }
        self.prepare(played, step).await.map_err(told_error)?;
        self.world.set(step.input.now, step.input.seed);
        let way = played.way(step)?;
        let answer = if step.is_lost() && !known {
            self.lose(played, step, &way).await?
        } else {
            self.send(played, step, &way).await?
        };
        if answer == Answer::Accepted {
            self.accepted(played, step, &way, decided).await?;
        } else {
            if let (Answer::Refused(Refusal::StaleTimer | Refusal::EventWithoutEffect), Way::Timer(due)) =
                (answer, &way)
                && played.timers.remove(&due.id)
            {
                played.trace.timers -= 1;
            }
            self.untouched(played).await?;
        }
        if step.fault == Fault::Duplicate {
            self.tell_again(played, &step.command).await?;
        }
        Ok(answer)
    }

    /// Makes the world as the step says it is.
    async fn prepare(&mut self, played: &mut Played, step: &Step) -> Result<(), Error> {
        let facts = &step.input.facts;
        self.desk.client_limit = facts.client_limit_minor;
        self.desk.providers = world::providers(&played.cast, facts.holding_days);
        if matches!(step.command, Command::Start { .. }) && played.onboarded != facts.expert_onboarded {
            let expert = played.cast.offer.expert;
            if facts.expert_onboarded {
                self.desk.store.onboard(expert, step.input.now).await?;
            } else {
                self.desk.store.forget_onboarding(expert).await?;
            }
            played.onboarded = facts.expert_onboarded;
        }
        if let (Command::MoveToBank { receipt, .. }, Some(came)) = (&step.command, facts.receipt_minor)
            && played.receipts.insert(*receipt)
        {
            self.bring(&played.cast, &step.command, came).await?;
        }
        if matches!(
            step.command,
            Command::Sign { .. } | Command::Fund { .. } | Command::Place { .. } | Command::Captured { .. }
        ) {
            let (client, expert) = (played.cast.offer.client, played.cast.offer.expert);
            self.hold(played, (client, facts.client_on_hold), step).await?;
            self.hold(played, (expert, facts.expert_on_hold), step).await?;
        }
        Ok(())
    }

    /// Money comes into the bank from a provider, and nobody knows yet what it is.
    async fn bring(&self, cast: &Cast, command: &Command, came: Minor) -> Result<(), Error> {
        let Command::MoveToBank { bank, transfer, .. } = command else {
            return Ok(());
        };
        let (seed, _) = cast.receipt(transfer);
        self.world.set(cast.input.now, seed);
        let event = told::came(cast, bank, transfer, came);
        let actor = Actor::Provider { name: bank.clone() };
        bank::happen(&self.desk, &event, &actor, &Also::Nothing).await
    }

    /// Makes a person one who may begin nothing new, or may again.
    async fn hold(
        &self,
        played: &mut Played,
        (person, wanted): (PersonId, bool),
        step: &Step,
    ) -> Result<(), Error> {
        let (now, scope) = (step.input.now, Scope::NewContracts);
        let reading = self
            .desk
            .store
            .read(move |mut view| async move { view.payee(person).await });
        let payee = reading.await?;
        let standing = payee.as_ref().and_then(|payee| payee.held(scope, now));
        let (reason, second) = ("played".to_owned(), PersonId::new(now, [2; 10]));
        let command = match (standing, wanted) {
            (None, true) => OfPayee::PlaceHold {
                scope,
                reason: reason.clone(),
                facts: reason.clone(),
                rule: reason,
                review_by: after(now, days(7)),
                second: Some(second),
            },
            (Some(hold), false) => OfPayee::LiftHold {
                hold: hold.id,
                reason,
            },
            (None, false) | (Some(_), true) => return Ok(()),
        };
        self.world.set(now, played.random.seed());
        let operator = Actor::Operator {
            id: PersonId::new(now, [1; 10]),
        };
        let who = Who::sure(&operator);
        payee::act_by_two(&self.desk, person, &command, who, Also::Nothing)
            .await
            .map(drop)
    }

    /// What has cleared by now becomes payable, by its own timers.
    async fn clear(&self, played: &mut Played, step: &Step) -> Result<(), String> {
        let now = step.input.now;
        let (due, later) = std::mem::take(&mut played.earnings)
            .into_iter()
            .partition(|earning| earning.clears_at < now);
        played.earnings = later;
        for earning in Vec::<Earning>::from_iter(due) {
            self.world.set(now, played.random.seed());
            let timer = Timer {
                kind: TimerKind::Clearance,
                subject: earning.id.to_string(),
                entry_no: 0,
                due_at: earning.clears_at,
            };
            let due = DueTimer::of(earning.expert.to_string(), timer);
            for expected in [Fired::Happened, Fired::Gone] {
                let fired = timers::fire(&self.desk, due.clone()).await.map_err(told_error)?;
                if fired != expected {
                    return Err(format!("the clearance of {} came to {fired:?}", earning.id));
                }
            }
        }
        Ok(())
    }

    /// The transaction breaks off somewhere inside, or at its commit.
    async fn lose(&self, played: &mut Played, step: &Step, way: &Way) -> Result<Answer, String> {
        let also = match way {
            Way::Timer(due) => Also::Timer(due.id.clone()),
            Way::Key(key) => Also::Key(key.clone()),
            Way::Event(event) => {
                let row = provider::row_of(&self.desk, event).map_err(told_error)?;
                let kept = self.desk.store.receive_event(row).await;
                kept.map_err(|error| error.to_string())?;
                Also::Event {
                    provider: event.provider.clone(),
                    event_id: event.event_id.clone(),
                }
            }
        };
        let asked = Asked::new(&self.desk, played.cast.id, (&step.command, &step.by), also).await;
        let asked = asked.map_err(told_error)?;
        let statements = u32::try_from(played.random.below(STATEMENTS)).unwrap_or(0);
        let ended = self.desk.store.write(move |mut tx| {
            let asked = asked.clone();
            async move {
                tx.break_after(statements).await;
                asked.act(tx).await
            }
        });
        match ended.await {
            Err(Error::Unavailable(_) | Error::Refused(_)) => Ok(Answer::Lost),
            other => Err(format!("a transaction that was to break came to {other:?}")),
        }
    }

    async fn send(&self, played: &mut Played, step: &Step, way: &Way) -> Result<Answer, String> {
        let known = played.accepted.contains(&step.key);
        match way {
            Way::Key(key) => {
                let also = Also::Key(key.clone());
                let (id, command, by) = (played.cast.id, &step.command, &step.by);
                match crate::contract::act_by_two(&self.desk, id, command, by, also).await {
                    Ok(answer) if answer.replay == Replay::Again => Ok(Answer::Replayed),
                    Ok(_) => Ok(Answer::Accepted),
                    Err(Error::Refused(refusal)) => Ok(Answer::Refused(refusal)),
                    Err(error) => Err(told_error(error)),
                }
            }
            Way::Timer(due) => {
                let fired = timers::fire(&self.desk, due.clone()).await;
                match (fired.map_err(told_error)?, known) {
                    (Fired::Happened, false) => Ok(Answer::Accepted),
                    (Fired::Refused(refusal), false) => Ok(Answer::Refused(refusal)),
                    (Fired::Refused(_) | Fired::Gone, true) => Ok(Answer::Replayed),
                    (other, _) => Err(format!("a timer came to {other:?}")),
                }
            }
            Way::Event(event) => {
                let taken = provider::taken(&self.desk, event).await;
                let Taken { state, refusal } = taken.map_err(|error| error.to_string())?;
                match (state, refusal) {
                    (EventState::Applied, None) if known => Ok(Answer::Replayed),
                    (EventState::Applied, None) => Ok(Answer::Accepted),
                    (state, Some(refusal)) => {
                        if state != EventState::Waiting {
                            *played.names.entry(step.key).or_default() += 1;
                        }
                        Ok(Answer::Refused(refusal))
                    }
                    (state, None) => Err(format!("an event came to {state:?}")),
                }
            }
        }
    }

    /// What was applied is told again under its own name, and something else under that name.
    async fn tell_again(&self, played: &Played, command: &Command) -> Result<(), String> {
        let Some((_, event)) = played.applied.iter().find(|(known, _)| known == command) else {
            return Ok(());
        };
        match provider::taken(&self.desk, event).await {
            Ok(taken) if taken == EventState::Applied.into() => {}
            other => return Err(format!("an event told again came to {other:?}")),
        }
        let mut other = event.clone();
        other.account.push_str(" of somebody else");
        match provider::taken(&self.desk, &other).await {
            Err(NotTaken::Other) => {}
            other => return Err(format!("another event of the same name came to {other:?}")),
        }
        self.untouched(played).await
    }

    async fn untouched(&self, played: &Played) -> Result<(), String> {
        let trace = self
            .trace(&played.cast, &played.scope)
            .await
            .map_err(told_error)?;
        if trace == played.trace {
            return Ok(());
        }
        let before = played.trace;
        Err(format!(
            "a command without effect left a trace: {before:?} became {trace:?}"
        ))
    }

    async fn accepted(
        &mut self,
        played: &mut Played,
        step: &Step,
        way: &Way,
        decided: Option<&Decision>,
    ) -> Result<(), String> {
        let decided = decided.ok_or("the store accepts what the core does not")?;
        played.accepted.insert(step.key);
        match way {
            Way::Timer(due) => drop(played.timers.remove(&due.id)),
            Way::Key(_) => played.keys += 1,
            Way::Event(event) => played.applied.push((step.command.clone(), *event.clone())),
        }
        let chain = played.cast.id.to_string();
        let set = decided.timers.iter().cloned();
        let set = set.map(|timer| DueTimer::of(chain.clone(), timer).id);
        played.timers.extend(set);
        kept::compare(&self.desk.store, played, decided).await?;
        played.contract = Some(decided.contract.clone());
        played.earnings.extend(decided.earnings.iter().cloned());
        if matches!(step.command, Command::ChargebackLost { .. }) {
            // The client is closed for new money, which the core knows nothing of.
            let open = self.desk.store.limit_client(played.cast.offer.client, None);
            open.await.map_err(|error| error.to_string())?;
        }
        if step.pays_out() {
            self.pay_out(played, step).await?;
        }
        Ok(())
    }

    async fn pay_out(&self, played: &mut Played, step: &Step) -> Result<(), String> {
        let (expert_id, currency) = (played.cast.offer.expert, played.cast.offer.currency);
        let reading = self.desk.store.read(move |mut view| async move {
            let owed = view.summed(&Account::Receivable(expert_id), currency).await?;
            let payable = view.summed(&Account::ExpertPayable(expert_id), currency).await?;
            Ok::<_, earnest_store::Error>((owed.0.0 - owed.1.0, payable.1.0 - payable.0.0))
        });
        let (owed, amount_minor) = reading.await.map_err(|error| error.to_string())?;
        if owed > 0 || amount_minor <= 0 {
            return Ok(());
        }
        self.world.set(step.input.now, played.random.seed());
        let amount = earnest_hire::money::Money {
            amount_minor,
            currency,
        };
        let asked = OfPayee::RequestPayout { amount };
        self.payee(expert_id, &asked, &expert(&played.cast))
            .await
            .map_err(told_error)?;
        let reading = self
            .desk
            .store
            .read(move |mut view| async move { view.payee(expert_id).await });
        let payee = reading.await.map_err(|error| error.to_string())?;
        let payout = payee.and_then(|payee| payee.payouts.last().map(|one| one.id));
        let payout = payout.ok_or("no payout was kept")?;
        played.payouts += 1;
        self.world.set(step.input.now, played.random.seed());
        let event = told::paid(&played.cast, payout, (amount, played.payouts), step.input.now);
        match provider::taken(&self.desk, &event).await {
            Ok(taken) if taken == EventState::Applied.into() => Ok(()),
            other => Err(format!("a payout's event came to {other:?}")),
        }
    }
}

impl Played {
    fn way(&self, step: &Step) -> Result<Way, String> {
        if let (
            true,
            Command::Timer {
                kind,
                subject,
                entry_no,
                due_at,
            },
        ) = (step.is_timer(), &step.command)
        {
            let timer = Timer {
                kind: *kind,
                subject: subject.clone(),
                entry_no: *entry_no,
                due_at: *due_at,
            };
            return Ok(Way::Timer(DueTimer::of(self.cast.id.to_string(), timer)));
        }
        let name = format!(
            "{} {} {}",
            self.cast.id,
            step.key,
            self.names.get(&step.key).unwrap_or(&0)
        );
        let told = self.contract.as_ref();
        if let Some(event) = told.and_then(|contract| told::event(step, contract, name)) {
            return Ok(Way::Event(Box::new(event)));
        }
        let asked = serde_json::to_string(&(&step.by, &step.command)).map_err(|error| error.to_string())?;
        Ok(Way::Key(Key::new(&self.scope, &step.key.to_string(), &asked)))
    }
}

/// The only timer that no step sets.
fn offer_timer(cast: &Cast) -> DueTimer {
    let timer = Timer {
        kind: TimerKind::OfferExpires,
        subject: cast.id.to_string(),
        entry_no: 1,
        due_at: after(cast.input.now, days(7)),
    };
    DueTimer::of(cast.id.to_string(), timer)
}

fn expert(cast: &Cast) -> Actor {
    Actor::Person {
        id: cast.offer.expert,
    }
}

fn first_eight(seed: [u8; 16]) -> [u8; 8] {
    std::array::from_fn(|index| seed.get(index).copied().unwrap_or(0))
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn told_error(error: Error) -> String {
    format!("{}: {error} ({error:?})", error.code())
}

#[cfg(test)]
mod tests;
