//! Transfers by hand: a statement of the operator's bank becomes events of the provider `bank`, which are applied once
//! like those of any provider. What has no reference waits until operators say whose it is, send it back, or explain it.

mod asked;
mod left;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};

use earnest_hire::bank::{
    self, Direction, LineFault, Receipt, ReceiptCommand, ReceiptState, StatementLine, TransferReference,
};
use earnest_hire::contract::Actor;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::refusal::Refusal;
use earnest_store::{Arrival, ProviderEventRow, TransferRow};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Error;
use crate::contract::Also;
use crate::desk::Desk;
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};
use crate::provider;

pub use self::asked::Answer;
pub(crate) use self::asked::{Asked, act, act_by_two, keep_in};
pub use self::left::{Left, explain, left};
pub use self::waiting::{
    Awaited, assign, awaited, payment_named, payment_unknown, propose_move, send_back, unmatched,
};

/// More receipts than anybody leaves lying.
const SHOWN: u16 = 1_000;
/// The most characters of what an operator says about a line of a statement.
const WHY: usize = 1_000;

/// What came of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lines that a reference gave a meaning.
    pub matched: usize,
    /// Incoming lines that wait for the operator.
    pub unmatched: usize,
    /// Lines that were imported before.
    pub seen: usize,
    /// Outgoing lines that are nothing of ours, by their number in the file: no reference, or another sum than was asked.
    pub not_ours: Vec<usize>,
}

/// Why a statement was not taken; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// Lines that cannot be.
    #[error("{} lines of the statement cannot be read; nothing was taken", .0.len())]
    Faults(Vec<LineFault>),
    /// A line that was imported before, with another content.
    #[error(
        "line {number} has the transaction id {external_id} of a line that was imported before, with another content; nothing was taken (line_changed)"
    )]
    Changed {
        /// Its number in the file.
        number: usize,
        /// The bank's own id.
        external_id: String,
    },
    /// It could not be kept.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// As a form or a program is told: by the field `statement`, the first twenty lines.
impl From<NotImported> for Error {
    fn from(error: NotImported) -> Self {
        let fault = |code, sentence| FieldRefusal::new("statement", code, sentence);
        match error {
            NotImported::Faults(faults) => {
                let lines = faults.iter().take(20);
                Self::Invalid(
                    lines
                        .map(|one| fault("line_unreadable", one.to_string()))
                        .collect(),
                )
            }
            changed @ NotImported::Changed { .. } => {
                Self::Invalid(vec![fault("line_changed", changed.to_string())])
            }
            NotImported::Failed(error) => error,
        }
    }
}

