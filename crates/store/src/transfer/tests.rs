//! That no table is left out, and that nothing changes on the way.

use super::*;
use crate::Edition;
use crate::db::Statements;
use crate::testing::Postgres;

fn now() -> jiff::Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

async fn file_store(folder: &Path, name: &str) -> Store {
    let store = Store::open(&folder.join(name)).unwrap();
    store.migrate(now()).await.unwrap();
    store
}

async fn server_store(server: &Postgres) -> Store {
    let store = Store::connect(server.url(), Statements::Prepared).await.unwrap();
    store.migrate(now()).await.unwrap();
    store
}

/// Tables whose rows no rule of the schema refuses.
const FREE: [&str; 2] = ["edition", "request"];

/// Rows with everything that could be lost on the way, put below the nouns. Their order by the bytes is not that of
/// any language, and there are more of them than travel together.
async fn fill(store: &Store) {
    let mut tables = tables(MIGRATIONS);
    tables.retain(|table| FREE.contains(&table.name.as_str()));
    assert_eq!(tables.len(), FREE.len());
    let fill = move |mut tx: Tx| {
        let tables = tables.clone();
        async move {
            for table in &tables {
                let rows: Vec<Vec<Val>> = (0..501).map(|number| strange_row(table, number)).collect();
                tx.fill(&insert(table), &rows).await?;
            }
            tx.commit(()).await
        }
    };
    store.write::<_, Error, _, _>(fill).await.unwrap();
}

fn strange_row(table: &Table, number: u32) -> Vec<Val> {
    use super::catalogue::Kind;
    let words = [
        "a",
        "B",
        "_",
        "é",
        "\u{1f600}",
        "quoted \" ' \\",
        "two\nlines\t",
        "Z",
        "z",
        "\u{7f}",
    ];
    let word = words[number as usize % words.len()];
    let column = |place: usize, kind: Kind| match kind {
        Kind::Integer => Val::Int([i64::MIN, i64::MAX, -1, 0][place % 4].wrapping_add(i64::from(number))),
        Kind::Real => Val::Real([0.1, -0.0, 5e-324, 1.797_693_134_862_315_7e308][number as usize % 4]),
        Kind::Text => Val::Text(format!("{word}{number}")),
        Kind::Bytes => Val::Bytes(
            [
                &[0, 255, 10][..],
                &number.to_be_bytes(),
                &[u8::try_from(place).unwrap()],
            ]
            .concat(),
        ),
    };
    let columns = table.columns.iter().enumerate();
    columns.map(|(place, found)| column(place, found.kind)).collect()
}

#[tokio::test]
async fn there_and_back_again_the_bytes_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (server, other) = (Postgres::fresh().await.unwrap(), Postgres::fresh().await.unwrap());
    let first = file_store(folder.path(), "first.db").await;
    fill(&first).await;
    let moved = first
        .export_installation(&path("1"), Existing::Keep)
        .await
        .unwrap();
    let rows = |name: &str| moved.tables.iter().find(|(table, _)| table == name).unwrap().1;
    assert_eq!(FREE.map(rows), [501, 501]);
    let second = server_store(&server).await;
    assert_eq!(second.import_installation(&path("1")).await.unwrap(), moved);
    assert_eq!(
        second
            .export_installation(&path("2"), Existing::Keep)
            .await
            .unwrap(),
        moved
    );
    let third = file_store(folder.path(), "third.db").await;
    assert_eq!(third.import_installation(&path("2")).await.unwrap(), moved);
    third
        .export_installation(&path("3"), Existing::Keep)
        .await
        .unwrap();
    let bytes = ["1", "2", "3"].map(|name| fs::read(path(name)).unwrap());
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
    // Filled on the server first, the file is still the same.
    let fourth = server_store(&other).await;
    fill(&fourth).await;
    fourth
        .export_installation(&path("4"), Existing::Keep)
        .await
        .unwrap();
    assert!(fs::read(path("4")).unwrap() == bytes[0]);
    let refused = first.export_installation(&path("1"), Existing::Keep).await;
    assert!(matches!(refused, Err(Error::Exists { .. })), "{refused:?}");
    assert_eq!(
        first
            .export_installation(&path("1"), Existing::Replace)
            .await
            .unwrap(),
        moved
    );
}

