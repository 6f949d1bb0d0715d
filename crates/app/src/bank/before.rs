//! Which lines of a statement came before. Where the bank gives an id it tells. Lines without one are counted: of one day,
//! direction, sum and reference as many are known as were imported, and the rest is new. A line that could be an imported
//! one and need not be is not taken, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use earnest_hire::bank::{self, Direction, LineName, NamedBy, StatementLine};
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::import::{NotImported, start_of};
use super::known::{Known, Told, Words};
use crate::outside::payments::ProviderEvent;

/// A line that was not taken, for nobody can tell it from one that was imported before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its number in the file.
    pub number: usize,
    /// By what the line is known that was imported.
    pub before: String,
    /// Why nobody can tell.
    pub unlike: Unlike,
}

/// In what a doubtful line and the imported one differ, though day, sum and reference are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlike {
    /// The imported line had no id of the bank's.
    IdNow,
    /// The imported line had an id of the bank's.
    IdBefore,
    /// Neither has one, and the rest of the words or who is at the other end is not the same.
    Words,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, before) = (self.number, &self.before);
        let (differs, otherwise) = match self.unlike {
            Unlike::IdNow => (
                "without a transaction id",
                "import a file with all transfers of its day, in which this line and those like it have no transaction id",
            ),
            Unlike::IdBefore => (
                "with a transaction id",
                "import a file in which it has its own transaction id",
            ),
            Unlike::Words => (
                "with another counterparty or text",
                "import a file with all transfers of its day, and without the column counterparty if that is what differs",
            ),
        };
        write!(
            f,
            "Line {number} was not taken: {before}, of the same day, sum and reference, was imported {differs}. If it is the same \
             transfer, all is done. If it is another, {otherwise}."
        )
    }
}

/// What is to be done about a line.
#[derive(Debug)]
pub(super) enum Came {
    /// It was imported.
    Before,
    /// It may have been.
    Doubtful(Doubt),
    /// It was not, and gets this name.
    New(String),
}

/// Says of each line whether it came before. `kept` are the events of all lines that did, of the days of these and of
/// their ids.
pub(super) fn sorted(
    (known, currency): (&Known, Currency),
    lines: &[StatementLine],
    kept: &[ProviderEvent],
) -> Result<Vec<Came>, NotImported> {
    let mut sorting = Sorting::new((known, currency), lines, kept);
    sorting.take_named()?;
    for (by, other_end) in [
        (NamedBy::Values, OtherEnd::Same),
        (NamedBy::Texts, OtherEnd::Same),
        (NamedBy::Values, OtherEnd::Unsaid),
        (NamedBy::Texts, OtherEnd::Unsaid),
    ] {
        sorting.take_alike(by, other_end);
    }
    Ok(sorting.rest())
}

/// A line that came under a known name, and says something else.
pub(super) fn changed(line: &StatementLine, external_id: String) -> NotImported {
    NotImported::Changed {
        number: line.number,
        external_id,
    }
}

/// Whether two lines have the same at their other end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OtherEnd {
    Same,
    /// One of them does not say.
    Unsaid,
    Another,
}

/// A line that was imported.
struct Kept<'a> {
    name: &'a str,
    by: NamedBy,
    at: Timestamp,
    /// As of a [line](StatementLine::stem), where its name or its words tell.
    stem: Option<String>,
    told: Option<Told<'a>>,
    /// A line of this statement is known to be it.
    taken: bool,
}

impl<'a> Kept<'a> {
    fn new((known, currency): (&Known, Currency), event: &'a ProviderEvent) -> Self {
        let (name, by) = (event.event_id.as_str(), NamedBy::of(&event.event_id));
        let told = known.told(&event.kind);
        let stem = match by {
            NamedBy::Values => name.rsplit_once(':').map(|(stem, _)| stem.to_owned()),
            NamedBy::Bank | NamedBy::Texts => told.as_ref().and_then(|told| match told.words {
                Words::Reference(_) => None,
                Words::Text { text, .. } => {
                    let date = event.at.to_zoned(TimeZone::UTC).date();
                    Some(bank::stem(date, (told.direction, told.amount), currency, text))
                }
            }),
        };
        Self {
            name,
            by,
            at: event.at,
            stem,
            told,
            taken: false,
        }
    }

    /// Whether the day, the sum and the reference are a line's.
    fn is_like(&self, line: &StatementLine) -> bool {
        let has_reference = || {
            self.told
                .as_ref()
                .is_some_and(|told| told.words.are_named_in(line))
        };
        self.has_stem_of(line) || has_reference()
    }

    fn has_stem_of(&self, line: &StatementLine) -> bool {
        self.stem.as_ref() == Some(&line.stem)
    }

    /// What was about something of ours was kept without who is at the other end.
    fn other_end(&self, line: &StatementLine) -> OtherEnd {
        let words = self.told.as_ref().map(|told| &told.words);
        let Some(Words::Text { counterparty, .. }) = words else {
            return OtherEnd::Unsaid;
        };
        let (kept, read) = (bank::plain(counterparty), bank::plain(&line.counterparty));
        if kept == read {
            OtherEnd::Same
        } else if kept.is_empty() || read.is_empty() {
            OtherEnd::Unsaid
        } else {
            OtherEnd::Another
        }
    }
}

