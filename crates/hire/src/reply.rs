//! How soon requests are answered, beside what was promised.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// What the promise looks at of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it was first answered; none where nobody has.
    pub replied_at: Option<Timestamp>,
    /// When it was over; none while something may come of it.
    pub ended_at: Option<Timestamp>,
}

impl Asked {
    /// Whether it was over, without an answer, before one was due.
    fn ended_before(&self, promise: SignedDuration) -> bool {
        let ended = self.ended_at.map(|at| at.duration_since(self.sent_at));
        self.replied_at.is_none() && ended.is_some_and(|time| time <= promise)
    }
}

/// How soon requests of some time were first answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Replies {
    /// Requests whose promise is kept or broken: those that were answered, and those that were not although the time is over.
    pub counted: usize,
    /// Of these, how many were answered in time.
    pub kept: usize,
    /// Half of those that were answered were answered as soon as this; none where nobody was.
    pub median: Option<SignedDuration>,
    /// Requests that still may be answered in time.
    pub waiting: usize,
}

impl Replies {
    /// From when each request was sent, first answered and over. One that was over before an answer was due waits for none,
    /// and breaks no promise.
    pub fn of(requests: &[Asked], promise: SignedDuration, now: Timestamp) -> Self {
        let mut replies = Self {
            counted: 0,
            kept: 0,
            median: None,
            waiting: 0,
        };
        let mut took = Vec::new();
        for one in requests.iter().filter(|one| !one.ended_before(promise)) {
            let answered = one.replied_at;
            let time = answered.unwrap_or(now).duration_since(one.sent_at);
            if answered.is_none() && time <= promise {
                let waits = usize::from(one.ended_at.is_none());
                replies.waiting = replies.waiting.saturating_add(waits);
                continue;
            }
            replies.counted = replies.counted.saturating_add(1);
            if answered.is_some() {
                took.push(time);
                if time <= promise {
                    replies.kept = replies.kept.saturating_add(1);
                }
            }
        }
        took.sort_unstable();
        let middle = took.len().saturating_sub(1).div_euclid(2);
        replies.median = took.get(middle).copied();
        replies
    }

    /// The share of promises that were kept, in whole percent, rounded down; none where none was due.
    pub fn kept_percent(&self) -> Option<usize> {
        self.kept.saturating_mul(100).checked_div(self.counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(number: i64) -> Timestamp {
        Timestamp::from_second(number * 3_600).unwrap()
    }

    fn replies(requests: &[(i64, Option<i64>)], now: i64) -> Replies {
        let requests: Vec<_> = requests
            .iter()
            .map(|(sent, answered)| (*sent, *answered, None))
            .collect();
        replies_with_ends(&requests, now)
    }

    fn replies_with_ends(requests: &[(i64, Option<i64>, Option<i64>)], now: i64) -> Replies {
        let requests: Vec<_> = requests
            .iter()
            .map(|(sent, answered, ended)| Asked {
                sent_at: hours(*sent),
                replied_at: answered.map(hours),
                ended_at: ended.map(hours),
            })
            .collect();
        Replies::of(&requests, SignedDuration::from_hours(24), hours(now))
    }

    #[test]
    fn a_promise_is_kept_to_the_hour_and_broken_by_silence() {
        let some = replies(
            &[
                (0, Some(24)),
                (0, Some(25)),
                (0, None),
                (90, None),
                (95, Some(96)),
            ],
            100,
        );
        assert_eq!((some.counted, some.kept, some.waiting), (4, 2, 1));
        assert_eq!(some.kept_percent(), Some(50));
        assert_eq!(some.median, Some(SignedDuration::from_hours(24)));
    }

    #[test]
    fn what_is_over_before_an_answer_was_due_waits_for_none() {
        let some = replies_with_ends(
            &[
                (90, None, Some(95)),
                (0, None, Some(24)),
                (0, None, Some(25)),
                (0, Some(2), Some(3)),
            ],
            100,
        );
        assert_eq!((some.counted, some.kept, some.waiting), (2, 1, 0));
    }

    #[test]
    fn nothing_is_no_figure() {
        let none = replies(&[], 100);
        assert_eq!((none.kept_percent(), none.median), (None, None));
        let silent = replies(&[(0, None)], 100);
        assert_eq!((silent.kept_percent(), silent.median), (Some(0), None));
    }
}
