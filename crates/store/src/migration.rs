//! Steps from one shape of the database to the next, each applied once and never changed after a release.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::db::{Row, Store, file};

/// The table of what was applied; made before the first migration, so it has no number of its own.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    applied_at BIGINT NOT NULL
);";

/// All there are, in order; the first has number 1 and none is left out.
const MIGRATIONS: &[(&str, &str)] = &[
    ("edition", include_str!("../migrations/0001_edition.sql")),
    ("request", include_str!("../migrations/0002_request.sql")),
];

statements! {
    APPLIED = "SELECT number, sha256 FROM migration ORDER BY number";
    NOTE = "INSERT INTO migration (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)";
}

/// A migration that has just been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the order, from 1.
    pub number: i64,
    /// What it brings, from its file's name.
    pub name: &'static str,
}

impl Store {
    /// Brings the database up to date: all that is missing in one transaction, or nothing.
    pub async fn migrate(&self, now: Timestamp) -> Result<Vec<Applied>, Error> {
        let path = self.path().to_owned();
        self.write(move |mut tx| {
            let path = path.clone();
            async move {
                tx.define(TABLE).await?;
                let applied = applied(tx.all(APPLIED, args![]).await?)?;
                compare(&path, &applied)?;
                let mut new = Vec::new();
                for (number, (name, sql)) in numbered().skip(applied.len()) {
                    tx.define(sql).await?;
                    tx.exec(NOTE, args![number, name, checksum(sql), now.as_microsecond()])
                        .await?;
                    new.push(Applied { number, name });
                }
                tx.commit(new).await
            }
        })
        .await
    }
}

fn numbered() -> impl Iterator<Item = (i64, (&'static str, &'static str))> {
    (1..).zip(MIGRATIONS.iter().copied())
}

fn known() -> i64 {
    numbered().map(|(number, _)| number).last().unwrap_or(0)
}

/// Line ends are left out of it, so that a checkout on Windows makes the same program.
fn checksum(sql: &str) -> [u8; 32] {
    Sha256::digest(sql.replace("\r\n", "\n")).into()
}

fn applied(rows: Vec<Row>) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let read = |mut row: Row| Ok((row.next()?, row.next()?));
    let rows: Result<Vec<_>, String> = rows.into_iter().map(read).collect();
    rows.map_err(|why| Error::Corrupt {
        table: "migration",
        id: "?".to_owned(),
        why,
    })
}

/// Refuses what a newer program has written, or what was applied from another text.
fn compare(path: &Path, applied: &[(i64, Vec<u8>)]) -> Result<(), Error> {
    let (found, known) = (found(applied), known());
    if found > known {
        return Err(Error::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    for ((number, sum), (expected, (_, sql))) in applied.iter().zip(numbered()) {
        if *number != expected || *sum != checksum(sql) {
            return Err(Error::Altered {
                path: path.to_owned(),
                number: *number,
            });
        }
    }
    Ok(())
}

fn found(applied: &[(i64, Vec<u8>)]) -> i64 {
    applied.iter().map(|(number, _)| *number).max().unwrap_or(0)
}

/// As [`compare`], on a file that is not open yet.
pub(crate) fn check(path: &Path, connection: &Connection) -> Result<(), Error> {
    compare(path, &of_file(path, connection)?)
}

/// Refuses a file that has to be migrated first.
pub(crate) fn check_current(path: &Path, connection: &Connection) -> Result<(), Error> {
    let (found, known) = (found(&of_file(path, connection)?), known());
    if found < known {
        Err(Error::Older {
            path: path.to_owned(),
            found,
            known,
        })
    } else {
        Ok(())
    }
}

fn of_file(path: &Path, connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let read = || -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
        if !connection.table_exists(None, "migration")? {
            return Ok(Vec::new());
        }
        let mut statement = connection.prepare(APPLIED.text())?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    read().map_err(|error| file::unusable(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_stay_inside_the_shared_sql() {
        for (name, sql) in MIGRATIONS {
            let code: Vec<&str> = sql
                .lines()
                .filter(|line| !line.trim_start().starts_with("--"))
                .collect();
            let code = code.join("\n");
            let banned = [
                "AUTOINCREMENT",
                "SERIAL",
                "TRIGGER",
                "BOOLEAN",
                "TIMESTAMP",
                "BLOB",
                "INTEGER",
                "STRICT",
                "'",
                "--",
            ];
            for word in banned {
                assert!(!code.contains(word), "{name} holds {word}");
            }
        }
    }
}
