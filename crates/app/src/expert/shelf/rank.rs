//! The published order, and the first few in it out of many.

use std::cmp::Reverse;

use earnest_hire::ids::PersonId;
use jiff::Timestamp;
use jiff::civil::Date;

/// So many are looked at beyond those that are wanted before the others are let go.
const SPARE: usize = 512;

/// What an expert is sorted by, the smallest first. All orders end alike, so that each is the same every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) first: u64,
    pub(super) points: Reverse<u8>,
    pub(super) evidence: Reverse<u8>,
    pub(super) from: Option<Date>,
    pub(super) vetted: Reverse<Option<Timestamp>>,
    pub(super) person: PersonId,
}

/// The best of all that were put in, as many as are wanted.
pub(super) struct Best {
    most: usize,
    kept: Vec<Rank>,
    /// As many as are wanted stand before it.
    worst: Option<Rank>,
    total: usize,
}

impl Best {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            kept: Vec::new(),
            worst: None,
            total: 0,
        }
    }

    pub(super) fn put(&mut self, rank: Rank) {
        self.total += 1;
        if self.worst.is_some_and(|worst| worst < rank) {
            return;
        }
        self.kept.push(rank);
        if self.kept.len() >= self.most.saturating_mul(2).saturating_add(SPARE) {
            let (_, worst, _) = self.kept.select_nth_unstable(self.most.saturating_sub(1));
            self.worst = Some(*worst);
            self.kept.truncate(self.most);
        }
    }

    /// How many were put in.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    pub(super) fn page(mut self, from: usize, most: usize) -> Vec<PersonId> {
        self.kept.sort_unstable();
        let page = self.kept.iter().skip(from).take(most);
        page.map(|rank| rank.person).collect()
    }
}
