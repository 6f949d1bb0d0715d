//! A server on cores of its own, which ends with the lab, however the lab ends.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::peer::address;

/// Ends the server when its standard input does.
const SCRIPT: &str = include_str!("../../../../lab/until-told.sh");
/// How long a server may take to start.
const START_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is to be started.
pub(super) struct Start {
    /// Program and arguments.
    pub(super) command: Vec<String>,
    /// All that it finds in its environment beside the path and the language.
    pub(super) environment: Vec<(String, String)>,
    /// Where it runs.
    pub(super) folder: PathBuf,
    /// The cores that it may use.
    pub(super) cores: Vec<usize>,
    /// Where its words go; a file beside it says how it ended.
    pub(super) log: PathBuf,
    /// Where it is to listen.
    pub(super) port: u16,
}

/// A server that runs; it ends when this is dropped.
pub(super) struct Running {
    child: Child,
    /// The group of all its processes.
    pub(super) group: u32,
    /// Where it listens.
    pub(super) port: u16,
    log: PathBuf,
    ended: PathBuf,
}

/// A port that nobody listens on now.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// "0,1" as `taskset` takes it.
pub(super) fn list(cores: &[usize]) -> String {
    cores
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

/// What every program of the lab finds in its environment: nothing of the caller's, so that two runs find the same.
pub(super) fn environment(command: &mut Command, more: &[(String, String)]) {
    command
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("LANG", "C.UTF-8")
        .envs(more.iter().map(|(name, value)| (name, value)));
}

impl Running {
    /// Starts it and waits until it takes connections.
    pub(super) fn start(start: &Start) -> anyhow::Result<Self> {
        let ended = start.log.with_extension("ended");
        if ended.exists() {
            fs::remove_file(&ended)?;
        }
        let log = File::create(&start.log)?;
        let mut command = Command::new("taskset");
        command.args(["-c", &list(&start.cores), "sh", "-c", SCRIPT, "until-told.sh"]);
        command.args(&start.command).current_dir(&start.folder);
        environment(&mut command, &start.environment);
        command
            .env("LAB_ENDED", &ended)
            .env("HOME", &start.folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        let child = command
            .spawn()
            .context("taskset could not be started: install util-linux")?;
        let running = Self {
            group: child.id(),
            port: start.port,
            child,
            log: start.log.clone(),
            ended,
        };
        running.until_it_listens()?;
        Ok(running)
    }

    fn until_it_listens(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < START_WITHIN {
            anyhow::ensure!(
                !self.ended.exists(),
                "it did not start: {}",
                last_words(&self.log)
            );
            if TcpStream::connect_timeout(&address(self.port), LOOK_EVERY).is_ok() {
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        anyhow::bail!(
            "it did not listen within {} s: {}",
            START_WITHIN.as_secs(),
            last_words(&self.log)
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            tracing::warn!("a server of the lab may still run: {error}");
        }
    }
}

/// The last lines of a log, in one.
pub(super) fn last_words(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(3)..).unwrap_or_default();
    if last.is_empty() {
        "it said nothing".to_owned()
    } else {
        last.join(" | ")
    }
}
