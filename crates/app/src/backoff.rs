//! How long to wait before something is tried again.

use jiff::SignedDuration;

/// `first` after the first attempt, twice as long after each further one, and `most` at most.
pub(crate) fn pause(first: SignedDuration, attempts: i64, most: SignedDuration) -> SignedDuration {
    let doubled = first.as_secs().saturating_mul(1_i64 << attempts.clamp(0, 12));
    SignedDuration::from_secs(doubled).min(most)
}

/// How often something is brought to a server of somebody else: with the pauses of [`of_others`] for about three days.
pub(crate) const ATTEMPTS_AT_OTHERS: i64 = 19;

/// How long to wait until a server of somebody else is tried again, after so many attempts before the last.
pub(crate) fn of_others(attempts: i64) -> SignedDuration {
    pause(
        SignedDuration::from_secs(30),
        attempts,
        SignedDuration::from_hours(8),
    )
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

    #[test]
    fn servers_of_others_have_three_days() {
        let pauses = (0..ATTEMPTS_AT_OTHERS - 1).map(|attempts| of_others(attempts).as_secs());
        let hours = pauses.sum::<i64>() / 3_600;
        assert_eq!(hours, 72);
    }
}
