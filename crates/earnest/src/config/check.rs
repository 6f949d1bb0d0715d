//! From text to values, collecting every mistake on the way.

use std::net::SocketAddr;
use std::path::PathBuf;

use earnest_app::outside::signature;
use earnest_hire::money::Currency;
use earnest_hire::request::Mode;
use earnest_store::Statements;

use super::key::{KEYS, Key, Secrecy};
use super::mail::Beside;
use super::sources::{Mistake, Origin, Sources};
use super::terms::units;
use super::{BankAccount, Config, Log, LogFormat, SandboxAccess, Secret};

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

impl Sources {
    /// The configuration, or everything that is wrong with it.
    pub(crate) fn read(mut self) -> Result<Config, Vec<Mistake>> {
        let config = self.config();
        match config {
            Some(config) if self.mistakes.is_empty() => Ok(config),
            _ => Err(self.mistakes),
        }
    }

    /// Reads every key before giving up on any, so that all mistakes are found.
    fn config(&mut self) -> Option<Config> {
        let listen = self.value("listen", |text| text.parse().ok());
        let data = self.value("data", path);
        let database = self.optional("database", |text| database(text).map(Secret));
        let database_statements = self.value("database_statements", statements);
        let content = self.optional("content", |text| path(text).filter(|path| path.is_dir()));
        let base_url = self.optional("base_url", origin);
        let trusted_proxies = self.value("trusted_proxies", |text| text.parse().ok());
        let address_tries = self.optional("address_tries", |text| {
            text.parse().ok().filter(|tries| (1..=10_000).contains(tries))
        });
        let second_factor_key = self.optional("second_factor_key", path);
        let brand = self.brand();
        let legal = self.legal();
        let operator_email = self.optional("operator.email", email);
        let mail = self.mail(Beside {
            base_url: base_url.clone().flatten(),
            operator_email: operator_email.clone().flatten(),
            name: brand.as_ref().map(|brand| brand.name.clone()),
        });
        let format = self.value("log.format", log_format);
        let level = self.value("log.level", |text| {
            LEVELS.contains(&text).then(|| text.to_owned())
        });
        let currency: Option<Currency> = self.value("currency", |text| text.parse().ok());
        let client_limit = self.optional("client_limit", |text| {
            units(text, currency?).filter(|limit| limit.is_positive())
        });
        let terms = self.terms(currency);
        let sandbox = self.sandbox();
        let bank = self.bank();
        let webhook_receiver = self.optional("webhook_receiver", |text| {
            text.parse().ok().filter(|at: &SocketAddr| at.ip().is_loopback())
        });
        let first_reply_hours = self.value("first_reply_hours", |text| {
            text.parse().ok().filter(|hours| (1..=336).contains(hours))
        });
        let hire_mode = self.value("hire.mode", mode);
        Some(Config {
            listen: listen?,
            data: data?,
            database: database?,
            database_statements: database_statements?,
            content: content?,
            base_url: base_url?,
            trusted_proxies: trusted_proxies?,
            address_tries: address_tries?,
            second_factor_key: second_factor_key?,
            brand: brand?,
            legal: legal?,
            operator_email: operator_email?,
            mail: mail?,
            log: Log {
                format: format?,
                level: level?,
            },
            currency: currency?,
            first_reply_hours: first_reply_hours?,
            hire_mode: hire_mode?,
            client_limit: client_limit?,
            terms: terms?,
            sandbox: sandbox?,
            bank: bank?,
            webhook_receiver: webhook_receiver?,
        })
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    fn bank(&mut self) -> Option<Option<BankAccount>> {
        let holder = self.optional("bank.holder", |text| words(text, 100));
        let number = self.optional("bank.iban", |text| text.parse().ok());
        match (holder?, number?) {
            (Some(holder), Some(iban)) => Some(Some(BankAccount { holder, iban })),
            (None, None) => Some(None),
            (holder, _) => {
                let (set, missing) = if holder.is_some() {
                    ("bank.holder", "bank.iban")
                } else {
                    ("bank.iban", "bank.holder")
                };
                let origin = self.origin(set);
                self.mistake(origin, format!("{set}: it needs {missing} beside it"));
                None
            }
        }
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    fn sandbox(&mut self) -> Option<Option<SandboxAccess>> {
        let url = self.optional("sandbox.url", |text| {
            origin(text).filter(|url| url.starts_with("http://"))
        });
        let api_key = self.optional("sandbox.api_key", |text| visible(text).map(Secret));
        let secret = self.optional("sandbox.secret", |text| {
            signature::Secret::read(text)
                .ok()
                .map(|_read| Secret(text.to_owned()))
        });
        let account = self.value("sandbox.account", visible);
        let (url, api_key, secret, account) = (url?, api_key?, secret?, account?);
        let Some(url) = url else {
            return Some(None);
        };
        let missing = [
            ("sandbox.api_key", api_key.is_none()),
            ("sandbox.secret", secret.is_none()),
        ];
        for (name, _) in missing.iter().filter(|(_, missing)| *missing) {
            let origin = self.origin("sandbox.url");
            self.mistake(origin, format!("sandbox.url: it needs {name} beside it"));
        }
        Some(Some(SandboxAccess {
            url,
            api_key: api_key?,
            secret: secret?,
            account,
        }))
    }

    /// Each key with its value as it may be printed and where it came from.
    pub(crate) fn shown(&self) -> Vec<(&'static Key, String, Origin)> {
        KEYS.iter()
            .map(|key| {
                let setting = self.setting(key);
                let text = match key.secrecy {
                    Secrecy::Secret if !setting.text.is_empty() => format!("{:?}", Secret(setting.text)),
                    _ => setting.text,
                };
                (key, text, setting.origin)
            })
            .collect()
    }

    /// A key that always has a value; `None` means that a mistake was noted.
    pub(super) fn value<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let key = KEYS.iter().find(|key| key.name == name)?;
        let setting = self.setting(key);
        let value = parse(&setting.text);
        if value.is_none() {
            let shown = match key.secrecy {
                Secrecy::Open => format!("`{}`", setting.text.escape_debug()),
                Secrecy::Secret => "the value (not shown)".to_owned(),
            };
            self.mistake(setting.origin, format!("{name}: {shown} is not {}", key.allowed));
        }
        value
    }

    #[expect(clippy::option_option, reason = "not set and not readable are two things")]
    /// A key that may be empty; the outer `None` means that a mistake was noted.
    pub(super) fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        self.value(name, |text| {
            if text.is_empty() {
                Some(None)
            } else {
                parse(text).map(Some)
            }
        })
    }
}

