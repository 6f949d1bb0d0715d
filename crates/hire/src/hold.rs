//! What holds on persons and on contracts have in common: how long one lasts at a time, and how long one operator alone may
//! keep it.

use jiff::Timestamp;

use crate::refusal::Refusal;
use crate::span::{after, days};

/// How long one operator alone may keep a hold, and for how long at a time.
const ALONE: u16 = 30;
const AT_A_TIME: u16 = 7;
/// A person or contract must have been free of holds for so long before the days of a new one are counted from its own
/// beginning: placed again and again, holds would otherwise last for ever with nobody else looking.
const APART: u16 = 7;

/// Refuses an end that is past or farther than one may set at a time.
pub(crate) fn check_review(now: Timestamp, review_by: Timestamp) -> Result<(), Refusal> {
    if review_by > now && review_by <= after(now, days(AT_A_TIME)) {
        Ok(())
    } else {
        Err(Refusal::HoldTooLong)
    }
}

/// Whether a hold that began then and ends so takes a second operator.
pub(crate) fn takes_two(since: Timestamp, review_by: Timestamp) -> bool {
    review_by > after(since, days(ALONE))
}

/// Since when there was a hold without a pause that counts, for one that begins at that moment. `spells` are the beginnings
/// and ends of the others; it does not matter whether they overlap.
pub(crate) fn unbroken(mut spells: Vec<(Timestamp, Timestamp)>, begins: Timestamp) -> Timestamp {
    spells.sort_by_key(|(_, end)| std::cmp::Reverse(*end));
    let mut since = begins;
    for (from, end) in spells {
        if after(end, days(APART)) >= since {
            since = since.min(from);
        }
    }
    since
}

/// Refuses a text that says nothing.
pub(crate) fn given(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Refusal::ReasonMissing)
    } else {
        Ok(())
    }
}
