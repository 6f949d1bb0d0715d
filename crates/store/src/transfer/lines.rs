//! The lines of the file, written and read.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Moved;
use super::catalogue::{Kind, Table};
use crate::Error;
use crate::db::Val;
use crate::migration::{checksum, numbered};

const FORMAT: &str = "earnest.installation/1";

/// The first line.
pub(super) struct Header(Value);

impl Header {
    /// Of this program; on a database that is up to date, also of that.
    pub(super) fn of(tables: &[Table]) -> Self {
        let migrations: Vec<Value> = numbered()
            .map(|(number, migration)| {
                json!({"number": number, "name": migration.0, "sha256": hex(&checksum(migration))})
            })
            .collect();
        let table = |table: &Table| {
            let columns: Vec<Value> = table
                .columns
                .iter()
                .map(|column| json!([column.name, column.kind.name()]))
                .collect();
            json!({"name": table.name, "columns": columns, "key": table.key})
        };
        let tables: Vec<Value> = tables.iter().map(table).collect();
        Self(json!({"format": FORMAT, "migrations": migrations, "tables": tables}))
    }

    pub(super) fn line(&self) -> Result<String, Error> {
        line(&self.0)
    }

    /// Whether a file was written by a program with this very schema.
    pub(super) fn want(&self, line: &str) -> Result<(), String> {
        let found: Value = serde_json::from_str(line).unwrap_or_default();
        if found.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err("it does not start like an export".to_owned());
        }
        let last = |header: &Value| {
            let migrations = header.get("migrations").and_then(Value::as_array);
            let number = migrations.and_then(|all| all.last()?.get("number"));
            number.and_then(Value::as_u64).unwrap_or_default()
        };
        if found == self.0 {
            Ok(())
        } else {
            Err(format!(
                "it was written with schema {}, this program has {}; use the same version on both sides",
                last(&found),
                last(&self.0)
            ))
        }
    }
}

/// The last line, as it grows.
pub(super) struct Sum {
    rows: Vec<(String, u64)>,
    sha256: Sha256,
}

impl Sum {
    pub(super) fn new() -> Self {
        Self {
            rows: Vec::new(),
            sha256: Sha256::new(),
        }
    }

    pub(super) fn begin(&mut self, table: &str) {
        self.rows.push((table.to_owned(), 0));
    }

    pub(super) fn add(&mut self, line: &str) {
        self.sha256.update(line);
        if let Some((_, count)) = self.rows.last_mut() {
            *count += 1;
        }
    }

    pub(super) fn finish(self) -> Trailer {
        Trailer {
            rows: self.rows,
            sha256: hex(&self.sha256.finalize()),
        }
    }
}

/// The last line: what there must be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    rows: Vec<(String, u64)>,
    sha256: String,
}

impl Trailer {
    pub(super) fn line(&self) -> Result<String, Error> {
        let rows: Map<String, Value> = self
            .rows
            .iter()
            .map(|(table, count)| (table.clone(), json!(count)))
            .collect();
        line(&json!({"rows": rows, "sha256": self.sha256}))
    }

    pub(super) fn read(line: &str) -> Result<Self, String> {
        let unreadable = || "its last line cannot be read".to_owned();
        let found: Value = serde_json::from_str(line).unwrap_or_default();
        let rows = found
            .get("rows")
            .and_then(Value::as_object)
            .ok_or_else(unreadable)?;
        let rows = rows
            .iter()
            .map(|(table, count)| Ok((table.clone(), count.as_u64().ok_or_else(unreadable)?)));
        Ok(Self {
            rows: rows.collect::<Result<_, String>>()?,
            sha256: found
                .get("sha256")
                .and_then(Value::as_str)
                .ok_or_else(unreadable)?
                .to_owned(),
        })
    }

    pub(super) fn moved(self) -> Moved {
        Moved {
            tables: self.rows,
            sha256: self.sha256,
        }
    }
}

fn line(value: &Value) -> Result<String, Error> {
    let mut line = serde_json::to_string(value).map_err(Error::driver)?;
    line.push('\n');
    Ok(line)
}

/// One row as a line.
pub(super) fn row(table: &Table, row: &[Val]) -> Result<String, Error> {
    let mut values = vec![Value::from(table.name.as_str())];
    for value in row {
        values.push(match value {
            Val::Null => Value::Null,
            Val::Int(number) => Value::from(*number),
            Val::Real(number) if number.is_finite() => Value::from(*number),
            Val::Real(_) => {
                return Err(Error::Corrupt {
                    table: "export",
                    id: table.name.clone(),
                    why: "a number that is none".to_owned(),
                });
            }
            Val::Text(text) => Value::from(text.as_str()),
            Val::Bytes(bytes) => Value::from(hex(bytes)),
        });
    }
    line(&Value::Array(values))
}

/// The table of a line, and its values as the columns want them.
pub(super) fn parse(line: &str, tables: &[Table]) -> Result<(String, Vec<Val>), String> {
    let start: String = line.chars().take(60).collect();
    let unreadable = || format!("the row {start}… cannot be read");
    let found: Vec<Value> = serde_json::from_str(line).unwrap_or_default();
    let mut values = found.into_iter();
    let Some(Value::String(name)) = values.next() else {
        return Err(unreadable());
    };
    let table = tables
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(unreadable)?;
    if values.len() != table.columns.len() {
        return Err(unreadable());
    }
    let row = values
        .zip(&table.columns)
        .map(|(value, column)| read(value, column.kind).ok_or_else(unreadable));
    Ok((name, row.collect::<Result<_, _>>()?))
}

fn read(value: Value, kind: Kind) -> Option<Val> {
    match (value, kind) {
        (Value::Null, _) => Some(Val::Null),
        (Value::Number(number), Kind::Integer) => number.as_i64().map(Val::Int),
        (Value::Number(number), Kind::Real) => number.as_f64().map(Val::Real),
        (Value::String(text), Kind::Text) => Some(Val::Text(text)),
        (Value::String(text), Kind::Bytes) => bytes(&text).map(Val::Bytes),
        _ => None,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let nibble = |letter: &u8| {
        char::from(*letter)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
            _ => None,
        })
        .collect()
}
