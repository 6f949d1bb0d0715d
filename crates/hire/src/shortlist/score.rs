//! One expert beside one request.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{
    AVAILABILITY_POINTS, HOURS_PAID, LANGUAGE_POINTS, LATE_WEEK, OVER_PERCENT, PRICE_POINTS, Part, Reason,
    SKILL_EVIDENCE, SKILL_POINTS, SKILL_THERE, SKILL_WHOLE, SKILL_YEARS, SKILLS_OF_TEXT, Wanted, ZONE_POINTS,
};
use crate::expert::{Profile, Skill};
use crate::zone;

/// A request, read once.
pub(super) struct Wish<'a> {
    wanted: &'a Wanted<'a>,
    /// Where the request names skills: the words of each.
    skills: Vec<(&'a str, BTreeSet<String>)>,
    /// All words of a request that names none.
    text: BTreeSet<String>,
    start: Date,
    offset: Option<i32>,
}

/// Lower case, cut at everything but letters, digits and the signs in `C++`, `C#` and `Node.js`.
fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#' | '.')))
        .map(|word| word.trim_matches('.').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A skill that is there: what was asked for, what the expert calls it, and what it counts of the whole.
struct Match<'p> {
    skill: &'p Skill,
    points: u32,
}

impl<'p> Match<'p> {
    fn of(skill: &'p Skill) -> Self {
        let years = u32::from(skill.years).min(SKILL_YEARS);
        let evidence = if skill.evidence.is_some() {
            SKILL_EVIDENCE
        } else {
            0
        };
        Self {
            skill,
            points: SKILL_THERE.saturating_add(years).saturating_add(evidence),
        }
    }

    fn says(&self) -> String {
        let years = match self.skill.years {
            0 => "under a year".to_owned(),
            1 => "1 year".to_owned(),
            years => format!("{years} years"),
        };
        let seen = if self.skill.evidence.is_some() {
            ", with work to look at"
        } else {
            ""
        };
        format!("{} ({years}{seen})", self.skill.name)
    }
}

impl<'a> Wish<'a> {
    pub(super) fn of(wanted: &'a Wanted<'a>) -> Self {
        let brief = wanted.brief;
        let start = brief.start.map_or(wanted.today, |start| start.max(wanted.today));
        let details = brief.details.as_deref().unwrap_or_default();
        Self {
            skills: brief
                .wishes
                .skills
                .iter()
                .map(|skill| (skill.as_str(), words(skill)))
                .filter(|(_, words)| !words.is_empty())
                .collect(),
            text: words(&format!("{} {} {details}", brief.role, brief.summary)),
            offset: brief
                .place
                .as_deref()
                .and_then(|place| zone::offset_minutes(place, start)),
            start,
            wanted,
        }
    }

    /// One reason for each part, skills first; none where nothing that was asked for is there.
    pub(super) fn reasons(&self, profile: &Profile) -> Option<Vec<Reason>> {
        Some(vec![
            self.skills(profile)?,
            self.availability(profile),
            self.price(profile),
            self.language(profile),
            self.time_zone(profile),
        ])
    }

    fn skills(&self, profile: &Profile) -> Option<Reason> {
        let (matches, missing, whole) = if self.skills.is_empty() {
            (self.named_in_text(profile), Vec::new(), SKILLS_OF_TEXT)
        } else {
            let (matches, missing) = self.asked_for(profile);
            (matches, missing, self.skills.len())
        };
        if matches.is_empty() {
            return None;
        }
        let sum: u32 = matches.iter().map(|one| one.points).sum();
        let whole = u32::try_from(whole)
            .unwrap_or(u32::MAX)
            .saturating_mul(SKILL_WHOLE);
        let known: Vec<String> = matches.iter().map(Match::says).collect();
        let lacks = if missing.is_empty() {
            String::new()
        } else {
            format!("; not named: {}", missing.join(", "))
        };
        Some(Reason {
            part: Part::Skills,
            points: share(SKILL_POINTS, sum, whole),
            says: format!("{}{lacks}", known.join(", ")),
        })
    }

