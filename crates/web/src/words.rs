//! How dates, moments and sums are written for people.

use std::fmt;

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
    fn a_moment_is_exact_for_programs_and_readable_for_people() {
        let moment = super::Moment::new("2026-11-23T14:05:09.5Z".parse().unwrap());
        assert_eq!(
            moment.to_string(),
            "<time datetime=\"2026-11-23T14:05:09Z\">23 November 2026, 14:05 UTC</time>"
        );
    }
}
