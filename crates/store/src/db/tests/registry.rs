//! Every statement of the crate, prepared and run on both engines.

use std::path::{Path, PathBuf};

use tokio_postgres::NoTls;
use tokio_postgres::types::Type;

use super::both::Bench;
use super::*;

/// What one of the engines alone knows, or reads differently.
const ONE_ENGINE: [&str; 12] = [
    "LIKE", "REPLACE", "json_", "datetime", "strftime", "GLOB", "PRAGMA", "rowid", "?", "ANY(", "SERIAL",
    "now()",
];
/// What a column of a result may be; a sum of BIGINT, for instance, has to be cast back.
const COLUMNS: [Type; 6] = [
    Type::INT8,
    Type::INT4,
    Type::BOOL,
    Type::FLOAT8,
    Type::BYTEA,
    Type::TEXT,
];

fn all() -> impl Iterator<Item = Sql> {
    let of_tests = [
        super::STATEMENTS,
        super::both::STATEMENTS,
        super::pooler::STATEMENTS,
    ];
    crate::STATEMENTS
        .iter()
        .copied()
        .chain(of_tests)
        .flatten()
        .copied()
}

/// What each parameter of each statement is, as PostgreSQL infers it.
async fn kinds(url: &str) -> Vec<(Sql, Vec<Type>)> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let asked = async {
        let mut kinds = Vec::new();
        for sql in all() {
            let text = sql.text();
            let statement = client.prepare(text).await;
            let statement = statement.unwrap_or_else(|error| panic!("{text}: {error:?}"));
            for column in statement.columns() {
                let kind = column.type_();
                assert!(COLUMNS.contains(kind), "{text}: {} is {kind}", column.name());
            }
            kinds.push((sql, statement.params().to_vec()));
        }
        drop(client);
        kinds
    };
    let (kinds, ended) = tokio::join!(asked, connection);
    ended.unwrap();
    kinds
}

fn zero(kind: &Type) -> Val {
    match *kind {
        Type::INT8 | Type::INT4 => Val::Int(0),
        Type::FLOAT8 => Val::Real(0.0),
        Type::BYTEA => Val::Bytes(vec![0]),
        Type::TEXT => Val::Text("0".to_owned()),
        _ => panic!("a parameter of type {kind} is outside the shared SQL"),
    }
}

/// Runs a statement in a transaction that is undone. A constraint that refuses the row has run, too.
async fn run(store: &Store, sql: Sql, args: Vec<Val>) {
    let told = args.clone();
    let work = move |mut tx: Tx| {
        let args = args.clone();
        async move {
            tx.all(sql, &args).await?;
            Err::<Done<()>, _>(Error::ReadOnly) // Undone.
        }
    };
    match write(store, work).await {
        Err(Error::ReadOnly) => {}
        Err(Error::Driver(cause)) => {
            let refused = cause.to_string();
            let constraint = refused.contains("constraint failed") || refused.contains("(23");
            assert!(constraint, "{} with {told:?} on {store:?}: {refused}", sql.text());
        }
        other => panic!("{} with {told:?} on {store:?}: {other:?}", sql.text()),
    }
}

#[tokio::test]
async fn every_statement_runs_on_both_engines() {
    let benches = Bench::all().await;
    for bench in &benches {
        bench.store.migrate(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        let made = write(&bench.store, |mut tx| async move {
            tx.define(super::pooler::TABLES).await?;
            tx.commit(()).await
        });
        made.await.unwrap();
    }
    let url = benches.iter().find_map(Bench::url).unwrap();
    let kinds = kinds(url).await;
    assert!(kinds.len() > 10);
    for (sql, kinds) in kinds {
        let zeros: Vec<Val> = kinds.iter().map(zero).collect();
        for bench in &benches {
            run(&bench.store, sql, zeros.clone()).await;
            if bench.url().is_some() {
                run(&bench.store, sql, vec![Val::Null; zeros.len()]).await;
            }
        }
    }
}

#[test]
fn statements_stay_inside_the_shared_sql() {
    for sql in all() {
        let text = sql.text();
        for word in ONE_ENGINE {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn the_list_of_statements_leaves_no_file_out() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let listed = std::fs::read_to_string(source.join("lib.rs")).unwrap();
    let of_tests = |path: &Path| {
        path.components()
            .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
    };
    let mut files = 0;
    for (path, text) in sources(&source) {
        if of_tests(path.strip_prefix(&source).unwrap()) {
            continue;
        }
        let made_by_hand = text.contains("Sql::new(") && !text.contains("macro_rules! statements");
        assert!(
            !made_by_hand,
            "{} makes a statement without the macro",
            path.display()
        );
        if !text.lines().any(|line| line.starts_with("statements! {")) {
            continue;
        }
        files += 1;
        let module = path.strip_prefix(&source).unwrap().with_extension("");
        let module = module.to_str().unwrap().replace('/', "::");
        assert!(
            listed.contains(&format!("    {module}::STATEMENTS,")),
            "add {module}::STATEMENTS to the list in lib.rs"
        );
    }
    assert_eq!(files, crate::STATEMENTS.len());
}
