//! Passwords: a second way in beside the link by mail. Hashed with Argon2id (RFC 9106) at the cost that OWASP's cheat sheet
//! gives for it: 19 MiB, two passes, one lane.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::person::{self, Email, Person, Roles};
use earnest_hire::span::after;
use earnest_store::{Done, SignInLink, SignUp, Tx};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::Error;
use crate::account::{LINK_LASTS, LINKS_AN_HOUR, SessionToken, new_link};
use crate::audit;
use crate::desk::Desk;
use crate::mail::{self, Letter};
use crate::request::progress;

/// Characters, least and most. Longer ones cost nothing but are no safer.
const LEAST: usize = 8;
const MOST: usize = 128;
/// Passwords that are tried first; from the list of Django 5.2 (BSD 3-Clause), the commonest of at least eight characters.
const COMMON: &str = include_str!("password/tried_first.txt");
/// Passwords hashed at the same time; more wait their turn, so that pages stay quick.
const AT_ONCE: usize = 2;
/// Passwords that wait at most; more are turned away, so that nobody waits for longer than a second or two.
const WAITING: usize = 32;

/// Where passwords are hashed. Each takes 19 MiB and some hundredths of a second.
#[derive(Debug)]
pub struct Hashing {
    places: Semaphore,
    turns: Semaphore,
    done: AtomicU64,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            places: Semaphore::new(AT_ONCE + WAITING),
            turns: Semaphore::new(AT_ONCE),
            done: AtomicU64::new(0),
        }
    }
}

impl Hashing {
    /// How many passwords were hashed since the start.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.places.try_acquire().map_err(|_full| Error::Busy)?;
        let _turn = self.turns.acquire().await.map_err(broken)?;
        self.done.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(work).await.map_err(broken)
    }
}

/// Nobody with this address has this password.
const WRONG: Error = Error::Conflict {
    code: "sign_in_refused",
    sentence: "This address and password do not belong together, or the account was never confirmed by the link in its letter.",
};

fn argon2() -> Argon2<'static> {
    // These are the default parameters; should they be refused, the default is what is left.
    let params = Params::new(19_456, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What was typed into the field `password`, by somebody of that address.
pub fn checked(typed: &str, email: &Email) -> Result<String, FieldRefusal> {
    let refuse = |code, sentence: String| Err(FieldRefusal::new("password", code, sentence));
    let length = typed.chars().count();
    if length < LEAST {
        return refuse(
            "too_short",
            format!("Take at least {LEAST} characters; a few words are easy to remember."),
        );
    }
    if length > MOST {
        return refuse("too_long", format!("Take at most {MOST} characters."));
    }
    let lower = typed.to_lowercase();
    if COMMON.lines().any(|common| common == lower) {
        let sentence = "This is one of the first passwords that everybody tries. Take another one.";
        return refuse("too_common", sentence.to_owned());
    }
    if lower == email.as_str() || lower == email.local_part() {
        return refuse("is_address", "This is your address. Take another one.".to_owned());
    }
    Ok(typed.to_owned())
}

/// The hash of a password, with a salt of its own.
async fn hashed(desk: &Desk, password: String) -> Result<String, Error> {
    let salt = desk.seed();
    let work = move || {
        let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
        hash.map(|hash: PasswordHash| hash.to_string()).map_err(broken)
    };
    desk.hashing.run(work).await?
}

/// Whether a password has a hash. Without a hash, as much is computed for nothing: how long it takes tells nobody whether there
/// is an account.
async fn fits(desk: &Desk, password: String, phc: Option<String>) -> Result<bool, Error> {
    static NOBODYS: LazyLock<String> = LazyLock::new(|| {
        let hash = argon2().hash_password_with_salt(b"", b"nobody's account");
        let hash = hash.map(|hash: PasswordHash| hash.to_string());
        hash.unwrap_or_default()
    });
    let work = move || {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| NOBODYS.clone());
        let fits = PasswordHash::new(&phc)
            .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        known && fits
    };
    desk.hashing.run(work).await
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Broken(earnest_store::Error::Driver(std::sync::Arc::new(error)))
}

/// Whether an address must show that it is real before it is an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// By the link in a letter.
    ByMail,
    /// In a demo, where nobody is real.
    None,
}

