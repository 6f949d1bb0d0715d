//! What providers report: believed only when signed, kept before anything is done about it, applied once, in any order.

mod again;
mod agree;

use earnest_hire::contract::{Actor, Command as OfContract};
use earnest_hire::ids::{ContractId, PaymentId, PayoutId, PersonId, RefundId, Unreadable};
use earnest_hire::ledger::{Account, Name};
use earnest_hire::money::{Currency, Minor, Money};
use earnest_hire::payee::Command as OfPayee;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::after;
use earnest_store::{Arrival, EventState, OutsideLine, ProviderEventRow};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::backoff;
use crate::bank;
use crate::contract::{self, Also, Replay};
use crate::desk::Desk;
use crate::outside::payments::{EventRefusal, ProviderEvent, ProviderEventKind as Kind};
use crate::outside::signature::SignedHeaders;
use crate::payee::{self, Who};

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// There is no such provider.
    #[error("there is no provider of that name")]
    NoProvider,
    /// It is not signed, or not by the provider, or cannot be read.
    #[error(transparent)]
    NotBelieved(#[from] EventRefusal),
    /// Another event came under its name before.
    #[error("another event came under this name before")]
    Other,
    /// It could not be kept.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Reads, keeps and applies an event that somebody sent. Once it is kept the provider need not send it again.
pub async fn receive(
    desk: &Desk,
    provider: &str,
    headers: &SignedHeaders<'_>,
    body: &[u8],
) -> Result<EventState, NotTaken> {
    let known = desk.providers.get(provider).ok_or(NotTaken::NoProvider)?;
    let event = known.read_event(headers, body, desk.clock.now())?;
    take(desk, &event).await
}

/// Keeps and applies an event that is known to be the provider's.
pub async fn take(desk: &Desk, event: &ProviderEvent) -> Result<EventState, NotTaken> {
    Ok(taken(desk, event).await?.state)
}

/// How an event was taken, and by which rule where it changed nothing just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) state: EventState,
    pub(crate) refusal: Option<Refusal>,
}

impl Taken {
    fn by(state: EventState, refusal: Refusal) -> Self {
        let refusal = Some(refusal);
        Self { state, refusal }
    }
}

impl From<EventState> for Taken {
    fn from(state: EventState) -> Self {
        let refusal = None;
        Self { state, refusal }
    }
}

pub(crate) async fn taken(desk: &Desk, event: &ProviderEvent) -> Result<Taken, NotTaken> {
    Ok(taken_once(desk, event).await?.0)
}

/// As [`taken`]; says, too, whether the event was done with before.
pub(crate) async fn taken_once(desk: &Desk, event: &ProviderEvent) -> Result<(Taken, Replay), NotTaken> {
    let row = row_of(desk, event)?;
    match desk.store.receive_event(row).await.map_err(Error::from)? {
        Arrival::Other => Err(NotTaken::Other),
        Arrival::Again(state) if !state.is_open() => Ok((state.into(), Replay::Again)),
        Arrival::New | Arrival::Again(_) => match attempt(desk, event).await {
            // Nothing was done and the event is kept: it is applied when the database answers again.
            Err(Error::Unavailable(_) | Error::Unconfirmed(_)) => {
                Ok((EventState::Waiting.into(), Replay::First))
            }
            taken => Ok((taken?, Replay::First)),
        },
    }
}

/// An event as it is kept before anything is done about it.
pub(crate) fn row_of(desk: &Desk, event: &ProviderEvent) -> Result<ProviderEventRow, Error> {
    row_at(desk.now(), event)
}

pub(crate) fn row_at(now: Timestamp, event: &ProviderEvent) -> Result<ProviderEventRow, Error> {
    Ok(ProviderEventRow {
        provider: event.provider.clone(),
        event_id: event.event_id.clone(),
        at: event.at,
        received_at: now,
        kind: kind_of(event),
        body: serde_json::to_string(event).map_err(broken)?,
    })
}

/// So many events are read at once, and so often in a row: whatever cannot be applied is put off and lets others pass.
const AT_ONCE: u16 = 100;
const ROUNDS: usize = 20;

/// Applies events that were kept and could not be applied then; says how many are done with.
pub async fn apply_waiting(desk: &Desk) -> Result<usize, Error> {
    let (now, mut done) = (desk.now(), 0);
    for _ in 0..ROUNDS {
        let due = desk
            .store
            .read(move |mut view| async move { view.due_events(now, AT_ONCE).await })
            .await?;
        for row in &due {
            done += usize::from(!apply_kept(desk, row).await?.state.is_open());
        }
        if due.len() < usize::from(AT_ONCE) {
            break;
        }
    }
    Ok(done)
}

