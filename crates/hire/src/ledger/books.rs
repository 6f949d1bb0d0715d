//! Books in memory: what a journal of entries adds up to. The database keeps the same sums; simulations and
//! verification compare the two.

use std::collections::BTreeMap;

use super::{Account, Bound, Class, Line, Side, balanced};
use crate::money::{Currency, Minor};
use crate::refusal::Refusal;

/// Both sides of one account, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// All debits.
    pub debit: i64,
    /// All credits.
    pub credit: i64,
}

impl Sums {
    /// What the account shows on the side on which its class grows; negative where it stands on the other.
    pub fn balance(self, class: Class) -> i64 {
        match class {
            Class::Asset | Class::Expense | Class::Exchange => self.debit.saturating_sub(self.credit),
            Class::Liability | Class::Income => self.credit.saturating_sub(self.debit),
        }
    }
}

/// Accounts with their sums.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    sums: BTreeMap<(Account, Currency), Sums>,
}

impl Books {
    /// Adds the lines of an entry, refused whole where it does not balance or a bounded account would go below nothing.
    pub fn post(&mut self, lines: &[Line]) -> Result<(), Refusal> {
        balanced(lines)?;
        let mut changed: BTreeMap<(Account, Currency), Sums> = BTreeMap::new();
        for line in lines {
            let key = (line.account.clone(), line.currency);
            let known = self.sums.get(&key).copied().unwrap_or_default();
            let sums = changed.entry(key).or_insert(known);
            let side = match line.side {
                Side::Debit => &mut sums.debit,
                Side::Credit => &mut sums.credit,
            };
            *side = side.checked_add(line.amount.0).ok_or(Refusal::AmountTooLarge)?;
        }
        for ((account, _), sums) in &changed {
            if account.bound() != Bound::Free && sums.balance(account.class()) < 0 {
                return Err(Refusal::BalanceBelowZero);
            }
        }
        self.sums.extend(changed);
        Ok(())
    }

    /// What an account shows on its own side.
    pub fn balance(&self, account: &Account, currency: Currency) -> i64 {
        let key = (account.clone(), currency);
        let sums = self.sums.get(&key).copied().unwrap_or_default();
        sums.balance(account.class())
    }

    /// As [`Books::balance`], for accounts that are never below nothing.
    pub fn held(&self, account: &Account, currency: Currency) -> Minor {
        Minor(self.balance(account, currency))
    }

    /// Every account that was ever booked on, in order.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, Currency, Sums)> {
        self.sums
            .iter()
            .map(|((account, currency), sums)| (account, *currency, *sums))
    }
}
