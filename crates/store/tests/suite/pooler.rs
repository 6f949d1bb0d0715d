//! Through pgbouncer, which gives a connection to a transaction and takes it back after it.

use std::process::{Child, Command, Stdio};

use earnest_store::{Error, Statements, Store};

use crate::place::{all, keys, now, request};
use crate::testing::Postgres;

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
async fn unnamed_statements_go_through_a_pooler_that_changes_connections() {
    let server = Postgres::fresh().await.unwrap();
    let mut pooler = Pooler::before(&server);
    let store = pooler.store(Statements::Unnamed).await;
    store.migrate(now()).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..60_u32 {
        let store = store.clone();
        callers.spawn(async move {
            // Each is sent twice, and kept once; both of a pair are kept or none.
            let number = caller / 2 * 2;
            let work = move |mut tx: earnest_store::Tx| async move {
                for number in [number, number + 1] {
                    tx.insert_request(&request(number), &keys(number)).await?;
                }
                let found = tx.request_by_once(keys(number).once_sha256).await?;
                assert_eq!(found.map(|(request, _)| request), Some(request(number)));
                tx.commit(()).await
            };
            store.write::<_, Error, _, _>(work).await
        });
    }
    for ended in callers.join_all().await {
        ended.unwrap();
    }
    assert_eq!(all(&store).await.unwrap().len(), 60);
    let straight = Store::connect_to_read(server.url(), Statements::Prepared)
        .await
        .unwrap();
    assert_eq!(all(&straight).await.unwrap().len(), 60);
    drop(store);
}