async fn apply_kept(desk: &Desk, row: &ProviderEventRow) -> Result<Taken, Error> {
    match serde_json::from_str(&row.body) {
        Ok(event) => attempt(desk, &event).await,
        Err(error) => is_broken(desk, (&row.provider, &row.event_id), &broken(error).chain()).await,
    }
}

/// Applies an event, or notes why it is still open and tries it again later, at growing distances.
async fn attempt(desk: &Desk, event: &ProviderEvent) -> Result<Taken, Error> {
    let name = (event.provider.as_str(), event.event_id.as_str());
    match apply(desk, event).await {
        Ok(taken) if taken.state.is_open() => {
            let why = taken.refusal.map_or("changed_meanwhile", Refusal::code);
            postpone(desk, name, taken.state, why).await?;
            Ok(taken)
        }
        Ok(taken) => Ok(taken),
        Err(error @ (Error::Unavailable(_) | Error::Unconfirmed(_))) => Err(error),
        Err(error) => {
            let mut cause = error.chain();
            if let Some(line) = named_before(desk, event).await? {
                cause = format!(
                    "the provider has used its name of this movement for another before, {} of {} ({cause})",
                    line.entry, line.chain
                );
            }
            is_broken(desk, name, &cause).await
        }
    }
}

/// What the books have under the name that an event gives its movement.
async fn named_before(desk: &Desk, event: &ProviderEvent) -> Result<Option<OutsideLine>, Error> {
    let told = serde_json::to_value(&event.kind).map_err(broken)?;
    let name: Result<Name, Unreadable> = event.provider.parse();
    let (Some(external_id), Ok(name)) = (told.get("external_id").and_then(|id| id.as_str()), name) else {
        return Ok(None);
    };
    let (account, currency, id) = (Account::of_provider(&name), desk.currency, external_id.to_owned());
    let read = desk.store.read(move |mut view| {
        let (account, id) = (account.clone(), id.clone());
        async move { view.outside_line(&account, currency, &id).await }
    });
    Ok(read.await?)
}

async fn is_broken(desk: &Desk, name: (&str, &str), cause: &str) -> Result<Taken, Error> {
    let (provider, id) = name;
    tracing::error!(
        provider,
        event.id = id,
        cause,
        "the event {id} of {provider} cannot be applied: see `earnest events list`"
    );
    postpone(desk, name, EventState::Broken, cause).await?;
    Ok(EventState::Broken.into())
}

/// After a second, then twice as long each time, and a quarter of an hour at most: what it waits for may have come.
async fn postpone(desk: &Desk, name: (&str, &str), state: EventState, why: &str) -> Result<(), Error> {
    let (provider, id, why) = (name.0.to_owned(), name.1.to_owned(), why.to_owned());
    let now = desk.now();
    let noted = desk.store.write(move |mut tx| {
        let (provider, id, why) = (provider.clone(), id.clone(), why.clone());
        async move {
            let attempts = tx.event_attempts(&provider, &id).await?;
            let wait = backoff::pause(
                SignedDuration::from_secs(1),
                attempts,
                SignedDuration::from_mins(15),
            );
            tx.postpone_event((&provider, &id), state, Some(&why), after(now, wait))
                .await?;
            tx.commit::<(), Error>(()).await
        }
    });
    noted.await
}

pub(crate) fn kind_of(event: &ProviderEvent) -> String {
    let value = serde_json::to_value(&event.kind).unwrap_or_default();
    value
        .get("event")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default()
        .to_owned()
}

pub(crate) fn broken(error: serde_json::Error) -> Error {
    let cause = std::sync::Arc::new(error);
    Error::Broken(earnest_store::Error::Driver(cause))
}

/// What an event is to us.
enum Meaning {
    Contract(ContractId, OfContract),
    Payee(PersonId, OfPayee),
    Onboarded(PersonId),
    Bank,
}

