//! Tables that an operator imports: taken whole and exactly, or refused with every line that is wrong.

use std::fmt::Write;

use earnest_hire::bank::{Direction, LineName, StatementLine, parse as parse_statement};
use earnest_hire::expert::import;
use earnest_hire::money::{Currency, Money};
use jiff::civil::{Date, date};

use super::text;

/// More than an operator's own files need, and few enough that one input takes no time.
const MOST: usize = 64 * 1024;
const TODAY: Date = date(2026, 11, 24);

pub(super) fn bank_statement(input: &[u8]) {
    let Some(typed) = text(input).filter(|text| text.len() <= MOST) else {
        return;
    };
    match parse_statement(typed, Currency::USD) {
        Err(faults) => {
            assert!(!faults.is_empty(), "{typed:?} is refused for nothing");
            assert!(
                faults
                    .iter()
                    .all(|fault| fault.number >= 1 && !fault.why.is_empty())
            );
        }
        Ok(lines) => {
            for line in &lines {
                assert!((1..=Money::MOST).contains(&line.amount.0), "{line:?}");
                assert!(line.name != LineName::Given(String::new()), "{line:?}");
            }
            named_once(typed, "amount");
            let again = parse_statement(&written(&lines), Currency::USD);
            let again = again.map(unnumbered);
            assert_eq!(again, Ok(unnumbered(lines)), "{typed:?}");
        }
    }
}

/// Of two columns of one name nobody knows which is meant.
fn named_once(typed: &str, name: &str) {
    let first = typed
        .trim_start_matches('\u{feff}')
        .lines()
        .find(|line| !line.trim().is_empty());
    let Some(first) = first.filter(|line| !line.contains('"')) else {
        return;
    };
    let sign = [';', '\t', ',']
        .into_iter()
        .find(|sign| first.contains(*sign))
        .unwrap_or(',');
    let named = first
        .split(sign)
        .filter(|cell| cell.trim().eq_ignore_ascii_case(name))
        .count();
    assert!(named <= 1, "{first:?} names `{name}` {named} times");
}

/// The same statement as another bank would write it.
fn written(lines: &[StatementLine]) -> String {
    let mut text = "Transaction ID;Counterparty;Reference;Currency;Amount;Date\r\n".to_owned();
    for line in lines {
        let sign = if line.direction == Direction::Out { "-" } else { "" };
        let (whole, part) = (line.amount.0.div_euclid(100), line.amount.0.rem_euclid(100));
        let id = match &line.name {
            LineName::Given(id) => id,
            LineName::Made { .. } => "",
        };
        let [id, who, what] = [id, &line.counterparty, &line.text].map(quoted);
        let made = write!(
            text,
            "{id};{who};{what};USD;{sign}{whole},{part:02};{}\r\n",
            line.date
        );
        assert!(made.is_ok());
    }
    text
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// Without what depends on how it is written.
fn unnumbered(mut lines: Vec<StatementLine>) -> Vec<StatementLine> {
    for line in &mut lines {
        line.number = 0;
        if let LineName::Made { former } = &mut line.name {
            former.clear();
        }
    }
    lines
}

pub(super) fn experts_table(input: &[u8]) {
    let Some(typed) = text(input).filter(|text| text.len() <= MOST) else {
        return;
    };
    match import::parse(typed, TODAY, Currency::USD) {
        Err(faults) => {
            assert!(!faults.is_empty(), "{typed:?} is refused for nothing");
            assert!(
                faults
                    .iter()
                    .all(|fault| fault.line >= 1 && !fault.why.is_empty())
            );
        }
        Ok(rows) => {
            for (place, row) in rows.iter().enumerate() {
                let profile = &row.profile;
                assert!(!profile.indexed, "nobody agreed to be found: {row:?}");
                assert!(
                    !profile.skills.is_empty() && !profile.headline.is_empty(),
                    "{row:?}"
                );
                let evidence = profile
                    .skills
                    .iter()
                    .filter_map(|skill| skill.evidence.as_deref());
                for address in evidence {
                    let leads = address.starts_with("https://") || address.starts_with("http://");
                    assert!(
                        leads && !address.contains(['"', '<', '>', ' ', '\n']),
                        "{address:?}"
                    );
                }
                let twice = rows.iter().take(place).any(|other| other.email == row.email);
                assert!(!twice, "{} stands there twice", row.email);
                if let Some(rate) = profile.rate {
                    assert!(rate.hour_minor.is_positive(), "{row:?}");
                }
            }
        }
    }
}
