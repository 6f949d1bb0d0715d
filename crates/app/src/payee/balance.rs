//! What somebody has coming, can have paid out, and has on deposit, with the reason of each sum.

use std::collections::BTreeMap;

use earnest_hire::contract::Contract;
use earnest_hire::ids::PersonId;
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor, total};
use earnest_hire::payee::Payee;
use earnest_store::EarningRow;
use jiff::Timestamp;

use super::debt::{self, Debt, debts};
use super::held::{Held, held};
use crate::Error;
use crate::contract::{every, names};
use crate::desk::Desk;
use crate::hold;

/// How many earnings are told one by one; the sums are of all.
pub const EARNINGS_TOLD: u16 = 200;

/// The money of one person.
#[derive(Debug, Clone)]
pub struct Balance {
    /// Of every sum in it.
    pub currency: Currency,
    /// Earned, and not cleared yet.
    pub pending: Minor,
    /// Can be paid out.
    pub payable: Minor,
    /// Owed to the operator, and netted first.
    pub owed: Minor,
    /// Each sum of that, the last first.
    pub debts: Vec<Debt>,
    /// What was earned, by the day it clears: the last [`EARNINGS_TOLD`].
    pub earnings: Vec<EarningRow>,
    /// Payouts and where they go; none before anything was earned or asked.
    pub payee: Option<Payee>,
    /// Their holds that stand or ended lately, the last first.
    pub holds: Vec<hold::Held>,
    /// Whether the identity check was begun.
    pub onboarded_at: Option<Timestamp>,
    /// What is held for them as a client, each sum with its reason.
    pub held: Vec<Held>,
    /// All of that.
    pub held_total: Minor,
    /// As client or expert, all of them, the newest first.
    pub contracts: Vec<Contract>,
    /// What the others are called.
    pub names: BTreeMap<PersonId, String>,
}

/// Reads all of it.
pub async fn balance(desk: &Desk, person: PersonId) -> Result<Balance, Error> {
    let currency = desk.currency;
    let read = desk.store.read(move |mut view| async move {
        let contracts = every(&mut view, person).await?;
        let payee = view.payee(person).await?;
        let holds = hold::told(&mut view, payee.as_ref()).await?;
        let receivable = Account::Receivable(person);
        let owed = view.balance(&receivable, currency).await?;
        let lines = if owed.is_positive() {
            let account = (&receivable, currency);
            view.account_lines(account, None, debt::LINES).await?
        } else {
            Vec::new()
        };
        let is_client_of = |id| contracts.iter().any(|one| one.id == id && one.client == person);
        Ok::<_, earnest_store::Error>(Balance {
            currency,
            pending: view.balance(&Account::ExpertPending(person), currency).await?,
            payable: view.balance(&Account::ExpertPayable(person), currency).await?,
            owed,
            debts: debts(&lines, owed, is_client_of),
            earnings: view.earnings(person, EARNINGS_TOLD).await?,
            payee,
            holds,
            onboarded_at: view.party(person).await?.onboarded_at,
            held: Vec::new(),
            held_total: Minor::ZERO,
            names: names(&mut view, &contracts).await?,
            contracts,
        })
    });
    let read = read.await?;
    let held = held(&read.contracts, person)?;
    Ok(Balance {
        held_total: total(held.iter().map(|one| one.amount))?,
        held,
        ..read
    })
}