async fn apply(desk: &Desk, event: &ProviderEvent) -> Result<Taken, Error> {
    let actor = actor(event)?;
    keep_reference(desk, event).await?;
    let also = Also::Event {
        provider: event.provider.clone(),
        event_id: event.event_id.clone(),
    };
    let outcome = match meaning(desk, event).await? {
        Ok(Meaning::Bank) => bank::happen(desk, event, &actor, &also).await,
        Ok(Meaning::Contract(id, command)) => match agree::with_contract(desk, id, &event.kind).await {
            Ok(()) if again::is_second_round(&event.kind) => again::lost(desk, event, id, &actor).await,
            Ok(()) => contract::act(desk, id, &command, &actor, also).await.map(drop),
            Err(error) => Err(error),
        },
        Ok(Meaning::Payee(id, command)) => match agree::with_payee(desk, id, &event.kind).await {
            Ok(()) => payee::act(desk, id, &command, Who::sure(&actor), also)
                .await
                .map(drop),
            Err(error) => Err(error),
        },
        Ok(Meaning::Onboarded(person)) => {
            desk.store.onboard(person, desk.now()).await?;
            return end(desk, event, EventState::Applied.into()).await;
        }
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(()) => Ok(EventState::Applied.into()),
        Err(Error::Refused(refusal @ (Refusal::EventWithoutEffect | Refusal::ReceiptSeen))) => {
            end(desk, event, Taken::by(EventState::Ignored, refusal)).await
        }
        Err(Error::Refused(refusal @ (Refusal::RefundInTransit | Refusal::EventTooEarly))) => {
            Ok(Taken::by(EventState::Waiting, refusal))
        }
        // The end of a chargeback came before its beginning.
        Err(Error::Refused(refusal @ Refusal::NotFound)) if ends_chargeback(&event.kind) => {
            Ok(Taken::by(EventState::Waiting, refusal))
        }
        Err(Error::Refused(refusal)) => end(desk, event, Taken::by(EventState::Refused, refusal)).await,
        Err(Error::NotFound) => end(desk, event, Taken::by(EventState::Refused, Refusal::NotFound)).await,
        // Somebody else was faster, time and again.
        Err(Error::Conflict { .. }) => Ok(EventState::Waiting.into()),
        Err(other) => Err(other),
    }
}

/// The answer that names a payment may have been lost, and a refund needs its name.
async fn keep_reference(desk: &Desk, event: &ProviderEvent) -> Result<(), Error> {
    if let Kind::PaymentCaptured {
        payment_ref,
        payment_id,
        ..
    } = &event.kind
        && let Ok(id) = payment_id.parse()
    {
        let (provider, name) = (event.provider.clone(), payment_ref.clone());
        desk.store.keep_reference(id, provider, name).await?;
    }
    Ok(())
}

fn ends_chargeback(kind: &Kind) -> bool {
    matches!(kind, Kind::ChargebackWon { .. } | Kind::ChargebackLost { .. })
}

fn actor(event: &ProviderEvent) -> Result<Actor, Error> {
    let name: Result<Name, Unreadable> = event.provider.parse();
    Ok(Actor::Provider {
        name: name.or(Err(Refusal::ProviderDiffers))?,
    })
}

async fn end(desk: &Desk, event: &ProviderEvent, taken: Taken) -> Result<Taken, Error> {
    let (provider, id) = (event.provider.clone(), event.event_id.clone());
    let told = taken.state == EventState::Refused;
    let refusal = taken.refusal.filter(|_| told).map(Refusal::code);
    let state = taken.state;
    desk.store
        .write(move |mut tx| {
            let (provider, id) = (provider.clone(), id.clone());
            async move {
                let kept = tx.lock_event(&provider, &id).await?;
                if kept.is_some_and(EventState::is_open) {
                    tx.end_event(&provider, &id, state, refusal).await?;
                }
                tx.commit::<(), Error>(()).await
            }
        })
        .await?;
    Ok(taken)
}

fn money(amount: Minor, currency: Currency) -> Money {
    Money {
        amount_minor: amount.0,
        currency,
    }
}

