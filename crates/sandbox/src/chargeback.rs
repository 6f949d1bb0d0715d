//! Chargebacks: a bank takes a payment back, gives it back, or keeps it; sometimes it takes it a second time.

use earnest_hire::money::Minor;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::books::{Chargeback, ChargebackState, Fact, PaymentState, Refusal, TransactionKind};
use crate::draft::{Draft, Movement};
use crate::payment;

/// How long evidence is taken.
const EVIDENCE: SignedDuration = SignedDuration::from_hours(9 * 24);

impl ChargebackState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// Takes all of the payment, or the amount given, refunded or not: money can go back twice.
pub(crate) fn open(draft: &mut Draft<'_>, payment: &str, amount: Option<Minor>) -> Result<(), Refusal> {
    let payment = payment::find(draft, payment)?;
    if payment.state != PaymentState::Captured {
        return Err(Refusal::new(
            "payment_not_captured",
            "nothing came in that could go back",
        ));
    }
    let earlier = draft
        .books
        .chargebacks
        .values()
        .filter(|one| one.payment == payment.id && one.state != ChargebackState::Won);
    let taken = earlier.fold(0_i64, |sum, one| sum.saturating_add(one.amount.0));
    let left = Minor(payment.captured.0.saturating_sub(taken));
    let amount = amount.unwrap_or(left);
    payment::positive(amount)?;
    if amount > left {
        return Err(Refusal::new(
            "chargeback_above_captured",
            "a bank takes back no more than came in",
        ));
    }
    let evidence_due = draft
        .now
        .checked_add(EVIDENCE)
        .map_err(|error| Refusal::new("no_such_time", format!("evidence would never be due: {error}")))?;
    let chargeback = Chargeback {
        id: draft.id("cbk"),
        payment: payment.id,
        reference: payment.reference,
        amount,
        currency: payment.currency,
        fee: draft.settings.terms.chargeback_fee,
        evidence_due,
        evidence: None,
        state: ChargebackState::Opened,
    };
    let external = move_money(draft, &chargeback, TransactionKind::Chargeback, chargeback.fee);
    let mut told = about(&chargeback, Some(&external));
    if let Some(told) = told.as_object_mut() {
        told.insert("fee_minor".to_owned(), json!(chargeback.fee));
        told.insert("evidence_due".to_owned(), json!(evidence_due.to_string()));
    }
    decide(draft, chargeback, "chargeback.opened", &told);
    Ok(())
}

/// Taken until it is due or the bank has decided.
pub(crate) fn bring(draft: &mut Draft<'_>, id: &str, body: &[u8]) -> Result<String, Refusal> {
    let chargeback = find(draft, id)?;
    if chargeback.state != ChargebackState::Opened {
        return Err(not_now(&chargeback));
    }
    if draft.now > chargeback.evidence_due {
        return Err(Refusal::new("evidence_too_late", "evidence was due before"));
    }
    let evidence = String::from_utf8(body.to_vec())
        .map_err(|_cause| Refusal::new("body_unreadable", "evidence is text in UTF-8"))?;
    draft.put(Fact::Chargeback(Chargeback {
        evidence: Some(evidence),
        ..chargeback
    }));
    Ok(id.to_owned())
}

pub(crate) fn win(draft: &mut Draft<'_>, id: &str) -> Result<(), Refusal> {
    let chargeback = find(draft, id)?;
    if chargeback.state != ChargebackState::Opened {
        return Err(not_now(&chargeback));
    }
    let external = move_money(draft, &chargeback, TransactionKind::ChargebackReversed, Minor(0));
    let told = about(&chargeback, Some(&external));
    let won = Chargeback {
        state: ChargebackState::Won,
        ..chargeback
    };
    decide(draft, won, "chargeback.won", &told);
    Ok(())
}

/// Also after a won one: the bank decides again, and the money leaves a second time.
pub(crate) fn lose(draft: &mut Draft<'_>, id: &str) -> Result<(), Refusal> {
    let chargeback = find(draft, id)?;
    let external = match chargeback.state {
        ChargebackState::Opened => None,
        ChargebackState::Won => Some(move_money(
            draft,
            &chargeback,
            TransactionKind::Chargeback,
            Minor(0),
        )),
        ChargebackState::Lost => return Err(not_now(&chargeback)),
    };
    let told = about(&chargeback, external.as_deref());
    let lost = Chargeback {
        state: ChargebackState::Lost,
        ..chargeback
    };
    decide(draft, lost, "chargeback.lost", &told);
    Ok(())
}

fn decide(draft: &mut Draft<'_>, chargeback: Chargeback, kind: &str, told: &Value) {
    let (id, payment) = (chargeback.id.clone(), chargeback.payment.clone());
    draft.put(Fact::Chargeback(chargeback));
    draft.tell(kind, &[&id, &payment], told);
}

fn move_money(draft: &mut Draft<'_>, chargeback: &Chargeback, kind: TransactionKind, fee: Minor) -> String {
    let amount = if kind == TransactionKind::Chargeback {
        chargeback.amount.0.saturating_neg()
    } else {
        chargeback.amount.0
    };
    draft.transact(&Movement {
        kind,
        amount: Minor(amount),
        fee,
        currency: chargeback.currency,
        object: &chargeback.id,
        reference: &chargeback.reference,
    })
}

fn about(chargeback: &Chargeback, transaction: Option<&str>) -> Value {
    json!({
        "chargeback": chargeback.id, "payment": chargeback.payment, "payment_id": chargeback.reference,
        "amount_minor": chargeback.amount, "currency": chargeback.currency, "transaction": transaction,
    })
}

fn find(draft: &Draft<'_>, id: &str) -> Result<Chargeback, Refusal> {
    let found = draft.books.chargebacks.get(id).cloned();
    found.ok_or_else(|| Refusal::new("no_such_chargeback", "there is no chargeback with this id"))
}

fn not_now(chargeback: &Chargeback) -> Refusal {
    Refusal::new(
        "chargeback_not_now",
        format!("the chargeback is {} already", chargeback.state.name()),
    )
}