impl From<earnest_store::Error> for NotImported {
    fn from(error: earnest_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes a whole statement, or nothing of it. Lines that came before, in this file or another, are passed over.
pub async fn import(desk: &Desk, text: &str) -> Result<Imported, NotImported> {
    let lines = bank::parse(text, desk.currency).map_err(NotImported::Faults)?;
    let known = Known::read(desk).await?;
    let before = came_before(desk, &lines).await?;
    let mut imported = Imported::default();
    let mut events = Vec::new();
    for line in &lines {
        let event = event(line, known.meaning(line, desk.currency));
        let before = before.get(&line.external_id);
        if !before.is_none_or(|kept| known.is_as_before(line, &event, kept)) {
            return Err(NotImported::Changed {
                number: line.number,
                external_id: line.external_id.clone(),
            });
        }
        events.push(event);
    }
    let rows = events.iter().map(|event| provider::row_of(desk, event));
    let rows = rows.collect::<Result<Vec<_>, Error>>()?;
    let arrivals = desk.store.receive_events(rows).await?;
    for ((line, event), arrival) in lines.iter().zip(&events).zip(&arrivals) {
        match (arrival, &event.kind) {
            // what a line means can have changed since it came: the first meaning stays
            (Arrival::Again(_) | Arrival::Other, _) => imported.seen += 1,
            (Arrival::New, Kind::ReceiptUnmatched { .. }) => imported.unmatched += 1,
            (Arrival::New, Kind::TransferUnmatched { .. }) => imported.not_ours.push(line.number),
            (Arrival::New, _) => imported.matched += 1,
        }
    }
    // a worker does this, too; whoever imports wants to see what came of it
    provider::apply_waiting(desk).await?;
    desk.wake();
    Ok(imported)
}

/// The events of lines whose transaction ids came before.
async fn came_before(desk: &Desk, lines: &[StatementLine]) -> Result<BTreeMap<String, ProviderEvent>, Error> {
    let ids: Vec<String> = lines.iter().map(|line| line.external_id.clone()).collect();
    let read = desk.store.read(move |mut view| {
        let ids = ids.clone();
        async move {
            let mut found = Vec::new();
            for id in ids {
                found.extend(view.event_named(Name::BANK, &id).await?);
            }
            Ok::<_, earnest_store::Error>(found)
        }
    });
    let parsed = |row: ProviderEventRow| {
        let event = serde_json::from_str(&row.body).map_err(provider::broken)?;
        Ok((row.event_id, event))
    };
    read.await?.into_iter().map(parsed).collect()
}

fn event(line: &StatementLine, kind: Kind) -> ProviderEvent {
    let at = line.date.to_zoned(TimeZone::UTC).map(|start| start.timestamp());
    ProviderEvent {
        provider: Name::BANK.to_owned(),
        event_id: line.external_id.clone(),
        account: Name::BANK.to_owned(),
        at: at.unwrap_or(Timestamp::UNIX_EPOCH),
        kind,
    }
}

/// What a reference can be about.
enum Subject {
    Payment(String),
    Refund(TransferRow),
    Payout(TransferRow),
    Return(Receipt),
}

/// Everything that a transfer can be about, by its reference.
struct Known(BTreeMap<TransferReference, Option<Subject>>);

impl Known {
    async fn read(desk: &Desk) -> Result<Self, Error> {
        let read = desk.store.read(|mut view| async move {
            Ok::<_, earnest_store::Error>((
                view.payments_at(Name::BANK).await?,
                view.refunds_at(Name::BANK).await?,
                view.payouts_at(Name::BANK).await?,
                view.receipts(ReceiptState::Returning, SHOWN).await?,
            ))
        });
        let (payments, refunds, payouts, returns) = read.await?;
        let mut known = Self(BTreeMap::new());
        for id in payments {
            known.add(
                id.parse().ok().map(TransferReference::of_payment),
                Subject::Payment(id),
            );
        }
        for row in refunds {
            known.add(
                row.id.parse().ok().map(TransferReference::of_refund),
                Subject::Refund(row),
            );
        }
        for row in payouts {
            known.add(
                row.id.parse().ok().map(TransferReference::of_payout),
                Subject::Payout(row),
            );
        }
        for row in returns {
            known.add(Some(TransferReference::of_return(row.id)), Subject::Return(row));
        }
        Ok(known)
    }

    /// Two things with one reference are none: a person looks at the line.
    fn add(&mut self, reference: Option<TransferReference>, subject: Subject) {
        if let Some(reference) = reference {
            let twice = self.0.contains_key(&reference);
            self.0.insert(reference, (!twice).then_some(subject));
        }
    }

    /// The one thing of ours that a text names.
    fn named(&self, text: &str) -> Option<(TransferReference, &Subject)> {
        let found: BTreeSet<TransferReference> = TransferReference::all_in(text).into_iter().collect();
        let mut ours = found
            .into_iter()
            .filter_map(|reference| Some((reference, self.0.get(&reference)?.as_ref()?)));
        let one = ours.next()?;
        ours.next().is_none().then_some(one)
    }

    fn meaning(&self, line: &StatementLine, currency: Currency) -> Kind {
        let (amount, external_id) = (line.amount, line.external_id.clone());
        let named = self.named(&line.text);
        match (line.direction, named) {
            (Direction::In, Some((reference, Subject::Payment(id)))) => Kind::PaymentCaptured {
                payment_ref: reference.to_string(),
                payment_id: id.clone(),
                amount,
                currency,
                fee: Minor::ZERO,
                external_id,
            },
            (Direction::In, Some((reference, Subject::Refund(row)))) if row.amount == amount => {
                Kind::RefundFailed {
                    refund_ref: reference.to_string(),
                    refund_id: row.id.clone(),
                    reason: "came_back".to_owned(),
                    external_id: Some(external_id),
                }
            }
            (Direction::In, Some((reference, Subject::Payout(row)))) if row.amount == amount => {
                Kind::PayoutReturned {
                    payout_ref: reference.to_string(),
                    payout_id: row.id.clone(),
                    reason: "came_back".to_owned(),
                    amount,
                    currency,
                    external_id,
                }
            }
            (Direction::In, _) => Kind::ReceiptUnmatched {
                amount,
                currency,
                text: line.text.clone(),
                counterparty: line.counterparty.clone(),
                external_id,
            },
            (Direction::Out, Some((reference, Subject::Refund(row)))) if row.amount == amount => {
                Kind::RefundSucceeded {
                    refund_ref: reference.to_string(),
                    refund_id: row.id.clone(),
                    amount,
                    currency,
                    external_id,
                }
            }
            (Direction::Out, Some((reference, Subject::Payout(row)))) if row.amount == amount => {
                Kind::PayoutPaid {
                    payout_ref: reference.to_string(),
                    payout_id: row.id.clone(),
                    amount,
                    currency,
                    external_id,
                }
            }
            (Direction::Out, Some((_, Subject::Return(row)))) if row.amount_minor == amount => {
                Kind::ReceiptReturned {
                    receipt_id: row.id.to_string(),
                    amount,
                    currency,
                    external_id,
                }
            }
            (Direction::Out, _) => Kind::TransferUnmatched {
                amount,
                currency,
                text: line.text.clone(),
                counterparty: line.counterparty.clone(),
                external_id,
            },
        }
    }
}

impl Known {
    /// Whether a line that came before is the same: what it means can have changed since, what stands in it cannot.
    fn is_as_before(&self, line: &StatementLine, event: &ProviderEvent, kept: &ProviderEvent) -> bool {
        kept == event || (kept.at == event.at && self.stands_in(line, &kept.kind))
    }

    fn stands_in(&self, line: &StatementLine, kept: &Kind) -> bool {
        let way = |direction, amount: Minor| line.direction == direction && line.amount == amount;
        let names = |reference: &str| {
            TransferReference::all_in(&line.text)
                .iter()
                .any(|one| one.to_string() == reference)
        };
        match kept {
            Kind::PaymentCaptured {
                amount, payment_ref, ..
            } => way(Direction::In, *amount) && names(payment_ref),
            Kind::PayoutReturned {
                amount, payout_ref, ..
            } => way(Direction::In, *amount) && names(payout_ref),
            Kind::RefundFailed {
                refund_ref,
                refund_id,
                ..
            } => {
                let of = |subject: &Subject| match subject {
                    Subject::Refund(row) if row.id == *refund_id => Some(row.amount),
                    Subject::Refund(_) | Subject::Payment(_) | Subject::Payout(_) | Subject::Return(_) => {
                        None
                    }
                };
                let amount = self.0.values().flatten().find_map(of);
                amount.is_some_and(|amount| way(Direction::In, amount)) && names(refund_ref)
            }
            Kind::RefundSucceeded {
                amount, refund_ref, ..
            } => way(Direction::Out, *amount) && names(refund_ref),
            Kind::PayoutPaid {
                amount, payout_ref, ..
            } => way(Direction::Out, *amount) && names(payout_ref),
            Kind::ReceiptReturned {
                amount, receipt_id, ..
            } => {
                let reference = receipt_id.parse().ok().map(TransferReference::of_return);
                way(Direction::Out, *amount) && reference.is_some_and(|one| names(&one.to_string()))
            }
            Kind::ReceiptUnmatched {
                amount,
                text,
                counterparty,
                ..
            } => way(Direction::In, *amount) && *text == line.text && *counterparty == line.counterparty,
            Kind::TransferUnmatched {
                amount,
                text,
                counterparty,
                ..
            } => way(Direction::Out, *amount) && *text == line.text && *counterparty == line.counterparty,
            Kind::PaymentFailed { .. }
            | Kind::PaymentExpired { .. }
            | Kind::PayoutFailed { .. }
            | Kind::ChargebackOpened { .. }
            | Kind::ChargebackWon { .. }
            | Kind::ChargebackLost { .. }
            | Kind::AccountOnboarded { .. } => false,
        }
    }
}

/// Does what an event says that belongs to no contract and no person.
pub(crate) async fn happen(
    desk: &Desk,
    event: &ProviderEvent,
    actor: &Actor,
    also: &Also,
) -> Result<(), Error> {
    asked::act(desk, &command(event)?, actor, also.clone())
        .await
        .map(drop)
}

fn command(event: &ProviderEvent) -> Result<ReceiptCommand, Error> {
    match &event.kind {
        Kind::ReceiptUnmatched {
            amount,
            currency,
            text,
            counterparty,
            external_id,
        } => Ok(ReceiptCommand::ReceiveUnmatched {
            bank: event.provider.parse().or(Err(Refusal::ProviderDiffers))?,
            external_id: external_id.clone(),
            on: event.at,
            amount: Money {
                amount_minor: amount.0,
                currency: *currency,
            },
            text: text.clone(),
            counterparty: counterparty.clone(),
        }),
        Kind::ReceiptReturned {
            receipt_id,
            external_id,
            ..
        } => Ok(ReceiptCommand::ReturnUnmatched {
            receipt: receipt_id.parse().or(Err(Refusal::NotFound))?,
            external_id: external_id.clone(),
        }),
        _ => Err(Refusal::EventWithoutEffect.into()),
    }
}

/// A transfer that the operator is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// To be written into it: the statement is matched by it.
    pub reference: TransferReference,
    /// How much.
    pub amount: Minor,
    /// A refund, payout or receipt.
    pub about: String,
    /// To whom, as far as that is known here.
    pub to: String,
}

/// Refunds, payouts and returns that are decided and stand in no statement yet.
pub async fn transfers(desk: &Desk) -> Result<Vec<Transfer>, Error> {
    let read = desk.store.read(|mut view| async move {
        Ok::<_, earnest_store::Error>((
            view.refunds_at(Name::BANK).await?,
            view.payouts_at(Name::BANK).await?,
            view.receipts(ReceiptState::Returning, SHOWN).await?,
        ))
    });
    let (refunds, payouts, returns) = read.await?;
    let mut transfers = Vec::new();
    let under_way = |row: &&TransferRow| row.state == "sent";
    for row in refunds.iter().filter(under_way) {
        let id = row.id.parse().or(Err(Error::NotFound))?;
        let to = "the account that the payment came from".to_owned();
        transfers.push(transfer(TransferReference::of_refund(id), row, to));
    }
    for row in payouts.iter().filter(under_way) {
        let id = row.id.parse().or(Err(Error::NotFound))?;
        let to = payee_account(desk, &row.id).await?;
        transfers.push(transfer(TransferReference::of_payout(id), row, to));
    }
    transfers.extend(returns.into_iter().map(|row| Transfer {
        reference: TransferReference::of_return(row.id),
        amount: row.amount_minor,
        about: row.id.to_string(),
        to: row.counterparty,
    }));
    Ok(transfers)
}

fn transfer(reference: TransferReference, row: &TransferRow, to: String) -> Transfer {
    Transfer {
        reference,
        amount: row.amount,
        about: row.id.clone(),
        to,
    }
}

/// The account that a payout is pinned to, as the person named it.
async fn payee_account(desk: &Desk, payout: &str) -> Result<String, Error> {
    let named = payout.to_owned();
    let read = desk.store.read(move |mut view| {
        let named = named.clone();
        async move {
            let Some(person) = view.payee_of(&named).await? else {
                return Ok(None);
            };
            view.payee(person).await
        }
    });
    let payee: Result<_, earnest_store::Error> = read.await;
    let payee = payee?.ok_or(Error::NotFound)?;
    let found = payee.payouts.iter().find(|one| one.id.to_string() == payout);
    Ok(found.map(|one| one.account.clone()).unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests;
