use jiff::SignedDuration;

use super::*;
use crate::ids::Ids;

fn at(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
}

fn ratings(numbers: &[u8]) -> Vec<Rating> {
    numbers
        .iter()
        .map(|&number| Rating::try_from(number).unwrap())
        .collect()
}

#[test]
fn a_rating_is_one_to_five_and_everything_wrong_is_said_at_once() {
    for odd in ["", "0", "6", "-1", "4.5", "five"] {
        let faults = Review::typed(odd, " ").unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["rating", "text"], "{odd}");
    }
    let review = Review::typed(" 4 ", " Clear, and on time. ").unwrap();
    assert_eq!(
        (u8::from(review.rating), review.text.as_str()),
        (4, "Clear, and on time.")
    );
    assert!(serde_json::from_str::<Rating>("6").is_err());
}

#[test]
fn one_review_is_hidden_until_the_other_is_in_or_fourteen_days_have_passed() {
    let ended = at(0);
    let window = i64::from(WINDOW_DAYS) * 24;
    assert!(!is_shown(1, ended, at(1)));
    assert!(is_shown(2, ended, at(1)));
    assert!(
        !is_shown(1, ended, at(window)),
        "the last moment to write is none to read"
    );
    assert!(is_shown(1, ended, at(window + 1)));
}

#[test]
fn only_whom_it_is_about_replies_once_to_what_they_can_see() {
    let mut ids = Ids::new(at(0), [1; 16]);
    let (ada, ben) = (ids.person(), ids.person());
    assert_eq!(may_reply(ada, ada, true, None), Ok(()));
    assert_eq!(may_reply(ben, ada, true, None), Err(Unfit::NothingShown));
    assert_eq!(may_reply(ada, ada, false, None), Err(Unfit::NothingShown));
    assert_eq!(may_reply(ada, ada, true, Some(at(1))), Err(Unfit::RepliedBefore));
}

#[test]
fn an_average_needs_three_and_is_rounded_to_the_nearest_tenth() {
    assert_eq!(average_tenths(&ratings(&[5, 5])), None);
    assert_eq!(average_tenths(&ratings(&[5, 5, 4])), Some(47));
    assert_eq!(average_tenths(&ratings(&[1, 1, 2])), Some(13));
    assert_eq!(average_tenths(&ratings(&[4, 4, 4, 5])), Some(43));
    assert_eq!(average_tenths(&ratings(&[5; 400])), Some(50));
}