pub(super) fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty() && !text.chars().any(char::is_control)).then(|| PathBuf::from(text))
}

/// The path of a file, or the address of a server, which the store reads in full.
fn database(text: &str) -> Option<String> {
    let of_server = super::is_address(text) && !text.chars().any(char::is_control);
    let of_file = !text.contains("://") && path(text).is_some();
    (of_server || of_file).then(|| text.to_owned())
}

fn mode(text: &str) -> Option<Mode> {
    match text {
        "open" => Some(Mode::Open),
        "managed" => Some(Mode::Managed),
        _ => None,
    }
}

fn statements(text: &str) -> Option<Statements> {
    match text {
        "prepared" => Some(Statements::Prepared),
        "unnamed" => Some(Statements::Unnamed),
        _ => None,
    }
}

pub(super) fn visible(text: &str) -> Option<String> {
    ((1..=200).contains(&text.len()) && text.chars().all(|letter| letter.is_ascii_graphic()))
        .then(|| text.to_owned())
}

pub(super) fn words(text: &str, most: usize) -> Option<String> {
    (text.chars().count() <= most && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// Scheme, host and port as browsers write an origin: lower case, no usual port, no slash.
fn origin(text: &str) -> Option<String> {
    let lower = text.strip_suffix('/').unwrap_or(text).to_lowercase();
    let (scheme, rest) = lower.split_once("://")?;
    let usual_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let host = rest.strip_suffix(usual_port).unwrap_or(rest);
    let port_reads = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.ends_with(']'))
        .is_none_or(|(_, port)| port.parse::<u16>().is_ok());
    let letters_fit = host
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':' | '[' | ']'));
    (!host.is_empty() && !host.starts_with(':') && port_reads && letters_fit)
        .then(|| format!("{scheme}://{host}"))
}

pub(super) fn email(text: &str) -> Option<String> {
    let (person, host) = text.split_once('@')?;
    let fits = !person.is_empty()
        && host.contains('.')
        && host.split('.').all(|part| !part.is_empty())
        && !host.contains('@')
        && text
            .chars()
            .all(|letter| letter.is_ascii_graphic() && !matches!(letter, '<' | '>' | '"' | ',' | ';'));
    fits.then(|| text.to_owned())
}

fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}
