//! How wide words are in the letters of pictures, so that lines are broken, and names cut, where they really end.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// The two faces of pictures; each has one weight.
pub(crate) static SANS: &[u8] = include_bytes!("../../assets/fonts/picture-sans.ttf");
pub(crate) static SERIF: &[u8] = include_bytes!("../../assets/fonts/picture-serif.ttf");

/// Letters of one face and size.
#[derive(Clone, Copy)]
pub(crate) struct Letters {
    face: &'static Face,
    size: f32,
}

/// Advances of a face, in units of its size.
struct Face {
    font: Option<FontRef<'static>>,
}

static SANS_FACE: LazyLock<Face> = LazyLock::new(|| Face::of(SANS));
static SERIF_FACE: LazyLock<Face> = LazyLock::new(|| Face::of(SERIF));

/// A letter that the face lacks is as wide as it is high, as those of most other scripts are.
const UNKNOWN: f32 = 1.0;

impl Face {
    fn of(bytes: &'static [u8]) -> Self {
        Self {
            font: FontRef::new(bytes).ok(),
        }
    }

    fn width(&self, words: &str) -> f32 {
        let Some(font) = &self.font else {
            return words.chars().map(|_| UNKNOWN).sum();
        };
        let (glyphs, metrics) = (
            font.charmap(),
            font.glyph_metrics(Size::new(1.0), LocationRef::default()),
        );
        let wide = |letter| metrics.advance_width(glyphs.map(letter)?);
        words.chars().map(|letter| wide(letter).unwrap_or(UNKNOWN)).sum()
    }
}

impl Letters {
    pub(crate) fn sans(size: u32) -> Self {
        Self::new(&SANS_FACE, size)
    }

    pub(crate) fn serif(size: u32) -> Self {
        Self::new(&SERIF_FACE, size)
    }

    fn new(face: &'static LazyLock<Face>, size: u32) -> Self {
        let size = u16::try_from(size).map_or(f32::from(u16::MAX), f32::from);
        Self { face, size }
    }

    /// In the units of the size, without what kerning saves.
    pub(crate) fn width(self, words: &str) -> f32 {
        self.face.width(words) * self.size
    }

    /// What there is room for; words that do not fit end in an ellipsis.
    pub(crate) fn clipped(self, words: &str, room: f32) -> String {
        if self.width(words) <= room {
            return words.to_owned();
        }
        let mut kept = words.to_owned();
        while kept.pop().is_some() {
            let shown = format!("{}…", kept.trim_end());
            if self.width(&shown) <= room {
                return shown;
            }
        }
        "…".to_owned()
    }

    /// Breaks a sentence into lines that fit; a word that is longer than a line is cut.
    pub(crate) fn wrapped(self, sentence: &str, room: f32) -> Vec<String> {
        let mut lines: Vec<String> = vec![String::new()];
        for word in sentence.split(' ') {
            let longer = match lines.last().filter(|line| !line.is_empty()) {
                Some(line) => format!("{line} {word}"),
                None => word.to_owned(),
            };
            match lines.last_mut() {
                Some(line) if line.is_empty() || self.width(&longer) <= room => *line = longer,
                _ => lines.push(word.to_owned()),
            }
        }
        lines.iter().map(|line| self.clipped(line, room)).collect()
    }

    /// The same in so many lines at most; what does not fit ends in an ellipsis.
    pub(crate) fn fitted(self, sentence: &str, room: f32, most: usize) -> Vec<String> {
        let mut lines = self.wrapped(sentence, room);
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1));
            lines.push(self.clipped(&format!("{} …", rest.first().map_or("", String::as_str)), room));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_wide_as_their_letters() {
        let sans = Letters::sans(20);
        assert!(sans.width("WWWW") > 2.0 * sans.width("iiii"));
        assert!((Letters::sans(40).width("Rust") - 2.0 * sans.width("Rust")).abs() < 0.01);
        assert!(
            (sans.width("中文") - 40.0).abs() < 0.01,
            "a letter that is not there"
        );
        assert!((sans.width("")).abs() < 0.01);
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let sans = Letters::sans(20);
        for name in [
            "W".repeat(40),
            "i".repeat(200),
            "Objective-C++ with extras".to_owned(),
        ] {
            let shown = sans.clipped(&name, 100.0);
            assert!(sans.width(&shown) <= 100.0 && shown.ends_with('…'), "{shown}");
        }
        assert_eq!(sans.clipped("Go", 100.0), "Go");
        let long = "Cannot tell: only a part of your weight rests on evidence. ".repeat(9);
        for most in [1, 2, 4] {
            let lines = sans.fitted(&long, 300.0, most);
            assert_eq!(lines.len(), most);
            assert!(lines.iter().all(|line| sans.width(line) <= 300.0), "{lines:?}");
            assert!(lines.last().unwrap().ends_with('…'), "{lines:?}");
        }
        assert_eq!(sans.fitted("Two words", 300.0, 1), ["Two words"]);
        assert_eq!(sans.wrapped("", 300.0), [""]);
        let all: Vec<String> = sans.wrapped(&long, 300.0);
        assert_eq!(all.join(" "), long, "nothing is lost");
    }
}
