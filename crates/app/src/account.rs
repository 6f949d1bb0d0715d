//! Coming in and going out: links by mail, sessions, and the account that the first link makes.

use std::fmt;
use std::str::FromStr;

use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{Ids, LinkToken, PersonId};
use earnest_hire::payee::Scope;
use earnest_hire::person::{self, Email, Person, Roles};
use earnest_hire::span::after;
use earnest_store::{Done, Session, SessionOf, SessionRow, SignInLink, Tx, View};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::desk::Desk;
use crate::hold;
use crate::mail::{self, Letter};
use crate::operator;
use crate::request::progress;

/// How long a link opens an account.
pub(crate) const LINK_LASTS: SignedDuration = SignedDuration::from_mins(30);
/// How many links that nobody uses an address is sent within an hour. More are asked for by somebody who wants to annoy.
pub(crate) const LINKS_AN_HOUR: i64 = 5;
/// How long somebody stays signed in without coming back.
const SESSION_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How exactly it is noted when a session was last used.
pub(crate) const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// Characters that are kept of what a browser calls itself.
const BROWSER: usize = 120;

/// What a browser carries to be known again: 256 bits that nobody can guess. Kept as a hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// A new one.
    pub(crate) fn new(desk: &Desk) -> Self {
        let mut bytes = [0; 32];
        desk.randomness.fill(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn sha256(self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(***)")
    }
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&earnest_hire::hex(&self.0))
    }
}

/// It is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoToken;

impl FromStr for SessionToken {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(|d| matches!(d, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NoToken);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).or(Err(NoToken))?;
            *byte = u8::from_str_radix(pair, 16).or(Err(NoToken))?;
        }
        Ok(Self(bytes))
    }
}

/// Sends a link to an address, whether it has an account or not: whoever asks learns nothing of that.
pub async fn send_link(desk: &Desk, email: &Email, back: &str) -> Result<(), Error> {
    let now = desk.now();
    let (link, token) = new_link(desk, email, back, now);
    let letter = mail::sign_in(desk, email, token, LINK_LASTS);
    let asked = Sending { link, letter };
    desk.write(&asked, |asked, tx| async move { asked.keep(tx).await })
        .await
        .inspect(|()| desk.wake())
}

/// A link that is given to somebody by other means than mail, such as on the operator's own terminal.
pub async fn make_link(desk: &Desk, email: &Email, lasts: SignedDuration) -> Result<LinkToken, Error> {
    let now = desk.now();
    let (mut link, token) = new_link(desk, email, "", now);
    link.ends_at = after(now, lasts);
    desk.write(&link, |link, mut tx| async move {
        tx.insert_sign_in_link(&link).await?;
        tx.commit(()).await
    })
    .await?;
    Ok(token)
}

pub(crate) fn new_link(desk: &Desk, email: &Email, back: &str, now: Timestamp) -> (SignInLink, LinkToken) {
    let token = LinkToken::new(desk.seed());
    let link = SignInLink {
        token_sha256: hash(token),
        email: email.clone(),
        back: back.to_owned(),
        at: now,
        ends_at: after(now, LINK_LASTS),
    };
    (link, token)
}

#[derive(Debug, Clone)]
struct Sending {
    link: SignInLink,
    letter: Letter,
}

impl Sending {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        let hour_ago = after(self.link.at, SignedDuration::from_hours(-1));
        // Links that carry a name and a password count by themselves: whoever asks for an account in the name of somebody
        // else keeps them from no link of their own.
        if tx.plain_links_since(&self.link.email, hour_ago).await? < LINKS_AN_HOUR {
            tx.insert_sign_in_link(&self.link).await?;
            self.letter.keep(&mut tx, self.link.at).await?;
        } else {
            // Whoever asks and asks keeps nobody out: the letters that were sent open the account for longer.
            let (email, ends_at) = (&self.link.email, self.link.ends_at);
            tx.keep_sign_in_links(email, hour_ago, ends_at).await?;
        }
        tx.commit(()).await
    }
}

/// What a link would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whose account it opens.
    pub email: Email,
    /// That account, unless the link makes it.
    pub person: Option<Person>,
    /// What somebody wants to be called who asked for an account with a password.
    pub asked_name: Option<String>,
}

/// Looks at a link without using it: programs that read mail open links, too.
pub async fn look_at_link(desk: &Desk, token: &str) -> Result<Opened, Error> {
    let token: LinkToken = token.parse().or(Err(Error::NotFound))?;
    let (hash, now) = (hash(token), desk.now());
    let read = desk.store.read(move |mut view| async move {
        let Some((email, _back)) = view.sign_in_link(hash, now).await? else {
            return Ok(None);
        };
        let person = view.person_of_email(&email).await?;
        let asked_name = view.sign_up(hash).await?.map(|asked| asked.name);
        Ok::<_, earnest_store::Error>(Some(Opened {
            email,
            person,
            asked_name,
        }))
    });
    read.await?.ok_or(Error::NotFound)
}

