//! An operation of the API: where it is, who may call it, what goes in and out, and what does it. One table of them makes
//! the routes and the `OpenAPI` document, so the two cannot disagree.

use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, RawPathParams, RawQuery, State as FromApp};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use earnest_app::once::{self, Entered, Ticket};
use earnest_app::request::once_key;
use earnest_app::{legal, visit};
use earnest_hire::person::Role;
use schemars::{Schema, SchemaGenerator};

use super::call::{Bearer, Call, Reply, unauthenticated};
use crate::answer::{Cache, Fresh};
use crate::caller::Caller;
use crate::conversation::live::last_event;
use crate::front::{BODY_LIMIT_BYTES, FILE_LIMIT_BYTES};
use crate::problem::Problem;
use crate::{Ctx, Web};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Anyone,
    /// Whoever sends a token; whose thing it is, is asked of the thing.
    Person,
    /// Somebody in the office with this role, or an owner.
    Office(Role),
    /// Somebody in the office, with whatever role.
    InOffice,
    /// Somebody in the office who looks after people or their money.
    Looking,
}

/// Whether a call has an `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRule {
    /// It changes nothing.
    None,
    /// It may have one.
    May,
    /// Money may move, so it must.
    Must,
}

/// What comes back after a while.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Reply, Problem>> + Send>>;

/// Makes the schema of a document.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// One key of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    /// The type of JSON Schema.
    pub(crate) kind: &'static str,
}

/// A row of the table.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// Below `/api/v1`.
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) access: Access,
    pub(crate) key: KeyRule,
    pub(crate) query: &'static [Parameter],
    pub(crate) body: Option<Shape>,
    /// A body as it may be sent.
    pub(crate) example: &'static str,
    /// Whether any bytes are taken, and no document.
    pub(crate) takes_bytes: bool,
    pub(crate) status: StatusCode,
    pub(crate) answer: Shape,
    /// What is answered where that is no document: its media type.
    pub(crate) media_type: Option<&'static str>,
    /// None where a handler of its own answers.
    pub(crate) run: Option<fn(Call) -> Answering>,
}

/// The header with which a program names its request.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Characters of a key at most.
const KEY_LIMIT: usize = 255;

impl Operation {
    /// Its route.
    pub(crate) fn route(&'static self) -> Option<MethodRouter<Ctx>> {
        let run = self.run?;
        let filter = MethodFilter::try_from(self.method.clone()).ok()?;
        let route = on(
            filter,
            async move |FromApp(web): FromApp<Ctx>,
                        from: Caller,
                        path: RawPathParams,
                        RawQuery(query): RawQuery,
                        headers: HeaderMap,
                        body: Body|
                        -> Response {
                let ids = path.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
                let query = query.unwrap_or_default();
                let call = Call {
                    who: None,
                    from,
                    ids: ids.collect(),
                    query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
                    raw_query: query,
                    body: Bytes::new(),
                    last_event: last_event(&headers).map(str::to_owned),
                    once: once_key(&web.app),
                    web,
                };
                match self.answer(run, call, (&headers, body)).await {
                    Ok(answer) => answer,
                    Err(problem) => problem.into_response(),
                }
            },
        );
        // What is too large is decided in front of every address alike.
        Some(route.layer(DefaultBodyLimit::disable()))
    }

    async fn answer(
        &self,
        run: fn(Call) -> Answering,
        mut call: Call,
        (headers, body): (&HeaderMap, Body),
    ) -> Result<Response, Problem> {
        call.who = Bearer::of(&call.web, headers).await?;
        self.admit(&call)?;
        self.legal(&call).await?;
        // Not before it is known who asks: nobody fills the memory with what is not read.
        let most = if self.takes_bytes {
            FILE_LIMIT_BYTES
        } else {
            BODY_LIMIT_BYTES
        };
        let read = axum::body::to_bytes(body, most).await;
        call.body = read.map_err(|_long| Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE))?;
        if self.body.is_some() && !call.body.is_empty() && !is_json(headers) {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let Some(key) = key_in(self.key, headers)? else {
            return Ok(match run(call).await? {
                Reply::Document { status, body } => fresh((status, &body), false).into_response(),
                Reply::Other(response) => *response,
            });
        };
        let who = call
            .who
            .as_ref()
            .map_or_else(String::new, |who| who.person.id.to_string());
        let path: Vec<&str> = call.ids.iter().map(|(_, value)| value.as_str()).collect();
        let scope = format!("{who} {} {} {}", self.method, self.path, path.join(" "));
        Ok(once_only(run, call, (&scope, &key)).await?.into_response())
    }

    /// Whoever has a legal text to accept accepts it first; nothing else of theirs is reached.
    async fn legal(&self, call: &Call) -> Result<(), Problem> {
        let Some(who) = call.who.as_ref().filter(|_| !self.path.starts_with("/me/legal")) else {
            return Ok(());
        };
        if legal::pending(call.desk(), who.person.id).await?.is_empty() {
            return Ok(());
        }
        let sentence = "Nothing was done: read and accept the terms first, at /me/legal here or on the site.";
        Err(Problem::refused("legal_text_pending", sentence))
    }

