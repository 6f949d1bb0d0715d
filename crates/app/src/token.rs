//! Tokens that programs carry. A token is a session with a name: its owner sees it in the same list and ends it there.

use std::fmt;
use std::str::FromStr;

use earnest_hire::field::{self, Lines};
use earnest_hire::payee::Scope;
use earnest_hire::person::Person;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::after;
use earnest_store::Session;
use jiff::{SignedDuration, Timestamp};

use crate::Error;
use crate::account::{NoToken, SEEN_EVERY, SessionToken, of_today};
use crate::desk::Desk;
use crate::{audit, hold};

/// In front of every token, so that whoever finds one in a file knows what it is.
const PREFIX: &str = "earnest_";
/// How long a token is good.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Characters of a label at most.
const LABEL: usize = 80;

/// What a program sends as `Authorization: Bearer …`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiToken(SessionToken);

impl ApiToken {
    /// The session that it is.
    pub fn session(self) -> SessionToken {
        self.0
    }
}

impl fmt::Display for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

impl FromStr for ApiToken {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        text.strip_prefix(PREFIX).ok_or(NoToken)?.parse().map(Self)
    }
}

/// Makes a token for somebody who has just shown who they are. It ends after 90 days.
pub async fn make(desk: &Desk, person: &Person, label: &str) -> Result<ApiToken, Error> {
    let missing = "Say what the token is for, so that you know it again.";
    let label = field::required("label", label, LABEL, Lines::One, missing)
        .map_err(|fault| Error::Invalid(vec![fault]))?;
    let now = desk.now();
    let token = SessionToken::new(desk);
    let session = Session {
        token_sha256: token.sha256(),
        person: person.id,
        begun_at: now,
        ends_at: after(now, TOKEN_LASTS),
        browser: String::new(),
        label: Some(label),
        held: false,
    };
    let making = (session, now, desk.seed());
    desk.write(&making, |(session, now, seed), mut tx| async move {
        if hold::stops(&mut tx, session.person, Scope::SignIn, now).await? {
            return Err(Refusal::SignInHeld.into());
        }
        tx.insert_session(&session).await?;
        let label = session.label.unwrap_or_default();
        audit::own(
            &mut tx,
            (now, seed),
            session.person,
            format!("Made a token: {label}."),
        )
        .await?;
        tx.commit(()).await
    })
    .await?;
    Ok(ApiToken(token))
}

/// Whose token it is, and when they last proved with a second factor that it is them.
pub async fn bearer(desk: &Desk, token: ApiToken) -> Result<Option<(Person, Option<Timestamp>)>, Error> {
    let (hash, now) = (token.0.sha256(), desk.now());
    let read = desk.store.read(move |mut view| async move {
        let session = view.api_token(hash, now).await?;
        of_today(&mut view, session, now).await
    });
    let Some(session) = read.await? else {
        return Ok(None);
    };
    if now.duration_since(session.seen_at) > SEEN_EVERY {
        desk.store.see_session(hash, now).await?;
    }
    Ok(Some((session.person, session.proved_at)))
}
