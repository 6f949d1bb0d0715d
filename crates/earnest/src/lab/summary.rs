//! What a run comes to: medians with intervals, what differs and what does not.

use std::collections::BTreeSet;
use std::fmt;

use earnest_compare::repeats::{Difference, Repeats, SATURATED_SHARE};
use serde::Serialize;

use super::drive::Measured;
use super::layout::Layout;
use super::plan::{Block, Turn, blocks};
use super::record::{Head, Kept, Line};
use super::suite::{Processes, Tool};

/// From what share of the machine on others were at work too much to be overlooked.
const BUSY_SHARE: f64 = 0.1;

/// All rows of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// What was measured, how, on what.
    #[serde(flatten)]
    pub(crate) head: Head,
    /// Whether all that could be measured was.
    pub(crate) finished: bool,
    /// In the order of the suite.
    pub(crate) groups: Vec<Group>,
    /// What was refused, and why.
    pub(crate) refused: Vec<String>,
    /// What was missing, and why.
    pub(crate) missing: Vec<String>,
    /// The largest share of the machine that others used during a measurement.
    pub(crate) most_by_others: f64,
}

/// What was measured against each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Group {
    /// Id of the workload.
    pub(crate) workload: String,
    /// What it is.
    pub(crate) title: String,
    /// What the values count.
    pub(crate) unit: String,
    /// On how many processes.
    pub(crate) processes: Processes,
    /// Highest median first; rows without an interval last.
    pub(crate) rows: Vec<Row>,
    /// What can be said of every two neighbours; nothing where a row says nothing of its server.
    pub(crate) differences: Vec<String>,
}

/// One contender in a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    /// Id of the contender.
    pub(crate) contender: String,
    /// Its name.
    pub(crate) name: String,
    /// Slug of its technology.
    pub(crate) technology: String,
    /// How often it was measured.
    pub(crate) count: usize,
    /// Of how many starts of the server: one, unless the run was interrupted between them.
    pub(crate) starts: usize,
    /// Median and interval, from five measurements on.
    pub(crate) repeats: Option<Repeats>,
    /// What a reader must know of it.
    pub(crate) marks: BTreeSet<Mark>,
}

/// What a reader must know of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mark {
    /// The client was too busy: the server may be able to do more.
    ClientBound,
    /// The client and PostgreSQL together were too busy: the server may be able to do more.
    DatabaseBound,
    /// The client had no core of its own.
    SharedCore,
    /// Not every process of the server was at work.
    Idle,
    /// Others were at work on the machine.
    Busy,
}

impl Mark {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::ClientBound => "client-bound: the client was at its limit, the server may not have been",
            Self::DatabaseBound => {
                "database-bound: PostgreSQL, or it and the client together, had no more to give, the server may have had"
            }
            Self::Idle => {
                "a process of the server had nothing to do, so that this is not what all of them can"
            }
            Self::SharedCore => "the client shared a core with the server",
            Self::Busy => "other programs used more than a tenth of the machine",
        }
    }

    /// Whether the row says nothing of the server.
    pub(super) fn spoils(self) -> bool {
        matches!(self, Self::Busy | Self::Idle)
    }
}

impl Summary {
    /// Of a run, finished or not.
    pub(crate) fn of(kept: &Kept) -> Self {
        let groups = blocks(&kept.head.suite, kept.head.method.quick);
        let told = |line: &Line| match line {
            Line::Refused {
                workload,
                processes,
                contender,
                why,
                ..
            } => Some(format!("{contender} ({workload}, {}): {why}", processes.label())),
            _ => None,
        };
        let missing = |line: &Line| match line {
            Line::Missing { what, why, .. } => Some(format!("{}: {why}", Tool::words_of(what))),
            _ => None,
        };
        let once = |lines: Vec<String>| lines.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let others = kept.lines.iter().filter_map(|line| match line {
            Line::Measured { measured, .. } => Some(measured.other_share),
            _ => None,
        });
        Self {
            head: kept.head.clone(),
            finished: kept.finished(),
            groups: groups.iter().filter_map(|block| Group::of(kept, block)).collect(),
            refused: once(kept.lines.iter().filter_map(told).collect()),
            missing: once(kept.lines.iter().filter_map(missing).collect()),
            most_by_others: others.fold(0.0, f64::max),
        }
    }
}

impl Group {
    /// Whether a row of it says nothing of its server: then nothing can be said of the group.
    pub(super) fn spoiled(&self) -> bool {
        self.rows
            .iter()
            .any(|row| row.marks.iter().any(|mark| mark.spoils()))
    }

