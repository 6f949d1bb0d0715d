//! The single reporter: whatever goes wrong becomes a [`Problem`], and a problem becomes a page or, for programs,
//! `application/problem+json` (RFC 9457). A person reads what happened, whether anything was saved, and where to go next.
//! Causes go to the log once, with the request id that the page shows; never to the page.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use askama::Template;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::answer::{Cache, Fresh};
use crate::front::is_of_decision;
use crate::page::{Layout, Link};
use crate::request_id::RequestId;
use crate::{Web, urls};

/// Why a request was not done. Build one with a constructor below, add suggestions, return it from a handler.
#[derive(Debug, Clone)]
pub struct Problem(Box<Facts>);

#[derive(Debug, Clone)]
struct Facts {
    status: StatusCode,
    code: &'static str,
    title: String,
    detail: String,
    fields: Vec<FieldProblem>,
    near: Vec<Link>,
    headers: HeaderMap,
    cause: Option<Cause>,
    at: Option<String>,
    possible_from: Option<Timestamp>,
}

/// One mistake in what was sent, by the name of the field or of the query key.
#[derive(Debug, Clone, Serialize)]
pub struct FieldProblem {
    /// The name in the form, query or JSON document.
    pub field: String,
    /// Stable, for programs.
    pub code: String,
    /// For people: what is wrong and what is allowed.
    pub detail: String,
}

#[derive(Clone)]
struct Cause(Arc<dyn Error + Send + Sync>);

