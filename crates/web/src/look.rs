//! The operator's look: an accent colour that can be read on, and a logo. Both are served from addresses of their own, so
//! that no page needs an inline style.

use std::fmt;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;

use crate::answer::{Cache, Kept, fingerprint};

/// What text needs against its ground (WCAG 2.2, 1.4.3).
const ENOUGH: f64 = 4.5;
/// More than any logo needs.
const LOGO_BYTES: usize = 256 * 1024;
/// A logo opened by itself runs and loads nothing.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// As `--on-accent` in `layout.css`.
const ON_LIGHT: Colour = Colour([0xff, 0xff, 0xff]);
const ON_DARK: Colour = Colour([0x10, 0x21, 0x1c]);

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Reads `#0b4a3a`.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        digits
            .bytes()
            .all(|digit| digit.is_ascii_hexdigit())
            .then_some(Self([red, green, blue]))
    }

    /// How well one is told from the other: 1 (not at all) to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// A step nearer to white.
    fn lighter(self) -> Self {
        Self(self.0.map(|part| part.saturating_add((255 - part).div_ceil(16))))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The accent by day and by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    light: Colour,
    dark: Colour,
}

impl Accent {
    /// By day the text on it is white, by night nearly black; the sentence says how far one of the two is from being
    /// readable. Without a colour for the night it is the same one, made lighter until it can be read on.
    pub fn new(light: Colour, dark: Option<Colour>) -> Result<Self, String> {
        check(light, ON_LIGHT, "light")?;
        let dark = dark.unwrap_or_else(|| {
            let mut dark = light;
            while dark.contrast(ON_DARK) < ENOUGH {
                dark = dark.lighter();
            }
            dark
        });
        check(dark, ON_DARK, "dark")?;
        Ok(Self { light, dark })
    }
}

fn check(ground: Colour, text: Colour, theme: &str) -> Result<(), String> {
    let found = ground.contrast(text);
    if found >= ENOUGH {
        return Ok(());
    }
    // cut, not rounded: 4.499 is not 4.5
    let found = (found * 100.0).floor() / 100.0;
    Err(format!(
        "text ({text}) on {ground} has a contrast of {found:.2}:1 in the {theme} theme, and {ENOUGH}:1 is needed to read it"
    ))
}

/// A logo, looked at: an SVG or a PNG of a size that loads at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    bytes: Vec<u8>,
    kind: LogoKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogoKind {
    Svg,
    Png,
}

impl Logo {
    /// Told by its first bytes, whatever its file is called.
    pub fn read(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.len() > LOGO_BYTES {
            return Err(format!(
                "it has {} bytes, and {LOGO_BYTES} are allowed",
                bytes.len()
            ));
        }
        let text = std::str::from_utf8(&bytes)
            .map(str::trim_start)
            .unwrap_or_default();
        let kind = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            LogoKind::Png
        } else if (text.starts_with("<svg") || text.starts_with("<?xml")) && text.contains("<svg") {
            LogoKind::Svg
        } else {
            return Err("it is neither an SVG nor a PNG".to_owned());
        };
        Ok(Self { bytes, kind })
    }
}

/// Both as they are served.
#[derive(Debug, Clone, Default)]
pub struct Look {
    style: Option<Asset>,
    logo: Option<Asset>,
}

#[derive(Debug, Clone)]
struct Asset {
    file: String,
    href: String,
    kept: Kept,
}

impl Asset {
    fn new(file: String, kept: Kept) -> Self {
        Self {
            href: format!("/assets/{file}"),
            file,
            kept,
        }
    }
}

impl Look {
    /// The operator's, or the usual one.
    pub fn new(accent: Option<Accent>, logo: Option<Logo>) -> Self {
        Self {
            style: accent.map(style),
            logo: logo.map(picture),
        }
    }

    /// The style sheet with the accent.
    pub fn style_href(&self) -> Option<&str> {
        self.style.as_ref().map(|asset| asset.href.as_str())
    }

    /// The logo.
    pub fn logo_href(&self) -> Option<&str> {
        self.logo.as_ref().map(|asset| asset.href.as_str())
    }

