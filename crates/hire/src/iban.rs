//! Numbers of bank accounts (ISO 13616).

use std::fmt;
use std::str::FromStr;

/// The number of a bank account, whose check digits are right. Whether there is such an account it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iban(String);

/// A text is no IBAN: it has a letter too many, or its check digits are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoIban;

impl Iban {
    /// Without spaces, as programs take it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Iban {
    type Err = NoIban;

    /// Spaces and small letters are taken. The remainder by ISO 7064 (MOD 97-10) must be 1.
    fn from_str(text: &str) -> Result<Self, NoIban> {
        let plain = text.replace(' ', "").to_ascii_uppercase();
        let fits =
            (15..=34).contains(&plain.len()) && plain.chars().all(|letter| letter.is_ascii_alphanumeric());
        let (country, number) = plain.split_at_checked(4).filter(|_| fits).ok_or(NoIban)?;
        let (letters, digits) = country.split_at(2);
        let begins = letters.chars().all(|one| one.is_ascii_uppercase())
            && digits.chars().all(|one| one.is_ascii_digit());
        let remainder = number
            .chars()
            .chain(country.chars())
            .try_fold(0_u32, |rest, letter| {
                let value = letter.to_digit(36)?;
                let places = if value < 10 { 10 } else { 100 };
                rest.checked_mul(places)?.checked_add(value)?.checked_rem(97)
            });
        if begins && remainder == Some(1) {
            Ok(Self(plain))
        } else {
            Err(NoIban)
        }
    }
}

impl fmt::Display for Iban {
    /// In groups of four, as people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_str();
        while let Some((group, others)) = rest.split_at_checked(4).filter(|(_, others)| !others.is_empty()) {
            write!(f, "{group} ")?;
            rest = others;
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_tell_a_mistyped_number() {
        let iban: Iban = "de89 3704 0044 0532 0130 00".parse().unwrap();
        assert_eq!(iban.as_str(), "DE89370400440532013000");
        assert_eq!(iban.to_string(), "DE89 3704 0044 0532 0130 00");
        for wrong in [
            "",
            "DE89",
            "DE88370400440532013000",
            "DE89370400440532013001",
            "DE8937040044053201300é",
            "8937DE0400440532013000",
            "DE89-3704-0044-0532-0130-00",
            "GB82 WEST 1234 5698 7654 32 and more than a number has",
        ] {
            assert_eq!(wrong.parse::<Iban>(), Err(NoIban), "{wrong}");
        }
        assert!("GB82 WEST 1234 5698 7654 32".parse::<Iban>().is_ok());
    }
}
