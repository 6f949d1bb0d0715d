//! Commands about transfers without a reference, each kept in one transaction with all that goes with it.

use earnest_hire::bank::{self, Receipt, ReceiptCommand, ReceiptInput};
use earnest_hire::contract::Actor;
use earnest_hire::ids::{EventId, Ids};
use earnest_hire::ledger::{Account, Name};
use earnest_hire::refusal::Refusal;
use earnest_store::{Done, EventState, Last, ReceiptRecord, Tx};
use jiff::Timestamp;
use serde::Serialize;

use crate::Error;
use crate::audit;
use crate::contract::Also;
use crate::desk::Desk;
use crate::motion::{self, Weight};
use crate::provider::broken;
use crate::reconcile;

/// What an accepted command is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The transfer.
    pub receipt: EventId,
    /// When it was decided.
    pub at: Timestamp,
}

/// Does what a command says to a transfer, or says why not. A second operator who is named in it has not acted: that is
/// for [`crate::motion`].
pub(crate) async fn act(
    desk: &Desk,
    command: &ReceiptCommand,
    actor: &Actor,
    also: Also,
) -> Result<Answer, Error> {
    if command.clone().second().is_some_and(|second| second.is_some()) {
        return Err(Refusal::FourEyes.into());
    }
    act_by_two(desk, command, actor, also).await
}

/// As [`act`], where the second operator who stands in the command has acted.
pub(crate) async fn act_by_two(
    desk: &Desk,
    command: &ReceiptCommand,
    actor: &Actor,
    also: Also,
) -> Result<Answer, Error> {
    let asked = Asked::new(desk, command, actor, also);
    let kept = desk
        .write(&asked, |asked, tx| async move { asked.keep_in(tx).await })
        .await?;
    if let ReceiptCommand::ExplainLeft { .. } = command
        && let Err(error) = reconcile::anew(desk, Name::BANK).await
    {
        let error = error.to_string();
        tracing::warn!(
            error,
            "what left is booked, and the comparisons that named it are still to be made anew"
        );
    }
    Ok(kept)
}

/// A command about a transfer with all that is known before it is locked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    command: ReceiptCommand,
    actor: Actor,
    also: Also,
    input: ReceiptInput,
}

impl Asked {
    pub(crate) fn new(desk: &Desk, command: &ReceiptCommand, actor: &Actor, also: Also) -> Self {
        let mut input = ReceiptInput::new(desk.now(), desk.seed());
        if let ReceiptCommand::AskReturn { .. } = command {
            input.alone_up_to_minor = Some(desk.terms.second_operator_above_minor);
        }
        Self {
            command: command.clone(),
            actor: actor.clone(),
            also,
            input,
        }
    }

    async fn keep_in(&self, mut tx: Tx) -> Result<Done<Answer>, Error> {
        self.also.take(&mut tx).await?;
        let former = former(&mut tx, &self.command).await?;
        self.is_not_booked(&mut tx).await?;
        if let Also::Motion { motion, by } = &self.also {
            motion::take(&mut tx, *motion, (*by, self.input.now), &about(former.as_ref())?).await?;
        }
        let record = ReceiptRecord {
            command: &self.command,
            actor: &self.actor,
            input: &self.input,
        };
        let (receipt, last) = decided(&mut tx, former.as_ref(), &record).await?;
        self.also.end(&mut tx, self.input.now).await?;
        self.note(&mut tx).await?;
        let answer = Answer {
            receipt,
            at: self.input.now,
        };
        tx.commit_last(last, answer).await
    }

