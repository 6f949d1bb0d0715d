//! Checking what an expert typed: every fault is found at once, and each says what to do.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Profile, Rate, SKILLS, Skill, TypedItem, portfolio};
use crate::field::{self, Faults, FieldRefusal, Lines};
use crate::money::{AmountFault, Currency, Minor};

/// An hour above this (a million minor units) is a slip of the finger.
const MOST_AN_HOUR: Minor = Minor(1_000_000);
/// Years of a skill at most.
const YEARS: u8 = 50;
/// Hours of a week at most.
const HOURS: u8 = 80;
/// Languages at most.
const LANGUAGES: usize = 10;
/// Characters of the name of a skill or language at most.
const NAME: usize = 40;
/// Characters of an address at most.
const ADDRESS: usize = 500;

/// The names of the three fields of one skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkillFields {
    /// What it is called.
    pub name: &'static str,
    /// For how long.
    pub years: &'static str,
    /// Where it can be seen.
    pub evidence: &'static str,
}

macro_rules! rows {
    ($($number:literal)*) => {
        &[$(SkillFields {
            name: concat!("skill_", $number),
            years: concat!("years_", $number),
            evidence: concat!("evidence_", $number),
        }),*]
    };
}

/// The rows of the form, as many as there may be skills.
pub const SKILL_FIELDS: &[SkillFields] = rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);

/// The fields of a draft but its skills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The draft's `headline`.
    Headline,
    /// The draft's `about`.
    About,
    /// The draft's `rate`.
    Rate,
    /// The draft's `available from`.
    AvailableFrom,
    /// The draft's `hours a week`.
    HoursAWeek,
    /// The draft's `languages`.
    Languages,
    /// The draft's `time zone`.
    TimeZone,
}

impl Field {
    /// The name of the field in forms and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::About => "about",
            Self::Rate => "rate",
            Self::AvailableFrom => "available_from",
            Self::HoursAWeek => "hours_a_week",
            Self::Languages => "languages",
            Self::TimeZone => "time_zone",
        }
    }

    /// The most characters it may have.
    pub fn limit(self) -> usize {
        match self {
            Self::Headline => 120,
            Self::About => 5_000,
            Self::Rate | Self::AvailableFrom | Self::HoursAWeek => 40,
            Self::Languages => 200,
            Self::TimeZone => 60,
        }
    }
}

/// One row of the skills as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedSkill {
    /// What it is called; at most 40 characters.
    pub name: String,
    /// A whole number from 0 to 50.
    pub years: String,
    /// An address that begins with `https://` or `http://`; may be empty.
    pub evidence: String,
}

impl TypedSkill {
    fn is_empty(&self) -> bool {
        [&self.name, &self.years, &self.evidence]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// All fields as typed; a field left out is empty. A refused form is filled from it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What they do, in one line of at most 120 characters.
    pub headline: String,
    /// Anything more, over several lines; at most 5,000 characters.
    pub about: String,
    /// Rows as in the form; empty ones are passed over.
    pub skills: Vec<TypedSkill>,
    /// Rows as in the form; empty ones are passed over.
    pub portfolio: Vec<TypedItem>,
    /// One sum in the currency of the site; may be empty.
    pub rate: String,
    /// A day as `2026-12-01`; may be empty.
    pub available_from: String,
    /// A whole number from 1 to 80; may be empty.
    pub hours_a_week: String,
    /// With commas between them.
    pub languages: String,
    /// A time zone or place.
    pub time_zone: String,
    /// Whether search engines may find the page.
    pub indexed: bool,
}

impl Draft {
    /// The profile, or every fault there is, in the order of the form.
    pub fn check(&self, today: Date, currency: Currency) -> Result<Profile, Vec<FieldRefusal>> {
        let mut faults = Faults::default();
        let headline = faults.note(self.headline());
        let about = faults.note(self.about());
        let skills = self.skills(&mut faults);
        let portfolio = portfolio::check(&self.portfolio, today, &mut faults);
        let rate = faults.note(self.rate(currency));
        let available_from = faults.note(self.available_from(today));
        let hours_a_week = faults.note(self.hours_a_week());
        let languages = faults.note(self.languages());
        let time_zone = faults.note(self.time_zone());
        let made = (|| {
            Some(Profile {
                headline: headline?,
                about: about?,
                skills: skills?,
                portfolio: portfolio?,
                rate: rate?,
                available_from: available_from?,
                hours_a_week: hours_a_week?,
                languages: languages?,
                time_zone: time_zone?,
                indexed: self.indexed,
            })
        })();
        faults.or(made)
    }

