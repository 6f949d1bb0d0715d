//! The provider that is no company: clients transfer to the operator's bank account, and the operator makes the transfers
//! out of it by hand. Nothing is called; what happened stands in statements, see [`crate::bank`].

use std::sync::Arc;

use earnest_hire::bank::TransferReference;
use earnest_hire::iban::Iban;
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor};
use earnest_store::Store;
use jiff::{SignedDuration, Timestamp};

use super::{
    Abilities, Answer, BalanceTransaction, CallError, Checkout, EventRefusal, EvidenceOrder, Found,
    FundOrder, Method, MethodKind, MoneyKind, Movable, OnboardOrder, Onboarding, PaymentProvider,
    PayoutOrder, Period, ProviderEvent, ProviderEventKind as Kind, RefundOrder, Taken, TransactionKind,
};
use crate::outside::Clock;
use crate::outside::signature::{SignatureFault, SignedHeaders};

/// How long a transfer may be on its way.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The adapter.
pub struct BankProvider {
    store: Store,
    clock: Arc<dyn Clock>,
    currency: Currency,
    abilities: Abilities,
    account: Option<Iban>,
}

impl BankProvider {
    /// With the name on the operator's account and the currency of it.
    pub fn new(store: Store, clock: Arc<dyn Clock>, holder: String, currency: Currency) -> Self {
        Self {
            store,
            clock,
            currency,
            account: None,
            abilities: Abilities {
                legal_name: holder,
                money: MoneyKind::Real,
                methods: vec![Method {
                    kind: MethodKind::Bank,
                    open_for: OPEN_FOR,
                }],
                holding_days: None,
                pays_out: true,
                smallest: Minor(1),
                largest: None,
            },
        }
    }

    /// With the number of the account, for those who transfer to it.
    #[must_use]
    pub fn at(self, account: Iban) -> Self {
        Self {
            account: Some(account),
            ..self
        }
    }
}

fn refused(code: &str, sentence: &str) -> CallError {
    CallError::Refused {
        code: code.to_owned(),
        sentence: sentence.to_owned(),
    }
}

/// The reference that stands for a thing of ours.
fn taken<T: std::str::FromStr>(id: &str, of: fn(T) -> TransferReference) -> Result<Taken, CallError> {
    let id = id
        .parse()
        .or(Err(refused("no_such_id", "this is no id of ours")))?;
    Ok(Taken {
        provider_ref: of(id).to_string(),
    })
}

impl PaymentProvider for BankProvider {
    fn name(&self) -> &'static str {
        Name::BANK
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn own_account(&self) -> Option<&Iban> {
        self.account.as_ref()
    }

