//! What the lines of a statement can be about, and what was kept of those that were imported.

use std::collections::{BTreeMap, BTreeSet};

use earnest_hire::bank::{Direction, Receipt, ReceiptState, StatementLine, TransferReference};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor};
use earnest_store::TransferRow;

use super::SHOWN;
use crate::Error;
use crate::desk::Desk;
use crate::outside::payments::ProviderEventKind as Kind;

/// What a reference can be about.
enum Subject {
    Payment(String),
    Refund(TransferRow),
    Payout(TransferRow),
    Return(Receipt),
}

/// Everything that a transfer can be about, by its reference.
pub(super) struct Known(BTreeMap<TransferReference, Option<Subject>>);

impl Known {
    /// Everything of ours, as it is now.
    pub(super) async fn read(desk: &Desk) -> Result<Self, Error> {
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

    /// What a line tells, under the name that it is to have.
    pub(super) fn meaning(&self, line: &StatementLine, name: &str, currency: Currency) -> Kind {
        let (amount, external_id) = (line.amount, name.to_owned());
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

/// What is still known of a line that was imported.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) direction: Direction,
    pub(super) amount: Minor,
    pub(super) words: Words<'a>,
}

/// Of the words of a line that was about something of ours, only the reference is kept.
#[derive(Debug)]
pub(super) enum Words<'a> {
    Reference(String),
    Text { text: &'a str, counterparty: &'a str },
}

impl Words<'_> {
    /// Whether a line has the reference in its text; false of words that were kept as they stood.
    pub(super) fn are_named_in(&self, line: &StatementLine) -> bool {
        match self {
            Self::Reference(reference) => TransferReference::all_in(&line.text)
                .iter()
                .any(|one| one.to_string() == *reference),
            Self::Text { .. } => false,
        }
    }
}

impl Told<'_> {
    /// Whether a line with the same id still says the same.
    pub(super) fn is_said_by(&self, line: &StatementLine) -> bool {
        let words = match self.words {
            Words::Reference(_) => self.words.are_named_in(line),
            Words::Text { text, counterparty } => text == line.text && counterparty == line.counterparty,
        };
        words && self.direction == line.direction && self.amount == line.amount
    }
}

impl Known {
    /// What an event tells that a line of a statement became; nothing of any other event.
    pub(super) fn told<'a>(&self, kept: &'a Kind) -> Option<Told<'a>> {
        let by_reference = |direction, amount: Minor, reference: &str| {
            Some(Told {
                direction,
                amount,
                words: Words::Reference(reference.to_owned()),
            })
        };
        let by_text = |direction, amount: Minor, text: &'a str, counterparty: &'a str| {
            Some(Told {
                direction,
                amount,
                words: Words::Text { text, counterparty },
            })
        };
        match kept {
            Kind::PaymentCaptured {
                amount, payment_ref, ..
            } => by_reference(Direction::In, *amount, payment_ref),
            Kind::PayoutReturned {
                amount, payout_ref, ..
            } => by_reference(Direction::In, *amount, payout_ref),
            Kind::RefundFailed {
                refund_ref,
                refund_id,
                ..
            } => by_reference(Direction::In, self.refunded(refund_id)?, refund_ref),
            Kind::RefundSucceeded {
                amount, refund_ref, ..
            } => by_reference(Direction::Out, *amount, refund_ref),
            Kind::PayoutPaid {
                amount, payout_ref, ..
            } => by_reference(Direction::Out, *amount, payout_ref),
            Kind::ReceiptReturned {
                amount, receipt_id, ..
            } => {
                let reference = receipt_id.parse().ok().map(TransferReference::of_return)?;
                by_reference(Direction::Out, *amount, &reference.to_string())
            }
            Kind::ReceiptUnmatched {
                amount,
                text,
                counterparty,
                ..
            } => by_text(Direction::In, *amount, text, counterparty),
            Kind::TransferUnmatched {
                amount,
                text,
                counterparty,
                ..
            } => by_text(Direction::Out, *amount, text, counterparty),
            Kind::PaymentFailed { .. }
            | Kind::PaymentExpired { .. }
            | Kind::PayoutFailed { .. }
            | Kind::ChargebackOpened { .. }
            | Kind::ChargebackWon { .. }
            | Kind::ChargebackLost { .. }
            | Kind::AccountOnboarded { .. } => None,
        }
    }

    /// The sum of a refund: one that came back says none.
    fn refunded(&self, refund_id: &str) -> Option<Minor> {
        let of = |subject: &Subject| match subject {
            Subject::Refund(row) if row.id == *refund_id => Some(row.amount),
            Subject::Refund(_) | Subject::Payment(_) | Subject::Payout(_) | Subject::Return(_) => None,
        };
        self.0.values().flatten().find_map(of)
    }
}
