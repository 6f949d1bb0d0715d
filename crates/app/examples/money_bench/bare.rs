//! The same rows without the program: read from a database in which the operations were carried out, and written again
//! into a copy from before by prepared statements, in groups of the same size, flushed in the same way.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::Outcome;

/// What only grows, in the order of one operation: the table, and how its rows are found from their event.
const GROWING: [(&str, &str); 5] = [
    (
        "idempotency",
        "JOIN idempotency ON idempotency.event_id = event.id",
    ),
    ("event", ""),
    ("entry", "JOIN entry ON entry.transition_id = event.id"),
    (
        "line",
        "JOIN entry ON entry.transition_id = event.id JOIN line ON line.entry_id = entry.id",
    ),
    ("job", "JOIN job ON job.event_id = event.id"),
];
/// Each operation adds one row to each of these.
const ONE_EACH: [&str; 2] = ["earning", "timer"];

const CONTRACT: &str =
    "UPDATE contract SET version = ?2, standing = ?3, body = ?4 WHERE id = ?1 AND version = ?2 - 1";
const CHAIN: &str = "UPDATE chain SET length = ?2, head = ?3 WHERE id = ?1 AND length = ?2 - 2";
const OPEN: &str = "INSERT INTO account (id, code, currency, kind, bound) SELECT ?1, ?2, ?3, ?4, ?5 \
                    WHERE NOT EXISTS (SELECT 1 FROM account WHERE id = ?1)";
const BALANCE: &str = "INSERT INTO balance (account_id, debit, credit) VALUES (?1, ?2, ?3) ON CONFLICT (account_id) DO UPDATE SET \
                       debit = balance.debit + excluded.debit, credit = balance.credit + excluded.credit";

pub(crate) struct Bare {
    pub(crate) rate: f64,
    pub(crate) statements: f64,
}

type Statement = (String, Vec<Value>);

/// Writes what stands in `after` and not in `before` into `before`, so many operations to a commit.
pub(crate) fn same_rows(after: &Path, before: &Path, group: usize) -> Outcome<Bare> {
    let operations = operations(after, before)?;
    let connection = Connection::open(before)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;",
    )?;
    let statements: usize = operations.iter().map(Vec::len).sum();
    let began = Instant::now();
    for group in operations.chunks(group) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for (sql, values) in group.iter().flatten() {
            let mut statement = connection.prepare_cached(sql)?;
            let changed = statement.execute(rusqlite::params_from_iter(values))?;
            if changed != 1 && sql.as_str() != OPEN {
                return Err(format!("{sql} changed {changed} rows").into());
            }
        }
        connection.execute_batch("COMMIT")?;
    }
    let count = f64::from(u32::try_from(operations.len())?);
    Ok(Bare {
        rate: count / began.elapsed().as_secs_f64(),
        statements: f64::from(u32::try_from(statements)?) / count,
    })
}

