//! Refunds: never more than came in, and not while a bank has the payment.

use earnest_hire::money::{Currency, Minor};
use serde::Deserialize;
use serde_json::json;

use crate::books::{
    Books, ChargebackState, Fact, Payment, PaymentState, Refund, RefundState, Refusal, TransactionKind,
};
use crate::draft::{Draft, Movement};
use crate::fault::FaultKind;
use crate::payment;
use crate::settings::Settling;

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    refund_id: String,
    payment: String,
    amount_minor: Minor,
    currency: Currency,
}

impl RefundState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

pub(crate) fn send(draft: &mut Draft<'_>, order: Order) -> Result<String, Refusal> {
    payment::positive(order.amount_minor)?;
    let payment = payment::find(draft, &order.payment)?;
    refundable(draft.books, &payment, &order)?;
    let id = draft.id("ref");
    draft.put(Fact::Refund(Refund {
        id: id.clone(),
        reference: order.refund_id,
        payment: order.payment,
        amount: order.amount_minor,
        currency: order.currency,
        state: RefundState::Sent,
    }));
    if draft.take_fault_of(&[FaultKind::RefundFails]).is_some() {
        fail(draft, &id, "account_closed")?;
    } else if draft.settings.terms.settling == Settling::AtOnce {
        succeed(draft, &id)?;
    }
    Ok(id)
}

fn refundable(books: &Books, payment: &Payment, order: &Order) -> Result<(), Refusal> {
    if payment.state != PaymentState::Captured {
        return Err(Refusal::new(
            "payment_not_captured",
            "nothing came in that could go back",
        ));
    }
    if payment.currency != order.currency {
        return Err(Refusal::new(
            "currency_differs",
            format!("the payment was in {}", payment.currency),
        ));
    }
    let chargebacks = || books.chargebacks.values().filter(|one| one.payment == payment.id);
    if chargebacks().any(|one| one.state == ChargebackState::Opened) {
        return Err(Refusal::new(
            "chargeback_open",
            "a bank has taken this payment back; wait for its decision",
        ));
    }
    let lost = chargebacks()
        .filter(|one| one.state == ChargebackState::Lost)
        .map(|one| one.amount.0);
    let refunds = books
        .refunds
        .values()
        .filter(|one| one.payment == payment.id && one.state != RefundState::Failed)
        .map(|one| one.amount.0);
    let gone = lost.chain(refunds).fold(0_i64, i64::saturating_add);
    let left = payment.captured.0.saturating_sub(gone);
    if order.amount_minor.0 > left {
        let left = payment.currency.write(Minor(left.max(0)));
        return Err(Refusal::new(
            "refund_above_captured",
            format!("of this payment only {left} can still go back"),
        ));
    }
    Ok(())
}

pub(crate) fn succeed(draft: &mut Draft<'_>, id: &str) -> Result<(), Refusal> {
    let refund = find(draft, id)?;
    if refund.state != RefundState::Sent {
        return Err(not_now(&refund));
    }
    let external = draft.transact(&Movement {
        kind: TransactionKind::Refund,
        amount: Minor(refund.amount.0.saturating_neg()),
        fee: Minor(0),
        currency: refund.currency,
        object: id,
        reference: &refund.reference,
    });
    let told = json!({
        "refund": id, "refund_id": refund.reference, "amount_minor": refund.amount,
        "currency": refund.currency, "transaction": external,
    });
    draft.put(Fact::Refund(Refund {
        state: RefundState::Succeeded,
        ..refund
    }));
    draft.tell("refund.succeeded", &[id], &told);
    Ok(())
}

/// It fails before the money left, or the client's bank sends it back afterwards.
pub(crate) fn fail(draft: &mut Draft<'_>, id: &str, reason: &str) -> Result<(), Refusal> {
    let refund = find(draft, id)?;
    let external = match refund.state {
        RefundState::Sent => None,
        RefundState::Succeeded => Some(draft.transact(&Movement {
            kind: TransactionKind::RefundFailed,
            amount: refund.amount,
            fee: Minor(0),
            currency: refund.currency,
            object: id,
            reference: &refund.reference,
        })),
        RefundState::Failed => return Err(not_now(&refund)),
    };
    let told = json!({
        "refund": id, "refund_id": refund.reference, "reason": reason, "transaction": external,
    });
    draft.put(Fact::Refund(Refund {
        state: RefundState::Failed,
        ..refund
    }));
    draft.tell("refund.failed", &[id], &told);
    Ok(())
}

fn find(draft: &Draft<'_>, id: &str) -> Result<Refund, Refusal> {
    let found = draft.books.refunds.get(id).cloned();
    found.ok_or_else(|| Refusal::new("no_such_refund", "there is no refund with this id"))
}

fn not_now(refund: &Refund) -> Refusal {
    Refusal::new(
        "refund_not_now",
        format!("the refund has {} already", refund.state.name()),
    )
}
