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
        match self {
            Self::File(place) => rusqlite::Connection::open(place.path())
                .unwrap()
                .execute_batch(text)
                .unwrap(),
            Self::Server(server) => drop(server.sql(text).await.unwrap()),
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