    /// What was typed into a field.
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Headline => &self.headline,
            Field::About => &self.about,
            Field::Rate => &self.rate,
            Field::AvailableFrom => &self.available_from,
            Field::HoursAWeek => &self.hours_a_week,
            Field::Languages => &self.languages,
            Field::TimeZone => &self.time_zone,
        }
    }

    fn required(&self, field: Field, lines: Lines, missing: &str) -> Result<String, FieldRefusal> {
        field::required(field.name(), self.text(field), field.limit(), lines, missing)
    }

    fn optional(&self, field: Field) -> Result<Option<String>, FieldRefusal> {
        field::text(field.name(), self.text(field), field.limit(), Lines::One)
    }

    fn headline(&self) -> Result<String, FieldRefusal> {
        self.required(Field::Headline, Lines::One, "Say in one line what you do.")
    }

    fn about(&self) -> Result<String, FieldRefusal> {
        self.required(
            Field::About,
            Lines::Several,
            "Say what you have done, so that a client can tell whether you fit.",
        )
    }

    fn time_zone(&self) -> Result<String, FieldRefusal> {
        let missing = "Say when you work, for example Europe/Berlin or UTC+1.";
        self.required(Field::TimeZone, Lines::One, missing)
    }

    fn skills(&self, faults: &mut Faults) -> Option<Vec<Skill>> {
        let mut skills = Vec::new();
        let mut names = BTreeSet::new();
        let rows = self.skills.iter().zip(SKILL_FIELDS);
        for (typed, fields) in rows.filter(|(typed, _)| !typed.is_empty()) {
            let name = faults.note(skill_name(typed, *fields, &mut names));
            let years = faults.note(years(typed, *fields));
            let evidence = faults.note(address(fields.evidence, &typed.evidence));
            if let (Some(name), Some(years), Some(evidence)) = (name, years, evidence) {
                skills.push(Skill {
                    name,
                    years,
                    evidence,
                });
            }
        }
        let one = |sentence: String, code| Err::<(), _>(FieldRefusal::new("skill_1", code, sentence));
        if self.skills.iter().all(TypedSkill::is_empty) {
            faults.note(one("Name at least one skill.".to_owned(), "missing"))?;
        }
        if self.skills.iter().filter(|typed| !typed.is_empty()).count() > SKILLS {
            faults.note(one(format!("Name at most {SKILLS} skills."), "too_many"))?;
        }
        Some(skills)
    }

    fn rate(&self, currency: Currency) -> Result<Option<Rate>, FieldRefusal> {
        let Some(text) = self.optional(Field::Rate)? else {
            return Ok(None);
        };
        let refuse = |code, sentence: String| Err(FieldRefusal::new(Field::Rate.name(), code, sentence));
        let text = text.strip_prefix(currency.code()).unwrap_or(&text);
        match currency.read(text) {
            Ok(Minor(0)) => refuse(
                "zero",
                "A rate is above zero. Leave the field empty to agree it for each project.".to_owned(),
            ),
            Ok(hour) if hour <= MOST_AN_HOUR => Ok(Some(Rate {
                hour_minor: hour,
                currency,
            })),
            Ok(_) | Err(AmountFault::TooLarge) => refuse(
                "too_large",
                format!(
                    "An hour costs at most {} here. Check the zeros.",
                    currency.sum(MOST_AN_HOUR)
                ),
            ),
            Err(AmountFault::Unclear) => refuse(
                "unclear",
                format!("This cannot be read as a sum. Write an amount in {currency}, like 95 or 95.50."),
            ),
        }
    }

    fn available_from(&self, today: Date) -> Result<Option<Date>, FieldRefusal> {
        let Some(text) = self.optional(Field::AvailableFrom)? else {
            return Ok(None);
        };
        let refuse =
            |code, sentence: String| Err(FieldRefusal::new(Field::AvailableFrom.name(), code, sentence));
        let Some(date) = field::day(&text) else {
            return refuse(
                "malformed",
                format!("This is not a day of the calendar. Write year, month and day like {today}."),
            );
        };
        let farthest = today.saturating_add(2.years());
        if date > farthest {
            return refuse(
                "too_far",
                format!("This is more than two years ahead. Name a day up to {farthest}."),
            );
        }
        // A day that is over is no fault: who could work then can work now.
        Ok(Some(date).filter(|date| *date > today))
    }

    fn hours_a_week(&self) -> Result<Option<u8>, FieldRefusal> {
        let Some(text) = self.optional(Field::HoursAWeek)? else {
            return Ok(None);
        };
        let number = whole(&text).filter(|hours| (1..=HOURS).contains(hours));
        let sentence = format!("Write a whole number from 1 to {HOURS}, or leave it empty.");
        number
            .map(Some)
            .ok_or_else(|| FieldRefusal::new(Field::HoursAWeek.name(), "malformed", sentence))
    }

    fn languages(&self) -> Result<Vec<String>, FieldRefusal> {
        let missing = "Name at least one language that you work in.";
        let text = self.required(Field::Languages, Lines::One, missing)?;
        let mut languages: Vec<String> = Vec::new();
        for word in text
            .split([',', ';'])
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            if !languages
                .iter()
                .any(|known| known.to_lowercase() == word.to_lowercase())
            {
                languages.push(word.to_owned());
            }
        }
        let refuse =
            |sentence: String| Err(FieldRefusal::new(Field::Languages.name(), "malformed", sentence));
        if languages.len() > LANGUAGES {
            return refuse(format!("Name at most {LANGUAGES} languages."));
        }
        if languages.iter().any(|word| word.chars().count() > NAME) {
            return refuse("Put a comma between two languages, like English, German.".to_owned());
        }
        Ok(languages)
    }
}

