//! What a run keeps: `run.json`, written once, says what was measured on what; `raw.jsonl` has a line for everything
//! that happened. Nothing is ever taken back, so that a run that was interrupted goes on where it stopped.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::drive::Measured;
use super::host::Host;
use super::plan::Turn;
use super::suite::{Processes, Suite};

/// Names the shape of the files.
pub(crate) const SCHEMA: &str = "earnest.lab/1";

/// What was measured, how, and on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// [`SCHEMA`].
    pub(crate) schema: String,
    /// Version of this program.
    pub(crate) earnest: String,
    /// When it began, in UTC.
    pub(crate) started: String,
    /// What somebody said of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// How it was measured.
    pub(crate) method: Method,
    /// The machine.
    pub(crate) host: Host,
    /// Name and version of what ran.
    pub(crate) versions: BTreeMap<String, String>,
    /// All that could be measured.
    pub(crate) suite: Suite,
}

/// How it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Method {
    /// Whether it was a quick run.
    pub(crate) quick: bool,
    /// Measurements of each row.
    pub(crate) repeats: u32,
    /// How long one measurement lasts.
    pub(crate) millis: u64,
    /// How long each server is asked before the first one.
    pub(crate) warm_up_millis: u64,
    /// What asked the servers.
    pub(crate) load_generator: String,
    /// The core of the client.
    pub(crate) client_core: usize,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Line {
    /// One measurement.
    Measured {
        /// When it ended.
        at: String,
        /// Of what.
        #[serde(flatten)]
        turn: Turn,
        /// What came of it.
        #[serde(flatten)]
        measured: Measured,
    },
    /// A contender that was not timed, or whose timings do not count.
    Refused {
        /// When.
        at: String,
        /// Of which workload.
        workload: String,
        /// On how many processes.
        processes: Processes,
        /// Who.
        contender: String,
        /// What was wrong.
        why: String,
    },
    /// Something that was not there.
    Missing {
        /// When.
        at: String,
        /// What.
        what: String,
        /// Why, and what to do.
        why: String,
    },
    /// The run went on after an interruption.
    Resumed {
        /// When.
        at: String,
    },
    /// All that could be measured was.
    Finished {
        /// When.
        at: String,
    },
}

/// A run as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// What was measured.
    pub(crate) head: Head,
    /// What happened.
    pub(crate) lines: Vec<Line>,
}

impl Kept {
    /// Reads the run of a folder.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("run.json");
        let text = fs::read_to_string(&file)
            .with_context(|| format!(
                "no run in {}: make one with `earnest lab run`, or name the folder of one that was kept, such as those below \
                 content/evidence",
                folder.display()
            ))?;
        let head: Head =
            serde_json::from_str(&text).with_context(|| format!("{} cannot be read", file.display()))?;
        anyhow::ensure!(
            head.schema == SCHEMA,
            "{} is of another kind: {}",
            file.display(),
            head.schema
        );
        let raw = fs::read_to_string(folder.join("raw.jsonl")).unwrap_or_default();
        Ok(Self {
            head,
            lines: lines(&raw)?,
        })
    }

    /// The turns that are done.
    pub(crate) fn done(&self) -> HashSet<Turn> {
        let turn = |line: &Line| match line {
            Line::Measured { turn, .. } => Some(turn.clone()),
            _ => None,
        };
        self.lines.iter().filter_map(turn).collect()
    }

    /// Whether all that could be measured was.
    pub(crate) fn finished(&self) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(line, Line::Finished { .. }))
    }
}

/// All whole lines; a last one that was cut off when the run was killed is nothing.
fn lines(raw: &str) -> anyhow::Result<Vec<Line>> {
    let whole = raw
        .rfind('\n')
        .map_or("", |end| raw.get(..end).unwrap_or_default());
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("line {} of raw.jsonl cannot be read", at + 1))
    };
    whole.lines().enumerate().map(read).collect()
}

/// Where a run is written.
pub(super) struct Writer {
    file: File,
}

impl Writer {
    /// Goes on with a run, or begins one by writing its head.
    pub(super) fn on(folder: &Path, head: &Head) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = folder.join("run.json");
        if !file.exists() {
            let half = folder.join("run.json.half");
            fs::write(&half, serde_json::to_string_pretty(head)? + "\n")?;
            fs::rename(half, file)?;
        }
        let raw = folder.join("raw.jsonl");
        cut_to_whole_lines(&raw)?;
        let file = OpenOptions::new().create(true).append(true).open(raw)?;
        Ok(Self { file })
    }

    /// Adds what happened; it is on the disk when this returns.
    pub(super) fn add(&mut self, line: &Line) -> anyhow::Result<()> {
        let text = serde_json::to_string(line)? + "\n";
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        Ok(())
    }
}

fn cut_to_whole_lines(raw: &PathBuf) -> anyhow::Result<()> {
    let Ok(bytes) = fs::read(raw) else { return Ok(()) };
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    if whole < bytes.len() {
        OpenOptions::new()
            .write(true)
            .open(raw)?
            .set_len(u64::try_from(whole)?)?;
    }
    Ok(())
}
