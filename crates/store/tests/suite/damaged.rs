//! One byte of one column of one row, changed by whoever owns the database: verification names that row.

use earnest_store::{Store, Verified};

use crate::history::Teller;
use crate::home::Home;
use crate::place::now;

/// The tables of the books, how a finding names their rows, and columns that anything may stand in.
const TABLES: [(&str, &str, &[&str]); 20] = [
    ("account", "id", &[]),
    ("chain", "id", &[]),
    ("event", "id", &[]),
    ("entry", "id", &[]),
    ("line", "entry_id || ' ' || no", &[]),
    ("balance", "account_id", &[]),
    ("contract", "id", &[]),
    ("milestone", "id", &[]),
    ("lot", "id", &[]),
    // What the provider answered; nobody decided it.
    ("payment", "id", &["provider_ref", "checkout_url"]),
    ("refund", "id", &[]),
    ("earning", "id", &[]),
    ("payout", "id", &[]),
    // Set by the operator and the provider, not by a history.
    ("party", "id", &["client_limit", "onboarded_at"]),
    // Until when it was put off: it does not change when it is due.
    ("timer", "id", &["wait_until"]),
    // An assignment, which the histories here do not make, fills the payment.
    ("receipt", "id", &["payment"]),
    // How far the work on it has got.
    (
        "job",
        "id",
        &["state", "due_at", "attempts", "calls", "last_error"],
    ),
    // Chosen by whoever asked. That of a command that booked something is compared with its entry.
    (
        "idempotency",
        "scope || ' ' || key",
        &["scope", "key", "request_sha256"],
    ),
    ("checkpoint", "no", &[]),
    // What is not of the books, so that the list of tables is whole.
    ("migration", "number", &["number", "name", "sha256", "applied_at"]),
];
/// Not of the books.
const OTHERS: &[&str] = &[
    "edition",
    "edition_wording",
    "request",
    "provider_event",
    "reconciliation",
    "migration_lock",
    "proposal",
    "request_note",
    "motion",
    "proposal_version",
    "deliverable",
    "person",
    "sign_in_link",
    "session",
    "mail",
    "expert",
    "expert_clock",
    "review",
    "vetting",
    "audit",
    "request_progress",
    "conversation",
    "message",
    "proposal",
    "second_factor",
    "sealing_key",
    "tried",
    "recovery_code",
    "password",
    "sign_up",
    "api_answer",
    "file",
    "file_chunk",
    "call",
    "webhook",
    "webhook_delivery",
    "deletion",
    "decision",
    "participant",
    "invitation",
    "advice",
    "first_reply",
    "notice_choice",
    "legal_text",
    "legal_acceptance",
    "contract_legal",
    "mark",
];

/// Columns that take a row out of its chain: the gap, or what hangs on it, is named, too.
const MOVING: [(&str, &str); 3] = [("event", "chain"), ("entry", "chain"), ("milestone", "contract")];

/// A database as text sees it.
struct Columns {
    list: String,
    numbers: String,
    bytes: String,
}

async fn columns(home: &Home, table: &str) -> Columns {
    let of = |kind: &str| match home {
        Home::File(_) => {
            let like = match kind {
                "number" => "type = 'INTEGER'",
                "bytes" => "type = 'BLOB'",
                _ => "1",
            };
            format!("SELECT COALESCE(group_concat(name), '') FROM pragma_table_info('{table}') WHERE {like}")
        }
        Home::Server(_) => {
            let like = match kind {
                "number" => "data_type = 'bigint'",
                "bytes" => "data_type = 'bytea'",
                _ => "true",
            };
            format!(
                "SELECT COALESCE(string_agg(column_name, ','), '') FROM information_schema.columns \
                 WHERE table_name = '{table}' AND {like}"
            )
        }
    };
    Columns {
        list: home.text(&of("all")).await,
        numbers: home.text(&of("number")).await,
        bytes: home.text(&of("bytes")).await,
    }
}

impl Columns {
    fn has(list: &str, column: &str) -> bool {
        list.split(',').any(|one| one == column)
    }

    /// The value with one byte changed.
    async fn flipped(&self, home: &Home, table: &str, column: &str, row: &str) -> String {
        if Self::has(&self.numbers, column) {
            return format!("{column} + 256");
        }
        if !Self::has(&self.bytes, column) {
            let middle = format!("LENGTH({column}) / 2");
            return format!(
                "SUBSTR({column}, 1, {middle}) || CASE SUBSTR({column}, {middle} + 1, 1) WHEN 'z' THEN 'y' ELSE 'z' END \
                 || SUBSTR({column}, {middle} + 2)"
            );
        }
        let shown = match home {
            Home::File(_) => format!("lower(hex({column}))"),
            Home::Server(_) => format!("encode({column}, 'hex')"),
        };
        let mut digits = home
            .text(&format!("SELECT {shown} FROM {table} WHERE {row}"))
            .await;
        let other = if digits.ends_with('0') { "1" } else { "0" };
        digits.replace_range(63.., other);
        match home {
            Home::File(_) => format!("x'{digits}'"),
            Home::Server(_) => format!("'\\x{digits}'::bytea"),
        }
    }
}

