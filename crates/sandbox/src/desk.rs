//! The one place where the books are read and written, one after the other.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::books::{Books, Fact};
use crate::draft::Draft;
use crate::journal::{Journal, JournalError};
use crate::outside::Outside;
use crate::payment;
use crate::settings::Settings;

pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) outside: Arc<dyn Outside>,
    /// Wakes the courier.
    pub(crate) changed: Notify,
    kept: Mutex<Kept>,
}

struct Kept {
    books: Books,
    /// None where nothing is kept.
    journal: Option<Journal>,
    /// After a flush that failed nobody knows what the disk has: nothing is confirmed any more until a restart.
    broken: bool,
}

/// The journal could not be written; whatever was asked must be looked up after a restart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Broken;

impl Desk {
    pub(crate) fn open(settings: Settings, outside: Arc<dyn Outside>) -> Result<Self, JournalError> {
        let mut books = Books::default();
        let journal = match &settings.folder {
            Some(folder) => Some(Journal::open(folder, &mut books)?),
            None => None,
        };
        let new = books.drawn == 0 && books.seed == 0;
        let first = [Fact::Seed(settings.seed), Fact::Faults(settings.faults.clone())];
        let desk = Self {
            settings,
            outside,
            changed: Notify::new(),
            kept: Mutex::new(Kept {
                books,
                journal,
                broken: false,
            }),
        };
        if new {
            // a failure is remembered and refuses every call
            let begun = desk.write(|draft| first.into_iter().for_each(|fact| draft.put(fact)));
            if begun.is_err() {
                tracing::error!("the first line of the journal could not be written");
            }
        }
        Ok(desk)
    }

    /// The provider's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.read(|books| books.now(self.outside.now()))
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).broken
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&Books) -> T) -> T {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        work(&kept.books)
    }

    /// Runs a change and has it on the disk before it returns. The flush blocks its thread for some milliseconds: this
    /// program serves a test or a demonstration, not a crowd.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Draft<'_>) -> T) -> Result<T, Broken> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        if kept.broken {
            return Err(Broken);
        }
        let mut draft = Draft::new(&mut kept.books, &self.settings, self.outside.now());
        payment::expire_overdue(&mut draft);
        let done = work(&mut draft);
        let facts = draft.into_facts();
        if let Some(journal) = kept.journal.as_mut().filter(|_| !facts.is_empty())
            && let Err(cause) = journal.append(&facts)
        {
            tracing::error!(%cause, "the journal cannot be written; nothing is confirmed until a restart");
            kept.broken = true;
            return Err(Broken);
        }
        if !facts.is_empty() {
            self.changed.notify_one();
        }
        Ok(done)
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Desk")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
