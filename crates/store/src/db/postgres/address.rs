//! The address of a database, `postgres://user:password@host:port/name?…`, and what follows from it.
//!
//! TLS is always verified. Without `sslmode` it is required, except to this very machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Statements;
use super::link::STATEMENT_MS;
use crate::Error;

/// After this long without an answer to what was sent, a connection counts as broken.
const SILENT: Duration = Duration::from_secs(10);

/// An address that could be read. Its password is in `config` alone.
pub(super) struct Address {
    /// For messages.
    pub(super) place: PathBuf,
    pub(super) connections: Option<usize>,
    config: Config,
    authorities: Option<PathBuf>,
}

/// Reads an address; the parameters that are ours are taken out before the driver reads the rest.
pub(super) fn read(url: &str) -> Result<Address, Error> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut authorities, mut connections, mut mode, mut rest) = (None, None, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslrootcert", path)) => authorities = Some(PathBuf::from(path)),
            Some(("connections", number)) => {
                let number = number.parse().ok().filter(|number| (1..=1_000).contains(number));
                connections =
                    Some(number.ok_or_else(|| unreadable("connections is no number from 1 to 1000"))?);
            }
            Some(("sslmode", given)) => mode = Some(ssl_mode(given)?),
            _ => rest.push(pair),
        }
    }
    let driven = if rest.is_empty() {
        base.to_owned()
    } else {
        format!("{base}?{}", rest.join("&"))
    };
    let mut config: Config = driven
        .parse()
        .map_err(|error: tokio_postgres::Error| unreadable(&told(&error)))?;
    if config.get_hosts().is_empty() {
        return Err(unreadable("it names no host"));
    }
    let mode = mode.unwrap_or(if config.get_hosts().iter().all(is_here) {
        SslMode::Disable
    } else {
        SslMode::Require
    });
    config.ssl_mode(mode);
    Ok(Address {
        place: place(&config),
        connections,
        config,
        authorities,
    })
}

impl Address {
    /// What the driver needs to know, with limits that are set where none were given.
    pub(super) fn config(&self, statements: Statements) -> Config {
        let mut config = self.config.clone();
        if config.get_application_name().is_none() {
            config.application_name("earnest");
        }
        config.connect_timeout(super::CONNECT);
        config.tcp_user_timeout(SILENT);
        config.keepalives_idle(SILENT * 3);
        if statements == Statements::Prepared {
            let own = config.get_options().unwrap_or_default();
            let options = format!(
                "-c statement_timeout={STATEMENT_MS} -c idle_in_transaction_session_timeout={STATEMENT_MS} {own}"
            );
            config.options(options.trim_end());
        }
        config
    }

    /// Certificates are checked against those of the system, so that an operator can add one there, and one file
    /// that the address names: many managed servers have an authority of their own.
    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, Error> {
        let mut roots = RootCertStore::empty();
        if self.config.get_ssl_mode() != SslMode::Disable {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        if let Some(path) = &self.authorities {
            add_authorities(&mut roots, path)?;
        }
        if roots.is_empty() && self.config.get_ssl_mode() == SslMode::Require {
            return Err(unreadable(
                "there are no certificates on this machine to check the server's with; install ca-certificates or \
                 name a file with sslrootcert",
            ));
        }
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .map_err(Error::driver)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

fn add_authorities(roots: &mut RootCertStore, path: &Path) -> Result<(), Error> {
    let wrong = |why: String| unreadable(&format!("sslrootcert {}: {why}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(())
}

fn ssl_mode(given: &str) -> Result<SslMode, Error> {
    match given {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-full" => Ok(SslMode::Require),
        _ => Err(unreadable(
            "sslmode is none of disable, prefer, require, verify-full",
        )),
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn place(config: &Config) -> PathBuf {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => String::new(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
    PathBuf::from(format!("postgres://{host}:{port}/{name}"))
}

fn unreadable(why: &str) -> Error {
    Error::Address { why: why.to_owned() }
}

fn told(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_required_unless_the_server_is_this_machine() {
        for (url, mode) in [
            ("postgres://u:p@localhost/d", SslMode::Disable),
            ("postgresql://u@127.0.0.1:5433/d", SslMode::Disable),
            ("postgres://u@%2Frun%2Fpg/d", SslMode::Disable),
            ("postgres://u:p@db.example/d", SslMode::Require),
            ("postgres://u:p@db.example/d?sslmode=disable", SslMode::Disable),
            ("postgres://u:p@localhost/d?sslmode=verify-full", SslMode::Require),
            (
                "postgres://u:p@db.example/d?sslmode=prefer&connect_timeout=3",
                SslMode::Prefer,
            ),
        ] {
            assert_eq!(read(url).unwrap().config.get_ssl_mode(), mode, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_without_the_password() {
        for (url, why) in [
            ("postgres://u:hidden@h/d?colour=red", "unknown option `colour`"),
            ("postgres://u:hidden@h/d?sslmode=verify-ca", "sslmode is none of"),
            (
                "postgres://u:hidden@h/d?connections=0",
                "connections is no number",
            ),
            ("postgres://u:hidden@h:port/d", "invalid value for option `port`"),
            ("postgres://", "no host"),
        ] {
            let refused = read(url).err().unwrap().to_string();
            assert!(
                refused.contains(why) && !refused.contains("hidden"),
                "{url}: {refused}"
            );
        }
    }

    #[test]
    fn the_place_shown_holds_no_password() {
        let address = read("postgres://u:hidden@h:6432/d?connections=3").unwrap();
        assert_eq!(address.place, Path::new("postgres://h:6432/d"));
        assert_eq!(address.connections, Some(3));
    }
}
