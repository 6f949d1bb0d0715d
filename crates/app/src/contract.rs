//! Contracts: begin one, and everything that anybody can do to it. Each command is decided and kept in one transaction,
//! once for every key, or not at all.

mod facts;
mod form;
mod receipt;
mod sight;

use earnest_hire::bank::{ReceiptCommand, ReceiptInput};
use earnest_hire::contract::{self, Actor, Command, Contract, Decision, Facts, Input, Offer};
use earnest_hire::ids::{ContractId, EventId, Ids, MotionId, PaymentId, PersonId};
use earnest_hire::money::Minor;
use earnest_hire::refusal::Refusal;
use earnest_store::{Deed, Done, EventState, Job, Key, Last, Locked, MotionState, Record, Seen, Tx};
use jiff::Timestamp;
use serde::Serialize;

use self::facts::Known;
pub use self::form::Form;
use self::form::PAGE_IS_OLD;
pub use self::sight::{Seat, Sight, list, look, not_over, said};
pub(crate) use self::sight::{every, names};
use crate::Error;
use crate::audit;
use crate::bank;
use crate::desk::Desk;
use crate::go_live;
use crate::legal;
use crate::motion::{self, Weight};
use crate::provider::broken;

/// Whether something was done under a key before.
pub async fn is_done(desk: &Desk, key: &Key) -> Result<bool, Error> {
    let asked = key.clone();
    let read = desk.store.read(move |mut view| {
        let asked = asked.clone();
        async move { view.seen(&asked).await }
    });
    Ok(read.await?.is_some())
}

/// What an accepted command is answered with; the same for every repetition under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The contract.
    pub contract: ContractId,
    /// The command in its history.
    pub event: EventId,
    /// The contract's version after it.
    pub version: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// Whether the command had been answered before and nothing was done now.
    #[serde(skip)]
    pub replay: Replay,
}

/// Whether an answer is the first to its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// The command was carried out now.
    First,
    /// It had been carried out before.
    Again,
}

/// What is used up or noted in the transaction of a command, beside what the command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// The answer is kept under this key.
    Key(Key),
    /// What came with a form: its key, what its page had shown, and what is submitted with it.
    Form(Box<Form>),
    /// The timer that gave the command is used up.
    Timer(String),
    /// The receipt that nobody could assign becomes part of a payment.
    Receipt {
        /// Which.
        receipt: EventId,
        /// Of which payment.
        payment: PaymentId,
    },
    /// What another operator had proposed is carried out.
    Motion {
        /// Which.
        motion: MotionId,
        /// Who seconds it.
        by: PersonId,
    },
    /// The first call under a job's key begins: refused where one may have left before.
    FirstCall(Box<Job>),
    /// The provider's event that gave the command is applied.
    Event {
        /// Which provider.
        provider: String,
        /// Its name for the event.
        event_id: String,
    },
}

/// Another attempt was faster.
const CALLED: Error = Error::Conflict {
    code: "call_under_way",
    sentence: "A call about this may have left already; the provider is asked about it first.",
};

impl Also {
    pub(crate) fn key(&self) -> Option<&Key> {
        match self {
            Self::Key(key) => Some(key),
            Self::Form(form) => Some(&form.key),
            Self::Nothing
            | Self::Timer(_)
            | Self::FirstCall(_)
            | Self::Event { .. }
            | Self::Receipt { .. }
            | Self::Motion { .. } => None,
        }
    }

    pub(crate) fn timer(&self) -> Option<&str> {
        match self {
            Self::Timer(id) => Some(id),
            Self::Nothing
            | Self::Key(_)
            | Self::Form(_)
            | Self::FirstCall(_)
            | Self::Event { .. }
            | Self::Receipt { .. }
            | Self::Motion { .. } => None,
        }
    }

    /// What is locked before anything else: an event, so that two nodes do not apply it at once, or a job and its key.
    pub(crate) async fn take(&self, tx: &mut Tx) -> Result<(), Error> {
        if let Self::FirstCall(job) = self {
            return if tx.begin_call(job, 0).await? {
                Ok(())
            } else {
                Err(CALLED)
            };
        }
        let Also::Event { provider, event_id } = self else {
            return Ok(());
        };
        match tx.lock_event(provider, event_id).await? {
            Some(state) if state.is_open() => Ok(()),
            Some(_) => Err(Refusal::EventWithoutEffect.into()),
            None => Err(Error::NotFound),
        }
    }