fn skill_name(
    typed: &TypedSkill,
    fields: SkillFields,
    names: &mut BTreeSet<String>,
) -> Result<String, FieldRefusal> {
    let missing = "Name this skill, or empty the whole row.";
    let name = field::required(fields.name, &typed.name, NAME, Lines::One, missing)?;
    if names.insert(name.to_lowercase()) {
        Ok(name)
    } else {
        let sentence = "This skill is there twice. Empty one of the two rows.";
        Err(FieldRefusal::new(fields.name, "twice", sentence))
    }
}

fn years(typed: &TypedSkill, fields: SkillFields) -> Result<u8, FieldRefusal> {
    let sentence = format!("Write the years as a whole number from 0 to {YEARS}.");
    whole(typed.years.trim())
        .filter(|years| *years <= YEARS)
        .ok_or_else(|| FieldRefusal::new(fields.years, "malformed", sentence))
}

/// An address of the web, where there is one.
pub(super) fn address(field: &'static str, typed: &str) -> Result<Option<String>, FieldRefusal> {
    let Some(address) = field::text(field, typed, ADDRESS, Lines::One)? else {
        return Ok(None);
    };
    if is_web_address(&address) {
        Ok(Some(address))
    } else {
        let sentence = "This is not an address of the web. Copy it whole, like https://example.org/work.";
        Err(FieldRefusal::new(field, "malformed", sentence))
    }
}

/// Whether a browser would open it as a page: a scheme that runs nothing, a host with a dot, no name or password.
fn is_web_address(text: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = rest else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.split_once(':').map_or(host, |(host, _port)| host);
    let label_good =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let odd = |c: char| c.is_whitespace() || "\"'<>\\`{}|^".contains(c);
    host.contains('.') && host.split('.').all(label_good) && !text.contains(odd)
}

fn whole(text: &str) -> Option<u8> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
