//! Transfers: money of the caller's balance goes to the caller's own bank, whenever the caller wants it there.

use earnest_hire::money::{Currency, Minor};

use crate::books::{Refusal, TransactionKind};
use crate::draft::{Draft, Movement};
use crate::payment;

/// Moves so much, or all that can be moved. It is told by its transaction alone.
pub(crate) fn make(draft: &mut Draft<'_>, currency: &str, amount: Option<Minor>) -> Result<(), Refusal> {
    let currency: Currency = currency.parse().map_err(|_refusal| {
        Refusal::new(
            "unknown_currency",
            "a balance is named by its currency, such as USD",
        )
    })?;
    let available = draft.books.balance(currency, draft.now).available_minor;
    let amount = amount.unwrap_or(available);
    payment::positive(amount)?;
    if amount > available {
        let available = currency.write(available);
        return Err(Refusal::new(
            "balance_too_small",
            format!("only {available} can be moved now"),
        ));
    }
    let id = draft.id("tra");
    draft.transact(&Movement {
        kind: TransactionKind::Transfer,
        amount: Minor(amount.0.saturating_neg()),
        fee: Minor(0),
        currency,
        object: &id,
        reference: "",
    });
    Ok(())
}