    /// What is done with together with the command: the motion that asked for it, the event that gave it.
    pub(crate) async fn end(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        if let Self::Motion { motion, by } = *self {
            tx.end_motion(motion, MotionState::Seconded, by, now).await?;
        }
        if let Self::Event { provider, event_id } = self {
            tx.end_event(provider, event_id, EventState::Applied, None)
                .await?;
        }
        Ok(())
    }
}

/// Begins a contract of an accepted offer. It binds nobody until both have signed.
pub async fn begin(desk: &Desk, offer: &Offer, actor: &Actor, key: Option<Key>) -> Result<Answer, Error> {
    if offer.currency != desk.currency {
        return Err(Refusal::CurrencyDiffers.into());
    }
    offer.may_be_begun(actor)?;
    let mut opening = Opening::new(desk, offer.clone(), actor);
    opening.key = key;
    opening.keep(desk).await.inspect(|_answer| desk.wake())
}

/// An accepted offer with all that is known before anything is kept.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) id: ContractId,
    pub(crate) offer: Offer,
    pub(crate) actor: Actor,
    pub(crate) key: Option<Key>,
    pub(crate) input: Input,
    /// The legal texts in force, which are noted with the contract.
    pub(crate) legal: Vec<(&'static str, String)>,
}

impl Opening {
    /// Of an offer that somebody has accepted now.
    pub(crate) fn new(desk: &Desk, offer: Offer, actor: &Actor) -> Self {
        let input = Input::new(desk.now(), desk.seed(), Facts::default());
        Self {
            id: Ids::new(input.now, opposite(&input)).contract(),
            offer,
            actor: actor.clone(),
            key: None,
            input,
            legal: legal::in_force(desk),
        }
    }

    pub(crate) async fn keep(&self, desk: &Desk) -> Result<Answer, Error> {
        desk.write(self, |opening, tx| async move { opening.keep_in(tx).await })
            .await
    }

    async fn keep_in(&self, mut tx: Tx) -> Result<Done<Answer>, Error> {
        let key = self.key.as_ref();
        if let Some(key) = key
            && let Some(seen) = tx.seen(key).await?
        {
            return answered_before(tx, key, &seen).await;
        }
        let (last, answer) = self.begin_in(&mut tx).await?;
        tx.commit_last(last, answer).await
    }

    /// Keeps the contract; the caller commits what it is given.
    pub(crate) async fn begin_in(&self, tx: &mut Tx) -> Result<(Last, Answer), Error> {
        for (milestone, _) in &self.offer.milestones {
            // The id names accounts: it must be this contract's alone.
            if tx.contract_of(&milestone.to_string()).await?.is_some() {
                return Err(Refusal::TermsUnfit.into());
            }
        }
        let decision = contract::offer(self.id, &self.offer, &self.input)?;
        let record = Record {
            deed: Deed::Offer(&self.offer),
            actor: &self.actor,
            input: &self.input,
            key: self.key.as_ref(),
            timer: None,
        };
        let last = tx.keep_contract(None, &decision, &record).await?;
        legal::pin(tx, self.id, &self.legal).await?;
        Ok((last, answer(&decision, self.input.now)))
    }
}

/// A seed for what is made beside a decision, which deals out the ids of its own.
fn opposite(input: &Input) -> [u8; 16] {
    std::array::from_fn(|index| input.seed.get(index).map_or(0, |byte| !byte))
}

/// As [`opposite`], for the lines of records; a receipt that is assigned takes ids of the other one.
fn audit_seed(input: &Input) -> [u8; 16] {
    opposite(input).map(|byte| byte.rotate_left(4))
}

/// Does what a command says to a contract, or says why not. A second operator who is named in it has not acted: that is
/// for [`crate::motion`].
pub async fn act(
    desk: &Desk,
    id: ContractId,
    command: &Command,
    actor: &Actor,
    also: Also,
) -> Result<Answer, Error> {
    if command.seconded_by().is_some() {
        return Err(Refusal::FourEyes.into());
    }
    if let Command::Fund { provider, .. } = command {
        go_live::allow(desk, provider.as_str()).await?;
    }
    act_by_two(desk, id, command, actor, also).await
}

