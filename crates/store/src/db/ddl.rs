//! Table definitions: spelt for PostgreSQL, mapped for SQLite to STRICT tables.

/// Marks a table of short rows, which SQLite keeps in the order of its primary key, without a second tree of row ids.
const CLUSTERED: &str = " /* clustered */";

/// Column types of the portable subset and what SQLite calls them.
const TYPES: [(&str, &str); 3] = [
    ("DOUBLE PRECISION", "REAL"),
    ("BIGINT", "INTEGER"),
    ("BYTEA", "BLOB"),
];

/// The same statements for SQLite. Migrations hold no string literals with a type's name, a semicolon or two
/// dashes in them, which keeps this a mapping of words; a test holds them to it.
pub(crate) fn for_sqlite(ddl: &str) -> String {
    let code: String = ddl
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let statements = code
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty());
    statements.map(statement).collect()
}

fn statement(text: &str) -> String {
    let mapped = TYPES.iter().fold(text.to_owned(), |text, (portable, sqlite)| {
        text.replace(portable, sqlite)
    });
    let kind = match (text.starts_with("CREATE TABLE"), text.contains(CLUSTERED)) {
        (true, true) => " STRICT, WITHOUT ROWID",
        (true, false) => " STRICT",
        (false, _) => "",
    };
    format!("{}{kind};\n", mapped.replace(CLUSTERED, ""))
}

#[cfg(test)]
mod tests {
    use super::for_sqlite;

    #[test]
    fn a_clustered_table_has_no_row_ids() {
        let ddl = "CREATE TABLE a (\n  n BIGINT NOT NULL PRIMARY KEY\n) /* clustered */;\n";
        let mapped = "CREATE TABLE a (\n  n INTEGER NOT NULL PRIMARY KEY\n) STRICT, WITHOUT ROWID;\n";
        assert_eq!(for_sqlite(ddl), mapped);
    }

    #[test]
    fn types_are_mapped_and_tables_are_strict() {
        let ddl = "-- a; comment\nCREATE TABLE a (\n  n BIGINT, -- BIGINT\n  r DOUBLE PRECISION,\n  b BYTEA\n);\nCREATE INDEX i ON a (n);\n";
        let mapped =
            "CREATE TABLE a (\n  n INTEGER, \n  r REAL,\n  b BLOB\n) STRICT;\nCREATE INDEX i ON a (n);\n";
        assert_eq!(for_sqlite(ddl), mapped);
    }
}