    /// Who is not known is asked; who has no business here finds nothing.
    fn admit(&self, call: &Call) -> Result<(), Problem> {
        match (self.access, &call.who) {
            (Access::Anyone, _) | (Access::Person, Some(_)) => Ok(()),
            (Access::Person | Access::Office(_) | Access::InOffice | Access::Looking, None) => {
                Err(unauthenticated())
            }
            (Access::Office(role), Some(who)) if who.person.roles.may(role) => Ok(()),
            (Access::InOffice, Some(who)) if who.person.roles.any() => Ok(()),
            (Access::Looking, Some(who)) if visit::may_look(&who.person) => Ok(()),
            (Access::Office(_) | Access::InOffice | Access::Looking, Some(_)) => Err(Problem::not_found()),
        }
    }
}

/// The key that a request names, where it may have one.
pub(crate) fn key_in(rule: KeyRule, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if rule == KeyRule::None {
        return Ok(None);
    }
    match headers.get(KEY) {
        None if rule == KeyRule::Must => Err(Problem::of_code(
            StatusCode::BAD_REQUEST,
            "idempotency_key_required",
            "This needs a key",
            "Nothing was done. Money may move here: send a new random value as `Idempotency-Key`, and the same one when you repeat the request.",
        )),
        None => Ok(None),
        Some(value) => {
            let text = value.to_str().unwrap_or_default().trim();
            let fits = (1..=KEY_LIMIT).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
            if fits {
                Ok(Some(text.to_owned()))
            } else {
                Err(Problem::of_code(
                    StatusCode::BAD_REQUEST,
                    "idempotency_key_malformed",
                    "This is no key",
                    "Nothing was done. An `Idempotency-Key` has 1 to 255 visible ASCII characters.",
                ))
            }
        }
    }
}

/// Runs a call under its key, or answers what was answered before.
async fn once_only(
    run: fn(Call) -> Answering,
    mut call: Call,
    (scope, key): (&str, &str),
) -> Result<Fresh, Problem> {
    let web = call.web.clone();
    let desk = &web.app.desk;
    let request = [call.raw_query.as_bytes(), call.body.as_ref()];
    let ticket = match once::enter(desk, scope, key, &request).await? {
        Entered::First(ticket) => ticket,
        Entered::Answered(status, body) => {
            let status = StatusCode::from_u16(status).map_err(Problem::broken)?;
            return Ok(fresh((status, &body), true));
        }
        Entered::UnderWay => {
            return Err(Problem::of_code(
                StatusCode::CONFLICT,
                "idempotency_key_in_use",
                "The first request is under way",
                "A request with this key is being answered. Send it again in a moment to read the answer.",
            ));
        }
        Entered::Other => return Err(Problem::from(earnest_app::Error::KeyReused)),
    };
    call.once = ticket.once();
    // It goes on although the caller may be gone: the answer is kept for when they ask again.
    #[expect(
        clippy::disallowed_methods,
        reason = "what it does has a key of its own, so that a restart loses nothing"
    )]
    let finished = tokio::spawn(finish(run, call, ticket));
    finished.await.map_err(Problem::broken)?
}

/// Runs a call, and keeps its answer.
async fn finish(run: fn(Call) -> Answering, call: Call, ticket: Ticket) -> Result<Fresh, Problem> {
    let web = call.web.clone();
    let desk = &web.app.desk;
    let answer = run(call).await;
    let (status, body) = match answer {
        Ok(Reply::Document { status, body }) => (status, body),
        // There is no such operation: what changes something answers with a document.
        Ok(Reply::Other(_)) => return Err(Problem::broken("an answer that cannot be kept")),
        // Whoever does what it asks for sends the same once more.
        Err(problem) if problem.is_definite() && !problem.asks_for_proof() => refusal(&web, &problem),
        Err(problem) => {
            once::give_up(desk, &ticket).await?;
            return Err(problem);
        }
    };
    once::leave(desk, &ticket, status.as_u16(), &body).await?;
    Ok(fresh((status, &body), false))
}

/// A refusal as it is kept, for whoever asks the same again.
fn refusal(web: &Web, problem: &Problem) -> (StatusCode, String) {
    (problem.status(), problem.document(web.ids.take(None)))
}

fn fresh((status, body): (StatusCode, &str), replayed: bool) -> Fresh {
    let is_problem = status.is_client_error();
    let kind = if is_problem {
        "application/problem+json"
    } else {
        "application/json"
    };
    let fresh = Fresh::bytes(kind, body.to_owned(), Cache::Private).with_status(status);
    if replayed {
        fresh.with_header(REPLAYED, HeaderValue::from_static("true"))
    } else {
        fresh
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    })
}
