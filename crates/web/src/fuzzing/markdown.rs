//! Markdown that a stranger wrote, in the page of somebody else.

use super::text;
use crate::markdown::html;

pub(super) fn markdown(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let made = html(text);
    assert_eq!(check(&made), Ok(()), "{text:?}\n{made}");
    let mut open: Vec<&str> = Vec::new();
    for tag in made.split('<').skip(1).filter_map(|part| part.split('>').next()) {
        let name = tag.split(' ').next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(ended) => assert_eq!(open.pop(), Some(ended), "{text:?}\n{made}"),
            None if matches!(name, "br" | "hr") => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} are not ended: {text:?}\n{made}");
    assert!(
        made.len() <= text.len().saturating_mul(80).saturating_add(80),
        "{} bytes become {}",
        text.len(),
        made.len()
    );
}

/// What may stand in a page that shows Markdown, and nothing else.
pub(crate) fn check(html: &str) -> Result<(), String> {
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        plain(text)?;
        let (tag, after) = after.split_once('>').ok_or("a tag that does not end")?;
        let known = matches!(
            tag.trim_start_matches('/'),
            "p" | "em" | "strong" | "ul" | "ol" | "li" | "code" | "pre" | "blockquote" | "a" | "br" | "hr"
        );
        let numbered = tag
            .strip_prefix("ol start=\"")
            .and_then(|number| number.strip_suffix('"'))
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let link = tag
            .strip_prefix("a rel=\"nofollow noopener noreferrer ugc\" href=\"")
            .and_then(|address| address.strip_suffix('"'));
        let led = link.is_some_and(|address| {
            let lower = address.to_ascii_lowercase();
            let outside = ["https://", "http://", "mailto:"]
                .iter()
                .any(|scheme| lower.starts_with(scheme));
            outside && !address.contains(['"', '\'', '<', '>', ' ', '`', '\\', '\n', '\t'])
        });
        if !(known || numbered || led) {
            return Err(format!("<{tag}>"));
        }
        rest = after;
    }
    plain(rest)
}

fn plain(text: &str) -> Result<(), String> {
    if text.contains(['>', '"', '\'', '\0']) {
        return Err(text.to_owned());
    }
    Ok(())
}
