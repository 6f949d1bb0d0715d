//! What a request may say beyond its eight first fields: what experts are ordered by, and when the work counts as done.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::FieldRefusal;
use crate::field::{self, Faults, Lines};
use crate::money::{AmountFault, Currency, Minor};

/// How many acceptance items a request has at most.
const MOST_ITEMS: usize = 30;
/// Characters of one at most.
const ITEM: usize = 500;
/// Skills a request names at most.
const MOST_SKILLS: usize = 10;
/// Languages a request names at most.
const MOST_LANGUAGES: usize = 5;
/// Characters of the name of a skill or language at most.
const NAME: usize = 40;
/// An hour above this (a million minor units) is a slip of the finger.
const MOST_AN_HOUR: Minor = Minor(1_000_000);

/// Whether experts answer by themselves or the operator proposes some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Every expert sees the request while it is open.
    #[default]
    Open,
    /// Only those see it whom the operator proposes or the client invites.
    Managed,
}

/// What else was said; everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wishes {
    /// What the expert must know, each once, in the client's words.
    pub skills: Vec<String>,
    /// What must be true when the work is done; it may be changed until the request is opened.
    pub acceptance: Vec<String>,
    /// The last day of work wished for.
    pub until: Option<Date>,
    /// What an hour may cost at most, in the currency of the site.
    pub hour_most: Option<Minor>,
    /// One of them is enough.
    pub languages: Vec<String>,
    /// Whether the client asks the operator to propose somebody.
    pub mode: Mode,
}

/// The fields of [`TypedWishes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WishField {
    /// [`TypedWishes::skills`]
    Skills,
    /// [`TypedWishes::acceptance`]
    Acceptance,
    /// [`field@TypedWishes::until`]
    Until,
    /// [`field@TypedWishes::hour_most`]
    HourMost,
    /// [`TypedWishes::languages`]
    Languages,
    /// [`field@TypedWishes::mode`]
    Mode,
}

impl WishField {
    /// All there are, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::Skills,
        Self::Acceptance,
        Self::Until,
        Self::HourMost,
        Self::Languages,
        Self::Mode,
    ];

    /// The name of the field in forms and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::Acceptance => "acceptance",
            Self::Until => "until",
            Self::HourMost => "hour_most",
            Self::Languages => "languages",
            Self::Mode => "mode",
        }
    }

    /// The most characters it may have.
    pub fn limit(self) -> usize {
        match self {
            Self::Skills => 400,
            Self::Acceptance => MOST_ITEMS.saturating_mul(ITEM.saturating_add(2)),
            Self::Until | Self::HourMost => 40,
            Self::Languages => 200,
            Self::Mode => 10,
        }
    }
}

/// As typed; a field left out is empty. A refused form is filled from it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedWishes {
    /// With commas between them.
    pub skills: String,
    /// One item a line.
    pub acceptance: String,
    /// A day as `2027-03-01`.
    pub until: String,
    /// One sum in the currency of the site, such as `95`.
    pub hour_most: String,
    /// With commas between them.
    pub languages: String,
    /// `managed` where the client asks to be advised.
    pub mode: String,
}

impl TypedWishes {
    /// What was typed into a field.
    pub fn text(&self, field: WishField) -> &str {
        match field {
            WishField::Skills => &self.skills,
            WishField::Acceptance => &self.acceptance,
            WishField::Until => &self.until,
            WishField::HourMost => &self.hour_most,
            WishField::Languages => &self.languages,
            WishField::Mode => &self.mode,
        }
    }

    /// The wishes, or nothing and every fault noted. Work ends on `start` at the earliest.
    pub(super) fn check(
        &self,
        faults: &mut Faults,
        (today, start): (Date, Option<Date>),
        currency: Currency,
    ) -> Option<Wishes> {
        let skills = faults.note(self.list(WishField::Skills, MOST_SKILLS, "Python, PostgreSQL"));
        let acceptance = faults.note(if self.acceptance.trim().is_empty() {
            Ok(Vec::new())
        } else {
            acceptance(&self.acceptance)
        });
        let until = faults.note(self.until(start.map_or(today, |start| start.max(today))));
        let hour_most = faults.note(self.hour_most(currency));
        let languages = faults.note(self.list(WishField::Languages, MOST_LANGUAGES, "English, German"));
        let mode = faults.note(self.mode());
        Some(Wishes {
            skills: skills?,
            acceptance: acceptance?,
            until: until?,
            hour_most: hour_most?,
            languages: languages?,
            mode: mode?,
        })
    }

