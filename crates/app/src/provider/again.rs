//! A chargeback that is lost after it was won.

use earnest_hire::contract::{Actor, Chargeback, ChargebackState, Command};
use earnest_hire::ids::ContractId;
use earnest_hire::money::Minor;
use earnest_hire::refusal::Refusal;
use earnest_store::Key;

use super::money;
use crate::Error;
use crate::contract::{self, Also};
use crate::desk::Desk;
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};

/// Whether the money had come back before this loss: it then left a second time, in a transaction of its own.
pub(super) fn is_second_round(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ChargebackLost {
            external_id: Some(_),
            ..
        }
    )
}

/// A second withdrawal is opened and lost under the name of its transaction. It waits for the end of the first round,
/// whose own transactions are booked before it.
pub(super) async fn lost(
    desk: &Desk,
    event: &ProviderEvent,
    id: ContractId,
    actor: &Actor,
) -> Result<(), Error> {
    let Kind::ChargebackLost {
        chargeback_ref,
        payment_id,
        amount,
        currency,
        external_id: Some(receipt),
        ..
    } = &event.kind
    else {
        return Err(Refusal::EventWithoutEffect.into());
    };
    let contract = desk
        .store
        .read(move |mut view| async move { view.contract(id).await })
        .await?;
    let contract = contract.ok_or(Error::NotFound)?;
    let first = |one: &&Chargeback| one.reference == *chargeback_ref;
    match contract
        .chargebacks
        .iter()
        .find(first)
        .ok_or(Refusal::NotFound)?
        .state
    {
        ChargebackState::Won => {}
        ChargebackState::Open => return Err(Refusal::EventTooEarly.into()),
        ChargebackState::Lost => return Err(Refusal::EventWithoutEffect.into()),
    }
    let opened = Command::ChargebackOpened {
        payment: payment_id.parse().or(Err(Refusal::NotFound))?,
        reference: receipt.clone(),
        receipt: receipt.clone(),
        amount: money(*amount, *currency),
        fee: money(Minor::ZERO, *currency),
        evidence_by: event.at,
    };
    let scope = format!("provider {}", event.provider);
    let key = Key::new(&scope, &format!("{} opened", event.event_id), receipt);
    contract::act(desk, id, &opened, actor, Also::Key(key)).await?;
    let lost = Command::ChargebackLost {
        reference: receipt.clone(),
    };
    let also = Also::Event {
        provider: event.provider.clone(),
        event_id: event.event_id.clone(),
    };
    contract::act(desk, id, &lost, actor, also).await.map(drop)
}
