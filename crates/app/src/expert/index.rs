//! Finding experts: an index in memory, made from the database and made anew when that has changed. Nothing that an
//! expert could pay for has a place in it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use earnest_hire::expert::{Profile, Standing};
use earnest_hire::money::Minor;
use earnest_store::{ExpertRow, ExpertStamp};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::Error;
use crate::desk::Desk;

/// What a word counts that stands in the name of a skill.
pub const SKILL_POINTS: u8 = 4;
/// What it counts in the headline.
pub const HEADLINE_POINTS: u8 = 2;
/// What it counts in the text.
pub const ABOUT_POINTS: u8 = 1;
/// So many skills with evidence count; more do not help.
pub const EVIDENCE_AT_MOST: usize = 5;
/// How many experts stand on a page.
pub const SHOWN: usize = 20;
/// How often it is looked whether another process has changed anything.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Words of a query that are read; nobody types more.
const WORDS: usize = 12;

/// In which order experts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What fits the words best.
    #[default]
    Best,
    /// The lowest rate.
    Rate,
    /// Whom the office let through last.
    Newest,
}

impl Sort {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Best, Self::Rate, Self::Newest];

    /// The word for it in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Rate => "rate",
            Self::Newest => "newest",
        }
    }
}

/// What is looked for. Everything left out fits everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all be there; the last may be the beginning of one.
    pub words: String,
    /// The name of a skill, in any capitals.
    pub skill: Option<String>,
    /// An hour costs this at most; whoever names no rate does not fit.
    pub rate_max: Option<Minor>,
    /// They can work on this day.
    pub available_by: Option<Date>,
    /// The order.
    pub sort: Sort,
    /// From 1.
    pub page: usize,
}

/// A page of experts.
#[derive(Debug, Clone)]
pub struct Found {
    /// How many fit.
    pub total: usize,
    /// Which page this is, from 1; the last where there are fewer than was asked for.
    pub page: usize,
    /// How many pages there are, at least one.
    pub pages: usize,
    /// Those of this page.
    pub experts: Vec<ExpertRow>,
    /// Skills of all who fit but for the skill asked for, with their number, the most frequent first.
    pub skills: Vec<(String, usize)>,
    /// How many are visible at all.
    pub visible: usize,
}

/// Keeps a [`Shelf`] as fresh as the database.
#[derive(Debug, Default)]
pub(crate) struct Index(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    made: Option<Made>,
    looked: Option<Instant>,
}

#[derive(Debug)]
struct Made {
    of: ExpertStamp,
    shelf: Arc<Shelf>,
}

impl Index {
    /// Lets the next search look at the database: this process has just changed something.
    pub(crate) fn forget(&self) {
        self.kept().looked = None;
    }

    /// What is kept, unless it is time to look whether it still holds. Whoever gets nothing looks; others go on with
    /// what there is meanwhile.
    fn at_hand(&self) -> Option<Arc<Shelf>> {
        let mut kept = self.kept();
        let now = Instant::now();
        let fresh = kept.looked.is_some_and(|looked| now - looked < LOOK_EVERY);
        if !fresh {
            kept.looked = Some(now);
            return None;
        }
        kept.made.as_ref().map(|made| Arc::clone(&made.shelf))
    }

    fn of(&self, now: ExpertStamp) -> Option<Arc<Shelf>> {
        let kept = self.kept();
        let made = kept.made.as_ref().filter(|made| made.of == now)?;
        Some(Arc::clone(&made.shelf))
    }

    fn keep(&self, made: Made) {
        self.kept().made = Some(made);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The index of what the database holds now, or held a second ago at most.
pub(super) async fn shelf(desk: &Desk) -> Result<Arc<Shelf>, Error> {
    if let Some(shelf) = desk.experts.at_hand() {
        return Ok(shelf);
    }
    let read = desk
        .store
        .read(|mut view| async move { view.expert_stamp().await });
    if let Some(shelf) = desk.experts.of(read.await?) {
        return Ok(shelf);
    }
    let read = desk.store.read(|mut view| async move {
        let stamp = view.expert_stamp().await?;
        Ok::<_, earnest_store::Error>((stamp, view.experts(Standing::Visible).await?))
    });
    let (of, rows) = read.await?;
    let shelf = Arc::new(Shelf::new(rows));
    desk.experts.keep(Made {
        of,
        shelf: Arc::clone(&shelf),
    });
    Ok(shelf)
}

/// An expert with what sorting asks for.
#[derive(Debug)]
struct Card {
    row: ExpertRow,
    skills: Vec<String>,
    evidence: usize,
}

/// All visible experts, and in whose profile each word stands, with its points.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    cards: Vec<Card>,
    words: BTreeMap<String, Vec<(usize, u8)>>,
}

impl Shelf {
    pub(super) fn new(rows: Vec<ExpertRow>) -> Self {
        let mut shelf = Self::default();
        for (place, row) in rows.into_iter().enumerate() {
            for (word, points) in words_of(&row.expert.profile) {
                shelf.words.entry(word).or_default().push((place, points));
            }
            let skills = &row.expert.profile.skills;
            shelf.cards.push(Card {
                skills: skills.iter().map(|skill| skill.name.to_lowercase()).collect(),
                evidence: skills.iter().filter(|skill| skill.evidence.is_some()).count(),
                row,
            });
        }
        shelf
    }

    pub(super) fn rows(&self) -> Vec<ExpertRow> {
        self.cards.iter().map(|card| card.row.clone()).collect()
    }

