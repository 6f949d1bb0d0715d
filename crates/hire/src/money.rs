//! Sums of money: whole minor units with the currency they are in. No floats, no rounding.

mod amounts;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

pub use self::amounts::check_amounts;
use crate::refusal::Refusal;

/// Cents, pence or yen: the smallest unit of a currency, which must be known from beside it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub i64);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, refused where 64 bits do not hold it.
    pub fn plus(self, other: Self) -> Result<Self, Refusal> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .ok_or(Refusal::AmountTooLarge)
    }

    /// The difference, refused below nothing: no sum of money here is ever negative.
    pub fn minus(self, other: Self) -> Result<Self, Refusal> {
        let left = self.0.checked_sub(other.0).ok_or(Refusal::AmountTooLarge)?;
        if left < 0 {
            Err(Refusal::AmountExceedsHeld)
        } else {
            Ok(Self(left))
        }
    }

    /// What is left, and nothing where `other` is more.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// `floor(self × part / whole)`, exactly, for `0 ≤ part ≤ whole`. Nothing where `whole` is nothing.
    pub fn share(self, part: Self, whole: Self) -> Result<Self, Refusal> {
        if whole.0 <= 0 || part.0 <= 0 {
            return Ok(Self::ZERO);
        }
        let product = i128::from(self.0).checked_mul(i128::from(part.0));
        let share = product.and_then(|product| product.checked_div_euclid(i128::from(whole.0)));
        share
            .and_then(|share| i64::try_from(share).ok())
            .map(Self)
            .ok_or(Refusal::AmountTooLarge)
    }

    /// More than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// The sum of many, refused where 64 bits do not hold it.
pub fn total(amounts: impl IntoIterator<Item = Minor>) -> Result<Minor, Refusal> {
    amounts.into_iter().try_fold(Minor::ZERO, Minor::plus)
}

/// A sum with its currency, as people and programs give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: Currency,
}

impl Money {
    /// The largest sum in one command: a million million minor units. What is larger is a mistake.
    pub const MOST: i64 = 1_000_000_000_000;

    /// The amount, if it is one of the `expected` currency, more than nothing and not huge.
    pub fn positive(self, expected: Currency) -> Result<Minor, Refusal> {
        match self.nonnegative(expected)? {
            Minor(0) => Err(Refusal::AmountNotPositive),
            amount => Ok(amount),
        }
    }

    /// As [`Money::positive`], where nothing is an answer too.
    pub fn nonnegative(self, expected: Currency) -> Result<Minor, Refusal> {
        if self.currency != expected {
            Err(Refusal::CurrencyDiffers)
        } else if self.amount_minor < 0 {
            Err(Refusal::AmountNotPositive)
        } else if self.amount_minor > Self::MOST {
            Err(Refusal::AmountTooLarge)
        } else {
            Ok(Minor(self.amount_minor))
        }
    }
}

/// A currency of ISO 4217 with 0, 2 or 3 decimals, by its three letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A code of ISO 4217 in capital letters was expected, of a currency with 0, 2 or 3 decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is a code of ISO 4217 in capital letters, for example USD")]
pub struct NoCurrency;

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFault {
    /// Not digits with regular groups of three and, after a point, exactly the currency's decimals.
    Unclear,
    /// More than 64 bits of minor units hold.
    TooLarge,
}

impl Currency {
    /// The dollar of the United States, the currency of an operator who names none.
    pub const USD: Self = Self(*b"USD");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimals of the currency: how many digits of minor units make one major unit.
    pub fn exponent(self) -> u32 {
        let known = iso_currency::Currency::from_code(self.code());
        known
            .and_then(iso_currency::Currency::exponent)
            .map_or(2, u32::from)
    }

    /// Reads major units as people write them: `25000`, `25,000`, `25 000`, `25,000.50`. A text that means
    /// different sums in different countries (`25.000`) is unclear, never guessed.
    pub fn read(self, text: &str) -> Result<Minor, AmountFault> {
        let (whole, decimals) = match text.trim().split_once('.') {
            Some((whole, decimals)) => (whole, decimals),
            None => (text.trim(), ""),
        };
        let exponent = usize::try_from(self.exponent()).unwrap_or(0);
        let written = text.contains('.');
        if written && (decimals.is_empty() || decimals.len() != exponent) || !all_digits(decimals) {
            return Err(AmountFault::Unclear);
        }
        let whole = without_groups(whole).ok_or(AmountFault::Unclear)?;
        let digits = if written {
            format!("{whole}{decimals}")
        } else {
            whole + &"0".repeat(exponent)
        };
        digits.parse().map(Minor).or(Err(AmountFault::TooLarge))
    }

