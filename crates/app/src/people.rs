//! People as the office finds them and reads about them, with what it has to do with each.

use std::collections::BTreeMap;

use earnest_hire::contract::Contract;
use earnest_hire::ids::PersonId;
use earnest_hire::person::Person;

use crate::Error;
use crate::audit;
use crate::desk::Desk;
use crate::hold::Held;
use crate::paging::{one_more, page};
use crate::payee::{self, Balance};
use crate::visit::{self, Place};

/// The most people on a page.
pub const SHOWN: u16 = 50;

/// People whose address or name has a text in it, the newest first, with where the next page begins.
pub async fn find(
    desk: &Desk,
    text: &str,
    before: Option<PersonId>,
    limit: u16,
) -> Result<(Vec<Person>, Option<PersonId>), Error> {
    let text = text.trim().to_owned();
    let read = desk.store.read(move |mut view| {
        let text = text.clone();
        async move { view.people_like(&text, before, one_more(limit)).await }
    });
    Ok(page(read.await?, limit, |one| one.id))
}

/// Everything that the office reads about one person.
#[derive(Debug, Clone)]
pub struct File {
    /// Who.
    pub person: Person,
    /// Their money, payouts, holds and contracts.
    pub balance: Balance,
    /// What operators did about them.
    pub record: Vec<audit::Line>,
    /// Whether there is more of it than that.
    pub older: bool,
}

impl File {
    /// Their contracts, the newest first.
    pub fn contracts(&self) -> &[Contract] {
        &self.balance.contracts
    }

    /// Holds that stand or ended lately, the last first.
    pub fn holds(&self) -> &[Held] {
        &self.balance.holds
    }

    /// What the others in them are called.
    pub fn names(&self) -> &BTreeMap<PersonId, String> {
        &self.balance.names
    }
}

/// Opens the file of a person for an operator who has said why, or in whose queue the person is.
pub async fn file(desk: &Desk, by: &Person, id: PersonId) -> Result<File, Error> {
    if !visit::may_look(by) {
        return Err(Error::NotFound);
    }
    let person = crate::account::person(desk, id).await?;
    if by.id != id {
        let queue = in_queue(desk, id).await?;
        visit::check(desk, by, &Place::Person(id), queue).await?;
    }
    let (record, next) = audit::about(desk, id, None, audit::SHOWN).await?;
    Ok(File {
        person,
        balance: payee::balance(desk, id).await?,
        record,
        older: next.is_some(),
    })
}

async fn in_queue(desk: &Desk, id: PersonId) -> Result<Option<&'static str>, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.payee(id).await });
    let Some(payee) = read.await? else {
        return Ok(None);
    };
    if payee.holds.iter().any(|one| one.stands(now)) {
        return Ok(Some("A hold stands, which the office has to look at."));
    }
    let waits = payee.payouts.iter().any(|one| one.waits_since(now).is_some());
    Ok(waits.then_some("A payout waits, which the office has to look at."))
}
