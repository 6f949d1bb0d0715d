//! Files that people send: what they may be called, how large they are, and as what they are handed out.

use crate::field::unprintable;

/// Bytes of one file at most.
pub const MOST_BYTES: i64 = 10 * 1024 * 1024;
/// Bytes of all files of one person at most.
pub const MOST_OF_PERSON: i64 = 500 * 1024 * 1024;
/// Files that one message, request or version has at most.
pub const MOST_TOGETHER: usize = 20;
/// Characters of a name at most.
const NAME: usize = 120;

/// Endings whose files are handed out as what they are; all others are bytes and nothing else. None of them is something
/// that a browser runs.
const TYPES: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    ("zip", "application/zip"),
];

/// What a file is taken for whose ending is not on the list.
pub const BYTES: &str = "application/octet-stream";

/// The media type under which a file of this name is handed out. What the sender's browser says counts for nothing.
pub fn media_type(name: &str) -> &'static str {
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let known = TYPES.iter().find(|(known, _)| Some(*known) == ending.as_deref());
    known.map_or(BYTES, |(_, media_type)| media_type)
}

/// A name to save it under: the last part of a path, one line, without what systems keep for themselves.
pub fn safe_name(typed: &str) -> String {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let letter = |c: char| match c {
        odd if unprintable(odd) => None,
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%' | ';' => Some('_'),
        space if space.is_whitespace() => Some(' '),
        plain => Some(plain),
    };
    let name: String = last.chars().filter_map(letter).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let name = if name.is_empty() { "file" } else { name };
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let kept_by_windows = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || (stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")));
    let name = if kept_by_windows {
        format!("_{name}")
    } else {
        name.to_owned()
    };
    shortened(&name)
}

/// The beginning and the ending of a long name.
fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let ending = ending
        .filter(|ending| ending.chars().count() <= 10)
        .unwrap_or_default();
    let room = NAME.saturating_sub(ending.chars().count()).saturating_sub(1);
    let stem: String = name.chars().take(room).collect();
    let stem = stem.trim_end();
    if ending.is_empty() {
        stem.to_owned()
    } else {
        format!("{stem}.{ending}")
    }
}

/// The value of `content-disposition` (RFC 6266): always to be saved, under its name in plain letters for old programs and
/// as it is (RFC 8187) for all others.
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut coded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            let hex = crate::hex(&[byte]).to_ascii_uppercase();
            coded.extend(["%", &hex]);
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}")
}

/// A length as people read it.
pub fn length(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} kB", bytes.div_euclid(1_024)),
        _ => format!(
            "{}.{} MB",
            bytes.div_euclid(1_048_576),
            bytes
                .rem_euclid(1_048_576)
                .saturating_mul(10)
                .div_euclid(1_048_576)
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_no_path_and_nothing_that_systems_keep_for_themselves() {
        for (typed, name) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\win.ini", "win.ini"),
            ("C:\\secret.txt", "secret.txt"),
            ("/", "file"),
            ("", "file"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
            ("a\0b.txt", "ab.txt"),
            ("\u{202e}fdp.exe", "fdp.exe"),
            ("a\"b;c%d.txt", "a_b_c_d.txt"),
            ("<script>.html", "_script_.html"),
            ("NUL.txt", "_NUL.txt"),
            ("com1", "_com1"),
            ("Übersicht – final.md", "Übersicht – final.md"),
            ("tab\there.txt", "tabhere.txt"),
        ] {
            assert_eq!(safe_name(typed), name, "{typed:?}");
        }
        let long = safe_name(&format!("{}.tar.gz", "é".repeat(300)));
        assert!(
            long.chars().count() <= NAME && long.rsplit('.').next() == Some("gz"),
            "{long}"
        );
    }

    #[test]
    fn nothing_that_a_browser_runs_is_handed_out_as_what_it_is() {
        for name in [
            "a.svg",
            "a.html",
            "a.htm",
            "a.xhtml",
            "a.xml",
            "a.js",
            "a.mjs",
            "a.SVG",
            "a.pdf.html",
            "a.shtml",
            "a",
            "pdf",
            ".pdf.",
            "a.exe",
            "a.mht",
            "a.wasm",
            "a.css",
        ] {
            assert_eq!(media_type(name), BYTES, "{name}");
        }
        assert_eq!(media_type("A.PDF"), "application/pdf");
        assert_eq!(media_type("a.html.png"), "image/png");
    }

    #[test]
    fn a_name_is_given_twice() {
        assert_eq!(
            disposition("naïve \"plan\".pdf"),
            "attachment; filename=\"na_ve _plan_.pdf\"; filename*=UTF-8''na%C3%AFve%20%22plan%22.pdf"
        );
    }

    #[test]
    fn a_length_is_read_by_people() {
        let shown = [0, 1_023, 1_024, 1_048_576, MOST_BYTES].map(length);
        assert_eq!(shown, ["0 bytes", "1023 bytes", "1 kB", "1.0 MB", "10.0 MB"]);
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_folder_or_its_header(typed in "(.|\n|\r|/|\\\\){0,200}") {
            let name = safe_name(&typed);
            prop_assert!(!name.is_empty() && name.chars().count() <= NAME + 1);
            prop_assert!(!name.contains(['/', '\\', '\0', '\n', '\r', '"']) && !name.starts_with('.'));
            let header = disposition(&name);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7F).contains(&byte)), "{}", header);
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
