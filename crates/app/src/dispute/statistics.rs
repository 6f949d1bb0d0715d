//! How disputes have ended, in numbers that name nobody.

use earnest_hire::contract::Dispute;

use crate::Error;
use crate::desk::Desk;

/// Of fewer than these that have ended no shares are told: they would be somebody's.
pub const FEWEST: usize = 5;

/// How often there was a dispute, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Milestones of which money was ever held.
    pub milestones: i64,
    /// Disputes in the newest thousand contracts that had one.
    pub opened: usize,
    /// Of them, those that are not over.
    pub open: usize,
    /// Those that the parties ended: by their figures, or by a settlement.
    pub agreed: usize,
    /// Those that an operator has decided.
    pub decided: usize,
    /// Of these, those in which a party has appealed.
    pub appealed: usize,
    /// How much of what was held when it was opened went to the expert, in whole percent rounded down: the lower quartile,
    /// the median and the upper one of those that have ended. None of fewer than [`FEWEST`].
    pub to_expert: Option<[u8; 3]>,
}

/// What can be said of all disputes.
pub async fn statistics(desk: &Desk) -> Result<Statistics, Error> {
    let read = desk.store.read(|mut view| async move {
        let contracts = view.ever_disputed().await?;
        Ok::<_, earnest_store::Error>((contracts, view.ever_paid_for().await?))
    });
    let (contracts, milestones) = read.await?;
    let disputes = contracts.iter().flat_map(|one| &one.milestones);
    Ok(Statistics {
        milestones,
        ..of(disputes.filter_map(|one| one.dispute.as_ref()))
    })
}

fn of<'a>(disputes: impl Iterator<Item = &'a Dispute>) -> Statistics {
    let (mut all, mut shares) = (Statistics::default(), Vec::new());
    for one in disputes {
        all.opened += 1;
        if one.is_open() {
            all.open += 1;
            continue;
        }
        if one.rulings.is_empty() {
            all.agreed += 1;
        } else {
            all.decided += 1;
            all.appealed += usize::from(one.appeal.is_some());
        }
        shares.extend(share(one.to_expert_minor.0, one.held_minor.0));
    }
    shares.sort_unstable();
    all.to_expert = quartiles(&shares);
    all
}

/// A part of a whole in percent, where there is a whole.
fn share(part: i64, whole: i64) -> Option<u8> {
    let percent = (i128::from(part) * 100).checked_div(i128::from(whole))?;
    u8::try_from(percent.clamp(0, 100)).ok()
}

/// Of sorted values those at a quarter, a half and three quarters of the way.
fn quartiles(sorted: &[u8]) -> Option<[u8; 3]> {
    let last = sorted.len().checked_sub(1)?;
    let at = |quarter: usize| sorted.get(last * quarter / 4).copied();
    if sorted.len() < FEWEST {
        return None;
    }
    Some([at(1)?, at(2)?, at(3)?])
}

#[cfg(test)]
mod tests {
    use earnest_hire::contract::Phase;
    use earnest_hire::ids::Ids;
    use earnest_hire::money::Minor;
    use jiff::Timestamp;

    use super::*;

    fn dispute(held: i64, to_expert: i64, phase: Phase) -> Dispute {
        Dispute {
            id: Ids::new(Timestamp::UNIX_EPOCH, [1; 16]).dispute(),
            opened_by: None,
            reason: "It is late.".to_owned(),
            held_minor: Minor(held),
            to_expert_minor: Minor(to_expert),
            client: None,
            expert: None,
            phase,
            entry_no: 1,
            due_at: Timestamp::UNIX_EPOCH,
            missed_at: None,
            rulings: Vec::new(),
            appeal: None,
        }
    }

    #[test]
    fn shares_are_told_of_enough_and_open_ones_have_none() {
        let ended = [0, 2_500, 5_000, 7_599, 10_000].map(|paid| dispute(10_000, paid, Phase::Closed));
        let open = dispute(10_000, 10_000, Phase::Deciding);
        assert_eq!(of(ended.iter().take(4)).to_expert, None, "four are somebody");
        let all = of(ended.iter().chain([&open]));
        assert_eq!((all.opened, all.open, all.agreed, all.decided), (6, 1, 5, 0));
        assert_eq!(all.to_expert, Some([25, 50, 75]));
        assert_eq!(of([].iter()), Statistics::default());
    }

    #[test]
    fn a_share_stays_between_nothing_and_all() {
        let largest = i64::MAX;
        assert_eq!(share(largest, largest), Some(100));
        assert_eq!(share(1, 3), Some(33));
        assert_eq!(
            (share(-1, 3), share(4, 3), share(0, 0)),
            (Some(0), Some(100), None)
        );
    }
}
