//! The key that second factors are kept under: whoever reads the database or a copy of it finds no key of anybody's app. It
//! is in a file beside the database, and the database knows its name alone.
//!
//! A sealed key is a version, the name of the key it is sealed with, a nonce, and the text of XChaCha20-Poly1305. Whose it is
//! is part of what is checked: one that is put in another's row does not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use earnest_hire::ids::{Ids, PersonId};
use earnest_store::{Done, KEY_NAME, Tx};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::audit;
use crate::desk::Desk;

/// The first byte of what is kept.
const VERSION: u8 = 1;
const NONCE: usize = 24;
/// Bytes of the key of an app.
const SECRET: usize = 20;
/// Bytes of a key.
const KEY: usize = 32;
/// Rows that are sealed anew in one transaction.
const TOGETHER: u16 = 200;

/// What is kept cannot be opened.
const UNREADABLE: Error = Error::Conflict {
    code: "second_factor_unreadable",
    sentence: "Your second factor cannot be looked at: this site has another key than the one it is kept under. Nothing was done; tell the operator.",
};

/// The keys of a site: the first seals, all open.
#[derive(Clone, Default)]
pub struct Sealing(Vec<Key>);

#[derive(Clone)]
struct Key {
    name: [u8; KEY_NAME],
    cipher: XChaCha20Poly1305,
    /// What the names of addresses are mixed with before they are kept.
    pepper: [u8; 32],
    /// What forms are stamped with.
    stamp: [u8; 32],
}

impl fmt::Debug for Sealing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealing({} keys)", self.0.len())
    }
}

/// The text holds no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no key: a key is 64 hexadecimal digits, one key a line, the one that seals first")]
pub struct NoKey(usize);

/// Why second factors cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// The key of the database is none of those that there are.
    #[error("the second factors in this database are sealed with the key {0}, which is not there")]
    OtherKey(String),
    /// There is no key at all.
    #[error("there is no key to seal second factors with")]
    NoKey,
    /// The store has not done it.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Key {
    fn new(bytes: [u8; KEY]) -> Self {
        let digest = |what: &str| -> [u8; 32] {
            let mut digest = Sha256::new();
            digest.update(what);
            digest.update(bytes);
            digest.finalize().into()
        };
        let named = digest("the name of a key of Earnest");
        Self {
            name: named.first_chunk().copied().unwrap_or_default(),
            cipher: XChaCha20Poly1305::new(&bytes.into()),
            pepper: digest("what names of addresses are mixed with"),
            stamp: digest("what forms are stamped with"),
        }
    }

    fn prefix(&self) -> Vec<u8> {
        let mut prefix = vec![VERSION];
        prefix.extend(self.name);
        prefix
    }
}

impl Sealing {
    /// A key of a test's or a tool's own.
    pub fn of(bytes: [u8; KEY]) -> Self {
        Self(vec![Key::new(bytes)])
    }

    /// Reads a file: one key a line, the one that seals first. Lines that begin with `#` say something to people.
    pub fn read(text: &str) -> Result<Self, NoKey> {
        let mut keys = Vec::new();
        let lines = text.lines().map(str::trim).zip(1..);
        for (line, number) in lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')) {
            keys.push(Key::new(digits(line).ok_or(NoKey(number))?));
        }
        if keys.is_empty() {
            return Err(NoKey(1));
        }
        Ok(Self(keys))
    }

    /// The name of an address or account as it is kept: without the key nobody finds out whose it is by trying all.
    pub(crate) fn name(&self, of: &str) -> [u8; 32] {
        let mut digest = Sha256::new();
        if let Some(key) = self.0.first() {
            digest.update(key.pepper);
        }
        digest.update(of);
        digest.finalize().into()
    }

    /// A stamp that only this site can make; none where it has no key.
    pub(crate) fn stamp(&self, of: &str) -> Option<Hmac<Sha256>> {
        let key = self.0.first()?;
        let mut mac = Hmac::new_from_slice(&key.stamp).ok()?;
        mac.update(of.as_bytes());
        Some(mac)
    }

    /// Seals the key of somebody's app.
    pub(crate) fn seal(&self, desk: &Desk, person: PersonId, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.0.first().ok_or(UNREADABLE)?;
        let mut nonce = [0; NONCE];
        desk.randomness.fill(&mut nonce);
        let text = key.cipher.encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: secret,
                aad: person.to_string().as_bytes(),
            },
        );
        let mut sealed = key.prefix();
        sealed.extend(nonce);
        sealed.extend(text.or(Err(UNREADABLE))?);
        Ok(sealed)
    }

    /// Opens what is kept of somebody. What an older program kept is plain, until [`start`] has sealed it.
    pub(crate) fn open(&self, person: PersonId, kept: &[u8]) -> Result<[u8; SECRET], Error> {
        if let Ok(plain) = <[u8; SECRET]>::try_from(kept) {
            return Ok(plain);
        }
        let key = self.0.iter().find(|key| kept.starts_with(&key.prefix()));
        let sealed = kept.get(1 + KEY_NAME..).and_then(|rest| rest.split_first_chunk());
        let (Some(key), Some((nonce, text))) = (key, sealed) else {
            return Err(UNREADABLE);
        };
        let (nonce, owner): (&[u8; NONCE], _) = (nonce, person.to_string());
        let payload = Payload {
            msg: text,
            aad: owner.as_bytes(),
        };
        let opened = key.cipher.decrypt(&XNonce::from(*nonce), payload);
        opened
            .ok()
            .and_then(|secret| secret.try_into().ok())
            .ok_or(UNREADABLE)
    }
}

