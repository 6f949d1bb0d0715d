//! All visible experts in memory, and in whose profile each word stands.
//!
//! A profile that was changed gets a new slot, and its old one stays empty, so that the slots under every word stay in
//! order without being sorted; once there are more empty slots than others, all move together.

mod names;
mod rank;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use earnest_hire::expert::{Profile, Standing};
use earnest_hire::ids::PersonId;
use earnest_hire::money::Minor;
use earnest_store::ExpertRow;
use jiff::Timestamp;
use jiff::civil::Date;

use self::names::Names;
use self::rank::{Best, Rank};
use super::index::{EVIDENCE_AT_MOST, FACETS, Query, Sort, WORDS};
use super::words::{tokens, words_of};

/// A place in the lists below.
type Slot = u32;
/// Bits of a posting that are its points; the others are its slot.
const POINTS: u32 = 3;
/// Fewer empty slots than these are left where they are.
const EMPTY: usize = 1_000;

/// Whom a query finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) total: usize,
    pub(super) number: usize,
    pub(super) pages: usize,
    pub(super) people: Vec<PersonId>,
    pub(super) skills: Vec<(String, usize)>,
    pub(super) languages: Vec<(String, usize)>,
    pub(super) visible: usize,
}

/// What every query looks at.
#[derive(Debug, Clone)]
struct Facts {
    person: PersonId,
    rate: Option<Minor>,
    from: Option<Date>,
    vetted: Option<Timestamp>,
    evidence: u8,
    is_there: bool,
}

/// The rest of a profile.
#[derive(Debug)]
struct Card {
    skills: Box<[u32]>,
    languages: Box<[u32]>,
    /// Without its text, which is long and stands in the words.
    profile: Profile,
}

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    facts: Vec<Facts>,
    cards: Vec<Option<Card>>,
    slots: HashMap<PersonId, Slot>,
    words: BTreeMap<Box<str>, Vec<u32>>,
    skills: Names,
    languages: Names,
}

impl Shelf {
    /// Takes in what has become of somebody.
    pub(super) fn put(&mut self, row: &ExpertRow) {
        self.remove(row.expert.person);
        if row.expert.standing == Standing::Visible {
            self.insert(row);
        }
        let empty = self.facts.len() - self.slots.len();
        if empty > EMPTY && empty > self.slots.len() {
            self.move_together();
        }
    }

    fn remove(&mut self, person: PersonId) {
        let Some(slot) = self.slots.remove(&person) else {
            return;
        };
        if let Some(facts) = self.facts.get_mut(slot as usize) {
            facts.is_there = false;
        }
        if let Some(card) = self.cards.get_mut(slot as usize).and_then(Option::take) {
            for (id, skill) in card.skills.iter().zip(&card.profile.skills) {
                self.skills.forget(*id, &skill.name);
            }
            for (id, language) in card.languages.iter().zip(&card.profile.languages) {
                self.languages.forget(*id, language);
            }
        }
    }

    fn insert(&mut self, row: &ExpertRow) {
        let expert = &row.expert;
        let profile = &expert.profile;
        let Ok(slot) = Slot::try_from(self.facts.len()) else {
            return;
        };
        for (word, points) in words_of(profile) {
            let posting = (slot << POINTS) | u32::from(points);
            match self.words.get_mut(word.as_str()) {
                Some(postings) => postings.push(posting),
                None => {
                    self.words.insert(word.into_boxed_str(), vec![posting]);
                }
            }
        }
        let evidence = profile.skills.iter().filter(|skill| skill.evidence.is_some());
        self.facts.push(Facts {
            person: expert.person,
            rate: profile.rate.map(|rate| rate.hour_minor),
            from: profile.available_from,
            vetted: expert.vetted_at,
            evidence: u8::try_from(evidence.count().min(EVIDENCE_AT_MOST)).unwrap_or(u8::MAX),
            is_there: true,
        });
        self.cards.push(Some(Card {
            skills: numbers_of_skills(&mut self.skills, profile),
            languages: numbers_of_languages(&mut self.languages, profile),
            profile: Profile {
                about: String::new(),
                portfolio: Vec::new(),
                ..profile.clone()
            },
        }));
        self.slots.insert(expert.person, slot);
    }

    /// Gives up the empty slots.
    pub(super) fn move_together(&mut self) {
        let mut new: Vec<Option<Slot>> = Vec::with_capacity(self.facts.len());
        let mut next: Slot = 0;
        for facts in &self.facts {
            new.push(facts.is_there.then_some(next));
            next += Slot::from(facts.is_there);
        }
        let moved = |slot: Slot| new.get(slot as usize).copied().flatten();
        self.facts.retain(|facts| facts.is_there);
        self.cards.retain(Option::is_some);
        for slot in self.slots.values_mut() {
            *slot = moved(*slot).unwrap_or(*slot);
        }
        for postings in self.words.values_mut() {
            let points = |posting: u32| posting & ((1 << POINTS) - 1);
            let posting = |old: &u32| Some((moved(old >> POINTS)? << POINTS) | points(*old));
            *postings = postings.iter().filter_map(posting).collect();
        }
        self.words.retain(|_, postings| !postings.is_empty());
        // Names that nobody has any more go, too.
        (self.skills, self.languages) = (Names::default(), Names::default());
        for card in self.cards.iter_mut().flatten() {
            card.skills = numbers_of_skills(&mut self.skills, &card.profile);
            card.languages = numbers_of_languages(&mut self.languages, &card.profile);
        }
    }

