//! Which addresses may be told of news. A receiver's address is typed by somebody whom nobody checked, and this program can
//! reach machines that they cannot: so the address is read strictly here, its host is resolved before each message, and what
//! is then dialled is the address that was checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Characters of an address at most.
const LONGEST: usize = 500;

/// Names that lead into the network of whoever resolves them.
const INSIDE: [&str; 6] = ["localhost", "local", "internal", "localdomain", "lan", "arpa"];

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its host.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// What is asked for there: the path with the query.
    pub path: String,
    /// How it is talked to.
    pub scheme: Scheme,
}

/// How a receiver is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Over TLS, with a certificate that is checked.
    Https,
    /// In the open: the one receiver on this machine that the configuration allows.
    Http,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// By its name.
    Name(String),
    /// By its address.
    Ip(IpAddr),
}

/// Why an address is not taken: for whoever typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not an address of the kind that is needed.
    #[error("Write an address that begins with https://, such as https://example.org/hooks.")]
    Malformed,
    /// It leads into a network of ours or of nobody.
    #[error("This address is not on the public internet. Name one that is.")]
    Inside,
}

impl Destination {
    /// Reads what was typed or kept. `allowed` is the one receiver that may be reached without TLS and inside.
    pub fn read(url: &str, allowed: Option<SocketAddr>) -> Result<Self, Unfit> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>`{}|^#@".contains(&byte);
        if url.len() > LONGEST || !url.bytes().all(plain) {
            return Err(Unfit::Malformed);
        }
        let (scheme, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (Scheme::Https, rest),
            (None, Some(rest)) => (Scheme::Http, rest),
            (None, None) => return Err(Unfit::Malformed),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = read_authority(authority, scheme)?;
        let path = match path.strip_prefix('?') {
            Some(query) => format!("/?{query}"),
            None if path.is_empty() => "/".to_owned(),
            None => path.to_owned(),
        };
        let is_allowed = matches!(&host, Host::Ip(ip) if allowed == Some(SocketAddr::new(*ip, port)));
        match (&host, scheme) {
            _ if is_allowed => {}
            (_, Scheme::Http) => return Err(Unfit::Malformed),
            (Host::Ip(ip), Scheme::Https) if !is_public(*ip) => return Err(Unfit::Inside),
            (Host::Name(name), Scheme::Https) if leads_inside(name) => return Err(Unfit::Inside),
            (Host::Ip(_) | Host::Name(_), Scheme::Https) => {}
        }
        Ok(Self {
            host,
            port,
            path,
            scheme,
        })
    }

    /// What of a host may be dialled: all that it resolves to, or nothing where one of them is not public.
    pub fn fit(&self, found: &[SocketAddr], allowed: Option<SocketAddr>) -> Result<SocketAddr, Unfit> {
        let is_fit =
            |one: &SocketAddr| is_public(one.ip()) || (self.scheme == Scheme::Http && allowed == Some(*one));
        if found.iter().all(is_fit) {
            found.first().copied().ok_or(Unfit::Inside)
        } else {
            Err(Unfit::Inside)
        }
    }

    /// Host and port as they are written in a request.
    pub fn authority(&self) -> String {
        let usual = match self.scheme {
            Scheme::Https => 443,
            Scheme::Http => 80,
        };
        let host = match &self.host {
            Host::Name(name) => name.clone(),
            Host::Ip(IpAddr::V4(ip)) => ip.to_string(),
            Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
        };
        if self.port == usual {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

fn read_authority(authority: &str, scheme: Scheme) -> Result<(Host, u16), Unfit> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (ip, rest) = rest.split_once(']').ok_or(Unfit::Malformed)?;
        let ip: Ipv6Addr = ip.parse().or(Err(Unfit::Malformed))?;
        let port = match rest {
            "" => None,
            rest => Some(rest.strip_prefix(':').ok_or(Unfit::Malformed)?),
        };
        (Host::Ip(ip.into()), port)
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        (read_host(host)?, port)
    };
    let port = match (port, scheme) {
        (Some(port), _) if port.bytes().all(|byte| byte.is_ascii_digit()) => port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or(Unfit::Malformed)?,
        (Some(_), _) => return Err(Unfit::Malformed),
        (None, Scheme::Https) => 443,
        (None, Scheme::Http) => 80,
    };
    Ok((host, port))
}

/// A name, or four numbers of ten digits each way: an address in one number, in eights or sixteens is none.
fn read_host(host: &str) -> Result<Host, Unfit> {
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let ip: Ipv4Addr = host.parse().or(Err(Unfit::Malformed))?;
        return Ok(Host::Ip(ip.into()));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    let top_good = top.len() >= 2 && top.starts_with(|c: char| c.is_ascii_alphabetic());
    if host.len() > 253 || !host.contains('.') || !host.split('.').all(label) || !top_good {
        return Err(if host.eq_ignore_ascii_case("localhost") {
            Unfit::Inside
        } else {
            Unfit::Malformed
        });
    }
    Ok(Host::Name(host.to_ascii_lowercase()))
}

fn leads_inside(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or_default();
    INSIDE.contains(&top)
}

/// Whether an address is of a machine on the public internet, by the registries of special addresses (RFC 6890).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    let bits = u32::from(ip);
    let within = |(net, length): &([u8; 4], u32)| {
        let mask = u32::MAX.checked_shl(32_u32.saturating_sub(*length)).unwrap_or(0);
        bits & mask == u32::from(Ipv4Addr::from(*net)) & mask
    };
    !special.iter().any(within)
}

/// Of IPv6 what was given out as global, without what only carries an IPv4 address or stands in books.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    first & 0xE000 == 0x2000
        && !(first == 0x2001 && (second < 0x0200 || second == 0x0DB8))
        && first != 0x2002
        && !(first == 0x3FFF && second < 0x1000)
}

#[cfg(test)]
mod tests;
