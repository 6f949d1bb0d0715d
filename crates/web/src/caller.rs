//! Where a request comes from: the address of whoever sent it, for limits.
//!
//! The connection says it, unless it comes from a proxy that the operator has named: then the proxy says it, in
//! `X-Forwarded-For`. What anybody else writes into that header is ignored.

use std::convert::Infallible;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Once;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::{Ctx, Web};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of the connection; the server notes it with every request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<(IpAddr, u8)>);

/// The text names no networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNetworks;

impl FromStr for Proxies {
    type Err = NoNetworks;

    /// Addresses and networks with commas between, such as `127.0.0.1, 10.0.0.0/8`.
    fn from_str(text: &str) -> Result<Self, NoNetworks> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(network)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or(NoNetworks)
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() { most } else { bits.parse().ok()? };
    // A network of everybody is a list of nobody: it would believe whatever anybody writes.
    (1..=most).contains(&bits).then_some((address, bits))
}

impl Proxies {
    /// Whether the operator has named none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .iter()
            .any(|(network, bits)| is_in(address, *network, *bits))
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32_u32.saturating_sub(u32::from(bits));
            address.to_bits().checked_shr(shift) == network.to_bits().checked_shr(shift)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128_u32.saturating_sub(u32::from(bits));
            address.to_bits().checked_shr(shift) == network.to_bits().checked_shr(shift)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Where a request comes from. None where that cannot be known: the site stands behind a proxy on this machine, and the
/// operator has not named it. Everybody would be one address then, and one of them could keep out all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller(pub(crate) Option<IpAddr>);

impl FromRequestParts<Ctx> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Ctx) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        // A request without a connection is none of a browser; all of them together are one address.
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.to_canonical());
        Ok(Self::of(web, peer, &parts.headers))
    }
}

impl Caller {
    fn of(web: &Web, peer: IpAddr, headers: &HeaderMap) -> Self {
        let proxies = &web.site.proxies;
        if proxies.trust(peer) {
            return Self(Some(forwarded(proxies, peer, headers)));
        }
        if headers.contains_key(FORWARDED_FOR) {
            unnamed(peer);
        }
        let is_behind_one = proxies.is_empty() && web.site.is_https() && peer.is_loopback();
        Self(Some(peer).filter(|_| !is_behind_one))
    }
}

/// The last address in the header that is no proxy's of ours: what stands before it may be anybody's invention.
fn forwarded(proxies: &Proxies, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let lines = headers.get_all(FORWARDED_FOR).iter();
    let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
    let mut last = peer;
    for part in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = address(part.trim()) else {
            return last;
        };
        last = address;
        if !proxies.trust(address) {
            break;
        }
    }
    last
}

/// With or without a port, as proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    let read = plain.parse().ok();
    let with_port = || text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip());
    read.or_else(with_port)
        .map(|address: IpAddr| address.to_canonical())
}

/// Told once: whoever runs the site sees it in the log of the first day.
fn unnamed(peer: IpAddr) {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            %peer,
            "X-Forwarded-For is ignored, because it comes from {peer}, which is not in trusted_proxies; if that is your proxy, name it there"
        );
    });
}

#[cfg(test)]
mod tests;
