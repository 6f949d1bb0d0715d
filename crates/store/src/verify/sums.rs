//! Sums of accounts, and the two equations of the books.

use std::collections::BTreeMap;

use earnest_hire::ledger::{Account, Class, Side};
use earnest_hire::money::Currency;
use serde::Serialize;

/// Both sides of an account. Wider than a column, so that damaged rows cannot make them overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Both {
    pub(super) debit: i128,
    pub(super) credit: i128,
}

impl Both {
    pub(super) fn book(&mut self, side: Side, amount: i64) {
        match side {
            Side::Debit => self.debit += i128::from(amount),
            Side::Credit => self.credit += i128::from(amount),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.debit += other.debit;
        self.credit += other.credit;
    }

    /// On the side on which the class grows.
    pub(super) fn balance(self, class: Class) -> i128 {
        match class {
            Class::Asset | Class::Expense | Class::Exchange => self.debit - self.credit,
            Class::Liability | Class::Income => self.credit - self.debit,
        }
    }
}

/// One account with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSums {
    /// Which.
    pub account: Account,
    /// ISO 4217.
    pub currency: Currency,
    /// All debits, in minor units.
    pub debit_minor: i128,
    /// All credits, in minor units.
    pub credit_minor: i128,
}

impl AccountSums {
    /// On the side on which accounts of its class grow.
    pub fn balance_minor(&self) -> i128 {
        let both = Both {
            debit: self.debit_minor,
            credit: self.credit_minor,
        };
        both.balance(self.account.class())
    }
}

/// What the operator has, owes and owns in one currency. Both differences are 0 in sound books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Equations {
    /// ISO 4217.
    pub currency: Currency,
    /// All debits.
    pub debits_minor: i128,
    /// All credits.
    pub credits_minor: i128,
    /// Assets and expenses, with changes of currency.
    pub assets_and_expenses_minor: i128,
    /// Liabilities and income.
    pub liabilities_and_income_minor: i128,
    /// Held for clients and experts and owed to the state: every liability.
    pub held_for_others_minor: i128,
    /// At providers, in banks, and withdrawn by chargebacks that nobody has decided about.
    pub in_custody_minor: i128,
    /// What people owe.
    pub receivable_minor: i128,
    /// The operator's own: income less expenses.
    pub own_minor: i128,
    /// In custody and receivable, with changes of currency, less what is held for others and the operator's own.
    pub escrow_difference_minor: i128,
}

/// The equations in the making.
#[derive(Debug, Default)]
pub(super) struct Totals {
    by_currency: BTreeMap<Currency, Equations>,
}

impl Totals {
    pub(super) fn add(&mut self, one: &AccountSums) {
        let equations = self
            .by_currency
            .entry(one.currency)
            .or_insert_with(|| Equations::none(one.currency));
        equations.add(one);
    }

    /// In the order of the currencies' codes.
    pub(super) fn end(self) -> Vec<Equations> {
        self.by_currency.into_values().map(Equations::differ).collect()
    }
}

impl Equations {
    /// Of all accounts, by currency.
    pub fn of(accounts: &[AccountSums]) -> Vec<Self> {
        let mut totals = Totals::default();
        for one in accounts {
            totals.add(one);
        }
        totals.end()
    }

    fn none(currency: Currency) -> Self {
        Self {
            currency,
            debits_minor: 0,
            credits_minor: 0,
            assets_and_expenses_minor: 0,
            liabilities_and_income_minor: 0,
            held_for_others_minor: 0,
            in_custody_minor: 0,
            receivable_minor: 0,
            own_minor: 0,
            escrow_difference_minor: 0,
        }
    }

    fn add(&mut self, one: &AccountSums) {
        let balance = one.balance_minor();
        self.debits_minor += one.debit_minor;
        self.credits_minor += one.credit_minor;
        match one.account.class() {
            Class::Asset | Class::Expense | Class::Exchange => self.assets_and_expenses_minor += balance,
            Class::Liability | Class::Income => self.liabilities_and_income_minor += balance,
        }
        match one.account.class() {
            Class::Asset if matches!(one.account, Account::Receivable(_)) => self.receivable_minor += balance,
            Class::Asset => self.in_custody_minor += balance,
            Class::Liability => self.held_for_others_minor += balance,
            Class::Income => self.own_minor += balance,
            Class::Expense => self.own_minor -= balance,
            Class::Exchange => self.escrow_difference_minor += balance,
        }
    }

    fn differ(mut self) -> Self {
        self.escrow_difference_minor +=
            self.in_custody_minor + self.receivable_minor - self.held_for_others_minor - self.own_minor;
        self
    }

    /// Whether both hold.
    pub(super) fn hold(&self) -> bool {
        self.debits_minor == self.credits_minor
            && self.assets_and_expenses_minor == self.liabilities_and_income_minor
            && self.escrow_difference_minor == 0
    }
}
