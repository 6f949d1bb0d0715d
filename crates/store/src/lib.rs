//! The only place with SQL: an embedded SQLite file or a PostgreSQL server behind one small layer.
//!
//! `db` and `backup` alone know which engine runs below; every other file is one noun with its statements, in
//! the SQL that SQLite and PostgreSQL share. No rule of the business is here: what is kept was decided before.

#[macro_use]
mod db;
mod backup;
mod edition;
mod error;
mod migration;
mod request;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transfer;

pub use self::backup::{Existing, Progress, backup, restore};
pub use self::db::{Done, Statements, Store, Tx, View};
pub use self::edition::{Edition, Kept};
pub use self::error::{Cause, Error};
pub use self::migration::Applied;
pub use self::request::{Filter, Inserted, RequestKeys};
pub use self::transfer::Moved;

/// Every statement of the crate, so that one test prepares them all.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&[db::Sql]] = &[
    db::STATEMENTS,
    migration::STATEMENTS,
    edition::STATEMENTS,
    request::STATEMENTS,
];
