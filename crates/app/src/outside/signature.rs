//! How a partner proves that a message is theirs: the headers and the HMAC of Standard Webhooks, version 1.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// How far the clock of the sender and ours may be apart, either way; older messages are taken for replayed ones.
pub const TOLERANCE_SECONDS: i64 = 300;

/// The block of SHA-256. HMAC fills a shorter key up with zeros, so a key kept in this form is the same key.
const BLOCK: usize = 64;

/// The three headers of a signed message, as they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignedHeaders<'a> {
    /// `webhook-id`: the same for every delivery of a message.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`: when this delivery was signed, in seconds since 1970.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`: one or more of `v1,BASE64`, with spaces between.
    pub signature: Option<&'a str>,
}

/// A shared secret, written `whsec_` and base64. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; BLOCK]);

/// The text is no secret of a usable length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is `whsec_` followed by the base64 of 24 to 64 random bytes")]
pub struct NoSecret;

/// Why a message does not prove whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// At least one of the three headers is missing.
    #[error("the message is not signed: webhook-id, webhook-timestamp and webhook-signature are needed")]
    Unsigned,
    /// The headers are there and do not have their form.
    #[error("the headers of the signature cannot be read")]
    Malformed,
    /// No secret of ours makes this signature: another sender, or other bytes.
    #[error("the signature is not ours, or the message was changed on its way")]
    Wrong,
    /// Signed with our secret, but not now.
    #[error("the message was signed more than five minutes ago, or is from the future")]
    Stale,
}

impl SignatureFault {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "event_unsigned",
            Self::Malformed => "event_signature_malformed",
            Self::Wrong => "event_signature_wrong",
            Self::Stale => "event_stale",
        }
    }
}

impl Secret {
    /// Reads `whsec_…`.
    pub fn read(text: &str) -> Result<Self, NoSecret> {
        let bytes = text
            .strip_prefix("whsec_")
            .and_then(|coded| STANDARD.decode(coded).ok())
            .ok_or(NoSecret)?;
        if !(24..=BLOCK).contains(&bytes.len()) {
            return Err(NoSecret);
        }
        let mut key = [0; BLOCK];
        key.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        Ok(Self(key))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// A new secret of 32 bytes that nobody can foresee, as it is written.
pub fn new_secret(first: [u8; 16], second: [u8; 16]) -> String {
    format!("whsec_{}", STANDARD.encode([first, second].concat()))
}

/// The value of `webhook-signature` for a message that we send.
pub fn sign(secret: &Secret, id: &str, at: Timestamp, body: &[u8]) -> String {
    let mac = mac(secret, id, &at.as_second().to_string(), body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Whether one of our secrets signed these bytes under this id, lately, and the id if so. Several secrets are valid
/// while one replaces another; which of them fitted is not told. The age is looked at last, so that a stranger does
/// not learn our clock.
pub fn check<'a>(
    secrets: &[Secret],
    headers: &SignedHeaders<'a>,
    body: &[u8],
    now: Timestamp,
) -> Result<&'a str, SignatureFault> {
    let (Some(id), Some(timestamp), Some(signature)) = (headers.id, headers.timestamp, headers.signature)
    else {
        return Err(SignatureFault::Unsigned);
    };
    let seconds = read_seconds(timestamp).ok_or(SignatureFault::Malformed)?;
    if id.is_empty() || id.contains('.') {
        return Err(SignatureFault::Malformed);
    }
    let given = read_signatures(signature).ok_or(SignatureFault::Malformed)?;
    // the comparison of the hmac crate takes the same time wherever the bytes differ
    let fits = secrets.iter().any(|secret| {
        given
            .iter()
            .any(|given| mac(secret, id, timestamp, body).verify_slice(given).is_ok())
    });
    if !fits {
        return Err(SignatureFault::Wrong);
    }
    if now.as_second().abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureFault::Stale);
    }
    Ok(id)
}

fn mac(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new(&secret.0.into());
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// Plain digits, so that one instant has one spelling.
fn read_seconds(timestamp: &str) -> Option<i64> {
    if timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        timestamp.parse().ok()
    } else {
        None
    }
}

