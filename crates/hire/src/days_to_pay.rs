//! How soon a client approves what was submitted, measured on what happened.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::contract::{Command, TimerKind};
use crate::ids::MilestoneId;

/// How soon a client has approved; there is none of a client who never did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysToPay {
    /// Approvals that it rests on. Time that ran out in silence is one, too.
    pub counted: usize,
    /// Half of them came as soon as this after the version that they approve.
    pub median: SignedDuration,
}

impl DaysToPay {
    /// From what was submitted and approved, in its order in each contract.
    pub fn of(deeds: &[(Timestamp, Command)]) -> Option<Self> {
        let mut submitted: BTreeMap<MilestoneId, Timestamp> = BTreeMap::new();
        let mut took = Vec::new();
        for (at, command) in deeds {
            let approved = if let Command::Submit { milestone, .. } = command {
                submitted.insert(*milestone, *at);
                None
            } else if let Command::Approve { milestone } = command {
                Some(*milestone)
            } else if let Command::Timer {
                kind: TimerKind::InspectionEnds,
                subject,
                ..
            } = command
            {
                subject.parse().ok()
            } else {
                None
            };
            let since = approved.and_then(|milestone| submitted.remove(&milestone));
            took.extend(since.map(|since| at.duration_since(since)));
        }
        took.sort_unstable();
        let middle = took.len().saturating_sub(1).div_euclid(2);
        took.get(middle).map(|median| Self {
            counted: took.len(),
            median: *median,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ids;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    fn submit(milestone: MilestoneId) -> Command {
        Command::Submit {
            milestone,
            deliverables: 1,
            ticked: Vec::new(),
        }
    }

    #[test]
    fn it_counts_from_the_version_that_was_approved() {
        let mut ids = Ids::new(day(0), [1; 16]);
        let (one, two, three) = (ids.milestone(), ids.milestone(), ids.milestone());
        let silent = Command::Timer {
            kind: TimerKind::InspectionEnds,
            subject: three.to_string(),
            entry_no: 1,
            due_at: day(17),
        };
        let approve = |milestone| Command::Approve { milestone };
        let deeds = [
            (day(0), submit(one)),
            (day(5), submit(one)),
            (day(6), approve(one)),
            (day(6), submit(two)),
            (day(10), submit(three)),
            (day(17), silent),
            (day(18), approve(ids.milestone())),
        ];
        assert_eq!(DaysToPay::of(&[]), None);
        assert_eq!(DaysToPay::of(&[(day(0), submit(one))]), None);
        let median = |deeds: &[(Timestamp, Command)]| {
            DaysToPay::of(deeds).map(|found| (found.counted, found.median.as_hours() / 24))
        };
        assert_eq!(median(&deeds), Some((2, 1)));
        let three = [deeds.as_slice(), &[(day(19), approve(two))]].concat();
        assert_eq!(median(&three), Some((3, 7)));
    }
}
