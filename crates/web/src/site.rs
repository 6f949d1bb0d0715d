//! What the operator configured about this installation, as pages need it.

use earnest_app::legal::{Author, Text, Texts};
use earnest_hire::person::Email;
use jiff::tz::TimeZone;

use crate::caller::Proxies;
use crate::legal::short;
use crate::look::Look;
use crate::urls;

/// Name, words and promises of the operator. The pages carry these, never "Earnest".
#[derive(Debug, Clone)]
pub struct Site {
    /// Shown as the brand in the header and after each page's title.
    pub name: String,
    /// The operator's own line in the footer; may be empty.
    pub footer: String,
    /// One sentence on who earns from this site.
    pub disclosure: String,
    /// Where people can reach the operator; shown on error pages and on the request page.
    pub email: Option<String>,
    /// Scheme, host and port as a browser sees them, without a slash at the end.
    pub origin: String,
    /// Within how many hours the operator promises a first reply to a request.
    pub first_reply_hours: u32,
    /// The legal texts, for the footer.
    pub legal: Vec<LegalLink>,
    /// The operator's colour and logo.
    pub look: Look,
    /// The proxies in front that say where a request comes from.
    pub proxies: Proxies,
    /// In a demo: people who are not real, as whom anybody may come in.
    pub demo_people: Vec<DemoPerson>,
}

/// A legal text as the footer names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalLink {
    /// Where it is.
    pub href: String,
    /// Which.
    pub title: &'static str,
    /// Its version and the day since which it is in force; empty where the operator has provided none.
    pub version: String,
}

impl LegalLink {
    /// All of them.
    pub fn all(texts: &Texts) -> Vec<Self> {
        texts.all().iter().map(Self::new).collect()
    }

    fn new(text: &Text) -> Self {
        let day = text.since.map(|since| since.to_zoned(TimeZone::UTC).date());
        let version = match (text.author, day) {
            (Author::Operator, Some(day)) => format!("{}, {day}", short(&text.sha256)),
            (Author::Operator, None) => short(&text.sha256).to_owned(),
            (Author::Nobody, _) => String::new(),
        };
        Self {
            href: urls::legal(text.kind),
            title: text.kind.title(),
            version,
        }
    }
}

/// Somebody in a demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPerson {
    /// Their account.
    pub email: Email,
    /// Who they are, such as "Clara, a client".
    pub label: String,
}

impl Site {
    /// The full address of a path of this site, for canonical links, shared cards and feeds.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Whether nobody here is real and no money moves.
    pub fn is_demo(&self) -> bool {
        !self.demo_people.is_empty()
    }

    /// Whether visitors reach the site through TLS, so that cookies may insist on it.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}