    /// Whether something of it can be adopted: nothing spoils it, and a row was measured often enough.
    pub(super) fn tells(&self) -> bool {
        !self.spoiled() && self.rows.iter().any(|row| row.repeats.is_some())
    }

    /// Why nothing is said of an order where there might be one.
    fn unsaid(&self) -> Option<&'static str> {
        let is_busy = self.rows.iter().any(|row| row.marks.contains(&Mark::Busy));
        match self.rows.len() {
            0 | 1 => None,
            _ if is_busy => Some("others were at work: nothing is said of the order"),
            _ if self.spoiled() => Some("a process had nothing to do: nothing is said of the order"),
            _ => None,
        }
    }

    fn of(kept: &Kept, block: &Block) -> Option<Self> {
        let workload = kept.head.suite.workload(&block.workload)?;
        let refused = |id: &str| {
            kept.lines.iter().any(|line| {
                matches!(line, Line::Refused { workload: of, processes, contender, .. }
                    if (of.as_str(), *processes, contender.as_str()) == (workload.id.as_str(), block.processes, id))
            })
        };
        let contenders = kept.head.suite.contenders_of(&workload.id);
        let contenders = contenders.into_iter().filter(|contender| !refused(&contender.id));
        let layout = Layout::of(&kept.head.host.cores);
        let mut rows: Vec<Row> = contenders
            .filter_map(|contender| {
                let mut row = Row::of(kept, block, &contender.id)?;
                row.name.clone_from(&contender.name);
                row.technology.clone_from(&contender.technology);
                if layout.shares(block.processes) && workload.path.is_some() {
                    row.marks.insert(Mark::SharedCore);
                }
                Some(row)
            })
            .collect();
        let median = |row: &Row| row.repeats.map_or(-1.0, |r| r.median);
        rows.sort_by(|a, b| median(b).total_cmp(&median(a)));
        let mut group = Self {
            workload: workload.id.clone(),
            title: workload.title.clone(),
            unit: workload.unit.clone(),
            processes: block.processes,
            rows,
            differences: Vec::new(),
        };
        if !group.spoiled() {
            let neighbours = group.rows.windows(2);
            group.differences = neighbours
                .filter_map(|two| told(two.first()?, two.last()?))
                .collect();
        }
        (!group.rows.is_empty()).then_some(group)
    }
}

/// "Fastify is ahead of FastAPI, 2.8 times", or that there is no difference.
fn told(first: &Row, second: &Row) -> Option<String> {
    let (one, other) = (first.shown()?, second.shown()?);
    Some(match one.against(&other) {
        Difference::None => format!("{} and {}: no difference measured", first.name, second.name),
        Difference::Higher(times) => format!(
            "{} is ahead of {}, {} times",
            first.name,
            second.name,
            times_text(times)
        ),
        Difference::Lower(times) => format!(
            "{} is behind {}, {} times",
            first.name,
            second.name,
            times_text(times)
        ),
    })
}

pub(super) fn times_text(times: f64) -> String {
    if times < 10.0 {
        format!("{times:.1}")
    } else {
        format!("{times:.0}")
    }
}

impl Row {
    /// Median and interval as they are printed and adopted. Whatever is said of two rows is said of these, so that no text
    /// contradicts the numbers beside it.
    pub(super) fn shown(&self) -> Option<Repeats> {
        self.repeats.map(|repeats| repeats.shown())
    }

    fn of(kept: &Kept, block: &Block, contender: &str) -> Option<Self> {
        let measured: Vec<_> = kept
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Measured { turn, measured, .. } => is_of(turn, block, contender).then_some(measured),
                _ => None,
            })
            .collect();
        let values: Vec<f64> = measured.iter().map(|m| m.value).collect();
        (!values.is_empty()).then(|| Self {
            contender: contender.to_owned(),
            name: String::new(),
            technology: String::new(),
            count: values.len(),
            starts: starts(kept, block, contender),
            repeats: Repeats::of(&values),
            marks: marks(kept, block, &measured),
        })
    }
}

fn is_of(turn: &Turn, block: &Block, contender: &str) -> bool {
    (turn.workload.as_str(), turn.processes, turn.contender.as_str())
        == (block.workload.as_str(), block.processes, contender)
}

/// In how many stretches it was measured: whoever goes on with a run starts its servers again.
fn starts(kept: &Kept, block: &Block, contender: &str) -> usize {
    let (mut starts, mut is_new) = (0, true);
    for line in &kept.lines {
        match line {
            Line::Resumed { .. } => is_new = true,
            Line::Measured { turn, .. } if is_of(turn, block, contender) => {
                starts += usize::from(is_new);
                is_new = false;
            }
            _ => {}
        }
    }
    starts
}

