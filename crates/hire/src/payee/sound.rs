//! What must be true of a payee and its accounts after every step.

use super::Payee;
use crate::contract::Broken;
use crate::ledger::Account;
use crate::money::Minor;

/// Everything wrong with a payee. `balance` tells what the books say of an account.
pub fn sound(payee: &Payee, balance: &dyn Fn(&Account) -> Minor) -> Vec<Broken> {
    let mut found = Vec::new();
    for payout in &payee.payouts {
        let should = if payout.state.is_under_way() {
            payout.amount_minor
        } else {
            Minor::ZERO
        };
        let account = Account::PayoutTransit(payout.id);
        let is = balance(&account);
        if is != should {
            found.push(Broken {
                invariant: "I5",
                subject: account.to_string(),
                why: format!("is {}, should be {}", is.0, should.0),
            });
        }
    }
    found
}
