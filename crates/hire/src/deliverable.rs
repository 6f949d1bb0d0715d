//! What an expert submits with a version: a note, and files with the work or links to it.

use serde::{Deserialize, Serialize};

use crate::field::{Faults, FieldRefusal, Lines, text, unprintable};
use crate::ids::FileId;

/// Links that one version has at most.
pub const MOST_LINKS: usize = 20;
/// Characters of one link at most.
const LINK: usize = 500;
/// Characters of a note at most.
pub const NOTE: usize = 5_000;

/// One version, as the client reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliverable {
    /// What the expert says to it; may be empty.
    pub note: String,
    /// Addresses of the work, each of the web.
    pub links: Vec<String>,
    /// Files with the work.
    #[serde(default)]
    pub files: Vec<FileId>,
}

impl Deliverable {
    /// From what was typed into the fields `note` and `links`, a link a line. Everything wrong is said at once.
    pub fn typed(note: &str, links: &str) -> Result<Self, Vec<FieldRefusal>> {
        Self::with_files(note, links, Vec::new())
    }

    /// As [`typed`](Self::typed), with files: then no link is needed.
    pub fn with_files(note: &str, links: &str, files: Vec<FileId>) -> Result<Self, Vec<FieldRefusal>> {
        let mut faults = Faults::default();
        let note = faults.note(text("note", note, NOTE, Lines::Several));
        let links = if links.trim().is_empty() && !files.is_empty() {
            Some(Vec::new())
        } else {
            faults.note(read_links(links))
        };
        let made = note.zip(links).map(|(note, links)| Self {
            note: note.unwrap_or_default(),
            links,
            files,
        });
        faults.or(made)
    }

    /// How many things it brings.
    pub fn count(&self) -> u16 {
        u16::try_from(self.links.len().saturating_add(self.files.len())).unwrap_or(u16::MAX)
    }
}

fn read_links(typed: &str) -> Result<Vec<String>, FieldRefusal> {
    let links: Vec<String> = typed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if links.is_empty() {
        let sentence = "Add at least one link to the work, such as a pull request or a document, or a file.";
        return Err(FieldRefusal::new("links", "missing", sentence));
    }
    if links.len() > MOST_LINKS {
        let sentence = format!("These are {} links. Give at most {MOST_LINKS}.", links.len());
        return Err(FieldRefusal::new("links", "too_many", sentence));
    }
    if let Some(odd) = links.iter().find(|link| !is_link(link)) {
        let shown: String = odd.chars().filter(|c| !unprintable(*c)).take(60).collect();
        let sentence =
            format!("“{shown}” is no link. Write one a line, each beginning with https:// or http://.");
        return Err(FieldRefusal::new("links", "malformed", sentence));
    }
    Ok(links)
}

/// Whether an address is one of the web: with a host, without anything that a page could take for something else.
fn is_link(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let rest = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let plain = |c: char| !c.is_whitespace() && !unprintable(c) && !"<>\"'`\\{}|^".contains(c);
    text.chars().count() <= LINK
        && host.is_some_and(|host| host.chars().any(char::is_alphanumeric) && !host.contains('@'))
        && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_addresses_of_the_web_one_a_line() {
        let made = Deliverable::typed(
            " Done.\r\nAll of it. ",
            "https://example.org/a?b=1#c\n\n HTTP://example.org:8080 ",
        );
        let made = made.unwrap();
        assert_eq!(made.note, "Done.\nAll of it.");
        assert_eq!(
            made.links,
            ["https://example.org/a?b=1#c", "HTTP://example.org:8080"]
        );
        assert_eq!(made.count(), 2);
    }

    #[test]
    fn with_a_file_no_link_is_needed() {
        let file = FileId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]);
        let made = Deliverable::with_files("", " \n", vec![file]).unwrap();
        assert_eq!((made.links.len(), made.count()), (0, 1));
        assert!(Deliverable::with_files("", "no link", vec![file]).is_err());
    }

    #[test]
    fn whatever_else_is_refused() {
        for links in [
            "",
            "example.org",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://bank.example@evil.example/",
            "https://example.org/ two",
            "https://example.org/\"><script>",
            "ftp://example.org",
            "data:text/html,hi",
            &format!("https://example.org/{}", "a".repeat(500)),
            &"https://example.org\n".repeat(21),
        ] {
            let faults = Deliverable::typed("", links).unwrap_err();
            assert_eq!((faults.len(), faults[0].field), (1, "links"), "{links}");
        }
        let both = Deliverable::typed(&"a".repeat(5_001), "").unwrap_err();
        assert_eq!(both.len(), 2);
    }
}
