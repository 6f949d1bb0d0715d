//! Transfers by hand: the references that people write into them, and the statements that banks give out. Pure rules:
//! what a statement line is, and which references stand in its text.

mod receipt;
mod statement;

pub use self::receipt::{
    Receipt, ReceiptCommand, ReceiptDecision, ReceiptInput, ReceiptState, decide_receipt,
};
pub(crate) use self::statement::rows_of_table;
pub use self::statement::{Direction, LineFault, LineName, NamedBy, StatementLine, parse, plain, stem};

use std::fmt;
use std::str::FromStr;

use crate::ids::{EventId, PaymentId, PayoutId, RefundId, Unreadable};

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The last characters of an id, 40 bits of chance.
const SHOWN: usize = 8;
/// Of the kind, the id, and two to check them by.
const LENGTH: usize = 11;
/// A prime below 32 × 32: one wrong character, or two that changed places, always show.
const MODULUS: u32 = 1021;

/// What a transfer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A client pays.
    Payment,
    /// The operator sends money back to a client.
    Refund,
    /// The operator pays an expert.
    Payout,
    /// The operator sends back what nobody could assign.
    Return,
}

impl Purpose {
    const fn letter(self) -> u8 {
        match self {
            Self::Payment => b'P',
            Self::Refund => b'R',
            Self::Payout => b'T',
            Self::Return => b'B',
        }
    }

    fn of_letter(letter: u8) -> Option<Self> {
        [Self::Payment, Self::Refund, Self::Payout, Self::Return]
            .into_iter()
            .find(|one| one.letter() == letter)
    }
}

/// What people write into a transfer, for example `P-7K3M-Q2XD-9P`: the end of an id with two characters to check it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferReference([u8; LENGTH]);

impl TransferReference {
    /// What a client writes into the transfer of a payment.
    pub fn of_payment(id: PaymentId) -> Self {
        Self::of(Purpose::Payment, &id.to_string())
    }

    /// What the operator writes into the transfer of a refund.
    pub fn of_refund(id: RefundId) -> Self {
        Self::of(Purpose::Refund, &id.to_string())
    }

    /// What the operator writes into the transfer of a payout.
    pub fn of_payout(id: PayoutId) -> Self {
        Self::of(Purpose::Payout, &id.to_string())
    }

    /// What the operator writes into a transfer that sends an unmatched receipt back.
    pub fn of_return(id: EventId) -> Self {
        Self::of(Purpose::Return, &id.to_string())
    }

    fn of(purpose: Purpose, id: &str) -> Self {
        let mut letters = [b'0'; LENGTH];
        let shown = id.bytes().rev().take(SHOWN).map(|byte| byte.to_ascii_uppercase());
        for (place, byte) in letters.iter_mut().take(SHOWN.saturating_add(1)).rev().zip(shown) {
            *place = byte;
        }
        if let Some(first) = letters.first_mut() {
            *first = purpose.letter();
        }
        let check = check(&letters);
        for (place, letter) in letters.iter_mut().skip(SHOWN.saturating_add(1)).zip(check) {
            *place = letter;
        }
        Self(letters)
    }

    /// What it is about.
    pub fn purpose(&self) -> Purpose {
        let letter = self.0.first().copied().unwrap_or(b'P');
        Purpose::of_letter(letter).unwrap_or(Purpose::Payment)
    }

    /// Every reference in a text, whatever else stands there: spaces and signs anywhere, small letters, O for 0, I or L
    /// for 1. A text that looks like one by chance has no id of ours behind it.
    pub fn all_in(text: &str) -> Vec<Self> {
        let letters: Vec<u8> = text.bytes().filter_map(letter).collect();
        let mut found: Vec<Self> = Vec::new();
        for window in letters.windows(LENGTH) {
            let Ok(letters) = <[u8; LENGTH]>::try_from(window) else {
                continue;
            };
            let known = letters.first().copied().and_then(Purpose::of_letter).is_some();
            let fits = letters.iter().skip(SHOWN.saturating_add(1)).eq(&check(&letters));
            if known && fits && !found.contains(&Self(letters)) {
                found.push(Self(letters));
            }
        }
        found
    }
}

/// A character as it is meant; signs are none.
fn letter(byte: u8) -> Option<u8> {
    match byte.to_ascii_uppercase() {
        b'O' => Some(b'0'),
        b'I' | b'L' => Some(b'1'),
        other if other.is_ascii_alphanumeric() => Some(other),
        _ => None,
    }
}

fn check(letters: &[u8; LENGTH]) -> [u8; 2] {
    let value = |letter: u8| {
        let found = ALPHABET.iter().position(|known| *known == letter);
        found.and_then(|found| u32::try_from(found).ok()).unwrap_or(0)
    };
    let sum = letters
        .iter()
        .take(SHOWN.saturating_add(1))
        .fold(1_u32, |sum, byte| {
            sum.saturating_mul(32)
                .saturating_add(value(*byte))
                .checked_rem(MODULUS)
                .unwrap_or(0)
        });
    let digit = |number: u32| {
        let place = usize::try_from(number).unwrap_or(0);
        ALPHABET.get(place).copied().unwrap_or(b'0')
    };
    [
        digit(sum.checked_div(32).unwrap_or(0)),
        digit(sum.checked_rem(32).unwrap_or(0)),
    ]
}

impl fmt::Display for TransferReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            if matches!(place, 1 | 5 | 9) {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*byte))?;
        }
        Ok(())
    }
}

impl FromStr for TransferReference {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        match Self::all_in(text).as_slice() {
            [one] => Ok(*one),
            _ => Err(Unreadable {
                kind: "reference of a transfer",
            }),
        }
    }
}

#[cfg(test)]
mod tests;
