//! Times for a call as somebody types them: on their own clock.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::field::{Faults, FieldRefusal, Lines, required};

/// So many times are named at most.
pub const MOST_SLOTS: usize = 3;

/// The names of their fields.
const FIELDS: [&str; MOST_SLOTS] = ["slot-1", "slot-2", "slot-3"];

/// The shortest and longest call in minutes.
const SPAN: std::ops::RangeInclusive<u16> = 10..=180;

/// Times that are proposed, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The time zone in which they were typed.
    pub zone: String,
    /// How long the call takes.
    pub minutes: u16,
    /// The times, the earliest first, none twice.
    pub slots: Vec<Timestamp>,
}

impl Draft {
    /// From what was typed into the fields `zone`, `minutes` and `slot-1` to `slot-3`, as `2026-12-01T14:30`. Everything
    /// wrong is said at once.
    pub fn typed(
        zone_typed: &str,
        minutes: &str,
        slots: [&str; MOST_SLOTS],
        now: Timestamp,
    ) -> Result<Self, Vec<FieldRefusal>> {
        let mut faults = Faults::default();
        let found = faults.note(read_zone(zone_typed));
        let minutes = faults.note(read_minutes(minutes));
        let mut read = Vec::new();
        if let Some((_, zone)) = &found {
            let filled = FIELDS
                .iter()
                .zip(slots)
                .filter(|(_, typed)| !typed.trim().is_empty());
            for (field, typed) in filled {
                read.extend(faults.note(read_slot(field, typed.trim(), zone, now)));
            }
            if slots.iter().all(|typed| typed.trim().is_empty()) {
                let sentence = "Propose at least one time.";
                let none: Result<Timestamp, _> = Err(FieldRefusal::new("slot-1", "missing", sentence));
                faults.note(none);
            }
        }
        read.sort_unstable();
        read.dedup();
        let made = found.zip(minutes).map(|((zone, _), minutes)| Self {
            zone,
            minutes,
            slots: read,
        });
        faults.or(made)
    }
}

/// A time zone by its name; UTC where there is none of that name any more.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn read_zone(typed: &str) -> Result<(String, TimeZone), FieldRefusal> {
    let missing = "Name the time zone in which you typed the times, such as Europe/Berlin.";
    let name = required("zone", typed, 60, Lines::One, missing)?;
    match TimeZone::get(&name) {
        Ok(zone) => Ok((zone.iana_name().unwrap_or(&name).to_owned(), zone)),
        Err(_unknown) => {
            let sentence =
                "There is no such time zone. Write a region and a city, such as Europe/Berlin, or UTC.";
            Err(FieldRefusal::new("zone", "unknown", sentence))
        }
    }
}

fn read_minutes(typed: &str) -> Result<u16, FieldRefusal> {
    let minutes = typed.trim().parse().ok().filter(|minutes| SPAN.contains(minutes));
    minutes.ok_or_else(|| {
        let sentence = format!(
            "Say how long the call takes: {} to {} minutes.",
            SPAN.start(),
            SPAN.end()
        );
        FieldRefusal::new("minutes", "out_of_range", sentence)
    })
}

fn read_slot(
    field: &'static str,
    typed: &str,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Timestamp, FieldRefusal> {
    let Ok(civil) = typed.parse::<DateTime>() else {
        let sentence = "Write a day and a time, such as 2026-12-01T14:30.";
        return Err(FieldRefusal::new(field, "malformed", sentence));
    };
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        let sentence = "The clocks are set forward then, so there is no such time. Choose another.";
        return Err(FieldRefusal::new(field, "no_such_time", sentence));
    }
    let at = ambiguous.compatible().map_err(|_out_of_range| {
        FieldRefusal::new(
            field,
            "malformed",
            "That day cannot be reckoned with. Choose another.",
        )
    })?;
    if at <= now {
        let sentence = "This time is over. Choose one that is ahead.";
        return Err(FieldRefusal::new(field, "past", sentence));
    }
    Ok(at)
}
