//! Looking into the books: accounts line by line, and entries.

use earnest_hire::ids::EntryId;
use earnest_hire::ledger::Account;
use earnest_hire::money::{Currency, Minor};
use earnest_store::{AccountLine, EntriesAsked, PostedEntry};

use crate::Error;
use crate::desk::Desk;
use crate::paging::{one_more, page};

/// The most lines on a page.
pub const SHOWN: u16 = 100;

/// An account with some of its lines, the newest first.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// All debits now.
    pub debit: Minor,
    /// All credits now.
    pub credit: Minor,
    /// The lines.
    pub lines: Vec<AccountLine>,
    /// After which line the next page begins.
    pub next: Option<(EntryId, i64)>,
}

/// Lines of an account, those after a line where one is given. An account without any line is not there.
pub async fn account(
    desk: &Desk,
    (account, currency): (Account, Currency),
    after: Option<(EntryId, i64)>,
) -> Result<AccountPage, Error> {
    let read = desk.store.read(move |mut view| {
        let account = account.clone();
        async move {
            let (debit, credit) = view.summed(&account, currency).await?;
            let lines = view
                .account_lines((&account, currency), after, one_more(SHOWN))
                .await?;
            Ok::<_, earnest_store::Error>(AccountPage {
                debit,
                credit,
                lines,
                next: None,
            })
        }
    });
    let mut found = read.await?;
    if found.lines.is_empty() && after.is_none() {
        return Err(Error::NotFound);
    }
    (found.lines, found.next) = page(found.lines, SHOWN, |one| (one.entry, one.no));
    Ok(found)
}

/// An entry with its lines.
pub async fn entry(desk: &Desk, id: EntryId) -> Result<PostedEntry, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.posted_entry(id).await });
    read.await?.ok_or(Error::NotFound)
}

/// Entries with their lines, the newest first, and after which one the next page begins.
pub async fn entries(
    desk: &Desk,
    asked: EntriesAsked,
    limit: u16,
) -> Result<(Vec<PostedEntry>, Option<EntryId>), Error> {
    let read = desk.store.read(move |mut view| {
        let asked = asked.clone();
        async move { view.entries_asked(&asked, one_more(limit)).await }
    });
    Ok(page(read.await?, limit, |one| one.id))
}
