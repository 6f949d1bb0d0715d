//! Names of skills and languages: one number for each, whatever its capitals, and how most people spell it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// The number of a name that nobody has.
const NOBODY: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<String, u32>,
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    lower: String,
    /// How often it is spelt how.
    spellings: BTreeMap<String, usize>,
    /// The most frequent of them.
    shown: String,
}

/// How often each name was found.
pub(super) struct Counts(Vec<u32>);

impl Counts {
    pub(super) fn add(&mut self, ids: &[u32]) {
        for id in ids {
            if let Some(count) = self.0.get_mut(*id as usize) {
                *count += 1;
            }
        }
    }
}

impl Names {
    /// The number of a name; where nobody has it, one that nobody has.
    pub(super) fn id(&self, name: &str) -> u32 {
        self.ids.get(&name.to_lowercase()).copied().unwrap_or(NOBODY)
    }

    /// The number of a name that somebody has now.
    pub(super) fn know(&mut self, name: &str) -> u32 {
        let lower = name.to_lowercase();
        let next = u32::try_from(self.names.len()).unwrap_or(NOBODY);
        let id = *self.ids.entry(lower.clone()).or_insert(next);
        if id == next {
            self.names.push(Name {
                lower,
                spellings: BTreeMap::new(),
                shown: String::new(),
            });
        }
        if let Some(known) = self.names.get_mut(id as usize) {
            *known.spellings.entry(name.to_owned()).or_default() += 1;
            known.choose();
        }
        id
    }

    /// Somebody has it no more.
    pub(super) fn forget(&mut self, id: u32, name: &str) {
        let Some(known) = self.names.get_mut(id as usize) else {
            return;
        };
        if let Some(count) = known.spellings.get_mut(name) {
            *count = count.saturating_sub(1);
        }
        known.spellings.retain(|_, count| *count > 0);
        known.choose();
    }

    pub(super) fn counts(&self) -> Counts {
        Counts(vec![0; self.names.len()])
    }

    /// The most frequent first, then by name.
    pub(super) fn most(&self, counts: &Counts, most: usize) -> Vec<(String, usize)> {
        let both = self.names.iter().zip(&counts.0);
        let mut found: Vec<(&Name, u32)> = both
            .map(|(name, count)| (name, *count))
            .filter(|(_, count)| *count > 0)
            .collect();
        found.sort_unstable_by_key(|(name, count)| (Reverse(*count), &name.lower));
        let first = found.into_iter().take(most);
        first
            .map(|(name, count)| (name.shown.clone(), count as usize))
            .collect()
    }
}

impl Name {
    /// Of those that are spelt so equally often, the first of the alphabet.
    fn choose(&mut self) {
        let most = self.spellings.iter().min_by_key(|(_, count)| Reverse(**count));
        if let Some((spelling, _)) = most
            && *spelling != self.shown
        {
            self.shown.clone_from(spelling);
        }
    }
}
