//! Letters by SMTP. One connection a letter: letters are few, and what is wrong with one is not wrong with the next.
//!
//! What is wrong with the way to the server, with signing in or with our own address is wrong with every letter: it is
//! tried again until the operator has mended it. What the server says for good about one recipient or one letter is
//! final. The library's own limits end with the connection (its issue 1027), so the limits here are ours.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use earnest_app::outside::mail::{Mailer, NotSent, Sending};
use earnest_store::MailRow;
use lettre::address::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::time::timeout;

use super::message::{Head, message, never};
use crate::config::{MailAccess, MailSecurity, Password, Secret};

/// How long a server may take to be reached and to greet.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long one letter may take in all; much less than its lease.
const DELIVER_WITHIN: Duration = Duration::from_secs(30);
/// How long a server that has taken the letter may take to say good-bye.
const FAREWELL_WITHIN: Duration = Duration::from_secs(2);

/// Hands letters to a mail server.
pub(crate) struct SmtpMailer {
    access: MailAccess,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    limits: Limits,
}

/// How long may be waited.
#[derive(Debug, Clone, Copy)]
struct Limits {
    connect: Duration,
    deliver: Duration,
}

/// What goes over the wire.
struct Parcel {
    from: Address,
    to: Address,
    text: Vec<u8>,
}

impl SmtpMailer {
    /// For a server; answers go to the second address, where there is one.
    pub(crate) fn new(access: MailAccess, reply_to: Option<&str>) -> anyhow::Result<Self> {
        let from: Address = access.from.parse().context("mail.from")?;
        let reply_to = reply_to
            .map(|address| address.parse().map(|address| Mailbox::new(None, address)))
            .transpose()
            .context("operator.email")?;
        Ok(Self {
            from: Mailbox::new(Some(access.sender.clone()), from),
            access,
            reply_to,
            limits: Limits {
                connect: CONNECT_WITHIN,
                deliver: DELIVER_WITHIN,
            },
        })
    }

    async fn deliver(&self, letter: &MailRow) -> Result<(), NotSent> {
        let parcel = self.parcel(letter)?;
        let handed = timeout(self.limits.deliver, self.hand_over(&parcel)).await;
        let mut connection = handed.map_err(|_elapsed| {
            later(format!(
                "{}: the letter was not taken within {} s",
                self.place(),
                self.limits.deliver.as_secs()
            ))
        })??;
        // The letter is taken; whether the server hears the farewell changes nothing.
        drop(timeout(FAREWELL_WITHIN, connection.quit()).await);
        Ok(())
    }

    async fn hand_over(&self, parcel: &Parcel) -> Result<AsyncSmtpConnection, NotSent> {
        let mut connection = self.connect().await?;
        self.sign_in(&mut connection).await?;
        let mut options = Vec::new();
        if !parcel.to.to_string().is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(never(
                    "the mail server takes no address with letters outside ASCII".to_owned(),
                ));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        let from = Mail::new(Some(parcel.from.clone()), options);
        // our own address is the same in every letter
        let taken = connection.command(from).await;
        taken.map_err(|error| self.mend(&format!("takes no mail from {}", parcel.from), &error))?;
        let to = connection.command(Rcpt::new(parcel.to.clone(), Vec::new())).await;
        to.map_err(|error| self.told("does not take this recipient", &error))?;
        let data = connection.command(Data).await;
        data.map_err(|error| self.told("does not take this letter", &error))?;
        let sent = connection.message(&parcel.text).await;
        sent.map_err(|error| self.told("does not take this letter", &error))?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, NotSent> {
        let access = &self.access;
        let name = self.hello();
        let tls = || {
            TlsParameters::new(access.host.clone()).map_err(|error| self.mend("TLS cannot be set up", &error))
        };
        let wrapper = match access.security {
            MailSecurity::Tls => Some(tls()?),
            MailSecurity::StartTls | MailSecurity::None => None,
        };
        let server = (access.host.as_str(), access.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(server, None, &name, wrapper, None);
        let connected = timeout(self.limits.connect, connecting)
            .await
            .map_err(|_elapsed| {
                later(format!(
                    "{}: no greeting within {} s",
                    self.place(),
                    self.limits.connect.as_secs()
                ))
            })?;
        let mut connection = connected.map_err(|error| self.mend("cannot be talked to", &error))?;
        if access.security == MailSecurity::StartTls {
            if !connection.can_starttls() {
                return Err(later(format!(
                    "{}: it offers no STARTTLS, so nothing was sent; mail.security may be tls",
                    self.place()
                )));
            }
            let upgraded = connection.starttls(tls()?, &name).await;
            upgraded.map_err(|error| self.mend("TLS could not be begun", &error))?;
        }
        Ok(connection)
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), NotSent> {
        let Some(account) = &self.access.account else {
            return Ok(());
        };
        let password = match &account.password {
            Password::Here(password) => password.clone(),
            Password::File(path) => first_line(path.clone()).await?,
        };
        let credentials = Credentials::new(account.user.clone(), password.expose().to_owned());
        let signed_in = connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
            .await;
        signed_in.map_err(|error| self.mend("does not let mail.user in", &error))?;
        Ok(())
    }

    fn parcel(&self, letter: &MailRow) -> Result<Parcel, NotSent> {
        let head = Head {
            from: &self.from,
            reply_to: self.reply_to.as_ref(),
            origin: &self.access.base_url,
        };
        let (to, message) = message(letter, &head)?;
        Ok(Parcel {
            from: self.from.email.clone(),
            to,
            text: message.formatted(),
        })
    }

    /// Who we are: the host of the site, which is ours; what this machine calls itself says nothing.
    fn hello(&self) -> ClientId {
        let (_, place) = self.access.base_url.split_once("://").unwrap_or_default();
        let host = place.split(':').next().unwrap_or_default();
        if host.is_empty() || host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok() {
            ClientId::default()
        } else {
            ClientId::Domain(host.to_owned())
        }
    }

    fn place(&self) -> String {
        format!("{}:{}", self.access.host, self.access.port)
    }

    /// What is wrong with every letter: mended by the operator, then tried again.
    fn mend(&self, what: &str, error: &SmtpError) -> NotSent {
        later(format!("{}: {what}: {}", self.place(), causes(error)))
    }

    /// What a server says of one letter: for good (5xx), or for now.
    fn told(&self, what: &str, error: &SmtpError) -> NotSent {
        let why = format!("{}: {what}: {}", self.place(), causes(error));
        if error.is_permanent() {
            never(why)
        } else {
            later(why)
        }
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        Box::pin(self.deliver(letter))
    }

    fn server(&self) -> Option<String> {
        Some(format!("{} as {}", self.place(), self.from.email))
    }
}

fn later(why: String) -> NotSent {
    NotSent::Later { why }
}

/// The error and what it comes from, in one line.
fn causes(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        let more = one.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = one.source();
    }
    text.replace(char::is_control, " ")
}

async fn first_line(path: PathBuf) -> Result<Secret, NotSent> {
    let read = tokio::task::spawn_blocking(move || password_in(&path)).await;
    let read = read.map_err(|error| later(format!("mail.password_file cannot be read: {error}")))?;
    read.map_err(later)
}

/// The password in the first line of a file, or why there is none.
pub(crate) fn password_in(path: &Path) -> Result<Secret, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("mail.password_file {shown} cannot be read: {error}"))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(format!("mail.password_file {shown} begins with an empty line"));
    }
    Ok(Secret::new(line.to_owned()))
}

#[cfg(test)]
mod tests;
