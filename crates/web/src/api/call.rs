//! One call of a program: who it is, what it sent, and what it is answered.

use std::str::FromStr;

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use earnest_app::account::SessionToken;
use earnest_app::desk::Desk;
use earnest_app::payee::{Confirmed, Who};
use earnest_app::second_factor::PROOF_LASTS;
use earnest_app::token;
use earnest_hire::contract::Actor;
use earnest_hire::ids::{OnceKey, PersonId};
use earnest_hire::person::{Person, Role};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::view::List;
use crate::caller::Caller;
use crate::problem::{FieldProblem, Problem};
use crate::{Ctx, Web};

/// Items of a list, where nothing else is asked for, and at most.
const USUAL: u16 = 20;
const MOST: u16 = 100;
const AS_IT_CAME: &str = "Send the `next_cursor` of the page before, as it came.";

/// Somebody who has sent a token of theirs.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) person: Person,
    pub(crate) token: SessionToken,
    proved_at: Option<Timestamp>,
}

impl Bearer {
    /// Whose token stands in the headers. None without one; a token that is none is refused.
    pub(crate) async fn of(web: &Web, headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(AUTHORIZATION) else {
            return Ok(None);
        };
        let sent = value.to_str().ok().and_then(|text| text.split_once(' '));
        let token = sent
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| token.trim().parse().ok());
        let Some(token): Option<token::ApiToken> = token else {
            return Err(unauthenticated());
        };
        let found = token::bearer(&web.app.desk, token).await?;
        let (person, proved_at) = found.ok_or_else(unauthenticated)?;
        Ok(Some(Self {
            person,
            token: token.session(),
            proved_at,
        }))
    }
}

/// A call that must come from somebody comes from nobody.
pub(crate) fn unauthenticated() -> Problem {
    Problem::of_code(
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        "Who are you?",
        "Nothing was done. Send a token that has not ended as `Authorization: Bearer earnest_…`; make one with POST /api/v1/tokens or on your account's page.",
    )
    .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// What a program asks for.
pub(crate) struct Call {
    pub(crate) web: Ctx,
    pub(crate) who: Option<Bearer>,
    /// From where it comes.
    pub(crate) from: Caller,
    /// The named parts of the path.
    pub(crate) ids: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    /// As it was sent.
    pub(crate) raw_query: String,
    pub(crate) body: Bytes,
    /// Of a stream that broke off, the last event that came.
    pub(crate) last_event: Option<String>,
    /// Under which what it does is done once.
    pub(crate) once: OnceKey,
}

impl Call {
    pub(crate) fn desk(&self) -> &Desk {
        &self.web.app.desk
    }

    pub(crate) fn bearer(&self) -> Result<&Bearer, Problem> {
        self.who.as_ref().ok_or_else(unauthenticated)
    }

    pub(crate) fn person(&self) -> Result<&Person, Problem> {
        Ok(&self.bearer()?.person)
    }

    pub(crate) fn me(&self) -> Result<PersonId, Problem> {
        Ok(self.person()?.id)
    }

    /// The person as a party of something.
    pub(crate) fn actor(&self) -> Result<Actor, Problem> {
        Ok(Actor::Person { id: self.me()? })
    }

    /// The person in the office. For everybody else there is nothing here.
    pub(crate) fn operator(&self, role: Role) -> Result<Actor, Problem> {
        let person = self.person()?;
        if person.roles.may(role) {
            Ok(Actor::Operator { id: person.id })
        } else {
            Err(Problem::not_found())
        }
    }

    /// Whether the second factor of the person was given with this token a moment ago.
    pub(crate) fn confirmed(&self) -> Confirmed {
        let now = self.web.app.clock.now();
        let proved = self.who.as_ref().and_then(|who| who.proved_at);
        if proved.is_some_and(|at| now.duration_since(at) <= PROOF_LASTS) {
            Confirmed::Yes
        } else {
            Confirmed::No
        }
    }

    /// Who acts in the office, and how surely it is them.
    pub(crate) fn who<'a>(&self, actor: &'a Actor) -> Who<'a> {
        Who {
            actor,
            confirmed: self.confirmed(),
        }
    }

    /// A part of the path. What is no id names nothing.
    pub(crate) fn id<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.text(name)
            .parse()
            .map_err(|_unreadable| Problem::not_found())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.ids.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The body; every fault in it names its place.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        read_json(&self.body)
    }

    /// What stands behind a key of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The same, read; what cannot be read is refused by the name of the key.
    pub(crate) fn asked<T: FromStr>(&self, name: &str, detail: &str) -> Result<Option<T>, Problem> {
        let read = self.query(name).map(str::parse);
        read.transpose()
            .map_err(|_unreadable| Problem::field(name, "malformed", detail))
    }

    /// How many items a list is to have.
    pub(crate) fn limit(&self) -> Result<u16, Problem> {
        let asked: Option<u16> = self.asked("limit", "A whole number from 1 to 100.")?;
        match asked {
            None => Ok(USUAL),
            Some(limit @ 1..=MOST) => Ok(limit),
            Some(_) => Err(Problem::field(
                "limit",
                "out_of_range",
                "A whole number from 1 to 100.",
            )),
        }
    }

    /// After which item a list goes on.
    pub(crate) fn cursor<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        self.asked("cursor", AS_IT_CAME)
    }

    /// The page of a list that is asked for; the id of its last item names it for the next.
    pub(crate) fn page<T>(&self, all: Vec<T>, id: impl Fn(&T) -> &str) -> Result<List<T>, Problem> {
        let limit = usize::from(self.limit()?);
        let from = match self.query("cursor") {
            None => 0,
            Some(cursor) => {
                let last = all.iter().position(|one| id(one) == cursor);
                last.ok_or_else(|| Problem::field("cursor", "unknown", AS_IT_CAME))? + 1
            }
        };
        let goes_on = all.len() > from.saturating_add(limit);
        let items: Vec<T> = all.into_iter().skip(from).take(limit).collect();
        let next_cursor = items.last().filter(|_| goes_on).map(|one| id(one).to_owned());
        Ok(List { items, next_cursor })
    }
}