impl fmt::Debug for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl Problem {
    /// Nothing is at this address, or nothing that this visitor may know of.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no page here",
            "The address may be mistyped, or the page may have moved.",
        )
    }

    /// What was sent makes no sense, field by field. A form that can be shown again, filled in, should be shown again
    /// instead; this is for queries and for the JSON API.
    pub fn invalid(fields: Vec<FieldProblem>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "That cannot be read",
            "Nothing was saved. Correct the following and try again.",
        );
        problem.0.fields = fields;
        problem
    }

    /// One mistake in one field.
    pub fn field(field: &str, code: &str, detail: &str) -> Self {
        Self::invalid(vec![FieldProblem {
            field: field.into(),
            code: code.into(),
            detail: detail.into(),
        }])
    }

    /// The decision engine rejected a problem; `at` is the place in the JSON that was sent.
    pub(crate) fn engine(code: &'static str, detail: &str, at: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            code,
            "That problem cannot be ranked",
            detail,
        );
        problem.0.at = Some(at.to_owned());
        problem
    }

    /// A rule said no although everything was readable; the code is the rule's own.
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::CONFLICT, code, "That is not possible now", "");
        problem.0.detail = detail.into();
        problem
    }

    /// Something below us does not answer; worth trying again soon.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut problem = Self::of_status(StatusCode::SERVICE_UNAVAILABLE);
        problem
            .0
            .headers
            .insert(RETRY_AFTER, HeaderValue::from_static("5"));
        problem.0.cause = Some(Cause(Arc::from(cause.into())));
        problem
    }

    /// The answer to a commit did not come. Not to be told as "nothing was saved".
    pub fn unconfirmed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unconfirmed",
            "We do not know whether this was saved",
            "The connection to the database broke at that very moment. Send the same form again: if it was saved, that \
             is found, and nothing is done twice.",
        );
        problem.0.cause = Some(Cause(Arc::from(cause.into())));
        problem
    }

    /// A mistake of the program. The cause is logged, never shown.
    pub fn broken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut problem = Self::of_status(StatusCode::INTERNAL_SERVER_ERROR);
        problem.0.cause = Some(Cause(Arc::from(cause.into())));
        problem
    }

    /// What a provider sent is not taken; nothing was kept of it.
    pub(crate) fn event(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(status, code, "This event is not taken", "");
        problem.0.detail = detail.into();
        problem
    }

    /// The request came from another site's page.
    pub(crate) fn cross_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "This did not come from our own page",
            "Nothing was saved. Open the page here and send the form again. If you run this site: the address people \
             use must be the configured base_url.",
        )
    }

    /// A refusal of the API itself.
    pub(crate) fn of_code(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: &'static str,
    ) -> Self {
        Self::new(status, code, title, detail)
    }

    /// It was tried too often; worth trying again after a while.
    pub(crate) fn too_many(wait: SignedDuration) -> Self {
        let seconds = HeaderValue::from(wait.as_secs().max(1));
        Self::of_code(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many",
            "That was tried too often",
            "Nothing was done. Wait a minute, then try again; a link by mail always lets you in.",
        )
        .with_header(RETRY_AFTER, seconds)
    }

    /// As many wait for this as may; worth trying again in a moment.
    fn busy() -> Self {
        Self::of_code(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Too many ask for this at the moment",
            "Nothing was done. Try again in a few seconds; a link by mail lets you in at once.",
        )
        .with_header(RETRY_AFTER, HeaderValue::from_static("5"))
    }

    /// Any other status, among them those that the framework answers by itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, title, detail) = match status.as_u16() {
            404 => return Self::not_found(),
            405 => (
                "method_not_allowed",
                "That cannot be done here",
                "This address answers other methods.",
            ),
            408 => (
                "timeout",
                "That took too long",
                "Whether anything was saved is not known. Look before you repeat.",
            ),
            413 => (
                "too_large",
                "That is too large",
                "Nothing was saved. Go back and send less. At most 64 kB can be sent at once, 1 MB to rank a problem, and 20 files of 10 MB each with a form that takes files.",
            ),
            414 => (
                "query_too_long",
                "That address is too long",
                "The part after the question mark may have at most 8,192 characters. Start again from the plain page.",
            ),
            415 => (
                "unsupported_media_type",
                "That format is not read here",
                "Nothing was saved.",
            ),
            422 => (
                "invalid",
                "That cannot be read",
                "Nothing was saved. Check what was sent and try again.",
            ),
            503 => (
                "unavailable",
                "Not available right now",
                "Nothing was saved. Please try again in a few seconds.",
            ),
            400..=499 => (
                "bad_request",
                "That cannot be read",
                "Nothing was saved. Check the address and try again.",
            ),
            _ => (
                "internal",
                "Something went wrong on our side",
                "It is logged, and the request id below helps us to find it. Nothing you sent was at fault.",
            ),
        };
        Self::new(status, code, title, detail)
    }

    fn new(status: StatusCode, code: &'static str, title: &str, detail: &str) -> Self {
        Self(Box::new(Facts {
            status,
            code,
            title: title.into(),
            detail: detail.into(),
            fields: Vec::new(),
            near: Vec::new(),
            headers: HeaderMap::new(),
            cause: None,
            at: None,
            possible_from: None,
        }))
    }

    /// Says it in other words than the usual ones.
    #[must_use]
    pub fn saying(mut self, title: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.title = title.into();
        self.0.detail = detail.into();
        self
    }

    /// Pages that the visitor may have meant.
    #[must_use]
    pub fn near(mut self, links: Vec<Link>) -> Self {
        self.0.near = links;
        self
    }

    /// From when on what was refused is possible.
    #[must_use]
    pub(crate) fn possible_from(mut self, at: Option<Timestamp>) -> Self {
        self.0.possible_from = at;
        self
    }

    /// Adds a header to the answer, such as `Allow`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// What is wrong with what was sent, for a page that says it in its own place.
    pub(crate) fn in_short(&self) -> String {
        let details: Vec<&str> = self.0.fields.iter().map(|field| field.detail.as_str()).collect();
        if details.is_empty() {
            self.0.detail.clone()
        } else {
            details.join(" ")
        }
    }

    /// The status that will be answered.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// A header of the answer, for tests.
    #[cfg(test)]
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.0.headers.get(name)?.to_str().ok()
    }

    /// What is wrong, field by field, where that is known.
    pub(crate) fn fields(&self) -> &[FieldProblem] {
        &self.0.fields
    }

    /// Whether nothing was done, and the same again gets the same answer.
    pub(crate) fn is_definite(&self) -> bool {
        let status = self.0.status;
        status.is_client_error()
            && status != StatusCode::REQUEST_TIMEOUT
            && status != StatusCode::TOO_MANY_REQUESTS
    }

    /// Whether only a second factor is missing: once it was given, the same again is done.
    pub(crate) fn asks_for_proof(&self) -> bool {
        self.0.code == "second_factor_missing"
    }

    /// The same of a request that could save nothing.
    #[must_use]
    pub(crate) fn of_reading(mut self) -> Self {
        let nothing = "Nothing was saved. ";
        if self.0.detail.starts_with(nothing) {
            self.0.detail.drain(..nothing.len());
        }
        self
    }

    /// Writes the cause to the log, once.
    pub(crate) fn log(&self, id: RequestId) {
        if let Some(cause) = &self.0.cause {
            let chain = chain(cause.0.as_ref());
            if self.0.status.is_server_error() {
                tracing::error!(request.id = %id, cause = chain, "request {id} failed: {}", self.0.code);
            }
        }
    }

    /// The answer, as a page or as JSON.
    pub(crate) fn report(self, web: &Web, path: &str, id: RequestId) -> Fresh {
        self.log(id);
        let fresh = if wants_json(path) {
            self.json(id)
        } else {
            self.page(web, path, id)
        };
        let fresh = fresh.with_status(self.0.status);
        self.0.headers.iter().fold(fresh, |fresh, (name, value)| {
            fresh.with_header(name.clone(), value.clone())
        })
    }

    fn json(&self, id: RequestId) -> Fresh {
        Fresh::bytes("application/problem+json", self.document(id), Cache::Private)
    }

    /// As programs read it.
    pub(crate) fn document(&self, id: RequestId) -> String {
        let facts = &self.0;
        let document = Document {
            kind: "about:blank",
            title: &facts.title,
            status: facts.status.as_u16(),
            detail: &facts.detail,
            code: facts.code,
            at: facts.at.as_deref(),
            possible_from: facts.possible_from.map(|at| at.to_string()),
            definite: self.is_definite(),
            request_id: id.to_string(),
            errors: &facts.fields,
            near: facts.near.iter().map(|link| link.href.as_str()).collect(),
        };
        serde_json::to_string(&document).unwrap_or_default()
    }

    fn page(&self, web: &Web, path: &str, id: RequestId) -> Fresh {
        let layout = Layout::new(web, &self.0.title).hidden_from_search();
        // nothing is read at the address that makes decisions
        let is_untold = is_of_decision(path) && path != urls::decisions();
        let page = Page {
            layout: if is_untold { layout.untold(path) } else { layout },
            problem: &self.0,
            request_id: id.to_string(),
        };
        match page.render() {
            Ok(text) => Fresh::html(text, Cache::Private),
            Err(error) => {
                tracing::error!(request.id = %id, cause = %error, "the error page cannot be rendered");
                Fresh::text(
                    format!("{}\n{}\n{id}\n", self.0.title, self.0.detail),
                    Cache::Private,
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.0.status;
        response.extensions_mut().insert(self);
        response
    }
}

/// A template that cannot be rendered is a mistake of the program.
impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::broken(error)
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    layout: Layout,
    problem: &'a Facts,
    request_id: String,
}

/// RFC 9457, with our own members after the standard ones.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    /// Where in the JSON that was sent, for the decision engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    /// For what only the time is against.
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_from: Option<String>,
    /// True: nothing was done, and asking the same again gives the same answer.
    definite: bool,
    request_id: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    near: Vec<&'a str>,
}

