//! Two runs held against each other: whether the order holds wherever the intervals differed.

use std::collections::BTreeSet;
use std::fmt;

use earnest_compare::repeats::Difference;

use super::record::Head;
use super::summary::{Group, Row, Summary, times_text};

/// Two runs beside each other.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// What is not the same about the two, beside when they were made.
    made: Vec<String>,
    /// Pairs that differ in both runs, in the same order.
    pub(super) held: usize,
    /// Pairs whose intervals overlap in one of the runs.
    pub(super) undecided: usize,
    /// Pairs that differ in both runs, in opposite orders.
    pub(crate) reversed: Vec<String>,
    /// Rows measured while others were at work in one of the runs: their order says nothing.
    busy: BTreeSet<String>,
    /// Rows that one of the runs does not have, or not often enough.
    alone: BTreeSet<String>,
    /// Rows whose level differs between the runs.
    pub(super) levels: Vec<String>,
}

impl Summary {
    /// This run held against another.
    pub(crate) fn against(&self, other: &Self) -> Beside {
        let mut beside = Beside {
            made: made(&self.head, &other.head),
            ..Beside::default()
        };
        for group in &other.groups {
            beside.missing(group, same(&self.groups, group));
        }
        for group in &self.groups {
            let there = same(&other.groups, group);
            beside.missing(group, there);
            if let Some(there) = there {
                beside.group(group, there);
            }
        }
        beside
    }
}

fn same<'a>(groups: &'a [Group], group: &Group) -> Option<&'a Group> {
    let is = |g: &&Group| (&g.workload, g.processes) == (&group.workload, group.processes);
    groups.iter().find(is)
}

fn find<'a>(group: &'a Group, row: &Row) -> Option<&'a Row> {
    group
        .rows
        .iter()
        .find(|other| other.contender == row.contender && other.repeats.is_some())
}

fn place(group: &Group, row: &Row) -> String {
    format!("{}, {}: {}", group.workload, group.processes.label(), row.name)
}

/// What two runs do not have in common: whoever reads an order that was turned round looks here first.
fn made(here: &Head, there: &Head) -> Vec<String> {
    let mut lines = Vec::new();
    let host = |head: &Head| {
        let host = &head.host;
        let (cores, memory) = (host.cores.len(), host.memory_mib);
        format!("{}, {cores} cores, {memory} MiB, {}", host.processor, host.system)
    };
    let method = |head: &Head| {
        let method = &head.method;
        format!(
            "{} repeats of {} ms after {} ms of warm-up, asked by {}",
            method.repeats, method.millis, method.warm_up_millis, method.load_generator
        )
    };
    for (what, one, other) in [
        ("Machine", host(here), host(there)),
        ("Method", method(here), method(there)),
    ] {
        if one != other {
            lines.push(format!("{what}: here {one}; there {other}"));
        }
    }
    let names: BTreeSet<&String> = here.versions.keys().chain(there.versions.keys()).collect();
    let version = |head: &Head, name: &String| {
        let found = head.versions.get(name);
        found.map_or_else(|| "none".to_owned(), Clone::clone)
    };
    let differ = |name: &&String| here.versions.get(*name) != there.versions.get(*name);
    let versions: Vec<String> = names
        .into_iter()
        .filter(differ)
        .map(|name| {
            format!(
                "{name} {} here, {} there",
                version(here, name),
                version(there, name)
            )
        })
        .collect();
    if !versions.is_empty() {
        lines.push(format!("Versions: {}", versions.join("; ")));
    }
    lines
}

impl Beside {
    fn missing(&mut self, group: &Group, there: Option<&Group>) {
        let lacks = |row: &&Row| row.repeats.is_none() || there.and_then(|there| find(there, row)).is_none();
        let alone = group.rows.iter().filter(lacks).map(|row| place(group, row));
        self.alone.extend(alone);
    }

    fn group(&mut self, group: &Group, there: &Group) {
        let mut quiet = Vec::new();
        for row in group.rows.iter().filter(|row| row.repeats.is_some()) {
            let Some(other) = find(there, row) else { continue };
            if [row, other]
                .iter()
                .any(|one| one.marks.iter().any(|mark| mark.spoils()))
            {
                self.busy.insert(place(group, row));
            } else {
                self.row(group, (row, other));
                quiet.push((row, other));
            }
        }
        for (at, first) in quiet.iter().enumerate() {
            for second in quiet.iter().skip(at + 1) {
                self.pair(group, *first, *second);
            }
        }
    }

    fn row(&mut self, group: &Group, (row, other): (&Row, &Row)) {
        let Some((now, then)) = row.shown().zip(other.shown()) else {
            return;
        };
        let place = place(group, row);
        match now.against(&then) {
            Difference::None => {}
            Difference::Higher(times) => self
                .levels
                .push(format!("{place} is faster here, {} times", times_text(times))),
            Difference::Lower(times) => self
                .levels
                .push(format!("{place} is slower here, {} times", times_text(times))),
        }
    }

    fn pair(&mut self, group: &Group, first: (&Row, &Row), second: (&Row, &Row)) {
        let here = first.0.shown().zip(second.0.shown());
        let there = first.1.shown().zip(second.1.shown());
        let Some((here, there)) = here.zip(there) else {
            return;
        };
        match (here.0.against(&here.1), there.0.against(&there.1)) {
            (Difference::None, _) | (_, Difference::None) => self.undecided += 1,
            (Difference::Higher(_), Difference::Higher(_)) | (Difference::Lower(_), Difference::Lower(_)) => {
                self.held += 1;
            }
            _ => self.reversed.push(format!(
                "{}, {}: {} and {}",
                group.workload,
                group.processes.label(),
                first.0.name,
                second.0.name
            )),
        }
    }
}

impl fmt::Display for Beside {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.made.is_empty() {
            writeln!(
                out,
                "Made on the same kind of machine, in the same way, of the same versions."
            )?;
        }
        for line in &self.made {
            writeln!(out, "{line}")?;
        }
        writeln!(
            out,
            "The order held in {} in both runs; {} in one of them.",
            pairs(self.held, ("that differs", "that differ")),
            pairs(self.undecided, ("does not differ", "do not differ"))
        )?;
        writeln!(out, "Turned round: {}.", joined(self.reversed.iter()))?;
        for (what, rows) in [
            (
                "Left out, as other programs were at work or a process had nothing to do",
                &self.busy,
            ),
            ("In one run only", &self.alone),
        ] {
            if !rows.is_empty() {
                writeln!(out, "{what}: {}.", joined(rows.iter()))?;
            }
        }
        for level in &self.levels {
            writeln!(out, "  {level}")?;
        }
        Ok(())
    }
}

fn pairs(count: usize, (one, several): (&str, &str)) -> String {
    if count == 1 {
        format!("1 pair {one}")
    } else {
        format!("{count} pairs {several}")
    }
}

fn joined<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    let lines: Vec<&str> = lines.map(String::as_str).collect();
    if lines.is_empty() {
        "none".to_owned()
    } else {
        lines.join("; ")
    }
}
