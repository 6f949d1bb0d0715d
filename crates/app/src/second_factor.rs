//! The second factor: codes of an app on the person's phone (RFC 6238, six digits every 30 seconds), and codes for whoever
//! has lost it. It is asked for where money leaves, and for what an operator decides.

use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::person::Email;
use earnest_hire::span::after;
use earnest_store::{Done, SecondFactor, Tx};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::Error;
use crate::account::SessionToken;
use crate::desk::Desk;
use crate::{audit, limit, mail};

/// How long a proof is good for what comes after it.
pub const PROOF_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// Wrong codes in a row after which none is looked at for a while.
const MOST_FAILURES: i64 = 5;
/// For how long.
const BLOCKED: SignedDuration = SignedDuration::from_mins(15);
/// Seconds that a code lasts.
const STEP_SECONDS: u64 = 30;
/// Recovery codes that are made at once.
const CODES: usize = 10;
/// Letters and digits that nobody takes for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// There is one that counts already.
const HAS_ONE: Error = Error::Conflict {
    code: "second_factor_exists",
    sentence: "You have a second factor. Take it away first, then set up another.",
};
/// A code did not fit.
const WRONG: Error = Error::Conflict {
    code: "code_wrong",
    sentence: "This code does not fit. Take the one that your app shows now; each counts once.",
};
/// Too many did not.
const TOO_MANY: Error = Error::Conflict {
    code: "too_many_codes",
    sentence: "Too many codes did not fit; somebody may be guessing. Wait 15 minutes, or take one of your recovery codes.",
};
/// None was set up.
const NONE: Error = Error::Conflict {
    code: "no_second_factor",
    sentence: "Set up a second factor first; it takes a minute.",
};

/// What a person types into their app.
#[derive(Clone, PartialEq, Eq)]
pub struct Setup {
    /// The key in base 32.
    pub key: String,
    /// The same as an address that apps open.
    pub address: String,
}

/// Whether a person has a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// None.
    None,
    /// One that counts.
    Since {
        /// When it was set up.
        at: Timestamp,
        /// Recovery codes that were not used.
        codes_left: i64,
    },
}

/// Whether a person has one.
pub async fn has(desk: &Desk, person: PersonId) -> Result<Has, Error> {
    let read = desk.store.read(move |mut view| async move {
        let factor = view.second_factor(person).await?;
        let left = view.recovery_codes_left(person).await?;
        Ok::<_, earnest_store::Error>((factor, left))
    });
    let (factor, codes_left) = read.await?;
    let since = factor.and_then(|factor| factor.since);
    Ok(since.map_or(Has::None, |at| Has::Since { at, codes_left }))
}

/// Makes a new key, for somebody who has come in as its owner and not with a token alone. It counts once a code of it was
/// typed.
pub async fn begin(desk: &Desk, person: PersonId) -> Result<(), Error> {
    let mut secret = [0; 20];
    desk.randomness.fill(&mut secret);
    let sealed = desk.sealing.seal(desk, person, &secret)?;
    let begun = desk
        .write(&(person, sealed), |(person, secret), mut tx| async move {
            let begun = tx.begin_second_factor(person, secret).await?;
            tx.commit(begun).await
        })
        .await?;
    if begun { Ok(()) } else { Err(HAS_ONE) }
}

/// The key that waits for its first code, to be typed into an app.
pub async fn setup(desk: &Desk, person: PersonId, label: &str) -> Result<Option<Setup>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.second_factor(person).await });
    let waiting = read.await?.filter(|factor| factor.since.is_none());
    let opened = waiting.map(|factor| desk.sealing.open(person, &factor.secret));
    Ok(opened.transpose()?.map(|secret| {
        let key = Secret::from(secret).to_base32();
        let part = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
                    other => format!("%{other:02X}"),
                })
                .collect()
        };
        let (site, label) = (part(&desk.site_name), part(label));
        Setup {
            address: format!("otpauth://totp/{site}:{label}?secret={key}&issuer={site}"),
            key,
        }
    }))
}

/// Takes the first code: from now on the second factor counts, and this session is proved. Gives the recovery codes,
/// which are shown once.
pub async fn confirm(
    desk: &Desk,
    person: PersonId,
    session: Session,
    code: &str,
) -> Result<(Vec<String>, SessionToken), Error> {
    let codes: Vec<String> = (0..CODES).map(|_| recovery_code(desk)).collect();
    let first = codes.iter().map(|code| hash(code)).collect();
    let token = run(Proving::new(desk, person, session, code, first)).await?;
    Ok((codes, token))
}

/// Takes a code, or a recovery code, as proof that it is the person who sits there. Gives the token of the session from
/// then on.
pub async fn prove(
    desk: &Desk,
    person: PersonId,
    session: Session,
    code: &str,
) -> Result<SessionToken, Error> {
    run(Proving::new(desk, person, session, code, Vec::new())).await
}

/// Who carries a session in which something is proved.
#[derive(Debug, Clone, Copy)]
pub enum Session {
    /// A browser: it is given another token with the answer, and the former one opens nothing, whoever knows it.
    Browser(SessionToken),
    /// A program keeps the token that it has: an answer that is lost on its way must not lose the token.
    Program(SessionToken),
}

