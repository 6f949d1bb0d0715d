//! How often something may be tried. Counted by each node for itself and forgotten with it: it slows a guesser down, and
//! nothing that must be exact depends on it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use earnest_hire::span::after;
use jiff::{SignedDuration, Timestamp};

/// Names that are remembered at once; a flood of new ones makes room by forgetting those that may try again anyway.
const MOST: usize = 100_000;

/// At first `burst` tries at once, then one in every `pause` (the generic cell rate algorithm).
#[derive(Debug)]
pub struct Limit {
    pause: SignedDuration,
    burst: i32,
    /// When all tries of a name would have been used up at the even pace.
    free_at: Mutex<HashMap<String, Timestamp>>,
}

impl Limit {
    /// Allows `burst` tries at once and one more after each `pause`.
    pub fn new(burst: i32, pause: SignedDuration) -> Self {
        Self {
            pause,
            burst,
            free_at: Mutex::default(),
        }
    }

    /// Counts a try, or says how long to wait.
    pub fn take(&self, name: &str, now: Timestamp) -> Result<(), SignedDuration> {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        if free_at.len() >= MOST {
            free_at.retain(|_name, at| *at > now);
        }
        let free = free_at.get(name).copied().unwrap_or(now).max(now);
        let next = after(free, self.pause);
        let ahead = next.duration_since(now);
        let most = self.pause.checked_mul(self.burst).unwrap_or(SignedDuration::MAX);
        if ahead > most {
            return Err(ahead.checked_sub(most).unwrap_or(self.pause));
        }
        free_at.insert(name.to_owned(), next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_even_pace() {
        let limit = Limit::new(3, SignedDuration::from_secs(20));
        let at = |seconds| after(Timestamp::UNIX_EPOCH, SignedDuration::from_secs(seconds));
        for _ in 0..3 {
            assert_eq!(limit.take("a", at(0)), Ok(()));
        }
        assert_eq!(limit.take("a", at(0)), Err(SignedDuration::from_secs(20)));
        assert_eq!(limit.take("b", at(0)), Ok(()), "each name has its own");
        assert_eq!(limit.take("a", at(19)), Err(SignedDuration::from_secs(1)));
        assert_eq!(limit.take("a", at(20)), Ok(()));
        assert!(limit.take("a", at(21)).is_err());
        assert_eq!(limit.take("a", at(200)), Ok(()), "rest brings the burst back");
        assert_eq!(limit.take("a", at(200)), Ok(()));
    }

    #[test]
    fn ten_minutes_of_guessing_are_few_real_tries() {
        let limit = Limit::new(10, SignedDuration::from_secs(20));
        let tried = (0..10_000).filter(|n| {
            let at = after(Timestamp::UNIX_EPOCH, SignedDuration::from_millis(n * 60));
            limit.take("a", at).is_ok()
        });
        assert_eq!(tried.count(), 39);
    }
}
