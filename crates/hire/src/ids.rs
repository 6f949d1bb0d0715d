//! Names of things: typed ids, the reference a person quotes, and the secrets that a link or a form carries.
//!
//! All are numbers written in Crockford's base 32 (no I, L, O, U). Randomness always comes in as an argument.

mod deal;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

pub use self::deal::Ids;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters that 128 bits need: 25 of five bits and a first one of three.
const LENGTH: usize = 26;
/// What kind of thing an id names: three letters and a low line.
const PREFIX: usize = 4;
/// How many bits of an id its reference shows: eight characters of five bits.
const REFERENCE_BITS: u128 = 0xFF_FFFF_FFFF;

/// A text that was to be an id, a reference or a secret and is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a {kind}")]
pub struct Unreadable {
    /// What it was to be, in words for a message.
    pub kind: &'static str,
}

macro_rules! text_in_serde {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        text_from_serde!($type);
    };
}

macro_rules! text_from_serde {
    ($type:ty) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::parsed(deserializer)
            }
        }
    };
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            const PREFIX: &[u8; PREFIX] = $prefix;

            /// A new id: a UUID of version 7 out of the given time and ten random bytes.
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// When it was made, to the millisecond.
            pub fn made_at(self) -> Timestamp {
                let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or(0);
                Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
            }

            fn spelt(self) -> [u8; PREFIX + LENGTH] {
                let mut spelt = [0; PREFIX + LENGTH];
                let (prefix, digits) = spelt.split_at_mut(PREFIX);
                prefix.copy_from_slice(Self::PREFIX);
                digits.copy_from_slice(&encode::<LENGTH>(self.0.as_u128()));
                spelt
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(text(&self.spelt()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(text(&self.spelt()))
            }
        }

        impl FromStr for $name {
            type Err = Unreadable;

            /// Reads only the one canonical spelling: an id stands in addresses, and a page has one address.
            fn from_str(text: &str) -> Result<Self, Unreadable> {
                let digits = text.as_bytes().strip_prefix(Self::PREFIX).unwrap_or_default();
                decode(digits)
                    .map(|bits| Self(Uuid::from_u128(bits)))
                    .ok_or(Unreadable { kind: $kind })
            }
        }

        text_from_serde!($name);
    )*};
}

id! {
    /// Names one request; sorts by the time it was made, to the millisecond. Written `req_` and 26 characters.
    RequestId, b"req_", "request id";
    /// Names a person: client, expert or operator.
    PersonId, b"per_", "person id";
    /// Names the chain of proposal versions of one expert for one request.
    ProposalId, b"prp_", "proposal id";
    /// Names a contract.
    ContractId, b"con_", "contract id";
    /// Names a milestone of a contract.
    MilestoneId, b"mst_", "milestone id";
    /// Names a lot: one payment's part in a milestone.
    LotId, b"lot_", "lot id";
    /// Names a payment by a client.
    PaymentId, b"pay_", "payment id";
    /// Names money on its way back to where it came from.
    RefundId, b"rfd_", "refund id";
    /// Names what one release earned for the expert.
    EarningId, b"ear_", "earning id";
    /// Names money on its way to an expert's account.
    PayoutId, b"pot_", "payout id";
    /// Names a payment taken back by the payer's bank.
    ChargebackId, b"cbk_", "chargeback id";
    /// Names an offer to settle a milestone.
    SettlementId, b"set_", "settlement id";
    /// Names a dispute.
    DisputeId, b"dsp_", "dispute id";
    /// Names a proposed change of a signed contract.
    AmendmentId, b"amd_", "amendment id";
    /// Names a hold on an account.
    HoldId, b"hld_", "hold id";
    /// Names what one operator wants done and another must second.
    MotionId, b"mot_", "motion id";
    /// Names one accepted command in the history of a contract or person.
    EventId, b"evt_", "event id";
    /// Names a letter that is sent by e-mail.
    MailId, b"mai_", "mail id";
    /// Names what a client and an expert say to each other about one request.
    ConversationId, b"cnv_", "conversation id";
    /// Names what asks an expert to answer one request.
    InvitationId, b"inv_", "invitation id";
    /// Names one message in it.
    MessageId, b"msg_", "message id";
    /// Names a file that somebody has sent.
    FileId, b"fil_", "file id";
    /// Names times proposed for a call, and the call that comes of them.
    CallId, b"cal_", "call id";
    /// Names where a program of somebody's is told of their news.
    WebhookId, b"whk_", "webhook id";
    /// Names one thing that such a program is told.
    DeliveryId, b"whd_", "delivery id";
    /// Names what an operator did about a person, in the record that this person reads.
    AuditId, b"aud_", "audit id";
    /// Names one balanced booking.
    EntryId, b"ent_", "entry id";
    /// Names what several people decide together; it opens nothing, their links do.
    DecisionId, b"dec_", "decision id";
    /// Names one of these people, to the others.
    ParticipantId, b"ptc_", "participant id";
}

impl RequestId {
    /// The short form a person quotes; two ids may share it, so whoever keeps requests keeps it unique.
    pub fn reference(self) -> Reference {
        Reference(self.0.as_u128() & REFERENCE_BITS)
    }
}

/// What a person quotes by phone or mail, for example `R-7K3M-Q2XD`: the end of the request's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(u128);

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = encode::<8>(self.0);
        let digits = text(&digits).to_ascii_uppercase();
        let (first, second) = digits.split_at(4);
        write!(f, "R-{first}-{second}")
    }
}

impl FromStr for Reference {
    type Err = Unreadable;

