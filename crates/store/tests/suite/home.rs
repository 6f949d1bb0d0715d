//! A database on either engine, for what must hold on both.

use earnest_store::{Statements, Store};

use crate::place::{Place, insert, now};
use crate::testing::Postgres;

pub(crate) enum Home {
    File(Place),
    Server(Postgres),
}

impl Home {
    pub(crate) async fn both() -> [Self; 2] {
        [Self::File(Place::new()), Self::server().await]
    }

    pub(crate) async fn server() -> Self {
        Self::Server(Postgres::fresh().await.unwrap())
    }

    pub(crate) async fn store(&self) -> Store {
        let store = match self {
            Self::File(place) => Store::open(&place.path()).unwrap(),
            Self::Server(server) => Store::connect(server.url(), Statements::Prepared).await.unwrap(),
        };
        store.migrate(now()).await.unwrap();
        store
    }

    pub(crate) async fn with_requests(self, count: u32) -> Self {
        let store = self.store().await;
        for number in 0..count {
            insert(&store, number).await.unwrap();
        }
        self
    }

    /// Changes something below the store.
    pub(crate) async fn sql(&self, text: &str) {
        self.try_sql(text).await.unwrap();
    }

    /// As [`Home::sql`]; what the database said where it refused.
    pub(crate) async fn try_sql(&self, text: &str) -> Result<(), String> {
        match self {
            Self::File(place) => rusqlite::Connection::open(place.path())
                .unwrap()
                .execute_batch(text)
                .map_err(|error| error.to_string()),
            Self::Server(server) => server
                .sql(text)
                .await
                .map(drop)
                .map_err(|error| error.to_string()),
        }
    }

    /// The only value that a query gives, as text.
    pub(crate) async fn text(&self, query: &str) -> String {
        match self {
            Self::File(place) => {
                let connection = rusqlite::Connection::open(place.path()).unwrap();
                let text = connection.query_row(query, [], |row| row.get(0));
                text.unwrap_or_else(|error| panic!("{query}: {error}"))
            }
            Self::Server(server) => {
                let rows = server.sql(query).await.unwrap();
                let row = rows.iter().find_map(|message| match message {
                    tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                    _ => None,
                });
                row.unwrap_or_else(|| panic!("nothing from {query}")).to_owned()
            }
        }
    }

    /// Changes something as whoever owns the database can: without its triggers, references and checks.
    pub(crate) async fn as_owner(&self, text: &str) {
        match self {
            Self::File(_) => {
                let off = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;";
                let triggers = ["account", "event", "entry", "line", "checkpoint"].map(|table| {
                    format!(
                        "DROP TRIGGER IF EXISTS {table}_no_update; DROP TRIGGER IF EXISTS {table}_no_delete;"
                    )
                });
                self.sql(&format!("{off} {} {text}", triggers.concat())).await;
            }
            Self::Server(_) => {
                self.sql(&format!("SET session_replication_role = replica; {text}"))
                    .await;
            }
        }
    }
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "the file",
            Self::Server(_) => "the server",
        })
    }
}
