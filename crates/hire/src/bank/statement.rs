//! A statement as a bank gives it out: comma- or semicolon-separated, one line a transfer, columns by their names.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::money::{Currency, Minor, Money};

/// Longer than any statement; what is larger is another file.
const MOST_LINES: usize = 100_000;
const NEEDED: [&str; 4] = ["date", "amount", "currency", "reference"];
const OPTIONAL: [&str; 2] = ["counterparty", "transaction_id"];

/// Which way a transfer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Into the operator's account.
    In,
    /// Out of it: written with a minus.
    Out,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// In the file, from 1.
    pub number: usize,
    /// The day of the booking.
    pub date: Date,
    /// Which way.
    pub direction: Direction,
    /// More than nothing.
    pub amount: Minor,
    /// The text of the transfer.
    pub text: String,
    /// Who is at the other end.
    pub counterparty: String,
    /// What all lines of its day, direction, sum and reference have in common, however another file writes them. Whoever
    /// names a line that the bank gave no id puts a number after it: equal lines are as many transfers.
    pub stem: String,
    /// By what it is known when it comes again.
    pub name: LineName,
}

/// By what a line is known when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineName {
    /// The bank's own id.
    Given(String),
    /// The bank gave none.
    Made {
        /// How it was named when names were made of the texts of the file. Lines that were imported then keep such names.
        former: String,
    },
}

/// What the name of an imported line was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The bank gave an id.
    Bank,
    /// Its [stem](StatementLine::stem).
    Values,
    /// The texts of the file: another file may write the same line otherwise.
    Texts,
}

impl NamedBy {
    /// Of a line that was imported under this name.
    pub fn of(name: &str) -> Self {
        let parts: Vec<&str> = name.split(':').collect();
        let hash = |part: &str| part.len() == HASH && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let counts = |part: &str| part.parse::<u32>().is_ok();
        match parts.as_slice() {
            ["line", texts, number] if hash(texts) && counts(number) => Self::Texts,
            ["line", day, values, number]
                if day.parse::<Date>().is_ok() && hash(values) && counts(number) =>
            {
                Self::Values
            }
            _ => Self::Bank,
        }
    }
}

/// A text as two files may write it: without the white space around it, with one space for more, in one case.
pub fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    // ß and SS, or the two small sigmas, are told apart by one of the two ways only
    words.join(" ").to_lowercase().to_uppercase().to_lowercase()
}

/// See [`StatementLine::stem`].
pub fn stem(
    date: Date,
    (direction, amount): (Direction, Minor),
    currency: Currency,
    reference: &str,
) -> String {
    let sign = match direction {
        Direction::In => '+',
        Direction::Out => '-',
    };
    let values = format!("{date}\n{sign}{}\n{currency}\n{}", amount.0, plain(reference));
    format!("line:{date}:{}", hash(&values))
}

/// Enough of a hash to tell any two lines apart.
const HASH: usize = 24;

fn hash(text: &str) -> String {
    let hash = crate::hex(&Sha256::digest(text));
    hash.get(..HASH).unwrap_or(&hash).to_owned()
}

/// Why a line is not taken, and with it the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {why}")]
pub struct LineFault {
    /// In the file, from 1.
    pub number: usize,
    /// What is wrong and what is allowed.
    pub why: String,
}

/// Reads a whole statement in the operator's currency, or says of every line that is wrong what is.
pub fn parse(text: &str, currency: Currency) -> Result<Vec<StatementLine>, Vec<LineFault>> {
    let mut rows = rows_of_table(text).map_err(|fault| vec![fault])?.into_iter();
    let Some((first, header)) = rows.next() else {
        return Err(vec![fault(1, "the file is empty")]);
    };
    let columns = columns(&header).map_err(|why| vec![fault(first, &why)])?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut equal = BTreeMap::new();
    for (number, fields) in rows {
        if fields.iter().skip(header.len()).any(|field| !field.is_empty()) {
            let why = "it has more fields than the first line names; quote those with a separator in them";
            faults.push(fault(number, why));
            continue;
        }
        match line((number, &fields), &columns, currency, &mut equal) {
            Ok(line) => lines.push(line),
            Err(why) => faults.push(fault(number, &why)),
        }
    }
    let mut seen = BTreeMap::new();
    for line in &lines {
        let LineName::Given(id) = &line.name else {
            continue;
        };
        if let Some(before) = seen.insert(id.clone(), line.number) {
            faults.push(fault(
                line.number,
                &format!("its transaction id is that of line {before}"),
            ));
        }
    }
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

fn fault(number: usize, why: &str) -> LineFault {
    LineFault {
        number,
        why: why.to_owned(),
    }
}

fn delimiter(header: &str) -> char {
    [';', '\t', ',']
        .into_iter()
        .find(|sign| header.contains(*sign))
        .unwrap_or(',')
}

type Rows = Vec<(usize, Vec<String>)>;

/// The rows of a table whose first line tells what stands between its fields.
pub(crate) fn rows_of_table(text: &str) -> Result<Rows, LineFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    rows(text, delimiter(text.lines().next().unwrap_or_default()))
}