fn marks(kept: &Kept, block: &Block, measured: &[&Measured]) -> BTreeSet<Mark> {
    let layout = Layout::of(&kept.head.host.cores);
    let needs = kept
        .head
        .suite
        .workload(&block.workload)
        .and_then(|one| one.needs);
    let workers = match block.processes {
        Processes::PerCore => layout.servers(block.processes, needs).len(),
        Processes::One | Processes::AllCores => 1,
    };
    let middle = |share: &dyn Fn(&Measured) -> f64| {
        let mut shares: Vec<f64> = measured.iter().map(|one| share(one)).collect();
        shares.sort_by(f64::total_cmp);
        shares.get(shares.len() / 2).copied().unwrap_or(0.0)
    };
    let beneath = |one: &Measured| one.beneath_share.unwrap_or(0.0);
    let client = middle(&|one| one.client_share);
    let database = layout.database();
    let of_core = if database.contains(&layout.client) {
        middle(&|one| one.client_share + beneath(one))
    } else {
        middle(&beneath) / f64::from(u16::try_from(database.len()).unwrap_or(u16::MAX))
    };
    // a workload whose every second repeat is something else has no median that means anything
    let idle = |one: &&&Measured| match one.workers {
        Some(at_work) => workers > 1 && at_work < workers,
        // runs that did not count them: all but one worked at most, and the last hardly
        None => {
            workers > 1 && one.server_share < f64::from(u16::try_from(workers).unwrap_or(u16::MAX)) - 0.75
        }
    };
    let found = [
        (client >= SATURATED_SHARE, Mark::ClientBound),
        (
            client < SATURATED_SHARE && of_core >= SATURATED_SHARE,
            Mark::DatabaseBound,
        ),
        (measured.iter().any(|one| idle(&one)), Mark::Idle),
        (middle(&|one| one.other_share) >= BUSY_SHARE, Mark::Busy),
    ];
    let marks = found.into_iter().filter(|(is, _)| *is);
    marks.map(|(_, mark)| mark).collect()
}

/// With thousands parted, and as many decimals as it has, three at most.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut parted = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() {
        parted
    } else {
        format!("{parted}.{decimals}")
    }
}

impl Summary {
    fn head_lines(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, method) = (&self.head.host, &self.head.method);
        writeln!(
            out,
            "Run of {}{}",
            self.head.started,
            if self.finished { "" } else { ", not finished" }
        )?;
        writeln!(
            out,
            "Host: {}, {} cores, {} MiB, {}",
            host.processor,
            host.cores.len(),
            host.memory_mib,
            host.system
        )?;
        let versions: Vec<String> = self
            .head
            .versions
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        writeln!(out, "Versions: {}", versions.join(", "))?;
        writeln!(
            out,
            "Method: {} interleaved repeats of {} ms after {} ms of warm-up, asked by {} on core {}; median, and in brackets the interval",
            method.repeats, method.millis, method.warm_up_millis, method.load_generator, method.client_core
        )?;
        if let Some(note) = &self.head.note {
            writeln!(out, "Note: {note}")?;
        }
        writeln!(
            out,
            "Other programs used at most {:.0} % of the machine during a measurement.",
            self.most_by_others * 100.0
        )?;
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head_lines(out)?;
        for group in &self.groups {
            writeln!(
                out,
                "\n{} ({}), {}",
                group.title,
                group.processes.label(),
                group.unit
            )?;
            for row in &group.rows {
                let value = match row.shown() {
                    Some(shown) => {
                        format!(
                            "{:>9} ({} to {})",
                            number(shown.median),
                            number(shown.low),
                            number(shown.high)
                        )
                    }
                    None => format!("measured {} times: too few for an interval", row.count),
                };
                writeln!(out, "  {:<42} {value}", row.name)?;
                if row.starts > 1 {
                    writeln!(
                        out,
                        "      of {} starts of its server: the run was interrupted",
                        row.starts
                    )?;
                }
                for mark in &row.marks {
                    writeln!(out, "      {}", mark.words())?;
                }
            }
            for difference in &group.differences {
                writeln!(out, "  · {difference}")?;
            }
            if let Some(why) = group.unsaid() {
                writeln!(out, "  · {why}")?;
            }
        }
        for (title, lines) in [("Refused", &self.refused), ("Missing", &self.missing)] {
            for line in lines {
                writeln!(out, "\n{title}: {line}")?;
            }
        }
        Ok(())
    }
}
