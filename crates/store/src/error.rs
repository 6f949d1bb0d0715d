//! What can go wrong with the database, each with one sentence that says what to do.

use std::path::PathBuf;
use std::sync::Arc;

/// What lies below an error; for the log, never for a page.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failure of the store. "Not there" is no failure but an `Option`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Somebody changed the row first, or a key that must be unique was taken.
    #[error("{what} was changed by somebody else at the same moment; look at it again and repeat")]
    Conflict {
        /// The row in words.
        what: String,
    },
    /// A booking would have taken more from an account than it holds; nothing was written. What was decided looked at another
    /// balance: a fault, unless somebody else booked at the same moment.
    #[error("{account} does not hold as much as was to be booked from it")]
    Overdrawn {
        /// Currency and code.
        account: String,
    },
    /// Nothing was written; the same call may succeed later.
    #[error("the database cannot take this now ({why}); nothing was saved, so try again")]
    Unavailable {
        /// Busy, full, or closing.
        why: &'static str,
    },
    /// The connection broke while a write was being made durable. It may be there or not; whoever repeats it with
    /// the same key finds out without doing it twice.
    #[error(
        "nobody knows whether this was saved: the connection to the database broke at that moment; repeat it with \
         the same key"
    )]
    Unconfirmed {
        /// What the driver said.
        #[source]
        cause: Cause,
    },
    /// The disk failed while a write was made durable. What was not confirmed may or may not be there, and
    /// nothing more is written until a restart has read the truth from the disk.
    #[error("the disk failed while writing {path}; writing has stopped until Earnest is restarted")]
    Stopped {
        /// The database file.
        path: PathBuf,
        /// What the engine said.
        #[source]
        cause: Cause,
    },
    /// A row that makes no sense. It is reported, never guessed at.
    #[error("the row {id} of table {table} makes no sense: {why}")]
    Corrupt {
        /// Table of the row.
        table: &'static str,
        /// Key of the row.
        id: String,
        /// The first thing found wrong.
        why: String,
    },
    /// The engine refused; most often a fault in this program.
    #[error("the database refused: {0}")]
    Driver(#[source] Cause),
    /// The code inside a transaction panicked; all it did was undone.
    #[error("a transaction broke off inside and was undone")]
    Panicked,
    /// The code inside a transaction waited for something other than the database, which would hold up everybody.
    #[error("a transaction waited for something other than the database and was undone")]
    Waited,
    /// Opened for reading only.
    #[error("the database was opened for reading only")]
    ReadOnly,

    /// The address of the database cannot be read.
    #[error("the address of the database cannot be used: {why}")]
    Address {
        /// The first thing found wrong; never the password.
        why: String,
    },
    /// Another process holds the database.
    #[error("{path} is in use by another Earnest; stop that one first, or choose another folder with --data")]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The folder or the file cannot be written or read.
    #[error("cannot use {path} ({cause}); choose a folder that Earnest may write to with --data")]
    Unwritable {
        /// What was to be written or read.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: Cause,
    },
    /// There is no such file.
    #[error("there is no database at {path}; `earnest serve` makes one, and --data names the folder")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is no backup of that name.
    #[error("there is no backup at {path}, or it is empty; nothing was changed")]
    NoBackup {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Not a database, or one with damage.
    #[error(
        "{path} is damaged ({what}) and was left as it is; bring back a backup with `earnest restore FILE`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A server that would answer before it has kept what it was told.
    #[error("{path} may lose what it has confirmed ({what}); change that on the server, then start again")]
    Unsafe {
        /// The address on a server.
        path: PathBuf,
        /// Which setting.
        what: String,
    },
    /// A sound database that is not Earnest's.
    #[error("{path} belongs to another program and was left as it is; choose another folder with --data")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later version of this program.
    #[error(
        "{path} was written by a newer Earnest (schema {found}, this one knows {known}); install that version"
    )]
    Newer {
        /// The file, or the address on a server.
        path: PathBuf,
        /// Number of the last migration in the file.
        found: i64,
        /// Number of the last migration in this program.
        known: i64,
    },
    /// Written by an earlier version and opened for reading only, so it could not be brought up to date.
    #[error(
        "{path} was written by an older Earnest (schema {found}, this one needs {known}); run `earnest migrate`"
    )]
    Older {
        /// The file, or the address on a server.
        path: PathBuf,
        /// Number of the last migration in the file.
        found: i64,
        /// Number of the last migration in this program.
        known: i64,
    },
    /// A migration that was applied long ago reads differently now.
    #[error(
        "migration {number} of {path} is not the one in this program; use the Earnest that made this database"
    )]
    Altered {
        /// The file, or the address on a server.
        path: PathBuf,
        /// Number of the migration.
        number: i64,
    },
    /// A database that was to be filled holds something already.
    #[error(
        "table {table} of this database holds rows already; an import needs an empty one, made with `earnest migrate`"
    )]
    NotEmpty {
        /// The first table found with a row.
        table: String,
    },
    /// A file that was not to be overwritten.
    #[error("{path} exists already; name another file, or say --force to replace it")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An edition that is kept already, with other content under the same number.
    #[error(
        "edition {number} of {comparison} was published with other content; give the new content a new number"
    )]
    Changed {
        /// Slug of the comparison.
        comparison: String,
        /// Number of the edition.
        number: String,
    },
}

impl Error {
    pub(crate) fn driver(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Driver(Arc::new(cause))
    }
}