/// Somebody who has just come in.
#[derive(Debug, Clone)]
pub struct CameIn {
    /// Who.
    pub person: Person,
    /// For the cookie.
    pub token: SessionToken,
    /// A path to go on at; may be empty.
    pub back: String,
    /// Whether a hold stops signing in: they may read what is theirs and complain about it, and little more.
    pub held: bool,
}

/// Where somebody comes in.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// What the browser calls itself.
    pub browser: &'a str,
    /// The session that it has had so far, which is over then.
    pub former: Option<SessionToken>,
}

impl<'a> From<&'a str> for Place<'a> {
    fn from(browser: &'a str) -> Self {
        Self {
            browser,
            former: None,
        }
    }
}

/// Uses a link: opens the account of its address, and makes it where there is none. `typed` is the name that a new person gives.
pub async fn come_in<'a>(
    desk: &Desk,
    token: &str,
    typed: &str,
    place: impl Into<Place<'a>>,
) -> Result<CameIn, Error> {
    let place = place.into();
    let opened = look_at_link(desk, token).await?;
    let token: LinkToken = token.parse().or(Err(Error::NotFound))?;
    let name = match (&opened.person, &opened.asked_name) {
        (Some(person), _) => person.name.clone(),
        (None, Some(name)) if typed.trim().is_empty() => name.clone(),
        (None, _) => person::name(typed).map_err(|fault| Error::Invalid(vec![fault]))?,
    };
    let now = desk.now();
    let coming = Coming {
        link: hash(token),
        new: Person {
            id: Ids::new(now, desk.seed()).person(),
            email: opened.email,
            name,
            roles: Roles::default(),
            since: now,
        },
        token: SessionToken::new(desk),
        former: place.former,
        browser: place.browser.chars().take(BROWSER).collect(),
        now,
    };
    desk.write(&coming, |coming, tx| async move { coming.keep(tx).await })
        .await
}

#[derive(Debug, Clone)]
struct Coming {
    link: [u8; 32],
    new: Person,
    token: SessionToken,
    former: Option<SessionToken>,
    browser: String,
    now: Timestamp,
}

impl Coming {
    async fn keep(&self, mut tx: Tx) -> Result<Done<CameIn>, Error> {
        let link = tx.sign_in_link(self.link, self.now).await?;
        let Some((email, back)) = link else {
            return Err(Error::NotFound);
        };
        if !tx.use_sign_in_link(self.link, self.now).await? {
            return Err(Error::NotFound);
        }
        let is_new = tx.insert_person(&self.new).await?;
        let person = tx.person_of_email(&email).await?.ok_or(Error::NotFound)?;
        if let Some(asked) = tx.sign_up(self.link).await? {
            // Somebody with an account keeps their password: whoever asked for another one may not have been them.
            if is_new {
                tx.set_password(person.id, &asked.phc, self.now).await?;
            }
            tx.drop_sign_up(self.link).await?;
        }
        progress::claim_all(&mut tx, &person).await?;
        let opening = Opening {
            person,
            token: self.token,
            former: self.former,
            browser: self.browser.clone(),
            back,
            now: self.now,
        };
        let came = opening.open(&mut tx).await?;
        tx.commit(came).await
    }
}

/// Who is signed in with this token, when they last proved with a second factor that it is them, and whether they came in
/// while a hold stopped that.
pub async fn signed_in(desk: &Desk, token: SessionToken) -> Result<Option<SessionOf>, Error> {
    let (hash, now) = (token.sha256(), desk.now());
    let read = desk.store.read(move |mut view| async move {
        let session = view.session(hash, now).await?;
        of_today(&mut view, session, now).await
    });
    let Some(session) = read.await? else {
        return Ok(None);
    };
    if now.duration_since(session.seen_at) > SEEN_EVERY {
        desk.store.see_session(hash, now).await?;
    }
    Ok(Some(session))
}

/// A session with what its owner may do now.
pub(crate) async fn of_today(
    view: &mut View,
    session: Option<SessionOf>,
    now: Timestamp,
) -> Result<Option<SessionOf>, earnest_store::Error> {
    let Some(session) = session else {
        return Ok(None);
    };
    let person = operator::while_held(view, session.person, now).await?;
    Ok(Some(SessionOf { person, ..session }))
}

/// Whether the session of a browser or a program has not ended.
pub async fn is_open(desk: &Desk, token: SessionToken) -> Result<bool, Error> {
    let (hash, now) = (token.sha256(), desk.now());
    let read = desk.store.read(move |mut view| async move {
        let browser = view.session(hash, now).await?;
        Ok::<_, earnest_store::Error>(browser.is_some() || view.api_token(hash, now).await?.is_some())
    });
    Ok(read.await?)
}

