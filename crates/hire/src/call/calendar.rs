//! A call as calendars read it: RFC 5545. The identifier stays the same and the number of the change grows, so that a
//! calendar that has it moves it instead of showing it twice.

use jiff::{SignedDuration, Timestamp};

use super::{Call, CallStage};
use crate::span::after;

/// Octets of a line at most, without its end.
const LINE: usize = 75;

/// What a calendar shows beside the time.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// One line.
    pub summary: &'a str,
    /// More about it.
    pub description: &'a str,
    /// The page of the conversation.
    pub url: &'a str,
    /// The host of this site, which makes the identifier unique in the world.
    pub host: &'a str,
}

/// The file; nothing where no time was ever chosen.
pub fn calendar(call: &Call, event: &Event<'_>) -> Option<String> {
    let begins = call.at?;
    let ends = after(begins, SignedDuration::from_mins(i64::from(call.minutes)));
    let status = if call.stage == CallStage::Withdrawn {
        "CANCELLED"
    } else {
        "CONFIRMED"
    };
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Earnest//Calls//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@{}", call.id, escaped(event.host)),
        format!("DTSTAMP:{}", utc(call.changed_at)),
        format!("SEQUENCE:{}", call.version),
        format!("DTSTART:{}", utc(begins)),
        format!("DTEND:{}", utc(ends)),
        format!("STATUS:{status}"),
        format!("SUMMARY:{}", escaped(event.summary)),
        format!("DESCRIPTION:{}", escaped(event.description)),
        format!("URL:{}", without_controls(event.url)),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    Some(lines.iter().fold(String::new(), |mut text, line| {
        fold(&mut text, line);
        text
    }))
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value (section 3.3.11): what separates values is written with a backslash, line breaks as `\n`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push(' '),
            plain => out.push(plain),
        }
    }
    out
}

fn without_controls(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

/// Long lines go on after a line break and a space (section 3.1), never inside a letter.
fn fold(out: &mut String, line: &str) {
    let mut length = 0_usize;
    for letter in line.chars() {
        let width = letter.len_utf8();
        if length.saturating_add(width) > LINE {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(letter);
        length = length.saturating_add(width);
    }
    out.push_str("\r\n");
}
