//! The model against the books and the contract.

use std::collections::BTreeMap;

use super::{Model, Slot};
use crate::contract::{Contract, Milestone};
use crate::ledger::{Account, Books};
use crate::money::{Currency, Minor};
use crate::refusal::Refusal;

impl Model {
    /// What of the books or the contract differs from this account, in words.
    pub(in crate::simulate) fn differs(
        &self,
        contract: &Contract,
        books: &Books,
    ) -> Result<Option<String>, Refusal> {
        for milestone in &contract.milestones {
            if let Some(why) = self.sheet_differs(milestone, books, contract.currency)? {
                return Ok(Some(why));
            }
        }
        let mut slots: BTreeMap<Slot, i64> = BTreeMap::new();
        for (account, _, sums) in books.accounts() {
            let Some(slot) = slot_of(account, contract) else {
                continue;
            };
            let sum = slots.entry(slot).or_default();
            *sum = sum.saturating_add(sums.balance(account.class()));
        }
        let all = slots.keys().chain(self.slots.keys());
        for slot in all {
            let of = |sums: &BTreeMap<Slot, i64>| sums.get(slot).copied().unwrap_or(0);
            if of(&slots) != of(&self.slots) {
                return Ok(Some(format!(
                    "{slot:?} is {}, should be {}",
                    of(&slots),
                    of(&self.slots)
                )));
            }
        }
        Ok(None)
    }

    fn sheet_differs(
        &self,
        milestone: &Milestone,
        books: &Books,
        currency: Currency,
    ) -> Result<Option<String>, Refusal> {
        let id = milestone.id;
        let sheet = self.sheets.get(&id).ok_or(Refusal::NotFound)?;
        let [mut held, mut fees, mut released, mut refunded, mut price] = [Minor::ZERO; 5];
        for lot in &sheet.lots {
            held = held.plus(lot.held()?)?;
            released = released.plus(lot.released)?;
            refunded = refunded.plus(lot.refunded)?;
            price = price.plus(lot.price)?;
            for fee in lot.client {
                fees = fees.plus(fee.held()?)?;
            }
        }
        let (escrow, dispute) = if sheet.disputed {
            (Minor::ZERO, held)
        } else {
            (held, Minor::ZERO)
        };
        let lots = milestone.lots.iter();
        let funded = crate::money::total(lots.map(|lot| lot.price))?;
        let pairs = [
            ("escrow", books.held(&Account::Escrow(id), currency), escrow),
            (
                "dispute hold",
                books.held(&Account::DisputeHold(id), currency),
                dispute,
            ),
            ("fee hold", books.held(&Account::FeeHold(id), currency), fees),
            ("released", milestone.released()?, released),
            ("refunded", milestone.refunded()?, refunded),
            ("funded", funded, price),
        ];
        let wrong = pairs.into_iter().find(|(_, is, should)| is != should);
        Ok(wrong.map(|(what, is, should)| format!("{what} of {id} is {}, should be {}", is.0, should.0)))
    }
}

fn slot_of(account: &Account, contract: &Contract) -> Option<Slot> {
    Some(match account {
        Account::Psp(_) | Account::Bank(_) => Slot::Custody,
        Account::Chargeback(_) => Slot::Chargebacks,
        Account::Receivable(who) if *who == contract.client => Slot::OwedByClient,
        Account::Receivable(_) => Slot::OwedByExpert,
        Account::ClientFunds(_) => Slot::ClientFunds,
        Account::ExpertPending(_) | Account::ExpertPayable(_) => Slot::Expert,
        Account::RefundTransit(_) => Slot::Transit,
        Account::TaxPayable(_) => Slot::Tax,
        Account::FeeClient => Slot::FeeClient,
        Account::FeeExpert => Slot::FeeExpert,
        Account::DisputeFee => Slot::DisputeFee,
        Account::PspFees => Slot::PspFees,
        Account::ChargebackFees => Slot::ChargebackFees,
        Account::ChargebackLoss => Slot::ChargebackLoss,
        // By milestone above.
        Account::Escrow(_) | Account::FeeHold(_) | Account::DisputeHold(_) => return None,
        // Nothing in a contract books on these; should something, it shows as a difference elsewhere.
        Account::PayoutTransit(_) | Account::Fx(_) | Account::UnmatchedReceipts | Account::Goodwill => {
            return None;
        }
    })
}
