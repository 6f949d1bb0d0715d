//! One measurement: a client on its core, counted, with how busy it, the server and everybody else were.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::host::{self, Family};
use super::process::{environment, list};

/// Prints what `wrk` counted.
pub(super) const REPORT: &str = include_str!("../../../../lab/report.lua");

/// What a client counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted {
    /// Answers, or deliveries.
    pub(crate) completed: u64,
    /// How long it took.
    pub(crate) micros: u64,
    /// What went wrong.
    pub(crate) failed: u64,
}

/// What asks the servers.
#[derive(Clone, Debug)]
pub(super) enum Generator {
    /// The package, with the script that reports for it.
    Wrk { report: PathBuf },
    /// The one that comes along.
    BuiltIn,
}

/// A client that is ready to be run, again and again.
pub(super) struct Client {
    /// Of the lab's own clients.
    pub(super) program: PathBuf,
    /// What asks the servers.
    pub(super) generator: Generator,
    /// Where it runs.
    pub(super) core: usize,
    /// Of the whole machine.
    pub(super) cores: usize,
}

/// What is asked of a server.
pub(super) struct Question<'a> {
    /// Where it listens.
    pub(super) port: u16,
    /// The path.
    pub(super) path: &'a str,
    /// Connections at once.
    pub(super) connections: u32,
    /// How long.
    pub(super) lasts: Duration,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// A second, in the unit of the workload.
    pub(crate) value: f64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// What the client used of one core, 0 to 1.
    pub(crate) client_share: f64,
    /// What the server used, in cores.
    pub(crate) server_share: f64,
    /// How many processes of the server were at work. Earlier runs did not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workers: Option<usize>,
    /// What the lab's PostgreSQL used, in cores, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) beneath_share: Option<f64>,
    /// What everybody else used, of all cores, 0 to 1.
    pub(crate) other_share: f64,
}

impl Client {
    /// Asks a server for a while. `groups`: the first process of the server first, then what it stands on.
    pub(super) fn ask(&self, question: &Question<'_>, groups: &[u32]) -> anyhow::Result<Measured> {
        let millis = question.lasts.as_millis().to_string();
        let mut command = self.pinned();
        match &self.generator {
            Generator::Wrk { report } => {
                // it counts in whole seconds, and nothing else is asked for
                let seconds = question.lasts.as_secs();
                command.args(["wrk", "-t1", "--timeout", "5s", "-s"]).arg(report);
                command
                    .arg(format!("-c{}", question.connections))
                    .arg(format!("-d{seconds}s"));
                command.arg(format!("http://127.0.0.1:{}{}", question.port, question.path));
            }
            Generator::BuiltIn => {
                command
                    .arg(&self.program)
                    .args(["lab", "load", "--millis", &millis]);
                command.args(["--connections", &question.connections.to_string()]);
                command.args(["--port", &question.port.to_string(), question.path]);
            }
        }
        self.counted(command, groups)
    }

    /// Lets listeners listen and publish for a while.
    pub(super) fn listen(&self, question: &Question<'_>, groups: &[u32]) -> anyhow::Result<Measured> {
        let mut command = self.pinned();
        command.arg(&self.program).args(["lab", "listen"]);
        command.args(["--listeners", &question.connections.to_string()]);
        command.args(["--millis", &question.lasts.as_millis().to_string()]);
        command.args(["--port", &question.port.to_string()]);
        self.counted(command, groups)
    }

    fn pinned(&self) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", &list(&[self.core])]);
        environment(&mut command, &[]);
        command
    }

    fn counted(&self, command: Command, groups: &[u32]) -> anyhow::Result<Measured> {
        let (text, mut measured) = self.watched(command, groups)?;
        // the line of the report; wrk prints its own words before it
        let line = text.lines().rfind(|line| line.starts_with('{'));
        let counted: Counted =
            serde_json::from_str(line.with_context(|| format!("the client counted nothing: {text}"))?)?;
        anyhow::ensure!(
            counted.failed == 0,
            "{} of its answers failed under load",
            counted.failed
        );
        anyhow::ensure!(counted.completed > 0, "it answered nothing in time");
        measured.seconds = whole(counted.micros) / 1e6;
        measured.value = whole(counted.completed) / measured.seconds;
        Ok(measured)
    }

    /// Runs a command to its end and looks at the processors before and after.
    pub(super) fn watched(&self, mut command: Command, groups: &[u32]) -> anyhow::Result<(String, Measured)> {
        let used = || {
            let family = |group: &u32| host::used_by_family(*group);
            (
                host::used_by_ended_children(),
                groups.iter().map(family).collect::<Vec<_>>(),
                host::busy_in_all(),
            )
        };
        let (before, began) = (used(), Instant::now());
        let output = command
            .stdin(Stdio::null())
            .output()
            .context("the client could not be started")?;
        let (seconds, after) = (began.elapsed().as_secs_f64(), used());
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        anyhow::ensure!(output.status.success(), "{words}");
        let client = after.0 - before.0;
        let mut families = after
            .1
            .iter()
            .zip(&before.1)
            .map(|(after, before)| after.since(before));
        let server = families.next().unwrap_or_default();
        let beneath = families.next();
        let under = beneath.as_ref().map_or(0.0, Family::seconds);
        let other = (after.2 - before.2 - client - server.seconds() - under).max(0.0);
        let measured = Measured {
            value: 0.0,
            seconds,
            client_share: rounded(client / seconds),
            server_share: rounded(server.seconds() / seconds),
            workers: Some(server.at_work(seconds)),
            beneath_share: beneath.map(|family| rounded(family.seconds() / seconds)),
            other_share: rounded((other / seconds / as_float(self.cores)).min(1.0)),
        };
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), measured))
    }
}

/// Shares are counted in ticks: three digits are more than they are exact to.
fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of one measurement")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "a machine's cores")]
fn as_float(count: usize) -> f64 {
    count.max(1) as f64
}
