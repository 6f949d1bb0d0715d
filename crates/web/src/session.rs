//! Who is signed in: the one cookie beside the theme's, and what a handler that needs a person asks for.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, REFERER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use earnest_app::account::{self, SessionToken};
use earnest_app::hold::{self, Held};
use earnest_app::payee::Confirmed;
use earnest_app::second_factor::PROOF_LASTS;
use earnest_app::{conversation, legal};
use earnest_hire::ids::PersonId;
use earnest_hire::payee::Scope;
use earnest_hire::person::Person;
use earnest_hire::refusal::Refusal;
use jiff::Timestamp;

use crate::answer::Fresh;
use crate::office::hold_facts;
use crate::page::Link;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

/// With TLS the name itself makes browsers insist on it, and on this host alone.
const SECURE_NAME: &str = "__Host-earnest";
const NAME: &str = "earnest";
const MONTH_SECONDS: u32 = 30 * 24 * 3600;

/// Somebody who is signed in. A handler that takes it sends everybody else to the sign-in page and back.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) person: Person,
    pub(crate) token: SessionToken,
    /// When they last proved with a second factor that it is them.
    proved_at: Option<Timestamp>,
    /// Whether a hold stopped signing in when they did.
    began_held: bool,
}

impl SignedIn {
    pub(crate) fn id(&self) -> PersonId {
        self.person.id
    }

    /// Whether they have just proved with a second factor that it is them.
    pub(crate) fn confirmed(&self, web: &Web) -> Confirmed {
        let lasts = |at: &Timestamp| web.app.clock.now().duration_since(*at) <= PROOF_LASTS;
        if self.proved_at.as_ref().is_some_and(lasts) {
            Confirmed::Yes
        } else {
            Confirmed::No
        }
    }
}

/// What may be sent although a hold stops signing in: the complaint about it, what money that is payable takes, and what
/// makes an account harder to take over.
const DESPITE_A_HOLD: [&str; 9] = [
    "/me/holds",
    "/me/prove",
    "/me/second-factor",
    "/me/second-factor/confirm",
    "/me/payout-account",
    "/me/payout-account/check",
    "/payouts",
    "/me/account/sign-out-elsewhere",
    "/me/notices",
];

/// Refuses what a hold stops of somebody who came in while it stood. They read what is theirs, and write in contracts that
/// run.
async fn let_through(web: &Web, who: &SignedIn, parts: &Parts) -> Result<(), Problem> {
    let path = parts.uri.path();
    let is_free = parts.method != Method::POST && !path.starts_with("/office");
    if !who.began_held || is_free || DESPITE_A_HOLD.contains(&path) {
        return Ok(());
    }
    let Some(held) = hold::standing(&web.app.desk, who.id(), Scope::SignIn).await? else {
        return Ok(());
    };
    let said_in = path
        .strip_prefix("/conversations/")
        .and_then(|rest| rest.strip_suffix("/messages"));
    if let Some(Ok(id)) = said_in.map(str::parse)
        && conversation::is_of_running_contract(&web.app.desk, id).await?
    {
        return Ok(());
    }
    Err(held_sign_in(&held))
}

/// Why somebody may not sign in, by whom, until when, and what they can do about it.
pub(crate) fn held_sign_in(held: &Held) -> Problem {
    let facts: Vec<String> = hold_facts(held)
        .into_iter()
        .map(|(term, value)| format!("{term}: {}", value.trim_end_matches('.')))
        .collect();
    let sentence = format!(
        "{} {}. What you can do about it: sign in on the site; the page “What is stopped” takes your complaint.",
        Refusal::SignInHeld,
        facts.join(". ")
    );
    Problem::refused(Refusal::SignInHeld.code(), sentence)
        .near(vec![Link::new(urls::holds(), "What is stopped")])
}

