//! A database on a server: who may use it at the same time, and what is refused.

use std::time::{Duration, Instant};

use earnest_store::{Error, Statements, Store};

use crate::home::Home;
use crate::place::{all, insert, now, request};
use crate::testing::Postgres;

async fn connect(server: &Postgres) -> Result<Store, Error> {
    Store::connect(server.url(), Statements::Prepared).await
}

#[tokio::test]
async fn two_nodes_that_start_at_once_migrate_once() {
    for _ in 0..5 {
        let server = Postgres::fresh().await.unwrap();
        let mut nodes = Vec::new();
        for _ in 0..4 {
            nodes.push(connect(&server).await.unwrap());
        }
        let [a, b, c, d] = nodes.as_slice() else { panic!() };
        let applied = tokio::join!(
            a.migrate(now()),
            b.migrate(now()),
            c.migrate(now()),
            d.migrate(now())
        );
        let applied = [applied.0, applied.1, applied.2, applied.3].map(|applied| applied.unwrap().len());
        let mut sorted = applied;
        sorted.sort_unstable();
        assert!(sorted[..3] == [0, 0, 0] && sorted[3] > 1, "{applied:?}");
        insert(a, 1).await.unwrap();
        assert_eq!(all(b).await.unwrap(), [request(1)]);
    }
}

#[tokio::test]
async fn looking_wants_the_present_schema_and_writes_nothing() {
    let server = Postgres::fresh().await.unwrap();
    let empty = Store::connect_to_read(server.url(), Statements::Prepared).await;
    assert!(matches!(empty, Err(Error::Older { found: 0, .. })), "{empty:?}");
    connect(&server).await.unwrap().migrate(now()).await.unwrap();
    let looking = Store::connect_to_read(server.url(), Statements::Prepared)
        .await
        .unwrap();
    assert!(matches!(insert(&looking, 1).await, Err(Error::ReadOnly)));
    assert_eq!(all(&looking).await.unwrap(), []);
}

#[tokio::test]
async fn what_another_earnest_made_is_refused_on_both() {
    for home in Home::both().await {
        let home = home.with_requests(1).await;
        let bytes = match home {
            Home::File(_) => "x'00'",
            Home::Server(_) => "'\\x00'",
        };
        home.sql(&format!("INSERT INTO migration VALUES (99, 'later', {bytes}, 0)"))
            .await;
        let open = |home: &Home| match home {
            Home::File(place) => (Some(Store::open(&place.path())), None),
            Home::Server(server) => (None, Some(server.url().to_owned())),
        };
        let opened = match open(&home) {
            (Some(opened), _) => opened,
            (_, url) => Store::connect(&url.unwrap(), Statements::Prepared).await,
        };
        assert!(
            matches!(opened, Err(Error::Newer { found: 99, .. })),
            "{home:?}: {opened:?}"
        );
        home.sql("DELETE FROM migration WHERE number = 99").await;
        home.sql(&format!("UPDATE migration SET sha256 = {bytes} WHERE number = 2"))
            .await;
        let opened = match open(&home) {
            (Some(opened), _) => opened,
            (_, url) => Store::connect_to_read(&url.unwrap(), Statements::Prepared).await,
        };
        assert!(
            matches!(opened, Err(Error::Altered { number: 2, .. })),
            "{home:?}: {opened:?}"
        );
    }
}

#[tokio::test]
async fn an_interrupted_migration_on_a_server_is_done_again_as_a_whole() {
    let server = Postgres::fresh().await.unwrap();
    server.sql("CREATE TABLE request (id BIGINT)").await.unwrap(); // Makes the second one fail.
    let store = connect(&server).await.unwrap();
    let refused = store.migrate(now()).await;
    assert!(matches!(refused, Err(Error::Driver(_))), "{refused:?}");
    server.sql("DROP TABLE request").await.unwrap();
    let applied = store.migrate(now()).await.unwrap();
    assert_eq!(
        (applied[0].number, applied[1].number),
        (1, 2),
        "the first one did not stay alone"
    );
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_told_within_two_seconds() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap(); // Accepts, and never says a word.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [
        silent.local_addr().unwrap().port(),
        closed.local_addr().unwrap().port(),
    ];
    drop(closed);
    for port in ports {
        let began = Instant::now();
        let url = format!("postgres://u:hidden@127.0.0.1:{port}/d");
        let refused = Store::connect(&url, Statements::Prepared).await;
        let Err(Error::Unavailable { .. }) = refused else {
            panic!("{refused:?}")
        };
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_goes_away_is_told_and_found_again() {
    let server = Postgres::fresh().await.unwrap();
    let store = connect(&server).await.unwrap();
    store.migrate(now()).await.unwrap();
    let name = server.url().rsplit('/').next().unwrap().to_owned();
    let admin = server.url().replace(&name, "postgres");
    let (admin, connection) = tokio_postgres::connect(&admin, tokio_postgres::NoTls)
        .await
        .unwrap();
    let away = async {
        let close = format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = '{name}'"
        );
        admin.batch_execute(&close).await.unwrap();
        let refused = store.ready().await;
        assert!(refused.is_err(), "{refused:?}");
        assert!(insert(&store, 1).await.is_err());
        let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        admin.batch_execute(&open).await.unwrap();
        store.ready().await.unwrap();
        insert(&store, 1).await.unwrap();
        drop(admin);
    };
    let ((), ended) = tokio::join!(away, connection);
    ended.unwrap();
    assert_eq!(all(&store).await.unwrap(), [request(1)]);
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let server = Postgres::fresh().await.unwrap();
    let name = format!("{}_ascii", server.url().rsplit('/').next().unwrap());
    let create = format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    server.sql(&create).await.unwrap();
    let url = server
        .url()
        .replace(server.url().rsplit('/').next().unwrap(), &name);
    let refused = Store::connect(&url, Statements::Prepared).await;
    server
        .sql(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await
        .unwrap();
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_confirms_what_it_has_not_kept_is_refused() {
    let server = Postgres::fresh().await.unwrap();
    Store::connect(server.url(), Statements::Prepared).await.unwrap();
    let name = server.url().rsplit('/').next().unwrap();
    let careless = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    server.sql(&careless).await.unwrap();
    let refused = Store::connect(server.url(), Statements::Prepared).await;
    assert!(matches!(refused, Err(Error::Unsafe { .. })), "{refused:?}");
}
