//! A letter as HTML, from the very text that is sent beside it: nothing is in one that is not in the other.

use askama::Template;

#[derive(Template)]
#[template(path = "letter/letter.html")]
struct Letter<'a> {
    subject: &'a str,
    parts: Vec<Part<'a>>,
}

/// What stands between two empty lines, or a line that is a link.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Words(Vec<&'a str>),
    List(Vec<&'a str>),
    Link(&'a str),
}

/// The HTML of a letter. A link is a line of its own that begins with the site's own address; every other address in
/// it, such as one that somebody wrote into their name, stays words.
pub fn html(subject: &str, body: &str, origin: &str) -> Result<String, askama::Error> {
    let parts = body.split("\n\n").flat_map(|text| parts(text, origin)).collect();
    Letter { subject, parts }.render()
}

fn parts<'a>(text: &'a str, origin: &str) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        if is_own_link(line, origin) {
            parts.push(Part::Link(line));
        } else if let Some(item) = line.strip_prefix("- ") {
            match parts.last_mut() {
                Some(Part::List(items)) => items.push(item),
                _ => parts.push(Part::List(vec![item])),
            }
        } else {
            match parts.last_mut() {
                Some(Part::Words(lines)) => lines.push(line),
                _ => parts.push(Part::Words(vec![line])),
            }
        }
    }
    parts
}

fn is_own_link(line: &str, origin: &str) -> bool {
    let path = line.strip_prefix(origin).unwrap_or_default();
    !origin.is_empty() && path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_the_sites_own_address_are_links() {
        let body = "Hello <b>Ada</b>,\n\nthis has happened:\n\n- one\n- “two”\n\nSee:\nhttps://hire.example/me\n\
                    https://hire.example.evil/me\nsee https://hire.example/me\nhttps://evil.example/\n";
        let html = html("A & B", body, "https://hire.example").unwrap();
        assert!(
            html.contains("<p>Hello &#60;b&#62;Ada&#60;/b&#62;,</p>"),
            "{html}"
        );
        assert!(html.contains("<ul><li>one</li><li>“two”</li></ul>"), "{html}");
        assert!(html.contains("<title>A &#38; B</title>"), "{html}");
        assert!(
            html.contains("<a href=\"https://hire.example/me\">https://hire.example/me</a>"),
            "{html}"
        );
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
        assert!(html.contains("<p>https://hire.example.evil/me<br>"), "{html}");
    }

    #[test]
    fn without_an_address_of_the_site_nothing_is_a_link() {
        assert!(
            !html("S", "/me\nhttps://evil.example/", "")
                .unwrap()
                .contains("<a ")
        );
    }
}
