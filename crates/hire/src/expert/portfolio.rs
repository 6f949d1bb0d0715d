//! Work that an expert shows: what it was, when it was done, and where it can be seen.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::draft::address;
use crate::field::{self, Faults, FieldRefusal, Lines};

/// Pieces of work at most.
pub const PORTFOLIO: usize = 6;
/// Characters of a title at most.
pub const TITLE: usize = 100;
/// Characters of what is told of a piece of work at most.
pub const STORY: usize = 800;
/// The first year that anybody can have worked in who works today.
const FIRST_YEAR: i16 = 1970;

/// A piece of work that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortfolioItem {
    /// What it was, in one line.
    pub title: String,
    /// The year in which it was done, or in which the expert's part of it ended.
    pub year: i16,
    /// What the expert did and what came of it, with line breaks.
    pub story: String,
    /// An address at which it can be seen.
    pub link: Option<String>,
}

/// The names of the four fields of a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortfolioFields {
    /// What it was.
    pub title: &'static str,
    /// When it was done.
    pub year: &'static str,
    /// What was done.
    pub story: &'static str,
    /// Where it can be seen.
    pub link: &'static str,
}

macro_rules! rows {
    ($($number:literal)*) => {
        &[$(PortfolioFields {
            title: concat!("work_", $number),
            year: concat!("work_year_", $number),
            story: concat!("work_story_", $number),
            link: concat!("work_link_", $number),
        }),*]
    };
}

/// The rows of the form, as many as there may be pieces of work.
pub const PORTFOLIO_FIELDS: &[PortfolioFields] = rows!(1 2 3 4 5 6);

/// A piece of work as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedItem {
    /// What it was; at most [`TITLE`] characters.
    pub title: String,
    /// A year like 2025, not before 1970 and not ahead.
    pub year: String,
    /// What was done and what came of it; at most [`STORY`] characters over several lines.
    pub story: String,
    /// An address that begins with `https://` or `http://`; may be empty.
    pub link: String,
}

impl TypedItem {
    /// Whether nothing was typed into any of the fields.
    pub fn is_empty(&self) -> bool {
        [&self.title, &self.year, &self.story, &self.link]
            .iter()
            .all(|text| text.trim().is_empty())
    }

    fn check(&self, fields: PortfolioFields, today: Date, faults: &mut Faults) -> Option<PortfolioItem> {
        let missing = "Name this piece of work, or empty all of its fields.";
        let title = field::required(fields.title, &self.title, TITLE, Lines::One, missing);
        let title = faults.note(title);
        let year = faults.note(self.year(fields, today));
        let missing = "Say what you did in it and what came of it.";
        let story = field::required(fields.story, &self.story, STORY, Lines::Several, missing);
        let story = faults.note(story);
        let link = faults.note(address(fields.link, &self.link));
        Some(PortfolioItem {
            title: title?,
            year: year?,
            story: story?,
            link: link?,
        })
    }

    fn year(&self, fields: PortfolioFields, today: Date) -> Result<i16, FieldRefusal> {
        let typed = self.year.trim();
        let digits = typed.len() == 4 && typed.bytes().all(|byte| byte.is_ascii_digit());
        let year = digits.then(|| typed.parse().ok()).flatten();
        year.filter(|year| (FIRST_YEAR..=today.year()).contains(year))
            .ok_or_else(|| {
                let sentence = format!("Write the year from {FIRST_YEAR} to {}.", today.year());
                FieldRefusal::new(fields.year, "malformed", sentence)
            })
    }
}

/// The pieces of work that were typed, in their order; empty ones are passed over.
pub(super) fn check(typed: &[TypedItem], today: Date, faults: &mut Faults) -> Option<Vec<PortfolioItem>> {
    let rows = typed.iter().zip(PORTFOLIO_FIELDS);
    let mut items = Vec::new();
    for (typed, fields) in rows.filter(|(typed, _)| !typed.is_empty()) {
        items.extend(typed.check(*fields, today, faults));
    }
    // Only programs can send more than the form has rows.
    if typed.iter().skip(PORTFOLIO).any(|typed| !typed.is_empty()) {
        let sentence = format!("Show at most {PORTFOLIO} pieces of work.");
        faults.note(Err::<(), _>(FieldRefusal::new("work_1", "too_many", sentence)))?;
    }
    Some(items)
}
