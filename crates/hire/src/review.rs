//! Reviews: what the two sides of an ended contract say of each other. Neither sees the other's before both are in, or the
//! time to write is over, so that nobody answers a review with a review.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{Contract, Standing};
use crate::field::{self, Faults, FieldRefusal, Lines};
use crate::ids::PersonId;
use crate::money::{Minor, total};
use crate::refusal::Refusal;
use crate::span::{after, days};

/// Days after the end of a contract within which a review can be written.
pub const WINDOW_DAYS: u16 = 14;
/// Characters of a review or a reply at most.
pub const TEXT: usize = 2_000;
/// From so many reviews on there is an average: fewer say more about one contract than about a person.
pub const ENOUGH: usize = 3;

/// From 1, the worst, to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

/// It is no number from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rating is a whole number from 1 to 5")]
pub struct NoRating;

impl Rating {
    /// All there are, the best first.
    pub const ALL: [Self; 5] = [Self(5), Self(4), Self(3), Self(2), Self(1)];
}

impl TryFrom<u8> for Rating {
    type Error = NoRating;

    fn try_from(number: u8) -> Result<Self, NoRating> {
        if (1..=5).contains(&number) {
            Ok(Self(number))
        } else {
            Err(NoRating)
        }
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

/// What is said of the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// How it was.
    pub rating: Rating,
    /// In words.
    pub text: String,
}

impl Review {
    /// From what was typed into the fields `rating` and `text`. Everything wrong is said at once.
    pub fn typed(rating: &str, text: &str) -> Result<Self, Vec<FieldRefusal>> {
        let mut faults = Faults::default();
        let read = rating.trim().parse::<u8>().ok();
        let rating = read.and_then(|number| Rating::try_from(number).ok());
        let rating = faults.note(
            rating.ok_or_else(|| FieldRefusal::new("rating", "missing", "Choose a rating from 1 to 5.")),
        );
        let text = faults.note(said(text, "Say in a sentence how it was to work together."));
        let made = rating.zip(text).map(|(rating, text)| Self { rating, text });
        faults.or(made)
    }
}

/// The answer to a review, from what was typed into the field `text`.
pub fn reply(text: &str) -> Result<String, FieldRefusal> {
    said(text, "Write your reply first.")
}

fn said(text: &str, missing: &str) -> Result<String, FieldRefusal> {
    field::required("text", text, TEXT, Lines::Several, missing)
}

/// Why a review or reply is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Work goes on.
    NotEnded,
    /// No money has gone to the expert.
    NothingPaid,
    /// There is one.
    Twice,
    /// Its time is over.
    Late,
    /// There is nothing to reply to that one may see.
    NothingShown,
    /// There is a reply.
    RepliedBefore,
}

impl Unfit {
    /// The word by which programs know it. Never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotEnded => "review_before_end",
            Self::NothingPaid => "review_unpaid",
            Self::Twice => "review_twice",
            Self::Late => "review_late",
            Self::NothingShown => "review_not_shown",
            Self::RepliedBefore => "reply_twice",
        }
    }

    /// What happened and what to do, for a person.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotEnded => "A contract is reviewed once every milestone has ended.",
            Self::NothingPaid => "Only a contract in which the expert was paid is reviewed.",
            Self::Twice => "You have reviewed this contract. A review stays as it was written.",
            Self::Late => "The 14 days to review this contract are over.",
            Self::NothingShown => "There is no review of you here that you could reply to.",
            Self::RepliedBefore => "You have replied to this review. One reply stays.",
        }
    }
}

/// What has gone to the expert in a contract, before the fee.
pub fn released(contract: &Contract) -> Result<Minor, Refusal> {
    total(
        contract
            .milestones
            .iter()
            .flat_map(|one| &one.lots)
            .map(|lot| lot.released),
    )
}

/// Until when a contract that ended then can be reviewed.
pub fn open_until(ended_at: Timestamp) -> Timestamp {
    after(ended_at, days(WINDOW_DAYS))
}

/// Whether a side that has written nothing yet may review a contract now; `ended_at` is when its last milestone ended.
pub fn may_write(contract: &Contract, ended_at: Option<Timestamp>, now: Timestamp) -> Result<(), Unfit> {
    let Some(ended_at) = ended_at.filter(|_| contract.standing == Standing::Ended) else {
        return Err(Unfit::NotEnded);
    };
    if !released(contract).is_ok_and(Minor::is_positive) {
        return Err(Unfit::NothingPaid);
    }
    if now > open_until(ended_at) {
        return Err(Unfit::Late);
    }
    Ok(())
}

/// Whether reviews of a contract are shown to anybody but their authors: once both are in, or none can come any more.
pub fn is_shown(written: usize, ended_at: Timestamp, now: Timestamp) -> bool {
    written >= 2 || now > open_until(ended_at)
}

/// Whether a person may reply to a review: it is about them, they can see it, and they have not.
pub fn may_reply(
    person: PersonId,
    about: PersonId,
    is_shown: bool,
    replied: Option<Timestamp>,
) -> Result<(), Unfit> {
    if person != about || !is_shown {
        return Err(Unfit::NothingShown);
    }
    if replied.is_some() {
        return Err(Unfit::RepliedBefore);
    }
    Ok(())
}

/// The average in tenths, rounded to the nearest; none of fewer than [`ENOUGH`].
pub fn average_tenths(ratings: &[Rating]) -> Option<u16> {
    let count = u16::try_from(ratings.len()).ok()?;
    if ratings.len() < ENOUGH {
        return None;
    }
    let sum = ratings
        .iter()
        .try_fold(0_u16, |sum, rating| sum.checked_add(u16::from(rating.0)))?;
    let doubled = sum.checked_mul(20)?.checked_add(count)?;
    doubled.checked_div(count.checked_mul(2)?)
}

#[cfg(test)]
mod tests;