    /// As [`read`](Self::read), with its own sign or code before the figures where one is written: `$1,200.00`, `USD 1,200`.
    /// With those of another currency a text is unclear.
    pub fn typed(self, text: &str) -> Result<Minor, AmountFault> {
        let text = text.trim();
        let sign = || self.sign().and_then(|sign| text.strip_prefix(sign));
        let figures = text.strip_prefix(self.code()).or_else(sign);
        self.read(figures.unwrap_or(text))
    }

    /// Where it has one that stands for it alone here.
    fn sign(self) -> Option<char> {
        match self.code() {
            "USD" => Some('$'),
            "EUR" => Some('€'),
            "GBP" => Some('£'),
            _ => None,
        }
    }

    /// Writes minor units as people read them on pages and in letters: `$1,200.00`, with all decimals, and the sign of the
    /// currency where it has one of its own.
    pub fn sum(self, minor: Minor) -> String {
        let written = self.write(minor);
        let figures = written.split_once(' ').map_or("", |(_, figures)| figures);
        let exponent = usize::try_from(self.exponent()).unwrap_or(0);
        let decimals = if figures.contains('.') || exponent == 0 {
            String::new()
        } else {
            format!(".{}", "0".repeat(exponent))
        };
        match self.sign() {
            Some(sign) => format!("{sign}{figures}{decimals}"),
            None => format!("{} {figures}{decimals}", self.code()),
        }
    }

