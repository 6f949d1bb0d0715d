//! Table definitions: spelt for PostgreSQL, mapped for SQLite to STRICT tables.

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
    let strict = if text.starts_with("CREATE TABLE") {
        " STRICT"
    } else {
        ""
    };
    format!("{mapped}{strict};\n")
}

#[cfg(test)]
mod tests {
    use super::for_sqlite;

    #[test]
    fn types_are_mapped_and_tables_are_strict() {
        let ddl = "-- a; comment\nCREATE TABLE a (\n  n BIGINT, -- BIGINT\n  r DOUBLE PRECISION,\n  b BYTEA\n);\nCREATE INDEX i ON a (n);\n";
        let mapped =
            "CREATE TABLE a (\n  n INTEGER, \n  r REAL,\n  b BLOB\n) STRICT;\nCREATE INDEX i ON a (n);\n";
        assert_eq!(for_sqlite(ddl), mapped);
    }
}