/// Fields of each line that is not empty, with the number of the line it begins on. Quoted as RFC 4180 says.
fn rows(text: &str, delimiter: char) -> Result<Rows, LineFault> {
    let mut rows: Rows = Vec::new();
    let (mut fields, mut field) = (Vec::new(), String::new());
    let (mut number, mut begun, mut quoted) = (1_usize, 1_usize, None);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            number = number.saturating_add(1);
        }
        match (letter, quoted) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            ('"', Some(_)) => quoted = None,
            ('"', None) if field.trim().is_empty() => {
                field.clear();
                quoted = Some(number);
            }
            ('\r', None) => {}
            ('\n', None) => {
                fields.push(std::mem::take(&mut field).trim().to_owned());
                push(&mut rows, begun, std::mem::take(&mut fields))?;
                begun = number;
            }
            (other, None) if other == delimiter => fields.push(std::mem::take(&mut field).trim().to_owned()),
            (other, _) => field.push(other),
        }
    }
    if let Some(number) = quoted {
        return Err(fault(number, "a quote is opened and never closed"));
    }
    fields.push(field.trim().to_owned());
    push(&mut rows, begun, fields)?;
    Ok(rows)
}

fn push(rows: &mut Rows, number: usize, fields: Vec<String>) -> Result<(), LineFault> {
    if fields.iter().all(String::is_empty) {
        return Ok(());
    }
    if rows.len() > MOST_LINES {
        return Err(fault(number, "a statement has at most 100,000 lines"));
    }
    rows.push((number, fields));
    Ok(())
}

/// Where each column stands, by its name.
fn columns(header: &[String]) -> Result<BTreeMap<String, usize>, String> {
    let names = header
        .iter()
        .map(|name| name.to_ascii_lowercase().replace(' ', "_"));
    let columns: BTreeMap<String, usize> = names.zip(0..).collect();
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|name| !columns.contains_key(*name))
        .collect();
    let twice = |name: &str| {
        let same = header
            .iter()
            .filter(|cell| cell.to_ascii_lowercase().replace(' ', "_") == name);
        same.count() > 1
    };
    if let Some(name) = NEEDED.iter().chain(&OPTIONAL).find(|name| twice(name)) {
        return Err(format!(
            "the first line names the column {name} twice; nobody knows which is meant"
        ));
    }
    if missing.is_empty() {
        return Ok(columns);
    }
    Err(format!(
        "the first line names the columns date, amount, currency, reference, and perhaps counterparty and transaction_id; \
         missing: {}",
        missing.join(", ")
    ))
}

/// One line. `equal` counts those that the bank gave no id and whose texts are equal, in their order.
fn line(
    (number, fields): (usize, &[String]),
    columns: &BTreeMap<String, usize>,
    currency: Currency,
    equal: &mut BTreeMap<String, u32>,
) -> Result<StatementLine, String> {
    let field = |name: &str| {
        let found = columns.get(name).and_then(|place| fields.get(*place));
        found.map(String::as_str).unwrap_or_default()
    };
    let date = field("date")
        .parse()
        .or(Err(format!("`{}` is no date such as 2026-11-25", field("date"))))?;
    let named: Currency = field("currency")
        .parse()
        .or(Err(format!("`{}` is no currency of ISO 4217", field("currency"))))?;
    if named != currency {
        return Err(format!("it is in {named}, and this site works in {currency}"));
    }
    let (direction, amount) = amount(field("amount"), currency)?;
    let bank_id = field("transaction_id");
    if bank_id.len() > 200 || bank_id.chars().any(char::is_control) {
        return Err("a transaction id has at most 200 characters".to_owned());
    }
    if bank_id == "-" {
        return Err("`-` is no transaction id; leave the field empty where the bank gives none".to_owned());
    }
    let name = if bank_id.is_empty() {
        let texts = ["date", "amount", "reference", "counterparty"].map(field);
        let hash = hash(&texts.join("\n"));
        let count = equal.entry(hash.clone()).or_default();
        *count = count.saturating_add(1);
        LineName::Made {
            former: format!("line:{hash}:{count}"),
        }
    } else {
        LineName::Given(bank_id.to_owned())
    };
    let reference = field("reference");
    Ok(StatementLine {
        number,
        date,
        direction,
        amount,
        text: reference.to_owned(),
        counterparty: field("counterparty").to_owned(),
        stem: stem(date, (direction, amount), currency, reference),
        name,
    })
}

/// Digits with exactly the currency's decimals or none, after a point or comma; a minus before money that left.
fn amount(text: &str, currency: Currency) -> Result<(Direction, Minor), String> {
    let (direction, digits) = match text.strip_prefix('-').or_else(|| text.strip_prefix('\u{2212}')) {
        Some(digits) => (Direction::Out, digits),
        None => (Direction::In, text.strip_prefix('+').unwrap_or(text)),
    };
    let decimals = usize::try_from(currency.exponent()).unwrap_or(0);
    let unclear = || {
        format!(
            "`{text}` is no amount of {currency}: digits without grouping, and {decimals} decimals or none; a minus for \
             money that left"
        )
    };
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let cut = digits.len() != whole.len();
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty()
        || !plain(whole)
        || !plain(part)
        || (cut && (part.is_empty() || part.len() != decimals))
    {
        return Err(unclear());
    }
    let part = if cut {
        part.to_owned()
    } else {
        "0".repeat(decimals)
    };
    let minor: i64 = format!("{whole}{part}")
        .parse()
        .or(Err(format!("`{text}` is more than any transfer")))?;
    if minor > Money::MOST {
        return Err(format!("`{text}` is more than any transfer"));
    }
    if minor == 0 {
        return Err("a transfer of nothing is none".to_owned());
    }
    Ok((direction, Minor(minor)))
}