    /// Writes minor units as `USD 25,000` or, where cents are in it, `USD 25,000.50`: in fields, which take it again, at a
    /// terminal and for programs, where no sign that several currencies share may stand for one.
    pub fn write(self, minor: Minor) -> String {
        let exponent = usize::try_from(self.exponent()).unwrap_or(0);
        let sign = if minor.0 < 0 { "-" } else { "" };
        let digits = format!(
            "{:0>width$}",
            minor.0.unsigned_abs(),
            width = exponent.saturating_add(1)
        );
        let (whole, decimals) = digits.split_at(digits.len().saturating_sub(exponent));
        let whole = with_groups(whole);
        let code = self.code();
        if decimals.bytes().all(|digit| digit == b'0') {
            format!("{code} {sign}{whole}")
        } else {
            format!("{code} {sign}{whole}.{decimals}")
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = NoCurrency;

    fn from_str(text: &str) -> Result<Self, NoCurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().or(Err(NoCurrency))?;
        let known = iso_currency::Currency::from_code(text).and_then(iso_currency::Currency::exponent);
        match known {
            Some(0 | 2 | 3) => Ok(Self(letters)),
            _ => Err(NoCurrency),
        }
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::parsed(deserializer)
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits of `25,000`, if they are grouped in threes by one and the same sign or not grouped at all.
fn without_groups(text: &str) -> Option<String> {
    let sign = text.chars().find(|c| !c.is_ascii_digit());
    let Some(sign) = sign else {
        return if text.is_empty() {
            None
        } else {
            Some(text.to_owned())
        };
    };
    if !matches!(sign, ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}') {
        return None;
    }
    let mut groups = text.split(sign);
    let first = groups
        .next()
        .filter(|group| (1..=3).contains(&group.len()) && all_digits(group))?;
    groups.try_fold(first.to_owned(), |digits, group| {
        let regular = group.len() == 3 && all_digits(group);
        if regular { Some(digits + group) } else { None }
    })
}

fn with_groups(digits: &str) -> String {
    let mut grouped = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        grouped.push(digit);
        if left > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
    }
    grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn a_share_of_nothing_or_less_is_nothing() {
        for (part, whole) in [(1, 0), (0, 1), (-1, 3), (1, -3), (0, 0)] {
            assert_eq!(
                Minor(9).share(Minor(part), Minor(whole)),
                Ok(Minor::ZERO),
                "{part} of {whole}"
            );
        }
        assert_eq!(Minor(9).share(Minor(1), Minor(2)), Ok(Minor(4)));
    }

    #[test]
    fn the_largest_sum_is_taken_and_one_more_is_not() {
        let usd = currency("USD");
        let sum = |amount_minor| {
            Money {
                amount_minor,
                currency: usd,
            }
            .nonnegative(usd)
        };
        assert_eq!(sum(Money::MOST), Ok(Minor(Money::MOST)));
        assert_eq!(sum(Money::MOST + 1), Err(Refusal::AmountTooLarge));
        assert_eq!(sum(0), Ok(Minor::ZERO));
        assert_eq!(sum(-1), Err(Refusal::AmountNotPositive));
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (code, text, minor) in [
            ("USD", "25,000", 2_500_000),
            ("USD", " 25000 ", 2_500_000),
            ("EUR", "25 000", 2_500_000),
            ("EUR", "1\u{a0}250\u{a0}000.50", 125_000_050),
            ("CHF", "25'000.05", 2_500_005),
            ("JPY", "25,000", 25_000),
            ("KWD", "25.000", 25_000),
            ("USD", "0", 0),
        ] {
            assert_eq!(currency(code).read(text), Ok(Minor(minor)), "{code} {text}");
        }
    }

    #[test]
    fn what_can_be_misread_is_not_read() {
        let unclear = [
            "",
            " ",
            ".",
            "25.000",
            "25,00",
            "2,50,000",
            "25.5",
            "1e3",
            "-1",
            "+1",
            "25k",
            "١",
            "NaN",
            "0x10",
            "1,000 000",
            ",000",
            "25,",
            "1.00.00",
            "12,345.6",
            "25.ab",
            "25.-1",
            "1,-23",
            "1,2٣4",
        ];
        for text in unclear {
            assert_eq!(Currency::USD.read(text), Err(AmountFault::Unclear), "{text}");
        }
        assert_eq!(currency("JPY").read("10.00"), Err(AmountFault::Unclear));
        for text in ["9223372036854775808", "1000000000000000000000000000000000000000"] {
            assert_eq!(Currency::USD.read(text), Err(AmountFault::TooLarge), "{text}");
        }
    }

    #[test]
    fn only_a_currency_s_own_sign_or_code_may_stand_before_the_figures() {
        for (code, text, read) in [
            ("USD", "$1,200.00", Ok(120_000)),
            ("USD", " USD 1,200", Ok(120_000)),
            ("USD", "USD1200", Ok(120_000)),
            ("EUR", "€5", Ok(500)),
            ("GBP", "£5.05", Ok(505)),
            ("CHF", "CHF 7", Ok(700)),
            ("JPY", "3", Ok(3)),
            ("USD", "€5", Err(AmountFault::Unclear)),
            ("EUR", "$5", Err(AmountFault::Unclear)),
            ("CHF", "$5", Err(AmountFault::Unclear)),
            ("USD", "EUR 5", Err(AmountFault::Unclear)),
            ("USD", "$", Err(AmountFault::Unclear)),
            ("USD", "$$5", Err(AmountFault::Unclear)),
        ] {
            assert_eq!(currency(code).typed(text), read.map(Minor), "{code} {text}");
        }
    }

    #[test]
    fn amounts_are_written_with_groups_and_only_real_decimals() {
        assert_eq!(Currency::USD.write(Minor::ZERO), "USD 0");
        assert_eq!(Currency::USD.write(Minor(2_500_000)), "USD 25,000");
        assert_eq!(Currency::USD.write(Minor(2_500_050)), "USD 25,000.50");
        assert_eq!(Currency::USD.write(Minor(-5)), "USD -0.05");
        assert_eq!(currency("JPY").write(Minor(1_234_567)), "JPY 1,234,567");
        assert_eq!(
            Currency::USD.write(Minor(i64::MIN)),
            "USD -92,233,720,368,547,758.08"
        );
    }

    #[test]
    fn people_read_sums_with_all_decimals_and_the_sign_of_the_currency() {
        let sum = |code, minor| currency(code).sum(Minor(minor));
        assert_eq!(sum("USD", 300_000), "$3,000.00");
        assert_eq!(sum("EUR", 5), "€0.05");
        assert_eq!(sum("GBP", 0), "£0.00");
        assert_eq!(sum("JPY", 5_000), "JPY 5,000");
        assert_eq!(sum("CHF", 100), "CHF 1.00");
    }

    #[test]
    fn a_currency_is_one_of_iso_4217() {
        for text in ["", "usd", "US", "USDX", "U$D", "ÄÖ", "QQQ", "XAU", "CLF"] {
            assert_eq!(text.parse::<Currency>(), Err(NoCurrency), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor in 0..i64::MAX, code in "USD|JPY|KWD") {
            let currency = currency(&code);
            let written = currency.write(Minor(minor));
            prop_assert_eq!(currency.read(written.strip_prefix(&code).unwrap()), Ok(Minor(minor)));
        }

        #[test]
        fn no_text_is_read_as_less_than_nothing(text in "\\PC{0,30}") {
            if let Ok(minor) = Currency::USD.read(&text) {
                prop_assert!(minor.0 >= 0);
            }
        }
    }
}
