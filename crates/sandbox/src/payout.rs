//! Payouts: only to accounts that were onboarded, only what can be moved.

use earnest_hire::money::{Currency, Minor};
use serde::Deserialize;
use serde_json::json;

use crate::books::{AccountState, Fact, Payout, PayoutState, Refusal, TransactionKind};
use crate::draft::{Draft, Movement};
use crate::fault::FaultKind;
use crate::payment;
use crate::settings::Settling;

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    payout_id: String,
    account: String,
    amount_minor: Minor,
    currency: Currency,
}

impl PayoutState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Returned => "returned",
            Self::Canceled => "canceled",
        }
    }
}

pub(crate) fn send(draft: &mut Draft<'_>, order: Order) -> Result<String, Refusal> {
    payment::positive(order.amount_minor)?;
    let account = draft.books.accounts.get(&order.account);
    if account.is_none_or(|one| one.state != AccountState::Onboarded) {
        return Err(Refusal::new(
            "account_not_onboarded",
            "there is no account with this id that can be paid to",
        ));
    }
    if draft
        .books
        .payouts
        .values()
        .any(|one| one.reference == order.payout_id && one.state == PayoutState::Canceled)
    {
        return Err(Refusal::new("payout_canceled", "this payout was canceled before"));
    }
    let unit = draft.settings.terms.payout_unit;
    if order.amount_minor.0.checked_rem(unit.0) != Some(0) {
        return Err(Refusal::new(
            "not_in_units",
            format!("a payout is a multiple of {}", order.currency.write(unit)),
        ));
    }
    let available = draft.books.balance(order.currency, draft.now).available_minor;
    if order.amount_minor > available {
        let available = order.currency.write(available);
        return Err(Refusal::new(
            "balance_too_small",
            format!("only {available} can be moved now"),
        ));
    }
    let id = draft.id("out");
    draft.put(Fact::Payout(Payout {
        id: id.clone(),
        reference: order.payout_id,
        account: order.account,
        amount: order.amount_minor,
        currency: order.currency,
        state: PayoutState::Sent,
    }));
    let fault = draft.take_fault_of(&[FaultKind::PayoutFails, FaultKind::PayoutReturns]);
    match fault.map(|fault| fault.kind) {
        Some(FaultKind::PayoutFails) => fail(draft, &id, "account_closed")?,
        Some(_) => {
            pay(draft, &id)?;
            give_back(draft, &id, "account_closed")?;
        }
        None if draft.settings.terms.settling == Settling::AtOnce => pay(draft, &id)?,
        None => {}
    }
    Ok(id)
}

/// A payout that was never asked for is noted, too: the call for it may still be on its way.
pub(crate) fn cancel(draft: &mut Draft<'_>, order: Order) -> Result<String, Refusal> {
    let mut known = draft.books.payouts.values();
    let known = known.rfind(|one| one.reference == order.payout_id).cloned();
    let Some(payout) = known else {
        let id = draft.id("out");
        draft.put(Fact::Payout(Payout {
            id: id.clone(),
            reference: order.payout_id,
            account: order.account,
            amount: order.amount_minor,
            currency: order.currency,
            state: PayoutState::Canceled,
        }));
        return Ok(id);
    };
    let id = payout.id.clone();
    match payout.state {
        PayoutState::Sent => {
            let told = json!({ "payout": id, "payout_id": payout.reference, "reason": "canceled" });
            draft.put(Fact::Payout(Payout {
                state: PayoutState::Canceled,
                ..payout
            }));
            draft.tell("payout.failed", &[&id], &told);
            Ok(id)
        }
        PayoutState::Canceled | PayoutState::Failed => Ok(id),
        PayoutState::Paid | PayoutState::Returned => Err(not_now(&payout)),
    }
}

pub(crate) fn pay(draft: &mut Draft<'_>, id: &str) -> Result<(), Refusal> {
    let payout = find(draft, id)?;
    if payout.state != PayoutState::Sent {
        return Err(not_now(&payout));
    }
    let external = move_money(
        draft,
        &payout,
        TransactionKind::Payout,
        payout.amount.0.saturating_neg(),
    );
    let told = json!({
        "payout": id, "payout_id": payout.reference, "amount_minor": payout.amount,
        "currency": payout.currency, "transaction": external,
    });
    draft.put(Fact::Payout(Payout {
        state: PayoutState::Paid,
        ..payout
    }));
    draft.tell("payout.paid", &[id], &told);
    Ok(())
}

/// It does not arrive; what was paid before comes back by a transaction of its own.
pub(crate) fn fail(draft: &mut Draft<'_>, id: &str, reason: &str) -> Result<(), Refusal> {
    let payout = find(draft, id)?;
    let external = match payout.state {
        PayoutState::Sent => None,
        PayoutState::Paid => {
            let kind = TransactionKind::PayoutReturned;
            Some(move_money(draft, &payout, kind, payout.amount.0))
        }
        PayoutState::Failed | PayoutState::Returned | PayoutState::Canceled => {
            return Err(not_now(&payout));
        }
    };
    let told = json!({
        "payout": id, "payout_id": payout.reference, "reason": reason, "transaction": external,
    });
    draft.put(Fact::Payout(Payout {
        state: PayoutState::Failed,
        ..payout
    }));
    draft.tell("payout.failed", &[id], &told);
    Ok(())
}

/// The expert's bank sends the money back after it was paid.
pub(crate) fn give_back(draft: &mut Draft<'_>, id: &str, reason: &str) -> Result<(), Refusal> {
    let payout = find(draft, id)?;
    if payout.state != PayoutState::Paid {
        return Err(not_now(&payout));
    }
    let external = move_money(draft, &payout, TransactionKind::PayoutReturned, payout.amount.0);
    let told = json!({
        "payout": id, "payout_id": payout.reference, "reason": reason, "amount_minor": payout.amount,
        "currency": payout.currency, "transaction": external,
    });
    draft.put(Fact::Payout(Payout {
        state: PayoutState::Returned,
        ..payout
    }));
    draft.tell("payout.returned", &[id], &told);
    Ok(())
}

fn move_money(draft: &mut Draft<'_>, payout: &Payout, kind: TransactionKind, amount: i64) -> String {
    draft.transact(&Movement {
        kind,
        amount: Minor(amount),
        fee: Minor(0),
        currency: payout.currency,
        object: &payout.id,
        reference: &payout.reference,
    })
}

fn find(draft: &Draft<'_>, id: &str) -> Result<Payout, Refusal> {
    let found = draft.books.payouts.get(id).cloned();
    found.ok_or_else(|| Refusal::new("no_such_payout", "there is no payout with this id"))
}

fn not_now(payout: &Payout) -> Refusal {
    Refusal::new("payout_not_now", format!("the payout is {}", payout.state.name()))
}
