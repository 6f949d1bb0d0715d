//! Periods: multiples of 24 hours, business days in UTC, and nothing that depends on a time zone.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// One hour.
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How late a timer may fire before the silent party gets a day of grace: only downtime makes it so late.
pub const LATE: SignedDuration = HOUR;
/// What the silent party gets after downtime, and at least after anything else that moved a deadline.
pub const GRACE: SignedDuration = SignedDuration::from_hours(24);

/// So many times 24 hours.
pub fn days(count: u16) -> SignedDuration {
    hours(u32::from(count).saturating_mul(24))
}

/// So many hours.
pub fn hours(count: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(count))
}

/// The moment a period after another; the end of time where there is none.
pub fn after(at: Timestamp, period: SignedDuration) -> Timestamp {
    at.checked_add(period).unwrap_or(Timestamp::MAX)
}

/// The moment a period before another; the beginning of time where there is none.
pub fn before(at: Timestamp, period: SignedDuration) -> Timestamp {
    at.checked_sub(period).unwrap_or(Timestamp::MIN)
}

/// The same time of day, so many business days later: Monday to Friday in UTC, no holidays.
pub fn business_days_after(at: Timestamp, count: u16) -> Timestamp {
    let (mut at, mut left) = (at, count);
    while left > 0 && at < Timestamp::MAX {
        at = after(at, days(1));
        let weekend = matches!(
            at.to_zoned(TimeZone::UTC).weekday(),
            Weekday::Saturday | Weekday::Sunday
        );
        if !weekend {
            left = left.saturating_sub(1);
        }
    }
    at
}

/// The moment at which a day is over in UTC.
pub fn end_of(day: Date) -> Timestamp {
    let next = day.tomorrow().unwrap_or(day);
    next.to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A moment as the database keeps it: in whole microseconds.
pub fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn business_days_leave_out_the_weekend() {
        for (from, count, to) in [
            ("2026-11-25T10:00:00Z", 5, "2026-12-02T10:00:00Z"), // a Wednesday
            ("2026-11-28T10:00:00Z", 1, "2026-11-30T10:00:00Z"), // a Saturday
            ("2026-11-27T23:59:59Z", 1, "2026-11-30T23:59:59Z"), // a Friday
            ("2026-11-25T10:00:00Z", 0, "2026-11-25T10:00:00Z"),
        ] {
            assert_eq!(business_days_after(at(from), count), at(to), "{from} + {count}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        assert_eq!(end_of("2024-02-29".parse().unwrap()), at("2024-03-01T00:00:00Z"));
    }
}
