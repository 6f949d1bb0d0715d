//! Steps from one shape of the database to the next, each applied once and never changed after a release.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::db::{EngineKind, Row, Store, Tx, Val, View, file};

/// The table of what was applied; made before the first migration, so it has no number of its own.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    applied_at BIGINT NOT NULL
);";

/// On a server several processes may start at once; whoever holds the one row of this table migrates.
const LOCK_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration_lock (id BIGINT NOT NULL PRIMARY KEY);
    INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT DO NOTHING;";
/// A step may take long, and so may waiting for another process to end its own.
const LOCK: &str = "SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE;";
/// Two processes that make the lock's table at the same moment get in each other's way, once.
const LOCK_TRIES: u32 = 5;
const SERVER_HAS_TABLE: &str = "SELECT COUNT(*) FROM information_schema.tables \
     WHERE table_schema = current_schema() AND table_name = 'migration'";

/// Its name; what both engines share, in types as PostgreSQL spells them; what only PostgreSQL gets after that,
/// and what only SQLite gets, each run as it is.
pub(crate) type Migration = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

/// All there are, in order; the first has number 1 and none is left out.
pub(crate) const MIGRATIONS: &[Migration] = &[
    (
        "edition",
        include_str!("../migrations/0001_edition.sql"),
        None,
        None,
    ),
    (
        "request",
        include_str!("../migrations/0002_request.sql"),
        None,
        None,
    ),
    (
        "books",
        include_str!("../migrations/0003_books.sql"),
        Some(include_str!("../migrations/0003_books.postgres.sql")),
        Some(include_str!("../migrations/0003_books.sqlite.sql")),
    ),
    (
        "person",
        include_str!("../migrations/0004_person.sql"),
        None,
        None,
    ),
    ("talk", include_str!("../migrations/0005_talk.sql"), None, None),
    (
        "deliverable",
        include_str!("../migrations/0006_deliverable.sql"),
        None,
        None,
    ),
    (
        "expert",
        include_str!("../migrations/0007_expert.sql"),
        None,
        None,
    ),
    ("token", include_str!("../migrations/0008_token.sql"), None, None),
    (
        "office",
        include_str!("../migrations/0009_office.sql"),
        Some(include_str!("../migrations/0009_office.rare.sql")),
        Some(include_str!("../migrations/0009_office.rare.sql")),
    ),
    (
        "operate",
        include_str!("../migrations/0010_operate.sql"),
        None,
        None,
    ),
    (
        "review",
        include_str!("../migrations/0011_review.sql"),
        None,
        None,
    ),
    (
        "invitation",
        include_str!("../migrations/0012_invitation.sql"),
        None,
        None,
    ),
    (
        "exchange",
        include_str!("../migrations/0013_exchange.sql"),
        None,
        None,
    ),
    ("guard", include_str!("../migrations/0014_guard.sql"), None, None),
    (
        "expert_tick",
        include_str!("../migrations/0015_expert_tick.sql"),
        None,
        None,
    ),
    (
        "deletion",
        include_str!("../migrations/0016_deletion.sql"),
        None,
        None,
    ),
    (
        "decision",
        include_str!("../migrations/0017_decision.sql"),
        None,
        None,
    ),
    ("lapse", include_str!("../migrations/0018_lapse.sql"), None, None),
    (
        "edition_wording",
        include_str!("../migrations/0019_edition_wording.sql"),
        None,
        None,
    ),
    (
        "mail_inspection",
        include_str!("../migrations/0020_mail_inspection.sql"),
        None,
        None,
    ),
    (
        "contract_hold",
        "",
        Some(include_str!("../migrations/0021_contract_hold.rare.sql")),
        Some(include_str!("../migrations/0021_contract_hold.rare.sql")),
    ),
    (
        "event_dispute",
        "",
        Some(include_str!("../migrations/0022_event_dispute.rare.sql")),
        Some(include_str!("../migrations/0022_event_dispute.rare.sql")),
    ),
    (
        "request_people",
        include_str!("../migrations/0023_request_people.sql"),
        None,
        None,
    ),
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
        if self.engine() == EngineKind::Postgres {
            self.make_lock().await?;
        }
        let place = self.place().to_owned();
        self.write(move |mut tx| {
            let place = place.clone();
            async move {
                if tx.engine() == EngineKind::Postgres {
                    tx.take_time().await?;
                    tx.define_here(LOCK).await?;
                }
                tx.define(TABLE).await?;
                let applied = applied(tx.all(APPLIED, args![]).await?)?;
                compare(&place, &applied)?;
                let mut new = Vec::new();
                for (number, migration) in numbered().skip(applied.len()) {
                    tx.apply(migration).await?;
                    let (name, sum) = (migration.0, checksum(migration));
                    tx.exec(NOTE, args![number, name, sum, now.as_microsecond()])
                        .await?;
                    new.push(Applied { number, name });
                }
                tx.commit(new).await
            }
        })
        .await
    }

    async fn make_lock(&self) -> Result<(), Error> {
        let mut tries = 1;
        loop {
            let make = |mut tx: Tx| async move {
                tx.define_here(LOCK_TABLE).await?;
                tx.commit(()).await
            };
            match self.write::<_, Error, _, _>(make).await {
                Err(Error::Driver(_)) if tries < LOCK_TRIES => tries += 1,
                ended => return ended,
            }
        }
    }
}