async fn verified(store: &Store) -> Verified {
    store.verify(None).await.unwrap()
}

async fn with_histories(home: &Home) -> Store {
    let teller = Teller::of_two_contracts(home.store().await).await;
    teller.store.checkpoint(now()).await.unwrap();
    teller.store
}

#[tokio::test]
async fn one_byte_in_any_column_of_any_table_is_found_and_its_row_named() {
    for home in Home::both().await {
        let store = with_histories(&home).await;
        assert_eq!(verified(&store).await.broken, []);
        let (mut flips, mut wrong) = (0, Vec::new());
        for (table, key, free) in TABLES {
            let columns = columns(&home, table).await;
            home.as_owner(&format!("CREATE TABLE saved AS SELECT * FROM {table}"))
                .await;
            for column in columns.list.split(',').filter(|column| !free.contains(column)) {
                flips += 1;
                wrong.extend(flip(&home, &store, (table, key, column), &columns).await);
                let undo = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved");
                home.as_owner(&undo).await;
            }
            home.as_owner("DROP TABLE saved").await;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(flips > 100, "{flips}");
        assert_eq!(verified(&store).await.broken, [], "all was undone in {home:?}");
    }
}

async fn flip(
    home: &Home,
    store: &Store,
    (table, key, column): (&str, &str, &str),
    columns: &Columns,
) -> Option<String> {
    let some = format!("FROM {table} WHERE {column} IS NOT NULL");
    let count: i64 = home
        .text(&format!("SELECT CAST(COUNT(*) AS TEXT) {some}"))
        .await
        .parse()
        .unwrap();
    assert!(count > 0, "the histories leave {table}.{column} empty");
    let id = home
        .text(&format!(
            "SELECT CAST({key} AS TEXT) {some} ORDER BY 1 LIMIT 1 OFFSET {}",
            count / 2
        ))
        .await;
    let row = format!("CAST({key} AS TEXT) = '{}'", id.replace('\'', "''"));
    let value = columns.flipped(home, table, column, &row).await;
    home.as_owner(&format!("UPDATE {table} SET {column} = {value} WHERE {row}"))
        .await;
    let broken = verified(store).await.broken;
    let names: Vec<(&str, &str)> = broken.iter().map(|one| (one.table, one.id.as_str())).collect();
    // A key that was changed is named as it is now, or as it should be; what hangs on it is named, too.
    if key.contains(column) {
        let of_table = broken.iter().any(|one| one.table == table);
        return (!of_table).then(|| format!("{table}.{column} of {id} in {home:?}: {broken:#?}"));
    }
    let moved_away = MOVING.contains(&(table, column)) && names.contains(&(table, id.as_str()));
    let right = moved_away || names == [(table, id.as_str())];
    (!right).then(|| format!("{table}.{column} of {id} in {home:?}: {broken:#?}"))
}

#[tokio::test]
async fn no_table_is_forgotten() {
    for home in Home::both().await {
        drop(home.store().await);
        let list = match home {
            Home::File(_) => {
                "SELECT group_concat(name) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            }
            Home::Server(_) => {
                "SELECT string_agg(table_name, ',') FROM information_schema.tables WHERE table_schema = 'public'"
            }
        };
        for table in home.text(list).await.split(',') {
            let known = TABLES.iter().any(|(name, ..)| *name == table) || OTHERS.contains(&table);
            assert!(known, "say what verification makes of the table {table}");
        }
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_books() {
    for home in Home::both().await {
        drop(with_histories(&home).await);
        for table in ["account", "event", "entry", "line", "checkpoint"] {
            let column = if table == "line" {
                "side"
            } else if table == "checkpoint" {
                "heads"
            } else {
                "id"
            };
            let mut tried = vec![
                format!("UPDATE {table} SET {column} = {column}"),
                format!("DELETE FROM {table}"),
            ];
            if matches!(home, Home::Server(_)) {
                tried.push(format!("TRUNCATE {table} CASCADE"));
            }
            for statement in tried {
                let refused = home.try_sql(&statement).await.unwrap_err();
                assert!(
                    refused.contains("the books only grow"),
                    "{statement} in {home:?}: {refused}"
                );
            }
        }
        assert_eq!(verified(&home.store().await).await.broken, []);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_row_that_cannot_be_read() {
    let [home, _] = Home::both().await;
    let store = with_histories(&home).await;
    let id = home.text("SELECT MAX(id) FROM event").await;
    home.as_owner(&format!(
        "UPDATE event SET command = CAST(x'ff7b' AS TEXT) WHERE id = '{id}'"
    ))
    .await;
    let broken = verified(&store).await.broken;
    assert_eq!(
        (broken[0].table, broken[0].id.as_str(), broken[0].invariant),
        ("event", id.as_str(), "I17")
    );
    assert_eq!(broken.len(), 1, "{broken:#?}");
}