    /// Whether the command would be carried out as it is, and whether without its second operator. Keeps nothing.
    pub(crate) async fn weigh(&self, tx: &mut Tx) -> Result<Weight, Error> {
        let former = former(tx, &self.command).await?;
        self.is_not_booked(tx).await?;
        let decide = |command: &ReceiptCommand| {
            bank::decide_receipt(former.as_ref(), command, &self.actor, &self.input)
        };
        let decided = decide(&self.command)?;
        let mut alone = self.command.clone();
        if let Some(second) = alone.second() {
            *second = None;
        }
        Ok(Weight {
            chain: format!("bank:{}", decided.receipt.bank),
            command: serde_json::to_string(&alone).map_err(broken)?,
            about: about(former.as_ref())?,
            alone: decide(&alone).map(drop),
        })
    }

    /// What left is explained once, and only what stands in a statement. Its line is locked, so that two see one another.
    async fn is_not_booked(&self, tx: &mut Tx) -> Result<(), Error> {
        let ReceiptCommand::ExplainLeft {
            bank,
            external_id,
            amount,
            ..
        } = &self.command
        else {
            return Ok(());
        };
        tx.lock_event(bank.as_str(), external_id)
            .await?
            .ok_or(Error::NotFound)?;
        let account = Account::Bank(bank.clone());
        match tx.outside_line(&account, amount.currency, external_id).await? {
            Some(_booked) => Err(Error::NotFound),
            None => Ok(()),
        }
    }

    /// What operators say about a transfer of nobody's stands in their own records. A line that is explained is done with.
    async fn note(&self, tx: &mut Tx) -> Result<(), Error> {
        let (act, why, second) = match &self.command {
            ReceiptCommand::ExplainLeft {
                bank,
                external_id,
                why,
                second,
                ..
            } => {
                tx.end_event(bank.as_str(), external_id, EventState::Applied, None)
                    .await?;
                let act = format!("Said what money was that left the bank as {external_id}.");
                (act, why, second)
            }
            ReceiptCommand::AskReturn { receipt, why, second } => {
                (format!("Sent back the transfer {receipt}."), why, second)
            }
            ReceiptCommand::ReceiveUnmatched { .. }
            | ReceiptCommand::AssignUnmatched { .. }
            | ReceiptCommand::ReturnUnmatched { .. } => return Ok(()),
        };
        let first = match &self.actor {
            Actor::Operator { id } => Some(*id),
            Actor::Person { .. } | Actor::Clock | Actor::Provider { .. } => None,
        };
        // Its own seed: the decision has dealt out ids of the input's.
        let mut ids = Ids::new(self.input.now, self.input.seed.map(|byte| !byte));
        for by in first.into_iter().chain(*second) {
            let mut line = audit::line(&mut ids, self.input.now, (by, by), act.clone());
            line.reasons.clone_from(why);
            tx.insert_audit(&line).await?;
        }
        Ok(())
    }
}

async fn former(tx: &mut Tx, command: &ReceiptCommand) -> Result<Option<Receipt>, Error> {
    match command.receipt() {
        Some(id) => Ok(tx.lock_receipt(id).await?),
        None => Ok(None),
    }
}

/// What an operator looks at before such a command; a line of a statement never changes.
fn about(former: Option<&Receipt>) -> Result<String, Error> {
    former.map_or(Ok(String::new()), |one| {
        serde_json::to_string(one).map_err(broken)
    })
}

/// Decides a command about a receipt and keeps it, in a transaction that may do more.
pub(crate) async fn keep_in(
    tx: &mut Tx,
    command: &ReceiptCommand,
    actor: &Actor,
    input: &ReceiptInput,
) -> Result<Last, Error> {
    let former = former(tx, command).await?;
    let record = ReceiptRecord {
        command,
        actor,
        input,
    };
    Ok(decided(tx, former.as_ref(), &record).await?.1)
}

async fn decided(
    tx: &mut Tx,
    former: Option<&Receipt>,
    record: &ReceiptRecord<'_>,
) -> Result<(EventId, Last), Error> {
    let decision = bank::decide_receipt(former, record.command, record.actor, record.input)?;
    let last = tx.keep_receipt(former, &decision, record).await?;
    Ok((decision.receipt.id, last))
}
