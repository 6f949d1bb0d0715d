//! What somebody has coming, can have paid out, and has on deposit, with the reason of each sum.

use std::collections::BTreeMap;

use earnest_hire::contract::Contract;
use earnest_hire::ids::PersonId;
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::payee::Payee;
use earnest_store::EarningRow;
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;

/// How many earnings and contracts are read at once.
const MOST: u16 = 200;

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
    /// What was earned, by the day it clears.
    pub earnings: Vec<EarningRow>,
    /// Payouts, holds, and where payouts go; none before anything was earned or asked.
    pub payee: Option<Payee>,
    /// Whether the identity check was begun.
    pub onboarded_at: Option<Timestamp>,
    /// As client or expert, the newest first.
    pub contracts: Vec<Contract>,
    /// What the others are called.
    pub names: BTreeMap<PersonId, String>,
}

/// Reads all of it.
pub async fn balance(desk: &Desk, person: PersonId) -> Result<Balance, Error> {
    let (contracts, names) = crate::contract::list(desk, person, None, MOST).await?;
    let currency = desk.currency;
    let read = desk.store.read(move |mut view| async move {
        Ok::<_, earnest_store::Error>(Balance {
            currency,
            pending: view.balance(&Account::ExpertPending(person), currency).await?,
            payable: view.balance(&Account::ExpertPayable(person), currency).await?,
            owed: view.balance(&Account::Receivable(person), currency).await?,
            earnings: view.earnings(person, MOST).await?,
            payee: view.payee(person).await?,
            onboarded_at: view.party(person).await?.onboarded_at,
            contracts: Vec::new(),
            names: BTreeMap::new(),
        })
    });
    let read = read.await?;
    Ok(Balance {
        contracts,
        names,
        ..read
    })
}
