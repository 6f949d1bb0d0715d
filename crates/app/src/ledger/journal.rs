//! The journal as text: lines of JSON from which every hash can be computed again, a table, and the formats of two
//! programs for books kept as text.

use std::fmt::Write as _;
use std::io::{self, Write};

use earnest_hire::hex;
use earnest_hire::ledger::Side;
use earnest_hire::money::Currency;
use earnest_store::{EntryRow, JournalItem, JournalLine};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// How a journal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `earnest.journal/1`: everything; see `docs/JOURNAL.md`.
    Jsonl,
    /// A row for each line of an entry.
    Csv,
    /// For hledger.
    Hledger,
    /// For beancount.
    Beancount,
}

/// What comes before the first item.
pub fn begin(format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Jsonl | Format::Hledger => Ok(()),
        Format::Csv => out.write_all(
            b"chain,no,event,at,kind,entry,entry_no,line,account,currency,side,amount_minor,amount,external_id\n",
        ),
        Format::Beancount => out.write_all(b"plugin \"beancount.plugins.auto_accounts\"\n\n"),
    }
}

/// One item.
pub fn item(item: &JournalItem, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match (format, &item.entry) {
        (Format::Jsonl, _) => writeln!(out, "{}", as_json(item)?),
        (_, None) => Ok(()),
        (Format::Csv, Some((entry, lines))) => csv(item, entry, lines, out),
        (Format::Hledger, Some((entry, lines))) => hledger(item, entry, lines, out),
        (Format::Beancount, Some((entry, lines))) => beancount(item, entry, lines, out),
    }
}

fn as_json(item: &JournalItem) -> io::Result<Value> {
    let event = &item.event;
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(io::Error::other);
    let input = read(&event.input)?;
    let entry = item.entry.as_ref().map(|(row, lines)| {
        json!({
            "id": row.id, "kind": row.kind, "idem": row.idem, "no": row.no,
            "lines": lines.iter().map(line_as_json).collect::<Vec<_>>(),
            "prev": hex(&row.prev), "hash": hex(&row.hash),
        })
    });
    Ok(json!({
        "schema": "earnest.journal/1",
        "chain": event.chain, "no": event.no, "event": event.id, "at": input.get("now"), "kind": event.kind,
        "actor": read(&event.actor)?, "command": read(&event.command)?,
        "facts": input.get("facts"), "seed": input.get("seed"),
        "version": event.version, "moved": read(&event.moved)?, "body_sha256": hex(&event.body_sha256),
        "entry": entry, "prev": hex(&event.prev), "hash": hex(&event.hash),
    }))
}

fn line_as_json(line: &JournalLine) -> Value {
    json!({
        "account": line.account, "currency": line.currency, "side": line.side.name(),
        "amount_minor": line.amount_minor, "external_id": line.external_id,
    })
}

fn csv(item: &JournalItem, entry: &EntryRow, lines: &[JournalLine], out: &mut dyn Write) -> io::Result<()> {
    let event = &item.event;
    let at = moment(event.at)?;
    for (no, line) in (1..).zip(lines) {
        let external = quoted(line.external_id.as_deref().unwrap_or_default());
        writeln!(
            out,
            "{},{},{},{at},{},{},{},{no},{},{},{},{},{},{external}",
            event.chain,
            event.no,
            event.id,
            event.kind,
            entry.id,
            entry.no,
            line.account,
            line.currency,
            line.side.name(),
            line.amount_minor,
            decimal(line.amount_minor, &line.currency)?,
        )?;
    }
    Ok(())
}

/// A cell that stands alone in every spreadsheet and is never taken for a formula.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if text.is_empty() {
        String::new()
    } else {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    }
}

fn hledger(
    item: &JournalItem,
    entry: &EntryRow,
    lines: &[JournalLine],
    out: &mut dyn Write,
) -> io::Result<()> {
    let event = &item.event;
    writeln!(
        out,
        "{} {}  ; {} of {}",
        day(event.at)?,
        event.kind,
        entry.id,
        event.chain
    )?;
    for line in lines {
        let (class, rest) = parts(&line.account);
        let account = format!("{}{rest}", class.to_lowercase());
        writeln!(out, "    {account}  {} {}", signed(line)?, line.currency)?;
    }
    writeln!(out)
}

fn beancount(
    item: &JournalItem,
    entry: &EntryRow,
    lines: &[JournalLine],
    out: &mut dyn Write,
) -> io::Result<()> {
    let event = &item.event;
    writeln!(out, "{} * \"{}\"", day(event.at)?, event.kind)?;
    writeln!(out, "  entry: \"{}\"", entry.id)?;
    for line in lines {
        let (class, rest) = parts(&line.account);
        writeln!(
            out,
            "  {class}{}  {} {}",
            legal(rest),
            signed(line)?,
            line.currency
        )?;
    }
    writeln!(out)
}

/// The class as a word, and the rest of the code with its colon.
fn parts(code: &str) -> (&'static str, &str) {
    let (class, rest) = code.split_at(code.find(':').unwrap_or(code.len()));
    let class = match class {
        "A" => "Assets",
        "L" => "Liabilities",
        "I" => "Income",
        "E" => "Expenses",
        _ => "Equity:Conversion",
    };
    (class, rest)
}

/// Beancount wants every part of a name to begin with a capital or a digit, and knows no underscore.
fn legal(rest: &str) -> String {
    let mut name = String::new();
    for part in rest.split(':').skip(1) {
        let part = part.replace('_', "-");
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        name.push(':');
        name.extend(first);
        name.push_str(letters.as_str());
    }
    name
}

fn signed(line: &JournalLine) -> io::Result<String> {
    let amount = decimal(line.amount_minor, &line.currency)?;
    Ok(match line.side {
        Side::Debit => amount,
        Side::Credit => format!("-{amount}"),
    })
}

/// With the decimals of the currency and a point.
fn decimal(minor: i64, currency: &str) -> io::Result<String> {
    let currency: Currency = currency.parse().map_err(io::Error::other)?;
    let exponent = usize::try_from(currency.exponent()).map_err(io::Error::other)?;
    let digits = format!("{minor:0>width$}", width = exponent + 1);
    let (whole, decimals) = digits.split_at(digits.len().saturating_sub(exponent));
    let mut text = whole.to_owned();
    if !decimals.is_empty() {
        write!(text, ".{decimals}").map_err(io::Error::other)?;
    }
    Ok(text)
}

fn moment(at: i64) -> io::Result<Timestamp> {
    Timestamp::from_microsecond(at).map_err(io::Error::other)
}

fn day(at: i64) -> io::Result<String> {
    Ok(moment(at)?.to_zoned(TimeZone::UTC).date().to_string())
}