    fn optional(&self, field: WishField) -> Result<Option<String>, FieldRefusal> {
        field::text(field.name(), self.text(field), field.limit(), Lines::One)
    }

    /// Words with commas between them, each once whatever its capitals.
    fn list(&self, field: WishField, most: usize, example: &str) -> Result<Vec<String>, FieldRefusal> {
        let text = self.optional(field)?.unwrap_or_default();
        let mut words: Vec<String> = Vec::new();
        for word in text
            .split([',', ';'])
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            let known = words
                .iter()
                .any(|known| known.to_lowercase() == word.to_lowercase());
            if !known {
                words.push(word.to_owned());
            }
        }
        let refuse = |code, sentence: String| Err(FieldRefusal::new(field.name(), code, sentence));
        if words.len() > most {
            return refuse(
                "too_many",
                format!("These are {}. Name the {most} that matter most.", words.len()),
            );
        }
        if words.iter().any(|word| word.chars().count() > NAME) {
            return refuse("malformed", format!("Put a comma between two, like {example}."));
        }
        Ok(words)
    }

    fn until(&self, earliest: Date) -> Result<Option<Date>, FieldRefusal> {
        let Some(text) = self.optional(WishField::Until)? else {
            return Ok(None);
        };
        let refuse = |code, sentence: String| Err(FieldRefusal::new(WishField::Until.name(), code, sentence));
        let Some(date) = field::day(&text) else {
            return refuse(
                "malformed",
                format!("This is not a day of the calendar. Write year, month and day like {earliest}."),
            );
        };
        if date < earliest {
            return refuse(
                "before_start",
                format!("The work ends on {earliest} at the earliest."),
            );
        }
        let farthest = earliest.saturating_add(5.years());
        if date > farthest {
            return refuse(
                "too_far",
                format!("This is more than five years ahead. Name a day up to {farthest}."),
            );
        }
        Ok(Some(date))
    }

    fn hour_most(&self, currency: Currency) -> Result<Option<Minor>, FieldRefusal> {
        let Some(text) = self.optional(WishField::HourMost)? else {
            return Ok(None);
        };
        let refuse =
            |code, sentence: String| Err(FieldRefusal::new(WishField::HourMost.name(), code, sentence));
        let text = text.strip_prefix(currency.code()).unwrap_or(&text).trim();
        match currency.read(text) {
            Ok(Minor(0)) => refuse(
                "zero",
                "An hour costs more than nothing. Leave the field empty if you do not know it yet."
                    .to_owned(),
            ),
            Ok(hour) if hour <= MOST_AN_HOUR => Ok(Some(hour)),
            Ok(_) | Err(AmountFault::TooLarge) => refuse(
                "too_large",
                format!(
                    "An hour costs at most {} here. Check the zeros.",
                    currency.sum(MOST_AN_HOUR)
                ),
            ),
            Err(AmountFault::Unclear) => refuse(
                "unclear",
                format!("This cannot be read as a sum. Write an amount in {currency}, like 95."),
            ),
        }
    }

    fn mode(&self) -> Result<Mode, FieldRefusal> {
        match self.mode.trim() {
            "" | "open" => Ok(Mode::Open),
            "managed" => Ok(Mode::Managed),
            _ => Err(FieldRefusal::new(
                WishField::Mode.name(),
                "unknown",
                "Choose whether experts answer by themselves or somebody is proposed to you.",
            )),
        }
    }
}

/// What must be true of the work: one item a line, as typed into the field `acceptance`.
pub fn acceptance(typed: &str) -> Result<Vec<String>, FieldRefusal> {
    let refuse = |code, sentence: String| Err(FieldRefusal::new("acceptance", code, sentence));
    let missing = "Name at least one thing that must be true when the work is done.";
    let limit = WishField::Acceptance.limit();
    let text = field::required("acceptance", typed, limit, Lines::Several, missing)?;
    let items: Vec<String> = text
        .lines()
        .map(|line| line.trim().trim_start_matches(['-', '*', '•']).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    if items.len() > MOST_ITEMS {
        return refuse(
            "too_many",
            format!("These are {} lines. At most {MOST_ITEMS} fit.", items.len()),
        );
    }
    if let Some(long) = items.iter().find(|item| item.chars().count() > ITEM) {
        let start: String = long.chars().take(40).collect();
        return refuse(
            "too_long",
            format!("The line “{start}…” is longer than {ITEM} characters. Shorten it."),
        );
    }
    Ok(items)
}