    /// The best skill of the expert for each that was asked for, and those that are not there. A skill is there if all
    /// words of one name stand in the other: `PostgreSQL 16` asks for `PostgreSQL`, and the other way round.
    fn asked_for<'p>(&self, profile: &'p Profile) -> (Vec<Match<'p>>, Vec<&'a str>) {
        let (mut matches, mut missing) = (Vec::new(), Vec::new());
        for (name, asked) in &self.skills {
            let fits = |skill: &&Skill| {
                let known = words(&skill.name);
                !known.is_empty() && (known.is_subset(asked) || asked.is_subset(&known))
            };
            let best = profile.skills.iter().filter(fits).map(Match::of);
            match best.max_by_key(|one| one.points) {
                Some(best) => matches.push(best),
                None => missing.push(*name),
            }
        }
        (matches, missing)
    }

    /// The best few skills whose name stands in the text of the request.
    fn named_in_text<'p>(&self, profile: &'p Profile) -> Vec<Match<'p>> {
        let named = |skill: &&Skill| {
            let known = words(&skill.name);
            !known.is_empty() && known.is_subset(&self.text)
        };
        let mut matches: Vec<Match<'p>> = profile.skills.iter().filter(named).map(Match::of).collect();
        matches.sort_by_key(|one| std::cmp::Reverse(one.points));
        matches.truncate(SKILLS_OF_TEXT);
        matches
    }

    fn availability(&self, profile: &Profile) -> Reason {
        let from = profile.available_from.filter(|from| *from > self.start);
        let weeks = from.map_or(0, |from| {
            let days = self.start.until(from).map_or(0, |span| span.get_days());
            u32::try_from(days).unwrap_or(0).div_ceil(7)
        });
        let too_late = match (from, self.wanted.brief.wishes.until) {
            (Some(from), Some(until)) => from > until,
            _ => false,
        };
        let is_wished = self.wanted.brief.start.is_some();
        let day = |date: Date| date.strftime("%-d %B %Y");
        let (points, says) = match from {
            None if is_wished => (AVAILABILITY_POINTS, format!("can begin on {}", day(self.start))),
            None => (AVAILABILITY_POINTS, "can begin at once".to_owned()),
            Some(from) if too_late => (
                0,
                format!("can begin on {}, after the work is to be finished", day(from)),
            ),
            Some(from) => {
                let than = if is_wished {
                    "later than wished for"
                } else {
                    "from now"
                };
                (
                    AVAILABILITY_POINTS.saturating_sub(weeks.saturating_mul(LATE_WEEK)),
                    format!("can begin on {}, {} {than}", day(from), count(weeks, "week")),
                )
            }
        };
        Reason {
            part: Part::Availability,
            points,
            says,
        }
    }

    fn price(&self, profile: &Profile) -> Reason {
        let brief = self.wanted.brief;
        let reason = |points, says| Reason {
            part: Part::Price,
            points,
            says,
        };
        let Some(rate) = profile.rate else {
            let half = PRICE_POINTS.div_euclid(2);
            return reason(half, "names no rate; it is agreed for each project".to_owned());
        };
        let hour = rate.hour_minor;
        let written = format!("{} an hour", rate.currency.sum(hour));
        if let Some(most) = brief.wishes.hour_most {
            if hour <= most {
                return reason(PRICE_POINTS, format!("{written}, within your limit"));
            }
            let over = hour
                .less(most)
                .0
                .saturating_mul(100)
                .checked_div(most.0)
                .unwrap_or(i64::MAX);
            let left = u32::try_from(OVER_PERCENT.saturating_sub(over)).unwrap_or(0);
            let whole = u32::try_from(OVER_PERCENT).unwrap_or(1);
            let says = format!("{written}, {} % above the limit of the request", over.max(1));
            return reason(share(PRICE_POINTS.saturating_sub(1), left, whole), says);
        }
        let Some(budget) = brief.budget.filter(|budget| budget.currency == rate.currency) else {
            return reason(
                PRICE_POINTS,
                format!("{written}; the request names no budget to compare it with"),
            );
        };
        let hours = budget.to.0.checked_div(hour.0).unwrap_or(0);
        let paid = u32::try_from(hours.clamp(0, HOURS_PAID)).unwrap_or(0);
        let whole = u32::try_from(HOURS_PAID).unwrap_or(1);
        let says = format!("{written}; the budget pays about {hours} hours of it");
        reason(share(PRICE_POINTS, paid, whole), says)
    }

    fn language(&self, profile: &Profile) -> Reason {
        let asked = &self.wanted.brief.wishes.languages;
        let spoken = |word: &&String| {
            profile
                .languages
                .iter()
                .any(|known| known.to_lowercase() == word.to_lowercase())
        };
        let (points, says) = if asked.is_empty() {
            (
                LANGUAGE_POINTS,
                format!("speaks {}", profile.languages.join(", ")),
            )
        } else if let Some(word) = asked.iter().find(spoken) {
            (LANGUAGE_POINTS, format!("speaks {word}"))
        } else {
            let says = format!(
                "speaks {}, not {}",
                profile.languages.join(", "),
                asked.join(" or ")
            );
            (0, says)
        };
        Reason {
            part: Part::Language,
            points,
            says,
        }
    }

    fn time_zone(&self, profile: &Profile) -> Reason {
        let theirs = zone::offset_minutes(&profile.time_zone, self.start);
        let place = &profile.time_zone;
        let (points, says) = match (self.offset, theirs) {
            (Some(ours), Some(theirs)) => {
                let minutes = zone::overlap_minutes(ours, theirs);
                let hours = u32::try_from(minutes.div_euclid(60)).unwrap_or(0);
                let whole = u32::try_from(zone::WORKING_MINUTES).unwrap_or(1);
                (
                    share(ZONE_POINTS, u32::try_from(minutes).unwrap_or(0), whole),
                    format!("{place}: {} of the working day overlap", count(hours, "hour")),
                )
            }
            (None, _) => (
                ZONE_POINTS,
                format!("{place}; the request names no time zone to compare it with"),
            ),
            (Some(_), None) => (
                ZONE_POINTS.div_euclid(2),
                format!("{place}, which is no time zone we know"),
            ),
        };
        Reason {
            part: Part::TimeZone,
            points,
            says,
        }
    }
}

/// The part of the points that a part of a whole earns, rounded down.
fn share(points: u32, part: u32, whole: u32) -> u32 {
    points
        .saturating_mul(part.min(whole))
        .checked_div(whole)
        .unwrap_or(0)
}

fn count(number: u32, word: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}
