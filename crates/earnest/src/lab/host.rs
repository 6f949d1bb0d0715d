//! What machine this is, and how busy it is, from `/proc`.

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

/// Seconds of a processor that a group of processes has used so far.
pub(super) fn used_by_group(group: u32) -> f64 {
    let Ok(entries) = fs::read_dir("/proc") else {
        return 0.0;
    };
    let ticks = entries.flatten().filter_map(|entry| {
        let text = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (of, used) = group_and_ticks(&text)?;
        (of == group).then_some(used)
    });
    seconds(ticks.sum())
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

fn group_and_ticks(stat: &str) -> Option<(u32, u64)> {
    let fields = after_name(stat);
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some((fields.get(2)?.parse().ok()?, ticks(11)? + ticks(12)?))
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
        assert_eq!(group_and_ticks(line), Some((42, 300)));
        assert_eq!(group_and_ticks("nonsense"), None);
    }
}
