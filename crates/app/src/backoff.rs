//! How long to wait before something is tried again.

use jiff::SignedDuration;

/// `first` after the first attempt, twice as long after each further one, and `most` at most.
pub(crate) fn pause(first: SignedDuration, attempts: i64, most: SignedDuration) -> SignedDuration {
    let doubled = first.as_secs().saturating_mul(1_i64 << attempts.clamp(0, 12));
    SignedDuration::from_secs(doubled).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_most() {
        let (first, most) = (SignedDuration::from_secs(5), SignedDuration::from_mins(1));
        let waits = [-1, 0, 1, 3, 4, 100].map(|attempts| pause(first, attempts, most).as_secs());
        assert_eq!(waits, [5, 5, 10, 40, 60, 60]);
    }
}
