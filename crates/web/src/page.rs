//! What every page has: a title, a place in the site, and what search engines and link previews are told.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use askama::Template;
use serde::Serialize;

use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::site::Site;
use crate::{Web, assets, urls};

/// A link with the words it is shown by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// From `urls.rs`.
    pub href: String,
    /// What a person reads.
    pub label: String,
}

impl Link {
    /// A link to a path of this site, or to a source elsewhere.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
        }
    }
}

/// From where a further page of a list goes on: what came before the thing that `before` names in a query.
pub(crate) fn before<T: FromStr>(query: Option<&str>) -> Result<Option<T>, Problem> {
    let pairs = query_pairs(query);
    let found = pairs.iter().find(|(key, _)| key == "before");
    found
        .map(|(_, id)| id.parse().or(Err(Problem::not_found())))
        .transpose()
}

/// The entries of the main navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Which technology to hire for.
    Compare,
    /// Roles, and requests for them.
    Hire,
    /// Who can be hired.
    Experts,
    /// How scores and verdicts are made.
    Method,
}

/// The picture that link previews show.
#[derive(Debug, Clone)]
pub struct Picture {
    /// A path of this site.
    pub path: String,
    /// What the picture says, for those who cannot see it.
    pub alt: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// The frame of a page, in a field named `layout` of every page struct; `layout.html` reads it.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What the operator configured.
    pub site: Arc<Site>,
    /// Without the name of the site, which is added.
    pub title: String,
    /// One or two sentences for search results and previews.
    pub description: String,
    /// The address to be indexed; query strings are not part of it.
    pub canonical: Option<String>,
    /// Whether search engines are asked to stay away.
    pub hidden: bool,
    /// Shown by link previews.
    pub picture: Option<Picture>,
    /// The way from the front page to here; the page itself comes last, as a link too.
    pub trail: Vec<Link>,
    /// Statements for machines; they must equal what the page shows.
    pub json_ld: Vec<JsonIsland>,
    /// Addresses of further scripts of this page.
    pub scripts: Vec<&'static str>,
    /// Another form of this page, by type and address, such as oEmbed.
    pub alternates: Vec<(&'static str, String)>,
    /// What whoever is signed in is called; none on pages that look the same for everybody.
    pub visitor: Option<String>,
    /// Path and query of this page where browsers do not tell them, so that who chooses a colour comes back to it.
    pub own_path: Option<String>,
    section: Option<Section>,
}

impl Layout {
    /// A page with a title; everything else has a sensible default.
    pub fn new(web: &Web, title: impl Into<String>) -> Self {
        Self {
            site: Arc::clone(&web.site),
            title: title.into(),
            description: String::new(),
            canonical: None,
            hidden: false,
            picture: None,
            trail: Vec::new(),
            json_ld: Vec::new(),
            scripts: Vec::new(),
            alternates: Vec::new(),
            visitor: None,
            own_path: None,
            section: None,
        }
    }

    /// What search results and previews say below the title.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The one address of this content, as a path.
    #[must_use]
    pub fn canonical(mut self, path: &str) -> Self {
        self.canonical = Some(self.site.absolute(path));
        self
    }

    /// Asks search engines to stay away.
    #[must_use]
    pub fn hidden_from_search(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// A page that tells nobody its address: its own form alone knows where it stands.
    #[must_use]
    pub(crate) fn untold(mut self, own_path: impl Into<String>) -> Self {
        self.own_path = Some(own_path.into());
        self
    }

    /// A page for one person: it names them, and nobody else is to find it.
    #[must_use]
    pub(crate) fn of(mut self, who: &SignedIn) -> Self {
        self.visitor = Some(who.person.name.clone());
        self.hidden_from_search()
    }

    /// Marks an entry of the main navigation as the place where the visitor is.
    #[must_use]
    pub fn within(mut self, section: Section) -> Self {
        self.section = Some(section);
        self
    }

    /// The way from the front page to here, without the front page; machines are told it too.
    #[must_use]
    pub fn trail(mut self, links: Vec<Link>) -> Self {
        self.trail = links;
        self.trail.insert(0, Link::new(urls::home(), "Home"));
        let item = |(position, link): (usize, &Link)| ListItem {
            kind: "ListItem",
            position,
            name: link.label.clone(),
            item: self.site.absolute(&link.href),
        };
        let list = BreadcrumbList {
            context: "https://schema.org",
            kind: "BreadcrumbList",
            items: (1..).zip(&self.trail).map(item).collect(),
        };
        self.json_ld.extend(JsonIsland::of(&list));
        self
    }

    /// The picture for link previews.
    #[must_use]
    pub fn picture(mut self, picture: Picture) -> Self {
        self.picture = Some(picture);
        self
    }

    /// One more statement for machines.
    #[must_use]
    pub fn json_ld(mut self, statement: &serde_json::Value) -> Self {
        self.json_ld.push(JsonIsland::new(statement));
        self
    }

    /// Several more statements for machines.
    #[must_use]
    pub(crate) fn statements(mut self, statements: Vec<JsonIsland>) -> Self {
        self.json_ld.extend(statements);
        self
    }

    /// One more script, by its name in `assets/js`.
    #[must_use]
    pub fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(assets::href(name));
        self
    }

