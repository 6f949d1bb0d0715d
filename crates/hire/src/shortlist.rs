//! The shortlist of a request: the few experts who fit it best, each with the reason of the place.
//!
//! Each expert is scored alone, so nobody's place depends on who else is there but for being before or behind them. No
//! payment, no clicks and no age has a part in it. The points are published beside the list.

mod score;

use std::cmp::Reverse;

use jiff::civil::Date;
use serde::Serialize;

use crate::expert::Profile;
use crate::ids::PersonId;
use crate::request::Brief;

/// How many experts a shortlist has at most.
pub const LISTED: usize = 5;

/// What the parts of a score count at most; together 100.
pub const SKILL_POINTS: u32 = 50;
/// See [`SKILL_POINTS`].
pub const AVAILABILITY_POINTS: u32 = 15;
/// See [`SKILL_POINTS`].
pub const PRICE_POINTS: u32 = 15;
/// See [`SKILL_POINTS`].
pub const LANGUAGE_POINTS: u32 = 10;
/// See [`SKILL_POINTS`].
pub const ZONE_POINTS: u32 = 10;

/// What a skill counts that is there, of [`SKILL_WHOLE`].
pub const SKILL_THERE: u32 = 5;
/// Years of it that count, one each.
pub const SKILL_YEARS: u32 = 5;
/// What a link to work that can be looked at adds.
pub const SKILL_EVIDENCE: u32 = 2;
/// A skill with all of it.
pub const SKILL_WHOLE: u32 = 12;
/// Where a request names no skills, so many of the expert's count that stand in its text.
pub const SKILLS_OF_TEXT: usize = 3;
/// Points that are lost for each week that the work would begin later than wished for.
pub const LATE_WEEK: u32 = 3;
/// Percent by which a rate may lie above the limit before it counts nothing.
pub const OVER_PERCENT: i64 = 30;
/// Hours that a budget pays at the rate for all points.
pub const HOURS_PAID: i64 = 80;

/// A request as experts are compared with it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What is asked for.
    pub brief: &'a Brief,
    /// The day on which it is looked at.
    pub today: Date,
}

/// Somebody others may see.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Who.
    pub person: PersonId,
    /// What they say of themselves.
    pub profile: &'a Profile,
}

/// A part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What they know, for how long, and where it can be seen.
    Skills,
    /// Whether they can begin when the work is to begin.
    Availability,
    /// Their rate beside the budget.
    Price,
    /// Whether they speak a language that was asked for.
    Language,
    /// How long their working day overlaps with the client's.
    TimeZone,
}

impl Part {
    /// What a person reads above it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Skills => "Skills",
            Self::Availability => "When",
            Self::Price => "Price",
            Self::Language => "Language",
            Self::TimeZone => "Time zone",
        }
    }

    /// The most it counts.
    pub fn most(self) -> u32 {
        match self {
            Self::Skills => SKILL_POINTS,
            Self::Availability => AVAILABILITY_POINTS,
            Self::Price => PRICE_POINTS,
            Self::Language => LANGUAGE_POINTS,
            Self::TimeZone => ZONE_POINTS,
        }
    }
}

/// Why an expert stands where they stand, in one respect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// In which respect.
    pub part: Part,
    /// How much it counts here.
    pub points: u32,
    /// In words, the same for client and expert.
    pub says: String,
}

/// An expert on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From 1.
    pub rank: usize,
    /// Who.
    pub person: PersonId,
    /// The sum of the reasons, up to 100.
    pub points: u32,
    /// One for each part, in the order of the parts.
    pub reasons: Vec<Reason>,
}

/// All who know at least one thing that was asked for, the best first. With equal points: who has more for skills, then
/// who can begin sooner, then the number of the profile.
pub fn ranking(wanted: &Wanted<'_>, candidates: &[Candidate<'_>]) -> Vec<Place> {
    let wish = score::Wish::of(wanted);
    let mut scored: Vec<_> = candidates
        .iter()
        .filter_map(|candidate| {
            let reasons = wish.reasons(candidate.profile)?;
            let points: u32 = reasons.iter().map(|reason| reason.points).sum();
            let skills = reasons.first().map_or(0, |reason| reason.points);
            let from = candidate
                .profile
                .available_from
                .filter(|from| *from > wanted.today);
            let key = (Reverse(points), Reverse(skills), from, candidate.person);
            Some((key, points, reasons))
        })
        .collect();
    scored.sort_by_key(|(key, ..)| *key);
    let places = (1..).zip(scored);
    places
        .map(|(rank, ((.., person), points, reasons))| Place {
            rank,
            person,
            points,
            reasons,
        })
        .collect()
}

/// The first few of the [`ranking`].
pub fn shortlist(wanted: &Wanted<'_>, candidates: &[Candidate<'_>]) -> Vec<Place> {
    let mut places = ranking(wanted, candidates);
    places.truncate(LISTED);
    places
}

#[cfg(test)]
mod tests;
