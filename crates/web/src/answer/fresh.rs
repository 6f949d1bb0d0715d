//! An answer made for one request.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::encoding::{Effort, is_packed};
use super::{Asked, Cache, Encoding, Pending, STANDARD_HEADERS, fingerprint};
use crate::theme::Theme;

/// Bytes, their type and how long they may be kept; compressed fast when answered.
#[derive(Debug, Clone)]
pub struct Fresh {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    cache: Cache,
    look: Look,
    known_as: Option<String>,
}

/// Only pages look different by theme; what is packed already is not packed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Same,
    Packed,
    Page,
}

impl Fresh {
    /// A page; the theme of whoever asks is put in when it is answered.
    pub fn html(page: String, cache: Cache) -> Self {
        Self::new("text/html; charset=utf-8", page.into(), cache, Look::Page)
    }

    /// A JSON document, byte for byte as given.
    pub fn json(text: impl Into<Bytes>, cache: Cache) -> Self {
        Self::new("application/json", text.into(), cache, Look::Same)
    }

    /// Plain text.
    pub fn text(text: impl Into<Bytes>, cache: Cache) -> Self {
        Self::new("text/plain; charset=utf-8", text.into(), cache, Look::Same)
    }

    /// Any other content.
    pub fn bytes(content_type: &'static str, bytes: impl Into<Bytes>, cache: Cache) -> Self {
        let look = if is_packed(content_type) {
            Look::Packed
        } else {
            Look::Same
        };
        Self::new(content_type, bytes.into(), cache, look)
    }

    /// Sends the visitor to a page after something was changed (303), so that reloading changes nothing again.
    pub fn see_other(path: &str) -> Self {
        Self::moved(StatusCode::SEE_OTHER, path, Cache::Private)
    }

    /// Says that this address is not the one to keep (301): another order of the same comparison, say.
    pub fn moved_for_good(path: &str) -> Self {
        Self::moved(StatusCode::MOVED_PERMANENTLY, path, Cache::Revalidate)
    }

    fn moved(status: StatusCode, path: &str, cache: Cache) -> Self {
        let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
        Self::text("", cache)
            .with_status(status)
            .with_header(LOCATION, location)
    }

    /// Names this content, where the caller knows a shorter name for it than its bytes: the same tag must mean the
    /// same content for as long as the process runs.
    #[must_use]
    pub(crate) fn with_tag(mut self, tag: String) -> Self {
        self.known_as = Some(tag);
        self
    }

    /// Another status than 200.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header, or replaces one that every answer gets (an embed has its own policy).
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// For an answer whose address is a secret: no other site is told of it, and no search engine lists it.
    #[must_use]
    pub fn secret(self) -> Self {
        let [referrer, robots] = secret_headers();
        self.with_header(referrer.0, referrer.1)
            .with_header(robots.0, robots.1)
    }

    fn new(content_type: &'static str, body: Bytes, cache: Cache, look: Look) -> Self {
        let mut headers = STANDARD_HEADERS.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, cache.header());
        Self {
            status: StatusCode::OK,
            headers,
            body,
            cache,
            look,
            known_as: None,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn reply(mut self, asked: &Asked) -> Response {
        if self.look == Look::Page
            && asked.theme != Theme::System
            && let Some(page) = asked.theme.dress(&String::from_utf8_lossy(&self.body))
        {
            self.body = page.into();
        }
        if self.cache == Cache::Revalidate && self.status == StatusCode::OK {
            let known = self
                .known_as
                .take()
                .map(|tag| format!("{tag}-{}", asked.theme.name()));
            let tag = known.unwrap_or_else(|| fingerprint(&self.body));
            if asked.has(&tag) {
                self.status = StatusCode::NOT_MODIFIED;
            }
            self.tag(&tag, asked.encoding);
        }
        let mut body = std::mem::take(&mut self.body);
        if self.status == StatusCode::NOT_MODIFIED {
            body = Bytes::new();
        } else if self.look != Look::Packed
            && let Some(packed) = asked.encoding.compress(&body, Effort::EachTime)
        {
            body = packed;
            self.headers
                .extend(asked.encoding.header().map(|value| (CONTENT_ENCODING, value)));
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    fn tag(&mut self, tag: &str, encoding: Encoding) {
        if let Ok(value) = HeaderValue::from_str(&format!("\"{tag}{}\"", encoding.suffix())) {
            self.headers.insert(ETAG, value);
        }
    }
}

impl IntoResponse for Fresh {
    fn into_response(self) -> Response {
        Pending::Fresh(Box::new(self)).wrap()
    }
}

/// What goes with every answer from an address that is a secret.
pub(crate) fn secret_headers() -> [(HeaderName, HeaderValue); 2] {
    [
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow"),
        ),
    ]
}
