//! What the operator configured about this installation, as pages need it.

use earnest_hire::person::Email;

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
    /// In a demo: people who are not real, as whom anybody may come in.
    pub demo_people: Vec<DemoPerson>,
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