/// Asks for an account with a password. Whoever asks learns nothing of whether there is one: somebody who has one is sent a
/// link to it, and keeps their password.
pub async fn sign_up(
    desk: &Desk,
    email: &Email,
    (name, password): (&str, &str),
    proof: Proof,
) -> Result<(), Error> {
    let mut faults = earnest_hire::field::Faults::default();
    let name = faults.note(person::name(name));
    let password = faults.note(checked(password, email));
    let (name, password) = faults.or(name.zip(password)).map_err(Error::Invalid)?;
    let now = desk.now();
    let (link, token) = new_link(desk, email, "", now);
    let asked = Asked {
        new: Person {
            id: Ids::new(now, desk.seed()).person(),
            email: email.clone(),
            name: name.clone(),
            roles: Roles::default(),
            since: now,
        },
        letter: mail::sign_up(desk, email, token, LINK_LASTS),
        link,
        given: SignUp {
            name,
            phc: hashed(desk, password).await?,
        },
        proof,
        now,
    };
    desk.write(&asked, |asked, tx| async move { asked.keep(tx).await })
        .await
        .inspect(|()| desk.wake())
}

#[derive(Clone)]
struct Asked {
    new: Person,
    letter: Letter,
    link: SignInLink,
    given: SignUp,
    proof: Proof,
    now: Timestamp,
}

impl Asked {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        if self.proof == Proof::None && tx.insert_person(&self.new).await? {
            tx.set_password(self.new.id, &self.given.phc, self.now).await?;
            progress::claim_all(&mut tx, &self.new).await?;
            return tx.commit(()).await;
        }
        let hour_ago = after(self.now, SignedDuration::from_hours(-1));
        if tx.sign_in_links_since(&self.link.email, hour_ago).await? < LINKS_AN_HOUR {
            tx.insert_sign_in_link(&self.link).await?;
            tx.insert_sign_up(self.link.token_sha256, &self.given).await?;
            self.letter.keep(&mut tx, self.now).await?;
        } else {
            // Nobody knows any more whose password is whose: the letters that were sent open an account without one.
            let (email, ends_at) = (&self.link.email, self.link.ends_at);
            tx.drop_sign_ups_since(email, hour_ago).await?;
            tx.keep_sign_in_links(email, hour_ago, ends_at).await?;
        }
        tx.commit(()).await
    }
}

/// Whose address and password these are.
pub async fn check(desk: &Desk, email: &Email, password: &str) -> Result<Person, Error> {
    let asked = email.clone();
    let read = desk.store.read(move |mut view| {
        let asked = asked.clone();
        async move { view.password(&asked).await }
    });
    let (person, phc) = read
        .await?
        .map_or((None, None), |(person, phc)| (Some(person), phc));
    let password: String = password.chars().take(MOST + 1).collect();
    let fits = fits(desk, password, phc).await?;
    match person.filter(|_person| fits) {
        Some(person) => crate::account::person(desk, person).await,
        None => Err(WRONG),
    }
}

/// Since when a person has a password.
pub async fn since(desk: &Desk, person: PersonId) -> Result<Option<Timestamp>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.password_since(person).await });
    Ok(read.await?)
}

/// Gives a person a password, or another one; they are told by mail, and every session of theirs but `this` ends.
pub async fn set(desk: &Desk, person: &Person, this: SessionToken, typed: &str) -> Result<(), Error> {
    let password = checked(typed, &person.email).map_err(|fault| Error::Invalid(vec![fault]))?;
    let phc = hashed(desk, password).await?;
    let letter = mail::password_set(desk, person);
    let setting = ((person.id, this.sha256(), phc), letter, (desk.now(), desk.seed()));
    desk.write(
        &setting,
        |((person, this, phc), letter, (now, seed)), mut tx| async move {
            tx.set_password(person, &phc, now).await?;
            audit::own(&mut tx, (now, seed), person, "Set a password.".to_owned()).await?;
            tx.end_sessions_but(person, this).await?;
            letter.keep(&mut tx, now).await?;
            tx.commit(()).await
        },
    )
    .await
    .inspect(|()| desk.wake())
}

/// Names a request under which the same is the same: of what was asked and by whom.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests;