    /// Reads what people type: any case, with or without the dashes and the `R`, and O, I, L for 0 and 1.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let typed: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let typed = typed.to_ascii_lowercase();
        let digits = if typed.len() == 9 {
            typed.strip_prefix('r').unwrap_or_default()
        } else {
            &typed
        };
        let digits = digits.replace('o', "0").replace(['i', 'l'], "1");
        let bits = if digits.len() == 8 {
            value(digits.as_bytes())
        } else {
            None
        };
        bits.map(Self).ok_or(Unreadable {
            kind: "request reference",
        })
    }
}

text_in_serde!(Reference);

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 128 bits that nobody can guess.
            pub fn new(bits: [u8; 16]) -> Self {
                Self(bits)
            }

            /// The bits themselves, for hashing; never for a log.
            pub fn bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(text(&encode::<LENGTH>(u128::from_be_bytes(self.0))))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }

        impl FromStr for $name {
            type Err = Unreadable;

            fn from_str(text: &str) -> Result<Self, Unreadable> {
                decode(text.as_bytes()).map(|bits| Self(bits.to_be_bytes())).ok_or(Unreadable { kind: $kind })
            }
        }
    };
}

secret! {
    /// Opens one page to whoever has its link. Kept only as a hash, so a stolen database opens nothing.
    LinkToken, "link token"
}
secret! {
    /// Stands in a form from its first showing, so that sending it twice acts once.
    OnceKey, "form key"
}

/// The lowest `DIGITS * 5` bits, most significant first. An array and no text: a history names its things thousands of times.
fn encode<const DIGITS: usize>(bits: u128) -> [u8; DIGITS] {
    let (mut digits, mut left) = ([b'0'; DIGITS], bits);
    for digit in digits.iter_mut().rev() {
        let [low, ..] = left.to_le_bytes();
        *digit = ALPHABET.get(usize::from(low & 31)).copied().unwrap_or(b'0');
        left >>= 5;
    }
    digits
}

/// What [`encode`] writes is letters and digits.
fn text(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).unwrap_or_default()
}

/// Reads exactly what [`encode`] writes for 128 bits.
fn decode(text: &[u8]) -> Option<u128> {
    let fits = text.len() == LENGTH && matches!(text.first(), Some(b'0'..=b'7'));
    if fits { value(text) } else { None }
}

/// The number a lower-case text of at most 26 digits stands for.
fn value(text: &[u8]) -> Option<u128> {
    text.iter().try_fold(0_u128, |sum, letter| {
        Some(sum.checked_shl(5)? | u128::from(digit(*letter)?))
    })
}

/// What a letter of the alphabet stands for.
fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => letter.checked_sub(b'0'),
        b'a'..=b'h' => letter.checked_sub(b'a' - 10),
        b'j' | b'k' => letter.checked_sub(b'j' - 18),
        b'm' | b'n' => letter.checked_sub(b'm' - 20),
        b'p'..=b't' => letter.checked_sub(b'p' - 22),
        b'v'..=b'z' => letter.checked_sub(b'v' - 27),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_sorts_by_time_and_shows_its_reference() {
        let early = RequestId::new(Timestamp::from_millisecond(1_000).unwrap(), [0xFF; 10]);
        let late = RequestId::new(Timestamp::from_millisecond(1_001).unwrap(), [0; 10]);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(late.to_string(), "req_00000000z9e008000000000000");
        assert_eq!(late.reference().to_string(), "R-0000-0000");
        assert_eq!(early.reference().to_string(), "R-ZZZZ-ZZZZ");
    }

    #[test]
    fn an_id_has_one_spelling() {
        for text in [
            "",
            "req_",
            "req_0",
            "REQ_00000000z9e008000000000000",
            "req_80000000000000000000000000",
        ] {
            assert_eq!(
                text.parse::<RequestId>(),
                Err(Unreadable { kind: "request id" }),
                "{text}"
            );
        }
    }

    #[test]
    fn a_reference_is_read_as_people_type_it() {
        let reference: Reference = "R-7K31-Q20D".parse().unwrap();
        for text in ["r-7k31-q20d", "7K31Q20D", " R 7k3l q2Od ", "R7K3IQ2OD"] {
            assert_eq!(text.parse(), Ok(reference), "{text}");
        }
        for text in [
            "",
            "R-7K31",
            "R-7K31-Q2UD",
            "X7K31Q20D",
            "R-7K31-Q20DD",
            "Ř-7K31-Q20",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_letter_is_read_as_the_digit_that_it_is_written_for() {
        for (digit, letter) in (0..).zip(ALPHABET) {
            assert_eq!(super::digit(*letter), Some(digit));
        }
        let others = (0..=u8::MAX).filter(|byte| super::digit(*byte).is_none());
        assert_eq!(others.count(), 256 - ALPHABET.len());
    }

    #[test]
    fn secrets_do_not_show_in_logs() {
        assert_eq!(format!("{:?}", LinkToken::new([7; 16])), "LinkToken(***)");
        assert_eq!(format!("{:?}", OnceKey::new([7; 16])), "OnceKey(***)");
    }

    proptest! {
        #[test]
        fn ids_and_secrets_survive_being_written(at in 0_i64..4_000_000_000_000, random: [u8; 10], bits: [u8; 16]) {
            let id = RequestId::new(Timestamp::from_millisecond(at).unwrap(), random);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.reference().to_string().parse(), Ok(id.reference()));
            prop_assert_eq!(LinkToken::new(bits).to_string().parse(), Ok(LinkToken::new(bits)));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<RequestId>(&json).unwrap(), id);
        }

        #[test]
        fn no_text_at_all_brings_the_readers_down(text in "\\PC{0,40}") {
            if let Ok(id) = text.parse::<RequestId>() {
                prop_assert_eq!(id.to_string(), text.clone());
            }
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            }
        }
    }
}