/// As [`act`], where the second operator who stands in the command has acted.
pub(crate) async fn act_by_two(
    desk: &Desk,
    id: ContractId,
    command: &Command,
    actor: &Actor,
    also: Also,
) -> Result<Answer, Error> {
    let asked = Asked::new(desk, id, (command, actor), also).await?;
    let kept = desk
        .write(&asked, |asked, tx| async move { asked.act(tx).await })
        .await;
    match kept {
        // What an event has named twice is for a person to look at, and is told with the line that has the name.
        Err(Error::Broken(cause)) if !matches!(asked.also, Also::Event { .. }) => {
            if stands_elsewhere(desk, id, command).await? {
                return Err(Refusal::ReceiptElsewhere.into());
            }
            Err(Error::Broken(cause))
        }
        kept => kept.inspect(|_answer| desk.wake()),
    }
}

/// Whether the provider's name of what a command moves is in the books already: they refuse a second line of it.
async fn stands_elsewhere(desk: &Desk, id: ContractId, command: &Command) -> Result<bool, Error> {
    let name = match command {
        Command::Captured { receipt, .. }
        | Command::RefundSucceeded { receipt, .. }
        | Command::RefundFailed {
            receipt: Some(receipt),
            ..
        }
        | Command::ChargebackOpened { receipt, .. }
        | Command::ChargebackWon { receipt, .. } => receipt.clone(),
        Command::MoveToBank { transfer, .. } => transfer.clone(),
        _ => return Ok(false),
    };
    let currency = desk.currency;
    let read = desk.store.read(move |mut view| {
        let name = name.clone();
        async move {
            let contract = view.contract(id).await?;
            for payment in contract.iter().flat_map(|one| &one.payments) {
                let custody = payment.at_provider();
                for name in [name.clone(), format!("{name}:fee")] {
                    if view.outside_line(&custody, currency, &name).await?.is_some() {
                        return Ok::<_, earnest_store::Error>(true);
                    }
                }
            }
            Ok(false)
        }
    });
    Ok(read.await?)
}

/// A command with all that is known before the contract is locked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    desk: Desk,
    id: ContractId,
    command: Command,
    actor: Actor,
    also: Also,
    now: Timestamp,
    seed: [u8; 16],
    /// The receipt that a seconded motion assigns.
    assigned: Option<EventId>,
    provider: Known,
}

impl Asked {
    pub(crate) async fn new(
        desk: &Desk,
        id: ContractId,
        (command, actor): (&Command, &Actor),
        also: Also,
    ) -> Result<Self, Error> {
        let (now, seed) = (desk.now(), desk.seed());
        Ok(Self {
            id,
            command: command.clone(),
            actor: actor.clone(),
            assigned: receipt::assigned(desk, command, &also).await?,
            also,
            now,
            seed,
            provider: Known::of(desk, command),
            desk: desk.clone(),
        })
    }

    pub(crate) async fn act(&self, mut tx: Tx) -> Result<Done<Answer>, Error> {
        self.also.take(&mut tx).await?;
        let (locked, seen) = tx.lock_contract(self.id, self.also.key()).await?;
        if let (Some(key), Some(seen)) = (self.also.key(), seen) {
            return answered_before(tx, key, &seen).await;
        }
        let locked = locked.ok_or(Error::NotFound)?;
        if let Also::Form(form) = &self.also
            && form.is_old(&locked.contract)
        {
            return Err(PAGE_IS_OLD);
        }
        if let Also::Motion { motion, by } = &self.also {
            let about = motion::about_contract(&locked.contract, &self.command)?;
            motion::take(&mut tx, *motion, (*by, self.now), &about).await?;
        }
        let facts = self.facts(&mut tx, &locked.contract).await?;
        let input = Input::new(self.now, self.seed, facts);
        let decision = contract::decide(&locked.contract, &self.command, &self.actor, &input)?;
        if self.provider == Known::No {
            // Nobody would ever ask for the money.
            return Err(Refusal::ProviderUnknown.into());
        }
        if let Command::AssignReceipt { .. } = &self.command {
            self.uses_up_its_receipt(&mut tx).await?;
        }
        self.keep(tx, &locked, &decision, &input).await
    }