    /// Another form of this page, such as `application/json+oembed`.
    #[must_use]
    pub fn alternate(mut self, kind: &'static str, path: &str) -> Self {
        self.alternates.push((kind, self.site.absolute(path)));
        self
    }

    /// The main navigation; the flag says where the visitor is.
    pub fn navigation(&self) -> [(Link, bool); 4] {
        let entry = |section, href, label| (Link::new(href, label), self.section == Some(section));
        [
            entry(Section::Compare, urls::comparisons(), "Compare"),
            entry(Section::Hire, urls::hire(), "Hire"),
            entry(Section::Experts, urls::experts(), "Experts"),
            entry(Section::Method, urls::method(), "How to read this"),
        ]
    }
}

/// The way to a page, as schema.org has it.
#[derive(Serialize)]
struct BreadcrumbList {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "itemListElement")]
    items: Vec<ListItem>,
}

#[derive(Serialize)]
struct ListItem {
    #[serde(rename = "@type")]
    kind: &'static str,
    position: usize,
    name: String,
    item: String,
}

/// Renders a page for one request.
pub fn render(page: &impl Template, cache: Cache) -> Result<Fresh, Problem> {
    Ok(Fresh::html(page.render()?, cache))
}

/// JSON that may stand inside a `<script>` element: `<` is written as an escape, so that no text in it can end the
/// element. Print it with `{{ island }}`, no filter needed.
#[derive(Debug, Clone)]
pub struct JsonIsland(Arc<str>);

impl JsonIsland {
    /// Any JSON value.
    pub fn new(value: &serde_json::Value) -> Self {
        Self::escaped(&value.to_string())
    }

    /// Anything that can be written as JSON.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::escaped(&serde_json::to_string(value)?))
    }

    fn escaped(text: &str) -> Self {
        // both separators begin with the byte E2; a look at bytes is several times as fast as one at characters
        if !text.bytes().any(|byte| matches!(byte, b'<' | 0xE2)) {
            return Self(text.into());
        }
        let escaped = text
            .replace('<', "\\u003c")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029");
        Self(escaped.into())
    }
}

impl fmt::Display for JsonIsland {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for JsonIsland {}

impl askama::FastWritable for JsonIsland {
    fn write_into(&self, out: &mut dyn fmt::Write, _values: &dyn askama::Values) -> askama::Result<()> {
        Ok(out.write_str(&self.0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_island_cannot_end_its_element() {
        let island = JsonIsland::new(&serde_json::json!({"name": "</script><script>alert(1)</script>"}));
        assert!(!island.to_string().contains('<'));
        let back: serde_json::Value = serde_json::from_str(&island.to_string()).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)</script>");
    }

    #[derive(Template)]
    #[template(
        source = "{% import \"marks.html\" as marks %}{% for n in 1..7 %}{{ marks::mark(n) }}{% endfor %}",
        ext = "html"
    )]
    struct Marks;

    #[test]
    fn every_technology_has_its_own_shape() {
        let drawn = Marks.render().unwrap();
        let shapes: std::collections::BTreeSet<_> = drawn.split("<svg").skip(1).collect();
        assert_eq!(shapes.len(), 6, "{drawn}");
    }
}