/// Finds what an event is about. An event about nothing of ours is refused, not guessed at.
async fn meaning(desk: &Desk, event: &ProviderEvent) -> Result<Result<Meaning, Refusal>, Error> {
    let found = match about(&event.kind) {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match found {
        About::Person(person) => Ok(Ok(Meaning::Onboarded(person))),
        About::Bank => Ok(Ok(Meaning::Bank)),
        About::Contract(subject, command) => {
            let id = desk
                .store
                .read(move |mut view| {
                    let subject = subject.clone();
                    async move { view.contract_of(&subject).await }
                })
                .await?;
            Ok(id
                .map(|id| Meaning::Contract(id, command))
                .ok_or(Refusal::NotFound))
        }
        About::Payee(payout, command) => {
            let payout = payout.to_string();
            let id = desk
                .store
                .read(move |mut view| {
                    let payout = payout.clone();
                    async move { view.payee_of(&payout).await }
                })
                .await?;
            Ok(id.map(|id| Meaning::Payee(id, command)).ok_or(Refusal::NotFound))
        }
    }
}

enum About {
    Contract(String, OfContract),
    Payee(PayoutId, OfPayee),
    Person(PersonId),
    Bank,
}

fn about(kind: &Kind) -> Result<About, Refusal> {
    match kind {
        Kind::PaymentCaptured {
            payment_id,
            amount,
            currency,
            fee,
            external_id,
            ..
        } => {
            let payment = id::<PaymentId>(payment_id)?;
            let (amount, fee) = (money(*amount, *currency), money(*fee, *currency));
            let command = OfContract::Captured {
                payment,
                amount,
                fee,
                receipt: external_id.clone(),
            };
            Ok(About::Contract(payment_id.clone(), command))
        }
        Kind::PaymentExpired { payment_id, .. } => {
            let command = OfContract::PaymentExpired {
                payment: id(payment_id)?,
            };
            Ok(About::Contract(payment_id.clone(), command))
        }
        Kind::PaymentFailed { payment_id, .. } => {
            let command = OfContract::PaymentFailed {
                payment: id(payment_id)?,
            };
            Ok(About::Contract(payment_id.clone(), command))
        }
        Kind::RefundSucceeded {
            refund_id,
            external_id,
            ..
        } => {
            let refund = id::<RefundId>(refund_id)?;
            let command = OfContract::RefundSucceeded {
                refund,
                receipt: external_id.clone(),
            };
            Ok(About::Contract(refund_id.clone(), command))
        }
        Kind::RefundFailed {
            refund_id,
            external_id,
            ..
        } => {
            let refund = id::<RefundId>(refund_id)?;
            let command = OfContract::RefundFailed {
                refund,
                receipt: external_id.clone(),
            };
            Ok(About::Contract(refund_id.clone(), command))
        }
        Kind::ReceiptUnmatched { .. } | Kind::ReceiptReturned { .. } => Ok(About::Bank),
        // Kept and named by every comparison, until two operators have said what it was.
        Kind::TransferUnmatched { .. } => Err(Refusal::NotFound),
        Kind::AccountOnboarded { person_id, .. } => Ok(About::Person(id(person_id)?)),
        Kind::PayoutPaid { .. } | Kind::PayoutFailed { .. } | Kind::PayoutReturned { .. } => {
            about_payout(kind)
        }
        Kind::ChargebackOpened { .. } | Kind::ChargebackWon { .. } | Kind::ChargebackLost { .. } => {
            about_chargeback(kind)
        }
    }
}

fn about_payout(kind: &Kind) -> Result<About, Refusal> {
    match kind {
        Kind::PayoutPaid {
            payout_id,
            external_id,
            ..
        } => {
            let payout = id(payout_id)?;
            let receipt = external_id.clone();
            Ok(About::Payee(payout, OfPayee::PayoutPaid { payout, receipt }))
        }
        Kind::PayoutFailed {
            payout_id,
            reason,
            external_id,
            ..
        } => {
            let (payout, reason, receipt) = (id(payout_id)?, reason.clone(), external_id.clone());
            Ok(About::Payee(
                payout,
                OfPayee::PayoutFailed {
                    payout,
                    reason,
                    receipt,
                },
            ))
        }
        Kind::PayoutReturned {
            payout_id,
            reason,
            external_id,
            ..
        } => {
            let (payout, reason, receipt) = (id(payout_id)?, reason.clone(), external_id.clone());
            Ok(About::Payee(
                payout,
                OfPayee::PayoutReturned {
                    payout,
                    reason,
                    receipt,
                },
            ))
        }
        _ => Err(Refusal::NotFound),
    }
}

fn about_chargeback(kind: &Kind) -> Result<About, Refusal> {
    match kind {
        Kind::ChargebackOpened {
            chargeback_ref,
            payment_id,
            amount,
            currency,
            fee,
            evidence_due,
            external_id,
            ..
        } => {
            let command = OfContract::ChargebackOpened {
                payment: id(payment_id)?,
                reference: chargeback_ref.clone(),
                receipt: external_id.clone(),
                amount: money(*amount, *currency),
                fee: money(*fee, *currency),
                evidence_by: *evidence_due,
            };
            Ok(About::Contract(payment_id.clone(), command))
        }
        Kind::ChargebackWon {
            chargeback_ref,
            payment_id,
            external_id,
            ..
        } => {
            let (reference, receipt) = (chargeback_ref.clone(), external_id.clone());
            Ok(About::Contract(
                payment_id.clone(),
                OfContract::ChargebackWon { reference, receipt },
            ))
        }
        Kind::ChargebackLost {
            chargeback_ref,
            payment_id,
            ..
        } => {
            let reference = chargeback_ref.clone();
            Ok(About::Contract(
                payment_id.clone(),
                OfContract::ChargebackLost { reference },
            ))
        }
        _ => Err(Refusal::NotFound),
    }
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().or(Err(Refusal::NotFound))
}

#[cfg(test)]
mod tests;
