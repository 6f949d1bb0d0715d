//! Several people's weights on one table: what they have in common, how far they lie apart, and whose weights the common
//! verdict hangs on.
//!
//! The rule: everybody's weights are divided by their own sum, so that everybody counts alike however large the numbers
//! are that they write; the common weight of a criterion is the mean of those shares; the verdict is that of [`judge`] at
//! the common weights. Whoever comes in which order changes no bit of the answer.

use serde::{Deserialize, Serialize};

use crate::arithmetic::{count, largest};
use crate::verdict::{Invalid, Kind, Table, Verdict, judge};
use crate::weights::normalised;

/// Two shares that differ by less are the same: they come from the rounding of a division.
const SAME: f64 = 1e-9;

/// How far people's weights of one criterion lie apart, each as a share of that person's whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The lowest share, 0 to 1.
    pub low: f64,
    /// The one in the middle; the mean of both in the middle of an even number.
    pub median: f64,
    /// The highest share, 0 to 1.
    pub high: f64,
    /// Who gives the lowest share, ascending; empty where all give the same.
    pub lowest: Vec<usize>,
    /// Who gives the highest share, ascending; empty where all give the same.
    pub highest: Vec<usize>,
}

/// How one person stands to the common verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The person's weights, with sum 1.
    pub shares: Vec<f64>,
    /// Options that lead at these weights alone, ascending: more than one on a tie, none where nothing compared has weight.
    pub leaders: Vec<usize>,
    /// The person's lead of the first over the second, in points of the total; 0 on a tie.
    pub margin: f64,
    /// Whether the same options lead for this person as for all together.
    pub agrees: bool,
    /// Whether nobody else sees these options in the lead, and all together do not either.
    pub alone: bool,
    /// Who would lead without this person; none where nobody else is there.
    pub leaders_without: Option<Vec<usize>>,
    /// Whether all others together have another leader than all with this person: the verdict hangs on them.
    pub decides: bool,
}

/// What several people's weights come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// The common weights: the mean of everybody's shares. Sum 1.
    pub weights: Vec<f64>,
    /// The verdict at the common weights.
    pub verdict: Verdict,
    /// Options that lead at the common weights, ascending.
    pub leaders: Vec<usize>,
    /// One per criterion.
    pub spread: Vec<Spread>,
    /// One per person, in the order in which they were given.
    pub people: Vec<Standing>,
    /// One per option: how many see it alone in the lead.
    pub votes: Vec<usize>,
    /// How many see more than one option in the lead, or none.
    pub undecided: usize,
}

/// Judges a table for several people, each with a weight of 0 or more for each criterion, not all 0; any sum.
///
/// # Errors
/// [`Invalid::WeightCount`] where there is nobody; what [`judge`] says of the first person whose weights are wrong.
pub fn together(table: &Table, people: &[Vec<f64>]) -> Result<Together, Invalid> {
    let own = people
        .iter()
        .map(|weights| judge(table, weights))
        .collect::<Result<Vec<Verdict>, Invalid>>()?;
    let shares: Vec<Vec<f64>> = people.iter().map(|weights| normalised(weights)).collect();
    let weights = common(&shares, None).ok_or(Invalid::WeightCount)?;
    let verdict = judge(table, &weights)?;
    let leaders = leaders(&verdict);
    let all: Vec<Vec<usize>> = own.iter().map(self::leaders).collect();
    let mut standings = Vec::with_capacity(people.len());
    for (at, (verdict, share)) in own.iter().zip(&shares).enumerate() {
        let mine = self::leaders(verdict);
        let without = common(&shares, Some(at))
            .map(|others| judge(table, &others).map(|verdict| self::leaders(&verdict)))
            .transpose()?;
        let same = all.iter().filter(|other| **other == mine).count();
        standings.push(Standing {
            shares: share.clone(),
            margin: verdict.margin,
            agrees: mine == leaders,
            alone: mine != leaders && same == 1,
            decides: without.as_ref().is_some_and(|others| *others != leaders),
            leaders_without: without,
            leaders: mine,
        });
    }
    let votes: Vec<usize> = (0..table.options.len())
        .map(|option| all.iter().filter(|one| **one == [option]).count())
        .collect();
    Ok(Together {
        undecided: people.len().saturating_sub(votes.iter().sum()),
        spread: (0..table.criteria.len()).map(|at| spread(&shares, at)).collect(),
        weights,
        verdict,
        leaders,
        people: standings,
        votes,
    })
}

/// The options of the first tier; none where too little is known to name one.
fn leaders(verdict: &Verdict) -> Vec<usize> {
    match verdict.leader {
        Some(_) if verdict.kind != Kind::CannotTell => verdict.ranking.first().cloned().unwrap_or_default(),
        Some(_) | None => Vec::new(),
    }
}

/// The mean share of each criterion, of everybody but one; none where nobody is left. Shares are added from the smallest
/// on, so that the order of the people leaves no trace in the last bit.
fn common(shares: &[Vec<f64>], but: Option<usize>) -> Option<Vec<f64>> {
    let kept: Vec<&Vec<f64>> = shares
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != but)
        .map(|(_, share)| share)
        .collect();
    let criteria = kept.first()?.len();
    let mean = |criterion: usize| {
        let mut column: Vec<f64> = kept
            .iter()
            .filter_map(|share| share.get(criterion).copied())
            .collect();
        column.sort_by(f64::total_cmp);
        column.iter().sum::<f64>() / count(kept.len())
    };
    Some((0..criteria).map(mean).collect())
}

fn spread(shares: &[Vec<f64>], criterion: usize) -> Spread {
    let column: Vec<f64> = shares
        .iter()
        .map(|share| share.get(criterion).copied().unwrap_or(0.0))
        .collect();
    let mut sorted = column.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    let (low, high) = (at(0), largest(&column));
    let middle = sorted.len() / 2;
    let median = if sorted.len().is_multiple_of(2) {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    } else {
        at(middle)
    };
    let near = |end: f64| {
        let those = column.iter().enumerate();
        let those = those.filter(|(_, share)| (*share - end).abs() <= SAME);
        those.map(|(person, _)| person).collect::<Vec<usize>>()
    };
    let apart = high - low > SAME;
    Spread {
        low,
        median,
        high,
        lowest: if apart { near(low) } else { Vec::new() },
        highest: if apart { near(high) } else { Vec::new() },
    }
}

#[cfg(test)]
mod tests;
