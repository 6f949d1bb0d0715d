//! The PostgreSQL server of the queries: one that is named, or one of the lab's own.

use std::path::Path;

use super::process::{Running, Start, free_port};
use super::tools::Tools;

const SCRIPT: &str = include_str!("../../../../lab/postgres.sh");

/// A server with the table in it.
pub(super) struct Postgres {
    /// Its address.
    pub(super) url: String,
    /// What runs, where the lab has started it.
    pub(super) running: Option<Running>,
}

impl Postgres {
    /// Starts one, or takes the one that is named, and fills the table.
    pub(super) fn ready(
        named: Option<&str>,
        tools: &Tools,
        folder: &Path,
        cores: &[usize],
    ) -> anyhow::Result<Self> {
        let postgres = match named {
            Some(url) => Self {
                url: url.to_owned(),
                running: None,
            },
            None => Self::start(folder, cores)?,
        };
        tools.fill_table("postgres", &postgres.url)?;
        Ok(postgres)
    }

    fn start(folder: &Path, cores: &[usize]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let words = ["sh", "-c", SCRIPT, "postgres.sh"].map(ToOwned::to_owned);
        let start = Start {
            command: words.into_iter().chain([port.to_string()]).collect(),
            environment: Vec::new(),
            folder: folder.to_owned(),
            cores: cores.to_vec(),
            log: folder.join("postgres.log"),
            port,
        };
        let running = Running::start(&start)?;
        let url = format!("postgres://lab@127.0.0.1:{port}/postgres");
        Ok(Self {
            url,
            running: Some(running),
        })
    }
}
