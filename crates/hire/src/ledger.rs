//! Double-entry books as values: accounts, lines, and entries that exist only balanced.
//!
//! An entry is one balanced booking, a line is one leg of it. Nothing here changes a posted entry: a mistake is undone
//! by another entry that names it.

mod account;
mod books;

use serde::{Deserialize, Serialize};

pub use self::account::{Account, Bound, Class, Name};
pub use self::books::{Books, Sums};
use crate::ids::EntryId;
use crate::money::{Currency, Minor};
use crate::refusal::Refusal;

/// The left or the right of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left: what the operator has or has spent grows.
    Debit,
    /// Right: what the operator owes or has earned grows.
    Credit,
}

impl Side {
    /// As it stands in the books: `debit` or `credit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }
}

/// One leg of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Whose balance it changes.
    pub account: Account,
    /// ISO 4217.
    pub currency: Currency,
    /// Which way.
    pub side: Side,
    /// More than nothing.
    #[serde(rename = "amount_minor")]
    pub amount: Minor,
    /// The provider's own name of the movement, on lines of money outside; reconciliation matches by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// A balanced booking. Only [`Draft::balance`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    id: EntryId,
    kind: &'static str,
    lines: Vec<Line>,
}

impl Entry {
    /// Its name for ever.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// What it books: the name of the row of the process, or of the machine that moved the money.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Its legs, debits before credits, by account.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// An entry in the making, in one currency.
#[derive(Debug, Clone)]
pub struct Draft {
    currency: Currency,
    lines: Vec<Line>,
}

impl Draft {
    /// Nothing booked yet.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            lines: Vec::new(),
        }
    }

    /// Whether nothing was booked.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Books an amount from the account that is credited to the account that is debited. Nothing is no booking.
    pub fn book(&mut self, debit: Account, credit: Account, amount: Minor) -> Result<(), Refusal> {
        self.line(debit, Side::Debit, amount, None)?;
        self.line(credit, Side::Credit, amount, None)
    }

    /// One leg. Legs of the same account, side and external id become one. Refused where the id is none by which anybody could
    /// find the movement again.
    pub fn line(
        &mut self,
        account: Account,
        side: Side,
        amount: Minor,
        external_id: Option<String>,
    ) -> Result<(), Refusal> {
        if amount < Minor::ZERO {
            return Err(Refusal::AmountNotPositive);
        }
        if amount == Minor::ZERO {
            return Ok(());
        }
        if external_id.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(Refusal::ReceiptUnnamed);
        }
        let same = |line: &&mut Line| {
            line.account == account && line.side == side && line.external_id == external_id
        };
        if let Some(line) = self.lines.iter_mut().find(same) {
            line.amount = line.amount.plus(amount)?;
        } else {
            let currency = self.currency;
            self.lines.push(Line {
                account,
                currency,
                side,
                amount,
                external_id,
            });
        }
        Ok(())
    }

    /// The entry, refused unless debits equal credits in every currency.
    pub fn balance(self, id: EntryId, kind: &'static str) -> Result<Entry, Refusal> {
        balanced(&self.lines)?;
        let mut lines = self.lines;
        lines.sort_by(|one, other| (one.side, &one.account).cmp(&(other.side, &other.account)));
        Ok(Entry { id, kind, lines })
    }
}

/// How many signs the name of a movement has at most, with what is added for its fee.
const LONGEST_NAME: usize = 255;

/// Whether a movement can be found again by a name. In the text that is hashed a line ends a leg and `-` stands for no name,
/// so that neither may be one.
fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    (1..=LONGEST_NAME).contains(&length) && text != "-" && !text.chars().any(char::is_control)
}

/// Whether debits equal credits in every currency, no leg is nothing or less, and there is one.
pub fn balanced(lines: &[Line]) -> Result<(), Refusal> {
    if lines.is_empty() {
        return Err(Refusal::EntryEmpty);
    }
    for line in lines {
        let mut sum = 0_i128;
        for leg in lines.iter().filter(|leg| leg.currency == line.currency) {
            let amount = i128::from(leg.amount.0);
            if amount <= 0 {
                return Err(Refusal::AmountNotPositive);
            }
            sum = match leg.side {
                Side::Debit => sum.saturating_add(amount),
                Side::Credit => sum.saturating_sub(amount),
            };
        }
        if sum != 0 {
            return Err(Refusal::EntryUnbalanced);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