    /// Everybody, with a profile that lacks its text.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = (PersonId, &Profile)> {
        let both = self.facts.iter().zip(&self.cards);
        both.filter_map(|(facts, card)| Some((facts.person, &card.as_ref()?.profile)))
    }

    /// Everybody who fits, counted, and those of the page.
    pub(super) fn find(&self, query: &Query, today: Date) -> Page {
        let points = self.points(&query.words);
        let limit = query.limit.max(1);
        let mut best = Best::new(query.page.max(1).saturating_mul(limit));
        let (mut skills, mut languages) = (self.skills.counts(), self.languages.counts());
        let skill = query.skill.as_ref().map(|name| self.skills.id(name));
        let language = query.language.as_ref().map(|name| self.languages.id(name));
        for (place, (facts, card)) in self.facts.iter().zip(&self.cards).enumerate() {
            let points = match &points {
                None => 0,
                Some(points) => match points.get(place) {
                    None | Some(0) => continue,
                    Some(points) => *points,
                },
            };
            let Some(card) = card.as_ref().filter(|_card| facts.fits(query)) else {
                continue;
            };
            let (knows, speaks) = (is_among(skill, &card.skills), is_among(language, &card.languages));
            if speaks {
                skills.add(&card.skills);
            }
            if knows {
                languages.add(&card.languages);
            }
            if knows && speaks {
                best.put(facts.rank(query.sort, points, today));
            }
        }
        let total = best.total();
        let pages = total.div_ceil(limit).max(1);
        let page = query.page.clamp(1, pages);
        Page {
            total,
            number: page,
            pages,
            people: best.page((page - 1) * limit, limit),
            skills: self.skills.most(&skills, FACETS),
            languages: self.languages.most(&languages, FACETS),
            visible: self.slots.len(),
        }
    }

    /// For each slot the points of its profile, none where a word is missing; nothing where no words were typed.
    fn points(&self, typed: &str) -> Option<Vec<u8>> {
        let mut words = tokens(typed);
        words.truncate(WORDS);
        let last = words.pop()?;
        let mut sums = self.beginning_with(&last);
        for word in &words {
            let mut both = vec![0_u8; sums.len()];
            for (slot, points) in self
                .words
                .get(word.as_str())
                .into_iter()
                .flatten()
                .copied()
                .map(split)
            {
                if let (Some(both), Some(sum)) = (both.get_mut(slot), sums.get(slot))
                    && *sum > 0
                {
                    *both = sum.saturating_add(points);
                }
            }
            sums = both;
        }
        Some(sums)
    }

    /// For each slot the best of its words that begin so.
    fn beginning_with(&self, prefix: &str) -> Vec<u8> {
        let mut best = vec![0_u8; self.facts.len()];
        let words = self
            .words
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        for (_, postings) in words.take_while(|(word, _)| word.starts_with(prefix)) {
            for (slot, points) in postings.iter().copied().map(split) {
                if let Some(known) = best.get_mut(slot) {
                    *known = points.max(*known);
                }
            }
        }
        best
    }
}

fn numbers_of_skills(names: &mut Names, profile: &Profile) -> Box<[u32]> {
    let skills = profile.skills.iter();
    skills.map(|skill| names.know(&skill.name)).collect()
}

fn numbers_of_languages(names: &mut Names, profile: &Profile) -> Box<[u32]> {
    let languages = profile.languages.iter();
    languages.map(|language| names.know(language)).collect()
}

fn split(posting: u32) -> (usize, u8) {
    let points = posting & ((1 << POINTS) - 1);
    (
        (posting >> POINTS) as usize,
        u8::try_from(points).unwrap_or(u8::MAX),
    )
}

/// Whether what is asked for is there; it is where nothing is asked for.
fn is_among(asked: Option<u32>, ids: &[u32]) -> bool {
    asked.is_none_or(|id| ids.contains(&id))
}

impl Facts {
    fn fits(&self, query: &Query) -> bool {
        let rate = query
            .rate_max
            .is_none_or(|most| self.rate.is_some_and(|rate| rate <= most));
        let by = query
            .available_by
            .is_none_or(|day| self.from.is_none_or(|from| from <= day));
        rate && by
    }

    fn rank(&self, sort: Sort, points: u8, today: Date) -> Rank {
        let vetted = self.vetted.map_or(0, Timestamp::as_microsecond).unsigned_abs();
        let first = match sort {
            Sort::Best => 0,
            Sort::Rate => self.rate.map_or(u64::MAX, |rate| rate.0.unsigned_abs()),
            Sort::Newest => u64::MAX - vetted,
        };
        Rank {
            first,
            points: Reverse(points),
            evidence: Reverse(self.evidence),
            from: self.from.filter(|from| *from > today),
            vetted: Reverse(self.vetted),
            person: self.person,
        }
    }
}
