//! Through pgbouncer, which gives a connection to a transaction and takes it back after it.

use std::process::{Child, Command, Stdio};

use super::*;
use crate::testing::Postgres;

/// In the shared SQL, for the registry of statements.
pub(super) const TABLES: &str = "CREATE TABLE purse (id BIGINT NOT NULL PRIMARY KEY, minor BIGINT NOT NULL);
    CREATE TABLE note (once TEXT NOT NULL PRIMARY KEY, memo TEXT);
    CREATE TABLE leg (once TEXT NOT NULL REFERENCES note (once), purse BIGINT NOT NULL REFERENCES purse (id),
        minor BIGINT NOT NULL);
    INSERT INTO purse VALUES (1, 1000), (2, 0), (3, 0);";

statements! {
    LOCK = "SELECT minor FROM purse WHERE id = $1 OR id = $2 ORDER BY id FOR UPDATE";
    ENTER = "INSERT INTO note (once, memo) VALUES ($1, $2) ON CONFLICT (once) DO NOTHING";
    TAKE = "UPDATE purse SET minor = minor - $2 WHERE id = $1 AND minor >= $2";
    GIVE = "UPDATE purse SET minor = minor + $2 WHERE id = $1";
    LEG = "INSERT INTO leg (once, purse, minor) VALUES ($1, $2, $3)";
    BOOKS = "SELECT CAST((SELECT SUM(minor) FROM leg) AS BIGINT), (SELECT COUNT(*) FROM leg), \
             (SELECT COUNT(*) FROM note), CAST((SELECT SUM(minor) FROM purse) AS BIGINT)";
}

/// Moves money once for each key: locks in one order, a conditional change, both legs together with the commit.
async fn pay(store: &Store, once: String, to: i64) -> Result<bool, Error> {
    write(store, move |mut tx| {
        let once = once.clone();
        async move {
            tx.all(LOCK, args![1, to]).await?;
            let memo = None::<String>;
            if tx.exec(ENTER, args![once.as_str(), memo]).await? == 0 {
                return tx.commit(false).await;
            }
            let moved = tx
                .exec_each(&[(TAKE, args![1, 7].to_vec()), (GIVE, args![to, 7].to_vec())])
                .await?;
            if moved != [1, 1] {
                return Err(Error::ReadOnly); // Not enough: all of it is undone.
            }
            let legs =
                [(1, -7), (to, 7)].map(|(purse, minor)| (LEG, args![once.as_str(), purse, minor].to_vec()));
            tx.commit_after(legs.to_vec(), true).await
        }
    })
    .await
}

/// A pooler in front of a test's database, ended when it is dropped.
struct Pooler {
    child: Child,
    _folder: tempfile::TempDir,
    url: String,
}

impl Pooler {
    fn before(server: &Postgres) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (before, name) = server.url().rsplit_once('/').unwrap();
        let (user, host) = before
            .strip_prefix("postgres://")
            .unwrap()
            .split_once('@')
            .unwrap();
        let (host, server_port) = host.split_once(':').unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        std::fs::write(folder.path().join("users"), format!("\"{user}\" \"\"\n")).unwrap();
        let settings = format!(
            "[databases]\n{name} = host={host} port={server_port} dbname={name}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n\
             auth_file = {0}/users\npool_mode = transaction\ndefault_pool_size = 3\n",
            folder.path().display()
        );
        let path = folder.path().join("pgbouncer.ini");
        std::fs::write(&path, settings).unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        // It refuses to run as root, and stands where not every user looks.
        let script = "PATH=$PATH:/usr/sbin; command -v pgbouncer >&2 || exit 127; \
                      if [ $(id -u) = 0 ]; then exec runuser -u nobody -- \"$(command -v pgbouncer)\" -q \"$1\"; \
                      else exec pgbouncer -q \"$1\"; fi";
        let mut command = Command::new("sh");
        command.args(["-c", script, "pooler"]).arg(&path);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            _folder: folder,
            url: format!("postgres://{user}@127.0.0.1:{port}/{name}"),
        }
    }

    /// Waits until it listens.
    async fn store(&mut self, statements: Statements) -> Store {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("pgbouncer ended with {status}; where it is missing: apt-get install pgbouncer");
            }
            match Store::connect(&self.url, statements).await {
                Ok(store) => return store,
                Err(Error::Unavailable { .. }) => tokio::task::yield_now().await,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Asked to end, so that the one that runuser has started ends, too.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        drop(asked);
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn money_moves_once_through_a_pooler_that_changes_connections() {
    let server = Postgres::fresh().await.unwrap();
    let mut pooler = Pooler::before(&server);
    let store = pooler.store(Statements::Unnamed).await;
    let made = write(&store, |mut tx| async move {
        tx.define_here(TABLES).await?;
        tx.commit(()).await
    });
    made.await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..120_i64 {
        let store = store.clone();
        // Each is sent twice, by two callers who do not know of each other, and again where no connection came free.
        callers.spawn(async move {
            loop {
                match pay(&store, format!("key {}", caller / 2), 2 + caller / 2 % 2).await {
                    Err(Error::Unavailable { .. }) => {}
                    ended => return ended,
                }
            }
        });
    }
    let ended = callers.join_all().await;
    let moved = ended
        .into_iter()
        .map(Result::unwrap)
        .filter(|moved| *moved)
        .count();
    assert_eq!(moved, 60);
    for number in 0..120 {
        // What is left pays for 82 more.
        let paid = pay(&store, format!("more {number}"), 3).await;
        assert_eq!(paid.is_ok(), number < 82, "{number}: {paid:?}");
    }
    let straight = Store::connect(server.url(), Statements::Prepared).await.unwrap();
    let books = write(&straight, |mut tx| async move {
        let row = tx.one(BOOKS, args![]).await?;
        tx.commit(row.into_columns()).await
    });
    let expected = [0, 2 * 142, 142, 1_000].map(Val::Int);
    assert_eq!(books.await.unwrap(), expected);
}