impl Session {
    fn token(self) -> SessionToken {
        match self {
            Self::Browser(token) | Self::Program(token) => token,
        }
    }
}

async fn run(proving: Proving) -> Result<SessionToken, Error> {
    let desk = proving.desk.clone();
    let token = proving.renewed.unwrap_or(proving.session.token());
    done(
        desk.write(&proving, |proving, tx| async move { proving.keep(tx).await })
            .await,
    )?;
    desk.wake();
    Ok(token)
}

/// What is refused is kept, too: the count of wrong codes.
fn done(proved: Result<Proved, Error>) -> Result<(), Error> {
    match proved? {
        Proved::Yes => Ok(()),
        Proved::Wrong => Err(WRONG),
        Proved::Blocked => Err(TOO_MANY),
        Proved::NoFactor => Err(NONE),
        Proved::Already => Err(HAS_ONE),
    }
}

/// Takes a person's second factor away; they have just proved that they have it.
pub async fn take_away(desk: &Desk, person: PersonId) -> Result<(), Error> {
    let taking = (desk.clone(), person, desk.now());
    desk.write(&taking, |(desk, person, now), mut tx| async move {
        tx.drop_second_factor(person).await?;
        noted(&desk, &mut tx, (person, now), Noted::TakenAway).await?;
        tx.commit(()).await
    })
    .await
    .inspect(|()| desk.wake())
}

/// What stands in the record of a person about their own second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    SetUp,
    TakenAway,
    RecoveryCode,
    Blocked,
}

/// Into the record, and where an account is in danger by mail.
async fn noted(
    desk: &Desk,
    tx: &mut Tx,
    (person, now): (PersonId, Timestamp),
    what: Noted,
) -> Result<(), Error> {
    let act = match what {
        Noted::SetUp => "Set up a second factor.",
        Noted::TakenAway => "Took the second factor away.",
        Noted::RecoveryCode => "Used a recovery code in the place of the second factor.",
        Noted::Blocked => {
            "Typed so many wrong codes of the second factor that none was looked at for 15 minutes."
        }
    };
    audit::own(tx, (now, desk.seed()), person, act.to_owned()).await?;
    if let Some(to) = tx.person(person).await? {
        let says = match what {
            Noted::SetUp => "a second factor was set up for your account just now.",
            Noted::TakenAway => "the second factor of your account was taken away just now.",
            Noted::RecoveryCode => {
                "a recovery code of your account was used just now, in the place of a code of your app."
            }
            Noted::Blocked => {
                "somebody is signed in to your account and typed five wrong codes of your second factor."
            }
        };
        mail::second_factor(desk, &to, says).keep(tx, now).await?;
    }
    Ok(())
}

