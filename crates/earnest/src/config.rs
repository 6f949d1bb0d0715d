//! The configuration: one struct, read from a TOML file, then `EARNEST_*` variables, then flags; the last one wins.
//!
//! Every key stands once, in [`key::KEYS`]: its name, its default, what is allowed and what it means. Reading, refusing and
//! the reference page all go by that table. All mistakes are reported at once, each with where it came from.

mod brand;
mod check;
mod key;
mod mail;
mod sources;
mod terms;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use earnest_app::legal::Texts;
use earnest_hire::iban::Iban;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::request::Mode;
use earnest_store::Statements;
use earnest_web::caller::Proxies;
use earnest_web::look::{Accent, Logo};

#[cfg(test)]
pub(crate) use key::KEYS;
pub(crate) use key::reference;
#[cfg(test)]
pub(crate) use mail::MailAccount;
pub(crate) use mail::{MailAccess, MailSecurity, Password};
pub(crate) use sources::Sources;
pub(crate) use terms::NewTerms;

/// Text that must not be seen in logs, messages or `config show`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// What must not be seen.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself; to be called only where it is used.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for collectors.
    Json,
}

/// What the operator wants. Made only by [`Sources::read`], so it is always complete and valid.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) database: Option<Secret>,
    pub(crate) database_statements: Statements,
    pub(crate) content: Option<PathBuf>,
    pub(crate) base_url: Option<String>,
    pub(crate) trusted_proxies: Proxies,
    /// None where the usual number is to be.
    pub(crate) address_tries: Option<i32>,
    /// None where it is in the data directory.
    pub(crate) second_factor_key: Option<PathBuf>,
    pub(crate) brand: Brand,
    /// As read; not yet kept.
    pub(crate) legal: Texts,
    pub(crate) operator_email: Option<String>,
    /// None where letters are files.
    pub(crate) mail: Option<MailAccess>,
    pub(crate) log: Log,
    pub(crate) currency: Currency,
    pub(crate) first_reply_hours: u32,
    pub(crate) hire_mode: Mode,
    /// None where there is no limit.
    pub(crate) client_limit: Option<Minor>,
    pub(crate) terms: NewTerms,
    pub(crate) sandbox: Option<SandboxAccess>,
    pub(crate) bank: Option<BankAccount>,
    /// The one receiver of webhooks that may be on this machine.
    pub(crate) webhook_receiver: Option<SocketAddr>,
}

/// The operator's own account, for transfers by hand.
#[derive(Debug, Clone)]
pub(crate) struct BankAccount {
    pub(crate) holder: String,
    pub(crate) iban: Iban,
}

/// How a sandbox provider is reached.
#[derive(Debug, Clone)]
pub(crate) struct SandboxAccess {
    pub(crate) url: String,
    pub(crate) api_key: Secret,
    /// Checked to be one; what reads it wants the text.
    pub(crate) secret: Secret,
    pub(crate) account: String,
}

/// The operator's name and words.
#[derive(Debug, Clone)]
pub(crate) struct Brand {
    pub(crate) name: String,
    pub(crate) footer: String,
    pub(crate) disclosure: String,
    pub(crate) accent: Option<Accent>,
    pub(crate) logo: Option<Logo>,
}

/// What is logged and how.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: String,
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a file of its own.
    File(PathBuf),
    /// On a PostgreSQL server; the address holds the password.
    Server(Secret),
}

impl Config {
    /// The configured one, or the usual file in the data directory.
    pub(crate) fn database(&self) -> Place {
        match &self.database {
            None => Place::File(self.data.join("earnest.db")),
            Some(address) if is_address(address.expose()) => Place::Server(address.clone()),
            Some(path) => Place::File(PathBuf::from(path.expose())),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

#[cfg(test)]
mod tests;
