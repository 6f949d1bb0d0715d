//! How often something may be tried. Counted in the database, because several nodes share one site and any of them may be
//! killed at any moment: what was used up on one is used up on all, and no restart brings it back. What the database has
//! refused is remembered by the node until it would be allowed, so that a flood of guesses costs it nothing.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use earnest_hire::person::Email;
use earnest_hire::span::after;
use earnest_store::{Pace, Tx};
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::desk::Desk;

/// Names that are remembered at once; a flood of new ones makes room by forgetting those that may try again anyway.
const MOST: usize = 100_000;
/// Guesses at one account, from wherever they come.
const ACCOUNT: Pace = Pace {
    pause: SignedDuration::from_secs(20),
    burst: 10,
};
/// What anybody may keep here without an account, from one address: a whole team may sit behind it.
const KEPT: Pace = Pace {
    pause: SignedDuration::from_secs(10),
    burst: 60,
};
/// Wrong codes from one session.
pub(crate) const CODES: Pace = Pace {
    pause: SignedDuration::from_mins(3),
    burst: 5,
};

/// What is limited by the address that it comes from: guesses at passwords and codes, links asked for, accounts made.
#[derive(Debug)]
pub struct Limits {
    /// For one address of the network.
    address: Pace,
    /// What the database has refused, and until when it would.
    refused: Mutex<HashMap<[u8; 32], Timestamp>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::a_minute(3)
    }
}

impl Limits {
    /// So many tries of one address at once, and as many again in each minute.
    pub fn a_minute(tries: i32) -> Self {
        let tries = tries.max(1);
        Self {
            address: Pace {
                pause: SignedDuration::from_micros(60_000_000 / i64::from(tries)),
                burst: tries,
            },
            refused: Mutex::default(),
        }
    }

    fn until(&self, name: &[u8; 32], now: Timestamp) -> Option<Timestamp> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get(name).copied().filter(|until| *until > now)
    }

    fn remember(&self, name: [u8; 32], until: Timestamp, now: Timestamp) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() >= MOST {
            refused.retain(|_name, until| *until > now);
        }
        if refused.len() < MOST {
            refused.insert(name, until);
        }
    }
}

/// Counts a try that comes from an address, where that is known, at an account, where there is one to guess at. Whoever has
/// used up what an address may uses up nothing of the account: a stranger cannot keep its owner out that way.
pub async fn try_once(desk: &Desk, from: Option<IpAddr>, account: Option<&Email>) -> Result<(), Error> {
    if let Some(address) = from {
        let name = desk.sealing.name(&format!("address {}", network(address)));
        take(desk, name, desk.limits.address).await?;
    }
    if let Some(email) = account {
        take(desk, desk.sealing.name(&format!("account {email}")), ACCOUNT).await?;
    }
    Ok(())
}

/// Counts something that is kept for somebody without an account, and of whom only the address is known, where it is.
pub async fn keep_once(desk: &Desk, from: Option<IpAddr>) -> Result<(), Error> {
    let Some(address) = from else {
        return Ok(());
    };
    take(
        desk,
        desk.sealing.name(&format!("kept {}", network(address))),
        KEPT,
    )
    .await
}

/// Whose address counts as one: of the new ones, everything that one customer of a network is given.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        old @ IpAddr::V4(_) => old,
    }
}

async fn take(desk: &Desk, name: [u8; 32], pace: Pace) -> Result<(), Error> {
    let now = desk.now();
    let wait = |until: Timestamp| Error::TooMany {
        wait: now.duration_until(until),
    };
    if let Some(until) = desk.limits.until(&name, now) {
        return Err(wait(until));
    }
    let asked = (name, pace, now);
    let taken = desk.write(&asked, |(name, pace, now), mut tx| async move {
        let taken = tx.try_once(name, pace, now).await?;
        tx.commit(taken).await
    });
    let Err(until) = taken.await? else {
        return Ok(());
    };
    desk.limits.remember(name, until, now);
    Err(wait(until))
}

/// Whether wrong codes from a session have used up what it may; counted in the transaction of each wrong one.
pub(crate) async fn is_out(tx: &mut Tx, name: [u8; 32], now: Timestamp) -> Result<bool, Error> {
    Ok(tx.is_tried_out(name, CODES, now).await?)
}

/// Forgets what was over an hour ago.
pub(crate) async fn tidy(desk: &Desk) -> Result<usize, Error> {
    let before = after(desk.now(), SignedDuration::from_hours(-1));
    desk.write(&before, |before, mut tx| async move {
        tx.forget_tries(before).await?;
        tx.commit(0).await
    })
    .await
}

#[cfg(test)]
mod tests;
