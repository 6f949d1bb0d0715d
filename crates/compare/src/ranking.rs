//! Scores into places: what counts as a tie, tiers, and competition ranks.
//!
//! Floats are never compared with `==` here or anywhere else in the crate.

use serde::{Deserialize, Serialize};

/// Two neighbouring scores within `TIE`·max(1, |score|) share a place.
pub const TIE: f64 = 1e-9;

/// Which end of a score is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Best {
    /// The largest score is first.
    Highest,
    /// The smallest score is first.
    Lowest,
}

/// Places of some alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// Tiers from best to worst; indices ascend inside a tier.
    pub tiers: Vec<Vec<usize>>,
    /// Per alternative, 1 + the number of strictly better ones (1, 2, 2, 4).
    pub rank: Vec<usize>,
}

/// Whether `next` ties with `previous`, its neighbour in the sorted order.
pub fn tied(previous: f64, next: f64) -> bool {
    (previous - next).abs() <= tolerance(next)
}

/// How far another score may lie from this one and still tie with it.
pub fn tolerance(score: f64) -> f64 {
    TIE * score.abs().max(1.0)
}

impl Ranking {
    /// Sorts, then walks down: the next alternative joins the tier while it ties with the one before it (chain rule).
    pub fn new(scores: &[f64], best: Best) -> Self {
        let mut order: Vec<(usize, f64)> = scores.iter().copied().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| match best {
            Best::Highest => b.total_cmp(a),
            Best::Lowest => a.total_cmp(b),
        });
        let mut tiers: Vec<Vec<usize>> = Vec::new();
        let mut previous = None;
        for (alternative, score) in order {
            match (previous, tiers.last_mut()) {
                (Some(above), Some(tier)) if tied(above, score) => tier.push(alternative),
                _ => tiers.push(vec![alternative]),
            }
            previous = Some(score);
        }
        for tier in &mut tiers {
            tier.sort_unstable();
        }
        let rank = ranks(&tiers, scores.len());
        Self { tiers, rank }
    }

    /// The lowest index of the first tier.
    pub fn leader(&self) -> Option<usize> {
        self.tiers.first()?.first().copied()
    }

    /// The next after the leader: the second of a shared first tier, or else the first of the second tier.
    pub fn runner_up(&self) -> Option<usize> {
        self.tiers.iter().flatten().nth(1).copied()
    }
}

fn ranks(tiers: &[Vec<usize>], alternatives: usize) -> Vec<usize> {
    let mut ranks = vec![0; alternatives];
    let mut better = 0;
    for tier in tiers {
        for &alternative in tier {
            if let Some(rank) = ranks.get_mut(alternative) {
                *rank = better + 1;
            }
        }
        better += tier.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn competition_ranks_leave_a_gap_after_a_tie() {
        let ranking = Ranking::new(&[1.0, 3.0, 3.0 + 1e-12, 5.0], Best::Highest);
        assert_eq!(ranking.tiers, vec![vec![3], vec![1, 2], vec![0]]);
        assert_eq!(ranking.rank, vec![4, 2, 2, 1]);
    }

    #[test]
    fn ties_chain_from_neighbour_to_neighbour() {
        let ranking = Ranking::new(&[0.0, 0.9e-9, 1.8e-9, 1.0], Best::Lowest);
        assert_eq!(ranking.tiers, vec![vec![0, 1, 2], vec![3]]);
        assert_eq!((ranking.leader(), ranking.runner_up()), (Some(0), Some(1)));
    }

    #[test]
    fn the_tolerance_grows_with_the_score() {
        assert!(tied(1e6, 1e6 + 9e-4));
        assert!(!tied(1e6, 1e6 + 2e-3));
        assert!(!tied(1.0, 1.0 + 3e-9));
    }
}