/// Reads a document; an empty body is an empty object.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    // What reads an object by its fields would take a list of their values, too.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::field(
            "",
            "malformed",
            "Send one JSON object, and no list.",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.into_inner());
        if inner.is_data() {
            let path = if path == "." { String::new() } else { path };
            Problem::invalid(vec![FieldProblem {
                field: path,
                code: "malformed".into(),
                detail: format!("{inner}"),
            }])
        } else {
            malformed(&inner)
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::of_code(StatusCode::BAD_REQUEST, "malformed_json", "That is no JSON", "").saying(
        "That is no JSON",
        format!("Nothing was done. The body cannot be read: {error}."),
    )
}

/// What a program is answered.
pub(crate) enum Reply {
    /// A JSON document.
    Document {
        /// How it went.
        status: StatusCode,
        /// Its text.
        body: String,
    },
    /// Anything else, as it is sent. Only what is read can be answered so: it is not kept for a repetition.
    Other(Box<Response>),
}

impl Reply {
    /// 200 with a document.
    pub(crate) fn ok<T: Serialize>(answer: &T) -> Result<Self, Problem> {
        Self::with(StatusCode::OK, answer)
    }

    /// 201 with what was made.
    pub(crate) fn created<T: Serialize>(answer: &T) -> Result<Self, Problem> {
        Self::with(StatusCode::CREATED, answer)
    }

    pub(crate) fn with<T: Serialize>(status: StatusCode, answer: &T) -> Result<Self, Problem> {
        Ok(Self::Document {
            status,
            body: serde_json::to_string(answer).map_err(Problem::broken)?,
        })
    }

    /// 200 with something else.
    pub(crate) fn other(answer: impl IntoResponse) -> Self {
        Self::Other(Box::new(answer.into_response()))
    }
}