/// Whether this address is read by programs.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "addresses are case-sensitive, unlike files"
)]
fn wants_json(path: &str) -> bool {
    path.starts_with("/api/")
        || path.starts_with("/providers/")
        || path.ends_with(".json")
        || path == "/oembed"
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
impl From<earnest_app::Error> for Problem {
    fn from(error: earnest_app::Error) -> Self {
        use earnest_app::Error;
        let said = error.to_string();
        match error {
            Error::NotFound => Self::not_found(),
            Error::Conflict { code, sentence } => {
                let problem = Self::refused(code, sentence);
                if code == "form_used" {
                    problem.near(vec![Link::new(crate::urls::new_request(), "Open a new form")])
                } else {
                    problem
                }
            }
            Error::Invalid(faults) => Self::invalid(
                faults
                    .into_iter()
                    .map(|f| FieldProblem {
                        field: f.field.into(),
                        code: f.code.into(),
                        detail: f.sentence,
                    })
                    .collect(),
            ),
            Error::Refused(refusal) => {
                let problem = Self::refused(refusal.code(), refusal.sentence());
                if refusal.code().starts_with("profile_") {
                    problem.near(vec![Link::new(
                        crate::urls::expert_profile(),
                        "Your expert profile",
                    )])
                } else {
                    problem
                }
            }
            Error::NotLive { .. } => Self::refused("not_live", said),
            Error::MotionWaits(_) => Self::refused("motion_waits", said).near(vec![Link::new(
                crate::urls::office_motions(),
                "Motions that wait",
            )]),
            Error::KeyReused => Self::of_code(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This key was used for something else",
                "",
            )
            .saying("This key was used for something else", said),
            Error::TooMany { wait } => Self::too_many(wait),
            Error::Busy => Self::busy(),
            Error::Unavailable(cause) => Self::unavailable(cause),
            Error::Unconfirmed(cause) => Self::unconfirmed(cause),
            Error::Broken(cause) => Self::broken(cause),
        }
    }
}