impl FromRequestParts<Ctx> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Ctx) -> Result<Self, Response> {
        let Unasked(who) = Unasked::from_request_parts(parts, web).await?;
        let_through(web, &who, parts)
            .await
            .map_err(IntoResponse::into_response)?;
        let waits = legal::pending(&web.app.desk, who.id()).await;
        if waits
            .map_err(|error| Problem::from(error).into_response())?
            .is_empty()
        {
            return Ok(who);
        }
        let first = urls::legal_before(&back(parts));
        if parts.method == Method::GET {
            return Err(Fresh::see_other(&first).into_response());
        }
        let sentence = "The terms of this site have changed. Read and accept them first; nothing was done.";
        let refused = Problem::refused("legal_text_pending", sentence);
        let refused = refused.near(vec![Link::new(first, "Read and accept them")]);
        Err(refused.into_response())
    }
}

/// Somebody who is signed in and may have to accept a legal text yet. For accepting it, and for going out.
#[derive(Debug, Clone)]
pub(crate) struct Unasked(pub(crate) SignedIn);

impl FromRequestParts<Ctx> for Unasked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Ctx) -> Result<Self, Response> {
        match of(web, &parts.headers).await {
            Ok(Some(who)) => Ok(Self(who)),
            Ok(None) => Err(Fresh::see_other(&urls::sign_in(&back(parts))).into_response()),
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// Somebody who may be signed in.
#[derive(Debug, Clone)]
pub(crate) struct Visitor(pub(crate) Option<SignedIn>);

impl FromRequestParts<Ctx> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Ctx) -> Result<Self, Response> {
        of(web, &parts.headers)
            .await
            .map(Self)
            .map_err(IntoResponse::into_response)
    }
}

async fn of(web: &Web, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
    let Some(token) = token_of(headers, name(web)) else {
        return Ok(None);
    };
    let found = account::signed_in(&web.app.desk, token).await?;
    Ok(found.map(|session| SignedIn {
        person: session.person,
        token,
        proved_at: session.proved_at,
        began_held: session.held,
    }))
}

/// The token that a browser carries, whether it opens anything or not.
pub(crate) fn token(web: &Web, headers: &HeaderMap) -> Option<SessionToken> {
    token_of(headers, name(web))
}

/// A cookie that makes no sense counts as none.
fn token_of(headers: &HeaderMap, name: &str) -> Option<SessionToken> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.parse().ok())
}

/// The page to come back to: the one that was asked for, or the one a form stood on.
fn back(parts: &Parts) -> String {
    let path = if parts.method == Method::GET {
        parts.uri.path_and_query().map(ToString::to_string)
    } else {
        parts
            .headers
            .get(REFERER)
            .and_then(|value| value.to_str().ok()?.parse::<axum::http::Uri>().ok())
            .and_then(|uri| uri.path_and_query().map(ToString::to_string))
    };
    path.map(|path| own_path(&path).to_owned()).unwrap_or_default()
}

/// A path of this site; anything that could be read as another host becomes nothing.
pub(crate) fn own_path(path: &str) -> &str {
    let fits = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { path } else { "" }
}

fn name(web: &Web) -> &'static str {
    if web.site.is_https() { SECURE_NAME } else { NAME }
}

/// Lets a browser carry the token from now on.
pub(crate) fn carry(web: &Web, answer: Fresh, token: SessionToken) -> Result<Fresh, Problem> {
    set(web, answer, &token.to_string(), MONTH_SECONDS)
}

/// Lets a browser forget its token.
pub(crate) fn forget(web: &Web, answer: Fresh) -> Result<Fresh, Problem> {
    set(web, answer, "", 0)
}

fn set(web: &Web, answer: Fresh, value: &str, age_seconds: u32) -> Result<Fresh, Problem> {
    let secure = if web.site.is_https() { "; Secure" } else { "" };
    let cookie = format!(
        "{}={value}; Path=/; Max-Age={age_seconds}; SameSite=Lax; HttpOnly{secure}",
        name(web)
    );
    let cookie = HeaderValue::from_str(&cookie).map_err(Problem::broken)?;
    Ok(answer.with_header(SET_COOKIE, cookie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_a_path_of_this_site() {
        for path in ["/me", "/contracts/con_1?a=b#c"] {
            assert_eq!(own_path(path), path);
        }
        for path in [
            "",
            "me",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/é",
        ] {
            assert_eq!(own_path(path), "", "{path}");
        }
    }
}
