//! The keys about mail, which need each other.

use std::path::PathBuf;

use super::Secret;
use super::check::{email, path, visible, words};
use super::sources::Sources;

/// How a mail server is reached.
#[derive(Debug, Clone)]
pub(crate) struct MailAccess {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: MailSecurity,
    /// None where nobody signs in.
    pub(crate) account: Option<MailAccount>,
    pub(crate) from: String,
    pub(crate) sender: String,
    /// Links in letters begin with it.
    pub(crate) base_url: String,
}

/// Who signs in at a mail server.
#[derive(Debug, Clone)]
pub(crate) struct MailAccount {
    pub(crate) user: String,
    pub(crate) password: Password,
}

/// Where a password is; a file is read when it is needed.
#[derive(Debug, Clone)]
pub(crate) enum Password {
    /// In the configuration itself.
    Here(Secret),
    /// In the first line of a file.
    File(PathBuf),
}

/// How the way to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS after a greeting, or no letter.
    StartTls,
    /// Not at all.
    None,
}

impl MailSecurity {
    fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// What other keys say that mail depends on.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) base_url: Option<String>,
    pub(super) operator_email: Option<String>,
    pub(super) name: Option<String>,
}

impl Sources {
    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    pub(super) fn mail(&mut self, beside: Beside) -> Option<Option<MailAccess>> {
        let host = self.optional("mail.host", host);
        let port = self.optional("mail.port", |text| text.parse().ok().filter(|port| *port > 0));
        let security = self.value("mail.security", security);
        let account = self.mail_account();
        let from = self.optional("mail.from", email);
        let sender = self.optional("mail.sender", |text| words(text, 60));
        let (host, port, security, account, from, sender) =
            (host?, port?, security?, account?, from?, sender?);
        let Some(host) = host else {
            return Some(None);
        };
        let from = from.or(beside.operator_email);
        for (name, missing) in [
            ("base_url", beside.base_url.is_none()),
            ("mail.from", from.is_none()),
        ] {
            if missing {
                let origin = self.origin("mail.host");
                self.mistake(origin, format!("mail.host: it needs {name} beside it"));
            }
        }
        if account.is_some() && security == MailSecurity::None && !is_here(&host) {
            let origin = self.origin("mail.user");
            let message = "mail.user: with mail.security = none its password would be read on the way to another machine";
            self.mistake(origin, message.to_owned());
        }
        Some(Some(MailAccess {
            port: port.unwrap_or(security.usual_port()),
            host,
            security,
            account,
            from: from?,
            sender: sender.or(beside.name)?,
            base_url: beside.base_url?,
        }))
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    fn mail_account(&mut self) -> Option<Option<MailAccount>> {
        let user = self.optional("mail.user", visible);
        let password = self.optional("mail.password", |text| words(text, 200).map(Secret));
        let file = self.optional("mail.password_file", path);
        let (user, password, file) = (user?, password?, file?);
        let (at, why) = match (user, password, file) {
            (None, None, None) => return Some(None),
            (Some(user), Some(password), None) => {
                let password = Password::Here(password);
                return Some(Some(MailAccount { user, password }));
            }
            (Some(user), None, Some(file)) => {
                let password = Password::File(file);
                return Some(Some(MailAccount { user, password }));
            }
            (Some(_), None, None) => (
                "mail.user",
                "it needs mail.password or mail.password_file beside it",
            ),
            (Some(_), Some(_), Some(_)) => (
                "mail.password_file",
                "mail.password is set, too; one of them is enough",
            ),
            (None, Some(_), _) => ("mail.password", "it needs mail.user beside it"),
            (None, None, Some(_)) => ("mail.password_file", "it needs mail.user beside it"),
        };
        let origin = self.origin(at);
        self.mistake(origin, format!("{at}: {why}"));
        None
    }
}

fn host(text: &str) -> Option<String> {
    let fits = text.len() <= 253
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':'));
    fits.then(|| text.to_ascii_lowercase())
}

fn is_here(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn security(text: &str) -> Option<MailSecurity> {
    match text {
        "tls" => Some(MailSecurity::Tls),
        "starttls" => Some(MailSecurity::StartTls),
        "none" => Some(MailSecurity::None),
        _ => None,
    }
}
