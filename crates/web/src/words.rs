//! How dates are written for people.

use jiff::civil::Date;

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

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_written_out() {
        assert_eq!(super::date("2026-11-23"), "23 November 2026");
        assert_eq!(super::date("2026-04"), "2026-04");
    }
}