/// Ends a session.
pub async fn go_out(desk: &Desk, token: SessionToken) -> Result<(), Error> {
    Ok(desk.store.end_session(token.sha256()).await?)
}

/// Ends all sessions of a person but this one; says how many.
pub async fn go_out_elsewhere(desk: &Desk, person: PersonId, token: SessionToken) -> Result<usize, Error> {
    Ok(desk.store.end_other_sessions(person, token.sha256()).await?)
}

/// A session of a person, for their list of browsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// When and with what.
    pub row: SessionRow,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Browser {
    /// Names it in addresses; it opens nothing.
    pub fn name(&self) -> String {
        earnest_hire::hex(&self.row.token_sha256)
    }
}

/// Ends one of a person's sessions, by its name.
pub async fn end(desk: &Desk, person: PersonId, name: &str) -> Result<(), Error> {
    let SessionToken(sha256) = name.parse().map_err(|NoToken| Error::NotFound)?;
    if desk.store.end_session_of(person, sha256).await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Signs a browser in whose owner has just given their password.
pub async fn open_session(desk: &Desk, person: Person, place: Place<'_>) -> Result<CameIn, Error> {
    let opening = Opening {
        person,
        token: SessionToken::new(desk),
        former: place.former,
        browser: place.browser.chars().take(BROWSER).collect(),
        back: String::new(),
        now: desk.now(),
    };
    desk.write(&opening, |opening, mut tx| async move {
        let came = opening.open(&mut tx).await?;
        tx.commit(came).await
    })
    .await
}

/// A session of a browser that is about to begin.
#[derive(Debug, Clone)]
struct Opening {
    person: Person,
    token: SessionToken,
    former: Option<SessionToken>,
    browser: String,
    back: String,
    now: Timestamp,
}

impl Opening {
    /// The one that the browser has had so far is over: whoever has put it there does not come in with its owner.
    async fn open(&self, tx: &mut Tx) -> Result<CameIn, Error> {
        if let Some(former) = self.former {
            tx.end_session(former.sha256()).await?;
        }
        let held = hold::stops(tx, self.person.id, Scope::SignIn, self.now).await?;
        tx.insert_session(&Session {
            token_sha256: self.token.sha256(),
            person: self.person.id,
            begun_at: self.now,
            ends_at: after(self.now, SESSION_LASTS),
            browser: self.browser.clone(),
            label: None,
            held,
        })
        .await?;
        Ok(CameIn {
            person: self.person.clone(),
            token: self.token,
            back: self.back.clone(),
            held,
        })
    }
}

/// Where a person is signed in, the last used first.
pub async fn browsers(desk: &Desk, person: PersonId, token: SessionToken) -> Result<Vec<Browser>, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.sessions_of(person, now).await });
    let this = token.sha256();
    let rows = read.await?.into_iter();
    Ok(rows
        .map(|row| Browser {
            is_this: row.token_sha256 == this,
            row,
        })
        .collect())
}

/// Calls a person by another name.
pub async fn rename(desk: &Desk, person: PersonId, typed: &str) -> Result<(), Error> {
    let name = person::name(typed).map_err(|fault: FieldRefusal| Error::Invalid(vec![fault]))?;
    desk.write(&(person, name), |(person, name), mut tx| async move {
        tx.rename_person(person, &name).await?;
        tx.commit(()).await
    })
    .await
}

/// Somebody new in the office, or somebody with other roles; on the operator's own terminal.
pub async fn appoint(desk: &Desk, email: &Email, name: &str, roles: &Roles) -> Result<Person, Error> {
    let now = desk.now();
    let new = Person {
        id: Ids::new(now, desk.seed()).person(),
        email: email.clone(),
        name: name.to_owned(),
        roles: roles.clone(),
        since: now,
    };
    desk.write(&new, |new, mut tx| async move {
        tx.insert_person(&new).await?;
        let mut person = tx.person_of_email(&new.email).await?.ok_or(Error::NotFound)?;
        tx.set_roles(person.id, &new.roles).await?;
        person.roles = new.roles;
        tx.commit(person).await
    })
    .await
}

/// A person by their address; none where it has no account.
pub async fn of_email(desk: &Desk, email: &Email) -> Result<Option<Person>, Error> {
    let email = email.clone();
    let read = desk.store.read(move |mut view| {
        let email = email.clone();
        async move { view.person_of_email(&email).await }
    });
    Ok(read.await?)
}

/// A person by their id.
pub async fn person(desk: &Desk, id: PersonId) -> Result<Person, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.person(id).await });
    read.await?.ok_or(Error::NotFound)
}

fn hash(token: LinkToken) -> [u8; 32] {
    Sha256::digest(token.bytes()).into()
}

#[cfg(test)]
mod tests;
