//! The inline syntax of content texts: paragraphs, `[text](url)` links and `[obs:ID]` citations.

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain words.
    Words(&'a str),
    /// A link to an address.
    Link {
        /// What the reader sees.
        words: &'a str,
        /// Where it leads: a path of this site, or https.
        address: &'a str,
    },
    /// A citation of an observation by id.
    Citation(&'a str),
}

/// The paragraphs of a text: separated by blank lines, never empty.
pub fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
}

/// Splits a paragraph into words, links and citations. What is not well-formed stays words.
pub fn pieces(paragraph: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = paragraph;
    while let Some(open) = rest.find('[') {
        let (before, bracket) = rest.split_at(open);
        let Some((piece, after)) = bracketed(bracket) else {
            let (words, tail) = rest.split_at(open + 1);
            pieces.push(Piece::Words(words));
            rest = tail;
            continue;
        };
        if !before.is_empty() {
            pieces.push(Piece::Words(before));
        }
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

fn bracketed(text: &str) -> Option<(Piece<'_>, &str)> {
    let inner = text.strip_prefix('[')?;
    let (words, after) = inner.split_once(']')?;
    if let Some(id) = words.strip_prefix("obs:") {
        return Some((Piece::Citation(id.trim()), after));
    }
    let (address, after) = after.strip_prefix('(')?.split_once(')')?;
    let path = address.starts_with('/') && !address.starts_with("//");
    let leads_somewhere = path || address.starts_with('#') || address.starts_with("https://");
    leads_somewhere.then_some((Piece::Link { words, address }, after))
}

/// Ids of the observations that a text cites.
pub fn cited(text: &str) -> Vec<&str> {
    let citation = |piece| match piece {
        Piece::Citation(id) => Some(id),
        Piece::Words(_) | Piece::Link { .. } => None,
    };
    paragraphs(text)
        .flat_map(|p| pieces(p).into_iter().filter_map(citation))
        .collect()
}

/// The text without its markup, for machines and exports.
pub fn plain(text: &str) -> String {
    let words = |piece: &Piece<'_>| match piece {
        Piece::Words(words) | Piece::Link { words, .. } => (*words).to_owned(),
        Piece::Citation(_) => String::new(),
    };
    let paragraph = |p: &str| pieces(p).iter().map(words).collect::<String>();
    paragraphs(text).map(paragraph).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_splits_into_words_links_and_citations() {
        let text = "See [the page](/hire) and [obs:a-1]; a [loose bracket stays.";
        assert_eq!(
            pieces(text),
            vec![
                Piece::Words("See "),
                Piece::Link {
                    words: "the page",
                    address: "/hire"
                },
                Piece::Words(" and "),
                Piece::Citation("a-1"),
                Piece::Words("; a ["),
                Piece::Words("loose bracket stays."),
            ]
        );
        assert_eq!(cited(text), vec!["a-1"]);
        assert_eq!(plain("A [b](/c).\n\n\n D[obs:x]."), "A b.\n\nD.");
    }

    #[test]
    fn a_script_address_is_no_link() {
        assert_eq!(pieces("[x](javascript:alert)").len(), 2);
        assert_eq!(pieces("[x](//elsewhere.example)").len(), 2);
    }
}
