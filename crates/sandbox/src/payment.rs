//! Payments: asked for, paid, declined, expired.

use earnest_hire::money::{Currency, Minor};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::books::{Fact, Method, Payment, PaymentState, Refusal, TransactionKind};
use crate::draft::{Draft, Movement};
use crate::fault::FaultKind;

/// What a caller asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    payment_id: String,
    amount_minor: Minor,
    currency: Currency,
    method: Method,
    description: String,
    return_url: String,
}

impl Method {
    const fn open_for(self) -> SignedDuration {
        match self {
            Self::Card => SignedDuration::from_mins(15),
            Self::Bank => SignedDuration::from_hours(7 * 24),
        }
    }
}

impl PaymentState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }
}

pub(crate) fn open(draft: &mut Draft<'_>, order: Order) -> Result<String, Refusal> {
    positive(order.amount_minor)?;
    web_address(&order.return_url)?;
    let open_for = order.method.open_for();
    let expires_at = draft
        .now
        .checked_add(open_for)
        .map_err(|error| Refusal::new("no_such_time", format!("the checkout would end never: {error}")))?;
    let id = draft.id("pay");
    draft.put(Fact::Payment(Payment {
        id: id.clone(),
        reference: order.payment_id,
        asked: order.amount_minor,
        currency: order.currency,
        method: order.method,
        description: order.description,
        return_url: order.return_url,
        expires_at,
        state: PaymentState::Open,
        captured: Minor(0),
    }));
    Ok(id)
}

pub(crate) fn cancel(draft: &mut Draft<'_>, id: &str) -> Result<String, Refusal> {
    let payment = find(draft, id)?;
    match payment.state {
        PaymentState::Captured => Err(Refusal::new(
            "already_captured",
            "the client has paid; refund the payment instead",
        )),
        PaymentState::Open | PaymentState::Failed | PaymentState::Expired | PaymentState::Canceled => {
            draft.put(Fact::Payment(Payment {
                state: PaymentState::Canceled,
                ..payment
            }));
            Ok(id.to_owned())
        }
    }
}

/// The client pays: what was asked for, or another amount. A checkout that failed or expired can be paid late, as a
/// transfer that was under way.
pub(crate) fn capture(draft: &mut Draft<'_>, id: &str, amount: Option<Minor>) -> Result<(), Refusal> {
    let payment = find(draft, id)?;
    match payment.state {
        PaymentState::Open | PaymentState::Failed | PaymentState::Expired => {}
        PaymentState::Captured | PaymentState::Canceled => return Err(not_now(&payment)),
    }
    if let Some(amount) = amount {
        positive(amount)?;
    }
    let amount = amount.unwrap_or_else(|| {
        let other = draft.take_fault_of(&[FaultKind::OtherAmount]);
        let by = other.map_or(0, |fault| fault.by);
        Minor(payment.asked.0.saturating_add(by).max(1))
    });
    let fee = fee(draft, amount);
    let external = draft.transact(&Movement {
        kind: TransactionKind::Payment,
        amount,
        fee,
        currency: payment.currency,
        object: id,
        reference: &payment.reference,
    });
    let told = json!({
        "payment": id, "payment_id": payment.reference, "amount_minor": amount, "currency": payment.currency,
        "fee_minor": fee, "transaction": external,
    });
    draft.put(Fact::Payment(Payment {
        state: PaymentState::Captured,
        captured: amount,
        ..payment
    }));
    draft.tell("payment.captured", &[id], &told);
    Ok(())
}

/// The client's bank says no.
pub(crate) fn fail(draft: &mut Draft<'_>, id: &str, reason: &str) -> Result<(), Refusal> {
    let payment = find(draft, id)?;
    if payment.state != PaymentState::Open {
        return Err(not_now(&payment));
    }
    let told = json!({ "payment": id, "payment_id": payment.reference, "reason": reason });
    draft.put(Fact::Payment(Payment {
        state: PaymentState::Failed,
        ..payment
    }));
    draft.tell("payment.failed", &[id], &told);
    Ok(())
}

pub(crate) fn expire(draft: &mut Draft<'_>, id: &str) -> Result<(), Refusal> {
    let payment = find(draft, id)?;
    if payment.state != PaymentState::Open {
        return Err(not_now(&payment));
    }
    let told = json!({ "payment": id, "payment_id": payment.reference });
    draft.put(Fact::Payment(Payment {
        state: PaymentState::Expired,
        ..payment
    }));
    draft.tell("payment.expired", &[id], &told);
    Ok(())
}

/// Closes the checkouts that are open after their time.
pub(crate) fn expire_overdue(draft: &mut Draft<'_>) {
    let now = draft.now;
    let open = draft.books.payments.values();
    let overdue: Vec<String> = open
        .filter(|one| one.state == PaymentState::Open && one.expires_at <= now)
        .map(|one| one.id.clone())
        .collect();
    for id in overdue {
        if let Err(refusal) = expire(draft, &id) {
            // it was open a line ago, under the same lock
            tracing::error!(payment.id = id, code = refusal.code, "a checkout did not expire");
        }
    }
}

pub(crate) fn find(draft: &Draft<'_>, id: &str) -> Result<Payment, Refusal> {
    let found = draft.books.payments.get(id).cloned();
    found.ok_or_else(|| Refusal::new("no_such_payment", "there is no payment with this id"))
}

pub(crate) fn positive(amount: Minor) -> Result<(), Refusal> {
    if amount > Minor(0) {
        Ok(())
    } else {
        Err(Refusal::new("amount_not_positive", "an amount is more than zero"))
    }
}

/// People are sent there, so it must not be a script.
pub(crate) fn web_address(url: &str) -> Result<(), Refusal> {
    let web = url.starts_with("http://") || url.starts_with("https://");
    if web && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Refusal::new(
            "return_url_unusable",
            "the address to return to begins with http:// or https:// and has no spaces",
        ))
    }
}

/// Rounded down, and never more than came in.
fn fee(draft: &Draft<'_>, amount: Minor) -> Minor {
    let terms = draft.settings.terms;
    let share = i128::from(amount.0) * i128::from(terms.fee_basis_points) / 10_000;
    let fee = i64::try_from(share)
        .unwrap_or(amount.0)
        .saturating_add(terms.fee_fixed.0);
    Minor(fee.clamp(0, amount.0))
}

fn not_now(payment: &Payment) -> Refusal {
    Refusal::new(
        "payment_not_open",
        format!("the payment is {} already", payment.state.name()),
    )
}
