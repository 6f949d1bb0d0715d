//! What machine this is, and how busy it is, from `/proc`.

use std::collections::{HashMap, HashSet};
use std::fs;

use serde::{Deserialize, Serialize};

/// Ticks a second of processor times in `/proc`: the same on every Linux.
const TICKS: f64 = 100.0;

/// The machine that a run was made on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Host {
    /// Model of the processor.
    pub(crate) processor: String,
    /// Cores that this program may use.
    pub(crate) cores: Vec<usize>,
    /// Memory in mebibytes.
    pub(crate) memory_mib: u64,
    /// The system.
    pub(crate) system: String,
}

impl Host {
    /// This machine.
    pub(crate) fn this() -> Self {
        let field = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
        };
        let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kibibytes: u64 = memory
            .split(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processor: field("/proc/cpuinfo", "model name")
                .unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: cores(&field("/proc/self/status", "Cpus_allowed_list").unwrap_or_default()),
            memory_mib: kibibytes / 1024,
            system: format!("{} {}", std::env::consts::OS, kernel.trim()),
        }
    }
}

/// "0-2,5" as the cores that it names; one core where nothing can be read.
fn cores(list: &str) -> Vec<usize> {
    let mut cores = Vec::new();
    for range in list.split(',') {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        if let (Ok(first), Ok(last)) = (from.trim().parse::<usize>(), to.trim().parse::<usize>()) {
            cores.extend(first..=last.min(first.saturating_add(4096)));
        }
    }
    if cores.is_empty() { vec![0] } else { cores }
}

/// From what share of a core on a process is at work.
const AT_WORK: f64 = 0.05;

/// What each process of a program has used so far, by its id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Family(HashMap<u32, f64>);

impl Family {
    /// What was used since then. What a process that has ended meanwhile had used stands with whoever waited for it.
    pub(super) fn since(&self, then: &Self) -> Self {
        let used = |(id, now): (&u32, &f64)| (*id, now - then.0.get(id).copied().unwrap_or(0.0));
        Self(self.0.iter().map(used).collect())
    }

    /// Seconds of a processor, all together.
    pub(super) fn seconds(&self) -> f64 {
        // the sum of nothing would be a negative nothing
        self.0.values().fold(0.0, |sum, used| sum + used)
    }

    /// How many were at work in so many seconds.
    pub(super) fn at_work(&self, seconds: f64) -> usize {
        self.0.values().filter(|used| **used >= AT_WORK * seconds).count()
    }
}

/// What a program has used so far, with all that it has started.
///
/// Its group alone would not do: a PostgreSQL server makes a session of its own for each process that it starts.
pub(super) fn used_by_family(first: u32) -> Family {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Family::default();
    };
    let stats = entries
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let processes: Vec<Process> = stats.filter_map(|stat| Process::read(&stat)).collect();
    family_of(first, &processes)
}

/// One line of the table of processes, as far as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    id: u32,
    parent: u32,
    group: u32,
    /// Its own ticks and those of its ended children.
    ticks: u64,
}

impl Process {
    fn read(stat: &str) -> Option<Self> {
        let fields = after_name(stat);
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            id: stat.split(' ').next()?.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            ticks: ticks(11)? + ticks(12)? + ticks(13)? + ticks(14)?,
        })
    }
}

/// All that is of the group or descends from one that is.
fn family_of(first: u32, processes: &[Process]) -> Family {
    let mut family: HashSet<u32> = HashSet::from([first]);
    loop {
        let before = family.len();
        let more = processes
            .iter()
            .filter(|one| one.group == first || family.contains(&one.parent))
            .map(|one| one.id);
        let more: Vec<u32> = more.collect();
        family.extend(more);
        if family.len() == before {
            break;
        }
    }
    let of = processes.iter().filter(|one| family.contains(&one.id));
    Family(of.map(|one| (one.id, seconds(one.ticks))).collect())
}

/// Seconds of a processor that ended children of this process have used so far.
pub(super) fn used_by_ended_children() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = after_name(&text);
    let field = |at: usize| {
        fields
            .get(at)
            .and_then(|word| word.parse::<u64>().ok())
            .unwrap_or(0)
    };
    seconds(field(13) + field(14))
}

/// Seconds that all cores together were busy so far, whoever kept them busy. What the network costs in interrupts is left
/// out: here it is our own traffic, and no process is charged for it.
pub(super) fn busy_in_all() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    // user, nice and system, and what another machine on the same hardware took
    seconds([0, 1, 2, 7].iter().filter_map(|at| ticks.get(*at)).sum())
}

/// The fields of a `stat` file from the state on: the name before them may hold anything.
fn after_name(stat: &str) -> Vec<&str> {
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ticks since the start of a machine are exact far beyond its age"
)]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 / TICKS
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn lists_of_cores_are_read() {
        assert_eq!(cores("0-1"), [0, 1]);
        assert_eq!(cores("0,2-3"), [0, 2, 3]);
        assert_eq!(cores(""), [0]);
        assert_eq!(cores("nonsense"), [0]);
    }

    #[test]
    fn a_stat_line_is_read_whatever_the_name() {
        let line = "7 (a) b (c)) S 1 42 42 0 -1 0 0 0 0 0 250 50 11 12 20 0 1 0";
        let process = Process {
            id: 7,
            parent: 1,
            group: 42,
            ticks: 323,
        };
        assert_eq!(Process::read(line), Some(process));
        assert_eq!(Process::read("nonsense"), None);
    }

    #[test]
    fn a_family_is_what_somebody_started_in_whatever_session() {
        let process = |id, parent, group, ticks| Process {
            id,
            parent,
            group,
            ticks,
        };
        let processes = [
            // a child of a child, listed before both
            process(12, 11, 12, 1),
            process(10, 1, 10, 10),
            process(11, 10, 11, 100),
            // of the group, though whoever started it is gone
            process(13, 1, 10, 1_000),
            process(20, 1, 20, 10_000),
            process(21, 20, 20, 100_000),
        ];
        let used = |first| format!("{:.0}", family_of(first, &processes).seconds() * TICKS);
        assert_eq!([used(10), used(20), used(99)], ["1111", "110000", "0"]);
    }

    #[test]
    fn a_worker_that_idles_is_not_at_work() {
        let family = |used: [(u32, f64); 3]| Family(HashMap::from(used));
        let (then, now) = (
            family([(1, 9.0), (2, 5.0), (3, 7.0)]),
            family([(1, 9.15), (2, 6.9), (4, 1.5)]),
        );
        let between = now.since(&then);
        assert_eq!(between.at_work(2.0), 3);
        assert_eq!(between.at_work(4.0), 2);
        assert!((between.seconds() - 3.55).abs() < 1e-9);
    }

    /// What a server does in a session of its own is its own work, not that of "other programs".
    #[test]
    fn work_in_another_session_counts() {
        let script =
            "setsid sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; read end'; true";
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let used = used_by_family(child.id()).seconds();
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(line, "done\n");
        assert!(used > 0.0, "{used}");
    }
}