    pub(super) fn find(&self, query: &Query, today: Date) -> Found {
        let points = self.points(&query.words);
        let fits = |card: &Card| {
            let profile = &card.row.expert.profile;
            let rate = query.rate_max.is_none_or(|most| {
                let rate = profile.rate.map(|rate| rate.hour_minor);
                rate.is_some_and(|rate| rate <= most)
            });
            let by = query.available_by.is_none_or(|day| {
                let from = profile.available_from;
                from.is_none_or(|from| from <= day)
            });
            rate && by
        };
        let cards = self.cards.iter().enumerate();
        let scored = cards.filter_map(|(place, card)| {
            let points = points
                .as_ref()
                .map_or(Some(0), |points| points.get(&place).copied())?;
            fits(card).then_some((points, card))
        });
        let scored: Vec<(u32, &Card)> = scored.collect();
        let skills = facets(&scored);
        let wanted = query.skill.as_ref().map(|skill| skill.to_lowercase());
        let mut fitting = scored;
        if let Some(skill) = &wanted {
            fitting.retain(|(_, card)| card.skills.contains(skill));
        }
        fitting.sort_by_cached_key(|(points, card)| order(query.sort, *points, card, today));
        let pages = fitting.len().div_ceil(SHOWN).max(1);
        let page = query.page.clamp(1, pages);
        let shown = fitting.iter().skip((page - 1) * SHOWN).take(SHOWN);
        Found {
            total: fitting.len(),
            page,
            pages,
            experts: shown.map(|(_, card)| card.row.clone()).collect(),
            skills,
            visible: self.cards.len(),
        }
    }

    /// The points of everybody in whose profile all words stand; none where nothing is looked for.
    fn points(&self, typed: &str) -> Option<HashMap<usize, u32>> {
        let mut words = tokens(typed);
        words.truncate(WORDS);
        let last = words.pop()?;
        let mut sums = self.beginning_with(&last);
        for word in &words {
            let of_word = self.words.get(word).map_or(&[][..], Vec::as_slice);
            let of_word: HashMap<usize, u32> = of_word
                .iter()
                .map(|(place, points)| (*place, u32::from(*points)))
                .collect();
            sums.retain(|place, sum| {
                let found = of_word.get(place);
                *sum += found.copied().unwrap_or_default();
                found.is_some()
            });
        }
        Some(sums)
    }

    /// For each profile the best of its words that begin so.
    fn beginning_with(&self, prefix: &str) -> HashMap<usize, u32> {
        let mut best = HashMap::new();
        let words = self.words.range(prefix.to_owned()..);
        for (_, postings) in words.take_while(|(word, _)| word.starts_with(prefix)) {
            for (place, points) in postings {
                let known = best.entry(*place).or_insert(0);
                *known = u32::from(*points).max(*known);
            }
        }
        best
    }
}

/// What an expert is sorted by, the smallest first. All orders end alike, so that each is the same every time.
type Order = (
    u64,
    Reverse<u32>,
    Reverse<usize>,
    Option<Date>,
    Reverse<Option<Timestamp>>,
    String,
);

fn order(sort: Sort, points: u32, card: &Card, today: Date) -> Order {
    let expert = &card.row.expert;
    let rate = expert.profile.rate.map(|rate| rate.hour_minor.0.unsigned_abs());
    let vetted = expert.vetted_at.map_or(0, Timestamp::as_microsecond);
    let first = match sort {
        Sort::Best => 0,
        Sort::Rate => rate.unwrap_or(u64::MAX),
        Sort::Newest => u64::MAX - vetted.unsigned_abs(),
    };
    (
        first,
        Reverse(points),
        Reverse(card.evidence.min(EVIDENCE_AT_MOST)),
        expert.profile.available_from.filter(|from| *from > today),
        Reverse(expert.vetted_at),
        expert.person.to_string(),
    )
}

/// Skills by how many have them, then by name; shown as whoever comes first spells them.
fn facets(cards: &[(u32, &Card)]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for (_, card) in cards {
        for (lower, skill) in card.skills.iter().zip(&card.row.expert.profile.skills) {
            counts.entry(lower).or_insert((&skill.name, 0)).1 += 1;
        }
    }
    let mut facets: Vec<(String, usize)> = counts
        .into_values()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
    facets.sort_by_key(|(_, count)| Reverse(*count));
    facets
}

/// Each word of a profile once, with the most points it has anywhere.
fn words_of(profile: &Profile) -> BTreeMap<String, u8> {
    let skills = profile
        .skills
        .iter()
        .map(|skill| (skill.name.as_str(), SKILL_POINTS));
    let texts = [
        (profile.headline.as_str(), HEADLINE_POINTS),
        (profile.about.as_str(), ABOUT_POINTS),
    ];
    let mut words = BTreeMap::new();
    for (text, points) in texts.into_iter().chain(skills) {
        for word in tokens(text).into_iter().flat_map(spellings) {
            let known = words.entry(word).or_insert(0);
            *known = points.max(*known);
        }
    }
    words
}

/// The words of a text in small letters: letters and digits, and the signs of `C++`, `C#`, `.NET` and `Node.js`.
fn tokens(text: &str) -> Vec<String> {
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '+' | '#' | '.');
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !of_word(c))
        .map(|word| word.trim_end_matches('.'));
    words
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

/// A word as people may type it: `node.js` also as `nodejs`, `node` and `js`.
fn spellings(word: String) -> Vec<String> {
    let mut spellings = vec![];
    if word.contains('.') {
        spellings.push(word.replace('.', ""));
        spellings.extend(word.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
    }
    spellings.push(word);
    spellings
}