/// The signatures of version 1; other versions are passed over, as the standard asks. None if not one is readable.
fn read_signatures(header: &str) -> Option<Vec<Vec<u8>>> {
    let mut read = Vec::new();
    for one in header.split_ascii_whitespace() {
        let (version, coded) = one.split_once(',')?;
        if version == "v1" {
            read.push(STANDARD.decode(coded).ok()?);
        }
    }
    if read.is_empty() { None } else { Some(read) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    /// The example that the reference implementations of Standard Webhooks test themselves with.
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at() -> Timestamp {
        Timestamp::from_second(1_614_265_330).unwrap()
    }

    fn secret() -> Secret {
        Secret::read(SECRET).unwrap()
    }

    fn other() -> Secret {
        Secret::read(&format!("whsec_{}", STANDARD.encode([7; 32]))).unwrap()
    }

    fn headers(signature: &str) -> SignedHeaders<'_> {
        SignedHeaders {
            id: Some(ID),
            timestamp: Some("1614265330"),
            signature: Some(signature),
        }
    }

    #[test]
    fn the_published_example_holds_both_ways() {
        assert_eq!(sign(&secret(), ID, at(), BODY), SIGNATURE);
        assert_eq!(check(&[secret()], &headers(SIGNATURE), BODY, at()), Ok(ID));
    }

    #[test]
    fn any_secret_and_any_signature_of_a_rotation_will_do() {
        let two = format!("v2,AAAA v1,AAAA {SIGNATURE}");
        let checked = check(&[other(), secret()], &headers(&two), BODY, at());
        assert_eq!(checked, Ok(ID));
        let none = check(&[], &headers(SIGNATURE), BODY, at());
        assert_eq!(none, Err(SignatureFault::Wrong));
    }

    #[test]
    fn a_missing_header_is_unsigned() {
        let whole = headers(SIGNATURE);
        for less in [
            SignedHeaders { id: None, ..whole },
            SignedHeaders {
                timestamp: None,
                ..whole
            },
            SignedHeaders {
                signature: None,
                ..whole
            },
            SignedHeaders::default(),
        ] {
            assert_eq!(
                check(&[secret()], &less, BODY, at()),
                Err(SignatureFault::Unsigned)
            );
        }
    }

    #[test]
    fn what_has_not_its_form_is_malformed() {
        for signature in ["", " ", "v1", "v1;AAAA", "v1,%%%", "v2,AAAA", "nonsense"] {
            let checked = check(&[secret()], &headers(signature), BODY, at());
            assert_eq!(checked, Err(SignatureFault::Malformed), "{signature}");
        }
        let whole = headers(SIGNATURE);
        for timestamp in [
            "",
            "now",
            "+1614265330",
            "-1",
            "1614265330.0",
            "99999999999999999999",
        ] {
            let wrong = SignedHeaders {
                timestamp: Some(timestamp),
                ..whole
            };
            let checked = check(&[secret()], &wrong, BODY, at());
            assert_eq!(checked, Err(SignatureFault::Malformed), "{timestamp}");
        }
        // with a point in the id, two messages could have the same signed text
        for id in ["", "msg.1"] {
            let checked = check(
                &[secret()],
                &SignedHeaders {
                    id: Some(id),
                    ..whole
                },
                BODY,
                at(),
            );
            assert_eq!(checked, Err(SignatureFault::Malformed), "{id}");
        }
    }

    #[test]
    fn every_changed_byte_is_found() {
        for place in 0..BODY.len() {
            let mut changed = BODY.to_vec();
            changed[place] ^= 1;
            let checked = check(&[secret()], &headers(SIGNATURE), &changed, at());
            assert_eq!(checked, Err(SignatureFault::Wrong), "byte {place}");
        }
        let whole = headers(SIGNATURE);
        for wrong in [
            SignedHeaders {
                id: Some("msg_other"),
                ..whole
            },
            SignedHeaders {
                timestamp: Some("1614265331"),
                ..whole
            },
        ] {
            assert_eq!(check(&[secret()], &wrong, BODY, at()), Err(SignatureFault::Wrong));
        }
        let cut = check(&[secret()], &headers("v1,g0hM"), BODY, at());
        assert_eq!(cut, Err(SignatureFault::Wrong));
        let other = check(&[other()], &headers(SIGNATURE), BODY, at());
        assert_eq!(other, Err(SignatureFault::Wrong));
    }

    #[test]
    fn five_minutes_either_way_are_now_and_a_second_more_is_not() {
        for (seconds, expected) in [
            (-301, Err(SignatureFault::Stale)),
            (-300, Ok(ID)),
            (300, Ok(ID)),
            (301, Err(SignatureFault::Stale)),
        ] {
            let now = at() + jiff::SignedDuration::from_secs(seconds);
            let checked = check(&[secret()], &headers(SIGNATURE), BODY, now);
            assert_eq!(checked, expected, "{seconds}");
        }
    }

    #[test]
    fn secrets_have_a_form_and_are_not_shown() {
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for text in ["", "whsec_", "secret", "whsec_%%%", &short, &long] {
            assert_eq!(Secret::read(text).err(), Some(NoSecret), "{text}");
        }
        assert_eq!(format!("{:?}", secret()), "***");
    }
}