    fn fund<'a>(&'a self, _key: &'a str, order: &'a FundOrder) -> Answer<'a, Checkout> {
        Box::pin(async move {
            if order.method != MethodKind::Bank {
                return Err(refused(
                    "method_not_offered",
                    "this provider takes transfers only",
                ));
            }
            let taken = taken(&order.payment_id, TransferReference::of_payment)?;
            let expires_at = self.clock.now().checked_add(OPEN_FOR);
            Ok(Checkout {
                provider_ref: taken.provider_ref,
                // the contract's own page says what to transfer where
                checkout_url: order.return_url.clone(),
                expires_at: expires_at.unwrap_or(Timestamp::MAX),
            })
        })
    }

    fn cancel_funding<'a>(&'a self, _key: &'a str, provider_ref: &'a str) -> Answer<'a, Taken> {
        Box::pin(async move {
            Ok(Taken {
                provider_ref: provider_ref.to_owned(),
            })
        })
    }

    fn refund<'a>(&'a self, _key: &'a str, order: &'a RefundOrder) -> Answer<'a, Taken> {
        Box::pin(async move { taken(&order.refund_id, TransferReference::of_refund) })
    }

    fn pay_out<'a>(&'a self, _key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken> {
        Box::pin(async move { taken(&order.payout_id, TransferReference::of_payout) })
    }

    /// The transfer is not made: what is canceled is not listed among those to make.
    fn cancel_payout<'a>(&'a self, _key: &'a str, order: &'a PayoutOrder) -> Answer<'a, Taken> {
        Box::pin(async move { taken(&order.payout_id, TransferReference::of_payout) })
    }

    fn send_evidence<'a>(&'a self, _key: &'a str, _order: &'a EvidenceOrder) -> Answer<'a, Taken> {
        Box::pin(async move {
            Err(refused(
                "not_offered",
                "a transfer is not taken back by the bank of who made it",
            ))
        })
    }

    fn onboard<'a>(&'a self, _key: &'a str, _person: &'a OnboardOrder) -> Answer<'a, Onboarding> {
        Box::pin(async move {
            Err(refused(
                "not_offered",
                "a bank checks nobody's identity for us; the operator does, and notes it",
            ))
        })
    }

    /// The operator looks at the account before the transfer; here nothing is known of it.
    fn movable(&self, _currency: Currency) -> Answer<'_, Movable> {
        Box::pin(async move { Ok(Movable::UNBOUNDED) })
    }

    /// A call does nothing outside, so that it can always be sent again.
    fn look_up<'a>(&'a self, _key: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(async move { Ok(None) })
    }

    /// What stood in the statements that were imported in the period: the books have it since then.
    fn transactions(&self, period: Period) -> Answer<'_, Vec<BalanceTransaction>> {
        Box::pin(async move {
            let read = self.store.read(move |mut view| async move {
                let events = view.events_between(Name::BANK, period.from, period.until).await?;
                Ok((events, view.refunds_at(Name::BANK).await?))
            });
            let unread = |why: String| CallError::NotSent { why };
            let read: Result<_, earnest_store::Error> = read.await;
            let (rows, refunds) = read.map_err(|error| unread(error.to_string()))?;
            let mut told = Vec::new();
            for row in rows {
                let event: ProviderEvent =
                    serde_json::from_str(&row.body).map_err(|error| unread(error.to_string()))?;
                let refund = |id: &str| refunds.iter().find(|one| one.id == id).map(|one| one.amount);
                if let Some(movement) = movement(&event, refund) {
                    told.push(BalanceTransaction {
                        external_id: event.event_id.clone(),
                        kind: movement.kind,
                        amount: movement.amount,
                        fee: Minor::ZERO,
                        currency: movement.currency.unwrap_or(self.currency),
                        at: row.received_at,
                        provider_ref: event.event_id.clone(),
                        our_ref: movement.about.to_owned(),
                    });
                }
            }
            Ok(told)
        })
    }

    /// A bank sends none: whatever comes is somebody else's.
    fn read_event(
        &self,
        _headers: &SignedHeaders<'_>,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<ProviderEvent, EventRefusal> {
        Err(SignatureFault::Wrong.into())
    }
}

/// The movement that a line of a statement was.
struct Movement<'a> {
    kind: TransactionKind,
    amount: Minor,
    currency: Option<Currency>,
    about: &'a str,
}

/// A refund that came back says no sum: it is the refund's.
fn movement(event: &ProviderEvent, refund: impl Fn(&str) -> Option<Minor>) -> Option<Movement<'_>> {
    if let Kind::RefundFailed { refund_id, .. } = &event.kind {
        return Some(Movement {
            kind: TransactionKind::RefundFailed,
            amount: refund(refund_id)?,
            currency: None,
            about: refund_id,
        });
    }
    let (kind, sum, currency, about) = match &event.kind {
        Kind::PaymentCaptured {
            amount,
            currency,
            payment_id,
            ..
        } => (TransactionKind::Payment, amount.0, currency, payment_id.as_str()),
        Kind::ReceiptUnmatched { amount, currency, .. } => {
            (TransactionKind::Payment, amount.0, currency, "unmatched")
        }
        Kind::PayoutReturned {
            amount,
            currency,
            payout_id,
            ..
        } => (
            TransactionKind::PayoutReturned,
            amount.0,
            currency,
            payout_id.as_str(),
        ),
        _ => out(&event.kind)?,
    };
    Some(Movement {
        kind,
        amount: Minor(sum),
        currency: Some(*currency),
        about,
    })
}

/// What left the account.
fn out(kind: &Kind) -> Option<(TransactionKind, i64, &Currency, &str)> {
    let (kind, amount, currency, about) = match kind {
        Kind::RefundSucceeded {
            amount,
            currency,
            refund_id,
            ..
        } => (TransactionKind::Refund, amount, currency, refund_id),
        Kind::ReceiptReturned {
            amount,
            currency,
            receipt_id,
            ..
        } => (TransactionKind::Refund, amount, currency, receipt_id),
        Kind::PayoutPaid {
            amount,
            currency,
            payout_id,
            ..
        } => (TransactionKind::Payout, amount, currency, payout_id),
        Kind::TransferUnmatched {
            amount,
            currency,
            text,
            ..
        } => (TransactionKind::Transfer, amount, currency, text),
        _ => return None,
    };
    Some((kind, amount.0.saturating_neg(), currency, about))
}
