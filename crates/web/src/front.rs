//! What every request passes on its way in and every answer on its way out, in one layer: request id, limits, origin
//! check, panics, timing, headers, metrics and one log line. One layer instead of eight keeps answering from memory
//! nearly as fast as a bare server (`bench/http.sh` says how nearly), and the order can be read here.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{ALLOW, CONTENT_LENGTH, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use tower::{Layer, Service};

use crate::answer::{self, Asked, Pending};
use crate::problem::Problem;
use crate::request_id::RequestId;
use crate::{Ctx, metrics, origin, urls};

/// Bodies above this are refused.
pub const BODY_LIMIT_BYTES: usize = 64 * 1024;
/// Bodies of problems for the decision engine may be larger.
pub const PROBLEM_LIMIT_BYTES: usize = 1024 * 1024;
/// Forms with files in them may be this large: as many files as go together, with what is typed beside them.
pub const FILE_LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// The same of a form with files.
pub const UPLOAD_LIMIT_BYTES: usize = 201 * 1024 * 1024;
/// Query strings above this are refused.
pub const QUERY_LIMIT_BYTES: usize = 8 * 1024;
/// No handler may take longer.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Except one that waits for files on a slow line.
const UPLOAD_TIME_LIMIT: Duration = Duration::from_mins(15);

/// The layer; put it around the whole router.
#[derive(Clone)]
pub struct Front {
    web: Ctx,
}

impl Front {
    /// A layer for this site.
    pub fn new(web: Ctx) -> Self {
        Self { web }
    }
}

impl<S> Layer<S> for Front {
    type Service = Fronted<S>;

    fn layer(&self, inner: S) -> Fronted<S> {
        Fronted {
            web: self.web.clone(),
            inner,
        }
    }
}

/// A route with the layer around it.
#[derive(Clone)]
pub struct Fronted<S> {
    web: Ctx,
    inner: S,
}

impl<S> Service<Request> for Fronted<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let visit = Visit::begin(self.web.clone(), &request);
        if let Some(problem) = visit.refusal(&request) {
            return Box::pin(async move { Ok(visit.end(problem.into_response())) });
        }
        let limit = time_limit(&visit);
        let handled = self.inner.call(with_limited_body(request));
        Box::pin(async move {
            let response = match tokio::time::timeout(limit, survive(handled)).await {
                Ok(Some(Ok(response))) => response,
                Ok(Some(Err(never))) => match never {},
                Ok(None) => Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
                Err(_) => Problem::of_status(StatusCode::REQUEST_TIMEOUT).into_response(),
            };
            Ok(visit.end(response))
        })
    }
}

/// Polls a future and survives its panics: `None` if it panicked. The panic hook has logged the place by then.
async fn survive<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

/// Reading needs no body; everything else may send a small one.
fn with_limited_body(request: Request) -> Request {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return request;
    }
    let limit = body_limit_bytes(request.uri().path());
    request.map(|body| Body::new(Limited::new(body, limit)))
}

/// How much may be sent to an address.
fn body_limit_bytes(path: &str) -> usize {
    if path == urls::rank() {
        PROBLEM_LIMIT_BYTES
    } else if path == urls::FILES_OF_PROGRAMS {
        FILE_LIMIT_BYTES
    } else if urls::takes_files(path) {
        UPLOAD_LIMIT_BYTES
    } else {
        BODY_LIMIT_BYTES
    }
}

/// How long the answer may take.
fn time_limit(visit: &Visit) -> Duration {
    if visit.method == Method::POST && urls::takes_files(&visit.path) {
        UPLOAD_TIME_LIMIT
    } else {
        TIME_LIMIT
    }
}

/// One request from its arrival to its answer.
struct Visit {
    web: Ctx,
    id: RequestId,
    began: Instant,
    method: Method,
    matched: Option<MatchedPath>,
    path: String,
    asked: Asked,
}