    /// Whether the command would be carried out as it is, and whether without its second operator. Keeps nothing.
    pub(crate) async fn weigh(&self, tx: &mut Tx) -> Result<Weight, Error> {
        let (locked, _) = tx.lock_contract(self.id, None).await?;
        let contract = locked.ok_or(Error::NotFound)?.contract;
        let facts = self.facts(tx, &contract).await?;
        let input = Input::new(self.now, self.seed, facts);
        let decide = |command: &Command| contract::decide(&contract, command, &self.actor, &input).map(drop);
        decide(&self.command)?;
        let alone = motion::alone(&self.command);
        Ok(Weight {
            chain: self.id.to_string(),
            command: serde_json::to_string(alone.as_ref().unwrap_or(&self.command)).map_err(broken)?,
            about: motion::about_contract(&contract, &self.command)?,
            alone: alone.as_ref().map_or(Err(Refusal::FourEyes), decide),
        })
    }

    async fn keep(
        &self,
        mut tx: Tx,
        locked: &Locked,
        decision: &Decision,
        input: &Input,
    ) -> Result<Done<Answer>, Error> {
        let record = Record {
            deed: Deed::Command(&self.command),
            actor: &self.actor,
            input,
            key: self.also.key(),
            timer: self.also.timer(),
        };
        let mut last = tx.keep_contract(Some(locked), decision, &record).await?;
        if let Some((receipt, payment)) = self.receipt() {
            let command = ReceiptCommand::AssignUnmatched { receipt, payment };
            let input = ReceiptInput::new(input.now, opposite(input));
            last = last.and(bank::keep_in(&mut tx, &command, &self.actor, &input).await?);
        }
        self.also.end(&mut tx, input.now).await?;
        self.record(&mut tx, &decision.contract, input).await?;
        if let Also::Form(form) = &self.also {
            let asked = (&self.command, &self.actor);
            form.keep(&mut tx, asked, decision, input.now).await?;
        }
        if matches!(self.command, Command::ChargebackLost { .. }) {
            // Closed for new money until the operator says otherwise.
            tx.set_client_limit(decision.contract.client, Some(Minor::ZERO))
                .await?;
        }
        tx.commit_last(last, answer(decision, input.now)).await
    }

    /// What operators did stands in the records of both parties.
    async fn record(&self, tx: &mut Tx, contract: &Contract, input: &Input) -> Result<(), Error> {
        let second = match &self.also {
            Also::Motion { by, .. } => Some(*by),
            _ => None,
        };
        // Its own seed: the decision has dealt out ids of the input's.
        let lines = audit::of_contract(
            (input.now, audit_seed(input)),
            contract,
            &self.command,
            (&self.actor, second),
        );
        for line in lines {
            tx.insert_audit(&line).await?;
        }
        Ok(())
    }
}

fn answer(decision: &Decision, at: Timestamp) -> Answer {
    Answer {
        contract: decision.contract.id,
        event: decision.event,
        version: decision.contract.version,
        at,
        replay: Replay::First,
    }
}

/// The answer given before, or a refusal where the key was used for something else.
async fn answered_before(mut tx: Tx, key: &Key, seen: &Seen) -> Result<Done<Answer>, Error> {
    if key.request_sha256 != seen.request_sha256 {
        return Err(Error::KeyReused);
    }
    let (contract, version, at) = tx.answer_of(seen.event).await?.ok_or(Error::NotFound)?;
    let answer = Answer {
        contract,
        event: seen.event,
        version,
        at,
        replay: Replay::Again,
    };
    tx.commit(answer).await
}

/// From when on a payment can begin that is refused because of what its provider can hold; none where it never can.
pub fn possible_from(desk: &Desk, contract: &Contract, command: &Command) -> Option<Timestamp> {
    let Command::Fund {
        milestone, provider, ..
    } = command
    else {
        return None;
    };
    let limit = desk.holding_days(provider.as_str())?;
    contract.fund_from(*milestone, limit).ok().flatten()
}

/// Of which contract an id is: its own, or that of a milestone or payment in it.
pub async fn of(desk: &Desk, id: &str) -> Result<ContractId, Error> {
    let id = id.to_owned();
    let read = desk.store.read(move |mut view| {
        let id = id.clone();
        async move { view.contract_of(&id).await }
    });
    let found: Result<_, earnest_store::Error> = read.await;
    found?.ok_or(Error::NotFound)
}

/// A contract as one person may see it: not there for anybody else.
pub async fn show(desk: &Desk, id: ContractId, person: PersonId) -> Result<Contract, Error> {
    let contract = desk
        .store
        .read(move |mut view| async move { view.contract(id).await })
        .await?;
    contract
        .filter(|one| one.client == person || one.expert == person)
        .ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests;