#[tokio::test]
async fn every_table_and_column_of_the_schema_is_in_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    drop(file_store(folder.path(), "earnest.db").await);
    let connection = rusqlite::Connection::open(folder.path().join("earnest.db")).unwrap();
    let told = |sql: &str| {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<String>>()
    };
    let expected = told(
        "SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || (c.pk > 0) FROM sqlite_schema AS t, \
         pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' \
         AND t.name <> 'migration' ORDER BY 1",
    );
    let mut found: Vec<String> = Vec::new();
    let tables = tables(MIGRATIONS);
    for table in &tables {
        for column in &table.columns {
            let kind = match column.kind.name() {
                "bytes" => "BLOB".to_owned(),
                name => name.to_uppercase(),
            };
            let key = u8::from(table.key.contains(&column.name));
            found.push(format!("{} {} {kind} {key}", table.name, column.name));
        }
    }
    found.sort();
    assert_eq!(found, expected);
    let referred = told(
        "SELECT t.name || ' ' || f.\"table\" FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f \
         WHERE t.type = 'table' AND f.\"table\" <> t.name",
    );
    let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
    for pair in referred {
        let (from, to) = pair.split_once(' ').unwrap();
        assert!(place(to) < place(from), "{from} is filled before {to}");
    }
}

#[tokio::test]
async fn what_is_not_whole_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let from = file_store(folder.path(), "from.db").await;
    fill(&from).await;
    from.export_installation(&path("whole"), Existing::Keep)
        .await
        .unwrap();
    let whole = fs::read_to_string(path("whole")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let (header, last) = (lines[0], lines[lines.len() - 1]);
    let without = |place: usize| {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != place);
        kept.flat_map(|(_, line)| [*line, "\n"]).collect::<String>()
    };
    let changed = whole.replacen("\"Z7", "\"Y7", 1);
    assert_ne!(changed, whole);
    let broken = [
        ("", "it is empty"),
        ("{}\n", "does not start"),
        (&without(0), "does not start"),
        (&without(5), "not those that its last line counts"),
        (&without(lines.len() - 1), "its end is missing"),
        (&whole[..whole.len() / 2], "cannot be read"),
        (&changed, "not those that its last line counts"),
        (
            &whole.replacen("\"number\":1", "\"number\":9", 1),
            "use the same version",
        ),
        (&format!("{whole}{last}\n"), "something follows"),
        (&format!("{header}\n[\"nobody\",1]\n{last}\n"), "cannot be read"),
        (
            &format!("{header}\n{}\n{}\n{last}\n", lines[700], lines[1]),
            "not in its place",
        ),
    ];
    let server = Postgres::fresh().await.unwrap();
    let targets = [
        file_store(folder.path(), "into.db").await,
        server_store(&server).await,
    ];
    for (text, why) in broken {
        fs::write(path("broken"), text).unwrap();
        for into in &targets {
            let refused = into.import_installation(&path("broken")).await;
            let Err(Error::Damaged { what, .. }) = refused else {
                panic!("{why}: {refused:?}")
            };
            assert!(what.contains(why), "{what}");
            assert_eq!(into.editions().await.unwrap(), [], "{why}");
        }
    }
    for into in &targets {
        let edition = Edition::new("a", "1", jiff::civil::date(2026, 1, 1), "", String::new());
        into.keep_editions(vec![edition], now()).await.unwrap();
        let refused = into.import_installation(&path("whole")).await;
        assert!(matches!(refused, Err(Error::NotEmpty { .. })), "{refused:?}");
    }
}