impl Visit {
    fn begin(web: Ctx, request: &Request) -> Self {
        let headers = request.headers();
        Self {
            id: web.ids.take(headers.get(answer::REQUEST_ID)),
            began: Instant::now(),
            method: request.method().clone(),
            matched: request.extensions().get::<MatchedPath>().cloned(),
            path: request.uri().path().to_owned(),
            asked: Asked::of(headers),
            web,
        }
    }

    /// What is refused before a handler sees it.
    fn refusal(&self, request: &Request) -> Option<Problem> {
        if request
            .uri()
            .query()
            .is_some_and(|query| query.len() > QUERY_LIMIT_BYTES)
        {
            return Some(Problem::of_status(StatusCode::URI_TOO_LONG));
        }
        if !origin::allows(&self.method, &self.path, request.headers(), &self.web.site.origin) {
            return Some(Problem::cross_site());
        }
        (announced_bytes(request.headers()) > body_limit_bytes(&self.path))
            .then(|| Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE))
    }

    fn end(self, mut response: Response) -> Response {
        let mut response = if let Some(pending) = response.extensions_mut().remove::<Pending>() {
            pending.finish(&self.asked)
        } else if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            self.report(problem)
        } else if is_bare_refusal(&response) {
            let allow = response.headers_mut().remove(ALLOW);
            let problem = Problem::of_status(response.status());
            self.report(match allow {
                Some(value) => problem.with_header(ALLOW, value),
                None => problem,
            })
        } else {
            response
        };
        if self.method == Method::HEAD {
            response = without_body(response);
        }
        self.dress(response.headers_mut());
        self.record(response.status());
        response
    }

    fn report(&self, problem: Problem) -> Response {
        let problem = if self.method.is_safe() {
            problem.of_reading()
        } else {
            problem
        };
        Pending::Fresh(Box::new(problem.report(&self.web, &self.path, self.id))).finish(&self.asked)
    }

    /// Headers of every answer. Answers of ours were made with them; what a handler set by itself stays.
    fn dress(&self, headers: &mut HeaderMap) {
        if headers.insert(answer::REQUEST_ID, self.id.header()).is_none() {
            let given = answer::STANDARD_HEADERS
                .iter()
                .filter(|(_, value)| !value.is_empty());
            for (name, value) in given {
                headers.entry(name).or_insert_with(|| value.clone());
            }
        }
        if is_of_decision(&self.path) {
            for (name, value) in answer::secret_headers() {
                headers.insert(name, value);
            }
        }
        if self.web.site.is_https() {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
    }

    /// One line in the log and one count. The address itself is not logged: it may hold what a person typed.
    fn record(&self, status: StatusCode) {
        let took = self.began.elapsed();
        let path = self
            .matched
            .as_ref()
            .map_or(metrics::UNMATCHED, MatchedPath::as_str);
        self.web.metrics.count(path, status, took);
        tracing::info!(
            request.id = %self.id,
            method = %self.method,
            path,
            status = status.as_u16(),
            took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    }
}

/// Whether an address may hold a link to a decision: whatever is answered there, an error or a redirect too, is nobody else's.
pub(crate) fn is_of_decision(path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let rest = path.strip_prefix(urls::decisions());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The size a client announces; a nonsensical one counts as none, the limit on reading still holds.
fn announced_bytes(headers: &HeaderMap) -> usize {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// Whether the framework refused by itself: a status of 4xx or 5xx with nothing in it for a person.
fn is_bare_refusal(response: &Response) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && response
            .headers()
            .get("content-type")
            .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")))
}

/// `HEAD`: everything but the bytes, with the length they would have had.
fn without_body(response: Response) -> Response {
    use axum::body::HttpBody;
    let (mut parts, body) = response.into_parts();
    if let Some(bytes) = body.size_hint().exact().filter(|bytes| *bytes > 0) {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    Response::from_parts(parts, Body::empty())
}

#[cfg(test)]
mod tests;