fn rows(connection: &Connection, sql: &str) -> Outcome<Vec<Vec<Value>>> {
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let found = statement.query_map([], |row| (0..width).map(|column| row.get(column)).collect())?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Of every event after the last one that is in both, the statements that would make its rows.
fn operations(after: &Path, before: &Path) -> Outcome<Vec<Vec<Statement>>> {
    let connection = Connection::open(after)?;
    connection.execute("ATTACH ?1 AS former", [before.to_str().ok_or("a path is text")?])?;
    let mut found: BTreeMap<i64, Vec<Statement>> = BTreeMap::new();
    for (table, join) in GROWING {
        let sql = format!(
            "SELECT event.rowid, {table}.* FROM event {join} WHERE event.rowid > (SELECT MAX(rowid) FROM former.event)"
        );
        for mut row in rows(&connection, &sql)? {
            let Value::Integer(event) = row.remove(0) else {
                return Err(format!("a row of {table} has no event").into());
            };
            found
                .entry(event)
                .or_default()
                .push((insert(table, row.len()), row));
        }
    }
    for table in ONE_EACH {
        let sql =
            format!("SELECT * FROM {table} WHERE id NOT IN (SELECT id FROM former.{table}) ORDER BY id");
        let added = rows(&connection, &sql)?;
        if table == "earning" && added.len() != found.len() {
            return Err(format!("{} earnings of {} operations", added.len(), found.len()).into());
        }
        for (row, statements) in added.into_iter().zip(found.values_mut()) {
            statements.push((insert(table, row.len()), row));
        }
    }
    for (event, statements) in &mut found {
        changes(&connection, *event, statements)?;
    }
    Ok(found.into_values().collect())
}

fn insert(table: &str, width: usize) -> String {
    let places: Vec<String> = (1..=width).map(|place| format!("?{place}")).collect();
    format!("INSERT INTO {table} VALUES ({})", places.join(", "))
}

/// The rows that an event changes: the contract with its milestone and lot, the chain, accounts and balances. Bodies are
/// the last ones there are, which are as long as those in between.
fn changes(connection: &Connection, event: i64, statements: &mut Vec<Statement>) -> Outcome {
    let of_event = |what: &str| format!("SELECT {what} WHERE event.rowid = {event}");
    let queries = [
        (
            CONTRACT.to_owned(),
            of_event(
                "contract.id, event.version, contract.standing, contract.body FROM event JOIN contract ON contract.id = chain",
            ),
        ),
        (
            CHAIN.to_owned(),
            of_event(
                "event.chain, event.no + 1, entry.hash FROM event JOIN entry ON transition_id = event.id",
            ),
        ),
    ];
    for (at, (sql, query)) in queries.into_iter().enumerate() {
        for row in rows(connection, &query)? {
            statements.insert(at + 1, (sql.clone(), row));
        }
    }
    let sums = "account.*, SUM(CASE side WHEN 'debit' THEN amount ELSE 0 END), SUM(CASE side WHEN 'credit' THEN amount ELSE 0 END) \
                FROM event JOIN entry ON transition_id = event.id JOIN line ON entry_id = entry.id \
                JOIN account ON account.id = account_id";
    let sums = rows(connection, &format!("{} GROUP BY account.id", of_event(sums)))?;
    let mut at = 3;
    let running = Value::Text("running".to_owned());
    for (sql, width) in [(OPEN, 5), (BALANCE, 3)] {
        for row in &sums {
            if sql == BALANCE && row.get(4) != Some(&running) {
                continue;
            }
            let mut values = row.clone();
            if sql == BALANCE {
                values.drain(1..5);
            }
            values.truncate(width);
            statements.insert(at, (sql.to_owned(), values));
            at += 1;
        }
    }
    for (table, query) in [
        (
            "milestone",
            "milestone.* FROM event JOIN milestone ON contract = chain",
        ),
        (
            "lot",
            "lot.* FROM event JOIN milestone ON contract = chain JOIN lot ON lot.milestone = milestone.id",
        ),
    ] {
        for row in rows(connection, &of_event(query))? {
            statements.push((upsert(connection, table)?, row));
        }
    }
    Ok(())
}

fn upsert(connection: &Connection, table: &str) -> Outcome<String> {
    let statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
    let names: Vec<&str> = statement.column_names().collect();
    let changed: Vec<String> = names
        .iter()
        .skip(3)
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    Ok(format!(
        "{} ON CONFLICT (id) DO UPDATE SET {}",
        insert(table, names.len()),
        changed.join(", ")
    ))
}

/// Makes so many entries of a shape that the books have: one event, one entry, four lines, of a thousand to a history.
pub(crate) fn fill(file: &Path, entries: u64) -> Outcome {
    let connection = Connection::open(file)?;
    // Only this preparation is without a flush; what is measured opens the file anew.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")?;
    let numbers =
        format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {entries})");
    let kinds: HashMap<&str, &str> = HashMap::from([
        ("escrow", "liability"),
        ("expert_pending", "liability"),
        ("fee_expert", "income"),
        ("tax_payable", "liability"),
    ]);
    connection.execute_batch("BEGIN")?;
    for (code, kind) in &kinds {
        connection.execute_batch(&format!(
            "INSERT INTO account WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {entries} / 1000) \
             SELECT 'USD {code}:' || i, '{code}:' || i, 'USD', '{kind}', 'free' FROM n"
        ))?;
    }
    connection.execute_batch(&format!(
        "INSERT INTO chain SELECT 'old_' || value, 2000, zeroblob(32) FROM (WITH RECURSIVE n(value) AS \
         (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < {entries} / 1000) SELECT value FROM n);
         INSERT INTO event {numbers} SELECT printf('evt_%026d', i), 'old_' || (i / 1000), 2 * (i % 1000) + 1, i, 'release', \
         '{{\"actor\":\"clock\"}}', '{{\"command\":\"release\",\"milestone\":\"mst_01kg000000e00800000000000a\"}}', '{{}}', i, '[]', \
         zeroblob(32), zeroblob(32), zeroblob(32) FROM n;
         INSERT INTO entry {numbers} SELECT printf('ent_%026d', i), printf('evt_%026d', i), 'release', printf('evt_%026d', i), i, \
         'old_' || (i / 1000), 2 * (i % 1000) + 2, zeroblob(32), zeroblob(32) FROM n;"
    ))?;
    for (no, (code, side, amount)) in (1..).zip([
        ("escrow", "debit", 1_000),
        ("expert_pending", "credit", 881),
        ("fee_expert", "credit", 100),
        ("tax_payable", "credit", 19),
    ]) {
        connection.execute_batch(&format!(
            "INSERT INTO line {numbers} SELECT printf('ent_%026d', i), {no}, 'USD {code}:' || (i / 1000), '{side}', {amount}, NULL FROM n"
        ))?;
    }
    connection.execute_batch("COMMIT")?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}
