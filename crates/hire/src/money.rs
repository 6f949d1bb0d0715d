//! Sums of money: whole minor units with the currency they are in. No floats, no rounding.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Cents, pence or yen: the smallest unit of a currency, which must be known from beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub i64);

/// A currency by its three letters of ISO 4217. Whether such a currency exists is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// Three capital letters were expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters, for example USD")]
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
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
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

    /// Writes minor units as `USD 25,000` or, where cents are in it, `USD 25,000.50`.
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
        if letters.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(letters))
        } else {
            Err(NoCurrency)
        }
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let letters = String::deserialize(deserializer)?;
        letters.parse().map_err(serde::de::Error::custom)
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
    fn amounts_are_written_with_groups_and_only_real_decimals() {
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
    fn a_currency_is_three_capitals() {
        for text in ["", "usd", "US", "USDX", "U$D", "ÄÖ"] {
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
