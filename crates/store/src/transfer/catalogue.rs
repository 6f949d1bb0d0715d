//! The tables of an installation, read from the texts of the migrations, so that a new one cannot be forgotten.

use crate::migration::Migration;

/// Types of the shared SQL as a column's definition spells them.
const TYPES: [(&str, Kind); 4] = [
    ("BIGINT", Kind::Integer),
    ("DOUBLE PRECISION", Kind::Real),
    ("TEXT", Kind::Text),
    ("BYTEA", Kind::Bytes),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Bytes,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Names of the columns of its primary key.
    pub(super) key: Vec<String>,
    references: Vec<String>,
}

impl Table {
    fn holds(&self, column: &str) -> Option<Kind> {
        self.columns
            .iter()
            .find(|found| found.name == column)
            .map(|found| found.kind)
    }

    /// Whether a column is ordered by the bytes of its text.
    pub(super) fn is_text(&self, column: &str) -> bool {
        self.holds(column) == Some(Kind::Text)
    }
}

/// All tables that the shared texts make, each after those it refers to. What the text of one engine makes alone,
/// a search index for instance, is made again from the rows by that engine.
pub(super) fn tables(migrations: &[Migration]) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for (_, shared, ..) in migrations {
        for statement in statements(shared) {
            read(&statement, &mut tables);
        }
    }
    in_order_of_references(tables)
}

fn statements(text: &str) -> Vec<String> {
    let code: Vec<&str> = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect();
    let code = code.join(" ");
    let words = |statement: &str| statement.split_whitespace().collect::<Vec<_>>().join(" ");
    code.split(';').map(words).collect()
}

fn read(statement: &str, tables: &mut Vec<Table>) {
    if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
        let (name, body) = rest.split_once('(').unwrap_or((rest, ""));
        let body = body.rsplit_once(')').map_or(body, |(body, _)| body);
        let mut table = Table {
            name: name.trim().to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
            references: Vec::new(),
        };
        for definition in definitions(body) {
            define(definition, &mut table);
        }
        tables.push(table);
    } else if let Some(rest) = statement.strip_prefix("ALTER TABLE ") {
        let (name, change) = rest.split_once(' ').unwrap_or((rest, ""));
        let table = tables.iter_mut().find(|table| table.name == name);
        if let (Some(table), Some(definition)) = (table, change.strip_prefix("ADD COLUMN ")) {
            define(definition, table);
        }
    } else if let Some(name) = statement.strip_prefix("DROP TABLE ") {
        tables.retain(|table| table.name != name.trim());
    }
}

/// The parts of a table's body: between commas that are in no bracket.
fn definitions(body: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_u32, 0);
    for (place, letter) in body.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.extend(body.get(start..place));
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.extend(body.get(start..));
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn define(definition: &str, table: &mut Table) {
    let mut references = definition.split("REFERENCES ").skip(1);
    let names = references.by_ref().filter_map(|rest| {
        rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .next()
    });
    table.references.extend(names.map(str::to_owned));
    if let Some(rest) = definition.split("PRIMARY KEY (").nth(1) {
        let columns = rest.split(')').next().unwrap_or_default().split(',');
        table.key = columns.map(|column| column.trim().to_owned()).collect();
        return;
    }
    let (name, rest) = definition.split_once(' ').unwrap_or((definition, ""));
    let Some((_, kind)) = TYPES.iter().find(|(spelt, _)| rest.starts_with(spelt)) else {
        return; // A constraint of the table.
    };
    table.columns.push(Column {
        name: name.to_owned(),
        kind: *kind,
    });
    if rest.contains("PRIMARY KEY") {
        table.key = vec![name.to_owned()];
    }
}

/// Each table after those it refers to; otherwise in the order they were made in. A table may refer to itself.
fn in_order_of_references(tables: Vec<Table>) -> Vec<Table> {
    let (mut placed, mut waiting) = (Vec::<Table>::new(), tables);
    while !waiting.is_empty() {
        let ready = |table: &Table| {
            table
                .references
                .iter()
                .all(|name| *name == table.name || placed.iter().any(|placed: &Table| placed.name == *name))
        };
        // Tables that refer to each other in a ring cannot be filled one after the other: a test refuses them.
        let next = waiting.iter().position(ready).unwrap_or(0);
        let table = waiting.remove(next);
        placed.push(table);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_in_the_order_of_their_references() {
        let first = "-- a comment; with, signs\nCREATE TABLE leg (\n  id TEXT NOT NULL PRIMARY KEY,\n  entry TEXT NOT \
                     NULL REFERENCES entry (id),\n  amount BIGINT NOT NULL CHECK (amount <> 0 AND amount IN (1, 2)),\n  \
                     before TEXT REFERENCES leg (id)\n);\nCREATE INDEX leg_entry ON leg (entry);\n";
        let second = "CREATE TABLE entry (\n  id TEXT NOT NULL,\n  part BIGINT NOT NULL, -- which\n  rate DOUBLE \
                      PRECISION,\n  UNIQUE (id),\n  PRIMARY KEY (id, part)\n);\nALTER TABLE leg ADD COLUMN proof BYTEA;\n\
                      CREATE TABLE gone (id TEXT PRIMARY KEY);\nDROP TABLE gone;";
        let found = tables(&[("first", first, None, None), ("second", second, None, None)]);
        let told: Vec<String> = found
            .iter()
            .map(|table| {
                let columns: Vec<String> = table
                    .columns
                    .iter()
                    .map(|column| format!("{} {}", column.name, column.kind.name()))
                    .collect();
                format!(
                    "{} ({}) by {}",
                    table.name,
                    columns.join(", "),
                    table.key.join(", ")
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "entry (id text, part integer, rate real) by id, part",
                "leg (id text, entry text, amount integer, before text, proof bytes) by id",
            ]
        );
    }
}
