//! How dates, moments and sums are written for people.

use std::fmt;

use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// "23 November 2026" for `2026-11-23`; anything else stays as it is.
pub(crate) fn date(text: &str) -> String {
    let Ok(date) = text.parse::<Date>() else {
        return text.to_owned();
    };
    let month = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .copied()
        .unwrap_or("");
    format!("{} {month} {}", date.day(), date.year())
}

/// "12.5 %" for 1,250 basis points.
pub(crate) fn percent(basis_points: u16) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A sum that may be below nothing.
pub(crate) fn signed(currency: Currency, minor: Minor) -> String {
    if minor < Minor::ZERO {
        format!("−{}", sum(currency, Minor(minor.0.saturating_neg())))
    } else {
        sum(currency, minor)
    }
}

/// "$1,200.00": with all decimals, and the sign of the currency where it has one of its own.
pub(crate) fn sum(currency: Currency, minor: Minor) -> String {
    currency.sum(minor)
}

/// "1200.00": as a sum stands in a field, to be read again.
pub(crate) fn plain(currency: Currency, minor: Minor) -> String {
    let written = sum(currency, minor);
    let figures = written
        .chars()
        .filter(|one| one.is_ascii_digit() || matches!(one, '.' | '-'));
    figures.collect()
}

/// "in 6 days", "5 hours ago": how far a moment is away, in words.
pub(crate) fn away(now: Timestamp, at: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let (size, unit) = match seconds.unsigned_abs() {
        0..=90 => return if seconds < 0 { "just now" } else { "in a moment" }.to_owned(),
        size @ 91..=5_400 => (size.div_ceil(60), "minutes"),
        size @ 5_401..=172_800 => ((size + 1_800) / 3_600, "hours"),
        size => ((size + 43_200) / 86_400, "days"),
    };
    if seconds < 0 {
        format!("{size} {unit} ago")
    } else {
        format!("in {size} {unit}")
    }
}

/// A moment, printed as a `<time>` element: written out in UTC, exact for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self(at)
    }

    /// "23 November 2026, 14:05 UTC"
    pub(crate) fn text(self) -> String {
        let at = self.0.to_zoned(TimeZone::UTC);
        format!("{}, {} UTC", date(&at.date().to_string()), at.strftime("%H:%M"))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{:.0}\">{}</time>", self.0, self.text())
    }
}

impl askama::filters::HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_written_out() {
        assert_eq!(super::date("2026-11-23"), "23 November 2026");
        assert_eq!(super::date("2026-04"), "2026-04");
    }

    #[test]
    fn percentages_have_no_needless_digits() {
        for (basis_points, text) in [(1_000, "10 %"), (1_250, "12.5 %"), (5, "0.05 %"), (0, "0 %")] {
            assert_eq!(super::percent(basis_points), text);
        }
    }

    #[test]
    fn sums_have_their_sign_and_all_decimals() {
        let sum = |code: &str, minor| super::sum(code.parse().unwrap(), super::Minor(minor));
        assert_eq!(sum("USD", 120_000), "$1,200.00");
        assert_eq!(sum("EUR", 5), "€0.05");
        assert_eq!(sum("JPY", 5_000), "JPY 5,000");
        assert_eq!(sum("CHF", 100), "CHF 1.00");
        for (code, minor, figures) in [
            ("USD", 747_000, "7470.00"),
            ("CHF", 5, "0.05"),
            ("JPY", 5_000, "5000"),
        ] {
            let currency: super::Currency = code.parse().unwrap();
            assert_eq!(super::plain(currency, super::Minor(minor)), figures);
            assert_eq!(currency.read(figures), Ok(super::Minor(minor)));
        }
    }

    #[test]
    fn how_far_away_is_said_in_words() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let away = |seconds| super::away(now, jiff::Timestamp::from_second(seconds).unwrap());
        assert_eq!(away(7 * 86_400), "in 7 days");
        assert_eq!(away(-5 * 3_600), "5 hours ago");
        assert_eq!(away(600), "in 10 minutes");
        assert_eq!(away(10), "in a moment");
    }

    #[test]
    fn a_moment_is_exact_for_programs_and_readable_for_people() {
        let moment = super::Moment::new("2026-11-23T14:05:09.5Z".parse().unwrap());
        assert_eq!(
            moment.to_string(),
            "<time datetime=\"2026-11-23T14:05:09Z\">23 November 2026, 14:05 UTC</time>"
        );
    }
}