/// Takes away the second factor of somebody who has lost it, recovery codes and all; on the operator's own terminal. It
/// stands in the record that the person reads.
pub async fn forget(desk: &Desk, email: &Email, by: PersonId) -> Result<(), Error> {
    let asked = (email.clone(), by, desk.now(), desk.seed());
    desk.write(&asked, |(email, by, now, seed), mut tx| async move {
        let operator = tx.person(by).await?.filter(|one| one.roles.any());
        operator.ok_or(Error::NotFound)?;
        let person = tx.person_of_email(&email).await?.ok_or(Error::NotFound)?;
        tx.drop_second_factor(person.id).await?;
        let act = "Took away your second factor, because it was lost.".to_owned();
        let line = audit::line(&mut Ids::new(now, seed), now, (by, person.id), act);
        tx.insert_audit(&line).await?;
        tx.commit(()).await
    })
    .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proved {
    Yes,
    Wrong,
    Blocked,
    NoFactor,
    Already,
}

#[derive(Debug, Clone)]
struct Proving {
    desk: Desk,
    person: PersonId,
    session: Session,
    /// What a browser has in the place of its token afterwards.
    renewed: Option<SessionToken>,
    /// Without spaces and dashes.
    code: String,
    /// Hashes of the recovery codes to be made; none where the factor counts already.
    first: Vec<[u8; 32]>,
}

impl Proving {
    fn new(desk: &Desk, person: PersonId, session: Session, code: &str, first: Vec<[u8; 32]>) -> Self {
        let typed = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
        Self {
            desk: desk.clone(),
            person,
            session,
            renewed: match session {
                Session::Browser(_) => Some(SessionToken::new(desk)),
                Session::Program(_) => None,
            },
            code: typed.collect(),
            first,
        }
    }

    async fn keep(&self, mut tx: Tx) -> Result<Done<Proved>, Error> {
        let now = self.desk.now();
        let Some(mut factor) = tx.lock_second_factor(self.person).await? else {
            return tx.commit(Proved::NoFactor).await;
        };
        match (factor.since, self.first.is_empty()) {
            (None, true) => return tx.commit(Proved::NoFactor).await,
            (Some(_), false) => return tx.commit(Proved::Already).await,
            (None, false) | (Some(_), true) => {}
        }
        if self.is_blocked(&mut tx, &factor, now).await? {
            return tx.commit(Proved::Blocked).await;
        }
        if self.fits(&mut tx, &mut factor, now).await? {
            self.proved(&mut tx, &mut factor, now).await?;
            return tx.commit(Proved::Yes).await;
        }
        self.was_wrong(&mut tx, &mut factor, now).await?;
        tx.commit(Proved::Wrong).await
    }

    /// A recovery code is longer than any guesser lives: whoever guesses at the app keeps nobody out who has one.
    fn is_of_app(&self) -> bool {
        self.code.len() == 6
    }

    /// What wrong codes of this session are counted by.
    fn tries(&self) -> [u8; 32] {
        let kind = if self.is_of_app() { "code" } else { "recovery code" };
        self.desk
            .sealing
            .name(&format!("{kind} {}", self.session.token()))
    }

    /// Whether no code is looked at: too many were wrong in this session, or in others in which nobody has proved anything
    /// yet. Who has is not kept out by those.
    async fn is_blocked(&self, tx: &mut Tx, factor: &SecondFactor, now: Timestamp) -> Result<bool, Error> {
        if limit::is_out(tx, self.tries(), now).await? {
            return Ok(true);
        }
        let by_others = self.is_of_app() && now < factor.blocked_until;
        Ok(by_others && !tx.is_session_proved(self.session.token().sha256()).await?)
    }

    async fn proved(&self, tx: &mut Tx, factor: &mut SecondFactor, now: Timestamp) -> Result<(), Error> {
        let is_new = factor.since.is_none();
        factor.failures = 0;
        factor.since = factor.since.or(Some(now));
        tx.update_second_factor(self.person, factor).await?;
        let token = self.session.token();
        tx.prove_session(token.sha256(), now).await?;
        if let Some(renewed) = self.renewed {
            tx.renew_session(token.sha256(), renewed.sha256()).await?;
        }
        if !self.first.is_empty() {
            tx.replace_recovery_codes(self.person, &self.first).await?;
        }
        let what = match (is_new, self.is_of_app()) {
            (true, _) => Noted::SetUp,
            (false, false) => Noted::RecoveryCode,
            (false, true) => return Ok(()),
        };
        noted(&self.desk, tx, (self.person, now), what).await
    }

    async fn was_wrong(&self, tx: &mut Tx, factor: &mut SecondFactor, now: Timestamp) -> Result<(), Error> {
        // What it says is not needed: whether there is another one was looked at before.
        let _taken = tx.try_once(self.tries(), limit::CODES, now).await?;
        if !self.is_of_app() || tx.is_session_proved(self.session.token().sha256()).await? {
            return Ok(());
        }
        factor.failures = factor.failures.saturating_add(1);
        if factor.failures >= MOST_FAILURES {
            factor.failures = 0;
            factor.blocked_until = after(now, BLOCKED);
            noted(&self.desk, tx, (self.person, now), Noted::Blocked).await?;
        }
        Ok(tx.update_second_factor(self.person, factor).await?)
    }

    /// A code of the app counts once and within half a minute of its time, which is that of the device that it is on; a
    /// recovery code counts once.
    async fn fits(&self, tx: &mut Tx, factor: &mut SecondFactor, now: Timestamp) -> Result<bool, Error> {
        if self.is_of_app() {
            let secret = self.desk.sealing.open(self.person, &factor.secret)?;
            let step = totp(secret).and_then(|totp| {
                let seconds = u64::try_from(self.desk.clock.wall().as_second()).ok()?;
                let at = totp.check(&self.code, seconds)?;
                i64::try_from(at).ok()
            });
            let newer = step.filter(|step| *step > factor.last_step);
            if let Some(step) = newer {
                factor.last_step = step;
            }
            return Ok(newer.is_some());
        }
        let counts = factor.since.is_some();
        Ok(counts && tx.use_recovery_code(self.person, hash(&self.code), now).await?)
    }
}

/// Six digits every 30 seconds with SHA-1, as every app has it; one step to either side is taken.
fn totp(secret: [u8; 20]) -> Option<Totp> {
    Builder::new()
        .with_secret(Secret::from(secret))
        .with_step_duration(STEP_SECONDS)
        .with_skew(1)
        .build()
        .ok()
}

/// Fifty bits in two groups of five letters.
fn recovery_code(desk: &Desk) -> String {
    let mut bytes = [0; 10];
    desk.randomness.fill(&mut bytes);
    let mut code: String = bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect();
    code.insert(5, '-');
    code
}

/// Without the dash, in small letters.
fn hash(code: &str) -> [u8; 32] {
    let plain: String = code.chars().filter(|c| *c != '-').collect();
    Sha256::digest(plain.to_lowercase()).into()
}

/// What an app with this key shows at a moment.
#[cfg(test)]
pub(crate) fn code_for_tests(secret: [u8; 20], seconds: u64) -> String {
    totp(secret).unwrap().generate(seconds).to_string()
}

#[cfg(test)]
mod tests;