    /// A file of it by its name.
    pub(crate) fn asset(&self, file: &str) -> Option<Kept> {
        let mut assets = self.style.iter().chain(&self.logo);
        assets
            .find(|asset| asset.file == file)
            .map(|asset| asset.kept.clone())
    }
}

fn style(accent: Accent) -> Asset {
    let Accent { light, dark } = accent;
    let text = format!("@layer tokens {{ :root {{ --accent: light-dark({light}, {dark}); }} }}\n");
    let file = format!("brand-{}.css", fingerprint(text.as_bytes()));
    Asset::new(
        file,
        Kept::bytes("text/css; charset=utf-8", text.into_bytes(), Cache::Immutable),
    )
}

fn picture(logo: Logo) -> Asset {
    let (ending, content_type) = match logo.kind {
        LogoKind::Svg => ("svg", "image/svg+xml"),
        LogoKind::Png => ("png", "image/png"),
    };
    let file = format!("logo-{}.{ending}", fingerprint(&logo.bytes));
    let kept = Kept::bytes(content_type, logo.bytes, Cache::Immutable)
        .with_header(CONTENT_SECURITY_POLICY, HeaderValue::from_static(LOGO_POLICY));
    Asset::new(file, kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Visitor;

    fn colour(text: &str) -> Colour {
        Colour::read(text).unwrap()
    }

    #[test]
    fn contrast_is_measured_as_published() {
        let [black, white] = ["#000000", "#ffffff"].map(colour);
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        // the usual example of a grey that just passes, and its neighbour that does not
        assert!(colour("#767676").contrast(white) >= 4.5);
        assert!(colour("#777777").contrast(white) < 4.5);
        for text in ["", "#fff", "0b4a3a", "#0b4a3g", "#+b4a3a", "red"] {
            assert_eq!(Colour::read(text), None, "{text}");
        }
    }

    #[test]
    fn an_accent_that_cannot_be_read_on_is_refused_with_its_ratio() {
        let refused = Accent::new(colour("#777777"), None).unwrap_err();
        assert!(refused.contains("4.47:1 in the light theme"), "{refused}");
        let refused = Accent::new(colour("#0b4a3a"), Some(colour("#0b4a3a"))).unwrap_err();
        assert!(refused.contains("in the dark theme"), "{refused}");
        for text in ["#000000", "#0b4a3a", "#b00020", "#0000ff"] {
            let accent = Accent::new(colour(text), None).unwrap();
            assert!(accent.dark.contrast(ON_DARK) >= ENOUGH, "{text}");
        }
    }

    #[test]
    fn a_logo_is_known_by_its_bytes() {
        assert!(Logo::read(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()).is_ok());
        assert!(Logo::read(b"\x89PNG\r\n\x1a\nrest".to_vec()).is_ok());
        assert!(
            Logo::read(b"<html><svg>".to_vec())
                .unwrap_err()
                .contains("neither")
        );
        assert!(
            Logo::read(vec![b' '; LOGO_BYTES + 1])
                .unwrap_err()
                .contains("allowed")
        );
    }

    #[tokio::test]
    async fn style_and_logo_have_addresses_and_pages_name_them() {
        let accent = Accent::new(colour("#b00020"), None).unwrap();
        let logo = Logo::read(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>".to_vec()).unwrap();
        let look = Look::new(Some(accent), Some(logo));
        let visitor = Visitor::looking(look.clone());
        let page = visitor.get("/licences").await;
        let [style, logo] = [look.style_href(), look.logo_href()].map(Option::unwrap);
        assert!(
            page.text().contains(style) && page.text().contains(logo),
            "{}",
            page.text()
        );
        let style = visitor.get(style).await;
        assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
        assert!(
            style.text().contains("--accent: light-dark(#b00020, #"),
            "{}",
            style.text()
        );
        let logo = visitor.get(logo).await;
        assert_eq!(logo.header("content-type"), "image/svg+xml");
        assert_eq!(logo.header("content-security-policy"), LOGO_POLICY);
        assert_eq!(logo.header("x-content-type-options"), "nosniff");
        assert_eq!(visitor.get("/assets/logo-0.svg").await.status, 404);
        assert!(
            !Visitor::new()
                .get("/licences")
                .await
                .text()
                .contains("/assets/brand-")
        );
    }
}
