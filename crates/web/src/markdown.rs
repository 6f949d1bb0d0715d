//! The little Markdown that people write: paragraphs, lists, emphasis, code, quotes and links.
//!
//! What is shown is made of the events of the parser by the few lines below, and of nothing else: every text and every
//! attribute is escaped, raw HTML is text, pictures are their words, and a link leads to the web or to a mail address or is
//! no link. There is nothing to be filtered afterwards.

use std::fmt;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

/// Lists and quotes within each other so deep at most; deeper ones are shown as if they were not.
const DEEPEST: usize = 12;

/// What somebody wrote, as HTML that is put into a page as it is.
#[derive(Debug, Clone)]
pub(crate) struct Markdown(String);

impl Markdown {
    pub(crate) fn new(text: &str) -> Self {
        Self(html(text))
    }
}

impl askama::filters::HtmlSafe for Markdown {}

impl fmt::Display for Markdown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The HTML of a text.
pub(crate) fn html(text: &str) -> String {
    let mut page = Page {
        html: String::with_capacity(text.len().saturating_mul(2)),
        ends: Vec::new(),
    };
    for event in Parser::new_ext(text, Options::empty()) {
        page.take(event);
    }
    while let Some(end) = page.ends.pop() {
        page.html.push_str(end);
    }
    page.html
}

/// What is made, and how what was begun is ended; nothing where it was not shown.
struct Page {
    html: String,
    ends: Vec<&'static str>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(&tag),
            Event::End(end) => self.end(end),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                self.html.push_str("<code>");
                self.text(&code);
                self.html.push_str("</code>");
            }
            // Where somebody begins a line, a line begins: letters are written so.
            Event::SoftBreak | Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::FootnoteReference(name) => self.text(&name),
            Event::TaskListMarker(_) => {}
        }
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        let is_deep = self.ends.len() >= DEEPEST;
        let (begin, end) = match tag {
            Tag::Paragraph | Tag::HtmlBlock => ("<p>", "</p>\n"),
            // The headings of the page are the page's own.
            Tag::Heading { .. } => ("<p><strong>", "</strong></p>\n"),
            Tag::BlockQuote(_) if !is_deep => ("<blockquote>", "</blockquote>\n"),
            Tag::CodeBlock(kind) => {
                // Its language is a word of somebody else's; nothing here needs it.
                let (CodeBlockKind::Indented | CodeBlockKind::Fenced(_)) = kind;
                ("<pre><code>", "</code></pre>\n")
            }
            Tag::List(None) if !is_deep => ("<ul>", "</ul>\n"),
            Tag::List(Some(_)) if !is_deep => ("<ol>", "</ol>\n"),
            Tag::Item if !is_deep => ("<li>", "</li>\n"),
            Tag::Emphasis => ("<em>", "</em>"),
            Tag::Strong => ("<strong>", "</strong>"),
            Tag::Link { dest_url, .. } => return self.link(dest_url),
            _ => ("", ""),
        };
        if let Tag::List(Some(first)) = tag
            && !is_deep
            && *first != 1
        {
            self.html.extend(["<ol start=\"", &first.to_string(), "\">"]);
        } else {
            self.html.push_str(begin);
        }
        self.ends.push(end);
    }

    fn end(&mut self, _end: TagEnd) {
        self.html.push_str(self.ends.pop().unwrap_or_default());
    }

    fn link(&mut self, address: &CowStr<'_>) {
        if !leads_outside(address) {
            self.ends.push("");
            return;
        }
        self.html
            .push_str("<a rel=\"nofollow noopener noreferrer ugc\" href=\"");
        self.text(address);
        self.html.push_str("\">");
        self.ends.push("</a>");
    }

    /// Text or the value of an attribute.
    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                '\'' => self.html.push_str("&#39;"),
                '\0' => self.html.push('\u{fffd}'),
                plain => self.html.push(plain),
            }
        }
    }
}

/// Whether an address is one of the web or of a mailbox, spelt plainly: browsers overlook what stands in and before a scheme.
fn leads_outside(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let rest = ["https://", "http://", "mailto:"]
        .into_iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>\"'`\\".contains(c);
    rest.is_some_and(|rest| rest.starts_with(char::is_alphanumeric) || rest.starts_with('['))
        && !address.contains(odd)
}

#[cfg(test)]
mod tests;
