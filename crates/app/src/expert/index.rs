//! Finding experts: an index in memory, made from the database and kept as fresh as that. Nothing that an expert could
//! pay for has a place in it.
//!
//! A search asks the index who stands on the page and then reads exactly those from the database, together with the
//! count of all changes. Is that another than the index knows, the index takes in what has changed and is asked again;
//! so every node shows what is kept now, and nobody who is not visible now.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use earnest_hire::ids::PersonId;
use earnest_hire::money::Minor;
use earnest_store::{EXPERTS_AT_ONCE, ExpertRow};
use jiff::civil::Date;
use tokio::sync::Mutex;

use super::shelf::{Page, Shelf};
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
pub const SHOWN: usize = EXPERTS_AT_ONCE;
/// So many skills and languages are offered to choose from.
pub const FACETS: usize = 40;
/// Words of a query that are read; nobody types more.
pub(super) const WORDS: usize = 12;
/// How often a page is looked for anew because somebody has changed a profile meanwhile. After that it is what was found,
/// less those who are not visible any more.
const TRIES: usize = 4;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Words that must all be there; the last may be the beginning of one.
    pub words: String,
    /// The name of a skill, in any capitals.
    pub skill: Option<String>,
    /// A language they speak, in any capitals.
    pub language: Option<String>,
    /// An hour costs this at most; whoever names no rate does not fit.
    pub rate_max: Option<Minor>,
    /// They can work on this day.
    pub available_by: Option<Date>,
    /// The order.
    pub sort: Sort,
    /// From 1.
    pub page: usize,
    /// How many stand on a page; there is at least one.
    pub limit: usize,
}

/// All of them, the best first.
impl Default for Query {
    fn default() -> Self {
        Self {
            words: String::new(),
            skill: None,
            language: None,
            rate_max: None,
            available_by: None,
            sort: Sort::default(),
            page: 1,
            limit: SHOWN,
        }
    }
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
    /// Skills of all who fit but for the skill asked for, with their number, the most frequent first, [`FACETS`] at most.
    pub skills: Vec<(String, usize)>,
    /// The same of languages.
    pub languages: Vec<(String, usize)>,
    /// How many are visible at all.
    pub visible: usize,
}

/// Keeps a [`Shelf`] as fresh as the database.
#[derive(Debug, Default)]
pub(crate) struct Index {
    kept: RwLock<Option<Kept>>,
    /// Held by whoever reads the database for it, so that many who wait for the same do not all do the same.
    refreshing: Mutex<()>,
}

#[derive(Debug)]
struct Kept {
    /// The count of changes that it holds.
    ticks: i64,
    shelf: Shelf,
}

impl Index {
    fn kept(&self) -> RwLockReadGuard<'_, Option<Kept>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_mut(&self) -> RwLockWriteGuard<'_, Option<Kept>> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn ticks(&self) -> Option<i64> {
        self.kept().as_ref().map(|kept| kept.ticks)
    }

    /// What `look` makes of the shelf, with the count of changes that it holds; nothing where there is no shelf yet.
    fn look<T>(&self, look: impl FnOnce(&Shelf) -> T) -> Option<(i64, T)> {
        let kept = self.kept();
        kept.as_ref().map(|kept| (kept.ticks, look(&kept.shelf)))
    }

    /// Takes in what was changed after `from`; not where somebody else did so meanwhile.
    fn take_in(&self, (from, to): (i64, i64), rows: Vec<ExpertRow>) {
        if let Some(kept) = self.kept_mut().as_mut()
            && kept.ticks == from
        {
            for row in rows {
                kept.shelf.put(&row);
            }
            kept.ticks = to;
        }
    }
}

/// Brings the index to what the database holds now. `stale` is what the caller has seen in it.
async fn refresh(desk: &Desk, stale: Option<i64>) -> Result<(), Error> {
    let index = &desk.experts;
    let _mine = index.refreshing.lock().await;
    let known = index.ticks();
    if known != stale {
        // Somebody else has done so while this waited.
        return Ok(());
    }
    if let Some(known) = known {
        let read = desk.store.read(move |mut view| async move {
            let ticks = view.expert_ticks().await?;
            Ok::<_, earnest_store::Error>((ticks, view.experts_changed(known).await?))
        });
        let (ticks, rows) = read.await?;
        // Fewer than before: another database was put in its place.
        if ticks >= known {
            index.take_in((known, ticks), rows);
            return Ok(());
        }
    }
    let read = desk.store.read(|mut view| async move {
        let ticks = view.expert_ticks().await?;
        let mut shelf = Shelf::default();
        view.each_visible(&mut |row| shelf.put(&row)).await?;
        Ok::<_, earnest_store::Error>(Kept { ticks, shelf })
    });
    let kept = read.await?;
    *index.kept_mut() = Some(kept);
    Ok(())
}

/// Makes the index where there is none yet, so that the first search does not wait for it.
pub async fn warm(desk: &Desk) -> Result<(), Error> {
    if desk.experts.ticks().is_none() {
        refresh(desk, None).await?;
    }
    Ok(())
}

/// Those of a few whom others see now, in the order in which they were named, with the count of changes.
async fn visible_of(desk: &Desk, people: Vec<PersonId>) -> Result<(i64, Vec<ExpertRow>), Error> {
    let asked = people.clone();
    let read = desk.store.read(move |mut view| {
        let asked = asked.clone();
        async move { view.visible_of(&asked).await }
    });
    let (ticks, mut rows) = read.await?;
    let place = |row: &ExpertRow| people.iter().position(|person| *person == row.expert.person);
    rows.sort_by_key(place);
    Ok((ticks, rows))
}

/// Whom `pick` picks from the shelf, as they are kept now, and what else it says.
pub(crate) async fn picked<T>(
    desk: &Desk,
    pick: impl Fn(&Shelf) -> (Vec<PersonId>, T),
) -> Result<(Vec<ExpertRow>, T), Error> {
    let mut tries = 0;
    loop {
        let Some((held, (people, rest))) = desk.experts.look(&pick) else {
            refresh(desk, None).await?;
            continue;
        };
        let (ticks, rows) = visible_of(desk, people).await?;
        tries += 1;
        if ticks == held || tries == TRIES {
            return Ok((rows, rest));
        }
        refresh(desk, Some(held)).await?;
    }
}

/// Visible experts that fit, in the published order.
pub async fn search(desk: &Desk, query: &Query) -> Result<Found, Error> {
    let today = super::today(desk);
    let look = |shelf: &Shelf| {
        let mut page = shelf.find(query, today);
        (std::mem::take(&mut page.people), page)
    };
    let (experts, page) = picked(desk, look).await?;
    Ok(found(page, experts))
}

fn found(page: Page, experts: Vec<ExpertRow>) -> Found {
    Found {
        total: page.total,
        page: page.number,
        pages: page.pages,
        experts,
        skills: page.skills,
        languages: page.languages,
        visible: page.visible,
    }
}
