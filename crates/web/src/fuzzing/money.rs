//! Sums as people write them and as programs send them.

use earnest_hire::money::check_amounts;
use earnest_hire::money::{Currency, Minor, Money};

use super::{choice, text};

/// With 2, 0 and 3 decimals.
const CURRENCIES: [&str; 3] = ["USD", "JPY", "KWD"];

pub(super) fn money(input: &[u8]) {
    let (choice, rest) = choice(input);
    let code = CURRENCIES.get(usize::from(choice) % CURRENCIES.len()).copied();
    let Some(currency) = code.and_then(|code| code.parse::<Currency>().ok()) else {
        return;
    };
    let Some(typed) = text(rest) else { return };
    if let Ok(minor) = currency.read(typed) {
        read_is_exact(currency, typed, minor);
        written_is_read(currency, minor);
    }
    if let Some(bits) = rest.first_chunk::<8>() {
        let minor = Minor(i64::from_le_bytes(*bits));
        written_is_read(currency, minor);
        shares(minor, Minor(i64::from(choice)), rest);
    }
    if let Ok(document) = serde_json::from_slice::<serde_json::Value>(rest) {
        let read = serde_json::from_value::<Money>(document.clone());
        if let Ok(money) = read {
            assert_eq!(
                check_amounts(&document),
                Ok(()),
                "{document} is read as {money:?}"
            );
        }
    }
}

/// The digits of the text are the digits of the sum, and nothing was made of anything else.
fn read_is_exact(currency: Currency, typed: &str, minor: Minor) {
    let (whole, decimals) = typed.trim().split_once('.').unwrap_or((typed.trim(), ""));
    let exponent = usize::try_from(currency.exponent()).unwrap_or(0);
    assert!(decimals.is_empty() || decimals.len() == exponent, "{typed:?}");
    let digits: String = whole
        .chars()
        .filter(char::is_ascii_digit)
        .chain(decimals.chars())
        .collect();
    let padding = if decimals.is_empty() { exponent } else { 0 };
    let expected: Option<i64> = (digits + &"0".repeat(padding)).parse().ok();
    assert_eq!(expected, Some(minor.0), "{typed:?}");
    assert!(minor.0 >= 0, "{typed:?} is below nothing");
    let groups: Vec<&str> = whole.split(|c: char| !c.is_ascii_digit()).collect();
    if let [first, rest @ ..] = groups.as_slice() {
        let whole_groups = rest.iter().all(|group| group.len() == 3);
        let good = rest.is_empty() || (whole_groups && (1..=3).contains(&first.len()));
        assert!(good, "{typed:?} has groups that mean two sums");
    }
}

fn written_is_read(currency: Currency, minor: Minor) {
    let written = currency.write(minor);
    let plain = written.strip_prefix(currency.code()).unwrap_or_default().trim();
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1_i128, digits),
        None => (1, plain),
    };
    match currency.read(digits) {
        Ok(read) => assert_eq!(i128::from(read.0) * sign, i128::from(minor.0), "{written}"),
        // The one sum whose opposite 64 bits do not hold.
        Err(fault) => assert_eq!(minor.0, i64::MIN, "{written}: {fault:?}"),
    }
}

/// A part of a sum is between nothing and the sum, and both parts are all of it but for a rest of one.
fn shares(sum: Minor, whole: Minor, bytes: &[u8]) {
    let part = Minor(i64::from(bytes.last().copied().unwrap_or_default()));
    let Ok(share) = sum.share(part, whole) else {
        return;
    };
    if !whole.is_positive() {
        assert_eq!(share, Minor::ZERO, "a share of nothing");
        return;
    }
    let exact = i128::from(sum.0) * i128::from(part.0);
    let back = i128::from(share.0) * i128::from(whole.0);
    assert!(
        (exact - back).abs() <= i128::from(whole.0),
        "{part:?}/{whole:?} of {sum:?} is {share:?}"
    );
}
