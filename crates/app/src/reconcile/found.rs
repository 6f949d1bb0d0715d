//! What differs between a provider's list and the books.

use std::collections::BTreeSet;

use earnest_hire::money::Minor;
use earnest_store::OutsideLine;

use super::{Books, Difference, DifferenceKind, fee_name, signed};
use crate::bank::Left;
use crate::desk::Desk;
use crate::outside::payments::{BalanceTransaction, Period, TransactionKind};

#[derive(Default)]
pub(super) struct Found {
    pub(super) matched: usize,
    pub(super) differences: Vec<Difference>,
}

impl Found {
    /// Every movement of the provider is one line, and its fee another. Of the days before the period is asked again, too: what
    /// a provider lists late, nobody else would look for.
    pub(super) fn of_provider(
        &mut self,
        desk: &Desk,
        told: &[BalanceTransaction],
        period: Period,
        books: &Books,
    ) {
        for one in told.iter().filter(|one| one.at < period.until) {
            let is_late = one.at < period.from;
            let not_ours = books.since.is_none_or(|since| one.at < since);
            if is_late && (not_ours || books.open_elsewhere.contains(&one.external_id)) {
                continue;
            }
            if one.currency != desk.currency {
                self.differences
                    .push(difference(one, &one.external_id, one.amount, None));
                continue;
            }
            let fee = (fee_name(&one.external_id), Minor(one.fee.0.saturating_neg()));
            for (name, amount) in [(one.external_id.clone(), one.amount), fee] {
                match books.named.get(&name) {
                    None if amount == Minor::ZERO => {}
                    Some(line) if signed(line) == amount && is_about(line, one) => {
                        self.matched += usize::from(!is_late);
                    }
                    line => self.differences.push(difference(one, &name, amount, line)),
                }
            }
        }
    }

    /// Every line of the books is known to the provider.
    pub(super) fn of_books(&mut self, lines: &[OutsideLine], told: &[BalanceTransaction]) {
        let known: BTreeSet<String> = told
            .iter()
            .flat_map(|one| [one.external_id.clone(), fee_name(&one.external_id)])
            .collect();
        let unknown = lines
            .iter()
            .filter(|line| line.external_id.as_ref().is_none_or(|name| !known.contains(name)));
        for line in unknown {
            let explanation = if line.external_id.is_some() {
                "the books name a movement that the provider does not list; ask the provider for it by this name"
            } else {
                "the books moved this without a name of the provider; look what its entry was for"
            };
            self.differences.push(Difference {
                kind: DifferenceKind::MissingAtProvider,
                external_id: line.external_id.clone(),
                about: line.entry.clone(),
                provider_minor: None,
                books_minor: Some(signed(line)),
                explanation: format!("{explanation} ({} of {})", line.kind, line.chain),
            });
        }
    }

    /// What can be moved is at most what the books know of and what the list of movements has that they do not.
    pub(super) fn of_balance(&mut self, movable: Minor, books: &Books, told: &[BalanceTransaction]) {
        let missing = told
            .iter()
            .filter(|one| !books.named.contains_key(&one.external_id))
            .map(|one| one.amount.0.saturating_sub(one.fee.0).max(0));
        let known = missing.fold(books.balance.0, i64::saturating_add);
        if movable.0 > known {
            self.differences.push(balance_differs(movable, books.balance));
        }
    }
}

/// Whether a line is of the payment, refund or payout that the provider names. Some movements are of none: what came in without
/// a reference, or went to our own bank.
fn is_about(line: &OutsideLine, one: &BalanceTransaction) -> bool {
    let names_none = one.our_ref.is_empty();
    names_none
        || line
            .subject
            .as_ref()
            .is_none_or(|subject| *subject == one.our_ref)
}

fn difference(one: &BalanceTransaction, name: &str, amount: Minor, line: Option<&OutsideLine>) -> Difference {
    let what = match one.kind {
        TransactionKind::Payment => "a client has paid",
        TransactionKind::Refund => "money went back to a client",
        TransactionKind::RefundFailed => "a refund came back",
        TransactionKind::Payout => "money went to an expert",
        TransactionKind::PayoutReturned => "a payout came back",
        TransactionKind::Chargeback => "a bank took a payment back",
        TransactionKind::ChargebackReversed => "a bank gave a payment back",
        TransactionKind::Transfer => "money went from our balance to our bank",
    };
    let (kind, explanation) = if line.is_some_and(|line| signed(line) == amount) {
        (
            DifferenceKind::SubjectDiffers,
            "the event told of another payment, refund or payout than the provider's list; compare with the provider's own page \
             before anything more is paid for either",
        )
    } else if line.is_some() {
        (
            DifferenceKind::AmountDiffers,
            "the two disagree on the sum: one of them was changed, or the event told another; compare with the provider's own page",
        )
    } else if one.kind == TransactionKind::Transfer {
        (
            DifferenceKind::MissingInBooks,
            "import the statement in which it came in; two operators then say of which payment it is: `earnest bank move`",
        )
    } else {
        (
            DifferenceKind::MissingInBooks,
            "the event that tells of it did not come, waits or was refused: `earnest reconcile --repair` asks the provider, \
             `earnest events list` shows what waits",
        )
    };
    Difference {
        kind,
        external_id: Some(name.to_owned()),
        about: one.our_ref.clone(),
        provider_minor: Some(amount),
        books_minor: line.map(signed),
        explanation: match line.and_then(|line| line.subject.as_ref()) {
            Some(subject) if kind == DifferenceKind::SubjectDiffers => {
                format!("{what}, and the books have it for {subject}; {explanation}")
            }
            _ => format!("{what}; {explanation}"),
        },
    }
}

/// Money that left the bank account for nothing of ours.
pub(super) fn left_alone(one: &Left) -> Difference {
    Difference {
        kind: DifferenceKind::MissingInBooks,
        external_id: Some(one.external_id.clone()),
        about: one.text.clone(),
        provider_minor: Some(Minor(one.minor().0.saturating_neg())),
        books_minor: None,
        explanation: format!(
            "it left the account for {} and is no transfer that was to be made, or of another sum; find out what it was, \
             then say so: `earnest bank explain {}`; another operator seconds it",
            one.counterparty, one.external_id
        ),
    }
}

fn balance_differs(movable: Minor, books: Minor) -> Difference {
    Difference {
        kind: DifferenceKind::BalanceDiffers,
        external_id: None,
        about: "balance".to_owned(),
        provider_minor: Some(movable),
        books_minor: Some(books),
        explanation:
            "the provider can move more than the books say it has: money arrived that nobody told of"
                .to_owned(),
    }
}
