//! Time zones in people's own words: `Europe/Berlin`, `Berlin`, `UTC+1`, `GMT-5:30`. The table of zones is part of the
//! program, so that the same words mean the same everywhere.

use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;

/// Minutes of a working day in which two people can reach each other, if both work nine hours from the same local time on.
pub const WORKING_MINUTES: i32 = 9 * 60;
const DAY: i32 = 24 * 60;

/// How many minutes a place is ahead of UTC on a day at noon; none where the words name no zone that is known.
pub fn offset_minutes(words: &str, on: Date) -> Option<i32> {
    words
        .split([',', ';', '(', ')', '/'])
        .find_map(|part| from_utc(part.trim()))
        .or_else(|| named(words.trim(), on))
        .or_else(|| {
            words
                .split([',', ';', '(', ')'])
                .find_map(|part| named(part.trim(), on))
        })
}

/// Minutes in which the working days of two places overlap, whichever way round the world is shorter.
pub fn overlap_minutes(one: i32, other: i32) -> i32 {
    let apart = one.saturating_sub(other).saturating_abs().rem_euclid(DAY);
    let apart = apart.min(DAY.saturating_sub(apart));
    WORKING_MINUTES.saturating_sub(apart).max(0)
}

/// `UTC`, `UTC+1`, `GMT-05:30`.
fn from_utc(text: &str) -> Option<i32> {
    let text = text.to_ascii_uppercase().replace('\u{2212}', "-");
    let rest = ["UTC", "GMT"].iter().find_map(|word| text.strip_prefix(word))?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let whole = |text: &str| text.trim().parse::<u8>().ok().map(i32::from);
    let (hours, minutes) = (whole(hours)?, whole(minutes)?);
    (hours <= 14 && minutes < 60).then(|| {
        hours
            .saturating_mul(60)
            .saturating_add(minutes)
            .saturating_mul(sign)
    })
}

/// By the name of the zone, or by the city it is named after.
fn named(words: &str, on: Date) -> Option<i32> {
    let database = TimeZoneDatabase::bundled();
    let zone = database.get(words).ok().or_else(|| {
        let city = words.replace(' ', "_").to_lowercase();
        let name = database.available().find(|name| {
            let last = name.as_str().rsplit_once('/').map(|(_, last)| last);
            !city.is_empty() && last.is_some_and(|last| last.to_lowercase() == city)
        })?;
        database.get(name.as_str()).ok()
    })?;
    let noon = on.at(12, 0, 0, 0).to_zoned(zone).ok()?;
    Some(noon.offset().seconds().checked_div(60).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_its_city_or_its_distance() {
        let winter = date(2026, 12, 1);
        for (words, minutes) in [
            ("Europe/Berlin", 60),
            ("berlin", 60),
            ("Berlin, UTC+1", 60),
            ("Hamburg (UTC+1)", 60),
            ("Sao Paulo", -180),
            ("Asia/Kolkata", 330),
            ("UTC", 0),
            ("UTC-05:30", -330),
            ("GMT +2", 120),
            ("Paris, France", 60),
        ] {
            assert_eq!(offset_minutes(words, winter), Some(minutes), "{words}");
        }
        assert_eq!(offset_minutes("Europe/Berlin", date(2027, 7, 1)), Some(120));
        for words in ["", "somewhere", "UTC+99", "UTC*1", "//", "UTC+é"] {
            assert_eq!(offset_minutes(words, winter), None, "{words}");
        }
    }

    #[test]
    fn working_days_overlap_the_shorter_way_round() {
        assert_eq!(overlap_minutes(60, 60), WORKING_MINUTES);
        assert_eq!(overlap_minutes(60, -300), 3 * 60);
        assert_eq!(overlap_minutes(-720, 720), WORKING_MINUTES);
        assert_eq!(overlap_minutes(0, 12 * 60), 0);
    }
}
