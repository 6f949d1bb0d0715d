//! Which compression a client takes, and the compressing itself.

use std::io::Write;

use axum::body::Bytes;
use axum::http::HeaderValue;

/// A content encoding we can produce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

/// How much time compressing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Once per content: small counts, time does not.
    Once,
    /// Per request: a third of a millisecond for a comparison, at the price of a fifth more bytes.
    EachTime,
}

/// Below this a packet is a packet and compressing is wasted.
const WORTH_IT_BYTES: usize = 512;

/// Whether bytes of this type are compressed already, so that doing it again costs time and saves nothing.
pub(super) fn is_packed(content_type: &str) -> bool {
    matches!(content_type, "image/png" | "font/woff2" | "application/zip")
}

impl Encoding {
    /// The best encoding that the client accepts; brotli before gzip at equal or no weights, `q=0` is a no.
    pub(crate) fn best(accepted: Option<&HeaderValue>) -> Self {
        let Some(accepted) = accepted.and_then(|value| value.to_str().ok()) else {
            return Self::Plain;
        };
        let (mut brotli, mut gzip) = (false, false);
        for offer in accepted.split(',') {
            let mut parts = offer.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts
                .filter_map(|part| part.strip_prefix("q="))
                .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
            if name.eq_ignore_ascii_case("br") {
                brotli = !refused;
            } else if name.eq_ignore_ascii_case("gzip") {
                gzip = !refused;
            }
        }
        match (brotli, gzip) {
            (true, _) => Self::Brotli,
            (false, true) => Self::Gzip,
            (false, false) => Self::Plain,
        }
    }

    /// The value of `Content-Encoding`; none for bytes as they are.
    pub(crate) fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Plain => None,
        }
    }

    /// What is added to an entity tag, since a strong tag names bytes and not content.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => "-br",
            Self::Gzip => "-gz",
            Self::Plain => "",
        }
    }

    /// The compressed bytes, or `None` if they would not be smaller.
    pub(crate) fn compress(self, plain: &[u8], effort: Effort) -> Option<Bytes> {
        if plain.len() < WORTH_IT_BYTES {
            return None;
        }
        let packed = match self {
            Self::Brotli => brotli(plain, effort),
            Self::Gzip => gzip(plain, effort),
            Self::Plain => None,
        }?;
        (packed.len() < plain.len()).then(|| Bytes::from(packed))
    }
}

fn brotli(plain: &[u8], effort: Effort) -> Option<Vec<u8>> {
    // a window no larger than the content: the encoder clears tables of the window's size at each start
    let window_bits = match plain.len() {
        0..0x4000 => 14,
        0x4000..0x1_0000 => 16,
        _ => 18,
    };
    let quality = if effort == Effort::Once { 10 } else { 0 };
    let mut packed = Vec::with_capacity(plain.len() / 4);
    {
        let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, quality, window_bits);
        writer.write_all(plain).ok()?;
        writer.flush().ok()?;
    }
    Some(packed)
}

fn gzip(plain: &[u8], effort: Effort) -> Option<Vec<u8>> {
    let level = if effort == Effort::Once { 9 } else { 3 };
    let mut writer = flate2::write::GzEncoder::new(
        Vec::with_capacity(plain.len() / 4),
        flate2::Compression::new(level),
    );
    writer.write_all(plain).ok()?;
    writer.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_decides() {
        let cases = [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("br;q=0, gzip;q=0.5", Encoding::Gzip),
            ("identity", Encoding::Plain),
            ("gzip;q=0", Encoding::Plain),
            ("", Encoding::Plain),
        ];
        for (accepted, expected) in cases {
            assert_eq!(
                Encoding::best(Some(&HeaderValue::from_static(accepted))),
                expected,
                "{accepted}"
            );
        }
        assert_eq!(Encoding::best(None), Encoding::Plain);
    }

    #[test]
    fn small_answers_stay_as_they_are() {
        assert_eq!(Encoding::Brotli.compress(b"ok", Effort::Once), None);
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let plain = "the same sentence over and over. ".repeat(200);
        for effort in [Effort::Once, Effort::EachTime] {
            let packed = Encoding::Brotli.compress(plain.as_bytes(), effort).unwrap();
            let mut unpacked = Vec::new();
            brotli::BrotliDecompress(&mut packed.as_ref(), &mut unpacked).unwrap();
            assert_eq!(unpacked, plain.as_bytes());
            let packed = Encoding::Gzip.compress(plain.as_bytes(), effort).unwrap();
            let mut unpacked = String::new();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.as_ref()), &mut unpacked)
                .unwrap();
            assert_eq!(unpacked, plain);
        }
    }
}