impl Tx {
    async fn apply(&mut self, (_, shared, postgres, sqlite): Migration) -> Result<(), Error> {
        self.define(shared).await?;
        let here = match self.engine() {
            EngineKind::Postgres => postgres,
            EngineKind::Sqlite => sqlite,
        };
        if let Some(text) = here {
            self.define_here(text).await?;
        }
        Ok(())
    }
}

pub(crate) fn numbered() -> impl Iterator<Item = (i64, Migration)> {
    (1..).zip(MIGRATIONS.iter().copied())
}

fn known() -> i64 {
    numbered().map(|(number, _)| number).last().unwrap_or(0)
}

/// Of the texts for both engines, so that it is the same on each. Line ends are left out of it, so that a checkout
/// on Windows makes the same program.
pub(crate) fn checksum((_, shared, postgres, sqlite): Migration) -> [u8; 32] {
    let mut sum = Sha256::new_with_prefix(shared.replace("\r\n", "\n"));
    for (engine, text) in [("postgres", postgres), ("sqlite", sqlite)] {
        if let Some(text) = text {
            sum.update(format!("\n-- {engine}\n{}", text.replace("\r\n", "\n")));
        }
    }
    sum.finalize().into()
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
    for ((number, sum), (expected, migration)) in applied.iter().zip(numbered()) {
        if *number != expected || *sum != checksum(migration) {
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
    want_current(path, &of_file(path, connection)?)
}

/// As [`check`], on a server.
pub(crate) async fn check_server(store: &Store) -> Result<(), Error> {
    compare(store.place(), &of_server(store).await?)
}

/// As [`check`] and [`check_current`], on a server.
pub(crate) async fn check_server_current(store: &Store) -> Result<(), Error> {
    let applied = of_server(store).await?;
    compare(store.place(), &applied)?;
    want_current(store.place(), &applied)
}

fn want_current(path: &Path, applied: &[(i64, Vec<u8>)]) -> Result<(), Error> {
    let (found, known) = (found(applied), known());
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

async fn of_server(store: &Store) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let read = |mut view: View| async move {
        let mut tables = Vec::new();
        view.stream(SERVER_HAS_TABLE, &mut |row| {
            tables.extend(row);
            Ok(())
        })
        .await?;
        if tables == [Val::Int(0)] {
            return Ok(Vec::new());
        }
        applied(view.all(APPLIED, args![]).await?)
    };
    store.read(read).await
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
    use crate::db::Statements;
    use crate::testing::Postgres;

    #[test]
    fn migrations_stay_inside_the_shared_sql() {
        for (name, sql, ..) in MIGRATIONS {
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

    /// A ledger's rows, for instance, which each engine guards in words of its own.
    const GUARDED: Migration = (
        "guarded",
        "CREATE TABLE guarded (id BIGINT NOT NULL PRIMARY KEY);",
        Some(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'never changed'; \
             RETURN NULL; END; $$;\nCREATE TRIGGER guard BEFORE UPDATE OR DELETE ON guarded FOR EACH ROW EXECUTE \
             FUNCTION refuse();",
        ),
        Some(
            "CREATE TRIGGER guard BEFORE DELETE ON guarded BEGIN SELECT RAISE(ABORT, 'never changed'); END;",
        ),
    );

    #[tokio::test]
    async fn each_engine_gets_its_own_text_after_the_shared_one() {
        let (folder, server) = (tempfile::tempdir().unwrap(), Postgres::fresh().await.unwrap());
        for store in [
            Store::open(&folder.path().join("earnest.db")).unwrap(),
            Store::connect(server.url(), Statements::Prepared).await.unwrap(),
        ] {
            let ended = store.write::<_, Error, _, _>(|mut tx| async move {
                tx.apply(GUARDED).await?;
                tx.define_here("INSERT INTO guarded (id) VALUES (1)").await?;
                tx.commit(()).await
            });
            ended.await.unwrap();
            let refused = store.write::<_, Error, _, _>(|mut tx| async move {
                tx.define_here("DELETE FROM guarded WHERE id = 1").await?;
                tx.commit(()).await
            });
            let refused = refused.await.unwrap_err().to_string();
            assert!(refused.contains("never changed"), "{refused}");
        }
    }

    #[test]
    fn a_checksum_is_of_the_texts_for_both_engines() {
        let (name, shared, postgres, sqlite) = GUARDED;
        let sums = [
            checksum(GUARDED),
            checksum((name, shared, None, sqlite)),
            checksum((name, shared, postgres, None)),
            checksum((name, shared, sqlite, postgres)),
            checksum((name, shared, None, None)),
        ];
        for (place, sum) in sums.iter().enumerate() {
            assert!(!sums[..place].contains(sum), "{place}");
        }
        let of_text: [u8; 32] = Sha256::digest(shared).into();
        assert_eq!(
            sums[4], of_text,
            "databases made before there were such texts stay readable"
        );
    }
}