struct Sorting<'a> {
    lines: &'a [StatementLine],
    kept: Vec<Kept<'a>>,
    by_name: BTreeMap<&'a str, usize>,
    /// Places in `kept`, by what is the same of all lines that can be one.
    by_sum: BTreeMap<(Timestamp, Direction, Minor), Vec<usize>>,
    /// Numbers of lines that came before.
    before: BTreeSet<usize>,
}

impl<'a> Sorting<'a> {
    fn new(of: (&Known, Currency), lines: &'a [StatementLine], events: &'a [ProviderEvent]) -> Self {
        let kept: Vec<Kept<'a>> = events.iter().map(|event| Kept::new(of, event)).collect();
        let mut by_sum: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, one) in kept.iter().enumerate() {
            if let Some(told) = &one.told {
                let sum = (one.at, told.direction, told.amount);
                by_sum.entry(sum).or_default().push(place);
            }
        }
        Self {
            lines,
            by_name: kept.iter().map(|one| one.name).zip(0..).collect(),
            kept,
            by_sum,
            before: BTreeSet::new(),
        }
    }

    /// Lines whose very name is known: the bank's id, or the name that one without an id had formerly.
    fn take_named(&mut self) -> Result<(), NotImported> {
        for line in self.lines {
            let name = match &line.name {
                LineName::Given(id) => id,
                LineName::Made { former } => former,
            };
            let Some(kept) = self
                .by_name
                .get(name.as_str())
                .and_then(|place| self.kept.get_mut(*place))
            else {
                continue;
            };
            let told = kept.told.as_ref().is_some_and(|told| told.is_said_by(line));
            let same = told && kept.at == start_of(line.date);
            match &line.name {
                LineName::Given(id) if !same => return Err(changed(line, id.clone())),
                // the name is made of all that the line says
                LineName::Given(_) | LineName::Made { .. } => kept.taken = true,
            }
            self.before.insert(line.number);
        }
        Ok(())
    }

    /// Lines without an id of which as many were imported.
    fn take_alike(&mut self, by: NamedBy, other_end: OtherEnd) {
        for line in self.lines {
            if self.before.contains(&line.number) || matches!(line.name, LineName::Given(_)) {
                continue;
            }
            let is_it = |kept: &Kept<'_>| {
                let alike = match by {
                    NamedBy::Values => kept.has_stem_of(line),
                    NamedBy::Texts => kept.is_like(line),
                    NamedBy::Bank => false,
                };
                kept.by == by && alike && kept.other_end(line) == other_end
            };
            if let Some(place) = self.free(line, is_it) {
                if let Some(kept) = self.kept.get_mut(place) {
                    kept.taken = true;
                }
                self.before.insert(line.number);
            }
        }
    }

    /// The place of an imported line of the same day and sum that no line of this statement is known to be.
    fn free(&self, line: &StatementLine, is_it: impl Fn(&Kept<'_>) -> bool) -> Option<usize> {
        let sum = (start_of(line.date), line.direction, line.amount);
        let places = self.by_sum.get(&sum)?.iter().copied();
        let free = |place: &usize| {
            self.kept
                .get(*place)
                .is_some_and(|kept| !kept.taken && is_it(kept))
        };
        places.into_iter().find(free)
    }

    /// What is new, and what is doubtful.
    fn rest(&self) -> Vec<Came> {
        let mut numbers = BTreeMap::new();
        let mut came = Vec::new();
        for line in self.lines {
            came.push(if self.before.contains(&line.number) {
                Came::Before
            } else if let Some(doubt) = self.doubt(line) {
                Came::Doubtful(doubt)
            } else {
                Came::New(self.new_name(line, &mut numbers))
            });
        }
        came
    }

    /// The bank's id, or the stem with the next number that no imported line has.
    fn new_name(&self, line: &'a StatementLine, numbers: &mut BTreeMap<&'a str, u32>) -> String {
        if let LineName::Given(id) = &line.name {
            return id.clone();
        }
        let number = numbers.entry(line.stem.as_str()).or_default();
        loop {
            *number += 1;
            let name = format!("{}:{number}", line.stem);
            if !self.by_name.contains_key(name.as_str()) {
                return name;
            }
        }
    }

    fn doubt(&self, line: &StatementLine) -> Option<Doubt> {
        let unlike = |kept: &Kept<'_>| match (&line.name, kept.by) {
            // two ids are two transfers
            (LineName::Given(_), NamedBy::Bank) => None,
            (LineName::Given(_), NamedBy::Values | NamedBy::Texts) => Some(Unlike::IdNow),
            (LineName::Made { .. }, NamedBy::Bank) => Some(Unlike::IdBefore),
            (LineName::Made { .. }, NamedBy::Values | NamedBy::Texts) => Some(Unlike::Words),
        };
        let place = self.free(line, |kept| kept.is_like(line) && unlike(kept).is_some())?;
        let kept = self.kept.get(place)?;
        Some(Doubt {
            number: line.number,
            before: kept.name.to_owned(),
            unlike: unlike(kept)?,
        })
    }
}
