//! Reading the sandbox provider's events. The signature was checked before, or the event came in an answer.

use earnest_app::outside::json::check_fields;
use earnest_app::outside::payments::{EventRefusal, ProviderEvent, ProviderEventKind};
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    account: String,
    at: Timestamp,
    object: Object,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Object(Map<String, Value>);

impl Object {
    /// A field, in the type that it must have.
    fn field<T: DeserializeOwned>(&self, name: &str) -> Result<T, EventRefusal> {
        let value = self.0.get(name).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|_cause| EventRefusal::Unreadable {
            // the cause would quote the value, which is somebody's
            why: format!("`{name}` is missing or of another type"),
        })
    }

    fn amount(&self) -> Result<Minor, EventRefusal> {
        self.field("amount_minor")
    }

    fn currency(&self) -> Result<Currency, EventRefusal> {
        self.field("currency")
    }
}

pub(super) fn read(provider: &str, account: &str, body: &[u8]) -> Result<ProviderEvent, EventRefusal> {
    check_fields(body)?;
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| EventRefusal::Unreadable {
        why: format!("line {}, column {}", error.line(), error.column()),
    })?;
    if envelope.account != account {
        return Err(EventRefusal::OtherAccount {
            account: envelope.account,
        });
    }
    Ok(ProviderEvent {
        provider: provider.to_owned(),
        event_id: envelope.id,
        account: envelope.account,
        at: envelope.at,
        kind: kind(&envelope.kind, &envelope.object)?,
    })
}

fn kind(kind: &str, object: &Object) -> Result<ProviderEventKind, EventRefusal> {
    let (noun, _) = kind.split_once('.').unwrap_or((kind, ""));
    let known = match noun {
        "payment" => payment(kind, object)?,
        "refund" => refund(kind, object)?,
        "payout" => payout(kind, object)?,
        "chargeback" => chargeback(kind, object)?,
        "account" => account(kind, object)?,
        _ => None,
    };
    known.ok_or_else(|| EventRefusal::UnknownKind {
        kind: kind.to_owned(),
    })
}

type Known = Result<Option<ProviderEventKind>, EventRefusal>;

fn payment(kind: &str, object: &Object) -> Known {
    let (payment_ref, payment_id) = (object.field("payment")?, object.field("payment_id")?);
    Ok(Some(match kind {
        "payment.captured" => ProviderEventKind::PaymentCaptured {
            payment_ref,
            payment_id,
            amount: object.amount()?,
            currency: object.currency()?,
            fee: object.field("fee_minor")?,
            external_id: object.field("transaction")?,
        },
        "payment.failed" => ProviderEventKind::PaymentFailed {
            payment_ref,
            payment_id,
            reason: object.field("reason")?,
        },
        "payment.expired" => ProviderEventKind::PaymentExpired {
            payment_ref,
            payment_id,
        },
        _ => return Ok(None),
    }))
}

fn refund(kind: &str, object: &Object) -> Known {
    let (refund_ref, refund_id) = (object.field("refund")?, object.field("refund_id")?);
    Ok(Some(match kind {
        "refund.succeeded" => ProviderEventKind::RefundSucceeded {
            refund_ref,
            refund_id,
            amount: object.amount()?,
            currency: object.currency()?,
            external_id: object.field("transaction")?,
        },
        "refund.failed" => ProviderEventKind::RefundFailed {
            refund_ref,
            refund_id,
            reason: object.field("reason")?,
            external_id: object.field("transaction")?,
        },
        _ => return Ok(None),
    }))
}

fn payout(kind: &str, object: &Object) -> Known {
    let (payout_ref, payout_id) = (object.field("payout")?, object.field("payout_id")?);
    Ok(Some(match kind {
        "payout.paid" => ProviderEventKind::PayoutPaid {
            payout_ref,
            payout_id,
            amount: object.amount()?,
            currency: object.currency()?,
            external_id: object.field("transaction")?,
        },
        "payout.failed" => ProviderEventKind::PayoutFailed {
            payout_ref,
            payout_id,
            reason: object.field("reason")?,
            external_id: object.field("transaction")?,
        },
        "payout.returned" => ProviderEventKind::PayoutReturned {
            payout_ref,
            payout_id,
            reason: object.field("reason")?,
            amount: object.amount()?,
            currency: object.currency()?,
            external_id: object.field("transaction")?,
        },
        _ => return Ok(None),
    }))
}

fn chargeback(kind: &str, object: &Object) -> Known {
    let chargeback_ref = object.field("chargeback")?;
    let (payment_ref, payment_id) = (object.field("payment")?, object.field("payment_id")?);
    let (amount, currency) = (object.amount()?, object.currency()?);
    Ok(Some(match kind {
        "chargeback.opened" => ProviderEventKind::ChargebackOpened {
            chargeback_ref,
            payment_ref,
            payment_id,
            amount,
            currency,
            fee: object.field("fee_minor")?,
            evidence_due: object.field("evidence_due")?,
            external_id: object.field("transaction")?,
        },
        "chargeback.won" => ProviderEventKind::ChargebackWon {
            chargeback_ref,
            payment_ref,
            payment_id,
            amount,
            currency,
            external_id: object.field("transaction")?,
        },
        "chargeback.lost" => ProviderEventKind::ChargebackLost {
            chargeback_ref,
            payment_ref,
            payment_id,
            amount,
            currency,
            external_id: object.field("transaction")?,
        },
        _ => return Ok(None),
    }))
}

fn account(kind: &str, object: &Object) -> Known {
    Ok(match kind {
        "account.onboarded" => Some(ProviderEventKind::AccountOnboarded {
            account_ref: object.field("account")?,
            person_id: object.field("person_id")?,
        }),
        _ => None,
    })
}