fn digits(line: &str) -> Option<[u8; KEY]> {
    let pairs = line.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            let fits = pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
            u8::from_str_radix(pair, 16).ok().filter(|_| fits)
        })
        .collect();
    bytes?.try_into().ok()
}

/// Whether the database has the name of a key: then there was a file with it.
pub async fn has_key(desk: &Desk) -> Result<Option<String>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.sealing_key().await });
    Ok(read.await?.map(|name| earnest_hire::hex(&name)))
}

/// Makes sure that the keys that there are fit the database, and seals with the first what is kept otherwise; says how much
/// that was. To be called before anybody signs in.
pub async fn start(desk: &Desk) -> Result<usize, NotSealed> {
    let key = desk.sealing.0.first().ok_or(NotSealed::NoKey)?;
    let this = desk.clone();
    let agreed = desk.write(&this, |desk, tx| async move { agree(&desk, tx).await });
    if let Some(other) = agreed.await? {
        return Err(NotSealed::OtherKey(other));
    }
    let (prefix, mut after, mut sealed) = (key.prefix(), None, 0);
    loop {
        let (asked, from) = (prefix.clone(), after);
        let read = desk.store.read(move |mut view| {
            let asked = asked.clone();
            async move { view.second_factors_kept_otherwise(asked, from, TOGETHER).await }
        });
        let rows = read.await.map_err(Error::from)?;
        let Some((furthest, _)) = rows.last() else {
            return Ok(sealed);
        };
        after = Some(*furthest);
        sealed += anew(desk, rows).await?;
    }
}

/// The name of the database's key where it is none of ours; otherwise the first of ours is the database's from now on.
async fn agree(desk: &Desk, mut tx: Tx) -> Result<Done<Option<String>>, Error> {
    let keys = &desk.sealing.0;
    let Some(first) = keys.first().map(|key| key.name) else {
        return Err(UNREADABLE);
    };
    tx.begin_sealing_key(first, desk.now()).await?;
    let known = tx.sealing_key().await?.unwrap_or(first);
    if !keys.iter().any(|key| key.name == known) {
        return tx.commit(Some(earnest_hire::hex(&known))).await;
    }
    if known != first {
        tx.set_sealing_key(first, desk.now()).await?;
    }
    tx.commit(None).await
}

/// The key is lost: takes away the second factors that no key opens any more, each noted in the record of its owner, and
/// forgets the name of the key, so that the next start makes another; says how many there were.
pub async fn give_up(desk: &Desk, by: PersonId) -> Result<usize, Error> {
    let asked = (desk.clone(), by);
    desk.write(&asked, |(desk, by), mut tx| async move {
        let operator = tx.person(by).await?.filter(|one| one.roles.any());
        operator.ok_or(Error::NotFound)?;
        let mut ids = Ids::new(desk.now(), desk.seed());
        let (mut after, mut lost) = (None, 0);
        loop {
            let rows = tx
                .second_factors_kept_otherwise(Vec::new(), after, TOGETHER)
                .await?;
            let Some((furthest, _)) = rows.last() else {
                break;
            };
            after = Some(*furthest);
            for (person, kept) in rows {
                if desk.sealing.open(person, &kept).is_ok() {
                    continue;
                }
                tx.drop_second_factor(person).await?;
                let act =
                    "Took away your second factor, because the key it was kept under is lost.".to_owned();
                let line = audit::line(&mut ids, desk.now(), (by, person), act);
                tx.insert_audit(&line).await?;
                lost += 1;
            }
        }
        tx.forget_sealing_key().await?;
        tx.commit(lost).await
    })
    .await
}

/// Seals some rows anew. One that does not open stays as it is: its owner is helped by taking the second factor away.
async fn anew(desk: &Desk, rows: Vec<(PersonId, Vec<u8>)>) -> Result<usize, Error> {
    let mut pairs = Vec::new();
    for (person, former) in rows {
        match desk.sealing.open(person, &former) {
            Ok(secret) => {
                let sealed = desk.sealing.seal(desk, person, &secret)?;
                pairs.push((person, (former, sealed)));
            }
            Err(_unreadable) => tracing::warn!(
                person.id = %person,
                "a second factor is sealed with a key that is not there any more; `earnest operator forget-second-factor` lets its owner set up another"
            ),
        }
    }
    desk.write(&pairs, |pairs, mut tx| async move {
        let mut sealed = 0;
        for (person, pair) in pairs {
            sealed += usize::from(tx.seal_second_factor(person, pair).await?);
        }
        tx.commit(sealed).await
    })
    .await
}

#[cfg(test)]
mod tests;
